"""What the draws cost: what risks cost where they hit, mitigations, and the damages of promises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.cpm import Early, state_masks, window_shares
from schedrisk.engine import Replay, scheduled
from schedrisk.errors import ArgumentError, Problem, shown
from schedrisk.network import Network
from schedrisk.result.intervals import percentile_rank
from schedrisk.result.sampling_error import Replicates
from schedrisk.sample import Sample, State, Timed
from schedrisk.sampling.costs import CostSampler
from schedrisk.sampling.design import Draws
from schedrisk.sampling.durations import DurationSampler
from schedrisk.sampling.occurrence import Event
from schedrisk.sampling.risks import RiskSampler, Strikes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COST_PERCENTILES", "CostItem", "Costing", "costs_table"]

COST_PERCENTILES = (50, 80, 90)

# Amounts of so many risk-draws are held at once: 32 MB.
GROUP_CELLS = 4_000_000

UNASSIGNED = "(unassigned)"


@dataclass(frozen=True)
class CostItem:
    """Something that costs money.

    Attributes
    ----------
    kind : {"risk", "mitigation", "damages"}
    id : str
        Of the risk, or the name of the promise.
    owner : str or None
    """

    kind: str
    id: str
    owner: str | None


@dataclass(frozen=True, eq=False)
class _Hit:
    """Where and when an event hits its tasks in a block of draws.

    Attributes
    ----------
    phase : ndarray of int, shape (n_draws,)
        Of the mitigations, when the first of the tasks begins.
    where : ndarray of bool, shape (n_draws,)
        Whether it hits any of them.
    """

    phase: Ints
    where: Bools


@dataclass(frozen=True, eq=False)
class Costing:
    """What risks and mitigations cost in every draw, had by running blocks again, a group of risks at a time.

    Attributes
    ----------
    replay : Replay
    """

    replay: Replay

    @cached_property
    def sampler(self) -> CostSampler:
        """Draws the amounts."""
        return CostSampler.of(self.replay.plan, self.replay.design, self.replay.mitigated)

    @cached_property
    def events(self) -> RiskSampler:
        """Draws which risks happen, those included that hit no task."""
        replay = self.replay
        scale = replay.network.axis.ticks_per_unit
        return RiskSampler.of(replay.plan, scale, replay.design, {}, replay.mitigated, everything=True)

    def amounts(self) -> Iterator[tuple[CostItem, Floats]]:
        """Yield what each risk and each mitigation costs in every draw, shape (n_draws,) [money]."""
        plan, n_draws = self.replay.plan, self.replay.n_draws
        costly, size = self.sampler.costly, max(1, GROUP_CELLS // self.replay.n_draws)
        for first in range(0, len(costly), size):
            group = costly[first : first + size]
            for place, amounts in zip(group, self._of_risks(group), strict=True):
                yield CostItem("risk", plan.risks[place].id, plan.risks[place].owner), amounts
        for place, amount in self.sampler.mitigations.items():
            risk, out = plan.risks[place], np.empty((1, n_draws))
            amount.fill(slice(0, 1), self.replay.design.block(0, n_draws), out)
            owner = risk.mitigation.owner if risk.mitigation is not None else None
            yield CostItem("mitigation", risk.id, owner or risk.owner), out[0]

    def _of_risks(self, places: Sequence[int]) -> Floats:
        """Return what some risks cost, shape (n_risks, n_draws) [money]."""
        replay = self.replay
        tasks = dict.fromkeys(task for place in places for task in _hits_of(replay, place))
        rows = [replay.network.row(task) for task in tasks]
        out = np.empty((len(places), replay.n_draws))
        network, found, sampler = replay.restricted(rows) if rows else (replay.network, [], None)
        if sampler is not None:
            sampler = replace(sampler, tracked=frozenset(found))
        numbers = dict(zip(tasks, found, strict=True))
        for first, count in replay.ranges(network, 3 * network.n_tasks + len(places)):
            block = _Block.of(self, network, sampler, numbers, first, count)
            for number, place in enumerate(places):
                out[number, first : first + count] = block.cost(place)
        return out


@dataclass(frozen=True, eq=False)
class _Block:
    """A block of draws, run again to see what risks cost in it."""

    costing: Costing
    network: Network
    rows: Mapping[str, int]
    draws: Draws
    strikes: Strikes
    early: Early | None
    sample: Sample | None
    leading: frozenset[int]

    @classmethod
    def of(
        cls, costing: Costing, network: Network, sampler: DurationSampler | None, rows: Mapping[str, int], first: int,
        count: int,
    ) -> _Block:  # fmt: skip
        draws = costing.replay.design.block(first, count)
        sample = None if sampler is None else sampler.sample(first, count)
        needs_dates = sample is not None and (sample.timed or sample.absent or network.forks)
        if needs_dates:
            network = costing.replay.on_its_days(network, first, count)
        early = scheduled(network, sample) if sample is not None and needs_dates else None
        leading = frozenset() if sampler is None else sampler.risks.leading
        return cls(costing, network, rows, draws, costing.events.strike(draws), early, sample, leading)

    def cost(self, place: int) -> Floats:
        """Return what a risk costs, shape (n_draws,) [money]."""
        total = np.zeros(self.draws.count)
        sampler = self.costing.sampler
        last = len(self.strikes.occurs) - 1
        for phase in range(last + 1):
            if place in sampler.fixed[phase]:
                amount = sampler.drawn(sampler.fixed[phase][place], self.draws)
                for event, number in self._events(place):
                    hit = self._hit(event, last)
                    total += np.where(
                        (hit.phase == phase) & hit.where & self.strikes.occurs[phase][number], amount, 0.0
                    )
            if place in sampler.per_day[phase]:
                rate = sampler.drawn(sampler.per_day[phase][place], self.draws)
                for task in _hits_of(self.costing.replay, place):
                    total += rate * self._days(place, task, phase)
        return total

    def _events(self, place: int) -> list[tuple[Event, int]]:
        events = self.costing.events.occurrences.events
        return [(event, number) for number, event in enumerate(events) if event[0] == place]

    def _hit(self, event: Event, last: int) -> _Hit:
        place, task = event
        tasks = _hits_of(self.costing.replay, place) if task is None else (task,)
        if not tasks:  # it hits no task, and is as its mitigation leaves it
            return _Hit(np.full(self.draws.count, last), np.ones(self.draws.count, dtype=bool))
        rows = [self.rows[each] for each in tasks]
        phases = [self._phase(row) for row in rows]
        phase = np.minimum.reduce(phases)
        return _Hit(
            phase,
            np.logical_or.reduce([self._inside(place, row, each) for row, each in zip(rows, phases, strict=True)]),
        )

    def _phase(self, row: int) -> Ints:
        """Return which phase of the mitigations a row begins in, shape (n_draws,)."""
        timed = self._timed(row)
        if row not in self.leading:
            return np.zeros(self.draws.count, dtype=int)
        masks = state_masks(timed, self._rule(row), self._begin(row))
        return np.asarray(np.sum(masks, axis=0) - 1)

    def _inside(self, place: int, row: int, phase: Ints) -> Bools:
        """Return in which draws a row exists, and lies in the window of a risk where that has one."""
        inside = np.ones(self.draws.count, dtype=bool) if (gone := self._absent(row)) is None else ~gone
        if self.costing.replay.plan.risks[place].window is None:
            return inside
        for number, state in enumerate(self._timed(row).states):
            inside &= (phase != number) | (self._shares(row, state)[place] > 0)
        return inside

    def _days(self, place: int, task: str, phase: int) -> Floats:
        """Return by how many working days a risk lengthens a task that begins in a phase, shape (n_draws,)."""
        row = self.rows[task]
        states = self._timed(row).states
        if phase >= len(states):
            return np.zeros(self.draws.count)
        counts = self._phase(row) == phase
        if (gone := self._absent(row)) is not None:
            counts &= ~gone
        ticks = states[phase].lengthened(place, self._shares(row, states[phase]))
        return np.where(counts, self.network.axis.to_days(ticks), 0.0)

    def _timed(self, row: int) -> Timed:
        if self.sample is None:
            raise RuntimeError("a risk that hits no task has no work to look at")
        return self.sample.tracked[row]

    def _shares(self, row: int, state: State) -> Mapping[int, Floats]:
        windowed = any(each.windowed for each in state.strikes)
        return window_shares(state, self._rule(row), self._begin(row)) if windowed else {}

    def _begin(self, row: int) -> Floats:
        """Return when a row begins, shape (n_draws,) [tick of its working time]."""
        if self.early is None:
            raise RuntimeError("dates of a block were not reckoned")
        return np.asarray(self._rule(row).clock.work(self.early.begins[row]))

    def _rule(self, row: int) -> Any:
        return self.network.rules[row]

    def _absent(self, row: int) -> Bools | None:
        return None if self.early is None else self.early.absent.get(row)


def _hits_of(replay: Replay, place: int) -> tuple[str, ...]:
    """Return the tasks with work to come that a risk hits, before its mitigation or after it."""
    risk = replay.plan.risks[place]
    tasks = dict.fromkeys((*risk.hits, *risk.after_mitigation().hits))
    return tuple(task for task in tasks if replay.plan.task(task).has_work)


def costs_table(
    items: Iterable[tuple[CostItem, Floats]], n_draws: int, by: str, replicates: Replicates
) -> pd.DataFrame:
    """Return one row per item or owner, and one for all together; see `SimulationResult.costs`.

    Parameters
    ----------
    items : iterable of (CostItem, ndarray of shape (n_draws,))
    n_draws : int
    by : {"item", "owner"}
    replicates : Replicates
        How the draws group into independent parts.

    Raises
    ------
    ArgumentError
        For anything else.
    """
    import pandas as pd

    if by not in ("item", "owner"):
        raise ArgumentError([Problem("by", shown(by), '"item" or "owner"')])
    total = np.zeros(n_draws)
    rows: list[dict[str, Any]] = []
    owned: dict[str, Floats] = {}
    for item, amounts in items:
        total += amounts
        if by == "item":
            rows.append({"kind": item.kind, "id": item.id, "owner": item.owner} | _figures(amounts, replicates))
        else:
            owner = item.owner or UNASSIGNED
            owned[owner] = owned[owner] + amounts if owner in owned else amounts
    rows += [{"owner": owner} | _figures(amounts, replicates) for owner, amounts in owned.items()]
    label = {"kind": "total", "id": "", "owner": None} if by == "item" else {"owner": "total"}
    return pd.DataFrame([*rows, label | _figures(total, replicates)])


def _figures(amounts: Floats, replicates: Replicates) -> dict[str, float]:
    ranks = [percentile_rank(percent, amounts.size) for percent in COST_PERCENTILES]
    parted = np.partition(amounts, ranks)  # adding 0 makes −0, which would be printed as such, 0
    return {
        "share": np.count_nonzero(amounts) / amounts.size,
        "mean": float(amounts.mean()),
        "mean_se": float(replicates.mean_error(amounts)),
    } | {f"p{percent}": float(parted[rank]) + 0.0 for percent, rank in zip(COST_PERCENTILES, ranks, strict=True)}
