"""The S-curve and the histogram of the finish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk._validation import require
from schedrisk.errors import ArgumentError, Problem, shown
from schedrisk.model import Period, Promise
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
    short,
    tidy,
    time_text,
    written,
)
from schedrisk.result import SimulationResult
from schedrisk.result.intervals import percentile_rank
from schedrisk.wording import chance_text, number_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["histogram", "s_curve"]

CURVE_POINTS = 400


def s_curve(
    result: SimulationResult | Mapping[str, SimulationResult], *, promise: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the chance of finishing by each date; for a relative promise, within each time after its task.

    Parameters
    ----------
    result : SimulationResult or mapping of str to SimulationResult
        One result, or several under their labels on the same axes.
    promise : str, optional
        Of the plan: its date or time is marked, and the curve is that of its milestone. The finish of the project
        where not given.
    ax : Axes, optional
        Drawn on; a new figure where not given.

    Returns
    -------
    Axes

    Raises
    ------
    UnknownNameError
        When a plan has no such promise.
    ArgumentError
        When the results cannot share an axis.

    Examples
    --------
    >>> from schedrisk import datasets
    >>> from schedrisk.simulation import simulate
    >>> ax = s_curve(simulate(datasets.load("museum-bid"), 500, rng=1), promise="bid")
    >>> ax.get_ylabel()
    'chance of finishing by then'
    """
    results = dict(result) if isinstance(result, Mapping) else {"": result}
    _check(results, promise)
    ax = axes(ax, (7.2, 3.8))
    for number, (label, each) in enumerate(results.items()):
        moments, shares = _curve(_draws(each, promise))
        ax.plot(moments, shares, color=COLOURS[number % len(COLOURS)], linewidth=2, label=label or None)
    first = next(iter(results.values()))
    _mark(ax, first, promise, alone=len(results) == 1)
    ax.set_ylim(0, 1.0)
    ax.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1], labels=["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"])
    ax.set_ylabel(f"chance of finishing {'by then' if _relative(first, promise) is None else 'within that time'}")
    ax.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.7)
    _dress(ax, first, promise)
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
        Of the plan: its milestone's finish is drawn, and its date marked; of a relative promise the time that it takes.
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
    moments = _draws(result, promise)
    relative = _relative(result, promise)
    edges = (
        _edges(moments, dated=result.plan.start is not None) if relative is None else _period_edges(moments, relative)
    )
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
    _dress(ax, result, promise)
    tidy(ax)
    return ax


def _check(results: Mapping[str, SimulationResult], promise: str | None) -> None:
    if not results:
        raise ArgumentError([Problem("result", shown(results), "at least one result")])
    for each in results.values():
        require(each, SimulationResult, "result", "a result of simulate(), or a mapping of labels to results")
    kinds = {(each.plan.start is not None, "" if each.plan.start else each.plan.unit) for each in results.values()}
    if len(kinds) > 1:
        found = "plans with and without dates, or in different units"
        raise ArgumentError([Problem("result", found, "results that share an axis")])
    counted = {_counts(_relative(each, promise)) for each in results.values()}
    if len(counted) > 1:
        found = f"a promise {shown(promise)} that counts {' and '.join(sorted(counted))}"
        raise ArgumentError([Problem("result", found, "results that share an axis", "draw them one by one")])


def _relative(result: SimulationResult, promise: str | None) -> Promise | None:
    made = None if promise is None else result.plan.promise(promise)
    return made if made is not None and made.is_relative else None


def _counts(relative: Promise | None) -> str:
    if relative is None or relative.within is None:
        return "to a date"
    return f"{Period.of(relative.within).unit} after {relative.after!r}"


def _draws(result: SimulationResult, promise: str | None) -> Any:
    """Return what is drawn: when each draw finishes, or how long it takes, as numbers."""
    if promise is not None and _relative(result, promise) is not None:
        return result.elapsed(promise)
    task = result.plan.promise(promise).task if promise is not None else None
    return as_numbers(result.replay.network.axis.moments(result.ticks(task)))


def _dress(ax: Axes, result: SimulationResult, promise: str | None) -> None:
    """Label the x axis."""
    plan, relative = result.plan, _relative(result, promise)
    if relative is None or relative.within is None or relative.after is None:
        dress_time_axis(ax, dated=plan.start is not None, unit=plan.unit)
        return
    ax.set_xlabel(
        f"{Period.of(relative.within).unit_words(plan.unit)} after {short(plan.task(relative.after).label, 40)}"
    )
    written(ax.xaxis.label)


def _curve(draws: Any) -> tuple[Any, Any]:
    """Return points of the cumulative share, from 0 to 1."""
    ascending = np.sort(draws)
    ranks = np.unique(np.linspace(0, ascending.size - 1, CURVE_POINTS).astype(int))
    moments = ascending[ranks]
    return np.concatenate([moments[:1], moments]), np.concatenate([[0.0], (ranks + 1) / ascending.size])


def _kept(result: SimulationResult, promise: str) -> Any:
    made = result.plan.promise(promise)
    return result.ticks(made.task) <= result.due_of(made).ticks


def _percentile(result: SimulationResult, promise: str | None, percent: float) -> tuple[float, str]:
    """Return a percentile of what is drawn, and its text."""
    relative = _relative(result, promise)
    if promise is not None and relative is not None and relative.within is not None:
        rank = percentile_rank(percent, result.n_draws)
        value = float(np.partition(result.elapsed(promise), rank)[rank])
        return value, f"{number_text(value)} {Period.of(relative.within).unit_words(result.plan.unit)}"
    task = None if promise is None else result.plan.promise(promise).task
    moment = result.percentile(percent, task=task)
    return float(as_numbers(moment)), time_text(moment, result.plan.unit)


def _due(result: SimulationResult, promise: str) -> tuple[float, str]:
    """Return where a promise is due on the x axis, and what it says."""
    axis, made = result.replay.network.axis, result.plan.promise(promise)
    if made.within is not None:
        period = Period.of(made.within)
        return period.count, period.words(axis.unit)
    due = result.due_of(made)
    by = due.instants if axis.dated else made.by
    return float(as_numbers(by)), time_text(by, axis.unit)


def _mark(
    ax: Axes, result: SimulationResult, promise: str | None, *, alone: bool, percents: tuple[int, ...] = (80,)
) -> None:
    """Mark the promise with its chance, and percentiles; each label on a line of its own above the axes."""
    outcome = result.promise(promise) if promise is not None else None
    flags: list[tuple[float, str, str]] = []
    for percent in percents if alone else ():
        x, text = _percentile(result, promise, percent)
        flags.append((x, f"P{percent}  {text}", INK))
        height = percent / 100 if percents == (80,) else 1.0
        ax.plot([x, x], [0, height], color=INK, linewidth=1, linestyle=":", transform=ax.get_xaxis_transform())
        if percents == (80,):
            ax.plot([x], [height], "o", color=INK, markersize=5)
    if outcome is not None:
        x, when = _due(result, outcome.name)
        chance = chance_text(outcome.n_kept, outcome.n_draws)
        text = f"{promise}  {when}" + (f": {chance}" if alone else "")
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


def _period_edges(counts: Any, relative: Promise) -> Any:
    """Return bins that hold the same number of values each, where only some can occur: whole days, sevenths of weeks."""
    step = {"w": 1 / 7, "d": 1.0, "wd": 1.0, "mo": 1.0}.get(Period.of(relative.within or 0.0).unit)
    if step is None or relative.within is None or not isinstance(relative.within, str):
        return _edges(counts, dated=False)
    low, high, due = float(counts.min()), float(counts.max()), Period.of(relative.within).count
    width = step * max(1.0, np.ceil((high - low) / step / 40))
    # What is late begins with a bin.
    first = due + step / 2 - width * np.ceil((due - low) / width + 1)
    return np.arange(first, high + width, width)
