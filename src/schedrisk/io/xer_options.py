"""Scheduling options of a project in a XER, from its row of SCHEDOPTIONS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

from schedrisk.io.xer_tables import Faults, Row, Tables
from schedrisk.model import SchedulingOptions

__all__ = ["ProjectOptions", "read_options"]

LagCalendar: TypeAlias = Literal["predecessor", "successor", "plan", "24h"]
FloatKind: TypeAlias = Literal["finish", "start", "smallest"]
Progress: TypeAlias = Literal["retained-logic", "progress-override"]

LAG_CALENDAR: Final[Mapping[str, LagCalendar]] = {
    "rcal_Predecessor": "predecessor",
    "rcal_Successor": "successor",
    "rcal_24Hour": "24h",
    "rcal_ProjDefault": "plan",
}
FLOAT: Final[Mapping[str, FloatKind]] = {
    "FT_FF": "finish", "FT_SF": "start", "FT_SS": "start", "FT_MIN": "smallest", "FT_Min": "smallest",
}  # fmt: skip
FLAG: Final = {"Y": True, "N": False}


class ProjectOptions(NamedTuple):
    """What the options say.

    Attributes
    ----------
    scheduling : SchedulingOptions
    external_dates : bool
        Whether dates that come from other projects count.
    notes : list of str
    """

    scheduling: SchedulingOptions
    external_dates: bool
    notes: list[str]


def read_options(tables: Tables, faults: Faults, project: Row) -> ProjectOptions:
    """Read the options of a project; P6's defaults where the file has none.

    Parameters
    ----------
    tables, faults
    project : Row
        Of the table PROJECT.
    """
    key = project["proj_id"]
    row = next((each for each in tables.rows("SCHEDOPTIONS", faults) if each["proj_id"] == key), None)
    notes = []
    if row is None:
        notes.append("the file has no scheduling options of the project: P6's defaults are taken")
        row = Row("SCHEDOPTIONS", project.line, {}, [])
    progress, note = _progress(row, faults)
    notes += note
    external = row["sched_outer_depend_type"] != "SD_None"
    if not external:
        notes.append("dates from other projects are left out, as the scheduling options say")
    options = SchedulingOptions(
        lag_calendar=faults.choice(row, "sched_calendar_on_relationship_lag", LAG_CALENDAR, "predecessor"),
        progress=progress,
        start_lag_from="early-start" if _flag(row, faults, "sched_lag_early_start_flag", True) else "actual-start",
        expected_finish=_flag(row, faults, "sched_use_expect_end_flag", True),
        total_float=faults.choice(row, "sched_float_type", FLOAT, "finish"),
        critical_float=faults.number(project, "critical_drtn_hr_cnt") or 0.0,
        open_ends_critical=_flag(row, faults, "sched_open_critical_flag", False),
    )
    return ProjectOptions(options, external, notes)


def _flag(row: Row, faults: Faults, column: str, default: bool) -> bool:
    return faults.choice(row, column, FLAG, default)


def _progress(row: Row, faults: Faults) -> tuple[Progress, list[str]]:
    """Return how work in progress is scheduled, and what there is to say about it."""
    if _flag(row, faults, "sched_progress_override", False):
        return "progress-override", []
    if _flag(row, faults, "sched_retained_logic", True) or row["sched_progress_override"] != "N":
        return "retained-logic", []
    # P6's third option differs only where actual dates lie after the data date.
    return "progress-override", ["P6's option 'actual dates' is scheduled as progress override"]
