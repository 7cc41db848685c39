"""Figures of every task's start and finish: mean, standard deviation and percentiles, in bounded memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.engine import Replay
from schedrisk.parallel import in_order
from schedrisk.result.counted_dates import by_counting
from schedrisk.result.date_moments import Moments, in_one_pass
from schedrisk.result.figures import Figures
from schedrisk.result.intervals import percentile_rank
from schedrisk.result.kept import Kept
from schedrisk.result.sampling_error import Replicates

__all__ = ["DateFigures", "date_figures"]

# Starts and finishes of so many task-draws are held at once: 128 to 256 MB. Within that, about eight groups of tasks:
# what comes before them is run again for each.
LEAST_CELLS, MOST_CELLS = 8_000_000, 16_000_000
GROUPS = 8

# Of more draws than these, percentiles are those of counts.
MOST_EXACT_DRAWS = 100_000

# Each piece of a group that goes to a thread has so many task-draws.
PIECE_CELLS = 1_000_000


@dataclass(frozen=True, eq=False)
class DateFigures:
    """What the draws say about the dates of some tasks, in the draws in which each of them exists.

    Along the first axis of most arrays are the starts and the finishes.

    Attributes
    ----------
    means : ndarray, shape (2, n_tasks)
        [tick]; NaN for a task that exists in no draw.
    mean_errors, sds, sd_errors : ndarray, shape (2, n_tasks)
        [tick of working time].
    exists, exists_errors : ndarray, shape (n_tasks,)
        In which share of the draws each task exists, and the standard error of that.
    percentiles, percentile_errors : ndarray, shape (2, n_percentiles, n_tasks)
        [tick], [tick of working time]; errors are NaN where they are not wanted.
    counted : bool
        Whether percentiles are those of counts on a grid.
    widths : ndarray, shape (n_tasks,)
        Width of the cells in which draws were counted for the percentiles [tick]; 0 where these are exact.
    """

    means: Floats
    mean_errors: Floats
    sds: Floats
    sd_errors: Floats
    exists: Floats
    exists_errors: Floats
    percentiles: Floats
    percentile_errors: Floats
    counted: bool
    widths: Floats


def date_figures(
    replay: Replay, percentiles: Sequence[float] = (), *, errors: bool = False, kept: Kept | None = None
) -> DateFigures:  # fmt: skip
    """Return figures of the dates of every task.

    Parameters
    ----------
    replay : Replay
    percentiles : sequence of float
        0–100. Without any, all comes from one pass over the draws.
    errors : bool
        Whether standard errors of the percentiles are wanted.
    kept : Kept, optional
        Every sample, where they are kept: nothing is run again.
    """
    moments = Moments(replay, powers=4 if errors else 2, kept=kept)
    shape = 2, len(percentiles), replay.network.n_tasks
    found, errs = np.full(shape, np.nan), np.full(shape, np.nan)
    widths = np.zeros(shape[2])
    counted = bool(percentiles) and replay.n_draws > MOST_EXACT_DRAWS
    if not percentiles:
        in_one_pass(moments)
    elif counted:
        widths = by_counting(moments, percentiles, found, errs if errors else None)
    else:
        _by_groups(replay, moments, percentiles, found, errs if errors else None)
    return DateFigures(*moments.figures(), found, errs, counted, widths)


def _by_groups(
    replay: Replay, moments: Moments, percentiles: Sequence[float], found: Floats, errors: Floats | None
) -> None:  # fmt: skip
    """Run all draws of a group of tasks at a time, and select percentiles among them."""
    _ = moments.centres
    cells = min(max(LEAST_CELLS, moments.n_tasks * replay.n_draws // GROUPS), MOST_CELLS)
    size = max(1, cells // replay.n_draws)
    room = np.empty((2, min(size, moments.n_tasks), replay.n_draws))  # one for all: new memory costs time
    # In topological order early groups have few predecessors, and little is replayed for them.
    for first in range(0, moments.n_tasks, size):
        rows = np.array(replay.network.order[first : first + size])
        group = rows, *_histories(moments, rows.tolist(), room[:, : rows.size])
        moments.count_absent(rows, 0, replay.n_draws, group[3])
        step = max(1, PIECE_CELLS // replay.n_draws)
        work = partial(_figures_of, moments, percentiles, found, errors, group)
        for _ in in_order(work, (slice(each, each + step) for each in range(0, rows.size, step)), replay.n_jobs):
            pass


def _histories(moments: Moments, rows: list[int], room: Floats) -> tuple[Floats, Floats, dict[int, Bools]]:
    """Return starts and finishes of some tasks in all draws, in the room that is given, and where some do not exist."""
    starts, finishes = room
    if moments.kept is not None:
        starts[:], finishes[:], absent = moments.kept.histories(rows)
        return starts, finishes, absent
    replay = moments.replay
    part = replay.restricted(rows)
    gone: dict[int, Bools] = {}

    def fill(draws: tuple[int, int]) -> tuple[slice, dict[int, Bools]]:
        some = slice(draws[0], draws[0] + draws[1])
        starts[:, some], finishes[:, some], absent = replay.histories_block(part, *draws)
        return some, absent

    for some, absent in in_order(fill, replay.ranges(part[0], 3 * part[0].n_tasks), replay.n_jobs):
        for place, missing in absent.items():
            gone.setdefault(place, np.zeros(replay.n_draws, dtype=bool))[some] = missing
    return starts, finishes, {place: each for place, each in gone.items() if each.any()}


Group: TypeAlias = tuple[Ints, Floats, Floats, dict[int, Bools]]


def _figures_of(
    moments: Moments, percentiles: Sequence[float], found: Floats, errors: Floats | None, group: Group, some: slice
) -> None:  # fmt: skip
    """Write what all draws of some tasks of a group say."""
    rows, starts, finishes, absent = group
    piece = rows[some]
    gone = {place - some.start: each for place, each in absent.items() if some.start <= place < some.stop}
    moments.sums[..., piece] = moments.reduced(piece, starts[some], finishes[some], gone)
    for number, dates in enumerate((starts, finishes)):
        if errors is not None:
            errors[number][:, piece] = _percentile_errors(moments, percentiles, dates[some], gone)
        found[number][:, piece] = _percentiles(percentiles, dates[some], gone)


def _percentiles(percentiles: Sequence[float], draws: Floats, absent: Mapping[int, Bools]) -> Floats:
    """Return percentiles along rows, shape (n_percentiles, n_rows); `draws` are sorted in place."""
    some = {place: draws[place][~gone] for place, gone in absent.items()}
    draws.sort(axis=1)
    out = draws[:, [percentile_rank(each, draws.shape[1]) for each in percentiles]].T.copy()
    for place, existing in some.items():
        existing.sort()
        n_exist = existing.size
        out[:, place] = [existing[percentile_rank(each, n_exist)] if n_exist else np.nan for each in percentiles]
    return out


def _percentile_errors(
    moments: Moments, percentiles: Sequence[float], draws: Floats, absent: Mapping[int, Bools]
) -> Floats:  # fmt: skip
    """Return standard errors of percentiles along rows, shape (n_percentiles, n_rows) [tick of working time]."""
    out = np.empty((len(percentiles), draws.shape[0]))
    for place, each in enumerate(draws):
        # Some draws of a replicate are no replicate: their errors are those of random draws.
        known = Figures(each[~absent[place]], moments.axis, Replicates()) if place in absent else None
        figures = known or Figures(each, moments.axis, moments.replicates)
        working, replicates = figures.working, figures.replicates
        for number, percent in enumerate(percentiles):
            out[number, place] = replicates.percentile_se(working, percent) if working.size else np.nan
    return out
