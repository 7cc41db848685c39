"""The clock of a calendar whose days may be lost: working time of each draw on arrays of ticks.

A lost day is a pause in the calendar's own working time, in which the calendar's clock counts. So the clock of a draw
is two steps: the calendar's clock between instants and its working time, and here between that and the working time
that the draw is left with. Where a plan is propagated in working time, the first step is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.calendars.clock import Clock
from schedrisk.calendars.compiled import CompiledCalendar

__all__ = ["LostDays", "WeatheredClock", "WorkingDays"]

SECONDS_PER_DAY = 86_400
GROWTH = 1.25
TURNED_ROWS = 8

Side = Literal["start", "finish"]


class LostDays(Protocol):
    """The days that some draws lose."""

    n_draws: int
    days_wanted: int
    """For how many calendar days a clock is prepared; a clock that needs more says so to those that follow."""
    most_days: int
    """How far lost days are known."""

    def lost(self, weather: tuple[str, ...], days: Ints) -> Bools | Floats:
        """Return what is lost of each day, shape (n_days, n_draws): whether, or which share.

        Parameters
        ----------
        weather : tuple of str
        days : ndarray of int, shape (n_days,)
            Ascending, counted from the first day.
        """

    def refuse(self, calendar: str, weather: tuple[str, ...]) -> Exception:
        """Return the error of work that is not done within `most_days`."""


@dataclass(frozen=True, eq=False)
class WorkingDays:
    """The working days of a calendar, from the first that may be lost.

    Attributes
    ----------
    calendar : CompiledCalendar
    first : int
        The first day [day since 1970].
    origin : int
        What the base clock counts as 0 [s of working time].
    """

    calendar: CompiledCalendar
    first: int
    origin: int

    def until(self, count: int) -> tuple[Ints, Floats]:
        """Return the working days among the first `count` calendar days.

        Returns
        -------
        days : ndarray of int, shape (n_days,)
            Counted from the first.
        edges : ndarray, shape (n_days + 1,)
            Working time at the beginning of each, and at the end of the last [tick].
        """
        midnights = (self.first + np.arange(count + 1)) * SECONDS_PER_DAY
        worked = np.asarray(self.calendar.work(midnights.astype("datetime64[s]"))) - self.origin
        days = np.flatnonzero(np.diff(worked))
        return days, np.append(worked[days], worked[-1]).astype(float)


class WeatheredClock:
    """The clock of a calendar that loses days by chance, before they are drawn: it counts as if none were lost.

    Parameters
    ----------
    base : Clock
        Of the calendar.
    days : WorkingDays
    calendar : str
        Its name.
    weather : tuple of str
        Who takes days from it.
    """

    def __init__(self, base: Clock, days: WorkingDays, calendar: str, weather: tuple[str, ...]) -> None:
        self.base, self.days, self.calendar, self.weather = base, days, calendar, weather

    def work(self, instant: Floats) -> Floats:
        """Return the working time passed at each instant [tick]."""
        return self.base.work(instant)

    def start(self, work: Floats) -> Floats:
        """Return the instant at which work goes on after so much working time [tick]."""
        return self.base.start(work)

    def finish(self, work: Floats) -> Floats:
        """Return the first instant at which so much working time has passed [tick]."""
        return self.base.finish(work)

    def realised(self, losses: LostDays) -> Clock:
        """Return the clock of some draws; its arrays are of shape (…, n_draws)."""
        return _RealisedClock(self, losses)


class _RealisedClock:
    """The working time that draws are left with."""

    def __init__(self, clock: WeatheredClock, losses: LostDays) -> None:
        self._clock, self._losses = clock, losses
        self._count = 0
        self._table = self._extended()

    def work(self, instant: Floats) -> Floats:
        """Return the working time passed at each instant [tick]."""
        return self._kept(self._clock.base.work(instant))

    def start(self, work: Floats) -> Floats:
        """Return the instant at which work goes on after so much working time [tick]."""
        return self._clock.base.start(self._reached(work, "start"))

    def finish(self, work: Floats) -> Floats:
        """Return the first instant at which so much working time has passed [tick]."""
        return self._clock.base.finish(self._reached(work, "finish"))

    def _kept(self, base: Floats) -> Floats:
        while (kept := self._table.kept(base)) is None:
            if self._count >= self._losses.most_days:
                return self._table.kept_beyond(base)
            self._table = self._extended()
        return kept

    def _reached(self, work: Floats, side: Side) -> Floats:
        while (reached := self._table.reached(work, side)) is None:
            never = np.isinf(work)
            if never.any():
                return np.where(never, work, self._reached(np.where(never, self._table.first, work), side))
            if self._count >= self._losses.most_days:
                raise self._losses.refuse(self._clock.calendar, self._clock.weather)
            self._table = self._extended()
        return reached

    def _extended(self) -> _Table:
        """Return a table of more days."""
        wanted = max(self._losses.days_wanted, int(self._count * GROWTH))
        self._count = self._losses.days_wanted = min(wanted, self._losses.most_days)
        days, edges = self._clock.days.until(self._count)
        return _Table(edges, self._losses.lost(self._clock.weather, days))


class _Table:
    """Working time of a calendar ⇄ what each draw is left with, over some days.

    Parameters
    ----------
    edges : ndarray, shape (n_days + 1,)
        Working time of the calendar at the beginning of each working day, and at the end [tick].
    lost : ndarray of bool or float, shape (n_days, n_draws)
        Whether each is lost, or its share; of a day that is lost in part the first hours are worked.

    Notes
    -----
    The days that are worked stand draw by draw in one list, so that the place of a day is that of its draw's first plus
    how many it has worked before. Where all days are of one length, that is a quotient; elsewhere it is looked up by
    cells of working time, and a step or two.
    """

    def __init__(self, edges: Floats, lost: Bools | Floats) -> None:
        n_days, n_draws = lost.shape
        self._lost, self._lengths = lost, np.diff(edges)
        self.edges, self.first, self.end = edges, float(edges[0]), float(edges[-1])
        whole = lost.dtype == bool
        by_draw = _turned(lost)
        worked = ~by_draw if whole else np.rint((1.0 - by_draw) * self._lengths) > 0
        self.counts = np.count_nonzero(worked, axis=1)
        self.least = int(self.counts.min())
        self.begins = np.cumsum(self.counts) - self.counts
        self.places = np.flatnonzero(worked)
        self.begin_row = np.arange(n_draws) * n_days
        self.even = bool(whole and n_days and (self._lengths == self._lengths[0]).all())
        least, most = (int(self._lengths.min()), int(self._lengths.max())) if n_days else (1, 1)
        # Cells of the shortest day's width hold the end of one day at most, unless some are lost in part.
        self.one_step = bool(whole and 2 * least >= most)
        self.width = least if self.one_step else most
        self._shares = None if whole else by_draw[worked]

    @cached_property
    def days(self) -> Ints:
        """Every worked day, of one draw after the other."""
        return self.places % self._lengths.size

    @cached_property
    def ends(self) -> Floats:
        """When each worked day ends, in the working time that its draw is left with [tick]."""
        lengths = self._lengths.take(self.days)
        if self._shares is not None:
            lengths = np.rint(lengths * (1.0 - self._shares))
        ends = np.cumsum(lengths)
        before = np.append(0.0, ends)[self.begins]
        return np.asarray(ends - np.repeat(before - self.first, self.counts))

    @cached_property
    def ahead(self) -> Floats:
        """How far the calendar's working time is ahead of what the draw is left with on each worked day [tick]."""
        before = np.append(self.first, self.ends[:-1])
        starts = self.begins[self.counts > 0]
        before[starts] = self.first
        return np.asarray(self.edges.take(self.days) - before)

    @cached_property
    def left(self) -> Floats:
        """Working time left at the beginning of each day, and at the end, shape (n_draws, n_days + 1) [tick]."""
        left = np.empty((self.counts.size, self.edges.size))
        left[:, 0] = self.first
        np.multiply(1.0 - _turned(self._lost), self._lengths, out=left[:, 1:])
        np.rint(left[:, 1:], out=left[:, 1:])
        return np.cumsum(left, axis=1, out=left)

    @cached_property
    def _flat(self) -> tuple[Ints, Floats, Floats]:
        """Where each draw begins in `left` as one row; that row, and it from its second place on."""
        flat = self.left.ravel()
        return np.arange(self.counts.size) * self.edges.size, flat, flat[1:]

    @cached_property
    def _day_of_cell(self) -> Ints:
        """The day in which each cell of the calendar's working time begins."""
        edges = self.edges - self.first
        return np.searchsorted(edges, np.arange(int(edges[-1]) // self.width + 1) * self.width, side="right") - 1

    @cached_property
    def _cells(self) -> tuple[Ints, Ints, NDArray[np.int32]]:
        """Cells of the time left to each draw: where its first is, how many it has, and the day that each begins in.

        That is the first day that ends after the beginning of the cell; a day stands for all the cells from the end of
        the day before to its own.
        """
        cells = (self.ends - self.first).astype(np.int64)
        cells += self.width - 1
        cells //= self.width
        some = self.counts > 0
        firsts, lasts = self.begins[some], (self.begins + self.counts - 1)[some]
        lengths = np.diff(cells, prepend=0)
        lengths[firsts] = cells[firsts]
        count = np.zeros(self.counts.size, dtype=np.int64)
        count[some] = cells[lasts]
        return np.cumsum(count) - count, count, np.repeat(np.arange(cells.size, dtype=np.int32), lengths)

    def kept(self, base: Floats) -> Floats | None:
        """Return the working time left of the calendar's, or None where some lies after the days."""
        highest = base.max(initial=self.first)
        if highest <= self.first:
            return base
        if not highest < self.end:
            return None
        early = base < self.first
        return np.where(early, base, self._kept(np.where(early, self.first, base))) if early.any() else self._kept(base)

    def _kept(self, base: Floats) -> Floats:
        begins, left, left_after = self._flat
        place = (base - self.first).astype(np.int64) // self.width
        if self.even:
            into = base - (place * self.width + self.first)
        else:
            place = self._day_of_cell.take(place)
            while (late := base >= self.edges.take(place + 1)).any():
                place += late
            into = base - self.edges.take(place)
        place += begins
        into += left.take(place)
        return np.minimum(into, left_after.take(place), out=into)

    def kept_beyond(self, base: Floats) -> Floats:
        """Return the working time left as if no day after these were lost."""
        inside = base < self.end
        within = np.where(inside, base, self.first)
        beyond = base - self.end + self.left[:, -1]
        return np.where(inside, self._kept(within), beyond)

    def reached(self, work: Floats, side: Side) -> Floats | None:
        """Return the calendar's working time at which draws have so much, or None where some lies after the days.

        Parameters
        ----------
        work : ndarray, shape (…, n_draws)
        side : {"start", "finish"}
            Which end of lost days.
        """
        # The end of a day belongs to it here: what ends with it has not begun what comes after.
        inside = work - (self.first + 1.0 if side == "finish" else self.first)
        before = None
        if inside.min(initial=0.0) < 0:
            before = inside < 0
            inside[before] = 0.0
        if not inside.max(initial=0.0) < self.end - self.first:
            return None
        place = inside.astype(np.int64)
        place //= self.width
        reached = self._reached_evenly(place, work) if self.even else self._reached(place, work, side, before)
        return reached if before is None or reached is None else np.where(before, work, reached)

    def _reached_evenly(self, place: Ints, work: Floats) -> Floats | None:
        if place.max(initial=0) >= self.least and (place >= self.counts).any():
            return None
        ahead = self.places.take(place + self.begins)
        ahead -= self.begin_row
        ahead -= place
        ahead *= self.width
        return np.asarray(work + ahead)

    def _reached(self, place: Ints, work: Floats, side: Side, before: Bools | None) -> Floats | None:
        begins, counts, day_of_cell = self._cells
        if (place >= counts).any():
            return None
        place += begins
        day = day_of_cell.take(place).astype(np.int64)
        past, after = np.less if side == "finish" else np.less_equal, self.begins + self.counts
        while True:
            late = past(self.ends.take(day, mode="clip"), work)
            if before is not None:
                late &= ~before
            day += late
            if (day >= after).any():
                return None
            if self.one_step or not late.any():
                return np.asarray(work + self.ahead.take(day))


def _turned(table: NDArray[Any]) -> NDArray[Any]:
    """Return a table with rows for columns, in C order: some rows at a time, or every number misses the cache."""
    out = np.empty(table.shape[::-1], dtype=table.dtype)
    for first in range(0, len(table), TURNED_ROWS):
        out[:, first : first + TURNED_ROWS] = table[first : first + TURNED_ROWS].T
    return out
