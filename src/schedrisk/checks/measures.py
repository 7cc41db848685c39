"""The measures of the DCMA 14-point assessment that apply to a plan without a baseline, each with its limit.

Check 11 (missed tasks) and check 14 (baseline execution index) compare progress with a baseline, which a plan does not
have. Check 12 is in `schedrisk.checks.perturbed`, check 9 in `schedrisk.checks.progress`.

The DCMA counts tasks that are not complete, without summaries and level of effort, and links into them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from schedrisk.checks.facts import Facts, Finding, Rule, Severity, about_link
from schedrisk.checks.logic import loose_ends
from schedrisk.model import Task
from schedrisk.wording import moment_text, number_text, percent_text

__all__ = ["HARD", "MEASURES", "measure"]

HARD = ("MSO", "MFO", "SO", "FO", "SNLT", "FNLT")
"""Constraints that keep a task from following its logic (DCMA check 5); a manual task is another."""

# A tick of rounding is not negative float: a second of a working day.
HAIR = 1e-4


def missing_logic(facts: Facts) -> Iterator[Finding]:
    """DCMA check 1; one task may start the plan, one may end it, and what is promised may be an end."""
    starts, ends, _ = loose_ends(facts)
    loose = np.zeros_like(starts)
    for each in (starts, ends):
        if np.count_nonzero(each) > 1:
            loose |= each
    text = "without a predecessor or a successor"
    remedy = "link each to what it needs and to what needs it"
    yield from measure(facts, "missing-logic", loose, facts.open, "task", text, "missing_logic_share", remedy)


def leads(facts: Facts) -> Iterator[Finding]:
    """DCMA check 2; each of them is told by another rule."""
    found = [facts.lag_of(link) < 0 for _, link in facts.joins.open_links]
    remedy = "split the predecessors where the successors can start"
    yield from measure(facts, "leads", found, None, "link", "with a lead", "leads_share", remedy)


def lags(facts: Facts) -> Iterator[Finding]:
    """DCMA check 3."""
    links = facts.joins.open_links
    days = [facts.lag_days(link) for _, link in links]
    remedy = "make tasks of what happens in them"
    told = measure(facts, "lags", [each > 0 for each in days], None, "link", "with a lag", "lags_share", remedy)
    for finding in told:
        yield finding
        for (number, link), each in zip(links, days, strict=True):
            if each > 0:
                text = f"has a lag of {facts.text(facts.lag_of(link))}"
                yield about_link(number, link, "info", "lags", text, remedy, value=each, threshold=0.0)


def link_types(facts: Facts) -> Iterator[Finding]:
    """DCMA check 4."""
    links = facts.joins.open_links
    others = [(number, link) for number, link in links if link.kind != "FS"]
    if not links:
        return
    share, least = 1 - len(others) / len(links), facts.limits["finish_to_start_share"]
    if share >= least:
        return
    text = f"has {percent_text(share)} FS links ({_of(len(links) - len(others), len(links), 'link')}); at least {percent_text(least)}"
    remedy = "split tasks where others go on, and link them with FS"
    yield _about_plan(_graver(facts, len(links)), "link-types", text, remedy, share, least)
    for number, link in others:
        yield about_link(number, link, "info", "link-types", f"is {link.kind}, not FS", remedy)


def hard_constraints(facts: Facts) -> Iterator[Finding]:
    """DCMA check 5."""
    found = np.array([bool(_hard(task)) for task in facts.plan.tasks]) & facts.open
    remedy = "let links decide, and use a deadline or a promise for a date that must be met"
    text = "with a hard constraint"
    told = measure(facts, "hard-constraints", found, facts.open, "task", text, "hard_constraints_share", remedy)
    for finding in told:
        yield finding
        for row in np.flatnonzero(found).tolist():
            text = f"has a hard constraint: {', '.join(_hard(facts.plan.tasks[row]))}"
            yield facts.about_task(row, "info", "hard-constraints", text, remedy)


def _hard(task: Task) -> list[str]:
    manual = ["scheduled by hand"] if task.manual is not None else []
    return manual + [each.kind for each in task.constraints if each.kind in HARD]


def high_float(facts: Facts) -> Iterator[Finding]:
    """DCMA check 6."""
    days = facts.schedule.total_float / facts.ticks_per_day
    limit = facts.limits["high_float_days"]
    remedy = "look for the missing successor"
    found = (days > limit) & facts.open
    text = f"with more than {facts.days_text(limit)} of total float"
    for finding in measure(facts, "high-float", found, facts.open, "task", text, "high_float_share", remedy):
        yield finding
        for row in np.flatnonzero(found).tolist():
            text = f"has {facts.days_text(days[row])} of total float"
            yield facts.about_task(row, "info", "high-float", text, remedy, value=float(days[row]), threshold=limit)


def negative_float(facts: Facts) -> Iterator[Finding]:
    """DCMA check 7."""
    days = facts.schedule.total_float / facts.ticks_per_day
    found = (days < -HAIR) & facts.open
    remedy = "move the imposed date that cannot be met, or change the plan"
    text = "with negative float"
    told = measure(
        facts, "negative-float", found, facts.open, "task", text, "negative_float_share", remedy, severity="warning"
    )
    for finding in told:
        yield finding
        for row in np.flatnonzero(found).tolist():
            text = f"has {facts.days_text(days[row])} of total float"
            yield facts.about_task(row, "info", "negative-float", text, remedy, value=float(days[row]), threshold=0.0)


def high_duration(facts: Facts) -> Iterator[Finding]:
    """DCMA check 8; milestones do not count. Each of them is told by another rule."""
    limit = facts.limits["high_duration_days"]
    counted = facts.open & (facts.planned_days > 0)
    text = f"of more than {facts.days_text(limit)}"
    remedy = "split them where something can be seen to be done"
    found = facts.planned_days > limit
    yield from measure(facts, "high-duration", found, counted, "task", text, "high_duration_share", remedy)


def no_resources(facts: Facts) -> Iterator[Finding]:
    """DCMA check 10, in plans that assign resources to most of their work."""
    counted = facts.open & (facts.planned_days >= 1)
    without = counted & np.array([not task.assignments for task in facts.plan.tasks])
    if 2 * np.count_nonzero(without) >= np.count_nonzero(counted):
        return
    remedy = "assign somebody, or nobody at all"
    text = "of a day or more without an assignment"
    told = measure(facts, "no-resources", without, counted, "task", text, "no_resources_share", remedy, severity="info")
    for finding in told:
        yield finding
        for row in np.flatnonzero(without).tolist():
            yield facts.about_task(row, "info", "no-resources", "has no assignment, while most tasks have one", remedy)


def critical_path_length(facts: Facts) -> Iterator[Finding]:
    """DCMA check 13, for the date by which the project must finish; for promises other rules tell it."""
    network, least = facts.network, facts.limits["cpli"]
    if network.must_finish is None or not facts.open.any():
        return
    index, axis = facts.length_index(facts.schedule.end, network.must_finish), network.axis
    if index >= least:
        return
    by = moment_text(facts.plan.must_finish, axis.unit)
    planned = moment_text(axis.moments(facts.schedule.end)[()], axis.unit)
    text = f"must finish by {by}, and is planned to finish on {planned}: critical path length index {number_text(index)}; at least {number_text(least)}"
    yield _about_plan("warning", "cpli", text, "move the date, or shorten the critical path", index, least)


def measure(
    facts: Facts, rule: str, found: Iterable[bool], counted: Iterable[bool] | None, noun: str, text: str, limit: str,
    remedy: str, *, severity: Severity | None = None,
) -> Iterator[Finding]:  # fmt: skip
    """Tell of a share that is above its limit.

    Parameters
    ----------
    facts : Facts
    rule : str
    found : array of bool
        What the measure counts.
    counted : array of bool, optional
        Among what; all of `found` where not given.
    noun, text : str
        What is counted, and what is wrong with it.
    limit : str
        Name of the threshold.
    remedy : str
    severity : {"error", "warning", "info"}, optional
        "warning", or "info" where there are few, if not given.
    """
    hits = np.asarray(found, dtype=bool)
    among = np.ones_like(hits) if counted is None else np.asarray(counted, dtype=bool)
    count, total, most = int((hits & among).sum()), int(among.sum()), facts.limits[limit]
    if not total or count / total <= most:
        return
    share = count / total
    allowed = "none" if most == 0 else f"at most {percent_text(most)}"
    finding = f"has {_of(count, total, noun)} ({percent_text(share)}) {text}; {allowed} should be"
    yield _about_plan(severity or _graver(facts, total), rule, finding, remedy, share, most)


def _of(count: int, total: int, noun: str) -> str:
    return f"{count:,} of {total:,} {noun}{'s' * (total != 1)}"


def _graver(facts: Facts, total: int) -> Severity:
    """Return how grave a share is: where there are few, a single one decides it."""
    return "info" if total < facts.limits["few"] else "warning"


def _about_plan(severity: Severity, rule: str, finding: str, remedy: str, value: float, threshold: float) -> Finding:
    return Finding(severity, rule, "plan", 0, "plan", finding, remedy, "", value, threshold)


MEASURES: tuple[Rule, ...] = (
    missing_logic, leads, lags, link_types, hard_constraints, high_float, negative_float, high_duration, no_resources,
    critical_path_length,
)  # fmt: skip
