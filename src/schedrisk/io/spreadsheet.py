"""CSV text ⇄ tables of tasks."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from schedrisk.calendars import Calendar
from schedrisk.errors import PlanError, Problem
from schedrisk.io.decoding import FormatError
from schedrisk.io.table import TaskTable, table_rows
from schedrisk.model import Plan, Task

__all__ = ["parse_csv", "to_csv"]

# What a spreadsheet would take for a formula gets an apostrophe, and so does what would lose one on the way back.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def parse_csv(text: str, unit: str = "d", calendar: Calendar | None = None) -> TaskTable:
    """Read a table of tasks from CSV; comma, semicolon or tab separates.

    Raises
    ------
    FormatError
        Where the text is not CSV, or a row has more cells than the header.
    """
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    end = 0
    try:
        for cells in lines:
            # A quoted cell may run over several lines; a row is called by its first.
            rows.append((end + 1, [_unguarded(cell) for cell in cells]))
            end = lines.line_num
    except csv.Error as error:
        raise FormatError(str(error), "CSV", lines.line_num) from None
    rows = [(number, cells) for number, cells in rows if any(cell.strip() for cell in cells)]
    if not rows:
        raise FormatError("an empty file", "a header and a row for each task")
    (_, header), *body = rows
    for number, cells in body:
        if any(cell.strip() for cell in cells[len(header) :]):
            found = f"{len(cells)} cells under a header of {len(header)}"
            raise FormatError(found, "a cell for each column", number, remedy="quote cells that contain the separator")
    calendar = Calendar() if calendar is None else calendar
    return TaskTable.of(header, body, unit, calendar, decimal_comma=delimiter == ";")


def to_csv(plan: Plan) -> str:
    """Return the tasks and links of a plan as CSV.

    Raises
    ------
    PlanError
        Where the plan holds what a table of tasks cannot.
    """
    bare = Plan(tasks=[Task("any", 0)])
    fields = ("start", "unit", "calendar", "assumptions", "risks", "promises")
    lost = [field for field in fields if getattr(plan, field) != getattr(bare, field)]
    if lost:
        found = f"a plan with {', '.join(lost)}"
        remedy = "write .toml, .json or .xlsx, which hold everything, or a table of to_frame(plan)"
        raise PlanError([Problem("", found, "tasks and links only, all that a CSV file can hold", remedy)])
    columns, rows = table_rows(plan)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_guarded(cell) for cell in row] for row in rows)
    return text.getvalue()


def _guarded(cell: Any) -> Any:
    if isinstance(cell, str):
        return f"'{cell}" if _FORMULA.match(cell) else cell
    return int(cell) if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53 else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
