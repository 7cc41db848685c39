"""The S-curve and the histogram of the finish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk._validation import require
from schedrisk.errors import ArgumentError, Problem, shown
from schedrisk.plot.style import (
    COLOURS,
    GREY,
    INK,
    LATE,
    MAIN,
    as_numbers,
    axes,
    dress_time_axis,
    flag,
    tidy,
    time_text,
    written,
)
from schedrisk.result import SimulationResult
from schedrisk.wording import chance_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["histogram", "s_curve"]

CURVE_POINTS = 400


def s_curve(
    result: SimulationResult | Mapping[str, SimulationResult], *, promise: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the chance of finishing by each date.

    Parameters
    ----------
    result : SimulationResult or mapping of str to SimulationResult
        One result, or several under their labels on the same axes.
    promise : str, optional
        Of the plan: its date is marked, and the curve is that of its milestone. The finish of the project where not
        given.
    ax : Axes, optional
        Drawn on; a new figure where not given.

    Returns
    -------
    Axes

    Raises
    ------
    UnknownNameError
        When a plan has no such promise.

    Examples
    --------
    >>> from schedrisk import datasets
    >>> from schedrisk.simulation import simulate
    >>> ax = s_curve(simulate(datasets.load("museum-bid"), 500, rng=1), promise="bid")
    >>> ax.get_ylabel()
    'chance of finishing by then'
    """
    results = dict(result) if isinstance(result, Mapping) else {"": result}
    _check(results)
    ax = axes(ax, (7.2, 3.8))
    for number, (label, each) in enumerate(results.items()):
        task = each.plan.promise(promise).task if promise is not None else None
        moments, shares = _curve(each, task)
        ax.plot(moments, shares, color=COLOURS[number % len(COLOURS)], linewidth=2, label=label or None)
    first = next(iter(results.values()))
    _mark(ax, first, promise, alone=len(results) == 1)
    ax.set_ylim(0, 1.0)
    ax.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1], labels=["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"])
    ax.set_ylabel("chance of finishing by then")
    ax.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.7)
    dress_time_axis(ax, dated=first.plan.start is not None, unit=first.plan.unit)
    tidy(ax)
    if len(results) > 1:
        legend = ax.legend(frameon=False, fontsize=9, loc="lower right")
        written(*legend.get_texts())
    return ax


def histogram(result: SimulationResult, *, promise: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw how often the finish falls where; what is late for the promise in another colour.

    Parameters
    ----------
    result : SimulationResult
    promise : str, optional
        Of the plan: its milestone's finish is drawn, and its date marked.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from schedrisk import datasets
    >>> from schedrisk.simulation import simulate
    >>> histogram(simulate(datasets.load("museum-bid"), 500, rng=1)).get_ylabel()
    'share of draws'
    """
    require(result, SimulationResult, "result", "a result of simulate()")
    task = result.plan.promise(promise).task if promise is not None else None
    moments = as_numbers(result.replay.network.axis.moments(result.ticks(task)))
    dated = result.plan.start is not None
    edges = _edges(moments, dated=dated)
    ax = axes(ax, (7.2, 3.6))
    counts, _ = np.histogram(moments, edges)
    late = np.zeros_like(counts)
    if promise is not None:
        late, _ = np.histogram(moments[~_kept(result, promise)], edges)
    left, width = edges[:-1], np.diff(edges)
    ax.bar(left, (counts - late) / moments.size, width, align="edge", color=MAIN, edgecolor="white", linewidth=0.4)
    if late.any():
        ax.bar(
            left, late / moments.size, width, bottom=(counts - late) / moments.size, align="edge", color=LATE,
            edgecolor="white", linewidth=0.4, label="late",
        )  # fmt: skip
        ax.legend(frameon=False, fontsize=9)
    _mark(ax, result, promise, alone=True, percents=(50, 80))
    top = ax.get_ylim()[1]
    ticks = [tick for tick in ax.get_yticks() if 0 <= tick <= top]
    ax.set_yticks(ticks, labels=[f"{100 * tick:.3g} %" for tick in ticks])
    ax.set_ylabel("share of draws")
    dress_time_axis(ax, dated=dated, unit=result.plan.unit)
    tidy(ax)
    return ax


def _check(results: Mapping[str, SimulationResult]) -> None:
    if not results:
        raise ArgumentError([Problem("result", shown(results), "at least one result")])
    for each in results.values():
        require(each, SimulationResult, "result", "a result of simulate(), or a mapping of labels to results")
    kinds = {(each.plan.start is not None, "" if each.plan.start else each.plan.unit) for each in results.values()}
    if len(kinds) > 1:
        found = "plans with and without dates, or in different units"
        raise ArgumentError([Problem("result", found, "results that share an axis")])


def _curve(result: SimulationResult, task: str | None) -> tuple[Any, Any]:
    """Return points of the cumulative share, from 0 to 1."""
    ascending = np.sort(result.ticks(task))
    ranks = np.unique(np.linspace(0, ascending.size - 1, CURVE_POINTS).astype(int))
    moments = as_numbers(result.replay.network.axis.moments(ascending[ranks]))
    return np.concatenate([moments[:1], moments]), np.concatenate([[0.0], (ranks + 1) / ascending.size])


def _kept(result: SimulationResult, promise: str) -> Any:
    made = result.plan.promise(promise)
    return result.ticks(made.task) <= result.replay.network.axis.deadline(made.by)


def _mark(
    ax: Axes, result: SimulationResult, promise: str | None, *, alone: bool, percents: tuple[int, ...] = (80,)
) -> None:
    """Mark the promise with its chance, and percentiles; each label on a line of its own above the axes."""
    axis, unit = result.replay.network.axis, result.plan.unit
    outcome = result.promise(promise) if promise is not None else None
    task = outcome.task if outcome is not None else None
    flags: list[tuple[float, str, str]] = []
    for percent in percents if alone else ():
        moment = result.percentile(percent, task=task)
        x = float(as_numbers(moment))
        flags.append((x, f"P{percent}  {time_text(moment, unit)}", INK))
        height = percent / 100 if percents == (80,) else 1.0
        ax.plot([x, x], [0, height], color=INK, linewidth=1, linestyle=":", transform=ax.get_xaxis_transform())
        if percents == (80,):
            ax.plot([x], [height], "o", color=INK, markersize=5)
    if outcome is not None:
        by = axis.instant(outcome.by) if axis.dated else outcome.by
        x = float(as_numbers(by))
        chance = chance_text(outcome.n_kept, outcome.n_draws)
        text = f"{promise}  {time_text(by, unit)}" + (f": {chance}" if alone else "")
        flags.append((x, text, LATE))
        ax.axvline(x, color=LATE, linewidth=1.6)
    ax.margins(x=0.04)
    ax.autoscale_view(scaley=False)
    for level, (x, text, colour) in enumerate(sorted(flags, reverse=True)):
        flag(ax, x, text, colour=colour, level=level)


def _edges(moments: Any, *, dated: bool) -> Any:
    """Return bins of whole days or weeks, or of even numbers, about thirty of them."""
    low, high = float(moments.min()), float(moments.max())
    if dated:
        days = np.floor(high) + 1 - np.floor(low)
        width = next((step for step in (1, 7, 14, 28) if days / step <= 45), np.ceil(days / 45))
        start = np.floor(low) - (int(np.floor(low)) + 3) % 7 if width >= 7 else np.floor(low)  # weeks begin on Monday
        return np.arange(start, high + width + 1, width)
    if high == low:
        return np.array([low - 0.5, low + 0.5])
    return np.histogram_bin_edges(moments, 30)
