"""What becomes of an estimate by arithmetic, where its own kind has no form for it: shifted and truncated ones."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from schedrisk._typing import Floats
from schedrisk._validation import Number, checked_whole, record
from schedrisk.errors import EstimateError, Problem, shown
from schedrisk.estimates.base import Duration, Estimate, FromBothEnds, FromMoments, finite, order_problems, plain
from schedrisk.estimates.parts import Part
from schedrisk.estimates.quadrature import clipped_moments, quantiles_at
from schedrisk.estimates.steps import Fixed

__all__ = ["Shifted", "Truncated", "scaled", "shifted", "truncated"]

INNERMOST = 1e-12
LEAST_LEFT = 1e-9
"""Chance that must lie within the bounds: of less, the quantile functions have too few digits."""


def scaled(estimate: Estimate, factor: float) -> Estimate:
    """Return an estimate times a factor of 0 or more: every kind has a form for it."""
    if factor == 0:
        return Fixed(0.0)
    return estimate if factor == 1 else estimate._times(factor)  # noqa: SLF001  (of the same package)


def shifted(estimate: Estimate, by: float) -> Estimate:
    """Return an estimate plus a number, in the same kind where that is exact."""
    if by == 0:
        return estimate
    return estimate._plus(by) or Shifted(estimate, by)  # noqa: SLF001


def truncated(
    estimate: Estimate, low: float | None, high: float | None, percentiles: tuple[float, float] | None
) -> Estimate:
    """Return the distribution of an estimate within bounds, in the same kind where that is exact."""
    if percentiles is not None:
        low, high = _values_at(estimate, low, high, percentiles)
    made = Truncated(estimate, low, high)  # checks the bounds
    least, most = made.between
    if least <= estimate.limits[0] and estimate.limits[1] <= most:
        return estimate
    return estimate._within(least, most) or made  # noqa: SLF001


def _values_at(estimate: Estimate, low: object, high: object, percentiles: object) -> tuple[float | None, float | None]:
    """Return the values at two percentages; None at 0 and 100."""
    problems = []
    if low is not None or high is not None:
        problems.append(Problem("percentiles", "bounds beside percentiles", "one of the two", "leave the other out"))
    given = tuple(percentiles) if isinstance(percentiles, tuple | list) else ()
    known = [number for each in given if (number := finite(each)) is not None and 0 <= number <= 100]
    if len(given) != 2 or len(known) != 2 or not known[0] < known[1]:
        problems.append(Problem("percentiles", shown(percentiles), "two ascending percentages, such as (1, 99)"))
    if problems:
        raise EstimateError(problems)
    least, most = known
    return estimate.ppf(least / 100) if least > 0 else None, estimate.ppf(most / 100) if most < 100 else None


class _Shares(NamedTuple):
    """Chances to be below the bounds and not, at most at the upper bound and above it, and between the bounds."""

    before: float
    rest: float
    reached: float
    after: float
    left: float


@record(EstimateError)
class Shifted(FromMoments):
    """An estimate plus a number, clipped at 0. Planned at the planned value plus that number.

    Parameters
    ----------
    estimate : Estimate
        After it is clipped itself.
    by : float
        May be negative.

    Examples
    --------
    >>> Gamma = type(Shifted("gamma(4, 2.5)", 5).estimate)
    >>> (Gamma(4, 2.5) + 5).mean
    15.0
    >>> print(Gamma(4, 2.5) + 5)
    shifted(gamma(4, 2.5), 5)
    """

    estimate: Part
    by: Number

    @property
    def planned(self) -> float:
        """That of the estimate, plus the number."""
        return max(self.estimate.planned + self.by, 0.0)

    @property
    def plans_mode(self) -> bool:
        """As the estimate does."""
        return self.estimate.plans_mode

    @property
    def limits(self) -> tuple[float, float]:
        """Those of what can occur, plus the number."""
        low, high = self.estimate.support
        return low + self.by, high + self.by

    @property
    def corners(self) -> tuple[float, ...]:
        """Those of the estimate, and where it is clipped."""
        known = {max(each, 0.0) + self.by for each in self.estimate.corners}
        return tuple(sorted(known | ({self.by} if self.estimate.limits[0] < 0 else set())))

    @cached_property
    def _moments(self) -> tuple[float, float]:
        if self.limits[0] >= 0:
            return self.estimate.mean + self.by, self.estimate.std
        return clipped_moments(self)

    def _quantiles(self, q: Floats) -> Floats:
        return np.asarray(np.maximum(self.estimate._quantiles(q), 0.0) + self.by)  # noqa: SLF001

    def _upper_quantiles(self, distance: Floats) -> Floats:
        return np.asarray(np.maximum(self.estimate._upper_quantiles(distance), 0.0) + self.by)  # noqa: SLF001

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        y = snapped(x - self.by, self.estimate.corners, np.abs(x) + abs(self.by))
        below, above = self.estimate._tails(y)  # noqa: SLF001
        return np.where(y < 0, 0.0, below), np.where(y < 0, 1.0, above)

    def _times(self, factor: float) -> Shifted:
        return Shifted(self.estimate * factor, self.by * factor)

    def _plus(self, by: float) -> Estimate | None:
        # Clipped in between, two shifts are not one.
        return self.estimate + (self.by + by) if self.limits[0] >= 0 else None

    def _within(self, low: float, high: float) -> Estimate | None:
        if self.limits[0] < 0 or high < self.by:
            return None
        least = low - self.by
        return self.estimate.truncate(least if least > 0 else None, high - self.by if math.isfinite(high) else None) + (
            self.by
        )

    def __str__(self) -> str:
        return f"shifted({self.estimate}, {plain(self.by)})"


@record(EstimateError)
class Truncated(FromBothEnds):
    """An estimate, given that it lies within bounds. Planned as the estimate, but within the bounds.

    Where the estimate's planned value is a median it is the median of what lies within.

    Parameters
    ----------
    estimate : Estimate
    low, high : float, optional
        Bounds. Without a lower one, a tail below 0 is clipped as before; with ``low=0`` it is cut off.

    Examples
    --------
    >>> cut = Truncated("normal(10, 5)", low=0, high=20)
    >>> round(cut.mean, 9), cut.support
    (10.0, (0.0, 20.0))
    >>> print(cut)
    truncated(normal(10, 5), low=0, high=20)
    """

    estimate: Part
    low: Duration | None = None
    high: Duration | None = None

    _leaves_something = checked_whole(EstimateError)

    @staticmethod
    def more_problems(arguments: Mapping[str, object]) -> list[Problem]:
        """Return what is wrong with the bounds, taken together and with the estimate."""
        if problems := order_problems(arguments, "low", "high"):
            return problems
        estimate, (low, high) = arguments.get("estimate"), (arguments.get(name) for name in ("low", "high"))
        if not isinstance(estimate, Estimate) or any(each is not None and finite(each) is None for each in (low, high)):
            return []
        if low is None and high is None:
            return [Problem("low, high", "neither", "a bound", "give one of them, or both")]
        left = _cut(estimate, finite(low), finite(high)).left
        if left >= LEAST_LEFT:
            return []
        start, end = estimate.practical_support(LEAST_LEFT)
        bounds = [
            f"{name} {plain(each)}" for name, each in (("low", finite(low)), ("high", finite(high))) if each is not None
        ]
        found = f"{' and '.join(bounds)}, where next to nothing of {shown(str(estimate))} lies"
        return [Problem("low, high", found, f"bounds about what lies between {start:.6g} and {end:.6g}")]

    @property
    def between(self) -> tuple[float, float]:
        """Bounds; infinite where there is none."""
        return -math.inf if self.low is None else self.low, math.inf if self.high is None else self.high

    @cached_property
    def _shares(self) -> _Shares:
        return _cut(self.estimate, self.low, self.high)

    @property
    def planned(self) -> float:
        """The mode within the bounds, or the median."""
        low, high = self.support
        return min(max(self.estimate.planned, low), high) if self.plans_mode else float(self.ppf(0.5))

    @property
    def plans_mode(self) -> bool:
        """As the estimate does."""
        return self.estimate.plans_mode

    @cached_property
    def limits(self) -> tuple[float, float]:
        """The bounds, or the ends of what lies within them."""
        low, high = self.between
        start, end = self.estimate.limits
        # Of what has gaps, the first and the last value on this side of one.
        share, inner = self._shares, np.array([INNERMOST, 1 - INNERMOST])
        first, last = quantiles_at(
            self.estimate, share.before + share.left * inner, share.after + share.left * inner[::-1]
        )
        below, _ = self.estimate._tails(np.array([np.nextafter(first, -np.inf)]))  # noqa: SLF001
        _, above = self.estimate._tails(np.array([last]))  # noqa: SLF001
        return (
            first if low > start and below[0] <= share.before else max(low, start),
            last if high < end and above[0] <= share.after else min(high, end),
        )

    @property
    def corners(self) -> tuple[float, ...]:
        """Those of the estimate within the bounds, and the bounds."""
        low, high = self.limits
        known = {*(each for each in self.estimate.corners if low < each < high), low, high}
        return tuple(sorted(filter(math.isfinite, known)))

    @cached_property
    def _moments(self) -> tuple[float, float]:
        return clipped_moments(self)

    def _both(self, q: Floats, distance: Floats) -> Floats:
        share = self._shares
        lower, upper = share.before + share.left * q, share.after + share.left * distance
        x = quantiles_at(self.estimate, np.minimum(lower, 1.0), np.minimum(upper, 1.0))
        return np.clip(x, *self.limits)

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        share = self._shares
        low, high = self.between
        below, above = self.estimate._tails(x)  # noqa: SLF001
        # From the nearer end of the estimate, where its digits are.
        from_low = np.where(below <= 0.5, below - share.before, share.rest - above) / share.left
        from_high = np.where(above <= 0.5, above - share.after, share.reached - below) / share.left
        out = x < low, x >= high
        return (
            np.where(out[0], 0.0, np.where(out[1], 1.0, np.clip(from_low, 0.0, 1.0))),
            np.where(out[0], 1.0, np.where(out[1], 0.0, np.clip(from_high, 0.0, 1.0))),
        )

    def _times(self, factor: float) -> Truncated:
        low, high = (None if each is None else each * factor for each in (self.low, self.high))
        return Truncated(self.estimate * factor, low, high)

    def _plus(self, by: float) -> Truncated | None:
        inner = self.estimate._plus(by)  # noqa: SLF001
        if inner is None or not self._stays_positive(by):
            return None
        return Truncated(inner, *(None if each is None else each + by for each in (self.low, self.high)))

    def _within(self, low: float, high: float) -> Estimate | None:
        least, most = max(low, self.between[0]), min(high, self.between[1])
        bounds: Any = {"low": max(least, 0.0) if math.isfinite(least) else None}
        return dataclasses.replace(self, **bounds, high=most if math.isfinite(most) else None)

    def __str__(self) -> str:
        bounds = [
            f"{name}={plain(each)}" for name, each in (("low", self.low), ("high", self.high)) if each is not None
        ]
        return f"truncated({', '.join([str(self.estimate), *bounds])})"


def snapped(x: Floats, corners: tuple[float, ...], scale: Floats) -> Floats:
    """Put values back onto the corners that rounding took them off: there the distribution function may jump."""
    if not corners:
        return x
    known = np.array(corners)
    place = np.clip(np.searchsorted(known, x), 0, known.size - 1)
    out = x
    for near in (known[np.maximum(place - 1, 0)], known[place]):
        out = np.where(np.abs(x - near) <= 4 * np.finfo(float).eps * scale, near, out)
    return np.asarray(out)


def _cut(estimate: Estimate, low: float | None, high: float | None) -> _Shares:
    ends = np.array([-np.inf if low is None else np.nextafter(low, -np.inf), np.inf if high is None else high])
    before, reached, rest, after = 0.0, 1.0, 1.0, 0.0
    below, above = estimate._tails(np.where(np.isfinite(ends), ends, 0.0))  # noqa: SLF001
    if low is not None:
        before, rest = float(below[0]), float(above[0])
    if high is not None:
        reached, after = float(below[1]), float(above[1])
    left = reached - before if reached <= 0.5 else rest - after
    return _Shares(before, rest, reached, after, max(left, 0.0))
