"""Differences between two simulations that share their draws, with standard errors and intervals.

Draws are paired: what two plans have in common takes the same values in the same draw, and cancels out. The errors of
stratified draws come from how far their replicates disagree about the difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.result.intervals import normal_quantile, percentile_rank
from schedrisk.result.sampling_error import FEW_EVENTS, Replicates

__all__ = ["Difference", "mean_difference", "percentile_difference", "share_difference"]


@dataclass(frozen=True)
class Difference:
    """A difference with its sampling error.

    Attributes
    ----------
    value : float
    se : float
        Standard error.
    low, high : float
        Interval.
    """

    value: float
    se: float
    low: float
    high: float

    def scaled(self, factor: float) -> Difference:
        """Return the difference in another unit, or with the other sign."""
        low, high = sorted((self.low * factor, self.high * factor))
        # Adding 0 makes −0, which would be printed as such, 0.
        return Difference(self.value * factor + 0.0, self.se * abs(factor), low + 0.0, high + 0.0)

    def columns(self, name: str) -> dict[str, float]:
        """Return the difference as cells of a table: `name`, `name_se`, `name_low`, `name_high`."""
        return {name: self.value, f"{name}_se": self.se, f"{name}_low": self.low, f"{name}_high": self.high}


NO_DIFFERENCE = Difference(0.0, 0.0, 0.0, 0.0)
INDEPENDENT = Replicates()


def mean_difference(
    first: Floats, second: Floats, confidence_level: float, replicates: Replicates = INDEPENDENT
) -> Difference:
    """Return the mean of `second` − `first`, both of shape (n_draws,).

    Examples
    --------
    >>> mean_difference(np.array([1.0, 2.0]), np.array([2.0, 3.0]), 0.95)
    Difference(value=1.0, se=0.0, low=1.0, high=1.0)
    """
    change = second - first
    return _by_influence(float(change.mean()), change, confidence_level, replicates)


def share_difference(
    first: Bools, second: Bools, confidence_level: float, replicates: Replicates = INDEPENDENT
) -> Difference:
    """Return the share of draws in which `second` holds minus that in which `first` does, both of shape (n_draws,).

    The interval adds one draw to either side of the count of draws in which the two differ, so that it is honest near
    0 and 1 (Bonett and Price 2012, "Adjusted Wald confidence interval for a difference of binomial proportions based on
    paired data"); that of stratified draws, in the proportion in which their standard error is another. The standard
    error is that of the plain estimate, sd/√n for random draws.

    Examples
    --------
    >>> before, after = np.array([True, False, False, False]), np.array([True, True, True, False])
    >>> share_difference(before, after, 0.95).value
    0.5
    """
    n_draws = first.size
    change = second.astype(float) - first.astype(float)
    gained = (np.count_nonzero(change > 0) + 1) / (n_draws + 2)
    lost = (np.count_nonzero(change < 0) + 1) / (n_draws + 2)
    half = normal_quantile(confidence_level) * np.sqrt((gained + lost - (gained - lost) ** 2) / (n_draws + 2))
    se = independent = float(change.std() / np.sqrt(n_draws))
    if replicates.size is not None and independent > 0:
        se = float(replicates.mean_error(change))
        if np.count_nonzero(change) < FEW_EVENTS * n_draws / replicates.size:
            se = max(se, independent)
        half *= se / independent * replicates.quantile(confidence_level, n_draws) / normal_quantile(confidence_level)
    value = float(change.mean())
    # Where replicates agree exactly, the added draws alone would leave the difference itself outside.
    low, high = float(max(gained - lost - half, -1.0)), float(min(gained - lost + half, 1.0))
    return Difference(value, se, min(low, value), max(high, value))


def percentile_difference(
    first: Floats, second: Floats, percent: float, confidence_level: float, replicates: Replicates = INDEPENDENT
) -> Difference:
    """Return a percentile of `second` minus that of `first`, both of shape (n_draws,).

    The influence of a draw on a percentile q is s·(p − 1{draw ≤ q}), where the sparsity s is the slope of the quantile
    function at p (Bahadur 1966, "A note on quantiles in large samples"). For finishes that take few values there is no
    such slope, and the interval is a rough guide.

    Examples
    --------
    >>> finishes = np.arange(1000.0)
    >>> percentile_difference(finishes, finishes + 3, 80, 0.95)
    Difference(value=3.0, se=0.0, low=3.0, high=3.0)
    """
    (low, low_influence), (high, high_influence) = (
        _percentile(each, percent, confidence_level) for each in (first, second)
    )
    return _by_influence(high - low, high_influence - low_influence, confidence_level, replicates)


def _by_influence(value: float, influence: Floats, confidence_level: float, replicates: Replicates) -> Difference:
    se = float(replicates.mean_error(influence))
    half = replicates.quantile(confidence_level, influence.size) * se
    return Difference(value, se, float(value - half), float(value + half))


def _percentile(draws: Floats, percent: float, confidence_level: float) -> tuple[float, Floats]:
    """Return a percentile and the influence of each draw on it."""
    ascending = np.sort(draws)
    value = float(ascending[percentile_rank(percent, draws.size)])
    slope = _sparsity(ascending, percent / 100, confidence_level)
    return value, np.asarray(slope * (percent / 100 - (draws <= value)), dtype=float)


def _sparsity(ascending: Floats, share: float, confidence_level: float) -> float:
    """Estimate the slope of the quantile function, from order statistics on either side.

    How far apart they lie follows Hall and Sheather (1988, "On the distribution of a studentized quantile"), whose
    choice makes intervals keep their confidence.
    """
    from scipy.special import ndtri

    n_draws = ascending.size
    normal = ndtri(share)
    density = np.exp(-(normal**2) / 2) / np.sqrt(2 * np.pi)
    width = (1.5 * (normal_quantile(confidence_level) * density) ** 2 / (n_draws * (2 * normal**2 + 1))) ** (1 / 3)
    low = max(int(np.floor(n_draws * (share - width))), 0)
    high = min(int(np.ceil(n_draws * (share + width))), n_draws - 1)
    return float((ascending[high] - ascending[low]) * n_draws / (high - low)) if high > low else 0.0
