"""Calendars of a XER: the nested record ``clndr_data`` → Calendar.

A node is ``(0||name(arguments)(children))``. Under the root, ``DaysOfWeek`` has a child for each weekday, 1 is Sunday,
and ``Exceptions`` one for each date, as days from 1899-12-30; the children of a day are its shifts, from ``s`` to ``f``.
Signs 0x7F and blanks stand between them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from schedrisk.calendars import WEEKDAYS, Calendar
from schedrisk.errors import CalendarError, Problem, shown

__all__ = ["WorkingTime", "calendar_of", "parse_working_time"]

NODE = re.compile(r"[\s\x7f]*(?:\(\d*\|\|([^()]*)\(([^()]*)\)[\s\x7f]*\(|(\)[\s\x7f]*\)))")
CLOCK_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::00)?")
DAY_ZERO = dt.date(1899, 12, 30)
FIRST_DAY, LAST_DAY = 2, 73_415  # of 1900 and of 2100
SECTION, DAY, SHIFT = 2, 3, 4  # depths
A_RECORD = "a record such as (0||CalendarData()((0||DaysOfWeek()(…))))"

Shifts = tuple[tuple[int, int], ...]


class WorkingTime(NamedTuple):
    """Shifts, from and to in minutes from midnight, by weekday (0 is Monday) and of single dates.

    Attributes
    ----------
    week : dict of int to Shifts
        Weekdays that are worked.
    exceptions : dict of date to Shifts
        Empty shifts are a holiday.
    left_out : int
        Exceptions outside the years 1900 to 2100.
    """

    week: dict[int, Shifts]
    exceptions: dict[dt.date, Shifts]
    left_out: int = 0


def parse_working_time(data: str) -> WorkingTime:
    """Parse ``clndr_data``.

    Raises
    ------
    CalendarError
        With the first fault.

    Examples
    --------
    >>> parse_working_time("(0||CalendarData()((0||DaysOfWeek()((0||2()((0||0(s|08:00|f|16:00)())))))))").week
    {0: ((480, 960),)}
    """
    week: dict[int, list[tuple[int, int]]] = {}
    exceptions: dict[int, list[tuple[int, int]]] = {}
    section = ""
    shifts: list[tuple[int, int]] = []
    for depth, name, arguments in _nodes(data):
        if depth == SECTION:
            section = name
        elif depth == DAY and section == "DaysOfWeek":
            shifts = week.setdefault((_whole(name, "a weekday from 1 (Sunday) to 7", 1, 7) - 2) % 7, [])
        elif depth == DAY and section == "Exceptions":
            shifts = exceptions[_serial(arguments)] = []
        elif depth == SHIFT and section in {"DaysOfWeek", "Exceptions"} and arguments.strip():
            shifts.append(_shift(arguments))
    return WorkingTime(
        {day: _united(each) for day, each in sorted(week.items()) if each},
        {
            DAY_ZERO + dt.timedelta(day): _united(each)
            for day, each in sorted(exceptions.items())
            if FIRST_DAY <= day <= LAST_DAY
        },
        sum(not FIRST_DAY <= day <= LAST_DAY for day in exceptions),
    )


def calendar_of(name: str, time: WorkingTime) -> Calendar:
    """Make a calendar; exceptions that change nothing are left out.

    Raises
    ------
    CalendarError
        Where no weekday is worked.
    """
    if not time.week:
        remedy = "give the calendar working hours in P6"
        raise CalendarError([Problem("", "no working time in the week", "at least one working weekday", remedy)])
    usual = Counter(time.week.values()).most_common(1)[0][0]
    special = {day: each for day, each in time.exceptions.items() if each != time.week.get(day.weekday(), ())}
    return Calendar(
        name,
        weekdays=[WEEKDAYS[day] for day in time.week],
        shifts=_texts(usual),
        weekday_shifts={WEEKDAYS[day]: _texts(each) for day, each in time.week.items() if each != usual},
        holidays=[day for day, each in special.items() if not each],
        special_days={str(day): _texts(each) for day, each in special.items() if each},
    )


def _nodes(data: str) -> Iterator[tuple[int, str, str]]:
    """Yield depth, name and arguments of every node, parents first."""
    depth = place = 0
    end = len(data.rstrip(" \t\r\n\x7f"))
    while place < end:
        match = NODE.match(data, place)
        if match is None or (depth == 0 and place > 0):
            raise _fault(shown(data[place : place + 40]), A_RECORD)
        place = match.end()
        if match[3]:
            depth -= 1
            if depth < 0:
                raise _fault("a bracket that closes nothing", A_RECORD)
        else:
            depth += 1
            if depth > SHIFT:
                raise _fault(f"brackets nested {depth} deep", f"{SHIFT} at most")
            yield depth, match[1].strip(), match[2]
    if depth:
        raise _fault("a record that is cut off", A_RECORD)


def _fault(found: str, expected: str) -> CalendarError:
    return CalendarError([Problem("", found, expected, "mend the calendar in P6 and export again")])


def _whole(text: str, expected: str, least: int, most: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    if not least <= number <= most:
        raise _fault(shown(text), expected)
    return number


def _serial(arguments: str) -> int:
    key, _, number = arguments.partition("|")
    expected = "a date such as d|40179, in days from 1899-12-30"
    if key.strip() != "d":
        raise _fault(shown(arguments), expected)
    return _whole(number.partition("|")[0].strip(), expected, 0, 10**9)


def _shift(arguments: str) -> tuple[int, int]:
    parts = [each.strip() for each in arguments.split("|")]
    named = dict(zip(parts[::2], parts[1::2], strict=False))
    start, end = (_minute(named.get(key, ""), arguments) for key in ("s", "f"))
    end = end or 24 * 60
    if start > end:
        raise _fault(f"the shift {shown(arguments)}", "a shift that ends after it starts, at 00:00 at the latest")
    return start, end


def _minute(text: str, arguments: str) -> int:
    match = CLOCK_TIME.fullmatch(text)
    minute = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else -1
    if not 0 <= minute <= 24 * 60:
        raise _fault(f"the shift {shown(arguments)}", "a shift such as s|08:00|f|16:00")
    return minute


def _united(shifts: list[tuple[int, int]]) -> Shifts:
    """Sort shifts, and make one of those that overlap; a shift without length is none."""
    united: list[tuple[int, int]] = []
    for start, end in sorted(shifts):
        if united and start < united[-1][1]:
            united[-1] = united[-1][0], max(end, united[-1][1])
        elif start < end:
            united.append((start, end))
    return tuple(united)


def _texts(shifts: Shifts) -> list[str]:
    return ["-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in shift) for shift in shifts]
