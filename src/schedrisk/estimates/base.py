"""What every estimate is: a quantile function with a planned value."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from schedrisk._typing import Floats
from schedrisk._validation import Number
from schedrisk.errors import ArgumentError, EstimateError, Problem, shown

__all__ = ["Duration", "Estimate", "check_order", "plain"]

Duration = Annotated[Number, Field(ge=0)]


class Estimate(ABC):
    """An uncertain duration or delay: a quantile function, its moments, and a planned value.

    A negative duration cannot occur: where a fitted tail reaches below 0 it is clipped there, and `mean`, `std` and
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
        array = np.asarray(q, dtype=float)
        if not ((array >= 0) & (array <= 1)).all():
            bad = array[~((array >= 0) & (array <= 1))].flat[0]
            raise ArgumentError([Problem("q", shown(float(bad)), "probabilities from 0 to 1")])
        values = np.maximum(self._quantiles(array), 0.0)
        return values if array.ndim else float(values)


def plain(number: float) -> str:
    """Write a number so that it reads back exactly, whole ones without a point.

    Examples
    --------
    >>> plain(5.0), plain(0.1)
    ('5', '0.1')
    """
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(float(number))


def check_order(estimate: Estimate, *names: str) -> None:
    """Refuse an estimate whose fields of these names do not ascend."""
    values = [getattr(estimate, name) for name in names]
    problems = [
        Problem(f"{first}, {second}", f"{first} {a:g} above {second} {b:g}", " ≤ ".join(names), "swap or mend them")
        for first, second, a, b in zip(names, names[1:], values, values[1:], strict=False)
        if a > b
    ]
    if problems:
        raise EstimateError(problems)
