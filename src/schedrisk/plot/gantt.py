"""The Gantt chart: planned bars, the spread of the finish, and how often a task is critical."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk._validation import require
from schedrisk.plot.style import (
    GREY,
    INK,
    LATE,
    as_numbers,
    axes,
    colour_bar,
    dress_time_axis,
    flag,
    short,
    tidy,
    time_text,
    written,
)
from schedrisk.result import Schedule, SimulationResult
from schedrisk.result.due import Due
from schedrisk.wording import percent_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["gantt"]

MOST_LABELS = 60
TALLEST = 14.0


def gantt(
    result: SimulationResult | Schedule, *, promise: str | None = None, most: int | None = None, ax: Axes | None = None
) -> Axes:
    """Draw planned bars with the P10–P90 band of each finish; colour tells how often a task is critical.

    Parameters
    ----------
    result : SimulationResult or Schedule
        A schedule is drawn without bands. What the deterministic schedule is without has a band alone, and beside the
        name of a task that does not always exist stands in how many draws it does.
    promise : str, optional
        Mark this promise only; every promise of the plan where not given. A relative one is marked where it is due
        in the deterministic schedule. The status date is marked too.
    most : int, optional
        Show only so many tasks, the most often critical ones.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    UnknownNameError
        When the plan has no such promise.

    Examples
    --------
    >>> from schedrisk import datasets
    >>> from schedrisk.simulation import simulate
    >>> gantt(simulate(datasets.load("museum-bid"), 200, rng=1)).get_xlabel()
    'weeks from the start      bars: planned, lines: P10–P90 of the finish'
    """
    require(result, (SimulationResult, Schedule), "result", "a result of simulate() or of schedule()")
    plan = result.plan
    schedule = result if isinstance(result, Schedule) else result.schedule
    start, finish = as_numbers(schedule.moments("start")), as_numbers(schedule.moments("finish"))
    share, exists = schedule.critical.astype(float), schedule.exists.astype(float)
    band = None
    if isinstance(result, SimulationResult):
        table = result.tasks()
        share, exists = table["criticality"].to_numpy(), table["exists"].to_numpy()
        band = as_numbers(table["finish_p10"].to_numpy()), as_numbers(table["finish_p90"].to_numpy())
    rows = _chosen(start, finish, share, most)
    ax = axes(ax, (8.5, min(TALLEST, 1.6 + 0.24 * len(rows))))
    colour = colour_bar(ax, "critical in" if band is not None else "critical")
    _bars(ax, start[rows], finish[rows], [colour(each) for each in share[rows]], schedule.exists[rows])
    if band is not None:
        _bands(ax, band[0][rows], band[1][rows])
    _names(ax, [plan.tasks[row].label for row in rows], exists[rows])
    ax.margins(x=0.02)
    promises = plan.promises if promise is None else (plan.promise(promise),)
    _marks(ax, result, promises)
    dress_time_axis(ax, dated=plan.start is not None, unit=plan.unit)
    if band is not None:
        ax.set_xlabel(f"{ax.get_xlabel()}      bars: planned, lines: P10–P90 of the finish")
    tidy(ax)
    return ax


def _chosen(start: Any, finish: Any, share: Any, most: int | None) -> Any:
    rows = np.lexsort((finish, start))
    if most is not None and most < rows.size:
        keep = set(np.argsort(-share, kind="stable")[: max(1, most)].tolist())
        rows = np.array([row for row in rows if row in keep])
    return rows


def _bars(ax: Axes, start: Any, finish: Any, colours: list[Any], planned: Any) -> None:
    """Draw what is in the deterministic schedule."""
    places = np.arange(len(start))
    lengths = np.where(planned, finish - start, np.nan)
    ax.barh(places, lengths, left=start, height=0.6, color=colours, edgecolor=GREY, linewidth=0.4)
    milestones = (finish <= start) & planned
    if milestones.any():
        some = [colour for colour, is_one in zip(colours, milestones, strict=True) if is_one]
        ax.scatter(
            finish[milestones], places[milestones], marker="D", s=26, c=some, edgecolors=INK, linewidths=0.6, zorder=3
        )


def _bands(ax: Axes, low: Any, high: Any) -> None:
    places = np.arange(len(low))
    ax.hlines(places, low, high, color=INK, linewidth=1.2, zorder=4)
    height = min(0.18, 0.18 * 60 / max(len(low), 1))
    for edge in (low, high):
        ax.vlines(edge, places - height, places + height, color=INK, linewidth=1.0, zorder=4)


def _names(ax: Axes, names: list[str], exists: Any) -> None:
    """Name the rows, with the share of draws of those that do not always exist."""
    names = [
        name if share == 1 else f"{short(name, 28)} ({percent_text(share)})"
        for name, share in zip(names, exists, strict=True)
    ]
    step = -(-len(names) // MOST_LABELS)
    places = np.arange(0, len(names), step)
    ticks = ax.set_yticks(places, labels=[short(names[place], 34) for place in places])
    written(*(tick.label1 for tick in ticks))
    ax.set_ylim(len(names) - 0.4, -0.6)
    if step > 1:
        ax.set_ylabel(f"{len(names):,} tasks, every {step}. named")


def _marks(ax: Axes, result: SimulationResult | Schedule, promises: Any) -> None:
    """Draw lines at promises, and at the status date."""
    axis = result.axis if isinstance(result, Schedule) else result.replay.network.axis
    marks = []
    for promise in promises[:4]:
        due = Due.of(promise, result.plan, axis, _planned_finish(result, promise.after))
        by = due.instants if axis.dated else axis.to_units(due.ticks)
        as_planned = ", as planned" * promise.is_relative
        marks.append(
            (float(as_numbers(by)), f"{short(promise.name, 24)}  {time_text(by, axis.unit)}{as_planned}", LATE)
        )
    status: Any = result.plan.status_date
    if status is not None:
        now = np.datetime64(status, "s") if axis.dated else status
        marks.append((float(as_numbers(now)), f"status date  {time_text(now, axis.unit)}", GREY))
    for x, _, colour in marks:
        ax.axvline(x, color=colour, linewidth=1.4, linestyle="--" if colour == GREY else "-")
    ax.autoscale_view(scaley=False)
    for level, (x, text, colour) in enumerate(sorted(marks, reverse=True)):
        flag(ax, x, text, colour=colour, level=level)


def _planned_finish(result: SimulationResult | Schedule, task: str | None) -> float | None:
    """Return the planned finish of the task from which a relative promise counts [tick]."""
    if task is None:
        return None
    schedule = result if isinstance(result, Schedule) else result.schedule
    return float(schedule.finish[[each.id for each in result.plan.tasks].index(task)])
