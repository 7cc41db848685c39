"""Risk registers out of plans, with what a simulation found."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from schedrisk._validation import require
from schedrisk.analysis import risk_ranking
from schedrisk.errors import PlanError, Problem, WriteError, shown
from schedrisk.io.excel import one_sheet
from schedrisk.io.files import PathLike, checked_suffix, write_file
from schedrisk.io.register_columns import RESULTS
from schedrisk.io.register_fields import further_register_columns, written
from schedrisk.io.spreadsheet import guarded
from schedrisk.model import Plan, Risk
from schedrisk.result import SimulationResult

__all__ = ["REGISTER_SUFFIXES", "check_register_path", "write_register"]

REGISTER_SUFFIXES = (".csv", ".xlsx")
HEADER = ("id", "name", "probability", "delay", "factor", "tasks", "owner")


def write_register(
    source: Plan | SimulationResult, path: PathLike, *, promise: str | None = None, effects: bool = False
) -> None:
    """Write a plan's risks as a register, a ``.csv`` or an ``.xlsx``, which `read_register` reads.

    Of a simulation, what each risk did in it comes too, and the weightiest risk first: see `risk_ranking` for the
    columns. Reading leaves them out of account.

    Parameters
    ----------
    source : Plan or SimulationResult
    path : str or path-like
        Written whole or not at all.
    promise : str, optional
        Name of the promise in question, as for `risk_ranking`.
    effects : bool
        Whether to simulate the plan without each risk, as for `risk_ranking`.

    Raises
    ------
    WriteError
        When the suffix is unknown or the place cannot be written.
    PlanError
        When the file cannot hold a text.
    UnknownNameError
        When the plan has no such promise.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from schedrisk.model import Task
    >>> plan = Plan(tasks=[Task("a", 10)], risks=[Risk("strike", 0.1, delay="5/10/20", tasks=["a"])])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_register(plan, pathlib.Path(folder) / "risks.csv")
    ...     print((pathlib.Path(folder) / "risks.csv").read_text(), end="")
    id,name,probability,delay,factor,tasks,owner
    strike,,0.1,"pert(5, 10, 20)",,a,
    """
    require(source, (Plan, SimulationResult), "source", "a plan, or a result of simulate()")
    suffix = checked_suffix(path, REGISTER_SUFFIXES)
    plan = source if isinstance(source, Plan) else source.plan
    results: Mapping[Any, Mapping[Any, Any]] = {}
    columns: list[str] = []
    if isinstance(source, SimulationResult):
        table = risk_ranking(source, promise=promise, effects=effects)
        columns = [name for name in RESULTS if name in table.columns]
        results = table[columns].to_dict("index")
    risks = {risk.id: risk for risk in plan.risks}
    further = further_register_columns(plan.risks)
    rows = [
        [
            *_row(risks[name]),
            *(write(risks[name]) for write in further.values()),
            *(_known(results[name][column]) for column in columns),
        ]
        for name in (results or risks)
    ]
    header = [*HEADER, *further, *columns]
    data = one_sheet("risk register", header, rows) if suffix == ".xlsx" else _csv(header, rows)
    write_file(path, data)


def check_register_path(path: PathLike) -> None:
    """Refuse a path that cannot be written, as far as can be told before the simulation.

    Raises
    ------
    WriteError
    """
    checked_suffix(path, REGISTER_SUFFIXES)
    folder = Path(path).parent
    if not folder.is_dir():
        problem = Problem("", f"no folder {shown(str(folder))}", "a file in an existing folder", "make the folder")
        raise WriteError([problem], str(path))


def _row(risk: Risk) -> Iterator[Any]:
    yield from (risk.id, risk.name, written(risk.probability), written(risk.delay), written(risk.factor))
    yield from (written(risk.tasks), risk.owner)


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124  (NaN: not known)


def _csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    if bad := next((cell for row in rows for cell in row if isinstance(cell, str) and "\0" in cell), None):
        raise PlanError([Problem("", shown(bad), "texts without the sign NUL", "rename")])
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue().encode()
