"""The uniform distribution, and the list of all kinds of estimate.

To add one: write a class with the methods of `Estimate`, enter it in `KINDS`, and say in
`schedrisk.sampling.quantiles` how it is sampled.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

import numpy as np
from pydantic import model_validator

from schedrisk._typing import Floats
from schedrisk._validation import record
from schedrisk.errors import EstimateError, Problem
from schedrisk.estimates.base import (
    Duration,
    Estimate,
    Percent,
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
from schedrisk.estimates.steps import Discrete, Empirical, Fixed
from schedrisk.estimates.three_point import Pert, Triangular

__all__ = ["KINDS", "Uniform"]


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
