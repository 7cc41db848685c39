"""The dates that Microsoft Project stored in an MSPDI file, to hold against those that schedrisk computes."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
from typing import TypeAlias

__all__ = ["mspdi_stored_dates"]

Stored: TypeAlias = dict[str, dict[str, dt.datetime | float | None]]

DATES = {
    "early_start": "EarlyStart",
    "early_finish": "EarlyFinish",
    "late_start": "LateStart",
    "late_finish": "LateFinish",
}
FLOATS = {"total_float": "TotalSlack", "free_float": "FreeSlack"}


def mspdi_stored_dates(data: bytes) -> Stored:
    """Return the stored dates and floats [h] of every task that is no summary, is active and not complete, by UID.

    Slack that the file leaves out is 0. The file is trusted: benchmarks read files of known origin only.
    """
    root = ET.fromstring(data)  # noqa: S314
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return {
        task.findtext("UID", ""): _of(task)
        for task in root.iterfind("Tasks/Task")
        if task.findtext("UID") != "0"
        and task.findtext("Summary") != "1"
        and task.findtext("IsNull") != "1"
        and task.findtext("Active") != "0"
        and task.findtext("PercentComplete") != "100"
    }


def _of(task: ET.Element) -> dict[str, dt.datetime | float | None]:
    dates = {field: _moment(task.findtext(name)) for field, name in DATES.items()}
    return dates | {field: float(task.findtext(name) or 0) / 600 for field, name in FLOATS.items()}


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None
