"""Who owns the delay: what each party's tasks and risks cost, by simulating the plan without their uncertainty."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk._typing import Floats
from schedrisk._validation import require
from schedrisk.analysis.comparison import Outcome, changes, first_draws
from schedrisk.analysis.differences import mean_difference
from schedrisk.errors import ArgumentError, Problem, shown
from schedrisk.estimates import Uniform
from schedrisk.model import Plan, Promise, Task
from schedrisk.model.certain import certain_branch, certain_task
from schedrisk.model.correlation import correlations_without
from schedrisk.model.risk_structure import without_risks
from schedrisk.result import SimulationResult
from schedrisk.result.due import Due
from schedrisk.result.promise import damages_due
from schedrisk.simulation import chosen_of, simulate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["UNASSIGNED", "checked_draws", "ownership"]

UNASSIGNED = "unassigned"
"""What stands for the owner of tasks and risks that have none."""


def ownership(
    result: SimulationResult,
    *,
    promise: str | None = None,
    n_draws: int | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Return what each owner's uncertainty does to the finish.

    For every owner the plan is simulated again with the same random numbers, all of the owner's tasks taking just
    their planned durations on planned dates (a gate is open when promised), the owner's branches turning out as planned
    and the owner's risks gone. What is gained is the owner's part in the delay. The parts do
    not add up: where paths join, one owner's punctuality helps little as long as another's path is late (merge bias),
    and a saving below 0 says that an owner's tasks tend to finish sooner than planned.

    Parameters
    ----------
    result : SimulationResult
    promise : str, optional
        Name of the promise in question. Without it, the finish of the project is.
    n_draws : int, optional
        Use the first so many draws, to save time; all of them where not given. A simulation is run for every owner.
        Of stratified draws whole replicates are used, eight at least.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        One row per owner, the largest saving first, index `owner` ("unassigned" for tasks and risks without one);
        columns:

        tasks, risks
            How many the owner has.
        criticality
            Of the owner's most critical task: the share of draws in which it drives what is promised [0–1]; for a
            relative promise as in `sensitivity`.
        p80_saved
            By how much the P80 of what is promised would come earlier [working days; plan unit without dates].
        probability_gain
            By how much the chance of keeping the promise would rise [0–1]; left out without `promise`.
        expected_damages_saved
            By how much the expected damages would fall [money]; left out where the promise has none.
        p80_saved_se, p80_saved_low, p80_saved_high, …
            Standard error and interval of each of the three, from paired draws.

    Raises
    ------
    UnknownNameError
        When the plan has no such promise.
    ArgumentError
        When `n_draws` is not a whole number from 1 to the number of draws in `result`.

    Examples
    --------
    >>> from schedrisk.model import Plan, Promise, Task
    >>> tasks = [Task("design", "4/5/6", owner="us"), Task("site", "5/10/40", owner="customer", after=["design"])]
    >>> plan = Plan(tasks=tasks, promises=[Promise("contract", by=17)])
    >>> table = ownership(simulate(plan, 2_000, rng=1), promise="contract")
    >>> list(table.index), bool(table.loc["customer", "probability_gain"] > 0.3)
    (['customer', 'us'], True)
    """
    import pandas as pd

    require(result, SimulationResult, "result", "a result of simulate()")
    n_draws = first_draws(result, checked_draws(n_draws, result.n_draws))
    plan, axis = result.plan, result.replay.network.axis
    promised = None if promise is None else plan.promise(promise)
    base = Outcome.of(result, promise, axis).first(n_draws)
    criticality = _criticality(result, promised)
    rows = {}
    for owner in _owners(plan):
        without = _punctual(plan, owner, promised)
        chosen = chosen_of(without, result.mitigated)
        punctual = simulate(without, n_draws, rng=result.entropy, sampling=result.sampling, mitigated=chosen)
        outcome = Outcome.of(punctual, promise, axis)
        rows[owner] = _counts(plan, owner, criticality) | _savings(plan, base, outcome, confidence_level)
    table = pd.DataFrame(list(rows.values()), index=pd.Index(list(rows), name="owner"))
    return table.sort_values("p80_saved", ascending=False, kind="stable")


def _owners(plan: Plan) -> list[str]:
    """Return every owner in order of appearance, and at the end a name for none if something has none."""
    unowned = any(_owns(UNASSIGNED, each) for each in (*plan.tasks, *plan.risks))
    return list(dict.fromkeys([*plan.owners, UNASSIGNED])) if unowned else list(plan.owners)


def _owns(owner: str, part: Any) -> bool:
    return (part.owner or UNASSIGNED) == owner


def _punctual(plan: Plan, owner: str, promise: Promise | None) -> Plan:
    """Return the plan with all that an owner answers for going as planned."""
    risks = without_risks(plan.risks, [risk.id for risk in plan.risks if _owns(owner, risk)])
    gone = {each.id for each in plan.risks} - {each.id for each in risks}
    return plan.replace(
        tasks=[_certain(task, plan) if _owns(owner, task) else task for task in plan.tasks],
        branches=[certain_branch(each) if _owns(owner, each) else each for each in plan.branches],
        risks=risks,
        correlations=correlations_without(plan.correlations, gone),
        promises=[] if promise is None else [promise],
    )


def _certain(task: Task, plan: Plan) -> Task:
    certain = certain_task(task)
    if not plan.correlations:
        return certain
    # In its place among those that it is correlated with a task stays, so that their draws stay as they are.
    return certain.replace(estimate=Uniform(task.planned_duration, task.planned_duration))


def _criticality(result: SimulationResult, promise: Promise | None) -> Floats:
    """Return the share of draws in which each task drives what is promised, shape (n_tasks,)."""
    counts, row = result.critical_counts, result.replay.network.row
    if promise is not None and (promise.task, promise.after) != (None, None):
        ends = (None if each is None else row(each) for each in (promise.task, promise.after))
        counts = result.replay.criticality(*ends)
    return np.asarray(counts / result.n_draws)


def _counts(plan: Plan, owner: str, criticality: Floats) -> dict[str, Any]:
    rows = [row for row, task in enumerate(plan.tasks) if _owns(owner, task)]
    return {
        "tasks": len(rows),
        "risks": sum(_owns(owner, risk) for risk in plan.risks),
        "criticality": float(criticality[rows].max(initial=0.0)),
    }


def _savings(plan: Plan, base: Outcome, outcome: Outcome, confidence_level: float) -> dict[str, float]:
    found = changes(base, outcome, confidence_level)
    cells = found["p80"].scaled(-1.0).columns("p80_saved")
    if "probability" in found:
        cells |= found["probability"].columns("probability_gain")
    if base.promise is not None and base.promise.damages is not None:
        before, after = (_damages(plan, base.promise, each) for each in (base, outcome))
        saved = mean_difference(after, before, confidence_level, base.replicates)
        cells |= saved.columns("expected_damages_saved")
    return cells


def _damages(plan: Plan, promise: Promise, outcome: Outcome) -> Floats:
    due = Due.of(promise, plan, outcome.axis, outcome.after)
    return damages_due(promise, due, outcome.axis, outcome.finish)


def checked_draws(n_draws: object, available: int) -> int:
    """Return how many of a result's draws are used: all where nothing is asked.

    Raises
    ------
    ArgumentError
        When `n_draws` is not a whole number from 1 to those available.
    """
    if n_draws is None:
        return available
    if isinstance(n_draws, bool) or not isinstance(n_draws, numbers.Integral) or n_draws not in range(1, available + 1):
        expected = f"a whole number from 1 to {available}, the draws of the result"
        raise ArgumentError([Problem("n_draws", shown(n_draws), expected, "leave it out to use all of them")])
    return int(n_draws)
