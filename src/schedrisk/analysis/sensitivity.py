"""Which tasks drive the finish: the standard sensitivity measures of every task, with their standard errors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk._typing import Floats
from schedrisk._validation import require
from schedrisk.analysis.measures import Measures
from schedrisk.analysis.path_sums import Target, Wanted, path_sums
from schedrisk.analysis.ranks import rank_correlations
from schedrisk.errors import ArgumentError, Problem, did_you_mean, shown
from schedrisk.result import SimulationResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MEASURES", "sensitivity"]

MEASURES = ("criticality", "significance", "ssi", "cruciality", "cruciality_spearman", "duration")


def sensitivity(
    result: SimulationResult, *, task: str | None = None, promise: str | None = None,
    measures: Iterable[str] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return how strongly each task drives the project finish, a milestone, or what is promised.

    Below, d is the duration of a task, TF its total float before the target and T the finish of the target, in
    working time from the plan's start; all vary from draw to draw. What does not vary has a correlation of 0.

    Parameters
    ----------
    result : SimulationResult
    task : str, optional
        Id of the milestone that is the target; the project finish where not given.
    promise : str, optional
        Name of a promise, in place of `task`: what it is about is the target. Of a relative promise T is the working
        time from the task that starts it to what is promised, and a task that drives both ends in a draw is not
        critical there: it moves them together.
    measures : iterable of str, optional
        Which of "criticality", "significance", "ssi", "cruciality", "cruciality_spearman" and "duration" (its mean and
        standard deviation) are wanted; all where not given. What is not asked for takes no time: only significance
        needs late dates, only Spearman's correlation has durations sorted.

    Returns
    -------
    DataFrame
        One row per task in the order of the plan, index `id`; of the columns below those of the measures asked for:

        name, owner
            Of the task.
        criticality
            Share of draws in which the task drives the target: it lies on a path of binding links to it [0–1] (Van
            Slyke 1963, "Monte Carlo methods and the PERT problem").
        significance
            Mean of d/(d + TF) · T/E(T): how much of the time up to the target the task fills without slack. 0 for a
            task that does not lead to the target (Williams 1992, "Criticality in stochastic networks").
        ssi
            Schedule sensitivity index: criticality · sd(d)/sd(T) (PMBOK Guide 2004; Vanhoucke 2010, "Measuring
            Time", with the definitions of all these measures).
        cruciality, cruciality_spearman
            Correlation of d and T, Pearson's and Spearman's [−1 to 1] (Williams 1992). It keeps its sign: below 0, a
            longer task goes with an earlier finish. It also shows what a task shares with others by common risks.
            Spearman's is that of the first 100,000 draws, or of whole replicates of about as many, where there are
            more; ``table.attrs["rank_draws"]`` tells how many.
        criticality_se, significance_se, ssi_se, cruciality_se, cruciality_spearman_se
            Standard errors, from the influence of single draws on each measure.
        duration_mean, duration_sd
            Of d [plan unit]. A gate takes no time: for it d is its drawn date, counted from the plan's start.

    Raises
    ------
    UnknownNameError
        When the plan has no such task or promise.
    ArgumentError
        When both `task` and `promise` are given, or there is no such measure.

    Examples
    --------
    >>> from schedrisk.model import Plan, Task
    >>> from schedrisk.simulation import simulate
    >>> plan = Plan(tasks=[Task("dig", "2/3/8"), Task("order", "1/2/3"), Task("build", 4, after=["dig", "order"])])
    >>> table = sensitivity(simulate(plan, 2_000, rng=1))
    >>> table["criticality"].round(1).to_dict()
    {'dig': 1.0, 'order': 0.0, 'build': 1.0}
    >>> bool(table.loc["dig", "cruciality"] > 0.95), float(table.loc["build", "cruciality"])
    (True, 0.0)
    """
    require(result, SimulationResult, "result", "a result of simulate()")
    import pandas as pd

    wanted = _checked(measures)
    replay, tasks = result.replay, result.plan.tasks
    (after, target), finish = _target(result, task, promise)
    # What drives the project finish was counted when it was simulated.
    counted = target is None and after is None
    asked = Wanted(
        durations=not wanted.isdisjoint({"ssi", "cruciality", "duration"}),
        criticality=not (counted or wanted.isdisjoint({"criticality", "ssi"})),
        critical_durations="ssi" in wanted and finish.n_replicates == 1,
        shares="significance" in wanted,
    )
    sums = path_sums(replay, (target, after), finish, asked)
    found = Measures(finish, sums, result.replicate_counts if counted else sums.critical_counts)
    columns: dict[str, Any] = {"name": [each.label for each in tasks], "owner": [each.owner for each in tasks]}
    for measure, values in found.each(wanted):
        columns[measure], columns[f"{measure}_se"] = values
    rank_draws = None
    if "cruciality_spearman" in wanted:
        columns["cruciality_spearman"], columns["cruciality_spearman_se"], rank_draws = rank_correlations(
            replay, finish
        )
    if "duration" in wanted:
        to_units = replay.network.axis.to_units
        columns["duration_mean"], columns["duration_sd"] = to_units(found.mean), to_units(found.sd)
    table = pd.DataFrame(columns, index=pd.Index([each.id for each in tasks], name="id"))
    if rank_draws is not None:
        table.attrs["rank_draws"] = rank_draws
    return table


def _checked(measures: object) -> frozenset[str]:
    """Return the measures that are asked for."""
    if measures is None:
        return frozenset(MEASURES)
    if isinstance(measures, str) or not isinstance(measures, Iterable):
        remedy = f"write measures=[{shown(measures)}]" if isinstance(measures, str) else "all where not given"
        raise ArgumentError([Problem("measures", shown(measures), "names of measures", remedy)])
    asked = list(measures)
    problems = [
        Problem("measures", shown(each), f"one of {', '.join(map(shown, MEASURES))}", did_you_mean(each, MEASURES))
        for each in asked
        if each not in MEASURES
    ]
    if problems:
        raise ArgumentError(problems)
    return frozenset(asked)


def _target(
    result: SimulationResult, task: str | None, promise: str | None
) -> tuple[tuple[int | None, int | None], Target]:  # fmt: skip
    """Return rows, of the task from which time counts and of the target, and the target's time in every draw."""
    task, after = _ends(result, task, promise)
    network = result.replay.network
    taken: Floats = np.asarray(network.axis.working(result.ticks(task)))
    if after is not None:
        taken = np.maximum(taken - network.axis.working(result.ticks(after)), 0.0)
    since, target = (None if each is None else network.row(each) for each in (after, task))
    return (since, target), Target.of(taken, result.replicates)


def _ends(result: SimulationResult, task: str | None, promise: str | None) -> tuple[str | None, str | None]:
    """Return the target, and the task from which its time counts, if it does."""
    if promise is None:
        if task is not None:
            result.plan.task(task)
        return task, None
    made = result.plan.promise(promise)
    if task is not None:
        found = f"{shown(task)} beside promise={shown(promise)}"
        raise ArgumentError([Problem("task", found, "a task or a promise", "leave one of them out")])
    return made.task, made.after
