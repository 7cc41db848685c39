"""Estimates between two ends that are not three-point ones: a scaled beta distribution and a trapezoid."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Self

import numpy as np
from pydantic import model_validator

from schedrisk._typing import Floats
from schedrisk._validation import checked_whole, record
from schedrisk.errors import EstimateError, Problem
from schedrisk.estimates.base import (
    Duration,
    Estimate,
    FromBothEnds,
    Percent,
    ShapeParameter,
    order_problems,
    plain,
    stepped,
)
from schedrisk.estimates.fitting import (
    ABSOLUTE,
    ascending_percentiles,
    ends_problems,
    fields_text,
    implied,
    percentile_name,
    split_percentiles,
)
from schedrisk.estimates.quadrature import clipped_moments
from schedrisk.estimates.shape_fits import fit_beta, fit_trapezoid

__all__ = ["BetaScaled", "Trapezoid", "beta_tails"]


def beta_tails(x: Floats, low: float, high: float, shapes: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return the chances of at most `x` and of more, of a beta distribution between two ends."""
    from scipy.special import betainc

    width = high - low
    if width == 0:
        return stepped(x, low)
    # Each from its own end, or the small one would lose its digits.
    alpha, beta = shapes
    below = betainc(alpha, beta, np.clip((x - low) / width, 0.0, 1.0))
    above = betainc(beta, alpha, np.clip((high - x) / width, 0.0, 1.0))
    return np.asarray(below, dtype=float), np.asarray(above, dtype=float)


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

    beside_percentiles = ("low", "high")

    _in_order = checked_whole(EstimateError)

    @staticmethod
    def more_problems(arguments: Mapping[str, object]) -> list[Problem]:
        """Return what is out of order."""
        return order_problems(arguments, "low", "high")

    @classmethod
    def from_percentiles(cls, /, *, low: float, high: float, **percentiles: float) -> BetaScaled:
        """Fit to two percentiles, such as ``p10=8, p90=13``, between two ends.

        Raises
        ------
        EstimateError
            Where no such distribution exists, or only one with shapes outside 0.1 … 1,000,000.
        """
        q, x = ascending_percentiles(percentiles, low=low, high=high)
        low, high = float(low), float(high)
        if not low < x[0] or not x[1] < high:
            found = f"{plain(x[0])} and {plain(x[1])} with low {plain(low)} and high {plain(high)}"
            raise EstimateError([Problem("percentiles", found, "values between low and high", "widen the ends")])
        return cls(low, high, *fit_beta(low, high, (q[0], q[1]), (x[0], x[1])))

    @property
    def plans_mode(self) -> bool:
        """Whether there is one between the ends."""
        return self.alpha > 1 and self.beta > 1

    @property
    def planned(self) -> float:
        """The mode, or the median where no mode lies between the ends."""
        if self.plans_mode:
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

    def _upper_quantiles(self, distance: Floats) -> Floats:
        from scipy.special import betaincinv

        return np.asarray(self.high - (self.high - self.low) * betaincinv(self.beta, self.alpha, distance), dtype=float)

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        return beta_tails(x, self.low, self.high, (self.alpha, self.beta))

    def _times(self, factor: float) -> BetaScaled:
        return dataclasses.replace(self, low=self.low * factor, high=self.high * factor)

    def _plus(self, by: float) -> BetaScaled | None:
        return dataclasses.replace(self, low=self.low + by, high=self.high + by) if self._stays_positive(by) else None

    def __str__(self) -> str:
        return f"betascaled({', '.join(plain(each) for each in (self.low, self.high, self.alpha, self.beta))})"


@record(EstimateError)
class Trapezoid(FromBothEnds):
    """Equally likely between two modes, and falling off in straight lines to the ends. Planned at its median.

    Parameters
    ----------
    low, mode_low, mode_high, high : float
    ends : tuple of float
        The percentages at which `low` and `high` stand; 0 and 100 are absolute ends.

    Examples
    --------
    >>> Trapezoid(5, 8, 10, 13).mean
    9.0
    >>> Trapezoid(5, 8, 10, 13, ends=(10, 90))
    Trapezoid(low=5.0, mode_low=8.0, mode_high=10.0, high=13.0, ends=(10.0, 90.0))  # from 1.82055 to 16.1794
    """

    low: Duration
    mode_low: Duration
    mode_high: Duration
    high: Duration
    _: dataclasses.KW_ONLY
    ends: tuple[Percent, Percent] = ABSOLUTE

    beside_percentiles = ("mode_low", "mode_high")

    @model_validator(mode="after")
    def _valid(self) -> Self:
        if problems := self.more_problems(vars(self)) or ends_problems(self.ends, self.low, self.high):
            raise EstimateError(problems)
        _ = self.limits  # fitted now, so that an impossible one is told at once
        return self

    @staticmethod
    def more_problems(arguments: Mapping[str, object]) -> list[Problem]:
        """Return what is out of order."""
        return order_problems(arguments, "low", "mode_low", "mode_high", "high")

    @classmethod
    def from_percentiles(cls, /, *, mode_low: float, mode_high: float, **percentiles: float) -> Trapezoid:
        """Fit to two modes and two percentiles on both sides of them, such as ``p10=5, p90=13``.

        Raises
        ------
        EstimateError
            Where no such distribution exists.
        """
        ends, (low, high) = split_percentiles(percentiles, mode_low=mode_low, mode_high=mode_high)
        return cls(low, mode_low, mode_high, high, ends=ends)

    @property
    def planned(self) -> float:
        """The median."""
        return float(self.ppf(0.5))

    @cached_property
    def limits(self) -> tuple[float, float]:
        """Absolute ends: `low` and `high`, or what was fitted so that these stand at the percentages `ends`."""
        if self.ends == ABSOLUTE:
            return self.low, self.high
        return fit_trapezoid((self.low, self.mode_low, self.mode_high, self.high), self.ends)

    @property
    def corners(self) -> tuple[float, ...]:
        """The ends and the modes."""
        return tuple(sorted({*self.limits, self.mode_low, self.mode_high}))

    @cached_property
    def sides(self) -> tuple[float, float, float]:
        """Widths of the rising side, the level top and the falling side."""
        low, high = self.limits
        return self.mode_low - low, self.mode_high - self.mode_low, high - self.mode_high

    @cached_property
    def shares(self) -> tuple[float, float, float]:
        """Probabilities of the three parts; a half each of the sides where all is one value."""
        rise, level, fall = self.sides
        area = rise / 2 + level + fall / 2
        return (rise / 2 / area, level / area, fall / 2 / area) if area > 0 else (0.5, 0.0, 0.5)

    @cached_property
    def _moments(self) -> tuple[float, float]:
        if self.limits[0] < 0:
            return clipped_moments(self)
        # Of a mixture of two triangles and a rectangle, from the lower end.
        rise, level, fall = self.sides
        centres = (2 * rise / 3, rise + level / 2, rise + level + fall / 3)
        variances = (rise * rise / 18, level * level / 12, fall * fall / 18)
        mean = math.fsum(share * centre for share, centre in zip(self.shares, centres, strict=True))
        variance = math.fsum(
            share * (own + (centre - mean) ** 2)
            for share, centre, own in zip(self.shares, centres, variances, strict=True)
        )
        return self.limits[0] + mean, math.sqrt(variance)

    def _both(self, q: Floats, distance: Floats) -> Floats:
        (low, high), (rise, level, fall), (first, middle, last) = self.limits, self.sides, self.shares
        below = low + rise * np.sqrt(q / first) if first > 0 else np.full(q.shape, low)
        top = self.mode_low + level * (q - first) / middle if middle > 0 else np.full(q.shape, self.mode_low)
        above = high - fall * np.sqrt(distance / last) if last > 0 else np.full(q.shape, high)
        return np.where(q <= first, below, np.where(distance <= last, above, top))

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        (low, high), (rise, level, fall), (first, middle, last) = self.limits, self.sides, self.shares
        if low == high:
            return stepped(x, low)
        below = first * (np.clip((x - low) / rise, 0.0, 1.0) ** 2 if rise > 0 else 1.0 * (x >= low))
        above = last * (np.clip((high - x) / fall, 0.0, 1.0) ** 2 if fall > 0 else 1.0 * (x < high))
        inside = np.clip((x - self.mode_low) / level, 0.0, 1.0) if level > 0 else 1.0 * (x >= self.mode_low)
        return (
            np.where(x < self.mode_high, below + middle * inside, 1 - above),
            np.where(x >= self.mode_low, above + middle * (1 - inside), 1 - below),
        )

    def _times(self, factor: float) -> Trapezoid:
        return self._moved(lambda value: value * factor)

    def _plus(self, by: float) -> Trapezoid | None:
        return self._moved(lambda value: value + by) if self._stays_positive(by) else None

    def _moved(self, move: Callable[[float], float]) -> Trapezoid:
        points = (move(each) for each in (self.low, self.mode_low, self.mode_high, self.high))
        return Trapezoid(*points, ends=self.ends)

    def __repr__(self) -> str:
        return fields_text(self) + implied(self.ends, self.limits)

    def __str__(self) -> str:
        if self.ends == ABSOLUTE:
            points = (self.low, self.mode_low, self.mode_high, self.high)
            return f"trapezoid({', '.join(map(plain, points))})"
        first, second = map(percentile_name, self.ends)
        modes = f"mode_low={plain(self.mode_low)}, mode_high={plain(self.mode_high)}"
        return f"trapezoid({first}={plain(self.low)}, {modes}, {second}={plain(self.high)})"
