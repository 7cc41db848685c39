"""Counter-based random streams: the number of a draw is hashed, so any draw can be had by itself.

The generator is SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators"): the
stream's key is its seed, and draw *n* is its *n*-th output. It was chosen because it needs nothing but integer
addition, multiplication, shifts and exclusive or, which every processor and compiler agree on.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

import numpy as np

from schedrisk._typing import Floats, Words
from schedrisk._validation import is_whole
from schedrisk.errors import ArgumentError, Problem, shown

__all__ = [
    "FRACTION_BITS",
    "FRACTION_SHIFT",
    "STREAM_VERSION",
    "Rng",
    "derived_seeds",
    "derived_words",
    "entropy_of",
    "fill_uniforms",
    "fill_words",
    "stream_key",
    "stream_keys",
    "stream_positions",
    "words_to_uniforms",
]

STREAM_VERSION = 1
"""Raised whenever the same plan and seed would give other draws than before."""

Rng = int | np.random.SeedSequence | np.random.Generator | None

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_ONE = np.uint64(0x3FF0000000000000)  # the bits of 1.0
_TO_UNIT = 1.0 - 2.0**-53

FRACTION_BITS = 52
"""How many bits of a hash make a uniform number."""

FRACTION_SHIFT = np.uint64(64 - FRACTION_BITS)


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
    return int(stream_keys(entropy, [(kind, role, *ids)])[0, 0])


def stream_keys(entropy: int, names: Iterable[tuple[str, ...]]) -> Words:
    """Return the keys of several streams, shape (n_streams, 1): that of each name as `stream_key` gives it.

    Parameters
    ----------
    entropy : int
    names : iterable of tuple of str
        Of each stream its kind, its role, and the ids of whom it is.
    """
    begun: dict[tuple[str, ...], hashlib.blake2b] = {}
    digests = []
    for name in names:
        purpose = name[:2]
        if purpose not in begun:  # what all streams of one purpose have in common is hashed once
            begun[purpose] = hashlib.blake2b(_measured(str(entropy), *purpose), digest_size=8)
        digest = begun[purpose].copy()
        digest.update(_measured(*name[2:]))
        digests.append(digest.digest())
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)[:, None]


def _measured(*parts: str) -> bytes:
    """Return some texts, each with its length before it."""
    encoded = [unicodedata.normalize("NFC", part).encode() for part in parts]
    return b"".join([len(data).to_bytes(8, "little") + data for data in encoded])


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
    fill_words(keys, positions, word, scratch)
    np.right_shift(word, FRACTION_SHIFT, out=word)
    words_to_uniforms(word, out)


def fill_words(keys: Words, positions: Words, out: Words, scratch: Words) -> None:
    """Fill `out` with hashes of 64 bits; arguments as of `fill_uniforms`."""
    np.add(keys, positions, out=out)
    for shift, factor in ((np.uint64(30), _MIX_1), (np.uint64(27), _MIX_2)):
        np.right_shift(out, shift, out=scratch)
        np.bitwise_xor(out, scratch, out=out)
        np.multiply(out, factor, out=out)
    np.right_shift(out, np.uint64(31), out=scratch)
    np.bitwise_xor(out, scratch, out=out)


def words_to_uniforms(word: Words, out: Floats) -> None:
    """Write (w + ½)·2⁻⁵² of whole numbers w below 2⁵², in place: `out` is the memory of `word`."""
    # The 52 bits become the fraction of a number in [1, 2): exact, and three times as fast as a conversion.
    np.bitwise_or(word, _ONE, out=word)
    np.subtract(word.view(np.float64), _TO_UNIT, out=out)


def derived_words(keys: Words, purpose: int, numbers: Words) -> Words:
    """Return hashes for what is decided once, not in each draw: a scramble, a permutation.

    Parameters
    ----------
    keys : ndarray of uint64, shape (n_streams, 1)
    purpose : int
        What for; tells these words from the draws' and from each other's.
    numbers : ndarray of uint64, shape (n_numbers,)

    Returns
    -------
    ndarray of uint64, shape (n_streams, n_numbers)
    """
    seeds = derived_seeds(keys, purpose)
    out = np.empty((keys.shape[0], numbers.size), dtype=np.uint64)
    fill_words(seeds, (numbers + np.uint64(1)) * _GAMMA, out, np.empty_like(out))
    return out


def derived_seeds(keys: Words, purpose: int) -> Words:
    """Return the seeds of `derived_words`, shape (n_streams, 1)."""
    seeds = np.empty_like(keys)
    # Far beyond any draw's position, so that no draw shares the word.
    fill_words(keys, np.array([2**64 - purpose], dtype=np.uint64) * _GAMMA, seeds, np.empty_like(keys))
    return seeds
