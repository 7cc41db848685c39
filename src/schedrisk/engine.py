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
from schedrisk.cpm import (
    Early,
    critical_masks,
    delay_to_free_float,
    driving_masks,
    forward_again,
    forward_pass,
    late_dates,
    latest_allowed,
    project_finish,
    total_float,
)
from schedrisk.model import Branch, Plan
from schedrisk.network import Network, compile_network
from schedrisk.sample import Sample
from schedrisk.sampling import Design, DurationSampler, WeatherSampler
from schedrisk.sampling.existence import outcomes_of

__all__ = [
    "Block",
    "Passes",
    "Replay",
    "block_ranges",
    "memory_of",
    "run_block",
    "scheduled",
]

# Task-draws in a block: 80 MB of finishes. Larger blocks spread a call's fixed cost, smaller ones stay in the cache.
BLOCK_CELLS = 10_000_000
LEAST_DRAWS, MOST_DRAWS = 256, 8192
PILOT_DRAWS = 64
ROWS_PER_DAY = 1  # what a day that may be lost takes of a block, in numbers for each draw


@dataclass(frozen=True, eq=False)
class Replay:
    """All that decides every draw of a simulation.

    Attributes
    ----------
    plan : Plan
    network : Network
    design : Design
    mitigated : frozenset of str
        Ids of the risks whose mitigation is chosen.
    """

    plan: Plan
    network: Network
    design: Design
    mitigated: frozenset[str] = frozenset()

    @classmethod
    def of(cls, plan: Plan, design: Design, mitigated: frozenset[str] = frozenset()) -> Replay:
        """Compile a plan for simulation."""
        return cls(plan, compile_network(plan), design, mitigated)

    @property
    def entropy(self) -> int:
        """What `rng` stood for."""
        return self.design.entropy

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return self.design.n_draws

    @cached_property
    def sampler(self) -> DurationSampler:
        """The sampler of all tasks."""
        return self._sampler(None)

    def _sampler(self, rows: Sequence[int] | None) -> DurationSampler:
        axis = self.network.axis
        return DurationSampler.of(self.plan, axis.ticks_per_unit, self.design, rows, self.mitigated, axis=axis)

    def durations(self, rows: Sequence[int]) -> Floats:
        """Return the durations of some tasks in every draw, shape (len(rows), n_draws) [tick].

        They are 0 where a task does not exist; of work given up they are what it would have taken.
        """
        out = np.empty((len(rows), self.n_draws))
        sampler = self._sampler(rows)
        # Some take what they take when they begin, and what is decided must be known of others.
        if sampler.risks.timed or not self.network.decided.isdisjoint(rows):
            network, places, sampler = self.restricted(rows)
            for first, count in self.ranges(network, 3 * network.n_tasks):
                here = self.on_its_days(network, first, count)
                early = early_dates(here, sampler, first, count, keep_durations=True)
                for place, row in enumerate(places):
                    lasts = early.would_be[row].durations if row in early.would_be else early.every_duration[row]
                    out[place, first : first + count] = lasts
            return out
        for first, count in block_ranges(len(rows), self.n_draws):
            sampler.sample(first, count, out[:, first : first + count])
        return out

    def lengths(self, rows: Sequence[int]) -> Floats:
        """Return what `durations` does; of a gate, which takes no time, when it is there [tick of working time].

        Of a milestone with uncertain dates that is the latest of them, from the plan's start.
        """
        out, axis, rules = self.durations(rows), self.network.axis, self.network.rules
        gates = {
            place: [number for number, _ in rule.drawn]
            for place, row in enumerate(rows)
            if (rule := rules[row]) is not None and rule.instant and rule.drawn
        }
        dates = self.sampler.dates
        if not gates or dates is None:
            return out
        for first, count in block_ranges(len(rows), self.n_draws):
            drawn = dates.sample(self.design.block(first, count))
            for place, numbers in gates.items():
                latest = np.maximum.reduce(drawn[numbers])
                out[place, first : first + count] = np.maximum(axis.working(latest), 0.0)
        return out

    def times(self, rows: Sequence[int]) -> tuple[Floats, Floats]:
        """Return starts and finishes of some tasks in every draw, each of shape (len(rows), n_draws) [tick].

        What has begun has its actual start, what is complete its actual finish too; what is given up has the dates that
        it would have had.
        """
        starts, finishes, _ = self.histories(rows)
        return starts, finishes

    def histories(self, rows: Sequence[int]) -> tuple[Floats, Floats, dict[int, Bools]]:
        """Return what `times` does, and in which draws a task does not exist.

        Returns
        -------
        starts, finishes : ndarray, shape (len(rows), n_draws)
            [tick]
        absent : dict of int to ndarray of bool, shape (n_draws,)
            By place among `rows`; tasks that always exist are left out.
        """
        network, places, sampler = self.restricted(rows)
        starts, finishes = np.empty((len(rows), self.n_draws)), np.empty((len(rows), self.n_draws))
        absent = {
            number: np.zeros(self.n_draws, dtype=bool) for number, row in enumerate(places) if row in network.optional
        }
        for first, count in self.ranges(network, 3 * network.n_tasks):
            some, drawn = slice(first, first + count), self.on_its_days(network, first, count)
            early = early_dates(drawn, sampler, first, count, starts=True)
            starts[:, some], finishes[:, some] = _reported(early, places)
            for number, gone in absent.items():
                gone[some] = early.absent.get(places[number], False)
        _report_actuals(network, places, starts, finishes)
        return starts, finishes, {number: gone for number, gone in absent.items() if gone.any()}

    def worked(self, row: int, starts: Floats, finishes: Floats) -> Floats:
        """Return the working time of a task's calendar between two moments of every draw, shape (n_draws,) [tick]."""
        out = np.empty(self.n_draws)
        for first, count in self.ranges(self.network, 1):
            some, clock = slice(first, first + count), self.on_its_days(self.network, first, count).clocks[row]
            out[some] = clock.work(finishes[some]) - clock.work(starts[some])
        return out

    def outcomes(self, branch: Branch) -> Ints:
        """Return the number of a branch's outcome in every draw, shape (n_draws,)."""
        return outcomes_of(self.plan, branch, self.design)

    def criticality(self, target: int | None, since: int | None = None) -> Ints:
        """Return in how many draws each task drives a target, or the time between another task and it.

        Parameters
        ----------
        target, since : int, optional
            As for `passes`.

        Returns
        -------
        ndarray, shape (n_tasks,)
        """
        network, place, sampler, rows = self._leading_to(target)
        counts = np.zeros(self.network.n_tasks, dtype=np.int64)
        for first, count in self.ranges(network, 3 * network.n_tasks):
            drawn = self.on_its_days(network, first, count)
            early = early_dates(
                drawn, sampler, first, count, starts=self.by_float, keep_durations=self.by_float, binding=True
            )
            critical = critical_masks(drawn, early, place, self.plan.scheduling)
            if since is not None:
                critical &= ~driving_masks(drawn, early, rows, since)
            counts[rows] += np.count_nonzero(critical, axis=1)
        return counts

    def passes(self, target: int | None, since: int | None = None) -> Iterator[Passes]:
        """Run both passes, block by block, over the tasks that lead to a target.

        Parameters
        ----------
        target : int, optional
            Row of a milestone; the project finish, to which every task leads, where not given.
        since : int, optional
            Row of a task: what counts is the time between its finish and the target. A task that drives both moves
            them together; it is not critical then, and has float without end.
        """
        network, place, sampler, rows = self._leading_to(target)
        kind = self.plan.scheduling.total_float
        options = {"starts": kind != "finish" or self.by_float, "keep_durations": True, "binding": True}
        for first, count in self.ranges(network, 3 * network.n_tasks):
            drawn = self.on_its_days(network, first, count)
            early = early_dates(drawn, sampler, first, count, **options)
            critical = critical_masks(drawn, early, place, self.plan.scheduling)
            late = late_dates(drawn, early, latest_allowed(drawn, early.finishes, place))
            slack = total_float(drawn, early, late, kind)
            if since is not None:
                both = driving_masks(drawn, early, rows, since)
                critical &= ~both
                slack[both] = np.inf
            yield Passes(first, rows, early.every_duration, slack, critical)

    def _leading_to(self, target: int | None) -> tuple[Network, int | None, DurationSampler, Ints]:
        """Return the part of the network that leads to a target, the target's place in it, its sampler and rows."""
        if target is None:
            return self.network, None, self.sampler, np.arange(self.network.n_tasks)
        network, (place,), sampler = self.restricted([target])
        return network, place, sampler, self.network.ancestors([target])

    @property
    def by_float(self) -> bool:
        """Whether criticality is read from total float, which takes both dates of every task."""
        return self.plan.scheduling.critical_by == "float"

    def ranges(self, network: Network, n_rows: int, start: int = 0) -> Iterator[tuple[int, int]]:
        """Yield the first draw and the number of draws of each block from `start` on, given the rows that it holds."""
        extra = network.n_tasks * (network.needs_starts + network.needs_durations)
        if network.weathered and self.weather is not None:
            extra += len(network.hands_on_work) + ROWS_PER_DAY * len(network.weathered) * self.weather.expected
        for first, count in block_ranges(n_rows + extra, self.n_draws - start):
            yield start + first, count

    @cached_property
    def weather(self) -> WeatherSampler | None:
        """The sampler of lost days; None where no day can be lost."""
        if not self.network.weathered:
            return None
        # Planned dates would say little of how late work ends: durations are skew, and paths merge.
        early = early_dates(self.network, self.sampler, 0, PILOT_DRAWS)
        end = float(project_finish(self.network, early.finishes).max())
        # Late dates reach that far, and what a decision gives up would have.
        given_up = (float(each.finishes.max()) for each in early.would_be.values())
        last = max(end, float(early.finishes.max()), *given_up, self.network.must_finish or end)
        return WeatherSampler.of(self.plan, self.entropy, self.network.weathered, end, last)

    def on_its_days(self, network: Network, first: int, count: int) -> Network:
        """Return the network of a block of draws: with the days that each of them loses."""
        return network if self.weather is None else network.realised(self.weather.block(first, count))

    def restricted(self, rows: Sequence[int]) -> tuple[Network, list[int], DurationSampler]:
        """Return the part of the network that decides `rows`, their places in it, and its sampler."""
        needed = self.network.ancestors(rows)
        if needed.size == self.network.n_tasks or self.network.delays_work:  # as late as what follows allows
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
    critical : ndarray of int, shape (n_replicates, n_tasks)
        In how many draws of each replicate that the block belongs to each task was critical; random draws are of one.
    overridden : mapping of (int, int) to int
        In how many draws each overriding date, as (row, number of the constraint), was earlier than logic.
    verdicts : ndarray of bool, shape (2, n_decisions, n_draws)
        Whether each decision's milestone was reached in time, and whether it was missed.
    """

    finish: Floats
    milestones: Floats
    critical: Ints
    overridden: dict[tuple[int, int], int]
    verdicts: Bools


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
    network = replay.on_its_days(replay.network, first, count)
    by_float = replay.by_float
    early = early_dates(
        network, replay.sampler, first, count, starts=by_float, keep_durations=by_float, binding=not by_float
    )
    critical = critical_masks(network, early, None, replay.plan.scheduling)
    _, finishes = _reported(early, milestones)
    _report_actuals(network, milestones, None, finishes)
    finish = project_finish(network, early.finishes)
    size = replay.design.replicate_size
    parts = critical.reshape(network.n_tasks, -1, count if size is None else min(size, count))
    verdicts = np.empty((2, len(network.forks), count), dtype=bool)
    for number in range(len(network.forks)):
        verdicts[:, number] = early.reached[number], early.missed[number]
    return Block(finish, finishes, np.count_nonzero(parts, axis=2).T, early.overridden, verdicts)


def early_dates(
    network: Network, sampler: DurationSampler, first: int, count: int, *, starts: bool = False,
    keep_durations: bool = False, binding: bool = False,
) -> Early:  # fmt: skip
    """Sample a block of draws and run the forward pass.

    Parameters
    ----------
    network : Network
    sampler : DurationSampler
    first, count : int
    starts, keep_durations, binding : bool
        What is wanted beyond finishes.
    """
    return scheduled(
        network, sampler.sample(first, count), starts=starts, keep_durations=keep_durations, binding=binding
    )


def scheduled(
    network: Network, sample: Sample, *, starts: bool = False, keep_durations: bool = False, binding: bool = False
) -> Early:
    """Run the forward pass, and move what is to be as late as possible.

    Parameters
    ----------
    network : Network
    sample : Sample
        Its durations become the finishes [tick].
    starts, keep_durations, binding : bool
        What is wanted beyond finishes.

    Returns
    -------
    Early
    """
    moves = network.delays_work
    early = Early.of(
        network, sample, starts=starts or moves, keep_durations=keep_durations or moves, binding=binding
    )  # fmt: skip
    forward_pass(network, early)
    if not moves:
        return early
    if network.late_dates_delay:
        late = late_dates(network, early, latest_allowed(network, early.finishes, None))
        forward_again(network, early, late)
    else:
        delay_to_free_float(network, early, project_finish(network, early.finishes))
    return early


def _reported(early: Early, rows: Sequence[int]) -> tuple[Floats, Floats]:
    """Return starts and finishes of some rows; of work given up, as if it had gone on. Starts mean nothing unasked."""
    finishes = early.finishes[list(rows)]
    starts = np.empty_like(finishes) if early.starts is None else early.starts[list(rows)]
    for place, row in enumerate(rows):
        if row in early.would_be:
            dates = early.would_be[row]
            finishes[place] = dates.finishes
            if dates.starts is not None:
                starts[place] = dates.starts
    return starts, finishes


def _report_actuals(network: Network, rows: Sequence[int], starts: Floats | None, finishes: Floats) -> None:
    """Put actual dates in place of the dates that the passes reckon with."""
    for place, row in enumerate(rows):
        if starts is not None and not np.isnan(network.actual_start[row]):
            starts[place] = network.actual_start[row]
            np.maximum(finishes[place], starts[place], out=finishes[place])  # level of effort that began after its span
        if not np.isnan(network.actual_finish[row]):
            finishes[place] = network.actual_finish[row]


def block_ranges(n_rows: int, n_draws: int) -> Iterator[tuple[int, int]]:
    """Yield the first draw and the number of draws of each block."""
    size = min(MOST_DRAWS, max(LEAST_DRAWS, BLOCK_CELLS // max(n_rows, 1)))
    size = 1 << (size.bit_length() - 1)  # so that a block is whole replicates of stratified draws, or within one
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
    # Beside the draws that are kept, a summary sorts one row of them, and turns it to working time and to dates.
    return 8 * (n_kept + 5) * n_draws + size * (9 * n_tasks + n_links)
