"""Tasks, resources and assignments of Microsoft Project XML as records of plain values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import cast

from schedrisk.errors import shown
from schedrisk.io.mspdi_fields import ELAPSED_FORMATS, PERCENT_FORMATS, UNIT_FORMATS, Fields, name_set
from schedrisk.model import Constraint, Link
from schedrisk.model.logic import ELAPSED, ConstraintKind, LinkKind

__all__ = ["TASK_PARTS", "Progress", "TaskRecord", "WorkRecord", "read_task", "read_work"]

TASK_PARTS = name_set(
    "UID Name Active Manual IsNull OutlineNumber OutlineLevel Start Finish Duration DurationFormat ManualStart ManualFinish "
    "Stop Resume Milestone Summary ExternalTask IsSubproject PercentComplete ActualStart ActualFinish ActualDuration "
    "RemainingDuration ConstraintType ConstraintDate CalendarUID Deadline LevelingDelay IgnoreResourceCalendar Contact "
    "ExtendedAttribute FieldID Value PredecessorLink PredecessorUID Type CrossProject LinkLag LagFormat "
    "TaskUID ResourceUID Work Units"
)
"""Names of the parts of a task, a resource and an assignment that matter."""

LINK_KINDS: tuple[LinkKind, ...] = ("FF", "FS", "SF", "SS")
CONSTRAINT_KINDS = ("ASAP", "ALAP", "MSO", "MFO", "SNET", "SNLT", "FNET", "FNLT")


@dataclass(frozen=True)
class Progress:
    """How far a task is."""

    started: dt.datetime | None = None
    finished: dt.datetime | None = None
    stopped: dt.datetime | None = None
    resumed: dt.datetime | None = None
    done: float = 0.0  # [h]
    remaining: float = 0.0  # [h]

    @property
    def under_way(self) -> bool:
        """Whether it has started and is not complete."""
        return self.started is not None and self.finished is None


@dataclass(frozen=True)
class TaskRecord:
    """A task as the file has it."""

    uid: int
    place: str
    name: str | None
    summary: bool
    milestone: bool
    external: bool
    active: bool
    outline: str | None
    level: int
    duration: float  # [h]
    elapsed: bool
    progress: Progress
    constraints: tuple[Constraint, ...]
    calendar: int
    ignores_resources: bool
    manual: tuple[dt.datetime, dt.datetime] | None
    contact: str | None
    delayed: bool
    subproject: bool
    links: tuple[Link, ...]
    links_left_out: int
    attributes: dict[int, tuple[str, int]]  # value and line by the number of the custom field


@dataclass(frozen=True)
class WorkRecord:
    """A resource, or its assignment to a task."""

    uid: int
    place: str
    name: str | None
    works: bool
    calendar: int
    task: int
    resource: int
    duration: float | None  # that the work takes at its units [h]


def read_task(fields: Fields) -> TaskRecord | None:
    """Read a task; None for the project's own summary and for a blank row."""
    uid = fields.integer("UID", default=-1)
    if fields.text("UID") is None:
        fields.fault(("UID",), "nothing", "a number", "give each task a UID")
        return None
    if uid == 0 or fields.flag("IsNull"):
        return None
    name = fields.text("Name")
    fields.place = f"Task {uid}" + (f" {shown(name, 40)}" if name else "")
    duration = _duration(fields)
    links, left_out = _links(fields, uid)
    external = fields.flag("ExternalTask")
    return TaskRecord(
        uid=uid,
        place=fields.place,
        name=name,
        summary=fields.flag("Summary"),
        milestone=fields.flag("Milestone"),
        external=external,
        active=fields.flag("Active", default=True),
        outline=fields.text("OutlineNumber"),
        level=fields.integer("OutlineLevel", default=1, low=0, high=65_535),
        duration=duration,
        elapsed=fields.integer("DurationFormat", default=7) in ELAPSED_FORMATS,
        progress=_progress(fields, duration),
        constraints=_constraints(fields),
        calendar=fields.integer("CalendarUID", default=-1),
        ignores_resources=fields.flag("IgnoreResourceCalendar"),
        manual=_manual(fields, external=external),
        contact=fields.text("Contact"),
        delayed=fields.number("LevelingDelay", default=0) != 0,
        subproject=fields.flag("IsSubproject"),
        links=links,
        links_left_out=left_out,
        attributes={
            part.integer("FieldID", default=0): (text, part.element.line)
            for part in map(fields.part, fields.element.all("ExtendedAttribute"))
            if (text := part.text("Value")) is not None
        },
    )


def _duration(fields: Fields) -> float:
    duration = fields.hours("Duration")
    if duration is None and fields.text("Duration") is None:
        needed = not (fields.flag("Milestone") or fields.flag("Summary") or fields.flag("Manual"))
        if needed:
            fields.fault(("Duration",), "nothing", "a duration such as PT8H0M0S", "give the task a duration")
    return duration or 0.0


def _progress(fields: Fields, duration: float) -> Progress:
    percent = fields.number("PercentComplete", default=0)
    started, finished = fields.moment("ActualStart"), fields.moment("ActualFinish")
    # Project cannot have progress without dates; other tools leave out what the scheduled dates say already.
    if started is None and (percent > 0 or finished is not None):
        started = fields.moment("Start")
    if finished is None and percent >= 100:
        finished = fields.moment("Finish")
    if started is None and (percent > 0 or finished is not None):
        fields.fault(("ActualStart",), "nothing", "a date, as work has begun", "say when it started")
    remaining, done = fields.hours("RemainingDuration"), fields.hours("ActualDuration")
    if remaining is None:
        remaining = duration - done if done is not None else duration * (1 - min(max(percent, 0), 100) / 100)
    return Progress(
        started,
        finished if started is not None else None,
        fields.moment("Stop"),
        fields.moment("Resume"),
        max(duration - remaining, 0.0) if done is None else done,
        max(remaining, 0.0),
    )


def _constraints(fields: Fields) -> tuple[Constraint, ...]:
    kind = CONSTRAINT_KINDS[fields.integer("ConstraintType", default=0, low=0, high=7)]
    when, deadline = fields.moment("ConstraintDate"), fields.moment("Deadline")
    found: list[Constraint] = []
    if kind == "ALAP":
        found.append(Constraint("ALAP"))
    elif kind != "ASAP" and when is not None:
        found.append(Constraint(cast("ConstraintKind", kind), when))
    elif kind != "ASAP" and fields.text("ConstraintDate") is None:
        fields.fault(("ConstraintType",), f"{kind} without a ConstraintDate", "a date", f"give {kind} its date")
    if deadline is not None:
        found.append(Constraint("deadline", deadline))
    return tuple(found)


def _manual(fields: Fields, *, external: bool) -> tuple[dt.datetime, dt.datetime] | None:
    """Return the dates of a task that stand: those of a manual one, and of a task of another project."""
    if not (fields.flag("Manual") or external):
        return None
    start = fields.moment("ManualStart") or fields.moment("Start")
    finish = fields.moment("ManualFinish") or fields.moment("Finish")
    if start is None or finish is None:
        return None
    if finish < start:
        fields.fault(("ManualFinish",), f"{finish}, before the start {start}", "a finish at or after the start")
        return None
    return start, finish


def _links(fields: Fields, uid: int) -> tuple[tuple[Link, ...], int]:
    links: list[Link] = []
    left_out = 0
    for element in fields.element.all("PredecessorLink"):
        part = fields.part(element)
        if part.flag("CrossProject"):
            left_out += 1
            continue
        predecessor = part.integer("PredecessorUID", default=-1)
        if part.text("PredecessorUID") is None:
            part.fault(("PredecessorUID",), "nothing", "the UID of a task")
            continue
        kind = LINK_KINDS[part.integer("Type", default=1, low=0, high=3)]
        unit = part.integer("LagFormat", default=7)
        if unit not in UNIT_FORMATS | PERCENT_FORMATS:
            part.fault(("LagFormat",), str(unit), "a unit: 3 to 12, 19 to 21, 35 to 44, 51 to 53")
            continue
        lag = part.number("LinkLag", default=0)
        percent = unit in PERCENT_FORMATS
        if abs(lag) > (100_000 if percent else 6e11):
            part.fault(("LinkLag",), f"{lag:g}", "a lag of at most 100,000 % or a billion hours")
            continue
        links.append(
            Link(
                str(predecessor),
                str(uid),
                kind,
                lag=0 if percent else lag / 600,  # tenths of a minute
                lag_percent=lag if percent else 0,
                lag_calendar=ELAPSED if lag and unit in ELAPSED_FORMATS else None,
            )
        )
    return tuple(links), left_out


def read_work(fields: Fields) -> WorkRecord:
    """Read a resource or an assignment."""
    uid = fields.integer("UID", default=-1)
    fields.place = f"{fields.element.name} {uid}"
    work, units = fields.hours("Work"), fields.number("Units", default=1)
    return WorkRecord(
        uid=uid,
        place=fields.place,
        name=fields.text("Name"),
        works=fields.integer("Type", default=1) == 1 and not fields.flag("IsNull"),
        calendar=fields.integer("CalendarUID", default=-1),
        task=fields.integer("TaskUID", default=-1),
        resource=fields.integer("ResourceUID", default=-1),
        duration=work / units if work and units > 0 else None,
    )
