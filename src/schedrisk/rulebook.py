"""What decides each row's dates, compiled from the plan: links with their lags, imposed dates, progress, spans.

Everything that does not change from draw to draw is settled here once: whose calendar a lag counts on, what remains of
a lag whose predecessor has begun, which date a constraint means in ticks, what a task in progress waits for.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cached_property
from typing import cast

import numpy as np

from schedrisk._typing import Floats
from schedrisk.calendars import PLAIN, Calendar, Clock, WeatheredClock, WorkingDays, clock_of, compile_calendar
from schedrisk.estimates import Fixed
from schedrisk.model import Constraint, Link, Plan, Task
from schedrisk.model.branches import holding_edges
from schedrisk.model.dates import DateRange
from schedrisk.model.moments import When
from schedrisk.model.risk_limits import RiskLimits
from schedrisk.model.structure import members_of
from schedrisk.model.weather_odds import first_uncertain_day
from schedrisk.rules import (
    ALWAYS,
    NEVER,
    NO_BOUND,
    Arc,
    Bound,
    Fork,
    Override,
    Rule,
    Span,
    raised,
    shifted,
    shortened,
    work_between,
)
from schedrisk.timeaxis import TimeAxis

__all__ = ["Rulebook"]


class Rulebook:
    """Compiles the logic of a plan, row by row.

    Attributes
    ----------
    links_into : list of list of Arc
    rules : list of Rule or None
    spans : dict of int to Span
    clocks : list of Clock
    floor : float
    planned : ndarray, shape (n_tasks,)
    forks : list of Fork
        Decisions, in the order of the plan.
    """

    def __init__(self, plan: Plan, axis: TimeAxis) -> None:
        self.plan, self.axis = plan, axis
        self.options = plan.scheduling
        self.rows = {task.id: row for row, task in enumerate(plan.tasks)}
        self._clocks: dict[str, Clock] = {}
        self._bounds: dict[tuple[Clock, float], Bound] = {}
        self._plain_rules: dict[tuple[Clock, bool, bool, bool, bool], Rule] = {}
        self.clocks = [self._clock(task.calendar) for task in plan.tasks]
        self.now = axis.tick(plan.status_date, of_start=True) if plan.status_date is not None else self._last_known()
        self.floor = axis.start
        if self.options.remaining_work == "after-status-date":
            self.floor = max(self.floor, self.now)
        self.planned = axis.to_ticks([0.0 if task.finished else task.planned_duration for task in plan.tasks])
        self.members = members_of(plan.tasks, [task.id for task in plan.tasks if task.kind == "summary"])
        self.links_into: list[list[Arc]] = [[] for _ in plan.tasks]
        self._extra_floors: dict[int, list[tuple[float, bool]]] = {}
        self.planned_lags = axis.to_ticks([link.planned_lag for link in plan.uncertain_lags])
        self.planned_dates = np.array(
            [
                axis.tick(cast("DateRange", each.when).as_planned, of_start=each.of_start)
                for _, _, each in plan.uncertain_dates
            ]
        )
        lags = axis.to_ticks([link.planned_lag for link in plan.all_links]).tolist()
        # Of work that has not begun, links mean what they say; most are like that.
        ahead = [task.active and not task.started and not task.is_span for task in plan.tasks]
        for link, lag in zip(plan.all_links, lags, strict=True):
            before, after = self.rows[link.predecessor], self.rows[link.successor]
            if ahead[before] and ahead[after]:
                self.links_into[after].append(self._arc(link, lag, before))
            else:
                self._add_link(link, lag)
        self.forks = [
            Fork.of(each, plan, self.rows, self._edges, axis.deadline(each.by), self.floor) for each in plan.decisions
        ]
        self.spans = {row: self._span(task) for row, task in enumerate(plan.tasks) if task.is_span}
        self._risks = RiskLimits.of(plan.risks)
        self.rules = [self._rule(row, task) for row, task in enumerate(plan.tasks)]

    def _last_known(self) -> float:
        """Return up to when progress is known where no status date says so: the latest actual date [tick]."""
        actuals = np.concatenate([self.actual("actual_start"), self.actual("actual_finish")])
        known = actuals[~np.isnan(actuals)]
        return max(self.axis.start, float(known.max())) if known.size else self.axis.start

    def actual(self, field: str) -> Floats:
        """Return "actual_start" or "actual_finish" of every task, NaN where there is none [tick]."""
        moments = [getattr(task, field) for task in self.plan.tasks]
        of_start = field == "actual_start"
        return np.array([np.nan if each is None else self.axis.tick(each, of_start=of_start) for each in moments])

    # ---- calendars ------------------------------------------------------------------------------------------------

    def _clock(self, name: str | None) -> Clock:
        name = self.plan.calendar.name if name is None else name
        if name not in self._clocks:
            calendar = self.plan.calendars_by_name[name]
            base = clock_of(calendar, self.axis.epoch) if self.axis.in_clock_time else PLAIN
            self._clocks[name] = self._weathered(base, calendar) if calendar.weather else base
        return self._clocks[name]

    def _weathered(self, base: Clock, calendar: Calendar) -> Clock:
        # Where all work is on one calendar, its working time is that of every other.
        counted, origin = (calendar, 0) if self.axis.in_clock_time else (self.plan.calendar, self.axis.origin)
        days = WorkingDays(compile_calendar(counted), first_uncertain_day(self.plan), origin)
        return WeatheredClock(base, days, calendar.name, calendar.weather)

    def _lag_clock(self, link: Link) -> Clock:
        name = link.lag_calendar or self.options.lag_calendar
        if name in {"predecessor", "successor"}:
            return self.clocks[self.rows[link.predecessor if name == "predecessor" else link.successor]]
        return self._clock(None if name == "plan" else name)

    # ---- links ----------------------------------------------------------------------------------------------------

    def _add_link(self, link: Link, lag: float) -> None:
        predecessor, successor = (self.plan.task(each) for each in (link.predecessor, link.successor))
        if not (predecessor.active and successor.active):
            return
        if "level-of-effort" in {predecessor.kind, successor.kind}:
            return
        targets = self.members[successor.id] if successor.kind == "summary" else [successor.id]
        arc = self._arc(link, lag, self.rows[predecessor.id])
        if arc.share and predecessor.started:
            # Of the whole duration: what is done counts too.
            arc = arc._replace(lag=arc.lag + round(arc.share * self._done(predecessor)))
        for each in targets:
            row, task = self.rows[each], self.plan.tasks[self.rows[each]]
            if not task.started or self.options.progress == "retained-logic":
                self._add_arc(row, arc, predecessor)
            elif self.options.progress == "actual-dates":
                self._add_limit(row, arc, predecessor)

    def _arc(self, link: Link, lag: float, before: int) -> Arc:
        """Return a link from a row as it is where nothing has begun."""
        share, clock = link.lag_percent / 100.0, self._lag_clock(link)
        if self._drawn_lags and (drawn := self._drawn_lags.get(id(link))) is not None:
            return Arc(before, 0.0, link.kind, clock, share, drawn)
        return Arc(before, lag, link.kind, clock, share)

    @cached_property
    def _drawn_lags(self) -> dict[int, int]:
        """The place of each uncertain lag, by the identity of its link: two links may be equal."""
        return {id(link): number for number, link in enumerate(self.plan.uncertain_lags)}

    @cached_property
    def _drawn_dates(self) -> dict[tuple[str, int], int]:
        """The place of each uncertain date, by the task and the number of the constraint."""
        return {(task, number): place for place, (task, number, _) in enumerate(self.plan.uncertain_dates)}

    def _add_limit(self, row: int, arc: Arc, predecessor: Task) -> None:
        """Add a link into work that has begun: it waits for nothing, but limits how late its predecessor may be."""
        known = predecessor.finished or (predecessor.started and arc.from_start)
        if not (known or self.plan.tasks[row].finished):
            self.links_into[row].append(arc)

    def _add_arc(self, row: int, arc: Arc, predecessor: Task) -> None:
        """Add a link, less what of its lag has passed already; into a manual task it limits what comes before."""
        remains: Arc | None = arc
        if predecessor.started and self.options.progress != "actual-dates" and predecessor.manual is None:
            remains = self._what_remains(row, arc, predecessor)
        elif predecessor.started and arc.from_start:
            # The start is known: the link is a date.
            self._hold_back(row, arc, self._began(predecessor))
            return
        if remains is not None:
            self.links_into[row].append(remains)

    def _began(self, task: Task) -> float:
        return self._moment(task.actual_start, of_start=True)

    def work_done(self, task: Task) -> float:
        """Return how much work on a task has been done so far [tick of its working time]."""
        if not task.started:
            return 0.0
        until = task.actual_finish or task.suspended
        last = self.now if until is None else self._moment(until, of_start=False)
        return work_between(self.clocks[self.rows[task.id]], self._began(task), last)

    def _done(self, task: Task) -> float:
        """Return how long work has gone on [tick]."""
        until = task.actual_finish or task.suspended or task.resumed
        if until is None:
            return 0.0
        clock = self.clocks[self.rows[task.id]]
        return work_between(clock, self._began(task), self._moment(until, of_start=False))

    def _moment(self, when: When | None, *, of_start: bool) -> float:
        """Return a date that the model is known to have [tick]."""
        return self.axis.tick(cast("dt.date", when), of_start=of_start)

    def _what_remains(self, row: int, arc: Arc, predecessor: Task) -> Arc | None:
        """Return a link as P6 keeps it once the predecessor has begun.

        The lag of a finished predecessor has been running since its finish, that of a start since the start; what is
        left of it counts from the data date on, to which P6 moves the early dates of what is complete. An FF or SF link
        from finished work to what is not complete is a date.
        """
        began = self._began(predecessor)
        if predecessor.finished:
            ended = self._moment(predecessor.actual_finish, of_start=False)
            if self.plan.tasks[row].finished:
                return arc._replace(lag=0.0, drawn=-1)
            if arc.from_start or not arc.to_start:
                self._hold_back(row, arc, began if arc.from_start else ended)
                return arc._replace(lag=0.0, drawn=-1) if arc.to_start else None
            return shortened(arc, work_between(arc.clock, ended, self.now))
        if not arc.from_start:
            return arc
        if self.options.start_lag_from == "actual-start" or not arc.to_start:
            self._hold_back(row, arc, began)
            return arc._replace(lag=0.0, drawn=-1) if arc.to_start else None
        passed = work_between(self.clocks[arc.predecessor], began, self.now)
        return shortened(arc, passed)

    def _hold_back(self, row: int, arc: Arc, moment: float) -> None:
        lag = arc.lag + float(np.rint(arc.share * self.planned[arc.predecessor]))
        lag += float(self.planned_lags[arc.drawn]) if arc.drawn >= 0 else 0.0
        held = shifted(arc.clock, np.array([moment]), lag)[0]
        self._extra_floors.setdefault(row, []).append((float(held), arc.to_start))

    # ---- spans ----------------------------------------------------------------------------------------------------

    def _span(self, task: Task) -> Span:
        if task.kind == "summary":
            return Span.of_summary(self.rows[each] for each in self.members[task.id])
        links = self._links_of.get(task.id, ())
        lagging = ((each, float(self.axis.to_ticks(each.planned_lag)), self._lag_clock(each)) for each in links)
        return Span.of_effort(task.id, lagging, self.plan, self.rows)

    @cached_property
    def _links_of(self) -> dict[str, list[Link]]:
        """The links of every level of effort."""
        found: dict[str, list[Link]] = {task.id: [] for task in self.plan.tasks if task.kind == "level-of-effort"}
        for link in self.plan.all_links:
            for end in {link.predecessor, link.successor} & found.keys():
                found[end].append(link)
        return found

    # ---- what may not exist ---------------------------------------------------------------------------------------

    @cached_property
    def _edges(self) -> list[tuple[str, str]]:
        decided = [(each.milestone, task) for each in self.plan.decisions for task in each.tasks]
        return holding_edges(self.plan.all_links, {task.id: task for task in self.plan.tasks}, self.members) + decided

    @cached_property
    def optional(self) -> frozenset[int]:
        """Rows that some draws may be without."""
        return frozenset(self.rows[each] for each in self.plan.optional_tasks).union(
            *(each.rows for each in self.forks)
        )

    @cached_property
    def given_up(self) -> frozenset[int]:
        """Rows that a decision may end, whatever links say."""
        return frozenset[int]().union(*(fork.given_up for fork in self.forks))

    # ---- dates ----------------------------------------------------------------------------------------------------

    def _rule(self, row: int, task: Task) -> Rule | None:
        if task.is_span:
            return None
        # Logic passes through what is complete: its dates are nobody's work, and stay where they are in a pause.
        passed = task.finished and self.options.progress != "actual-dates"
        clock = PLAIN if passed else self.clocks[row]
        least = task.estimate.support[0] * self._risks.shrinkage.get(task.id, 1.0)
        vanishes = not task.has_work or least * self.axis.ticks_per_unit <= 0.5  # rounds to no tick
        expected = self.options.expected_finish and any(each.kind == "expected-finish" for each in task.constraints)
        zero = type(task.estimate) is Fixed and task.estimate.value == 0
        never_long = task.finished or (
            zero and task.id not in self._risks.delayed and not (expected and task.kind == "task")
        )
        at_work = task.kind == "start-milestone" and not passed
        early = self._links_alone and self._may_precede_start(row, task)
        rule = self._plain_rule(clock, early, never_long, vanishes, at_work)
        if task.assignments:
            rule = replace(rule, parts=tuple((self._clock(each.calendar), each.share) for each in task.assignments))
        if task.id in self._risks.windowed or task.id in self._risks.waiting:
            rule = replace(rule, windows=self._windows(task, clock), leads=self._leads(task, clock))
        if task.started or task.manual is not None:
            rule = self._with_progress(rule, task)
        for number, constraint in enumerate(task.constraints):
            if constraint.is_uncertain:
                rule = self._with_drawn_date(rule, task, number, constraint)
            else:
                rule = self._with_constraint(rule, task, number, constraint)
        for fork in self.forks:
            if row in fork.missed:  # it exists in no draw in which it may start earlier
                rule = raised(rule, self._bound(rule.clock, fork.since), of_start=True)
        for moment, of_start in self._extra_floors.get(row, ()):
            rule = raised(rule, self._bound(clock, moment), of_start=of_start)
        return rule if self._is_needed(rule, row) else None

    def _plain_rule(self, clock: Clock, early: bool, instant: bool, may_vanish: bool, at_work: bool) -> Rule:
        """Return the rule of work that nothing but links and its calendar decide; many rows share one."""
        key = clock, early, instant, may_vanish, at_work
        if key not in self._plain_rules:
            floor = NO_BOUND if early else self._bound(clock, self.floor)
            own_time = self.options.progress != "actual-dates"
            self._plain_rules[key] = Rule(
                clock, floor, instant=instant, may_vanish=may_vanish, at_work=at_work, in_own_time=own_time
            )
        return self._plain_rules[key]

    def _may_precede_start(self, row: int, task: Task) -> bool:
        """Whether links or a date alone say when a row starts, be it before the project does.

        A finish that is held back (FF) takes no task before the project's start.
        """
        arcs = self.links_into[row]
        linked = (bool(arcs) or row in self._extra_floors) and all(arc.kind != "FF" for arc in arcs)
        return linked or any(each.kind in {"SNET", "SO", "FO"} for each in task.constraints)

    @cached_property
    def _links_alone(self) -> bool:
        """Whether logic may take work to before the project's start, as in Project."""
        options = self.options
        microsoft = options.progress == "actual-dates" and options.remaining_work == "as-scheduled"
        return microsoft and self.plan.start is not None

    def _is_needed(self, rule: Rule, row: int) -> bool:
        if self.clocks[row] is not PLAIN or rule.parts:
            return True
        arcs = self.links_into[row]
        for before, lag, kind, clock, share, drawn in arcs:
            if kind != "FS" or share or drawn >= 0 or self.stands_alone(before):
                return True
            if lag and (clock is not PLAIN or before in self.optional):
                return True
        # A row without a floor needs none where a link without a lead holds it.
        floored = rule.floor.instant == self.floor or (rule.floor is NO_BOUND and any(arc.lag >= 0 for arc in arcs))
        free = floored and rule.finish_floor.instant == NEVER and not rule.may_defy_links and not rule.drawn
        late = rule.latest_start == rule.latest_finish == ALWAYS and not rule.late_pins and not rule.as_late
        untimed = not rule.windows and not rule.leads
        return not (free and late and untimed and rule.began is None)

    def _windows(self, task: Task, clock: Clock) -> dict[int, tuple[Bound, Bound]]:
        """Return the windows of the risks that hit a task, by the place of the risk."""
        found = {}
        for place in self._risks.windowed.get(task.id, ()) if task.has_work else ():
            window = self.plan.risks[place].window
            start, finish = (None, None) if window is None else window.ends
            found[place] = (
                NO_BOUND if start is None else self._bound(clock, self._moment(start, of_start=True)),
                Bound(ALWAYS, ALWAYS) if finish is None else self._bound(clock, self._moment(finish, of_start=False)),
            )
        return found

    def _leads(self, task: Task, clock: Clock) -> dict[float, Bound]:
        """Return when lead times are over for a task that waits for them."""
        if task.id not in self._risks.waiting or not task.has_work:
            return {}
        own = self._clock(None)
        now = float(own.work(np.array([self.now]))[0])
        over = own.start(now + np.array([float(self.axis.to_ticks(lead)) for lead in self._risks.leads]))
        return {lead: self._bound(clock, float(each)) for lead, each in zip(self._risks.leads, over, strict=True)}

    def stands_alone(self, row: int) -> bool:
        """Whether a row's dates may lie before the floor of the others."""
        return row in self._alone

    @cached_property
    def _alone(self) -> frozenset[int]:
        microsoft = self.options.progress == "actual-dates"
        return frozenset(
            row
            for row, task in enumerate(self.plan.tasks)
            if task.is_span or task.manual is not None or (microsoft and task.finished)
        )

    def _bound(self, clock: Clock, instant: float) -> Bound:
        if (clock, instant) not in self._bounds:
            self._bounds[clock, instant] = Bound(instant, float(clock.work(np.array([instant]))[0]))
        return self._bounds[clock, instant]

    def _with_progress(self, rule: Rule, task: Task) -> Rule:
        tick = self._moment
        if task.manual is not None:
            start, finish = task.manual
            return replace(rule, stands=(tick(start, of_start=True), tick(finish, of_start=False)))
        began = self._began(task)
        if self.options.progress == "actual-dates":
            if task.finished:
                return replace(rule, stands=(began, tick(task.actual_finish, of_start=False)))
            resumes = began if task.resumed is None else max(began, tick(task.resumed, of_start=True))
            if self.options.remaining_work == "after-status-date":
                resumes = max(resumes, self.floor)
            return replace(rule, began=began, floor=self._bound(rule.clock, resumes))
        if task.finished:
            return rule
        resumes = max(began, self.floor)
        if task.resumed is not None:
            resumes = max(resumes, tick(task.resumed, of_start=True))
        return replace(rule, floor=self._bound(rule.clock, resumes))

    def _with_drawn_date(self, rule: Rule, task: Task, number: int, constraint: Constraint) -> Rule:
        """Add an early date that is drawn; it means as much as a date that is not."""
        late = constraint.kind == "FNET" and self.options.progress == "actual-dates"
        if task.finished or task.manual is not None or (task.started and not late):
            return rule
        return replace(rule, drawn=(*rule.drawn, (self._drawn_dates[task.id, number], constraint.of_start)))

    def _with_constraint(self, rule: Rule, task: Task, number: int, constraint: Constraint) -> Rule:
        if constraint.kind == "ALAP":
            return replace(rule, as_late=not task.started)
        if task.finished or task.manual is not None:
            return rule
        kind, unstarted = constraint.kind, not task.started
        bound = self._bound(rule.clock, self._moment(constraint.planned_when, of_start=constraint.of_start))
        microsoft = self.options.progress == "actual-dates"
        if kind in {"SNET", "SO", "external-start"} and unstarted:
            rule = raised(rule, bound, of_start=True)
        if kind in {"FNET", "FO"} and (unstarted or microsoft):
            rule = raised(rule, bound, of_start=False)
        if kind in {"SNLT", "SO"} and unstarted:
            rule = replace(rule, latest_start=min(rule.latest_start, bound.instant))
        if kind in {"FNLT", "FO", "deadline", "external-finish"}:
            rule = replace(rule, latest_finish=min(rule.latest_finish, bound.instant))
        override = Override(number, kind, bound)
        if kind == "MFO" or (kind == "MSO" and unstarted):
            rule = replace(rule, late_pins=(*rule.late_pins, override))
        honoured = self.options.honor_constraints and kind in {"SNLT", "FNLT"}
        expected = kind == "expected-finish" and self.options.expected_finish
        if ((kind in {"MSO", "MFO"} or honoured) and unstarted) or expected:
            rule = replace(rule, overrides=(*rule.overrides, override))
        return rule
