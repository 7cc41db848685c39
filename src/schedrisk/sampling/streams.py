"""Counter-based random streams: the number of a draw is hashed, so any draw can be had by itself.

The generator is SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators"): the
stream's key is its seed, and draw *n* is its *n*-th output. It was chosen because it needs nothing but integer
addition, multiplication, shifts and exclusive or, which every processor and compiler agree on.
"""

from __future__ import annotations

import hashlib
import unicodedata

import numpy as np

from schedrisk._typing import Floats, Words
from schedrisk._validation import is_whole
from schedrisk.errors import ArgumentError, Problem, shown

__all__ = ["STREAM_VERSION", "Rng", "entropy_of", "fill_uniforms", "stream_key", "stream_positions"]

STREAM_VERSION = 1
"""Raised whenever the same plan and seed would give other draws than before."""

Rng = int | np.random.SeedSequence | np.random.Generator | None

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_ONE = np.uint64(0x3FF0000000000000)  # the bits of 1.0
_TO_UNIT = 1.0 - 2.0**-53


def entropy_of(rng: Rng) -> int:
    """Return the entropy that an `rng` argument stands for.

    Parameters
    ----------
    rng : int, SeedSequence, Generator or None
        A non-negative integer is its own entropy; a `SeedSequence` gives the entropy of its state; a `Generator` is
        advanced, so that each use gives another; None asks the operating system.

    Raises
    ------
    ArgumentError
        For anything else.

    Examples
    --------
    >>> entropy_of(2026)
    2026
    """
    if rng is None:
        return int(np.random.SeedSequence().entropy)  # type: ignore[arg-type]
    if isinstance(rng, np.random.SeedSequence):
        return int.from_bytes(rng.generate_state(4, np.uint32).astype("<u4").tobytes(), "little")
    if isinstance(rng, np.random.Generator):
        return int.from_bytes(rng.bytes(16), "little")
    if is_whole(rng) and int(rng) >= 0:
        return int(rng)
    expected = "a non-negative integer, a SeedSequence, a Generator or None"
    raise ArgumentError([Problem("rng", shown(rng), expected)])


def stream_key(entropy: int, kind: str, role: str, *ids: str) -> int:
    """Return the key of a stream: a hash of what it is for, not of where it stands.

    Parameters
    ----------
    entropy : int
        Of the simulation.
    kind, role : str
        What is drawn: ("task", "duration"), ("risk", "occurrence") …
    *ids : str
        Of the task or risk.

    Returns
    -------
    int
        64 bits of BLAKE2b over the parts, each with its length before it, so that no two lists of parts collide by
        concatenation.
    """
    digest = hashlib.blake2b(digest_size=8)
    for part in (str(entropy), kind, role, *ids):
        data = unicodedata.normalize("NFC", part).encode()
        digest.update(len(data).to_bytes(8, "little") + data)
    return int.from_bytes(digest.digest(), "little")


def stream_positions(first: int, count: int) -> Words:
    """Return the position of draws `first` … `first + count - 1` on every stream, shape (count,)."""
    numbers_ = np.arange(first + 1, first + count + 1, dtype=np.uint64)
    return np.asarray(numbers_ * _GAMMA)  # wraps modulo 2**64, as it should


def fill_uniforms(keys: Words, positions: Words, out: Floats, scratch: Words) -> None:
    """Fill `out` with uniform numbers in (0, 1), never 0 or 1.

    Parameters
    ----------
    keys : ndarray of uint64, shape (n_streams, 1)
    positions : ndarray of uint64, shape (n_draws,)
        From `stream_positions`.
    out : ndarray of float64, shape (n_streams, n_draws)
        Receives u = ((h >> 12) + ½)·2⁻⁵² of each hash h.
    scratch : ndarray of uint64, shape (n_streams, n_draws)
    """
    word = out.view(np.uint64)
    np.add(keys, positions, out=word)
    for shift, factor in ((np.uint64(30), _MIX_1), (np.uint64(27), _MIX_2)):
        np.right_shift(word, shift, out=scratch)
        np.bitwise_xor(word, scratch, out=word)
        np.multiply(word, factor, out=word)
    np.right_shift(word, np.uint64(31), out=scratch)
    np.bitwise_xor(word, scratch, out=word)
    # The top 52 bits become the fraction of a number in [1, 2): exact, and three times as fast as a conversion.
    np.right_shift(word, np.uint64(12), out=word)
    np.bitwise_or(word, _ONE, out=word)
    np.subtract(word.view(np.float64), _TO_UNIT, out=out)
