"""Plan → Microsoft Project XML (MSPDI)."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from typing import Any, cast
from xml.etree import ElementTree as ET

import numpy as np

from schedrisk.calendars import Calendar, compile_calendar
from schedrisk.errors import ArgumentError, PlanError, Problem, did_you_mean, shown
from schedrisk.estimates import Fixed
from schedrisk.io.mspdi_fields import FIELD_IDS
from schedrisk.io.mspdi_limits import constraint_codes, inherited_constraints, limits_of, own_constraints
from schedrisk.io.mspdi_outline import outline_of, text_fields_of, uids_of
from schedrisk.io.mspdi_tasks import LINK_KINDS
from schedrisk.model import Assignment, Link, Plan, Task
from schedrisk.model.logic import ELAPSED
from schedrisk.model.plan import ROUND_THE_CLOCK
from schedrisk.simulation import schedule
from schedrisk.timeaxis import TimeAxis

__all__ = ["to_mspdi"]

NAMESPACE = "http://schemas.microsoft.com/project"
DAYS, ELAPSED_DAYS, PERCENT, ELAPSED_PERCENT = 7, 8, 19, 20  # codes of units
ESTIMATE_FIELDS = (("Duration1", "low"), ("Duration2", "mode"), ("Duration3", "high"))
DATE_FIELDS = [f"{name}{number}" for name in ("Finish", "Date") for number in range(1, 11)]

Dates = Mapping[str, Mapping[str, dt.datetime]]


def to_mspdi(plan: Plan, dates: Dates | None = None) -> bytes:
    """Return a plan as Microsoft Project XML.

    Three-point estimates go to the fields Duration1 (low), Duration2 (mode) and Duration3 (high), whatever curve they
    have; owners to Contact; codes to text fields. Start milestones become plain ones.

    Parameters
    ----------
    plan : Plan
    dates : mapping of str to mapping of str to datetime, optional
        Dates to show beside the schedule, by a title and the id of the task: ``{"P80": {"install": …}}``. They go to
        the fields Finish1 to Finish10, then Date1 to Date10, under their titles.

    Raises
    ------
    PlanError
        Where the plan holds what the format cannot.
    ArgumentError
        Where `dates` are too many, or of unknown tasks.

    Examples
    --------
    >>> plan = Plan(start="2026-12-01", tasks=[Task("design", "5/8/15")])
    >>> b"<Duration>PT64H0M0S</Duration>" in to_mspdi(plan, {"P80": {"design": dt.datetime(2026, 12, 14, 17)}})
    True
    """
    dates = dates or {}
    if problems := limits_of(plan, TimeAxis.of(plan).ticks_per_unit / 3600):
        raise PlanError(problems)
    _check_dates(plan, dates)
    root = _Writer(plan, dates).project()
    ET.indent(root, "\t")
    text: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{text}\n'.encode()


def _check_dates(plan: Plan, dates: Dates) -> None:
    problems: list[Problem] = []
    if len(dates) > len(DATE_FIELDS):
        problems.append(Problem("dates", f"{len(dates)} titles", f"at most {len(DATE_FIELDS)}"))
    ids = [task.id for task in plan.tasks]
    known = set(ids)
    for title, of_tasks in dates.items():
        problems += [
            Problem(
                f"dates, {shown(title)}", f"the unknown task {shown(each)}", "the id of a task", did_you_mean(each, ids)
            )
            for each in itertools.islice((each for each in of_tasks if each not in known), 10)
        ]
    if problems:
        raise ArgumentError(problems)


def _add(parent: ET.Element, name: str, value: object = None) -> ET.Element:
    """Add an element with the text of a value."""
    element = ET.SubElement(parent, name)
    if isinstance(value, bool):
        element.text = str(int(value))
    elif isinstance(value, dt.datetime):
        element.text = value.isoformat(timespec="seconds")
    elif value is not None:
        element.text = str(value)
    return element


def _duration(ticks: float) -> str:
    """Return seconds as an ISO duration."""
    seconds = round(ticks)
    return f"PT{seconds // 3600}H{seconds // 60 % 60}M{seconds % 60}S"


def _time(second: int) -> str:
    return f"{second // 3600 % 24:02}:{second // 60 % 60:02}:00"


def _instant(when: Any, *, of_start: bool) -> dt.datetime:
    """Return a date with its time: of a day its beginning or its end."""
    if isinstance(when, dt.datetime):
        return when
    midnight = dt.datetime.combine(when, dt.time())
    return midnight if of_start else midnight + dt.timedelta(days=1)


class _Writer:
    """Writes a plan that the format can hold."""

    def __init__(self, plan: Plan, dates: Dates) -> None:
        self.plan, self.axis = plan, TimeAxis.of(plan)
        self.inherited, self.codes = inherited_constraints(plan), constraint_codes(plan)
        self.schedule = schedule(plan)
        self.rows = {task.id: row for row, task in enumerate(plan.tasks)}
        self.numbers = uids_of(plan)
        self.renumbered = any(task != str(number) for task, number in self.numbers.items())
        self.order, self.outline = outline_of(plan)
        self.links: dict[str, list[Link]] = {}
        for link in plan.all_links:
            self.links.setdefault(link.successor, []).append(link)
        self.calendars = [plan.calendar, *plan.calendars]
        if any(each.calendar == ELAPSED for task in plan.tasks for each in task.assignments):
            self.calendars.append(ROUND_THE_CLOCK)
        self.calendar_uids = {each.name: uid for uid, each in enumerate(self.calendars, 1)}
        self.resources: dict[tuple[str | None, str], int] = {}
        for task in plan.tasks:
            for each in task.assignments:
                self.resources.setdefault((each.resource, each.calendar), len(self.resources) + 1)
        self.texts = text_fields_of(plan, with_ids=self.renumbered)
        self.dates = dict(zip(DATE_FIELDS, dates.items(), strict=False))

    # ---- the project ----------------------------------------------------------------------------------------------

    def project(self) -> ET.Element:
        root = ET.Element("Project", xmlns=NAMESPACE)
        self.header(root)
        self.definitions(_add(root, "ExtendedAttributes"))
        calendars = _add(root, "Calendars")
        for calendar in self.calendars:
            self.calendar(calendars, calendar)
        for (name, base), number in self.resources.items():
            self.derived(calendars, name or f"Resource {number}", base, len(self.calendars) + number)
        tasks = _add(root, "Tasks")
        self.own_summary(tasks)
        for place, task in enumerate(self.order, 1):
            self.task(tasks, task, place)
        self.people(root)
        return root

    def header(self, root: ET.Element) -> None:
        plan, calendar = self.plan, self.plan.calendar
        hours = calendar.hours
        start = _instant(plan.start, of_start=True)
        for name, value in (
            ("SaveVersion", 14),
            ("Name", plan.name),
            ("Title", plan.name),
            ("ScheduleFromStart", True),
            ("StartDate", start),
            ("FinishDate", self.moment("finish", int(np.argmax(self.schedule.finish)))),
            ("CalendarUID", 1),
            ("DefaultStartTime", _time(hours[0][0])),
            ("DefaultFinishTime", _time(hours[-1][1])),
            ("MinutesPerDay", calendar.ticks_per_day // 60),
            ("MinutesPerWeek", calendar.ticks_per_day // 60 * calendar.days_per_week),
            ("DaysPerMonth", 20),
            ("DefaultTaskType", 0),
            ("DurationFormat", DAYS),
            ("WorkFormat", 2),
            ("HonorConstraints", plan.scheduling.honor_constraints),
            ("MultipleCriticalPaths", plan.scheduling.open_ends_critical),
            ("StatusDate", None if plan.status_date is None else _instant(plan.status_date, of_start=True)),
            ("NewTasksAreManual", False),
        ):
            if value is not None:
                _add(root, name, value)

    def definitions(self, parent: ET.Element) -> None:
        estimated = any(not isinstance(task.estimate, Fixed) for task in self.plan.tasks)
        named = [*(ESTIMATE_FIELDS if estimated else ()), *((field, title) for field, (title, _) in self.dates.items())]
        named += [(field, code) for code, field in self.texts.items()]
        for field, alias in named:
            definition = _add(parent, "ExtendedAttribute")
            _add(definition, "FieldID", FIELD_IDS[field])
            _add(definition, "FieldName", field)
            if alias != field:
                _add(definition, "Alias", alias)

    # ---- calendars ------------------------------------------------------------------------------------------------

    def calendar(self, parent: ET.Element, calendar: Calendar) -> None:
        name = "24 Hours" if calendar.name == ELAPSED else calendar.name
        element = self.calendar_head(parent, name, self.calendar_uids[calendar.name], None)
        days = _add(element, "WeekDays")
        for kind in range(1, 8):
            day = _add(days, "WeekDay")
            _add(day, "DayType", kind)
            _shifts(day, calendar.week_hours.get((kind + 5) % 7, ()))
        if not calendar.exception_hours:
            return
        exceptions = _add(element, "Exceptions")
        for first, last, hours in _runs(calendar):
            exception = _add(exceptions, "Exception")
            _add(exception, "EnteredByOccurrences", value=False)
            period = _add(exception, "TimePeriod")
            _add(period, "FromDate", dt.datetime.combine(first, dt.time()))
            _add(period, "ToDate", dt.datetime.combine(last, dt.time(23, 59)))
            _add(exception, "Occurrences", (last - first).days + 1)
            _add(exception, "Name", f"{first}")
            _add(exception, "Type", 1)
            _shifts(exception, hours)

    def derived(self, parent: ET.Element, name: str, base: str, uid: int) -> None:
        """Write the calendar that Project wants each resource to have."""
        self.calendar_head(parent, name, uid, self.calendar_uids[base])

    @staticmethod
    def calendar_head(parent: ET.Element, name: str, uid: int, base: int | None) -> ET.Element:
        element = _add(parent, "Calendar")
        _add(element, "UID", uid)
        _add(element, "Name", name)
        _add(element, "IsBaseCalendar", base is None)
        _add(element, "IsBaselineCalendar", value=False)
        _add(element, "BaseCalendarUID", -1 if base is None else base)
        return element

    # ---- tasks ----------------------------------------------------------------------------------------------------

    def moment(self, which: str, row: int) -> dt.datetime:
        if which == "start" and self.schedule.start[row] >= self.schedule.finish[row]:
            which = "finish"
        return cast("dt.datetime", self.axis.moments(getattr(self.schedule, which)[row], which).astype(dt.datetime))  # type: ignore[arg-type]

    def own_summary(self, parent: ET.Element) -> None:
        """Write the row of the project itself."""
        element = _add(parent, "Task")
        for name, value in (
            ("UID", 0),
            ("ID", 0),
            ("Name", self.plan.name),
            ("IsNull", False),
            ("OutlineNumber", 0),
            ("OutlineLevel", 0),
            ("Summary", True),
        ):
            _add(element, name, value)

    def task(self, parent: ET.Element, task: Task, place: int) -> None:
        element = _add(parent, "Task")
        row = self.rows[task.id]
        outline = self.outline[task.id]
        elapsed = task.calendar == ELAPSED and not task.is_span
        remaining = float(self.axis.to_ticks(task.planned_duration))
        done = self.done(task) if task.started and not task.finished else 0.0
        whole = done + remaining
        values: dict[str, object] = {
            "UID": self.numbers[task.id],
            "ID": place,
            "Name": task.name,
            "Active": task.active,
            "Manual": task.manual is not None,
            "Type": 1 if task.is_span else 0,
            "IsNull": False,
            "Contact": task.owner,
            "WBS": task.wbs or outline,
            "OutlineNumber": outline,
            "OutlineLevel": outline.count(".") + 1,
            "Start": self.moment("start", row),
            "Finish": self.moment("finish", row),
            "Duration": _duration(whole),
        }
        if task.manual is not None:
            start, finish = task.manual
            values["ManualStart"] = _instant(start, of_start=True)
            values["ManualFinish"] = _instant(finish, of_start=False)
            values["ManualDuration"] = _duration(whole)
        values["DurationFormat"] = ELAPSED_DAYS if elapsed else DAYS
        values |= self.progress(task, done, whole)
        values |= self.dates_of(task)
        for name, value in values.items():
            if value is not None:
                _add(element, name, value)
        for link in self.links.get(task.id, ()):
            self.link(element, link)
        self.custom(element, task, whole / remaining if remaining else 1.0)

    def done(self, task: Task) -> float:
        """Return the working time between the start and where the remaining work goes on [tick]."""
        until = task.suspended if task.suspended is not None else task.resumed
        if until is None:
            return 0.0
        first, last = _instant(task.actual_start, of_start=True), _instant(until, of_start=True)
        if task.calendar == ELAPSED:
            return max((last - first).total_seconds(), 0.0)
        clock = compile_calendar(self.plan.calendars_by_name[task.calendar or self.plan.calendar.name])
        return max(float(clock.work(last) - clock.work(first)), 0.0)

    def progress(self, task: Task, done: float, whole: float) -> dict[str, object]:
        """Return how far a task is."""
        percent = 100 if task.finished else round(100 * done / whole) if whole else 0
        return {
            "Stop": None if task.suspended is None else _instant(task.suspended, of_start=True),
            "Resume": None if task.resumed is None else _instant(task.resumed, of_start=True),
            "Milestone": "milestone" in task.kind,
            "Summary": task.kind == "summary",
            "PercentComplete": min(percent, 99) if task.started and not task.finished else percent,
            "ActualStart": _instant(task.actual_start, of_start=True) if task.started else None,
            "ActualFinish": _instant(task.actual_finish, of_start=False) if task.finished else None,
            "ActualDuration": _duration(whole if task.finished else done),
            "RemainingDuration": _duration(0 if task.finished else whole - done),
        }

    def dates_of(self, task: Task) -> dict[str, object]:
        """Return constraints and calendar of a task."""
        own = own_constraints(task, self.inherited.get(task.id, ()))
        dated = next((each for each in own if each.kind != "deadline"), None)
        deadline = next((each.planned_when for each in own if each.kind == "deadline"), None)
        moment = None if dated is None else dated.planned_when
        when = None if dated is None or moment is None else _instant(moment, of_start=dated.of_start)
        named = task.calendar is not None and task.calendar != ELAPSED
        return {
            "ConstraintType": 0 if dated is None else self.codes[dated.kind],
            "CalendarUID": self.calendar_uids[cast("str", task.calendar)] if named else -1,
            "ConstraintDate": when,
            "Deadline": None if deadline is None else _instant(deadline, of_start=False),
            "IgnoreResourceCalendar": False,
        }

    def link(self, parent: ET.Element, link: Link) -> None:
        elapsed = (link.lag_calendar or self.plan.scheduling.lag_calendar) == ELAPSED
        if link.lag_percent:
            lag, unit = link.lag_percent, ELAPSED_PERCENT if elapsed else PERCENT
        else:
            lag, unit = self.axis.to_ticks(link.planned_lag) / 6, ELAPSED_DAYS if elapsed and link.lag else DAYS
        element = _add(parent, "PredecessorLink")
        _add(element, "PredecessorUID", self.numbers[link.predecessor])
        _add(element, "Type", LINK_KINDS.index(link.kind))
        _add(element, "CrossProject", value=False)
        _add(element, "LinkLag", round(lag))
        _add(element, "LagFormat", unit)

    def custom(self, parent: ET.Element, task: Task, share: float) -> None:
        """Write the custom fields of a task; of one in progress the estimates of its whole duration."""
        values: list[tuple[str, object]] = []
        if not isinstance(task.estimate, Fixed):
            low, high = task.estimate.limits
            points = (low, cast("Any", task.estimate).mode, high)
            ticks = [float(self.axis.to_ticks(each)) * share for each in points]
            values += [(field, _duration(each)) for (field, _), each in zip(ESTIMATE_FIELDS, ticks, strict=True)]
        values += [(field, of[task.id]) for field, (_, of) in self.dates.items() if task.id in of]
        codes = {**task.codes, **({"id": task.id} if self.renumbered else {})}
        values += [(self.texts[code], text) for code, text in codes.items()]
        for field, value in values:
            element = _add(parent, "ExtendedAttribute")
            _add(element, "FieldID", FIELD_IDS[field])
            _add(element, "Value", value)
            if field.startswith("Duration"):
                _add(element, "DurationFormat", DAYS)

    # ---- resources ------------------------------------------------------------------------------------------------

    def people(self, root: ET.Element) -> None:
        if not self.resources:
            return
        resources = _add(root, "Resources")
        for (name, _), number in self.resources.items():
            element = _add(resources, "Resource")
            for key, value in (("UID", number), ("ID", number), ("Name", name), ("Type", 1), ("IsNull", False)):
                if value is not None:
                    _add(element, key, value)
            _add(element, "MaxUnits", 1)
            _add(element, "CalendarUID", len(self.calendars) + number)
        assignments = _add(root, "Assignments")
        uids = itertools.count(1)
        for task in self.order:
            for each in task.assignments:
                self.assignment(assignments, task, each, next(uids))

    def assignment(self, parent: ET.Element, task: Task, each: Assignment, uid: int) -> None:
        remaining = float(self.axis.to_ticks(task.planned_duration))
        whole = remaining + (self.done(task) if task.started and not task.finished else 0.0)
        element = _add(parent, "Assignment")
        _add(element, "UID", uid)
        _add(element, "TaskUID", self.numbers[task.id])
        _add(element, "ResourceUID", self.resources[each.resource, each.calendar])
        _add(element, "Units", 1)
        _add(element, "Work", _duration(whole * each.share))


def _shifts(parent: ET.Element, hours: tuple[tuple[int, int], ...]) -> None:
    _add(parent, "DayWorking", bool(hours))
    if hours:
        times = _add(parent, "WorkingTimes")
        for start, end in hours:
            element = _add(times, "WorkingTime")
            _add(element, "FromTime", _time(start))
            _add(element, "ToTime", _time(end))


def _runs(calendar: Calendar) -> Iterator[tuple[dt.date, dt.date, tuple[tuple[int, int], ...]]]:
    """Yield first and last day of every run of days with the same exceptional hours."""
    days = sorted(calendar.exception_hours.items())
    for (_, hours), run in itertools.groupby(
        enumerate(days), lambda each: (each[1][0].toordinal() - each[0], each[1][1])
    ):
        dates = [day for _, (day, _) in run]
        yield dates[0], dates[-1], hours
