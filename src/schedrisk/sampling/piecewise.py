"""Rows of estimates of any kind: tables with their knots where the quantile function bends or jumps.

What touches a draw here is limited to + − × ÷, comparisons, integers and table look-up, in a fixed order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.estimates import Estimate
from schedrisk.estimates.quadrature import chances_at_corners, quantiles_at

__all__ = ["PiecewiseRows", "PiecewiseTable", "table_of"]

LOWEST = 2.0**-32
"""No draw is looked up further out than this."""
FIRST_PER_OCTAVE = 8
"""Knots in every halving of the distance to an end, before more are set where they are needed."""
ALLOWED, ALLOWED_IN_TAIL = 1e-6, 1e-4
"""Error of a chance, and its share of the distance to the nearer end; a tenth of what is promised."""
MARGIN = 2e-15
"""How far from a jump its sides are read: a chance too small for a draw, and enough for the rounding of a sum."""
TINY = 1e-300
MOST_ROUNDS = 40
MOST_FURTHER = 3
_SHIFT = np.int64(52 - 3)  # the exponent of a float and the three top bits of its fraction
_LOWEST_CELL = np.int64((1023 - 32) << 3)
CELLS = 31 * 8 + 1
MOST_KEPT = 512  # across plans: 20 KB each


@dataclass(frozen=True, eq=False)
class PiecewiseTable:
    """A quantile function in pieces, each a parabola.

    Attributes
    ----------
    knots : ndarray, shape (n,)
        Ascending probabilities that end the pieces, the last one 1.
    starts, slopes : ndarray, shape (n,)
        Where a piece begins, and one over its length.
    values, rises, bends : ndarray, shape (n,)
        With t from 0 to 1 along the piece, x = value + t (rise + (t − 1) bend).
    guide : ndarray of int, shape (2 * CELLS,)
        First piece in each cell: eight to every halving of the distance to an end.
    further : int
        How many pieces further on a draw may be found, in most cells.
    crowded : ndarray of bool, shape (2 * CELLS,)
        The other cells.
    """

    knots: Floats
    starts: Floats
    slopes: Floats
    values: Floats
    rises: Floats
    bends: Floats
    guide: Ints
    further: int
    crowded: Bools

    def find(self, u: Floats) -> Ints:
        """Return the piece of each `u`: how many knots lie below it."""
        distance = np.minimum(u, 1.0 - u)
        cells = (distance.view(np.int64) >> _SHIFT) - _LOWEST_CELL
        cells += (u > 0.5) * np.int64(CELLS)
        place = self.guide.take(cells)
        for _ in range(self.further):
            place += self.knots.take(place, mode="clip") < u
        if self.crowded.any():
            rest = np.flatnonzero(self.crowded.take(cells))
            place[rest] = np.searchsorted(self.knots, u[rest])
        return place

    def look_up(self, u: Floats, out: Floats) -> None:
        """Write the quantiles at `u`, which is overwritten."""
        np.clip(u, LOWEST, 1 - LOWEST, out=u)
        place = self.find(u)
        np.subtract(u, self.starts.take(place), out=u)
        np.multiply(u, self.slopes.take(place), out=u)
        np.subtract(u, 1.0, out=out)
        np.multiply(out, self.bends.take(place), out=out)
        np.add(out, self.rises.take(place), out=out)
        np.multiply(out, u, out=out)
        np.add(out, self.values.take(place), out=out)


class PiecewiseRows:
    """Any estimates, from a table for each."""

    def __init__(self, estimates: Sequence[Estimate], ticks_per_unit: float) -> None:
        self.tables = [table_of(each) for each in estimates]
        self.scale = ticks_per_unit

    def fill(self, rows: slice, u: Floats, out: Floats) -> None:
        """Write the quantiles."""
        for table, u_row, out_row in zip(self.tables[rows], u, out, strict=True):
            table.look_up(u_row, out_row)
        np.multiply(out, self.scale, out=out)
        np.maximum(out, 0.0, out=out)


@lru_cache(maxsize=MOST_KEPT)
def table_of(estimate: Estimate) -> PiecewiseTable:
    """Return the table of an estimate.

    Between two corners of its distribution function a quantile function is smooth, but may be steep at either end.
    Knots are halved in until the parabola through both ends and the middle of each piece, read at its quarters, gives
    a value whose chance is as near to the wanted one as `ALLOWED` says.
    """
    known = chances_at_corners(estimate, corners(estimate))
    cuts = [below if below <= 0.5 else 1 - above for below, above in known]
    pieces = [_piece(estimate, start, end) for start, end in pairwise(_apart(cuts))]
    starts, ends, values, rises, bends = (np.concatenate(each) for each in zip(*pieces, strict=True))
    knots = np.append(starts[1:], 1.0)  # beyond all that is looked up, so that there is always a next one
    table = PiecewiseTable(knots, starts, 1 / (ends - starts), values, rises, bends, *_guide(knots))
    for each in vars(table).values():
        if isinstance(each, np.ndarray):
            each.flags.writeable = False
    return table


def _guide(knots: Floats) -> tuple[Ints, int, Bools]:
    """Return the first piece of each cell, how many further ones most cells have, and which cells have more."""
    bounds = ((_LOWEST_CELL + np.arange(CELLS + 1)) << _SHIFT).view(np.float64)
    # From 0 upwards, and from 1 downwards.
    first = np.searchsorted(knots, np.concatenate([bounds[:-1], 1 - bounds[1:]]))
    last = np.searchsorted(knots, np.concatenate([bounds[1:], 1 - bounds[:-1]]))
    further = min(int((last - first).max()), MOST_FURTHER)
    return first, further, last - first > further


def corners(estimate: Estimate) -> set[float]:
    """Return where the distribution function after clipping jumps or bends."""
    return {*(each for each in estimate.corners if each >= 0), *([0.0] if estimate.limits[0] < 0 else [])}


def _apart(cuts: list[float]) -> list[float]:
    """Return ascending cuts within the range that is drawn from, so far from each other that a draw falls between."""
    kept = [LOWEST]
    for cut in sorted(cuts):
        if kept[-1] + 8 * MARGIN < cut < 1 - LOWEST:
            kept.append(cut)
    return [*kept, 1 - LOWEST]


def _piece(estimate: Estimate, start: float, end: float) -> tuple[Floats, ...]:
    """Return starts, ends, values, rises and bends of the pieces between two cuts."""
    inner = (start + (MARGIN if start > LOWEST else 0), end - (MARGIN if end < 1 - LOWEST else 0))

    def quantiles(u: Floats) -> Floats:
        within = np.clip(u, *inner)
        return np.maximum(quantiles_at(estimate, within, 1 - within), 0.0)

    first = _first_knots(start, end)
    a, b = first[:-1], first[1:]
    left, right = quantiles(a), quantiles(b)
    done: list[tuple[Floats, ...]] = []
    for turn in range(MOST_ROUNDS):
        middle = (a + b) / 2
        half = quantiles(middle)
        rise = right - left
        # Held to the rise, so that the parabola never turns back.
        bend = np.clip(2 * (left + right - 2 * half), -np.abs(rise), np.abs(rise))
        fits = _fits(estimate, a, b, left, rise, bend) if turn < MOST_ROUNDS - 1 else np.ones(a.shape, dtype=bool)
        done.append((a[fits], b[fits], left[fits], rise[fits], bend[fits]))
        off = ~fits
        if not off.any():
            break
        a, b = np.concatenate([a[off], middle[off]]), np.concatenate([middle[off], b[off]])
        left, right = np.concatenate([left[off], half[off]]), np.concatenate([half[off], right[off]])
    joined = [np.concatenate(each) for each in zip(*done, strict=True)]
    order = np.argsort(joined[0])
    return tuple(each[order] for each in joined)


def _first_knots(start: float, end: float) -> Floats:
    """Return knots from one cut to another, denser towards 0 and 1."""
    octaves = np.arange(32 * FIRST_PER_OCTAVE)
    tail = 2.0 ** -(1 + octaves // FIRST_PER_OCTAVE) * (1 - (octaves % FIRST_PER_OCTAVE) / (2 * FIRST_PER_OCTAVE))
    grid = np.unique(np.concatenate([tail, 1 - tail]))
    inside = grid[(grid > start) & (grid < end)]
    knots = np.concatenate([[start], inside, [end]])
    # The knot next to a cut may be a hair from it.
    return knots[np.concatenate([[True], np.diff(knots[:-1]) > MARGIN, [True]])] if knots.size > 2 else knots


def _fits(estimate: Estimate, a: Floats, b: Floats, left: Floats, rise: Floats, bend: Floats) -> Bools:
    """Tell of each piece whether the values of the parabola at its quarters have nearly the wanted chances."""
    fits = np.ones(a.shape, dtype=bool)
    for t in (0.25, 0.75):
        u = a + t * (b - a)
        x = left + t * (rise + (t - 1) * bend)
        allowed = np.minimum(ALLOWED, ALLOWED_IN_TAIL * np.minimum(u, 1 - u))
        slack = 4 * np.finfo(float).eps * np.abs(x)  # of values whose next neighbour is further off than a chance
        # From just below to just above, which differ where the value has a chance of its own.
        fits &= _too_far(estimate, x - slack - TINY, u) <= allowed
        fits &= _too_far(estimate, x + slack, u) >= -allowed
    return fits


def _too_far(estimate: Estimate, x: Floats, u: Floats) -> Floats:
    """Return how much more than wanted is at or below values, from the nearer end."""
    below, above = estimate._tails(x)  # noqa: SLF001  (this table is what they are for)
    return np.where(x < 0, -u, np.where(u <= 0.5, below - u, (1 - u) - above))
