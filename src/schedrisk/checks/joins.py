"""Who is joined to whom, as the plan says it: links that count, and the ends of each task that they hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from schedrisk._typing import Bools
from schedrisk.model import Link, Plan
from schedrisk.model.structure import members_of

__all__ = ["Joins"]


@dataclass(frozen=True, eq=False)
class Joins:
    """The links of a plan. Arrays have one value for each task, in the order of the plan.

    Links of inactive tasks, and those of level of effort, which drives nothing, do not count. A link of a summary is
    one of each task under it.
    """

    plan: Plan

    @cached_property
    def rows(self) -> dict[str, int]:
        """Place of each task in the plan."""
        return {task.id: row for row, task in enumerate(self.plan.tasks)}

    @cached_property
    def links(self) -> tuple[tuple[int, Link], ...]:
        """Links that count, with their places in `Plan.all_links`."""
        tasks, rows = self.plan.tasks, self.rows

        def counts(task: str) -> bool:
            each = tasks[rows[task]]
            return each.active and each.kind != "level-of-effort"

        return tuple(
            (number, link)
            for number, link in enumerate(self.plan.all_links)
            if counts(link.predecessor) and counts(link.successor)
        )

    @cached_property
    def open_links(self) -> tuple[tuple[int, Link], ...]:
        """Links that count and whose successor is not finished: DCMA's links of incomplete tasks."""
        tasks, rows = self.plan.tasks, self.rows
        return tuple((number, link) for number, link in self.links if not tasks[rows[link.successor]].finished)

    @cached_property
    def held_start(self) -> Bools:
        """Which tasks have a predecessor that holds back their start."""
        return self._ends(of_predecessor=False, end="S")

    @cached_property
    def held_finish(self) -> Bools:
        """Which tasks have a predecessor that holds back their finish."""
        return self._ends(of_predecessor=False, end="F")

    @cached_property
    def followed_start(self) -> Bools:
        """Which tasks have a successor that waits for their start."""
        return self._ends(of_predecessor=True, end="S")

    @cached_property
    def followed_finish(self) -> Bools:
        """Which tasks have a successor that waits for their finish."""
        return self._ends(of_predecessor=True, end="F")

    def of(self, task: str) -> Iterator[int]:
        """Yield the row of a task; of a summary, those of what is under it."""
        if self.plan.tasks[self.rows[task]].kind == "summary":
            yield from (self.rows[each] for each in self._members[task])
        else:
            yield self.rows[task]

    @cached_property
    def _members(self) -> dict[str, list[str]]:
        summaries = {task.id for task in self.plan.tasks if task.kind == "summary"}
        return members_of(self.plan.tasks, summaries)

    def _ends(self, *, of_predecessor: bool, end: str) -> Bools:
        found = np.zeros(len(self.plan.tasks), dtype=bool)
        side = 0 if of_predecessor else 1
        for task in {
            (link.successor, link.predecessor)[of_predecessor] for _, link in self.links if link.kind[side] == end
        }:
            found[list(self.of(task))] = True
        return found
