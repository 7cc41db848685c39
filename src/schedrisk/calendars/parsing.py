"""The parts of a calendar as people write them: weekdays, shifts, days; read, put in order, or refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, TypeVar

from schedrisk._validation import FrozenDict, parse_date
from schedrisk.errors import CalendarError, Problem, ProblemsError, shown

__all__ = [
    "WEEKDAYS",
    "Weekday",
    "contradictions",
    "parse_days",
    "parse_shift",
    "parse_shifts",
    "parse_special_days",
    "parse_weekday_shifts",
    "parse_weekdays",
    "plain_date",
]

T = TypeVar("T")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FULL_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
A_DAY = "a day such as 2026-10-01"
SHIFT = re.compile(r"\s*([0-9]{1,2}):([0-9]{2})\s*[-–]\s*([0-9]{1,2}):([0-9]{2})\s*")


def _each(value: object, parse: Callable[[Any], T], expected: str) -> tuple[list[T], list[Problem]]:
    """Parse every item of a list; return what could be parsed, and the faults of the rest."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return [], [Problem("", shown(value), f"a list of {expected}", "put it in brackets")]
    parsed: list[T] = []
    problems: list[Problem] = []
    for number, item in enumerate(value, 1):
        try:
            parsed.append(parse(item))
        except ProblemsError as error:
            problems += [dataclasses.replace(each, place=f"number {number}") for each in error.problems]
    return parsed, problems


def parse_weekdays(value: object) -> tuple[Weekday, ...]:
    """Return working weekdays in the order of the week."""
    found, problems = _each(value, _parse_weekday, "weekdays, such as ['mon', 'tue', 'wed']")
    if not (found or problems):
        problems = [Problem("", "no weekday", "at least one working weekday, such as 'mon'")]
    if problems:
        raise CalendarError(problems)
    return tuple(day for day in WEEKDAYS if day in found)


def _parse_weekday(value: object) -> Weekday:
    text = value.strip().lower() if isinstance(value, str) else ""
    for short, full in zip(WEEKDAYS, FULL_NAMES, strict=True):
        if len(text) >= 3 and full.startswith(text):
            return short
    raise CalendarError([Problem("", shown(value), "a weekday such as 'mon' or 'Monday'")])


def parse_shifts(value: object) -> tuple[str, ...]:
    """Return shifts as texts of one form, in order of time."""
    shifts, problems = _each(value, parse_shift, "shifts, such as ['08:00-12:00', '13:00-17:00']")
    if not (shifts or problems):
        problems = [Problem("", "no shift", "at least one shift, such as '08:00-17:00'")]
    shifts.sort()
    problems += _overlaps(shifts)
    if problems:
        raise CalendarError(problems)
    return tuple(map(_shift_text, shifts))


def _overlaps(shifts: list[tuple[int, int]]) -> Iterator[Problem]:
    # The latest end so far is not always that of the neighbour: 08:00-18:00 reaches past 09:00-10:00.
    latest = (0, 0)
    for shift in shifts:
        if shift[0] < latest[1]:
            found = f"{_shift_text(latest)} and {_shift_text(shift)}, which overlap"
            yield Problem("", found, "shifts that do not overlap", "shorten or merge them")
        latest = max(latest, shift, key=lambda each: each[1])


def parse_shift(value: object) -> tuple[int, int]:
    """Return the start and the end of a shift [s from midnight].

    Examples
    --------
    >>> parse_shift("8:00-12:30")
    (28800, 45000)
    """

    def fault(remedy: str) -> CalendarError:
        return CalendarError([Problem("", shown(value), "a shift such as '08:00-12:00'", remedy)])

    match = SHIFT.fullmatch(value) if isinstance(value, str) and len(value) < 100 else None
    if match is None:
        raise fault("write start and end as hours:minutes")
    hour, minute, end_hour, end_minute = map(int, match.groups())
    start, end = hour * 60 + minute, end_hour * 60 + end_minute
    if max(minute, end_minute) > 59 or max(start, end) > 24 * 60:
        raise fault("times of day go from 00:00 to 24:00")
    if start == end:
        raise fault("it has no length; the whole day is '00:00-24:00'")
    if start > end:
        late = f"{hour:02}:{minute:02}-24:00"
        split = repr(late) if end == 0 else f"{late!r} and '00:00-{end_hour:02}:{end_minute:02}'"
        raise fault(f"the end comes before the start; work through midnight is {split}")
    return start * 60, end * 60


def _shift_text(shift: tuple[int, int]) -> str:
    return "-".join(f"{second // 3600:02}:{second // 60 % 60:02}" for second in shift)


def _parse_own_shifts(value: object, parse_key: Callable[[Any], Any], expected: str) -> FrozenDict:
    """Read a table of keys (weekdays or dates), each with its own shifts."""
    if not isinstance(value, Mapping):
        raise CalendarError([Problem("", shown(value), expected)])
    parsed: dict[Any, tuple[str, ...]] = {}
    problems: list[Problem] = []
    for key, shifts in value.items():
        try:
            parsed[parse_key(key)] = parse_shifts(shifts)
        except ProblemsError as error:
            problems += [
                dataclasses.replace(each, place=", ".join(filter(None, (shown(key), each.place))))
                for each in error.problems
            ]
    if problems:
        raise CalendarError(problems)
    return FrozenDict(sorted(parsed.items(), key=_in_order))


def _in_order(item: tuple[Any, tuple[str, ...]]) -> Any:
    key = item[0]
    return WEEKDAYS.index(key) if isinstance(key, str) else key


def parse_weekday_shifts(value: object) -> FrozenDict:
    """Return the shifts of weekdays that have their own."""
    return _parse_own_shifts(value, _parse_weekday, "a table such as { sat = ['08:00-12:00'] }")


def parse_special_days(value: object) -> FrozenDict:
    """Return the shifts of dates that have their own."""
    return _parse_own_shifts(value, _parse_day, "a table such as { '2026-12-24' = ['08:00-12:00'] }")


def parse_days(value: object) -> tuple[dt.date, ...]:
    """Return dates in order, each once."""
    days, problems = _each(value, _parse_day, "dates, such as ['2026-10-01']")
    if problems:
        raise CalendarError(problems)
    return tuple(sorted(set(days)))


def _parse_day(value: object) -> dt.date:
    try:
        moment: Any = parse_date(value)
    except ProblemsError as error:
        raise CalendarError([dataclasses.replace(each, expected=A_DAY) for each in error.problems]) from None
    if isinstance(moment, dt.datetime) and moment.time() != dt.time():
        raise CalendarError([Problem("", shown(value), A_DAY, "leave the time of day out")])
    return plain_date(moment)


def plain_date(moment: dt.date) -> dt.date:
    """Return the plain date of a date, a datetime or a subclass of these."""
    return dt.date(moment.year, moment.month, moment.day)


def contradictions(calendar: Mapping[str, Any], place: str = "") -> list[Problem]:
    """Return the days that are said to be both off and worked, as far as the dates can be read."""

    def readable(days: object) -> Iterable[dt.date]:
        if isinstance(days, Iterable) and not isinstance(days, str | bytes | Mapping):
            for day in days:
                try:
                    yield _parse_day(day)
                except ProblemsError:
                    continue

    where = f"{place}, " if place else ""
    holidays, extra, special = (
        set(readable(list(days) if isinstance(days := calendar.get(field), Mapping) else days))
        for field in ("holidays", "extra_working_days", "special_days")
    )
    return [
        Problem(f"{where}{field}, {day}", f"both {one} and {other}", "one of the two", "take it out of one of them")
        for field, one, other, both in (
            ("extra_working_days", "a holiday", "an extra working day", holidays & extra),
            ("special_days", "a holiday", "a day with its own shifts", holidays & special),
            ("special_days", "an extra working day", "a day with its own shifts", extra & special),
        )
        for day in sorted(both)
    ]
