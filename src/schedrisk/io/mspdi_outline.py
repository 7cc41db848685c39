"""Numbers, outline and text fields that the tasks of a plan get in Microsoft Project XML."""

from __future__ import annotations

import re

from schedrisk.io.mspdi_limits import TEXT_FIELDS
from schedrisk.model import Plan, Task

__all__ = ["outline_of", "text_fields_of", "uids_of"]


def uids_of(plan: Plan) -> dict[str, int]:
    """Return the UID of each task: its id where all ids are numbers, otherwise its place."""
    ids = [task.id for task in plan.tasks]
    if all(re.fullmatch(r"[1-9][0-9]{0,8}", each) for each in ids):
        return {each: int(each) for each in ids}
    return {each: place for place, each in enumerate(ids, 1)}


def outline_of(plan: Plan) -> tuple[list[Task], dict[str, str]]:
    """Return the tasks in the order of the outline, and the outline number of each."""
    given = {task.id: task.wbs or "" for task in plan.tasks}
    numbered = all(re.fullmatch(r"[1-9][0-9]*(\.[1-9][0-9]*)*", each, re.ASCII) for each in given.values())
    if numbered and len(set(given.values())) == len(given):
        return list(plan.tasks), given
    summaries = {task.wbs: task.id for task in reversed(plan.tasks) if task.kind == "summary" and task.wbs}
    below: dict[str | None, list[Task]] = {}
    for task in plan.tasks:
        wbs = task.wbs or ""
        if summaries.get(wbs) == task.id:
            wbs = wbs.rpartition(".")[0]
        while wbs and wbs not in summaries:
            wbs = wbs.rpartition(".")[0]
        below.setdefault(summaries.get(wbs), []).append(task)
    order: list[Task] = []
    numbers: dict[str, str] = {}
    waiting = [(task, str(place)) for place, task in reversed(list(enumerate(below.get(None, ()), 1)))]
    while waiting:
        task, number = waiting.pop()
        order.append(task)
        numbers[task.id] = number
        inside = list(enumerate(below.get(task.id, ()), 1))
        waiting += [(each, f"{number}.{place}") for place, each in reversed(inside)]
    return order, numbers


def text_fields_of(plan: Plan, *, with_ids: bool) -> dict[str, str]:
    """Return the text field of each kind of code; one that is named like a text field keeps it."""
    codes = dict.fromkeys(name for task in plan.tasks for name in task.codes)
    if with_ids:
        codes["id"] = None
    free = [field for field in TEXT_FIELDS if field not in codes]
    return {code: code if code in TEXT_FIELDS else free.pop(0) for code in codes}
