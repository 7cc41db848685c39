"""How far draws may be from the truth: standard errors and intervals of shares, means and percentiles.

Random draws are independent, and a figure's error follows from their spread. Stratified draws are not: those of one
replicate make up for each other. What is independent are the replicates, so a figure's error follows from how far the
replicates disagree (Owen 2013, "Monte Carlo theory, methods and examples", §17.2), with Student's t in place of the
normal distribution, as there are few of them.

Everything that has an error is, at least in good approximation, a mean over draws: a share is the mean of an indicator;
what is not a mean by itself has an influence function, of which it is. So one rule serves all figures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.result.intervals import confident, normal_quantile, percentile_rank, rank_interval, score_interval
from schedrisk.wording import share_text

__all__ = ["FEW_EVENTS", "Replicates", "Share"]

# With fewer events than this for each replicate, the spread of their counts says little by itself.
FEW_EVENTS = 5


@dataclass(frozen=True)
class Share:
    """A share of draws, and how far it may be from the probability that it estimates.

    Attributes
    ----------
    count, n_draws : int
    by_replicate : tuple of int
        The count in each replicate of stratified draws; empty for random draws.

    Examples
    --------
    >>> Share(300, 10_000).se, Share(300, 10_000, (30,) * 4 + (45,) * 4).se
    (0.00170..., 0.00226...)
    """

    count: int
    n_draws: int
    by_replicate: tuple[int, ...] = ()

    @property
    def value(self) -> float:
        """The share [0–1]."""
        return self.count / self.n_draws

    @property
    def se(self) -> float:
        """Standard error: 0 where all draws agree, though the probability need not be 0 or 1."""
        variance = self.value * (1 - self.value)
        binomial = float(np.sqrt(variance / self.n_draws))
        if not self.by_replicate or variance == 0:
            return binomial
        rarer = np.array(min(self.count, self.n_draws - self.count))
        return float(_replicated_errors(np.array(self.by_replicate), self.n_draws, rarer, np.array(binomial)))

    def interval(self, confidence_level: float = 0.95) -> tuple[float, float]:
        """Return the score interval of the probability (Wilson 1927); of stratified draws, with their effective number.

        As many random draws as would have the same standard error stand for stratified ones (Kott and Carr 1997,
        "Developing an estimation strategy for a pesticide data program"), and Student's t for the normal distribution.
        """
        if not self.by_replicate or self.se == 0:
            return score_interval(self.value, self.n_draws, normal_quantile(confidence_level))
        effective = self.value * (1 - self.value) / self.se**2
        return score_interval(self.value, effective, _student_quantile(confidence_level, len(self.by_replicate)))

    def text(self, confidence_level: float = 0.95) -> str:
        """Write the share with its interval."""
        return share_text(self.count, self.n_draws, *self.interval(confidence_level))


@dataclass(frozen=True)
class Replicates:
    """How the draws of a simulation group into independent parts.

    Attributes
    ----------
    size : int or None
        Draws in each replicate of stratified draws; None for random ones, which are all independent.
    """

    size: int | None = None

    def parts(self, values: Floats | Bools) -> Floats | Bools:
        """Return values of draws with an axis for the replicates: (…, n_draws) becomes (…, n_replicates, size)."""
        return _parted(values, self.size or values.shape[-1])

    def places(self, first: int, count: int) -> slice:
        """Return which replicates a block of draws belongs to; random draws are all of one."""
        return slice(0, 1) if self.size is None else slice(first // self.size, -(-(first + count) // self.size))

    def block_parts(self, values: Floats | Bools) -> Floats | Bools:
        """Return values of a block of draws with an axis for the replicates, of which it is whole ones or within one."""
        count = values.shape[-1]
        return _parted(values, count if self.size is None else min(self.size, count))

    def means(self, values: Floats | Bools) -> Floats:
        """Return the mean over each replicate, shape (…, n_replicates)."""
        return np.asarray(self.parts(values).mean(axis=-1))

    def mean_error(self, values: Floats) -> Floats:
        """Return the standard error of a mean over draws, or of what has these influences; exactly 0 where all agree.

        Parameters
        ----------
        values : ndarray, shape (…, n_draws)

        Returns
        -------
        ndarray, shape (…)
        """
        if self.size is not None:
            return self.error_of_means(self.means(values), values)
        spread = np.where(values.min(axis=-1) < values.max(axis=-1), values.std(axis=-1), 0.0)
        return np.asarray(spread / np.sqrt(values.shape[-1]))

    def error_of_means(self, means: Floats, values: Floats | None = None) -> Floats:
        """Return the standard error of the mean of independent replicates' means, shape (…, n_replicates)."""
        n_replicates = means.shape[-1]
        if n_replicates < 2:  # nothing to compare: as if the draws were random, which errs to the safe side
            return Replicates().mean_error(means if values is None else values)
        spread = np.where(means.min(axis=-1) < means.max(axis=-1), means.std(axis=-1, ddof=1), 0.0)
        return np.asarray(spread / np.sqrt(n_replicates))

    def quantile(self, confidence_level: float, n_draws: int) -> float:
        """Return how many standard errors an interval reaches to either side."""
        if self.size is None or n_draws < 2 * self.size:
            return normal_quantile(confidence_level)
        return _student_quantile(confidence_level, n_draws // self.size)

    def share(self, kept: Bools) -> Share:
        """Return the share of draws in which something holds, shape (n_draws,)."""
        count, n_draws = int(np.count_nonzero(kept)), int(kept.size)
        if self.size is None or n_draws < 2 * self.size:
            return Share(count, n_draws)
        return Share(count, n_draws, tuple(np.count_nonzero(self.parts(kept), axis=-1).tolist()))

    def share_errors(self, counts: Ints, n_draws: int) -> Floats:
        """Return the standard errors of many shares, given how often each held in each replicate.

        Parameters
        ----------
        counts : ndarray of int, shape (n_replicates, n_shares)
            One row for random draws.
        n_draws : int

        Returns
        -------
        ndarray, shape (n_shares,)
        """
        total = counts.sum(axis=0)
        share = total / n_draws
        binomial = np.sqrt(share * (1 - share) / n_draws)
        if counts.shape[0] < 2:
            return np.asarray(binomial)
        # In rows: how NumPy adds up depends on how numbers lie in memory.
        by_share = np.ascontiguousarray(counts.T)
        return np.where(
            binomial > 0, _replicated_errors(by_share, n_draws, np.minimum(total, n_draws - total), binomial), 0.0
        )

    def percentile_interval(self, draws: Floats, percent: float, confidence_level: float = 0.95) -> tuple[float, float]:
        """Return an interval of a percentile, from one draw to another, which holds whatever the distribution.

        Of random draws, the exact one by order statistics; of stratified draws, the percentiles at the ends of the
        interval of the share that lies below (Woodruff 1952, "Confidence intervals for medians and other position
        measures").

        Parameters
        ----------
        draws : ndarray, shape (n_draws,)
        percent : float
        confidence_level : float
        """
        n_draws = draws.size
        percentile_rank(percent, n_draws)
        share = percent / 100
        error = self._percentile_error(draws, percent)
        if error is None:
            ranks = rank_interval(percent, n_draws, confidence_level)
        else:
            effective = share * (1 - share) / error**2
            low, high = score_interval(share, effective, self.quantile(confidence_level, n_draws))
            ranks = _rank(low, n_draws) - 1, _rank(high, n_draws)
        low, high = (min(max(rank, 0), n_draws - 1) for rank in ranks)
        ends = np.partition(draws, sorted({low, high}))
        return float(ends[low]), float(ends[high])

    def percentile_se(self, draws: Floats, percent: float) -> float:
        """Return the standard error of a percentile: half the way between those one error of the share apart."""
        n_draws, share = draws.size, percent / 100
        percentile_rank(percent, n_draws)
        error = self._percentile_error(draws, percent)
        if error is None:
            error = float(np.sqrt(share * (1 - share) / n_draws))
        if error == 0:
            return 0.0
        low, high = (min(max(_rank(each, n_draws), 0), n_draws - 1) for each in (share - error, share + error))
        ends = np.partition(draws, sorted({low, high}))
        return float(ends[high] - ends[low]) / 2

    def _percentile_error(self, draws: Floats, percent: float) -> float | None:
        """Return the standard error of the share below a percentile by replicates; None where they cannot tell."""
        n_draws = draws.size
        if self.size is None or n_draws < 2 * self.size or not 0 < percent < 100:
            return None
        rank = percentile_rank(percent, n_draws)
        value = np.partition(draws, rank)[rank]
        return max(self.share(draws < value).se, self.share(draws <= value).se) or None


def _parted(values: Floats | Bools, size: int) -> Floats | Bools:
    return values.reshape(*values.shape[:-1], values.shape[-1] // size, size)


def _rank(share: float, n_draws: int) -> int:
    """Return the index, among ascending draws, of the earliest one met in at least this share of them."""
    return int(np.ceil(share * n_draws)) - 1


def _replicated_errors(counts: Ints, n_draws: int, rarer: Ints, binomial: Floats) -> Floats:
    """Return the standard errors of shares, from their counts in each replicate, shape (n_shares, n_replicates)."""
    n_replicates = counts.shape[-1]
    size = n_draws // n_replicates
    error: Floats = counts.std(axis=-1, ddof=1) / size / np.sqrt(n_replicates)
    # Where strata make all replicates agree, the true share still lies anywhere between two possible counts.
    error = np.maximum(error, 1 / (size * np.sqrt(12 * n_replicates)))
    return np.asarray(np.where(rarer < FEW_EVENTS * n_replicates, np.maximum(error, binomial), error))


def _student_quantile(confidence_level: float, n_replicates: int) -> float:
    """Return t so that Student's variable of so many replicates is within ±t with this probability."""
    from scipy.special import stdtrit

    return float(stdtrit(n_replicates - 1, 0.5 + confident(confidence_level) / 2))
