"""Excel workbooks ⇄ plans: sheets tasks, links, risks, promises, plan and calendar."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from schedrisk.calendars import Calendar
from schedrisk.errors import MissingDependencyError, PlanError, Problem, did_you_mean, shown
from schedrisk.io.decoding import FormatError
from schedrisk.io.document import SCHEMA_VERSION, plan_of
from schedrisk.io.table import TaskTable, calendar_of, cell_text, table_rows
from schedrisk.model import Plan, Promise, Risk

if TYPE_CHECKING:
    from openpyxl import Workbook

__all__ = ["parse_excel", "sheets_of", "to_excel"]

Rows = list[tuple[int, list[Any]]]

LINKS = ("predecessor", "successor", "kind", "lag")
RISKS = ("id", "name", "probability", "owner", "task", "delay", "shared")
PROMISES = ("name", "by", "task", "damages rate", "damages per", "damages whole", "damages grace", "damages cap")
SOURCE = ("country", "subdivision", "package", "last_official_year")
DAYS = ("weekdays", "shifts", "holidays", "extra_working_days")
CALENDAR = ("name", *DAYS, *(f"source {key}" for key in SOURCE), "source years")
MANY = {"assumptions", "source years", *DAYS}
PLAN = ("schema_version", "name", "start", "unit", "assumptions")
TEXTS = {"predecessor", "successor", "id", "name", "owner", "task"}
NUMBERS = {"lag", "probability", "damages rate", "damages grace", "damages cap"}
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
    links = ([link.predecessor, link.successor, link.kind, link.lag] for link in plan.links)
    _sheet(book, "links", LINKS, links)
    _sheet(book, "risks", RISKS, (row for risk in plan.risks for row in _risk_rows(risk)))
    _sheet(book, "promises", PROMISES, map(_promise_row, plan.promises))
    _sheet(book, "plan", ("key", "value"), _plan_rows(plan))
    _sheet(book, "calendar", ("key", "value"), _calendar_rows(plan.calendar))
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
    rows = sheets.get("tasks") or next(iter(sheets.values()), [])
    if not rows:
        raise FormatError("no rows", "a header and a row for each task")
    problems: list[Problem] = []
    fields: dict[str, Any] = {"name": name, **_pairs(sheets, "plan", PLAN, problems)}
    if calendar := _calendar(sheets, problems):
        fields["calendar"] = calendar
    for sheet, make in (("risks", _risk_tables), ("promises", _promise_tables)):
        if made := make(sheets.get(sheet, []), problems):
            fields[sheet] = made
    unit = fields.get("unit", "d")
    table = TaskTable.of(rows[0][1], rows[1:], unit if unit in ("h", "d", "w") else "d", calendar_of(calendar))
    links = [*table.links, *_link_tables(sheets.get("links", []), problems)]
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


def _risk_rows(risk: Risk) -> Iterator[list[Any]]:
    head = [risk.id, risk.name, risk.probability, risk.owner]
    if isinstance(risk.delay, Mapping):
        yield from ([*head, task, str(delay), False] for task, delay in risk.delay.items())
    else:
        delay = None if risk.delay is None else str(risk.delay)
        yield from ([*head, task, delay, True] for task in risk.tasks or [None])


def _promise_row(promise: Promise) -> list[Any]:
    damages = promise.damages
    due = [] if damages is None else [damages.rate, damages.per, damages.whole, damages.grace, damages.cap]
    return [promise.name, promise.by, promise.task, *due]


def _plan_rows(plan: Plan) -> Iterator[list[Any]]:
    yield from (
        ["schema_version", SCHEMA_VERSION],
        ["name", plan.name],
        ["start", plan.start],
        ["unit", plan.unit],
    )
    yield from (["assumptions", each] for each in plan.assumptions)


def _calendar_rows(calendar: Calendar) -> Iterator[list[Any]]:
    yield ["name", calendar.name]
    for key in DAYS:
        yield from ([key, each] for each in getattr(calendar, key))
    if calendar.source is not None:
        yield from ([f"source {key}", getattr(calendar.source, key)] for key in SOURCE)
        yield from (["source years", year] for year in calendar.source.years)


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
                values, formulas = (openpyxl.load_workbook(io.BytesIO(data), data_only=only) for only in (True, False))
            return {sheet.title.strip().lower(): _rows(sheet, formulas[sheet.title]) for sheet in values.worksheets}
    except FormatError:
        raise
    except Exception as error:  # noqa: BLE001  (openpyxl lets many kinds through for a damaged file)
        raise FormatError(f"{type(error).__name__}: {shown(str(error))}", "an Excel workbook (.xlsx)") from None
    raise FormatError(f"{unpacked / 2**20:,.0f} MiB when unpacked", f"at most {LARGEST_UNPACKED / 2**20:.0f} MiB")


def _rows(sheet: Any, formulas: Any) -> Rows:
    if sheet.max_row * sheet.max_column > MOST_CELLS:
        found = f"a sheet {shown(sheet.title)} of {sheet.max_row:,} rows and {sheet.max_column:,} columns"
        remedy = "delete the empty rows and columns around the table"
        raise FormatError(found, f"at most {MOST_CELLS:,} cells", remedy=remedy)
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


def _date(value: Any) -> Any:
    """Make Excel's midnights dates again: a sheet knows no dates without a time."""
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date()
    return value


def _tables(
    rows: Rows, header: Sequence[str], sheet: str, problems: list[Problem]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the place and the cells of each row that are not empty."""
    if not rows:
        return
    given = ["" if cell is None else str(cell).strip().lower() for cell in rows[0][1]]
    for name in dict.fromkeys(filter(None, given)):
        place = f"sheet {sheet}, row {rows[0][0]}"
        if name not in header:
            remedy = did_you_mean(name, header)
            problems.append(Problem(place, f"the unknown column {shown(name)}", "a known column", remedy))
        elif given.count(name) > 1:
            problems.append(Problem(place, f"two columns {name}", "one column for each", "remove one"))
    for number, cells in rows[1:]:
        pairs = {name: _cell(name, value) for name, value in zip(given, cells, strict=False) if name in header}
        yield f"sheet {sheet}, row {number}", {name: value for name, value in pairs.items() if value is not None}


def _cell(name: str, value: Any) -> Any:
    """Read a cell by its column; None where it is empty."""
    if value in (None, ""):
        return None
    if name in NUMBERS and isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # An id or a name that looks like a number is typed as one.
    return cell_text(value) if is_number and name in TEXTS else _date(value)


def _link_tables(rows: Rows, problems: list[Problem]) -> list[dict[str, Any]]:
    return [row for _, row in _tables(rows, LINKS, "links", problems)]


def _risk_tables(rows: Rows, problems: list[Problem]) -> list[dict[str, Any]]:
    risks: dict[object, dict[str, Any]] = {}
    for place, row in _tables(rows, RISKS, "risks", problems):
        shared = row.pop("shared", False)
        if not isinstance(shared, bool):
            problems.append(Problem(f"{place}, column shared", shown(shared), "TRUE or FALSE"))
            continue
        task, delay = row.pop("task", None), row.pop("delay", None)
        risk = risks.setdefault(row.get("id", place), row)
        if fault := _contradiction(risk, row, task, delay, shared=shared):
            problems.append(Problem(place, *fault))
        elif shared:
            risk.update({} if delay is None else {"delay": delay})
            risk.setdefault("tasks", []).extend([] if task is None else [task])
        elif task is not None:
            risk.setdefault("delay", {})[task] = delay
    return list(risks.values())


def _contradiction(
    risk: dict[str, Any], row: dict[str, Any], task: object, delay: object, *, shared: bool
) -> tuple[str, str, str] | None:
    """Say what is wrong with a further row of a risk: found, expected, remedy."""
    for key, value in row.items():
        if risk.get(key) != value:
            return (
                f"{key} {shown(value)}",
                f"{shown(risk.get(key))}, as in the first row of this risk",
                "make them equal",
            )
    before = risk.get("delay")
    if ("tasks" in risk and not shared) or (isinstance(before, dict) and shared):
        return "a delay of its own beside a shared one", "all rows of a risk shared, or none", "split the risk"
    if shared and None not in (before, delay) and before != delay:
        return f"the delay {shown(delay)}", f"{shown(before)}, as in the first row: it is shared", "make them equal"
    if not shared and (task is None) != (delay is None):
        return ("a delay without a task", "both", "fill task") if task is None else ("no delay", "a delay", "fill it")
    if isinstance(before, dict) and task in before:
        return f"the task {shown(task)} again", "every task of a risk once", "remove one of the rows"
    return None


def _promise_tables(rows: Rows, problems: list[Problem]) -> list[dict[str, Any]]:
    promises = []
    for _, row in _tables(rows, PROMISES, "promises", problems):
        damages = {key.removeprefix("damages "): row.pop(key) for key in list(row) if key.startswith("damages ")}
        promises.append(row | ({"damages": damages} if damages else {}))
    return promises


def _pairs(sheets: Mapping[str, Rows], sheet: str, known: Sequence[str], problems: list[Problem]) -> dict[str, Any]:
    """Read a sheet of keys and values; those of `MANY` may stand in several rows."""
    fields: dict[str, Any] = {}
    for number, cells in sheets.get(sheet, [])[1:]:
        key, value = (*cells, None, None)[:2]
        if key is None or value in (None, ""):
            continue
        place, name = f"sheet {sheet}, row {number}", str(key).strip()
        if name not in known:
            problems.append(Problem(place, f"the unknown key {shown(name)}", "a known key", did_you_mean(name, known)))
        elif name in MANY:
            fields.setdefault(name, []).append(_date(value))
        elif name in fields:
            problems.append(Problem(place, f"{name} again", "every key once", "remove one of the rows"))
        else:
            fields[name] = _cell(name, value)
    return fields


def _calendar(sheets: Mapping[str, Rows], problems: list[Problem]) -> dict[str, Any]:
    fields = _pairs(sheets, "calendar", CALENDAR, problems)
    source = {key.removeprefix("source "): fields.pop(key) for key in list(fields) if key.startswith("source ")}
    return fields | ({"source": source} if source else {})
