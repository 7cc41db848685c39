"""Writing plans by the suffix of the file; files are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from schedrisk._validation import require
from schedrisk.errors import Problem, WriteError, did_you_mean, shown
from schedrisk.io.document import to_json, to_toml
from schedrisk.io.excel import to_excel
from schedrisk.io.spreadsheet import to_csv
from schedrisk.model import Plan

__all__ = ["PathLike", "checked_suffix", "write", "write_file"]

SUFFIXES = (".toml", ".json", ".csv", ".xlsx", ".xml")

PathLike: TypeAlias = str | os.PathLike[str]


def write(plan: Plan, path: PathLike) -> None:
    """Write a plan to a file: ``.toml``, ``.json``, ``.csv`` (tasks and links only), ``.xlsx`` or ``.xml``.

    An ``.xml`` is what Microsoft Project opens. `write_back` writes what a simulation found. The file is written whole or not at all; one that stood there before stays until then.

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
    ...     (pathlib.Path(folder) / "move.toml").read_text().splitlines()[0]
    'schema_version = 1'
    """
    require(plan, Plan, "plan", "a Plan", "read(path) makes one of a file")
    suffix = checked_suffix(path)
    file = Path(path)
    if suffix == ".xlsx":
        write_file(file, to_excel(plan))
    elif suffix == ".xml":
        from schedrisk.io.mspdi_write import to_mspdi

        write_file(file, to_mspdi(plan))
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


def checked_suffix(path: PathLike, known: Sequence[str] = SUFFIXES) -> str:
    """Return the suffix of a file to write, in small letters.

    Raises
    ------
    WriteError
        When it is none of the known ones.
    """
    require(path, (str, os.PathLike), "path", "the path of a file")
    suffix = Path(path).suffix.lower()
    if suffix not in known:
        near = did_you_mean(suffix, known)
        problem = Problem("", f"the suffix {shown(Path(path).suffix)}", f"one of {', '.join(known)}", near)
        raise WriteError([problem], str(path))
    return suffix
