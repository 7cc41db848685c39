"""Values of Microsoft Project XML: faults with their place, durations, dates, units and numbers of custom fields."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable

from schedrisk.errors import Problem, shown
from schedrisk.io.xml_stream import XmlElement, XmlFaultsError
from schedrisk.model.moments import LONGEST

__all__ = [
    "ELAPSED_FORMATS",
    "FIELD_IDS",
    "LAST_YEAR",
    "PERCENT_FORMATS",
    "UNIT_FORMATS",
    "Faults",
    "Fields",
    "name_set",
    "parse_hours",
]

# Project itself ends in 2149; before 1900 there is no schedule but a typing error.
FIRST_YEAR, LAST_YEAR = 1900, 2149

MOST_FAULTS = 1_000

# Codes of a unit: minutes, hours, days, weeks, months; each elapsed one higher; 32 higher where estimated.
UNIT_FORMATS = frozenset({*range(3, 13), 21, *range(35, 45), 53})
ELAPSED_FORMATS = frozenset({4, 6, 8, 10, 12, 20, 36, 38, 40, 42, 44, 52})
PERCENT_FORMATS = frozenset({19, 20, 51, 52})

_DURATION = re.compile(
    r"(-?)P(?:(\d{1,9}(?:\.\d{1,9})?)D)?"
    r"(?:T(?:(-?\d{1,12}(?:\.\d{1,9})?)H)?(?:(-?\d{1,12}(?:\.\d{1,9})?)M)?(?:(-?\d{1,12}(?:\.\d{1,9})?)S)?)?",
    re.ASCII,
)


def _numbered(name: str, *ids: Iterable[int]) -> dict[str, int]:
    numbers = [each for group in ids for each in group]
    return {f"{name}{place}": 188_743_000 + number for place, number in enumerate(numbers, 1)}


FIELD_IDS = (
    _numbered("Text", (731, 734, 737, 740, 743), range(746, 751), range(997, 1017))
    | _numbered("Duration", (783, 784, 785), range(955, 962))
    | _numbered("Number", range(767, 772), range(982, 997))
    | _numbered("Start", (732, 735, 738, 741, 744), range(962, 971, 2))
    | _numbered("Finish", (733, 736, 739, 742, 745), range(963, 972, 2))
    | _numbered("Date", range(945, 955))
)
"""Numbers of the custom fields of tasks, by their English names."""


def name_set(names: str) -> frozenset[str]:
    """Return the names that a text lists.

    Examples
    --------
    >>> sorted(name_set("UID Name"))
    ['Name', 'UID']
    """
    return frozenset(names.split())


def parse_hours(text: str) -> float | None:
    """Return the hours of an ISO duration, of which a day has 24; None for anything else.

    Examples
    --------
    >>> parse_hours("PT80H30M0S"), parse_hours("P1DT1H"), parse_hours("80 hrs")
    (80.5, 25.0, None)
    """
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()[1:]):
        return None
    days, hours, minutes, seconds = (float(each or 0) for each in match.groups()[1:])
    total = days * 24 + hours + minutes / 60 + seconds / 3600
    return -total if match.group(1) else total


class Faults:
    """Collects everything that is wrong with a document, to be told at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, place: str, found: str, expected: str, remedy: str = "") -> None:
        """Keep one fault; after a thousand of them, no more."""
        if len(self.problems) < MOST_FAULTS:
            self.problems.append(Problem(place, found, expected, remedy))

    def raise_any(self, more: Iterable[Problem] = ()) -> None:
        """Raise the faults, if there are any."""
        problems = list(dict.fromkeys([*self.problems, *more]))
        if problems:
            raise XmlFaultsError(problems)


class Fields:
    """Reads the values of one element; what cannot be read is a fault with its place.

    Parameters
    ----------
    element : XmlElement
    place : str
        What the element is called in a fault.
    faults : Faults
    """

    def __init__(self, element: XmlElement, place: str, faults: Faults) -> None:
        self.element, self.place, self.faults = element, place, faults

    def part(self, element: XmlElement, what: str = "") -> Fields:
        """Return the values of an element within this one."""
        return Fields(element, f"{self.place}, {what or element.name}", self.faults)

    def text(self, *path: str) -> str | None:
        """Return a text, None where it is blank or missing."""
        return self.element.get(*path)

    def fault(self, path: tuple[str, ...], found: str, expected: str, remedy: str = "") -> None:
        """Keep a fault of the value at a path, with the line on which it stands."""
        element = self.element.find(*path)
        name = f"{self.place}, {path[-1]}" if path else self.place
        line = self.element.line if element is None else element.line
        self.faults.add(f"{name} (line {line})", found, expected, remedy)

    def integer(self, *path: str, default: int, low: int = -(2**31), high: int = 2**31 - 1) -> int:
        """Return a whole number within bounds."""
        text = self.text(*path)
        if text is None:
            return default
        if re.fullmatch(r"[-+]?[0-9]{1,12}", text, re.ASCII) and low <= int(text) <= high:
            return int(text)
        bounds = (
            f"a whole number from {low:,} to {high:,}" if abs(low) < 2**31 and high < 2**31 - 1 else "a whole number"
        )
        self.fault(path, shown(text), bounds)
        return default

    def number(self, *path: str, default: float) -> float:
        """Return a finite number."""
        text = self.text(*path)
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isfinite(value) and abs(value) <= 1e15:
            return value
        self.fault(path, shown(text), "a number")
        return default

    def flag(self, *path: str, default: bool = False) -> bool:
        """Return a truth value: 0 or 1, false or true."""
        text = self.text(*path)
        if text is None:
            return default
        if text.lower() in {"0", "1", "false", "true"}:
            return text.lower() in {"1", "true"}
        self.fault(path, shown(text), "0 or 1")
        return default

    def moment(self, *path: str) -> dt.datetime | None:
        """Return a date and time, None where there is none."""
        text = self.text(*path)
        if text is None or text.upper() == "NA":
            return None
        try:
            value = dt.datetime.fromisoformat(text)
        except ValueError:
            self.fault(path, shown(text), "a date such as 2026-12-31T17:00:00")
            return None
        if value.tzinfo is not None:
            self.fault(path, shown(text), "a local date without a time zone", "leave the offset out")
            return None
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            self.fault(path, shown(text), f"a date between {FIRST_YEAR} and {LAST_YEAR}", "mend the date")
            return None
        return value.replace(microsecond=0)

    def hours(self, *path: str) -> float | None:
        """Return a duration [h], None where there is none."""
        text = self.text(*path)
        if text is None:
            return None
        value = parse_hours(text)
        if value is None:
            self.fault(path, shown(text), "a duration such as PT8H0M0S")
            return None
        if not 0 <= value <= LONGEST:
            self.fault(path, shown(text), f"a duration from 0 to {LONGEST:g} hours", "mend the duration")
            return None
        return value
