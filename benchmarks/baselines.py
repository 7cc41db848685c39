"""What an analyst would write without schedrisk, twice: the same work, for comparison in the same run."""

from __future__ import annotations

import random

import networkx as nx
import numpy as np

import schedrisk as sr


def plain_python(plan: sr.Plan, n_draws: int) -> list[float]:
    """Simulate with `random.triangular` and a dict of finishes, draw by draw; no criticality."""
    draw = random.Random(1)
    limits = {task.id: (*task.estimate.limits, task.estimate.mode) for task in plan.tasks}
    result = []
    for _ in range(n_draws):
        finish: dict[str, float] = {}
        for task in plan.tasks:
            start = max((finish[each] for each in task.after), default=0.0)
            low, high, mode = limits[task.id]
            finish[task.id] = start + draw.triangular(low, high, mode)
        result.append(max(finish.values()))
    return result


def numpy_networkx(plan: sr.Plan, n_draws: int) -> tuple[np.ndarray, dict[str, float]]:
    """Simulate with one array per task along networkx's topological order, with criticality from late finishes."""
    draw = np.random.default_rng(1)
    graph = nx.DiGraph()
    graph.add_nodes_from(task.id for task in plan.tasks)
    graph.add_edges_from((each, task.id) for task in plan.tasks for each in task.after)
    estimates = {task.id: task.estimate for task in plan.tasks}
    order = list(nx.topological_sort(graph))
    duration: dict[str, np.ndarray] = {}
    finish: dict[str, np.ndarray] = {}
    for task in order:
        low, high = estimates[task].limits
        duration[task] = draw.triangular(low, estimates[task].mode, high, n_draws)
        start = np.zeros(n_draws)
        for each in graph.predecessors(task):
            start = np.maximum(start, finish[each])
        finish[task] = start + duration[task]
    project = np.maximum.reduce(list(finish.values()))
    late: dict[str, np.ndarray] = {}
    criticality: dict[str, float] = {}
    for task in reversed(order):
        late[task] = project
        for each in graph.successors(task):
            late[task] = np.minimum(late[task], late[each] - duration[each])
        criticality[task] = float((late[task] - finish[task] < 1e-9).mean())
    return project, criticality


def plain_python_critical(plan: sr.Plan, n_draws: int) -> dict[str, float]:
    """Simulate as `plain_python` does, with criticality from late finishes, draw by draw."""
    draw = random.Random(1)
    limits = {task.id: (*task.estimate.limits, task.estimate.mode) for task in plan.tasks}
    successors: dict[str, list[str]] = {task.id: [] for task in plan.tasks}
    for task in plan.tasks:
        for each in task.after:
            successors[each].append(task.id)
    counts = dict.fromkeys(limits, 0)
    for _ in range(n_draws):
        duration: dict[str, float] = {}
        finish: dict[str, float] = {}
        for task in plan.tasks:
            start = max((finish[each] for each in task.after), default=0.0)
            low, high, mode = limits[task.id]
            duration[task.id] = draw.triangular(low, high, mode)
            finish[task.id] = start + duration[task.id]
        project = max(finish.values())
        late: dict[str, float] = {}
        for task in reversed(plan.tasks):
            late[task.id] = min((late[each] - duration[each] for each in successors[task.id]), default=project)
            counts[task.id] += late[task.id] - finish[task.id] < 1e-9
    return {name: count / n_draws for name, count in counts.items()}
