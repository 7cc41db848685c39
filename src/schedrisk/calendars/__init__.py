"""Calendars: working days and hours, public holidays, and working time ⇄ clock time."""

from schedrisk.calendars.calendar import Calendar
from schedrisk.calendars.clock import PLAIN, Clock, clock_of
from schedrisk.calendars.compiled import CompiledCalendar, compile_calendar
from schedrisk.calendars.country import CalendarSource
from schedrisk.calendars.lost_days import LostDays, WeatheredClock, WorkingDays
from schedrisk.calendars.parsing import WEEKDAYS

__all__ = [
    "PLAIN",
    "WEEKDAYS",
    "Calendar",
    "CalendarSource",
    "Clock",
    "CompiledCalendar",
    "LostDays",
    "WeatheredClock",
    "WorkingDays",
    "clock_of",
    "compile_calendar",
]
