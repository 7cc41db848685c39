"""Rules about imposed dates that hide risk: what is pinned simulates as certain, what waits absorbs delays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from schedrisk._typing import Floats
from schedrisk.checks.facts import Facts, Finding, Rule
from schedrisk.errors import shown
from schedrisk.model import Promise
from schedrisk.rules import shifted
from schedrisk.wording import moment_text

__all__ = ["IMPOSED_RULES"]

WAITING = {"SNET", "FNET", "SO", "FO", "external-start"}


def pinned_dates(facts: Facts) -> Iterator[Finding]:
    """Find dates that stand whatever the predecessors do."""
    joins = facts.joins
    linked = joins.held_start | joins.held_finish
    told = {row: pins for row in np.flatnonzero(facts.open).tolist() if (pins := _pins(facts, row, bool(linked[row])))}
    if not told:
        return
    promises, logical = _promises_after(facts), facts.unpinned_finish
    remedy = "let links decide the date, and give the date that must be met as a promise or a deadline"
    for row, pins in told.items():
        text = " and ".join(pins)
        late = facts.days_between(row, float(facts.schedule.early_finish[row]), float(logical[row]))
        if late > 0:
            text += f", {facts.days_text(late)} before logic allows"
        promise = promises[row]
        if promise is not None:
            text += f"; promise {shown(promise.name)} is downstream of it"
        yield facts.about_task(row, "warning", "pinned-date", text, remedy, value=late, threshold=0.0)


PHRASES = {
    "MSO": "must start on",
    "MFO": "must finish on",
    "SNLT": "starts by",
    "FNLT": "finishes by",
    "expected-finish": "is expected to finish on",
}


def _pins(facts: Facts, row: int, linked: bool) -> list[str]:
    """Return what pins a task. Without a predecessor a start that stands is where the plan begins, and hides nothing."""
    task, options, unit = facts.plan.tasks[row], facts.plan.scheduling, facts.plan.unit
    whatever = "whatever its predecessors do" if linked else "however long it takes"
    pins = []
    if task.manual is not None:
        start, finish = (moment_text(each, unit) for each in task.manual)
        pins.append(f"is scheduled by hand, {start} to {finish}, {whatever}")
    for each in (constraint for constraint in task.constraints if constraint.kind in PHRASES):
        phrase = f"{PHRASES[each.kind]} {moment_text(each.planned_when, unit)}"
        stands = each.kind in {"MSO", "MFO"} or (options.honor_constraints and each.kind in {"SNLT", "FNLT"})
        if each.kind == "expected-finish" and options.expected_finish:
            pins.append(f"{phrase} however long it takes")
        elif stands and (not each.of_start or (linked and not task.started)):
            pins.append(f"{phrase} {whatever}")
    return pins


def _promises_after(facts: Facts) -> list[Promise | None]:
    """Return, for each task, a promise that it leads to; the first of the plan where there are several."""
    project = next((each for each in facts.plan.promises if each.task is None), None)
    found: list[Promise | None] = [None] * facts.network.n_tasks
    for promise in reversed(facts.plan.promises):
        if promise.task is not None:
            found[facts.rows[promise.task]] = promise
    for row in reversed(facts.network.order):
        if found[row] is not None:
            for arc in facts.network.links_into[row]:
                if found[arc.predecessor] is None:
                    found[arc.predecessor] = found[row]
    return [each or project for each in found]


def absorbing_dates(facts: Facts) -> Iterator[Finding]:
    """Find dates at which work waits although its predecessors are done, and how much delay they swallow."""
    limit, network = facts.limits["absorbed_days"], facts.network
    for row, task in enumerate(facts.plan.tasks):
        dates = [each for each in task.constraints if each.kind in WAITING and not each.is_uncertain]
        if not dates or not facts.works[row] or task.started or not network.links_into[row]:
            continue
        days = facts.days_between(row, _logic_start(facts, row), float(facts.schedule.early_start[row]))
        if days > limit and days * facts.ticks_per_day[row] >= 1:
            listed = ", ".join(f"{each.kind} {moment_text(each.planned_when, facts.plan.unit)}" for each in dates)
            text = f"waits {facts.days_text(days)} for its date ({listed}): so much delay before it is absorbed"
            remedy = "if the date is not sure, give it as a range, or make a task of what it waits for"
            yield facts.about_task(row, "info", "absorbing-date", text, remedy, value=days, threshold=limit)


def _logic_start(facts: Facts, row: int) -> float:
    """Return the start that the links of a row allow, at planned dates [tick]."""
    network, schedule = facts.network, facts.schedule
    clock, duration = network.clocks[row], schedule.duration[row]
    works: list[float] = [float(clock.work(np.array([network.floor]))[0])]
    for arc in network.links_into[row]:
        moments: Floats = (schedule.early_start if arc.from_start else schedule.early_finish)[[arc.predecessor]]
        lag = arc.lag + float(np.rint(arc.share * schedule.duration[arc.predecessor]))
        lag += float(facts.network.planned_lags[arc.drawn]) if arc.drawn >= 0 else 0.0
        work = float(clock.work(shifted(arc.clock, moments, lag))[0])
        works.append(work if arc.to_start else work - duration)
    return float(clock.start(np.array([max(works)]))[0])


IMPOSED_RULES: tuple[Rule, ...] = (pinned_dates, absorbing_dates)
