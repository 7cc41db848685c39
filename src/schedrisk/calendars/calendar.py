"""Calendar: the working days and hours of a plan, as people write them down."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import KW_ONLY
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias, TypeVar

import numpy as np
from pydantic import BeforeValidator, PlainSerializer, WrapValidator, model_validator

from schedrisk._validation import FrozenDict, Name, parse_date, record
from schedrisk.calendars.country import CalendarSource, public_days
from schedrisk.errors import ArgumentError, CalendarError, Problem, ProblemsError, shown

__all__ = ["Calendar"]

T = TypeVar("T")
DateLike: TypeAlias = str | dt.date | dt.datetime | np.datetime64
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Hours: TypeAlias = tuple[tuple[int, int], ...]

WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FULL_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
OFFICE_HOURS = ("08:00-12:00", "13:00-17:00")
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


def _parse_weekdays(value: object) -> tuple[Weekday, ...]:
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


def _parse_shifts(value: object) -> tuple[str, ...]:
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
            parsed[parse_key(key)] = _parse_shifts(shifts)
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


def _parse_weekday_shifts(value: object) -> FrozenDict:
    return _parse_own_shifts(value, _parse_weekday, "a table such as { sat = ['08:00-12:00'] }")


def _parse_special_days(value: object) -> FrozenDict:
    return _parse_own_shifts(value, _parse_day, "a table such as { '2026-12-24' = ['08:00-12:00'] }")


def _parse_days(value: object) -> tuple[dt.date, ...]:
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
    return _date(moment)


def _date(moment: dt.date) -> dt.date:
    """Return the plain date of a date, a datetime or a subclass of these."""
    return dt.date(moment.year, moment.month, moment.day)


def _contradictions(calendar: Mapping[str, Any], place: str = "") -> list[Problem]:
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


# A key of TOML and JSON is text.
_DATE_KEYS = PlainSerializer(lambda days: {str(day): list(shifts) for day, shifts in days.items()})


@record(CalendarError)
class Calendar:
    """When work is done: weekdays, shifts of a day, holidays and extra working days, in local time.

    A holiday is a day without work; an extra working day is worked like a weekday, with the same shifts. Summer time
    is left out of account: every day has 24 hours.

    Parameters
    ----------
    name : str
        What tasks and reports call it.
    weekdays : iterable of str
        Working weekdays, as three letters or in full, in any case. At least one.
    shifts : iterable of str
        Hours of a working day, ``"08:00-12:00"``; an end at midnight is ``24:00``. They may touch, not overlap. Work
        through midnight is two shifts: ``"22:00-24:00"`` and ``"00:00-06:00"``.
    holidays : iterable of str or date
        Days off.
    extra_working_days : iterable of str or date
        Days worked although they fall on a weekend.
    weekday_shifts : mapping of str to iterable of str
        Shifts of working weekdays that have others than `shifts`: ``{"sat": ["08:00-12:00"]}``.
    special_days : mapping of str or date to iterable of str
        Shifts of single dates that have others than their weekday: ``{"2026-12-24": ["08:00-12:00"]}``.
    source : CalendarSource, optional
        Where the holidays came from.

    Attributes
    ----------
    hours_per_day : float
        Working hours of a working day [h].
    days_per_week : int
        Working days of an ordinary week.
    ticks_per_day : int
        Working time of a working day [s].

    Raises
    ------
    CalendarError
        With every fault found.

    Examples
    --------
    >>> calendar = Calendar("site", weekdays=["Monday", "Tue"], shifts=["7:00-15:30"], holidays=["2026-10-05"])
    >>> calendar
    Calendar('site', weekdays=mon tue, shifts=07:00-15:30, holidays=2026-10-05)
    >>> calendar.hours_per_day, calendar.days_per_week
    (8.5, 2)
    """

    name: Name = "standard"
    _: KW_ONLY
    weekdays: Annotated[tuple[Weekday, ...], BeforeValidator(_parse_weekdays)] = WEEKDAYS[:5]
    shifts: Annotated[tuple[str, ...], BeforeValidator(_parse_shifts)] = OFFICE_HOURS
    holidays: Annotated[tuple[dt.date, ...], BeforeValidator(_parse_days)] = ()
    extra_working_days: Annotated[tuple[dt.date, ...], BeforeValidator(_parse_days)] = ()
    weekday_shifts: Annotated[
        dict[Weekday, tuple[str, ...]], WrapValidator(lambda value, _: _parse_weekday_shifts(value))
    ] = dataclasses.field(default_factory=FrozenDict)
    special_days: Annotated[
        dict[dt.date, tuple[str, ...]], WrapValidator(lambda value, _: _parse_special_days(value)), _DATE_KEYS
    ] = dataclasses.field(default_factory=FrozenDict)
    source: CalendarSource | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            name: str = "standard",
            *,
            weekdays: Iterable[str] = ...,
            shifts: Iterable[str] = ...,
            holidays: Iterable[DateLike] = (),
            extra_working_days: Iterable[DateLike] = (),
            weekday_shifts: Mapping[str, Iterable[str]] = ...,
            special_days: Mapping[DateLike, Iterable[str]] | Mapping[str, Iterable[str]] = ...,
            source: CalendarSource | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _days_do_not_contradict(self) -> Self:
        problems = _contradictions(vars(self)) + [
            Problem(f"weekday_shifts, {day}", "shifts of a day off", "a working weekday", "add it to weekdays")
            for day in self.weekday_shifts
            if day not in self.weekdays
        ]
        if problems:
            raise CalendarError(problems)
        return self

    @staticmethod
    def more_problems(arguments: Mapping[str, object]) -> list[Problem]:
        """Return what is wrong with the parts taken together, where some part has faults of its own."""
        name = arguments.get("name")
        return _contradictions(arguments, f"calendar {shown(name)}" if isinstance(name, str) else "")

    @cached_property
    def hours(self) -> Hours:
        """Start and end of each shift of a working day [s from midnight], in order."""
        return tuple(map(parse_shift, self.shifts))

    @cached_property
    def week_hours(self) -> dict[int, Hours]:
        """Start and end of each shift [s from midnight] of every working weekday, 0 is Monday."""
        own = {day: tuple(map(parse_shift, shifts)) for day, shifts in self.weekday_shifts.items()}
        return {WEEKDAYS.index(day): own.get(day, self.hours) for day in self.weekdays}

    @cached_property
    def exception_hours(self) -> dict[dt.date, Hours]:
        """Start and end of each shift [s from midnight] of every date that differs from its weekday."""
        found: dict[dt.date, Hours] = dict.fromkeys(self.holidays, ())
        for day in self.extra_working_days:
            found[day] = self.week_hours.get(day.weekday(), self.hours)
        return found | {day: tuple(map(parse_shift, shifts)) for day, shifts in self.special_days.items()}

    @property
    def never_pauses(self) -> bool:
        """Whether every hour of every day is worked."""
        return len(self.week_hours) == 7 and all(
            self._hours_in(hours) == 86_400 for hours in (*self.week_hours.values(), *self.exception_hours.values())
        )

    def has_time_of(self, other: Calendar) -> bool:
        """Tell whether two calendars have the same working time, whatever their names.

        Examples
        --------
        >>> Calendar("site").has_time_of(Calendar("office"))
        True
        """
        if self.week_hours != other.week_hours:
            return False
        ours, theirs = self.exception_hours, other.exception_hours
        return ours == theirs or all(
            ours.get(day, self.week_hours.get(day.weekday(), ()))
            == theirs.get(day, self.week_hours.get(day.weekday(), ()))
            for day in ours.keys() | theirs.keys()
        )

    @staticmethod
    def _hours_in(hours: Hours) -> int:
        return sum(end - start for start, end in hours)

    @property
    def ticks_per_day(self) -> int:
        """Working time of a working day [s]."""
        return self._hours_in(self.hours)

    @property
    def hours_per_day(self) -> float:
        """Working hours of a working day [h]."""
        return self.ticks_per_day / 3600

    @property
    def days_per_week(self) -> int:
        """Working days of an ordinary week."""
        return len(self.weekdays)

    def is_working_day(self, day: DateLike) -> bool:
        """Say whether work is done on a date.

        Parameters
        ----------
        day : str, date, datetime or datetime64

        Raises
        ------
        ArgumentError
            When `day` is not a date.

        Examples
        --------
        >>> Calendar(holidays=["2026-10-01"]).is_working_day("2026-10-01")
        False
        """
        try:
            moment: Any = parse_date(day)
        except ProblemsError as error:
            raise ArgumentError([dataclasses.replace(each, place="day") for each in error.problems]) from None
        date = _date(moment)
        ordinary = self.week_hours.get(date.weekday(), ())
        return bool(self.exception_hours.get(date, ordinary))

    def replace(self, **changes: Any) -> Calendar:
        """Return a new calendar with some fields changed.

        Examples
        --------
        >>> Calendar().replace(shifts=["00:00-24:00"]).hours_per_day
        24.0
        """
        return dataclasses.replace(self, **changes)

    @classmethod
    def for_country(
        cls,
        country: str,
        *,
        subdivision: str | None = None,
        years: int | Iterable[int] | None = None,
        name: str | None = None,
        weekdays: Iterable[str] | None = None,
        shifts: Iterable[str] = OFFICE_HOURS,
    ) -> Calendar:
        """Make the calendar of a country from its public holidays, with the weekends that are worked in exchange.

        The days come from the `holidays` package and are resolved to dates, so that a stored calendar never depends
        on the version of that package. Only days that change something are kept: a holiday on a Sunday is not. The
        calendar knows holidays in the years of `source.years` only.

        Parameters
        ----------
        country : str
            ISO 3166 code, two or three letters.
        subdivision : str, optional
            State, province or canton, by code or by name.
        years : int or iterable of int, optional
            Years to look up, ascending. Where not given, the choice depends on the package's version and never on
            today's date: from the year before the last announced working weekends to the third after it in countries
            that have such (China with holidays 0.109: 2025 to 2029), otherwise 2024 to 2035.
        name : str, optional
            The country's code, with the subdivision's, where not given.
        weekdays : iterable of str, optional
            The country's own working week where not given.
        shifts : iterable of str

        Returns
        -------
        Calendar

        Raises
        ------
        CalendarError
            When the country, its subdivision or the years are not known, or weekdays or shifts are not valid.
        MissingDependencyError
            When the `holidays` package is not installed.

        Examples
        --------
        >>> china = Calendar.for_country("CN", years=range(2025, 2028))
        >>> china.is_working_day("2026-10-01"), china.is_working_day("2026-10-10")  # a Thursday and a Saturday
        (False, True)
        """
        days = public_days(country, subdivision, years)
        source = days.source
        calendar = cls(
            "-".join(filter(None, (source.country, source.subdivision))) if name is None else name,
            weekdays=[WEEKDAYS[day] for day in days.weekdays] if weekdays is None else weekdays,
            shifts=shifts,
            source=source,
        )
        return calendar.replace(
            holidays=[day for day in days.holidays - days.working_weekends if calendar.is_working_day(day)],
            extra_working_days=[day for day in days.working_weekends if not calendar.is_working_day(day)],
        )

    def __repr__(self) -> str:
        parts = [repr(self.name), f"weekdays={' '.join(self.weekdays)}", f"shifts={' '.join(self.shifts)}"]
        if self.holidays:
            parts.append(f"holidays={_days_text(self.holidays)}")
        if self.extra_working_days:
            parts.append(f"extra_working_days={_days_text(self.extra_working_days)}")
        if self.weekday_shifts:
            own = (f"{day} {' '.join(shifts)}" for day, shifts in self.weekday_shifts.items())
            parts.append(f"weekday_shifts=<{', '.join(own)}>")
        if self.special_days:
            parts.append(f"special_days={_days_text(tuple(self.special_days))}")
        if self.source is not None:
            parts.append(f"source={_source_text(self.source)}")
        return f"Calendar({', '.join(parts)})"


def _days_text(days: tuple[dt.date, ...]) -> str:
    if len(days) <= 3:
        return " ".join(map(str, days))
    return f"<{len(days)} days, {days[0]} to {days[-1]}>"


def _source_text(source: CalendarSource) -> str:
    years = f", {source.years[0]} to {source.years[-1]}" if source.years else ""
    official = "" if source.last_official_year is None else f", announced to {source.last_official_year}"
    return f"<{source.package}{years}{official}>"
