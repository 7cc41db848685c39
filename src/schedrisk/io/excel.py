"""Excel workbooks ⇄ plans: a sheet of tasks, and one for each other kind of record."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from schedrisk.errors import MissingDependencyError, PlanError, Problem, shown
from schedrisk.io.cells import plain_day
from schedrisk.io.decoding import FormatError
from schedrisk.io.document import plan_of
from schedrisk.io.sheets import Rows, link_tables, record_fields, record_sheets, stray_sheets
from schedrisk.io.table import TaskTable, calendar_of, table_rows
from schedrisk.model import Plan

if TYPE_CHECKING:
    from openpyxl import Workbook

__all__ = ["one_sheet", "parse_excel", "sheets_of", "to_excel"]

LARGEST_UNPACKED = 500 * 2**20
MOST_CELLS = 5_000_000
LONGEST_CELL = 32_767
# Signs that XML cannot hold, and the carriage return, which it turns into a line feed.
_LOST_SIGN = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")


def to_excel(plan: Plan) -> bytes:
    """Return the plan as a workbook that holds everything.

    Raises
    ------
    MissingDependencyError
        Without openpyxl.
    PlanError
        Where a text is too long for a cell, or has a sign that no workbook can hold.
    """
    openpyxl = _openpyxl()
    book = openpyxl.Workbook()
    book.remove(book.active)
    columns, rows = table_rows(plan, with_links=False)
    keep = [place for place, name in enumerate(columns) if name != "lag"]
    _sheet(book, "tasks", [columns[place] for place in keep], ([row[place] for place in keep] for row in rows))
    for title, header, records in record_sheets(plan):
        _sheet(book, title, header, records)
    return _bytes(book)


def one_sheet(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return a workbook of one table; raises as `to_excel`."""
    book = _openpyxl().Workbook()
    book.remove(book.active)
    _sheet(book, title, header, rows)
    return _bytes(book)


def _bytes(book: Any) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def parse_excel(data: bytes, name: str) -> Plan:
    """Read a plan from a workbook; one with nothing but a table of tasks is a plan of that name.

    Raises
    ------
    MissingDependencyError
        Without openpyxl.
    FormatError, PlanError
        Where it is no workbook, or its content is not a plan.
    """
    sheets = sheets_of(data)
    title = "tasks" if sheets.get("tasks") else next(iter(sheets), "tasks")
    rows = sheets.get(title, [])
    if not rows:
        raise FormatError("no rows", "a header and a row for each task")
    problems = stray_sheets(sheets, title)
    fields: dict[str, Any] = {"name": name, **record_fields(sheets, problems)}
    unit = fields.get("unit", "d")
    cells = ((number, list(map(plain_day, row))) for number, row in rows[1:])
    calendar = calendar_of(fields.get("calendar"))
    table = TaskTable.of(rows[0][1], cells, unit if unit in ("h", "d", "w") else "d", calendar)
    links = [*table.links, *link_tables(sheets, problems)]
    table.problems += problems
    return table.plan(lambda **document: plan_of(document), **fields, links=links)


# ---- writing --------------------------------------------------------------------------------------------------------


def _sheet(book: Workbook, title: str, header: Sequence[str], rows: Any) -> None:
    from openpyxl.styles import Font

    sheet = book.create_sheet(title)
    for number, row in enumerate([header, *rows], 1):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column)
            cell.value = _storable(value)
            if isinstance(cell.value, str):
                cell.data_type = "s"  # never a formula or an error, whatever it looks like
            if number == 1:
                cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for column, _ in enumerate(header, 1):
        letter = sheet.cell(1, column).column_letter
        longest = max(len(str(cell.value or "")) for cell in sheet[letter])
        sheet.column_dimensions[letter].width = min(max(longest + 2, 8), 48)


def _storable(value: Any) -> Any:
    """Return what a cell holds without loss; a text in place of what it would round or shift."""
    if isinstance(value, str):
        if _LOST_SIGN.search(value) or len(value) > LONGEST_CELL:
            expected = f"texts of at most {LONGEST_CELL:,} signs, without control characters"
            raise PlanError([Problem("", shown(value), expected, "rename, or write .toml or .json")])
        return value
    if isinstance(value, float) and float(f"{value:.16g}") != value:  # openpyxl writes 16 digits
        return repr(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.isoformat()  # as a cell it could not be told from its date
    if isinstance(value, dt.date) and value.year <= 1900:
        return value.isoformat()  # before and around the day from which Excel counts
    return value


# ---- reading --------------------------------------------------------------------------------------------------------


def _openpyxl() -> Any:
    try:
        import openpyxl
    except ImportError:
        raise MissingDependencyError('Excel files need openpyxl: pip install "schedrisk[excel]"') from None
    return openpyxl


def sheets_of(data: bytes) -> dict[str, Rows]:
    """Return the rows of every sheet, numbered as the spreadsheet numbers them."""
    openpyxl = _openpyxl()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked <= LARGEST_UNPACKED:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about styles and the like that do not matter here
                formulas = openpyxl.load_workbook(io.BytesIO(data))
                # Reading takes most of the time: a second look, at the values of formulas, only where there are any.
                values = (
                    openpyxl.load_workbook(io.BytesIO(data), data_only=True) if _has_formulas(formulas) else formulas
                )
            return {sheet.title.strip().lower(): _rows(sheet, formulas[sheet.title]) for sheet in values.worksheets}
    except FormatError:
        raise
    except Exception as error:  # noqa: BLE001  (openpyxl lets many kinds through for a damaged file)
        raise FormatError(f"{type(error).__name__}: {shown(str(error))}", "an Excel workbook (.xlsx)") from None
    raise FormatError(f"{unpacked / 2**20:,.0f} MiB when unpacked", f"at most {LARGEST_UNPACKED / 2**20:.0f} MiB")


def _has_formulas(book: Workbook) -> bool:
    for sheet in book.worksheets:
        if sheet.max_row * sheet.max_column > MOST_CELLS:
            found = f"a sheet {shown(sheet.title)} of {sheet.max_row:,} rows and {sheet.max_column:,} columns"
            remedy = "delete the empty rows and columns around the table"
            raise FormatError(found, f"at most {MOST_CELLS:,} cells", remedy=remedy)
    return any(cell.data_type == "f" for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)


def _rows(sheet: Any, formulas: Any) -> Rows:
    rows: Rows = []
    for number, (row, written) in enumerate(zip(sheet.iter_rows(), formulas.iter_rows(), strict=False), 1):
        cells = [cell.value for cell in row]
        for value, cell in zip(cells, written, strict=False):
            if value is None and cell.data_type == "f":
                place = f"{cell.coordinate} of sheet {shown(sheet.title)}"
                found, remedy = f"a formula without a value in {place}", "open and save it in Excel"
                raise FormatError(found, "values", number, cell.column_letter, remedy, unit="row")
        if any(cell not in (None, "") for cell in cells):
            rows.append((number, cells))
    return rows
