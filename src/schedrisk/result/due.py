"""When a promise is due: at one moment for all draws, or so much time after a task's finish in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from schedrisk._typing import Dates, Floats, Ints
from schedrisk.calendars import Calendar, CompiledCalendar, compile_calendar
from schedrisk.model import Period, Plan, Promise
from schedrisk.timeaxis import TimeAxis

__all__ = ["Due", "PeriodClock"]

SECONDS_PER_HOUR = 3600
SECONDS_PER_MINUTE = 60
DAYS_PER_WEEK = 7
ONE_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, eq=False)
class Due:
    """When a promise is due. Each attribute is one value, or for a relative promise an array of one for each draw.

    Attributes
    ----------
    ticks : float or ndarray
        The last moment that is in time [tick].
    working : float or ndarray
        The same in working time of the plan's calendar, from the plan's start [tick].
    instants : datetime64 or ndarray or None
        The same by the clock; of a day the close of work. None in a plan without dates.
    """

    ticks: Any
    working: Any
    instants: Any

    @classmethod
    def of(cls, promise: Promise, plan: Plan, axis: TimeAxis, reference: Any) -> Due:
        """Say when a promise is due.

        Parameters
        ----------
        promise : Promise
        plan : Plan
        axis : TimeAxis
        reference : float or ndarray or None
            Finish of the task from which a relative promise counts [tick]; of any shape.
        """
        if promise.within is not None:
            period = Period.of(promise.within)
            return PeriodClock.of(plan, axis, period, reference).due(period.count)
        deadline = axis.deadline(cast("Any", promise.by))
        if axis.calendar is None:
            return cls(deadline, deadline, None)
        instant = axis.instant(cast("Any", promise.by))
        # In working time, for a margin: before the plan's start it is truly negative.
        return cls(deadline, float(axis.calendar.work(instant) - axis.origin), instant)

    def first(self, n_draws: int) -> Due:
        """Return what concerns the first draws alone."""
        if np.ndim(self.ticks) == 0:
            return self
        instants = None if self.instants is None else self.instants[:n_draws]
        return Due(self.ticks[:n_draws], self.working[:n_draws], instants)


@dataclass(frozen=True, eq=False)
class PeriodClock:
    """Counts the periods of a relative promise from the finish of the task that starts its time.

    Days, weeks and months count from the day after, and end with the last day, as terms in contracts do: a finish is
    in time until the close of that day. Hours, and all time in a plan without dates, count from the instant.

    Attributes
    ----------
    axis : TimeAxis
    unit : str
        As `Period.unit`.
    reference : float or ndarray
        When the time begins [tick].
    ticks_per_period : float
        Of working time, for units that are a fixed amount of it.
    days : CompiledCalendar or None
        Counts working days: one minute of work on each.
    """

    axis: TimeAxis
    unit: str
    reference: Any
    ticks_per_period: float
    days: CompiledCalendar | None = None

    @classmethod
    def of(cls, plan: Plan, axis: TimeAxis, period: Period, reference: Any) -> PeriodClock:
        """Make the clock of a promise; `reference` as for `Due.of`."""
        day = axis.ticks_per_day
        hour = day / plan.calendar.hours_per_day
        ticks = {"unit": axis.ticks_per_unit, "d": day, "wd": day, "h": hour, "wh": hour, "w": day * axis.days_per_week}
        days = compile_calendar(_one_minute_a_day(plan.calendar)) if axis.dated and period.unit == "wd" else None
        return cls(axis, period.unit, reference, ticks.get(period.unit, np.nan), days)

    def due(self, count: float) -> Due:
        """Return when the time is up."""
        axis = self.axis
        if axis.calendar is None:
            ticks = np.rint(self.reference + count * self.ticks_per_period)
            return Due(ticks, ticks, None)
        if self.unit == "wh":
            work = np.rint(axis.working(self.reference) + count * self.ticks_per_period)
            instants = axis.calendar.clock(work + axis.origin, "finish")
        elif self.unit == "h":
            # Whole seconds, as everything on the axis.
            instants = self._moments + np.timedelta64(int(np.rint(count * SECONDS_PER_HOUR)), "s")
        else:
            return self._due_on(self._day_after(int(count)))
        return self._due_at(np.asarray(instants))

    def needed(self, finish: Any) -> Floats:
        """Return how many periods it takes to a finish, 0 where that comes first.

        A finish is in time within N periods exactly where no more than N are needed. Working days and months are
        whole; weeks count in sevenths.

        Parameters
        ----------
        finish : float or ndarray
            [tick], of the shape of `reference`.
        """
        axis = self.axis
        if axis.calendar is None:
            return np.asarray(np.maximum((finish - self.reference) / self.ticks_per_period, 0.0))
        moments = cast("Dates", axis.moments(finish))
        if self.unit == "wh":
            work = axis.working(finish) - axis.working(self.reference)
            return np.asarray(np.maximum(work / self.ticks_per_period, 0.0))
        if self.unit == "h":
            elapsed = (moments - self._moments) / np.timedelta64(SECONDS_PER_HOUR, "s")
            return np.asarray(np.maximum(elapsed, 0.0), dtype=float)
        begun, done = self._days, _days_of(moments)
        count: Any
        if self.unit == "wd":
            count = self._working_days(done - ONE_DAY) + 1 - self._working_days(begun)
        elif self.unit == "mo":
            count = np.asarray(done.astype("datetime64[M]") - begun.astype("datetime64[M]")).astype(np.int64)
            count = count + (_months_after(begun, count) < done)
        else:
            elapsed_days = np.asarray(done - begun).astype(np.int64)
            count = elapsed_days / DAYS_PER_WEEK if self.unit == "w" else elapsed_days
        return np.where(done <= begun, 0.0, np.asarray(count, dtype=float))

    def promisable(self, finish: Floats, rank: int) -> float:
        """Return the fewest periods, whole but for the plan's unit, that more than `rank` of the draws keep to."""
        count = float(np.partition(self.needed(finish), rank)[rank])
        if self.unit == "unit":
            return count
        count = float(np.ceil(count))
        # Where the plan's calendar rests and another one works, or a period is no whole number of ticks, one more is due.
        while np.count_nonzero(finish <= self.due(count).ticks) <= rank:
            count += 1
        return count

    def day_of_due(self, due: Due) -> Any:
        """Return what people call the moment when the time is up: its day, or the instant where hours count."""
        if due.instants is None or self.unit in {"h", "wh"}:
            return due.ticks if due.instants is None else due.instants
        return _days_of(due.instants)[()]

    @property
    def _moments(self) -> Dates:
        return cast("Dates", self.axis.moments(self.reference))

    @property
    def _days(self) -> Dates:
        return _days_of(self._moments)

    def _day_after(self, count: int) -> Dates:
        begun = self._days
        if self.unit == "mo":
            return _months_after(begun, np.asarray(count))
        if self.unit != "wd" or self.days is None:
            return begun + np.timedelta64(count * (DAYS_PER_WEEK if self.unit == "w" else 1), "D")
        minutes = self._working_days(begun) + count
        return np.maximum(_days_of(self.days.clock(minutes * SECONDS_PER_MINUTE, "finish")), begun)

    def _working_days(self, day: Dates) -> Ints:
        """Count the working days up to a day and with it, from any fixed one."""
        work = cast("CompiledCalendar", self.days).work((day + ONE_DAY).astype("datetime64[s]"))
        return np.asarray(work) // SECONDS_PER_MINUTE

    def _due_on(self, day: Dates) -> Due:
        axis, calendar = self.axis, cast("CompiledCalendar", self.axis.calendar)
        close = calendar.close_of(day)
        if not axis.in_clock_time:
            return self._due_at(close)
        # Work of some calendar may go on after the close of the plan's own: the whole day counts.
        ticks = (np.asarray(day) + ONE_DAY).astype("datetime64[s]").astype(np.int64) - axis.epoch
        return Due(ticks.astype(float)[()], _working(axis, close), close)

    def _due_at(self, instants: Dates) -> Due:
        axis = self.axis
        working = _working(axis, instants)
        if axis.in_clock_time:
            return Due((instants.astype(np.int64) - axis.epoch).astype(float)[()], working, instants[()])
        # Nothing is in time before the plan's start, as with a date.
        return Due(np.where(instants >= axis.first, working, -1.0)[()], working, instants[()])


def _working(axis: TimeAxis, instants: Dates) -> Any:
    calendar = cast("CompiledCalendar", axis.calendar)
    return np.asarray(calendar.work(instants) - axis.origin).astype(float)[()]


def _days_of(moments: Any) -> Dates:
    """Return the days that finishes belong to; one at midnight ends the day before."""
    return np.asarray(moments - np.timedelta64(1, "s"), dtype="datetime64[D]")


def _months_after(day: Dates, count: Any) -> Dates:
    """Return the same day of a later month, or its last one where it has no such day."""
    month = day.astype("datetime64[M]")
    target = month + np.asarray(count).astype("timedelta64[M]")
    last = (target + np.timedelta64(1, "M")).astype("datetime64[D]") - ONE_DAY
    return np.asarray(np.minimum(target.astype("datetime64[D]") + (day - month.astype("datetime64[D]")), last))


def _one_minute_a_day(calendar: Calendar) -> Calendar:
    """Return a calendar with the same working days, on each of which one minute is worked."""
    shift = ["00:00-00:01"]
    return calendar.replace(
        shifts=shift,
        weekday_shifts=dict.fromkeys(calendar.weekday_shifts, shift),
        special_days={day: shift if hours else hours for day, hours in calendar.special_days.items()},
    )
