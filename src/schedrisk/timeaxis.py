"""The time axis of a plan: ticks of working time ⇄ the plan's unit ⇄ dates.

Everything inside the engine counts whole ticks from the plan's start: seconds of working time, or millionths of the
unit in a plan without dates. Dates exist only at the edge, and this is the edge.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np

from schedrisk._typing import Dates, Floats
from schedrisk.calendars import CompiledCalendar, compile_calendar
from schedrisk.model import Plan

__all__ = ["TimeAxis"]

SECONDS_PER_HOUR = 3600
TICKS_PER_BARE_UNIT = 1e6
WHOLE_DAYS = frozenset({"Y", "M", "W", "D"})


@dataclass(frozen=True, eq=False)
class TimeAxis:
    """How ticks translate to the plan's unit and to dates.

    Attributes
    ----------
    unit : str
        "d", "h" or "w".
    ticks_per_unit, ticks_per_day, days_per_week : float
    calendar : CompiledCalendar or None
        None in a plan without a start.
    origin : int
        Working time of the calendar at the plan's start [s].
    first : datetime64
        The first working instant of the plan.
    """

    unit: str
    ticks_per_unit: float
    ticks_per_day: float
    days_per_week: float
    calendar: CompiledCalendar | None = None
    origin: int = 0
    first: np.datetime64 = np.datetime64("NaT")  # noqa: RUF009  (an immutable scalar)

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
        origin = int(calendar.work(np.datetime64(plan.start, "s")))
        first = cast("np.datetime64", calendar.clock(np.int64(origin), "start")[()])
        return cls(plan.unit, ticks_per_day / units_per_day, ticks_per_day, days, calendar, origin, first)

    @property
    def dated(self) -> bool:
        """Whether moments are dates."""
        return self.calendar is not None

    def to_ticks(self, duration: Any) -> Any:
        """Turn durations [plan unit] to whole ticks."""
        return np.rint(np.asarray(duration, dtype=float) * self.ticks_per_unit)

    def to_units(self, ticks: Any) -> Any:
        """Turn ticks to durations [plan unit]."""
        return ticks / self.ticks_per_unit

    def to_days(self, ticks: Any) -> Any:
        """Turn ticks to working days."""
        return ticks / self.ticks_per_day

    def moments(self, ticks: Any, side: Literal["start", "finish"] = "finish") -> Dates | Floats:
        """Turn ticks from the start to dates, or to offsets in the plan's unit where there are none.

        A finish at the close of Friday is Friday; a start at that instant is Monday.
        """
        ticks = np.asarray(ticks, dtype=float)
        if self.calendar is None:
            return np.asarray(self.to_units(ticks))
        clock = self.calendar.clock(self.origin + ticks.astype(np.int64), side)
        # What takes no time at the very start would otherwise finish at the close of the day before.
        return np.maximum(clock, self.first)

    def moment(self, tick: float) -> Any:
        """Turn one tick to the date of a finish: a datetime64, or a float in a plan without dates."""
        value = self.moments(tick)[()]
        return value if self.dated else float(value)

    def deadline(self, when: dt.date | dt.datetime | np.datetime64 | float) -> float:
        """Return the last tick that a finish may have and still be in time.

        A date is met until its close. A deadline before the plan's start gives -1: nothing meets it.
        """
        if self.calendar is None:
            return float(self.to_ticks(when))
        instant = self.instant(when)
        return float(self.calendar.work(instant) - self.origin) if instant >= self.first else -1.0

    def instant(self, when: dt.date | dt.datetime | np.datetime64 | float) -> np.datetime64:
        """Return the instant that a date or datetime means as a deadline: the close of work on a date."""
        if self.calendar is None:
            raise TypeError("a plan without a start has no instants")
        if isinstance(when, dt.datetime):
            return np.datetime64(when, "s")
        if isinstance(when, np.datetime64) and np.datetime_data(when)[0] not in WHOLE_DAYS:
            return cast("np.datetime64", when.astype("datetime64[s]"))
        return cast("np.datetime64", self.calendar.close_of(cast("dt.date", when))[()])
