"""Faults of branches and decisions: names not unique or not known, tasks that cannot be left out, plans that overlap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from schedrisk.errors import Problem, did_you_mean, shown
from schedrisk.model.raw import get, parts, texts

__all__ = ["branch_problems", "decision_edges"]

SPANS = ("summary", "level-of-effort")
MOST_SUGGESTIONS = 10


def decision_edges(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (milestone, task) of each task that a decision depends upon: the milestone comes first."""
    for decision in parts(plan, "decisions"):
        milestone = get(decision, "milestone")
        if isinstance(milestone, str):
            yield from ((milestone, task) for task in _of_decision(decision) if task != milestone)


def branch_problems(plan: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield every fault of branches, decisions and existence, given the tasks of the plan.

    Parameters
    ----------
    plan : mapping
        The fields of a plan by name; parts may be records or tables, and may be missing or malformed.
    """
    tasks = {name: task for task in parts(plan, "tasks") if isinstance(name := get(task, "id"), str)}
    for field, what in (("branches", "branch"), ("decisions", "decision")):
        ids = Counter(name for each in parts(plan, field) if isinstance(name := get(each, "id"), str))
        for name, count in ids.items():
            if count > 1:
                found = f"{count} {field} of this name"
                yield Problem(f"{what} {shown(name)}", found, "unique names", "rename all but one")
    for task in tasks.values():
        chance = get(task, "exists")
        if get(task, "kind") in SPANS and isinstance(chance, int | float) and chance < 1:
            place = f"task {shown(get(task, 'id'))}, exists"
            remedy = "say it of the tasks that it spans"
            yield Problem(place, f"{chance:g} of a {get(task, 'kind')}", "1, as it follows from other tasks", remedy)
    suggestions = iter(range(MOST_SUGGESTIONS))
    for place, task in _mentions(plan):
        if task not in tasks:
            remedy = did_you_mean(task, sorted(tasks)) if next(suggestions, None) is not None else ""
            yield Problem(place, f"the unknown task {shown(task)}", "the id of a task", remedy)
        elif get(tasks[task], "kind") in SPANS:
            remedy = "name the tasks that it spans"
            yield Problem(
                place, f"the {get(tasks[task], 'kind')} {shown(task)}", "a task with dates of its own", remedy
            )
    yield from _settled_twice(plan, tasks)
    yield from _overlaps(plan, tasks)


def _mentions(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each task that a branch or a decision names, and where."""
    for branch in parts(plan, "branches"):
        for name, tasks in _outcomes(branch):
            place = f"branch {shown(get(branch, 'id'))}, outcome {shown(name)}"
            yield from ((place, task) for task in dict.fromkeys(tasks))
    for decision in parts(plan, "decisions"):
        place = f"decision {shown(get(decision, 'id'))}"
        if isinstance(milestone := get(decision, "milestone"), str):
            yield f"{place}, milestone", milestone
        for field in ("reached", "missed"):
            yield from ((f"{place}, {field}", task) for task in dict.fromkeys(texts(get(decision, field))))


def _outcomes(branch: object) -> Iterator[tuple[str, list[str]]]:
    outcomes = get(branch, "outcomes")
    for name, outcome in outcomes.items() if isinstance(outcomes, Mapping) else ():
        yield str(name), list(texts(get(outcome, "tasks")))


def _of_decision(decision: object) -> list[str]:
    return list(dict.fromkeys([*texts(get(decision, "reached")), *texts(get(decision, "missed"))]))


def _settled_twice(plan: Mapping[str, Any], tasks: Mapping[str, Any]) -> Iterator[Problem]:
    """Find forks on both ways of which work has begun."""

    def begun(names: list[str], others: set[str]) -> list[str]:
        return [each for each in names if each not in others and get(tasks.get(each), "actual_start") is not None]

    expected, remedy = "work begun on one way alone", "take the actual dates out, or the tasks"
    for branch in parts(plan, "branches"):
        ways = dict(_outcomes(branch))
        own = {
            name: begun(names, {task for other, each in ways.items() if other != name for task in each})
            for name, names in ways.items()
        }
        happened = [shown(each[0]) for each in own.values() if each]
        if len(happened) > 1:
            found = f"work begun in {len(happened)} outcomes: {', '.join(happened)}"
            yield Problem(f"branch {shown(get(branch, 'id'))}", found, expected, remedy)
    for decision in parts(plan, "decisions"):
        both = [begun(list(texts(get(decision, field))), set()) for field in ("reached", "missed")]
        if all(both):
            found = f"work begun in both plans: {shown(both[0][0])}, {shown(both[1][0])}"
            yield Problem(f"decision {shown(get(decision, 'id'))}", found, expected, remedy)


def _overlaps(plan: Mapping[str, Any], tasks: Mapping[str, Any]) -> Iterator[Problem]:
    """Find decisions whose milestone is one of their own tasks, or lies idle, and tasks that both plans name."""
    for decision in parts(plan, "decisions"):
        place, milestone = f"decision {shown(get(decision, 'id'))}", get(decision, "milestone")
        reached, missed = (set(texts(get(decision, field))) for field in ("reached", "missed"))
        if isinstance(milestone, str) and milestone in reached | missed:
            found = f"the milestone {shown(milestone)} among the tasks that depend on it"
            yield Problem(place, found, "other tasks", "take it out of the lists")
        if get(tasks.get(milestone) if isinstance(milestone, str) else None, "active") is False:
            found = f"the inactive task {shown(milestone)}"
            yield Problem(f"{place}, milestone", found, "a task that is scheduled", "make it active")
        for task in sorted(reached & missed):
            found = f"task {shown(task)} in both plans"
            yield Problem(place, found, "a task in one of them", "leave it out where it is done in any case")
