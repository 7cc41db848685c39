"""Calendars: working days and hours, public holidays, and working time ⇄ clock time."""

from schedrisk.calendars.calendar import Calendar
from schedrisk.calendars.compiled import CompiledCalendar, compile_calendar
from schedrisk.calendars.country import CalendarSource

__all__ = ["Calendar", "CalendarSource", "CompiledCalendar", "compile_calendar"]
