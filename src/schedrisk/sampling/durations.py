"""Durations of all tasks, a block of draws at a time: estimates, and the risks that strike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from schedrisk._typing import Bools, Floats, Ints, Words
from schedrisk.estimates import Estimate, Fixed
from schedrisk.model import Plan
from schedrisk.sampling.correlation import CommonFactors, CorrelatedRows
from schedrisk.sampling.quantiles import ROWS, QuantileRows
from schedrisk.sampling.streams import fill_uniforms, stream_key, stream_positions

__all__ = ["DurationSampler"]

# Rows sampled in one go. Enough to make a call's fixed cost small, few enough to stay in the processor's cache.
CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, eq=False)
class _Group:
    """Tasks whose estimates are of one kind."""

    rows: Ints
    keys: Words
    quantiles: QuantileRows
    random: bool
    correlated: CorrelatedRows | None = None

    def fill(self, some: slice, positions: Words, out: Floats, scores: Floats | None = None) -> None:
        u = np.empty_like(out)
        if self.random:
            fill_uniforms(self.keys[some], positions, u, out.view(np.uint64))
        if self.correlated is not None and scores is not None:
            self.correlated.apply(some, scores, u)
        self.quantiles.fill(some, u, out)


@dataclass(frozen=True, eq=False)
class _Impact:
    """The delay that a risk adds to a task; tasks that share a magnitude share the object."""

    risk: int
    magnitude: _Group
    shared: bool

    def values(self, occurs: Bools, positions: Words) -> Floats:
        out = np.empty((1, positions.size))
        self.magnitude.fill(slice(0, 1), positions, out)
        return np.asarray(occurs * out[0])


@dataclass(frozen=True, eq=False)
class DurationSampler:
    """Draws durations of the tasks of a plan.

    Every task and risk has its own stream, keyed by its id, so that what one draws depends on nothing else in the
    plan; but for the common factor of its correlation group, where it is in one.

    Attributes
    ----------
    groups : tuple
        Tasks by kind of estimate.
    occurrences : tuple of (key, probability)
        Of each risk.
    impacts : mapping of int to tuple
        What may be added to a row's duration, in the order of the plan's risks.
    factors : CommonFactors, optional
        What correlated tasks have in common; None where no task is correlated.
    """

    groups: tuple[_Group, ...]
    occurrences: tuple[tuple[int, float], ...] = ()
    impacts: Mapping[int, tuple[_Impact, ...]] = field(default_factory=dict)
    factors: CommonFactors | None = None

    @classmethod
    def of(cls, plan: Plan, ticks_per_unit: float, entropy: int, rows: Iterable[int] | None = None) -> DurationSampler:
        """Prepare the sampler of a plan.

        Parameters
        ----------
        plan : Plan
        ticks_per_unit : float
        entropy : int
        rows : iterable of int, optional
            The tasks to sample, by their place in the plan; all where not given. Their places in this list are the
            rows of what `fill` writes.
        """
        chosen = range(len(plan.tasks)) if rows is None else rows
        tasks = [plan.tasks[row] for row in chosen]
        # What is complete, stands, or follows from other tasks has no duration left to draw.
        estimates = [task.estimate if task.has_work else Fixed(0) for task in tasks]
        by_kind: dict[type[Estimate], list[int]] = {}
        for row, estimate in enumerate(estimates):
            by_kind.setdefault(type(estimate), []).append(row)
        drawn = (task.id for task, estimate in zip(tasks, estimates, strict=True) if type(estimate) is not Fixed)
        factors = CommonFactors.of(plan, entropy, drawn)
        groups = [
            _group(
                members, [estimates[row] for row in members], ticks_per_unit,
                [stream_key(entropy, "task", "duration", tasks[row].id) for row in members],
                factors.rows([tasks[row].id for row in members]),
            )
            for members in by_kind.values()
        ]  # fmt: skip
        places = {task.id: row for row, task in enumerate(tasks) if task.has_work}
        risks = _risks(plan, ticks_per_unit, entropy, places)
        return cls(tuple(groups), *risks, factors if factors.members else None)

    def fill(self, first: int, out: Floats) -> None:
        """Write the durations of some consecutive draws.

        Parameters
        ----------
        first : int
            Number of the first draw.
        out : ndarray, shape (n_tasks, n_draws)
            Receives whole ticks, never negative.
        """
        n_draws = out.shape[1]
        positions = stream_positions(first, n_draws)
        occurs = [_occurrence(key, probability, positions) for key, probability in self.occurrences]
        scores = None if self.factors is None else self.factors.scores(positions)
        shared: dict[_Impact, Floats] = {}
        chunk = max(1, CHUNK_BYTES // (8 * n_draws))
        buffer = np.empty((chunk, n_draws))
        for group in self.groups:
            for start in range(0, group.rows.size, chunk):
                some = slice(start, min(start + chunk, group.rows.size))
                durations = buffer[: some.stop - some.start]
                group.fill(some, positions, durations, scores)
                for row, duration in zip(group.rows[some].tolist(), durations, strict=True):
                    for impact in self.impacts.get(row, ()):
                        delay = shared.get(impact)
                        if delay is None:
                            delay = impact.values(occurs[impact.risk], positions)
                        if impact.shared:
                            shared[impact] = delay
                        np.add(duration, delay, out=duration)
                    np.rint(duration, out=out[row])


def _group(
    rows: list[int],
    estimates: list[Estimate],
    ticks_per_unit: float,
    keys: list[int],
    correlated: CorrelatedRows | None = None,
) -> _Group:
    kind = type(estimates[0])
    return _Group(
        np.array(rows),
        np.array(keys, dtype=np.uint64)[:, None],
        ROWS[kind](estimates, ticks_per_unit),
        kind is not Fixed,
        correlated,
    )


def _risks(
    plan: Plan, ticks_per_unit: float, entropy: int, places: Mapping[str, int]
) -> tuple[tuple[tuple[int, float], ...], dict[int, tuple[_Impact, ...]]]:
    occurrences: list[tuple[int, float]] = []
    impacts: dict[int, list[_Impact]] = {}
    for risk in plan.risks:
        delays = {task: delay for task, delay in risk.delays.items() if task in places}
        if not delays:
            continue
        number = len(occurrences)
        occurrences.append((_key(entropy, "occurrence", risk.id), risk.probability))
        common = _impact(
            number, next(iter(delays.values())), _key(entropy, "delay", risk.id), ticks_per_unit, shared=True
        )
        for task, delay in delays.items():
            key = _key(entropy, "delay", risk.id, task)
            impact = common if risk.shared else _impact(number, delay, key, ticks_per_unit, shared=False)
            impacts.setdefault(places[task], []).append(impact)
    return tuple(occurrences), {row: tuple(each) for row, each in impacts.items()}


def _key(entropy: int, role: str, *ids: str) -> int:
    return stream_key(entropy, "risk", role, *ids)


def _impact(risk: int, delay: Estimate, key: int, ticks_per_unit: float, *, shared: bool) -> _Impact:
    return _Impact(risk, _group([0], [delay], ticks_per_unit, [key]), shared)


def _occurrence(key: int, probability: float, positions: Words) -> Bools:
    u = np.empty((1, positions.size))
    fill_uniforms(np.array([[key]], dtype=np.uint64), positions, u, np.empty_like(u, dtype=np.uint64))
    return np.asarray(u[0] < probability)
