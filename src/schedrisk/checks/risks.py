"""Rules about risks: those that do nothing or are none, and impacts, windows and mitigations that are odd."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from schedrisk.checks.facts import Facts, Finding, Severity, ends_of
from schedrisk.errors import shown
from schedrisk.model import Risk
from schedrisk.wording import number_text

__all__ = ["doubtful_risks"]

# Few things make work ten times as long; a factor of 20 is more often 20 % or 2.0.
LARGE_FACTOR = 10.0

Told = tuple[Severity, str, str, str]


def doubtful_risks(facts: Facts) -> Iterator[Finding]:
    """Find risks that do nothing, or are none, or hardly mean what they say."""
    for number, risk in enumerate(facts.plan.risks):
        found = (
            _does_nothing(risk), _is_over(facts, risk), _is_none(risk), _odd_factors(facts, risk),
            _out_of_reach(facts, number, risk), _idle_mitigation(risk),
        )  # fmt: skip
        for severity, rule, finding, remedy in (told for each in found for told in each):
            yield Finding(severity, rule, "risk", number, f"risk {shown(risk.id)}", finding, remedy, risk.id)


def _does_nothing(risk: Risk) -> Iterator[Told]:
    if not risk.hits:
        lacks = "tasks" if any((risk.delay, risk.factor, risk.saving)) else "delay"
        if lacks == "tasks" or risk.cost is None:
            yield (
                "warning",
                "risk-hits-nothing",
                f"has no {lacks} and changes nothing",
                "say which tasks it delays, or multiplies by a factor, and by how much",
            )
    elif (
        all(ends_of(each)[1] == 0 for each in (*risk.delays.values(), *risk.savings.values()))
        and all(ends_of(each) == (1, 1) for each in risk.factors.values())
        and risk.cost is None
    ):
        does = " and ".join(
            ["delays its tasks by 0"] * bool(risk.delays)
            + ["multiplies its tasks by 1"] * bool(risk.factors)
            + ["saves its tasks 0"] * bool(risk.savings)
        )
        yield "warning", "risk-hits-nothing", f"{does} and changes nothing", "say how much it changes"


def _is_over(facts: Facts, risk: Risk) -> Iterator[Told]:
    if risk.hits and not any(facts.works[facts.rows[task]] for task in risk.hits):
        yield "warning", "risk-over", "hits only what has no work to come", "close it, or say what else it hits"


def _is_none(risk: Risk) -> Iterator[Told]:
    lowest, highest = risk.odds
    if highest == 0:
        yield "warning", "risk-impossible", "has probability 0 and never happens", "give its chance, or remove it"
    elif lowest == 1 and not risk.triggered_by and risk.window is None:
        remedy = "put it into the estimates and the planned values, unless what it costs is all that is uncertain"
        yield "warning", "risk-certain", "has probability 1 and always happens", remedy


def _odd_factors(facts: Facts, risk: Risk) -> Iterator[Told]:
    for task, factor in risk.factors.items():
        most = ends_of(factor)[1]
        row = facts.rows[task]
        if facts.works[row] and facts.high[row] == 0:
            text = f"multiplies {shown(task)}, which takes no time and still takes none"
            yield "warning", "factor-of-nothing", text, "give a delay in place of the factor"
        elif most > LARGE_FACTOR:
            text = f"multiplies {shown(task)} by up to {number_text(most)}"
            yield "warning", "large-factor", text, "a fifth more is a factor of 1.2"


def _out_of_reach(facts: Facts, number: int, risk: Risk) -> Iterator[Told]:
    """Find windows in which none of the tasks can be at work in any draw."""
    rows = [facts.rows[task] for task in risk.hits if facts.works[facts.rows[task]]] if risk.window is not None else []
    if rows and not any(_can_reach(facts, number, row) for row in rows):
        yield "warning", "window-unreachable", "has a window in which no work can be", "mend its dates"


def _can_reach(facts: Facts, number: int, row: int) -> bool:
    rule = facts.network.rules[row]
    if rule is None or facts.network.weathered:  # how late work can be is not known where days are lost
        return True
    opens, closes = (each.work for each in rule.windows[number])
    earliest, latest = rule.clock.work(np.array([facts.earliest[row], facts.latest[row]]))
    # Work that ends as early as can be began no earlier than its longest duration allows, nor than all work does.
    begins = max(earliest - float(facts.network.axis.to_ticks(facts.high[row])), rule.floor.work)
    return bool(latest >= opens and begins <= closes)


def _idle_mitigation(risk: Risk) -> Iterator[Told]:
    if risk.mitigation is not None and risk.after_mitigation() == replace(risk, mitigation=None):
        text = "has a mitigation that leaves it as it is"
        yield "warning", "mitigation-idle", text, "say what remains of the risk, or remove the mitigation"
