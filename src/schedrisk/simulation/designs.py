"""Which design a simulation samples by: how many replicates, and which stream gets which Sobol' dimension."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from schedrisk._typing import Floats
from schedrisk.cpm import critical_masks
from schedrisk.engine import early_dates
from schedrisk.errors import ArgumentError, Problem, shown
from schedrisk.estimates import Estimate, Fixed
from schedrisk.model import Plan, Risk
from schedrisk.network import Network
from schedrisk.sampling import Design, DurationSampler
from schedrisk.sampling.design import KINDS, Sampling, StreamName, Streams, replicates_for
from schedrisk.sampling.risks import RiskSampler

__all__ = ["MOST_DIMENSIONS", "SamplingLike", "design_for", "grown"]

SamplingLike = str | Sampling

MOST_DIMENSIONS = 512
"""Streams beyond so many are random: see docs/explanation/sampling.md for what more of them bring."""

# Draws of the pilot that tells which tasks matter. The same for every `rng`: dimensions depend on the plan alone.
PILOT_DRAWS, PILOT_ENTROPY = 256, 0


def design_for(plan: Plan, network: Network, entropy: int, n_draws: int, sampling: SamplingLike) -> Design:
    """Return the design of a simulation.

    Parameters
    ----------
    plan : Plan
    network : Network
    entropy, n_draws : int
    sampling : {"random", "latin", "sobol"} or Sampling
        A kind, or that of another simulation, whose dimensions and size of replicates are kept.

    Raises
    ------
    ArgumentError
        When there is no such kind of sampling.
    """
    given = sampling if isinstance(sampling, Sampling) else None
    kind = given.kind if given is not None else sampling
    if kind not in KINDS:
        expected = f"one of {', '.join(map(shown, KINDS))}, or the `sampling` of a result"
        raise ArgumentError([Problem("sampling", shown(sampling), expected)])
    if kind == "random":
        return Design(entropy, n_draws)
    bits, replicates = replicates_for(n_draws)
    if given is not None:
        bits = given.replicate_size.bit_length() - 1
        replicates = max(2, -(-n_draws // given.replicate_size))
    dimensions: Mapping[StreamName, int] = {}
    if kind == "sobol":
        dimensions = _with_dimensions(plan, network, {} if given is None else given.dimensions)
    return Design(entropy, replicates << bits, str(kind), bits, dimensions)


def grown(design: Design, n_draws: int, most: int) -> Design:
    """Return a design of about so many draws, whose first ones are those of the given design.

    Whole replicates of the same size are added, as long as there are no more than `most` draws in all.
    """
    size = 1 << design.bits
    replicates = min(-(-n_draws // size), most // size)
    return dataclasses.replace(design, n_draws=max(replicates * size, design.n_draws))


def _with_dimensions(plan: Plan, network: Network, known: Mapping[StreamName, int]) -> dict[StreamName, int]:
    """Return the dimensions already known, and the next free ones for the plan's other streams.

    The tasks come first, ordered by a pilot without risks; then what tasks have in common; then risks: so plans that
    differ in a risk give their tasks the same dimensions.
    """
    names = [name for name in _by_influence(plan, network) if name not in known]
    taken = set(known.values())
    free = (number for number in range(MOST_DIMENSIONS) if number not in taken)
    return {**known, **dict(zip(names, free, strict=False))}


def _by_influence(plan: Plan, network: Network) -> list[StreamName]:
    """Return the names of all streams that draw something, the most influential first."""
    scout = _Scout(PILOT_ENTROPY, PILOT_DRAWS)
    ticks = network.axis.ticks_per_unit
    sampler = DurationSampler.of(plan, ticks, scout, axis=network.axis)
    if mitigated := {risk.id for risk in plan.risks if risk.mitigation is not None}:
        # What the choice of mitigations adds comes with the plan: whether they are chosen moves nothing.
        DurationSampler.of(plan, ticks, scout, None, mitigated)
    calm = dataclasses.replace(sampler, risks=RiskSampler.of(plan, ticks, Design(PILOT_ENTROPY, PILOT_DRAWS), {}))
    criticality = dict(zip((task.id for task in plan.tasks), _criticality(plan, network, calm), strict=True))
    tasks = {task.id: _spread(task.estimate) * criticality[task.id] for task in plan.tasks if task.has_work}
    means = {task.id: float(task.estimate.mean) for task in plan.tasks} if plan.risks else {}
    risks, groups, never = _risk_ranks(plan, criticality, means)

    def rank(name: StreamName) -> tuple[int, float]:
        kind, role, owner, *_ = (*name, "")
        if (kind, role) == ("task", "duration"):
            return 0, -tasks.get(owner, 0.0)
        if (kind, role) == ("risk", "exclusive"):
            return 2 + (owner not in groups), -groups.get(owner, 0.0)
        if kind == "risk":
            return 2 + (owner in never), -risks.get(owner, 0.0)
        return 1, 0.0

    fixed = {task.id for task in plan.tasks if not task.has_work or type(task.estimate) is Fixed}
    drawn = (name for name in dict.fromkeys(scout.names) if name[:2] != ("task", "duration") or name[2] not in fixed)
    return sorted(drawn, key=rank)


def _risk_ranks(
    plan: Plan, criticality: Mapping[str, float], means: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, float], set[str]]:
    """Return the influence of each risk, that of each group of alternatives, and the risks that never happen.

    What never happens comes last of all: it takes no dimension from anything else.
    """
    risks = {risk.id: _influence(risk, criticality, means) for risk in plan.risks}
    never = {risk.id for risk in plan.risks if max(risk.odds[1], risk.after_mitigation().odds[1]) == 0}
    groups: dict[str, float] = {}
    for risk in plan.risks:
        if risk.exclusive is not None and risk.id not in never:
            groups[risk.exclusive] = max(risks[risk.id], groups.get(risk.exclusive, 0.0))
    return risks, groups, never


@dataclass(frozen=True)
class _Scout(Design):
    """A design that notes which streams it is asked for: whatever samples the plan names them itself."""

    names: list[StreamName] = field(default_factory=list, compare=False)

    def streams(self, names: Iterable[StreamName], *, stratified: bool = True) -> Streams:
        listed = list(names)
        if stratified:
            self.names.extend(listed)
        return super().streams(listed, stratified=stratified)


def _criticality(plan: Plan, network: Network, sampler: DurationSampler) -> Floats:
    """Return about how often each task drives the finish, never quite never, shape (n_tasks,)."""
    by_float = plan.scheduling.critical_by == "float"
    early = early_dates(
        network, sampler, 0, PILOT_DRAWS, starts=by_float, keep_durations=by_float, binding=not by_float
    )
    critical = critical_masks(network, early, None, plan.scheduling)
    return np.asarray((np.count_nonzero(critical, axis=1) + 0.5) / (PILOT_DRAWS + 1))


def _influence(risk: Risk, criticality: Mapping[str, float], means: Mapping[str, float]) -> float:
    """Return about how much a risk adds to the standard deviation of the finish, by the tasks that it hits."""
    impacts = [0.0]
    for task, each in (*risk.delays.items(), *risk.savings.items()):
        impacts.append(criticality.get(task, 0.0) * float(np.hypot(each.mean, _spread(each))))
    for task, each in risk.factors.items():
        size = float(np.hypot(each.mean - 1, _spread(each))) * means.get(task, 0.0)
        impacts.append(criticality.get(task, 0.0) * size)
    return max(float(np.sqrt(chance * (1 - chance))) for chance in risk.odds) * max(impacts)


def _spread(estimate: Estimate) -> float:
    """Return the standard deviation of an estimate, with a number for one that has none."""
    spread = float(estimate.std)
    return 0.0 if math.isnan(spread) else min(spread, 1e300)
