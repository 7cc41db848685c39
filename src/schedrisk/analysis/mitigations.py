"""What each mitigation is worth: what it costs, and what it gains in time, in chance and in money."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk._typing import Floats
from schedrisk._validation import require
from schedrisk.analysis.comparison import Outcome, changes, first_draws
from schedrisk.analysis.differences import Difference, mean_difference
from schedrisk.analysis.ownership import checked_draws
from schedrisk.errors import ArgumentError, Problem, shown
from schedrisk.result import SimulationResult
from schedrisk.result.costs import Costing
from schedrisk.simulation import simulate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["mitigations"]

ALL = "(all)"
"""The row of all mitigations together; of few there is one, if two or more are compared."""


def mitigations(
    result: SimulationResult, *, promise: str | None = None, n_draws: int | None = None, confidence_level: float = 0.95
) -> pd.DataFrame:
    """Say what each mitigation of a plan costs and gains, against doing nothing and all else equal.

    The plan is simulated without mitigation, with each of them alone, and with all of them, in the same draws (common
    random numbers), so that gains have far smaller errors than the figures themselves.

    Parameters
    ----------
    result : SimulationResult
        Of the plan, whichever mitigations it has chosen: its draws are used.
    promise : str, optional
        Name of the promise whose chance and dates count; dates of the project where not given.
    n_draws : int, optional
        How many of the result's draws to use; all where not given. Each mitigation costs a simulation.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        One row per risk with a mitigation, index `risk`, the largest net benefit first; at the end "(all)", where there
        are several. Columns, each but the first two with `_se`, `_low` and `_high`, its standard error and interval:

        name, lead_time
            What the mitigation is called, and its lead time [plan unit].
        cost
            Of the mitigation itself, mean [money].
        mean_gain, p80_gain
            By how much the mean and the P80 of the finish become earlier [working days of the plan's calendar; plan
            unit without dates].
        probability_gain
            In the chance of keeping the promise [0–1]; left out without `promise`.
        damages_saved
            In the expected damages of all promises [money]; left out where there are none.
        risk_cost_saved
            In the expected cost of the risks [money].
        net_benefit
            Damages and risk cost saved, less the cost [money].
        cost_per_day_gained
            Cost of each day by which the mean finish becomes earlier [money]; NaN where it does not. Without error.

    Raises
    ------
    ArgumentError
        When `n_draws` is not a whole number from 1 to the result's.
    UnknownNameError
        When the plan has no such promise.

    Examples
    --------
    >>> from schedrisk.model import Mitigation, Plan, Risk, Task
    >>> talks = Mitigation(probability=0, cost=300)
    >>> strike = Risk("strike", 1, delay=5, tasks=["a"], cost_per_day=100, mitigation=talks)
    >>> result = simulate(Plan(tasks=[Task("a", "4/5/9")], risks=[strike]), 500, rng=1)
    >>> mitigations(result)[["cost", "mean_gain", "net_benefit", "cost_per_day_gained"]].round(6).loc["strike"].tolist()
    [300.0, 5.0, 200.0, 60.0]
    """
    import pandas as pd

    require(result, SimulationResult, "result", "a result of simulate()")
    draws = first_draws(result, checked_draws(n_draws, result.n_draws))
    options: dict[str, Any] = {"rng": result.entropy, "sampling": result.sampling}
    plan = result.plan
    if promise is not None:
        plan.promise(promise)
    names = [risk.id for risk in plan.risks if risk.mitigation is not None]
    chosen: dict[str, list[str]] = {name: [name] for name in names}
    if len(names) > 1:
        if ALL in chosen:
            expected = "risks of other names, as that of all mitigations together is taken"
            raise ArgumentError([Problem("result", f"a risk {shown(ALL)}", expected, "rename the risk")])
        chosen[ALL] = names
    base = _Run(simulate(plan, draws, **options), promise)
    rows = {
        label: {
            **_described(result, label),
            **_gains(base, _Run(simulate(plan, draws, **options, mitigated=each), promise), confidence_level),
        }
        for label, each in chosen.items()
    }
    table = pd.DataFrame(list(rows.values()), index=pd.Index(list(rows), name="risk"))
    if not rows:
        return table
    order = sorted(names, key=lambda name: -rows[name]["net_benefit"])
    return table.loc[[*order, *([ALL] if ALL in rows else [])]]


class _Run:
    """What is compared of one simulation."""

    def __init__(self, result: SimulationResult, promise: str | None) -> None:
        self.outcome = Outcome.of(result, promise, result.replay.network.axis)
        self.risks, self.mitigation = np.zeros(result.n_draws), np.zeros(result.n_draws)
        for item, amounts in Costing(result.replay).amounts():
            total = self.risks if item.kind == "risk" else self.mitigation
            total += amounts
        promised = [each.name for each in result.plan.promises if each.damages is not None]
        self.damages: Floats | None = None
        if promised:
            self.damages = np.asarray(sum((result.damages(name) for name in promised), np.zeros(result.n_draws)))


def _described(result: SimulationResult, label: str) -> dict[str, Any]:
    mitigation = None if label == ALL else result.plan.risk(label).mitigation
    lead_time = float("nan") if mitigation is None else mitigation.lead_time
    return {"name": None if mitigation is None else mitigation.name, "lead_time": lead_time}


def _gains(base: _Run, after: _Run, confidence_level: float) -> dict[str, float]:
    """Return the cells of a mitigation."""
    cells: dict[str, float] = {}
    for name, change in _differences(base, after, confidence_level):
        cells |= change.columns(name)
    gained = cells["mean_gain"]
    return cells | {"cost_per_day_gained": cells["cost"] / gained if gained > 0 else float("nan")}


def _differences(base: _Run, after: _Run, confidence_level: float) -> Iterator[tuple[str, Difference]]:
    nothing, axis = np.zeros(base.risks.size), base.outcome.axis
    how = confidence_level, base.outcome.replicates
    found = changes(base.outcome, after.outcome, confidence_level)
    yield "cost", mean_difference(nothing, after.mitigation, *how)
    per_day = axis.ticks_per_day if axis.dated else axis.ticks_per_unit
    yield "mean_gain", mean_difference(after.outcome.ticks, base.outcome.ticks, *how).scaled(1 / per_day)
    yield "p80_gain", found["p80"].scaled(-1.0)
    if "probability" in found:
        yield "probability_gain", found["probability"]
    saved = base.risks - after.risks
    benefit = saved - after.mitigation
    if base.damages is not None and after.damages is not None:
        yield "damages_saved", mean_difference(after.damages, base.damages, *how)
        benefit = benefit + base.damages - after.damages
    yield "risk_cost_saved", mean_difference(nothing, saved, *how)
    yield "net_benefit", mean_difference(nothing, benefit, *how)
