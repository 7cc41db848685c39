"""Durations of all tasks, a block of draws at a time: estimates, and the risks that strike."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from schedrisk._typing import Floats
from schedrisk.estimates import Estimate, Fixed
from schedrisk.model import Plan
from schedrisk.sample import Sample
from schedrisk.sampling.correlation import CorrelationSampler
from schedrisk.sampling.design import Design, Draws
from schedrisk.sampling.existence import ExistenceSampler
from schedrisk.sampling.groups import Group
from schedrisk.sampling.lags import DateSampler, LagSampler
from schedrisk.sampling.risks import RiskSampler, Strikes
from schedrisk.timeaxis import TimeAxis

if TYPE_CHECKING:
    from schedrisk.sampling.compiled import CompiledSampler

__all__ = ["DurationSampler"]

# Rows sampled in one go. Enough to make a call's fixed cost small, few enough to stay in the processor's cache.
CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, eq=False)
class DurationSampler:
    """Draws durations of the tasks of a plan.

    Every task and risk has its own stream, keyed by its id, so that what one draws depends on nothing else in the
    plan; but for what it has in common with those it is correlated with.

    Attributes
    ----------
    n_rows : int
    design : Design
    groups : tuple
        Tasks by kind of estimate.
    risks : RiskSampler
    correlation : CorrelationSampler, optional
        What correlated tasks have in common; None where no task is correlated.
    existence : ExistenceSampler, optional
        Which tasks exist; None where all do.
    tracked : frozenset of int
        Rows of which the samples say what each risk does to them.
    lags : LagSampler, optional
    dates : DateSampler, optional
        What else is drawn; None where there is none.
    """

    n_rows: int
    design: Design
    groups: tuple[Group, ...]
    risks: RiskSampler
    correlation: CorrelationSampler | None = None
    existence: ExistenceSampler | None = None
    tracked: frozenset[int] = frozenset()
    lags: LagSampler | None = None
    dates: DateSampler | None = None

    def __getstate__(self) -> dict[str, object]:
        """Return what another process needs: not what is made from it for the compiled engine."""
        return {name: value for name, value in vars(self).items() if name != "compiled"}

    @cached_property
    def compiled(self) -> CompiledSampler:
        """What draws the same by compiled loops."""
        from schedrisk.sampling.compiled import CompiledSampler

        return CompiledSampler.of(self)

    @classmethod
    def of(
        cls, plan: Plan, ticks_per_unit: float, design: Design, rows: Iterable[int] | None = None,
        mitigated: Collection[str] = (), *, axis: TimeAxis | None = None,
    ) -> DurationSampler:  # fmt: skip
        """Prepare the sampler of a plan.

        Parameters
        ----------
        plan : Plan
        ticks_per_unit : float
        design : Design
        rows : iterable of int, optional
            The tasks to sample, by their place in the plan; all where not given. Their places in this list are the
            rows of what `sample` writes.
        mitigated : collection of str
            Ids of the risks whose mitigation is chosen.
        axis : TimeAxis, optional
            With it, uncertain lags and dates are drawn too: all of the plan's, whatever the rows.
        """
        tasks = [plan.tasks[row] for row in (range(len(plan.tasks)) if rows is None else rows)]
        # What is complete, stands, or follows from other tasks has no duration left to draw.
        estimates = [task.estimate if task.has_work else Fixed(0) for task in tasks]
        by_kind: dict[type[Estimate], list[int]] = {}
        for row, estimate in enumerate(estimates):
            by_kind.setdefault(type(estimate), []).append(row)
        drawn = (task.id for task, estimate in zip(tasks, estimates, strict=True) if type(estimate) is not Fixed)
        correlation = CorrelationSampler.of(plan.dependence["task"], design, drawn)
        groups = [
            Group.of(
                members, [estimates[row] for row in members], ticks_per_unit,
                design.streams(("task", "duration", tasks[row].id) for row in members),
                correlation.rows([tasks[row].id for row in members]),
            )
            for members in by_kind.values()
        ]  # fmt: skip
        places = {task.id: row for row, task in enumerate(tasks) if task.has_work}
        risks = RiskSampler.of(plan, ticks_per_unit, design, places, mitigated)
        existence = ExistenceSampler.of(plan, design, {task.id: row for row, task in enumerate(tasks)})
        return cls(
            len(tasks), design, tuple(groups), risks, correlation if correlation.members else None, existence,
            lags=None if axis is None else LagSampler.of(plan, axis, design),
            dates=None if axis is None else DateSampler.of(plan, axis, design),
        )  # fmt: skip

    @cached_property
    def unchanged(self) -> frozenset[int]:
        """Rows whose durations are their estimates, whatever happens."""
        return frozenset(range(self.n_rows)) - self.tracked - self.risks.phases[0].impacts.keys() - self.risks.timed

    def sample(self, first: int, count: int, out: Floats | None = None) -> Sample:
        """Draw some consecutive draws.

        Parameters
        ----------
        first : int
            Number of the first draw.
        count : int
        out : ndarray, shape (n_rows, n_draws), optional
            Receives the durations: whole ticks, never negative.
        """
        durations = np.empty((self.n_rows, count)) if out is None else out
        draws = self.design.block(first, count)
        strikes = self.risks.strike(draws)
        scores = None if self.correlation is None else self.correlation.scores(draws)
        chunk = max(1, CHUNK_BYTES // (8 * count))
        buffer = np.empty((2, chunk, count))
        for group in self.groups:
            for start in range(0, group.rows.size, chunk):
                some = slice(start, min(start + chunk, group.rows.size))
                drawn, scratch = buffer[:, : some.stop - some.start]
                group.fill(some, draws, drawn, scores, scratch)
                rows = group.rows[some].tolist()
                if rows[-1] - rows[0] == len(rows) - 1 and self.unchanged.issuperset(rows):
                    np.rint(drawn, out=durations[rows[0] : rows[-1] + 1])
                    continue
                for row, duration in zip(rows, drawn, strict=True):
                    if row in self.tracked:
                        strikes.track(row, duration)
                    strikes.apply(row, duration)
                    np.rint(duration, out=durations[row])
        return self._gathered(draws, durations, strikes)

    def specimen(self) -> Sample:
        """Return a sample of one draw with all its parts, as `sample` makes it, but for the durations: these are 0."""
        draws, durations = self.design.block(0, 1), np.zeros((self.n_rows, 1))
        strikes = self.risks.strike(draws)
        for row in self.risks.timed:
            strikes.apply(row, durations[row])
        return self._gathered(draws, durations, strikes)

    def _gathered(self, draws: Draws, durations: Floats, strikes: Strikes) -> Sample:
        absent = {} if self.existence is None else self.existence.absent(draws)
        for row, gone in absent.items():
            durations[row][gone] = 0.0
        nothing = np.empty((0, draws.count))
        return Sample(
            draws.first,
            durations,
            absent,
            dict(sorted(strikes.timed.items())),  # by rows: the compiled engine goes by the order
            strikes.tracked,
            nothing if self.lags is None else self.lags.sample(draws),
            nothing if self.dates is None else self.dates.sample(draws),
        )
