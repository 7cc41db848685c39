"""How figures settle as draws are added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from schedrisk._typing import Bools
from schedrisk._validation import require
from schedrisk.result import SimulationResult
from schedrisk.result.figures import Figures
from schedrisk.result.sampling_error import Replicates

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["convergence"]

MOST_STEPS = 20
FEWEST_DRAWS = 100
FEWEST_REPLICATES = 4  # the errors of fewer are guesses
PERCENTS = (50, 80)


def convergence(result: SimulationResult, *, promise: str | None = None) -> pd.DataFrame:
    """Return the main figures after more and more of the draws, with their standard errors.

    Where the last rows still move by more than an error or two of theirs, or the errors are too large to decide by,
    more draws are needed: ``simulate(plan, until=Precision(…))`` makes as many as it takes.

    Parameters
    ----------
    result : SimulationResult
    promise : str, optional
        Its chance alone, and the finish of its milestone; without it, the chance of every promise, and the finish of
        the project.

    Returns
    -------
    DataFrame
        Some 20 rows, index `draws`: of stratified sampling whole replicates, as only these are independent. Columns:

        probability: NAME, probability_se: NAME
            Chance of keeping each promise and its standard error [0–1].
        mean, p50, p80
            Of the finish [date, or plan unit from day 0].
        mean_se, p50_se, p80_se
            Their standard errors [working days; plan unit in a plan without dates].
        mean_change, p50_change, p80_change
            How far they are from those of all draws [the same].

    Raises
    ------
    UnknownNameError
        When the plan has no such promise.

    Examples
    --------
    >>> from schedrisk.model import Plan, Promise, Task
    >>> from schedrisk.simulation import simulate
    >>> plan = Plan(tasks=[Task("a", "2/3/5")], promises=[Promise("done", by=4)])
    >>> table = convergence(simulate(plan, 10_000, rng=1))
    >>> bool(table["probability_se: done"].iloc[-1] < 0.005 < table["probability_se: done"].iloc[0])
    True
    """
    require(result, SimulationResult, "result", "a result of simulate()")
    import pandas as pd

    chosen = list(result.plan.promises) if promise is None else [result.plan.promise(promise)]
    task = None if promise is None else chosen[0].task
    kept = {each.name: np.asarray(result.ticks(each.task) <= result.due_of(each).ticks) for each in chosen}
    whole = Figures(result.ticks(task), result.replay.network.axis, result.replicates)
    steps = _steps(result.replicates, result.n_draws)
    rows = [_row(whole, kept, n_draws) for n_draws in steps]
    table = pd.DataFrame(rows, index=pd.Index(steps, name="draws"))
    for name in ("mean", *(f"p{percent}" for percent in PERCENTS)):
        table[f"{name}_change"] -= table[f"{name}_change"].iloc[-1]
    return table


def _steps(replicates: Replicates, n_draws: int) -> list[int]:
    """Return after how many draws to look, the last time after all of them."""
    if replicates.size is None:
        first = min(FEWEST_DRAWS, n_draws)
        return sorted({round(each) for each in np.geomspace(first, n_draws, MOST_STEPS).tolist()})
    most = n_draws // replicates.size
    first = min(FEWEST_REPLICATES, most)
    return [replicates.size * number for number in sorted({round(x) for x in np.linspace(first, most, MOST_STEPS)})]


def _row(whole: Figures, kept: dict[str, Bools], n_draws: int) -> dict[str, object]:
    """Return the figures of the first draws; changes are measured from the plan's start, for now."""
    figures = Figures(whole.ticks[:n_draws], whole.axis, whole.replicates)
    row: dict[str, object] = {}
    for name, each in kept.items():
        share = figures.replicates.share(each[:n_draws])
        row |= {f"probability: {name}": share.value, f"probability_se: {name}": share.se}
    row |= {"mean": figures.mean(), "mean_se": figures.mean_se()}
    row["mean_change"] = figures.amount(float(figures.working.mean()))
    for percent in PERCENTS:
        ticks = figures.percentile(percent)
        row |= {f"p{percent}": whole.axis.moment(ticks), f"p{percent}_se": figures.percentile_se(percent)}
        row[f"p{percent}_change"] = figures.amount(float(whole.axis.working(ticks)))
    return row
