"""Working time of one calendar on arrays of ticks: what the passes count with.

A `Clock` turns instants to working time and back. `PlainClock` is for plans that are propagated in working time as a
whole: there both are the same number. `WorkingClock` looks up tables with a uniform grid, several times as fast as a
search for the span of work, and falls back on the search outside the years that the tables cover.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Literal, Protocol

import numpy as np

from schedrisk._typing import Bools, Dates, Floats, Ints
from schedrisk.calendars.calendar import Calendar
from schedrisk.calendars.compiled import CompiledCalendar, compile_calendar

__all__ = ["PLAIN", "Clock", "PlainClock", "WorkingClock", "clock_of"]

HOUR, DAY, YEAR = 3_600, 86_400, 31_556_952
YEARS_BEFORE, YEARS_AFTER = 2, 15
MOST_CELLS = 200_000

# Widths of a cell of clock time [s]: the widest is taken that has no more than one stretch of work in any cell.
WIDTHS = (DAY, DAY // 2, DAY // 3, DAY // 4, 4 * HOUR, 3 * HOUR, 2 * HOUR, HOUR, HOUR // 2, HOUR // 4)


class Clock(Protocol):
    """Working time ⇄ instants, both in ticks from the plan's origin as float64 arrays of whole numbers."""

    def work(self, instant: Floats) -> Floats:
        """Return the working time passed at each instant; never falls as instants rise."""

    def start(self, work: Floats) -> Floats:
        """Return the instant at which work goes on after so much working time."""

    def finish(self, work: Floats) -> Floats:
        """Return the first instant at which so much working time has passed."""


class PlainClock:
    """Every instant is working time."""

    def work(self, instant: Floats) -> Floats:
        """Return the instant."""
        return instant

    def start(self, work: Floats) -> Floats:
        """Return the working time."""
        return work

    def finish(self, work: Floats) -> Floats:
        """Return the working time."""
        return work


PLAIN = PlainClock()


class ElapsedClock:
    """Every hour counts.

    Parameters
    ----------
    offset : float
        Working time at tick 0 [tick].
    """

    def __init__(self, offset: float) -> None:
        self.offset = offset

    def work(self, instant: Floats) -> Floats:
        """Return the working time passed at each instant [tick], 0 on Monday 1970-01-05."""
        return instant + self.offset

    def start(self, work: Floats) -> Floats:
        """Return the instant of so much working time [tick]."""
        return work - self.offset

    def finish(self, work: Floats) -> Floats:
        """Return the instant of so much working time [tick]."""
        return work - self.offset


@lru_cache(maxsize=16)  # tables take 10 ms to build, and 1 to 9 MB
def clock_of(calendar: Calendar, epoch: int) -> Clock:
    """Return the clock of a calendar, with tick 0 at the instant `epoch` [s since 1970].

    Examples
    --------
    >>> office = clock_of(Calendar(), 0)  # Thursday 1970-01-01, midnight
    >>> office.finish(office.work(np.array([9 * 3600.0])) + 8 * 3600) / 3600  # eight hours from 9 o'clock
    array([33.])
    """
    compiled = compile_calendar(calendar)
    if calendar.never_pauses:
        return ElapsedClock(float(compiled.work(np.datetime64(epoch, "s"))))
    return WorkingClock(compiled, epoch)


class WorkingClock:
    """The working time of a calendar.

    Parameters
    ----------
    calendar : CompiledCalendar
    epoch : int
        The instant of tick 0 [s since 1970].

    Notes
    -----
    Clock time is cut into cells with one stretch of work at most, working time into cells with one pause at most, so
    that a look-up is a division and three table entries. All numbers are whole and far below 2**53: the tables give
    exactly what the search gives.
    """

    def __init__(self, calendar: CompiledCalendar, epoch: int) -> None:
        self.calendar, self.epoch = calendar, epoch
        first = (epoch - YEARS_BEFORE * YEAR) // DAY * DAY
        last = first + (YEARS_BEFORE + YEARS_AFTER) * 366 * DAY
        spans = _spans(calendar, first, last)
        self._clock_cells = _clock_cells(spans, first - epoch, last - epoch, epoch, calendar)
        self._work_cells = _work_cells(spans, epoch, calendar)

    @property
    def cells(self) -> tuple[Cells | None, Cells | None]:
        """The tables of clock time and of working time; None for one that would be too large."""
        return self._clock_cells, self._work_cells

    def work(self, instant: Floats) -> Floats:
        """Return the working time passed at each instant [tick], 0 on Monday 1970-01-05."""
        cells = self._clock_cells
        place = None if cells is None else cells.place(instant)
        if cells is None or place is None:
            return np.asarray(self.calendar.work(self._dates(instant))).astype(float)
        worked, begin, length = cells.columns
        out = instant - begin.take(place)
        np.maximum(out, 0.0, out=out)
        np.minimum(out, length.take(place), out=out)
        out += worked.take(place)
        return out

    def start(self, work: Floats) -> Floats:
        """Return the instant at which work goes on [tick]."""
        return self._looked_up(work, work, np.greater_equal, "start")

    def finish(self, work: Floats) -> Floats:
        """Return the first instant at which so much working time has passed [tick]."""
        # The end of a cell belongs to it here: what ends with it has not begun what comes after a pause.
        return self._looked_up(work, work - 1.0, np.greater, "finish")

    def _looked_up(
        self, work: Floats, inside: Floats, past: Callable[[Floats, Floats], Bools], side: Literal["start", "finish"]
    ) -> Floats:
        """Return the instants of working times, each looked up in the cell that has `inside`."""
        cells = self._work_cells
        place = None if cells is None else cells.place(inside)
        if cells is None or place is None:
            return self._searched(work, side)
        offset, pause, jump = cells.columns
        out: Floats = past(work, pause.take(place)) * jump.take(place)
        out += offset.take(place)
        out += work
        return out

    def _searched(self, work: Floats, side: Literal["start", "finish"]) -> Floats:
        dates = np.asarray(self.calendar.clock(work, side))
        return dates.astype(np.int64).astype(float) - self.epoch

    def _dates(self, instant: Floats) -> Dates:
        return (instant.astype(np.int64) + self.epoch).astype("datetime64[s]")


class Cells:
    """Table columns over a uniform grid."""

    def __init__(self, first: float, width: float, columns: tuple[Floats, Floats, Floats]) -> None:
        self.first, self.width, self.columns = np.int64(first), np.int64(width), columns
        self.count = columns[0].size

    def place(self, value: Floats) -> Ints | None:
        """Return the cell of each value, or None where some lie outside."""
        place = (value.astype(np.int64) - self.first) // self.width
        # One comparison for both ends: seen as unsigned, what is negative is beyond every table.
        return place if place.size and place.view(np.uint64).max() < self.count else None


def _spans(calendar: CompiledCalendar, first: int, last: int) -> Ints:
    """Return start and end of every stretch of work between two instants [s since 1970], shape (n, 2)."""
    low, high = (int(calendar.work(np.datetime64(each, "s"))) for each in (first, last))
    # Spans of the calendar's table, repeated week by week where the table has no exceptions.
    starts, lengths = calendar.spans_between(low, high)
    ends = starts + lengths
    joined = np.flatnonzero(starts[1:] != ends[:-1])
    return np.column_stack([starts[np.r_[0, joined + 1]], ends[np.r_[joined, ends.size - 1]]])


def _clock_cells(spans: Ints, first: int, last: int, epoch: int, calendar: CompiledCalendar) -> Cells | None:
    starts, ends = (spans - epoch).T
    for width in WIDTHS:
        count = (last - first) // width
        if count > MOST_CELLS:
            return None
        cell = (starts - first) // width
        last_cell = (ends - 1 - first) // width
        if (cell[1:] > last_cell[:-1]).all():
            break
    else:
        return None
    begins = first + np.arange(count) * width
    edges = np.clip(begins, starts[0], ends[-1])
    number = np.clip(np.searchsorted(ends, edges, side="right"), 0, ends.size - 1)  # the first span that ends later
    begin = np.maximum(starts[number], begins)
    length = np.clip(np.minimum(ends[number], begins + width) - begin, 0, None)
    worked = calendar.work((begins + epoch).astype("datetime64[s]"))
    return Cells(first, width, tuple(np.asarray(each, dtype=float) for each in (worked, begin, length)))  # type: ignore[arg-type]


def _work_cells(spans: Ints, epoch: int, calendar: CompiledCalendar) -> Cells | None:
    starts, ends = (spans - epoch).T
    lengths = ends - starts
    if starts.size < 3:
        return None
    width = int(lengths[1:-1].min())
    worked = np.asarray(calendar.work((starts + epoch).astype("datetime64[s]")))
    total = int(worked[-1] + lengths[-1] - worked[0])
    count = total // width
    if count > MOST_CELLS or count < 1:
        return None
    begins = worked[0] + np.arange(count) * width
    # The pause inside a cell is the one at its end or before: the first span that ends after the cell's begin.
    number = np.clip(np.searchsorted(worked + lengths, begins, side="right"), 0, starts.size - 1)
    following = np.minimum(number + 1, starts.size - 1)
    offset = starts[number] - worked[number]
    jump = starts[following] - worked[following] - offset
    pause = np.where(following > number, worked[following], np.iinfo(np.int64).max // 4)
    return Cells(worked[0], width, tuple(np.asarray(each, dtype=float) for each in (offset, pause, jump)))  # type: ignore[arg-type]
