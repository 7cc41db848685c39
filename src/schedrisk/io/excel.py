"""Excel workbooks ⇄ plans: sheets tasks, links, risks, promises, plan and calendar."""

from __future__ import annotations

import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from schedrisk.calendars import Calendar
from schedrisk.errors import MissingDependencyError, PlanError, Problem, shown
from schedrisk.io.decoding import FormatError
from schedrisk.io.document import SCHEMA_VERSION, plan_of
from schedrisk.io.table import TaskTable, table_rows
from schedrisk.model import Plan, Promise, Risk

if TYPE_CHECKING:
    from openpyxl import Workbook

__all__ = ["parse_excel", "to_excel"]

Rows = list[tuple[int, list[Any]]]

LINKS = ("predecessor", "successor", "kind", "lag")
RISKS = ("id", "name", "probability", "owner", "task", "delay", "shared")
PROMISES = ("name", "by", "task", "damages rate", "damages per", "damages whole", "damages grace", "damages cap")
SOURCE = ("country", "subdivision", "package", "last_official_year")
LARGEST_UNPACKED = 500 * 2**20


def to_excel(plan: Plan) -> bytes:
    """Return the plan as a workbook that holds everything.

    Raises
    ------
    MissingDependencyError
        Without openpyxl.
    PlanError
        Where a text has a sign that no workbook can hold.
    """
    openpyxl = _openpyxl()
    from openpyxl.utils.exceptions import IllegalCharacterError

    book = openpyxl.Workbook()
    book.remove(book.active)
    columns, rows = table_rows(plan, with_links=False)
    keep = [place for place, name in enumerate(columns) if name != "lag"]
    try:
        _sheet(book, "tasks", [columns[place] for place in keep], ([row[place] for place in keep] for row in rows))
        links = ([link.predecessor, link.successor, link.kind, link.lag] for link in plan.links)
        _sheet(book, "links", LINKS, links)
        _sheet(book, "risks", RISKS, (row for risk in plan.risks for row in _risk_rows(risk)))
        _sheet(book, "promises", PROMISES, map(_promise_row, plan.promises))
        _sheet(book, "plan", ("key", "value"), _plan_rows(plan))
        _sheet(book, "calendar", ("key", "value"), _calendar_rows(plan.calendar))
    except IllegalCharacterError as error:
        problem = Problem("", shown(str(error)), "texts without control characters", "rename, or write .toml")
        raise PlanError([problem]) from None
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
    sheets = _sheets(data)
    fields: dict[str, Any] = {"name": name, **_pairs(sheets.get("plan", []), many=("assumptions",))}
    calendar = _calendar(sheets.get("calendar", []))
    if calendar:
        fields["calendar"] = calendar
    made = Calendar(**calendar) if calendar else Calendar()
    for sheet, make in (("links", _link_tables), ("risks", _risk_tables), ("promises", _promise_tables)):
        if made_tables := make(sheets.get(sheet, [])):
            fields[sheet] = made_tables
    rows = sheets.get("tasks") or next(iter(sheets.values()), [])
    if not rows:
        raise FormatError("no rows", "a header and a row for each task")
    unit = fields.get("unit", "d")
    table = TaskTable.of(rows[0][1], rows[1:], unit if unit in {"h", "d", "w"} else "d", made)
    fields["tasks"] = table.tasks
    if table.links:
        fields["links"] = [*table.links, *fields.get("links", [])]
    if table.problems:
        raise PlanError(table.problems)
    return plan_of(fields)


# ---- writing --------------------------------------------------------------------------------------------------------


def _sheet(book: Workbook, title: str, header: Sequence[str], rows: Any) -> None:
    from openpyxl.styles import Font

    sheet = book.create_sheet(title)
    for number, row in enumerate([header, *rows], 1):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # never a formula or an error, whatever it looks like
            if number == 1:
                cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for column, _ in enumerate(header, 1):
        letter = sheet.cell(1, column).column_letter
        longest = max(len(str(cell.value or "")) for cell in sheet[letter])
        sheet.column_dimensions[letter].width = min(max(longest + 2, 8), 48)


def _risk_rows(risk: Risk) -> Iterator[list[Any]]:
    head = [risk.id, risk.name, risk.probability, risk.owner]
    if isinstance(risk.delay, Mapping):
        yield from ([*head, task, str(delay), False] for task, delay in risk.delay.items())
    else:
        delay = None if risk.delay is None else str(risk.delay)
        yield from ([*head, task, delay, True] for task in risk.tasks or [None])


def _stored(when: Any) -> Any:
    """Make a midnight text: as a cell it could not be told from its date."""
    return when.isoformat() if isinstance(when, dt.datetime) and when.time() == dt.time() else when


def _promise_row(promise: Promise) -> list[Any]:
    damages = promise.damages
    due = [] if damages is None else [damages.rate, damages.per, damages.whole, damages.grace, damages.cap]
    return [promise.name, _stored(promise.by), promise.task, *due]


def _plan_rows(plan: Plan) -> Iterator[list[Any]]:
    yield from (
        ["schema_version", SCHEMA_VERSION],
        ["name", plan.name],
        ["start", _stored(plan.start)],
        ["unit", plan.unit],
    )
    yield from (["assumptions", each] for each in plan.assumptions)


def _calendar_rows(calendar: Calendar) -> Iterator[list[Any]]:
    yield ["name", calendar.name]
    for key in ("weekdays", "shifts", "holidays", "extra_working_days"):
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


def _sheets(data: bytes) -> dict[str, Rows]:
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
    rows: Rows = []
    for number, (row, written) in enumerate(zip(sheet.iter_rows(), formulas.iter_rows(), strict=False), 1):
        cells = [cell.value for cell in row]
        for value, cell in zip(cells, written, strict=False):
            if value is None and cell.data_type == "f":
                place = cell.coordinate
                raise FormatError(f"a formula without a value in {place}", "values", number, remedy="save it in Excel")
        if any(cell not in (None, "") for cell in cells):
            rows.append((number, cells))
    return rows


def _date(value: Any) -> Any:
    """Make Excel's midnights dates again: a sheet knows no dates without a time."""
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date()
    return value


def _tables(rows: Rows, header: Sequence[str], sheet: str) -> Iterator[tuple[int, dict[str, Any]]]:
    if not rows:
        return
    given = ["" if cell is None else str(cell).strip().lower() for cell in rows[0][1]]
    unknown = [name for name in given if name and name not in header]
    if unknown:
        known = ", ".join(header)
        raise FormatError(f"the column {shown(unknown[0])} in sheet {sheet}", f"only columns {known}", rows[0][0])
    for number, cells in rows[1:]:
        pairs = zip(given, cells, strict=False)
        yield number, {name: _date(value) for name, value in pairs if name and value not in (None, "")}


def _link_tables(rows: Rows) -> list[dict[str, Any]]:
    return [_texted(row, "predecessor", "successor") for _, row in _tables(rows, LINKS, "links")]


def _texted(row: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Make whole numbers in these cells text: an id that looks like a number is typed as one."""
    return {
        key: f"{value:g}" if key in keys and isinstance(value, int | float) and not isinstance(value, bool) else value
        for key, value in row.items()
    }


def _risk_tables(rows: Rows) -> list[dict[str, Any]]:
    risks: dict[str, dict[str, Any]] = {}
    for _, row in _tables(rows, RISKS, "risks"):
        cells = _texted(row, "id", "name", "owner", "task")
        task, delay, shared = (cells.pop(key, None) for key in ("task", "delay", "shared"))
        risk = risks.setdefault(str(cells.get("id")), cells)
        if shared in (None, False):
            if task is not None and delay is not None:
                risk.setdefault("delay", {})[task] = delay
        else:
            if delay is not None:
                risk["delay"] = delay
            if task is not None:
                risk.setdefault("tasks", []).append(task)
    return list(risks.values())


def _promise_tables(rows: Rows) -> list[dict[str, Any]]:
    promises = []
    for _, row in _tables(rows, PROMISES, "promises"):
        cells = _texted(row, "name", "task")
        damages = {key.removeprefix("damages "): cells.pop(key) for key in list(cells) if key.startswith("damages ")}
        promises.append(cells | ({"damages": damages} if damages else {}))
    return promises


def _pairs(rows: Rows, many: Sequence[str]) -> dict[str, Any]:
    """Read a sheet of keys and values; those of `many` may stand in several rows."""
    fields: dict[str, Any] = {}
    for _, cells in rows[1:]:
        key, value = (*cells, None, None)[:2]
        if key is None or value in (None, ""):
            continue
        name = str(key).strip()
        if name in many:
            fields.setdefault(name, []).append(_date(value))
        else:
            fields[name] = _date(value)
    return fields


def _calendar(rows: Rows) -> dict[str, Any]:
    fields = _pairs(rows, ("weekdays", "shifts", "holidays", "extra_working_days", "source years"))
    source = {key.removeprefix("source "): fields.pop(key) for key in list(fields) if key.startswith("source ")}
    return fields | ({"source": source} if source else {})
