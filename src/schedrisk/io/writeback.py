"""What a simulation found, for the tool that the plan came from: a table for Primavera P6, a file for Microsoft Project."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from schedrisk._typing import Dates, Floats
from schedrisk._validation import as_number, require
from schedrisk.engine import Replay
from schedrisk.errors import (
    ArgumentError,
    MissingDependencyError,
    PlanError,
    Problem,
    did_you_mean,
    shown,
)
from schedrisk.io.files import checked_suffix, write_file
from schedrisk.model import Task
from schedrisk.model.certain import certain_structure
from schedrisk.result import SimulationResult
from schedrisk.result.intervals import percentile_rank

__all__ = ["check_back_path", "write_back"]

SUFFIXES = (".csv", ".xlsx", ".xml")

# Starts and finishes of so many task-draws are held at once: 64 MB.
GROUP_CELLS = 4_000_000

LONGEST_CELL = 32_767
SHEET = "TASK"
CAPTIONS = {
    "task_code": "Activity ID",
    "status_code": "Activity Status",
    "task_name": "Activity Name",
    "planned_start": "(*)Planned Start",
    "planned_finish": "(*)Planned Finish",
    "criticality": "Criticality",
}

# What a spreadsheet would take for a formula gets an apostrophe, as in every table that we write.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def write_back(
    result: SimulationResult,
    path: str | os.PathLike[str],
    *,
    percentiles: Sequence[float] = (10, 50, 80, 90),
    fields: Mapping[str, str] | None = None,
) -> None:
    """Write percentiles of every task's dates for the tool that the plan came from.

    An ``.xlsx`` is laid out for P6's import of spreadsheets: a sheet TASK, names of fields in its first row, captions
    in the second, then a row for each activity, keyed by its id. A ``.csv`` has the same columns under one header. An
    ``.xml`` is the plan as Microsoft Project reads it, each percentile of the finish in a custom field; what Project has
    no place for (risks, promises, correlations, branches, decisions, assumptions) stays out.

    Parameters
    ----------
    result : SimulationResult
    path : str or path-like
        Written whole or not at all.
    percentiles : sequence of float
        Which ones [0–100].
    fields : mapping of str to str, optional
        Under what name a column of the table goes into P6: ``{"finish_p80": "user_field_512"}``. P6 takes in user-defined
        fields by their number in its database, which the first row of an export shows, and leaves out columns that it
        does not know.

    Raises
    ------
    ArgumentError
        For percentiles outside 0–100, or a field of an unknown column.
    WriteError
        When the suffix is unknown or the place cannot be written.
    PlanError
        When the format cannot hold the plan; an .xml needs dates.
    MissingDependencyError
        For an .xlsx without openpyxl.

    Notes
    -----
    Columns of the table: `task_code`, `status_code`, `task_name`, `planned_start`, `planned_finish`, `start_p10`,
    `finish_p10` … for each percentile [date, or plan unit from day 0], `criticality` [0–1].

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from schedrisk.model import Plan
    >>> from schedrisk.simulation import simulate
    >>> result = simulate(Plan(start="2026-12-01", tasks=[Task("A100", "2/3/5", name="Pack")]), 1_000, rng=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "site.csv"
    ...     write_back(result, file, percentiles=[80])
    ...     print(file.read_text())
    task_code,status_code,task_name,planned_start,planned_finish,start_p80,finish_p80,criticality
    A100,Not Started,Pack,2026-12-01 08:00:00,2026-12-03 17:00:00,2026-12-01 08:00:00,2026-12-04 ...,1.0
    """
    require(result, SimulationResult, "result", "a result of simulate()")
    suffix = check_back_path(path)
    file = Path(path)
    labels = _labels(percentiles)
    names = _names(labels, fields or {})
    if suffix == ".xml":
        write_file(file, _mspdi(result, labels))
        return
    rows = _rows(result, _Percentiles.of(result.replay, list(labels.values())))
    write_file(file, _csv(list(names.values()), rows) if suffix == ".csv" else _workbook(names, rows))


def check_back_path(path: str | os.PathLike[str]) -> str:
    """Return the suffix of a file that `write_back` can write.

    Raises
    ------
    WriteError
        For any other.
    """
    return checked_suffix(path, SUFFIXES)


def _labels(percentiles: Sequence[float]) -> dict[str, float]:
    """Return each percentile by its label: 80 by "p80"."""
    require(percentiles, Iterable, "percentiles", "numbers from 0 to 100, such as (50, 80)")
    numbers = [as_number(each) for each in percentiles]
    bad = [each for each in numbers if not isinstance(each, float) or not 0 <= each <= 100]
    if bad or not numbers:
        found = ", ".join(map(shown, bad)) or "none"
        raise ArgumentError([Problem("percentiles", found, "numbers from 0 to 100, such as (50, 80)")])
    return {f"p{each:.10g}": each for each in numbers if isinstance(each, float)}


def _names(labels: Mapping[str, float], fields: Mapping[str, str]) -> dict[str, str]:
    """Return under what name each column goes into P6."""
    *head, last = CAPTIONS
    columns = [*head, *(f"{which}_{label}" for label in labels for which in ("start", "finish")), last]
    problems = [
        Problem("fields", f"the unknown column {shown(each)}", "a column of the table", did_you_mean(each, columns))
        for each in fields
        if each not in columns
    ]
    names = {column: fields.get(column, column) for column in columns}
    given = list(names.values())
    twice = [each for each in dict.fromkeys(given) if given.count(each) > 1]
    problems += [Problem("fields", f"{shown(each)} for two columns", "a field of its own for each") for each in twice]
    if problems:
        raise ArgumentError(problems)
    return names


# ---- figures --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Percentiles:
    """Percentiles of the start and the finish of every task, each of shape (n_percentiles, n_tasks) [tick]."""

    starts: Floats
    finishes: Floats

    @classmethod
    def of(cls, replay: Replay, percents: Sequence[float]) -> _Percentiles:
        """Replay every task, a group at a time."""
        network, n_draws = replay.network, replay.n_draws
        ranks = [percentile_rank(percent, n_draws) for percent in percents]
        made = cls(np.empty((len(ranks), network.n_tasks)), np.empty((len(ranks), network.n_tasks)))
        size = max(1, GROUP_CELLS // n_draws)
        # In topological order early groups have few predecessors, and little is replayed for them.
        for first in range(0, network.n_tasks, size):
            rows = list(network.order[first : first + size])
            *dates, absent = replay.histories(rows)
            for out, draws in zip((made.starts, made.finishes), dates, strict=True):
                for place, gone in absent.items():
                    there = np.sort(draws[place][~gone])
                    own = [there[percentile_rank(each, there.size)] if there.size else np.nan for each in percents]
                    out[:, rows[place]] = own
                whole = [place for place in range(len(rows)) if place not in absent]
                draws.partition(sorted(set(ranks)), axis=1)
                out[:, [rows[place] for place in whole]] = draws[np.ix_(whole, ranks)].T
        return made


def _rows(result: SimulationResult, percentiles: _Percentiles) -> Iterator[list[Any]]:
    """Yield the row of each task."""
    axis, schedule, tasks = result.replay.network.axis, result.schedule, result.plan.tasks
    columns = [_cells(schedule.moments("start")), _cells(schedule.moments("finish"))]
    for start, finish in zip(percentiles.starts, percentiles.finishes, strict=True):
        # What takes no time starts when it finishes, not on the next morning.
        begins = np.where(start < finish, axis.moments(start, "start"), axis.moments(finish))
        columns += [_cells(begins), _cells(axis.moments(finish))]
    criticality = (result.critical_counts / result.n_draws).tolist()
    for row, task in enumerate(tasks):
        yield [task.id, _status(task), task.label, *(column[row] for column in columns), criticality[row]]


def _cells(moments: Dates | Floats) -> list[Any]:
    """Return dates as Python's own; as text where those end, with the year 9999."""
    # NumPy gives a later date as a number of seconds, which a reader would take for something else.
    return [
        str(moment) if isinstance(value, int) else value
        for value, moment in zip(moments.tolist(), moments, strict=True)
    ]


def _status(task: Task) -> str:
    if task.finished:
        return "Completed"
    return "In Progress" if task.started else "Not Started"


# ---- formats --------------------------------------------------------------------------------------------------------


def _csv(header: Sequence[str], rows: Iterator[list[Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_csv_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _csv_cell(value: Any) -> Any:
    if isinstance(value, str):
        if "\0" in value:
            raise PlanError([Problem("", shown(value), "texts without the sign NUL", "rename")])
        return f"'{value}" if _FORMULA.match(value) else value
    return value.isoformat(" ", "seconds") if isinstance(value, dt.datetime) else value


def _workbook(names: Mapping[str, str], rows: Iterator[list[Any]]) -> bytes:
    try:
        import openpyxl
    except ImportError:
        raise MissingDependencyError('Excel files need openpyxl: pip install "schedrisk[excel]"') from None
    from openpyxl.cell import WriteOnlyCell

    # Every cell is checked first: a sheet given up halfway would leave its temporary file behind.
    table = [[_excel_value(value) for value in row] for row in ([*names.values()], map(_caption, names), *rows)]
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    sheet.freeze_panes = "B3"
    for row in table:
        cells = [WriteOnlyCell(sheet, value=value) for value in row]
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # never a formula or an error, whatever it looks like
        sheet.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _caption(column: str) -> str:
    """Return what people call a column; one of a percentile "P80 Finish"."""
    if column in CAPTIONS:
        return CAPTIONS[column]
    which, label = column.split("_")
    return f"{label.upper()} {which.capitalize()}"


def _excel_value(value: Any) -> Any:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if isinstance(value, str) and (len(value) > LONGEST_CELL or ILLEGAL_CHARACTERS_RE.search(value)):
        expected = f"texts of at most {LONGEST_CELL:,} signs, without control characters"
        raise PlanError([Problem("", shown(value), expected, "rename, or write .csv")])
    if isinstance(value, dt.datetime) and value.year <= 1900:
        return value.isoformat(" ", "seconds")  # before and around the day from which Excel counts
    return value


def _mspdi(result: SimulationResult, labels: Mapping[str, float]) -> bytes:
    from schedrisk.io.mspdi_write import to_mspdi  # not at the top: most who import the package never need it

    axis = result.replay.network.axis
    if not axis.dated:
        problem = Problem(
            "start", "a plan without dates", "a plan with a start", "give the plan a start, or write .csv"
        )
        raise PlanError([problem])
    finishes = _Percentiles.of(result.replay, list(labels.values())).finishes
    ids = [task.id for task in result.plan.tasks]
    dates = {
        # A task that exists in no draw has no dates.
        label.upper(): {
            task: moment for task, moment in zip(ids, axis.moments(row).tolist(), strict=True) if moment is not None
        }
        for label, row in zip(labels, finishes, strict=True)
    }
    problems = [
        Problem(f"task {shown(task)}", "a finish after the year 9999", "an earlier one", f"leave {label} out")
        for label, finish in dates.items()
        for task, moment in finish.items()
        if not isinstance(moment, dt.datetime)
    ]
    if problems:
        raise PlanError(problems)
    # Risks and promises have no place in Project; what they did to the dates is in the percentiles.
    schedule = certain_structure(result.plan).replace(risks=(), promises=(), correlations=(), assumptions=())
    return to_mspdi(schedule, dates=dates)
