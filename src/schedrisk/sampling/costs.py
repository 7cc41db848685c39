"""What risks cost where they happen, and what mitigations cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Floats
from schedrisk.estimates import Estimate
from schedrisk.model import Plan
from schedrisk.sampling.design import Design, Draws
from schedrisk.sampling.groups import Group
from schedrisk.sampling.risks import risk_states

__all__ = ["CostSampler"]

# Of each phase, by the place of the risk.
Amounts = tuple[Mapping[int, Group], ...]


@dataclass(frozen=True, eq=False)
class CostSampler:
    """Draws what risks cost, before and after their mitigation, and what the mitigations cost.

    Attributes
    ----------
    fixed, per_day : tuple of mapping of int to Group
        Of each phase, by the place of the risk.
    mitigations : mapping of int to Group
        Own cost of each chosen mitigation, by the place of the risk.
    """

    fixed: Amounts
    per_day: Amounts
    mitigations: Mapping[int, Group]

    @classmethod
    def of(cls, plan: Plan, design: Design, mitigated: Collection[str]) -> CostSampler:
        """Prepare the costs of a plan.

        Parameters
        ----------
        plan : Plan
        design : Design
        mitigated : collection of str
            Ids of the risks whose mitigation is chosen.
        """

        def amounts(role: str, estimates: Mapping[int, Estimate | None]) -> dict[int, Group]:
            return {
                place: Group.of([0], [estimate], 1.0, design.streams([("risk", role, plan.risks[place].id)]))
                for place, estimate in estimates.items()
                if estimate is not None
            }

        states = [dict(enumerate(risks)) for _, risks in risk_states(plan, mitigated)]
        chosen = {place: risk.mitigation for place, risk in enumerate(plan.risks) if risk.id in mitigated}
        return cls(
            tuple(amounts("cost", {place: risk.cost for place, risk in state.items()}) for state in states),
            tuple(
                amounts("cost-per-day", {place: risk.cost_per_day for place, risk in state.items()}) for state in states
            ),
            amounts("mitigation-cost", {place: each.cost for place, each in chosen.items() if each is not None}),
        )

    @property
    def costly(self) -> tuple[int, ...]:
        """Places of the risks that cost money in some phase."""
        return tuple(sorted({place for each in (*self.fixed, *self.per_day) for place in each}))

    @staticmethod
    def drawn(amount: Group | None, draws: Draws) -> Floats:
        """Return an amount in each draw, 0 where there is none, shape (n_draws,) [money]."""
        out = np.zeros((1, draws.count))
        if amount is not None:
            amount.fill(slice(0, 1), draws, out)
        return np.asarray(out[0])
