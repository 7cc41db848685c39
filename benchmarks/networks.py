"""Plans to measure with: layered networks with about two predecessors a task."""

from __future__ import annotations

import random

import schedrisk as sr


def layered_plan(n_tasks: int, kind: str = "triangular", *, seed: int = 2026) -> sr.Plan:
    """Return a plan of tasks in layers, each task after about two tasks of the layer before.

    Parameters
    ----------
    n_tasks : int
    kind : {"triangular", "pert"}
        Every task has a shape of its own.
    seed : int
    """
    draw = random.Random(seed)
    estimate = {"triangular": sr.Triangular, "pert": sr.Pert}[kind]
    width = max(2, round(n_tasks**0.5))
    tasks: list[sr.Task] = []
    for number in range(n_tasks):
        low = draw.uniform(2, 10)
        mode = low + draw.uniform(0, 5)
        high = mode + draw.uniform(0.1, 10)
        layer = number // width
        before = range((layer - 1) * width, layer * width) if layer else range(0)
        after = sorted({draw.choice(before) for _ in range(2)}) if layer else []
        tasks.append(sr.Task(f"t{number}", estimate(low, mode, high), after=[f"t{each}" for each in after]))
    return sr.Plan(name=f"layered {n_tasks}", tasks=tasks)
