"""What a report says, as one typed record: every rendering is made from it and computes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk.analysis import compare, ownership, sensitivity
from schedrisk.analysis.comparison import first_draws
from schedrisk.checks import check
from schedrisk.model import Period, Plan, Promise, Risk
from schedrisk.report.change import Change
from schedrisk.report.drivers import Driver, drivers_of
from schedrisk.report.happenings import Happenings
from schedrisk.report.money import CostLine, MitigationLine, cost_lines, mitigation_lines
from schedrisk.report.risk_text import conditions_of
from schedrisk.report.together import Together, together_of
from schedrisk.result import PromiseOutcome, SimulationResult
from schedrisk.result.intervals import percentile_rank
from schedrisk.sampling.design import Sampling
from schedrisk.simulation import chosen_of, simulate
from schedrisk.wording import UNITS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Finding", "OwnerPart", "ReportSummary", "RiskEffect", "Target"]

PERCENTS = (5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95)

MOST_RISKS = 8
MOST_TARGETS = 2
# Beyond so many owners a table of them is no longer read, and every row costs a simulation.
MOST_OWNERS = 20

# What would change without a risk, or with a punctual owner, is simulated: so many task-draws in all, some seconds.
WHAT_IF_CELLS = 100_000_000
LEAST_DRAWS = 1_000


@dataclass(frozen=True)
class RiskEffect:
    """A risk, and what would be gained if it could not happen.

    Attributes
    ----------
    id, name : str
    owner : str or None
    least_probability, probability : float
        The lowest and the highest over its tasks; mostly one.
    conditions : tuple of str
        On what it depends and what it costs, in a few words each.
    delays : tuple of (str, str)
        Id of the task and estimate of every delay [plan unit].
    factors : tuple of (str, str)
        Id of the task and estimate of every factor.
    savings : tuple of (str, str)
        Id of the task and estimate of every saving [plan unit].
    p80_saved : Change
        [working days; plan unit without dates]
    probability_gain : Change or None
        None without a promise.
    """

    id: str
    name: str
    owner: str | None
    least_probability: float
    probability: float
    conditions: tuple[str, ...]
    delays: tuple[tuple[str, str], ...]
    factors: tuple[tuple[str, str], ...]
    savings: tuple[tuple[str, str], ...]
    p80_saved: Change
    probability_gain: Change | None


@dataclass(frozen=True)
class OwnerPart:
    """An owner, and what would be gained if all that the owner answers for ran to plan.

    Attributes
    ----------
    owner : str
    tasks, risks : int
    criticality : float
        Of the owner's most critical task.
    p80_saved : Change
        [working days; plan unit without dates]
    probability_gain, expected_damages_saved : Change or None
        None without a promise, or without damages.
    """

    owner: str
    tasks: int
    risks: int
    criticality: float
    p80_saved: Change
    probability_gain: Change | None
    expected_damages_saved: Change | None


@dataclass(frozen=True)
class Finding:
    """What `check` finds suspicious: severity "error" or "warning", rule, where, finding and remedy."""

    severity: str
    rule: str
    where: str
    finding: str
    remedy: str


@dataclass(frozen=True)
class Target:
    """What a date rests on: that of a promise, or the project's finish.

    Attributes
    ----------
    promise, task : str or None
        Name of the promise and the milestone it is about; None for the project.
    after : str or None
        Of a relative promise the task that starts its time.
    planned_finish : datetime64 or float
    percentiles : tuple of (int, datetime64 or float or str)
        Of the finish; for a relative promise of the time that it takes, in whole units of its own (``"14w"``).
    p80_interval : tuple
        95 % interval of the P80.
    drivers : tuple of Driver
        The strongest.
    risks : tuple of RiskEffect
        Those with the largest effect, out of the plan's.
    owners : tuple of OwnerPart
        Empty where one owner answers for all, or where there are too many.
    what_if_draws : int
        Draws behind `risks` and `owners`.
    together : Together or None
        The P80 if tasks were late together; None where they are, or where fewer than two are uncertain.
    """

    promise: str | None
    task: str | None
    after: str | None
    planned_finish: Any
    percentiles: tuple[tuple[int, Any], ...]
    p80_interval: tuple[Any, Any]
    drivers: tuple[Driver, ...]
    risks: tuple[RiskEffect, ...]
    owners: tuple[OwnerPart, ...]
    what_if_draws: int
    together: Together | None


@dataclass(frozen=True)
class ReportSummary:
    """All that a report says.

    Attributes
    ----------
    plan : Plan
    unit : str
        Of lateness: "working days", or the plan's unit in a plan without dates.
    n_draws, entropy, stream_version : int
    sampling : Sampling
        How the draws were made.
    versions : mapping of str to str
    planned_finish : datetime64 or float
        Of the project.
    percentiles : tuple of (int, datetime64 or float)
        Of the project's finish.
    promises : tuple of PromiseOutcome
        In the order of the plan; the one asked for, if any, first.
    targets : tuple of Target
        What the first promises rest on; what the project's finish rests on where nothing is promised.
    happenings : Happenings
        Branches, decisions and gates.
    findings : tuple of Finding
        Errors and warnings.
    mitigated : tuple of str
        Ids of the risks whose mitigation is chosen.
    costs : tuple of CostLine
        Empty where no risk costs money.
    mitigations : tuple of MitigationLine
        What they are worth for the first target.
    """

    plan: Plan
    unit: str
    n_draws: int
    sampling: Sampling
    entropy: int
    stream_version: int
    versions: Mapping[str, str]
    planned_finish: Any
    percentiles: tuple[tuple[int, Any], ...]
    promises: tuple[PromiseOutcome, ...]
    targets: tuple[Target, ...]
    happenings: Happenings
    findings: tuple[Finding, ...]
    mitigated: tuple[str, ...]
    costs: tuple[CostLine, ...]
    mitigations: tuple[MitigationLine, ...]

    @classmethod
    def of(cls, result: SimulationResult, *, promise: str | None = None) -> ReportSummary:
        """Gather everything; what risks and owners cost is simulated.

        Parameters
        ----------
        result : SimulationResult
        promise : str, optional
            The promise to explain; the first ones of the plan where not given.

        Raises
        ------
        UnknownNameError
            When the plan has no such promise.
        """
        plan = result.plan
        asked = None if promise is None else plan.promise(promise)
        promises = [asked, *(each for each in plan.promises if each is not asked)] if asked else list(plan.promises)
        # Two promises about one milestone rest on the same tasks, unless their times begin differently.
        first: dict[tuple[str | None, str | None], Promise | None] = {}
        for each in promises:
            first.setdefault((each.task, each.after), each)
        explained = [asked] if asked else list(first.values())[:MOST_TARGETS] or [None]
        return cls(
            plan=plan,
            unit="working days" if plan.start is not None else UNITS[plan.unit],
            n_draws=result.n_draws,
            sampling=result.sampling,
            entropy=result.entropy,
            stream_version=result.stream_version,
            versions=dict(result.versions),
            planned_finish=result.planned_finish,
            percentiles=_percentiles(result, None),
            promises=tuple(result.promise(each.name) for each in promises),
            targets=tuple(_target(result, each, len(explained)) for each in explained),
            happenings=Happenings.of(result),
            findings=tuple(_findings(check(plan))),
            mitigated=tuple(risk.id for risk in plan.risks if risk.id in result.mitigated),
            costs=cost_lines(result),
            mitigations=mitigation_lines(result, explained[0], lambda n_runs: _what_if_draws(result, n_runs)),
        )

    @property
    def dated(self) -> bool:
        """Whether moments are dates."""
        return self.plan.start is not None

    def moments(self) -> Iterator[Any]:
        """Yield every moment that the report mentions."""
        yield from (self.planned_finish, *(moment for _, moment in self.percentiles))
        for outcome in self.promises:
            yield from (outcome.planned_due, outcome.planned_finish, outcome.promisable_80, outcome.promisable_90)
        yield from self.happenings.moments()
        for target in self.targets:
            yield from (target.planned_finish, *(moment for _, moment in target.percentiles), *target.p80_interval)
            if target.together is not None:
                yield from (target.together.p80, target.together.p80_modelled)


def _percentiles(result: SimulationResult, task: str | None) -> tuple[tuple[int, Any], ...]:
    return tuple((percent, result.percentile(percent, task=task)) for percent in PERCENTS)


def _times(result: SimulationResult, promise: Promise) -> tuple[tuple[tuple[int, Any], ...], tuple[Any, Any]]:
    """Return percentiles of the time that a relative promise takes, and the interval of the P80."""
    taken = result.elapsed(promise.name)
    ascending = np.sort(taken)
    unit = Period.of(promise.within or 0.0).unit

    def of(count: float) -> str | float:
        return Period(count if unit == "unit" else float(np.ceil(count)), unit).within

    low, high = result.replicates.percentile_interval(taken, 80)
    times = tuple((each, of(float(ascending[percentile_rank(each, result.n_draws)]))) for each in PERCENTS)
    return times, (of(low), of(high))


def _target(result: SimulationResult, promise: Promise | None, n_targets: int) -> Target:
    task = None if promise is None else promise.task
    schedule = result.schedule
    percentiles, interval = (
        _times(result, promise)
        if promise is not None and promise.is_relative
        else (_percentiles(result, task), result.percentile_interval(80, task=task))
    )
    table = sensitivity(result) if promise is None else sensitivity(result, promise=promise.name)
    risks = _weightiest(result.plan, table)
    owners = {*(each.owner for each in result.plan.tasks), *(each.owner for each in result.plan.risks)}
    compared = len(owners) if 1 < len(owners) <= MOST_OWNERS else 0
    n_draws = _what_if_draws(result, n_targets * (len(risks) + compared + 3))
    return Target(
        promise=None if promise is None else promise.name,
        task=task,
        after=None if promise is None else promise.after,
        planned_finish=result.planned_finish
        if task is None
        else schedule.moments("finish")[result.replay.network.row(task)],
        percentiles=percentiles,
        p80_interval=interval,
        drivers=tuple(drivers_of(result.plan, table)),
        risks=_risk_effects(result, risks, promise, n_draws),
        owners=tuple(_owner_parts(result, promise, n_draws)) if compared else (),
        what_if_draws=n_draws,
        together=together_of(result, promise, n_draws),
    )


def _what_if_draws(result: SimulationResult, n_runs: int) -> int:
    affordable = WHAT_IF_CELLS // (n_runs * len(result.plan.tasks))
    return first_draws(result, min(result.n_draws, max(LEAST_DRAWS, affordable)))


def _weightiest(plan: Plan, table: pd.DataFrame) -> list[Risk]:
    """Return the risks that cost most by a rough measure, which says whose effect is worth simulating."""
    criticality = table["criticality"].to_dict()

    def weight(risk: Risk) -> float:
        costs = [(task, delay.mean) for task, delay in risk.delays.items()]
        costs += [(task, abs(each.mean - 1) * plan.task(task).estimate.mean) for task, each in risk.factors.items()]
        costs += [(task, saving.mean) for task, saving in risk.savings.items()]
        return risk.odds[1] * sum(cost * float(criticality[task]) for task, cost in costs)

    return sorted(plan.risks, key=weight, reverse=True)[:MOST_RISKS]


def _risk_effects(
    result: SimulationResult, risks: list[Risk], promise: Promise | None, n_draws: int
) -> tuple[RiskEffect, ...]:
    if not risks:
        return ()
    # The key of the plan as it is, "", cannot be a risk's.
    plan = result.plan.replace(promises=[] if promise is None else [promise])
    plans = {"": plan} | {risk.id: plan.without_risk(risk.id) for risk in risks}
    results = {
        label: simulate(
            each, n_draws, rng=result.entropy, sampling=result.sampling, mitigated=chosen_of(each, result.mitigated)
        )
        for label, each in plans.items()
    }
    table = compare(results, promise=None if promise is None else promise.name)
    rows = dict(_rows(table))
    effects = [_risk_effect(result, risk, rows[risk.id]) for risk in risks]
    return tuple(sorted(effects, key=lambda each: each.p80_saved.value, reverse=True))


def _risk_effect(result: SimulationResult, risk: Risk, row: Mapping[str, Any]) -> RiskEffect:
    return RiskEffect(
        id=risk.id,
        name=risk.label,
        owner=risk.owner,
        least_probability=risk.odds[0],
        probability=risk.odds[1],
        conditions=conditions_of(risk, result.plan, mitigated=risk.id in result.mitigated),
        delays=tuple((task, str(delay)) for task, delay in risk.delays.items()),
        factors=tuple((task, str(factor)) for task, factor in risk.factors.items()),
        savings=tuple((task, str(saving)) for task, saving in risk.savings.items()),
        p80_saved=Change.of(row, "p80_change", sign=-1),
        probability_gain=Change.maybe(row, "probability_change"),
    )


def _owner_parts(result: SimulationResult, promise: Promise | None, n_draws: int) -> Iterator[OwnerPart]:
    table = ownership(result, promise=None if promise is None else promise.name, n_draws=n_draws)
    for owner, row in _rows(table):
        yield OwnerPart(
            owner=owner,
            tasks=int(row["tasks"]),
            risks=int(row["risks"]),
            criticality=float(row["criticality"]),
            p80_saved=Change.of(row, "p80_saved"),
            probability_gain=Change.maybe(row, "probability_gain"),
            expected_damages_saved=Change.maybe(row, "expected_damages_saved"),
        )


def _findings(table: pd.DataFrame) -> Iterator[Finding]:
    for _, row in _rows(table):
        if row["severity"] != "info":
            yield Finding(**{field.name: row[field.name] for field in fields(Finding)})


def _rows(table: pd.DataFrame) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the label and the cells of every row."""
    columns = [str(name) for name in table.columns]
    for label, *cells in table.itertuples(name=None):
        yield str(label), dict(zip(columns, cells, strict=True))
