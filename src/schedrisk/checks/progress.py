"""Rules about progress: dates on the wrong side of the status date, and work done out of sequence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Literal

import numpy as np

from schedrisk.checks.facts import Facts, Finding, Rule, about_link
from schedrisk.checks.measures import measure
from schedrisk.model import Link, Task
from schedrisk.wording import moment_text

__all__ = ["PROGRESS_RULES"]


def invalid_dates(facts: Facts) -> Iterator[Finding]:
    """Find actual dates after the status date, and work to come before it (DCMA check 9)."""
    plan, axis = facts.plan, facts.network.axis
    if plan.status_date is None:
        return
    told = [*_actuals_to_come(facts), *_work_in_the_past(facts)]
    if not told:
        return
    wrong = np.zeros(len(plan.tasks), dtype=bool)
    wrong[[each.number for each in told]] = True
    counted = np.array([task.active and not task.is_span for task in plan.tasks])
    text = f"with dates on the wrong side of the status date, {moment_text(plan.status_date, axis.unit)}"
    remedy = "mend the dates, or the status date"
    yield from measure(
        facts, "invalid-dates", wrong, counted, "task", text, "invalid_dates_share", remedy, severity="error"
    )
    yield from told


def _actuals_to_come(facts: Facts) -> Iterator[Finding]:
    unit, now = facts.plan.unit, facts.plan.status_date
    for row, task in enumerate(facts.plan.tasks):
        if not task.active or task.is_span:
            continue
        for field, when in (("start", task.actual_start), ("finish", task.actual_finish)):
            if _is_after(when, now):
                text = (
                    f"has an actual {field}, {moment_text(when, unit)}, after the status date, {moment_text(now, unit)}"
                )
                yield facts.about_task(row, "error", "invalid-dates", text, "mend the date, or the status date")
                break


def _is_after(when: dt.date | float | None, now: dt.date | float | None) -> bool:
    """Tell whether a moment comes after another; a day without a time is not after any time of that day."""
    if isinstance(when, dt.datetime) and isinstance(now, dt.datetime):
        return when > now
    if isinstance(when, dt.date) and isinstance(now, dt.date):
        return when.toordinal() > now.toordinal()
    return isinstance(when, int | float) and isinstance(now, int | float) and when > now


def _work_in_the_past(facts: Facts) -> Iterator[Finding]:
    plan, schedule, axis = facts.plan, facts.schedule, facts.network.axis
    now = axis.tick(plan.status_date, of_start=True)  # type: ignore[arg-type]
    remedy = "reschedule what remains: SchedulingOptions(remaining_work='after-status-date')"
    for row in np.flatnonzero(facts.open & (facts.network.planned > 0)).tolist():
        task = plan.tasks[row]
        moment = schedule.early_finish[row] if task.started else schedule.early_start[row]
        if moment < now:
            what: Literal["start", "finish"] = "finish" if task.started else "start"
            when = moment_text(axis.moments(moment, what)[()], axis.unit)
            text = f"is not finished, and is to {what} on {when}, before the status date"
            advice = remedy if task.manual is None else "move the dates that are set by hand"
            yield facts.about_task(row, "error", "invalid-dates", text, advice)


def no_status_date(facts: Facts) -> Iterator[Finding]:
    """Find plans with progress that do not say up to when it is known."""
    plan = facts.plan
    begun = sum(task.started and task.active for task in plan.tasks)
    if plan.status_date is None and begun and facts.open.any():
        text = (
            f"has {begun:,} tasks with actual dates, and no status date: what remains is counted from the plan's start"
        )
        yield Finding("warning", "no-status-date", "plan", 0, "plan", text, "give status_date", "", float(begun))


def out_of_sequence(facts: Facts) -> Iterator[Finding]:
    """Find links that progress has not kept."""
    plan, rows = facts.plan, facts.rows
    option = plan.scheduling.progress
    for number, link in facts.joins.links:
        before, after = plan.tasks[rows[link.predecessor]], plan.tasks[rows[link.successor]]
        if before.is_span or after.is_span or facts.lag_of(link) < 0 or not _broken(link, before, after):
            continue
        done, early = ("finished", "started")[link.kind[0] == "S"], ("finished", "started")[link.kind[1] == "S"]
        text = f"is out of sequence: the successor has {early}, and the predecessor has not {done}; the plan has {option!r}"
        remedy = "mend the link or the dates, and choose SchedulingOptions(progress=…) on purpose"
        yield about_link(number, link, "warning", "out-of-sequence", text, remedy)


def _broken(link: Link, before: Task, after: Task) -> bool:
    reached = after.started if link.kind[1] == "S" else after.finished
    free = before.started if link.kind[0] == "S" else before.finished
    return reached and not free


PROGRESS_RULES: tuple[Rule, ...] = (invalid_dates, no_status_date, out_of_sequence)
