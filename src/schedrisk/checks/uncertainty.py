"""Rules about estimates, risks and owners."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from schedrisk.checks.facts import NEARLY_ALL, Facts, Finding, Rule
from schedrisk.checks.risks import doubtful_risks
from schedrisk.errors import shown
from schedrisk.model import Task
from schedrisk.wording import number_text, percent_text

__all__ = ["UNCERTAINTY_RULES"]

# Recorded durations of ordinary work scatter far more than this around their estimates: the narrowest class of the
# AACE estimate classification (18R-97, class 1) is −3 % to +3 % at its very best, and −10 % to +15 % at its worst.
NARROW = 0.05

# So many estimates, and such a share of them with one and the same ±x %, are a formula and not judgement.
FEWEST_FOR_A_PATTERN = 5
SHARE_OF_A_PATTERN = 0.8


def no_spread(facts: Facts) -> Iterator[Finding]:
    """Find work that is certain. Milestones are meant to be."""
    works = facts.works & (facts.planned > 0)
    certain = ~((facts.spread | facts.risky) & facts.works)
    if certain.all() and not facts.network.weathered:
        if not facts.works.any():
            return
        text = f"none of its {len(facts.plan.tasks):,} tasks is uncertain: every draw is the same"
        remedy = "give the tasks low, mode and high, or the plan its risks"
        yield Finding("warning", "no-uncertainty", "plan", 0, "plan", text, remedy)
        return
    for row in np.flatnonzero(works & certain).tolist():
        text = f"takes {facts.text(facts.planned[row])} in every draw"
        yield facts.about_task(row, "info", "no-spread", text, "give low, mode and high, unless it really is certain")


def doubtful_estimates(facts: Facts) -> Iterator[Finding]:
    """Find estimates whose shape or width is odd, and planned values that do not fit them."""
    for row in np.flatnonzero(facts.works).tolist():
        task = facts.plan.tasks[row]
        low, high, planned = float(facts.low[row]), float(facts.high[row]), float(facts.planned[row])
        if not low <= planned <= high:
            side = "above" if planned > high else "below"
            text = (
                f"is planned to take {facts.text(planned)}, {side} everything its estimate allows "
                f"({number_text(low)} to {facts.text(high)})"
            )
            remedy = "mend the estimate or the planned value"
            yield facts.about_task(row, "warning", "planned-outside", text, remedy)
        elif low < high and (high - low) / 2 < NARROW * planned:
            text = (
                f"is estimated at {number_text(low)} to {facts.text(high)}, "
                f"±{number_text(50 * (high - low) / planned, 2)} % around its planned {facts.text(planned)}"
            )
            remedy = "ask what would make it twice as long, and widen the estimate"
            yield facts.about_task(row, "warning", "narrow-spread", text, remedy)
        yield from _shape(facts, row, task)


def _shape(facts: Facts, row: int, task: Task) -> Iterator[Finding]:
    (low, high), mode = task.estimate.bounds(1 - NEARLY_ALL), getattr(task.estimate, "mode", None)
    if low < 0:
        text = f"has an estimate whose tail reaches {facts.text(low)}; what lies below 0 counts as 0"
        remedy = "raise the low value, or give an absolute low end"
        yield facts.about_task(row, "info", "clipped-tail", text, remedy)
    if mode is None or not low < high:
        return
    if mode >= high:
        text = (
            f"has a most likely value, {facts.text(mode)}, that is also the highest: it cannot take longer than planned"
        )
        remedy = "ask what could go wrong, and raise the high value"
        yield facts.about_task(row, "warning", "mode-at-end", text, remedy)
    elif mode <= low:
        text = f"has a most likely value, {facts.text(mode)}, that is also the lowest: it cannot go better than planned"
        yield facts.about_task(row, "info", "mode-at-end", text, "lower the low value if it could")


def one_formula(facts: Facts) -> Iterator[Finding]:
    """Find plans whose estimates are all planned ±x %."""
    uncertain = np.flatnonzero(facts.works & facts.spread & (facts.planned > 0))
    if uncertain.size < FEWEST_FOR_A_PATTERN:
        return
    planned = facts.planned[uncertain]
    above, below = facts.high[uncertain] / planned - 1, 1 - facts.low[uncertain] / planned
    even = np.abs(above - below) < 1e-6
    widths = Counter(np.round(above[even], 4).tolist())
    width, count = widths.most_common(1)[0] if widths else (0.0, 0)
    if count >= SHARE_OF_A_PATTERN * uncertain.size:
        text = f"{count:,} of its {uncertain.size:,} uncertain tasks are planned ±{number_text(100 * width)} %"
        remedy = (
            "estimate each task by itself: work that goes wrong runs further over than work that goes well runs under"
        )
        yield Finding("warning", "one-formula", "plan", 0, "plan", text, remedy)


def long_tasks(facts: Facts) -> Iterator[Finding]:
    """Find tasks that sum up too much: DCMA check 8, GAO best practice 4; or a large part of the project."""
    days, limits = facts.planned_days, facts.limits
    remedy = "split it where something can be seen to be done"
    high, share_limit = limits["high_duration_days"], limits["summarised_share"]
    project = facts.network.axis.to_days(
        facts.network.axis.working(facts.schedule.end) - facts.network.axis.working(facts.network.floor)
    )
    for row in np.flatnonzero(facts.open & (days > high)).tolist():
        text = f"is planned to take {facts.days_text(days[row])}, more than {number_text(high)}"
        yield facts.about_task(row, "info", "long-task", text, remedy, value=float(days[row]), threshold=high)
    if np.count_nonzero(facts.open) < limits["few"] or project <= 0:
        return
    for row in np.flatnonzero(
        facts.works & (days > limits["summarised_days"]) & (days > share_limit * project)
    ).tolist():
        share = float(days[row] / project)
        text = f"is planned to take {facts.days_text(days[row])}, {percent_text(share)} of all that is still to come"
        yield facts.about_task(row, "warning", "summarised-task", text, remedy, value=share, threshold=share_limit)


def no_owner(facts: Facts) -> Iterator[Finding]:
    """Find tasks and risks without an owner in plans that name owners."""
    plan = facts.plan
    if not plan.owners:
        return
    remedy = "say who answers for it"
    for row, task in enumerate(plan.tasks):
        if task.owner is None and facts.works[row] and facts.high[row] > 0:
            yield facts.about_task(row, "info", "no-owner", "has no owner, while other tasks or risks have one", remedy)
    for number, risk in enumerate(plan.risks):
        if risk.owner is None:
            finding = "has no owner, while other tasks or risks have one"
            yield Finding("info", "no-owner", "risk", number, f"risk {shown(risk.id)}", finding, remedy, risk.id)


UNCERTAINTY_RULES: tuple[Rule, ...] = (
    no_spread, doubtful_estimates, one_formula, long_tasks, doubtful_risks, no_owner,
)  # fmt: skip
