"""How draw numbers become uniform numbers: the sampling design of a simulation.

Everything random takes its numbers here: a stream is named for what it is for, never for where it stands, and a block
of draws fills the numbers of any streams for a range of draw numbers. So blocks, threads and machines cannot change a
bit of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from schedrisk._typing import Bools, Floats, Ints, Words
from schedrisk.sampling.latin import Strata
from schedrisk.sampling.sobol import MOST_BITS, Points
from schedrisk.sampling.streams import fill_uniforms, stream_keys, stream_positions

__all__ = ["KINDS", "LEAST_REPLICATES", "Design", "Draws", "Sampling", "StreamName", "Streams", "replicates_for"]

StreamName = tuple[str, ...]

KINDS = ("random", "latin", "sobol")

LEAST_REPLICATES = 8
"""Stratified draws come in at least so many independent replicates, so that their spread can be told."""


@dataclass(frozen=True)
class Sampling:
    """How the draws of a simulation were made; hand it to another `simulate` to make its draws alike.

    Attributes
    ----------
    kind : {"random", "latin", "sobol"}
    replicates : int
        Independent replicates of stratified draws; of random ones, the draws themselves.
    replicate_size : int
        Draws in each replicate: 2ᵐ, or 1 for random draws.
    dimensions : mapping of tuple of str to int
        The Sobol' dimension of each stream that has one, by the stream's name: what it is for and the ids of whom.

    Examples
    --------
    >>> from schedrisk.model import Plan, Task
    >>> from schedrisk.simulation import simulate
    >>> plan = Plan(tasks=[Task("a", "2/3/5"), Task("b", "2/3/9")])
    >>> result = simulate(plan, 1_000, rng=1, sampling="sobol")
    >>> result.sampling
    Sampling(kind='sobol', replicates=16, replicate_size=64)
    >>> result.sampling.dimensions["task", "duration", "b"]
    0
    >>> more = plan.replace(tasks=[*plan.tasks, Task("c", "1/4/40")])
    >>> simulate(more, 1_000, rng=1, sampling=result.sampling).sampling.dimensions["task", "duration", "c"]
    2
    """

    kind: str
    replicates: int
    replicate_size: int
    dimensions: Mapping[StreamName, int] = field(default_factory=dict, repr=False, hash=False)

    @property
    def n_draws(self) -> int:
        """Draws in all."""
        return self.replicates * self.replicate_size

    def __str__(self) -> str:
        if self.kind == "random":
            return "random"
        return f"{self.kind}, {self.replicates:,} replicates of {self.replicate_size:,}"


@dataclass(frozen=True, eq=False)
class Streams:
    """Some random streams, in rows.

    Attributes
    ----------
    keys : ndarray of uint64, shape (n_streams, 1)
    dimensions : ndarray of int, shape (n_streams,)
        Of Sobol' points; −1 for a stream that has none.
    stratified : bool
        Whether they follow the design at all; otherwise they are random.
    """

    keys: Words
    dimensions: Ints
    stratified: bool = True


@dataclass(frozen=True)
class Design:
    """The sampling of a simulation.

    Attributes
    ----------
    entropy : int
        What `rng` stood for.
    n_draws : int
    kind : {"random", "latin", "sobol"}
    bits : int
        m: stratified draws come in independent replicates of 2ᵐ; 0 for random ones, which are all independent.
    dimensions : mapping of tuple of str to int
        Sobol' dimension of each stream that has one, by the stream's name.
    """

    entropy: int
    n_draws: int
    kind: str = "random"
    bits: int = 0
    dimensions: Mapping[StreamName, int] = field(default_factory=dict, hash=False)

    @property
    def replicate_size(self) -> int | None:
        """How many draws make an independent replicate; None where every draw is independent."""
        return None if self.kind == "random" else 1 << self.bits

    @property
    def sampling(self) -> Sampling:
        """The same as a record for people."""
        return Sampling(self.kind, self.n_draws >> self.bits, 1 << self.bits, self.dimensions)

    def streams(self, names: Iterable[StreamName], *, stratified: bool = True) -> Streams:
        """Return the streams of these names.

        Parameters
        ----------
        names : iterable of tuple of str
            Of each stream the kind of its owner, its role, and the owner's ids: ``("task", "duration", "install")``.
        stratified : bool
            Whether they follow the kind of sampling; False for what is numerous and of little weight by itself, such
            as the weather of each day, which is then random.
        """
        listed = list(names)
        dimensions = np.full(len(listed), -1, dtype=np.int64)
        if stratified and self.dimensions:
            dimensions[:] = [self.dimensions.get(name, -1) for name in listed]
        return Streams(stream_keys(self.entropy, listed), dimensions, stratified and self.kind != "random")

    def block(self, first: int, count: int) -> Draws:
        """Return the draws `first` … `first + count - 1`."""
        return Draws(first, stream_positions(first, count), self.kind, self.bits)


@dataclass(frozen=True, eq=False)
class Draws:
    """A range of draw numbers.

    Attributes
    ----------
    first : int
        Number of the first draw.
    positions : ndarray of uint64, shape (n_draws,)
        Where the draws stand on every stream.
    kind : {"random", "latin", "sobol"}
    bits : int
        Of the size of a replicate.
    """

    first: int
    positions: Words
    kind: str = "random"
    bits: int = 0
    _prepared: dict[Streams, Strata | Points] = field(default_factory=dict, repr=False)

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
        words = scratch.view(np.uint64)
        if not streams.stratified:
            fill_uniforms(streams.keys[some], self.positions, out, words)
            return
        if self.kind == "latin":
            strata = self._strata(streams)
            for replicates, inside, draws in self._parts():
                strata.fill(some, replicates, inside, self.positions[draws], out[:, draws], words[:, draws])
            return
        placed = streams.dimensions[some] >= 0
        if not placed.all():
            fill_uniforms(streams.keys[some], self.positions, out, words)
        if placed.any():
            # Prepared are the streams that have a dimension, in their order.
            before = int(np.count_nonzero(streams.dimensions[: some.start] >= 0)) if some.start else 0
            self._fill_points(streams, slice(before, before + int(placed.sum())), placed, out)

    def _fill_points(self, streams: Streams, some: slice, placed: Bools, out: Floats) -> None:
        points = self._points(streams)
        target = out if placed.all() else np.empty((some.stop - some.start, self.count))
        for replicates, inside, draws in self._parts():
            points.fill(some, replicates, inside, target[:, draws])
        if target is not out:
            out[placed] = target

    def uniforms(self, streams: Streams) -> Floats:
        """Return uniform numbers of each stream, shape (n_streams, n_draws)."""
        out = np.empty((streams.keys.size, self.count))
        self.fill(streams, out, np.empty_like(out))
        return out

    @property
    def _replicates(self) -> range:
        """The replicates that these draws belong to."""
        return range(self.first >> self.bits, ((self.first + self.count - 1) >> self.bits) + 1)

    def _strata(self, streams: Streams) -> Strata:
        found = self._prepared.get(streams)
        if not isinstance(found, Strata):
            found = self._prepared[streams] = Strata.of(streams.keys, self.bits, self._replicates)
        return found

    def _points(self, streams: Streams) -> Points:
        found = self._prepared.get(streams)
        if not isinstance(found, Points):
            rows = np.flatnonzero(streams.dimensions >= 0)
            found = Points.of(streams.keys[rows], streams.dimensions[rows], self.bits, self._replicates)
            self._prepared[streams] = found
        return found

    def _parts(self) -> Iterator[tuple[slice, range, slice]]:
        """Yield parts that are the same draws of some replicates.

        Yields
        ------
        slice, range, slice
            Which of the replicates that the draws belong to; the numbers of the draws within each of them; and their
            places among these draws.
        """
        size, base = 1 << self.bits, self.first >> self.bits
        draw, end = self.first, self.first + self.count
        while draw < end:
            replicate, inside = draw >> self.bits, draw & (size - 1)
            whole = (end - draw) >> self.bits if inside == 0 else 0
            length = whole << self.bits if whole else min(size - inside, end - draw)
            within = range(inside, inside + (size if whole else length))
            start = draw - self.first
            yield slice(replicate - base, replicate - base + max(whole, 1)), within, slice(start, start + length)
            draw += length


def replicates_for(n_draws: int, least: int = LEAST_REPLICATES) -> tuple[int, int]:
    """Return m and how many replicates of 2ᵐ draws make at least `n_draws`.

    Examples
    --------
    >>> replicates_for(8_192), replicates_for(10_000)
    ((10, 8), (10, 10))
    """
    bits = min(MOST_BITS, max(0, math.floor(math.log2(max(n_draws, least) / least))))
    return bits, max(least, -(-n_draws // (1 << bits)))
