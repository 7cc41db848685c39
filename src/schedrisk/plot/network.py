"""The graph of tasks and links, in layers from left to right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk._validation import require
from schedrisk.model import Plan
from schedrisk.plot.style import GREY, INK, LATE, MAIN, axes, colour_bar, short, written
from schedrisk.result import SimulationResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["network"]

MOST_BOXES = 45
FEWEST_LETTERS = 7
INCHES_PER_LETTER = 0.058  # at 7.5 points
SWEEPS = 8


def network(plan: Plan | SimulationResult, *, ax: Axes | None = None) -> Axes:
    """Draw the tasks and their links, layered left to right.

    Parameters
    ----------
    plan : Plan or SimulationResult
        With a result, colour tells how often a task is critical.
    ax : Axes, optional

    Returns
    -------
    Axes
        Tasks are named up to 45 of them, and dots beyond. Those that may not exist have a broken frame; dotted lines
        lead from milestones to what is decided by them.

    Examples
    --------
    >>> from schedrisk import datasets
    >>> ax = network(datasets.load("museum-bid"))
    >>> len([text for text in ax.texts if text.get_text() == "Survey site"])
    1
    """
    require(plan, (Plan, SimulationResult), "plan", "a Plan, or a result of simulate()")
    result = plan if isinstance(plan, SimulationResult) else None
    made = plan.plan if isinstance(plan, SimulationResult) else plan
    layers = _layers(made)
    places = _places(layers, made)
    boxes = len(made.tasks) <= MOST_BOXES
    deepest = max(map(len, layers))
    ax = axes(ax, _size(len(layers), deepest, boxes=boxes))
    colours: dict[str, Any] = {}
    if result is not None:
        shade = colour_bar(ax, "critical in")
        shares = result.critical_counts / result.n_draws
        colours = {task.id: shade(share) for task, share in zip(made.tasks, shares, strict=True)}
    _links(ax, made, places, faint=not boxes)
    letters = _letters(ax, len(layers))
    if boxes and letters >= FEWEST_LETTERS:
        _boxes(ax, made, places, colours, letters)
    else:
        points = np.array([places[task.id] for task in made.tasks])
        shades = [colours.get(task.id, MAIN) for task in made.tasks]
        ax.scatter(points[:, 0], points[:, 1], s=14, c=shades, edgecolors=INK, linewidths=0.3, zorder=3)
    ax.set_xlim(-0.6, len(layers) - 0.4)
    half = (deepest - 1) / 2 + 0.6
    ax.set_ylim(-half, half)
    ax.set_axis_off()
    return ax


def _size(layers: int, deepest: int, *, boxes: bool) -> tuple[float, float]:
    if boxes:
        return min(30.0, 1.5 + 1.3 * layers), min(14.0, 1.2 + 0.62 * deepest)
    return min(16.0, 3.0 + 0.5 * layers), min(12.0, 2.0 + 0.12 * deepest)


def _letters(ax: Axes, layers: int) -> int:
    """Return how many letters of a name have room in a column."""
    inches = ax.get_position().width * ax.figure.bbox.width / ax.figure.dpi
    return min(18, int((inches / layers - 0.2) / INCHES_PER_LETTER))


def _layers(plan: Plan) -> list[list[str]]:
    import networkx as nx

    graph: Any = nx.DiGraph()
    graph.add_nodes_from(task.id for task in plan.tasks)
    graph.add_edges_from((link.predecessor, link.successor) for link in plan.all_links)
    graph.add_edges_from(_decided(plan))
    return [list(layer) for layer in nx.topological_generations(graph)]


def _decided(plan: Plan) -> list[tuple[str, str]]:
    """Return milestone and task of everything that a decision depends upon."""
    return [(each.milestone, task) for each in plan.decisions for task in each.tasks]


def _places(layers: list[list[str]], plan: Plan) -> dict[str, tuple[float, float]]:
    """Order each layer by the mean place of its neighbours, forth and back (Sugiyama, Tagawa and Toda 1981)."""
    near: dict[str, list[str]] = {task.id: [] for task in plan.tasks}
    for link in plan.all_links:
        near[link.predecessor].append(link.successor)
        near[link.successor].append(link.predecessor)
    height = {task: row - (len(layer) - 1) / 2 for layer in layers for row, task in enumerate(layer)}
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            mean = {task: float(np.mean([height[each] for each in near[task]] or [height[task]])) for task in layer}
            layer.sort(key=mean.__getitem__)
            height |= {task: row - (len(layer) - 1) / 2 for row, task in enumerate(layer)}
    return {task: (column, -height[task]) for column, layer in enumerate(layers) for task in layer}


def _links(ax: Axes, plan: Plan, places: dict[str, tuple[float, float]], *, faint: bool) -> None:
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    curves = []
    for link in plan.all_links:
        (x0, y0), (x1, y1) = places[link.predecessor], places[link.successor]
        bend = (x1 - x0) / 2
        codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
        curves.append(Path([(x0, y0), (x0 + bend, y0), (x1 - bend, y1), (x1, y1)], codes))
    style = {"linewidths": 0.4 if faint else 1.1, "alpha": 0.5 if faint else 0.9}
    ax.add_collection(PathCollection(curves, facecolors="none", edgecolors=GREY, zorder=1, **style))
    decided = [Path([places[one], places[other]]) for one, other in _decided(plan)]
    if decided:
        ax.add_collection(
            PathCollection(decided, facecolors="none", edgecolors=LATE, linestyles=":", zorder=1, **style)
        )


def _boxes(ax: Axes, plan: Plan, places: dict[str, tuple[float, float]], colours: dict[str, Any], letters: int) -> None:
    optional = plan.optional_tasks
    for task in plan.tasks:
        colour = colours.get(task.id)
        dark = colour is not None and np.dot(colour[:3], (0.299, 0.587, 0.114)) < 0.55
        text = ax.text(
            *places[task.id], "\n".join(_wrapped(task.label, letters)), ha="center", va="center", fontsize=7.5, zorder=3,
            color="white" if dark else INK,
            bbox={
                "boxstyle": "round,pad=0.3", "facecolor": "white" if colour is None else colour, "edgecolor": GREY,
                "linestyle": "--" if task.id in optional else "-",
            },
        )  # fmt: skip
        written(text)


def _wrapped(label: str, width: int) -> list[str]:
    """Break a name into at most two lines."""
    words = short(label, 2 * width - 2).split()
    first: list[str] = []
    while words and (not first or len(" ".join([*first, words[0]])) <= width):
        first.append(words.pop(0))
    rest = short(" ".join(words), width)
    return [short(" ".join(first), width), *([rest] if rest else [])]
