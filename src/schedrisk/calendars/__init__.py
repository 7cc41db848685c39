"""Calendars: working days and hours, public holidays, and working time ⇄ clock time."""

from schedrisk.calendars.calendar import WEEKDAYS, Calendar
from schedrisk.calendars.clock import PLAIN, Clock, clock_of
from schedrisk.calendars.compiled import CompiledCalendar, compile_calendar
from schedrisk.calendars.country import CalendarSource

__all__ = [
    "WEEKDAYS",
    "Calendar",
    "CalendarSource",
    "Clock",
    "CompiledCalendar",
    "PLAIN",
    "clock_of",
    "compile_calendar",
]
