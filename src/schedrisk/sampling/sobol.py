"""Scrambled Sobol' points: in a replicate of 2ᵐ draws, the numbers of several streams fill their square, cube … evenly.

Sobol' (1967, "On the distribution of points in a cube and the approximate evaluation of integrals") with the direction
numbers of SciPy (Joe and Kuo 2008, "Constructing Sobol' sequences with better two-dimensional projections"). Each
replicate is scrambled anew, so that replicates are independent and every number is uniform: by a random lower
triangular matrix of bits (Matoušek 1998, "On the L2-discrepancy for anchored boxes") and a digital shift, both made
from the stream's key.

A point is the exclusive or of the direction numbers at the bits of its number. Points stand in the plain order of
their numbers: within 2ᵐ points the set is that of the usual Gray-code order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from schedrisk._typing import Floats, Ints, Words
from schedrisk.sampling.streams import FRACTION_BITS, FRACTION_SHIFT, derived_words, words_to_uniforms

__all__ = ["MOST_BITS", "Points", "direction_numbers"]

MOST_BITS = 30
"""Of a replicate's size: SciPy's points have so many bits."""

PURPOSE = 2
WORDS = 64  # kept for each replicate: columns of its matrix first, the shift last


@dataclass(frozen=True, eq=False)
class Points:
    """The points of some streams, in some replicates.

    The exclusive or of a row of `high` and a row of `low` makes the points of one value of the upper bits.

    Attributes
    ----------
    bits : int
        m: a replicate has 2ᵐ draws.
    low, high : ndarray of uint64, shape (n_streams, n_replicates, n_low) and (n_streams, n_replicates, n_high)
        What the lower and the upper bits of a point's number contribute to its number of 52 bits.
    """

    bits: int
    low: Words
    high: Words

    @classmethod
    def of(cls, keys: Words, dimensions: Ints, bits: int, replicates: range) -> Points:
        """Scramble the points of some streams.

        Parameters
        ----------
        keys : ndarray of uint64, shape (n_streams, 1)
        dimensions : ndarray of int, shape (n_streams,)
        bits : int
        replicates : range
        """
        each = np.array([*range(bits), WORDS - 1], dtype=np.uint64)
        numbers = (np.array(replicates, dtype=np.uint64)[:, None] * np.uint64(WORDS) + each).ravel()
        words = derived_words(keys, PURPOSE, numbers).reshape(keys.shape[0], len(replicates), each.size)
        words >>= FRACTION_SHIFT
        directions = np.zeros((*words.shape[:2], bits), dtype=np.uint64)
        digits = direction_numbers(int(dimensions.max(initial=-1)) + 1, bits)[dimensions]
        for place in range(bits):
            # Column of the matrix: nothing above its diagonal, 1 on it, anything below.
            diagonal = np.uint64(1 << (FRACTION_BITS - 1 - place))
            column = (words[:, :, place, None] & (diagonal - np.uint64(1))) | diagonal
            digit = (digits >> np.uint64(MOST_BITS - 1 - place)) & np.uint64(1)
            directions ^= column * digit[:, None, :]
        half = (bits + 1) // 2
        return cls(bits, _spanned(directions[:, :, :half]), _spanned(directions[:, :, half:]) ^ words[:, :, -1:])

    def fill(self, some: slice, replicates: slice, inside: range, out: Floats) -> None:
        """Write the numbers of the same draws of some replicates.

        Parameters
        ----------
        some : slice
            Of the streams.
        replicates : slice
            Of those prepared.
        inside : range
            Numbers of the draws within a replicate.
        out : ndarray, shape (n_streams, n_draws)
        """
        low, size = self.low[some, replicates], self.low.shape[2]
        first, last = inside.start // size, -(-inside.stop // size)
        high = self.high[some, replicates, first:last]
        word = out.view(np.uint64)
        shape = (*high.shape, size)
        if len(inside) == (last - first) * size:
            np.bitwise_xor(high[..., None], low[:, :, None, :], out=word.reshape(shape))
        else:
            whole = (high[..., None] ^ low[:, :, None, :]).reshape(*high.shape[:2], -1)
            start = inside.start - first * size
            word[:] = whole[:, :, start : start + len(inside)].reshape(word.shape)
        words_to_uniforms(word, out)


def _spanned(directions: Words) -> Words:
    """Return the exclusive or of every choice among the last axis, the first being the lowest bit of the choice."""
    n_bits = directions.shape[2]
    table = np.zeros((*directions.shape[:2], 2**n_bits), dtype=np.uint64)
    for bit in range(n_bits):
        table[:, :, 1 << bit : 2 << bit] = table[:, :, : 1 << bit] ^ directions[:, :, bit, None]
    return table


@lru_cache(maxsize=16)
def direction_numbers(n_dimensions: int, bits: int) -> Words:
    """Return the direction numbers of Sobol' points, taken from SciPy's unscrambled ones.

    Parameters
    ----------
    n_dimensions, bits : int

    Returns
    -------
    ndarray of uint64, shape (n_dimensions, bits)
        Of `MOST_BITS` bits; number j has none below bit j + 1 from the top.

    Examples
    --------
    >>> [f"{number:030b}"[:3] for number in direction_numbers(1, 3)[0]]
    ['100', '010', '001']
    """
    from scipy.stats.qmc import Sobol

    found = np.zeros((n_dimensions, bits), dtype=np.uint64)
    if n_dimensions == 0:
        return found
    engine = Sobol(n_dimensions, scramble=False, bits=MOST_BITS)
    before = np.zeros(n_dimensions, dtype=np.uint64)
    for bit in range(bits):
        engine.fast_forward((1 << bit) - engine.num_generated)
        point = (engine.random(1)[0] * 2.0**MOST_BITS).astype(np.uint64)
        # In Gray-code order, point 2ʲ has bits j and j − 1.
        before = point ^ before
        found[:, bit] = before
    return found
