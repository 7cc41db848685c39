"""Promises as the command line takes them."""

from __future__ import annotations

import re
from typing import Any

from schedrisk.errors import ArgumentError, Problem, ProblemsError, shown
from schedrisk.model import Period, Plan, Promise

__all__ = ["with_promise_text"]

_AFTER = re.compile(r"(?P<within>.*\S)\s+after\s+(?P<after>\S.*)", re.DOTALL)


def with_promise_text(plan: Plan, text: str) -> Plan:
    """Add a promise given as NAME=DATE or NAME=PERIOD after TASK, or give one of the plan's another date.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> from schedrisk.model import Task
    >>> plan = with_promise_text(Plan(start="2026-12-01", tasks=[Task("site", 3)]), "contract=13 weeks after site")
    >>> plan.promise("contract").within
    '13w'
    """
    name, sign, when = (part.strip() for part in text.rpartition("="))
    if not (name and sign and when):
        expected = "NAME=DATE, such as contract=2026-12-31, or NAME=PERIOD after TASK"
        raise ArgumentError([Problem("--promise", shown(text), expected)])
    old = next((each for each in plan.promises if each.name == name), None)
    kept: dict[str, Any] = {} if old is None else {"task": old.task, "damages": old.damages}
    try:
        return plan.with_promise(Promise(name, **_when_due(plan, old, when), **kept))
    except ProblemsError as error:
        problem = error.problems[0]
        place = f"--promise {name}"
        raise ArgumentError([Problem(place, problem.found, problem.expected, problem.remedy)]) from None


def _when_due(plan: Plan, old: Promise | None, when: str) -> dict[str, Any]:
    """Return the fields that say when a promise is due."""
    found = _AFTER.fullmatch(when)
    within = found["within"] if found else when
    number = _number(within) if plan.start is None else None
    if found:
        return {"within": within if number is None else number, "after": found["after"]}
    if old is not None and old.after is not None and (number is not None or _is_period(when)):
        return {"within": within if number is None else number, "after": old.after}
    if plan.start is None and number is None:
        expected = f"a number of units ({plan.unit}) from the start, as the plan has no dates"
        raise ArgumentError([Problem("by", shown(when), expected)])
    return {"by": when if number is None else number}


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _is_period(text: str) -> bool:
    try:
        return bool(Period.of(text))
    except ProblemsError:
        return False
