"""Tables of quantiles that draws are looked up in, with fine tails.

What touches a draw here is limited to + − × ÷, comparisons, integers and table look-up, in a fixed order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from schedrisk._typing import Floats

__all__ = [
    "KNOTS",
    "curved_table",
    "interpolate",
    "interpolate_at",
    "interpolate_curved",
    "interpolate_curved_at",
    "locate",
    "located",
    "tail_knots",
]

# A quantile table has its knots where they are needed: `PER_OCTAVE` in every halving of the distance to an end, for
# `OCTAVES` halvings. Between knots it is linear, and so monotone. The halving is the exponent of a float and the knot
# the top bits of its fraction, so that finding the place takes a shift.
OCTAVES = 31
BITS = 6
PER_OCTAVE = 1 << BITS
KNOTS = OCTAVES * PER_OCTAVE + 1
_SHIFT = np.int64(52 - BITS)
_LOWEST = 2.0 ** -(OCTAVES + 1)
_LOWEST_PLACE = np.int64((1023 - OCTAVES - 1) << BITS)
_FRACTION = np.int64((1 << (52 - BITS)) - 1)
_ONE = np.int64(1023 << 52)

CELLS_AT_ONCE = 8192  # so many that the fixed cost of a call is small, so few that they stay in the fastest cache


def tail_knots() -> Floats:
    """Return the distances from an end of (0, 1) at which tables have knots, shape (KNOTS,)."""
    places = (_LOWEST_PLACE + np.arange(KNOTS)) << _SHIFT
    return places.view(np.float64)


def interpolate(table: Floats, u: Floats, out: Floats) -> None:
    """Look up `u` in a table of both tails.

    Parameters
    ----------
    table : ndarray, shape (2 * KNOTS,)
        Quantiles at the distances `tail_knots` from 0, then from 1.
    u, out : ndarray, shape (n_draws,)
        `u` is overwritten.
    """
    interpolate_at(table, locate(u, out), u, out)


def interpolate_at(table: Floats, place: NDArray[np.int64], u: Floats, out: Floats) -> None:
    """Do what `interpolate` does, at places that `locate` has found; they are overwritten."""
    below = table.take(place)
    place += 1
    np.subtract(table.take(place), below, out=out)
    np.multiply(out, u, out=out)
    np.add(out, below, out=out)


def interpolate_curved(table: Floats, u: Floats, out: Floats) -> None:
    """Look up `u` in a table made by `curved_table`: a parabola between two knots.

    Parameters
    ----------
    table : ndarray, shape (2, 2 * KNOTS)
    u, out : ndarray, shape (n_draws,)
        `u` is overwritten.
    """
    interpolate_curved_at(table, locate(u, out), u, out)


def interpolate_curved_at(table: Floats, place: NDArray[np.int64], u: Floats, out: Floats) -> None:
    """Do what `interpolate_curved` does, at places that `locate` has found; they are overwritten."""
    values, bends = table
    below, bend = values.take(place), bends.take(place)
    place += 1
    # x = below + t (rise + (t - 1) bend)
    np.subtract(u, 1.0, out=out)
    np.multiply(out, bend, out=out)
    np.add(out, values.take(place) - below, out=out)
    np.multiply(out, u, out=out)
    np.add(out, below, out=out)


def curved_table(lower: Callable[[Floats], ArrayLike], upper: Callable[[Floats], ArrayLike]) -> Floats:
    """Return the table of a smooth quantile function, for `interpolate_curved`.

    Parameters
    ----------
    lower, upper : callable
        Return the quantiles at distances from 0 and from 1.

    Returns
    -------
    ndarray, shape (2, 2 * KNOTS)
        Quantiles at the knots, and what the parabola through the middle of each step takes off.
    """
    knots = tail_knots()
    middles = (knots[:-1] + knots[1:]) / 2
    table = np.zeros((2, 2 * KNOTS))
    for tail, quantiles in enumerate((lower, upper)):
        values, bends = table[:, tail * KNOTS : (tail + 1) * KNOTS]
        values[:] = quantiles(knots)
        rise = np.abs(values[1:] - values[:-1])
        # Held to the rise, so that the parabola never turns back within a step.
        bends[:-1] = np.clip(2 * (values[:-1] + values[1:] - 2 * np.asarray(quantiles(middles))), -rise, rise)
    table.flags.writeable = False
    return table


def located(u: Floats, out: Floats) -> Iterator[NDArray[np.int64]]:
    """Yield what `locate` finds for each row of `u`, shape (n_rows, n_draws); short rows are done several at a time."""
    step = max(1, CELLS_AT_ONCE // u.shape[1])
    for first in range(0, u.shape[0], step):
        some = slice(first, first + step)
        yield from locate(u[some], out[some])


def locate(u: Floats, out: Floats) -> NDArray[np.int64]:
    """Return the knots next to `u`, and put into `u` how far it is on the way to the following ones, 0–1.

    Parameters
    ----------
    u, out : ndarray
        Of any shape: many rows at a time cost less than one by one. `out` is overwritten too.
    """
    upper = u > 0.5
    np.subtract(1.0, u, out=out)
    np.minimum(u, out, out=u)  # exact: 1 - u loses nothing for u in (½, 1)
    np.maximum(u, _LOWEST, out=u)
    bits = u.view(np.int64)
    place = bits >> _SHIFT
    place -= _LOWEST_PLACE
    place += upper * np.int64(KNOTS)
    bits &= _FRACTION
    bits <<= np.int64(BITS)
    bits |= _ONE
    np.subtract(u, 1.0, out=u)
    return place
