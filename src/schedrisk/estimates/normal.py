"""Estimates by mean and standard deviation: normal and lognormal."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import model_validator

from schedrisk._typing import Floats
from schedrisk._validation import record
from schedrisk.errors import EstimateError, Problem, shown
from schedrisk.estimates.base import (
    Duration,
    Estimate,
    FromMoments,
    GivenMean,
    Positive,
    PositiveMean,
    finite,
    plain,
    stepped,
)
from schedrisk.estimates.fitting import ascending_percentiles
from schedrisk.estimates.shape_fits import lognormal_ratio

__all__ = ["Lognormal", "Normal"]

NEVER_BELOW = 9.0
"""With the mean so many standard deviations above 0, clipping changes no digit of the moments."""

WIDEST = 100.0
"""Standard deviation of a lognormal over its mean; beyond it the mean hangs on draws rarer than 1 in 10⁹."""


@record(EstimateError)
class Normal(FromMoments):
    """A normal distribution, clipped at 0. Planned at its mode.

    Parameters
    ----------
    mean, sd : float
        Before clipping. What would be negative counts as 0; the attributes `mean` and `std` are those after clipping,
        and `given_mean` and `sd` what was given.

    Examples
    --------
    >>> Normal(10, 2).planned
    10.0
    >>> round(Normal(1, 1).mean, 6)
    1.083315
    """

    given_mean: GivenMean
    sd: Duration

    beside_percentiles = ()

    if TYPE_CHECKING:

        def __init__(self, mean: float, sd: float) -> None: ...

    @classmethod
    def from_percentiles(cls, /, **percentiles: float) -> Normal:
        """Fit to two percentiles, such as ``p10=8, p90=15``.

        Raises
        ------
        EstimateError
            Where there are not two, they are out of order, or the mean would lie below 0.
        """
        (first, last), (low, high) = ascending_percentiles(percentiles)
        z, rest = _normal_quantile(first), _normal_quantile(last)
        mean = (low * rest - high * z) / (rest - z)
        if mean < 0:
            given = " and ".join(map(plain, (low, high)))
            problem = Problem("percentiles", f"{given}, which give the mean {mean:.6g}", "a mean of 0 or more")
            raise EstimateError(
                [dataclasses.replace(problem, remedy="take a lognormal, which has no lower tail below 0")]
            )
        return cls(mean, (high - low) / (rest - z))

    @classmethod
    def from_mode(cls, mode: float, sd: float) -> Normal:
        """Make one from its most likely value, which is the mean before clipping, and its standard deviation."""
        return cls(mode, sd)

    @property
    def plans_mode(self) -> bool:
        """Always."""
        return True

    @property
    def planned(self) -> float:
        """The mode."""
        return self.given_mean

    @property
    def limits(self) -> tuple[float, float]:
        """No end on either side."""
        return (-math.inf, math.inf) if self.sd > 0 else (self.given_mean, self.given_mean)

    @cached_property
    def _moments(self) -> tuple[float, float]:
        # Of max(X, 0) where X = sd (Z + a): E = sd (a Φ(a) + φ(a)), E² = sd² ((a² + 1) Φ(a) + a φ(a)).
        mean, sd = self.given_mean, self.sd
        if mean >= NEVER_BELOW * sd:
            return mean, sd
        from scipy.special import ndtr

        a = mean / sd
        above, density = float(ndtr(a)), math.exp(-a * a / 2) / math.sqrt(2 * math.pi)
        first = a * above + density
        second = (a * a + 1) * above + a * density
        return sd * first, sd * math.sqrt(max(second - first * first, 0.0))

    def _quantiles(self, q: Floats) -> Floats:
        from scipy.special import ndtri

        if self.sd == 0:
            return np.full(q.shape, self.given_mean)
        return np.asarray(self.given_mean + self.sd * ndtri(q), dtype=float)

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        from scipy.special import ndtr

        if self.sd == 0:
            return stepped(x, self.given_mean)
        z = (x - self.given_mean) / self.sd
        return np.asarray(ndtr(z)), np.asarray(ndtr(-z))

    def _upper_quantiles(self, distance: Floats) -> Floats:
        return np.asarray(2 * self.given_mean - self._quantiles(distance))

    def _times(self, factor: float) -> Normal:
        return Normal(self.given_mean * factor, self.sd * factor)

    def _plus(self, by: float) -> Normal | None:
        # The tail that counts as 0 would move along.
        least = self.given_mean + min(by, 0.0)
        return Normal(self.given_mean + by, self.sd) if least >= NEVER_BELOW * self.sd else None

    def __repr__(self) -> str:
        return f"Normal(mean={self.given_mean}, sd={self.sd})"

    def __str__(self) -> str:
        return f"normal({plain(self.given_mean)}, {plain(self.sd)})"


@record(EstimateError)
class Lognormal(Estimate):
    """A lognormal distribution: its logarithm is normal. Planned at its mode.

    Parameters
    ----------
    mean, sd : float
        Of the duration itself, not of its logarithm. The logarithm then has the variance σ² = ln(1 + (sd / mean)²) and
        the mean ln(mean) − σ² / 2 (Johnson, Kotz and Balakrishnan 1994, ch. 14).

    Examples
    --------
    >>> Lognormal(10, 5).mean
    10.0
    >>> round(Lognormal(10, 5).planned, 6)
    7.155418
    """

    given_mean: PositiveMean
    sd: Positive

    beside_percentiles = ()

    if TYPE_CHECKING:

        def __init__(self, mean: float, sd: float) -> None: ...

    @model_validator(mode="after")
    def _not_too_wide(self) -> Self:
        if problems := self.more_problems({"mean": self.given_mean, "sd": self.sd}):
            raise EstimateError(problems)
        return self

    @staticmethod
    def more_problems(arguments: Mapping[str, object]) -> list[Problem]:
        """Return what is wrong with mean and standard deviation taken together."""
        mean, sd = finite(arguments.get("mean")), finite(arguments.get("sd"))
        if mean is None or sd is None or mean <= 0 or sd <= WIDEST * mean:
            return []
        found = f"mean {plain(mean)} with sd {plain(sd)}"
        return [Problem("mean, sd", found, f"an sd of at most {WIDEST:g} times the mean", "lower the sd")]

    @classmethod
    def from_percentiles(cls, /, **percentiles: float) -> Lognormal:
        """Fit to two percentiles above 0, such as ``p10=8, p90=15``.

        Raises
        ------
        EstimateError
            Where there are not two, they are out of order, or so far apart that no duration is meant.
        """
        (first, last), (low, high) = ascending_percentiles(percentiles, above_zero=True)
        z, rest = _normal_quantile(first), _normal_quantile(last)
        sigma = math.log(high / low) / (rest - z)
        if math.expm1(min(sigma * sigma, 100.0)) > WIDEST * WIDEST:
            given = " and ".join(map(plain, (low, high)))
            raise EstimateError([Problem("percentiles", given, "percentiles that lie nearer to each other")])
        mean = math.exp(math.log(low) - sigma * z + sigma * sigma / 2)
        return cls(mean, mean * math.sqrt(math.expm1(sigma * sigma)))

    @classmethod
    def from_mode(cls, mode: float, sd: float) -> Lognormal:
        """Make one from its most likely value and its standard deviation.

        Parameters
        ----------
        mode, sd : float
            Above 0.

        Raises
        ------
        EstimateError
            Where one of them is not, or `sd` is far beyond what a duration can have.

        Examples
        --------
        >>> estimate = Lognormal.from_mode(8, 4)
        >>> round(estimate.planned, 9), round(estimate.std, 9), round(estimate.mean, 3)
        (8.0, 4.0, 9.996)
        """
        problems = [
            Problem(name, shown(value), "a finite number above 0")
            for name, value in (("mode", mode), ("sd", sd))
            if not (number := finite(value)) or number < 0
        ]
        if problems:
            raise EstimateError(problems)
        ratio = lognormal_ratio(sd / mode)
        return cls(mode * math.hypot(1.0, ratio) ** 3, sd)

    @property
    def plans_mode(self) -> bool:
        """Always."""
        return True

    @cached_property
    def shape(self) -> float:
        """Standard deviation σ of the logarithm."""
        return math.sqrt(math.log1p((self.sd / self.given_mean) ** 2))

    @property
    def median(self) -> float:
        """The value exceeded half of the time."""
        return self.given_mean / math.hypot(1.0, self.sd / self.given_mean)

    @property
    def planned(self) -> float:
        """The mode."""
        return self.given_mean / math.hypot(1.0, self.sd / self.given_mean) ** 3

    @property
    def limits(self) -> tuple[float, float]:
        """0, and no upper end."""
        return 0.0, math.inf

    @property
    def mean(self) -> float:
        """Expected value."""
        return self.given_mean

    @property
    def std(self) -> float:
        """Standard deviation."""
        return self.sd

    def _quantiles(self, q: Floats) -> Floats:
        from scipy.special import ndtri

        return np.asarray(self.median * np.exp(self.shape * ndtri(q)), dtype=float)

    def _upper_quantiles(self, distance: Floats) -> Floats:
        from scipy.special import ndtri

        return np.asarray(self.median * np.exp(-self.shape * ndtri(distance)), dtype=float)

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        from scipy.special import ndtr

        with np.errstate(divide="ignore"):
            z = np.log(np.maximum(x, 0.0) / self.median) / self.shape
        return np.asarray(ndtr(z)), np.asarray(ndtr(-z))

    def _times(self, factor: float) -> Lognormal:
        return Lognormal(self.given_mean * factor, self.sd * factor)

    def __repr__(self) -> str:
        return f"Lognormal(mean={self.given_mean}, sd={self.sd})"

    def __str__(self) -> str:
        return f"lognormal({plain(self.given_mean)}, {plain(self.sd)})"


def _normal_quantile(q: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(q))
