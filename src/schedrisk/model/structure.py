"""Faults of a plan as a whole: names that are not unique or not known, loops, dates without a start.

Written against raw arguments as well as against validated parts, so that they are found even where some part has
faults of its own, and everything is reported at once.
"""

from __future__ import annotations

import datetime as dt
import graphlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schedrisk._validation import as_number
from schedrisk.errors import CycleError, Problem, did_you_mean, shown
from schedrisk.estimates.base import plain

__all__ = ["find_cycle", "structure_problems"]

MOST_SUGGESTIONS = 10


def structure_problems(plan: Mapping[str, Any]) -> list[Problem]:
    """Return every fault of a plan's parts taken together.

    Parameters
    ----------
    plan : mapping
        The fields of a plan by name; parts may be records or tables, and may be missing or malformed.
    """
    if isinstance(plan.get("tasks"), Iterable) and not list(_parts(plan, "tasks")) and not _parts_given(plan):
        return [Problem("tasks", "an empty plan", "at least one task", "add a task")]
    ids = _names(plan, "tasks", "id")
    problems = [
        *_duplicates("task", ids),
        *_duplicates("risk", _names(plan, "risks", "id")),
        *_duplicates("promise", _names(plan, "promises", "name")),
        *_unknown_tasks(plan, set(ids)),
        *_unknown_calendars(plan),
        *_wrong_promises(plan),
    ]
    cycle = find_cycle(plan)
    return [*problems, CycleError.problem(cycle)] if cycle else problems


def find_cycle(plan: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids along one loop of links, empty where there is none."""
    graph: dict[str, list[str]] = {task: [] for task in _names(plan, "tasks", "id")}
    for predecessor, successor, _ in _dependencies(plan):
        if predecessor in graph and successor in graph:
            graph[successor].append(predecessor)
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return tuple(error.args[1][:-1])
    return ()


def _parts_given(plan: Mapping[str, Any]) -> bool:
    return not isinstance(plan.get("tasks"), list | tuple) or bool(plan["tasks"])


def _get(part: object, key: str) -> Any:
    return part.get(key) if isinstance(part, Mapping) else getattr(part, key, None)


def _parts(plan: Mapping[str, Any], field: str) -> Iterator[Any]:
    parts = plan.get(field)
    if isinstance(parts, list | tuple):
        yield from parts


def _names(plan: Mapping[str, Any], field: str, key: str) -> list[str]:
    return [name for part in _parts(plan, field) if isinstance(name := _get(part, key), str)]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, list | tuple | dict):
        yield from (each for each in value if isinstance(each, str))


def _dependencies(plan: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield predecessor, successor and the place where the two are joined."""
    for task in _parts(plan, "tasks"):
        if isinstance(name := _get(task, "id"), str):
            for predecessor in _texts(_get(task, "after")):
                yield predecessor, name, f"task {shown(name)}, after"
    for number, link in enumerate(_parts(plan, "links"), 1):
        ends = _get(link, "predecessor"), _get(link, "successor")
        if isinstance(ends[0], str) and isinstance(ends[1], str):
            yield *ends, f"link {number}"


def _duplicates(what: str, names: list[str]) -> list[Problem]:
    return [
        Problem(f"{what} {shown(name)}", f"{count} {what}s of this name", "unique names", "rename all but one")
        for name, count in Counter(names).items()
        if count > 1
    ]


def _unknown_tasks(plan: Mapping[str, Any], ids: set[str]) -> Iterator[Problem]:
    suggestions = iter(range(MOST_SUGGESTIONS))

    def unknown(place: str, task: str) -> Problem:
        # Each search for a near name goes over all of them: a few are help, thousands are a wait.
        remedy = did_you_mean(task, known) if next(suggestions, None) is not None else ""
        return Problem(place, f"the unknown task {shown(task)}", "the id of a task", remedy)

    known = sorted(ids)
    for predecessor, successor, place in _dependencies(plan):
        yield from (unknown(place, each) for each in (predecessor, successor) if each not in ids)
    for risk in _parts(plan, "risks"):
        tasks = [*_texts(_get(risk, "tasks")), *_delayed(_get(risk, "delay"))]
        yield from (unknown(f"risk {shown(_get(risk, 'id'))}", each) for each in tasks if each not in ids)
    for promise in _parts(plan, "promises"):
        task = _get(promise, "task")
        if isinstance(task, str) and task not in ids:
            yield unknown(f"promise {shown(_get(promise, 'name'))}", task)


def _delayed(delay: object) -> Iterator[str]:
    if isinstance(delay, dict) and not {"kind", "low", "mode", "high"} & delay.keys():
        yield from _texts(delay)


def _unknown_calendars(plan: Mapping[str, Any]) -> Iterator[Problem]:
    known = _get(plan.get("calendar"), "name") or "standard"
    for task in _parts(plan, "tasks"):
        calendar = _get(task, "calendar")
        if isinstance(calendar, str) and calendar != known:
            yield Problem(
                f"task {shown(_get(task, 'id'))}, calendar",
                f"the unknown calendar {shown(calendar)}",
                "the name of the plan's calendar",
                did_you_mean(calendar, [known]),
            )


def _wrong_promises(plan: Mapping[str, Any]) -> Iterator[Problem]:
    dated = plan.get("start") is not None
    for promise in _parts(plan, "promises"):
        by = _get(promise, "by")
        place = f"promise {shown(_get(promise, 'name'))}, by"
        if dated and isinstance(by, int | float) and not isinstance(by, bool):
            # One text for 5 and for 5.0: a fault found before and after validation is then told once.
            number: Any = as_number(by)
            yield Problem(place, plain(number), "a date, as the plan has a start")
        elif not dated and isinstance(by, dt.date):
            yield Problem(place, by.isoformat(), "a number, as the plan has no start", "give the plan a start date")
