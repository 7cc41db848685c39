"""Which tasks drive the finish: the standard sensitivity measures of every task, with their standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from schedrisk._typing import Floats
from schedrisk._validation import require
from schedrisk.analysis.ranks import RankCorrelation
from schedrisk.engine import Passes, Replay
from schedrisk.errors import ArgumentError, Problem, shown
from schedrisk.result import SimulationResult
from schedrisk.result.sampling_error import Replicates

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["sensitivity"]

# Durations of so many task-draws are held at once: 64 MB.
GROUP_CELLS = 8_000_000

# So many task-draws are worked on in one go: few enough to stay in the processor's cache.
CHUNK_CELLS = 32_768


def sensitivity(result: SimulationResult, *, task: str | None = None, promise: str | None = None) -> pd.DataFrame:
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

    Returns
    -------
    DataFrame
        One row per task in the order of the plan, index `id`; columns:

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
        criticality_se, significance_se, ssi_se, cruciality_se, cruciality_spearman_se
            Standard errors, from the influence of single draws on each measure.
        duration_mean, duration_sd
            Of d [plan unit]. A gate takes no time: for it d is its drawn date, counted from the plan's start.

    Raises
    ------
    UnknownNameError
        When the plan has no such task or promise.
    ArgumentError
        When both `task` and `promise` are given.

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

    replay, working = result.replay, result.replay.network.axis.working
    task, after = _ends(result, task, promise)
    target, since = (None if each is None else replay.network.row(each) for each in (task, after))
    taken = np.asarray(working(result.ticks(task)))
    finish = _Target.of(
        taken if after is None else np.maximum(taken - working(result.ticks(after)), 0.0), result.replicates
    )
    durations = _Durations.of(replay, finish)
    paths = _Paths.of(replay, (target, since), finish, durations)
    ssi, ssi_se = _schedule_sensitivity(durations, paths, finish)
    axis, tasks = replay.network.axis, result.plan.tasks
    columns = {
        "name": [each.label for each in tasks],
        "owner": [each.owner for each in tasks],
        "criticality": paths.criticality,
        "criticality_se": paths.criticality_se,
        "significance": paths.significance,
        "significance_se": paths.significance_se,
        "ssi": ssi,
        "ssi_se": ssi_se,
        "cruciality": durations.pearson,
        "cruciality_se": durations.pearson_se,
        "cruciality_spearman": durations.spearman,
        "cruciality_spearman_se": durations.spearman_se,
        "duration_mean": axis.to_units(durations.mean),
        "duration_sd": axis.to_units(durations.sd),
    }
    return pd.DataFrame(columns, index=pd.Index([each.id for each in tasks], name="id"))


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


@dataclass(frozen=True, eq=False)
class _Target:
    """The finish of the target in every draw.

    Attributes
    ----------
    relative : ndarray, shape (n_draws,)
        T/E(T); 0 where the target takes no time.
    standard : ndarray, shape (n_draws,)
        (T − E(T))/sd(T); 0 where it does not vary.
    sd : float
        [tick]
    ranks : RankCorrelation
    replicates : Replicates
    """

    relative: Floats
    standard: Floats
    sd: float
    ranks: RankCorrelation
    replicates: Replicates

    @classmethod
    def of(cls, finish: Floats, replicates: Replicates) -> _Target:
        mean, sd = float(finish.mean()), _spread(finish)
        relative = finish / mean if mean > 0 else np.zeros_like(finish)
        standard = (finish - mean) / sd if sd > 0 else np.zeros_like(finish)
        return cls(relative, standard, sd, RankCorrelation(finish, replicates), replicates)


@dataclass(frozen=True, eq=False)
class _Durations:
    """What the durations of each task say by themselves and together with the target, each of shape (n_tasks,).

    Attributes
    ----------
    ratio_means : ndarray, shape (n_tasks, n_replicates)
        Mean over each replicate of a draw's influence on log(sd(d)/sd(T)).
    mean, sd : ndarray
        [tick]
    pearson, pearson_se, spearman, spearman_se : ndarray
        Correlation with the target.
    ratio_variance : ndarray
        Variance of a draw's influence on log(sd(d)/sd(T)).
    """

    ratio_means: Floats
    mean: Floats
    sd: Floats
    pearson: Floats
    pearson_se: Floats
    spearman: Floats
    spearman_se: Floats
    ratio_variance: Floats

    @classmethod
    def of(cls, replay: Replay, finish: _Target) -> _Durations:
        n_tasks = replay.network.n_tasks
        found = np.zeros((n_tasks, 7))
        means = np.zeros((n_tasks, finish.replicates.places(0, replay.n_draws).stop))
        size = max(1, GROUP_CELLS // replay.n_draws)
        for first in range(0, n_tasks, size):
            rows = range(first, min(first + size, n_tasks))
            for row, draws in zip(rows, replay.lengths(rows), strict=True):
                found[row] = _task_statistics(draws, finish, means[row])
        return cls(means, *found.T)


def _task_statistics(draws: Floats, finish: _Target, ratio_means: Floats) -> tuple[float, ...]:
    """Return what `_Durations` says about one task; its `ratio_means` are written.

    The influence of a draw on Pearson's correlation is z·z′ − ρ(z² + z′²)/2 of its standardised values, and on the
    logarithm of the ratio of standard deviations (z² − z′²)/2 (Devlin, Gnanadesikan and Kettenring 1975, "Robust
    estimation and outlier detection with correlation coefficients").
    """
    mean, sd = float(draws.mean()), _spread(draws)
    if sd == 0 or finish.sd == 0:
        return mean, sd, 0.0, 0.0, 0.0, 0.0, 0.0
    standard = (draws - mean) / sd
    both = standard * finish.standard
    squares, target_squares = standard * standard, finish.standard * finish.standard
    pearson = float(both.mean())
    influence = both - (pearson / 2) * (squares + target_squares)
    difference = squares - target_squares
    ratio_means[:] = finish.replicates.means(difference) / 2
    return (
        mean,
        sd,
        pearson,
        float(finish.replicates.mean_error(influence)),
        *finish.ranks.with_draws(draws),
        float(np.mean(difference * difference)) / 4,
    )


@dataclass(frozen=True, eq=False)
class _Paths:
    """What the paths to the target say about each task, each of shape (n_tasks,).

    Attributes
    ----------
    criticality, criticality_se, significance, significance_se : ndarray
    critical_ratio : ndarray
        Mean over all draws of a draw's influence on log(sd(d)/sd(T)) where the task is critical, 0 where it is not.
    criticality_means : ndarray, shape (n_tasks, n_replicates)
        Criticality in each replicate.
    """

    criticality: Floats
    criticality_se: Floats
    significance: Floats
    significance_se: Floats
    critical_ratio: Floats
    criticality_means: Floats

    @classmethod
    def of(cls, replay: Replay, ends: tuple[int | None, int | None], finish: _Target, durations: _Durations) -> _Paths:
        n_tasks, n_draws = replay.network.n_tasks, replay.n_draws
        replicates = finish.replicates
        n_replicates = replicates.places(0, n_draws).stop
        counts, sums = np.zeros((n_replicates, n_tasks), dtype=np.int64), np.zeros((4, n_replicates, n_tasks))
        sums_of = _WholeSums(finish)
        for block in replay.passes(*ends):
            places = replicates.places(block.first, block.critical.shape[1])
            counts[places][:, block.rows] += np.count_nonzero(replicates.block_parts(block.critical), axis=2).T
            sums_of.add_block(block, durations, sums[:, places])
        weights, total_squares = sums_of.weights()
        total = float(weights.sum())
        share, squares, crossed, ratio = sums.sum(axis=1) / total
        # A ratio of means: a draw's influence is (s − SI) w, where s = d/(d + TF) and w = T/E(T).
        if replicates.size is None:
            variance = np.maximum(squares - 2 * share * crossed + share**2 * (total_squares / total), 0.0)
            share_se = np.sqrt(variance / n_draws)
        else:
            share_se = replicates.error_of_means((sums[0] - share * weights[:, None]).T * n_replicates / total)
        criticality = counts.sum(axis=0) / n_draws
        criticality_se = replicates.share_errors(counts, n_draws)
        return cls(criticality, criticality_se, share, share_se, ratio, counts.T * n_replicates / n_draws)


class _WholeSums:
    """Sums over draws of what is found in blocks, to a fixed number of binary digits.

    Each summand is rounded to a whole multiple of a power of two, so small that the sum stays exact. An exact sum does
    not depend on its order: the size of blocks cannot change a bit.

    Parameters
    ----------
    finish : _Target
    """

    def __init__(self, finish: _Target) -> None:
        self._replicates = finish.replicates
        self._relative = finish.relative
        self._squares = finish.standard * finish.standard
        # Every sum below is at most Σw² or n draws in size, and whole numbers are exact up to 2^53.
        largest = max(float(np.sum(self._relative**2)), float(self._relative.size))
        self._scale = 2.0 ** np.floor(52 - np.log2(largest))

    def weights(self) -> tuple[Floats, float]:
        """Return the sums of w over each replicate and of w² over all draws; of 1 and 0 where the target takes no time."""
        weight = self._relative[None, :].copy()
        totals = self._sum(weight.copy())[:, 0]
        if not totals.any():
            return np.full(totals.size, 1 / totals.size), 0.0
        return totals, float(self._sum(weight * weight).sum())

    def add_block(self, block: Passes, durations: _Durations, sums: Floats) -> None:
        """Add a block of draws to the sums of s·w, (s·w)², s·w² and of the ratio's influence.

        `sums`, of shape (4, n_replicates, n_tasks), are those of the replicates that the block belongs to.
        """
        count = block.durations.shape[1]
        draws = slice(block.first, block.first + count)
        weight, squares = self._relative[draws], self._squares[draws]
        size = max(1, CHUNK_CELLS // count)
        for first in range(0, block.rows.size, size):
            some = slice(first, first + size)
            rows, duration = block.rows[some], block.durations[some]
            share = duration + block.total_float[some]
            # Durations are whole ticks: only a task without one, whose share is 0, comes below 1 here.
            np.divide(duration, np.maximum(share, 1.0, out=share), out=share)
            share *= weight
            sums[0][:, rows] += self._sum(share.copy())
            sums[1][:, rows] += self._sum(share * share)
            sums[2][:, rows] += self._sum(share * weight)
            varies = durations.ratio_variance[rows] > 0
            ratio = duration[varies] - durations.mean[rows[varies], None]
            ratio /= durations.sd[rows[varies], None]
            ratio *= ratio
            ratio -= squares
            ratio *= block.critical[some][varies]
            ratio *= 0.5
            sums[3][:, rows[varies]] += self._sum(ratio)

    def _sum(self, values: Floats) -> Floats:
        """Return the sums along rows over each replicate, shape (n_replicates, n_rows); `values` is overwritten."""
        values *= self._scale
        np.rint(values, out=values)
        return np.asarray(self._replicates.block_parts(values).sum(axis=2).T)


def _schedule_sensitivity(durations: _Durations, paths: _Paths, finish: _Target) -> tuple[Floats, Floats]:
    """Return the schedule sensitivity index of every task and its standard error.

    With c = 1 where the task is critical, CI = E(c), r = sd(d)/sd(T) and l a draw's influence on log r, a draw's
    influence on CI·r is r (c − CI) + CI r l (delta method).
    """
    n_draws = finish.relative.size
    if finish.sd == 0:
        return np.zeros_like(durations.sd), np.zeros_like(durations.sd)
    ratio, critical = durations.sd / finish.sd, paths.criticality
    if finish.replicates.size is not None:
        influence = paths.criticality_means - critical[:, None] + critical[:, None] * durations.ratio_means
        return ratio * critical, ratio * finish.replicates.error_of_means(influence)
    variance = critical * (1 - critical) + 2 * critical * paths.critical_ratio + critical**2 * durations.ratio_variance
    return ratio * critical, ratio * np.sqrt(np.maximum(variance, 0.0) / n_draws)


def _spread(draws: Floats) -> float:
    """Return the standard deviation, exactly 0 where all draws are the same."""
    return float(draws.std()) if draws.min() < draws.max() else 0.0
