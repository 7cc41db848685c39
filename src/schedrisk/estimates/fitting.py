"""Fitting the ends of a three-point estimate, so that stated percentiles are met exactly."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

import numpy as np

from schedrisk._validation import as_number
from schedrisk.errors import EstimateError, Problem, shown

__all__ = ["fit_limits", "percentile_name", "split_percentiles"]

UnitQuantile = Callable[[float, float], float]
"""Quantile at a probability, of the shape on (0, 1) with its mode at a position."""

TOLERANCE = 1e-9
_PERCENTILE = re.compile(r"p(\d{1,3}(?:_\d+)?)", re.IGNORECASE)


def percentile_name(percent: float) -> str:
    """Return the keyword of a percentile.

    Examples
    --------
    >>> percentile_name(10.0), percentile_name(2.5)
    ('p10', 'p2_5')
    """
    digits = f"{Decimal(repr(percent)):f}"
    return "p" + (digits.rstrip("0").rstrip(".") if "." in digits else digits).replace(".", "_")


def split_percentiles(percentiles: Mapping[str, object]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Read two percentiles given as keywords.

    Returns
    -------
    tuple
        ``(ends, values)``: the two percentages in ascending order, and the values at them.

    Raises
    ------
    EstimateError
        Where there are not two of them, or one is malformed.
    """
    problems, found = [], {}
    for name, value in percentiles.items():
        match = _PERCENTILE.fullmatch(name)
        percent = float(match[1].replace("_", ".")) if match else float("nan")
        number = as_number(value)
        if not 0 <= percent <= 100:
            problems.append(Problem("", f"the unknown key {shown(name)}", "percentiles such as p10, p90 or p2_5"))
        elif not isinstance(number, float) or not np.isfinite(number):
            problems.append(Problem(name, shown(value), "a finite number"))
        else:
            found[percent] = number
    if not problems and len(found) != 2:
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
    from scipy.optimize import brentq

    if low == mode == high:
        return mode, mode
    p1, p2 = ends[0] / 100, ends[1] / 100

    def imbalance(m: float) -> float:
        return (high - mode) * (unit_quantile(p1, m) - m) - (low - mode) * (unit_quantile(p2, m) - m)

    grid = np.linspace(0.0, 1.0, 65)
    values = [imbalance(m) for m in grid]
    roots = [m for m, value in zip(grid.tolist(), values, strict=True) if value == 0]
    roots += [
        float(brentq(imbalance, a, b, xtol=1e-16, rtol=1e-15))
        for a, b, fa, fb in zip(grid, grid[1:], values, values[1:], strict=False)
        if fa * fb < 0
    ]
    for m in roots:
        q1, q2 = unit_quantile(p1, m), unit_quantile(p2, m)
        if q2 <= q1:
            continue
        width = (high - low) / (q2 - q1)
        start, end = low - width * q1, low + width * (1 - q1)
        off = abs(start + m * width - mode) / max(width, 1e-300)
        if width > 0 and np.isfinite(width) and off <= TOLERANCE:
            return float(start), float(end)
    found = f"{percentile_name(ends[0])}={low:g}, mode={mode:g}, {percentile_name(ends[1])}={high:g}"
    raise EstimateError(
        [Problem("", found, "percentiles that a shape with this mode can have", "move the mode towards their middle")]
    )
