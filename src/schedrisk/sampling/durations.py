"""Durations of all tasks, a block of draws at a time: estimates, and the risks that strike."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from schedrisk._typing import Bools, Floats, Ints, Words
from schedrisk.estimates import Estimate, Fixed
from schedrisk.model import Plan, Risk
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
    """What a risk adds to a task, or multiplies it by; tasks that share a magnitude share the object."""

    risk: int
    magnitude: _Group
    shared: bool
    multiplies: bool

    def values(self, occurs: Bools, positions: Words) -> Floats:
        out = np.empty((1, positions.size))
        self.magnitude.fill(slice(0, 1), positions, out)
        return np.where(occurs, out[0], 1.0) if self.multiplies else np.asarray(occurs * out[0])

    def apply(self, values: Floats, durations: Floats) -> None:
        combine = np.multiply if self.multiplies else np.add
        combine(durations, values, out=durations)


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
        What may change a row's duration: factors, then delays, each in the order of the plan's risks.
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
                        values = shared.get(impact)
                        if values is None:
                            values = impact.values(occurs[impact.risk], positions)
                        if impact.shared:
                            shared[impact] = values
                        impact.apply(values, duration)
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
        if not any(task in places for task in risk.hits):
            continue
        number = len(occurrences)
        occurrences.append((_key(entropy, "occurrence", risk.id), risk.probability))
        for role in ("factor", "delay"):
            for task, impact in _impacts(risk, role, number, ticks_per_unit, entropy, places):
                impacts.setdefault(places[task], []).append(impact)
    # Sorting keeps the order of the risks among the factors, and among the delays.
    in_order = {row: sorted(each, key=lambda impact: not impact.multiplies) for row, each in impacts.items()}
    return tuple(occurrences), {row: tuple(each) for row, each in in_order.items()}


def _impacts(
    risk: Risk, role: str, number: int, ticks_per_unit: float, entropy: int, places: Container[str]
) -> Iterator[tuple[str, _Impact]]:
    """Yield each task that a risk delays, or whose duration it multiplies, and by what."""
    multiplies = role == "factor"
    given = risk.factor if multiplies else risk.delay
    scale = 1.0 if multiplies else ticks_per_unit

    def impact(estimate: Estimate, *ids: str, shared: bool) -> _Impact:
        magnitude = _group([0], [estimate], scale, [_key(entropy, role, risk.id, *ids)])
        return _Impact(number, magnitude, shared, multiplies)

    if isinstance(given, Mapping):
        yield from ((task, impact(each, task, shared=False)) for task, each in given.items() if task in places)
    elif given is not None:
        common = impact(given, shared=True)
        yield from ((task, common) for task in risk.tasks if task in places)


def _key(entropy: int, role: str, *ids: str) -> int:
    return stream_key(entropy, "risk", role, *ids)


def _occurrence(key: int, probability: float, positions: Words) -> Bools:
    u = np.empty((1, positions.size))
    fill_uniforms(np.array([[key]], dtype=np.uint64), positions, u, np.empty_like(u, dtype=np.uint64))
    return np.asarray(u[0] < probability)
