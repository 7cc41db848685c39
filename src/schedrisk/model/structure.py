"""Faults of a plan as a whole: names not unique or not known, loops, dates without a start, progress backwards.

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
from schedrisk.errors import CycleError, PlanError, Problem, did_you_mean, shown
from schedrisk.estimates.base import plain
from schedrisk.model.branch_faults import branch_problems, decision_edges
from schedrisk.model.correlation_rules import correlation_problems
from schedrisk.model.dates import DateRange
from schedrisk.model.logic import ELAPSED, LAG_CALENDARS
from schedrisk.model.period import Period
from schedrisk.model.raw import get as _get
from schedrisk.model.raw import parts as _parts
from schedrisk.model.raw import texts as _texts
from schedrisk.model.risk import IMPACTS
from schedrisk.model.risk_structure import risk_problems
from schedrisk.model.weather_faults import weather_problems

__all__ = ["find_cycle", "members_of", "structure_problems"]

MOST_SUGGESTIONS = 10
SECONDS_PER_DAY = 86_400.0


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
        *_duplicates("calendar", _calendar_names(plan)),
        *_unknown_calendars(plan),
        *_other_calendars_without_dates(plan),
        *_wrong_dates(plan),
        *_wrong_periods(plan),
        *_wrong_progress(plan),
        *correlation_problems(plan),
        *risk_problems(list(_parts(plan, "risks")), list(_parts(plan, "tasks"))),
        *branch_problems(plan),
        *weather_problems(plan),
    ]
    cycle = find_cycle(plan)
    return [*problems, CycleError.problem(cycle)] if cycle else problems


def find_cycle(plan: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids along one loop of links, empty where there is none."""
    tasks = {name: task for task in _parts(plan, "tasks") if isinstance(name := _get(task, "id"), str)}
    # Of each node what must come before it. A summary has a gate that its members pass, and follows them itself.
    graph: dict[tuple[str, str], list[tuple[str, str]]] = {(task, ""): [] for task in tasks}
    summaries = {task for task, part in tasks.items() if _get(part, "kind") == "summary"}
    for summary, members in members_of(tasks.values(), summaries).items():
        graph[summary, GATE] = []
        graph[summary, ""] += [(member, "") for member in members]
        for member in members:
            graph[member, ""].append((summary, GATE))
    for predecessor, successor in [*(each[:2] for each in _dependencies(plan)), *decision_edges(plan)]:
        if (
            predecessor in tasks
            and successor in tasks
            and not _idle(tasks[predecessor])
            and not _idle(tasks[successor])
        ):
            graph[successor, GATE if successor in summaries else ""].append((predecessor, ""))
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        # The loop is told in the words of the plan: a gate is its summary, and a summary is named once.
        return tuple(dict.fromkeys(name for name, _ in error.args[1][:-1]))
    return ()


def members_of(tasks: Iterable[Any], summaries: Iterable[str]) -> dict[str, list[str]]:
    """Return the tasks that each summary spans: those whose `wbs` lies at or under its own.

    Parameters
    ----------
    tasks : iterable of Task or mapping
    summaries : iterable of str
        Ids of the summaries wanted.
    """
    wanted = set(summaries)
    members: dict[str, list[str]] = {summary: [] for summary in wanted}
    if not wanted:
        return members
    by_wbs: dict[str, list[str]] = {}
    listed = list(tasks)
    for task in listed:
        wbs = _get(task, "wbs")
        if _get(task, "id") in wanted and isinstance(wbs, str):
            by_wbs.setdefault(wbs, []).append(_get(task, "id"))
    for task in listed:
        wbs, name = _get(task, "wbs"), _get(task, "id")
        if (
            not isinstance(wbs, str)
            or not isinstance(name, str)
            or _get(task, "kind") in SPANS
            or _get(task, "active") is False
        ):
            continue
        while wbs:
            for summary in by_wbs.get(wbs, ()):
                members[summary].append(name)
            wbs = wbs.rpartition(".")[0]
    return members


GATE = "gate"
SPANS = ("summary", "level-of-effort")


def _idle(task: object) -> bool:
    """Whether links of this task mean nothing to the order of work."""
    return _get(task, "kind") == "level-of-effort" or _get(task, "active") is False or _get(task, "manual") is not None


def _parts_given(plan: Mapping[str, Any]) -> bool:
    return not isinstance(plan.get("tasks"), list | tuple) or bool(plan["tasks"])


def _names(plan: Mapping[str, Any], field: str, key: str) -> list[str]:
    return [name for part in _parts(plan, field) if isinstance(name := _get(part, key), str)]


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
        fields = ("probability", *IMPACTS)
        named = [_get(part, field) for part in (risk, _get(risk, "mitigation")) for field in fields]
        tasks = [*_texts(_get(risk, "tasks")), *(task for each in named for task in _hit(each))]
        yield from (
            unknown(f"risk {shown(_get(risk, 'id'))}", each) for each in dict.fromkeys(tasks) if each not in ids
        )
    for number, group in enumerate(_parts(plan, "correlations"), 1):
        for each in _texts(_get(group, "tasks")):
            if each not in ids:
                yield unknown(f"correlation {number}", each)
    for promise in _parts(plan, "promises"):
        for key in ("task", "after"):
            task = _get(promise, key)
            if isinstance(task, str) and task not in ids:
                yield unknown(f"promise {shown(_get(promise, 'name'))}", task)


def _hit(impact: object) -> Iterator[str]:
    if isinstance(impact, dict) and not {"kind", "low", "mode", "high"} & impact.keys():
        yield from _texts(impact)


def _calendar_names(plan: Mapping[str, Any]) -> list[str]:
    own = _get(plan.get("calendar"), "name")
    return [own if isinstance(own, str) else "standard", *_names(plan, "calendars", "name")]


def _unknown_calendars(plan: Mapping[str, Any]) -> Iterator[Problem]:
    names = _calendar_names(plan)
    known = {*names, ELAPSED}

    def unknown(place: str, calendar: str, expected: str) -> Problem:
        return Problem(place, f"the unknown calendar {shown(calendar)}", expected, did_you_mean(calendar, names))

    for task in _parts(plan, "tasks"):
        place = f"task {shown(_get(task, 'id'))}"
        named = [("calendar", _get(task, "calendar"))]
        assignments = _get(task, "assignments")
        if isinstance(assignments, list | tuple):
            named += [(f"assignment {number}", _get(each, "calendar")) for number, each in enumerate(assignments, 1)]
        for field, calendar in named:
            if isinstance(calendar, str) and calendar not in known:
                yield unknown(f"{place}, {field}", calendar, "the name of one of the plan's calendars")
    for number, link in enumerate(_parts(plan, "links"), 1):
        calendar = _get(link, "lag_calendar")
        if isinstance(calendar, str) and calendar not in known and calendar not in LAG_CALENDARS:
            expected = f"one of {', '.join(LAG_CALENDARS)}, or the name of one of the plan's calendars"
            yield unknown(f"link {number}, lag_calendar", calendar, expected)


def _other_calendars_without_dates(plan: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what names a calendar in a plan without a start, where one calendar's time cannot be told in another's."""
    if plan.get("start") is not None:
        return
    own = _calendar_names(plan)[0]
    lags = {own, None, *LAG_CALENDARS[:3]}
    lagging = any(_get(link, "lag") or _get(link, "lag_percent") for link in _parts(plan, "links"))
    named = [
        (f"link {number}, lag_calendar", _get(link, "lag_calendar"), lags)
        for number, link in enumerate(_parts(plan, "links"), 1)
    ]
    if lagging:
        named.append(("scheduling, lag_calendar", _get(plan.get("scheduling"), "lag_calendar"), lags))
    for task in _parts(plan, "tasks"):
        place = f"task {shown(_get(task, 'id'))}"
        named.append((f"{place}, calendar", _get(task, "calendar"), {own, None}))
        if isinstance(assignments := _get(task, "assignments"), list | tuple):
            named += [(f"{place}, assignments", _get(each, "calendar"), {own, None}) for each in assignments]
    known = {*_calendar_names(plan), ELAPSED}
    for place, calendar, allowed in named:
        if isinstance(calendar, str) and calendar in known - allowed:
            expected = "the plan's own calendar, as the plan has no start"
            yield Problem(place, f"the calendar {shown(calendar)}", expected, "give the plan a start date")


def _moments(plan: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield every date of the plan with its place."""
    for field in ("status_date", "must_finish"):
        yield field, plan.get(field)
    for decision in _parts(plan, "decisions"):
        yield f"decision {shown(_get(decision, 'id'))}, by", _get(decision, "by")
    for promise in _parts(plan, "promises"):
        yield f"promise {shown(_get(promise, 'name'))}, by", _get(promise, "by")
    for risk in _parts(plan, "risks"):
        window = _get(risk, "window")
        ends = window if isinstance(window, list | tuple) else (_get(window, "start"), _get(window, "finish"))
        yield from ((f"risk {shown(_get(risk, 'id'))}, window", each) for each in ends)
    for task in _parts(plan, "tasks"):
        place = f"task {shown(_get(task, 'id'))}"
        for field in ("actual_start", "actual_finish", "suspended", "resumed"):
            yield f"{place}, {field}", _get(task, field)
        for field, key in (("constraints", "when"), ("manual", None)):
            items = _get(task, field)
            if isinstance(items, list | tuple):
                yield from ((f"{place}, {field}", each if key is None else _get(each, key)) for each in items)


def _wrong_dates(plan: Mapping[str, Any]) -> Iterator[Problem]:
    dated = plan.get("start") is not None
    for place, given in _moments(plan):
        when = given.low if isinstance(given, DateRange) else given
        if dated and isinstance(when, int | float) and not isinstance(when, bool):
            # One text for 5 and for 5.0: a fault found before and after validation is then told once.
            number: Any = as_number(when)
            yield Problem(place, plain(number), "a date, as the plan has a start")
        elif not dated and isinstance(when, dt.date):
            yield Problem(place, when.isoformat(), "a number, as the plan has no start", "give the plan a start date")


def _wrong_periods(plan: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield periods of promises that mean nothing in this plan."""
    dated = plan.get("start") is not None
    for promise in _parts(plan, "promises"):
        place, within = f"promise {shown(_get(promise, 'name'))}, within", _get(promise, "within")
        if dated and isinstance(within, int | float) and not isinstance(within, bool):
            number: Any = as_number(within)
            expected = "a period with its unit, as the plan has a start"
            yield Problem(place, plain(number), expected, f'"{plain(number)}d" counts calendar days, "wd" working days')
        elif not dated and isinstance(within, str) and _is_in_months(within):
            yield Problem(place, shown(within), "no months, as the plan has no start", "give the plan a start date")


def _is_in_months(within: str) -> bool:
    try:
        return Period.of(within).unit == "mo"
    except PlanError:  # told by the promise
        return False


def _wrong_progress(plan: Mapping[str, Any]) -> Iterator[Problem]:
    for task in _parts(plan, "tasks"):
        start, finish = (as_instant(_get(task, field)) for field in ("actual_start", "actual_finish"))
        if start is not None and not isinstance(_get(task, "actual_start"), dt.datetime | int | float):
            start -= SECONDS_PER_DAY  # a day that something starts on is its beginning
        if start is not None and finish is not None and finish < start:
            place = f"task {shown(_get(task, 'id'))}, actual_finish"
            found = f"{_get(task, 'actual_finish')}, before its start {_get(task, 'actual_start')}"
            yield Problem(place, found, "a finish at or after the start", "mend one of the two dates")
        manual = _get(task, "manual")
        stands = as_instant(manual[1]) if isinstance(manual, list | tuple) and len(manual) == 2 else None
        if start is not None and stands is not None and stands < start:
            place = f"task {shown(_get(task, 'id'))}, manual"
            found = f"a finish {manual[1]} before its actual start {_get(task, 'actual_start')}"
            yield Problem(place, found, "a finish at or after the start", "leave manual out, as the work has begun")


def as_instant(when: object) -> float | None:
    """Return a date as a number that can be compared with others; a day is its end. None for anything else."""
    if isinstance(when, dt.datetime):
        return (when - dt.datetime(1970, 1, 1)).total_seconds() if when.tzinfo is None else None
    if isinstance(when, dt.date):
        return (when - dt.date(1970, 1, 1)).days * SECONDS_PER_DAY + SECONDS_PER_DAY
    return float(when) if isinstance(when, int | float) and not isinstance(when, bool) else None
