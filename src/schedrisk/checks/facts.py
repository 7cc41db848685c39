"""What the rules work with: findings, and facts about a plan that several rules need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.checks.joins import Joins
from schedrisk.checks.reasons import WHY
from schedrisk.checks.thresholds import limits_with
from schedrisk.cpm import project_finish
from schedrisk.engine import scheduled
from schedrisk.errors import shown
from schedrisk.estimates import Estimate
from schedrisk.model import Link, Plan, Promise, Risk
from schedrisk.network import Network, compile_network
from schedrisk.result import Schedule, compute_schedule
from schedrisk.result.due import Due
from schedrisk.rules import Bound
from schedrisk.rules import Rule as PassRule
from schedrisk.wording import UNITS, number_text

__all__ = ["MOST_ALIKE", "Facts", "Finding", "Rule", "Section", "Severity", "about_link", "ends_of"]

Severity: TypeAlias = Literal["error", "warning", "info"]
Section: TypeAlias = Literal["plan", "task", "link", "risk", "promise", "calendar"]

# More findings of one kind than this are told as one.
MOST_ALIKE = 10

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
    id : str
        Id of the task, risk or promise, text of the link; empty for what is about the plan as a whole.
    value, threshold : float, optional
        What was measured, and its limit, where the rule has one.
    """

    severity: Severity
    rule: str
    section: Section
    number: int
    where: str
    finding: str
    remedy: str
    id: str = ""
    value: float | None = None
    threshold: float | None = None

    @property
    def why(self) -> str:
        """Why it matters."""
        return WHY[self.rule]


Rule: TypeAlias = "Callable[[Facts], Iterator[Finding]]"


@dataclass(frozen=True, eq=False)
class Facts:
    """A plan, and what follows from it at once. Arrays have one value for each task, in the order of the plan.

    Attributes
    ----------
    plan : Plan
    limits : mapping of str to float
        Limits of the rules, by the names of `THRESHOLDS`.
    """

    plan: Plan
    limits: Mapping[str, float] = field(default_factory=lambda: limits_with(None))

    @cached_property
    def network(self) -> Network:
        """The compiled plan."""
        return compile_network(self.plan)

    @cached_property
    def schedule(self) -> Schedule:
        """Planned dates."""
        return compute_schedule(self.plan, self.network)

    @cached_property
    def joins(self) -> Joins:
        """The links that count."""
        return Joins(self.plan)

    @property
    def rows(self) -> dict[str, int]:
        """Place of each task in the plan."""
        return self.joins.rows

    @cached_property
    def open(self) -> Bools:
        """Which tasks are still to be done: active, not finished, neither summary nor level of effort (DCMA)."""
        return np.array([task.active and not task.finished and not task.is_span for task in self.plan.tasks])

    @cached_property
    def works(self) -> Bools:
        """Which tasks have work to come whose duration decides their dates."""
        return np.array([task.has_work for task in self.plan.tasks])

    @cached_property
    def promise_numbers(self) -> dict[str, int]:
        """Place of each promise in the plan."""
        return {promise.name: number for number, promise in enumerate(self.plan.promises)}

    @cached_property
    def deadlines(self) -> dict[str, float]:
        """The last tick that keeps each promise; of a relative one, as planned."""
        return {promise.name: self._deadline(promise) for promise in self.plan.promises}

    def _deadline(self, promise: Promise) -> float:
        if promise.by is not None:
            return self.network.axis.deadline(promise.by)
        after = self.schedule.finish[self.rows[promise.after or ""]]
        return float(Due.of(promise, self.plan, self.network.axis, after).ticks)

    @cached_property
    def planned(self) -> Floats:
        """Planned durations [plan unit]."""
        return np.array([task.planned_duration for task in self.plan.tasks])

    @cached_property
    def low(self) -> Floats:
        """Shortest durations, without risks [plan unit]."""
        return self._ends[:, 0]

    @cached_property
    def high(self) -> Floats:
        """Longest durations, without risks [plan unit]."""
        return self._ends[:, 1]

    @cached_property
    def _ends(self) -> Floats:
        # What is finished takes no more time.
        return np.array([(0.0, 0.0) if task.finished else ends_of(task.estimate) for task in self.plan.tasks])

    @property
    def spread(self) -> Bools:
        """Which tasks have an uncertain duration of their own."""
        return self.high > self.low

    @cached_property
    def risky(self) -> Bools:
        """Which tasks can be hit by a risk."""
        found = np.zeros(len(self.plan.tasks), dtype=bool)
        for risk in self.plan.risks:
            found[[self.rows[task] for task in risk.hits if risk.probability_of(task) > 0]] = True
        return found

    @cached_property
    def earliest(self) -> Floats:
        """Finishes where every task is as short as can be, and risks are as kind as can be [tick]."""
        shortest = self.low.copy()
        for row, (least, _) in self._factors():
            shortest[row] *= least
        for risk in self.plan.risks:
            for task, delay in risk.delays.items():
                if self._is_certain(risk, task) and not risk.parallel:
                    shortest[self.rows[task]] += ends_of(delay)[0]
            for task, saving in risk.savings.items():
                if risk.probability_of(task) > 0:
                    row = self.rows[task]
                    shortest[row] = max(shortest[row] - ends_of(saving)[1], 0.0)
        return self._finishes(shortest)

    @cached_property
    def latest(self) -> Floats:
        """Finishes where every task is as long as can be, and risks are as unkind as can be [tick]."""
        longest = self.high.copy()
        for row, (_, most) in self._factors():
            longest[row] *= most
        for risk in self.plan.risks:
            for task, delay in risk.delays.items():
                if risk.probability_of(task) > 0:
                    longest[self.rows[task]] += ends_of(delay)[1]
        return self._finishes(longest)

    @property
    def planned_finish(self) -> float:
        """Of the project [tick]."""
        return self.schedule.end

    @staticmethod
    def _is_certain(risk: Risk, task: str) -> bool:
        """Whether a risk hits a task in every draw."""
        conditional = risk.window is not None or risk.fades or bool(risk.triggered_by)
        return risk.probability_of(task) == 1 and not conditional

    def _factors(self) -> Iterator[tuple[int, tuple[float, float]]]:
        """Yield the least and the most that each risk can multiply a task by."""
        for risk, task in ((each, task) for each in self.plan.risks for task in each.factors):
            if risk.probability_of(task) == 0:
                continue
            least, most = ends_of(risk.factors[task])
            if risk.parallel or not self._is_certain(risk, task):  # where it does not act, the factor is 1
                least, most = min(least, 1.0), max(most, 1.0)
            row = self.rows[task]
            if self.high[row] > 0:  # what takes no time takes none, whatever the factor
                yield row, (least, most)

    def _finishes(self, durations: Floats) -> Floats:
        early = scheduled(self.network, self.network.as_planned(self.network.axis.to_ticks(durations)[:, None]))
        done = self.network.actual_finish
        return np.where(np.isnan(done), early.finishes[:, 0], done)

    @cached_property
    def unpinned(self) -> Network:
        """The network without dates that override logic; they hold work back, as an earliest date does."""
        rules = tuple(self._unpinned_rule(row) for row in range(self.network.n_tasks))
        return self.network if rules == self.network.rules else replace(self.network, rules=rules)

    def _unpinned_rule(self, row: int) -> PassRule | None:
        rule = self.network.rules[row]
        if rule is None or not rule.may_defy_links or self.network.complete[row]:
            return rule
        floor, finish_floor = rule.floor, rule.finish_floor
        if rule.stands is not None:
            floor = max(floor, Bound(rule.stands[0], float(rule.clock.work(np.array(rule.stands[:1]))[0])))
        for each in rule.overrides:
            if each.kind == "MSO":
                floor = max(floor, each.bound)
            elif each.kind == "MFO":
                finish_floor = max(finish_floor, each.bound)
        return replace(rule, floor=floor, finish_floor=finish_floor, overrides=(), stands=None)

    @cached_property
    def unpinned_finish(self) -> Floats:
        """Planned finishes where no date overrides logic [tick]."""
        if self.unpinned is self.network:
            return self.schedule.early_finish
        return np.asarray(
            scheduled(self.unpinned, self.unpinned.as_planned(self.network.planned[:, None].copy())).finishes[:, 0]
        )

    def days_between(self, row: int, first: float, last: float) -> float:
        """Return the working days of a task between two moments [tick]; 0 where the second is not later."""
        one, two = self.network.clocks[row].work(np.array([first, last]))
        return max(float(two - one), 0.0) / float(self.ticks_per_day[row])

    def length_index(self, planned: float, deadline: float) -> float:
        """Return the critical path length index (DCMA check 13): (length + float) / length, from now on."""
        axis = self.network.axis
        now, planned, deadline = (float(axis.working(each)) for each in (self.network.floor, planned, deadline))
        return (deadline - now) / (planned - now) if planned > now else 1.0

    def finish_of(self, promise: Promise, finishes: Floats) -> float:
        """Return the finish of what is promised, out of those of all tasks."""
        if promise.task is None:
            return float(project_finish(self.network, finishes[:, None])[0])
        return float(finishes[self.rows[promise.task]])

    @cached_property
    def ticks_per_day(self) -> Floats:
        """Working time of a day of each task's calendar [tick]."""
        return np.array([self._day_of(task.calendar) for task in self.plan.tasks])

    @cached_property
    def planned_days(self) -> Floats:
        """Planned durations, of work in progress what remains [working day of the task's calendar]."""
        days: Floats = self.network.planned / self.ticks_per_day
        return days

    def _day_of(self, calendar: str | None) -> float:
        axis = self.network.axis
        if calendar is None or not axis.dated:
            return axis.ticks_per_day
        return self.plan.calendars_by_name[calendar].hours_per_day * 3600 or axis.ticks_per_day

    def lag_of(self, link: Link) -> float:
        """Return the whole lag of a link at planned durations [plan unit]."""
        return float(link.planned_lag + link.lag_percent / 100 * self.planned[self.rows[link.predecessor]])

    def lag_days(self, link: Link) -> float:
        """Return the whole lag of a link in days of the calendar that it counts on."""
        name = link.lag_calendar or self.plan.scheduling.lag_calendar
        if name in {"predecessor", "successor"}:
            row = self.rows[link.predecessor if name == "predecessor" else link.successor]
            day = float(self.ticks_per_day[row])
        else:
            day = self._day_of(None if name == "plan" else name)
        return self.lag_of(link) * self.network.axis.ticks_per_unit / day

    def text(self, duration: float) -> str:
        """Write a duration with its unit."""
        unit = UNITS[self.plan.unit]
        return f"{number_text(duration)} {unit.removesuffix('s') if duration == 1 else unit}"

    @staticmethod
    def days_text(days: float) -> str:
        """Write a number of working days."""
        text = number_text(days)
        return f"{text} working day{'s' * (text != '1')}"

    def about_task(
        self, row: int, severity: Severity, rule: str, finding: str, remedy: str, *,
        value: float | None = None, threshold: float | None = None,
    ) -> Finding:  # fmt: skip
        """Return a finding about a task."""
        name = self.plan.tasks[row].id
        return Finding(severity, rule, "task", row, f"task {shown(name)}", finding, remedy, name, value, threshold)


def about_link(
    number: int, link: Link, severity: Severity, rule: str, finding: str, remedy: str, *,
    value: float | None = None, threshold: float | None = None,
) -> Finding:  # fmt: skip
    """Return a finding about a link, of which `number` is the place in the plan."""
    kind = "" if link.kind == "FS" else f" ({link.kind})"
    where = f"link {shown(link.predecessor)} → {shown(link.successor)}{kind}"
    name = f"{link.predecessor} → {link.successor}{kind}"
    return Finding(severity, rule, "link", number, where, finding, remedy, name, value, threshold)


def ends_of(estimate: Estimate) -> tuple[float, float]:
    """Return the lowest and the highest value; in place of a missing end, what is hardly ever passed."""
    return estimate.practical_support(1 - NEARLY_ALL)
