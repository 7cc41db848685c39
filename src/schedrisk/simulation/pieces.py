"""The pieces of a simulation: ranges of draws, worked on anywhere and in any order, placed where they belong.

Draws are placed by their numbers and counts are integers, so that nothing depends on who worked on which piece, or when
it arrived.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.compiled.support import numba_available
from schedrisk.engine import Replay, run_block
from schedrisk.errors import ExecutorError
from schedrisk.parallel import Abandoned, calls, in_order, workers_of
from schedrisk.result import SimulationResult
from schedrisk.result.constraints import imposed_dates
from schedrisk.result.sampling_error import Replicates
from schedrisk.sampling import STREAM_VERSION

__all__ = ["Piece", "Study", "pieces_of"]

# What a task takes in a draw, roughly: to tell how long pieces last [s].
SECONDS_PER_TASK_DRAW = {"numpy": 20e-9, "numba": 2e-9}

# For an executor: how long a piece should last at least and at most [s], and how many each worker gets in between. Short
# ones cost more to hand out than to do; long ones leave workers idle at the end, and much to repeat when one dies.
SHORTEST, LONGEST = 0.5, 10.0
PIECES_PER_WORKER = 4
MOST_DRAWS = 1 << 22  # of a piece: some 30 MB to send back


@dataclass(frozen=True, eq=False)
class Piece:
    """What a range of draws leaves behind.

    Attributes
    ----------
    first : int
        Number of the first draw.
    replicates : Replicates
        How draws group.
    finish : ndarray, shape (n_draws,)
        Of the project [tick].
    milestones : ndarray, shape (n_milestones, n_draws)
        Finishes of the rows asked for [tick].
    critical : ndarray of int, shape (n_replicates, n_tasks)
        In how many of these draws of each replicate that they belong to each task was critical.
    verdicts : ndarray of bool, shape (2, n_decisions, n_draws)
        Whether the milestone of each decision was reached in time, and whether it was missed.
    overridden : dict of (int, int) to ndarray of int, shape (n_replicates,)
        In how many draws each overriding date, as (row, number of the constraint), was earlier than logic.
    """

    first: int
    replicates: Replicates
    finish: Floats
    milestones: Floats
    critical: Ints
    verdicts: Bools
    overridden: dict[tuple[int, int], Ints] = field(default_factory=dict)

    @property
    def n_draws(self) -> int:
        """How many draws they are."""
        return int(self.finish.size)

    @property
    def places(self) -> slice:
        """The replicates that the draws belong to."""
        return self.replicates.places(self.first, self.n_draws)

    @classmethod
    def of(cls, result: SimulationResult) -> Piece:
        """Return the draws of a result."""
        finishes = [*result.milestone_ticks.values()]
        return cls(
            0, result.replicates, result.finish_ticks, np.array(finishes).reshape(len(finishes), result.n_draws),
            result.replicate_counts, result.verdicts, dict(result.override_counts),
        )  # fmt: skip

    def place(self, part: Piece) -> None:
        """Put the draws of a part of these where they belong, and add its counts."""
        here = slice(part.first - self.first, part.first - self.first + part.n_draws)
        self.finish[here] = part.finish
        self.milestones[:, here] = part.milestones
        self.verdicts[:, :, here] = part.verdicts
        before = self.places.start
        there = slice(part.places.start - before, part.places.stop - before)
        self.critical[there] += part.critical
        for key, counts in part.overridden.items():
            self.overridden.setdefault(key, np.zeros(self.critical.shape[0], dtype=np.int64))[there] += counts


@dataclass(frozen=True, eq=False)
class Study:
    """What all pieces of a simulation have in common; it goes to every worker, once.

    Attributes
    ----------
    replay : Replay
    milestones : tuple of int
        Rows whose finishes are kept.
    stream_version : int
        Of the random streams where the study was made.
    """

    replay: Replay
    milestones: tuple[int, ...]
    stream_version: int = STREAM_VERSION

    @cached_property
    def replicates(self) -> Replicates:
        """How draws group."""
        return Replicates(self.replay.design.replicate_size)

    def prepared(self) -> Study:
        """Return the study with all tables made, so that no worker makes its own.

        Tables rest on functions that are not the same to the last bit on every machine; draws are, given the tables.
        """
        _ = self.replay.sampler, self.replay.weather
        return self

    def recorded(self) -> Study:
        """Return the study with all made that the compiled engine runs, for threads to share."""
        if self.replay.block_run(self.milestones) is not None:
            _ = self.replay.sampler.compiled
        return self

    @cached_property
    def here(self) -> Study:
        """The study as this machine can run it: by NumPy, to the same bits, where numba is not installed."""
        if self.replay.engine != "numba" or numba_available():
            return self
        return replace(self, replay=self.replay.with_engine("numpy"))

    def blocks(self, first: int, stop: int, n_jobs: int = 1) -> Iterator[tuple[int, int]]:
        """Yield the first draw and the number of draws of each block of a range that begins with one."""
        size, network = self.replicates.size, self.replay.network
        cut = size is not None and bool(imposed_dates(self.replay.plan))
        for begin, count in self.replay.ranges(network, network.n_tasks, first, stop, n_jobs):
            # How often a date overrode logic is counted for a block as a whole, which is of one replicate then.
            step = min(size, count) if cut and size is not None else count
            for each in range(begin, begin + count, step):
                yield each, min(step, begin + count - each)

    def empty(self, first: int, n_draws: int) -> Piece:
        """Return a piece with room for a range of draws."""
        places = self.replicates.places(first, n_draws)
        return Piece(
            first,
            self.replicates,
            np.empty(n_draws),
            np.empty((len(self.milestones), n_draws)),
            np.zeros((places.stop - places.start, self.replay.network.n_tasks), dtype=np.int64),
            np.empty((2, len(self.replay.plan.decisions), n_draws), dtype=bool),
        )

    def block(self, drawn: tuple[int, int]) -> Piece:
        """Run a block of draws, given its first draw and their number."""
        first, count = drawn
        block = run_block(self.replay, first, count, self.milestones)
        overridden = {key: np.array([n]) for key, n in block.overridden.items()}
        return Piece(first, self.replicates, block.finish, block.milestones, block.critical, block.verdicts, overridden)

    def piece(self, drawn: tuple[int, int], abandoned: Abandoned) -> Piece:
        """Run a range of draws, block by block, until it is done or nobody wants it any more."""
        first, n_draws = drawn
        whole = self.empty(first, n_draws)
        for block in self.blocks(first, first + n_draws):
            if abandoned():
                break
            whole.place(self.block(block))
        return whole


def pieces_of(study: Study, start: int, executor: object = None) -> Generator[Piece]:
    """Run the draws of a study from `start` on.

    Parameters
    ----------
    study : Study
    start : int
    executor : ExecutorLike, optional
        Who runs them; threads of this process where not given, as many as the replay has.

    Yields
    ------
    Piece
        In the order in which they are ready.
    """
    study = study.prepared()
    if executor is None:
        n_jobs = study.recorded().replay.n_jobs
        yield from in_order(study.block, study.blocks(start, study.replay.n_draws, n_jobs), n_jobs)
        return
    workers = workers_of(executor)
    with closing(calls(workers, _work, study, ranges_of(study, start, workers.n_workers))) as answers:
        for _, piece in answers:
            if isinstance(piece, str):
                raise ExecutorError(piece)
            yield piece


def ranges_of(study: Study, start: int, n_workers: int) -> Iterator[tuple[int, int]]:
    """Yield the first draw and the number of draws of each piece for an executor, of whole blocks."""
    replay = study.replay
    n_draws = replay.n_draws - start
    seconds = n_draws * replay.network.n_tasks * SECONDS_PER_TASK_DRAW[replay.engine]
    n_pieces = min(PIECES_PER_WORKER * n_workers, seconds / SHORTEST)
    n_pieces = max(n_pieces, seconds / LONGEST, n_draws / MOST_DRAWS, 1)
    least = n_draws / n_pieces
    first = start
    for begin, count in replay.ranges(replay.network, replay.network.n_tasks, start, n_jobs=1):
        end = begin + count
        if end - first >= least or end == replay.n_draws:
            yield first, end - first
            first = end


def _work(study: Study, drawn: tuple[int, int], abandoned: Abandoned) -> Piece | str:
    """Run a piece in a worker, which must draw what the one who asks would draw."""
    if study.stream_version != STREAM_VERSION:
        return (
            f"executor: a worker has another schedrisk, whose random streams are version {STREAM_VERSION}, "
            f"not {study.stream_version}; install the same version everywhere"
        )
    return study.here.piece(drawn, abandoned)
