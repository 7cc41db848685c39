"""The columns of a table of tasks, under our names and under the common ones of spreadsheets."""

from __future__ import annotations

import difflib
import re
import unicodedata
import warnings
from collections.abc import Sequence

from schedrisk.errors import Problem, SchedriskWarning, shown

__all__ = ["CODE", "COLUMNS", "column_places"]

CODE = "code: "
"""What stands before the name of an activity code in the name of its column."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("id", "task id", "activity id", "key", "no", "number", "code"),
    "name": ("name", "task", "activity", "task name", "activity name", "description", "title"),
    "low": ("low", "optimistic", "min", "minimum", "best case", "best", "a"),
    "mode": ("mode", "most likely", "likely", "ml", "duration", "m"),
    "high": ("high", "pessimistic", "max", "maximum", "worst case", "worst", "b"),
    "estimate": ("estimate", "distribution"),
    "planned": ("planned", "planned duration"),
    "after": ("after", "predecessors", "predecessor", "depends on", "dependencies", "dependency"),
    "lag": ("lag",),
    "owner": ("owner", "responsible", "responsibility", "assigned to"),
    "tags": ("tags", "tag", "labels", "label"),
    "calendar": ("calendar",),
    "kind": ("kind", "activity type", "task type"),
    "wbs": ("wbs", "wbs code", "wbs path"),
    "actual_start": ("actual start",),
    "actual_finish": ("actual finish", "actual end"),
    "suspended": ("suspended", "suspend date"),
    "resumed": ("resumed", "resume date"),
    "manual_start": ("manual start",),
    "manual_finish": ("manual finish",),
    "constraints": ("constraints",),
    "active": ("active",),
    "assignments": ("assignments",),
    "estimate_from": ("estimate from",),
    "exists": ("exists", "chance of existence"),
}
"""Each column with the names by which it is recognised, whatever their case, spaces and punctuation."""


_CODE = re.compile(r"code\s*:\s*(.*\S)\s*", re.IGNORECASE | re.DOTALL)


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


_KNOWN = {_folded(alias): column for column, aliases in COLUMNS.items() for alias in aliases}
# Short names are near to too many innocent ones.
_LONG = {_folded(alias): alias for aliases in COLUMNS.values() for alias in aliases if len(alias) > 3}
MOST_COLUMNS = 16_384  # of a sheet in Excel
MOST_SUGGESTIONS = 100


def column_places(header: Sequence[object]) -> tuple[dict[str, int], list[Problem]]:
    """Find the known columns of a header.

    Parameters
    ----------
    header : sequence
        Cells of the first row.

    Returns
    -------
    places : dict of str to int
        Where each known column stands; those of activity codes are ``"code: NAME"``.
    problems : list of Problem
        Columns given twice, and names so near to a known one that they are taken for mistakes. Other unknown columns
        are left out with a `SchedriskWarning`.
    """
    if len(header) > MOST_COLUMNS:
        return {}, [
            Problem("header", f"{len(header):,} columns", f"at most {MOST_COLUMNS:,}", "is it a table of tasks?")
        ]
    places: dict[str, int] = {}
    problems: list[Problem] = []
    unused: list[str] = []
    for place, cell in enumerate(header):
        name = "" if cell is None else str(cell).strip()
        code = _CODE.fullmatch(name)
        # The name of a code stays as it is typed: there may be a Phase and a PHASE.
        column = _KNOWN.get(_folded(name)) if code is None else CODE + unicodedata.normalize("NFC", code[1])
        if column is None:
            if not _folded(name):
                continue
            near = _near(name) if len(unused) < MOST_SUGGESTIONS else None
            if near is not None:
                remedy = f"did you mean {near!r}? otherwise rename or remove it"
                problems.append(Problem("header", f"the unknown column {shown(name)}", "a known column", remedy))
            else:
                unused.append(shown(name))
        elif column in places:
            found = f"two columns for {column}: {shown(str(header[places[column]]))} and {shown(name)}"
            problems.append(Problem("header", found, "one column for each", "remove or rename one"))
        else:
            places[column] = place
    if not {"id", "name"} & places.keys():
        listed = ", ".join(shown(str(cell), 20) for cell in list(header)[:6]) or "nothing"
        problems.append(Problem("header", listed, "a column id or name", "the first row names the columns"))
    if unused and not problems:
        more = f" and {len(unused) - 8} more" if len(unused) > 8 else ""
        warnings.warn(f"columns not used: {', '.join(unused[:8])}{more}", SchedriskWarning, stacklevel=2)
    return places, problems


def _near(name: str) -> str | None:
    # Two slips in ten signs are a mistake; with more, Cost would be taken for Worst and Start for Estimate.
    near = difflib.get_close_matches(_folded(name)[:100], _LONG, n=1, cutoff=0.8)
    return _LONG[near[0]] if near else None
