"""Rules that lengthen tasks one at a time and look at what moves: the critical-path test, and tasks that pull ahead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.checks.facts import Facts, Finding, Rule, Severity
from schedrisk.cpm import critical_masks, project_finish
from schedrisk.engine import scheduled
from schedrisk.errors import shown
from schedrisk.model import SchedulingOptions
from schedrisk.network import Network
from schedrisk.wording import number_text

__all__ = ["PERTURBED_RULES"]

# So many critical tasks are lengthened, spread over the path: the DCMA asks for one.
MOST_TESTED = 24

# Task-draws of a block: some 100 MB.
BLOCK_CELLS = 4_000_000

# By how much durations are changed in search of tasks that pull ahead: a quarter, and a day at least.
STEP = 0.25

# Calendars with other days off stretch the same work differently: in clock time the finish may move by less.
STRETCH = 0.9


@dataclass(frozen=True)
class Moved:
    """Dates with one task of another duration in each column, and with none in the first [tick].

    Attributes
    ----------
    rows : ndarray of int, shape (n_changes,)
    changes : ndarray, shape (n_changes,)
    ends : ndarray, shape (1 + n_changes,)
        Of the project.
    starts : ndarray, shape (n_tasks, 1 + n_changes)
    """

    rows: Ints
    changes: Floats
    ends: Floats
    starts: Floats


def _changed(network: Network, rows: Ints, changes: Floats) -> Iterator[Moved]:
    """Schedule with one task longer, or shorter, at a time: some of them in each block."""
    width = max(1, BLOCK_CELLS // network.n_tasks)
    for first in range(0, len(rows), width):
        some, change = rows[first : first + width], changes[first : first + width]
        durations = np.repeat(network.planned[:, None], 1 + some.size, axis=1)
        durations[some, 1 + np.arange(some.size)] += change
        early = scheduled(network, network.as_planned(durations), starts=True)
        yield Moved(some, change, project_finish(network, early.finishes), early.every_start)


def critical_path_test(facts: Facts) -> Iterator[Finding]:
    """Lengthen critical tasks and see whether the project finish follows (DCMA check 12).

    What is critical by logic alone, without the dates that override it, is lengthened; where logic alone would move
    the finish by as much, the plan must too.
    """
    rows, days = _critical_by_logic(facts), facts.limits["critical_path_test_days"]
    if not rows.size or days == 0 or not (facts.works & (facts.network.planned > 0)).any():
        return
    extra = np.rint(days * facts.ticks_per_day[rows])
    axis, longer = facts.network.axis, facts.days_text(days)
    (logic,) = _changed(facts.unpinned, rows, extra)
    wanted = STRETCH * _stretched(facts, rows, extra) if axis.in_clock_time else extra
    follows = logic.ends[1:] - logic.ends[0] >= wanted
    if not follows.any():
        text = f"fails the critical-path test: none of {rows.size:,} critical tasks moves the finish by {longer} when longer by as much"
        yield Finding("warning", "critical-path-test", "plan", 0, "plan", text, FOLLOW, "", 0.0, days)
        return
    actual = logic
    if facts.unpinned is not facts.network:
        (actual,) = _changed(facts.network, rows, extra)
    # How far each finish moves: the two plans need not finish on one day to begin with.
    by_logic, by_plan = (each.ends[1:] - each.ends[0] for each in (logic, actual))
    failed = np.flatnonzero(follows & (by_plan < np.minimum(by_logic, wanted)))
    if not failed.size:
        return
    moved = axis.to_days(axis.working(actual.ends[1:]) - axis.working(actual.ends[0]))
    worst = failed[np.argmin(moved[failed])]
    text = (
        f"fails the critical-path test: task {shown(facts.plan.tasks[rows[worst]].id)}, longer by {longer}, moves the "
        f"finish by {number_text(moved[worst])}; {failed.size:,} of {np.count_nonzero(follows):,} critical tasks tested fail"
    )
    yield Finding("warning", "critical-path-test", "plan", 0, "plan", text, FOLLOW, "", float(moved[worst]), days)
    for place in failed.tolist():
        text = f"is critical by logic, and {longer} more of it move the finish by {number_text(moved[place])}"
        yield facts.about_task(
            int(rows[place]), "info", "critical-path-test", text, FOLLOW, value=float(moved[place]), threshold=days
        )


FOLLOW = "look for dates that override logic, and for links that pass no delay on"


def _critical_by_logic(facts: Facts) -> Ints:
    """Return tasks that drive the finish where no date overrides logic: some of them, in the order of dates."""
    network, options = facts.unpinned, facts.plan.scheduling
    if network is facts.network and options.critical_by == "driving":
        critical, finishes = facts.schedule.critical, facts.schedule.early_finish
    else:
        early = scheduled(network, network.as_planned(), starts=True, keep_durations=True, binding=True)
        critical, finishes = critical_masks(network, early, None, SchedulingOptions())[:, 0], early.finishes[:, 0]
    rows = np.flatnonzero(critical & facts.open)
    rows = rows[np.argsort(finishes[rows], kind="stable")]
    count = min(MOST_TESTED, rows.size, max(1, BLOCK_CELLS // network.n_tasks))
    chosen = np.unique(np.linspace(0, rows.size - 1, count).astype(int))
    return np.asarray(rows[chosen])


def _stretched(facts: Facts, rows: Ints, extra: Floats) -> Floats:
    """Return how far so much work of each task reaches on its calendar [tick of clock time]."""
    finish, reach = facts.schedule.early_finish[rows], np.empty(rows.size)
    for place, row in enumerate(rows.tolist()):
        clock = facts.network.clocks[row]
        moment = finish[[place]]
        reach[place] = float((clock.finish(clock.work(moment) + extra[place]) - moment)[0])
    return reach


def longer_is_shorter(facts: Facts) -> Iterator[Finding]:
    """Find tasks that, by taking longer, let the project finish or others start earlier.

    A finish held by FF, SF or a date, with contiguous work, fixes the start from behind: the longer the task, the
    earlier its start, and what waits for that start. Such tasks are looked for in the links, and told where a
    schedule with another duration confirms it.
    """
    rows = _may_pull(facts)
    duration = facts.network.planned[rows]
    step = np.rint(np.maximum(STEP * duration, facts.ticks_per_day[rows]))
    changes = np.concatenate([step, -np.minimum(step, np.floor(duration / 2))])
    followers, told = _followers(facts.network, rows), set[int]()
    for moved in _changed(facts.network, np.concatenate([rows, rows]), changes):
        for column, (row, change) in enumerate(zip(moved.rows.tolist(), moved.changes.tolist(), strict=True), 1):
            sign = np.sign(change)
            sooner = float(sign * (moved.ends[0] - moved.ends[column]))
            ahead = sign * (moved.starts[followers[row], 0] - moved.starts[followers[row], column])
            if row not in told and max(sooner, ahead.max()) > 0:
                told.add(row)
                yield _told(facts, row, change, sooner, followers[row][int(ahead.argmax())], float(ahead.max()))


def _told(facts: Facts, row: int, change: float, sooner: float, follower: int, ahead: float) -> Finding:
    longer, earlier = ("longer", "earlier") if change > 0 else ("shorter", "later")
    how = f"{facts.days_text(abs(change) / facts.ticks_per_day[row])} {longer}"
    severity: Severity = "warning" if sooner > 0 else "info"
    by = _days(facts, sooner if sooner > 0 else ahead)
    if sooner > 0:
        text = f"shortens the project by taking longer: {how}, it moves the finish {number_text(by)} days {earlier}"
    else:
        other = f"task {shown(facts.plan.tasks[follower].id)}"
        text = f"lets others start earlier by taking longer: {how}, it moves {other} {number_text(by)} days {earlier}"
    remedy = "hold its start with an FS or SS link, or split it where its successors go on"
    return facts.about_task(row, severity, "longer-is-shorter", text, remedy, value=by, threshold=0.0)


def _days(facts: Facts, ticks: float) -> float:
    """Return a difference of dates in days: working days, or days of clock time where calendars differ."""
    axis = facts.network.axis
    return ticks / 86_400 if axis.in_clock_time else float(axis.to_days(ticks))


def _may_pull(facts: Facts) -> Ints:
    """Return work whose start may follow from its finish while others wait for that start."""
    network = facts.network
    waits = np.zeros(network.n_tasks, dtype=bool)
    pushed = np.zeros(network.n_tasks, dtype=bool)
    for row, arcs in enumerate(network.links_into):
        for arc in arcs:
            waits[arc.predecessor] |= arc.from_start or arc.share < -1
            pushed[arc.predecessor] |= arc.share < 0 and (arc.from_start or arc.share < -1)
            pushed[row] |= not arc.to_start
        rule = network.rules[row]
        if rule is not None:
            pushed[row] |= rule.finish_floor.instant > -np.inf or any(each.kind == "MFO" for each in rule.overrides)
    return np.flatnonzero(facts.works & waits & pushed & (network.planned > 0))


def _followers(network: Network, rows: Sequence[int] | Ints) -> dict[int, list[int]]:
    wanted = {int(row): [] for row in rows}  # type: dict[int, list[int]]
    for row, arcs in enumerate(network.links_into):
        for arc in arcs:
            if arc.predecessor in wanted:
                wanted[arc.predecessor].append(row)
    return wanted


PERTURBED_RULES: tuple[Rule, ...] = (critical_path_test, longer_is_shorter)
