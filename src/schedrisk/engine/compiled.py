"""Blocks of draws run by the compiled engine: programs made of recorded passes, and their results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.compiled.collecting import collect, collect_masks
from schedrisk.compiled.program import Program
from schedrisk.cpm import critical_masks, driving_masks, project_finish
from schedrisk.engine.blocks import Block
from schedrisk.engine.dates import both_passes, report_actuals, reported
from schedrisk.engine.recording import Recording, fill_inputs
from schedrisk.engine.room import Room
from schedrisk.model import SchedulingOptions
from schedrisk.network import Network
from schedrisk.sampling import DurationSampler

__all__ = ["BlockRun", "DatesRun", "PassesRun"]

# Measured: rows shorter than 256 draws pay too much for each operation, and where the rows of a block are more than a
# few megabytes, longer ones gain nothing.
BLOCK_BYTES = 4 << 20
LEAST_DRAWS, MOST_DRAWS = 256, 4096


@dataclass(frozen=True, eq=False)
class _Run:
    """Something that is run block by block, compiled.

    Attributes
    ----------
    program : Program
    sampler : DurationSampler
    """

    program: Program
    sampler: DurationSampler
    _room: Room = field(default_factory=Room, repr=False, kw_only=True)

    def blocks(self, first: int, count: int, most: int | None = None) -> Iterator[tuple[int, Floats]]:
        """Yield what `blocks` does, of at most so many draws each."""
        return blocks(self.program, self.sampler, first, count, count if most is None else most, self._room)


@dataclass(frozen=True, eq=False)
class BlockRun(_Run):
    """What `run_block` does, compiled.

    Attributes
    ----------
    n_milestones, n_forks : int
        Its outputs are the project finish, so many milestones, and the verdicts of so many decisions.
    critical : ndarray of int, shape (n_tasks,)
        Counter of each task's criticality; −1 for a task that never is.
    overridden : dict of (int, int) to int
        Counter of each overriding date.
    """

    n_milestones: int
    n_forks: int
    critical: Ints
    overridden: dict[tuple[int, int], int]

    @classmethod
    def of(
        cls, network: Network, sampler: DurationSampler, options: SchedulingOptions, *, target: int | None = None,
        since: int | None = None, milestones: Sequence[int] = (),
    ) -> BlockRun:  # fmt: skip
        """Record what a block leaves behind.

        Parameters
        ----------
        network : Network
        sampler : DurationSampler
        options : SchedulingOptions
        target, since : int, optional
            Rows: what counts as critical is what drives the one and not the other; the project finish, and none.
        milestones : sequence of int
            Rows whose finishes are wanted.

        Raises
        ------
        UntraceableError
            When the compiled engine cannot run it.
        """
        recording = Recording(network, sampler.specimen())
        traced, early = recording.network, recording.early
        critical = critical_masks(traced, early, target, options)
        if since is not None:
            critical &= ~driving_masks(traced, early, since)
        _, finishes = reported(early, milestones)
        report_actuals(traced, milestones, None, finishes)
        verdicts = [each[number] for each in (early.reached, early.missed) for number in range(len(traced.forks))]
        numbers = np.full(traced.n_tasks, -1)
        for row in range(traced.n_tasks):
            if critical[row].any():
                known = since is None and row in recording.counters and row not in traced.unsettled
                numbers[row] = recording.counters[row] if known else recording.counted(critical[row])
        outputs = [project_finish(traced, early.finishes), *finishes, *verdicts]
        return cls(
            recording.program(outputs), sampler, len(milestones), len(traced.forks), numbers, recording.overridden
        )  # fmt: skip

    def run(self, first: int, count: int, replicate_size: int | None) -> Block:
        """Simulate draws `first` … `first + count - 1`."""
        values = np.empty((1 + self.n_milestones, count))
        verdicts = np.empty((2 * self.n_forks, count), dtype=bool)
        size = count if replicate_size is None else min(replicate_size, count)
        # One counter more, that nothing is added to: of tasks that never are critical.
        counters = np.zeros((-(-count // size), self.program.n_counters + 1), dtype=np.int64)
        outputs = self.program.outputs
        for start, rows in self.blocks(first, count, size):
            some = slice(start, start + rows.shape[1])
            self.program.run(rows, counters[start // size])
            values[:, some] = rows[outputs[: len(values)]]
            if self.n_forks:
                verdicts[:, some] = rows.view(np.int64)[outputs[len(values) :]]
        critical = counters[:, self.critical]
        overridden = {key: int(counters[:, number].sum()) for key, number in self.overridden.items()}
        return Block(values[0], values[1:], critical, overridden, verdicts.reshape(2, self.n_forks, count))


@dataclass(frozen=True, eq=False)
class DatesRun(_Run):
    """Starts and finishes of some rows, compiled.

    Attributes
    ----------
    n_rows : int
    absent : mapping of int to int
        By place among the rows, the output that says in which draws a row does not exist.
    """

    n_rows: int
    absent: dict[int, int]
    _dates: Room = field(default_factory=Room, repr=False, kw_only=True)

    @classmethod
    def of(cls, network: Network, sampler: DurationSampler, rows: Sequence[int]) -> DatesRun:
        """Record the dates of some rows.

        Raises
        ------
        UntraceableError
            When the compiled engine cannot run it.
        """
        recording = Recording(network, sampler.specimen())
        early = recording.early
        starts, finishes = reported(early, rows)
        report_actuals(recording.network, rows, starts, finishes)
        masks = {
            place: early.absent[row]
            for place, row in enumerate(rows)
            if row in early.absent and row in network.optional
        }
        places = {place: 2 * len(rows) + number for number, place in enumerate(masks)}
        return cls(recording.program([*starts, *finishes, *masks.values()]), sampler, len(rows), places)

    def run(self, first: int, count: int) -> tuple[Floats, Floats, dict[int, Bools]]:
        """Return starts and finishes of some draws, and in which of them rows do not exist.

        The dates lie in room that the next call of the same thread overwrites.
        """
        n_rows, outputs = self.n_rows, self.program.outputs
        starts, finishes = self._dates.take(2, n_rows, count)
        absent = {place: np.empty(count, dtype=bool) for place in self.absent}
        counters = np.zeros(self.program.n_counters, dtype=np.int64)
        for start, rows in self.blocks(first, count):
            some = slice(start, start + rows.shape[1])
            self.program.run(rows, counters)
            collect(rows, outputs[:n_rows], start, starts)
            collect(rows, outputs[n_rows : 2 * n_rows], start, finishes)
            for place, gone in absent.items():
                gone[some] = rows.view(np.int64)[outputs[self.absent[place]]]
        return starts, finishes, absent


@dataclass(frozen=True, eq=False)
class PassesRun(_Run):
    """Durations, total float and criticality of all rows of a network, compiled.

    Attributes
    ----------
    n_slack : int
        Rows of total float.
    would_be : tuple of int
        Rows that decisions give up: the last outputs are what they would have taken.
    """

    n_slack: int
    would_be: tuple[int, ...]

    @classmethod
    def of(
        cls, network: Network, sampler: DurationSampler, options: SchedulingOptions, target: int | None,
        since: int | None, *, late_too: bool,
    ) -> PassesRun:  # fmt: skip
        """Record both passes; the parameters are those of `BlockRun.of`.

        Raises
        ------
        UntraceableError
            When the compiled engine cannot run it.
        """
        recording = Recording(network, sampler.specimen())
        traced, early = recording.network, recording.early
        critical, slack = both_passes(traced, early, target, since, options, late_too=late_too)
        given_up = early.given_up_durations()
        program = recording.program([*early.every_duration, *slack, *critical, *given_up.values()])
        return cls(program, sampler, len(slack), tuple(given_up))

    def run(self, first: int, count: int) -> tuple[Floats, Floats, Bools, dict[int, Floats]]:
        """Return durations, total float and criticality of some draws, and what work given up would have taken."""
        n_tasks, n_slack = self.sampler.n_rows, self.n_slack
        outputs = np.split(self.program.outputs, np.cumsum([n_tasks, n_slack, n_tasks]))
        durations, slack = np.empty((n_tasks, count)), np.empty((n_slack, count))
        given_up = np.empty((len(self.would_be), count))
        critical = np.empty((n_tasks, count), dtype=bool)
        counters = np.zeros(self.program.n_counters, dtype=np.int64)
        for start, rows in self.blocks(first, count):
            self.program.run(rows, counters)
            for out, wanted in zip((durations, slack, given_up), (outputs[0], outputs[1], outputs[3]), strict=True):
                collect(rows, wanted, start, out)
            collect_masks(rows.view(np.int64), outputs[2], start, critical)
        return durations, slack, critical, dict(zip(self.would_be, given_up, strict=True))


def blocks(
    program: Program, sampler: DurationSampler, first: int, count: int, most: int, room: Room
) -> Iterator[tuple[int, Floats]]:  # fmt: skip
    """Yield, for small blocks of some draws, which they are among them and the rows of the program, sampled.

    Parameters
    ----------
    program : Program
    sampler : DurationSampler
    first, count : int
    most : int
        Draws that a block may have at most: a power of two, or all.
    room : Room
    """
    size = block_draws(program.n_rows)
    while size > most:
        size //= 2
    memory = room.take(program.n_rows * min(size, count))
    for start in range(0, count, size):
        n_draws = min(size, count - start)
        rows = memory[: program.n_rows * n_draws].reshape(program.n_rows, n_draws)
        sample = sampler.compiled.sample(first + start, n_draws, rows[: sampler.n_rows])
        fill_inputs(sample, rows, rows.view(np.int64))
        yield start, rows


def block_draws(n_rows: int) -> int:
    """Return how many draws a block has."""
    wanted = BLOCK_BYTES // (8 * max(n_rows, 1))
    return min(MOST_DRAWS, max(LEAST_DRAWS, 1 << (max(wanted, 1).bit_length() - 1)))
