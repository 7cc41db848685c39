"""Microsoft's .mpp, Primavera's XML and whatever else MPXJ reads, by way of the formats that we read ourselves.

MPXJ is a Java library. A process of its own (`schedrisk.io.mpxj_worker`) reads the file with it and writes XER for
what comes from Primavera, MSPDI for all else; our own readers take it from there, so that a schedule means the same
whichever way it comes.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from schedrisk.errors import MissingDependencyError, shown
from schedrisk.io.decoding import FormatError
from schedrisk.io.mspdi import parse_mspdi
from schedrisk.io.xer import parse_xer
from schedrisk.model import Plan, Provenance

__all__ = ["read_with_mpxj"]

WORKER = Path(__file__).with_name("mpxj_worker.py")
LONGEST_READ = 300.0
LARGEST_UNPACKED = 500 * 2**20
MOST_LISTED = 20

INSTALL = "pip install 'schedrisk[mpp]'"


def read_with_mpxj(path: Path, *, project: str | int | None = None, estimates: Sequence[str] | None = None) -> Plan:
    """Read a schedule through MPXJ.

    Parameters
    ----------
    path : Path
        An .mpp, a Primavera XML file, an .mpx …
    project : str or int, optional
        Id, number or name of the project, where the file holds several.
    estimates : sequence of str, optional
        Names of the fields that hold low, mode and high.

    Returns
    -------
    Plan

    Raises
    ------
    MissingDependencyError
        Without the extra `mpp`, or without Java; it says what to install.
    FormatError
        Where MPXJ cannot read the file, or a project has to be chosen.

    Examples
    --------
    >>> from pathlib import Path
    >>> read_with_mpxj(Path("site.mpp"), project="TOWER")  # doctest: +SKIP
    """
    _check_packages()
    _check_archive(path)
    with tempfile.TemporaryDirectory(prefix="schedrisk-") as folder:
        reply = _run(path, None if project is None else str(project), Path(folder))
        if "fault" in reply:
            raise _error(reply, project)
        data = (Path(folder) / "schedule").read_bytes()
    parse = parse_xer if reply["writes"] == "xer" else parse_mspdi
    plan = parse(data, path.name, estimates=estimates)
    return plan.replace(provenance=_provenance(path, reply, plan.provenance))


def _check_packages() -> None:
    missing = [
        name for name, module in (("mpxj", "mpxj"), ("JPype1", "jpype")) if importlib.util.find_spec(module) is None
    ]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise MissingDependencyError(
            f"this file is read through MPXJ, which needs the packages mpxj and JPype1 and Java 11 or newer; "
            f"{' and '.join(missing)} {verb} not installed: {INSTALL}"
        )


def _check_archive(path: Path) -> None:
    """Refuse an archive that would fill the disk: MPXJ unpacks what it is given."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    # zipfile raises NotImplementedError where an archive is packed in a way that Python cannot read.
    except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
        raise FormatError(f"a damaged archive ({error})", "a schedule file") from None
    if unpacked > LARGEST_UNPACKED:
        found = f"{unpacked / 2**20:,.0f} MiB when unpacked"
        raise FormatError(found, f"at most {LARGEST_UNPACKED / 2**20:.0f} MiB")


def _run(path: Path, project: str | None, folder: Path) -> dict[str, Any]:
    """Let the worker read the file; return its reply."""
    job = {"path": str(path.absolute()), "project": project}
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    # The child finds what this process finds. -P: beside the worker lies a file named like the package mpxj.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
    command = [sys.executable, "-P", str(WORKER), str(folder)]
    try:
        done = subprocess.run(  # noqa: S603  (our own program, and arguments that no shell sees)
            command, cwd=folder, env=environment, timeout=LONGEST_READ, stdin=subprocess.DEVNULL, capture_output=True, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"fault": "time"}
    reply = folder / "reply.json"
    if not reply.exists():
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        return {"fault": "stopped", "detail": lines[-1] if lines else f"exit code {done.returncode}"}
    return dict(json.loads(reply.read_text(encoding="utf-8")))


def _error(reply: dict[str, Any], project: str | int | None) -> Exception:
    """Say what the worker found wrong."""
    fault, detail = reply["fault"], reply.get("detail", "")
    if fault in {"no java", "old java"}:
        return _missing_java(fault, detail)
    if fault == "projects":
        return _which_project(reply["projects"], project)
    if "password" in detail.lower():
        return FormatError("a file protected by a password", "an open one", remedy="save it without the password")
    found = {
        "unknown": "nothing that MPXJ knows",
        "memory": "a schedule too large for the 2 GiB of memory that MPXJ gets",
        "time": f"nothing read after {LONGEST_READ:.0f} s",
        "unwritable": f"a schedule that MPXJ reads but cannot convert ({shown(detail, 160)})",
        "stopped": f"nothing: MPXJ stopped ({shown(detail, 160)})",
    }.get(fault, f"a damaged file ({shown(detail, 160)})")
    remedy = "open and save it again in the tool it comes from, or export it as Microsoft Project XML or XER"
    return FormatError(found, "a whole schedule file", remedy=remedy)


def _missing_java(fault: str, detail: str) -> MissingDependencyError:
    home = os.environ.get("JAVA_HOME")
    sought = f"JAVA_HOME is {shown(home)}" if home else "JAVA_HOME is not set"
    found = "none was found" if fault == "no java" else f"found Java {detail}"
    more = f" ({' '.join(detail.split())[:200]})" if fault == "no java" and detail else ""
    return MissingDependencyError(
        f"this file is read through MPXJ, which needs Java 11 or newer: {found}; {sought}, and the usual places were "
        f"searched{more}. Install a Java runtime (such as openjdk-17-jre) or set JAVA_HOME to one; "
        f"the Python side is {INSTALL}"
    )


def _which_project(projects: Sequence[dict[str, Any]], project: str | int | None) -> FormatError:
    listed = []
    for each in projects[:MOST_LISTED]:
        head, *names = each["names"] or ["without a name"]
        size = f"{each['activities']:,} {'activity' if each['activities'] == 1 else 'activities'}"
        listed.append(f"{shown(head)} ({', '.join([*names, size])})")
    if len(projects) > MOST_LISTED:
        listed.append(f"and {len(projects) - MOST_LISTED:,} more")
    found = f"{len(projects):,} projects" if project is None else f"not one project {shown(project)}"
    return FormatError(found, "one of its projects", remedy=f"choose with project=: {'; '.join(listed)}")


def _provenance(path: Path, reply: dict[str, Any], read: Provenance | None) -> Provenance:
    version = ".".join(importlib.metadata.version("mpxj").split(".")[:2])
    kind = reply["type"]
    if reply["writes"] == "xer":
        notes = [f"MPXJ read the {kind} and wrote XER, from which the plan is made."]
        if kind != "XER":
            notes.append("Units of resources come rounded to two decimals.")
    else:
        notes = [f"MPXJ read the {kind} and wrote Microsoft Project XML, from which the plan is made."]
    if reply["others"]:
        several = "another project" if reply["others"] == 1 else f"{reply['others']:,} other projects"
        notes.append(f"The file has {several}; links to activities of others are left out.")
    return Provenance(
        path.name,
        f"{kind} through MPXJ {version}",
        project=None if read is None else read.project,
        notes=[*notes, *(() if read is None else read.notes)],
    )
