"""Latin hypercube sampling: in a replicate of 2ᵐ draws, every stream has one number in each of 2ᵐ strata.

McKay, Beckman and Conover (1979, "A comparison of three methods for selecting values of input variables"). The strata
of a stream are dealt to the draws by a permutation of the draw's number within its replicate, made from the stream's
key: so any draw can be had by itself, and no stream's strata depend on which other streams there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Floats, Words
from schedrisk.sampling.streams import FRACTION_BITS, FRACTION_SHIFT, derived_words, fill_words, words_to_uniforms

__all__ = ["Strata", "permuted"]

# Rounds of mixing: with four the ranks of two streams are as little related as those of random permutations.
ROUNDS = 4
PURPOSE = 1


@dataclass(frozen=True, eq=False)
class Strata:
    """How the strata of some streams are dealt, in some replicates.

    Attributes
    ----------
    keys : ndarray of uint64, shape (n_streams, 1)
    bits : int
        m: a replicate has 2ᵐ draws.
    factors, shifts : ndarray of uint32, shape (n_streams, n_replicates, ROUNDS)
        Of the permutation of each stream in each replicate; factors are odd.
    """

    keys: Words
    bits: int
    factors: Words
    shifts: Words

    @classmethod
    def of(cls, keys: Words, bits: int, replicates: range) -> Strata:
        """Derive the permutations of some streams."""
        numbers = np.arange(replicates.start * ROUNDS, replicates.stop * ROUNDS, dtype=np.uint64)
        words = derived_words(keys, PURPOSE, numbers).reshape(keys.shape[0], len(replicates), ROUNDS)
        factors = (words >> np.uint64(32)).astype(np.uint32) | np.uint32(1)
        return cls(keys, bits, factors, words.astype(np.uint32))

    def fill(
        self, some: slice, replicates: slice, inside: range, positions: Words, out: Floats, scratch: Words
    ) -> None:  # fmt: skip
        """Write the numbers of the same draws of some replicates.

        Parameters
        ----------
        some : slice
            Of the streams.
        replicates : slice
            Of those prepared.
        inside : range
            Numbers of the draws within a replicate.
        positions : ndarray of uint64, shape (n_draws,)
            Where the draws of all these replicates stand on every stream.
        out : ndarray, shape (n_streams, n_draws)
            Receives u: its first m bits are the stratum, those behind them the hash of the draw, as with random
            sampling.
        scratch : ndarray of uint64, shape (n_streams, n_draws)
        """
        word = out.view(np.uint64)
        fill_words(self.keys[some], positions, word, scratch)
        np.right_shift(word, FRACTION_SHIFT + np.uint64(self.bits), out=word)
        if self.bits:
            strata = permuted(self.factors[some, replicates], self.shifts[some, replicates], self.bits, inside)
            np.left_shift(strata.reshape(out.shape), np.uint64(FRACTION_BITS - self.bits), out=scratch)
            np.bitwise_or(word, scratch, out=word)
        words_to_uniforms(word, out)


def permuted(factors: Words, shifts: Words, bits: int, inside: range) -> Words:
    """Return where permutations of 0 … 2ᵐ − 1 take some of these numbers.

    Each round multiplies by an odd number, adds, and folds the upper half of the bits onto the lower: all of them can
    be undone, so that no two numbers meet.

    Parameters
    ----------
    factors, shifts : ndarray of uint32, shape (n_streams, n_replicates, ROUNDS)
    bits : int
        m
    inside : range

    Returns
    -------
    ndarray of uint16 or uint32, shape (n_streams, n_replicates, len(inside))
    """
    # Twice as many numbers of 16 bits go through the processor at once, and their low bits are the same.
    kind = np.uint16 if bits <= 16 else np.uint32
    factors, shifts = factors.astype(kind), shifts.astype(kind)
    x = np.empty((*factors.shape[:2], len(inside)), dtype=kind)
    x[:] = np.arange(inside.start, inside.stop, dtype=kind)
    folded, mask, half = np.empty_like(x), kind(2**bits - 1), kind((bits + 1) // 2)
    for number in range(ROUNDS):
        np.multiply(x, factors[:, :, number, None], out=x)
        np.add(x, shifts[:, :, number, None], out=x)
        np.bitwise_and(x, mask, out=x)
        np.right_shift(x, half, out=folded)
        np.bitwise_xor(x, folded, out=x)
    return x
