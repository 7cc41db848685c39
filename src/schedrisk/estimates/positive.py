"""Estimates that begin at 0 and have no upper end: exponential, gamma and Weibull."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from schedrisk._typing import Floats
from schedrisk._validation import record
from schedrisk.errors import EstimateError
from schedrisk.estimates.base import Estimate, GivenMean, Positive, ShapeParameter, plain, stepped
from schedrisk.estimates.fitting import ascending_percentiles
from schedrisk.estimates.shape_fits import fit_gamma

__all__ = ["Exponential", "Gamma", "Weibull"]


class _FromZero(Estimate):
    """What the kinds on 0 … ∞ share."""

    beside_percentiles = ()

    @property
    def limits(self) -> tuple[float, float]:
        """0, and no upper end."""
        return 0.0, math.inf


@record(EstimateError)
class Exponential(_FromZero):
    """An exponential distribution: waiting for what can come at any moment. Planned at its median.

    Parameters
    ----------
    mean : float

    Examples
    --------
    >>> round(Exponential(10).planned, 6)
    6.931472
    """

    given_mean: GivenMean

    if TYPE_CHECKING:

        def __init__(self, mean: float) -> None: ...

    @classmethod
    def from_percentiles(cls, /, **percentiles: float) -> Exponential:
        """Fit to one percentile, such as ``p80=10``.

        Raises
        ------
        EstimateError
            Where there is not one, above 0.
        """
        (q,), (x,) = ascending_percentiles(percentiles, count=1, above_zero=True)
        return cls(x / -math.log1p(-q))

    @property
    def planned(self) -> float:
        """The median."""
        return self.given_mean * math.log(2)

    @property
    def limits(self) -> tuple[float, float]:
        """0, and no upper end."""
        return 0.0, math.inf if self.given_mean > 0 else 0.0

    @property
    def mean(self) -> float:
        """Expected value."""
        return self.given_mean

    @property
    def std(self) -> float:
        """Standard deviation: the mean."""
        return self.given_mean

    def _quantiles(self, q: Floats) -> Floats:
        return _exponential(q) * self.given_mean if self.given_mean > 0 else np.zeros(q.shape)

    def _upper_quantiles(self, distance: Floats) -> Floats:
        return _far(distance) * self.given_mean if self.given_mean > 0 else np.zeros(distance.shape)

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        if self.given_mean == 0:
            return stepped(x, 0.0)
        late = np.maximum(x, 0.0) / self.given_mean
        return -np.expm1(-late), np.exp(-late)

    def _times(self, factor: float) -> Exponential:
        return Exponential(self.given_mean * factor)

    def __repr__(self) -> str:
        return f"Exponential(mean={self.given_mean})"

    def __str__(self) -> str:
        return f"exponential({plain(self.given_mean)})"


@record(EstimateError)
class Gamma(_FromZero):
    """A gamma distribution. Planned at its mode; with a shape of at most 1, which has its mode at 0, at its median.

    Parameters
    ----------
    shape : float
        From 0.1 to 1,000,000; 1 is exponential. A whole number k is the sum of k exponential waits.
    scale : float
        The mean is shape × scale.

    Examples
    --------
    >>> Gamma(4, 2.5).mean
    10.0
    >>> Gamma(4, 2.5).planned
    7.5
    """

    shape: ShapeParameter
    scale: Positive

    @classmethod
    def from_percentiles(cls, /, **percentiles: float) -> Gamma:
        """Fit to two percentiles above 0, such as ``p10=8, p90=15``.

        Raises
        ------
        EstimateError
            Where there are not two, they are out of order, or no shape from 0.1 to 1,000,000 has them.
        """
        (first, last), (low, high) = ascending_percentiles(percentiles, above_zero=True)
        return cls(*fit_gamma((first, last), (low, high)))

    @property
    def plans_mode(self) -> bool:
        """Whether it lies above 0."""
        return self.shape > 1

    @property
    def planned(self) -> float:
        """The mode, or the median where the mode is 0."""
        return (self.shape - 1) * self.scale if self.shape > 1 else float(self.ppf(0.5))

    @property
    def mean(self) -> float:
        """Expected value."""
        return self.shape * self.scale

    @property
    def std(self) -> float:
        """Standard deviation."""
        return math.sqrt(self.shape) * self.scale

    def _quantiles(self, q: Floats) -> Floats:
        from scipy.special import gammainccinv, gammaincinv

        # From the nearer end, or the last digits are lost.
        lower, upper = gammaincinv(self.shape, np.minimum(q, 0.5)), gammainccinv(self.shape, np.minimum(1 - q, 0.5))
        return np.asarray(self.scale * np.where(q <= 0.5, lower, upper), dtype=float)

    def _upper_quantiles(self, distance: Floats) -> Floats:
        from scipy.special import gammainccinv

        return np.asarray(self.scale * gammainccinv(self.shape, distance), dtype=float)

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        from scipy.special import gammainc, gammaincc

        y = np.maximum(x, 0.0) / self.scale
        return np.asarray(gammainc(self.shape, y)), np.asarray(gammaincc(self.shape, y))

    def _times(self, factor: float) -> Gamma:
        return Gamma(self.shape, self.scale * factor)

    def __str__(self) -> str:
        return f"gamma({plain(self.shape)}, {plain(self.scale)})"


@record(EstimateError)
class Weibull(_FromZero):
    """A Weibull distribution. Planned at its mode; with a shape of at most 1, which has its mode at 0, at its median.

    Parameters
    ----------
    shape : float
        From 0.1 to 1,000,000; 1 is exponential, 3.6 nearly symmetric.
    scale : float
        The value exceeded with a chance of 1/e, 37 %.

    Examples
    --------
    >>> round(Weibull(2, 10).mean, 6)
    8.862269
    >>> round(Weibull(2, 10).planned, 6)
    7.071068
    """

    shape: ShapeParameter
    scale: Positive

    @classmethod
    def from_percentiles(cls, /, **percentiles: float) -> Weibull:
        """Fit to two percentiles above 0, such as ``p10=8, p90=15``.

        Raises
        ------
        EstimateError
            Where there are not two, they are out of order, or no shape from 0.1 to 1,000,000 has them.
        """
        (first, last), (low, high) = ascending_percentiles(percentiles, above_zero=True)
        # x = scale (−ln(1 − q)) to the power 1 / shape
        near, far = -math.log1p(-first), -math.log1p(-last)
        shape = math.log(far / near) / math.log(high / low)
        return cls(shape, high / math.pow(far, 1 / shape))

    @property
    def plans_mode(self) -> bool:
        """Whether it lies above 0."""
        return self.shape > 1

    @property
    def planned(self) -> float:
        """The mode, or the median where the mode is 0."""
        if self.shape <= 1:
            return float(self.ppf(0.5))
        return self.scale * math.pow(1 - 1 / self.shape, 1 / self.shape)

    @property
    def mean(self) -> float:
        """Expected value."""
        return self.scale * math.gamma(1 + 1 / self.shape)

    @property
    def std(self) -> float:
        """Standard deviation."""
        # Var / mean² = Γ(1 + 2 / shape) / Γ(1 + 1 / shape)² − 1
        return self.mean * math.sqrt(math.expm1(_log_ratio(1 / self.shape)))

    def _quantiles(self, q: Floats) -> Floats:
        return np.asarray(self.scale * _exponential(q) ** (1 / self.shape), dtype=float)

    def _upper_quantiles(self, distance: Floats) -> Floats:
        return np.asarray(self.scale * _far(distance) ** (1 / self.shape), dtype=float)

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        with np.errstate(over="ignore"):
            y = (np.maximum(x, 0.0) / self.scale) ** self.shape
        return -np.expm1(-y), np.exp(-y)

    def _times(self, factor: float) -> Weibull:
        return Weibull(self.shape, self.scale * factor)

    def __str__(self) -> str:
        return f"weibull({plain(self.shape)}, {plain(self.scale)})"


def _exponential(q: Floats) -> Floats:
    with np.errstate(divide="ignore"):  # the quantile at 1 is infinite
        return np.asarray(-np.log1p(-q), dtype=float)


def _far(distance: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log(distance), dtype=float)


def _log_ratio(x: float) -> float:
    """Return ln Γ(1 + 2x) − 2 ln Γ(1 + x)."""
    if x > 1 / 16:
        return math.lgamma(1 + 2 * x) - 2 * math.lgamma(1 + x)
    # Near 0 the difference loses its digits; ln Γ(1 + x) = −γ x + Σ ζ(n) (−x)ⁿ / n, n ≥ 2 (Abramowitz and Stegun 6.1.33).
    from scipy.special import zeta

    return math.fsum(float(zeta(n)) * (-x) ** n * (2**n - 2) / n for n in range(2, 20))
