"""Activities and relationships of a XER: rows of TASK and TASKPRED → tasks and links."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from schedrisk.errors import ProblemsError, shown
from schedrisk.estimates import Estimate, Fixed, Pert
from schedrisk.io.xer_options import ProjectOptions
from schedrisk.io.xer_parts import CalendarShelf, ThreePoint, Work
from schedrisk.io.xer_tables import Faults, Row, Tables, clean
from schedrisk.model import Assignment, Constraint, Link, Task
from schedrisk.model.logic import ConstraintKind, LinkKind
from schedrisk.model.task import FROM_SCHEDULE, TaskKind

__all__ = ["Setting", "read_links", "read_task"]

KINDS: Final[Mapping[str, TaskKind]] = {
    "TT_Task": "task",
    "TT_Rsrc": "task",
    "TT_Mile": "start-milestone",
    "TT_FinMile": "finish-milestone",
    "TT_LOE": "level-of-effort",
    "TT_WBS": "summary",
}
CONSTRAINTS: Final[Mapping[str, ConstraintKind]] = {
    "CS_MSO": "SO",
    "CS_MSOA": "SNET",
    "CS_MSOB": "SNLT",
    "CS_MEO": "FO",
    "CS_MEOA": "FNET",
    "CS_MEOB": "FNLT",
    "CS_MANDSTART": "MSO",
    "CS_MANDFIN": "MFO",
    "CS_ALAP": "ALAP",
}
LINKS: Final[Mapping[str, LinkKind]] = {"PR_FS": "FS", "PR_SS": "SS", "PR_FF": "FF", "PR_SF": "SF"}
STATUSES: Final = {each: each for each in ("TK_NotStart", "TK_Active", "TK_Complete")}

Progress = dict[str, dt.datetime | None]


@dataclass(frozen=True)
class Setting:
    """What reading an activity takes besides its row.

    Attributes
    ----------
    faults : Faults
    shelf : CalendarShelf
    calendar : str, optional
        Name of the plan's calendar.
    options : ProjectOptions
    wbs : dict of str to str
        Paths by wbs_id.
    codes : dict of str to dict
        By task_id, as the next two.
    work : dict of str to list of Work
    points : dict of str to ThreePoint
    estimate_from : str
        What an estimate of `points` is said to come from.
    """

    faults: Faults
    shelf: CalendarShelf
    calendar: str | None
    options: ProjectOptions
    wbs: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]
    work: Mapping[str, list[Work]]
    points: Mapping[str, ThreePoint]
    estimate_from: str


def read_task(row: Row, setting: Setting) -> Task | None:
    """Make a task of a row of TASK; None where that fails, and the faults are noted."""
    faults = setting.faults
    if not row["task_code"]:
        faults.add(row, "task_code", "nothing", "the activity's id", "give it in P6 and export again")
        return None
    kind = faults.choice(row, "task_type", KINDS, "task", needed=True)
    status = faults.choice(row, "status_code", STATUSES, "TK_NotStart", needed=True)
    hours = 0.0 if kind != "task" else _hours(row, faults, finished=status == "TK_Complete")
    progress = _progress(row, faults, kind, status)
    calendar = setting.shelf.name(row, "clndr_id")
    is_open = kind == "task" and status != "TK_Complete"
    try:
        fields: dict[str, Any] = {
            "name": clean(row["task_name"]) or None,
            "kind": kind,
            "calendar": None if calendar == setting.calendar else calendar,
            "constraints": _constraints(row, setting, status),
            "wbs": setting.wbs.get(row["wbs_id"]) or None,
            "codes": setting.codes.get(row["task_id"], {}),
            **{field: when for field, when in progress.items() if when is not None},
        }
        if is_open:
            fields |= _estimate(row, hours, setting)
            fields["assignments"] = [_assignment(each, hours) for each in setting.work.get(row["task_id"], ())]
        return Task(row["task_code"], fields.pop("estimate", _fixed(hours)), **fields)
    except ProblemsError as error:
        faults.add_problems(row, error.problems)
        return None


def _hours(row: Row, faults: Faults, *, finished: bool) -> float:
    """Return the working hours that remain, or that a finished activity was planned to take."""
    columns = ("target_drtn_hr_cnt",) if finished else ("remain_drtn_hr_cnt", "target_drtn_hr_cnt")
    column = next((each for each in columns if row[each]), None)
    if column is not None:
        return faults.number(row, column, least=0) or 0.0
    if not finished:
        faults.add(row, columns[0], "nothing", "working hours", "schedule the project in P6 and export again")
    return 0.0


def _progress(row: Row, faults: Faults, kind: TaskKind, status: str) -> Progress:
    if status == "TK_NotStart":
        return {}
    start = faults.moment(row, "act_start_date")
    if status == "TK_Active":
        if start is None and not row["act_start_date"]:
            faults.add(row, "act_start_date", "nothing", "a date, as the activity has started")
        suspended, resumed = faults.moment(row, "suspend_date"), faults.moment(row, "resume_date")
        return {"actual_start": start, "suspended": suspended, "resumed": resumed}
    finish = faults.moment(row, "act_end_date")
    if kind in {"start-milestone", "finish-milestone"}:  # which have one of the two dates
        start, finish = start or finish, finish or start
    for column, when in (("act_start_date", start), ("act_end_date", finish)):
        if when is None and not row[column]:
            faults.add(row, column, "nothing", "a date, as the activity is complete")
    if start is not None and finish is not None and finish < start:
        found = f"{finish:%Y-%m-%d %H:%M}, before the actual start {start:%Y-%m-%d %H:%M}"
        faults.add(row, "act_end_date", found, "a finish at or after the start", "mend one of the two dates in P6")
        return {}
    return {"actual_start": start, "actual_finish": finish} if start is not None else {}


def _constraints(row: Row, setting: Setting, status: str) -> list[Constraint]:
    faults = setting.faults
    found: list[tuple[ConstraintKind, str]] = []
    for type_column, column in (("cstr_type", "cstr_date"), ("cstr_type2", "cstr_date2")):
        kind = faults.choice(row, type_column, CONSTRAINTS, None)
        if kind == "ALAP":
            found.append((kind, ""))
        elif kind is not None and row[column]:
            found.append((kind, column))
        elif kind is not None:
            faults.add(row, column, "nothing", f"a date, as {row[type_column]} has one", "give it, or take it out")
    if row["expect_end_date"] and setting.options.scheduling.expected_finish and status != "TK_Complete":
        found.append(("expected-finish", "expect_end_date"))
    if setting.options.external_dates:
        externals: tuple[tuple[ConstraintKind, str], ...] = (
            ("external-start", "external_early_start_date"),
            ("external-finish", "external_late_end_date"),
        )
        found += [each for each in externals if row[each[1]]]
    dated = [(kind, faults.moment(row, column) if column else None) for kind, column in found]
    return [Constraint(kind, when) for kind, when in dated if kind == "ALAP" or when is not None]


def _estimate(row: Row, hours: float, setting: Setting) -> dict[str, Any]:
    """Return the estimate of an open activity, its planned value where it is another, and where it came from."""
    point = setting.points.get(row["task_id"])
    if point is None or not any(each is not None for each in point.values):
        return {"estimate": _fixed(hours), "estimate_from": FROM_SCHEDULE}
    low, mode, high = point.values
    if low is not None and mode is not None and high is not None and low <= mode <= high:
        # P6 schedules with the remaining duration: the planned dates stay those of the file.
        planned = {} if mode == hours else {"planned": hours}
        return {"estimate": Pert(low, mode, high), "estimate_from": setting.estimate_from} | planned
    if point.sound:
        values = ", ".join("nothing" if each is None else f"{each:g}" for each in point.values)
        found = f"{values} in the {setting.estimate_from} of activity {shown(row['task_code'])}"
        expected = "three numbers of hours in rising order, or none"
        setting.faults.add(point.row, "udf_number", found, expected, "mend the fields in P6 and export again")
    return {}


def _assignment(work: Work, hours: float) -> Assignment:
    share = work.hours / hours if work.hours and hours > 0 else 1.0
    return Assignment(work.calendar, share, resource=work.resource)


@lru_cache(maxsize=4096)
def _fixed(hours: float) -> Estimate:
    return Fixed(hours)


def read_links(
    tables: Tables, faults: Faults, tasks: Mapping[str, str], elsewhere: Collection[str]
) -> tuple[list[Link], list[str]]:
    """Make links of the rows of TASKPRED, and note which lead out of the project.

    Parameters
    ----------
    tables, faults
    tasks : dict of str to str
        Activity ids of the project by task_id.
    elsewhere : collection of str
        The task_id of every activity in the file.
    """
    links: list[Link] = []
    others = absent = 0
    for row in tables.rows("TASKPRED", faults, ["task_id", "pred_task_id", "pred_type"]):
        successor, predecessor = row["task_id"], row["pred_task_id"]
        if successor not in tasks and predecessor not in tasks:
            continue
        if successor not in tasks or predecessor not in tasks:
            outside = predecessor if successor in tasks else successor
            others, absent = others + (outside in elsewhere), absent + (outside not in elsewhere)
            continue
        kind = faults.choice(row, "pred_type", LINKS, "FS", needed=True)
        lag = faults.number(row, "lag_hr_cnt") or 0.0
        try:
            links.append(Link(tasks[predecessor], tasks[successor], kind, lag=lag))
        except ProblemsError as error:
            faults.add_problems(row, error.problems)
    notes = []
    if others:
        notes.append(f"links to activities of other projects are left out: {others:,}")
    if absent:
        notes.append(f"links to activities that are not in the file are left out: {absent:,}")
    return links, notes
