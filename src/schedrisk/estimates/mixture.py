"""A mixture of estimates: one of several cases, each with a distribution of its own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import BeforeValidator, Field

from schedrisk._typing import Floats
from schedrisk._validation import as_tuple, checked_whole, record
from schedrisk.errors import EstimateError, Problem
from schedrisk.estimates.base import Estimate, Shares, finite, is_listed, plain
from schedrisk.estimates.parts import Part
from schedrisk.estimates.quadrature import inverse, quantiles_at

if TYPE_CHECKING:
    from schedrisk.estimates.text import EstimateLike

__all__ = ["Mixture"]

ROUNDING = 16 * float(np.finfo(float).eps)

Parts = Annotated[tuple[Part, ...], BeforeValidator(as_tuple), Field(min_length=1, json_schema_extra={"minItems": 1})]


@record(EstimateError)
class Mixture(Estimate):
    """One of several estimates, each with its weight. Planned at its median.

    In a draw one part applies and the others do not; it is no weighted sum. With two parts it is a task that goes
    the ordinary way or another one.

    Parameters
    ----------
    parts : iterable of Estimate
    weights : iterable of float
        Probability of each part; they sum to 1 within 1e-9. They are kept as given, and divided by their sum in use.

    Examples
    --------
    >>> from schedrisk.estimates import Fixed, Uniform
    >>> mixed = Mixture([Uniform(4, 6), Fixed(20)], [0.8, 0.2])
    >>> mixed.mean, mixed.ppf(0.4), mixed.ppf(0.9)
    (8.0, 5.0, 20.0)
    >>> print(mixed)
    mixture(uniform(4, 6): 0.8, 20: 0.2)
    """

    parts: Parts
    weights: Shares

    if TYPE_CHECKING:

        def __init__(self, parts: Iterable[EstimateLike], weights: Iterable[float]) -> None: ...

    _is_distribution = checked_whole(EstimateError)

    @staticmethod
    def more_problems(arguments: Mapping[str, object]) -> list[Problem]:
        """Return what is wrong with parts and weights taken together, as far as they can be read."""
        parts, weights = (arguments.get(name) for name in ("parts", "weights"))
        problems: list[Problem] = []
        if not is_listed(parts) or not is_listed(weights) or not len(parts) or not len(weights):
            return problems
        if len(parts) != len(weights):
            found = f"{len(parts):,} parts and {len(weights):,} weights"
            problems.append(Problem("weights", found, "one for each part", "give as many of both"))
        known = [number for each in weights if (number := finite(each)) is not None]
        if len(known) == len(weights) and abs(math.fsum(known) - 1) > 1e-9:
            found = f"a sum of {math.fsum(known):.12g}"
            problems.append(Problem("weights", found, "a sum of 1", "divide each by the sum"))
        return problems

    @cached_property
    def possible(self) -> tuple[tuple[Estimate, float], ...]:
        """The parts that have a weight, with it."""
        total = math.fsum(self.weights)
        return tuple((part, each / total) for part, each in zip(self.parts, self.weights, strict=True) if each > 0)

    @property
    def planned(self) -> float:
        """The median."""
        return float(self.ppf(0.5))

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest end of the parts."""
        lows, highs = zip(*(part.limits for part, _ in self.possible), strict=True)
        return min(lows), max(highs)

    @cached_property
    def corners(self) -> tuple[float, ...]:
        """Those of all parts."""
        return tuple(sorted({each for part, _ in self.possible for each in part.corners}))

    @property
    def mean(self) -> float:
        """Expected value."""
        return math.fsum(weight * part.mean for part, weight in self.possible)

    @property
    def std(self) -> float:
        """Standard deviation: that within the parts and that between them."""
        mean = self.mean
        return math.sqrt(math.fsum(weight * (part.std**2 + (part.mean - mean) ** 2) for part, weight in self.possible))

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        below, above = np.zeros(x.shape), np.zeros(x.shape)
        for part, weight in self.possible:
            low, high = part._tails(x)  # noqa: SLF001  (of the same package)
            below += weight * low
            above += weight * high
        return np.minimum(below, 1.0), np.minimum(above, 1.0)

    def _quantiles(self, q: Floats) -> Floats:
        flat = np.ravel(q)
        out = np.empty(flat.shape)
        low = flat <= 0.5
        out[low] = self._inverted(flat[low], upper=False)
        out[~low] = self._inverted(1 - flat[~low], upper=True)
        return out.reshape(q.shape)

    def _upper_quantiles(self, distance: Floats) -> Floats:
        flat = np.ravel(distance)
        out = np.empty(flat.shape)
        low = flat <= 0.5
        out[low] = self._inverted(flat[low], upper=True)
        out[~low] = self._inverted(1 - flat[~low], upper=False)
        return out.reshape(distance.shape)

    @cached_property
    def _steps(self) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Corners, and the chances below, up to, above and not below each."""
        x = np.array(self.corners)
        before, beyond = self._tails(np.nextafter(x, -np.inf))
        reached, above = self._tails(x)
        return x, before, reached, above, beyond

    def _inverted(self, distance: Floats, *, upper: bool) -> Floats:
        """Return the quantiles at a distance from 0 or 1: the least x with a chance of that much to be at or below."""
        # Between the quantiles of the parts, since the chance is a mean of theirs.
        each = [
            quantiles_at(part, 1 - distance if upper else distance, distance if upper else 1 - distance)
            for part, _ in self.possible
        ]
        low, high = np.min(each, axis=0), np.max(each, axis=0)
        corners, before, reached, above, beyond = self._steps
        if corners.size:
            # What is reached but for the rounding of a sum is reached: 0.1 + 0.2 + 0.4 is not 0.7.
            place = (
                np.searchsorted(-above, -(distance * (1 + ROUNDING) + ROUNDING / 16))
                if upper
                else np.searchsorted(reached, distance * (1 - ROUNDING))
            )
            next_one, last_one = np.minimum(place, corners.size - 1), np.maximum(place - 1, 0)
            known, passed = place < corners.size, place > 0
            jumps = known & (distance < beyond[next_one] if upper else distance > before[next_one])
            low = np.where(passed, np.maximum(low, corners[last_one]), low)
            high = np.where(known, np.minimum(high, corners[next_one]), high)
            low, high = np.where(jumps, corners[next_one], low), np.where(jumps, corners[next_one], high)
        high = np.maximum(low, high)
        exact = ~(np.isfinite(low) & np.isfinite(high))
        x = np.where(exact, np.where(np.isfinite(low), high, low), 0.0)
        x[~exact] = inverse(self._tails, distance[~exact], low[~exact], high[~exact], upper=upper)
        return x

    def _times(self, factor: float) -> Mixture:
        return Mixture([part * factor for part in self.parts], self.weights)

    def _plus(self, by: float) -> Mixture | None:
        if by < 0 and not self._stays_positive(by):
            return None
        return Mixture([part + by for part in self.parts], self.weights)

    def __str__(self) -> str:
        pairs = zip(self.parts, self.weights, strict=True)
        return f"mixture({', '.join(f'{part}: {plain(weight)}' for part, weight in pairs)})"
