"""The time axis of a plan: ticks ⇄ the plan's unit ⇄ dates.

Everything inside the engine counts whole ticks: millionths of the unit in a plan without dates; seconds of working time
from the plan's start where all tasks share the plan's calendar; seconds of clock time where they do not. Dates exist
only at the edge, and this is the edge.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np

from schedrisk._typing import Dates, Floats
from schedrisk.calendars import CompiledCalendar, compile_calendar
from schedrisk.model import Plan

__all__ = ["TimeAxis"]

SECONDS_PER_HOUR = 3600
SECONDS_PER_DAY = 86_400
TICKS_PER_BARE_UNIT = 1e6
WHOLE_DAYS = frozenset({"Y", "M", "W", "D"})

Moment = dt.date | dt.datetime | np.datetime64 | float


@dataclass(frozen=True, eq=False)
class TimeAxis:
    """How ticks translate to the plan's unit and to dates.

    Attributes
    ----------
    unit : str
        "d", "h" or "w".
    ticks_per_unit, ticks_per_day, days_per_week : float
        Of working time.
    calendar : CompiledCalendar or None
        The plan's; None in a plan without a start.
    origin : int
        Working time of the calendar at the plan's start [s].
    first : datetime64
        The first working instant of the plan.
    in_clock_time : bool
        Whether ticks are seconds of clock time, not of working time.
    epoch : int
        The instant of tick 0 in clock time: midnight of the plan's first day [s since 1970].
    start : float
        The plan's start [tick].
    """

    unit: str
    ticks_per_unit: float
    ticks_per_day: float
    days_per_week: float
    calendar: CompiledCalendar | None = None
    origin: int = 0
    first: np.datetime64 = np.datetime64("NaT")  # noqa: RUF009  (an immutable scalar)
    in_clock_time: bool = False
    epoch: int = 0
    start: float = 0.0

    @classmethod
    def of(cls, plan: Plan) -> TimeAxis:
        """Build the axis of a plan."""
        hours, days = plan.calendar.hours_per_day, float(plan.calendar.days_per_week)
        units_per_day = {"h": hours, "d": 1.0, "w": 1.0 / days}[plan.unit]
        if plan.start is None:
            ticks_per_day = TICKS_PER_BARE_UNIT * units_per_day
            return cls(plan.unit, TICKS_PER_BARE_UNIT, ticks_per_day, days)
        calendar = compile_calendar(plan.calendar)
        ticks_per_day = hours * SECONDS_PER_HOUR
        begin = np.datetime64(plan.start, "s")
        origin = int(calendar.work(begin))
        first = cast("np.datetime64", calendar.clock(np.int64(origin), "start")[()])
        epoch = _seconds(begin) // SECONDS_PER_DAY * SECONDS_PER_DAY
        in_clock_time = not plan.has_one_calendar or _stands_in_pauses(plan, calendar)
        start = float(_seconds(begin) - epoch) if in_clock_time else 0.0
        return cls(
            plan.unit, ticks_per_day / units_per_day, ticks_per_day, days, calendar, origin, first, in_clock_time, epoch,
            start,
        )  # fmt: skip

    @property
    def dated(self) -> bool:
        """Whether moments are dates."""
        return self.calendar is not None

    def to_ticks(self, duration: Any) -> Any:
        """Turn durations [plan unit] to whole ticks."""
        return np.rint(np.asarray(duration, dtype=float) * self.ticks_per_unit)

    def to_units(self, ticks: Any) -> Any:
        """Turn ticks of working time to durations [plan unit]."""
        return ticks / self.ticks_per_unit

    def to_days(self, ticks: Any) -> Any:
        """Turn ticks of working time to working days."""
        return ticks / self.ticks_per_day

    def working(self, ticks: Any) -> Any:
        """Return the working time of the plan's calendar from the plan's start to moments [tick]."""
        if not self.in_clock_time or self.calendar is None:
            return ticks
        instants = (np.asarray(ticks, dtype=float).astype(np.int64) + self.epoch).astype("datetime64[s]")
        return np.asarray(self.calendar.work(instants) - self.origin).astype(float)[()]

    def moments(self, ticks: Any, side: Literal["start", "finish"] = "finish") -> Dates | Floats:
        """Turn ticks to dates, or to offsets in the plan's unit where there are none; NaN gives NaT.

        A finish at the close of Friday is Friday; a start at that instant is Monday.
        """
        ticks = np.asarray(ticks, dtype=float)
        if self.calendar is None:
            return np.asarray(self.to_units(ticks))
        unknown = np.isnan(ticks)
        whole = np.where(unknown, 0.0, ticks).astype(np.int64)
        if self.in_clock_time:
            dates = (whole + self.epoch).astype("datetime64[s]")
        else:
            dates = np.asarray(self.calendar.clock(self.origin + whole, side))
            # What takes no time at the very start would otherwise finish at the close of the day before.
            dates = np.where(whole == 0, np.maximum(dates, self.first), dates)
        return np.where(unknown, np.datetime64("NaT"), dates) if unknown.any() else dates

    def moment(self, tick: float) -> Any:
        """Turn one tick to the date of a finish: a datetime64, or a float in a plan without dates."""
        value = self.moments(tick)[()]
        return value if self.dated else float(value)

    def tick(self, when: Moment, *, of_start: bool) -> float:
        """Turn a date of the plan to a tick; a day without a time is its beginning or its end.

        Parameters
        ----------
        when : date, datetime or float
        of_start : bool
            Whether a day means its beginning.
        """
        if self.calendar is None:
            return float(self.to_ticks(when))
        instant = np.datetime64(cast("dt.date", when), "s")
        if not isinstance(when, dt.datetime) and not of_start:
            instant += np.timedelta64(SECONDS_PER_DAY, "s")
        if self.in_clock_time:
            return float(_seconds(instant) - self.epoch)
        return float(self.calendar.work(instant) - self.origin)

    def ticks_after(self, first: Moment, later: Floats, *, whole_days: bool, of_start: bool) -> Floats:
        """Turn dates that lie so much after a first one to ticks.

        Parameters
        ----------
        first : date, datetime or float
        later : ndarray
            Calendar days; in a plan without dates ticks, not yet whole.
        whole_days : bool
            Whether the dates are days, `later` whole.
        of_start : bool
            Whether a day means its beginning.
        """
        if self.calendar is None:
            return np.asarray(self.to_ticks(first) + np.rint(later))
        begin = _seconds(first) + SECONDS_PER_DAY * (whole_days and not of_start)
        instants = begin + np.rint(later * SECONDS_PER_DAY)
        if self.in_clock_time:
            return np.asarray(instants - self.epoch)
        dates = instants.astype(np.int64).astype("datetime64[s]")
        return np.asarray(self.calendar.work(dates) - self.origin).astype(float)

    def deadline(self, when: Moment) -> float:
        """Return the last tick that a finish may have and still be in time.

        A date is met until its close. A deadline before the plan's start gives -1: nothing meets it.
        """
        if self.calendar is None:
            return float(self.to_ticks(when))
        if self.in_clock_time:
            # Work of some calendar may go on after the close of the plan's own: the whole day counts.
            return float(_seconds(when) + SECONDS_PER_DAY * _is_day(when) - self.epoch)
        instant = self.instant(when)
        return float(self.calendar.work(instant) - self.origin) if instant >= self.first else -1.0

    def instant(self, when: Moment) -> np.datetime64:
        """Return the instant that a date or datetime means as a deadline: the close of work on a date."""
        if self.calendar is None:
            raise TypeError("a plan without a start has no instants")
        if _is_day(when):
            return cast("np.datetime64", self.calendar.close_of(cast("dt.date", when))[()])
        return np.datetime64(cast("dt.datetime", when), "s")

    def day(self, moment: Any) -> Any:
        """Return the day on which something finishes; in a plan without dates the moment itself."""
        if not isinstance(moment, np.datetime64):
            return moment
        # A finish at midnight is the end of the day before.
        return np.array(moment - np.timedelta64(1, "s"), dtype="datetime64[D]")[()]


def _stands_in_pauses(plan: Plan, calendar: CompiledCalendar) -> bool:
    """Whether something was done at a time that the calendar does not know: work on a Sunday, say.

    Working time has no place for such a date; clock time keeps it as it is.
    """
    dates = [(task.actual_start, task.actual_finish, *(task.manual or ())) for task in plan.tasks]
    return _in_pause([each for some in dates for each in some if each is not None], calendar)


def _in_pause(moments: Sequence[Any], calendar: CompiledCalendar) -> bool:
    if not moments:
        return False
    # A day without a time stands for its work: it is in a pause only where it has none.
    days = np.array([_is_day(each) for each in moments])
    begins = np.array(moments, dtype="datetime64[s]")
    worked = calendar.work(begins)
    idle = calendar.work(begins + np.timedelta64(SECONDS_PER_DAY, "s")) == worked
    inside = (calendar.clock(worked, "finish") < begins) & (begins < calendar.clock(worked, "start"))
    return bool(np.where(days, idle, inside).any())


def _seconds(when: Moment) -> int:
    """Return an instant as seconds since 1970; of a day its beginning."""
    return int(np.array([when], dtype="datetime64[s]").astype(np.int64)[0])


def _is_day(when: Moment) -> bool:
    if isinstance(when, np.datetime64):
        return np.datetime_data(when)[0] in WHOLE_DAYS
    return not isinstance(when, dt.datetime)
