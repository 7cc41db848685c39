"""Dates that stand whatever links say: how often they overrode logic, and what a promise would be without them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.engine import Replay, run_block
from schedrisk.errors import CycleError
from schedrisk.model import Constraint, Plan, Task
from schedrisk.model.moments import When
from schedrisk.result.sampling_error import Replicates
from schedrisk.wording import moment_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ImposedDate", "constraints_table", "finishes_without", "imposed_dates", "plan_without", "upstream_of"]


@dataclass(frozen=True)
class ImposedDate:
    """A date that overrides links.

    Attributes
    ----------
    row : int
        Of the task.
    task : str
    kind : str
        Of the constraint, or "manual" for a manually scheduled task.
    when : date, datetime or float
    number : int or None
        Of the constraint among the task's; None for a manually scheduled task.
    """

    row: int
    task: str
    kind: str
    when: When
    number: int | None

    def text(self, unit: str) -> str:
        """Say what it is: ``MSO 6 February 2027 on 'festival'``."""
        return f"{self.kind} {moment_text(self.when, unit)} on {self.task!r}"


def imposed_dates(plan: Plan) -> list[ImposedDate]:
    """Return every date of a plan that can override links.

    Examples
    --------
    >>> from schedrisk.model import Task
    >>> plan = Plan(tasks=[Task("show", 1, constraints=[Constraint("MSO", 40)])])
    >>> [each.text("d") for each in imposed_dates(plan)]
    ["MSO 40 days on 'show'"]
    """
    found = []
    for row, task in enumerate(plan.tasks):
        if not task.active or task.finished or task.is_span:
            continue
        if task.manual is not None:
            found.append(ImposedDate(row, task.id, "manual", task.manual[0], None))
            continue
        found += [
            ImposedDate(row, task.id, each.kind, each.planned_when, number)
            for number, each in enumerate(task.constraints)
            if each.planned_when is not None and _overrides(plan, task, each)
        ]
    return found


def _overrides(plan: Plan, task: Task, constraint: Constraint) -> bool:
    if constraint.kind == "expected-finish":
        return plan.scheduling.expected_finish
    honoured = {"SNLT", "FNLT"} if plan.scheduling.honor_constraints else set()
    return constraint.kind in {"MSO", "MFO"} | honoured and not task.started


def plan_without(plan: Plan) -> Plan:
    """Return a plan in which links alone decide: no date overrides them, no task is scheduled by hand.

    Where links make a loop through tasks scheduled by hand, these stay as they are.
    """
    imposed: dict[str, set[int | None]] = {}
    for each in imposed_dates(plan):
        imposed.setdefault(each.task, set()).add(each.number)

    def freed(*, by_hand: bool) -> Plan:
        return plan.replace(tasks=[_freed(task, imposed.get(task.id, set()), by_hand=by_hand) for task in plan.tasks])

    try:
        return freed(by_hand=True)
    except CycleError:  # what is scheduled by hand may stand in a loop, as its links mean nothing
        return freed(by_hand=False)


def _freed(task: Task, numbers: set[int | None], *, by_hand: bool) -> Task:
    kept = [each for number, each in enumerate(task.constraints) if number not in numbers]
    return task.replace(constraints=kept, manual=None if by_hand else task.manual) if numbers else task


def constraints_table(
    replay: Replay, counts: Mapping[tuple[int, int], Ints], promises: Mapping[str, tuple[str | None, ...]]
) -> pd.DataFrame:
    """Return one row per overriding date; see `SimulationResult.constraints`.

    Parameters
    ----------
    replay : Replay
    counts : mapping of (row, number of the constraint) to ndarray of int, shape (n_replicates,)
        In how many draws of each replicate each was earlier than logic; random draws are of one.
    promises : mapping of str to tuple of str or None
        The tasks that decide each promise; None stands for the project.
    """
    import pandas as pd

    imposed, replicates = imposed_dates(replay.plan), Replicates(replay.design.replicate_size)
    upstream = (
        {name: set().union(*(_rows_upstream(replay, task) for task in tasks)) for name, tasks in promises.items()}
        if imposed
        else {}
    )
    rows = []
    for each in imposed:
        share = share_se = np.nan
        if each.number is not None:
            count = counts.get((each.row, each.number), np.zeros(1, dtype=np.int64))
            share = float(count.sum() / replay.n_draws)
            share_se = float(replicates.share_errors(count[:, None], replay.n_draws)[0])
        rows.append(
            {
                "task": each.task,
                "kind": each.kind,
                "when": each.when,
                "overrode": share,
                "overrode_se": share_se,
                "promises": tuple(name for name, above in upstream.items() if each.row in above),
            }
        )
    return pd.DataFrame(rows, columns=["task", "kind", "when", "overrode", "overrode_se", "promises"])


def upstream_of(replay: Replay, task: str | None) -> list[ImposedDate]:
    """Return the overriding dates that a milestone, or the project finish, depends on."""
    imposed = imposed_dates(replay.plan)
    above = _rows_upstream(replay, task) if imposed else set()
    return [each for each in imposed if each.row in above]


def _rows_upstream(replay: Replay, task: str | None) -> set[int]:
    network = replay.network
    return set(network.ancestors(network.ends if task is None else [network.row(task)]).tolist())


def finishes_without(replay: Replay, tasks: Iterable[str]) -> tuple[Floats, dict[str, Floats]]:
    """Simulate the same draws without the dates that override links.

    Parameters
    ----------
    replay : Replay
    tasks : iterable of str
        Milestones whose finishes are wanted beside the project's.

    Returns
    -------
    ndarray, shape (n_draws,)
        Finish of the project [tick].
    dict of str to ndarray, shape (n_draws,)
        Finish of each milestone [tick].
    """
    freed = Replay.of(plan_without(replay.plan), replay.design, replay.mitigated)
    wanted = list(tasks)
    rows = [freed.network.row(task) for task in wanted]
    finish, milestones = np.empty(replay.n_draws), np.empty((len(rows), replay.n_draws))
    for first, count in freed.ranges(freed.network, freed.network.n_tasks):
        block = run_block(freed, first, count, rows)
        finish[first : first + count] = block.finish
        milestones[:, first : first + count] = block.milestones
    return finish, dict(zip(wanted, milestones, strict=True))
