"""CSV text ⇄ tables of tasks."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections.abc import Iterator
from typing import Any

from schedrisk.calendars import Calendar
from schedrisk.errors import PlanError, Problem, shown
from schedrisk.io.decoding import FormatError
from schedrisk.io.table import TaskTable, table_rows
from schedrisk.model import Plan, Task

__all__ = ["even_rows", "guarded", "numbered_rows", "parse_csv", "to_csv"]

# What a spreadsheet would take for a formula gets an apostrophe, and so does what would lose one on the way back.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
MOST_ROWS = 1_048_576  # of a sheet in Excel
LONGEST_CELL = 131_072  # that the reader takes
KEPT = {"tasks", "links", "name"}  # of a plan; the name is that of the file


def parse_csv(text: str, unit: str = "d", calendar: Calendar | None = None) -> TaskTable:
    """Read a table of tasks from CSV; comma, semicolon or tab separates.

    Raises
    ------
    FormatError
        Where the text is not CSV, has more rows than a spreadsheet, or a row has more cells than the header.
    """
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = numbered_rows(lines)
    _, header = next(rows, (0, None))
    if header is None:
        raise FormatError("an empty file", "a header and a row for each task")
    calendar = Calendar() if calendar is None else calendar
    return TaskTable.of(header, even_rows(rows, len(header)), unit, calendar, decimal_comma=delimiter == ";")


def numbered_rows(lines: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, numbered as a spreadsheet does: a quoted cell may run over several lines."""
    number = 0
    try:
        for number, cells in enumerate(lines, 1):
            if number > MOST_ROWS:
                raise FormatError(f"more than {MOST_ROWS:,} rows", "a table of tasks that a spreadsheet can hold")
            if any(cell.strip() for cell in cells):
                yield number, [_unguarded(cell) for cell in cells]
    except csv.Error as error:
        raise FormatError(str(error), "CSV", number + 1, unit="row") from None


def even_rows(rows: Iterator[tuple[int, list[str]]], width: int) -> Iterator[tuple[int, list[str]]]:
    """Yield rows of one width; blank cells beyond it go, others are a fault."""
    for number, cells in rows:
        if any(cell.strip() for cell in cells[width:]):
            found = f"{len(cells)} cells under a header of {width}"
            remedy = "quote cells that contain the separator"
            raise FormatError(found, "a cell for each column", number, remedy=remedy, unit="row")
        yield number, cells


def to_csv(plan: Plan) -> str:
    """Return the tasks and links of a plan as CSV.

    Raises
    ------
    PlanError
        Where the plan holds what a table of tasks, or a text file, cannot.
    """
    bare = Plan(tasks=[Task("any", 0)])
    fields = [each.name for each in dataclasses.fields(Plan) if each.name not in KEPT]
    lost = [field for field in fields if getattr(plan, field) != getattr(bare, field)]
    if lost:
        found = f"a plan with {', '.join(lost)}"
        remedy = "write .toml, .json or .xlsx, which hold everything, or a table of to_frame(plan)"
        raise PlanError([Problem("", found, "tasks and links only, all that a CSV file can hold", remedy)])
    columns, rows = table_rows(plan)
    texts = [cell for row in (columns, *rows) for cell in row if isinstance(cell, str)]
    if bad := next((cell for cell in texts if "\0" in cell), None):
        raise PlanError([Problem("", shown(bad), "texts without the sign NUL", "rename, or write .toml")])
    if longest := max((cell for cell in texts if len(cell) > LONGEST_CELL), key=len, default=""):
        problem = Problem("", shown(longest), f"cells of at most {LONGEST_CELL:,} signs", "write .toml or .json")
        raise PlanError([problem])
    # The writer quotes the signs of its line ends only; a lone carriage return in a name must be quoted too.
    line_end = "\r\n" if any("\r" in cell for cell in texts) else "\n"
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=line_end)
    writer.writerow(columns)  # never formulas: of codes, whose names are free, each begins with "code:"
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue()


def guarded(cell: Any) -> Any:
    """Return a cell as it is written: what a spreadsheet would take for a formula gets an apostrophe."""
    if isinstance(cell, str):
        return f"'{cell}" if _FORMULA.match(cell) else cell
    return int(cell) if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53 else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
