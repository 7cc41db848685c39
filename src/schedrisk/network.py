"""The plan as integers: a topological order and index arrays, which the engine works on."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.errors import ArgumentError, Problem, shown
from schedrisk.model import Plan
from schedrisk.timeaxis import TimeAxis

__all__ = ["Network", "compile_network"]


@dataclass(frozen=True, eq=False)
class Network:
    """A compiled plan. Tasks are rows, in the order of the plan.

    Attributes
    ----------
    ids : tuple of str
        Task of each row.
    order : tuple of int
        Rows so that predecessors come first.
    links_into : tuple of tuple
        For each row its incoming links as (predecessor row, lag [tick]).
    ends : tuple of int
        Rows among which the latest finish is always found.
    planned : ndarray, shape (n_tasks,)
        Planned durations [tick].
    axis : TimeAxis
    """

    ids: tuple[str, ...]
    order: tuple[int, ...]
    links_into: tuple[tuple[tuple[int, float], ...], ...]
    ends: tuple[int, ...]
    planned: Floats
    axis: TimeAxis

    @property
    def n_tasks(self) -> int:
        """Number of tasks."""
        return len(self.ids)

    @property
    def n_links(self) -> int:
        """Number of links."""
        return sum(map(len, self.links_into))

    def row(self, task: str) -> int:
        """Return the row of a task."""
        return self.ids.index(task)

    def ancestors(self, rows: Iterable[int]) -> Ints:
        """Return the rows that decide when `rows` finish: themselves and all their predecessors, ascending."""
        wanted = np.zeros(self.n_tasks, dtype=bool)
        wanted[list(rows)] = True
        for row in reversed(self.order):
            if wanted[row]:
                wanted[[predecessor for predecessor, _ in self.links_into[row]]] = True
        return np.flatnonzero(wanted)

    def restricted(self, rows: Ints) -> Network:
        """Return the network of these rows alone, which must hold all their predecessors."""
        new = {int(row): number for number, row in enumerate(rows)}
        links = tuple(tuple((new[p], lag) for p, lag in self.links_into[row]) for row in new)
        return Network(
            ids=tuple(self.ids[row] for row in new),
            order=tuple(new[row] for row in self.order if row in new),
            links_into=links,
            ends=_ends(links),
            planned=self.planned[rows],
            axis=self.axis,
        )


def compile_network(plan: Plan) -> Network:
    """Compile a plan.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    Network

    Raises
    ------
    ArgumentError
        When it is no plan: every way into the engine passes here.
    """
    _check_is_plan(plan)
    axis = TimeAxis.of(plan)
    rows = {task.id: row for row, task in enumerate(plan.tasks)}
    into: list[list[tuple[int, float]]] = [[] for _ in rows]
    for link in plan.all_links:
        into[rows[link.successor]].append((rows[link.predecessor], float(axis.to_ticks(link.lag))))
    graph = {row: [predecessor for predecessor, _ in links] for row, links in enumerate(into)}
    links = tuple(tuple(dict.fromkeys(each)) for each in into)
    return Network(
        ids=tuple(rows),
        order=tuple(graphlib.TopologicalSorter(graph).static_order()),
        links_into=links,
        ends=_ends(links),
        planned=axis.to_ticks([task.planned_duration for task in plan.tasks]),
        axis=axis,
    )


def _check_is_plan(plan: object) -> None:
    if not isinstance(plan, Plan):
        raise ArgumentError([Problem("plan", shown(plan), "a Plan", "read(path) makes one of a file")])


def _ends(links_into: tuple[tuple[tuple[int, float], ...], ...]) -> tuple[int, ...]:
    # Whoever has a successor without a lead cannot finish after it.
    outlasted = {predecessor for links in links_into for predecessor, lag in links if lag >= 0}
    return tuple(row for row in range(len(links_into)) if row not in outlasted)
