"""The dates that a scheduling tool stored in its file, to compare a schedule with."""

from __future__ import annotations

import datetime as dt

from schedrisk.io.xer import xer_projects
from schedrisk.io.xer_tables import read_tables

DATES = {
    "early_start": "early_start_date",
    "early_finish": "early_end_date",
    "late_start": "late_start_date",
    "late_finish": "late_end_date",
}
FLOATS = {"total_float": "total_float_hr_cnt", "free_float": "free_float_hr_cnt"}
SPANS = ("TT_LOE", "TT_WBS")


def xer_stored_dates(data: bytes, project: str | int | None = None) -> dict[str, dict[str, dt.datetime | float | None]]:
    """Return what P6 computed for every open activity of a project in a XER, by activity id.

    Parameters
    ----------
    data : bytes
    project : str or int, optional
        Its proj_id or short name; the one with most activities where not given.

    Returns
    -------
    dict
        Of each activity `early_start`, `early_finish`, `late_start`, `late_finish` (of work in progress those of what
        remains), `total_float` and `free_float` [h]; None for a blank. Finished activities, level of effort and
        summaries, for which P6 computes no float, are left out.
    """
    projects = xer_projects(data)
    if project is not None:
        projects = [each for each in projects if str(project) in each[:2]]
    key = max(projects, key=lambda each: each[2])[0]
    tables, faults = read_tables(data)
    stored: dict[str, dict[str, dt.datetime | float | None]] = {}
    for row in tables.rows("TASK", faults):
        if row["proj_id"] != key or row["status_code"] == "TK_Complete" or row["task_type"] in SPANS:
            continue
        stored[row["task_code"]] = {
            **{name: faults.moment(row, column) for name, column in DATES.items()},
            **{name: faults.number(row, column) for name, column in FLOATS.items()},
        }
    faults.raise_all()
    return stored
