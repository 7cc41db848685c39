"""The metalog distribution: any set of percentiles, with or without bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Self

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from schedrisk._typing import Floats, Ints
from schedrisk._validation import FrozenDict, is_whole, record
from schedrisk.errors import EstimateError, Problem, shown
from schedrisk.estimates.base import Duration, FromBothEnds, finite, order_problems, plain
from schedrisk.estimates.fitting import percentile_name, percentile_of
from schedrisk.estimates.quadrature import clipped_moments, roots

__all__ = ["Metalog"]

MOST_TERMS = 16
HEAVIEST = 0.45
"""Exponent of the upper tail of a distribution with a lower bound only: from ½ on it has no standard deviation."""
NOTHING = 1e-12
"""Coefficients of this size, beside the others, are what rounding left."""
GRID = 2_001
FURTHEST = 700.0
"""Of the logarithm of the odds: beyond it a chance is too small for a float."""


def _percentiles(value: object) -> object:
    """Read a mapping of percentages, as numbers or as texts such as "10" and "p10", to values."""
    if not isinstance(value, Mapping) or not value:
        raise EstimateError([Problem("", shown(value), "percentiles such as {10: 8, 50: 10, 90: 15}")])
    problems, found = [], {}
    for key, each in value.items():
        percent, number = _percent(key), finite(each)
        if percent is None:
            problems.append(Problem(f"{shown(key)}", "an unknown percentage", "a number above 0 and below 100, or p10"))
        elif number is None or number < 0:
            problems.append(Problem(percentile_name(percent), shown(each), "a finite number, 0 or more"))
        elif percent in found:
            problems.append(Problem(percentile_name(percent), "this percentage twice", "each once"))
        else:
            found[percent] = number
    if problems:
        raise EstimateError(problems)
    return FrozenDict(sorted(found.items()))


def _percent(key: object) -> float | None:
    if isinstance(key, str):
        named = percentile_of(key if key[:1] in {"p", "P"} else f"p{key.replace('.', '_')}")
        key = -1.0 if named is None else named
    percent = finite(key)
    return percent if percent is not None and 0 < percent < 100 else None


def _whole(value: object) -> object:
    if isinstance(value, float) and value.is_integer():  # of a text, all of whose numbers are floats
        return int(value)
    return int(value) if is_whole(value) else value


Percentiles = Annotated[dict[float, float], BeforeValidator(_percentiles), AfterValidator(FrozenDict)]
Terms = Annotated[int, Field(strict=True, ge=2, le=MOST_TERMS), BeforeValidator(_whole)]


@record(EstimateError)
class Metalog(FromBothEnds):
    """A metalog distribution, which meets any set of percentiles (Keelin 2016). Planned at its median.

    With y the probability and L = ln(y / (1 − y)) its quantile function is a₁ + a₂ L + a₃ (y − ½) L + a₄ (y − ½) +
    a₅ (y − ½)² + a₆ (y − ½)² L + …, linear in its coefficients. With a lower bound it is that of the logarithm of what
    lies above the bound, with an upper one of what lies below, with both of the logarithm of their quotient.

    Parameters
    ----------
    percentiles : mapping of float to float
        Value by percentage, such as ``{10: 8, 50: 10, 90: 15}``.
    low, high : float, optional
        Bounds; without a lower one, a tail below 0 is clipped at 0.
    terms : int, optional
        How many coefficients; as many as there are percentiles where not given, which are then met exactly. Fewer are
        fitted by least squares.

    Examples
    --------
    >>> estimate = Metalog({10: 8, 50: 10, 90: 15}, low=5)
    >>> [round(estimate.ppf(q), 9) for q in (0.1, 0.5, 0.9)]
    [8.0, 10.0, 15.0]
    >>> print(estimate)
    metalog(p10=8, p50=10, p90=15, low=5)
    """

    percentiles: Percentiles
    low: Duration | None = None
    high: Duration | None = None
    terms: Terms | None = None

    beside_percentiles = ()
    optional_beside = ("low", "high", "terms")

    if TYPE_CHECKING:

        def __init__(
            self,
            percentiles: Mapping[Any, float],
            low: float | None = None,
            high: float | None = None,
            terms: int | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _feasible(self) -> Self:
        problems = self.more_problems(vars(self)) or self._infeasible()
        if problems:
            raise EstimateError(problems)
        return self

    @classmethod
    def from_percentiles(
        cls, /, *, low: float | None = None, high: float | None = None, terms: int | None = None, **percentiles: float
    ) -> Metalog:
        """Make one from percentiles as keywords: ``p10=8, p50=10, p90=15, low=5``.

        Raises
        ------
        EstimateError
            Where no such distribution exists.
        """
        known = {name: each for name, each in percentiles.items() if percentile_of(name) is not None}
        problems = [
            Problem("", f"the unknown key {shown(name)}", "percentiles such as p10, p90 or p2_5, low, high, terms")
            for name in percentiles
            if name not in known
        ]
        try:
            made = cls(known, low, high, terms)
        except EstimateError as refused:
            raise EstimateError([*problems, *refused.problems]) from None
        if problems:
            raise EstimateError(problems)
        return made

    @staticmethod
    def more_problems(arguments: Mapping[str, object]) -> list[Problem]:
        """Return what is wrong with percentiles, bounds and terms taken together, as far as they can be read."""
        low, high, terms = (arguments.get(name) for name in ("low", "high", "terms"))
        problems = order_problems(arguments, "low", "high")
        try:
            percentiles: Any = _percentiles(arguments.get("percentiles"))
        except EstimateError:
            return problems
        listed = list(percentiles.items())
        for (first, before), (second, after) in pairwise(listed):
            if before >= after:
                place = f"{percentile_name(first)}, {percentile_name(second)}"
                found = f"{plain(before)} and {plain(after)}"
                problems.append(Problem(place, found, "values that ascend with their percentages", "swap or mend them"))
        for name, bound, side in (("low", finite(low), 1), ("high", finite(high), -1)):
            percent, value = listed[0 if side > 0 else -1]
            if bound is not None and side * (value - bound) <= 0:
                found = f"{plain(bound)} with {percentile_name(percent)} {plain(value)}"
                problems.append(Problem(name, found, "a bound beyond every percentile", "widen the bound"))
        count = len(listed)
        if count < 2 or (terms is None and count > MOST_TERMS):
            remedy = "state another one" if count < 2 else f"say how many terms= to fit, at most {MOST_TERMS}"
            problems.append(Problem("percentiles", f"{count:,} of them", f"2 to {MOST_TERMS} percentiles", remedy))
        if isinstance(terms, int) and terms > count:
            problems.append(Problem("terms", f"{terms:,}", f"no more than the {count:,} percentiles", "leave it out"))
        return problems

    def _infeasible(self) -> list[Problem]:
        """Return where the density would be negative, or a tail too heavy."""
        wider = "give percentiles that change more evenly, fewer terms=, or bounds low= and high="
        fewer = len(self.percentiles) > 2 and f"fewer terms=, such as {max(2, self._n_terms - 1)}"
        y, slope = self._slopes()
        worst = int(np.argmin(slope))
        if slope[worst] < -NOTHING * self._size or (0 < worst < GRID - 1 and slope[worst] <= 0):
            found = f"a density below 0 at about {100 * y[worst]:.3g} %"
            expected = "percentiles that a metalog distribution can have"
            return [Problem("percentiles", found, expected, wider if fewer else "give percentiles further apart")]
        tail = self._bend(np.array([1.0]))[0] if self.low is not None else self._bend(np.array([0.0]))[0]
        if (self.low is None) != (self.high is None) and self.low is not None and tail > HEAVIEST:
            found = f"an upper tail that falls off like x to the power −{1 / tail:.3g}"
            return [
                Problem(
                    "percentiles",
                    found,
                    "a power below −2.2, or rare draws alone set its spread",
                    "give an upper bound high=",
                )
            ]
        return []

    # ---- the quantile function before the bounds -------------------------------------------------------------------

    @property
    def _n_terms(self) -> int:
        return self.terms or len(self.percentiles)

    @cached_property
    def coefficients(self) -> Floats:
        """Coefficients a₁, a₂ … of the terms, shape (terms,)."""
        y = np.array(list(self.percentiles)) / 100
        wanted = self._unbounded(np.array(list(self.percentiles.values())))
        # About their middle, so that large values lose no digits; the first term is constant.
        middle = float(wanted.mean())
        matrix = np.stack([_term(number, y) for number in range(self._n_terms)], axis=1)
        solved = (
            np.linalg.solve(matrix, wanted - middle)
            if matrix.shape[0] == matrix.shape[1]
            else np.linalg.lstsq(matrix, wanted - middle, rcond=None)[0]
        )
        solved[0] += middle
        return np.asarray(solved)

    @cached_property
    def _size(self) -> float:
        return float(np.abs(self.coefficients[1:]).sum())

    def _unbounded(self, x: Floats) -> Floats:
        """Turn values to what the quantile function is linear for."""
        if self.low is None and self.high is None:
            return x
        with np.errstate(divide="ignore"):
            above = 0.0 if self.low is None else np.log(np.maximum(x - self.low, 0.0))
            below = 0.0 if self.high is None else np.log(np.maximum(self.high - x, 0.0))
            return np.asarray(above - below)

    def _bounded(self, m: Floats) -> Floats:
        low, high = self.low, self.high
        with np.errstate(over="ignore"):
            if low is None:
                return m if high is None else np.asarray(high - np.exp(-m))
            if high is None:
                return np.asarray(low + np.exp(m))
            # From the nearer bound.
            width = high - low
            return np.where(m < 0, low + width / (1 + np.exp(-m)), high - width / (1 + np.exp(m)))

    @cached_property
    def _polynomials(self) -> tuple[list[float], list[float]]:
        """Return the coefficients, by powers of y − ½, of what multiplies L and of the rest."""
        a = self.coefficients.tolist()
        powers = _power(len(a) - 1)[0] + 2
        bends, rest = [0.0] * powers, [0.0] * powers
        for number, each in enumerate(a):
            power, multiplies = _power(number)
            (bends if multiplies else rest)[power] += each
        return bends, rest

    def _bend(self, y: Floats) -> Floats:
        """Return what multiplies L."""
        return np.asarray(np.polynomial.polynomial.polyval(y - 0.5, self._polynomials[0]))

    def _at(self, y: Floats, log_odds: Floats) -> Floats:
        bends, rest = self._polynomials
        value = np.polynomial.polynomial.polyval
        return np.asarray(value(y - 0.5, rest) + value(y - 0.5, bends) * log_odds)

    def _slopes(self) -> tuple[Floats, Floats]:
        """Return places in 0–1, and y (1 − y) times the slope of the quantile function there."""
        value, derived = np.polynomial.polynomial.polyval, np.polynomial.polynomial.polyder
        bends, rest = self._polynomials
        log_odds = np.linspace(-40, 40, GRID)
        y = 1 / (1 + np.exp(-log_odds))
        y, log_odds = np.concatenate([[0.0], y, [1.0]]), np.concatenate([[0.0], log_odds, [0.0]])
        z = y - 0.5
        return y, value(z, bends) + y * (1 - y) * (value(z, derived(bends)) * log_odds + value(z, derived(rest)))

    # ---- the estimate ----------------------------------------------------------------------------------------------

    @property
    def planned(self) -> float:
        """The median."""
        return float(self.ppf(0.5))

    @cached_property
    def limits(self) -> tuple[float, float]:
        """The bounds; without one no end."""
        low, high = (
            float(self._at(np.array([end]), np.array([0.0]))[0])
            if self._bend(np.array([end]))[0] <= NOTHING * self._size
            else math.copysign(math.inf, end - 0.5)
            for end in (0.0, 1.0)
        )
        ends = self._bounded(np.array([low, high]))
        return float(ends[0]), float(ends[1])

    @cached_property
    def _moments(self) -> tuple[float, float]:
        return clipped_moments(self)

    def _both(self, y: Floats, rest: Floats) -> Floats:
        inside = (y > 0) & (rest > 0)
        odds = np.log(np.where(inside, y, 0.5)) - np.log(np.where(inside, rest, 0.5))
        x = self._bounded(self._at(y, odds))
        return np.where(inside, x, np.where(y > 0, self.limits[1], self.limits[0]))

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        wanted = np.ravel(self._unbounded(x))

        def excess(log_odds: Floats, places: Ints) -> Floats:
            return np.asarray(self._at(1 / (1 + np.exp(-log_odds)), log_odds) - wanted[places])

        inside = np.isfinite(wanted)
        end = np.full(wanted.shape, FURTHEST)
        found = roots(excess, np.where(inside, -end, 0.0), np.where(inside, end, 0.0))
        low, high = self.limits
        flat = np.ravel(x)
        found = np.where(flat <= low, -np.inf, np.where(flat >= high, np.inf, found)).reshape(x.shape)
        with np.errstate(over="ignore"):
            return 1 / (1 + np.exp(-found)), 1 / (1 + np.exp(found))

    def _times(self, factor: float) -> Metalog:
        return self._moved(lambda value: value * factor)

    def _plus(self, by: float) -> Metalog | None:
        return self._moved(lambda value: value + by) if self._stays_positive(by) else None

    def _moved(self, move: Any) -> Metalog:
        low, high = (None if each is None else move(each) for each in (self.low, self.high))
        percentiles = {percent: move(value) for percent, value in self.percentiles.items()}
        return Metalog(percentiles, low, high, self.terms)

    def __repr__(self) -> str:
        options = [f"{name}={each}" for name in ("low", "high", "terms") if (each := getattr(self, name)) is not None]
        return f"Metalog({', '.join([str(dict(self.percentiles)), *options])})"

    def __str__(self) -> str:
        parts = [f"{percentile_name(percent)}={plain(value)}" for percent, value in self.percentiles.items()]
        parts += [
            f"{name}={plain(float(each))}"
            for name in ("low", "high", "terms")
            if (each := getattr(self, name)) is not None
        ]
        return f"metalog({', '.join(parts)})"


def _power(number: int) -> tuple[int, bool]:
    """Return the power of y − ½ in a term, counted from 0, and whether it is multiplied by L (Keelin 2016, eq. 6)."""
    if number < 4:
        return ((0, False), (0, True), (1, True), (1, False))[number]
    return number // 2, number % 2 == 1


def _term(number: int, y: Floats) -> Floats:
    power, multiplies = _power(number)
    return (y - 0.5) ** power * (np.log(y / (1 - y)) if multiplies else 1.0)
