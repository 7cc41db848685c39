"""Rules about what makes tasks late together: correlations, and chains that have none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from schedrisk._typing import Floats
from schedrisk.checks.facts import Facts, Finding, Rule
from schedrisk.errors import shown
from schedrisk.estimates import Fixed
from schedrisk.model import Risk
from schedrisk.model.dependence import chosen
from schedrisk.result.correlations import component_changes
from schedrisk.wording import percent_text

__all__ = ["CORRELATION_RULES"]


def many_in_series(facts: Facts) -> Iterator[Finding]:
    """Find long chains of tasks with little in common, whose spreads cancel out.

    So many independent tasks of equal spread would vary as a whole as much as they do: (Σ σ)² / Var(Σ), with the
    variance that correlations and risks on several of them make.
    """
    rows = np.flatnonzero(facts.schedule.critical & facts.spread & facts.works).tolist()
    limit = facts.limits["independent_tasks"]
    if len(rows) < limit:
        return
    estimates = {facts.plan.tasks[row].id: facts.plan.tasks[row].estimate for row in rows}
    means = {task: each.mean for task, each in estimates.items()}
    own = {task: each.std for task, each in estimates.items()}
    together, single = _correlated_variance(facts, own), np.array(list(own.values())) ** 2
    for risk in facts.plan.risks:
        variance, parts = _risk_variance(risk, means)
        together += variance
        single += parts
    spread, whole, total = float(np.sqrt(single).sum()), float(np.sqrt(together)), sum(means.values())
    number = (spread / whole) ** 2 if whole > 0 else 0.0
    if number < limit or total <= 0:
        return
    like = "vary independently" if number > 0.995 * len(rows) else f"vary like {number:,.0f} independent ones"
    text = (
        f"has {len(rows):,} uncertain tasks on its planned critical path that {like}: their spreads of "
        f"{percent_text(spread / total)} cancel out to {percent_text(whole / total)}"
    )
    remedy = "add risks that hit several tasks at once, or a correlation, for what makes tasks late together"
    yield Finding("warning", "independent-series", "plan", 0, "plan", text, remedy, "", number, limit)


def _correlated_variance(facts: Facts, own: Mapping[str, float]) -> float:
    """Return the variance of the sum of some durations without risks, rank correlations taken for plain ones."""
    dependence = facts.plan.dependence["task"]
    sigma = np.array(list(own.values()))
    floor = dependence.floor
    variance = float((1 - floor) * (sigma**2).sum() + floor * sigma.sum() ** 2)
    for factor in dependence.factors:
        part = np.array([own[each] for each in factor.members if each in own])
        variance += max(factor.rho - floor, 0.0) * float(part.sum() ** 2 - (part**2).sum())
    for component in dependence.components:
        part = np.array([own.get(each, 0.0) for each in component.members])
        above = np.maximum(component.rho, floor) - floor if floor > 0 else component.rho.copy()
        np.fill_diagonal(above, 0.0)
        variance += float((above * part[:, None] * part).sum())
    return max(variance, 0.0)


def _risk_variance(risk: Risk, means: Mapping[str, float]) -> tuple[float, Floats]:
    """Return what a risk adds to the variance of the sum of durations, and to that of each."""
    effect, spread = np.zeros(len(means)), np.zeros(len(means))
    delays, factors = risk.delays, risk.factors
    for place, (task, mean) in enumerate(means.items()):
        if task in delays:
            effect[place] += delays[task].mean
            spread[place] += delays[task].std
        if task in factors:
            effect[place] += mean * (factors[task].mean - 1)
            spread[place] += mean * factors[task].std
    odds = risk.odds[1]
    parts = odds * (1 - odds) * effect**2 + odds * spread**2
    if not risk.happens_once:
        return float(parts.sum()), parts
    tables = [each for each in (risk.delay, risk.factor) if isinstance(each, Mapping)]
    magnitudes = (spread**2).sum() if tables or risk.independent else spread.sum() ** 2
    return float(odds * (1 - odds) * effect.sum() ** 2 + odds * magnitudes), parts


def changed_correlations(facts: Facts) -> Iterator[Finding]:
    """Find correlations that cannot hold together."""
    for number, changes in enumerate(component_changes(facts.plan)):
        if changes.n_changed:
            _, _, asked, used = changes.largest()
            text = (
                f"has correlations of {len(changes.component.members):,} {changes.kind}s that cannot hold together: "
                f"{changes.text()}"
            )
            remedy = "lower those that are least certain; sr.correlations(plan) lists what is used"
            yield Finding("warning", "correlations-changed", "plan", number, "plan", text, remedy, "", used - asked)


def idle_correlations(facts: Facts) -> Iterator[Finding]:
    """Find correlations that tie fewer than two tasks whose durations are drawn."""
    tasks = {task.id: task for task in facts.plan.tasks}
    for number, correlation in enumerate(facts.plan.correlations, 1):
        if correlation.risks or correlation.everywhere:
            continue
        members: Sequence[str] = chosen(correlation, facts.plan.tasks)
        if all(tasks[each].finished or not tasks[each].active for each in members) and members:
            continue  # it has done its work
        tied = [each for each in members if not isinstance(tasks[each].estimate, Fixed) and not tasks[each].is_span]
        if len(tied) < 2:
            name = shown(correlation.name) if correlation.name else str(number)
            text = (
                f"has correlation {name}, which ties {len(tied) or 'no'} task{'s' * (not tied)} whose duration varies"
            )
            remedy = "give the tasks it is about low, mode and high, or remove it"
            yield Finding("warning", "correlation-of-nothing", "plan", number, "plan", text, remedy)


CORRELATION_RULES: tuple[Rule, ...] = (many_in_series, changed_correlations, idle_correlations)
