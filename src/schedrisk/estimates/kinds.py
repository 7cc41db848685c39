"""The kinds of estimate that are not three-point ones, and the list of all.

To add one: write a class with the methods of `Estimate`, enter it in `KINDS`, and say in
`schedrisk.sampling.quantiles` how it is sampled.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Self

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from schedrisk._typing import Floats
from schedrisk._validation import Number, as_tuple, record
from schedrisk.errors import EstimateError, Problem
from schedrisk.estimates.base import Duration, Estimate, check_order, plain
from schedrisk.estimates.three_point import Pert, Triangular

__all__ = ["KINDS", "Discrete", "Empirical", "Fixed", "Uniform"]

Durations = Annotated[tuple[Duration, ...], BeforeValidator(as_tuple), Field(min_length=1)]


@record(EstimateError)
class Fixed(Estimate):
    """A certain value.

    Parameters
    ----------
    value : float

    Examples
    --------
    >>> Fixed(2).mean
    2.0
    """

    value: Duration

    @property
    def planned(self) -> float:
        """The value."""
        return self.value

    @property
    def limits(self) -> tuple[float, float]:
        """The value, twice."""
        return self.value, self.value

    @property
    def mean(self) -> float:
        """The value."""
        return self.value

    @property
    def std(self) -> float:
        """Zero."""
        return 0.0

    def _quantiles(self, q: Floats) -> Floats:
        return np.full(q.shape, self.value)

    def __str__(self) -> str:
        return plain(self.value)


@record(EstimateError)
class Uniform(Estimate):
    """Anything between two ends, equally likely. Planned at its median.

    Parameters
    ----------
    low, high : float

    Examples
    --------
    >>> Uniform(2, 6).planned
    4.0
    """

    low: Duration
    high: Duration

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        check_order(self, "low", "high")
        return self

    @property
    def planned(self) -> float:
        """The median."""
        return self.low + (self.high - self.low) / 2

    @property
    def limits(self) -> tuple[float, float]:
        """The two ends."""
        return self.low, self.high

    @property
    def mean(self) -> float:
        """Expected value."""
        return self.planned

    @property
    def std(self) -> float:
        """Standard deviation."""
        return (self.high - self.low) / 12**0.5

    def _quantiles(self, q: Floats) -> Floats:
        return np.minimum(self.low + q * (self.high - self.low), self.high)

    def __str__(self) -> str:
        return f"uniform({plain(self.low)}, {plain(self.high)})"


@record(EstimateError)
class Discrete(Estimate):
    """One of several values. Planned at its median.

    Parameters
    ----------
    values : iterable of float
        In any order, each once.
    probabilities : iterable of float
        Of each value; they sum to 1 within 1e-9.

    Examples
    --------
    >>> Discrete([7, 10], [0.5, 0.5]).mean
    8.5
    """

    values: Durations
    probabilities: Annotated[
        tuple[Annotated[Number, Field(ge=0, le=1)], ...], BeforeValidator(as_tuple), Field(min_length=1)
    ]

    if TYPE_CHECKING:

        def __init__(self, values: Iterable[float], probabilities: Iterable[float]) -> None: ...

    @model_validator(mode="after")
    def _is_distribution(self) -> Self:
        problems = []
        if len(self.values) != len(self.probabilities):
            found = f"{len(self.values)} values and {len(self.probabilities)} probabilities"
            problems.append(Problem("probabilities", found, "one for each value"))
        if len(set(self.values)) != len(self.values):
            problems.append(Problem("values", "a value twice", "each value once", "add up its probabilities"))
        total = float(np.sum(self.probabilities))
        if abs(total - 1) > 1e-9:
            problems.append(Problem("probabilities", f"a sum of {total:.12g}", "a sum of 1"))
        if problems:
            raise EstimateError(problems)
        return self

    @cached_property
    def _steps(self) -> tuple[Floats, Floats]:
        """Ascending values and the probability of being at or below each."""
        order = np.argsort(self.values)
        cumulative = np.cumsum(np.array(self.probabilities)[order])
        return np.array(self.values)[order], cumulative / cumulative[-1]

    @property
    def planned(self) -> float:
        """The median: the smallest value with a chance of ½ not to be exceeded."""
        return float(self.ppf(0.5))

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest value that has a probability."""
        possible = [value for value, chance in zip(self.values, self.probabilities, strict=True) if chance > 0]
        return min(possible), max(possible)

    @property
    def mean(self) -> float:
        """Expected value."""
        return float(np.dot(self.values, self.probabilities))

    @property
    def std(self) -> float:
        """Standard deviation."""
        return float(np.sqrt(np.dot((np.array(self.values) - self.mean) ** 2, self.probabilities)))

    def _quantiles(self, q: Floats) -> Floats:
        values, cumulative = self._steps
        index = np.searchsorted(cumulative[:-1], q)
        return np.where(q == 0, self.limits[0], values[index])

    def __str__(self) -> str:
        pairs = zip(self.values, self.probabilities, strict=True)
        return f"discrete({', '.join(f'{plain(value)}: {plain(chance)}' for value, chance in pairs)})"


@record(EstimateError)
class Empirical(Estimate):
    """What was observed, each observation equally likely. Planned at its median.

    Parameters
    ----------
    samples : iterable of float

    Examples
    --------
    >>> Empirical([3, 4, 4, 9]).mean
    5.0
    """

    samples: Durations

    if TYPE_CHECKING:

        def __init__(self, samples: Iterable[float]) -> None: ...

    @cached_property
    def _ascending(self) -> Floats:
        return np.sort(np.array(self.samples))

    @property
    def planned(self) -> float:
        """The median: the smallest observation not exceeded by half of them."""
        return float(self.ppf(0.5))

    @property
    def limits(self) -> tuple[float, float]:
        """Least and greatest observation."""
        return min(self.samples), max(self.samples)

    @property
    def mean(self) -> float:
        """Mean of the observations."""
        return float(np.mean(self.samples))

    @property
    def std(self) -> float:
        """Standard deviation of the observations, as a population."""
        return float(np.std(self.samples))

    def _quantiles(self, q: Floats) -> Floats:
        steps = np.arange(1, self._ascending.size) / self._ascending.size
        return np.asarray(self._ascending[np.searchsorted(steps, q)])

    def __str__(self) -> str:
        return f"empirical({', '.join(map(plain, self.samples))})"


KINDS: dict[str, type[Any]] = {
    kind.__name__.lower(): kind for kind in (Fixed, Uniform, Triangular, Pert, Discrete, Empirical)
}
"""Every kind by the name it has in documents."""
