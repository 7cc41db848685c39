"""The sheet of a workbook with what few risks have: alternatives, triggers, windows, costs, mitigations ⇄ rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schedrisk.errors import Problem, did_you_mean, shown
from schedrisk.estimates import Estimate
from schedrisk.io.cells import cell_text, plain_day
from schedrisk.model import Risk

__all__ = ["RISK_DETAILS", "SHEET", "add_risk_details", "risk_detail_rows"]

SHEET = "risk details"
RISK_DETAILS = ("risk", "key", "task", "value")

MITIGATION = "mitigation "
WINDOW = "window "
OF_TASKS = ("probability", "delay", "factor", "saving")
TEXTS = ("exclusive", "triggered_by")
SINGLE = ("per_task", "independent", "parallel", "fades", "cost", "cost_per_day", "exclusive")
AFTER = (
    "probability",
    "delay",
    "factor",
    "saving",
    "impact_cost",
    "impact_cost_per_day",
    "cost",
    "lead_time",
    "owner",
    "name",
)
KNOWN = (
    "probability", "saving", *SINGLE, "triggered_by", *(f"{WINDOW}{key}" for key in ("start", "finish")),
    *(f"{MITIGATION}{key}" for key in AFTER),
)  # fmt: skip
NUMBERS = {"probability", f"{MITIGATION}probability", f"{MITIGATION}lead_time", f"{WINDOW}start", f"{WINDOW}finish"}
NAMES = {*TEXTS, f"{MITIGATION}owner", f"{MITIGATION}name"}


def risk_detail_rows(risks: Iterable[Risk]) -> Iterator[list[Any]]:
    """Yield the rows of the sheet: risk, key, task where there is one, and value."""
    for risk in risks:
        for key, task, value in _details(risk):
            yield [risk.id, key, task, str(value) if isinstance(value, Estimate) else value]


def _details(risk: Risk) -> Iterator[tuple[str, str | None, Any]]:
    if isinstance(risk.probability, Mapping):
        yield from _values("probability", risk.probability)
    yield from _values("saving", risk.saving)
    for key in SINGLE:
        if (value := getattr(risk, key)) not in (None, False):
            yield key, None, value
    yield from (("triggered_by", None, each) for each in risk.triggered_by)
    for key, end in zip(("start", "finish"), risk.window.ends if risk.window else (), strict=False):
        if end is not None:
            yield f"{WINDOW}{key}", None, end
    if risk.mitigation is not None:
        for key in AFTER:
            value = getattr(risk.mitigation, key)
            if key != "lead_time" or value:
                yield from _values(f"{MITIGATION}{key}", value)


def _values(key: str, value: Any) -> Iterator[tuple[str, str | None, Any]]:
    if isinstance(value, Mapping):
        yield from ((key, task, each) for task, each in value.items())
    elif value is not None:
        yield key, None, value


def add_risk_details(
    risks: Iterable[dict[str, Any]], rows: Iterable[tuple[str, Mapping[str, Any]]], problems: list[Problem]
) -> None:
    """Add the rows of the sheet to the risks of a plan document; what is wrong goes to `problems`.

    Parameters
    ----------
    risks : iterable of dict
        Changed.
    rows : iterable of (str, mapping)
        Place and cells of each row.
    problems : list of Problem
    """
    by_id = {cell_text(risk["id"]): risk for risk in risks if "id" in risk}
    for place, row in rows:
        name, key = cell_text(row.get("risk", "")), cell_text(row.get("key", ""))
        if name not in by_id:
            remedy = did_you_mean(name, by_id)
            problems.append(Problem(f"{place}, column risk", shown(name), "the id of a row of the sheet risks", remedy))
        elif key not in KNOWN:
            problems.append(Problem(place, f"the unknown key {shown(key)}", "a known key", did_you_mean(key, KNOWN)))
        elif fault := _add(by_id[name], key, row):
            problems.append(Problem(place, *fault))


def _add(risk: dict[str, Any], key: str, row: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Put a value where the document has it; say what is wrong: found, expected, remedy."""
    value, task = _read(key, row.get("value")), row.get("task")
    part, field = risk, key
    for group in (MITIGATION, WINDOW):
        if key.startswith(group):
            part, field = risk.setdefault(group.strip(), {}), key.removeprefix(group)
    if field == "triggered_by":
        part.setdefault(field, []).append(value)
        return None
    if task is None:
        if field in part:
            return f"{key} again", "every key once", "remove one of the rows"
        part[field] = value
        return None
    if field not in OF_TASKS:
        return f"a task beside {key}", "none, as it is for all tasks", "clear the cell"
    table = part.setdefault(field, {})
    if not isinstance(table, dict) or cell_text(task) in table:
        return f"{key} again", "every key once, or once for each task", "remove one of the rows"
    table[cell_text(task)] = value
    return None


def _read(key: str, value: Any) -> Any:
    if key in NAMES and value is not None and not isinstance(value, bool):
        return cell_text(value)
    if key in NUMBERS and isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return plain_day(value)
