"""Calendars of Microsoft Project XML: base and derived ones, exceptions, working weeks of a period."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from schedrisk.calendars import Calendar
from schedrisk.calendars.combine import calendar_of_hours, intersect
from schedrisk.errors import CalendarError, shown
from schedrisk.io.mspdi_fields import LAST_YEAR, Faults, Fields, name_set
from schedrisk.io.mspdi_recurrence import DAILY, SINGLE, Recurrence, recurring_days
from schedrisk.model.logic import ELAPSED

__all__ = ["CALENDAR_PARTS", "CalendarBook"]

Hours: TypeAlias = tuple[tuple[int, int], ...]

CALENDAR_PARTS = name_set(
    "UID Name IsBaseCalendar BaseCalendarUID WeekDays WeekDay DayType DayWorking WorkingTimes WorkingTime FromTime ToTime "
    "TimePeriod FromDate ToDate Exceptions Exception EnteredByOccurrences Occurrences Type Period DaysOfWeek Month "
    "MonthDay MonthItem MonthPosition WorkWeeks WorkWeek"
)
"""Names of the parts of a calendar that matter."""

OFFICE: Hours = ((28_800, 43_200), (46_800, 61_200))
DEFAULT_WEEK: dict[int, Hours] = dict.fromkeys(range(5), OFFICE) | {5: (), 6: ()}

MOST_DAYS = 1_000_000  # that the exceptions of a file may name
HORIZON = 40  # years after the project's start until which working weeks of a period are kept


@dataclass
class CalendarRecord:
    """A calendar as the file has it; days it does not speak of are its base's."""

    uid: int
    name: str
    place: str
    base: int | None
    week: dict[int, Hours] = field(default_factory=dict)
    periods: dict[dt.date, Hours] = field(default_factory=dict)
    exceptions: dict[dt.date, Hours] = field(default_factory=dict)


class CalendarBook:
    """The calendars of a file by their UID.

    Parameters
    ----------
    faults : Faults
    """

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.start: dt.date | None = None
        self.records: dict[int, CalendarRecord] = {}
        self.notes: list[str] = []
        self._days_left = MOST_DAYS
        self._made: dict[int, Calendar | None] = {}
        self._common: dict[tuple[int, int], Calendar | None] = {}
        self._names = {ELAPSED}

    # ---- reading --------------------------------------------------------------------------------------------------

    def read(self, fields: Fields) -> None:
        """Take in one calendar."""
        uid = fields.integer("UID", default=-1)
        name = fields.text("Name") or f"calendar {uid}"
        fields.place = f"Calendar {uid} {shown(name, 30)}"
        if uid in self.records:
            fields.fault(("UID",), f"{uid} again", "a UID for each calendar")
            return
        base = fields.integer("BaseCalendarUID", default=-1)
        is_base = fields.flag("IsBaseCalendar", default=base < 0)
        record = CalendarRecord(uid, name, fields.place, None if is_base or base < 0 else base)
        self.records[uid] = record
        days = [fields.part(each) for each in fields.element.all("WeekDays", "WeekDay")]
        record.week = dict(self._weekdays(days))
        for week in fields.element.all("WorkWeeks", "WorkWeek"):
            record.periods |= dict(self._period(fields.part(week)))
        listed = [fields.part(each) for each in fields.element.all("Exceptions", "Exception")]
        if not fields.element.all("Exceptions"):
            # Before Project 2007 exceptions were days of the week without a weekday; later files repeat them there.
            listed = [each for each in days if each.integer("DayType", default=0) == 0]
        exceptions = [each for each in map(self._exception, listed) if each is not None]
        # A date that is named wins over one that recurs, a later exception over an earlier.
        for recurrence, hours in sorted(exceptions, key=lambda each: _is_single(each[0])):
            for day in recurring_days(recurrence):
                record.exceptions[day] = hours

    def _weekdays(self, days: list[Fields]) -> Iterator[tuple[int, Hours]]:
        for each in days:
            kind = each.integer("DayType", default=0, low=0, high=7)
            if kind > 0:
                yield (kind + 5) % 7, self._hours(each)  # 1 is Sunday

    def _hours(self, fields: Fields) -> Hours:
        """Return the shifts of a day; where it is worked and has none, office hours as in Project."""
        if not fields.flag("DayWorking"):
            return ()
        times = [fields.part(each) for each in fields.element.all("WorkingTimes", "WorkingTime")]
        times = [each for each in times if each.text("FromTime") or each.text("ToTime")]
        shifts = sorted((_second(each, "FromTime"), _second(each, "ToTime") or 86_400) for each in times)
        for start, end in shifts:
            if start >= end:
                remedy = "work through midnight is two working times, one until 00:00 and one from 00:00"
                fields.fault(
                    (), f"a working time from {_clock(start)} to {_clock(end)}", "an end after the start", remedy
                )
                return OFFICE
        for one, two in itertools.pairwise(shifts):
            if two[0] < one[1]:
                found = f"working times from {_clock(one[0])} and from {_clock(two[0])}, which overlap"
                fields.fault((), found, "working times that do not overlap")
                return OFFICE
        return tuple(shifts) or OFFICE

    def _dates(self, fields: Fields) -> tuple[dt.date, dt.date] | None:
        first, last = (fields.moment("TimePeriod", name) for name in ("FromDate", "ToDate"))
        if first is None or last is None:
            if fields.text("TimePeriod", "FromDate") is None or fields.text("TimePeriod", "ToDate") is None:
                fields.fault((), "no dates", "a TimePeriod with FromDate and ToDate")
            return None
        if last < first:
            fields.fault((), f"{last.date()}, before its beginning {first.date()}", "an end after the beginning")
            return None
        self._days_left -= (last - first).days + 1
        if self._days_left < 0:
            fields.fault((), f"exceptions of more than {MOST_DAYS:,} days in all", "fewer, or shorter ones")
            return None
        return first.date(), last.date()

    def _period(self, fields: Fields) -> Iterator[tuple[dt.date, Hours]]:
        """Yield the days of a working week that holds for a period."""
        dates = self._dates(fields)
        week = dict(self._weekdays([fields.part(each) for each in fields.element.all("WeekDays", "WeekDay")]))
        if dates is None:
            return
        first, last = dates
        start = first if self.start is None else self.start
        horizon = dt.date(min(start.year + HORIZON, LAST_YEAR), 12, 31)
        if last > horizon:
            self.notes.append(f"{fields.place} holds until {horizon} here and until {last} in the file")
        for number in range(first.toordinal(), min(last, horizon).toordinal() + 1):
            day = dt.date.fromordinal(number)
            if day.weekday() in week:
                yield day, week[day.weekday()]

    def _exception(self, fields: Fields) -> tuple[Recurrence, Hours] | None:
        fields.place += f" {shown(name, 30)}" if (name := fields.text("Name")) else ""
        dates, hours = self._dates(fields), self._hours(fields)
        counted = fields.flag("EnteredByOccurrences") and fields.text("Occurrences")
        recurrence = Recurrence(
            type=fields.integer("Type", default=DAILY, low=DAILY, high=SINGLE),
            first=dt.date.min if dates is None else dates[0],
            last=dt.date.min if dates is None else dates[1],
            period=fields.integer("Period", default=1, low=1, high=100_000),
            days_of_week=fields.integer("DaysOfWeek", default=0, low=0, high=127),
            month=fields.integer("Month", default=0, low=0, high=11),
            month_day=fields.integer("MonthDay", default=1, low=1, high=31),
            month_item=fields.integer("MonthItem", default=0, low=0, high=9),
            month_position=fields.integer("MonthPosition", default=0, low=0, high=4),
            occurrences=fields.integer("Occurrences", default=1, low=0, high=100_000) if counted else None,
        )
        return None if dates is None else (recurrence, hours)

    # ---- answers --------------------------------------------------------------------------------------------------

    def source(self, uid: int) -> int:
        """Return the UID of the calendar that a derived one says nothing of its own about, or its own."""
        passed = {uid}
        while not ((record := self.records[uid]).week or record.periods or record.exceptions):
            if record.base not in self.records or record.base in passed:
                break
            uid = record.base
            passed.add(uid)
        return uid

    def calendar(self, uid: int) -> Calendar | None:
        """Return a calendar; None, with the fault kept, where it has no working time."""
        if uid not in self._made:
            record = self.records[uid]
            chain = self._chain(record)
            week = dict(DEFAULT_WEEK)
            exceptions: dict[dt.date, Hours] = {}
            for each in chain:
                week |= each.week
                exceptions |= each.periods
            for each in chain:
                exceptions |= each.exceptions
            try:
                self._made[uid] = calendar_of_hours(self._unique(record.name), week, exceptions)
            except CalendarError:
                self._made[uid] = None
                self.faults.add(record.place, "no weekday with working time", "at least one", "give it working days")
        return self._made[uid]

    def common(self, one: int, other: int) -> Calendar | None:
        """Return the calendar of the time that two have in common; None where there is none."""
        if (one, other) not in self._common:
            first, second = self.calendar(one), self.calendar(other)
            try:
                both = intersect(first, second, f"{first.name} ∩ {second.name}") if first and second else None
            except CalendarError:
                both = None
            if both is not None:
                both = next((each for each in (first, second) if each and both.has_time_of(each)), both)
            if both not in (first, second) and both is not None:
                both = both.replace(name=self._unique(both.name))
            self._common[one, other] = both
        return self._common[one, other]

    def _chain(self, record: CalendarRecord) -> list[CalendarRecord]:
        """Return a calendar after those that it is derived from."""
        chain = [record]
        while (base := chain[0].base) is not None:
            if base not in self.records:
                self.faults.add(record.place, f"the base calendar {base}", "the UID of a calendar in the file")
                break
            if self.records[base] in chain:
                self.faults.add(record.place, "calendars derived from each other in a loop", "a base without a base")
                break
            chain.insert(0, self.records[base])
        return chain

    def _unique(self, name: str) -> str:
        found = next(
            each
            for number in itertools.count(1)
            if (each := name if number == 1 else f"{name} ({number})") not in self._names
        )
        self._names.add(found)
        return found


def _is_single(recurrence: Recurrence) -> bool:
    return recurrence.type == SINGLE or (recurrence.type == DAILY and recurrence.period == 1)


def _second(fields: Fields, name: str) -> int:
    text = fields.text(name)
    try:
        time = dt.time.fromisoformat(text or "")
    except ValueError:
        fields.fault((name,), shown(text), "a time of day such as 08:00:00")
        return 0
    if time.second or time.microsecond or time.tzinfo is not None:
        fields.fault((name,), shown(text), "a time of day in whole minutes")
    return time.hour * 3600 + time.minute * 60


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}"
