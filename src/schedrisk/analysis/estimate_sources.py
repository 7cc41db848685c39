"""Where the estimate of each task came from: a table to read before the results are believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedrisk._validation import require
from schedrisk.errors import ArgumentError, Problem, shown
from schedrisk.estimates import Fixed
from schedrisk.model import Plan, Task
from schedrisk.model.dependence import chosen
from schedrisk.model.task import BY_HAND, FROM_SCHEDULE

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["estimates"]

NOT_DRAWN = "none"
"""How the source of a task begins whose duration is not drawn."""

RARE = 0.001
"""Chance of what is shown as an end where an estimate has none."""


def estimates(plan: Plan) -> pd.DataFrame:
    """Return the estimate of every task, and where it came from.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    DataFrame
        One row per task in the order of the plan, index `id`; columns:

        name, wbs, owner
            Of the task.
        estimate
            Its text, as documents write it; None where no duration is drawn.
        low, high
            Lowest and highest duration that can be drawn [plan unit]; where there is no such end, the duration passed
            in 1 of 1,000 cases. NaN where the estimate is a single number.
        planned
            Duration in the deterministic schedule, of a task in progress what remains [plan unit]; NaN where no
            duration is drawn.
        unit
            The plan's: "d", "h" or "w".
        source
            "by hand"; "schedule: single duration" of an imported task that nothing gave three points, and that will be
            simulated as certain; the field, the file or the template that the estimate came from; or "none:" and why
            no duration is drawn (complete, inactive, milestone, summary, level of effort, manual dates).
        group, rho
            Number of the first correlation that is about the task, from 1 (missing where none is; one that holds
            everywhere does not count), and its rank correlation (NaN of a matrix, which has many).

    Examples
    --------
    >>> from schedrisk.model import Template
    >>> tasks = [Task("A", 10, estimate_from="schedule"), Task("B", "2/3/8"), Task("done", 0, after=["A", "B"])]
    >>> table = estimates(Plan(tasks=tasks).with_templates([Template(low=0.9, high=1.3)]))
    >>> table[["estimate", "low", "high", "source"]]
                 estimate  low  high                  source
    id
    A     pert(9, 10, 13)  9.0  13.0  template 1: every task
    B       pert(2, 3, 8)  2.0   8.0                 by hand
    done             None  NaN   NaN         none: milestone
    """
    require(plan, Plan, "plan", "a Plan", "read(path) makes one of a file")
    import pandas as pd

    if not isinstance(plan, Plan):
        raise ArgumentError([Problem("plan", shown(plan), "a Plan", "read(path) makes one of a file")])
    groups: dict[str, int] = {}
    for number, each in enumerate(plan.correlations, 1):
        if each.kind == "task" and not each.everywhere:
            groups = dict.fromkeys(chosen(each, plan.tasks), number) | groups
    nothing = float("nan")
    rows = [_row(task) for task in plan.tasks]
    numbers = [groups.get(task.id) for task in plan.tasks]
    columns = {
        "name": [task.label for task in plan.tasks],
        "wbs": [task.wbs for task in plan.tasks],
        "owner": [task.owner for task in plan.tasks],
        "estimate": pd.Series([text for text, *_ in rows], dtype=object),
        **{name: [row[place] for row in rows] for place, name in enumerate(("low", "high", "planned"), 1)},
        "unit": plan.unit,
        "source": [_source(task) for task in plan.tasks],
        "group": pd.array(numbers, dtype="Int64"),
        "rho": [
            nothing if number is None or (rho := plan.correlations[number - 1].rho) is None else rho
            for number in numbers
        ],
    }
    table = pd.DataFrame(columns)
    table.index = pd.Index([task.id for task in plan.tasks], name="id")
    return table


def _row(task: Task) -> tuple[str | None, float, float, float]:
    """Return text, lowest, highest and planned duration."""
    nothing = float("nan")
    if _why_not_drawn(task):
        return None, nothing, nothing, nothing
    low, high = (nothing, nothing) if isinstance(task.estimate, Fixed) else task.estimate.practical_support(RARE)
    return str(task.estimate), low, high, task.planned_duration


def _source(task: Task) -> str:
    if why := _why_not_drawn(task):
        return f"{NOT_DRAWN}: {why}"
    if task.estimate_from != FROM_SCHEDULE:
        return task.estimate_from or BY_HAND
    # Nobody writes three points into a schedule: they were put into the document since.
    return f"{FROM_SCHEDULE}: single duration" if isinstance(task.estimate, Fixed) else BY_HAND


def _why_not_drawn(task: Task) -> str:
    if not task.active:
        return "inactive"
    if task.finished:
        return "complete"
    if task.is_span:
        return task.kind.replace("-", " ")
    if task.manual is not None:
        return "manual dates"
    return "milestone" if task.estimate == Fixed(0) else ""
