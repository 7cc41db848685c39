"""Which risks strike in a draw, and what that does to durations."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.model import Plan, Risk
from schedrisk.model.risk import IMPACTS
from schedrisk.model.risk_structure import waiting_risks
from schedrisk.sample import ImpactKind, State, Strike, Timed
from schedrisk.sampling.design import Design, Draws
from schedrisk.sampling.groups import Group
from schedrisk.sampling.occurrence import Event, Occurrences, events_of, faded_odds

__all__ = ["Impact", "RiskSampler", "Strikes", "risk_states"]

# Within a risk factors come first: a duration is the estimate, times factors, plus delays, less savings.
ROLES: tuple[ImpactKind, ...] = ("factor", "delay", "saving")
assert set(ROLES) == set(IMPACTS)  # noqa: S101  (a field that is not sampled would be silently without effect)


@dataclass(frozen=True, eq=False)
class Impact:
    """What a risk does to a task; tasks that share a magnitude and an event share the object."""

    risk: int
    event: int
    kind: ImpactKind
    magnitude: Group
    shared: bool
    parallel: bool
    windowed: bool

    def values(self, occurs: Bools, draws: Draws, drawn: Floats | None = None) -> Floats:
        """Return the magnitudes where it occurs, and what changes nothing elsewhere."""
        if drawn is None:
            drawn = np.empty(draws.count)
            self.magnitude.fill(slice(0, 1), draws, drawn[None, :])
        return np.where(occurs, drawn, 1.0) if self.kind == "factor" else np.asarray(occurs * drawn)

    @property
    def plain(self) -> bool:
        """Whether it does nothing but multiply or delay, after those before it."""
        return not (self.parallel or self.windowed or self.kind == "saving")

    def apply(self, values: Floats, durations: Floats) -> None:
        """Change durations by `values`."""
        combine = np.multiply if self.kind == "factor" else np.add
        combine(durations, values, out=durations)


@dataclass(frozen=True, eq=False)
class _Phase:
    """How the risks stand until the next mitigation is in force.

    Attributes
    ----------
    lead : float
        From when on [plan unit].
    odds : ndarray, shape (n_events, 1)
    impacts : mapping of int to tuple
        What may change a row's duration, in the order of the plan's risks.
    """

    lead: float
    odds: Floats
    impacts: Mapping[int, tuple[Impact, ...]]


@dataclass(frozen=True, eq=False)
class RiskSampler:
    """The risks of a plan that hit some of its tasks.

    Attributes
    ----------
    occurrences : Occurrences
    phases : tuple of _Phase
        The first one holds from the start.
    timed : frozenset of int
        Rows whose duration depends on when they begin.
    leading : frozenset of int
        Those of them that wait for a mitigation.
    plain : mapping of int to tuple
        Impacts of rows with nothing but factors and delays in series: factors, then delays, each in the order of the
        plan's risks.
    """

    occurrences: Occurrences
    phases: tuple[_Phase, ...]
    timed: frozenset[int]
    leading: frozenset[int]
    plain: Mapping[int, tuple[Impact, ...]]

    @classmethod
    def of(
        cls, plan: Plan, ticks_per_unit: float, design: Design, places: Mapping[str, int],
        mitigated: Collection[str] = (), *, everything: bool = False,
    ) -> RiskSampler:  # fmt: skip
        """Prepare the risks of a plan.

        Parameters
        ----------
        plan : Plan
        ticks_per_unit : float
        design : Design
        places : mapping of str to int
            Rows of the tasks that can be hit.
        mitigated : collection of str
            Ids of the risks whose mitigation is chosen.
        everything : bool
            Whether risks that hit none of the tasks are wanted too.
        """
        events = events_of(plan, places, everything=everything)
        numbers = {event: number for number, event in enumerate(events)}
        phases = []
        for lead, risks in risk_states(plan, mitigated):
            impacts: dict[int, list[Impact]] = {}
            for place in dict.fromkeys(place for place, _ in events):
                for task, impact in _impacts(place, risks[place], ticks_per_unit, design, places, numbers):
                    impacts.setdefault(places[task], []).append(impact)
            in_order = {row: tuple(each) for row, each in impacts.items()}
            phases.append(_Phase(lead, faded_odds(plan, risks, events), in_order))
        waiting = waiting_risks(plan.risks) if len(phases) > 1 else frozenset()
        hit = [(row, each) for phase in phases for row, found in phase.impacts.items() for each in found]
        leading = frozenset(row for row, each in hit if plan.risks[each.risk].id in waiting)
        timed = leading | frozenset(row for row, each in hit if each.windowed)
        plain = {
            # Sorting keeps the order of the risks among the factors, and among the delays.
            row: tuple(sorted(found, key=lambda impact: impact.kind != "factor"))
            for row, found in phases[0].impacts.items()
            if row not in timed and all(each.plain for each in found)
        }
        return cls(Occurrences.of(plan, design, events), tuple(phases), timed, leading, plain)

    def strike(self, draws: Draws) -> Strikes:
        """Decide in which of some draws each risk happens."""
        return Strikes(self, draws)


class Strikes:
    """The risks that happen in a block of draws.

    Parameters
    ----------
    sampler : RiskSampler
    draws : Draws
    uniforms : ndarray, shape (n_events, n_draws), optional
        What decides, if it is drawn already.
    magnitudes : mapping of Impact to ndarray, shape (n_draws,), optional
        Those that are drawn already.

    Attributes
    ----------
    occurs : list of ndarray of bool, shape (n_events, n_draws)
        Of each phase, in which draws each event happens.
    timed, tracked : dict of int to Timed
        Receive the rows that depend on when they begin, and those of which it is asked what each risk does.
    """

    def __init__(
        self, sampler: RiskSampler, draws: Draws, uniforms: Floats | None = None,
        magnitudes: Mapping[Impact, Floats] | None = None,
    ) -> None:  # fmt: skip
        self._sampler, self._draws, self._magnitudes = sampler, draws, magnitudes or {}
        if uniforms is None:
            uniforms = sampler.occurrences.uniforms(draws)
        self.occurs = [sampler.occurrences.happen(uniforms, phase.odds) for phase in sampler.phases]
        self.timed: dict[int, Timed] = {}
        self.tracked: dict[int, Timed] = {}
        self._shared: dict[tuple[int, Impact], Floats] = {}

    def apply(self, row: int, duration: Floats) -> None:
        """Change the durations of a row, in place, by every risk that hits it.

        Parameters
        ----------
        row : int
        duration : ndarray, shape (n_draws,)
            [tick], not yet whole.
        """
        sampler = self._sampler
        if row in sampler.plain:
            for impact in sampler.plain[row]:
                impact.apply(self._values(0, impact), duration)
        elif row in sampler.timed:
            self.timed[row] = self.states(row, duration)
            duration[:] = self.timed[row].states[0].duration()
        elif row in sampler.phases[0].impacts:
            duration[:] = self._state(0, row, duration).duration()

    def track(self, row: int, duration: Floats) -> None:
        """Keep what each risk does to a row, given its duration without risks [tick]."""
        self.tracked[row] = self.states(row, duration)

    def states(self, row: int, estimate: Floats) -> Timed:
        """Return what a row takes in each phase, given its duration without risks [tick]."""
        phases = self._sampler.phases if row in self._sampler.leading else self._sampler.phases[:1]
        estimate = estimate.copy()
        states = tuple(self._state(number, row, estimate) for number in range(len(phases)))
        return Timed(states, tuple(phase.lead for phase in phases[1:]))

    def _state(self, phase: int, row: int, estimate: Floats) -> State:
        impacts = self._sampler.phases[phase].impacts.get(row, ())
        strikes = (
            Strike(each.risk, each.kind, self._values(phase, each), each.parallel, each.windowed) for each in impacts
        )
        return State(estimate, tuple(strikes))

    def _values(self, phase: int, impact: Impact) -> Floats:
        values = self._shared.get((phase, impact))
        if values is None:
            values = impact.values(self.occurs[phase][impact.event], self._draws, self._magnitudes.get(impact))
            if impact.shared:
                self._shared[phase, impact] = values
        return values


def risk_states(plan: Plan, mitigated: Collection[str]) -> Iterator[tuple[float, Sequence[Risk]]]:
    """Yield from when on [plan unit], and how the risks of a plan stand then.

    Parameters
    ----------
    plan : Plan
    mitigated : collection of str
        Ids of the risks whose mitigation is chosen.
    """
    chosen = {risk.id: risk.mitigation.lead_time for risk in plan.risks if risk.mitigation and risk.id in mitigated}
    after = {risk.id: risk.after_mitigation() for risk in plan.risks if risk.id in chosen}
    for lead in sorted({0.0, *chosen.values()}):
        yield (
            lead,
            [after[risk.id] if risk.id in chosen and chosen[risk.id] <= lead else risk for risk in plan.risks],
        )


def _impacts(
    place: int, risk: Risk, ticks_per_unit: float, design: Design, places: Mapping[str, int],
    numbers: Mapping[Event, int],
) -> Iterator[tuple[str, Impact]]:  # fmt: skip
    """Yield each task that a risk hits, and how."""
    for role in ROLES:
        given = getattr(risk, role)
        if given is None:
            continue
        scale = 1.0 if role == "factor" else ticks_per_unit
        one = not isinstance(given, Mapping) and not risk.independent
        shared: dict[int, Impact] = {}
        for task, estimate in getattr(risk, f"{role}s").items():
            if task not in places:
                continue
            event = numbers[place, None if risk.happens_once else task]
            impact = shared.get(event)
            if impact is None or not one:
                ids = (risk.id,) if one else (risk.id, task)
                magnitude = Group.of([0], [estimate], scale, design.streams([("risk", role, *ids)]))
                windowed = risk.window is not None
                impact = Impact(place, event, role, magnitude, one, risk.parallel, windowed)
                shared[event] = impact
            yield task, impact
