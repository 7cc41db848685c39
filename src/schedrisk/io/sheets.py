"""The sheets of a workbook beside its tasks: links, risks, promises, calendars and the plan's own fields ⇄ rows."""

from __future__ import annotations

import dataclasses
import difflib
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from schedrisk.calendars import Calendar
from schedrisk.errors import Problem, SchedriskWarning, did_you_mean, shown
from schedrisk.estimates import Estimate
from schedrisk.io.branch_sheets import BRANCHES, DECISIONS, branch_rows, branch_tables, decision_rows, decision_tables
from schedrisk.io.cells import cell_text, plain_day
from schedrisk.io.correlation_sheet import CORRELATIONS, correlation_rows, correlation_tables
from schedrisk.io.document import SCHEMA_VERSION
from schedrisk.io.risk_sheets import RISK_DETAILS, SHEET, add_risk_details, risk_detail_rows
from schedrisk.io.weather_sheets import CLOSURES, WEATHER, closure_rows, weather_rows, weather_tables
from schedrisk.model import Link, Plan, Promise, Provenance, Risk, SchedulingOptions

__all__ = ["Rows", "link_tables", "record_fields", "record_sheets", "stray_sheets"]

Rows = list[tuple[int, list[Any]]]

LINKS = ("predecessor", "successor", "kind", "lag", "lag_percent", "lag_calendar")
RISKS = ("id", "name", "probability", "owner", "task", "delay", "factor", "shared")
IMPACTS = ("delay", "factor")
NOTHING = "no delay and no factor", "one of them", "fill it"
DAMAGES = ("damages rate", "damages per", "damages whole", "damages grace", "damages cap")
PROMISES = ("name", "by", "within", "after", "task", *DAMAGES)
CALENDARS = ("calendar", "key", "value")
PAIRS = ("key", "value")
SOURCE = ("country", "subdivision", "package", "last_official_year")
DAYS = ("weekdays", "shifts", "holidays", "extra_working_days", "weather")
OWN_SHIFTS = "shifts "
"""What stands before a weekday or a date that has shifts of its own."""
CALENDAR = ("name", *DAYS, *(f"source {key}" for key in SOURCE), "source years")
SCHEDULING = tuple(f"scheduling {field.name}" for field in dataclasses.fields(SchedulingOptions))
PROVENANCE = tuple(f"provenance {field.name}" for field in dataclasses.fields(Provenance))
DATES = ("start", "status_date", "must_finish")
PLAN = ("schema_version", "name", *DATES, "unit", "assumptions", *SCHEDULING, *PROVENANCE)
MANY = {"assumptions", "provenance notes", "source years", *DAYS}
TEXTS = {
    "predecessor", "successor", "lag_calendar", "id", "name", "owner", "task", "after", "group", "calendar",
    "branch", "outcome", "milestone", "risk", "key", "weather", "with", "tag", "wbs", "copula",
    "provenance file", "provenance format", "provenance project",
}  # fmt: skip
NUMBERS = {
    "lag", "lag_percent", "probability", "rho", "damages rate", "damages grace", "damages cap", "by", "within", "status_date",
    "must_finish", "scheduling critical_float", "degrees_of_freedom",
}  # fmt: skip
SHEETS = (
    "tasks", "links", "risks", "promises", "plan", "calendar", "calendars", "correlations", "branches", "decisions", SHEET,
    "weather", "closures",
)  # fmt: skip
WEATHER_SHEETS = {"weather": WEATHER, "closures": CLOSURES}
MOST_WARNED = 8


# ---- writing --------------------------------------------------------------------------------------------------------


def record_sheets(plan: Plan) -> Iterator[tuple[str, Sequence[str], Iterable[Sequence[Any]]]]:
    """Yield title, header and rows of every sheet but that of the tasks."""
    yield "links", LINKS, ([_link_cell(link, key) for key in LINKS] for link in plan.links)
    yield "risks", RISKS, (row for risk in plan.risks for row in _risk_rows(risk))
    yield "promises", PROMISES, map(_promise_row, plan.promises)
    yield "plan", PAIRS, _plan_rows(plan)
    yield "calendar", PAIRS, [["name", plan.calendar.name], *_calendar_rows(plan.calendar)]
    if plan.calendars:
        yield "calendars", CALENDARS, ([each.name, *row] for each in plan.calendars for row in _calendar_rows(each))
    if plan.weather:
        yield "weather", WEATHER, (row for each in plan.weather for row in weather_rows(each))
    if closures := list(closure_rows(plan)):
        yield "closures", CLOSURES, closures
    if details := list(risk_detail_rows(plan.risks)):
        yield SHEET, RISK_DETAILS, details
    if plan.correlations:
        yield "correlations", CORRELATIONS, correlation_rows(plan)
    if plan.branches:
        yield "branches", BRANCHES, (row for each in plan.branches for row in branch_rows(each))
    if plan.decisions:
        yield "decisions", DECISIONS, (row for each in plan.decisions for row in decision_rows(each))


def _link_cell(link: Link, key: str) -> Any:
    value = getattr(link, key) or None
    return str(value) if isinstance(value, Estimate) else value


def _risk_rows(risk: Risk) -> Iterator[list[Any]]:
    odds = None if isinstance(risk.probability, Mapping) else risk.probability  # a table goes to the sheet of details
    head = [risk.id, risk.name, odds, risk.owner]
    impacts = [risk.delay, risk.factor]
    tables: list[Mapping[str, Any]] = [each if isinstance(each, Mapping) else {} for each in impacts]
    common = [None if each is None or isinstance(each, Mapping) else str(each) for each in impacts]
    for task in dict.fromkeys(name for table in tables for name in table):
        own = [table.get(task) for table in tables]
        yield [*head, task, *(None if each is None else str(each) for each in own), False]
    if common != [None, None] or risk.tasks or not any(tables):
        yield from ([*head, task, *common, True] for task in risk.tasks or [None])


def _promise_row(promise: Promise) -> list[Any]:
    damages = promise.damages
    due = [] if damages is None else [damages.rate, damages.per, damages.whole, damages.grace, damages.cap]
    return [promise.name, promise.by, promise.within, promise.after, promise.task, *due]


def _plan_rows(plan: Plan) -> Iterator[list[Any]]:
    yield ["schema_version", SCHEMA_VERSION]
    yield from ([key, getattr(plan, key)] for key in ("name", *DATES, "unit"))
    yield from (["assumptions", each] for each in plan.assumptions)
    usual = SchedulingOptions()
    for key in SCHEDULING:
        field = key.removeprefix("scheduling ")
        value = getattr(plan.scheduling, field)
        if value != getattr(usual, field):
            yield [key, value]
    if plan.provenance is not None:
        yield from ([f"provenance {key}", getattr(plan.provenance, key)] for key in ("file", "format", "project"))
        yield from (["provenance notes", note] for note in plan.provenance.notes)


def _calendar_rows(calendar: Calendar) -> Iterator[list[Any]]:
    """Yield the rows of a calendar; only days and dates are many."""
    for key in DAYS:
        yield from ([key, each] for each in getattr(calendar, key))
    for shifts_of in (calendar.weekday_shifts, calendar.special_days):
        yield from ([f"{OWN_SHIFTS}{day}", shift] for day, shifts in shifts_of.items() for shift in shifts)
    if calendar.source is not None:
        yield from ([f"source {key}", getattr(calendar.source, key)] for key in SOURCE)
        yield from (["source years", year] for year in calendar.source.years)


# ---- reading --------------------------------------------------------------------------------------------------------


def record_fields(sheets: Mapping[str, Rows], problems: list[Problem]) -> dict[str, Any]:
    """Return the fields of a plan document but tasks and links; what is wrong goes to `problems`."""
    fields = _pairs(_key_rows(sheets.get("plan", []), "plan"), PLAN, problems)
    for group in ("scheduling", "provenance"):
        _gather(fields, group)
    if calendar := _calendar(_key_rows(sheets.get("calendar", []), "calendar"), problems):
        fields["calendar"] = calendar
    for sheet, make in (
        ("calendars", _calendar_tables),
        ("risks", _risk_tables),
        ("promises", _promise_tables),
        ("correlations", _correlation_tables),
        ("branches", _branch_tables),
        ("decisions", _decision_tables),
    ):
        if made := make(sheets.get(sheet, []), problems):
            fields[sheet] = made
    lost, closed = (_tables(sheets.get(name, []), head, name, problems) for name, head in WEATHER_SHEETS.items())
    if weather := weather_tables(lost, closed, problems):
        fields["weather"] = weather
    details = _tables(sheets.get(SHEET, []), RISK_DETAILS, SHEET, problems)
    add_risk_details(fields.get("risks", []), details, problems)
    return fields


def link_tables(sheets: Mapping[str, Rows], problems: list[Problem]) -> list[dict[str, Any]]:
    """Return the links of the sheet of that name, as a document has them."""
    return [row for _, row in _tables(sheets.get("links", []), LINKS, "links", problems)]


def stray_sheets(sheets: Mapping[str, Rows], tasks: str) -> list[Problem]:
    """Return sheets that are named like ours by mistake; others are left out with a `SchedriskWarning`.

    Parameters
    ----------
    sheets : mapping
    tasks : str
        The sheet with the tasks, whatever its name.
    """
    problems, unused = [], []
    for name in (title for title, rows in sheets.items() if rows and title not in {*SHEETS, tasks}):
        near = difflib.get_close_matches(name[:100], SHEETS, n=1, cutoff=0.8)
        if near:
            remedy = f"did you mean {near[0]!r}? otherwise rename or remove it"
            problems.append(Problem(f"sheet {name}", "an unknown sheet", "a known one", remedy))
        else:
            unused.append(shown(name))
    if unused:
        more = f" and {len(unused) - MOST_WARNED} more" if len(unused) > MOST_WARNED else ""
        warnings.warn(f"sheets not used: {', '.join(unused[:MOST_WARNED])}{more}", SchedriskWarning, stacklevel=2)
    return problems


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
    return cell_text(value) if is_number and name in TEXTS else plain_day(value)


def _risk_tables(rows: Rows, problems: list[Problem]) -> list[dict[str, Any]]:
    risks: dict[object, dict[str, Any]] = {}
    for place, row in _tables(rows, RISKS, "risks", problems):
        shared = row.pop("shared", False)
        if not isinstance(shared, bool):
            problems.append(Problem(f"{place}, column shared", shown(shared), "TRUE or FALSE"))
            continue
        task = row.pop("task", None)
        impacts = {key: row.pop(key) for key in IMPACTS if key in row}
        risk = risks.setdefault(row.get("id", place), row)
        if fault := _contradiction(risk, row, task, impacts, shared=shared):
            problems.append(Problem(place, *fault))
        elif shared:
            risk.update(impacts)
            risk.setdefault("tasks", []).extend([] if task is None else [task])
        else:
            for key, impact in impacts.items():
                risk.setdefault(key, {})[task] = impact
    return list(risks.values())


def _is_own(risk: Mapping[str, Any], impact: str) -> bool:
    return isinstance(risk.get(impact), dict)


def _contradiction(
    risk: dict[str, Any], row: dict[str, Any], task: object, impacts: dict[str, Any], *, shared: bool
) -> tuple[str, str, str] | None:
    """Say what is wrong with a further row of a risk: found, expected, remedy."""
    for key, value in row.items():
        if risk.get(key) != value:
            return (
                f"{key} {shown(value)}",
                f"{shown(risk.get(key))}, as in the first row of this risk",
                "make them equal",
            )
    if not shared and (task is None) == bool(impacts):
        return (f"a {min(impacts)} without a task", "both", "fill task") if impacts else NOTHING
    for key, impact in impacts.items():
        before = risk.get(key)
        if before is not None and _is_own(risk, key) == shared:
            return f"a {key} of its own beside a shared one", "all of them shared, or none", "split the risk"
        # What only a later row states would hit the tasks of the rows before it too.
        late = before is None and any(other in risk and not _is_own(risk, other) for other in IMPACTS)
        if shared and (late or before not in (None, impact)):
            return (
                f"the {key} {shown(impact)}",
                f"{'none' if before is None else shown(before)}, as in the first row: it is shared",
                "make them equal",
            )
        if not shared and before is not None and task in before:
            return f"the task {shown(task)} again", "every task of a risk once", "remove one of the rows"
    return None


def _promise_tables(rows: Rows, problems: list[Problem]) -> list[dict[str, Any]]:
    promises = []
    for _, row in _tables(rows, PROMISES, "promises", problems):
        damages = {key.removeprefix("damages "): row.pop(key) for key in list(row) if key.startswith("damages ")}
        promises.append(row | ({"damages": damages} if damages else {}))
    return promises


def _correlation_tables(rows: Rows, problems: list[Problem]) -> list[dict[str, Any]]:
    return correlation_tables(_tables(rows, CORRELATIONS, "correlations", problems), problems)


def _branch_tables(rows: Rows, problems: list[Problem]) -> list[dict[str, Any]]:
    return branch_tables(_tables(rows, BRANCHES, "branches", problems), problems)


def _decision_tables(rows: Rows, problems: list[Problem]) -> list[dict[str, Any]]:
    return decision_tables(_tables(rows, DECISIONS, "decisions", problems), problems)


def _calendar_tables(rows: Rows, problems: list[Problem]) -> list[dict[str, Any]]:
    calendars: dict[str, list[tuple[str, object, object]]] = {}
    for place, row in _tables(rows, CALENDARS, "calendars", problems):
        if "calendar" not in row:
            problems.append(Problem(f"{place}, column calendar", "nothing", "the name of a calendar"))
            continue
        pairs = calendars.setdefault(cell_text(row["calendar"]), [])
        pairs.append((place, row.get("key"), row.get("value")))
    known = CALENDAR[1:]  # the name stands in its own column
    return [{"name": name} | _calendar(pairs, problems, known) for name, pairs in calendars.items()]


def _calendar(
    rows: Iterable[tuple[str, object, object]], problems: list[Problem], known: Sequence[str] = CALENDAR
) -> dict[str, Any]:
    pairs: list[tuple[str, object, object]] = []
    own: dict[str, dict[str, list[object]]] = {}
    for place, key, value in rows:
        name = cell_text(key)
        if name.startswith(OWN_SHIFTS) and value not in (None, ""):
            day = name.removeprefix(OWN_SHIFTS).strip()
            field = "special_days" if day[:1].isdigit() else "weekday_shifts"
            own.setdefault(field, {}).setdefault(day, []).append(value)
        else:
            pairs.append((place, key, value))
    fields = _pairs(pairs, known, problems)
    _gather(fields, "source")
    return fields | own


def _gather(fields: dict[str, Any], group: str) -> None:
    """Put fields such as ``source years`` into a table of their own."""
    keys = [key for key in fields if key.startswith(f"{group} ")]
    if keys:
        fields[group] = {key.removeprefix(f"{group} "): fields.pop(key) for key in keys}


def _key_rows(rows: Rows, sheet: str) -> Iterator[tuple[str, object, object]]:
    """Yield place, key and value of each row below the header."""
    for number, cells in rows[1:]:
        key, value = (*cells, None, None)[:2]
        yield f"sheet {sheet}, row {number}", key, value


def _pairs(rows: Iterable[tuple[str, object, object]], known: Sequence[str], problems: list[Problem]) -> dict[str, Any]:
    """Read keys and values; those of `MANY` may stand in several rows."""
    fields: dict[str, Any] = {}
    for place, key, value in rows:
        if key is None or value in (None, ""):
            continue
        name = str(key).strip()
        if name not in known:
            problems.append(Problem(place, f"the unknown key {shown(name)}", "a known key", did_you_mean(name, known)))
        elif name in MANY:
            fields.setdefault(name, []).append(plain_day(value))
        elif name in fields:
            problems.append(Problem(place, f"{name} again", "every key once", "remove one of the rows"))
        else:
            fields[name] = _cell(name, value)
    return fields
