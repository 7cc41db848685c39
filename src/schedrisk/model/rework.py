"""Loops of rework, unrolled: a test that fails, work that is done again, the test again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from schedrisk.errors import ArgumentError, Problem, did_you_mean, shown
from schedrisk.model.branches import Branch, Outcome
from schedrisk.model.risk import Risk
from schedrisk.model.task import Task

if TYPE_CHECKING:
    from schedrisk.model.plan import Plan

__all__ = ["unrolled"]

MOST_TIMES = 100


def unrolled(
    plan: Plan, task: str, *, tasks: Iterable[str | Task], probability: float, times: int, owner: str | None
) -> Plan:
    """Return a plan in which work may be done again after a task; see `Plan.with_rework`."""
    steps = list(tasks)
    _check(plan, task, steps, probability, times)
    passes = range(2, times + 2)
    copies = [[_copy(plan, step, number) for step in steps] for number in passes]
    before = task
    for one_pass in copies:
        for place, each in enumerate(one_pass):
            one_pass[place] = each.replace(after=[before])
            before = each.id
    last = before
    chances = [(1 - probability) * probability**number for number in range(times)]
    outcomes = {
        _count_text(number): Outcome(
            chances[number] if number < times else None, [each.id for one_pass in copies[:number] for each in one_pass]
        )
        for number in range(times + 1)
    }
    kept = [_following(each, task, last) for each in plan.tasks]
    place = next(number for number, each in enumerate(kept) if each.id == task) + 1
    known = {step.id for step in steps if isinstance(step, Task)}
    return plan.replace(
        tasks=[*kept[:place], *(each for one_pass in copies for each in one_pass), *kept[place:]],
        links=[
            dataclasses.replace(link, predecessor=last) if link.predecessor == task and link.kind[0] == "F" else link
            for link in plan.links
        ],
        branches=[*plan.branches, Branch(_branch_name(plan, task), outcomes, owner=owner)],
        promises=[dataclasses.replace(each, **_moved(each, ("task", "after"), task, last)) for each in plan.promises],
        decisions=[each.replace(**_moved(each, ("milestone",), task, last)) for each in plan.decisions],
        risks=[_hitting(risk, {step: passes for step in steps if isinstance(step, str)}, known) for risk in plan.risks],
    )


def _check(plan: Plan, task: str, steps: list[str | Task], probability: object, times: object) -> None:
    known = [each.id for each in plan.tasks]
    problems = [
        Problem(place, f"the unknown task {shown(name)}", "the id of a task", did_you_mean(name, known))
        for place, name in (("task", task), *(("tasks", step) for step in steps if not isinstance(step, Task)))
        if name not in known
    ]
    if not steps:
        problems.append(Problem("tasks", "none", "at least one", "name what is done again, in its order"))
    names = [step.id if isinstance(step, Task) else step for step in steps]
    if len(set(map(str, names))) < len(names):
        problems.append(Problem("tasks", shown(names), "every task once", "take one out"))
    if isinstance(probability, bool) or not isinstance(probability, int | float) or not 0 <= probability <= 1:
        problems.append(Problem("probability", shown(probability), "a number from 0 to 1"))
    if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= MOST_TIMES:
        problems.append(Problem("times", shown(times), f"a whole number from 1 to {MOST_TIMES}"))
    if problems:
        raise ArgumentError(problems)


def _copy(plan: Plan, step: str | Task, number: int) -> Task:
    """Return what is done again, without progress, links, and dates that were imposed on the first time."""
    task = step if isinstance(step, Task) else plan.task(step)
    name = None if task.name is None else f"{task.name} ({number})"
    return task.replace(
        id=f"{task.id} ({number})", name=name, after=(), constraints=(), manual=None,
        actual_start=None, actual_finish=None, suspended=None, resumed=None,
    )  # fmt: skip


def _count_text(number: int) -> str:
    return f"{number} time" if number == 1 else f"{number} times"


def _branch_name(plan: Plan, task: str) -> str:
    taken, name = {branch.id for branch in plan.branches}, f"rework after {task}"
    return next(each for each in (name, *(f"{name} ({number})" for number in range(2, 10_000))) if each not in taken)


def _following(task: Task, first: str, last: str) -> Task:
    return task.replace(after=[last if each == first else each for each in task.after])


def _moved(part: Any, fields: Iterable[str], first: str, last: str) -> dict[str, Any]:
    """Return those fields that name the task, with the last of its copies."""
    return {field: last for field in fields if getattr(part, field) == first}


def _hitting(risk: Risk, passes: Mapping[str, Iterable[int]], new: set[str]) -> Risk:
    """Return a risk that hits work done again as it hits the first time."""

    def copies(task: str) -> list[str]:
        return [f"{task} ({number})" for number in passes.get(task, ())] if task not in new else []

    changes: dict[str, Any] = {"tasks": [each for task in risk.tasks for each in (task, *copies(task))]}
    for field in ("delay", "factor"):
        impact = getattr(risk, field)
        if isinstance(impact, Mapping):
            changes[field] = {each: impact[task] for task in impact for each in (task, *copies(task))}
    return dataclasses.replace(risk, **changes)
