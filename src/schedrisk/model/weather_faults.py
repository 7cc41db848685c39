"""Faults of weather in a plan as a whole: names not unique or not known, no dates, days lost by several weathers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from schedrisk.calendars import Calendar
from schedrisk.errors import Problem, did_you_mean, shown
from schedrisk.model.weather import ENDLESS, Weather
from schedrisk.model.weather_odds import lost_for_ever

__all__ = ["weather_problems"]


def weather_problems(plan: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield every fault of a plan's weather and of who names it.

    Parameters
    ----------
    plan : mapping
        The fields of a plan by name; parts may be records or tables, and may be missing or malformed.
    """
    names = [name for each in _listed(plan.get("weather")) if isinstance(name := _get(each, "name"), str)]
    yield from _duplicates("weather", names)
    for weather in _listed(plan.get("weather")):
        closures = [name for each in _listed(_get(weather, "closures")) if isinstance(name := _get(each, "name"), str)]
        yield from _duplicates("closure", closures, f"weather {shown(_get(weather, 'name'))}, ")
    known = {each.name: each for each in _listed(plan.get("weather")) if isinstance(each, Weather)}
    for calendar in [plan.get("calendar"), *_listed(plan.get("calendars"))]:
        yield from _of_calendar(calendar, names, known, dated=plan.get("start") is not None)


def _of_calendar(calendar: object, names: list[str], known: Mapping[str, Weather], *, dated: bool) -> Iterator[Problem]:
    given = _get(calendar, "weather")
    named = [given] if isinstance(given, str) else [each for each in _listed(given) if isinstance(each, str)]
    if not named:
        return
    place, listed = f"calendar {shown(_get(calendar, 'name'))}, weather", ", ".join(map(shown, named))
    for each in named:
        if each not in names:
            yield Problem(
                place, f"the unknown weather {shown(each)}", "the name of a weather", did_you_mean(each, names)
            )
    if not dated:
        yield Problem(place, listed, "no weather, as the plan has no start", "give the plan a start date")
    if isinstance(calendar, Calendar) and all(each in known for each in named):
        worked = np.isin(np.arange(7), list(calendar.week_hours))
        if lost_for_ever([known[each] for each in named], worked):
            yield Problem(place, f"{listed}: every day lost for ever", "days on which work may be done", ENDLESS)


def _duplicates(what: str, names: list[str], place: str = "") -> Iterator[Problem]:
    for name, count in Counter(names).items():
        if count > 1:
            found = f"{count} {what}s of this name"
            yield Problem(f"{place}{what} {shown(name)}", found, "unique names", "rename all but one")


def _listed(parts: object) -> list[Any]:
    return list(parts) if isinstance(parts, list | tuple) else []


def _get(part: object, key: str) -> Any:
    return part.get(key) if isinstance(part, Mapping) else getattr(part, key, None)
