"""Rules that lengthen tasks one at a time and look at what moves: the critical-path test, and tasks that pull ahead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.checks.facts import Facts, Finding, Rule, Severity
from schedrisk.engine import critical_masks, project_finish, scheduled
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
    """Dates with one task changed in each column [tick]."""

    end: Floats
    starts: Floats
    finishes: Floats


def _changed(network: Network, rows: Ints, extra: Floats) -> Iterator[tuple[slice, Moved]]:
    """Schedule with one task longer, or shorter, in each column."""
    width = max(1, BLOCK_CELLS // network.n_tasks)
    for first in range(0, len(rows), width):
        block = slice(first, min(first + width, len(rows)))
        columns = np.arange(block.stop - block.start)
        durations = np.repeat(network.planned[:, None], columns.size, axis=1)
        durations[rows[block], columns] += extra[block]
        early = scheduled(network, durations, starts=True)
        yield block, Moved(project_finish(network, early.finishes), early.every_start, early.finishes)


def _ends(network: Network, rows: Ints, extra: Floats) -> Floats:
    return np.concatenate([moved.end for _, moved in _changed(network, rows, extra)])


def critical_path_test(facts: Facts) -> Iterator[Finding]:
    """Lengthen critical tasks and see whether the project finish follows (DCMA check 12).

    What is critical by logic alone, without the dates that override it, is lengthened; where logic alone would move
    the finish by as much, the plan must too.
    """
    rows, days = _critical_by_logic(facts), facts.limits["critical_path_test_days"]
    if not rows.size or days == 0:
        return
    extra = days * facts.ticks_per_day[rows]
    axis, logic = facts.network.axis, facts.unpinned
    free = _ends(logic, rows, extra)
    wanted = extra if not axis.in_clock_time else STRETCH * _stretched(facts, rows, extra)
    follows = free - facts.unpinned_end >= wanted
    remedy = "look for a date that overrides logic, or for links that do not pass delays on"
    threshold = days
    if not follows.any():
        text = f"fails the critical-path test: none of {rows.size:,} critical tasks moves the project finish by {number_text(days)} working days when it is longer by as much"
        yield Finding("warning", "critical-path-test", "plan", 0, "plan", text, remedy, "", 0.0, threshold)
        return
    rows, free = rows[follows], free[follows]
    ends = free if logic is facts.network else _ends(facts.network, rows, extra[follows])
    failed = np.flatnonzero(ends < free)
    if not failed.size:
        return
    moved = axis.to_days(axis.working(ends) - axis.working(facts.schedule.end))
    worst = failed[np.argmin(moved[failed])]
    name = facts.plan.tasks[rows[worst]].id
    text = (
        f"fails the critical-path test: with task {shown(name)} longer by {number_text(days)} working days, the project finish moves by "
        f"{number_text(moved[worst])}; so fail {failed.size:,} of {rows.size:,} critical tasks tested"
    )
    yield Finding("warning", "critical-path-test", "plan", 0, "plan", text, remedy, "", float(moved[worst]), threshold)
    for place in failed.tolist():
        text = f"is critical, and moves the project finish by {number_text(moved[place])} working days when it is longer by {number_text(days)}"
        yield facts.about_task(
            int(rows[place]), "info", "critical-path-test", text, remedy, value=float(moved[place]), threshold=threshold
        )


def _critical_by_logic(facts: Facts) -> Ints:
    """Return work that drives the finish where no date overrides logic: some of it, in the order of dates."""
    network = facts.unpinned
    early = scheduled(network, network.planned[:, None].copy(), starts=True, keep_durations=True, binding=True)
    critical = critical_masks(network, early, None, SchedulingOptions())[:, 0] & facts.open
    rows = np.flatnonzero(critical)
    rows = rows[np.argsort(early.finishes[rows, 0], kind="stable")]
    chosen = np.unique(np.linspace(0, rows.size - 1, min(MOST_TESTED, rows.size)).astype(int))
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
    """Find tasks that, by taking longer, let others start earlier.

    A finish held by FF, SF or a date, with contiguous work, fixes the start from behind: the longer the task, the
    earlier its start, and what waits for that start. Such tasks are looked for in the links, and told where a
    schedule with another duration confirms it.
    """
    rows = _may_pull(facts)
    if not rows.size:
        return
    base = _changed(facts.network, rows[:1], np.zeros(1))
    _, planned = next(base)
    duration = facts.network.planned[rows]
    step = np.rint(np.maximum(STEP * duration, facts.ticks_per_day[rows]))
    less = -np.minimum(step, np.floor(duration / 2))
    gains = dict[int, tuple[float, float, int, bool]]()
    followers = _followers(facts.network, rows)
    for longer, change in ((True, step), (False, less)):
        for block, moved in _changed(facts.network, rows, change):
            for column, place in enumerate(range(block.start, block.stop)):
                row, sign = int(rows[place]), 1 if longer else -1
                if row in gains or change[place] == 0:
                    continue
                end = sign * float(planned.end[0] - moved.end[column])
                nexts = followers[row]
                ahead = sign * (planned.starts[nexts, 0] - moved.starts[nexts, column])
                if end > 0 or ahead.max(initial=0.0) > 0:
                    gains[row] = max(end, 0.0), float(change[place]), int(np.argmax(ahead)), longer
                    successor = nexts[gains[row][2]] if ahead.size else -1
                    yield _told(facts, row, end, float(change[place]), int(successor), float(ahead.max(initial=0.0)))


def _told(facts: Facts, row: int, end: float, change: float, successor: int, ahead: float) -> Finding:
    day = facts.ticks_per_day[row]
    how = f"{number_text(abs(change) / day)} working days {'longer' if change > 0 else 'shorter'}"
    if end > 0:
        by = _days(facts, end)
        text = f"shortens the project by taking longer: {how}, and it finishes {number_text(by)} days {'earlier' if change > 0 else 'later'}"
    else:
        by = _days(facts, ahead)
        text = f"lets others start earlier by taking longer: {how}, and task {shown(facts.plan.tasks[successor].id)} starts {number_text(by)} days {'earlier' if change > 0 else 'later'}"
    remedy = "hold its start with an FS or SS link, or split it where its successors go on"
    severity: Severity = "warning" if end > 0 else "info"
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
