"""All that decides the draws of a simulation, and what can be had from it again at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.cpm import critical_masks, driving_masks, project_finish
from schedrisk.engine.dates import both_passes, early_dates, report_actuals, reported
from schedrisk.engine.passes import Passes, of_rows
from schedrisk.engine.ranges import block_ranges, compiled_ranges
from schedrisk.engine.runs import Runs
from schedrisk.model import Branch, Plan
from schedrisk.network import Network, collection_paused, compile_network
from schedrisk.parallel import in_order
from schedrisk.sampling import Design, DurationSampler, WeatherSampler
from schedrisk.sampling.existence import outcomes_of

if TYPE_CHECKING:
    from schedrisk.engine.compiled import BlockRun, DatesRun, PassesRun

__all__ = ["Replay"]

Leading: TypeAlias = tuple[Network, int | None, DurationSampler, Ints]

T = TypeVar("T")

PILOT_DRAWS = 64
NOWHERE = -1
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
    engine : {"numpy", "numba"}
        What runs the draws; it never changes a bit of them.
    n_jobs : int
        Threads that run them; it never changes a bit of them.
    """

    plan: Plan
    network: Network
    design: Design
    mitigated: frozenset[str] = frozenset()
    engine: str = "numpy"
    n_jobs: int = 1

    def __getstate__(self) -> dict[str, object]:
        """Return what another process needs: of what is made when needed, only the tables.

        They rest on functions that are not the same to the last bit on every machine; draws are, given the tables.
        """
        needed = {"sampler", "weather", *(each.name for each in fields(self))}
        return {name: value for name, value in vars(self).items() if name in needed}

    def with_engine(self, engine: str) -> Replay:
        """Return the same run by another engine, with the tables that are there."""
        made = replace(self, engine=engine)
        vars(made).update(
            {name: value for name, value in self.__getstate__().items() if name in {"sampler", "weather"}}
        )
        return made

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
        draw = sampler.compiled.sample if self.engine == "numba" else sampler.sample
        for first, count in block_ranges(len(rows), self.n_draws):
            draw(first, count, out[:, first : first + count])
        return out

    def lengths(self, rows: Sequence[int]) -> Floats:
        """Return what `durations` does; of a gate, which takes no time, when it is there [tick of working time].

        Of a milestone with uncertain dates that is the latest of them, from the plan's start.
        """
        out = self.durations(rows)
        places = {row: place for place, row in enumerate(rows) if row in self.gates}
        if places:
            for first, count in block_ranges(len(rows), self.n_draws):
                for row, latest in self.gate_lengths(places, first, count):
                    out[places[row], first : first + count] = latest
        return out

    @cached_property
    def gates(self) -> dict[int, list[int]]:
        """Rows that take no time and have uncertain dates, with the numbers of these dates."""
        return {
            row: [number for number, _ in rule.drawn]
            for row, rule in enumerate(self.network.rules)
            if rule is not None and rule.instant and rule.drawn
        }

    def gate_lengths(self, rows: Iterable[int], first: int, count: int) -> Iterator[tuple[int, Floats]]:
        """Yield gates and when they are there in a block of draws, each of shape (count,)."""
        dates, axis = self.sampler.dates, self.network.axis
        if dates is None:
            return
        drawn = dates.sample(self.design.block(first, count))
        for row in rows:
            latest = np.maximum.reduce(drawn[self.gates[row]])
            yield row, np.maximum(axis.working(latest), 0.0)

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
        part = network, places, _ = self.restricted(rows)
        starts, finishes = np.empty((len(rows), self.n_draws)), np.empty((len(rows), self.n_draws))
        absent = {
            number: np.zeros(self.n_draws, dtype=bool) for number, row in enumerate(places) if row in network.optional
        }

        def fill(draws: tuple[int, int]) -> None:
            first, count = draws
            some = slice(first, first + count)
            starts[:, some], finishes[:, some], gone = self.histories_block(part, first, count)
            for number, missing in gone.items():
                absent[number][some] = missing

        for _ in in_order(fill, self.ranges(network, 3 * network.n_tasks), self.n_jobs):
            pass
        return starts, finishes, {number: gone for number, gone in absent.items() if gone.any()}

    def histories_block(
        self, part: tuple[Network, list[int], DurationSampler], first: int, count: int
    ) -> tuple[Floats, Floats, dict[int, Bools]]:
        """Return what `histories` does, of a block of draws, in room that the next block of the same thread may use.

        Parameters
        ----------
        part : tuple
            From `restricted`: the part of the network that decides some rows, their places in it, and its sampler.
        first, count : int
        """
        network, places, sampler = part
        if (compiled := self._dates_run(network, places, sampler)) is not None:
            return compiled.run(first, count)
        early = early_dates(self.on_its_days(network, first, count), sampler, first, count, starts=True)
        starts, finishes = reported(early, places)
        report_actuals(network, places, starts, finishes)
        absent = {
            number: early.absent[row]
            for number, row in enumerate(places)
            if row in early.absent and row in network.optional
        }
        return starts, finishes, absent

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
        leading = network, place, sampler, rows = self.leading_to(target)
        since = _place_among(rows, since)
        counts = np.zeros(self.network.n_tasks, dtype=np.int64)
        if (compiled := self._critical_run(leading, since)) is not None:
            for first, count in self.ranges(network, network.n_tasks):
                counts[rows] += compiled.run(first, count, None).critical[0]
            return counts
        for first, count in self.ranges(network, 3 * network.n_tasks):
            drawn = self.on_its_days(network, first, count)
            early = early_dates(
                drawn, sampler, first, count, starts=self.by_float, keep_durations=self.by_float, binding=True
            )
            critical = critical_masks(drawn, early, place, self.plan.scheduling)
            if since is not None:
                critical &= ~driving_masks(drawn, early, since)
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
        leading = self.leading_to(target)
        for first, count in self.ranges(leading[0], 3 * leading[0].n_tasks):
            yield self.passes_block(leading, since, first, count)

    def passes_block(
        self, leading: Leading, since: int | None, first: int, count: int, *, late_too: bool = True
    ) -> Passes:  # fmt: skip
        """Run both passes over a block of draws.

        Parameters
        ----------
        leading : tuple
            From `leading_to`: the part of the network to run.
        since : int, optional
            As for `passes`.
        first, count : int
        late_too : bool
            Whether total float is wanted; without it, the pass over late dates is left out.
        """
        network, place, sampler, rows = leading
        by_float, kind = self.by_float, self.plan.scheduling.total_float
        since = _place_among(rows, since)
        if (compiled := self._passes_run(leading, since, late_too=late_too)) is not None:
            durations, slack, critical, given_up = compiled.run(first, count)
            lengths = self._lengths_apart(given_up, rows, first, count)
            return Passes(first, rows, durations, slack, critical, lengths)
        drawn = self.on_its_days(network, first, count)
        early = early_dates(
            drawn, sampler, first, count,
            starts=(late_too and kind != "finish") or by_float, keep_durations=True, binding=True,
        )  # fmt: skip
        critical, slack = both_passes(drawn, early, place, since, self.plan.scheduling, late_too=late_too)
        return Passes(
            first, rows, early.every_duration, slack, critical,
            self._lengths_apart(early.given_up_durations(), rows, first, count),
        )  # fmt: skip

    def _lengths_apart(self, apart: dict[int, Floats], rows: Ints, first: int, count: int) -> dict[int, Floats]:
        """Return what `lengths` says of a block of draws, by place, where it is not the duration in the schedule."""
        drawn = self._as_drawn
        if drawn is not None:
            sampled = drawn[1].sample(first, count).durations
            apart.update(of_rows(rows, zip(drawn[0], sampled, strict=True)))
        if self.gates:
            apart.update(of_rows(rows, self.gate_lengths(self.gates, first, count)))
        return apart

    @cached_property
    def _as_drawn(self) -> tuple[list[int], DurationSampler] | None:
        """Rows whose dates change what they were drawn to take, and their sampler; None where there are none."""
        rows = [row for row, rule in enumerate(self.network.rules) if rule is not None and rule.overrides]
        if not rows or self.sampler.risks.timed or self.network.decided:
            return None
        return rows, self._sampler(rows)

    def leading_to(self, target: int | None) -> Leading:
        """Return the part of the network that leads to a target, the target's place in it, its sampler and rows."""
        if target is None:
            return self.network, None, self.sampler, np.arange(self.network.n_tasks)
        network, (place,), sampler = self.restricted([target])
        whole = network is self.network
        return network, place, sampler, np.arange(network.n_tasks) if whole else self.network.ancestors([target])

    @property
    def by_float(self) -> bool:
        """Whether criticality is read from total float, which takes both dates of every task."""
        return self.plan.scheduling.critical_by == "float"

    def ranges(
        self, network: Network, n_rows: int, start: int = 0, stop: int | None = None, n_jobs: int | None = None
    ) -> Iterator[tuple[int, int]]:
        """Yield the first draw and the number of draws of each block.

        Parameters
        ----------
        network : Network
        n_rows : int
            Rows of numbers that a block holds.
        start, stop : int
            The first draw, and the one after the last; all draws where not given.
        n_jobs : int, optional
            Threads that share the blocks; those of the replay where not given.
        """
        if self.engine == "numba" and not network.weathered:
            n_draws = (self.n_draws if stop is None else stop) - start
            for first, count in compiled_ranges(n_rows, n_draws, self.n_jobs if n_jobs is None else n_jobs):
                yield start + first, count
            return
        extra = network.n_tasks * (network.needs_starts + network.needs_durations)
        if network.weathered and self.weather is not None:
            extra += len(network.hands_on_work) + ROWS_PER_DAY * len(network.weathered) * self.weather.expected
        n_draws = (self.n_draws if stop is None else stop) - start
        for first, count in block_ranges(n_rows + extra, n_draws, self.n_jobs if n_jobs is None else n_jobs):
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

    # ---- the compiled engine ------------------------------------------------------------------------------------

    def block_run(self, milestones: tuple[int, ...]) -> BlockRun | None:
        """Return what runs blocks of draws compiled; None where NumPy does."""
        leading = self.network, None, self.sampler, np.empty(0, dtype=np.int64)
        return self._critical_run(leading, None, milestones)

    def _critical_run(self, leading: Leading, since: int | None, milestones: tuple[int, ...] = ()) -> BlockRun | None:
        network, place, sampler, _ = leading

        def make() -> BlockRun:
            from schedrisk.engine.compiled import BlockRun

            options = self.plan.scheduling
            return BlockRun.of(network, sampler, options, target=place, since=since, milestones=milestones)

        return self._compiled(("block", network, place, since, milestones), make)

    def _dates_run(self, network: Network, places: Sequence[int], sampler: DurationSampler) -> DatesRun | None:
        def make() -> DatesRun:
            from schedrisk.engine.compiled import DatesRun

            return DatesRun.of(network, sampler, places)

        return self._compiled(("dates", network, tuple(places)), make)

    def _passes_run(self, leading: Leading, since: int | None, *, late_too: bool) -> PassesRun | None:
        network, place, sampler, _ = leading

        def make() -> PassesRun:
            from schedrisk.engine.compiled import PassesRun

            return PassesRun.of(network, sampler, self.plan.scheduling, place, since, late_too=late_too)

        return self._compiled(("passes", network, place, since, late_too), make)

    def _compiled(self, key: tuple[object, ...], make: Callable[[], T]) -> T | None:
        """Return what has been made for the compiled engine before, or make it; None where NumPy does the work."""
        if self.engine != "numba" or self.network.weathered:
            return None
        with collection_paused():
            return self._runs.get(key, make)

    @cached_property
    def _runs(self) -> Runs:
        return Runs()


def _place_among(rows: Ints, row: int | None) -> int | None:
    """Return the place of a row among the rows of a part of a network, `NOWHERE` where it is not one of them."""
    if row is None:
        return None
    return int(np.searchsorted(rows, row)) if row in rows else NOWHERE
