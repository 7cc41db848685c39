"""The tornado: what drives the finish, the strongest on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from schedrisk._validation import require
from schedrisk.analysis import sensitivity
from schedrisk.errors import ArgumentError, Problem, did_you_mean, shown
from schedrisk.plot.style import GREY, INK, axes, owner_colours, short, tidy, written
from schedrisk.result import SimulationResult

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["tornado"]

MEASURES = {
    "cruciality_spearman": "rank correlation of the duration with the finish",
    "cruciality": "correlation of the duration with the finish",
    "ssi": "schedule sensitivity index",
    "criticality": "share of draws in which the task is critical",
    "significance": "significance index",
}


def tornado(
    result: SimulationResult | pd.DataFrame,
    *,
    task: str | None = None,
    promise: str | None = None,
    measure: str = "cruciality_spearman",
    most: int = 12,
    ax: Axes | None = None,
) -> Axes:
    """Draw the tasks that drive the finish, with 95 % intervals, coloured by owner.

    Parameters
    ----------
    result : SimulationResult or DataFrame
        A result, or the table that `sensitivity` made of one.
    task : str, optional
        A milestone to look at instead of the project finish.
    promise : str, optional
        A promise to look at, in place of `task`; of a relative one, what drives the time that it takes.
    measure : str
        A column of `sensitivity`: cruciality_spearman, cruciality, ssi, criticality or significance.
    most : int
        How many tasks to show.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ArgumentError
        When there is no such measure, or both `task` and `promise` are given.
    UnknownNameError
        When the plan has no such task or promise.

    Examples
    --------
    >>> from schedrisk import datasets
    >>> from schedrisk.simulation import simulate
    >>> ax = tornado(simulate(datasets.load("museum-bid"), 500, rng=1), measure="ssi", most=5)
    >>> len(ax.patches)
    5
    """
    import pandas as pd

    require(
        result,
        (SimulationResult, pd.DataFrame),
        "result",
        "a result of simulate(), or the table that sensitivity() made",
    )
    if measure not in MEASURES:
        raise ArgumentError(
            [Problem("measure", shown(measure), "a measure of sensitivity", did_you_mean(measure, MEASURES))]
        )
    table = sensitivity(result, task=task, promise=promise) if isinstance(result, SimulationResult) else result
    order = table[measure].abs().sort_values(ascending=False, kind="stable").index[: max(1, most)]
    rows = table.loc[order[::-1]]
    ax = axes(ax, (7.2, 1.2 + 0.3 * len(rows)))
    owners = [owner if isinstance(owner, str) else None for owner in rows["owner"]]
    colours = owner_colours([owner for owner in table["owner"] if isinstance(owner, str)])
    places = np.arange(len(rows))
    ax.barh(
        places, rows[measure], xerr=1.96 * rows[f"{measure}_se"], color=[colours[owner] for owner in owners],
        height=0.7, error_kw={"ecolor": INK, "elinewidth": 1, "capsize": 2},
    )  # fmt: skip
    labels = ax.set_yticks(places, labels=[short(str(name), 44) for name in rows["name"]])
    written(*(tick.label1 for tick in labels))
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.axvline(0, color=GREY, linewidth=0.8)
    ax.set_xlabel(MEASURES[measure])
    tidy(ax)
    _owner_legend(ax, owners, colours)
    return ax


def _owner_legend(ax: Axes, owners: list[str | None], colours: dict[str | None, str]) -> None:
    from matplotlib.patches import Patch

    named = [owner for owner in colours if owner is not None and owner in owners]
    if named:
        handles = [Patch(color=colours[owner], label=short(owner, 20)) for owner in named]
        legend = ax.legend(handles=handles, frameon=False, fontsize=9, loc="lower right")
        written(*legend.get_texts())
