"""Tables of estimates: three points, owners and tags for the tasks of a plan that is there already."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from schedrisk.errors import PlanError, Problem, ProblemsError, did_you_mean, shown
from schedrisk.estimates import Estimate, Fixed
from schedrisk.io.columns import COLUMNS, column_places
from schedrisk.io.decoding import FormatError, decode
from schedrisk.io.excel import sheets_of
from schedrisk.io.spreadsheet import even_rows, numbered_rows
from schedrisk.io.table import TableError, TaskTable, cell_text
from schedrisk.model import Plan, Task
from schedrisk.model.task import BY_HAND

__all__ = ["apply_estimates", "planned_as_before", "scaled_estimate"]

WANTED = ("id", "low", "mode", "high", "estimate", "owner", "tags")
POINTS = ("low", "mode", "high", "estimate")
MOST_SUGGESTIONS = 10

_UNIT = re.compile(r"(?P<h>h|hrs?|hours?)|(?P<d>d|days?)|(?P<w>w|wks?|weeks?)", re.IGNORECASE)
_ROW = re.compile(r"row (\d+)(?:, column (\w+))?")


def apply_estimates(plan: Plan, data: bytes, name: str, suffix: str) -> Plan:
    r"""Give tasks of a plan the estimates of a table, in place of whatever they have.

    A row has the id of a task, and low, mode and high (PERT), mode alone, or the text of any estimate; also an owner
    and tags. Empty cells leave what the task has. Durations are in the plan's unit, or in that of the column `unit`,
    by the plan calendar's hours; of a task in progress, what remains. The deterministic schedule of an imported plan
    stays as it was. Rows of tasks without work to come (complete, inactive, manual dates) change no estimate.

    Parameters
    ----------
    plan : Plan
    data : bytes
        Content of the file.
    name : str
        Of the file, as `Task.estimate_from` will tell it.
    suffix : {".csv", ".xlsx"}

    Raises
    ------
    TableError
        With every fault found, its row and column.
    FormatError
        Where the bytes are not of that format.

    Examples
    --------
    >>> plan = Plan(tasks=[Task("A10", 5, estimate_from="schedule"), Task("A20", 3, estimate_from="schedule")])
    >>> table = b"Activity ID,low,mode,high,unit,owner\nA10,4,5,9,d,us\nA20,,,,,customer\n"
    >>> [(str(task.estimate), task.owner) for task in apply_estimates(plan, table, "estimates.csv", ".csv").tasks]
    [('pert(4, 5, 9)', 'us'), ('3', 'customer')]
    """
    table = _Table.of(plan, *_cells(data, suffix))
    changed: dict[str, Task] = {}
    for row in () if table.problems else table.rows:
        with table.faults_of(row.number):
            changed[row.task] = _changed(plan.task(row.task), row, name)
    if table.problems:
        problems = sorted(table.problems, key=_place)
        raise TableError(problems, *(_place(problems[0]) if _place(problems[0])[0] else (None, None)))
    return plan.replace(tasks=[changed.get(task.id, task) for task in plan.tasks])


def planned_as_before(task: Task, estimate: Estimate) -> float | None:
    """Return `Task.planned` for a task that gets an estimate, so that an imported schedule keeps its dates."""
    if task.estimate_from in {None, BY_HAND}:
        return task.planned
    return None if estimate.planned == task.planned_duration else task.planned_duration


def _changed(task: Task, row: _Estimated, name: str) -> Task:
    """Return the task with what a row says of it."""
    changes: dict[str, Any] = {"owner": row.owner} if row.owner else {}
    if row.tags:
        changes["tags"] = row.tags
    if row.estimate is not None and task.has_work:
        planned = planned_as_before(task, row.estimate)
        changes |= {"estimate": row.estimate, "planned": planned, "estimate_from": f"file {name}"}
    return task.replace(**changes)


# ---- cells ----------------------------------------------------------------------------------------------------------


def _cells(data: bytes, suffix: str) -> tuple[list[Any], list[tuple[int, Sequence[Any]]], bool]:
    """Return the header, the rows below it with their numbers, and whether ``2,5`` is a number."""
    if suffix.lower() == ".xlsx":
        sheets = sheets_of(data)
        rows = sheets.get("estimates") or next(iter(sheets.values()), [])
        if not rows:
            raise FormatError("no rows", "a header and a row for each task")
        return rows[0][1], list(rows[1:]), False
    if suffix.lower() != ".csv":
        raise PlanError([Problem("estimates", f"the suffix {shown(suffix)}", "a table, .csv or .xlsx")])
    text = decode(data)
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    lines = numbered_rows(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    _, header = next(lines, (0, None))
    if header is None:
        raise FormatError("an empty file", "a header and a row for each task")
    return header, list(even_rows(lines, len(header))), delimiter == ";"


def _folded(cell: object) -> str:
    return re.sub(r"[\W_]+", "", str(cell or "").casefold())


_IDS = {_folded(alias) for alias in COLUMNS["id"]} | {"taskcode", "activitycode"}
_BARE = {"task", "activity"}  # the id where there is no other, a name beside one
_UNITS = {"unit", "units", "durationunit", "durationunits"}


def _places(header: Sequence[Any]) -> tuple[dict[str, int], list[Problem]]:
    """Find the columns that matter, `unit` among them."""
    folded = [_folded(cell) for cell in header]
    ids = _IDS if _IDS & set(folded) else _BARE
    units = [place for place, cell in enumerate(folded) if cell in _UNITS]
    known = ["id" if cell in ids else "" if cell in _UNITS else header[place] for place, cell in enumerate(folded)]
    found, problems = column_places(known)
    places = {column: place for column, place in found.items() if column in WANTED}
    if len(units) > 1:
        problems.append(Problem("header", "two columns for unit", "one column for each", "remove or rename one"))
    if not problems and "id" not in places:
        problems.append(Problem("header", "no column of ids", "a column id", "name it id, Activity ID or task_code"))
    if not problems and len(places) == 1:
        problems.append(Problem("header", "a column id alone", "low, mode and high, or estimate, owner or tags"))
    return places | {"unit": units[0]} if units else places, problems


def _place(problem: Problem) -> tuple[int, str]:
    """Return the row and column of a fault; 0 where it is one of the whole table."""
    found = _ROW.match(problem.place)
    return (int(found[1]), found[2] or "") if found else (0, "")


# ---- rows -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Estimated:
    """What a row says; what it leaves open is None or empty."""

    number: int
    task: str
    estimate: Estimate | None
    owner: str | None
    tags: tuple[str, ...]


@dataclass
class _Table:
    """The rows of a table, and every fault in them."""

    rows: list[_Estimated] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def of(
        cls, plan: Plan, header: Sequence[Any], rows: list[tuple[int, Sequence[Any]]], decimal_comma: bool
    ) -> _Table:
        places, problems = _places(header)
        table = cls(problems=problems)
        if problems:
            return table
        if rows and _folded(_at(rows[0][1], places["id"])) in _IDS:
            del rows[0]  # P6 writes its column names, and below them their headings
        kept = [(number, row) for number, row in rows if any(_at(row, place) != "" for place in places.values())]
        columns = [*dict.fromkeys([*(each for each in places if each != "unit"), "mode"])]
        filled = [(number, _filled([_at(row, places.get(each)) for each in columns], columns)) for number, row in kept]
        read = TaskTable.of(columns, filled, plan.unit, plan.calendar, decimal_comma=decimal_comma)
        table.problems += read.problems
        named = [(number, row) for number, row in kept if cell_text(_at(row, places["id"]))]
        for (number, row), fields in zip(named, read.tasks, strict=False):  # fewer where there are too many faults
            blank = all(_at(row, places.get(each)) == "" for each in POINTS)
            factor = table._hours(plan, number, cell_text(_at(row, places.get("unit"))))
            estimate = None
            if not blank:
                with table.faults_of(number):
                    estimate = scaled_estimate(fields["estimate"], *factor)
            table.rows.append(_Estimated(number, fields["id"], estimate, fields["owner"], tuple(fields["tags"])))
        table.problems += _unfit(plan, table.rows)
        return table

    @contextlib.contextmanager
    def faults_of(self, number: int) -> Iterator[None]:
        """Keep the faults of a row, to be told with those of the others."""
        try:
            yield
        except ProblemsError as error:
            self.problems += [
                dataclasses.replace(each, place=f"row {number}, {each.place or 'column estimate'}")
                for each in error.problems
            ]

    def _hours(self, plan: Plan, number: int, unit: str) -> tuple[float, float]:
        """Return the working hours in a row's unit and in the plan's."""
        calendar = plan.calendar
        hours = {"h": 1.0, "d": calendar.hours_per_day, "w": calendar.hours_per_day * calendar.days_per_week}
        found = _UNIT.fullmatch(unit or plan.unit)
        if found is None:
            self.problems.append(Problem(f"row {number}, column unit", shown(unit), "h, d or w"))
        return hours[found.lastgroup or plan.unit] if found else 1.0, hours[plan.unit]


def _at(row: Sequence[Any], place: int | None) -> Any:
    """Return a cell, "" where it is empty or beyond the end of the row."""
    cell = row[place] if place is not None and place < len(row) else ""
    cell = cell.strip() if isinstance(cell, str) else cell
    return "" if cell is None else cell


def _filled(cells: list[Any], columns: Sequence[str]) -> list[Any]:
    """Give a row without an estimate one that is not used: it is no fault here."""
    if all(cell == "" for cell, column in zip(cells, columns, strict=True) if column in POINTS):
        cells[columns.index("mode")] = 0
    return cells


def scaled_estimate(estimate: Estimate, hours: float, plan_hours: float) -> Estimate:
    """Return an estimate in the plan's unit, given the working hours of its own and of the plan's."""
    return estimate if hours == plan_hours else estimate * (hours / plan_hours)


def _unfit(plan: Plan, rows: Sequence[_Estimated]) -> Iterator[Problem]:
    """Yield ids that are unknown, given twice, or of tasks that take no time."""
    known = {task.id: task for task in plan.tasks}
    suggestions = iter(range(MOST_SUGGESTIONS))
    first: dict[str, int] = {}
    for row in rows:
        place = f"row {row.number}, column id"
        task = known.get(row.task)
        if task is None:
            # Each search for a near name goes over all of them: a few are help, thousands are a wait.
            remedy = did_you_mean(row.task, known) if next(suggestions, None) is not None else ""
            yield Problem(place, f"the unknown task {shown(row.task)}", "the id of a task", remedy)
        elif row.task in first:
            found = f"task {shown(row.task)} again, as in row {first[row.task]}"
            yield Problem(place, found, "every task once", "remove one of the rows")
        elif task.kind != "task" and row.estimate not in {None, Fixed(0)}:
            found = f"an estimate of the {task.kind.replace('-', ' ')} {shown(row.task)}"
            yield Problem(place, found, "estimates of tasks with work", "clear it")
        first.setdefault(row.task, row.number)
