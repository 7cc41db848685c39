"""Finding the shape of a distribution from two of its percentiles."""

from __future__ import annotations

import math
from collections.abc import Callable

from schedrisk.errors import EstimateError, Problem
from schedrisk.estimates.base import plain

__all__ = ["fit_beta", "fit_gamma", "fit_trapezoid", "lognormal_ratio"]

Pair = tuple[float, float]

SHAPES = (math.log(0.1), math.log(1e6))
"""The logarithms of the least and the greatest shape that estimates take."""


def fit_gamma(q: Pair, x: Pair) -> Pair:
    """Return shape and scale of the gamma distribution with two percentiles.

    The ratio of two quantiles does not depend on the scale, and falls as the shape grows.

    Parameters
    ----------
    q, x : tuple of float
        Probabilities within 0–1, and the values at them, above 0; both ascending.

    Raises
    ------
    EstimateError
        Where the shape would lie outside 0.1 … 1,000,000.
    """
    from scipy.special import gammainccinv, gammaincinv

    def quantile(shape: float, at: float) -> float:
        return float(gammaincinv(shape, at) if at <= 0.5 else gammainccinv(shape, 1 - at))

    wanted = math.log(x[1] / x[0])

    def excess(log_shape: float) -> float:
        shape = math.exp(log_shape)
        return math.log(quantile(shape, q[1]) / max(quantile(shape, q[0]), 1e-300)) - wanted

    log_shape = _root(excess, *SHAPES)
    if log_shape is None:
        raise _no_shape(x, "gamma")
    shape = math.exp(log_shape)
    return shape, x[1] / quantile(shape, q[1])


def fit_beta(low: float, high: float, q: Pair, x: Pair) -> Pair:
    """Return the shapes of the beta distribution between two ends with two percentiles.

    With one shape given, the chance to be below the first value falls as the other grows, which sets that; the
    chance to be below the second value then sets the first shape.

    Parameters
    ----------
    low, high : float
    q, x : tuple of float
        Probabilities within 0–1, and the values at them, between low and high; both ascending.

    Raises
    ------
    EstimateError
        Where a shape would lie outside 0.1 … 1,000,000.
    """
    from scipy.special import betainc, betaincinv

    width = high - low
    near, far = ((x[0] - low) / width, (high - x[0]) / width), ((x[1] - low) / width, (high - x[1]) / width)

    def below(alpha: float, beta: float, place: Pair) -> float:
        return float(betainc(alpha, beta, place[0]) if place[0] <= 0.5 else 1 - betainc(beta, alpha, place[1]))

    def other(log_alpha: float) -> float | None:
        alpha = math.exp(log_alpha)
        return _root(lambda log_beta: below(alpha, math.exp(log_beta), near) - q[0], *SHAPES)

    def excess(log_alpha: float) -> float:
        log_beta = other(log_alpha)
        if log_beta is None:
            # Not even the greatest second shape is great enough: the spread would be next to none. Or the least one is
            # not small enough, and all lies at the ends.
            narrow = below(math.exp(log_alpha), math.exp(SHAPES[0]), near) < q[0]
            return 1 - q[1] if narrow else -q[1]
        return below(math.exp(log_alpha), math.exp(log_beta), far) - q[1]

    log_alpha = _root(excess, *SHAPES)
    log_beta = None if log_alpha is None else other(log_alpha)
    if log_alpha is None or log_beta is None:
        raise _no_shape(x, "beta")
    alpha, beta = math.exp(log_alpha), math.exp(log_beta)
    for at, value in zip(q, x, strict=True):
        if abs(low + width * float(betaincinv(alpha, beta, at)) - value) > 1e-9 * width:
            raise _no_shape(x, "beta")
    return alpha, beta


def fit_trapezoid(points: tuple[float, float, float, float], ends: Pair) -> Pair:
    """Return the absolute ends of the trapezoid whose outer values stand at two percentages.

    With rise r, level l and fall f the chance to be below a value that is x short of the rise's top is
    (r − x)² / (r (r + 2l + f)); for a given f that is a quadratic equation for r, and likewise for f.

    Parameters
    ----------
    points : tuple of float
        low, mode_low, mode_high, high
    ends : tuple of float
        Percentages, ascending.

    Raises
    ------
    EstimateError
        Where there is no such trapezoid.
    """
    low, mode_low, mode_high, high = points
    first, last = ends[0] / 100, 1 - ends[1] / 100
    rise, level, fall = mode_low - low, mode_high - mode_low, high - mode_high

    def side(inner: float, share: float, other: float) -> float:
        if share == 0:
            return inner
        half = inner + share * (2 * level + other) / 2
        return (half + math.sqrt(max(half * half - (1 - share) * inner * inner, 0.0))) / (1 - share)

    def excess(of_fall: float) -> float:
        return of_fall - side(fall, last, side(rise, first, of_fall))

    total = high - low
    widest = total
    while excess(widest) < 0 and widest < 1e6 * total:
        widest *= 4
    found = _root(excess, fall, widest) if total > 0 else 0.0
    if found is None:
        told = ", ".join(map(plain, points))
        remedy = "widen the range, or state percentiles nearer to 0 and 100"
        raise EstimateError([Problem("", told, "a trapezoid that has these percentiles", remedy)])
    return mode_low - side(rise, first, found), mode_high + found


def lognormal_ratio(ratio: float) -> float:
    """Return the standard deviation over the mean of the lognormal whose standard deviation is `ratio` times its mode.

    With c that quotient, mode = mean / (1 + c²)^{3/2}, so c (1 + c²)^{3/2} = ratio.
    """
    found = _root(lambda c: c * math.hypot(1.0, c) ** 3 - ratio, 0.0, max(1.0, ratio))
    return 0.0 if found is None else found


def _root(function: Callable[[float], float], low: float, high: float) -> float | None:
    """Return where a function changes its sign, or None where it does not."""
    from scipy.optimize import brentq

    at_low, at_high = function(low), function(high)
    if at_low == 0:
        return low
    if at_high == 0:
        return high
    if not at_low * at_high < 0:
        return None
    return float(brentq(function, low, high, xtol=1e-15, rtol=1e-15, maxiter=500))


def _no_shape(x: Pair, kind: str) -> EstimateError:
    expected = f"values that a {kind} distribution with shapes from 0.1 to 1,000,000 can have"
    return EstimateError(
        [Problem("percentiles", f"{plain(x[0])} and {plain(x[1])}", expected, "move them, or take another kind")]
    )
