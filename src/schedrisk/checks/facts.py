"""What the rules work with: findings, and facts about a plan that several rules need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.engine import scheduled
from schedrisk.errors import shown
from schedrisk.estimates import Estimate
from schedrisk.model import Plan, Promise, Risk
from schedrisk.network import Network, compile_network
from schedrisk.result import Schedule
from schedrisk.simulation import schedule
from schedrisk.wording import UNITS, number_text

__all__ = ["Facts", "Finding", "Rule", "Section", "Severity", "ends_of"]

Severity: TypeAlias = Literal["error", "warning", "info"]
Section: TypeAlias = Literal["plan", "task", "link", "risk", "promise", "calendar"]

# What stands for the highest value of an estimate without an upper end.
NEARLY_ALL = 0.999


@dataclass(frozen=True)
class Finding:
    """Something legal that is probably not meant.

    Attributes
    ----------
    severity : {"error", "warning", "info"}
    rule : str
        Stable identifier.
    section : str
        What part of the plan it is about.
    number : int
        Place of the part in its section.
    where : str
        The part by name.
    finding : str
        A sentence without a full stop, with the values.
    remedy : str
    """

    severity: Severity
    rule: str
    section: Section
    number: int
    where: str
    finding: str
    remedy: str


Rule: TypeAlias = "Callable[[Facts], Iterator[Finding]]"


@dataclass(frozen=True, eq=False)
class Facts:
    """A plan, and what follows from it at once. Arrays have one value for each task, in the order of the plan."""

    plan: Plan

    @cached_property
    def network(self) -> Network:
        """The compiled plan."""
        return compile_network(self.plan)

    @cached_property
    def schedule(self) -> Schedule:
        """Planned dates."""
        return schedule(self.plan)

    @cached_property
    def rows(self) -> dict[str, int]:
        """Place of each task in the plan."""
        return {task.id: row for row, task in enumerate(self.plan.tasks)}

    @cached_property
    def promise_numbers(self) -> dict[str, int]:
        """Place of each promise in the plan."""
        return {promise.name: number for number, promise in enumerate(self.plan.promises)}

    @cached_property
    def planned(self) -> Floats:
        """Planned durations [plan unit]."""
        return np.array([task.planned_duration for task in self.plan.tasks])

    @cached_property
    def low(self) -> Floats:
        """Shortest durations, without risks [plan unit]."""
        return np.array([ends_of(task.estimate)[0] for task in self.plan.tasks])

    @cached_property
    def high(self) -> Floats:
        """Longest durations, without risks [plan unit]."""
        return np.array([ends_of(task.estimate)[1] for task in self.plan.tasks])

    @property
    def spread(self) -> Bools:
        """Which tasks have an uncertain duration of their own."""
        return self.high > self.low

    @cached_property
    def risky(self) -> Bools:
        """Which tasks can be delayed by a risk."""
        found = np.zeros(len(self.plan.tasks), dtype=bool)
        for risk in self.plan.risks:
            found[[self.rows[task] for task in risk.delays if risk.probability > 0]] = True
        return found

    @cached_property
    def earliest(self) -> Floats:
        """Finishes where every task is as short as can be and no risk strikes that need not [tick]."""
        shortest = self.low.copy()
        for task, delay in self._delays(lambda risk: risk.probability == 1):
            shortest[task] += ends_of(delay)[0]
        return self._finishes(shortest)

    @cached_property
    def latest(self) -> Floats:
        """Finishes where every task is as long as can be and every risk strikes [tick]."""
        longest = self.high.copy()
        for task, delay in self._delays(lambda risk: risk.probability > 0):
            longest[task] += ends_of(delay)[1]
        return self._finishes(longest)

    @property
    def planned_finish(self) -> float:
        """Of the project [tick]."""
        return self.schedule.end

    def _delays(self, counts: Callable[[Risk], bool]) -> Iterator[tuple[int, Estimate]]:
        for risk in self.plan.risks:
            if counts(risk):
                yield from ((self.rows[task], delay) for task, delay in risk.delays.items())

    def _finishes(self, durations: Floats) -> Floats:
        early = scheduled(self.network, self.network.axis.to_ticks(durations)[:, None])
        return np.asarray(early.finishes[:, 0])

    def finish_of(self, promise: Promise, finishes: Floats) -> float:
        """Return the finish of what is promised, out of those of all tasks."""
        return float(finishes.max() if promise.task is None else finishes[self.rows[promise.task]])

    def working_days(self, duration: Any) -> Any:
        """Turn durations [plan unit] to working days."""
        return duration * (self.network.axis.ticks_per_unit / self.network.axis.ticks_per_day)

    def text(self, duration: float) -> str:
        """Write a duration with its unit."""
        unit = UNITS[self.plan.unit]
        return f"{number_text(duration)} {unit.removesuffix('s') if duration == 1 else unit}"

    def about_task(self, row: int, severity: Severity, rule: str, finding: str, remedy: str) -> Finding:
        """Return a finding about a task."""
        return Finding(severity, rule, "task", row, f"task {shown(self.plan.tasks[row].id)}", finding, remedy)


def ends_of(estimate: Estimate) -> tuple[float, float]:
    """Return the lowest and the highest value; in place of infinity, what is hardly ever exceeded."""
    low, high = estimate.support
    return low, high if np.isfinite(high) else float(estimate.ppf(NEARLY_ALL))
