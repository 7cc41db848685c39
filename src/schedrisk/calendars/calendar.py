"""Calendar: the working days and hours of a plan, as people write them down."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeAlias

import numpy as np
from pydantic import BeforeValidator, PlainSerializer, WrapValidator, model_validator

from schedrisk._validation import FrozenDict, Name, Names, as_tuple, parse_date, record
from schedrisk.calendars.country import CalendarSource, public_days
from schedrisk.calendars.parsing import (
    WEEKDAYS,
    Weekday,
    contradictions,
    parse_days,
    parse_shift,
    parse_shifts,
    parse_special_days,
    parse_weekday_shifts,
    parse_weekdays,
    plain_date,
)
from schedrisk.errors import ArgumentError, CalendarError, Problem, ProblemsError, shown

__all__ = ["Calendar"]

DateLike: TypeAlias = str | dt.date | dt.datetime | np.datetime64
Hours: TypeAlias = tuple[tuple[int, int], ...]

OFFICE_HOURS = ("08:00-12:00", "13:00-17:00")


# A key of TOML and JSON is text.
_DATE_KEYS = PlainSerializer(lambda days: {str(day): list(shifts) for day, shifts in days.items()})


def _one_or_more(value: object) -> object:
    """Let one name stand for a list of one; a name is listed once."""
    names = (value,) if isinstance(value, str) else as_tuple(value)
    return tuple(dict.fromkeys(names)) if isinstance(names, tuple) and all(isinstance(n, str) for n in names) else names


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
    weather : str or iterable of str, optional
        Names of the plan's `Weather` that takes days from this calendar, in each draw its own.
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
    weekdays: Annotated[tuple[Weekday, ...], BeforeValidator(parse_weekdays)] = WEEKDAYS[:5]
    shifts: Annotated[tuple[str, ...], BeforeValidator(parse_shifts)] = OFFICE_HOURS
    holidays: Annotated[tuple[dt.date, ...], BeforeValidator(parse_days)] = ()
    extra_working_days: Annotated[tuple[dt.date, ...], BeforeValidator(parse_days)] = ()
    weekday_shifts: Annotated[
        dict[Weekday, tuple[str, ...]], WrapValidator(lambda value, _: parse_weekday_shifts(value))
    ] = dataclasses.field(default_factory=FrozenDict)
    special_days: Annotated[
        dict[dt.date, tuple[str, ...]], WrapValidator(lambda value, _: parse_special_days(value)), _DATE_KEYS
    ] = dataclasses.field(default_factory=FrozenDict)
    weather: Annotated[Names, BeforeValidator(_one_or_more)] = ()
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
            weather: str | Iterable[str] = (),
            source: CalendarSource | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _days_do_not_contradict(self) -> Self:
        problems = contradictions(vars(self)) + [
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
        return contradictions(arguments, f"calendar {shown(name)}" if isinstance(name, str) else "")

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
        date = plain_date(moment)
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
        if self.weather:
            parts.append(f"weather={' '.join(map(repr, self.weather))}")
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
