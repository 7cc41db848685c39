"""How draw numbers become uniform numbers: the sampling design of a simulation.

Everything random takes its numbers here: a stream is named for what it is for, never for where it stands, and a block
of draws fills the numbers of any streams for a range of draw numbers. So blocks, threads and machines cannot change a
bit of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Floats, Words
from schedrisk.sampling.streams import fill_uniforms, stream_key, stream_positions

__all__ = ["Design", "Draws", "Streams"]


@dataclass(frozen=True, eq=False)
class Streams:
    """Some random streams, in rows.

    Attributes
    ----------
    keys : ndarray of uint64, shape (n_streams, 1)
    """

    keys: Words


@dataclass(frozen=True)
class Design:
    """The sampling of a simulation.

    Attributes
    ----------
    entropy : int
        What `rng` stood for.
    n_draws : int
    """

    entropy: int
    n_draws: int

    def streams(self, names: Iterable[tuple[str, ...]]) -> Streams:
        """Return the streams of these names.

        Parameters
        ----------
        names : iterable of tuple of str
            Of each stream the kind of its owner, its role, and the owner's ids: ``("task", "duration", "install")``.
        """
        keys = [stream_key(self.entropy, *name) for name in names]
        return Streams(np.array(keys, dtype=np.uint64)[:, None])

    def block(self, first: int, count: int) -> Draws:
        """Return the draws `first` … `first + count - 1`."""
        return Draws(first, stream_positions(first, count))


@dataclass(frozen=True, eq=False)
class Draws:
    """A range of draw numbers.

    Attributes
    ----------
    first : int
        Number of the first draw.
    positions : ndarray of uint64, shape (n_draws,)
        Where the draws stand on every stream.
    """

    first: int
    positions: Words

    @property
    def count(self) -> int:
        """How many they are."""
        return int(self.positions.size)

    def fill(self, streams: Streams, out: Floats, scratch: Floats, some: slice = slice(None)) -> None:
        """Write uniform numbers in (0, 1), never 0 or 1.

        Parameters
        ----------
        streams : Streams
        out, scratch : ndarray, shape (n_streams, n_draws)
            Receives the numbers; is overwritten.
        some : slice, optional
            Which of the streams; all where not given.
        """
        fill_uniforms(streams.keys[some], self.positions, out, scratch.view(np.uint64))

    def uniforms(self, streams: Streams) -> Floats:
        """Return uniform numbers of each stream, shape (n_streams, n_draws)."""
        out = np.empty((streams.keys.size, self.count))
        self.fill(streams, out, np.empty_like(out))
        return out
