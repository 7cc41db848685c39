"""Blocks of draws: sampling joined with the critical path method.

A block is a pure function of a `Replay` and a range of draw numbers, so that it can be run again at any time, for any
tasks, and gives the same numbers whatever the size of the blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.cpm import forward_pass, late_finishes, trace_critical
from schedrisk.model import Plan
from schedrisk.network import Network, compile_network
from schedrisk.sampling import DurationSampler

__all__ = ["Block", "Passes", "Replay", "binding_masks", "block_ranges", "memory_of", "run_block"]

# Task-draws in a block: 80 MB of finishes. Larger blocks spread a call's fixed cost, smaller ones stay in the cache.
BLOCK_CELLS = 10_000_000
LEAST_DRAWS, MOST_DRAWS = 256, 8192


@dataclass(frozen=True, eq=False)
class Replay:
    """All that decides every draw of a simulation.

    Attributes
    ----------
    plan : Plan
    network : Network
    entropy : int
    n_draws : int
    """

    plan: Plan
    network: Network
    entropy: int
    n_draws: int

    @classmethod
    def of(cls, plan: Plan, entropy: int, n_draws: int) -> Replay:
        """Compile a plan for simulation."""
        return cls(plan, compile_network(plan), entropy, n_draws)

    @cached_property
    def sampler(self) -> DurationSampler:
        """The sampler of all tasks."""
        return self._sampler(None)

    def _sampler(self, rows: Sequence[int] | None) -> DurationSampler:
        return DurationSampler.of(self.plan, self.network.axis.ticks_per_unit, self.entropy, rows)

    def durations(self, rows: Sequence[int]) -> Floats:
        """Return the durations of some tasks in every draw, shape (len(rows), n_draws) [tick]."""
        out = np.empty((len(rows), self.n_draws))
        sampler = self._sampler(rows)
        for first, count in block_ranges(len(rows), self.n_draws):
            sampler.fill(first, out[:, first : first + count])
        return out

    def times(self, rows: Sequence[int]) -> tuple[Floats, Floats]:
        """Return starts and finishes of some tasks in every draw, each of shape (len(rows), n_draws) [tick]."""
        network, places, sampler = self._restricted(rows)
        starts, finishes = np.empty((len(rows), self.n_draws)), np.empty((len(rows), self.n_draws))
        for first, count in block_ranges(2 * network.n_tasks, self.n_draws):
            block, block_starts = np.empty((network.n_tasks, count)), np.empty((network.n_tasks, count))
            sampler.fill(first, block)
            forward_pass(network, block, starts=block_starts)
            starts[:, first : first + count] = block_starts[places]
            finishes[:, first : first + count] = block[places]
        return starts, finishes

    def criticality(self, target: int) -> Ints:
        """Return in how many draws each task drives the task of row `target`, shape (n_tasks,)."""
        network, (place,), sampler = self._restricted([target])
        counts = np.zeros(self.network.n_tasks, dtype=np.int64)
        rows = self.network.ancestors([target])
        for first, count in block_ranges(network.n_tasks, self.n_draws):
            times, binding = np.empty((network.n_tasks, count)), binding_masks(network, count)
            sampler.fill(first, times)
            forward_pass(network, times, binding=binding)
            critical = critical_masks(network, times, binding, place)
            counts[rows] += np.count_nonzero(critical, axis=1)
        return counts

    def passes(self, target: int | None) -> Iterator[Passes]:
        """Run both passes, block by block, over the tasks that lead to a target.

        Parameters
        ----------
        target : int, optional
            Row of a milestone; the project finish, to which every task leads, where not given.
        """
        network, place, sampler, rows = self.network, None, self.sampler, np.arange(self.network.n_tasks)
        if target is not None:
            network, (place,), sampler = self._restricted([target])
            rows = self.network.ancestors([target])
        for first, count in block_ranges(2 * network.n_tasks, self.n_draws):
            durations, binding = np.empty((network.n_tasks, count)), binding_masks(network, count)
            sampler.fill(first, durations)
            times = durations.copy()
            forward_pass(network, times, binding=binding)
            critical = critical_masks(network, times, binding, place)
            latest = latest_allowed(network, times, place)
            late_finishes(network, durations, latest)
            yield Passes(first, rows, durations, np.subtract(latest, times, out=latest), critical)

    def _restricted(self, rows: Sequence[int]) -> tuple[Network, list[int], DurationSampler]:
        """Return the part of the network that decides `rows`, their places in it, and its sampler."""
        needed = self.network.ancestors(rows)
        if needed.size == self.network.n_tasks:
            return self.network, list(rows), self.sampler
        places = np.searchsorted(needed, rows).tolist()
        return self.network.restricted(needed), places, self._sampler(needed.tolist())


@dataclass(frozen=True, eq=False)
class Passes:
    """What both passes find in a block of draws.

    Attributes
    ----------
    first : int
        Number of the first draw.
    rows : ndarray of int, shape (n_rows,)
        The tasks that lead to the target.
    durations, total_float : ndarray, shape (n_rows, n_draws)
        [tick]
    critical : ndarray of bool, shape (n_rows, n_draws)
        Whether the task drives the target.
    """

    first: int
    rows: Ints
    durations: Floats
    total_float: Floats
    critical: Bools


@dataclass(frozen=True, eq=False)
class Block:
    """What a block of draws leaves behind.

    Attributes
    ----------
    finish : ndarray, shape (n_draws,)
        Of the project [tick].
    milestones : ndarray, shape (n_milestones, n_draws)
        Finishes of the rows asked for [tick].
    critical : ndarray of int, shape (n_tasks,)
        In how many draws each task was critical.
    """

    finish: Floats
    milestones: Floats
    critical: Ints


def run_block(replay: Replay, first: int, count: int, milestones: Sequence[int] = ()) -> Block:
    """Simulate draws `first` … `first + count - 1`.

    Parameters
    ----------
    replay : Replay
    first, count : int
    milestones : sequence of int
        Rows whose finishes are wanted.

    Returns
    -------
    Block
    """
    network = replay.network
    times, binding = np.empty((network.n_tasks, count)), binding_masks(network, count)
    replay.sampler.fill(first, times)
    forward_pass(network, times, binding=binding)
    critical = critical_masks(network, times, binding)
    return Block(project_finish(network, times), times[list(milestones)], np.count_nonzero(critical, axis=1))


def project_finish(network: Network, finishes: Floats) -> Floats:
    """Return the latest finish of each draw, shape (n_draws,) [tick]."""
    latest: Floats = finishes[network.ends[0]].copy()
    for row in network.ends[1:]:
        np.maximum(latest, finishes[row], out=latest)
    return latest


def critical_masks(network: Network, finishes: Floats, binding: list[list[Bools]], target: int | None = None) -> Bools:
    """Return which tasks drive a target (the project finish where not given), shape (n_tasks, n_draws)."""
    critical = np.zeros(finishes.shape, dtype=bool)
    if target is None:
        latest = project_finish(network, finishes)
        for row in network.ends:
            np.equal(finishes[row], latest, out=critical[row])
    else:
        critical[target] = True
    trace_critical(network, critical, binding)
    return critical


def latest_allowed(network: Network, finishes: Floats, target: int | None) -> Floats:
    """Return the latest finish that a target allows each task by itself, the start of a backward pass [tick]."""
    if target is None:
        return np.tile(project_finish(network, finishes), (network.n_tasks, 1))
    latest = np.full_like(finishes, np.inf)
    latest[target] = finishes[target]
    return latest


def block_ranges(n_rows: int, n_draws: int) -> Iterator[tuple[int, int]]:
    """Yield the first draw and the number of draws of each block."""
    size = min(MOST_DRAWS, max(LEAST_DRAWS, BLOCK_CELLS // max(n_rows, 1)))
    for first in range(0, n_draws, size):
        yield first, min(size, n_draws - first)


def memory_of(n_tasks: int, n_links: int, n_kept: int, n_draws: int) -> int:
    """Return about how many bytes a simulation holds at its peak.

    Parameters
    ----------
    n_tasks, n_links : int
    n_kept : int
        Finishes kept for every draw: the project's and the promised milestones'.
    n_draws : int
    """
    size = next(block_ranges(n_tasks, n_draws))[1]
    return 8 * n_kept * n_draws * 2 + size * (9 * n_tasks + n_links)


def binding_masks(network: Network, count: int) -> list[list[Bools]]:
    """Return, for each row and each of its links, room for whether the link binds, shape (count,)."""
    masks = np.empty((network.n_links, count), dtype=bool)
    rows: Iterator[Bools] = iter(masks)
    return [[next(rows) for _ in links] for links in network.links_into]
