"""The report for other programs: a stable JSON document, described in docs/reference/json-report.md."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
from typing import Any

import numpy as np

from schedrisk.calendars import Calendar
from schedrisk.model import Correlation, Damages, Plan
from schedrisk.report.change import Change
from schedrisk.report.summary import ReportSummary, Target
from schedrisk.result import PromiseOutcome

__all__ = ["REPORT_VERSION", "document", "promise_row", "render_json"]

REPORT_VERSION = 1
"""Raised when a key of the document goes away or changes its meaning; new keys may come at any time."""


def render_json(summary: ReportSummary, *, ascii_only: bool = False) -> str:
    """Render a report as JSON.

    Parameters
    ----------
    summary : ReportSummary
    ascii_only : bool
        Escape all other characters, for places that cannot hold them.
    """
    return json.dumps(document(summary), indent=2, ensure_ascii=ascii_only, allow_nan=False) + "\n"


def document(summary: ReportSummary) -> dict[str, Any]:
    """Return the report as plain dicts and lists: every number is finite, what does not exist is None."""
    return {
        "report_version": REPORT_VERSION,
        "plan": _plan(summary.plan),
        "finish": {"planned": plain(summary.planned_finish), "percentiles": _percentiles(summary.percentiles)},
        "promises": [_promise(each, summary.plan) for each in summary.promises],
        "explained": [_target(each, summary.unit) for each in summary.targets],
        "costs": [_record(each) for each in summary.costs],
        "mitigations": [_record(each) for each in summary.mitigations],
        "branches": [_record(each) for each in summary.happenings.outcomes],
        "decisions": [_record(each) for each in summary.happenings.decisions],
        "gates": [_record(each) for each in summary.happenings.gates],
        "findings": [dataclasses.asdict(each) for each in summary.findings],
        "computation": {
            "n_draws": summary.n_draws,
            "sampling": str(summary.sampling),
            "mitigated": list(summary.mitigated),
            # As text: it may have 128 bits, and many programs read numbers with 53.
            "seed": str(summary.entropy),
            "stream_version": summary.stream_version,
            "plan_hash": summary.plan.digest,
            "versions": dict(summary.versions),
        },
    }


def plain(value: Any) -> Any:
    """Turn a value into what JSON knows: dates into ISO text, NaN and infinities into None.

    Examples
    --------
    >>> plain(np.datetime64("2027-03-04T17:00:00")), plain(np.datetime64("2027-03-04")), plain(float("nan"))
    ('2027-03-04T17:00:00', '2027-03-04', None)
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def promise_row(outcome: PromiseOutcome) -> dict[str, Any]:
    """Return the figures of a promise, one value for each key."""
    low, high = outcome.interval
    fields = {
        each.name: plain(getattr(outcome, each.name))
        for each in dataclasses.fields(outcome)
        if each.name != "unit" and not each.name.endswith("_by_replicate")
    }
    head = {name: fields.pop(name) for name in ("name", "task", "by", "within", "after", "n_draws", "n_kept")}
    return {
        **head,
        "probability": outcome.probability,
        "probability_se": outcome.probability_se,
        "probability_low": low,
        "probability_high": high,
        "unit": outcome.unit,
        **fields,
        "imposed": list(outcome.imposed),
        "probability_without": plain(outcome.probability_without),
    }


def _promise(outcome: PromiseOutcome, plan: Plan) -> dict[str, Any]:
    damages = plan.promise(outcome.name).damages
    return {**promise_row(outcome), "damages": None if damages is None else _damages(damages)}


def _damages(damages: Damages) -> dict[str, Any]:
    return {name: getattr(damages, name) for name in ("rate", "per", "whole", "grace", "cap")}


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "name": plan.name,
        "start": plain(plan.start),
        "status_date": plain(plan.status_date),
        "must_finish": plain(plan.must_finish),
        "unit": plan.unit,
        "n_tasks": len(plan.tasks),
        "n_links": len(plan.all_links),
        "n_risks": len(plan.risks),
        "owners": list(plan.owners),
        "assumptions": list(plan.assumptions),
        "calendar": _calendar(plan.calendar),
        "calendars": [_calendar(each) for each in plan.calendars],
        "scheduling": dataclasses.asdict(plan.scheduling),
        "provenance": None if plan.provenance is None else _record(plan.provenance),
        "correlations": [_correlation(each) for each in plan.correlations],
    }


def _correlation(correlation: Correlation) -> dict[str, Any]:
    fields = {each.name: getattr(correlation, each.name) for each in dataclasses.fields(correlation)}
    matrix = correlation.matrix
    lists = {"tasks": list(correlation.tasks), "risks": list(correlation.risks)}
    return fields | lists | {"matrix": None if matrix is None else [list(row) for row in matrix]}


def _calendar(calendar: Calendar) -> dict[str, Any]:
    source = calendar.source
    return {
        "name": calendar.name,
        "weekdays": list(calendar.weekdays),
        "shifts": list(calendar.shifts),
        "holidays": [plain(day) for day in calendar.holidays],
        "extra_working_days": [plain(day) for day in calendar.extra_working_days],
        "weekday_shifts": {day: list(shifts) for day, shifts in calendar.weekday_shifts.items()},
        "special_days": {plain(day): list(shifts) for day, shifts in calendar.special_days.items()},
        "source": None
        if source is None
        else {
            "country": source.country,
            "subdivision": source.subdivision,
            "package": source.package,
            "years": list(source.years),
            "last_official_year": source.last_official_year,
        },
    }


def _percentiles(percentiles: tuple[tuple[int, Any], ...], key: str = "finish") -> list[dict[str, Any]]:
    return [{"percent": percent, key: plain(moment)} for percent, moment in percentiles]


def _target(target: Target, unit: str) -> dict[str, Any]:
    return {
        "promise": target.promise,
        "task": target.task,
        "after": target.after,
        "unit": unit,
        "planned_finish": plain(target.planned_finish),
        "percentiles": _percentiles(target.percentiles, "finish" if target.after is None else "within"),
        "p80_low": plain(target.p80_interval[0]),
        "p80_high": plain(target.p80_interval[1]),
        "drivers": [_record(each) for each in target.drivers],
        "together": None if target.together is None else _record(target.together),
        "what_if_draws": target.what_if_draws,
        "risks": [
            {
                **_record(each),
                "delays": [{"task": task, "delay": delay} for task, delay in each.delays],
                "factors": [{"task": task, "factor": factor} for task, factor in each.factors],
                "savings": [{"task": task, "saving": saving} for task, saving in each.savings],
                "conditions": list(each.conditions),
            }
            for each in target.risks
        ],
        "owners": [_record(each) for each in target.owners],
    }


def _record(record: Any) -> dict[str, Any]:
    """Return a record key by key; a change becomes a value with the ends of its interval."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        values[field.name] = (
            {name: plain(end) for name, end in dataclasses.asdict(value).items()}
            if isinstance(value, Change)
            else plain(value)
        )
    return values
