"""Draws of triangular distributions from random streams: most rows of most plans, and so with a loop of their own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from schedrisk._typing import Bools, Floats, Ints, Words
from schedrisk.compiled import layout
from schedrisk.compiled.instructions import as_float, pick
from schedrisk.compiled.support import kernel

__all__ = ["fill_triangular"]

PIECE = 1024  # numbers of a row drawn at a time

# Of `schedrisk.sampling.streams`.
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_ONE = np.uint64(0x3FF0000000000000)
_TO_UNIT = 1.0 - 2.0**-53


@kernel
def _step(
    drawn: Floats, first: int, state: Any, inner: int, outer: int, whole: bool, scratch: Floats, out: Floats
) -> None:
    """Take a row from roots to quantiles, one from numbers to roots, and one from its stream to numbers.

    They are three rows, so that none waits for another: the processor takes a root, for which it has a single slow
    unit, while it hashes.
    """
    cut, rising, falling = drawn[inner, layout.CUT], drawn[inner, layout.RISING], drawn[inner, layout.FALLING]
    cut_before, below, above = drawn[outer, layout.CUT], drawn[outer, layout.BELOW], drawn[outer, layout.ABOVE]
    offset, least = drawn[outer, layout.OFFSET], drawn[outer, layout.LEAST]
    state += np.uint64(first) * _GAMMA
    for draw in range(out.size):
        u, root = scratch[PIECE + draw], scratch[2 * PIECE + draw]
        # As in `schedrisk.compiled.drawing`: the root of the other side is held at its value at the cut.
        x = pick(u <= cut_before, root - above, below - root) + offset
        x = pick(x > least, x, least)
        out[draw] = pick(whole, np.rint(x), x)
        u = scratch[draw]
        lower = u <= cut
        scratch[2 * PIECE + draw] = math.sqrt(pick(lower, u, 1.0 - u) * pick(lower, rising, falling))
        scratch[PIECE + draw] = u
        state += _GAMMA
        word = (state ^ (state >> np.uint64(30))) * _MIX_1
        word = (word ^ (word >> np.uint64(27))) * _MIX_2
        scratch[draw] = as_float(((word ^ (word >> np.uint64(31))) >> np.uint64(12)) | _ONE) - _TO_UNIT


@kernel
def fill_triangular(first: int, rows: Ints, whole: Bools, keys: Words, parameters: Floats, out: Floats) -> None:
    """Draw rows.

    Parameters
    ----------
    first : int
        Number of the first draw.
    rows : ndarray of int, shape (n_rows,)
        Which rows of the result.
    whole : ndarray of bool, shape (n_rows,)
        Whether each is rounded.
    keys : ndarray of uint64, shape (n_rows,)
        Of their streams.
    parameters : ndarray, shape (n_rows, PARAMETERS)
    out : ndarray, shape (n, n_draws)
        Receives the rows.
    """
    scratch, last = np.zeros(4 * PIECE), rows.size - 1
    for start in range(0, out.shape[1], PIECE):
        end = min(start + PIECE, out.shape[1])
        # The last row is hashed, and rooted, again while those before it are finished: no harm is done.
        for turn in range(rows.size + 2):
            hashed, inner, outer = min(turn, last), min(max(turn - 1, 0), last), max(turn - 2, 0)
            part = scratch[3 * PIECE : 3 * PIECE + end - start]
            if turn >= 2:
                part = out[rows[outer], start:end]
            _step(parameters, first + start, keys[hashed], inner, outer, whole[outer], scratch, part)
