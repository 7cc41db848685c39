"""Which risks strike in a draw, and what that does to durations."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.estimates import Estimate
from schedrisk.model import Plan, Risk
from schedrisk.sampling.design import Design, Draws, Streams
from schedrisk.sampling.groups import Group

__all__ = ["RiskSampler", "Strikes"]


@dataclass(frozen=True, eq=False)
class _Impact:
    """What a risk adds to a task, or multiplies it by; tasks that share a magnitude share the object."""

    risk: int
    magnitude: Group
    shared: bool
    multiplies: bool

    def values(self, occurs: Bools, draws: Draws) -> Floats:
        out = np.empty((1, draws.count))
        self.magnitude.fill(slice(0, 1), draws, out)
        return np.where(occurs, out[0], 1.0) if self.multiplies else np.asarray(occurs * out[0])

    def apply(self, values: Floats, durations: Floats) -> None:
        combine = np.multiply if self.multiplies else np.add
        combine(durations, values, out=durations)


@dataclass(frozen=True, eq=False)
class RiskSampler:
    """The risks of a plan that hit some of its tasks.

    Attributes
    ----------
    occurrences : Streams
        One of each risk.
    probabilities : ndarray, shape (n_risks, 1)
    impacts : mapping of int to tuple
        What may change a row's duration: factors, then delays, each in the order of the plan's risks.
    """

    occurrences: Streams
    probabilities: Floats
    impacts: Mapping[int, tuple[_Impact, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, ticks_per_unit: float, design: Design, places: Mapping[str, int]) -> RiskSampler:
        """Prepare the risks of a plan.

        Parameters
        ----------
        plan : Plan
        ticks_per_unit : float
        design : Design
        places : mapping of str to int
            Rows of the tasks that can be hit.
        """
        risks = [risk for risk in plan.risks if any(task in places for task in risk.hits)]
        impacts: dict[int, list[_Impact]] = {}
        for number, risk in enumerate(risks):
            for role in ("factor", "delay"):
                for task, impact in _impacts(risk, role, number, ticks_per_unit, design, places):
                    impacts.setdefault(places[task], []).append(impact)
        # Sorting keeps the order of the risks among the factors, and among the delays.
        in_order = {row: sorted(each, key=lambda impact: not impact.multiplies) for row, each in impacts.items()}
        return cls(
            design.streams(("risk", "occurrence", risk.id) for risk in risks),
            np.array([risk.probability for risk in risks])[:, None],
            {row: tuple(each) for row, each in in_order.items()},
        )

    def strike(self, draws: Draws) -> Strikes:
        """Decide in which of some draws each risk happens."""
        return Strikes(self.impacts, draws, draws.uniforms(self.occurrences) < self.probabilities)


class Strikes:
    """The risks that happen in a block of draws.

    Parameters
    ----------
    impacts : mapping of int to tuple
    draws : Draws
    occurs : ndarray of bool, shape (n_risks, n_draws)
    """

    def __init__(self, impacts: Mapping[int, tuple[_Impact, ...]], draws: Draws, occurs: Bools) -> None:
        self._impacts, self._draws, self._occurs = impacts, draws, occurs
        self._shared: dict[_Impact, Floats] = {}

    def apply(self, row: int, duration: Floats) -> None:
        """Change the durations of a row, in place, by every risk that hits it.

        Parameters
        ----------
        row : int
        duration : ndarray, shape (n_draws,)
            [tick], not yet whole.
        """
        for impact in self._impacts.get(row, ()):
            values = self._shared.get(impact)
            if values is None:
                values = impact.values(self._occurs[impact.risk], self._draws)
            if impact.shared:
                self._shared[impact] = values
            impact.apply(values, duration)


def _impacts(
    risk: Risk, role: str, number: int, ticks_per_unit: float, design: Design, places: Container[str]
) -> Iterator[tuple[str, _Impact]]:
    """Yield each task that a risk delays, or whose duration it multiplies, and by what."""
    multiplies = role == "factor"
    given = risk.factor if multiplies else risk.delay
    scale = 1.0 if multiplies else ticks_per_unit

    def impact(estimate: Estimate, *ids: str, shared: bool) -> _Impact:
        magnitude = Group.of([0], [estimate], scale, design.streams([("risk", role, risk.id, *ids)]))
        return _Impact(number, magnitude, shared, multiplies)

    if isinstance(given, Mapping):
        yield from ((task, impact(each, task, shared=False)) for task, each in given.items() if task in places)
    elif given is not None:
        common = impact(given, shared=True)
        yield from ((task, common) for task in risk.tasks if task in places)
