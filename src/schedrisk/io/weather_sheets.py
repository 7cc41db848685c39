"""Weather and closures as sheets of a workbook: a row for each figure, lost day and closure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from schedrisk.errors import Problem, did_you_mean, shown
from schedrisk.io.cells import cell_text, plain_day
from schedrisk.model import Plan, Weather
from schedrisk.model.weather_fields import MONTHS

__all__ = ["CLOSURES", "WEATHER", "closure_rows", "weather_rows", "weather_tables"]

WEATHER = ("weather", "key", "value")
CLOSURES = ("weather", "name", "start", "end", "length", "probability", "yearly")
ODDS = ("lost", "lost_after_dry", "lost_after_lost")
HISTORY = "history "
"""What stands before a year of the history."""

Table = dict[str, Any]


def weather_rows(weather: Weather) -> Iterator[list[Any]]:
    """Yield a row for each odds, and for each lost day or share of a year of the history; a weather has one at least."""
    for key in ODDS:
        odds = getattr(weather, key)
        if odds is not None and len(set(odds)) == 1:
            yield [weather.name, key, odds[0]]
        elif odds is not None:
            yield from (
                [weather.name, f"{key} {month}", each] for month, each in zip(MONTHS, odds, strict=True) if each
            )
    for year, days in (weather.history or {}).items():
        yield from ([weather.name, f"{HISTORY}{year}", day] for day in days or [None])
    yield [weather.name, "consecutive", weather.consecutive]


def closure_rows(plan: Plan) -> Iterator[list[Any]]:
    """Yield a row for each closure."""
    for weather in plan.weather:
        for each in weather.closures:
            length = None if each.length is None else str(each.length)
            yield [weather.name, each.name, each.start, each.end, length, each.probability, each.yearly]


def weather_tables(
    rows: Iterable[tuple[str, Table]], closures: Iterable[tuple[str, Table]], problems: list[Problem]
) -> list[Table]:
    """Return weathers as a document has them, from the place and the cells of each row of both sheets."""
    found: dict[str, Table] = {}
    for place, row in rows:
        if (weather := _weather(found, place, row, problems)) is not None:
            _add(weather, place, cell_text(row.get("key")).strip(), row.get("value"), problems)
    for place, row in closures:
        if (weather := _weather(found, place, row, problems)) is not None:
            weather.setdefault("closures", []).append({key: row[key] for key in CLOSURES[1:] if key in row})
    return list(found.values())


def _weather(found: dict[str, Table], place: str, row: Table, problems: list[Problem]) -> Table | None:
    if "weather" not in row:
        problems.append(Problem(f"{place}, column weather", "nothing", "the name of a weather"))
        return None
    name = cell_text(row["weather"])
    return found.setdefault(name, {"name": name})


def _add(weather: Table, place: str, key: str, value: Any, problems: list[Problem]) -> None:
    field, _, month = key.partition(" ")
    if key.startswith(HISTORY):
        days = weather.setdefault("history", {}).setdefault(key.removeprefix(HISTORY).strip(), [])
        days += [] if value is None else [plain_day(value)]
    elif value is None:
        return
    elif field in ODDS and month and isinstance(weather.setdefault(field, {}), dict) and month not in weather[field]:
        weather[field][month] = value
    elif key in {*ODDS, "consecutive"} and key not in weather:
        weather[key] = value
    elif key in weather or (field in ODDS and month):
        problems.append(Problem(place, f"{key} again", "every key once", "remove one of the rows"))
    else:
        known = (*ODDS, *(f"lost {month}" for month in MONTHS), "history 2024", "consecutive")
        problems.append(Problem(place, f"the unknown key {shown(key)}", "a known key", did_you_mean(key, known)))
