"""Moments by integration over the quantile function, and distribution functions turned around, to machine accuracy."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import pairwise

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.estimates.base import Estimate

__all__ = ["chances_at_corners", "clipped_moments", "inverse", "quantiles_at", "roots"]

STEP = 1 / 32
FURTHEST = 6.1
"""Of the variable of the double-exponential rule, where the distance from an end comes near the smallest float."""
SMALLEST = 1e-300
AGREEMENT = 1e-12
"""Of the rule with half of its nodes, as a share of the whole; otherwise the range is halved."""
MOST_HALVINGS = 46


@lru_cache(maxsize=1)
def nodes() -> tuple[Floats, Floats, Floats]:
    """Return distances from 0, distances from 1 and weights of the double-exponential rule on (0, 1).

    With p = 1 / (1 + exp(−π sinh t)) an integral over (0, 1) becomes one over all t of a function that falls off faster
    than any exponential, whatever the integrand does at its ends; the trapezoidal rule is then as good as exact
    (Takahasi and Mori 1974).
    """
    t = np.arange(-FURTHEST, FURTHEST + STEP / 2, STEP)
    x = np.pi * np.sinh(t)
    lower, upper = 1 / (1 + np.exp(-x)), 1 / (1 + np.exp(x))
    return lower, upper, STEP * np.pi * np.cosh(t) * lower * upper


def quantiles_at(estimate: Estimate, lower: Floats, upper: Floats) -> Floats:
    """Return quantiles before clipping from the distances to both ends, by the shorter one."""
    low = lower <= 0.5
    out = np.empty(lower.shape)
    out[low] = estimate._quantiles(lower[low])  # noqa: SLF001  (of the same package)
    out[~low] = estimate._upper_quantiles(upper[~low])  # noqa: SLF001
    return out


def chances_at_corners(estimate: Estimate, corners: Iterable[float]) -> list[tuple[float, float]]:
    """Return the distances from 0 and from 1, where the quantile function jumps or bends: ascending, ends left out."""
    x = np.array(sorted(corners))
    if not x.size:
        return []
    both = np.concatenate([np.nextafter(x, -np.inf), x])
    below, above = estimate._tails(both)  # noqa: SLF001
    found = sorted(set(zip(below.tolist(), above.tolist(), strict=True)), key=lambda each: (each[0], -each[1]))
    return [(low, high) for low, high in found if low > 0 and high > 0]


def clipped_moments(estimate: Estimate) -> tuple[float, float]:
    """Return mean and standard deviation after clipping at 0, as integrals of the quantile function.

    Parameters
    ----------
    estimate : Estimate
        Its `corners` part the range of integration.

    Returns
    -------
    tuple
        Mean and standard deviation.
    """
    cuts = [(0.0, 1.0), *chances_at_corners(estimate, {*estimate.corners, 0.0}), (1.0, 0.0)]
    stack = [(*cut, *following, 0) for cut, following in pairwise(cuts)]
    values, shares, size = [], [], 0.0
    while stack:
        start, rest, end, left, depth = stack.pop()
        mass = end - start if end <= 0.5 else rest - left
        if mass <= 0:
            continue
        x, share = _piece(estimate, start, left, mass)
        whole, coarse = float(share @ (x * x)), 2 * float(share[::2] @ (x[::2] * x[::2]))
        size = max(size, whole)
        if abs(whole - coarse) > AGREEMENT * size and depth < MOST_HALVINGS:
            # It bends where its kind does not say so.
            middle = (start + mass / 2, left + mass / 2)
            stack += [(start, rest, *middle, depth + 1), (*middle, end, left, depth + 1)]
            continue
        values.append(x)
        shares.append(share)
    x, share = np.concatenate(values), np.concatenate(shares)
    mean = math.fsum((share * x).tolist())
    return mean, math.sqrt(math.fsum((share * (x - mean) ** 2).tolist()))


def _piece(estimate: Estimate, start: float, left: float, mass: float) -> tuple[Floats, Floats]:
    """Return values and their shares in a part of the range, that begins so far from 0 and ends so far from 1."""
    lower, upper, weights = nodes()
    from_zero, from_one = start + mass * lower, left + mass * upper
    x = quantiles_at(estimate, np.maximum(from_zero, SMALLEST), np.maximum(from_one, SMALLEST))
    # So far out that a kind may have no number for it; the weight is too small to matter.
    return np.where(np.isfinite(x), np.maximum(x, 0.0), 0.0), mass * weights


def roots(function: Callable[[Floats, Ints], Floats], low: Floats, high: Floats) -> Floats:
    """Return where a function that ascends vanishes, between each of many pairs of bounds; or the nearer bound.

    Bisection, and inverse quadratic interpolation where that is sure to converge faster (Chandrupatla 1997, "A new
    hybrid quadratic/bisection algorithm").

    Parameters
    ----------
    function : callable
        Of the arguments and of the places in the arrays that they belong to, ``function(x, places)``.
    low, high : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
    """
    out = np.where(low == high, low, (low + high) / 2)
    places = np.flatnonzero(low < high)
    a, b = high[places], low[places]
    fa, fb = function(a, places), function(b, places)
    out[places] = np.where(fb >= 0, b, np.where(fa <= 0, a, out[places]))
    crosses = (fa > 0) & (fb < 0)
    a, b, fa, fb = (each[crosses] for each in (a, b, fa, fb))
    places = places[crosses]
    c, fc = b.copy(), fb.copy()
    share = np.full(a.shape, 0.5)
    for _ in range(200):
        if not places.size:
            break
        x = a + share * (b - a)
        fx = function(x, places)
        same = np.sign(fx) == np.sign(fa)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = x, fx
        nearer = np.abs(fa) < np.abs(fb)
        out[places] = np.where(nearer, a, b)
        width = np.abs(b - a)
        tolerance = 2 * np.finfo(float).eps * np.abs(out[places]) + 1e-300
        going = (width > tolerance) & (fa != 0)
        a, b, c, fa, fb, fc = (each[going] for each in (a, b, c, fa, fb, fc))
        places = places[going]
        share = _next_share(a, b, c, fa, fb, fc, tolerance[going] / 2)
    return out


def _next_share(a: Floats, b: Floats, c: Floats, fa: Floats, fb: Floats, fc: Floats, tolerance: Floats) -> Floats:
    """Return where between `a` and `b` to look next."""
    with np.errstate(all="ignore"):  # where it is not sure to converge, the quotients may be anything
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        sure = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
        share = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        share = np.where(sure & np.isfinite(share), share, 0.5)
        least = np.minimum(tolerance / np.abs(b - a), 0.5)
    return np.clip(share, least, 1 - least)


def inverse(
    tails: Callable[[Floats], tuple[Floats, Floats]], distance: Floats, low: Floats, high: Floats, *, upper: bool
) -> Floats:
    """Return quantiles, given the tails of a distribution function and bounds within which each quantile lies.

    Parameters
    ----------
    tails : callable
        Return the chances of at most x, and of more.
    distance : ndarray, shape (n,)
        From 0, or with `upper` from 1.
    low, high : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
    """
    wanted = np.log(np.maximum(distance, SMALLEST))

    def excess(x: Floats, places: Ints) -> Floats:
        chance = np.log(np.maximum(tails(x)[1 if upper else 0], SMALLEST))
        return wanted[places] - chance if upper else chance - wanted[places]

    return roots(excess, low, high)
