"""What every estimate is: a quantile function with a planned value."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, ClassVar, TypeGuard

import numpy as np
from pydantic import BeforeValidator, Field

from schedrisk._typing import Floats
from schedrisk._validation import as_number, as_tuple
from schedrisk.errors import ArgumentError, Problem, shown

__all__ = [
    "Duration",
    "Durations",
    "Estimate",
    "FromBothEnds",
    "FromMoments",
    "GivenMean",
    "Percent",
    "Positive",
    "PositiveMean",
    "ShapeParameter",
    "Shares",
    "finite",
    "is_listed",
    "order_problems",
    "plain",
    "stepped",
]

# Bounds stand before the conversion: after it, pydantic would leave them out of the JSON Schema.
Duration = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0), BeforeValidator(as_number)]
Percent = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=100), BeforeValidator(as_number)]
Share = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1), BeforeValidator(as_number)]

Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0), BeforeValidator(as_number)]
# Outside of these a distribution has no density that a table could hold, or no spread.
ShapeParameter = Annotated[float, Field(strict=True, ge=0.1, le=1e6), BeforeValidator(as_number)]
# Where the mean is given: the attribute `mean` is the expected value of what can occur, after clipping.
GivenMean = Annotated[Duration, Field(alias="mean")]
PositiveMean = Annotated[Positive, Field(alias="mean")]

# The length is checked last, or items refused would be reported as missing too; so the schema needs telling.
_FILLED = (BeforeValidator(as_tuple), Field(min_length=1, json_schema_extra={"minItems": 1}))
Durations = Annotated[tuple[Duration, ...], *_FILLED]
Shares = Annotated[tuple[Share, ...], *_FILLED]


class Estimate(ABC):
    """An uncertain duration or delay: a quantile function, its moments, and a planned value.

    A negative duration cannot occur: where a tail reaches below 0 it is clipped there, and `mean`, `std` and
    `support` are those after clipping.

    ``estimate * 1.2`` and ``estimate + 3`` are estimates too, and so is `truncate`: of the same kind where that is
    exact.
    """

    __array_ufunc__: ClassVar[None] = None  # or NumPy's numbers would take an estimate for an array

    beside_percentiles: ClassVar[tuple[str, ...] | None] = None
    """What `from_percentiles` needs beside percentiles; None where there is no such method."""
    optional_beside: ClassVar[tuple[str, ...]] = ()
    """What it takes besides."""

    @property
    @abstractmethod
    def planned(self) -> float:
        """The single number of the deterministic schedule."""

    @property
    @abstractmethod
    def limits(self) -> tuple[float, float]:
        """Lowest and highest value before clipping at 0."""

    @property
    @abstractmethod
    def mean(self) -> float:
        """Expected value."""

    @property
    @abstractmethod
    def std(self) -> float:
        """Standard deviation."""

    @abstractmethod
    def _quantiles(self, q: Floats) -> Floats:
        """Return the quantiles at `q`, which is known to lie in 0–1, before clipping."""

    def _upper_quantiles(self, distance: Floats) -> Floats:
        """Return the quantiles at a distance from 1, to the last digit that the kind can give."""
        return self._quantiles(1 - distance)

    @abstractmethod
    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        """Return the chances of at most `x` and of more, before clipping; the small one of the two is precise."""

    @property
    def plans_mode(self) -> bool:
        """Whether the planned value is the mode; otherwise it is the median."""
        return False

    @property
    def corners(self) -> tuple[float, ...]:
        """Finite values before clipping, ascending, at which the distribution function jumps or bends sharply."""
        return tuple(sorted({limit for limit in self.limits if math.isfinite(limit)}))

    @property
    def support(self) -> tuple[float, float]:
        """Lowest and highest value that can occur."""
        low, high = self.limits
        return max(low, 0.0), max(high, 0.0)

    def bounds(self, chance: float) -> tuple[float, float]:
        """Return the limits; in place of an infinite one, the value before clipping that is passed with this chance."""
        low, high = (
            limit if math.isfinite(limit) else float(self._quantiles(np.array([q]))[0])
            for limit, q in zip(self.limits, (chance, 1 - chance), strict=True)
        )
        return low, high

    def practical_support(self, chance: float) -> tuple[float, float]:
        """Return the support; in place of a missing end, the value that is passed with this chance."""
        low, high = self.bounds(chance)
        return max(low, 0.0), max(high, 0.0)

    def ppf(self, q: Any) -> Any:
        """Return the quantile function.

        Parameters
        ----------
        q : float or array_like
            Probabilities, 0–1.

        Returns
        -------
        float or ndarray
            Of the shape of `q`.

        Raises
        ------
        ArgumentError
            Where a probability is outside 0–1 or not a number.
        """
        try:
            array = np.asarray(q, dtype=float)
        except (TypeError, ValueError):
            raise ArgumentError([Problem("q", shown(q), "probabilities from 0 to 1")]) from None
        if not ((array >= 0) & (array <= 1)).all():
            bad = array[~((array >= 0) & (array <= 1))].flat[0]
            raise ArgumentError([Problem("q", shown(float(bad)), "probabilities from 0 to 1")])
        # Rounding may carry a quantile over an end by a hair.
        values = np.clip(self._quantiles(array), *self.support)
        return values if array.ndim else float(values)

    def cdf(self, x: Any) -> Any:
        """Return the chance of at most `x`.

        Parameters
        ----------
        x : float or array_like

        Returns
        -------
        float or ndarray
            Of the shape of `x`, 0–1.

        Raises
        ------
        ArgumentError
            Where `x` is not a number.
        """
        try:
            array = np.asarray(x, dtype=float)
        except (TypeError, ValueError):
            raise ArgumentError([Problem("x", shown(x), "numbers")]) from None
        if np.isnan(array).any():
            raise ArgumentError([Problem("x", "nan", "numbers")])
        flat = np.atleast_1d(array)
        chances = np.where(flat < 0, 0.0, self._tails(np.maximum(flat, 0.0))[0]).reshape(array.shape)
        return chances if array.ndim else float(chances)

    # The estimates that these return may be wrapped in kinds of the module `derived`, which builds upon this one.

    def __mul__(self, factor: Any) -> Estimate:
        number = as_number(factor)
        if not isinstance(number, float):
            return NotImplemented
        if not (math.isfinite(number) and number >= 0):
            raise ArgumentError([Problem("factor", shown(number), "a finite factor, 0 or more")])
        from schedrisk.estimates.derived import scaled

        return scaled(self, number)

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> Estimate:
        number = as_number(divisor)
        if not isinstance(number, float):
            return NotImplemented
        if not number > 0:
            raise ArgumentError([Problem("divisor", shown(number), "a divisor above 0")])
        return self * (1 / number)

    def __add__(self, by: Any) -> Estimate:
        number = as_number(by)
        if not isinstance(number, float):
            return NotImplemented
        if not math.isfinite(number):
            raise ArgumentError([Problem("by", shown(number), "a finite number")])
        from schedrisk.estimates.derived import shifted

        return shifted(self, number)

    __radd__ = __add__

    def __sub__(self, by: Any) -> Estimate:
        number = as_number(by)
        return self + -number if isinstance(number, float) else NotImplemented

    def truncate(
        self, low: float | None = None, high: float | None = None, *, percentiles: tuple[float, float] | None = None
    ) -> Estimate:
        """Return the distribution within two bounds, given that nothing lies outside.

        It is what is left of the draws when those outside are thrown away and drawn again; a tail below 0 is cut off
        by ``low=0``, where otherwise it counts as 0.

        Parameters
        ----------
        low, high : float, optional
            Bounds; none on the side where not given.
        percentiles : tuple of float, optional
            Two percentages in place of the bounds, such as ``(1, 99)``; 0 and 100 cut nothing off.

        Returns
        -------
        Estimate
            Of the same kind where that is exact, otherwise `Truncated`.

        Raises
        ------
        EstimateError
            Where the bounds are out of order, or next to nothing lies between them.
        """
        from schedrisk.estimates.derived import truncated

        return truncated(self, low, high, percentiles)

    @abstractmethod
    def _times(self, factor: float) -> Estimate:
        """Return the estimate with all values multiplied by a factor above 0."""

    def _plus(self, by: float) -> Estimate | None:  # noqa: ARG002  (for the kinds that have no such form)
        """Return the estimate with something added to all values, where that is of the same kind."""
        return None

    def _within(self, low: float, high: float) -> Estimate | None:  # noqa: ARG002
        """Return the distribution within bounds where it is of the same kind; something is known to lie there."""
        return None

    def _stays_positive(self, by: float) -> bool:
        """Tell whether nothing is clipped, neither before nor after adding something."""
        return self.limits[0] + min(by, 0.0) >= 0


def stepped(x: Floats, value: float) -> tuple[Floats, Floats]:
    """Return the tails of a certain value."""
    reached = (x >= value).astype(float)
    return reached, 1 - reached


class FromMoments(Estimate):
    """An estimate whose moments come from one sum or integral."""

    @property
    @abstractmethod
    def _moments(self) -> tuple[float, float]:
        """Mean and standard deviation after clipping; infinite where there is none."""

    @property
    def mean(self) -> float:
        """Expected value after clipping; infinite where the distribution has none."""
        return self._moments[0]

    @property
    def std(self) -> float:
        """Standard deviation after clipping; infinite where the distribution has none."""
        return self._moments[1]


class FromBothEnds(FromMoments):
    """An estimate with one formula for its quantiles, exact near either end of (0, 1)."""

    @abstractmethod
    def _both(self, q: Floats, distance: Floats) -> Floats:
        """Return the quantiles at `q`, which lie at `distance` from 1; the smaller of the two is exact."""

    def _quantiles(self, q: Floats) -> Floats:
        return self._both(q, 1 - q)

    def _upper_quantiles(self, distance: Floats) -> Floats:
        return self._both(1 - distance, distance)


def plain(number: float) -> str:
    """Write a number so that it reads back exactly, whole ones without a point.

    Examples
    --------
    >>> plain(5.0), plain(0.1)
    ('5', '0.1')
    """
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(float(number))


def finite(value: object) -> float | None:
    """Return a finite number of any make as float, and None for anything else."""
    number = as_number(value)
    return number if isinstance(number, float) and math.isfinite(number) else None


def is_listed(value: object) -> TypeGuard[Sequence[object]]:
    """Tell a list of some make from text, and from an iterator, which its validation has used up."""
    return isinstance(value, Sequence | np.ndarray) and not isinstance(value, str | bytes)


def order_problems(values: Mapping[str, object], *names: str) -> list[Problem]:
    """Return what is out of order among values that should ascend; those that are no numbers are passed over."""
    known = [(name, number) for name in names if (number := finite(values.get(name))) is not None]
    return [
        Problem(
            f"{first}, {second}",
            f"{first} {plain(a)} above {second} {plain(b)}",
            " ≤ ".join(names),
            "swap or mend them",
        )
        for (first, a), (second, b) in pairwise(known)
        if a > b
    ]
