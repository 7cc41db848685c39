"""What a date would be if tasks were late together: the P80 as modelled beside the one with a correlation throughout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from schedrisk.analysis import compare
from schedrisk.estimates import Fixed
from schedrisk.model import Plan, Promise
from schedrisk.report.change import Change
from schedrisk.report.wording import Voice, quantity
from schedrisk.result import SimulationResult
from schedrisk.simulation import chosen_of, simulate

__all__ = ["THROUGHOUT", "Together", "together_of", "together_text"]

THROUGHOUT = 0.3
"""Rank correlation that the report tries between any two uncertain tasks; those that have more keep it."""


@dataclass(frozen=True)
class Together:
    """The P80 with a correlation throughout.

    Attributes
    ----------
    rho : float
        Rank correlation that no two uncertain tasks are below.
    p80, p80_modelled : datetime64 or float
        With it, and as the plan says, in the same draws.
    p80_later : Change
        [working days; plan unit without dates]
    n_draws : int
        Draws behind both.
    """

    rho: float
    p80: Any
    p80_modelled: Any
    p80_later: Change
    n_draws: int


def together_of(result: SimulationResult, promise: Promise | None, n_draws: int) -> Together | None:
    """Simulate the plan with a correlation throughout; None where that would change nothing.

    Parameters
    ----------
    result : SimulationResult
    promise : Promise, optional
        About the P80 of which milestone; of the project where not given.
    n_draws : int
        How many draws are affordable.
    """
    plan = result.plan
    if not _would_change(plan):
        return None
    base = plan.replace(promises=[] if promise is None else [promise])
    tied = base.with_correlation(THROUGHOUT)
    chosen = chosen_of(plan, result.mitigated)
    results = {
        label: simulate(each, n_draws, rng=result.entropy, sampling=result.sampling, mitigated=chosen)
        for label, each in (("as modelled", base), ("tied", tied))
    }
    table = compare(results, promise=None if promise is None else promise.name)
    row = {str(name): value for name, value in table.loc["tied"].items()}
    return Together(
        THROUGHOUT, row["p80"], table.loc["as modelled", "p80"], Change.of(row, "p80_change"),
        results["tied"].n_draws,
    )  # fmt: skip


def _day(moment: Any) -> Any:
    """Return the day that a finish falls on, which is what people promise; a number as it is."""
    if isinstance(moment, float):
        return moment
    return np.array(np.datetime64(moment, "s") - np.timedelta64(1, "s"), dtype="datetime64[D]")[
        ()
    ]  # midnight ends a day


def _would_change(plan: Plan) -> bool:
    uncertain = [task for task in plan.tasks if task.has_work and not isinstance(task.estimate, Fixed)]
    return len(uncertain) > 1 and plan.dependence["task"].floor < THROUGHOUT


def together_text(together: Together, unit: str, voice: Voice) -> str:
    """Say it in a sentence."""
    days = together.p80_later.value
    size = quantity(abs(days), unit)
    change = f"{size} {'later' if days > 0 else 'earlier'}" if abs(days) >= 0.05 else "no later"
    return (
        f"If tasks were late together (a rank correlation of at least {together.rho:g} between any two uncertain tasks), the "
        f"80 % date would be {voice.when(_day(together.p80))}, not {voice.when(_day(together.p80_modelled))} as modelled: "
        f"{change}, "
        f"in {together.n_draws:,} draws with the same random numbers."
    )
