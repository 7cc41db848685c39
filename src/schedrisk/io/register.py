"""Risk registers as tables: one row per risk."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schedrisk.calendars import Calendar
from schedrisk.errors import PlanError, Problem, ProblemsError, SchedriskWarning, shown
from schedrisk.io.cells import cell_text
from schedrisk.io.decoding import FormatError, decode
from schedrisk.io.excel import sheets_of
from schedrisk.io.register_cells import CellReader
from schedrisk.io.register_columns import register_places
from schedrisk.io.register_fields import FURTHER, MITIGATED, column_of, further_fields
from schedrisk.io.spreadsheet import even_rows, numbered_rows
from schedrisk.io.table import TableError, plain_cell
from schedrisk.model import Plan, Risk, Scale
from schedrisk.model.scale import folded

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame_risks", "parse_register"]

Rows = Iterable[tuple[int, Sequence[Any]]]

SHEETS = ("risk register", "register", "risks")
MOST_FAULTS = 10_000
MOST_LISTED = 8

CLOSED = {"closed", "retired", "rejected", "inactive", "cancelled", "canceled", "expired"}
"""A risk of this status is none any more."""


def parse_register(data: bytes, suffix: str, plan: Plan | None, scale: Scale) -> tuple[Risk, ...]:
    r"""Read the risks of a register.

    Parameters
    ----------
    data : bytes
        Content of the file.
    suffix : {".csv", ".xlsx"}
    plan : Plan or None
        Whose tasks it names, and whose unit its delays count.
    scale : Scale

    Raises
    ------
    TableError
        With every fault found, its row and column.
    FormatError
        Where the bytes are not of that format.

    Examples
    --------
    >>> table = b"Risk,Likelihood,Impact,Activities,Owner\nstrike,10 %,5/8/20,install,us\ncustoms,high,minor,delivery,\n"
    >>> [(risk.id, risk.probability, str(risk.delay)) for risk in parse_register(table, ".csv", None, Scale())]
    [('strike', 0.1, 'pert(5, 8, 20)'), ('customs', 0.6, 'pert(1, 3, 5)')]
    """
    if suffix == ".xlsx":
        sheets = sheets_of(data)
        rows = next((sheets[name] for name in SHEETS if sheets.get(name)), None) or next(iter(sheets.values()), [])
        if not rows:
            raise FormatError("no rows", "a header and a row for each risk")
        return _Register.of(rows[0][1], rows[1:], _reader(plan, scale, decimal_comma=False)).checked()
    if suffix != ".csv":
        raise PlanError([Problem("register", f"the suffix {shown(suffix)}", "a table, .csv or .xlsx")])
    text = decode(data)
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    lines = numbered_rows(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    _, header = next(lines, (0, None))
    if header is None:
        raise FormatError("an empty file", "a header and a row for each risk")
    reader = _reader(plan, scale, decimal_comma=delimiter == ";")
    return _Register.of(header, even_rows(lines, len(header)), reader).checked()


def frame_risks(frame: pd.DataFrame, plan: Plan | None, scale: Scale) -> tuple[Risk, ...]:
    """Read the risks of a table; rows are counted from 1.

    Raises
    ------
    TableError
        With every fault found, its row and column.
    """
    rows = frame.itertuples(index=False, name=None)
    header: list[object] = list(frame.columns)
    if frame.index.name is not None and frame.index.name not in header:
        header = [frame.index.name, *header]
        rows = frame.itertuples(index=True, name=None)
    return _Register.of(header, enumerate(rows, 1), _reader(plan, scale, decimal_comma=False)).checked()


def _reader(plan: Plan | None, scale: Scale, *, decimal_comma: bool) -> CellReader:
    if plan is None:
        return CellReader(scale, "d", Calendar(), None, decimal_comma)
    ids = {task.id: None for task in plan.tasks}
    return CellReader(scale, plan.unit, plan.calendar, ids, decimal_comma)


@dataclass
class _Register:
    """The risks of a register, and every fault in it."""

    risks: list[Risk] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)
    unknown_mitigations: list[str] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, header: Sequence[object], rows: Rows, reader: CellReader) -> _Register:
        places, problems = register_places(header)
        register = cls(problems=problems, headings={name: str(header[place]).strip() for name, place in places.items()})
        if problems:
            return register
        for number, row in rows:
            cells = {column: plain_cell(row[place]) for column, place in places.items() if place < len(row)}
            if len(register.problems) >= MOST_FAULTS:
                remedy = "mend these first; is it a table of risks?"
                register.problems.append(Problem(f"from row {number}", "more than can be told", "fewer faults", remedy))
                break
            if any(value != "" for value in cells.values()):
                _Row(register, number, cells, reader).read()
        return register

    def checked(self) -> tuple[Risk, ...]:
        """Return the risks, or raise every fault."""
        if self.problems:
            first = self.problems[0].place
            row, column = (first.partition(word)[2].partition(",")[0] for word in ("row ", "column "))
            raise TableError(self.problems, int(row) if row.isdigit() else None, column or None)
        for names, why in (
            (self.closed, "risks left out, as their status says"),
            (self.unknown_mitigations, "mitigations left out, as nothing says what remains of the risk"),
        ):
            if names:
                listed = ", ".join(map(shown, names[:MOST_LISTED]))
                more = f" and {len(names) - MOST_LISTED:,} more" if len(names) > MOST_LISTED else ""
                warnings.warn(f"{why}: {listed}{more}", SchedriskWarning, stacklevel=3)
        return tuple(self.risks)


@dataclass
class _Row:
    register: _Register
    number: int
    cells: dict[str, Any]
    reader: CellReader

    def read(self) -> None:
        name = cell_text(self.cells.get("name", "")) or cell_text(self.cells.get("description", ""))
        risk, name = (own, name) if (own := cell_text(self.cells.get("id", ""))) else (name, "")
        if folded(self.cells.get("status", "")) in CLOSED:
            self.register.closed.append(risk)
            return
        if not risk:
            self.fault("id", "nothing", "an id or a name")
        elif risk in self.register.rows:
            found = f"risk {shown(risk)} again, as in row {self.register.rows[risk]}"
            self.fault("id", found, "every risk once", "give it another id, or remove one of the rows")
        self.register.rows.setdefault(risk, self.number)
        before = len(self.register.problems)
        fields = self._fields()
        self._impacts_have_tasks(fields)
        if len(self.register.problems) > before or not risk:
            return
        try:
            self.register.risks.append(Risk(risk, name=name or None, **fields))
        except PlanError as error:
            for problem in error.problems:
                place = problem.place.removeprefix(f"risk {shown(risk)}").lstrip(", ")
                column = column_of(place) or (place if place in self.register.headings else None)
                if column is not None:
                    self.fault(column, problem.found, problem.expected, problem.remedy)
                    continue
                place = ", ".join(filter(None, (f"row {self.number}", place)))
                self.register.problems.append(dataclasses.replace(problem, place=place))

    def _fields(self) -> dict[str, Any]:
        """Return the fields of the risk that have a value; a fault in one of them is kept."""
        fields: dict[str, Any] = {}
        if self.cells.get("probability", "") == "":
            self.fault("probability", "nothing", "a chance from 0 to 1, such as 0.3 or 30 %, or a word of the scale")
        for column in ("probability", "delay", "factor", "tasks"):
            value = self.cells.get(column, "")
            with self.faults_of(column):
                if value != "":
                    fields[column] = getattr(self.reader, column)(value)
        with self.faults_of("mode"):
            points = self.reader.points(*(self.cells.get(column, "") for column in ("low", "mode", "high")))
            if points is not None and self.cells.get("delay", "") != "":
                expected = "nothing beside low, mode and high"
                self.fault("delay", shown(self.cells["delay"]), expected, "clear one of the two")
            elif points is not None:
                fields["delay"] = points
        if owner := cell_text(self.cells.get("owner", "")):
            fields["owner"] = owner
        return fields | self._further()

    def _further(self) -> dict[str, Any]:
        """Return the fields that only some risks have."""
        values: dict[str, Any] = {}
        for column, known in FURTHER.items():
            value = self.cells.get(column, "")
            with self.faults_of(column):
                if value != "":
                    values[column] = getattr(self.reader, known.read)(value)
        if any(column.startswith("mitigation") for column in values) and not values.keys() & set(MITIGATED):
            self.register.unknown_mitigations.append(cell_text(self.cells.get("id", "")) or f"row {self.number}")
        return further_fields(values)

    def _impacts_have_tasks(self, fields: dict[str, Any]) -> None:
        shared = [key for key in ("delay", "factor", "saving") if key in fields and not isinstance(fields[key], dict)]
        if shared and self.cells.get("tasks", "") == "" and not isinstance(fields.get("probability"), dict):
            remedy = f"name them, or clear the {shared[0]}"
            self.fault("tasks", "nothing", f"the tasks that the {shared[0]} hits", remedy)

    @contextlib.contextmanager
    def faults_of(self, column: str) -> Iterator[None]:
        """Keep the faults of a cell, to be told with those of the others."""
        try:
            yield
        except ProblemsError as error:
            for problem in error.problems:
                # One of three points has a column of its own.
                own = problem.place if column == "mode" and problem.place in {"low", "mode", "high"} else ""
                self.fault(own or column, problem.found, problem.expected, problem.remedy)

    def fault(self, column: str, found: str, expected: str, remedy: str = "") -> None:
        # Under the heading that the register has; a missing one under ours.
        heading = self.register.headings.get(column, column)
        self.register.problems.append(Problem(f"row {self.number}, column {heading}", found, expected, remedy))
