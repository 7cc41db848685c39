"""The sensitivity measures of every task, from sums over draws."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.analysis.path_sums import PathSums, Target

__all__ = ["Measures"]

# A variance below so much of its terms is what rounding leaves of 0.
ROUNDING = 64 * np.finfo(float).eps


class Measures:
    """What sums over draws say about each task; arrays are of shape (n_tasks,).

    Parameters
    ----------
    target : Target
    sums : PathSums
    critical_counts : ndarray of int, shape (n_replicates, n_tasks)
        In how many draws each task is critical.
    """

    def __init__(self, target: Target, sums: PathSums, critical_counts: Ints) -> None:
        self._target, self._sums, self._counts = target, sums, critical_counts
        self._n, self._n_replicates = target.n_draws, target.n_replicates
        self._size = self._n / self._n_replicates
        self._t = [target.sums(target.standard**power) for power in range(5)]

    def each(self, wanted: Collection[str]) -> Iterator[tuple[str, tuple[Floats, Floats]]]:
        """Yield those measures that are asked for, each with its standard error."""
        known = {
            "criticality": self._criticality, "significance": self._significance, "ssi": self._ssi,
            "cruciality": self._cruciality,
        }  # fmt: skip
        for name, found in known.items():
            if name in wanted:
                yield name, found()

    @cached_property
    def mean(self) -> Floats:
        """Mean duration [tick]."""
        return np.asarray(self._sums.centres + self._deviation)

    @cached_property
    def sd(self) -> Floats:
        """Standard deviation of the duration [tick]; exactly 0 where it does not vary."""
        return np.sqrt(np.maximum(self._moment(1) - self._deviation**2, 0.0))

    @cached_property
    def _deviation(self) -> Floats:
        """Mean of y, the deviation of a duration from its centre."""
        return self._moment(0)

    def _moment(self, product: int) -> Floats:
        """Return the mean over all draws of one of the products of `PathSums.durations`."""
        return np.asarray(self._sums.durations[:, product].sum(axis=0) / self._n)

    @cached_property
    def _varies(self) -> Floats:
        """Standard deviation of durations, infinite where nothing varies: what is divided by it is 0."""
        return np.where((self.sd > 0) & (self._target.sd > 0), self.sd, np.inf)

    @cached_property
    def _standard(self) -> dict[tuple[int, int], Floats]:
        """Means of zⁱ tʲ by (i, j), of standardised durations z and target t."""
        t1, t2, t3, t4 = (float(each.sum()) / self._n for each in self._t[1:])
        m, s = self._deviation, self._varies
        _, y2, yt, y3, y4, yt2, yt3, y2t, y2t2, y3t = (self._moment(product) for product in range(10))
        return {
            (1, 3): (yt3 - m * t3) / s,
            (2, 2): (y2t2 - 2 * m * yt2 + m**2 * t2) / s**2,
            (3, 1): (y3t - 3 * m * y2t + 3 * m**2 * yt - m**3 * t1) / s**3,
            (4, 0): (y4 - 4 * m * y3 + 6 * m**2 * y2 - 3 * m**4) / s**4,
            (0, 4): np.where(s < np.inf, t4, 0.0),
        }

    def _replicate_means(self) -> tuple[Floats, Floats, Floats]:
        """Return the means over each replicate of z², zt and t², of shapes (n_tasks, n_replicates) and (n_replicates,)."""
        m, s = self._deviation[:, None], self._varies[:, None]
        y, y2, yt = (self._sums.durations[:, product].T / self._size for product in range(3))
        t, t2 = (each / self._size for each in self._t[1:3])
        return (y2 - 2 * m * y + m**2) / s**2, (yt - m * t) / s, np.where(s < np.inf, t2, 0.0)

    @cached_property
    def _pearson(self) -> Floats:
        t1 = float(self._t[1].sum()) / self._n
        return np.clip((self._moment(2) - self._deviation * t1) / self._varies, -1.0, 1.0)

    def _cruciality(self) -> tuple[Floats, Floats]:
        """Return Pearson's correlation of durations with the target.

        The influence of a draw on it is z·z′ − ρ(z² + z′²)/2 of its standardised values, and on the logarithm of the
        ratio of standard deviations (z² − z′²)/2 (Devlin, Gnanadesikan and Kettenring 1975, "Robust estimation and
        outlier detection with correlation coefficients").
        """
        rho = self._pearson
        if self._n_replicates > 1:
            squares, products, target = self._replicate_means()
            influence = products - (rho / 2)[:, None] * (squares + target)
            return rho, self._target.replicates.error_of_means(influence)
        z = self._standard
        square = z[4, 0] + 2 * z[2, 2] + z[0, 4]
        variance = z[2, 2] - rho * (z[3, 1] + z[1, 3]) + rho**2 / 4 * square
        return rho, np.sqrt(np.where(variance > ROUNDING * square, variance, 0.0) / self._n)

    def _criticality(self) -> tuple[Floats, Floats]:
        share = self._counts.sum(axis=0) / self._n
        return share, self._target.replicates.share_errors(self._counts, self._n)

    def _significance(self) -> tuple[Floats, Floats]:
        """Return the significance index: a ratio of means.

        A draw's influence is (s − SI) w, where s = d/(d + TF) and w = T/E(T).
        """
        relative, replicates = self._target.relative, self._target.replicates
        weights, total_squares = self._target.sums(relative), float(self._target.sums(relative * relative).sum())
        if not weights.any():  # the target takes no time
            weights, total_squares = np.full(weights.size, 1 / weights.size), 0.0
        total = float(weights.sum())
        sums = self._sums.shares
        share, squares, crossed = sums.sum(axis=0) / total
        if self._n_replicates > 1:
            influence = (sums[:, 0] - weights[:, None] * share).T * self._n_replicates / total
            return share, replicates.error_of_means(influence)
        variance = squares - 2 * share * crossed + share**2 * (total_squares / total)
        return share, np.sqrt(np.where(variance > ROUNDING * squares, variance, 0.0) / self._n)

    def _ssi(self) -> tuple[Floats, Floats]:
        """Return the schedule sensitivity index.

        With c = 1 where the task is critical, CI = E(c), r = sd(d)/sd(T) and l a draw's influence on log r, a draw's
        influence on CI·r is r (c − CI) + CI r l (delta method).
        """
        if self._target.sd == 0:
            return np.zeros_like(self.sd), np.zeros_like(self.sd)
        ratio, critical = self.sd / self._target.sd, self._counts.sum(axis=0) / self._n
        if self._n_replicates > 1:
            squares, _, target = self._replicate_means()
            shares = self._counts.T * self._n_replicates / self._n
            influence = shares - critical[:, None] + critical[:, None] * (squares - target) / 2
            return ratio * critical, ratio * self._target.replicates.error_of_means(influence)
        z, m, s = self._standard, self._deviation, self._varies
        y, y2, t2 = self._sums.critical_durations[0] / self._n
        crossed = ((y2 - 2 * m * y + m**2 * critical) / s**2 - np.where(s < np.inf, t2, 0.0)) / 2
        spread = (z[4, 0] - 2 * z[2, 2] + z[0, 4]) / 4
        variance = critical * (1 - critical) + 2 * critical * crossed + critical**2 * spread
        error = np.sqrt(np.where(variance > ROUNDING * critical, variance, 0.0) / self._n)
        return ratio * critical, ratio * error
