"""Rank correlation of many variables with one, with its standard error."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.analysis.path_sums import Target, grouped
from schedrisk.engine import Replay
from schedrisk.parallel import in_order
from schedrisk.result.sampling_error import Replicates
from schedrisk.result.sums import LEAF, block_sums, compiles, leaf_size, leaf_sums

__all__ = ["RankCorrelation", "rank_correlations"]

INDEPENDENT = Replicates()

# So many task-draws are worked on in one go: few enough to stay in the processor's cache.
CHUNK_CELLS = 32_768

# Of more draws than these, the first are taken.
MOST_DRAWS = 100_000

# Fewer replicates say too little about errors; sums of ranks of more draws than these do not fit 64 bits.
LEAST_REPLICATES, MOST_RANKS = 4, 1 << 21


def rank_correlations(replay: Replay, target: Target) -> tuple[Floats, Floats, int]:
    """Return Spearman's correlation of every task's duration with a target.

    Parameters
    ----------
    replay : Replay
    target : Target

    Returns
    -------
    tuple of ndarray, shape (n_tasks,), and int
        The correlations, their standard errors, and of how many draws they are: `MOST_DRAWS` of more random ones, and
        of stratified ones whole replicates of about as many.
    """
    n_draws, replicates = _ranked(target)
    replay = dataclasses.replace(replay, design=dataclasses.replace(replay.design, n_draws=n_draws))
    ranks = RankCorrelation(target.ticks[:n_draws], replicates)
    found, compiled = np.zeros((2, replay.network.n_tasks)), compiles(replay, replicates)

    def run(rows: Ints) -> None:
        found[:, rows] = ranks.with_rows(replay.lengths(rows.tolist()), compiled=compiled)

    for _ in in_order(run, grouped(replay, np.arange(replay.network.n_tasks)), replay.n_jobs):
        pass
    return found[0], found[1], n_draws


def _ranked(target: Target) -> tuple[int, Replicates]:
    """Return how many draws are ranked, and how these group."""
    size = target.replicates.size
    if size is None or size * LEAST_REPLICATES > MOST_RANKS:
        # Parts of a replicate are none: their errors are those of random draws.
        return min(target.n_draws, MOST_DRAWS), INDEPENDENT
    wanted = max(LEAST_REPLICATES, MOST_DRAWS // size)
    return min(target.n_draws, wanted * size), target.replicates


class RankCorrelation:
    """Spearman's correlation of any variable with a target, over the same draws.

    It is Pearson's correlation of average ranks, so ties are right. Its standard error follows from its influence
    function (Croux and Dehon 2010, "Influence functions of the Spearman and Kendall correlation measures"), written
    here with half steps at ties and with the variances of both ranks, which ties make smaller than 1/12.

    Ranks are counted in halves from the middle, so that they and the sums of their products are whole numbers: from
    1 − n to n − 1.

    Parameters
    ----------
    target : ndarray, shape (n_draws,)
    replicates : Replicates
        How the draws group.

    Examples
    --------
    >>> RankCorrelation(np.array([1.0, 2.0, 3.0, 4.0])).with_draws(np.array([1.0, 4.0, 9.0, 16.0]))[0]
    1.0
    """

    def __init__(self, target: Floats, replicates: Replicates = INDEPENDENT) -> None:
        self._replicates, self._n = replicates, target.size
        # Replicates are told apart by the number of the draw.
        self._by_draw = replicates.size is not None and self._n >= 2 * replicates.size
        self._leaf = leaf_size(replicates) if self._by_draw else LEAF
        # Draws are taken in the order of the target, so that half of the sorting is done once for all variables.
        self._order = np.argsort(target, kind="stable")
        self._ties = _Ties.of(target[self._order])
        self._ranks = self._ties.each(self._ties.ranks)
        self._squares = float(np.sum(self._ranks * self._ranks))
        self._influence = self._ties.each(self._ties.variance_influence)

    def with_draws(self, values: Floats) -> tuple[float, float]:
        """Return the correlation of a variable with the target, and its standard error.

        Parameters
        ----------
        values : ndarray, shape (n_draws,)

        Returns
        -------
        tuple of float
            Both 0 where the variable or the target does not vary.
        """
        values = values[self._order]
        ascending = _ascending(values)
        ties = _Ties.of(values[ascending])
        if ties.starts.size == 1 or self._ties.starts.size == 1:
            return 0.0, 0.0
        ranks = np.empty(self._n, dtype=np.int64)
        ranks[ascending] = ties.each(ties.ranks)
        products = ranks * self._ranks
        crossed, squares = float(products.sum()), float(np.sum(ranks * ranks))
        # One more draw at (x, y) adds its own product of ranks, and lifts the ranks of all draws above it.
        above, influence = np.empty_like(ranks), np.empty_like(ranks)
        above[ascending] = ties.each(ties.weight_above(self._ranks[ascending]))
        influence[ascending] = ties.each(ties.variance_influence)
        above += products
        above += self._ties.each(self._ties.weight_above(ranks))
        # In quarters of 1/n², as everything here; what each of the three subtracts for its mean is 0 in all.
        found = above.astype(float)
        found -= crossed / (2.0 * squares) * influence
        found -= crossed / (2.0 * self._squares) * self._influence
        if self._by_draw:
            found[self._order] = found.copy()
        leaves = np.array([leaf_sums(found, self._leaf), leaf_sums(found * found, self._leaf)])
        rho, error = self._figures(np.array([crossed]), np.array([squares]), leaves[:, None])
        return float(rho[0]), float(error[0])

    def with_rows(self, values: Floats, *, compiled: bool = False) -> Floats:
        """Return what `with_draws` does, of many variables.

        Parameters
        ----------
        values : ndarray, shape (n_rows, n_draws)
            Whole numbers.
        compiled : bool
            Whether by compiled loops.

        Returns
        -------
        ndarray, shape (2, n_rows)
        """
        found = np.zeros((2, values.shape[0]))
        size = values.shape[0]
        if compiled and self._ties.starts.size > 1:
            size = max(1, CHUNK_CELLS // self._n)
        for first in range(0, values.shape[0], size):
            some = slice(first, first + size)
            done = self._compiled(values[some]) if compiled and self._ties.starts.size > 1 else None
            found[:, some] = np.array([self.with_draws(row) for row in values[some]]).T if done is None else done
        return found

    def _compiled(self, values: Floats) -> Floats | None:
        """Return what `with_rows` does, by compiled loops; None where numbers are too large for them."""
        from schedrisk.compiled.statistics import rank_keys, rank_leaves

        keys, bits = np.empty(values.shape, dtype=np.int64), _bits(self._n)
        if not rank_keys(values, self._order, bits, keys):
            return None
        keys.sort(axis=1)
        ties = self._ties
        target = np.array([self._ranks, ties.each(ties.starts), ties.each(ties.ends), self._influence])
        products = np.empty((2, values.shape[0]), dtype=np.int64)
        leaves = np.empty((2, values.shape[0], -(-self._n // LEAF)))
        rank_leaves(keys, bits, self._order, target, self._squares, self._by_draw, products, leaves)
        return np.array(self._figures(products[0].astype(float), products[1].astype(float), leaves))

    def _figures(self, crossed: Floats, squares: Floats, leaves: Floats) -> tuple[Floats, Floats]:
        """Return correlations and their errors; 0 where a variable does not vary.

        Parameters
        ----------
        crossed, squares : ndarray, shape (n_rows,)
            Sums over all draws of products of ranks, and of squares.
        leaves : ndarray, shape (2, n_rows, n_leaves)
            Sums over leaves of the influence of draws, and of its squares.
        """
        n, replicates = self._n, self._replicates
        varies = squares > 0
        scale = np.where(varies, np.sqrt((squares / n) * (self._squares / n)), np.inf)
        if self._by_draw:
            # In rows: how NumPy adds up depends on how numbers lie in memory.
            sums = np.ascontiguousarray(block_sums(leaves[0], self._leaf, replicates).T)
            error = replicates.error_of_means(sums / (replicates.size or n))
        else:
            first, second = block_sums(leaves, self._leaf, INDEPENDENT)[0] / n
            error = np.sqrt(np.maximum(second - first**2, 0.0) / n)
        return crossed / n / scale, error / scale


def _bits(n_draws: int) -> int:
    """Return how many binary digits the number of a draw takes."""
    return int(n_draws - 1).bit_length()


def _ascending(values: Floats) -> Ints:
    """Return the order that sorts values, equal ones as they come.

    Whole numbers are sorted together with their places: one number for both sorts faster than places by values.
    """
    bits = _bits(values.size)
    low, high = float(values.min()), float(values.max())
    if high - low >= 2.0 ** (62 - bits) or not np.array_equal(values, np.rint(values)):
        return np.argsort(values, kind="stable")
    keys = (values - low).astype(np.int64)
    keys <<= bits
    keys |= np.arange(values.size)
    keys.sort()
    keys &= (1 << bits) - 1
    return keys


@dataclass(frozen=True, eq=False)
class _Ties:
    """Groups of equal values among ascending draws.

    Attributes
    ----------
    starts, ends : ndarray of int, shape (n_groups,)
        First draw of each group, and the one after its last.
    n_draws : int
    """

    starts: Ints
    ends: Ints
    n_draws: int

    @classmethod
    def of(cls, ascending: Floats) -> _Ties:
        new = np.empty(ascending.size, dtype=bool)
        new[0] = True
        np.not_equal(ascending[1:], ascending[:-1], out=new[1:])
        starts = np.flatnonzero(new)
        return cls(starts, np.append(starts[1:], ascending.size), ascending.size)

    @property
    def ranks(self) -> Ints:
        """Average rank of each group, in halves from the middle: from 1 − n to n − 1, 0 on average."""
        return np.asarray(self.starts + self.ends - self.n_draws)

    def each(self, by_group: Ints) -> Ints:
        """Give every draw, in ascending order, its group's value."""
        return np.repeat(by_group, self.ends - self.starts)

    def weight_above(self, values: Ints) -> Ints:
        """Return, for each group, twice the sum of `values` where a draw lies above it, once where it lies in it.

        Parameters
        ----------
        values : ndarray of int, shape (n_draws,)
            In ascending order of the groups, with a mean of 0.
        """
        below = np.zeros(values.size + 1, dtype=np.int64)
        np.cumsum(values, out=below[1:])
        return np.asarray(-(below[self.starts] + below[self.ends]))

    @property
    def variance_influence(self) -> Ints:
        """For each group, the influence of a draw in it on the variance of the ranks, three of these variances added.

        The same everywhere without ties, as the ranks are then 1, 2, … n whatever the draws are.
        """
        # `weight_above` of the ranks themselves, whose sums have a closed form.
        above = self.starts * (self.n_draws - self.starts) + self.ends * (self.n_draws - self.ends)
        return np.asarray(self.ranks**2 + 2 * above)
