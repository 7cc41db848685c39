"""Calendars: working days and hours, public holidays, and working time ⇄ clock time."""

from schedrisk.calendars.calendar import Calendar
from schedrisk.calendars.clock import PLAIN, Clock, clock_of
from schedrisk.calendars.compiled import CompiledCalendar, compile_calendar
from schedrisk.calendars.country import CalendarSource
from schedrisk.calendars.parsing import WEEKDAYS

__all__ = [
    "PLAIN",
    "WEEKDAYS",
    "Calendar",
    "CalendarSource",
    "Clock",
    "CompiledCalendar",
    "clock_of",
    "compile_calendar",
]
