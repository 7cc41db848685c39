"""Parts of a plan with their planned values for certain, and gates, whose planned date is a promised one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING

from schedrisk.errors import PlanError, ProblemsError
from schedrisk.estimates import Fixed
from schedrisk.model.branches import Branch, Outcome
from schedrisk.model.dates import DateRange, parse_range
from schedrisk.model.logic import Constraint, Link
from schedrisk.model.moments import DateLike
from schedrisk.model.task import Task

if TYPE_CHECKING:
    from schedrisk.model.plan import Plan

__all__ = ["LIKELY", "certain_branch", "certain_link", "certain_structure", "certain_task", "gate"]

LIKELY = 0.5
"""From which chance on a task is in the deterministic schedule."""


def gate(
    id: str,  # noqa: A002
    promised: DateLike | float,
    likely: DateRange | DateLike | float,
    *,
    owner: str | None = None,
    name: str | None = None,
    after: Iterable[str] = (),
    tags: Iterable[str] = (),
) -> Task:
    """Return a gate: a milestone that somebody has promised for a date, and that is likely on another.

    A site that the customer hands over, a permit, a line of the carrier: nothing to be worked on here, and nothing can go
    on before it. The deterministic schedule has the promised date, and each draw a date that is drawn. Of a date without
    a time its close counts, as with every promise. What must come before it is in `after`.

    Parameters
    ----------
    id : str
        Unique among the plan's tasks.
    promised : str, date, datetime or float
        The date that was promised; a number [plan unit] in a plan without dates.
    likely : DateRange, or a text or date that makes one
        When it is likely to be: ``"2026-12-20/2027-01-10/2027-02-01"``.
    owner : str, optional
        Who has promised it.
    name : str, optional
    after, tags : iterable of str
        As for `Task`.

    Returns
    -------
    Task
        A finish milestone with an uncertain date.

    Raises
    ------
    PlanError
        With every fault found.

    Examples
    --------
    >>> site = gate("site-ready", "2026-12-20", "2026-12-20/2027-01-10/2027-02-01", owner="customer")
    >>> print(site.constraints[0].when)
    2026-12-20/2027-01-10/2027-02-01 planned 2026-12-20
    """
    try:
        when = parse_range(likely) if isinstance(likely, str) else likely
        if not isinstance(when, DateRange):
            date = likely if when is None else when
            when = DateRange(date, date)  # type: ignore[arg-type]
        constraint = Constraint("FNET", when.replace(planned=promised))
    except ProblemsError as error:
        problems = [dataclasses.replace(each, place=f"gate {id!r}, {each.place}") for each in error.problems]
        raise PlanError(problems) from None
    return Task(
        id, Fixed(0), owner=owner, name=name, after=after, tags=tags, kind="finish-milestone", constraints=[constraint]
    )


def certain_task(task: Task) -> Task:
    """Return a task that takes its planned duration, on planned dates, and is there or not as planned.

    Examples
    --------
    >>> certain_task(Task("crane", "2/3/9", exists=0.4)).exists
    0.0
    """
    return task.replace(
        estimate=Fixed(task.planned_duration),
        constraints=[
            Constraint(each.kind, each.planned_when) if each.is_uncertain else each for each in task.constraints
        ],
        exists=float(task.exists >= LIKELY),
    )


def certain_branch(branch: Branch) -> Branch:
    """Return a branch that turns out as planned."""
    planned = branch.planned_outcome
    return branch.replace(
        outcomes={name: Outcome(float(name == planned), each.tasks) for name, each in branch.outcomes.items()}
    )


def certain_link(link: Link) -> Link:
    """Return a link with its planned lag."""
    return dataclasses.replace(link, lag=link.planned_lag)


def certain_structure(plan: Plan) -> Plan:
    """Return the plan with planned lags and dates, every task in it, and no branches or decisions: dates and links."""
    tasks = [
        task.replace(
            exists=1.0,
            constraints=[
                Constraint(each.kind, each.planned_when) if each.is_uncertain else each for each in task.constraints
            ],
        )
        for task in plan.tasks
    ]
    return plan.replace(tasks=tasks, links=[certain_link(link) for link in plan.links], branches=(), decisions=())
