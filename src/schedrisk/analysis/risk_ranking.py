"""What each risk did in a simulation, and which matter most."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk._validation import require
from schedrisk.analysis.comparison import Outcome, changes, first_draws
from schedrisk.analysis.differences import mean_difference
from schedrisk.analysis.ownership import checked_draws
from schedrisk.engine import Replay
from schedrisk.model import Plan, Risk
from schedrisk.result import SimulationResult
from schedrisk.result.costs import Costing
from schedrisk.result.occurrences import occurrences
from schedrisk.result.sampling_error import Replicates, Share
from schedrisk.simulation import chosen_of, simulate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["risk_ranking"]

# Durations of so many task-draws are held at once: 32 MB.
GROUP_CELLS = 4_000_000


def risk_ranking(
    result: SimulationResult,
    *,
    promise: str | None = None,
    effects: bool = False,
    n_draws: int | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Return what each risk did to the finish, the weightiest first.

    One run tells how much later the finish is in the draws in which a risk happens than in the others. Risks that happen
    together for a common reason share that difference. What would be gained if a risk could not happen is told by
    running the plan without it, with the same random numbers (`effects`), a simulation for each risk.

    Parameters
    ----------
    result : SimulationResult
    promise : str, optional
        Name of the promise in question. Without it, the finish of the project is. For a relative promise the finish
        counts from the task that starts its time: what moves both alike changes nothing.
    effects : bool
        Whether to simulate the plan without each risk.
    n_draws : int, optional
        Use the first so many draws for the effects, to save time; all of them where not given.
    confidence_level : float
        Of the intervals of the effects.

    Returns
    -------
    DataFrame
        One row per risk, index `id`; columns:

        rank
            1 for the largest expected change of the finish, later or sooner; with effects, for the most P80 saved.
        name, owner, probability
            Of the risk; the highest chance over its tasks where it happens for each by itself, and what remains of it
            where its mitigation is chosen.
        occurrences, occurred, occurred_se
            Draws in which it happened, their share and its standard error [0–1].
        delay_mean, delay_mean_se
            By how much it lengthens its tasks in all, on average where it happens, and the standard error [working
            time, plan unit]. NaN where it never happened.
        finish_change, finish_change_se
            Mean finish where it happens minus mean finish where it does not, and the standard error [working days; plan
            unit without dates]. NaN where one of the two never occurred.
        expected_change
            `finish_change` times the share: what the risk adds to the mean finish [same unit].
        cost_mean, cost_mean_se
            What it costs on average over all draws, and the standard error [money]; left out where no risk costs money.
        probability_change, probability_change_se
            Chance of keeping the promise where the risk happens minus where it does not [−1 to 1]; left out without
            `promise`.
        mean_saved, p80_saved, probability_gain
            By how much the mean and the P80 of the finish would come earlier, and the chance of keeping the promise
            rise, without the risk and those that it alone triggers, with `_se`, `_low` and `_high`; left out without `effects`.

    Raises
    ------
    UnknownNameError
        When the plan has no such promise.
    ArgumentError
        When `n_draws` is not a whole number from 1 to the number of draws in `result`.

    Examples
    --------
    >>> from schedrisk.model import Risk, Task
    >>> tasks = [Task("a", 10), Task("b", "2/4/9")]
    >>> risks = [Risk("strike", 0.2, delay=5, tasks=["a"]), Risk("flu", 0.5, delay=2, tasks=["b"])]
    >>> table = risk_ranking(simulate(Plan(tasks=tasks, risks=risks), 2_000, rng=1))
    >>> table[["rank", "delay_mean", "finish_change"]].round(1).T.to_dict("list")
    {'strike': [1.0, 5.0, 5.0], 'flu': [2.0, 2.0, -0.0]}
    """
    import pandas as pd

    require(result, SimulationResult, "result", "a result of simulate()")
    n_draws = first_draws(result, checked_draws(n_draws, result.n_draws))
    base = _timed(Outcome.of(result, promise, result.replay.network.axis))
    occurred = occurrences(result.replay)
    costs = _costs(result)
    rows = {}
    for risk in result.plan.risks:
        happens = occurred[risk.id]
        stands = risk.after_mitigation() if risk.id in result.mitigated else risk
        rows[risk.id] = (
            _counts(stands, result.replicates.share(happens))
            | _lengthened(result, risk, happens)
            | _told_apart(base, happens)
            | costs.get(risk.id, {})
        )
        if effects:
            rows[risk.id] |= _effects(result, risk, promise, base.first(n_draws), confidence_level)
    index = pd.Index(list(rows), name="id", dtype=None if rows else object)
    columns = _columns(promise, costs=bool(costs), effects=effects)
    table = pd.DataFrame(list(rows.values()), index=index, columns=columns)
    weight = table["p80_saved"] if effects else table["expected_change"].astype(float).abs()
    table = table.iloc[np.argsort(-weight.to_numpy(dtype=float), kind="stable")]
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table


def _timed(outcome: Outcome) -> Outcome:
    """Let the finish of a relative promise count from the task that starts its time, as the promise does."""
    if outcome.after is None:
        return outcome
    return replace(outcome, ticks=np.maximum(outcome.ticks - outcome.axis.working(outcome.after), 0.0))


def _columns(promise: str | None, *, costs: bool, effects: bool) -> list[str]:
    ends = ("", "_se", "_low", "_high")
    measures = ["delay_mean", "finish_change"]
    columns = ["name", "owner", "probability", "occurrences", "occurred", "occurred_se"]
    columns += [f"{measure}{end}" for measure in measures for end in ends[:2]] + ["expected_change"]
    columns += ["cost_mean", "cost_mean_se"] if costs else []
    columns += ["probability_change", "probability_change_se"] if promise is not None else []
    gains = ["mean_saved", "p80_saved", *(["probability_gain"] if promise is not None else [])] if effects else []
    return columns + [f"{gain}{end}" for gain in gains for end in ends]


def _costs(result: SimulationResult) -> dict[str, dict[str, float]]:
    """Return what each risk costs, by its id; empty where none costs money."""
    found = {
        item.id: {"cost_mean": float(amounts.mean()), "cost_mean_se": float(result.replicates.mean_error(amounts))}
        for item, amounts in Costing(result.replay).amounts()
        if item.kind == "risk"
    }
    nothing = {"cost_mean": 0.0, "cost_mean_se": 0.0}
    return {risk.id: found.get(risk.id, nothing) for risk in result.plan.risks} if found else {}


def _counts(risk: Risk, happened: Share) -> dict[str, Any]:
    return {
        "name": risk.label,
        "owner": risk.owner,
        "probability": risk.odds[1],
        "occurrences": happened.count,
        "occurred": happened.value,
        "occurred_se": happened.se,
    }


def _lengthened(result: SimulationResult, risk: Risk, happens: Bools) -> dict[str, float]:
    """Return by how much a risk lengthens its tasks where it happens, on average."""
    axis = result.replay.network.axis
    plan = result.plan
    rows = [result.replay.network.row(task) for task in risk.hits if plan.task(task).has_work]
    if not rows or not happens.any():
        return {"delay_mean": float("nan"), "delay_mean_se": float("nan")}
    added = np.zeros(happens.size)
    rest = plan.without_risk(risk.id)
    without = Replay.of(rest, result.replay.design, chosen_of(rest, result.mitigated))
    size = max(1, GROUP_CELLS // happens.size)
    for first in range(0, len(rows), size):
        some = rows[first : first + size]
        added += result.replay.durations(some).sum(axis=0) - without.durations(some).sum(axis=0)
    mean, influence = _conditional(axis.to_units(added), happens)
    return {"delay_mean": mean, "delay_mean_se": float(result.replicates.mean_error(influence))}


def _told_apart(base: Outcome, happens: Bools) -> dict[str, float]:
    """Return what differs between the draws in which a risk happens and the others."""
    unit = base.axis.ticks_per_day if base.axis.dated else base.axis.ticks_per_unit
    change, se = _gap(base.ticks / unit, happens, base.replicates)
    cells = {"finish_change": change, "finish_change_se": se, "expected_change": change * float(happens.mean())}
    if base.kept is not None:
        change, se = _gap(base.kept.astype(float), happens, base.replicates)
        cells |= {"probability_change": change, "probability_change_se": se}
    return cells


def _gap(values: Floats, happens: Bools, replicates: Replicates) -> tuple[float, float]:
    """Return the mean of `values` where something happens minus that elsewhere, and its standard error."""
    if happens.all() or not happens.any():
        return float("nan"), float("nan")
    (one, influence), (other, elsewhere) = _conditional(values, happens), _conditional(values, ~happens)
    return one - other, float(replicates.mean_error(influence - elsewhere))


def _conditional(values: Floats, where: Bools) -> tuple[float, Floats]:
    """Return the mean of values where something holds, and the influence of each draw on it: a ratio of two means."""
    some = values[where]
    # Values that are all the same need not have a mean that is that value to the last bit.
    mean = float(some.mean()) if some.min() < some.max() else float(some[0])
    return mean, np.where(where, values - mean, 0.0) / where.mean()


def _effects(
    result: SimulationResult, risk: Risk, promise: str | None, base: Outcome, confidence_level: float
) -> dict[str, float]:
    plan: Plan = result.plan.without_risk(risk.id)
    # Other promises cost time and tell nothing here.
    plan = plan.replace(promises=[] if promise is None else [plan.promise(promise)])
    chosen = chosen_of(plan, result.mitigated)
    n_draws = base.ticks.size
    again = simulate(plan, n_draws, rng=result.entropy, sampling=result.sampling, mitigated=chosen)
    other = _timed(Outcome.of(again, promise, base.axis))
    unit = base.axis.ticks_per_day if base.axis.dated else base.axis.ticks_per_unit
    found = changes(base, other, confidence_level)
    saved = mean_difference(other.ticks / unit, base.ticks / unit, confidence_level, base.replicates)
    cells = saved.columns("mean_saved")
    cells |= found["p80"].scaled(-1.0).columns("p80_saved")
    if "probability" in found:
        cells |= found["probability"].columns("probability_gain")
    return cells
