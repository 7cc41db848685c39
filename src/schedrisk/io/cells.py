"""Cells that hold more than a number or a name: lists, dates, constraints, assignments; and the columns with them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from schedrisk.errors import PlanError, Problem, ProblemsError, did_you_mean, shown
from schedrisk.estimates.base import plain
from schedrisk.io.columns import CODE
from schedrisk.model import Assignment, Constraint, DateRange, Task
from schedrisk.model.logic import ConstraintKind
from schedrisk.model.moments import parse_when
from schedrisk.model.task import TaskKind

__all__ = ["TASK_CELLS", "cell_text", "further_columns", "join_list", "plain_day", "read_moment", "split_list"]

CONSTRAINT_KINDS = {kind.casefold(): kind for kind in get_args(ConstraintKind)}
TASK_KINDS = {kind.replace("-", ""): kind for kind in get_args(TaskKind)} | {
    "taskdependent": "task",  # as Primavera P6 calls them
    "wbssummary": "summary",
}
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")


def cell_text(value: Any) -> str:
    """Read a cell as text: Excel's 3.0 is the id 3, and an accent typed on two systems is one accent."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return unicodedata.normalize("NFC", str(value)).strip()


def plain_day(value: Any) -> Any:
    """Make Excel's midnights dates again: a sheet knows no dates without a time."""
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date()
    return value


# ---- lists ----------------------------------------------------------------------------------------------------------


def join_list(items: Iterable[Sequence[str]]) -> str:
    """Write items, each of one or more parts; a part that could be misread is put in double quotes.

    Examples
    --------
    >>> join_list([["crane", "0.5"], ["a;b"]])
    'crane | 0.5; "a;b"'
    """
    return "; ".join(" | ".join(map(_quoted, item)) for item in items)


def _quoted(part: str) -> str:
    if part.startswith('"') or ";" in part or "|" in part:
        return '"' + part.replace('"', '""') + '"'
    return part


def split_list(cell: str, *, separators: str = ";|") -> list[list[str]]:
    """Read items, separated by semicolons, each of parts that a further sign separates.

    Quotes count where a part begins with them and ends with them; elsewhere they are signs like any other.

    Examples
    --------
    >>> split_list('crane | 0.5; "a;b"; 5" pipe')
    [['crane', '0.5'], ['a;b'], ['5" pipe']]
    """
    items: list[list[str]] = [[]]
    part = _PARTS[separators]
    place = 0
    while True:
        match = part.match(cell, place)
        if match is None:  # never: the second form fits whatever comes
            break
        quoted, bare, sign = match.groups()
        items[-1].append(bare.strip() if quoted is None else quoted.replace('""', '"').strip())
        place = match.end()
        if not sign:
            break
        if sign == ";":
            items.append([])
    return [item for item in items if any(item)]


_PARTS = {
    signs: re.compile(rf'\s*+(?:"((?:[^"]|"")*+)"\s*+(?=[{signs}]|\Z)|([^{signs}]*+))([{signs}]|\Z)')
    for signs in (";|", ";")
}


# ---- dates ----------------------------------------------------------------------------------------------------------


def read_moment(value: Any, *, decimal_comma: bool = False) -> Any:
    """Read a date, or in a plan without dates a number, from a cell.

    Raises
    ------
    ProblemsError
        Where it is neither.
    """
    if isinstance(value, str):
        number = value.replace(",", ".") if decimal_comma else value
        if _NUMBER.fullmatch(number):
            value = float(number)
    elif hasattr(value, "to_pydatetime") and value == value.normalize():
        value = value.to_pydatetime().date()  # a column of pandas knows no dates without a time
    return parse_when(value)


def _moment_text(when: dt.date | float | DateRange) -> str:
    if isinstance(when, DateRange):
        return str(when)
    return when.isoformat() if isinstance(when, dt.date) else plain(when)


def _read_moment(value: Any, decimal_comma: bool) -> Any:
    return read_moment(value, decimal_comma=decimal_comma)


# ---- constraints and assignments ------------------------------------------------------------------------------------


def _constraints_cell(task: Task) -> str | None:
    texts = (each.kind if each.when is None else f"{each.kind} {_moment_text(each.when)}" for each in task.constraints)
    return "; ".join(texts) or None


def _read_constraints(value: Any, decimal_comma: bool) -> list[Constraint]:
    constraints: list[Constraint] = []
    problems: list[Problem] = []
    for entry in filter(None, map(str.strip, re.split("[;\n]", cell_text(value)))):
        name, _, when = entry.partition(" ")
        kind = CONSTRAINT_KINDS.get(name.casefold())
        if kind is None:
            known = did_you_mean(name, CONSTRAINT_KINDS.values())
            problems.append(Problem("", f"the unknown constraint {shown(entry)}", "such as SNET 2027-01-11", known))
            continue
        try:
            when = when.strip()
            is_range = "/" in when or " + " in when
            date = read_moment(when, decimal_comma=decimal_comma) if when and not is_range else when or None
            constraints.append(Constraint(kind, date))
        except ProblemsError as error:
            problems += [Problem("", f"{each.found} in {shown(entry)}", each.expected) for each in error.problems]
    if problems:
        raise PlanError(problems)
    return constraints


def _assignments_cell(task: Task) -> str | None:
    return join_list(map(_assignment_parts, task.assignments)) or None


def _assignment_parts(assignment: Assignment) -> list[str]:
    if assignment.resource is not None:
        return [assignment.calendar, plain(assignment.share), assignment.resource]
    return [assignment.calendar] if assignment.share == 1 else [assignment.calendar, plain(assignment.share)]


def _read_assignments(value: Any, decimal_comma: bool) -> list[Assignment]:
    assignments: list[Assignment] = []
    problems: list[Problem] = []
    for parts in split_list(cell_text(value)):
        calendar, share, resource, *more = (*parts, "", "") if len(parts) < 3 else parts
        number = _share(share, decimal_comma)
        if more and any(more):
            found = shown(" | ".join(parts))
            problems.append(Problem("", found, "calendar | share | resource", "quote names with | or ;"))
        elif number is None:
            problems.append(Problem("", f"the share {shown(share)}", "a number above 0, or a percentage"))
        else:
            try:
                assignments.append(Assignment(calendar, number, resource=resource or None))
            except ProblemsError as error:
                problems += error.problems
    if problems:
        raise PlanError(problems)
    return assignments


def _share(text: str, decimal_comma: bool) -> float | None:
    number = text.removesuffix("%").strip()
    number = number.replace(",", ".") if decimal_comma else number
    if not text:
        return 1.0
    if not _NUMBER.fullmatch(number):
        return None
    return float(number) / 100 if text.endswith("%") else float(number)


# ---- kinds, truth values, names -------------------------------------------------------------------------------------


def _read_kind(value: Any, _: bool) -> TaskKind:
    kind: TaskKind | None = TASK_KINDS.get(re.sub(r"[\W_]+", "", cell_text(value).casefold()))
    if kind is None:
        raise PlanError([Problem("", shown(value), f"one of {', '.join(get_args(TaskKind))}")])
    return kind


_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _read_truth(value: Any, _: bool) -> bool:
    truth = _TRUTHS.get(cell_text(value).casefold())
    if truth is None:
        raise PlanError([Problem("", shown(value), "yes or no, TRUE or FALSE")])
    return truth


def _read_share(value: Any, decimal_comma: bool) -> float:
    number = _share(cell_text(value) if isinstance(value, str) else repr(value), decimal_comma)
    if number is None or not 0 <= number <= 1:
        raise PlanError([Problem("", shown(value), "a number from 0 to 1, or a percentage")])
    return number


def _read_text(value: Any, _: bool) -> str:
    return cell_text(value)


class TaskCell(NamedTuple):
    """How a further column of a table of tasks is written and read."""

    used: Callable[[Task], bool]
    write: Callable[[Task], Any]
    read: Callable[[Any, bool], Any]
    """Given a cell that is not empty, and whether ``2,5`` is a number."""


def _plain_cell(field: str, read: Callable[[Any, bool], Any]) -> TaskCell:
    return TaskCell(
        lambda task: getattr(task, field) is not None,
        lambda task: getattr(task, field),
        read,
    )


def _manual_cell(place: int) -> TaskCell:
    return TaskCell(
        lambda task: task.manual is not None,
        lambda task: None if task.manual is None else task.manual[place],
        _read_moment,
    )


TASK_CELLS: Mapping[str, TaskCell] = {
    "kind": TaskCell(lambda task: task.kind != "task", lambda task: task.kind, _read_kind),
    "wbs": _plain_cell("wbs", _read_text),
    "actual_start": _plain_cell("actual_start", _read_moment),
    "actual_finish": _plain_cell("actual_finish", _read_moment),
    "suspended": _plain_cell("suspended", _read_moment),
    "resumed": _plain_cell("resumed", _read_moment),
    "manual_start": _manual_cell(0),
    "manual_finish": _manual_cell(1),
    "constraints": TaskCell(lambda task: bool(task.constraints), _constraints_cell, _read_constraints),
    "active": TaskCell(lambda task: not task.active, lambda task: task.active, _read_truth),
    "assignments": TaskCell(lambda task: bool(task.assignments), _assignments_cell, _read_assignments),
    "estimate_from": _plain_cell("estimate_from", _read_text),
    "exists": TaskCell(lambda task: task.exists < 1, lambda task: task.exists, _read_share),
}
"""Columns that a table has only where some task needs them."""


def further_columns(tasks: Sequence[Task]) -> dict[str, Callable[[Task], Any]]:
    """Return what is written in each further column that these tasks need, those of activity codes last."""
    columns = {name: cell.write for name, cell in TASK_CELLS.items() if any(map(cell.used, tasks))}
    names = dict.fromkeys(name for task in tasks for name in task.codes)
    return columns | {f"{CODE}{name}": _code_writer(name) for name in names}


def _code_writer(name: str) -> Callable[[Task], str | None]:
    return lambda task: task.codes.get(name)
