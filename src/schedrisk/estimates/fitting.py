"""Percentiles as they are stated, and fitting the ends of a shape so that they are met exactly."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np

from schedrisk.errors import EstimateError, Problem, shown
from schedrisk.estimates.base import finite, order_problems, plain

__all__ = [
    "ABSOLUTE",
    "PERCENTILE_PATTERN",
    "ascending_percentiles",
    "ends_problems",
    "fields_text",
    "fit_limits",
    "implied",
    "percentile_name",
    "percentile_of",
    "split_percentiles",
]

ABSOLUTE = (0.0, 100.0)

UnitQuantile = Callable[[float, float], float]
"""Quantile at a probability, of the shape on (0, 1) with its mode at a position."""

TOLERANCE = 1e-9
PERCENTILE_PATTERN = "^[Pp]([0-9]{1,3}(?:_[0-9]+)?)$"


def percentile_name(percent: float) -> str:
    """Return the keyword of a percentile.

    Examples
    --------
    >>> percentile_name(10.0), percentile_name(2.5)
    ('p10', 'p2_5')
    """
    digits = f"{Decimal(repr(percent)):f}"
    return "p" + (digits.rstrip("0").rstrip(".") if "." in digits else digits).replace(".", "_")


def percentile_of(name: str) -> float | None:
    """Return the percentage that a keyword such as ``p10`` or ``p2_5`` names."""
    match = re.fullmatch(PERCENTILE_PATTERN, name)
    percent = float(match[1].replace("_", ".")) if match else -1.0
    return percent if 0 <= percent <= 100 else None


def split_percentiles(
    percentiles: Mapping[str, object], **others: object
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Read two percentiles given as keywords.

    Parameters
    ----------
    percentiles : mapping of str to float
    **others
        What was given beside them. It is checked too, so that every fault is told at once.

    Returns
    -------
    tuple
        ``(ends, values)``: the two percentages in ascending order, and the values at them.

    Raises
    ------
    EstimateError
        Where there are not two of them, or one is malformed.
    """
    problems, found = _read(percentiles, others)
    if len(percentiles) != 2 or (not problems and len(found) != 2):
        given = ", ".join(percentiles) or "none"
        problems.append(Problem("percentiles", given, "two different percentiles", "for example p10= and p90="))
    if problems:
        raise EstimateError(problems)
    (first, low), (second, high) = sorted(found.items())
    return (first, second), (low, high)


def ascending_percentiles(
    percentiles: Mapping[str, object], *, count: int = 2, above_zero: bool = False, ends: bool = False, **others: object
) -> tuple[list[float], list[float]]:
    """Read the percentiles that a distribution is fitted to, whose values differ.

    Parameters
    ----------
    percentiles : mapping of str to float
    count : int
        How many there must be.
    above_zero : bool
        Whether their values must be above 0.
    ends : bool
        Whether p0 and p100 are percentiles like others: not for what has no end there.
    **others
        What was given beside them, checked too.

    Returns
    -------
    tuple
        Probabilities, 0–1 and ascending, and the values at them.

    Raises
    ------
    EstimateError
        With every fault found.
    """
    problems, found = _read(percentiles, others)
    if len(percentiles) != count or (not problems and len(found) != count):
        wanted = "one percentile" if count == 1 else f"{count} different percentiles"
        problems.append(Problem("percentiles", ", ".join(percentiles) or "none", wanted))
    listed = sorted(found.items())
    for percent, value in listed:
        name = percentile_name(percent)
        if percent in ABSOLUTE and not ends:
            problems.append(Problem(name, "an end", "percentiles above 0 and below 100", "state one within the tails"))
        elif above_zero and value == 0:
            problems.append(Problem(name, "0", "a value above 0"))
    problems += _not_ascending(listed)
    if problems:
        raise EstimateError(problems)
    return [percent / 100 for percent, _ in listed], [value for _, value in listed]


def _not_ascending(listed: list[tuple[float, float]]) -> list[Problem]:
    return [
        Problem(
            f"{percentile_name(first)}, {percentile_name(second)}",
            f"{plain(low)} and {plain(high)}",
            "values that ascend with their percentages",
            "swap or mend them",
        )
        for (first, low), (second, high) in pairwise(listed)
        if low >= high
    ]


def _read(percentiles: Mapping[str, object], others: Mapping[str, object]) -> tuple[list[Problem], dict[float, float]]:
    """Return what is wrong one by one, and the percentiles that can be read."""
    wanted = "a finite number, 0 or more"
    problems = [
        Problem(name, shown(value), wanted)
        for name, value in others.items()
        if (number := finite(value)) is None or number < 0
    ]
    found = {}
    for name, value in percentiles.items():
        percent = percentile_of(name)
        number = finite(value)
        if percent is None:
            problems.append(Problem("", f"the unknown key {shown(name)}", "percentiles such as p10, p90 or p2_5"))
        elif number is None or number < 0:
            problems.append(Problem(name, shown(value), wanted))
        else:
            found[percent] = number
    return problems, found


def ends_problems(ends: tuple[float, float], low: float, high: float) -> list[Problem]:
    """Return what is out of order among two percentages and the values at them."""
    if not ends[0] < ends[1]:
        found = f"({plain(ends[0])}, {plain(ends[1])})"
        return [Problem("ends", found, "two ascending percentages")]
    first, second = (percentile_name(end) for end in ends)
    return order_problems({first: low, second: high}, first, second) if ends != ABSOLUTE else []


def implied(ends: tuple[float, float], limits: tuple[float, float]) -> str:
    """Tell the absolute ends that percentages imply, as a comment, so that what is printed can still be pasted."""
    return "" if ends == ABSOLUTE else f"  # from {limits[0]:.6g} to {limits[1]:.6g}"


def fields_text(estimate: Any) -> str:
    """Return the text of a record with all its fields, as a dataclass has it."""
    fields = (f"{each.name}={getattr(estimate, each.name)!r}" for each in dataclasses.fields(estimate))
    return f"{type(estimate).__name__}({', '.join(fields)})"


def fit_limits(
    low: float, mode: float, high: float, ends: tuple[float, float], unit_quantile: UnitQuantile
) -> tuple[float, float]:
    """Return the absolute ends of the shape with this mode and these two percentiles.

    With the mode at position m of a range R, the p-th percentile is x = mode + R (q(p; m) − m). Two percentiles
    leave one equation for m, (x₂ − mode)(q₁(m) − m) = (x₁ − mode)(q₂(m) − m), and R follows.

    Parameters
    ----------
    low, high : float
        Values at the two percentages `ends`.
    mode : float
    ends : tuple of float
        Percentages, ascending.
    unit_quantile : callable
        Of the shape on (0, 1).

    Raises
    ------
    EstimateError
        Where no such shape exists.
    """
    if low == mode == high:
        return mode, mode
    p1, p2 = ends[0] / 100, ends[1] / 100

    def imbalance(m: float) -> float:
        return (high - mode) * (unit_quantile(p1, m) - m) - (low - mode) * (unit_quantile(p2, m) - m)

    # What rounding leaves where the values are large and close together.
    rounding = math.ulp(high)
    for m in _roots(imbalance):
        q1, q2 = unit_quantile(p1, m), unit_quantile(p2, m)
        width = (high - low) / (q2 - q1) if q2 > q1 else 0.0
        # Measured from the mode, which so lies between the ends whatever the rounding.
        start, end = mode - width * m, mode + width * (1 - m)
        off = max(abs(start + width * q1 - low), abs(start + width * q2 - high))
        allowed = TOLERANCE * (high - low) + 8 * rounding
        if q2 > q1:  # the nearer the percentages, the more of it
            allowed += min(2 * rounding / (q2 - q1), TOLERANCE * width / 2, 1000 * TOLERANCE * (high - low))
        if width > 0 and math.isfinite(start) and math.isfinite(end) and off <= allowed:
            return min(low, mode) if p1 == 0 else start, max(high, mode) if p2 == 1 else end
    first, second = (percentile_name(end) for end in ends)
    found = f"{first}={plain(low)}, mode={plain(mode)}, {second}={plain(high)}"
    raise EstimateError(
        [Problem("", found, "percentiles that a shape with this mode can have", "move the mode towards their middle")]
    )


def _roots(function: Callable[[float], float]) -> list[float]:
    """Return where a function on 0–1 vanishes, and both ends, where rounding can hide a root."""
    from scipy.optimize import brentq

    grid = [0.0, 1.0]
    if not function(0.0) * function(1.0) < 0:
        grid = np.linspace(0.0, 1.0, 65).tolist()
    values = [function(m) for m in grid]
    roots = [m for m, value in zip(grid, values, strict=True) if value == 0]
    for a, b, fa, fb in zip(grid, grid[1:], values, values[1:], strict=False):
        if fa * fb < 0:
            # Not a number in between: with a weight of 1e100 the beta distribution cannot be inverted.
            with suppress(ValueError):
                roots.append(float(brentq(function, a, b, xtol=1e-16, rtol=1e-15, maxiter=1000)))
    return [*roots, 0.0, 1.0]
