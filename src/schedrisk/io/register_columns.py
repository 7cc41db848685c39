"""The columns of a risk register, under our names and under the common ones."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Sequence

from schedrisk.errors import Problem, SchedriskWarning, shown
from schedrisk.model.scale import folded

__all__ = ["COLUMNS", "RESULTS", "register_places"]

COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("id", "risk id", "risk no", "key", "no", "number", "code", "ref", "reference"),
    "name": ("name", "risk", "risk name", "risk title", "title", "event", "risk event", "threat", "opportunity"),
    "description": ("description", "risk description", "details"),
    "status": ("status", "risk status", "state"),
    "probability": ("probability", "likelihood", "chance", "odds", "prob", "p"),
    "delay": (
        "delay", "impact", "schedule impact", "time impact", "impact on time", "impact on schedule", "schedule delay",
        "duration impact", "consequence",
    ),
    "low": ("low", "optimistic", "min", "minimum", "delay low", "impact low", "delay min", "impact min"),
    "mode": ("mode", "most likely", "likely delay", "ml", "delay mode", "impact mode", "delay most likely"),
    "high": ("high", "pessimistic", "max", "maximum", "delay high", "impact high", "delay max", "impact max"),
    "factor": ("factor", "duration factor", "multiplier"),
    "tasks": (
        "tasks", "task", "task id", "task ids", "activities", "activity", "activity id", "activity ids",
        "affected tasks", "affected activities", "impacted tasks", "impacted activities", "hits",
    ),
    "owner": ("owner", "risk owner", "responsible", "responsibility", "assigned to"),
    "saving": ("saving", "time saving", "schedule saving"),
    "cost": ("cost", "cost impact", "impact on cost"),
    "cost_per_day": ("cost per day", "daily cost"),
    "per_task": ("per task", "happens per task"),
    "independent": ("independent",),
    "parallel": ("parallel",),
    "fades": ("fades",),
    "exclusive": ("exclusive", "exclusive group", "alternatives"),
    "triggered_by": ("triggered by", "caused by"),
    "window_start": ("window start", "valid from", "from"),
    "window_finish": ("window finish", "window end", "valid until", "until"),
    "mitigated_probability": (
        "mitigated probability", "mitigated likelihood", "residual probability", "residual likelihood",
        "post-mitigation probability", "post-mitigation likelihood",
    ),
    "mitigated_delay": (
        "mitigated delay", "mitigated impact", "residual delay", "residual impact", "residual schedule impact",
        "post-mitigation delay", "post-mitigation impact",
    ),
    "mitigated_factor": ("mitigated factor", "residual factor", "post-mitigation factor"),
    "mitigated_saving": ("mitigated saving", "residual saving", "post-mitigation saving"),
    "mitigated_cost": ("mitigated cost", "residual cost", "post-mitigation cost"),
    "mitigated_cost_per_day": ("mitigated cost per day", "residual cost per day", "post-mitigation cost per day"),
    "mitigation": ("mitigation", "mitigation name", "mitigation action", "response", "treatment"),
    "mitigation_cost": ("mitigation cost", "cost of mitigation", "response cost"),
    "mitigation_lead_time": ("mitigation lead time", "lead time"),
    "mitigation_owner": ("mitigation owner", "response owner", "action owner"),
}  # fmt: skip
"""Each column with the names by which it is recognised, whatever their case, spaces and punctuation."""

RESULTS = (
    "rank", "occurrences", "occurred", "occurred_se", "delay_mean", "delay_mean_se", "finish_change",
    "finish_change_se", "expected_change", "cost_mean", "cost_mean_se", "probability_change", "probability_change_se", "mean_saved", "mean_saved_se",
    "p80_saved", "p80_saved_se", "probability_gain", "probability_gain_se",
)  # fmt: skip
"""What a simulation adds to a register; left out of account when that is read again."""

MOST_COLUMNS = 16_384  # of a sheet in Excel
MOST_SUGGESTIONS = 100

_KNOWN = {folded(alias): column for column, aliases in COLUMNS.items() for alias in aliases}
_PASSED_OVER = {folded(name) for name in RESULTS}
# Short names are near to too many innocent ones.
_LONG = {folded(alias): alias for aliases in COLUMNS.values() for alias in aliases if len(alias) > 4}


def register_places(header: Sequence[object]) -> tuple[dict[str, int], list[Problem]]:
    """Find the known columns of a register.

    Parameters
    ----------
    header : sequence
        Cells of the first row.

    Returns
    -------
    places : dict of str to int
    problems : list of Problem
        Columns given twice, missing ones, and names so near to a known one that they are taken for mistakes. Other
        unknown columns are left out with a `SchedriskWarning`.
    """
    if len(header) > MOST_COLUMNS:
        expected = f"at most {MOST_COLUMNS:,}"
        return {}, [Problem("header", f"{len(header):,} columns", expected, "is it a table of risks?")]
    places: dict[str, int] = {}
    problems: list[Problem] = []
    unused: list[str] = []
    for place, cell in enumerate(header):
        name = "" if cell is None else str(cell).strip()
        column = _KNOWN.get(folded(name))
        if not folded(name) or folded(name) in _PASSED_OVER:
            continue
        if column is None:
            near = _near(name) if len(unused) < MOST_SUGGESTIONS else None
            if near is None:
                unused.append(shown(name))
            else:
                remedy = f"did you mean {near!r}? otherwise rename or remove it"
                problems.append(Problem("header", f"the unknown column {shown(name)}", "a known column", remedy))
        elif column in places:
            found = f"two columns for {column}: {shown(str(header[places[column]]))} and {shown(name)}"
            problems.append(Problem("header", found, "one column for each", "remove or rename one"))
        else:
            places[column] = place
    problems = problems or _missing(header, places)
    if unused and not problems:
        more = f" and {len(unused) - 8} more" if len(unused) > 8 else ""
        warnings.warn(
            f"columns of the register not used: {', '.join(unused[:8])}{more}", SchedriskWarning, stacklevel=2
        )
    return places, problems


def _missing(header: Sequence[object], places: dict[str, int]) -> list[Problem]:
    listed = ", ".join(shown(str(cell), 20) for cell in list(header)[:6]) or "nothing"
    problems = []
    if not {"id", "name", "description"} & places.keys():
        problems.append(Problem("header", listed, "a column id or name", "the first row names the columns"))
    if "probability" not in places:
        problems.append(Problem("header", listed, "a column probability", "name it probability or likelihood"))
    return problems


def _near(name: str) -> str | None:
    near = difflib.get_close_matches(folded(name)[:100], _LONG, n=1, cutoff=0.8)
    return _LONG[near[0]] if near else None
