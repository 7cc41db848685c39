"""Three-point estimates: triangular and PERT."""

from __future__ import annotations

import dataclasses
import math
from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from pydantic import model_validator

from schedrisk._typing import Floats
from schedrisk._validation import record
from schedrisk.errors import EstimateError, Problem
from schedrisk.estimates.base import Duration, FromMoments, Percent, order_problems, plain, stepped
from schedrisk.estimates.bounded import beta_tails
from schedrisk.estimates.fitting import (
    ABSOLUTE,
    ends_problems,
    fields_text,
    fit_limits,
    implied,
    percentile_name,
    split_percentiles,
)

__all__ = ["Pert", "Triangular"]


class _ThreePoint(FromMoments):
    """What the triangular and the PERT distribution share: low, mode, high and where low and high stand."""

    beside_percentiles = ("mode",)

    if TYPE_CHECKING:
        low: float
        mode: float
        high: float
        ends: tuple[float, float]

    def _check(self) -> None:
        if self.ends == ABSOLUTE:
            problems = self.more_problems(vars(self))
        else:
            problems = ends_problems(self.ends, self.low, self.high)
        if problems:
            raise EstimateError(problems)
        _ = self.limits  # fitted now, so that an impossible one is told at once

    @staticmethod
    def more_problems(arguments: Mapping[str, object]) -> list[Problem]:
        """Return what is out of order, where some argument has faults of its own."""
        if arguments.get("ends", ABSOLUTE) is not ABSOLUTE:
            return []
        return order_problems(arguments, "low", "mode", "high")

    @cached_property
    def limits(self) -> tuple[float, float]:
        """Absolute ends: `low` and `high`, or what was fitted so that these stand at the percentages `ends`."""
        if self.ends == ABSOLUTE:
            return self.low, self.high
        return fit_limits(self.low, self.mode, self.high, self.ends, self._unit_quantile)

    @property
    def planned(self) -> float:
        """The mode."""
        return self.mode

    @property
    def plans_mode(self) -> bool:
        """Always."""
        return True

    @property
    def corners(self) -> tuple[float, ...]:
        """The ends and the mode."""
        return tuple(sorted({*self.limits, self.mode}))

    @property
    def position(self) -> float:
        """Where the mode lies between the limits, 0–1."""
        low, high = self.limits
        return min(max((self.mode - low) / (high - low), 0.0), 1.0) if high > low else 0.5

    @abstractmethod
    def _unit_quantile(self, q: float, position: float) -> float:
        """Return a quantile of the shape on (0, 1) with its mode at this position."""

    @abstractmethod
    def _unclipped_moments(self) -> tuple[float, float]:
        """Return mean and standard deviation before clipping."""

    @abstractmethod
    def _unit_excess(self, start: float) -> tuple[float, float]:
        """Return E max(T − start, 0) and E max(T − start, 0)² of the shape T on (0, 1), start below its mode."""

    @cached_property
    def _moments(self) -> tuple[float, float]:
        low, high = self.limits
        if low >= 0:
            return self._unclipped_moments()
        width = high - low
        first, second = self._unit_excess(-low / width)
        return width * first, width * math.sqrt(max(second - first * first, 0.0))

    def _times(self, factor: float) -> Self:
        return self._moved(lambda value: value * factor)

    def _plus(self, by: float) -> Self | None:
        return self._moved(lambda value: value + by) if self._stays_positive(by) else None

    def _moved(self, move: Callable[[float], float]) -> Self:
        made: Any = self
        return dataclasses.replace(made, low=move(self.low), mode=move(self.mode), high=move(self.high))  # type: ignore[no-any-return]

    def _text(self, kind: str, *options: str) -> str:
        if self.ends == ABSOLUTE:
            parts = [plain(self.low), plain(self.mode), plain(self.high)]
        else:
            low, high = (percentile_name(end) for end in self.ends)
            parts = [f"{low}={plain(self.low)}", f"mode={plain(self.mode)}", f"{high}={plain(self.high)}"]
        return f"{kind}({', '.join([*parts, *options])})"


@record(EstimateError)
class Triangular(_ThreePoint):
    """A triangular distribution (Johnson, Kotz and Balakrishnan 1995, §26.9).

    Parameters
    ----------
    low, mode, high : float
        Optimistic, most likely and pessimistic value.
    ends : tuple of float
        The percentages at which `low` and `high` stand; 0 and 100 are absolute ends.

    Examples
    --------
    >>> Triangular(8, 10, 15).mean
    11.0
    >>> [round(end, 3) for end in Triangular.from_percentiles(p10=8, mode=10, p90=15).limits]
    [5.67, 18.208]
    """

    low: Duration
    mode: Duration
    high: Duration
    _: dataclasses.KW_ONLY
    ends: tuple[Percent, Percent] = ABSOLUTE

    @model_validator(mode="after")
    def _valid(self) -> Self:
        self._check()
        return self

    @classmethod
    def from_percentiles(cls, /, *, mode: float, **percentiles: float) -> Triangular:
        """Fit to a mode and any two percentiles, such as ``p10=8, p90=15`` or ``p2_5=…``.

        Raises
        ------
        EstimateError
            Where no such distribution exists.
        """
        ends, (low, high) = split_percentiles(percentiles, mode=mode)
        return cls(low, mode, high, ends=ends)

    def _unclipped_moments(self) -> tuple[float, float]:
        low, high = self.limits
        m = self.position
        return (low + self.mode + high) / 3, (high - low) * math.sqrt((1 - m * (1 - m)) / 18)

    def _unit_excess(self, start: float) -> tuple[float, float]:
        # E max(T − z, 0) = E T − z + ∫F and E max(T − z, 0)² = E (T − z)² − 2 ∫(z − t) F dt, over 0 … z, where F = t²/m.
        m = self.position
        mean = (1 + m) / 3
        first = mean - start + start**3 / (3 * m)
        second = (1 - m * (1 - m)) / 18 + (mean - start) ** 2 - start**4 / (6 * m)
        return first, second

    def _quantiles(self, q: Floats) -> Floats:
        low, high = self.limits
        width, cut = high - low, self.position
        below = low + np.sqrt(q * width * (self.mode - low))
        above = high - np.sqrt((1 - q) * width * (high - self.mode))
        return np.where(q <= cut, below, above)

    def _upper_quantiles(self, distance: Floats) -> Floats:
        low, high = self.limits
        width, cut = high - low, self.position
        below = low + np.sqrt((1 - distance) * width * (self.mode - low))
        above = high - np.sqrt(distance * width * (high - self.mode))
        return np.where(distance >= 1 - cut, below, above)

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        low, high = self.limits
        width = high - low
        if width == 0:
            return stepped(x, low)
        cut = self.position
        rising = np.clip((x - low) / width, 0.0, 1.0) ** 2
        falling = np.clip((high - x) / width, 0.0, 1.0) ** 2
        below = rising / cut if cut > 0 else np.zeros(x.shape)
        above = falling / (1 - cut) if cut < 1 else np.zeros(x.shape)
        lower = x < self.mode
        return np.where(lower, below, 1 - above), np.where(lower, 1 - below, above)

    def _unit_quantile(self, q: float, position: float) -> float:
        return math.sqrt(q * position) if q <= position else 1 - math.sqrt((1 - q) * (1 - position))

    def __repr__(self) -> str:
        return fields_text(self) + implied(self.ends, self.limits)

    def __str__(self) -> str:
        return self._text("triangular")


@record(EstimateError)
class Pert(_ThreePoint):
    """A PERT distribution: a beta between low and high, with the mode pulled by `weight`.

    With m the mode's position between low and high, its shapes are 1 + weight · m and 1 + weight · (1 − m); with
    weight 4 the mean is (low + 4 mode + high) / 6 (Malcolm, Roseboom, Clark and Fazar 1959; Vose 2008).

    Parameters
    ----------
    low, mode, high : float
        Optimistic, most likely and pessimistic value.
    weight : float
        Of the mode.
    ends : tuple of float
        The percentages at which `low` and `high` stand; 0 and 100 are absolute ends.

    Examples
    --------
    >>> Pert(5, 8, 14).mean
    8.5
    """

    low: Duration
    mode: Duration
    high: Duration
    weight: Duration = 4.0
    optional_beside: ClassVar[tuple[str, ...]] = ("weight",)
    _: dataclasses.KW_ONLY
    ends: tuple[Percent, Percent] = ABSOLUTE

    @model_validator(mode="after")
    def _valid(self) -> Self:
        self._check()
        return self

    @classmethod
    def from_percentiles(cls, /, *, mode: float, weight: float = 4, **percentiles: float) -> Pert:
        """Fit to a mode and any two percentiles, such as ``p10=8, p90=15`` or ``p2_5=…``.

        Raises
        ------
        EstimateError
            Where no such distribution exists.
        """
        ends, (low, high) = split_percentiles(percentiles, mode=mode, weight=weight)
        return cls(low, mode, high, weight, ends=ends)

    def _shapes(self, position: float) -> tuple[float, float]:
        return 1 + self.weight * position, 1 + self.weight * (1 - position)

    def _unclipped_moments(self) -> tuple[float, float]:
        low, high = self.limits
        a, b = self._shapes(self.position)
        first = a / (a + b)
        return low + (high - low) * first, (high - low) * math.sqrt(first * (b / (a + b)) / (a + b + 1))

    def _unit_excess(self, start: float) -> tuple[float, float]:
        from scipy.special import betaincc

        # Partial moments of a beta distribution are incomplete beta functions of the next orders.
        a, b = self._shapes(self.position)
        first = a / (a + b)
        second = first * (a + 1) / (a + b + 1)
        rest = [float(betaincc(a + order, b, start)) for order in range(3)]
        return (
            first * rest[1] - start * rest[0],
            second * rest[2] - 2 * start * first * rest[1] + start * start * rest[0],
        )

    def _quantiles(self, q: Floats) -> Floats:
        from scipy.special import betaincinv

        low, high = self.limits
        return np.asarray(low + (high - low) * betaincinv(*self._shapes(self.position), q), dtype=float)

    def _upper_quantiles(self, distance: Floats) -> Floats:
        from scipy.special import betaincinv

        low, high = self.limits
        a, b = self._shapes(self.position)
        return np.asarray(high - (high - low) * betaincinv(b, a, distance), dtype=float)

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        low, high = self.limits
        return beta_tails(x, low, high, self._shapes(self.position))

    def _unit_quantile(self, q: float, position: float) -> float:
        from scipy.special import betaincinv

        return float(betaincinv(*self._shapes(position), q))

    def __repr__(self) -> str:
        return fields_text(self) + implied(self.ends, self.limits)

    def __str__(self) -> str:
        return self._text("pert", *([] if self.weight == 4 else [f"weight={plain(self.weight)}"]))
