"""Faults of a plan's risks taken together: triggers not known or in a loop, alternatives that are too likely."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from schedrisk._validation import as_number
from schedrisk.errors import Problem, did_you_mean, shown
from schedrisk.estimates.base import Estimate
from schedrisk.model.moments import LONGEST, RAREST
from schedrisk.model.raw import get as _get
from schedrisk.model.risk import Risk

__all__ = ["exclusive_width", "risk_problems", "trigger_order", "waiting_risks", "without_risks"]

# Odds that are written with a few digits may sum to a hair above 1.
ROUNDING = 1e-9


def risk_problems(risks: Sequence[Any], tasks: Sequence[Any]) -> list[Problem]:
    """Return what is wrong with the risks of a plan together.

    Parameters
    ----------
    risks : sequence of Risk or mapping
    tasks : sequence of Task or mapping
        Parts may be malformed.
    """
    return [*_too_long(risks, tasks), *_unknown_triggers(risks), *_circular_triggers(risks), *_too_likely(risks)]


def exclusive_width(risk: Risk) -> float:
    """Return how much of its group's odds a risk takes: before or after its mitigation, whichever is more [0–1]."""
    return max(risk.odds[1], risk.after_mitigation().odds[1])


def trigger_order(risks: Sequence[Risk]) -> tuple[int, ...]:
    """Return the places of risks so that what triggers one comes before it."""
    places = {risk.id: place for place, risk in enumerate(risks)}
    graph = {place: [places[each] for each in risk.triggered_by if each in places] for place, risk in enumerate(risks)}
    return tuple(graphlib.TopologicalSorter(graph).static_order())


def waiting_risks(risks: Sequence[Risk]) -> frozenset[str]:
    """Return the ids of risks whose mitigation takes a lead time, and of all that they trigger, in turn."""
    waiting = {risk.id for risk in risks if risk.mitigation is not None and risk.mitigation.lead_time > 0}
    for place in trigger_order(risks):
        if not waiting.isdisjoint(risks[place].triggered_by):
            waiting.add(risks[place].id)
    return frozenset(waiting)


def without_risks(risks: Sequence[Risk], dropped: Iterable[str]) -> list[Risk]:
    """Return risks without some of them, and without those that nothing is left to trigger.

    Parameters
    ----------
    risks : sequence of Risk
    dropped : iterable of str
        Ids.
    """
    gone = set(dropped)
    for place in trigger_order(risks):
        triggers = risks[place].triggered_by
        if triggers and gone.issuperset(triggers):
            gone.add(risks[place].id)
    return [
        replace(risk, triggered_by=tuple(each for each in risk.triggered_by if each not in gone))
        if gone.intersection(risk.triggered_by)
        else risk
        for risk in risks
        if risk.id not in gone
    ]


def _triggers(risk: object) -> list[str]:
    given = _get(risk, "triggered_by")
    listed = [given] if isinstance(given, str) else given if isinstance(given, list | tuple) else []
    return [each for each in listed if isinstance(each, str)]


def _named(risks: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    yield from ((name, risk) for risk in risks if isinstance(name := _get(risk, "id"), str))


def _unknown_triggers(risks: Sequence[Any]) -> Iterator[Problem]:
    known = [name for name, _ in _named(risks)]
    for name, risk in _named(risks):
        for each in dict.fromkeys(_triggers(risk)):
            if each not in known:
                place, found = f"risk {shown(name)}, triggered_by", f"the unknown risk {shown(each)}"
                yield Problem(place, found, "the id of a risk", did_you_mean(each, known))


def _circular_triggers(risks: Sequence[Any]) -> Iterator[Problem]:
    graph = {name: _triggers(risk) for name, risk in _named(risks)}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        # Each of them is triggered by the one before.
        loop = " → ".join(shown(name) for name in error.args[1])
        expected, remedy = "risks of which none triggers itself", "take one of these triggers out"
        yield Problem("risks, triggered_by", f"the loop {loop}", expected, remedy)


def _too_likely(risks: Sequence[Any]) -> Iterator[Problem]:
    groups: dict[str, dict[str, float]] = {}
    for name, risk in _named(risks):
        group, chance = _get(risk, "exclusive"), _widest(risk)
        if isinstance(group, str) and chance is not None:
            groups.setdefault(group.strip(), {})[name] = chance
    for group, chances in groups.items():
        if (total := sum(chances.values())) > 1 + ROUNDING:
            each = ", ".join(f"{shown(name)} {chance:g}" for name, chance in chances.items())
            expected = "at most 1 in all, as at most one of them happens"
            remedy = "lower the odds, or take a risk out of the group"
            yield Problem(f"risks, exclusive group {shown(group)}", f"odds of {total:g}: {each}", expected, remedy)


def _too_long(risks: Sequence[Any], tasks: Sequence[Any]) -> Iterator[Problem]:
    """Find tasks that many factors together make longer than any project."""
    growth: dict[str, float] = {}
    for risk in risks:
        states = (risk, risk.after_mitigation()) if isinstance(risk, Risk) else ()
        for task in {task: None for state in states for task in state.factors}:
            most = max(state.factors[task].bounds(RAREST)[1] for state in states if task in state.factors)
            growth[task] = growth.get(task, 1.0) * max(1.0, most)
    for task in tasks if growth else ():
        name, estimate = _get(task, "id"), _get(task, "estimate")
        if isinstance(name, str) and name in growth and isinstance(estimate, Estimate):
            longest = max(1.0, estimate.bounds(RAREST)[1]) * growth[name]
            if longest > LONGEST:
                found = f"up to {longest:g} units with the factors of its risks"
                yield Problem(f"task {shown(name)}", found, f"at most {LONGEST:g} units", "lower the factors")


def _widest(risk: object) -> float | None:
    """Return the odds of a risk, or those after its mitigation where they are higher."""
    if isinstance(risk, Risk):
        return exclusive_width(risk)
    chances = [as_number(_get(part, "probability")) for part in (risk, _get(risk, "mitigation"))]
    return max((each for each in chances if isinstance(each, float) and 0 <= each <= 1), default=None)
