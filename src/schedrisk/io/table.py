"""Plans as tables: one row per task."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from schedrisk._validation import as_number, require
from schedrisk.calendars import Calendar
from schedrisk.errors import CalendarError, PlanError, Problem, ProblemsError, shown
from schedrisk.estimates import Estimate, Fixed, Pert, parse_estimate
from schedrisk.io.cells import TASK_CELLS, cell_text, further_columns, join_list, split_list
from schedrisk.io.columns import CODE, column_places
from schedrisk.io.predecessors import CellReader, Predecessor, write_cell
from schedrisk.model import (
    Branch,
    Correlation,
    Decision,
    Link,
    Plan,
    Promise,
    Provenance,
    Risk,
    SchedulingOptions,
    Weather,
)
from schedrisk.model.moments import DateLike

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TableError", "TaskTable", "calendar_of", "cell_text", "from_frame", "plain_cell", "table_rows", "to_frame"]

MOST_FAULTS = 10_000

BASIC = ("id", "name", "low", "mode", "high", "estimate", "planned", "after", "lag", "owner", "tags", "calendar")
"""The columns that every table has; further ones stand where some task needs them."""

NUMBERS = ("low", "mode", "high", "planned", "lag")


class TableError(PlanError):
    """A table is not a plan; `row` and `column` say where its first fault is."""

    def __init__(self, problems: Iterable[Problem], row: int | None, column: str | None) -> None:
        self.row, self.column = row, column
        super().__init__(problems)


def from_frame(
    df: pd.DataFrame,
    *,
    name: str = "plan",
    start: Any = None,
    unit: Literal["h", "d", "w"] = "d",
    calendar: Calendar | None = None,
    risks: Iterable[Risk] = (),
    promises: Iterable[Promise] = (),
    links: Iterable[Link] = (),
    assumptions: Iterable[str] = (),
    calendars: Iterable[Calendar] = (),
    status_date: DateLike | float | None = None,
    must_finish: DateLike | float | None = None,
    scheduling: SchedulingOptions | None = None,
    correlations: Iterable[Correlation] = (),
    provenance: Provenance | None = None,
    branches: Iterable[Branch] = (),
    weather: Iterable[Weather] = (),
    decisions: Iterable[Decision] = (),
) -> Plan:
    """Make a plan of a table of tasks.

    Parameters
    ----------
    df : DataFrame
        Columns `id`, `name`, `low`, `mode`, `high` (PERT; `mode` alone is fixed) or `estimate` (its text), `planned`,
        `after` (``design; 3SS+2d``), `lag` (of the row's predecessors that state none) [plan unit], `owner`, `tags`,
        `calendar`; or the names that spreadsheets use: Optimistic, Most likely, Pessimistic, Predecessors … Further
        ones are `kind`, `wbs`, `actual_start`, `actual_finish`, `suspended`, `resumed`, `manual_start`,
        `manual_finish`, `constraints` (``SNET 2027-01-11; ALAP``), `active`, `assignments`
        (``calendar | share | resource``), `estimate_from`, and ``code: NAME`` for each activity code.
    name, start, unit, calendar, risks, promises, links, assumptions, calendars, status_date, must_finish, scheduling
        As for `Plan`; `links` are added to those of the table.
    correlations, provenance, branches, decisions, weather
        As for `Plan`.

    Returns
    -------
    Plan

    Raises
    ------
    PlanError
        With every fault found, its row (from 1) and column.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"Task": ["pack", "drive"], "Duration": [3, 1], "Predecessors": ["", "pack"]})
    >>> [(task.id, task.after) for task in from_frame(df).tasks]
    [('pack', ()), ('drive', ('pack',))]
    """
    import pandas as pd

    require(df, pd.DataFrame, "df", "a DataFrame", "read(path) reads a file")
    calendar = Calendar() if calendar is None else calendar
    rows = df.itertuples(index=False, name=None)
    header: list[object] = list(df.columns)
    if df.index.name is not None and df.index.name not in header:
        header = [df.index.name, *header]
        rows = df.itertuples(index=True, name=None)
    table = TaskTable.of(header, [(number, list(row)) for number, row in enumerate(rows, 1)], unit, calendar)
    return table.plan(
        name=name,
        start=start,
        unit=unit,
        calendar=calendar,
        risks=risks,
        promises=promises,
        links=[*table.links, *links],
        assumptions=assumptions,
        calendars=calendars,
        status_date=status_date,
        must_finish=must_finish,
        scheduling=SchedulingOptions() if scheduling is None else scheduling,
        correlations=correlations,
        provenance=provenance,
        branches=branches,
        weather=weather,
        decisions=decisions,
    )


def to_frame(plan: Plan) -> pd.DataFrame:
    """Return the tasks and links of a plan as a table.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    DataFrame
        One row per task; the columns of `from_frame`, which makes the same tasks and links of it. Further columns
        are there where some task needs them. Dates are those of Python.

    Raises
    ------
    PlanError
        Where ids are such that a list of predecessors could not be read back, or a lag is none that it can hold.

    Examples
    --------
    >>> from schedrisk.model import Task
    >>> to_frame(Plan(tasks=[Task("a", "1/2/4"), Task("b", 1, after=["a"])]))[["id", "low", "high", "after"]]
      id  low  high after
    0  a  1.0   4.0
    1  b  NaN   NaN     a
    """
    require(plan, Plan, "plan", "a Plan", "read(path) makes one of a file")
    import pandas as pd

    columns, rows = table_rows(plan)
    cells = dict(zip(columns, zip(*rows, strict=True), strict=True))
    return pd.DataFrame({column: _series(column, values) for column, values in cells.items()})


def _series(column: str, values: Sequence[Any]) -> pd.Series[Any]:
    import pandas as pd

    if column in NUMBERS:
        return pd.Series(values, dtype=float)
    filled = ["" if value is None else value for value in values]
    # Dates as they are: a column of pandas' own knows no dates without a time.
    return pd.Series(filled, dtype=None if all(isinstance(value, str | bool) for value in filled) else object)


def table_rows(plan: Plan, *, with_links: bool = True) -> tuple[list[str], list[list[Any]]]:
    """Return the header and the rows of a plan's table; an empty cell is None.

    Parameters
    ----------
    plan : Plan
    with_links : bool
        Write links with a lag into the cells of predecessors.
    """
    into: dict[str, list[Predecessor]] = {}
    problems: list[Problem] = []
    for link in plan.links if with_links else ():
        try:
            into.setdefault(link.successor, []).append(Predecessor.of(link))
        except PlanError as error:
            problems += error.problems
    if problems:
        raise PlanError(problems)
    reader = _reader([task.id for task in plan.tasks], plan.unit, plan.calendar)
    further = further_columns(plan.tasks)
    rows = []
    for task in plan.tasks:
        predecessors = [*map(Predecessor, task.after), *into.get(task.id, [])]
        rows.append(
            [
                task.id,
                task.name,
                *_estimate_cells(task.estimate),
                task.planned,
                write_cell(predecessors, reader) or None,
                None,
                task.owner,
                join_list([tag] for tag in task.tags) or None,
                task.calendar,
                *(write(task) for write in further.values()),
            ]
        )
    return [*BASIC, *further], rows


def _estimate_cells(estimate: Estimate) -> list[Any]:
    """Return low, mode, high and estimate."""
    if isinstance(estimate, Fixed):
        return [None, estimate.value, None, None]
    if isinstance(estimate, Pert) and estimate == Pert(estimate.low, estimate.mode, estimate.high):
        return [estimate.low, estimate.mode, estimate.high, None]
    return [None, None, None, str(estimate)]


def _reader(ids: Sequence[str], unit: str, calendar: Calendar) -> CellReader:
    hours = {"h": 1.0, "d": calendar.hours_per_day, "w": calendar.hours_per_day * calendar.days_per_week}
    return CellReader(set(ids), unit, hours)


@dataclass
class TaskTable:
    """A table of tasks, read cell by cell; every fault is kept until all are found."""

    tasks: list[dict[str, Any]] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    row: int | None = None
    column: str | None = None

    @classmethod
    def of(
        cls,
        header: Sequence[object],
        rows: Iterable[tuple[int, Sequence[Any]]],
        unit: str,
        calendar: Calendar,
        *,
        decimal_comma: bool = False,
    ) -> TaskTable:
        """Read a table.

        Parameters
        ----------
        header : sequence
        rows : iterable of (int, sequence)
            Each with its number as people count it; not touched where the header has faults.
        unit : str
        calendar : Calendar
        decimal_comma : bool
            Whether ``2,5`` is a number.
        """
        places, problems = column_places(header)
        table = cls(problems=problems)
        if problems:
            return table
        cells = [
            (number, {column: plain_cell(row[place]) for column, place in places.items() if place < len(row)})
            for number, row in rows
        ]
        cells = [(number, row) for number, row in cells if any(value != "" for value in row.values())]
        ids = [cell_text(row.get("id", "")) or cell_text(row.get("name", "")) for _, row in cells]
        reader = _reader(ids, unit, calendar)
        for (number, row), task in zip(cells, ids, strict=True):
            if len(table.problems) >= MOST_FAULTS:
                remedy = "mend these first; is it a table of tasks?"
                table.problems.append(Problem(f"from row {number}", "more than can be told", "fewer faults", remedy))
                break
            _Row(table, number, row, decimal_comma=decimal_comma).read(task, reader)
        return table

    def fields(self, links: object = ()) -> dict[str, Any]:
        """Return the fields `tasks` and `links` of a document that has these links of its own."""
        # Whatever is no list stays, to be told as a fault of the document.
        return {"tasks": self.tasks, "links": [*self.links, *links] if isinstance(links, list | tuple) else links}

    def plan(self, make: Callable[..., Plan] = Plan, **fields: Any) -> Plan:
        """Make the plan, or raise every fault of the table and of the plan together."""
        if not self.problems:
            return make(tasks=self.tasks, **fields)
        problems = list(self.problems)
        if self.tasks:  # of a table without tasks there is nothing more to say
            try:
                make(tasks=self.tasks, **fields)
            except PlanError as error:
                problems += error.problems
        raise TableError(problems, self.row, self.column)


@dataclass
class _Row:
    table: TaskTable
    number: int
    cells: Mapping[str, Any]
    decimal_comma: bool

    def read(self, task: str, reader: CellReader) -> None:
        if not task:
            self.fault("id", "nothing", "an id or a name")
            return
        fields: dict[str, Any] = {"id": task, "after": []}
        self.further(fields)
        fields["estimate"] = self.estimate(needed=fields.get("kind", "task") == "task")
        for column in ("owner", "calendar"):
            fields[column] = cell_text(self.cells.get(column, "")) or None
        name = cell_text(self.cells.get("name", ""))
        fields["name"] = name if name and self.cells.get("id", "") != "" else None
        fields["tags"] = [tag for (tag,) in split_list(cell_text(self.cells.get("tags", "")), separators=";")]
        fields["planned"] = self.number_in("planned")
        self.predecessors(task, fields["after"], reader)
        self.table.tasks.append(fields)

    def further(self, fields: dict[str, Any]) -> None:
        """Read the columns that only some tables have."""
        for column, value in self.cells.items():
            if value == "":
                continue
            if column.startswith(CODE):
                fields.setdefault("codes", {})[column.removeprefix(CODE)] = cell_text(value)
            elif column in TASK_CELLS:
                try:
                    fields[column] = TASK_CELLS[column].read(value, self.decimal_comma)
                except ProblemsError as error:
                    for problem in error.problems:
                        self.fault(column, problem.found, problem.expected, problem.remedy)
        ends = fields.pop("manual_start", None), fields.pop("manual_finish", None)
        if None not in ends:
            fields["manual"] = ends
        else:
            for column, other in (("manual_start", "manual_finish"), ("manual_finish", "manual_start")):
                if self.cells.get(column, "") == "" and self.cells.get(other, "") != "":
                    self.fault(column, "nothing", f"a date beside {other}", "fill both or none")

    def estimate(self, *, needed: bool = True) -> Estimate:
        given = {column: self.number_in(column) for column in ("low", "mode", "high")}
        stated = {column: value for column, value in given.items() if value is not None}
        text = self.cells.get("estimate", "")
        try:
            if text != "" and stated:
                self.fault("estimate", shown(text), "nothing beside low, mode or high", "clear one of the two")
            elif text != "":
                return parse_estimate(text)
            elif len(stated) == 3:
                return Pert(stated["low"], stated["mode"], stated["high"])
            elif stated.keys() == {"mode"}:
                return Fixed(stated["mode"])
            elif not any(self.cells.get(column, "") != "" for column in ("low", "mode", "high")):
                if not needed:  # a milestone takes no time, and the time of a summary follows from its members
                    return Fixed(0)
                self.fault("mode", "nothing", "a duration", "fill low, mode and high, or mode alone, or estimate")
            elif len(stated) == sum(self.cells.get(column, "") != "" for column in given):
                missing = " and ".join(column for column in given if column not in stated)
                self.fault(missing, "nothing", "low, mode and high, or mode alone")
        except ProblemsError as error:
            for problem in error.problems:
                place = problem.place or "estimate"
                self.fault(place, problem.found, problem.expected, problem.remedy)
        return Fixed(0)

    def predecessors(self, task: str, after: list[str], reader: CellReader) -> None:
        lag = self.number_in("lag", least=-math.inf)
        try:
            predecessors = reader.read(cell_text(self.cells.get("after", "")))
        except PlanError as error:
            for problem in error.problems:
                self.fault("after", problem.found, problem.expected, problem.remedy)
            return
        for each in predecessors:
            try:
                link = each.link(task, lag)
            except PlanError as error:  # a lag longer than any project
                for problem in error.problems:
                    self.fault("lag", problem.found, problem.expected)
                continue
            if link is None:
                after.append(each.task)
            else:
                self.table.links.append(link)

    def number_in(self, column: str, least: float = 0.0) -> float | None:
        value = self.cells.get(column, "")
        if value == "":
            return None
        number = as_number(value)
        if isinstance(value, str):
            try:
                number = float(value.replace(",", ".") if self.decimal_comma else value)
            except ValueError:
                number = None
        if not isinstance(number, float) or not math.isfinite(number):
            self.fault(column, shown(value), "a finite number")
        elif number < least:
            self.fault(column, shown(value), f"a number of {least:g} or more")
        else:
            return number
        return None

    def fault(self, column: str, found: str, expected: str, remedy: str = "") -> None:
        if self.table.row is None:
            self.table.row, self.table.column = self.number, column
        self.table.problems.append(Problem(f"row {self.number}, column {column}", found, expected, remedy))


def plain_cell(value: Any) -> Any:
    """Make an empty cell "", a number of NumPy's a plain one, and strip texts."""
    if isinstance(value, str):
        return value.strip()
    if getattr(value, "ndim", 0):
        return shown(value)  # an array or a table is no cell; as text it is told as what it is
    if isinstance(value, np.datetime64):
        return "" if np.isnat(value) else value
    if hasattr(value, "item"):
        value = value.item()
    empty = value is None or (isinstance(value, float) and math.isnan(value))
    return "" if empty or type(value).__name__ in {"NaTType", "NAType"} else value


def calendar_of(table: object) -> Calendar:
    """Return the calendar by which lags in hours and weeks are read; its faults are told with the plan's."""
    try:
        return Calendar(**table) if isinstance(table, dict) else Calendar()
    except (CalendarError, TypeError):
        return Calendar()
