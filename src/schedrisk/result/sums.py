"""Sums over draws, by a fixed binary tree of draw numbers.

Floating-point sums depend on their order. Here the order is settled by the numbers of the draws alone: leaves of 256
draws, added half upon half, and pairs of neighbours from there on up to a replicate, or to all draws. So neither the
size of blocks, nor the engine, nor the number of threads changes a bit, and rounding errors stay as small as those of
pairwise summation (Higham 1993, "The accuracy of floating point summation").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from schedrisk._typing import Floats
from schedrisk.engine import Replay
from schedrisk.result.sampling_error import Replicates

__all__ = ["LEAF", "TreeSums", "block_sums", "compiles", "leaf_size", "leaf_sums", "whole_leaves"]

LEAF = 256


def leaf_size(replicates: Replicates) -> int:
    """Return how many draws make a leaf: 256, or a replicate that is smaller."""
    return LEAF if replicates.size is None else min(LEAF, replicates.size)


def compiles(replay: Replay, replicates: Replicates) -> bool:
    """Tell whether sums are made by compiled loops, which know whole leaves only."""
    return replay.engine == "numba" and leaf_size(replicates) == LEAF


def whole_leaves(ranges: Iterable[tuple[int, int]], n_draws: int) -> Iterator[tuple[int, int]]:
    """Join blocks of draws that are smaller than a leaf.

    Examples
    --------
    >>> list(whole_leaves([(0, 128), (128, 128), (256, 44)], 300))
    [(0, 256), (256, 44)]
    """
    begin = 0
    for first, count in ranges:
        end = first + count
        if end % LEAF == 0 or end == n_draws:
            yield begin, end - begin
            begin = end


def leaf_sums(values: Floats, leaf: int) -> Floats:
    """Return the sums of leaves of draws.

    Parameters
    ----------
    values : ndarray, shape (…, n_draws)
        Of a block that begins with a leaf; a last leaf that is not full counts as filled up with zeros.
    leaf : int
        A power of 2.

    Returns
    -------
    ndarray, shape (…, n_leaves)

    Examples
    --------
    >>> leaf_sums(np.arange(6.0), 4)
    array([6., 9.])
    """
    count = values.shape[-1]
    full = count // leaf
    out = np.empty((*values.shape[:-1], -(-count // leaf)))
    out[..., :full] = _folded(values[..., : full * leaf].reshape(*values.shape[:-1], full, leaf))
    if full * leaf < count:
        rest = np.zeros((*values.shape[:-1], leaf))
        rest[..., : count - full * leaf] = values[..., full * leaf :]
        out[..., full] = _folded(rest)
    return out


def _folded(values: Floats) -> Floats:
    """Return sums along the last axis, whose length is a power of 2: its halves are added until one number is left."""
    while values.shape[-1] > 1:
        half = values.shape[-1] // 2
        values = values[..., :half] + values[..., half:]
    return values[..., 0]


def block_sums(leaves: Floats, leaf: int, replicates: Replicates) -> Floats:
    """Return the sums over each replicate that a block holds; over the whole block where it lies within one.

    Parameters
    ----------
    leaves : ndarray, shape (…, n_leaves)
        From `leaf_sums`.
    leaf : int
    replicates : Replicates

    Returns
    -------
    ndarray, shape (n_parts, …)
    """
    size = leaves.shape[-1] if replicates.size is None else min(replicates.size // leaf, leaves.shape[-1])
    parts = leaves.reshape(*leaves.shape[:-1], -1, size)
    while parts.shape[-1] > 1:
        if parts.shape[-1] % 2:
            parts = np.concatenate([parts, np.zeros((*parts.shape[:-1], 1))], axis=-1)
        parts = parts[..., ::2] + parts[..., 1::2]
    return np.ascontiguousarray(np.moveaxis(parts[..., 0], -1, 0))


class TreeSums:
    """Sums over draws that come in blocks, one after the other.

    Parameters
    ----------
    replicates : Replicates
    n_draws : int

    Examples
    --------
    >>> sums = TreeSums(Replicates(), 6)
    >>> for first in (0, 2, 4):
    ...     sums.add(2, np.array([first + 0.5]))
    >>> sums.totals()
    array([7.5])
    """

    def __init__(self, replicates: Replicates, n_draws: int) -> None:
        self._size = n_draws if replicates.size is None else replicates.size
        self._done: list[Floats] = []
        self._open: list[tuple[int, Floats]] = []  # nodes of the tree that wait for their neighbour
        self._filled = 0

    def add(self, count: int, sums: Floats) -> None:
        """Add what `block_sums` found in the next block, of so many draws."""
        if sums.shape[0] > 1 or count == self._size:
            self._done.append(sums)
            return
        node = sums
        size = count
        while self._open and self._open[-1][0] == size:
            node = self._open.pop()[1] + node
            size *= 2
        self._open.append((size, node))
        self._filled += count
        if self._filled == self._size:
            self._close()

    def _close(self) -> None:
        """Add up the nodes that have no neighbour: only the last draws are less than a power of 2."""
        _, node = self._open.pop()
        while self._open:
            node = self._open.pop()[1] + node
        self._done.append(node)
        self._filled = 0

    def totals(self) -> Floats:
        """Return the sums over each replicate, shape (n_replicates, …); over all draws where they are random."""
        return np.concatenate(self._done)
