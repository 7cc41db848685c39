"""What every estimate is: a quantile function with a planned value."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, TypeGuard

import numpy as np
from pydantic import BeforeValidator, Field

from schedrisk._typing import Floats
from schedrisk._validation import as_number, as_tuple
from schedrisk.errors import ArgumentError, Problem, shown

__all__ = [
    "Duration",
    "Durations",
    "Estimate",
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
    """

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
