"""Odds by month and the history of lost days, as people write them down: read, put in order, or refused."""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import PlainSerializer, WithJsonSchema, WrapValidator

from schedrisk._validation import FrozenDict, as_number, parse_date
from schedrisk.errors import PlanError, Problem, ProblemsError, did_you_mean, shown

__all__ = ["LAST_YEAR", "MONTHS", "History", "Odds", "parse_plain_day"]

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FULL_MONTHS = tuple(calendar.month_name[number].lower() for number in range(1, 13))

FIRST_YEAR, LAST_YEAR = 1800, 2300  # [year]: what a record of the weather, and a project, can reach

SHAPE = "one number, twelve numbers from January to December, or a table such as { jan = 0.3 }"


def _parse_odds(value: object, _handler: object) -> tuple[float, ...] | None:
    """Return twelve probabilities, from January to December."""
    if value is None:
        return None
    number = as_number(value)
    if isinstance(number, float):
        return (_probabilities({"": number})[""],) * 12
    if isinstance(value, Mapping):
        return _by_month(value)
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise PlanError([Problem("", shown(value), SHAPE)])
    listed = list(value)
    if len(listed) != 12:
        raise PlanError([Problem("", f"{len(listed)} numbers", SHAPE)])
    return tuple(_probabilities(dict(zip(MONTHS, listed, strict=True))).values())


def _by_month(table: Mapping[Any, object]) -> tuple[float, ...]:
    problems: list[Problem] = []
    named: dict[str, object] = {}
    for key, odds in table.items():
        text = key.strip().lower() if isinstance(key, str) else ""
        months = [
            short for short, full in zip(MONTHS, FULL_MONTHS, strict=True) if len(text) >= 3 and full.startswith(text)
        ]
        if not months:
            problems.append(Problem("", f"the unknown month {shown(key)}", "a month", did_you_mean(key, MONTHS)))
        elif months[0] in named:
            problems.append(Problem(months[0], "two odds", "one for each month", "remove one"))
        else:
            named[months[0]] = odds
    if not table:
        problems.append(Problem("", "an empty table", SHAPE))
    read: dict[str, float] = {}
    try:
        read = _probabilities(named)
    except PlanError as error:
        problems += error.problems
    if problems:
        raise PlanError(problems)
    return tuple(read.get(month, 0.0) for month in MONTHS)


def _probabilities(values: Mapping[str, object]) -> dict[str, float]:
    read = {place: as_number(value) for place, value in values.items()}
    problems = [
        Problem(place, shown(values[place]), "a probability, 0 to 1")
        for place, each in read.items()
        if not (isinstance(each, float) and 0.0 <= each <= 1.0)
    ]
    if problems:
        raise PlanError(problems)
    return {place: each for place, each in read.items() if isinstance(each, float)}


def _odds_document(odds: tuple[float, ...] | None) -> object:
    if odds is None or len(set(odds)) == 1:
        return odds and odds[0]
    return {month: each for month, each in zip(MONTHS, odds, strict=True) if each}


def parse_plain_day(value: object) -> object:
    """Return the date of a day; a time of day other than midnight is refused."""
    moment = parse_date(value)
    if isinstance(moment, dt.datetime):
        if moment.time() != dt.time():
            raise PlanError([Problem("", shown(value), "a day such as 2026-10-01", "leave the time of day out")])
        moment = moment.date()
    if isinstance(moment, dt.date) and not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise PlanError([Problem("", moment.isoformat(), f"a day from {FIRST_YEAR} to {LAST_YEAR}")])
    return moment


def _parse_history(value: object, _handler: object) -> FrozenDict | None:
    """Return year → its lost days in order, or the share that each of its days lost."""
    if value is None:
        return None
    if not isinstance(value, Mapping) or not value:
        remedy = "give for each year its lost days, or the share of every day"
        raise PlanError([Problem("", shown(value), "a table such as { 2024 = [2024-01-05, 2024-01-08] }", remedy)])
    years: dict[int, tuple[Any, ...]] = {}
    problems: list[Problem] = []
    for key, days in value.items():
        year = _year(key)
        if year is None or year in years:
            found = shown(key) if year is None else f"{shown(key)} again"
            problems.append(Problem("", found, f"each year once, from {FIRST_YEAR} to {LAST_YEAR}"))
            continue
        try:
            years[year] = _year_of_days(year, days)
        except ProblemsError as error:
            problems += [
                dataclasses.replace(each, place=", ".join(filter(None, (str(year), each.place))))
                for each in error.problems
            ]
    if problems:
        raise PlanError(problems)
    return FrozenDict(sorted(years.items()))


def _year(key: object) -> int | None:
    text = str(key).strip() if not isinstance(key, bool) else ""
    return int(text) if text.isdecimal() and len(text) == 4 and FIRST_YEAR <= int(text) <= LAST_YEAR else None


def _year_of_days(year: int, days: object) -> tuple[Any, ...]:
    if isinstance(days, str | bytes | Mapping) or not isinstance(days, Iterable):
        raise PlanError([Problem("", shown(days), "a list of lost days, or of the share that every day lost")])
    listed = list(days)
    numbers = [as_number(each) for each in listed]
    if numbers and all(isinstance(each, float) for each in numbers):
        length = 366 if calendar.isleap(year) else 365
        if len(numbers) != length:
            raise PlanError([Problem("", f"{len(numbers)} numbers", f"{length}, one for each day of the year")])
        return tuple(_probabilities({f"day {number}": each for number, each in enumerate(numbers, 1)}).values())
    found: set[dt.date] = set()
    problems: list[Problem] = []
    for number, each in enumerate(listed, 1):
        try:
            day: Any = parse_plain_day(each)
        except ProblemsError as error:
            problems += [dataclasses.replace(one, place=f"number {number}") for one in error.problems]
            continue
        if day.year == year:
            found.add(day)
        else:
            problems.append(Problem(f"number {number}", day.isoformat(), f"a day of {year}"))
    if problems:
        raise PlanError(problems)
    return tuple(sorted(found))


def _history_document(history: Mapping[int, tuple[Any, ...]] | None) -> object:
    return None if history is None else {str(year): list(days) for year, days in history.items()}


_NUMBER_SCHEMA = {"type": "number", "minimum": 0, "maximum": 1}

Odds = Annotated[
    tuple[float, ...] | None,
    WrapValidator(_parse_odds),
    PlainSerializer(_odds_document),
    WithJsonSchema(
        {
            "anyOf": [
                _NUMBER_SCHEMA,
                {"type": "array", "items": _NUMBER_SCHEMA, "minItems": 12, "maxItems": 12},
                {"type": "object", "additionalProperties": _NUMBER_SCHEMA, "minProperties": 1},
                {"type": "null"},
            ]
        }
    ),
]
"""The type of a field that holds odds by month; what is kept is twelve probabilities."""

History = Annotated[
    dict[int, tuple[Any, ...]] | None,
    WrapValidator(_parse_history),
    PlainSerializer(_history_document),
    WithJsonSchema(
        {
            "anyOf": [
                {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": {
                        "anyOf": [
                            {"type": "array", "items": {"type": "string", "format": "date"}},
                            {"type": "array", "items": _NUMBER_SCHEMA, "minItems": 365, "maxItems": 366},
                        ]
                    },
                },
                {"type": "null"},
            ]
        }
    ),
]
"""The type of a field that holds the lost days of past years."""
