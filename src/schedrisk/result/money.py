"""What a simulation says about money."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from schedrisk._typing import Floats
from schedrisk.engine import Replay
from schedrisk.result.costs import Costing, CostItem, costs_table
from schedrisk.result.promise import damages_due

if TYPE_CHECKING:
    import pandas as pd

    from schedrisk.model import Plan, Promise
    from schedrisk.result.due import Due
    from schedrisk.result.sampling_error import Replicates

__all__ = ["Money"]


class Money:
    """The part of a `SimulationResult` that is about money: which mitigations were chosen, and what the draws cost."""

    if TYPE_CHECKING:
        replay: Replay

        @property
        def plan(self) -> Plan:
            """The plan that was simulated."""

        @property
        def n_draws(self) -> int:
            """Number of draws."""

        @property
        def replicates(self) -> Replicates:
            """How the draws group into independent parts."""

        def ticks(self, task: str | None = None) -> Floats:
            """Return finishes in every draw."""

        def due_of(self, promise: Promise) -> Due:
            """Say when a promise is due."""

    @property
    def mitigated(self) -> frozenset[str]:
        """Ids of the risks whose mitigation was chosen."""
        return self.replay.mitigated

    @cached_property
    def cost(self) -> Floats:
        """What risks, chosen mitigations and the damages of promises cost together, shape (n_draws,) [money]."""
        total = np.zeros(self.n_draws)
        for _, amounts in self._cost_items():
            total += amounts
        total.flags.writeable = False
        return total

    def costs(self, *, by: Literal["item", "owner"] = "item") -> pd.DataFrame:
        """Return what risks, chosen mitigations and the damages of promises cost.

        Amounts are had by running the draws again; memory does not grow with the number of risks.

        Parameters
        ----------
        by : {"item", "owner"}
            One row for each risk, mitigation and promise with damages, or one for each owner; and one for the total.

        Returns
        -------
        DataFrame
            Columns `kind` ("risk", "mitigation", "damages", "total"), `id` (of the risk, name of the promise) and
            `owner`, or `owner` alone; then `share`, that of draws in which it costs anything [0–1], `mean`, its
            standard error `mean_se`, `p50`, `p80` and `p90` [money]. Percentiles do not add up; means do.

        Examples
        --------
        >>> from schedrisk.model import Plan, Risk, Task
        >>> from schedrisk.simulation import simulate
        >>> rework = Risk("rework", 1, delay=2, tasks=["a"], cost=500, cost_per_day=100)
        >>> simulate(Plan(tasks=[Task("a", 3)], risks=[rework]), 100, rng=1).costs()[["id", "mean"]].values.tolist()
        [['rework', 700.0], ['', 700.0]]
        """
        return costs_table(self._cost_items(), self.n_draws, by, self.replicates)

    def damages(self, promise: str) -> Floats:
        """Return the damages of a promise in every draw, shape (n_draws,) [money]; NaN where it has none.

        Raises
        ------
        UnknownNameError
            When the plan has no such promise.
        """
        found = self.plan.promise(promise)
        return damages_due(found, self.due_of(found), self.replay.network.axis, self.ticks(found.task))

    def _cost_items(self) -> Iterator[tuple[CostItem, Floats]]:
        yield from Costing(self.replay).amounts()
        for promise in self.plan.promises:
            if promise.damages is not None:
                yield CostItem("damages", promise.name, None), self.damages(promise.name)
