"""Fitting the ends of a three-point estimate, so that stated percentiles are met exactly."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal

import numpy as np

from schedrisk.errors import EstimateError, Problem, shown
from schedrisk.estimates.base import finite, plain

__all__ = ["PERCENTILE_PATTERN", "fit_limits", "percentile_name", "split_percentiles"]

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
    wanted = "a finite number, 0 or more"
    problems = [
        Problem(name, shown(value), wanted)
        for name, value in others.items()
        if (number := finite(value)) is None or number < 0
    ]
    found = {}
    for name, value in percentiles.items():
        match = re.fullmatch(PERCENTILE_PATTERN, name)
        percent = float(match[1].replace("_", ".")) if match else float("nan")
        number = finite(value)
        if not 0 <= percent <= 100:
            problems.append(Problem("", f"the unknown key {shown(name)}", "percentiles such as p10, p90 or p2_5"))
        elif number is None or number < 0:
            problems.append(Problem(name, shown(value), wanted))
        else:
            found[percent] = number
    if len(percentiles) != 2 or (not problems and len(found) != 2):
        given = ", ".join(percentiles) or "none"
        problems.append(Problem("percentiles", given, "two different percentiles", "for example p10= and p90="))
    if problems:
        raise EstimateError(problems)
    (first, low), (second, high) = sorted(found.items())
    return (first, second), (low, high)


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

    # The second term is what rounding leaves where the values are large and close together.
    allowed = TOLERANCE * (high - low) + 8 * math.ulp(high)
    for m in _roots(imbalance):
        q1, q2 = unit_quantile(p1, m), unit_quantile(p2, m)
        width = (high - low) / (q2 - q1) if q2 > q1 else 0.0
        # Measured from the mode, which so lies between the ends whatever the rounding.
        start, end = mode - width * m, mode + width * (1 - m)
        off = max(abs(start + width * q1 - low), abs(start + width * q2 - high))
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
