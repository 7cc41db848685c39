"""Estimates whose values have a chance of their own: a certain one, discrete ones, and observations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from schedrisk._typing import Floats
from schedrisk._validation import checked_whole, record
from schedrisk.errors import EstimateError, Problem
from schedrisk.estimates.base import Duration, Durations, Estimate, Shares, finite, is_listed, plain, stepped

__all__ = ["Discrete", "Empirical", "Fixed"]


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

    @property
    def plans_mode(self) -> bool:
        """Always."""
        return True

    def _quantiles(self, q: Floats) -> Floats:
        return np.full(q.shape, self.value)

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        return stepped(x, self.value)

    def _times(self, factor: float) -> Fixed:
        return Fixed(self.value * factor)

    def _plus(self, by: float) -> Fixed:
        return Fixed(max(self.value + by, 0.0))

    def _within(self, low: float, high: float) -> Fixed:  # noqa: ARG002  (it lies within)
        return self

    def __str__(self) -> str:
        return plain(self.value)


@record(EstimateError)
class Discrete(Estimate):
    """One of several values. Planned at its median.

    Parameters
    ----------
    values : iterable of float
        In any order, each once.
    probabilities : iterable of float
        Of each value; they sum to 1 within 1e-9. They are kept as given, and divided by their sum in use.

    Examples
    --------
    >>> Discrete([7, 10], [0.5, 0.5]).mean
    8.5
    """

    values: Durations
    probabilities: Shares

    if TYPE_CHECKING:

        def __init__(self, values: Iterable[float], probabilities: Iterable[float]) -> None: ...

    _is_distribution = checked_whole(EstimateError)

    @staticmethod
    def more_problems(arguments: Mapping[str, object]) -> list[Problem]:
        """Return what is wrong with values and probabilities taken together, as far as they can be read."""
        values, probabilities = (arguments.get(name) for name in ("values", "probabilities"))
        problems: list[Problem] = []
        if not is_listed(values) or not is_listed(probabilities) or not len(values) or not len(probabilities):
            return problems
        if len(values) != len(probabilities):
            found = f"{len(values):,} values and {len(probabilities):,} probabilities"
            problems.append(Problem("probabilities", found, "one for each value", "give as many of both"))
        known = [number for each in values if (number := finite(each)) is not None]
        if len(set(known)) != len(known):
            problems.append(Problem("values", "a value twice", "each value once", "add up its probabilities"))
        chances = [number for each in probabilities if (number := finite(each)) is not None]
        if len(chances) == len(probabilities) and abs(math.fsum(chances) - 1) > 1e-9:
            found = f"a sum of {math.fsum(chances):.12g}"
            problems.append(Problem("probabilities", found, "a sum of 1", "divide each by the sum"))
        return problems

    @cached_property
    def steps(self) -> tuple[Floats, Floats]:
        """Ascending values, and the probability of being at or below each."""
        pairs = sorted(zip(self.values, self.probabilities, strict=True))
        # Exact sums of the decimals as written: in floats 0.03 + 0.29 + 0.18 stays below 0.5, and moves the median.
        sums = list(accumulate(Fraction(repr(chance)) for _, chance in pairs))
        return np.array([value for value, _ in pairs]), np.array([float(each / sums[-1]) for each in sums])

    @cached_property
    def _weights(self) -> Floats:
        return np.array(self.probabilities) / math.fsum(self.probabilities)

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
        return float(np.dot(self.values, self._weights))

    @property
    def std(self) -> float:
        """Standard deviation."""
        return float(np.sqrt(np.dot((np.array(self.values) - self.mean) ** 2, self._weights)))

    def _quantiles(self, q: Floats) -> Floats:
        values, cumulative = self.steps
        return np.asarray(values[np.searchsorted(cumulative[:-1], q)])

    @property
    def corners(self) -> tuple[float, ...]:
        """The values."""
        return tuple(sorted(self.values))

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        return step_tails(x, *self.steps)

    def _times(self, factor: float) -> Discrete:
        return Discrete([value * factor for value in self.values], self.probabilities)

    def _plus(self, by: float) -> Discrete | None:
        moved = [value + by for value in self.values]
        return Discrete(moved, self.probabilities) if min(moved) >= 0 else None

    def _within(self, low: float, high: float) -> Discrete:
        kept = [
            (value, chance)
            for value, chance in zip(self.values, self.probabilities, strict=True)
            if low <= value <= high and chance > 0
        ]
        total = math.fsum(chance for _, chance in kept)
        return Discrete([value for value, _ in kept], [chance / total for _, chance in kept])

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
    def steps(self) -> tuple[Floats, Floats]:
        """Ascending observations, and the probability of being at or below each."""
        size = len(self.samples)
        return np.sort(np.array(self.samples)), np.arange(1, size + 1) / size

    @property
    def planned(self) -> float:
        """The median: the smallest observation not exceeded by half of them."""
        return float(self.ppf(0.5))

    @property
    def limits(self) -> tuple[float, float]:
        """Least and greatest observation."""
        ascending, _ = self.steps
        return float(ascending[0]), float(ascending[-1])

    @property
    def mean(self) -> float:
        """Mean of the observations."""
        return float(np.mean(self.samples))

    @property
    def std(self) -> float:
        """Standard deviation of the observations, as a population."""
        return float(np.std(self.samples))

    def _quantiles(self, q: Floats) -> Floats:
        values, cumulative = self.steps
        return np.asarray(values[np.searchsorted(cumulative[:-1], q)])

    @property
    def corners(self) -> tuple[float, ...]:
        """The different observations."""
        return tuple(sorted(set(self.samples)))

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        return step_tails(x, *self.steps)

    def _times(self, factor: float) -> Empirical:
        return Empirical([each * factor for each in self.samples])

    def _plus(self, by: float) -> Empirical:
        return Empirical([max(each + by, 0.0) for each in self.samples])

    def _within(self, low: float, high: float) -> Empirical:
        return Empirical([each for each in self.samples if low <= each <= high])

    def __str__(self) -> str:
        return f"empirical({', '.join(map(plain, self.samples))})"


def step_tails(x: Floats, values: Floats, cumulative: Floats) -> tuple[Floats, Floats]:
    """Return the chances of at most `x` and of more, given the chance to be at or below each of ascending values."""
    below = np.concatenate([[0.0], cumulative]).take(np.searchsorted(values, x, side="right"))
    return below, 1 - below
