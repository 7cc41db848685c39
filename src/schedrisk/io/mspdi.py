"""Microsoft Project XML (MSPDI) → plan.

Dates are scheduled as Project does: lags count on the successor's calendar, work that has started stands where it is,
unfinished work may lie in the past, SNLT, FNLT, MSO and MFO override links where the project honours its constraint
dates; where it does not, MSO and MFO are read as SO and FO, which give way to links.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from schedrisk.calendars import Calendar, compile_calendar
from schedrisk.errors import ProblemsError, shown
from schedrisk.estimates import Estimate, Fixed
from schedrisk.io.decoding import FormatError
from schedrisk.io.mspdi_calendar import CALENDAR_PARTS, CalendarBook
from schedrisk.io.mspdi_custom import CustomFields
from schedrisk.io.mspdi_fields import Faults, Fields, name_set
from schedrisk.io.mspdi_limits import YIELDING
from schedrisk.io.mspdi_tasks import TASK_PARTS, TaskRecord, WorkRecord, read_task, read_work
from schedrisk.io.xml_stream import XmlElement, XmlFaultsError, xml_records
from schedrisk.model import Assignment, Constraint, Plan, Provenance, SchedulingOptions, Task
from schedrisk.model.logic import ELAPSED
from schedrisk.model.structure import structure_problems
from schedrisk.model.task import FROM_SCHEDULE

__all__ = ["parse_mspdi", "parse_mspdi_calendars"]

COLLECTIONS = ("Calendars", "Tasks", "Resources", "Assignments", "ExtendedAttributes")
PARTS = CALENDAR_PARTS | TASK_PARTS | name_set("FieldName Alias")
OTHER_ROOTS = {
    "APIBusinessObjects": "this is Primavera P6 XML: read it with the extra mpp",
    "project": "this seems to be of another tool, such as GanttProject: read it with the extra mpp",
    "html": "this is a web page: save the file itself",
}
MOST_TASKS = 500_000


@dataclass
class Document:
    """What a file says, record by record."""

    faults: Faults
    calendars: CalendarBook
    header: Fields
    tasks: dict[int, TaskRecord] = field(default_factory=dict)
    resources: dict[int, WorkRecord] = field(default_factory=dict)
    work: list[WorkRecord] = field(default_factory=list)
    fields: dict[int, tuple[str, ...]] = field(default_factory=dict)  # alias and name of custom fields, by number


def parse_mspdi(data: bytes, name: str, *, estimates: Sequence[str] | None = None) -> Plan:
    """Read a plan from Microsoft Project XML.

    Parameters
    ----------
    data : bytes
    name : str
        Name of the file.
    estimates : sequence of three str, optional
        Names or aliases of the custom fields that hold the low, the most likely and the high duration of tasks:
        ``["Duration1", "Duration2", "Duration3"]`` by Microsoft's convention. Tasks that have them get a PERT estimate;
        of a task in progress the three are taken by the share that remains.

    Returns
    -------
    Plan
        In hours, with the UID of each task for its id.

    Raises
    ------
    FormatError
        With every fault found.

    Examples
    --------
    >>> plan = parse_mspdi(
    ...     b"<Project><StartDate>2026-12-01T08:00:00</StartDate><Tasks><Task><UID>1</UID><Name>design</Name>"
    ...     b"<Duration>PT16H0M0S</Duration></Task></Tasks></Project>",
    ...     "site.xml",
    ... )
    >>> [(task.id, task.name, task.planned_duration) for task in plan.tasks]
    [('1', 'design', 16.0)]
    """
    document = _read(data)
    return _PlanMaker(document, name, estimates).plan()


def parse_mspdi_calendars(data: bytes, name: str) -> list[Calendar]:
    """Read every calendar of a Microsoft Project XML file, those that only resources use too.

    Parameters
    ----------
    data : bytes
    name : str
        Name of the file.

    Raises
    ------
    FormatError
        With every fault found.

    Examples
    --------
    >>> parse_mspdi_calendars(b"<Project><Calendars><Calendar><UID>1</UID></Calendar></Calendars></Project>", "a.xml")
    [Calendar('calendar 1', weekdays=mon tue wed thu fri, shifts=08:00-12:00 13:00-17:00)]
    """
    document = _read(data)
    calendars = [document.calendars.calendar(uid) for uid in document.calendars.records]
    if not calendars:
        document.faults.add(name, "no calendar", "at least one Calendar in Calendars")
    document.faults.raise_any()
    return [each for each in calendars if each is not None]


def _read(data: bytes) -> Document:
    faults = Faults()
    head = XmlElement("Project", 1)
    document = Document(faults, CalendarBook(faults), Fields(head, "Project", faults))
    for collection, element in xml_records(data, "Project", COLLECTIONS, PARTS, other_roots=OTHER_ROOTS):
        if not collection:
            head.children.append(element)
            if element.name == "StartDate" and (start := document.header.moment("StartDate")) is not None:
                document.calendars.start = start.date()
        else:
            _take(document, collection, Fields(element, element.name, faults))
    return document


def _take(document: Document, collection: str, fields: Fields) -> None:
    """Keep one record of a collection."""
    if collection == "Calendars":
        document.calendars.read(fields)
    elif collection == "Tasks":
        task = read_task(fields)
        if task is None:
            return
        if task.uid in document.tasks:
            fields.fault(("UID",), f"{task.uid} again", "a UID for each task", "renumber one of the two")
        document.tasks[task.uid] = task
        if len(document.tasks) > MOST_TASKS:
            raise FormatError(f"more than {MOST_TASKS:,} tasks", "fewer", fields.element.line)
    elif collection == "Resources":
        resource = read_work(fields)
        document.resources[resource.uid] = resource
    elif collection == "Assignments":
        document.work.append(read_work(fields))
    else:
        names = (fields.text("Alias"), fields.text("FieldName"))
        number = fields.integer("FieldID", default=0)
        document.fields[number] = tuple(name for name in names if name)


class _PlanMaker:
    """Turns what a file says into a plan."""

    def __init__(self, document: Document, file: str, estimates: Sequence[str] | None) -> None:
        self.document, self.file = document, file
        self.header, self.faults, self.book = document.header, document.faults, document.calendars
        self.notes: list[str] = []
        self.honored = self.header.flag("HonorConstraints", default=True)
        self.custom = CustomFields(document.fields, estimates, self.faults)
        self.calendar_uid = self._project_calendar()
        self.used: dict[str, Calendar] = {}
        self.calendar = self._calendar(self.calendar_uid) or Calendar()
        self.used.pop(self.calendar.name, None)
        self.at_work: dict[int, list[WorkRecord]] = {}
        for each in document.work:
            self.at_work.setdefault(each.task, []).append(each)
        self.outline = self._outline()
        self.constraints_of_summaries = {
            self.outline[record.uid]: [each for each in record.constraints if each.kind in {"SNET", "FNLT"}]
            for record in document.tasks.values()
            if record.summary
        }

    def plan(self) -> Plan:
        header = self.header
        start, status = header.moment("StartDate"), header.moment("StatusDate")
        if start is None and header.text("StartDate") is None:
            header.fault((), "no StartDate", "the date at which the project starts")
        if not header.flag("ScheduleFromStart", default=True):
            remedy = "schedule it from its start (Project Information) and save it again"
            header.fault(
                ("ScheduleFromStart",), "a project scheduled from its finish", "one scheduled from its start", remedy
            )
        tasks = [task for record in self.document.tasks.values() if (task := self._task(record)) is not None]
        links = [link for record in self.document.tasks.values() for link in record.links]
        self._count_notes()
        arguments: dict[str, Any] = {
            "name": header.text("Title") or header.text("Name") or self.file,
            "start": start,
            "unit": "h",
            "calendar": self.calendar,
            "calendars": tuple(each for each in self.used.values()),
            "status_date": status,
            "scheduling": self._options(),
            "tasks": tuple(tasks),
            "links": tuple(links),
        }
        provenance = Provenance(
            self.file, f"MSPDI {header.text('SaveVersion') or ''}".strip(), notes=[*self.notes, *self.book.notes]
        )
        if self.faults.problems:
            self.faults.raise_any(structure_problems(arguments))
        try:
            return Plan(**arguments, provenance=provenance)
        except ProblemsError as error:
            raise XmlFaultsError(error.problems) from error

    def _options(self) -> SchedulingOptions:
        return SchedulingOptions(
            lag_calendar="successor",
            progress="actual-dates",
            remaining_work="as-scheduled",
            honor_constraints=self.honored,
            as_late_as_possible="late-dates",
            total_float="smallest",
            free_float="total-float",
            open_ends_critical=self.header.flag("MultipleCriticalPaths"),
        )

    # ---- calendars ------------------------------------------------------------------------------------------------

    def _project_calendar(self) -> int | None:
        uid = self.header.integer("CalendarUID", default=-1)
        if uid in self.book.records:
            return uid
        if self.header.text("CalendarUID") is not None and uid >= 0:
            known = ", ".join(map(str, list(self.book.records)[:10])) or "none"
            self.header.fault(("CalendarUID",), str(uid), f"the UID of a calendar in the file: {known}")
        else:
            self.notes.append("The file names no project calendar: office hours from Monday to Friday are taken")
        return None

    def _calendar(self, uid: int | None) -> Calendar | None:
        """Return a calendar, and list it with those of the plan."""
        calendar = None if uid is None else self.book.calendar(uid)
        if calendar is not None:
            self.used[calendar.name] = calendar
        return calendar

    def _task_calendar(self, record: TaskRecord) -> int | None:
        uid = record.calendar
        if uid < 0 or uid == self.calendar_uid:
            return None
        if uid not in self.book.records:
            self.faults.add(f"{record.place}, CalendarUID", str(uid), "the UID of a calendar in the file, or -1")
            return None
        return uid

    def _assignments(self, record: TaskRecord, own: int | None) -> list[Assignment]:
        """Return who works in another time than the task's, empty where nobody does."""
        if record.ignores_resources or record.elapsed or record.summary or record.duration <= 0 or record.manual:
            return []
        frame = self.calendar_uid if own is None else own
        if frame is None:
            return []
        parts: list[tuple[Calendar, float, str | None]] = []
        for work in self.at_work.get(record.uid, ()):
            resource = self.document.resources.get(work.resource)
            if resource is None or not resource.works or work.resource < 0:
                continue
            uid = self.book.source(resource.calendar) if resource.calendar in self.book.records else frame
            calendar = self.book.calendar(uid) if own is None or uid == own else self.book.common(own, uid)
            if calendar is None:
                self.notes.append(f"{record.place} has no working time in common with {shown(resource.name)}")
                continue
            share = 1.0 if work.duration is None else work.duration / record.duration
            parts.append((calendar, share, resource.name))
        base = self.book.calendar(frame)
        if base is None or all(calendar is base or calendar.has_time_of(base) for calendar, _, _ in parts):
            return []
        self.used |= {calendar.name: calendar for calendar, _, _ in parts if calendar is not self.calendar}
        longest = max(share for _, share, _ in parts)
        return [
            # Work is rounded in the file; the longest assignment takes the task's duration.
            Assignment(calendar.name, 1.0 if share > 0.98 * longest else share / longest, resource=name)
            for calendar, share, name in parts
        ]

    # ---- tasks ----------------------------------------------------------------------------------------------------

    def _outline(self) -> dict[int, str]:
        """Return the outline number of each task; counted from the levels where the file lacks them."""
        records = self.document.tasks.values()
        given = {record.uid: record.outline for record in records if record.outline}
        if len(given) == len(records) and len(set(given.values())) == len(given):
            return given
        counts: list[int] = []
        numbers: dict[int, str] = {}
        for record in records:
            level = min(max(record.level, 1), len(counts) + 1)
            counts = [*counts[: level - 1], (counts[level - 1] if len(counts) >= level else 0) + 1]
            numbers[record.uid] = ".".join(map(str, counts))
        return numbers

    def _task(self, record: TaskRecord) -> Task | None:
        own = self._task_calendar(record)
        progress = record.progress
        calendar = self._calendar(own)
        estimate, planned, source = self._estimate(record)
        kind = "summary" if record.summary else "task"
        if record.milestone and record.duration == 0 and not record.summary:
            kind = "finish-milestone"
        spans = record.summary
        options: dict[str, Any] = {} if not progress.under_way or spans else self._under_way(record, calendar)
        try:
            return Task(
                str(record.uid),
                estimate,
                name=record.name,
                owner=record.contact,
                calendar=ELAPSED if record.elapsed and not spans else calendar.name if calendar else None,
                planned=planned,
                kind=kind,  # type: ignore[arg-type]
                constraints=(*self._own_constraints(record), *self._inherited(record)),
                actual_start=None if spans else progress.started,
                actual_finish=None if spans else progress.finished,
                manual=None if spans else record.manual,
                active=record.active,
                wbs=self.outline[record.uid],
                codes=self.custom.codes(record),
                assignments=self._assignments(record, own),
                estimate_from=source,
                **options,
            )
        except ProblemsError as error:
            self.faults.problems += error.problems
            return None

    def _under_way(self, record: TaskRecord, calendar: Calendar | None) -> dict[str, dt.datetime | None]:
        """Return when work stopped and goes on; counted from what is done where the file does not say."""
        progress = record.progress
        resumed = progress.resumed
        if resumed is None and progress.started is not None and progress.done > 0:
            step = dt.timedelta(hours=progress.done)
            resumed = progress.started + step
            if not record.elapsed:
                clock = compile_calendar(calendar or self.calendar)
                work = clock.work(progress.started) + round(progress.done * 3600)
                resumed = clock.clock(work, "start").astype(dt.datetime)  # type: ignore[assignment]
        return {"suspended": progress.stopped, "resumed": resumed}

    def _own_constraints(self, record: TaskRecord) -> Iterable[Constraint]:
        """Yield the constraints of a task; where links go before constraint dates, none stands whatever they say."""
        for constraint in record.constraints:
            if self.honored or constraint.kind not in YIELDING:
                yield constraint
            else:
                yield dataclasses.replace(constraint, kind=YIELDING[constraint.kind])

    def _inherited(self, record: TaskRecord) -> Iterable[Constraint]:
        """Yield the constraints of the summaries above a task: they bind what is below them."""
        if record.summary:
            return
        above = self.outline[record.uid]
        while above := above.rpartition(".")[0]:
            for constraint in self.constraints_of_summaries.get(above, ()):
                if constraint not in record.constraints:
                    yield constraint

    def _estimate(self, record: TaskRecord) -> tuple[Estimate, float | None, str | None]:
        """Return estimate, planned duration where it is not the estimate's own, and where the estimate came from."""
        if record.summary:
            return Fixed(0), None, None
        progress = record.progress
        planned = progress.remaining if progress.under_way else record.duration
        found = None if progress.finished else self.custom.estimate(record)
        if found is None:
            return Fixed(planned), None, FROM_SCHEDULE
        return found, None if found.planned == planned else planned, self.custom.source

    def _count_notes(self) -> None:
        """Say what the file has and the plan has not, and what was read in another way."""
        records = list(self.document.tasks.values())
        by_hand = sum(each.manual is not None and each.summary for each in records)
        inherited = sum(1 for each in self.constraints_of_summaries.values() if each)
        counts = (
            ("Links to tasks of other projects, left out", sum(each.links_left_out for each in records)),
            ("Tasks of other projects, which keep the dates of the file", sum(each.external for each in records)),
            ("Inserted projects, read as tasks of the duration in the file", sum(each.subproject for each in records)),
            ("Tasks with a levelling delay, which is left out", sum(each.delayed for each in records)),
            ("Tasks with an elapsed duration, which counts every hour", sum(each.elapsed for each in records)),
            ("Summaries with SNET or FNLT, which bind the tasks below them", inherited),
            ("Summaries with dates set by hand, which span their tasks here", by_hand),
        )
        self.notes += [f"{what}: {count:,}" for what, count in counts if count]
