"""How figures settle as draws are added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from schedrisk._typing import Floats
from schedrisk._validation import require
from schedrisk.analysis.convergence import convergence as convergence_table
from schedrisk.errors import ArgumentError, Problem, shown
from schedrisk.plot.style import COLOURS, GREY, axes, tidy, time_text, written
from schedrisk.result import SimulationResult
from schedrisk.wording import UNITS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["convergence"]

FIGURES = ("probability", "mean", "p50", "p80")
CONFIDENCE = 0.95


def convergence(
    result: SimulationResult,
    *,
    figure: Literal["probability", "mean", "p50", "p80"] | None = None,
    promise: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a figure after more and more of the draws, in a band of its 95 % sampling error.

    Parameters
    ----------
    result : SimulationResult
    figure : {"probability", "mean", "p50", "p80"}, optional
        The chance of keeping promises; or the mean or a percentile of the finish, in days from where it ends. The
        chance where not given and something is promised, else the P80.
    promise : str, optional
        It alone is drawn, or the finish of its milestone.
    ax : Axes, optional
        Drawn on; a new figure where not given.

    Returns
    -------
    Axes

    Raises
    ------
    ArgumentError
        When there is no such figure.
    UnknownNameError
        When the plan has no such promise.

    Examples
    --------
    >>> from schedrisk import datasets
    >>> from schedrisk.simulation import simulate
    >>> ax = convergence(simulate(datasets.load("museum-bid"), 500, rng=1), figure="p80")
    >>> ax.get_xlabel()
    'draws'
    """
    require(result, SimulationResult, "result", "a result of simulate()")
    if figure is None:
        figure = "probability" if result.plan.promises else "p80"
    promised = bool(result.plan.promises)
    if figure not in FIGURES or (figure == "probability" and not promised):
        known = FIGURES if promised else FIGURES[1:]
        raise ArgumentError([Problem("figure", shown(figure), f"one of {', '.join(map(shown, known))}")])
    table = convergence_table(result, promise=promise)
    reach = np.array([result.replicates.quantile(CONFIDENCE, draws) for draws in table.index.tolist()])
    ax = axes(ax, (7.2, 3.6))
    if figure == "probability":
        names = [each.name for each in result.plan.promises] if promise is None else [promise]
        for number, name in enumerate(names):
            _band(ax, table, reach, f"probability: {name}", f"probability_se: {name}", COLOURS[number % len(COLOURS)])
            ax.lines[-2].set_label(name)
        ax.set_ylabel("chance of keeping the promise")
        ticks = [tick for tick in ax.get_yticks() if -1e-9 <= tick <= 1 + 1e-9]
        ax.set_yticks(ticks, labels=[f"{100 * tick:.4g} %" for tick in ticks])
        written(*ax.legend(frameon=False, fontsize=9).get_texts())
    else:
        _band(ax, table, reach, f"{figure}_change", f"{figure}_se", COLOURS[0])
        label = {"mean": "mean finish", "p50": "P50", "p80": "P80"}[figure]
        unit = "working days" if result.plan.start is not None else UNITS[result.plan.unit]
        ax.set_ylabel(f"{label}: {unit} from\n{time_text(table[figure].iloc[-1], result.plan.unit)}")
    if result.sampling.kind == "random":
        ax.set_xscale("log")
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    ax.set_xlabel("draws")
    ax.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.7)
    tidy(ax)
    return ax


def _band(ax: Axes, table: pd.DataFrame, reach: Floats, value: str, error: str, colour: str) -> None:
    """Draw a column, its last value as a line, and to either side as many errors as an interval reaches."""
    draws, line, half = table.index.to_numpy(), table[value].to_numpy(), reach * table[error].to_numpy()
    ax.fill_between(draws, line - half, line + half, color=colour, alpha=0.18, linewidth=0)
    ax.plot(draws, line, color=colour, linewidth=1.8, marker="o", markersize=3)
    ax.axhline(line[-1], color=colour, linewidth=0.8, linestyle=":")
