"""Recurring exceptions of Microsoft Project calendars, resolved to dates."""

from __future__ import annotations

import calendar as months
import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Recurrence", "recurring_days"]

DAILY, YEARLY, YEARLY_POSITION, MONTHLY, MONTHLY_POSITION, WEEKLY, DAY_COUNT, WEEKDAY_COUNT, SINGLE = range(1, 10)

# MonthItem: any day, a weekday, a day of the weekend, then Sunday to Saturday; 0 is Monday here.
ITEMS = (tuple(range(7)), tuple(range(5)), (5, 6), (6,), (0,), (1,), (2,), (3,), (4,), (5,))
LAST = 4

Days: TypeAlias = Iterator[dt.date]


@dataclass(frozen=True)
class Recurrence:
    """How often an exception comes back between two dates.

    Attributes
    ----------
    type : int
        1 daily, 2 yearly on a day of a month, 3 yearly on a position in a month, 4 monthly on a day, 5 monthly on a
        position, 6 weekly, 7 every so many days, 8 every weekday, 9 no recurrence.
    first, last : date
    period : int
        Every so many days, weeks or months.
    days_of_week : int
        Of a weekly one: the sum of 1 for Sunday, 2 for Monday, 4 for Tuesday … 64 for Saturday.
    month : int
        Of a yearly one: 0 for January … 11 for December.
    month_day : int
        On which day of the month.
    month_item : int
        Which days count for a position: 0 any, 1 weekdays, 2 those of the weekend, 3 Sundays … 9 Saturdays.
    month_position : int
        Which of these days in the month: 0 the first … 3 the fourth, 4 the last.
    occurrences : int, optional
        How often at most.
    """

    type: int
    first: dt.date
    last: dt.date
    period: int = 1
    days_of_week: int = 0
    month: int = 0
    month_day: int = 1
    month_item: int = 0
    month_position: int = 0
    occurrences: int | None = None


def recurring_days(recurrence: Recurrence) -> Days:
    """Yield the dates of a recurring exception, in order.

    Weeks begin on Sunday, whatever the project says; a day that a month lacks (the 31st of June) is left out.

    Examples
    --------
    >>> first_mondays = Recurrence(5, dt.date(2002, 1, 1), dt.date(2002, 5, 6), period=2, month_item=4)
    >>> [str(day) for day in recurring_days(first_mondays)]
    ['2002-01-07', '2002-03-04', '2002-05-06']
    """
    days = _KINDS[recurrence.type](recurrence)
    inside = itertools.takewhile(lambda day: day <= recurrence.last, days)
    return itertools.islice((day for day in inside if day >= recurrence.first), recurrence.occurrences)


def _daily(recurrence: Recurrence) -> Days:
    span = (recurrence.last - recurrence.first).days
    for number in range(0, span + 1, recurrence.period):
        yield recurrence.first + dt.timedelta(number)


def _every_day(recurrence: Recurrence) -> Days:
    for number in range((recurrence.last - recurrence.first).days + 1):
        yield recurrence.first + dt.timedelta(number)


def _weekdays(recurrence: Recurrence) -> Days:
    return (day for day in _every_day(recurrence) if day.weekday() < 5)


def _weekly(recurrence: Recurrence) -> Days:
    first = recurrence.first.toordinal()
    sunday = first - first % 7  # the ordinal of a Sunday is a multiple of 7
    for day in range(first, recurrence.last.toordinal() + 1):
        weeks, place = divmod(day - sunday, 7)
        if weeks % recurrence.period == 0 and recurrence.days_of_week >> place & 1:
            yield dt.date.fromordinal(day)


def _in_months(recurrence: Recurrence, pick: Callable[[Recurrence, int, int], dt.date | None]) -> Days:
    """Pick a day in every so manieth month, or in the same month of every year."""
    yearly = recurrence.type in (YEARLY, YEARLY_POSITION)
    first = recurrence.first.year * 12 + (recurrence.month if yearly else recurrence.first.month - 1)
    last = recurrence.last.year * 12 + recurrence.last.month - 1
    for number in range(first, last + 1, 12 if yearly else recurrence.period):
        day = pick(recurrence, number // 12, number % 12 + 1)
        if day is not None:
            yield day


def _on_day(recurrence: Recurrence, year: int, month: int) -> dt.date | None:
    if recurrence.month_day > months.monthrange(year, month)[1]:
        return None
    return dt.date(year, month, recurrence.month_day)


def _on_position(recurrence: Recurrence, year: int, month: int) -> dt.date | None:
    wanted = ITEMS[recurrence.month_item]
    length = months.monthrange(year, month)[1]
    days = [dt.date(year, month, day) for day in range(1, length + 1)]
    days = [day for day in days if day.weekday() in wanted]
    return days[-1] if recurrence.month_position == LAST else days[recurrence.month_position]


_KINDS: dict[int, Callable[[Recurrence], Days]] = {
    DAILY: _daily,
    YEARLY: lambda recurrence: _in_months(recurrence, _on_day),
    YEARLY_POSITION: lambda recurrence: _in_months(recurrence, _on_position),
    MONTHLY: lambda recurrence: _in_months(recurrence, _on_day),
    MONTHLY_POSITION: lambda recurrence: _in_months(recurrence, _on_position),
    WEEKLY: _weekly,
    DAY_COUNT: _daily,
    WEEKDAY_COUNT: _weekdays,
    SINGLE: _every_day,
}
