"""Working time that two calendars have in common."""

from __future__ import annotations

import datetime as dt

import numpy as np

from schedrisk.calendars.calendar import Calendar, Hours
from schedrisk.calendars.parsing import WEEKDAYS

__all__ = ["calendar_of_hours", "intersect"]


def intersect(one: Calendar, other: Calendar, name: str) -> Calendar:
    """Return the calendar of the working time that both calendars have, day by day.

    Parameters
    ----------
    one, other : Calendar
    name : str
        What the new calendar is called.

    Raises
    ------
    CalendarError
        When no weekday has working time in both.

    Examples
    --------
    >>> site = Calendar("site", weekdays=["mon", "tue", "sat"], shifts=["07:00-15:00"])
    >>> intersect(site, Calendar("office"), "both")
    Calendar('both', weekdays=mon tue, shifts=08:00-12:00 13:00-15:00)
    """
    week = {day: _common(one.week_hours.get(day, ()), other.week_hours.get(day, ())) for day in range(7)}
    days = one.exception_hours.keys() | other.exception_hours.keys()
    exceptions = {day: _common(_hours_on(one, day), _hours_on(other, day)) for day in days}
    return calendar_of_hours(name, week, exceptions)


def calendar_of_hours(name: str, week: dict[int, Hours], exceptions: dict[dt.date, Hours]) -> Calendar:
    """Return the calendar that works given hours on each weekday and on each exceptional date.

    Parameters
    ----------
    name : str
    week : dict of int to tuple of pairs
        Start and end of each shift [s from midnight] by weekday, 0 is Monday; a day without shifts is off.
    exceptions : dict of date to tuple of pairs
        The same for single dates; those that do not differ from their weekday are left out.

    Raises
    ------
    CalendarError
        When no weekday has working time.

    Examples
    --------
    >>> calendar_of_hours("mornings", {0: ((28800, 43200),), 1: ()}, {dt.date(2026, 10, 5): ()})
    Calendar('mornings', weekdays=mon, shifts=08:00-12:00, holidays=2026-10-05)
    """
    worked = {day: hours for day, hours in sorted(week.items()) if hours}
    listed = list(worked.values())
    # The hours of most days are the calendar's; of several that are as frequent, those of the earlier weekday.
    usual = max(listed, key=listed.count, default=())
    differing: dict[dt.date, Hours] = {
        day: hours for day, hours in sorted(exceptions.items()) if hours != worked.get(day.weekday(), ())
    }
    special: dict[str | dt.date | dt.datetime | np.datetime64, list[str]]
    special = {day: _texts(hours) for day, hours in differing.items() if hours}
    return Calendar(
        name,
        weekdays=[WEEKDAYS[day] for day in worked],
        shifts=_texts(usual) or ["00:00-24:00"],
        holidays=[day for day, hours in differing.items() if not hours],
        weekday_shifts={WEEKDAYS[day]: _texts(hours) for day, hours in worked.items() if hours != usual},
        special_days=special,
    )


def _hours_on(calendar: Calendar, day: dt.date) -> Hours:
    return calendar.exception_hours.get(day, calendar.week_hours.get(day.weekday(), ()))


def _common(one: Hours, other: Hours) -> Hours:
    both = [(max(a, c), min(b, d)) for a, b in one for c, d in other]
    return tuple(sorted((start, end) for start, end in both if start < end))


def _texts(hours: Hours) -> list[str]:
    return ["-".join(f"{second // 3600:02}:{second // 60 % 60:02}" for second in shift) for shift in hours]
