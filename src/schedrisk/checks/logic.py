"""Rules about the links: what is not joined up, and what is joined in a doubtful way."""

from __future__ import annotations

from collections.abc import Iterator

from schedrisk.checks.facts import Facts, Finding, Rule, Severity
from schedrisk.errors import shown
from schedrisk.model import Link
from schedrisk.wording import percent_text

__all__ = ["LOGIC_RULES"]

# DCMA 14-point assessment, check 3, and GAO Schedule Assessment Guide (GAO-16-89G), best practice 2: lags should be few
# and short, as they hide work that nobody has estimated. How short is not said there: two weeks, a fifth of the plan.
LONG_LAG_DAYS = 10
LONG_LAG_SHARE = 0.2

# Redundant links are looked for up to this many tasks: 12 MB of ancestors.
MOST_TASKS_FOR_REDUNDANCY = 10_000


def open_ends(facts: Facts) -> Iterator[Finding]:
    """Find tasks without a predecessor or a successor, apart from one start and one finish.

    DCMA check 1, GAO best practice 2: logic should be complete. A promised milestone may be an end.
    """
    plan, into = facts.plan, facts.network.links_into
    followed = {arc.predecessor for arcs in into for arc in arcs}
    promised = {facts.rows[promise.task] for promise in plan.promises if promise.task is not None}
    starts = [row for row, links in enumerate(into) if not links]
    ends = [row for row in range(len(into)) if row not in followed and row not in promised]
    alone = {row for row in starts if row not in followed} if len(into) > 1 else set()
    for row in sorted(alone):
        text = "is linked to no other task: nothing delays it and it delays nothing but the project finish"
        yield facts.about_task(row, "warning", "isolated-task", text, "link it to what it needs and what needs it")
    for row in starts if len(starts) > 1 else ():
        if row not in alone:
            text = f"is one of {len(starts):,} tasks without a predecessor: it starts on the plan's first day"
            remedy = "link it to what it needs, or to one start milestone"
            yield facts.about_task(row, "info", "open-start", text, remedy)
    for row in ends if len(ends) > 1 else ():
        if row not in alone:
            text = f"is one of {len(ends):,} tasks without a successor: its delay moves nothing but the project finish"
            remedy = "link it to what needs it, or to one finish milestone"
            yield facts.about_task(row, "warning", "open-end", text, remedy)


def duplicate_links(facts: Facts) -> Iterator[Finding]:
    """Find pairs of tasks that are linked more than once."""
    lags: dict[tuple[str, str], list[float]] = {}
    for link in facts.plan.all_links:
        lags.setdefault((link.predecessor, link.successor), []).append(link.lag)
    for number, ((predecessor, successor), each) in enumerate(lags.items()):
        if len(each) > 1:
            severity: Severity = "warning" if len(set(each)) > 1 else "info"
            listed = " and ".join(facts.text(lag) for lag in each[:4])
            text = f"is there {len(each)} times, with lags of {listed}; only the longest counts"
            link = Link(predecessor, successor)
            yield _about_link(number, link, severity, "duplicate-link", text, "remove all but one")


def redundant_links(facts: Facts) -> Iterator[Finding]:
    """Find links that say only what a chain of other links says already."""
    network = facts.network
    if network.n_tasks > MOST_TASKS_FOR_REDUNDANCY:
        return
    before = _ancestors(facts)
    for number, link in enumerate(facts.plan.all_links):
        if link.lag <= 0:
            predecessor, successor = facts.rows[link.predecessor], facts.rows[link.successor]
            others = 0
            for arc in network.links_into[successor]:
                if arc.lag >= 0:
                    others |= before[arc.predecessor]
            if others >> predecessor & 1:
                text = "is implied by a chain of other links"
                remedy = "it does no harm; remove it to keep the network readable"
                yield _about_link(number, link, "info", "redundant-link", text, remedy)


def _ancestors(facts: Facts) -> list[int]:
    """Return, for each task, the set of those that finish before it starts, as bits of an integer."""
    before = [0] * facts.network.n_tasks
    for row in facts.network.order:
        for arc in facts.network.links_into[row]:
            if arc.lag >= 0 and arc.kind == "FS":
                before[row] |= before[arc.predecessor] | 1 << arc.predecessor
    return before


def leads_and_lags(facts: Facts) -> Iterator[Finding]:
    """Find leads (DCMA check 2: there should be none), and lags long enough to hide a task."""
    project = facts.schedule.planned_duration
    for number, link in enumerate(facts.plan.all_links):
        if link.lag < 0:
            yield _lead(facts, number, link)
        elif link.lag > 0:
            share = link.lag / project if project > 0 else 0.0
            days = facts.working_days(link.lag)
            if days > LONG_LAG_DAYS or (share > LONG_LAG_SHARE and days >= 1):
                text = f"waits {facts.text(link.lag)}, {percent_text(share)} of the planned duration: certain, and owned by nobody"
                remedy = "if something happens meanwhile, make it a task with an estimate and an owner"
                yield _about_link(number, link, "warning", "long-lag", text, remedy)


def _lead(facts: Facts, number: int, link: Link) -> Finding:
    duration = float(facts.planned[facts.rows[link.predecessor]])
    if -link.lag > duration:
        text = (
            f"has a lead of {facts.text(-link.lag)}, longer than the predecessor's planned {facts.text(duration)}: "
            "the successor may start first"
        )
        return _about_link(
            number, link, "warning", "long-lead", text, "check the sign of the lag, or turn the link around"
        )
    text = f"has a lead of {facts.text(-link.lag)}: the successor starts before anybody knows when the predecessor ends"
    remedy = "split the predecessor where the successor can start"
    return _about_link(number, link, "info", "lead", text, remedy)


def _about_link(number: int, link: Link, severity: Severity, rule: str, finding: str, remedy: str) -> Finding:
    where = f"link {shown(link.predecessor)} → {shown(link.successor)}"
    return Finding(severity, rule, "link", number, where, finding, remedy)


LOGIC_RULES: tuple[Rule, ...] = (open_ends, duplicate_links, redundant_links, leads_and_lags)
