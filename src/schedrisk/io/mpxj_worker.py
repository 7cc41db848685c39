"""A process of its own that reads a schedule file with MPXJ (Java) and writes it in a format that we read ourselves.

Run by `schedrisk.io.mpxj` as ``python mpxj_worker.py JOB``, never imported there: a virtual machine for Java can be started
once in a process, does not outlive a fork, cannot be stopped when a damaged file holds it up, and takes what memory
it likes. As a process of its own it is none of the caller's worries.

JOB is a folder. It holds ``job.json`` (`path`, `project`); this program leaves ``reply.json`` and ``schedule``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

__all__ = ["HEAP", "LEAST_JAVA", "convert", "main"]

HEAP = "2g"
LEAST_JAVA = 11

# Tools that schedule as Primavera P6 does; MPXJ calls them so.
LIKE_PRIMAVERA = {"Primavera", "P3", "SureTrak"}

Reply = dict[str, Any]


def main(folder: Path) -> None:
    """Do the job of a folder and leave the reply there."""
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    reply = start_java(folder) or convert(job["path"], job["project"], folder / "schedule")
    (folder / "reply.json").write_text(json.dumps(reply), encoding="utf-8")


def start_java(folder: Path) -> Reply | None:
    """Start the virtual machine; return what hinders it."""
    import jpype
    import mpxj  # noqa: F401  (puts its archives on the class path)

    try:
        java = jpype.getDefaultJVMPath()
    except jpype.JVMNotFoundException as error:
        return {"fault": "no java", "detail": str(error)}
    try:
        jpype.startJVM(
            java,
            f"-Xmx{HEAP}",
            "-XX:+UseSerialGC",
            "-Djava.awt.headless=true",
            f"-Djava.io.tmpdir={folder}",
            "-Djavax.xml.accessExternalDTD=",
            # Log4j would complain on the terminal that it has not been set up.
            "-Dlog4j2.loggerContextFactory=org.apache.logging.log4j.simple.SimpleLoggerContextFactory",
            convertStrings=True,
        )
    except (OSError, RuntimeError) as error:
        return {"fault": "no java", "detail": f"{java}: {error}"}
    version = ".".join(map(str, jpype.getJVMVersion()))
    return {"fault": "old java", "detail": f"{version} at {java}"} if jpype.getJVMVersion()[0] < LEAST_JAVA else None


def convert(path: str, project: str | None, target: Path) -> Reply:
    """Read a file and write one of its projects.

    Parameters
    ----------
    path : str
    project : str, optional
        Id, number or name of the project; needed where several hold activities.
    target : Path
        Where to write.

    Returns
    -------
    dict
        What was read and written, or `fault` and what belongs to it.
    """
    import jpype
    from java.lang import OutOfMemoryError, StackOverflowError

    fault = "unreadable"
    try:
        read = _read(path)
        if not read:
            return {"fault": "unknown"}
        described = [_described(each) for each in read]
        chosen = _chosen(described, project)
        if chosen is None:
            return {"fault": "projects", "projects": described}
        fault = "unwritable"
        reply = _write(read[chosen], target)
    except OutOfMemoryError:
        return {"fault": "memory"}
    except StackOverflowError:
        return {"fault": fault, "detail": "records nested without end"}
    except jpype.JException as error:
        return {"fault": fault, "detail": _reason(error)}
    return reply | {"project": described[chosen], "others": len(described) - 1}


def _read(path: str) -> list[Any]:
    """Read every project of a file; none where MPXJ does not know what it is."""
    from org.mpxj.reader import UniversalProjectReader

    return [each for each in UniversalProjectReader().readAll(path) or () if each is not None]


def _chosen(described: list[Reply], project: str | None) -> int | None:
    """Return the place of the project that is wanted; where none is named, of the only one with activities."""
    found = [place for place, each in enumerate(described) if project is None or project in each["names"]]
    if project is None and len(found) > 1:
        found = [place for place in found if described[place]["activities"]]
    return found[0] if len(found) == 1 else None


def _write(project: Any, target: Path) -> Reply:
    from org.mpxj.mspdi import MSPDIWriter
    from org.mpxj.primavera import PrimaveraXERFileWriter

    properties = project.getProjectProperties()
    application = str(properties.getFileApplication() or "")
    writes = "xer" if application in LIKE_PRIMAVERA else "mspdi"
    (PrimaveraXERFileWriter() if writes == "xer" else MSPDIWriter()).write(project, str(target))
    # Microsoft's own files are of a version: MPP9, MPP14.
    return {"writes": writes, "type": f"{properties.getFileType() or application}{properties.getMppFileType() or ''}"}


def _described(project: Any) -> Reply:
    properties = project.getProjectProperties()
    names = [properties.getProjectID(), properties.getUniqueID(), properties.getName(), properties.getProjectTitle()]
    return {
        "names": [str(each) for each in names if each is not None],
        "activities": sum(1 for task in project.getTasks() if not task.getSummary()),
    }


def _reason(error: Any) -> str:
    """Return the first cause of a Java exception, in a line."""
    while error.getCause() is not None:
        error = error.getCause()
    kind = error.getClass().getSimpleName()
    message = " ".join(str(error.getMessage() or "").split())
    return message if kind == "MPXJException" and message else f"{kind}: {message}".removesuffix(": ")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
