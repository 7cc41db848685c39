"""The kinds of estimate that are not three-point ones, and the list of all.

To add one: write a class with the methods of `Estimate`, enter it in `KINDS`, and say in
`schedrisk.sampling.quantiles` how it is sampled.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from pydantic import model_validator

from schedrisk._typing import Floats
from schedrisk._validation import checked_whole, record
from schedrisk.errors import EstimateError, Problem
from schedrisk.estimates.base import (
    Duration,
    Durations,
    Estimate,
    Percent,
    Shares,
    finite,
    is_listed,
    order_problems,
    plain,
    stepped,
)
from schedrisk.estimates.bounded import BetaScaled, Trapezoid
from schedrisk.estimates.derived import Shifted, Truncated
from schedrisk.estimates.fitting import (
    ABSOLUTE,
    ends_problems,
    fields_text,
    implied,
    percentile_name,
    split_percentiles,
)
from schedrisk.estimates.histogram import Histogram
from schedrisk.estimates.metalog import Metalog
from schedrisk.estimates.mixture import Mixture
from schedrisk.estimates.normal import Lognormal, Normal
from schedrisk.estimates.positive import Exponential, Gamma, Weibull
from schedrisk.estimates.scipy_distribution import Scipy
from schedrisk.estimates.three_point import Pert, Triangular

__all__ = ["KINDS", "Discrete", "Empirical", "Fixed", "Uniform"]


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
class Uniform(Estimate):
    """Anything between two ends, equally likely. Planned at its median.

    Parameters
    ----------
    low, high : float
    ends : tuple of float
        The percentages at which `low` and `high` stand; 0 and 100 are absolute ends.

    Examples
    --------
    >>> Uniform(2, 6).planned
    4.0
    >>> Uniform.from_percentiles(p10=8, p90=16)
    Uniform(low=8.0, high=16.0, ends=(10.0, 90.0))  # from 7 to 17
    """

    low: Duration
    high: Duration
    _: dataclasses.KW_ONLY
    ends: tuple[Percent, Percent] = ABSOLUTE

    beside_percentiles = ()

    @model_validator(mode="after")
    def _valid(self) -> Self:
        if problems := [*self.more_problems(vars(self)), *ends_problems(self.ends, self.low, self.high)]:
            raise EstimateError(problems)
        return self

    @staticmethod
    def more_problems(arguments: Mapping[str, object]) -> list[Problem]:
        """Return what is out of order, where some argument has faults of its own."""
        return order_problems(arguments, "low", "high") if arguments.get("ends", ABSOLUTE) == ABSOLUTE else []

    @classmethod
    def from_percentiles(cls, /, **percentiles: float) -> Uniform:
        """Fit to two percentiles, such as ``p10=8, p90=15``.

        Raises
        ------
        EstimateError
            Where there are not two, or they are out of order.
        """
        ends, (low, high) = split_percentiles(percentiles)
        return cls(low, high, ends=ends)

    @property
    def planned(self) -> float:
        """The median."""
        low, high = self.limits
        return max(low + (high - low) / 2, 0.0)

    @cached_property
    def limits(self) -> tuple[float, float]:
        """Absolute ends: `low` and `high`, or those with which these stand at the percentages `ends`."""
        if self.ends == ABSOLUTE:
            return self.low, self.high
        first, last = self.ends
        slope = (self.high - self.low) / (last - first)
        return self.low - first * slope, self.high + (100 - last) * slope

    @property
    def mean(self) -> float:
        """Expected value."""
        low, high = self.limits
        return low + (high - low) / 2 if low >= 0 else high * high / (high - low) / 2

    @property
    def std(self) -> float:
        """Standard deviation."""
        low, high = self.limits
        if low >= 0:
            return (high - low) / 12**0.5
        # Of what lies above 0 with the chance s, and else is 0: the mean is s high / 2 and the mean square s high² / 3.
        share = high / (high - low)
        return high * math.sqrt(share / 3 - share * share / 4)

    def _quantiles(self, q: Floats) -> Floats:
        low, high = self.limits
        return np.asarray(low + q * (high - low))

    def _upper_quantiles(self, distance: Floats) -> Floats:
        low, high = self.limits
        return np.asarray(high - distance * (high - low))

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        low, high = self.limits
        if low == high:
            return stepped(x, low)
        return np.clip((x - low) / (high - low), 0.0, 1.0), np.clip((high - x) / (high - low), 0.0, 1.0)

    def _times(self, factor: float) -> Uniform:
        return Uniform(self.low * factor, self.high * factor, ends=self.ends)

    def _plus(self, by: float) -> Uniform | None:
        return Uniform(self.low + by, self.high + by, ends=self.ends) if self._stays_positive(by) else None

    def _within(self, low: float, high: float) -> Uniform | None:
        start, end = self.limits
        return Uniform(max(start, low), min(end, high)) if max(start, low) >= 0 else None

    def __repr__(self) -> str:
        return fields_text(self) + implied(self.ends, self.limits)

    def __str__(self) -> str:
        if self.ends == ABSOLUTE:
            return f"uniform({plain(self.low)}, {plain(self.high)})"
        first, last = map(percentile_name, self.ends)
        return f"uniform({first}={plain(self.low)}, {last}={plain(self.high)})"


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


KINDS: dict[str, type[Any]] = {
    kind.__name__.lower(): kind
    for kind in (
        Fixed,
        Uniform,
        Triangular,
        Pert,
        Discrete,
        Empirical,
        Normal,
        Lognormal,
        Exponential,
        Gamma,
        Weibull,
        BetaScaled,
        Trapezoid,
        Histogram,
        Metalog,
        Mixture,
        Scipy,
        Shifted,
        Truncated,
    )
}
"""Every kind by the name it has in documents."""
