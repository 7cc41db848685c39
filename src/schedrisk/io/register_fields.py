"""The columns of a register that only some risks need: costs, alternatives, triggers, windows, mitigations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from schedrisk.estimates import Estimate
from schedrisk.io.cells import join_list
from schedrisk.model import Risk

__all__ = ["FURTHER", "MITIGATED", "column_of", "further_fields", "further_register_columns", "written"]


class RegisterField(NamedTuple):
    """How a further column is read and where its value goes."""

    read: str
    """Method of `CellReader`."""
    key: str
    part: str | None = None
    """None for the risk itself, "mitigation" or "window"."""


FURTHER: Mapping[str, RegisterField] = {
    "saving": RegisterField("saving", "saving"),
    "cost": RegisterField("amount", "cost"),
    "cost_per_day": RegisterField("amount", "cost_per_day"),
    "per_task": RegisterField("truth", "per_task"),
    "independent": RegisterField("truth", "independent"),
    "parallel": RegisterField("truth", "parallel"),
    "fades": RegisterField("truth", "fades"),
    "exclusive": RegisterField("name", "exclusive"),
    "triggered_by": RegisterField("names", "triggered_by"),
    "window_start": RegisterField("moment", "start", "window"),
    "window_finish": RegisterField("moment", "finish", "window"),
    "mitigated_probability": RegisterField("probability", "probability", "mitigation"),
    "mitigated_delay": RegisterField("delay", "delay", "mitigation"),
    "mitigated_factor": RegisterField("factor", "factor", "mitigation"),
    "mitigated_saving": RegisterField("saving", "saving", "mitigation"),
    "mitigated_cost": RegisterField("amount", "impact_cost", "mitigation"),
    "mitigated_cost_per_day": RegisterField("amount", "impact_cost_per_day", "mitigation"),
    "mitigation": RegisterField("name", "name", "mitigation"),
    "mitigation_cost": RegisterField("amount", "cost", "mitigation"),
    "mitigation_lead_time": RegisterField("number", "lead_time", "mitigation"),
    "mitigation_owner": RegisterField("name", "owner", "mitigation"),
}

MITIGATED = tuple(name for name in FURTHER if name.startswith("mitigated_"))
"""Without one of these a mitigation says nothing about the risk."""


def further_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a risk, given the values of further columns.

    A mitigation of which nothing is known but what it is called or costs is none.
    """
    fields: dict[str, Any] = {}
    for name, value in values.items():
        field = FURTHER[name]
        holder = fields if field.part is None else fields.setdefault(field.part, {})
        holder[field.key] = value
    if not values.keys() & set(MITIGATED):
        fields.pop("mitigation", None)
    return fields


def column_of(place: str) -> str | None:
    """Return the column of a field, by its place in a risk: ``window, finish``; None where it has none of its own."""
    return next(
        (name for name, field in FURTHER.items() if place == ", ".join(filter(None, (field.part, field.key)))), None
    )


def further_register_columns(risks: Sequence[Risk]) -> dict[str, Callable[[Risk], Any]]:
    """Return what is written in each further column that these risks need."""
    writers = {name: _writer(field) for name, field in FURTHER.items()}
    return {name: write for name, write in writers.items() if any(write(risk) is not None for risk in risks)}


def _writer(field: RegisterField) -> Callable[[Risk], Any]:
    def write(risk: Risk) -> Any:
        holder = risk if field.part is None else getattr(risk, field.part)
        value = None if holder is None else getattr(holder, field.key)
        if value is False or value == () or (field.key == "lead_time" and value == 0):
            return None
        return written(value)

    return write


def written(value: Any) -> Any:
    """Return a value as a cell holds it: an estimate or a list as text."""
    if isinstance(value, Mapping):
        return _joined([task, str(each) if isinstance(each, Estimate) else repr(each)] for task, each in value.items())
    if isinstance(value, tuple):
        return _joined([each] for each in value) or None
    return str(value) if isinstance(value, Estimate) else value


def _joined(items: Iterable[Sequence[str]]) -> str:
    """Write a list; names of several lines in quotes, and then all of it, so that quotes within names do not mislead."""
    listed = [list(item) for item in items]
    if not any("\n" in part or "\r" in part for item in listed for part in item):
        return join_list(listed)
    quoted = [[f'"{part.replace(chr(34), chr(34) * 2)}"' for part in item] for item in listed]
    return "; ".join(" | ".join(item) for item in quoted)
