"""The report as a page of texts and tables, which HTML and Markdown only have to set."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schedrisk.analysis.ownership import UNASSIGNED
from schedrisk.model import Damages, Plan
from schedrisk.report.basis import Facts, basis_facts, counts_text
from schedrisk.report.cells import Cell, Column, Table, table
from schedrisk.report.change import Change
from schedrisk.report.drivers import Driver
from schedrisk.report.happenings import happening_tables
from schedrisk.report.money import money_tables
from schedrisk.report.risk_text import chance_text
from schedrisk.report.summary import OwnerPart, ReportSummary, RiskEffect, Target
from schedrisk.report.together import together_text
from schedrisk.report.wording import (
    Voice,
    amount_text,
    answer,
    correlation_word,
    in_days,
    instead_text,
    one_line,
    quantity,
)
from schedrisk.result import PromiseOutcome
from schedrisk.wording import UNITS, date_text, number_text, percent_text

__all__ = ["Answer", "Page", "Part", "promise_facts"]

MOST_PROMISES = 12
MOST_FINDINGS = 8
MOST_IMPACTS = 3
MOST_IMPOSED = 5
GOOD_CHANCE, FAIR_CHANCE = 0.8, 0.5


@dataclass(frozen=True)
class Answer:
    """The answer about one promise.

    Attributes
    ----------
    name : str
        Of the promise; empty for a plan without one.
    chance, level : str
        The chance in short, and whether it is "good", "fair" or "low".
    text : str
        The answer in sentences.
    facts : tuple of (str, str)
    """

    name: str
    chance: str
    level: str
    text: str
    facts: Facts


@dataclass(frozen=True)
class Part:
    """What one date rests on.

    Attributes
    ----------
    promise : str or None
    label : str
        What the date is called inside a sentence.
    curve : str
        The S-curve in words.
    grows_with : str
        What lies along its axis: the "date" or the "time".
    percentiles : Table
    tables : tuple of Table
    notes : tuple of str
    """

    promise: str | None
    label: str
    curve: str
    grows_with: str
    percentiles: Table
    tables: tuple[Table, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A report, ready to be set."""

    title: str
    subtitle: str
    answers: tuple[Answer, ...]
    more_promises: int
    parts: tuple[Part, ...]
    happenings: tuple[Table, ...]
    money: tuple[Table, ...]
    findings: tuple[str, ...]
    more_findings: int
    assumptions: tuple[str, ...]
    basis: Facts
    method: Facts

    @classmethod
    def of(cls, summary: ReportSummary) -> Page:
        """Write a summary down."""
        plan = summary.plan
        voice = Voice.of(summary.unit, summary.moments())
        shown = summary.promises[:MOST_PROMISES]
        return cls(
            title=one_line(plan.name, 120),
            subtitle=_subtitle(summary, voice),
            answers=tuple(_promise_answer(each, plan, voice) for each in shown) or (_finish_answer(summary, voice),),
            more_promises=len(summary.promises) - len(shown),
            parts=tuple(_part(target, summary, voice) for target in summary.targets),
            happenings=tuple(happening_tables(summary.happenings, summary.unit, voice)),
            money=_money_tables(summary),
            findings=tuple(_finding_texts(summary)),
            more_findings=max(0, len(summary.findings) - MOST_FINDINGS),
            assumptions=tuple(one_line(each, 600) for each in plan.assumptions),
            basis=basis_facts(plan),
            method=tuple(_method(summary, voice)),
        )


def _subtitle(summary: ReportSummary, voice: Voice) -> str:
    plan = summary.plan
    begins = f"starts {date_text(plan.start)}, " if plan.start is not None else ""
    finish = date_text(summary.planned_finish) if summary.dated else voice.when(summary.planned_finish)
    what = "planned finish" if summary.dated else "planned duration"
    return f"{counts_text(plan)}; {begins}{what} {finish}"


# ---- the answer ---------------------------------------------------------------------------------------------------------


def _promise_answer(outcome: PromiseOutcome, plan: Plan, voice: Voice) -> Answer:
    low, high = outcome.interval
    chance = percent_text(outcome.probability)
    if outcome.n_kept == 0:
        chance = f"< {percent_text(high)}"
    elif outcome.n_kept == outcome.n_draws:
        chance = f"> {percent_text(low)}"
    return Answer(
        name=one_line(outcome.name),
        chance=chance,
        level=_level(outcome.probability),
        text=answer(outcome, voice, _label(outcome.after, plan)),
        facts=promise_facts(outcome, plan, voice),
    )


def _label(task: str | None, plan: Plan) -> str:
    return "" if task is None else one_line(plan.task(task).label)


def _level(probability: float) -> str:
    return "good" if probability >= GOOD_CHANCE else "fair" if probability >= FAIR_CHANCE else "low"


def promise_facts(outcome: PromiseOutcome, plan: Plan, voice: Voice) -> Facts:
    """Return the figures about a promise that stand below its answer."""
    facts = [("Planned finish", f"{voice.when(outcome.planned_finish)}, {_margin(outcome)}")]
    if outcome.within is not None:
        after = f"{voice.when(outcome.within)} after “{_label(outcome.after, plan)}”"
        facts.insert(0, ("Due", f"{after}; as planned, by {voice.when(outcome.planned_due)}"))
    facts.append(("Even odds", f"half of the draws finish by {voice.when(outcome.p50)}"))
    late, given = (
        in_days(*days, voice)
        for days in (
            (outcome.expected_lateness, outcome.expected_lateness_calendar),
            (outcome.lateness_given_late, outcome.lateness_given_late_calendar),
        )
    )
    if outcome.n_kept == 0:
        facts.append(("Expected lateness", late))
    elif outcome.n_kept < outcome.n_draws:
        facts.append(("Expected lateness", f"{late} on average over all draws"))
        facts.append(("When late", f"{given} on average"))
    damages = plan.promise(outcome.name).damages
    if damages is not None:
        text = amount_text(outcome.expected_damages, 1.96 * outcome.expected_damages_se)
        facts.append(("Expected damages", f"{text} ({_terms(damages)})"))
    if outcome.imposed:
        shown = ", ".join(map(one_line, outcome.imposed[:MOST_IMPOSED]))
        more = len(outcome.imposed) - MOST_IMPOSED
        facts.append(("Rests on imposed dates", f"{shown}{f' and {more:,} more' if more > 0 else ''}"))
        facts.append(("Chance without them", outcome.chance_without))
    if outcome.task is not None:
        facts.insert(0, ("What is promised", one_line(plan.task(outcome.task).label)))
    return tuple(facts)


def _margin(outcome: PromiseOutcome) -> str:
    margin = quantity(abs(outcome.planned_margin), outcome.unit)
    if outcome.planned_margin == 0:
        return "just in time for the promise"
    return f"{margin} {'before' if outcome.planned_margin > 0 else 'after'} the promise"


def _terms(damages: Damages) -> str:
    period = damages.per.replace("-", " ")
    text = f"{number_text(damages.rate, 12)} per {'begun ' * damages.whole}{period}"
    if damages.grace:
        text += f" after {number_text(damages.grace)} free"
    return text if damages.cap is None else f"{text}, at most {number_text(damages.cap, 12)}"


def _finish_answer(summary: ReportSummary, voice: Voice) -> Answer:
    percentiles = dict(summary.percentiles)
    facts = (
        ("Planned finish", voice.when(summary.planned_finish)),
        ("Even odds", f"half of the draws finish by {voice.when(percentiles[50])}"),
    )
    text = f"Nothing is promised in this plan. {instead_text(percentiles[80], percentiles[90], voice)}"
    return Answer(name="", chance="", level="", text=text, facts=facts)


# ---- what a date rests on -----------------------------------------------------------------------------------------------


def _part(target: Target, summary: ReportSummary, voice: Voice) -> Part:
    percentiles = dict(target.percentiles)
    by = "by" if target.after is None else "within"
    said = ", ".join(f"{percent} % {by} {voice.when(percentiles[percent])}" for percent in (10, 50, 80, 90))
    label = _label_of(target)
    tables = (
        _drivers_table(target.drivers, label),
        _risks_table(target, summary, label),
        _owners_table(target, summary, label),
    )
    return Part(
        promise=target.promise,
        label=label,
        curve=f"S-curve of {label}: {said}",
        grows_with="date" if target.after is None else "time",
        percentiles=_percentiles_table(target, label, voice),
        tables=tuple(table for table in tables if table.rows),
        notes=tuple(_notes(target, summary, voice)),
    )


def _money_tables(summary: ReportSummary) -> tuple[Table, ...]:
    return money_tables(summary.costs, summary.mitigations, summary.plan, summary.unit, _label_of(summary.targets[0]))


def _label_of(target: Target) -> str:
    return f"the promise “{one_line(target.promise)}”" if target.promise else "the finish"


def _percentiles_table(target: Target, label: str, voice: Voice) -> Table:
    rows = tuple((Cell(f"{percent} %"), Cell(voice.when(moment))) for percent, moment in target.percentiles)
    what, heading = ("By when", "Finish by") if target.after is None else ("Within what time", "Finish within")
    return Table(f"{what} {label} is met in so many of the draws", ("Chance", heading), (True, False), rows)


def _drivers_table(drivers: Sequence[Driver], label: str) -> Table:
    rows = tuple(
        (
            Cell(one_line(each.name)),
            Cell(one_line(each.owner or "–", 30)),
            Cell(_percent(each.criticality), each.criticality),
            Cell(
                f"{correlation_word(each.rank_correlation)} ({each.rank_correlation:.2f})", abs(each.rank_correlation)
            ),
        )
        for each in drivers
    )
    return Table(
        f"Tasks that decide {label}, the strongest first",
        ("Task", "Owner", "Sets the date in", "Moves the date"),
        (False, False, False, False),
        rows,
    )


def _risks_table(target: Target, summary: ReportSummary, label: str) -> Table:
    columns = [
        ("Risk", False, [Cell(one_line(each.name)) for each in target.risks]),
        ("Owner", False, [Cell(one_line(each.owner or "–", 30)) for each in target.risks]),
        ("Chance", True, [Cell(chance_text(each.least_probability, each.probability)) for each in target.risks]),
        (
            f"Delay ({UNITS[summary.plan.unit]}), × factor",
            False,
            [Cell(_impacts(each, summary.plan)) for each in target.risks],
        ),
        *_conditions(target.risks),
        *_gains(target.risks, summary.unit),
    ]
    return table(f"Risks, and what would be gained for {label} if one could not happen", columns)


def _conditions(risks: Sequence[RiskEffect]) -> Iterator[Column]:
    """Yield a column for what risks depend on, where some do."""
    if any(each.conditions for each in risks):
        yield "Conditions", False, [Cell("; ".join(map(one_line, each.conditions))) for each in risks]


def _impacts(risk: RiskEffect, plan: Plan) -> str:
    impacts: dict[str, str] = dict(risk.delays)
    further = [(task, f"× {factor}") for task, factor in risk.factors]
    further += [(task, f"− {saving}") for task, saving in risk.savings]
    for task, text in further:
        impacts[task] = f"{impacts[task]}, {text}" if task in impacts else text
    shown = itertools.islice(impacts.items(), MOST_IMPACTS)
    texts = [f"{one_line(plan.task(task).label, 50)} {impact}" for task, impact in shown]
    more = len(impacts) - len(texts)
    return "; ".join(texts) + (f"; and {more:,} more tasks" if more > 0 else "") if texts else "none"


def _owners_table(target: Target, summary: ReportSummary, label: str) -> Table:
    names = ["nobody named" if each.owner == UNASSIGNED else one_line(each.owner, 40) for each in target.owners]
    columns = [
        ("Owner", False, [Cell(name) for name in names]),
        ("Tasks", True, [Cell(f"{each.tasks:,}") for each in target.owners]),
        ("Risks", True, [Cell(f"{each.risks:,}") for each in target.owners]),
        *_gains(target.owners, summary.unit),
    ]
    return table(f"What would be gained for {label} if all that an owner answers for ran to plan", columns)


def _gains(records: Sequence[RiskEffect] | Sequence[OwnerPart], unit: str) -> Iterator[Column]:
    """Yield the columns of what would be gained, without those that say nothing."""
    saved = [each.p80_saved for each in records]
    yield f"80 % date earlier ({unit})", True, [Cell(_days(each), _part_of(each, saved)) for each in saved]
    gains = [each.probability_gain for each in records]
    if any(each is not None and each.value for each in gains):
        yield "Chance gained (points)", True, [Cell(_points(each)) for each in gains]
    damages = [each.expected_damages_saved for each in records if isinstance(each, OwnerPart)]
    if any(each is not None and each.value for each in damages):
        yield "Damages saved", True, [Cell(_money(each)) for each in damages]


def _part_of(change: Change, all_changes: Sequence[Change]) -> float:
    largest = max(each.value for each in all_changes)
    return max(0.0, change.value / largest) if largest > 0 else 0.0


def _days(change: Change) -> str:
    text = quantity(abs(change.value), "").strip()
    return f"−{text}" if change.value < 0 and text != "0" else text


def _points(change: Change | None) -> str:
    return "–" if change is None else _signed(100 * change.value)


def _signed(value: float) -> str:
    text = f"{abs(value):.{int(abs(value) < 9.95)}f}".removesuffix(".0")
    return f"−{text}" if value < 0 and text != "0" else text


def _money(change: Change | None) -> str:
    if change is None:
        return "–"
    text = amount_text(abs(change.value), (change.high - change.low) / 2).partition(" ±")[0]
    return f"−{text}" if change.value < 0 and text != "0" else text


def _percent(share: float) -> str:
    return percent_text(round(share, 3) if 0.0005 <= share <= 0.9995 else share)


def _notes(target: Target, summary: ReportSummary, voice: Voice) -> Iterator[str]:
    """Yield what a reader must know to read the tables."""
    if target.drivers:
        yield (
            "“Sets the date in” is the share of draws in which the task lies on the path that sets the date "
            "(criticality). “Moves the date” says how closely its duration and the date go together (rank correlation)."
        )
        if target.after is not None:
            after = _label(target.after, summary.plan)
            yield (
                f"The time runs from “{after}”, so both are about the time from there: a task that moves “{after}” and the "
                "finish alike does not count. The 80 % date earlier is still the date of the finish."
            )
    if target.together is not None:
        yield together_text(target.together, summary.unit, voice)
    more = len(summary.plan.risks) - len(target.risks)
    if more > 0:
        yield f"{more:,} more risks with less expected effect are left out."
    changes = [*(each.p80_saved for each in target.risks), *(each.p80_saved for each in target.owners)]
    if changes:
        error = max((each.high - each.low) / 2 for each in changes)
        yield (
            f"What would be gained is simulated with the same random numbers, in {target.what_if_draws:,} draws; "
            f"the 80 % date earlier is right to ± {quantity(error, summary.unit)}. Gains do not add up: where paths "
            "join, the latest one counts."
        )


# ---- what it is based on ------------------------------------------------------------------------------------------------


def _finding_texts(summary: ReportSummary) -> Iterator[str]:
    for each in summary.findings[:MOST_FINDINGS]:
        remedy = f" ({each.remedy})" if each.remedy else ""
        yield one_line(f"{each.severity.capitalize()}: {each.where} {each.finding}{remedy}.", 600)


def _sampling_text(summary: ReportSummary) -> str:
    return "" if summary.sampling.kind == "random" else f"; sampling {summary.sampling}"


def _method(summary: ReportSummary, voice: Voice) -> Iterator[tuple[str, str]]:
    yield "Draws", f"{summary.n_draws:,} simulated histories of the project" + _sampling_text(summary)
    if summary.mitigated:
        yield "Mitigations chosen", ", ".join(one_line(summary.plan.risk(each).label) for each in summary.mitigated)
    yield "Seed", f"{summary.entropy} (the same plan and seed give the same numbers, to the last digit)"
    for target in summary.targets:
        low, high = map(voice.when, target.p80_interval)
        of = f" of {one_line(target.promise)}" if target.promise and len(summary.targets) > 1 else ""
        span = f"is {low}" if low == high else f"lies between {low} and {high}"
        if target.after is not None:
            yield f"80 % time{of}", f"{span}, with 95 % confidence"
            continue
        yield f"80 % date{of}" if summary.dated else f"80 % duration{of}", f"{span}, with 95 % confidence"
    yield "Intervals", "figures in brackets and after ± are 95 % sampling errors; more draws make them smaller"
    versions = ", ".join(f"{name} {version}" for name, version in summary.versions.items())
    yield "Plan", f"{summary.plan.digest} (hash of its content)"
    yield "Software", f"{versions}; random streams version {summary.stream_version}"
