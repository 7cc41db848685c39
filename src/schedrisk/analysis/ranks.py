"""Rank correlation of many variables with one, with its standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.result.sampling_error import Replicates

__all__ = ["RankCorrelation"]

INDEPENDENT = Replicates()


class RankCorrelation:
    """Spearman's correlation of any variable with a target, over the same draws.

    It is Pearson's correlation of average ranks, so ties are right. Its standard error follows from its influence
    function (Croux and Dehon 2010, "Influence functions of the Spearman and Kendall correlation measures"), written
    here with half steps at ties and with the variances of both ranks, which ties make smaller than 1/12.

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
        self._replicates = replicates
        # Draws are taken in the order of the target, so that half of the sorting is done once for all variables.
        self._order = np.argsort(target, kind="stable")
        self._ties = _Ties.of(target[self._order])
        self._ranks = self._ties.each(self._ties.ranks)
        self._variance = float(np.mean(self._ranks * self._ranks))
        self._variance_influence = self._ties.each(self._ties.variance_influence(self._variance))

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
        ascending = np.argsort(values)
        ties = _Ties.of(values[ascending])
        if ties.starts.size == 1 or self._ties.starts.size == 1:
            return 0.0, 0.0
        ranks = np.empty_like(values)
        ranks[ascending] = ties.each(ties.ranks)
        variance = float(np.mean(ranks * ranks))
        covariance = float(np.mean(ranks * self._ranks))
        # One more draw at (x, y) adds its own product of ranks, and lifts the ranks of all draws above it.
        by_value = ties.weight_above(self._ranks[ascending])
        by_value -= covariance / (2 * variance) * ties.variance_influence(variance)
        influence = np.empty_like(values)
        influence[ascending] = ties.each(by_value)
        influence += ranks * self._ranks
        influence += self._ties.each(self._ties.weight_above(ranks))
        influence -= 3 * covariance
        influence -= covariance / (2 * self._variance) * self._variance_influence
        scale = np.sqrt(variance * self._variance)
        by_draw = np.empty_like(influence)  # replicates are told apart by the number of the draw
        by_draw[self._order] = influence
        return float(covariance / scale), float(self._replicates.mean_error(by_draw) / scale)


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
    def ranks(self) -> Floats:
        """Average rank of each group, as a share of all draws, less one half: from −½ to ½, 0 on average."""
        return np.asarray((self.starts + self.ends - self.n_draws) / (2 * self.n_draws))

    def each(self, by_group: Floats) -> Floats:
        """Give every draw, in ascending order, its group's value."""
        return np.repeat(by_group, self.ends - self.starts)

    def weight_above(self, values: Floats) -> Floats:
        """Return, for each group, the mean over all draws of `values` where a draw lies above it, half where in it.

        Parameters
        ----------
        values : ndarray, shape (n_draws,)
            In ascending order of the groups, with a mean of 0.
        """
        below = np.zeros(values.size + 1)
        np.cumsum(values, out=below[1:])
        return np.asarray((below[self.starts] + below[self.ends]) / (-2 * self.n_draws))

    def variance_influence(self, variance: float) -> Floats:
        """Return, for each group, the influence of a draw in it on the variance of the ranks.

        0 without ties, as the ranks are then 1, 2, … n whatever the draws are.
        """
        # `weight_above` of the ranks themselves, whose sums have a closed form.
        above = (self.starts * (self.n_draws - self.starts) + self.ends * (self.n_draws - self.ends)) / (
            4 * self.n_draws**2
        )
        return np.asarray(self.ranks**2 + 2 * above - 3 * variance)
