"""Working time ⇄ clock time, exact and vectorised."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from schedrisk._typing import Dates, Ints
from schedrisk.calendars.calendar import Calendar, Hours

__all__ = ["CompiledCalendar", "compile_calendar"]

DAY = 86_400
WEEK = 7 * DAY
ANCHOR = 4 * DAY  # Monday 1970-01-05, seconds after the epoch of datetime64: where working time is 0


@dataclass(frozen=True, eq=False)
class CompiledCalendar:
    """A calendar as a table of working spans, for conversion of whole arrays.

    The table covers the weeks that hold exceptions, and one ordinary week before and after them. An instant outside is
    moved by whole weeks into the ordinary week on its side, so that the weekly pattern goes on without end. Everything
    is integers: seconds since 1970 for instants, seconds since Monday 1970-01-05 for working time.

    Attributes
    ----------
    starts : int64 array, shape (n_spans,)
        When each span of work begins [s], ascending; made by `compile_calendar`, like all the others.
    lengths : int64 array, shape (n_spans,)
        Length of each span [s].
    worked : int64 array, shape (n_spans,)
        Working time at the beginning of each span [s].
    first, after : int
        Start of the first and end of the last week with exceptions [s].
    worked_first, worked_after : int
        Working time at `first` and at `after` [s].
    work_per_week : int
        Working time of an ordinary week [s].
    ticks_per_day : int
        Working time of an ordinary working day [s].
    close : int
        End of the last shift of a day [s from midnight].

    Examples
    --------
    >>> office = compile_calendar(Calendar())
    >>> friday_noon = office.work(np.datetime64("2026-12-04T12:00"))
    >>> office.clock(friday_noon + 4 * 3600, "finish")
    np.datetime64('2026-12-04T17:00:00')
    >>> office.clock(friday_noon + 4 * 3600, "start")
    np.datetime64('2026-12-07T08:00:00')
    """

    starts: Ints
    lengths: Ints
    worked: Ints
    first: int
    after: int
    worked_first: int
    worked_after: int
    work_per_week: int
    ticks_per_day: int
    close: int

    def work(self, clock: Any) -> Ints:
        """Return the working time from Monday 1970-01-05, 00:00, to each instant [s]; negative before.

        Parameters
        ----------
        clock : datetime64 array or scalar
            Instants, any shape; fractions of a second are dropped.

        Returns
        -------
        int64 array
            Of the same shape; never falls as `clock` rises.
        """
        instant = np.asarray(clock, dtype="datetime64[s]").astype(np.int64)
        weeks = _weeks_outside(instant, self.first, self.after, WEEK)
        instant = instant - weeks * WEEK
        span = np.maximum(np.searchsorted(self.starts, instant, side="right") - 1, 0)
        into = np.clip(instant - self.starts[span], 0, self.lengths[span])
        return np.asarray(self.worked[span] + into + weeks * self.work_per_week)[()]

    def clock(self, work: Any, side: Literal["start", "finish"]) -> Dates:
        """Return the instant at which so much working time has passed.

        Parameters
        ----------
        work : int64 array or scalar, or float64 of whole values
            Working time as `work` returns it [s], any shape.
        side : {"start", "finish"}
            Which end of a pause in work: "finish" its beginning (a finish at the close of Friday is Friday), "start"
            its end (a start at that moment is on Monday).

        Returns
        -------
        datetime64[s] array
            Of the same shape.
        """
        # A start is the instant at which the next second of work begins, a finish that at which the last one ends.
        last = 1 if side == "finish" else 0
        second = np.asarray(work).astype(np.int64) - last
        weeks = _weeks_outside(second, self.worked_first, self.worked_after, self.work_per_week)
        second = second - weeks * self.work_per_week
        span = np.searchsorted(self.worked, second, side="right") - 1
        instant = self.starts[span] + (second - self.worked[span]) + (weeks * WEEK + last)
        return np.asarray(instant).astype("datetime64[s]")[()]

    def spans_between(self, low: int, high: int) -> tuple[Ints, Ints]:
        """Return the spans that hold the working time from `low` to `high`.

        Parameters
        ----------
        low, high : int
            Working time as `work` returns it [s].

        Returns
        -------
        starts, lengths : int64 array, shape (n_spans,)
            When each span begins [s since 1970], ascending, and its length [s].
        """
        first_week = min(-((self.worked_first - low) // self.work_per_week) - 1, 0)
        last_week = max((high - self.worked_after) // self.work_per_week + 1, 0)
        ordinary_before = self.starts < self.first
        ordinary_after = self.starts >= self.after
        inside = ~ordinary_before & ~ordinary_after
        starts = [self.starts[ordinary_before] + week * WEEK for week in range(first_week, 1)]
        starts.append(self.starts[inside])
        starts += [self.starts[ordinary_after] + week * WEEK for week in range(last_week + 1)]
        lengths = [self.lengths[ordinary_before]] * (1 - first_week) + [self.lengths[inside]]
        lengths += [self.lengths[ordinary_after]] * (last_week + 1)
        return np.concatenate(starts), np.concatenate(lengths)

    def close_of(self, day: dt.date | np.datetime64 | str | Dates) -> Dates:
        """Return the close of a day: the end of its last shift's hours, whether or not work is done on that day.

        Parameters
        ----------
        day : date, datetime64, ISO text, or an array of these
            The time of day does not matter.

        Returns
        -------
        datetime64[s] array
            Of the same shape.

        Examples
        --------
        >>> compile_calendar(Calendar()).close_of("2026-12-31")
        np.datetime64('2026-12-31T17:00:00')
        """
        midnight: Dates = np.asarray(day, dtype="datetime64[D]").astype("datetime64[s]")
        close: Dates = np.add(midnight, np.timedelta64(self.close, "s"))
        return close


def _weeks_outside(value: Ints, first: int, after: int, week: int) -> Ints:
    """Count the whole weeks that move `value` into the ordinary week beside the table's exceptions."""
    before: Ints = np.minimum((value - first) // week + 1, 0)
    return before + np.maximum((value - after) // week, 0)


def compile_calendar(calendar: Calendar) -> CompiledCalendar:
    """Turn a calendar into the table that converts arrays.

    Parameters
    ----------
    calendar : Calendar

    Returns
    -------
    CompiledCalendar

    Examples
    --------
    >>> compile_calendar(Calendar()).ticks_per_day
    28800
    """
    exceptions = {_day_number(day): hours for day, hours in calendar.exception_hours.items()}
    close = max(hours[-1][1] for hours in (*calendar.week_hours.values(), *exceptions.values()) if hours)
    return _compile(calendar.week_hours, exceptions, ticks_per_day=calendar.ticks_per_day, close=close)


def _day_number(day: dt.date) -> int:
    """Count days from the anchor: a Monday is a multiple of 7."""
    return (day - dt.date(1970, 1, 5)).days


def _compile(
    week: Mapping[int, Hours], exceptions: Mapping[int, Hours], *, ticks_per_day: int, close: int
) -> CompiledCalendar:
    """Build the table from the hours of each weekday and the hours of each exceptional day."""
    first = min(exceptions, default=0) // 7
    after = max(exceptions, default=-1) // 7 + 1
    ordinary = _spans(week)
    pattern = (np.arange(first - 1, after + 1)[:, np.newaxis, np.newaxis] * WEEK + ordinary).reshape(-1, 2)
    regular = ~np.isin(pattern[:, 0] // DAY, list(exceptions))
    spans = np.concatenate([pattern[regular], _spans(exceptions)])
    starts, ends = spans[np.argsort(spans[:, 0])].T
    lengths = ends - starts
    ends_worked = np.cumsum(lengths)
    work_per_week = int((ordinary[:, 1] - ordinary[:, 0]).sum())
    compiled = CompiledCalendar(
        starts=_frozen(starts + ANCHOR),
        lengths=_frozen(lengths),
        worked=_frozen(ends_worked - lengths),
        first=first * WEEK + ANCHOR,
        after=after * WEEK + ANCHOR,
        worked_first=work_per_week,
        worked_after=int(ends_worked[-1]) - work_per_week,
        work_per_week=work_per_week,
        ticks_per_day=ticks_per_day,
        close=close,
    )
    # Only now can the table say how much work lies between its beginning and the anchor.
    zero = int(compiled.work(np.datetime64(ANCHOR, "s")))
    return dataclasses.replace(
        compiled,
        worked=_frozen(compiled.worked - zero),
        worked_first=compiled.worked_first - zero,
        worked_after=compiled.worked_after - zero,
    )


def _spans(hours: Mapping[int, Hours]) -> Ints:
    """Return start and end of every shift of these days [s from the anchor], shape (n_spans, 2)."""
    spans = [(day * DAY + start, day * DAY + end) for day, shifts in hours.items() for start, end in shifts]
    return np.array(spans, dtype=np.int64).reshape(-1, 2)


def _frozen(array: Ints) -> Ints:
    array = np.ascontiguousarray(array)
    array.setflags(write=False)
    return array
