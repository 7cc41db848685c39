"""Percentiles of every task's dates where there are too many draws to hold them: from counts on a grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.parallel import in_order
from schedrisk.result.date_moments import Moments, Visit, in_one_pass
from schedrisk.result.grid import Ends, Grid
from schedrisk.result.intervals import percentile_rank

__all__ = ["by_counting"]

# The grid of each date reaches over so many first draws, and somewhat beyond.
PILOT_DRAWS = 8_192


def by_counting(moments: Moments, percentiles: Sequence[float], found: Floats, errors: Floats | None) -> Floats:
    """Write percentiles of every task's dates, and their standard errors.

    Parameters
    ----------
    moments : Moments
        Receives its sums from the same run.
    percentiles : sequence of float
    found, errors : ndarray, shape (2, n_percentiles, n_tasks)
        Receive percentiles of starts and finishes [tick], and where they are wanted their errors [tick of working
        time].

    Returns
    -------
    ndarray, shape (n_tasks,)
        Width of the cells that draws were counted in [tick]; 0 where this is 1, and percentiles are exact.
    """
    pilot = Ends(moments.n_tasks)
    _visited(moments, pilot.add, PILOT_DRAWS)
    grid = Grid.over(pilot, compiled=moments.compiled)
    in_one_pass(moments, grid.add)
    n_exist = moments.n_exist
    some = np.maximum(n_exist, 1).tolist()
    ranks = np.array([[percentile_rank(percent, n) for n in some] for percent in percentiles])
    shares = np.array(percentiles, dtype=float)[:, None] / 100
    random_errors = np.sqrt(shares * (1 - shares) / np.array(some))
    nearby = [ranks] if errors is None else [ranks, *_around(shares, random_errors, n_exist)]
    if grid.at(np.array([np.vstack(nearby)] * 2))[1].any():
        # Something asked for lies beyond what the first draws reach to: count again, from the first to the last.
        ends, compiled = grid.ends, grid.compiled
        del grid
        grid = Grid.over(ends, margin=0.0, compiled=compiled)
        _visited(moments, grid.add)
    found[:] = np.where(n_exist > 0, grid.at(np.array([ranks, ranks]))[0], np.nan)
    if errors is not None:
        known = _replicated(moments, found, np.array([random_errors] * 2))
        low, high = (grid.at(each)[0] for each in _around(shares, known, n_exist))
        working = moments.axis.working
        errors[:] = np.where(n_exist > 0, np.asarray(working(high) - working(low)) / 2, np.nan)
    widths = grid.widths.max(axis=0)
    return np.where(widths > 1, widths, 0.0)


def _around(shares: Floats, errors: Floats, n_exist: Ints) -> tuple[Ints, Ints]:
    """Return the ranks one standard error of the share before and after percentiles."""
    low, high = (
        np.clip(np.ceil(each * n_exist) - 1, 0, np.maximum(n_exist - 1, 0)).astype(np.int64)
        for each in (shares - errors, shares + errors)
    )
    return low, high


def _visited(moments: Moments, visit: Visit, most: int | None = None) -> None:
    """Run the draws of all tasks once more, or the first of them."""
    replay, end = moments.replay, min(moments.n_draws, most or moments.n_draws)

    def run(draws: tuple[int, int]) -> None:
        starts, finishes, absent = moments.block(*draws)
        visit((starts, finishes), absent)

    blocks = replay.ranges(replay.network, 3 * moments.n_tasks)
    wanted = ((first, min(count, end - first)) for first, count in blocks if first < end)
    for _ in in_order(run, wanted, 1 if most else replay.n_jobs):
        pass


def _replicated(moments: Moments, percentiles: Floats, random_errors: Floats) -> Floats:
    """Return standard errors of the shares of draws up to percentiles, by replicates where there are some.

    Parameters
    ----------
    moments : Moments
    percentiles, random_errors : ndarray, shape (2, n_percentiles, n_tasks)
    """
    if moments.n_replicates < 2:
        return random_errors
    replay, replicates = moments.replay, moments.replicates
    counts = np.zeros((moments.n_replicates, *percentiles.shape), dtype=np.int64)

    def run(draws: tuple[int, int]) -> tuple[slice, Ints]:
        *dates, _ = moments.block(*draws)
        met = [
            [_counted(moments, values <= bound[:, None]) for bound in bounds]
            for values, bounds in zip(dates, percentiles, strict=True)
        ]
        return replicates.places(*draws), np.moveaxis(np.array(met), -1, 0)

    for places, found in in_order(run, replay.ranges(replay.network, 3 * moments.n_tasks), replay.n_jobs):
        counts[places] += found
    errors = replicates.share_errors(counts.reshape(moments.n_replicates, -1), moments.n_draws)
    # Some draws of a replicate are no replicate: their errors are those of random draws.
    always = (moments.n_exist == moments.n_draws) & (errors.reshape(percentiles.shape) > 0)
    return np.where(always, errors.reshape(percentiles.shape), random_errors)


def _counted(moments: Moments, met: Bools) -> Ints:
    return np.asarray(np.count_nonzero(moments.replicates.block_parts(met), axis=-1))
