"""Plans from Primavera P6 exports (XER)."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from schedrisk.calendars import Calendar
from schedrisk.errors import PlanError, shown
from schedrisk.io.xer_options import read_options
from schedrisk.io.xer_parts import CalendarShelf, activity_codes, resource_work, three_points, wbs_paths
from schedrisk.io.xer_tables import Faults, Row, Tables, XerError, clean, read_tables
from schedrisk.io.xer_tasks import Setting, read_links, read_task
from schedrisk.model import Plan, Provenance

__all__ = ["parse_xer", "xer_projects"]

DATES_OF_START = ("act_start_date", "early_start_date", "target_start_date")
WORK = ("TT_Task", "TT_Rsrc")


class Project(NamedTuple):
    """A project of a file: its row of PROJECT and its rows of TASK."""

    row: Row
    activities: list[Row]


def parse_xer(
    data: bytes,
    name: str,
    *,
    project: str | int | None = None,
    estimates: Sequence[str] | None = None,
) -> Plan:
    r"""Make a plan of a project in a XER.

    Durations and lags are working hours. The owner of tasks stays open: set it with `Task.replace`, or in a document
    that builds on the file.

    Parameters
    ----------
    data : bytes
        The file's content: UTF-8 or Windows-1252.
    name : str
        The file's name, for the plan's provenance.
    project : str or int, optional
        Which project: its proj_id or its short name. Not needed where only one has activities.
    estimates : sequence of str, optional
        Labels of three user-defined fields of activities: low, mode and high of what remains [h]. An open activity
        that has all three gets a PERT estimate; its planned value stays the remaining duration of the file.

    Returns
    -------
    Plan
        With what was decided and left out in `provenance.notes`.

    Raises
    ------
    FormatError
        With every fault found: table, line, column, value, what was expected and the remedy.

    Examples
    --------
    >>> lines = [
    ...     "ERMHDR 22.12",
    ...     "%T PROJECT", "%F proj_id proj_short_name plan_start_date clndr_id", "%R 1 SITE 2027-01-04 9",
    ...     "%T CALENDAR", "%F clndr_id clndr_name clndr_data",
    ...     "%R 9 site (0||CalendarData()((0||DaysOfWeek()((0||2()((0||0(s|08:00|f|16:00)())))))))",
    ...     "%T TASK", "%F task_id proj_id task_code task_type status_code remain_drtn_hr_cnt",
    ...     "%R 5 1 A10 TT_Task TK_NotStart 16",
    ...     "%E",
    ... ]
    >>> plan = parse_xer("\n".join(lines).replace(" ", "\t").encode(), "site.xer")
    >>> plan.provenance.project, plan.calendar.weekdays, plan.task("A10").planned_duration
    ('1 SITE', ('mon',), 16.0)
    """
    tables, faults = read_tables(data)
    chosen = _chosen(_projects(tables, faults), project, faults)
    shelf = CalendarShelf(tables, faults)
    own, notes = _own_calendar(chosen, shelf, faults)
    task_ids = _task_ids(chosen, faults)
    setting = _setting(tables, faults, chosen, shelf, own, _labels(estimates, faults))
    tasks = [task for row in chosen.activities if (task := read_task(row, setting)) is not None]
    elsewhere = {row["task_id"] for row in tables.rows("TASK", Faults())}
    links, link_notes = read_links(tables, faults, task_ids, elsewhere)
    others = shelf.others(own)
    notes += [*setting.options.notes, *_left_out(chosen, setting), *link_notes, *shelf.notes]
    start = _start(chosen, faults)
    status_date, must_finish = (faults.moment(chosen.row, each) for each in ("last_recalc_date", "plan_end_date"))
    faults.raise_all()
    number, short = chosen.row["proj_id"], clean(chosen.row["proj_short_name"])
    try:
        return Plan(
            name=_title(tables, number) or short or name,
            start=start,
            unit="h",
            calendar=shelf.calendar(own) or Calendar(),
            calendars=others,
            status_date=status_date,
            must_finish=must_finish,
            scheduling=setting.options.scheduling,
            provenance=Provenance(
                name, f"XER {tables.version}".strip(), project=f"{number} {short}", notes=[*tables.notes, *notes]
            ),
            links=links,
            tasks=tasks,
        )
    except PlanError as error:
        raise XerError(error.problems) from error


def _setting(
    tables: Tables, faults: Faults, chosen: Project, shelf: CalendarShelf, own: str, labels: list[str]
) -> Setting:
    tasks = {row["task_id"] for row in chosen.activities}
    work = [row for row in chosen.activities if row["task_type"] in WORK and row["status_code"] != "TK_Complete"]
    by_resources = {row["task_id"] for row in work if row["task_type"] == "TT_Rsrc"}
    summaries = {row["wbs_id"] for row in chosen.activities if row["task_type"] == "TT_WBS"}
    return Setting(
        faults=faults,
        shelf=shelf,
        calendar=shelf.names.get(own),
        options=read_options(tables, faults, chosen.row),
        wbs=wbs_paths(tables, faults, chosen.row["proj_id"], summaries),
        codes=activity_codes(tables, faults, tasks),
        work=resource_work(tables, faults, shelf, by_resources),
        points=three_points(tables, faults, labels, {row["task_id"] for row in work}) if labels else {},
        estimate_from=f"fields {', '.join(labels)}",
    )


def xer_projects(data: bytes) -> list[tuple[str, str, int]]:
    r"""Return proj_id, short name and number of activities of every project in a XER.

    Raises
    ------
    FormatError
        Where it is not a XER, or not whole.

    Examples
    --------
    >>> xer_projects(b"ERMHDR\t22.12\n%T\tPROJECT\n%F\tproj_id\tproj_short_name\n%R\t7\tSITE\n%E\n")
    [('7', 'SITE', 0)]
    """
    tables, faults = read_tables(data)
    projects = _projects(tables, faults)
    faults.raise_all()
    return [(each.row["proj_id"], clean(each.row["proj_short_name"]), len(each.activities)) for each in projects]


def _projects(tables: Tables, faults: Faults) -> list[Project]:
    projects = {row["proj_id"]: Project(row, []) for row in tables.rows("PROJECT", faults, ["proj_id"])}
    need = ["task_id", "proj_id", "task_code", "task_type", "status_code"]
    for row in tables.rows("TASK", faults, need):
        if row["proj_id"] in projects:
            projects[row["proj_id"]].activities.append(row)
    return list(projects.values())


def _chosen(projects: list[Project], wanted: str | int | None, faults: Faults) -> Project:
    """Return the project that is wanted, or the only one with activities."""
    if not projects:
        faults.add("PROJECT", None, "no project", "at least one row", "export a project from P6")
        raise faults.error()
    if wanted is None:
        found = [each for each in projects if each.activities]
    else:
        text = clean(str(wanted))
        found = [each for each in projects if each.row["proj_id"] == text] or [
            each for each in projects if clean(each.row["proj_short_name"]) == text
        ]
    if len(found) == 1 and found[0].activities:
        return found[0]
    listed = "; ".join(
        f"{each.row['proj_id']} {shown(clean(each.row['proj_short_name']))} with {len(each.activities):,} activities"
        for each in projects
    )
    what = f"{len(found)} projects with activities" if wanted is None else f"project={wanted!r}"
    if wanted is not None and found:
        what += ", which has no activities" if len(found) == 1 else f", which {len(found)} projects are called"
    remedy = "" if wanted is None and not found else "say project= with the id or short name of one; "
    faults.add("PROJECT", None, what, "one project with activities", f"{remedy}the file has {listed}")
    raise faults.error()


def _task_ids(chosen: Project, faults: Faults) -> dict[str, str]:
    """Return the activity ids by task_id; both should be unique."""
    codes: dict[str, str] = {}
    seen: dict[str, Row] = {}
    for row in chosen.activities:
        code = unicodedata.normalize("NFC", row["task_code"])
        if row["task_id"] in codes:
            faults.add(row, "task_id", shown(row["task_id"]), "a unique id", "export the project again")
        if code and code in seen:
            found = f"{shown(code)}, which line {seen[code].line} has too"
            faults.add(row, "task_code", found, "ids that are unique in the project", "rename one of the two")
        codes[row["task_id"]] = code
        seen.setdefault(code, row)
    return codes


def _own_calendar(chosen: Project, shelf: CalendarShelf, faults: Faults) -> tuple[str, list[str]]:
    """Return the id of the plan's calendar: the project's default, or the one that most activities use."""
    own = chosen.row["clndr_id"]
    if shelf.works(own):
        return own, []
    counts = Counter(row["clndr_id"] for row in chosen.activities)
    most = next((key for key, _ in counts.most_common() if shelf.works(key)), None)
    if most is None:
        remedy = "export the project again, or give its calendar working hours in P6"
        faults.add(chosen.row, "clndr_id", shown(own), "the id of a calendar with working time", remedy)
        return own, []
    found = "has no working time" if own in shelf.names else "is not in the file"
    return most, [f"the project's default calendar {found}: the one that most activities use stands for it"]


def _labels(estimates: Sequence[str] | None, faults: Faults) -> list[str]:
    labels = [] if estimates is None else [estimates] if isinstance(estimates, str) else list(estimates)
    if estimates is not None and len({clean(each).casefold() for each in labels}) != 3:
        expected = "three different labels of user-defined fields: low, mode and high"
        faults.add("", None, f"estimates={shown(estimates)}", expected)
        return []
    return labels


def _left_out(chosen: Project, setting: Setting) -> Iterable[str]:
    """Say what the activities have and the plan has not."""
    rows = chosen.activities
    if not setting.options.scheduling.expected_finish and (n := sum(bool(each["expect_end_date"]) for each in rows)):
        yield f"expected finishes are left out, as the scheduling options say: {n:,}"
    if n := sum(each["wbs_id"] not in setting.wbs for each in rows if each["wbs_id"]):
        yield f"activities in elements of the work breakdown structure that are not in the file have none: {n:,}"


def _start(chosen: Project, faults: Faults) -> dt.datetime | None:
    """Return the project's planned start, or the earliest date that is known of it."""
    if chosen.row["plan_start_date"]:
        return faults.moment(chosen.row, "plan_start_date")
    known = [faults.moment(row, column) for row in chosen.activities for column in DATES_OF_START]
    found = [each for each in (*known, faults.moment(chosen.row, "last_recalc_date")) if each is not None]
    if not found:
        faults.add(chosen.row, "plan_start_date", "nothing", "a date", "give the project a planned start in P6")
    return min(found, default=None)


def _title(tables: Tables, project: str) -> str:
    """Return what the project is called: the name of its node in the work breakdown structure."""
    for row in tables.rows("PROJWBS", Faults()):
        if row["proj_id"] == project and row["proj_node_flag"] == "Y":
            return clean(row["wbs_name"])
    return ""
