"""Reading and writing plans by the suffix of the file."""

from __future__ import annotations

import difflib
import os
import tempfile
from pathlib import Path
from typing import Any

from schedrisk.errors import (
    MissingFileError,
    PlanError,
    Problem,
    ProblemsError,
    ReadError,
    WriteError,
    did_you_mean,
    shown,
)
from schedrisk.io.decoding import FormatError, decode
from schedrisk.io.document import parse_json, parse_toml, plan_of, to_json, to_toml
from schedrisk.io.excel import parse_excel, to_excel
from schedrisk.io.spreadsheet import parse_csv, to_csv
from schedrisk.io.table import TableError, TaskTable, calendar_of
from schedrisk.model import Plan

__all__ = ["read", "write", "write_file"]

SUFFIXES = (".toml", ".json", ".csv", ".xlsx")
LARGEST_FILE = 200 * 2**20

PathLike = str | os.PathLike[str]


def read(path: PathLike) -> Plan:
    """Read a plan from a file: ``.toml``, ``.json``, ``.csv`` or ``.xlsx``.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    Plan
        A table of tasks has no name of its own and gets the file's.

    Raises
    ------
    MissingFileError
        When there is no such file.
    ReadError
        When it cannot be read, with every fault found and, where it is known, the row and column of the first.

    Examples
    --------
    >>> from schedrisk import datasets
    >>> read(datasets.path("museum-bid")).name
    'Museum bid'
    """
    file = Path(path)
    suffix = _suffix(file, "read")
    data = _bytes(file)
    try:
        return _parse(file, suffix, data)
    except FormatError as fault:
        raise ReadError(fault.problems, str(file), row=fault.row, column=fault.column) from None
    except ReadError:
        raise
    except TableError as error:
        raise ReadError(error.problems, str(file), row=error.row, column=error.column) from error
    except ProblemsError as error:
        raise ReadError(error.problems, str(file)) from error


def write(plan: Plan, path: PathLike) -> None:
    """Write a plan to a file: ``.toml``, ``.json``, ``.csv`` (tasks and links only) or ``.xlsx``.

    The file is written whole or not at all; one that stood there before stays until then.

    Parameters
    ----------
    plan : Plan
    path : str or path-like

    Raises
    ------
    WriteError
        When the suffix is unknown or the place cannot be written.
    PlanError
        When the format cannot hold the plan.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from schedrisk.model import Task
    >>> plan = Plan(name="move", tasks=[Task("pack", "2/3/5")])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(plan, pathlib.Path(folder) / "move.toml")
    ...     read(pathlib.Path(folder) / "move.toml") == plan
    True
    """
    file = Path(path)
    suffix = _suffix(file, "write")
    if suffix == ".xlsx":
        write_file(file, to_excel(plan))
    else:
        text = {".toml": to_toml, ".json": to_json, ".csv": to_csv}[suffix](plan)
        write_file(file, text.encode())


def write_file(path: PathLike, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    WriteError
        When the place cannot be written.
    """
    file = Path(path)
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name[:40]}.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)  # as any new file, not private as a temporary one
        Path(temporary).replace(file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise WriteError([Problem("", reason, "a place that can be written")], str(file)) from None
    finally:
        if temporary:  # also when the user interrupts
            Path(temporary).unlink(missing_ok=True)


def _suffix(file: Path, what: str) -> str:
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        near = did_you_mean(suffix, SUFFIXES)
        problem = Problem("", f"the suffix {shown(file.suffix)}", f"one of {', '.join(SUFFIXES)}", near)
        error = ReadError if what == "read" else WriteError
        raise error([problem], str(file))
    return suffix


def _bytes(file: Path) -> bytes:
    try:
        if file.is_dir():
            raise MissingFileError([Problem("", "a folder", "a file")], str(file))
        if file.stat().st_size > LARGEST_FILE:
            size = f"{file.stat().st_size / 2**20:,.0f} MiB"
            raise ReadError([Problem("", size, f"at most {LARGEST_FILE // 2**20} MiB")], str(file))
        return file.read_bytes()
    except FileNotFoundError:
        beside = {each.stem: each.name for each in file.parent.glob("*") if each.suffix in SUFFIXES}
        near = difflib.get_close_matches(file.stem, beside, n=1)
        remedy = f"did you mean {shown(beside[near[0]])}?" if near else ""
        raise MissingFileError([Problem("", "no such file", "an existing file", remedy)], str(file)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ReadError([Problem("", reason, "a file that can be read")], str(file)) from None


def _parse(file: Path, suffix: str, data: bytes) -> Plan:
    if suffix == ".xlsx":
        return parse_excel(data, file.stem)
    text = decode(data)
    if suffix == ".csv":
        table = parse_csv(text)
        return table.plan(name=file.stem, links=table.links)
    document = parse_toml(text) if suffix == ".toml" else parse_json(text)
    return plan_of(document, lambda name: _tasks_of(file.parent / name, document))


def _tasks_of(file: Path, document: dict[str, Any]) -> TaskTable:
    """Read the table that a document names in place of its tasks."""
    if file.suffix.lower() != ".csv":
        found = f"tasks = {shown(file.name)}"
        raise PlanError([Problem("tasks", found, "the path of a .csv file, or a list of tasks")])
    unit = document.get("unit", "d")
    try:
        calendar = calendar_of(document.get("calendar"))
        return parse_csv(decode(_bytes(file)), unit if unit in ("h", "d", "w") else "d", calendar)
    except FormatError as fault:
        raise ReadError(fault.problems, str(file), row=fault.row, column=fault.column) from None
