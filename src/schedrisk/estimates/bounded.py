"""Estimates between two ends that are not three-point ones: a scaled beta distribution and a trapezoid."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property

import numpy as np

from schedrisk._typing import Floats
from schedrisk._validation import checked_whole, record
from schedrisk.errors import EstimateError, Problem
from schedrisk.estimates.base import Duration, Estimate, ShapeParameter, order_problems, plain

__all__ = ["BetaScaled", "Trapezoid"]


@record(EstimateError)
class BetaScaled(Estimate):
    """A beta distribution between two ends, by its shapes. Planned at its mode where it has one between the ends.

    Parameters
    ----------
    low, high : float
    alpha, beta : float
        Shapes, from 0.1 to 1,000,000. Where one of them is at most 1 the mode is at an end, or there are two, and the
        planned value is the median.

    Examples
    --------
    >>> BetaScaled(5, 15, 2, 3).mean
    9.0
    >>> round(BetaScaled(5, 15, 2, 3).planned, 6)
    8.333333
    """

    low: Duration
    high: Duration
    alpha: ShapeParameter
    beta: ShapeParameter

    _in_order = checked_whole(EstimateError)

    @staticmethod
    def more_problems(arguments: Mapping[str, object]) -> list[Problem]:
        """Return what is out of order."""
        return order_problems(arguments, "low", "high")

    @property
    def planned(self) -> float:
        """The mode, or the median where no mode lies between the ends."""
        if self.alpha > 1 and self.beta > 1:
            return self.low + (self.high - self.low) * (self.alpha - 1) / (self.alpha + self.beta - 2)
        return float(self.ppf(0.5))

    @property
    def limits(self) -> tuple[float, float]:
        """The two ends."""
        return self.low, self.high

    @property
    def mean(self) -> float:
        """Expected value."""
        return self.low + (self.high - self.low) * self.alpha / (self.alpha + self.beta)

    @property
    def std(self) -> float:
        """Standard deviation."""
        total = self.alpha + self.beta
        return (self.high - self.low) * math.sqrt(self.alpha / total * (self.beta / total) / (total + 1))

    def _quantiles(self, q: Floats) -> Floats:
        from scipy.special import betaincinv

        return np.asarray(self.low + (self.high - self.low) * betaincinv(self.alpha, self.beta, q), dtype=float)

    def __str__(self) -> str:
        return f"betascaled({', '.join(plain(each) for each in (self.low, self.high, self.alpha, self.beta))})"


@record(EstimateError)
class Trapezoid(Estimate):
    """Equally likely between two modes, and falling off in straight lines to the ends. Planned at its median.

    Parameters
    ----------
    low, mode_low, mode_high, high : float

    Examples
    --------
    >>> Trapezoid(5, 8, 10, 13).mean
    9.0
    """

    low: Duration
    mode_low: Duration
    mode_high: Duration
    high: Duration

    _in_order = checked_whole(EstimateError)

    @staticmethod
    def more_problems(arguments: Mapping[str, object]) -> list[Problem]:
        """Return what is out of order."""
        return order_problems(arguments, "low", "mode_low", "mode_high", "high")

    @property
    def planned(self) -> float:
        """The median."""
        return float(self.ppf(0.5))

    @property
    def limits(self) -> tuple[float, float]:
        """The two ends."""
        return self.low, self.high

    @cached_property
    def sides(self) -> tuple[float, float, float]:
        """Widths of the rising side, the level top and the falling side."""
        return self.mode_low - self.low, self.mode_high - self.mode_low, self.high - self.mode_high

    @cached_property
    def shares(self) -> tuple[float, float, float]:
        """Probabilities of the three parts; a half each of the sides where all is one value."""
        rise, level, fall = self.sides
        area = rise / 2 + level + fall / 2
        return (rise / 2 / area, level / area, fall / 2 / area) if area > 0 else (0.5, 0.0, 0.5)

    @cached_property
    def _moments(self) -> tuple[float, float]:
        # Of a mixture of two triangles and a rectangle, from the lower end.
        rise, level, fall = self.sides
        centres = (2 * rise / 3, rise + level / 2, rise + level + fall / 3)
        variances = (rise * rise / 18, level * level / 12, fall * fall / 18)
        mean = math.fsum(share * centre for share, centre in zip(self.shares, centres, strict=True))
        variance = math.fsum(
            share * (own + (centre - mean) ** 2)
            for share, centre, own in zip(self.shares, centres, variances, strict=True)
        )
        return self.low + mean, math.sqrt(variance)

    @property
    def mean(self) -> float:
        """Expected value."""
        return self._moments[0]

    @property
    def std(self) -> float:
        """Standard deviation."""
        return self._moments[1]

    def _quantiles(self, q: Floats) -> Floats:
        (rise, level, fall), (first, middle, last) = self.sides, self.shares
        below = self.low + rise * np.sqrt(q / first) if first > 0 else np.full(q.shape, self.low)
        top = self.mode_low + level * (q - first) / middle if middle > 0 else np.full(q.shape, self.mode_low)
        above = self.high - fall * np.sqrt((1 - q) / last) if last > 0 else np.full(q.shape, self.high)
        return np.where(q <= first, below, np.where(1 - q <= last, above, top))

    def __str__(self) -> str:
        return f"trapezoid({', '.join(plain(each) for each in (self.low, self.mode_low, self.mode_high, self.high))})"
