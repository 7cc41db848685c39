"""Sums over draws from which the sensitivity measures follow, made block by block: nothing else is kept of a draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.engine import Passes, Replay, lengths_block
from schedrisk.parallel import in_order
from schedrisk.result.sampling_error import Replicates
from schedrisk.result.sums import LEAF, TreeSums, block_sums, compiles, leaf_size, leaf_sums, whole_leaves

__all__ = ["PathSums", "Target", "Wanted", "path_sums"]

# Durations of so many task-draws are held at once by each thread: 32 MB.
GROUP_CELLS = 4_000_000

# So many task-draws are worked on in one go: few enough to stay in the processor's cache.
CHUNK_CELLS = 32_768

# Of the deviation y of a duration and the standardised target t: y, y², yt; and y³, y⁴, yt², yt³, y²t, y²t², y³t, of
# which standard errors of random draws are made.
FEW_PRODUCTS, ALL_PRODUCTS = 3, 10


@dataclass(frozen=True)
class Wanted:
    """What is asked for, and so must be summed.

    Attributes
    ----------
    durations : bool
        Durations by themselves and together with the target.
    criticality : bool
        In how many draws a task is critical.
    critical_durations : bool
        Durations in these draws; not where replicates tell the errors.
    shares : bool
        Which share of the time up to the target a task fills: it takes late dates.
    """

    durations: bool
    criticality: bool
    critical_durations: bool
    shares: bool

    @property
    def paths(self) -> bool:
        """Whether dates are needed at all."""
        return self.criticality or self.critical_durations or self.shares


@dataclass(frozen=True, eq=False)
class Target:
    """The finish of the target in every draw.

    Attributes
    ----------
    ticks : ndarray, shape (n_draws,)
        In working time [tick].
    relative : ndarray, shape (n_draws,)
        T/E(T); 0 where the target takes no time.
    standard : ndarray, shape (n_draws,)
        (T − E(T))/sd(T); 0 where it does not vary.
    sd : float
        [tick]
    replicates : Replicates
    """

    ticks: Floats
    relative: Floats
    standard: Floats
    sd: float
    replicates: Replicates

    @classmethod
    def of(cls, ticks: Floats, replicates: Replicates) -> Target:
        """Standardise the finish of a target."""
        mean = float(ticks.mean())
        sd = float(ticks.std()) if ticks.min() < ticks.max() else 0.0
        relative = ticks / mean if mean > 0 else np.zeros_like(ticks)
        standard = (ticks - mean) / sd if sd > 0 else np.zeros_like(ticks)
        return cls(ticks, relative, standard, sd, replicates)

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return int(self.ticks.size)

    @property
    def n_replicates(self) -> int:
        """Number of replicates; 1 for random draws."""
        return int(self.replicates.places(0, self.n_draws).stop)

    def sums(self, values: Floats) -> Floats:
        """Return the sums of values of all draws over each replicate, shape (n_replicates,)."""
        leaf = leaf_size(self.replicates)
        return block_sums(leaf_sums(values, leaf), leaf, self.replicates)


@dataclass(frozen=True, eq=False)
class PathSums:
    """Sums over the draws of each replicate; of random draws, over all of them.

    Attributes
    ----------
    centres : ndarray, shape (n_tasks,)
        From what the deviations of durations count [tick].
    durations : ndarray, shape (n_replicates, 3 or 10, n_tasks)
        Of products of y and t, as `ALL_PRODUCTS` lists them; the first three where replicates tell the errors.
    critical_counts : ndarray of int, shape (n_replicates, n_tasks)
        In how many draws each task is critical.
    critical_durations : ndarray, shape (n_replicates, 3, n_tasks)
        Of y, y² and t² in these draws; zeros where replicates tell the errors.
    shares : ndarray, shape (n_replicates, 3, n_tasks)
        Of s·w, (s·w)² and s·w², with s = d/(d + TF) and w = T/E(T).
    """

    centres: Floats
    durations: Floats
    critical_counts: Ints
    critical_durations: Floats
    shares: Floats


def path_sums(replay: Replay, ends: tuple[int | None, int | None], target: Target, wanted: Wanted) -> PathSums:
    """Run the draws once, or as much of them as is needed, and sum up.

    Parameters
    ----------
    replay : Replay
    ends : tuple of int, optional
        Row of the target, and of the task from which its time counts; see `Replay.passes`.
    target : Target
    wanted : Wanted
    """
    maker = _Maker(replay, target, wanted)
    beside = np.ones(replay.network.n_tasks, dtype=bool)
    if wanted.paths or wanted.durations:
        beside[maker.add_blocks(*ends)] = False
    if wanted.durations:
        maker.add_durations(np.flatnonzero(beside))
    return maker.sums


class _Maker:
    """Sums in the making."""

    def __init__(self, replay: Replay, target: Target, wanted: Wanted) -> None:
        self.replay, self.target, self.wanted = replay, target, wanted
        self.replicates, self.leaf = target.replicates, leaf_size(target.replicates)
        self.compiled = compiles(replay, self.replicates)
        n, n_tasks = target.n_replicates, replay.network.n_tasks
        self.products = ALL_PRODUCTS if n == 1 else FEW_PRODUCTS
        self.sums = PathSums(
            np.zeros(n_tasks), np.zeros((n, self.products, n_tasks)), np.zeros((n, n_tasks), dtype=np.int64),
            np.zeros((n, 3, n_tasks)), np.zeros((n, 3, n_tasks)),
        )  # fmt: skip
        self.sets = [self.sums.durations, self.sums.critical_durations, self.sums.shares]

    def add_blocks(self, target: int | None, since: int | None) -> Ints:
        """Sum over all that leads to the target, or over all durations where dates do not matter; return the rows."""
        replay, late_too = self.replay, self.wanted.shares
        leading = replay.leading_to(target if self.wanted.paths else None)
        rows, n_draws = leading[3], replay.n_draws

        def block_of(first: int, count: int) -> Passes:
            if self.wanted.paths:
                return replay.passes_block(leading, since, first, count, late_too=late_too)
            nothing = np.empty((rows.size, 0), dtype=bool)
            return Passes(first, rows, lengths_block(replay, first, count), np.empty((0, count)), nothing)

        def run(draws: tuple[int, int]) -> tuple[int, int, list[Floats], Ints]:
            block = block_of(*draws)
            return *draws, self._reduced(block), self._counted(block.critical)

        if self.wanted.durations:
            self.sums.centres[rows] = _centres(block_of(0, min(LEAF, n_draws)).every_length)
        trees = [TreeSums(self.replicates, n_draws) for _ in self.sets]
        ranges = whole_leaves(replay.ranges(leading[0], 3 * leading[0].n_tasks), n_draws)
        for begin, count, found, critical in in_order(run, ranges, replay.n_jobs):
            for tree, sums in zip(trees, found, strict=True):
                tree.add(count, sums)
            self.sums.critical_counts[self.replicates.places(begin, count), rows] += critical
        for sums, tree in zip(self.sets, trees, strict=True):
            sums[:, :, rows] = tree.totals()
        return rows

    def add_durations(self, rows: Ints) -> None:
        """Sum over the durations of tasks whose dates do not matter."""

        def run(some: Ints) -> None:
            lengths = self.replay.lengths(some.tolist())
            self.sums.centres[some] = centres = _centres(lengths[:, :LEAF])
            leaves = np.empty((self.products, some.size, -(-lengths.shape[1] // self.leaf)))
            size = max(1, CHUNK_CELLS // lengths.shape[1])
            for first in range(0, some.size, size):
                part = slice(first, first + size)
                self._add_products(lengths[part], centres[part], self.target.standard, first, leaves)
            self.sums.durations[:, :, some] = block_sums(leaves, self.leaf, self.replicates)

        for _ in in_order(run, grouped(self.replay, rows), self.replay.n_jobs):
            pass

    def _counted(self, critical: Bools) -> Ints:
        if not self.wanted.criticality:
            return np.zeros((1, critical.shape[0]), dtype=np.int64)
        return np.asarray(np.count_nonzero(self.replicates.block_parts(critical), axis=2).T)

    def _reduced(self, block: Passes) -> list[Floats]:
        """Return the sums over a block of draws, each of shape (n_parts, n_sums, n_rows)."""
        n_rows, count = block.durations.shape
        draws = slice(block.first, block.first + count)
        standard, relative = self.target.standard[draws], self.target.relative[draws]
        centres = self.sums.centres[block.rows]
        leaves = [np.zeros((sums.shape[1], n_rows, -(-count // self.leaf))) for sums in self.sets]
        lengths = block.every_length if self.wanted.durations else block.durations
        size = max(1, CHUNK_CELLS // count)
        for first in range(0, n_rows, size):
            some = slice(first, first + size)
            if self.wanted.durations:
                self._add_products(lengths[some], centres[some], standard, first, leaves[0])
            if self.wanted.critical_durations:
                self._add_critical(lengths[some], centres[some], block.critical[some], standard, first, leaves[1])
            if self.wanted.shares:
                self._add_shares(block.durations[some], block.total_float[some], relative, first, leaves[2])
        return [block_sums(each, self.leaf, self.replicates) for each in leaves]

    def _add_products(self, lengths: Floats, centres: Floats, t: Floats, begin: int, leaves: Floats) -> None:
        """Write the sums of some rows, from `begin` on, over leaves of draws; so do the next two."""
        if self.compiled:
            from schedrisk.compiled.statistics import product_leaves

            product_leaves(np.ascontiguousarray(lengths), centres, t, begin, leaves)
            return
        out = leaves[:, begin : begin + centres.size]
        y = lengths - centres[:, None]
        out[0] = leaf_sums(y, self.leaf)
        y2 = y * y
        out[1] = leaf_sums(y2, self.leaf)
        yt = y * t
        out[2] = leaf_sums(yt, self.leaf)
        if self.products == FEW_PRODUCTS:
            return
        y *= y2
        out[3] = leaf_sums(y, self.leaf)
        y *= t
        out[9] = leaf_sums(y, self.leaf)
        np.multiply(y2, y2, out=y)
        out[4] = leaf_sums(y, self.leaf)
        yt *= t
        out[5] = leaf_sums(yt, self.leaf)
        yt *= t
        out[6] = leaf_sums(yt, self.leaf)
        y2 *= t
        out[7] = leaf_sums(y2, self.leaf)
        y2 *= t
        out[8] = leaf_sums(y2, self.leaf)

    def _add_critical(
        self, lengths: Floats, centres: Floats, critical: Bools, t: Floats, begin: int, leaves: Floats
    ) -> None:  # fmt: skip
        if self.compiled:
            from schedrisk.compiled.statistics import critical_leaves

            flags = np.ascontiguousarray(critical)
            critical_leaves(np.ascontiguousarray(lengths), centres, flags, t, begin, leaves)
            return
        out = leaves[:, begin : begin + centres.size]
        y = lengths - centres[:, None]
        held = y * critical
        out[0] = leaf_sums(held, self.leaf)
        held *= y
        out[1] = leaf_sums(held, self.leaf)
        np.multiply(t * t, critical, out=held)
        out[2] = leaf_sums(held, self.leaf)

    def _add_shares(self, durations: Floats, slack: Floats, weight: Floats, begin: int, leaves: Floats) -> None:
        if self.compiled:
            from schedrisk.compiled.statistics import share_leaves

            share_leaves(np.ascontiguousarray(durations), np.ascontiguousarray(slack), weight, begin, leaves)
            return
        out = leaves[:, begin : begin + durations.shape[0]]
        share = durations + slack
        # Durations are whole ticks: only a task without one, whose share is 0, comes below 1 here.
        np.divide(durations, np.maximum(share, 1.0, out=share), out=share)
        share *= weight
        out[0] = leaf_sums(share, self.leaf)
        out[1] = leaf_sums(share * share, self.leaf)
        share *= weight
        out[2] = leaf_sums(share, self.leaf)


def grouped(replay: Replay, rows: Ints) -> Iterator[Ints]:
    """Yield groups of tasks of which all durations can be held at once."""
    cells = GROUP_CELLS
    if replay.sampler.risks.timed or replay.network.decided:
        cells *= 4  # dates decide durations: each group takes a run of the network
    size = max(1, cells // replay.n_draws)
    for first in range(0, rows.size, size):
        yield rows[first : first + size]


def _centres(lengths: Floats) -> Floats:
    """Return whole ticks near the mean of durations: the mean of the first draws."""
    return np.asarray(np.rint(lengths.mean(axis=1)))
