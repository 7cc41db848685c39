"""Rules about the links: what is not joined up, and what is joined in a doubtful way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from schedrisk._typing import Bools
from schedrisk.checks.facts import Facts, Finding, Rule, Severity, about_link
from schedrisk.errors import shown
from schedrisk.model import Link
from schedrisk.wording import percent_text

__all__ = ["LOGIC_RULES", "loose_ends"]

# Redundant links are looked for up to this many tasks: 12 MB of ancestors.
MOST_TASKS_FOR_REDUNDANCY = 10_000


def open_ends(facts: Facts) -> Iterator[Finding]:
    """Find tasks without a predecessor or a successor, apart from one start and one finish.

    DCMA check 1, GAO best practice 2: logic should be complete. A promised milestone may be an end, and what has
    started needs no predecessor.
    """
    starts, ends, alone = loose_ends(facts)
    for row in np.flatnonzero(alone).tolist():
        text = "is linked to no other task: nothing delays it and it delays nothing but the project finish"
        yield facts.about_task(row, "warning", "isolated-task", text, "link it to what it needs and what needs it")
    count = np.count_nonzero(starts)
    for row in np.flatnonzero(starts & ~alone).tolist() if count > 1 else ():
        text = f"is one of {count:,} tasks without a predecessor: it starts on the plan's first day"
        if facts.plan.tasks[row].constraints:
            text = f"is one of {count:,} tasks without a predecessor: nothing but the plan's dates decides its start"
        remedy = "link it to what it needs, or to one start milestone"
        yield facts.about_task(row, "info", "open-start", text, remedy)
    count = np.count_nonzero(ends)
    for row in np.flatnonzero(ends & ~alone).tolist() if count > 1 else ():
        text = f"is one of {count:,} tasks without a successor: its delay moves nothing but the project finish"
        remedy = "link it to what needs it, or to one finish milestone"
        yield facts.about_task(row, "warning", "open-end", text, remedy)


def loose_ends(facts: Facts) -> tuple[Bools, Bools, Bools]:
    """Return which open tasks have no predecessor, which no successor, and which neither."""
    joins, tasks = facts.joins, facts.plan.tasks
    started = np.array([task.started for task in tasks])
    starts = facts.open & ~started & ~(joins.held_start | joins.held_finish)
    unfollowed = facts.open & ~(joins.followed_start | joins.followed_finish)
    several = len(tasks) > 1
    return starts, unfollowed & ~_promised(facts), starts & unfollowed & several


def _promised(facts: Facts) -> Bools:
    promised = np.zeros(len(facts.plan.tasks), dtype=bool)
    promised[[facts.rows[promise.task] for promise in facts.plan.promises if promise.task is not None]] = True
    return promised


def dangling_ends(facts: Facts) -> Iterator[Finding]:
    """Find tasks that are linked, and yet free at one end.

    GAO best practice 2: a start needs a predecessor that holds it back (FS or SS), a finish needs a successor that
    waits for it (FS or FF). What takes no time has but one end.
    """
    joins = facts.joins
    lasting = facts.open & ((facts.planned > 0) | facts.spread)
    started = np.array([task.started for task in facts.plan.tasks])
    for row in np.flatnonzero(lasting & ~started & joins.held_finish & ~joins.held_start).tolist():
        text = "has predecessors that hold back its finish, and none that holds back its start"
        yield facts.about_task(
            row, "warning", "dangling-start", text, "add an FS or SS link from what it needs to start"
        )
    free = joins.followed_start & ~joins.followed_finish & ~_promised(facts)
    for row in np.flatnonzero(lasting & free).tolist():
        text = "has successors that wait for its start, and none that waits for its finish"
        remedy = "add an FS or FF link to what needs it finished"
        yield facts.about_task(row, "warning", "dangling-finish", text, remedy)


def doubtful_kinds(facts: Facts) -> Iterator[Finding]:
    """Find SF links, and links of summaries."""
    for number, link in facts.joins.open_links:
        if link.kind == "SF":
            text = "is start-to-finish: the start of the one decides the finish of the other"
            yield about_link(
                number, link, "info", "start-to-finish", text, "check that it is not meant the other way round"
            )
        for task in (link.predecessor, link.successor):
            if facts.plan.tasks[facts.rows[task]].kind == "summary":
                text = f"binds every task under the summary {shown(task)}"
                remedy = "link the tasks that need each other"
                yield about_link(number, link, "info", "summary-link", text, remedy)
                break


def duplicate_links(facts: Facts) -> Iterator[Finding]:
    """Find pairs of tasks that are linked more than once in the same way; SS and FF together are a pair that is meant."""
    alike: dict[tuple[str, str, str], list[tuple[int, Link]]] = {}
    for number, link in facts.joins.links:
        alike.setdefault((link.predecessor, link.successor, link.kind), []).append((number, link))
    for links in alike.values():
        if len(links) > 1:
            lags = [(facts.lag_of(link), link.lag_calendar) for _, link in links]
            severity: Severity = "warning" if len(set(lags)) > 1 else "info"
            listed = " and ".join(facts.text(lag) for lag, _ in lags[:4])
            text = f"is there {len(links)} times, with lags of {listed}; only the longest counts"
            yield about_link(*links[0], severity, "duplicate-link", text, "remove all but one")


def redundant_links(facts: Facts) -> Iterator[Finding]:
    """Find links that say only what a chain of other links says already."""
    network = facts.network
    if network.n_tasks > MOST_TASKS_FOR_REDUNDANCY:
        return
    before = _ancestors(facts)
    for number, link in facts.joins.open_links:
        predecessor, successor = facts.rows[link.predecessor], facts.rows[link.successor]
        if link.kind == "FS" and facts.lag_of(link) <= 0:
            others = 0
            for arc in network.links_into[successor]:
                if arc.kind == "FS" and arc.lag >= 0 and arc.share >= 0:
                    others |= before[arc.predecessor]
            if others >> predecessor & 1:
                text = "is implied by a chain of other links"
                remedy = "it does no harm; remove it to keep the network readable"
                yield about_link(number, link, "info", "redundant-link", text, remedy)


def _ancestors(facts: Facts) -> list[int]:
    """Return, for each task, the set of those that finish before it starts, as bits of an integer."""
    network = facts.network
    before = [0] * network.n_tasks
    for row in network.order:
        rule = network.rules[row]
        if rule is not None and rule.may_defy_links:
            continue
        for arc in network.links_into[row]:
            if arc.kind == "FS" and arc.lag >= 0 and arc.share >= 0:
                before[row] |= before[arc.predecessor] | 1 << arc.predecessor
    return before


def leads_and_lags(facts: Facts) -> Iterator[Finding]:
    """Find leads, and lags long enough to hide a task.

    GAO best practice 2: lags hide work that nobody has estimated. How long is not said there.
    """
    project, limits = facts.schedule.planned_duration, facts.limits
    for number, link in facts.joins.open_links:
        lag, days = facts.lag_of(link), facts.lag_days(link)
        if lag < 0:
            yield _lead(facts, number, link)
        elif lag > 0:
            share = lag / project if project > 0 else 0.0
            if days > limits["long_lag_days"] or (share > limits["long_lag_share"] and days >= 1):
                yield _long_lag(facts, number, link, days, share)


def _long_lag(facts: Facts, number: int, link: Link, days: float, share: float) -> Finding:
    part = f"{facts.text(facts.lag_of(link))}, {percent_text(share)} of the planned duration"
    text, remedy = f"waits {part}: certain, and owned by nobody", WAITING
    if link.kind != "FS":
        text = f"lets {part}, pass, whatever is done in it"
        remedy = "split the predecessor where the successor can go on, and link with FS"
    return about_link(
        number, link, "warning", "long-lag", text, remedy, value=days, threshold=facts.limits["long_lag_days"]
    )


WAITING = "if something happens meanwhile, make it a task with an estimate and an owner"


def _lead(facts: Facts, number: int, link: Link) -> Finding:
    lead, duration = -facts.lag_of(link), float(facts.planned[facts.rows[link.predecessor]])
    days = -facts.lag_days(link)
    if link.kind == "FS" and lead > duration and not facts.plan.tasks[facts.rows[link.predecessor]].is_span:
        text = (
            f"has a lead of {facts.text(lead)}, longer than the predecessor's planned {facts.text(duration)}: "
            "the successor may start first"
        )
        remedy = "check the sign of the lag, or turn the link around"
        return about_link(number, link, "warning", "long-lead", text, remedy, value=days, threshold=0.0)
    text = f"has a lead of {facts.text(lead)}: "
    if link.kind == "FS":
        text += "the successor starts before anybody knows when the predecessor ends"
    else:
        text += "what it counts back from is not known in advance"
    remedy = "split the predecessor where the successor can start"
    return about_link(number, link, "info", "lead", text, remedy, value=days, threshold=0.0)


LOGIC_RULES: tuple[Rule, ...] = (
    open_ends, dangling_ends, doubtful_kinds, duplicate_links, redundant_links, leads_and_lags,
)  # fmt: skip
