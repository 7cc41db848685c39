"""Uniform numbers ⇄ scores: standard normal ones and those of Student's t, by tables.

What touches a draw here is limited to + − × ÷ √, comparisons, integers and table look-up, in a fixed order.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from schedrisk._typing import Floats
from schedrisk.sampling.tables import curved_table, interpolate, interpolate_curved, tail_knots

__all__ = ["fill_mixing", "fill_probabilities", "fill_scores", "fill_t_probabilities", "prepare_tables"]

# The table of Φ: linear between knots 1/1024 apart, which is within 3e-8 of Φ, and of either tail within 1e-5 of
# itself. It ends before Φ comes too near to 1 to be told from it.
KNOTS_PER_SCORE = 1024
FARTHEST = 8.0

LEAST_PROBABILITY = 2.0**-53


@lru_cache(maxsize=1)
def score_table() -> Floats:
    """Return Φ⁻¹ at the knots of both tails, as `interpolate` takes it."""
    from scipy.special import ndtri

    lower = np.asarray(ndtri(tail_knots()), dtype=float)
    return np.concatenate([lower, -lower])


@lru_cache(maxsize=1)
def probability_table() -> Floats:
    """Return Φ from −`FARTHEST` to `FARTHEST`, and one knot beyond."""
    from scipy.special import ndtr

    knots = np.arange(2 * FARTHEST * KNOTS_PER_SCORE + 2) / KNOTS_PER_SCORE - FARTHEST
    return np.asarray(ndtr(knots), dtype=float)


@lru_cache(maxsize=32)
def mixing_table(degrees_of_freedom: float) -> Floats:
    """Return the quantiles of √(ν / χ²), which falls, as `interpolate_curved` takes them."""
    from scipy.special import gammainccinv, gammaincinv

    half = degrees_of_freedom / 2
    return curved_table(
        lambda distance: np.sqrt(half / gammaincinv(half, distance)),
        lambda distance: np.sqrt(half / gammainccinv(half, distance)),
    )


@lru_cache(maxsize=32)
def t_table(degrees_of_freedom: float) -> Floats:
    """Return the tail of Student's t as a function of d = (1 − |t| / √(ν + t²)) / 2, which is in 0–½.

    It is ½ I(4 d (1 − d); ν/2, ½) with the regularised incomplete beta function (Abramowitz and Stegun 26.7.1): nearly
    a power of d far out and nearly straight in the middle, and so a table with knots in every halving of d holds it.
    """
    from scipy.special import betainc

    half = degrees_of_freedom / 2

    def tail(d: Floats) -> Floats:
        near = 0.5 - 0.5 * betainc(0.5, half, (1 - 2 * d) ** 2)
        return np.where(d > 0.25, near, 0.5 * betainc(half, 0.5, 4 * d * (1 - d)))

    return curved_table(tail, tail)


def prepare_tables(degrees_of_freedom: float | None) -> None:
    """Build what a copula needs, once, and not in the midst of the first block."""
    score_table(), probability_table()
    if degrees_of_freedom is not None:
        mixing_table(degrees_of_freedom), t_table(degrees_of_freedom)


def fill_scores(u: Floats, out: Floats) -> None:
    """Write Φ⁻¹(u), within 3e-5 of |1/Φ⁻¹(u)| and held at ±6.2; `u` is overwritten.

    Parameters
    ----------
    u, out : ndarray of one shape
    """
    interpolate(score_table(), u, out)


def fill_probabilities(z: Floats, out: Floats) -> None:
    """Write Φ(z), within 1e-7, a tail of 1e-9 within a thousandth of itself; never 0 or 1. `z` is overwritten.

    Parameters
    ----------
    z, out : ndarray of one shape
    """
    table = probability_table()
    np.maximum(z, -FARTHEST, out=z)
    np.minimum(z, FARTHEST, out=z)
    np.add(z, FARTHEST, out=z)
    np.multiply(z, float(KNOTS_PER_SCORE), out=z)
    place = z.astype(np.int64)
    np.subtract(z, place, out=z)
    below = table.take(place)
    place += 1
    np.subtract(table.take(place), below, out=out)
    np.multiply(out, z, out=out)
    np.add(out, below, out=out)


def fill_mixing(u: Floats, degrees_of_freedom: float, out: Floats) -> None:
    """Write √(ν / χ²) at the quantile `u` of χ² with ν degrees of freedom; `u` is overwritten.

    Parameters
    ----------
    u, out : ndarray of one shape
    degrees_of_freedom : float
    """
    interpolate_curved(mixing_table(degrees_of_freedom), u, out)


def fill_t_probabilities(t: Floats, degrees_of_freedom: float, out: Floats) -> None:
    """Write the distribution function of Student's t, never 0 or 1; `t` is overwritten.

    Within 1e-6, and each tail down to 1e-9 within a thousandth of itself.

    Parameters
    ----------
    t, out : ndarray of one shape
    degrees_of_freedom : float
        [2–30]
    """
    above = t > 0
    np.abs(t, out=t)
    # d = ν / (2 s (s + |t|)) with s = √(ν + t²): what 1 − |t| / s is, without its cancellation.
    length = t * t
    np.add(length, degrees_of_freedom, out=length)
    np.sqrt(length, out=length)
    np.add(t, length, out=t)
    np.multiply(t, length, out=t)
    np.divide(degrees_of_freedom / 2, t, out=t)
    interpolate_curved(t_table(degrees_of_freedom), t, out)
    np.maximum(out, LEAST_PROBABILITY, out=out)
    np.subtract(1.0, out, out=out, where=above)
