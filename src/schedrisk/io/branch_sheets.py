"""Branches and decisions as sheets of a workbook: a row for each task that depends on one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from schedrisk.errors import Problem, shown
from schedrisk.model import Branch, Decision

__all__ = ["BRANCHES", "DECISIONS", "branch_rows", "branch_tables", "decision_rows", "decision_tables"]

BRANCHES = ("branch", "outcome", "probability", "task", "planned", "owner")
DECISIONS = ("id", "milestone", "by", "way", "task")
WAYS = ("reached", "missed")

Table = dict[str, Any]


def branch_rows(branch: Branch) -> Iterator[list[Any]]:
    """Yield a row for each task of each outcome, or one for an outcome without tasks."""
    for name, outcome in branch.outcomes.items():
        planned = True if name == branch.planned else None
        yield from (
            [branch.id, name, outcome.probability, task, planned, branch.owner] for task in outcome.tasks or [None]
        )


def decision_rows(decision: Decision) -> Iterator[list[Any]]:
    """Yield a row for each task that depends on a decision, or one where none does."""
    head = [decision.id, decision.milestone, decision.by]
    tasks = [[way, task] for way in WAYS for task in getattr(decision, way)]
    yield from ([*head, *each] for each in tasks or [[None, None]])


def branch_tables(rows: Iterable[tuple[str, Table]], problems: list[Problem]) -> list[Table]:
    """Return branches as a document has them, from the place and the cells of each row."""
    branches: dict[object, Table] = {}
    for place, row in rows:
        branch = branches.setdefault(row.get("branch", place), {"id": row.get("branch"), "outcomes": {}})
        _agree(branch, {"owner": row.get("owner")}, place, problems, "this branch")
        name = row.get("outcome")
        if name is None:
            problems.append(Problem(f"{place}, column outcome", "nothing", "the name of an outcome"))
            continue
        known = name in branch["outcomes"]
        outcome = branch["outcomes"].setdefault(name, {"tasks": []})
        if known and row.get("probability") != outcome.get("probability"):
            found = f"probability {shown(row.get('probability'))}"
            expected = f"{shown(outcome.get('probability'))}, as in the first row of this outcome"
            problems.append(Problem(place, found, expected, "make them equal"))
        if not known and "probability" in row:
            outcome["probability"] = row["probability"]
        if "task" in row:
            outcome["tasks"].append(row["task"])
        planned = row.get("planned", False)
        if not isinstance(planned, bool):
            problems.append(Problem(f"{place}, column planned", shown(planned), "TRUE or FALSE"))
        elif planned:
            _agree(branch, {"planned": name}, place, problems, "this branch")
    return [_filled(each) for each in branches.values()]


def decision_tables(rows: Iterable[tuple[str, Table]], problems: list[Problem]) -> list[Table]:
    """Return decisions as a document has them, from the place and the cells of each row."""
    decisions: dict[object, Table] = {}
    for place, row in rows:
        decision = decisions.setdefault(row.get("id", place), {})
        _agree(decision, {key: row.get(key) for key in ("id", "milestone", "by")}, place, problems, "this decision")
        way = str(row.get("way", "")).strip().lower()
        if way in WAYS and "task" in row:
            decision.setdefault(way, []).append(row["task"])
        elif way or "task" in row:
            found = f"way {shown(row.get('way'))}, task {shown(row.get('task'))}"
            problems.append(Problem(place, found, "reached or missed, and a task", "fill both cells or none"))
    return [_filled(each) for each in decisions.values()]


def _agree(table: Table, given: Table, place: str, problems: list[Problem], what: str) -> None:
    """Take what a row says of the whole, which must be what the rows before it said."""
    for key, value in given.items():
        if value is None:
            continue
        if table.setdefault(key, value) != value:
            expected = f"{shown(table[key])}, as in an earlier row of {what}"
            problems.append(Problem(place, f"{key} {shown(value)}", expected, "make them equal"))


def _filled(table: Table) -> Table:
    return {key: value for key, value in table.items() if value is not None}
