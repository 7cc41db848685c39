"""The picture of an estimate, or of several over each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from schedrisk.analysis.estimate_shape import EstimateShape, estimate_shape
from schedrisk.errors import ArgumentError, Problem, shown
from schedrisk.estimates import EstimateLike, parse_estimate
from schedrisk.model import Task
from schedrisk.plot.style import COLOURS, GREY, INK, LATE, MAIN, axes, flag, short, tidy, written
from schedrisk.wording import UNITS, number_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["estimate"]

MOST_LABELLED = 12
"""Values with a chance of their own whose chance is written beside them."""


def estimate(
    estimate: EstimateLike | Task | Mapping[str, EstimateLike | Task],
    *,
    unit: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how likely which duration is.

    The area is the density. A value with a chance of its own is a line that ends in a dot, with that chance. P10, P50
    and P90 are marked above, the planned value and the mean by lines; where low and high are stated as percentiles, so
    are the absolute ends that follow from them.

    Parameters
    ----------
    estimate : Estimate, Task, or mapping of str to either
        One estimate, in any form that a task takes, or several under their labels over each other.
    unit : str, optional
        Of the durations: "d", "h" or "w", as the plan has it.
    ax : Axes, optional
        Drawn on; a new figure where not given.

    Returns
    -------
    Axes

    Raises
    ------
    EstimateError
        Where something is no estimate.

    Examples
    --------
    >>> ax = estimate("triangular(p10=8, mode=10, p90=15)")
    >>> ax.get_xlabel()
    'duration'
    >>> _ = estimate({"PERT": "5/8/15", "triangle": "triangular(5, 8, 15)"}, unit="d")
    """
    if unit is not None and unit not in UNITS:
        raise ArgumentError([Problem("unit", shown(unit), " or ".join(map(repr, UNITS)))])
    several = (
        isinstance(estimate, Mapping) and "kind" not in estimate and not {"low", "mode", "high"} <= estimate.keys()
    )
    given = dict(estimate) if isinstance(estimate, Mapping) and several else {"": estimate}
    if not given:
        raise ArgumentError([Problem("estimate", shown(estimate), "at least one estimate")])
    shapes = {label: _shape(each) for label, each in given.items()}
    ax = axes(ax, (7.2, 3.6))
    highest = max(_highest(shape) for shape in shapes.values())
    for number, (label, shape) in enumerate(shapes.items()):
        colour = MAIN if not several else COLOURS[number % len(COLOURS)]
        _draw(ax, shape, colour, highest)
        if several:
            told = f"{short(label)}: planned {number_text(shape.planned)}, mean {number_text(shape.mean)}"
            ax.plot([], [], color=colour, linewidth=2, label=told)
            ax.plot([shape.planned], [0], "^", color=colour, markersize=7, clip_on=False, zorder=4)
    ax.set_ylim(0, 1.08 * highest)
    ax.set_yticks([])
    ax.set_ylabel("how likely")
    ax.set_xlabel("duration" if unit is None else f"duration [{UNITS[unit]}]")
    tidy(ax)
    if not several:
        _mark(ax, next(iter(shapes.values())))
    legend = ax.legend(frameon=False, fontsize=9, loc="best")
    written(*legend.get_texts())
    return ax


def _shape(given: object) -> EstimateShape:
    if not isinstance(given, Task):
        return estimate_shape(parse_estimate(given))
    # A task may be planned otherwise than its estimate says.
    return dataclasses.replace(estimate_shape(given.estimate), planned=given.planned_duration)


def _highest(shape: EstimateShape) -> float:
    """Return the height of a picture. At an end the density may have none: what lies next to it sets the height."""
    inside = shape.density[(shape.x > shape.x[0]) & (shape.x < shape.x[-1])]
    return float(np.sort(inside)[-3:].min()) if inside.size > 3 and inside.max() > 0 else 1.0


def _draw(ax: Axes, shape: EstimateShape, colour: str, highest: float) -> None:
    if shape.density.any():
        # From the ground and back, so that an end with a density is an edge.
        x, density = np.pad(shape.x, 1, mode="edge"), np.pad(shape.density, 1)
        ax.fill_between(x, density, color=colour, alpha=0.18, linewidth=0)
        ax.plot(x, density, color=colour, linewidth=2)
    if not shape.steps:
        return
    scale = 0.9 * highest / max(shape.steps.values())
    values, heights = list(shape.steps), [scale * chance for chance in shape.steps.values()]
    ax.vlines(values, 0, heights, color=colour, linewidth=2)
    ax.plot(values, heights, "o", color=colour, markersize=5)
    if len(values) <= MOST_LABELLED:
        for value, height, chance in zip(values, heights, shape.steps.values(), strict=True):
            ax.annotate(
                f"{number_text(100 * chance, 3)} %", (value, height), xytext=(5, 0), textcoords="offset points",
                fontsize=8, color=INK, va="center",
            )  # fmt: skip


def _mark(ax: Axes, shape: EstimateShape) -> None:
    """Mark the planned value, the mean, percentiles and implied ends of the only estimate."""
    ax.axvline(shape.planned, color=INK, linewidth=1.6, label=f"planned {number_text(shape.planned)}")
    ax.axvline(shape.mean, color=LATE, linewidth=1.6, linestyle="--", label=f"mean {number_text(shape.mean)}")
    if shape.implied is not None:
        low, high = shape.implied
        told = f"implied ends {number_text(low)} and {number_text(high)}"
        ax.plot(
            [max(low, 0.0), high], [0, 0], "|", color=INK, markersize=16, markeredgewidth=2, clip_on=False, label=told
        )
    for x in shape.percentiles.values():
        ax.axvline(x, color=GREY, linewidth=1, linestyle=":")
    ax.margins(x=0.06)
    ax.autoscale_view(scaley=False)
    # Side by side where there is room, on lines of their own where there is none.
    low, high = ax.get_xlim()
    taken: list[float] = []
    for percent, x in shape.percentiles.items():
        level = next(n for n in range(len(taken) + 1) if n == len(taken) or x - taken[n] > 0.17 * (high - low))
        taken[level : level + 1] = [x]
        flag(ax, x, f"P{percent}  {number_text(x)}", colour=INK, level=level)
