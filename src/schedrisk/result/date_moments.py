"""Mean and standard deviation of every task's dates, from sums over draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TypeAlias

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.engine import Replay
from schedrisk.network import Network
from schedrisk.parallel import in_order
from schedrisk.result.kept import Kept
from schedrisk.result.sampling_error import Replicates
from schedrisk.result.sums import LEAF, TreeSums, block_sums, compiles, leaf_size, leaf_sums, whole_leaves
from schedrisk.sampling import DurationSampler

__all__ = ["Moments", "in_one_pass"]

Visit: TypeAlias = Callable[[tuple[Floats, Floats], Mapping[int, Bools]], None]

# So many task-draws are worked on in one go: few enough to stay in the processor's cache.
CHUNK_CELLS = 32_768


class Moments:
    """Sums of the powers of every task's dates, about a moment near their mean.

    Parameters
    ----------
    replay : Replay
    powers : int
        2, or 4 where the errors of standard deviations are wanted too.
    kept : Kept, optional
        Every sample, where they are kept.
    """

    def __init__(self, replay: Replay, powers: int, kept: Kept | None = None) -> None:
        self.replicates, self.axis = Replicates(replay.design.replicate_size), replay.network.axis
        self.n_tasks, self.n_draws, self.powers = replay.network.n_tasks, replay.n_draws, powers
        self.leaf = leaf_size(self.replicates)
        self.n_replicates = self.replicates.places(0, self.n_draws).stop
        # Deviations in clock time have no meaning in working days: both clocks are reckoned with.
        self.n_kinds = 4 if self.axis.in_clock_time else 2
        self.sums = np.zeros((self.n_replicates, self.n_kinds, powers, self.n_tasks))
        self.absent = np.zeros((self.n_replicates, self.n_tasks), dtype=np.int64)
        self.replay, self.kept = replay, kept
        self.compiled = compiles(replay, self.replicates)

    @cached_property
    def centres(self) -> Floats:
        """Whole ticks near the mean of each date, shape (n_kinds, n_tasks): the mean of the first leaf of draws."""
        starts, finishes, absent = self.block(0, min(LEAF, self.n_draws))
        kinds = self.kinds(starts, finishes)
        means = np.array([each.mean(axis=1) for each in kinds])
        for place, gone in absent.items():
            if not gone.all():  # where a task does not exist its dates may be far from those that count
                means[:, place] = [each[place][~gone].mean() for each in kinds]
        return np.asarray(np.rint(means))

    def block(self, first: int, count: int) -> tuple[Floats, Floats, dict[int, Bools]]:
        """Return starts and finishes of all tasks in a block of draws, and where tasks do not exist."""
        if self.kept is not None:
            return self.kept.histories_block(first, count)
        return self.replay.histories_block(self._whole, first, count)

    @cached_property
    def _whole(self) -> tuple[Network, list[int], DurationSampler]:
        return self.replay.restricted(range(self.n_tasks))

    def kinds(self, starts: Floats, finishes: Floats) -> list[Floats]:
        """Return dates, and where they are in clock time the working time until then as well."""
        clock = [starts, finishes]
        return clock if self.n_kinds == 2 else [*clock, *(np.asarray(self.axis.working(each)) for each in clock)]

    def reduced(
        self, rows: Ints, starts: Floats, finishes: Floats, absent: Mapping[int, Bools]
    ) -> Floats:  # fmt: skip
        """Return the sums of some tasks over a block of draws.

        Parameters
        ----------
        rows : ndarray of int, shape (n_rows,)
        starts, finishes : ndarray, shape (n_rows, n_draws)
            Of a block that begins with a leaf [tick]; changed in draws in which a task does not exist.
        absent : mapping of int to ndarray of bool, shape (n_draws,)
            By place among `rows`.

        Returns
        -------
        ndarray, shape (n_parts, n_kinds, powers, n_rows)
        """
        count = starts.shape[1]
        leaves = np.empty((self.n_kinds, self.powers, rows.size, -(-count // self.leaf)))
        size = max(1, CHUNK_CELLS // count)
        for first in range(0, rows.size, size):
            some = slice(first, first + size)
            for number, dates in enumerate(self.kinds(starts[some], finishes[some])):
                centres = self.centres[number, rows[some]]
                for place, gone in absent.items():
                    if first <= place < first + size:
                        dates[place - first][gone] = centres[place - first]
                self._add_powers(dates, centres, first, leaves[number])
        return block_sums(leaves, self.leaf, self.replicates)

    def _add_powers(self, dates: Floats, centres: Floats, begin: int, out: Floats) -> None:
        """Write the sums of some rows, from `begin` on, over leaves of draws."""
        if self.compiled:
            from schedrisk.compiled.statistics import power_leaves

            power_leaves(np.ascontiguousarray(dates), centres, begin, out)
            return
        deviations = dates - centres[:, None]
        power = deviations
        for exponent in range(self.powers):
            power = power * deviations if exponent else deviations
            out[exponent, begin : begin + centres.size] = leaf_sums(power, self.leaf)

    def count_absent(self, rows: Ints, first: int, count: int, absent: Mapping[int, Bools]) -> None:
        """Count the draws of a block in which tasks do not exist."""
        places = self.replicates.places(first, count)
        for place, gone in absent.items():
            self.absent[places, rows[place]] += np.count_nonzero(self.replicates.block_parts(gone), axis=-1)

    @property
    def n_exist(self) -> Ints:
        """In how many draws each task exists, shape (n_tasks,)."""
        return np.asarray(self.n_draws - self.absent.sum(axis=0))

    def figures(self) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
        """Return what `DateFigures` begins with."""
        n_exist = self.n_exist
        with np.errstate(invalid="ignore"):  # 0/0 for a task that exists in no draw
            raw = self.sums.sum(axis=0) if self.n_replicates > 1 else self.sums[0]
            means = raw[:, 0] / n_exist
            sds = np.sqrt(np.maximum(raw[:, 1] / n_exist - means**2, 0.0))
            mean_errors, sd_errors = sds / np.sqrt(n_exist), np.full_like(sds, np.nan)
            if self.powers == 4:
                sd_errors = self._sd_errors(raw / n_exist, means, sds, n_exist)
        if self.n_replicates > 1:
            always = n_exist == self.n_draws  # some draws of a replicate are no replicate
            by_replicate = self.sums[:, :, :2, always] / (self.n_draws / self.n_replicates)
            mean_errors[:, always] = self._error_of(by_replicate[:, :, 0])
            centre, spread = means[:, always], sds[:, always]
            influence = by_replicate[:, :, 1] - 2 * centre * by_replicate[:, :, 0] + centre**2
            sd_errors[:, always] = self._error_of(influence) / np.where(spread > 0, 2 * spread, 1.0)
        share_errors = self.replicates.share_errors(self.absent, self.n_draws)
        ticks = np.rint(self.centres[:2] + means[:2])
        return ticks, mean_errors[-2:], sds[-2:], sd_errors[-2:], n_exist / self.n_draws, share_errors

    def _error_of(self, by_replicate: Floats) -> Floats:
        return self.replicates.error_of_means(np.moveaxis(by_replicate, 0, -1))

    @staticmethod
    def _sd_errors(raw: Floats, means: Floats, sds: Floats, n_draws: Ints) -> Floats:
        """Return the standard error of standard deviations of random draws, from their fourth central moment.

        The influence of a draw on a standard deviation s is (z² − 1) s/2 of its standardised value z.
        """
        fourth = raw[:, 3] - 4 * means * raw[:, 2] + 6 * means**2 * raw[:, 1] - 3 * means**4
        variance = np.maximum(fourth - sds**4, 0.0) / n_draws
        return np.asarray(np.sqrt(variance) / np.where(sds > 0, 2 * sds, 1.0))


def in_one_pass(moments: Moments, visit: Visit | None = None) -> None:
    """Run all draws of all tasks once, and keep nothing of them but sums.

    Parameters
    ----------
    moments : Moments
    visit : callable, optional
        Called with the starts and finishes of each block, and with where tasks do not exist, by several threads.
    """
    replay = moments.replay
    rows = np.arange(moments.n_tasks)
    sums = TreeSums(moments.replicates, replay.n_draws)
    _ = moments.centres  # before threads ask for them

    def run(draws: tuple[int, int]) -> tuple[tuple[int, int], Floats, dict[int, Bools]]:
        starts, finishes, absent = moments.block(*draws)
        if visit is not None:
            visit((starts, finishes), absent)
        return draws, moments.reduced(rows, starts, finishes, absent), absent

    ranges = whole_leaves(replay.ranges(replay.network, 3 * moments.n_tasks), replay.n_draws)
    for (first, count), found, absent in in_order(run, ranges, replay.n_jobs):
        sums.add(count, found)
        moments.count_absent(rows, first, count, absent)
    moments.sums[:] = sums.totals()
