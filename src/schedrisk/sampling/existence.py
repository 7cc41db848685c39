"""Which tasks exist in a draw: by their own chance, and by the branches that list them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.model import Branch, Plan
from schedrisk.sampling.design import Design, Draws, Streams

__all__ = ["ExistenceSampler", "outcome_numbers", "outcomes_of"]


@dataclass(frozen=True, eq=False)
class _Fork:
    """A branch and the rows that depend on it.

    Attributes
    ----------
    stream : Streams
    edges : tuple of float
        Between the outcomes, on the way from 0 to 1.
    settled : int or None
        The outcome that has happened already.
    rows : mapping of int to tuple of int
        The outcomes in which each row exists.
    """

    stream: Streams
    edges: tuple[float, ...]
    settled: int | None
    rows: Mapping[int, tuple[int, ...]]

    def outcomes(self, draws: Draws) -> Ints:
        """Return the number of the outcome that happens in each draw, shape (n_draws,)."""
        if self.settled is not None:
            return np.full(draws.count, self.settled)
        return outcome_numbers(self.edges, draws.uniforms(self.stream)[0])


@dataclass(frozen=True, eq=False)
class ExistenceSampler:
    """Draws which rows exist.

    Attributes
    ----------
    rows : tuple of int
        With a chance of their own.
    streams : Streams
        One of each of them.
    chances : ndarray, shape (n_rows, 1)
    forks : tuple
        The branches.
    """

    rows: tuple[int, ...]
    streams: Streams
    chances: Floats
    forks: tuple[_Fork, ...]

    @classmethod
    def of(cls, plan: Plan, design: Design, places: Mapping[str, int]) -> ExistenceSampler | None:
        """Prepare a plan's branches and the tasks that may not exist; None where every task does.

        Parameters
        ----------
        plan : Plan
        design : Design
        places : mapping of str to int
            Row of each task that is drawn.
        """
        unsure = [task for task in plan.tasks if task.may_be_absent and task.id in places]
        forks = tuple(fork for branch in plan.branches if (fork := _fork(plan, branch, design, places)).rows)
        if not unsure and not forks:
            return None
        return cls(
            tuple(places[task.id] for task in unsure),
            design.streams(("task", "existence", task.id) for task in unsure),
            np.array([task.exists for task in unsure])[:, None],
            forks,
        )

    def absent(self, draws: Draws) -> dict[int, Bools]:
        """Return in which draws each row does not exist, shape (n_draws,) each; rows that always do are left out."""
        masks: dict[int, Bools] = {}
        if self.rows:
            masks |= zip(self.rows, draws.uniforms(self.streams) >= self.chances, strict=True)
        for fork in self.forks:
            happens = fork.outcomes(draws)
            for row, own in fork.rows.items():
                gone = np.ones(draws.count, dtype=bool)
                for number in own:
                    gone &= happens != number
                masks[row] = masks[row] | gone if row in masks else gone
        return masks


def outcomes_of(plan: Plan, branch: Branch, design: Design) -> Ints:
    """Return the number of the outcome of a branch in every draw, shape (n_draws,)."""
    return _fork(plan, branch, design, {}).outcomes(design.block(0, design.n_draws))


def _fork(plan: Plan, branch: Branch, design: Design, places: Mapping[str, int]) -> _Fork:
    listed = [set(each.tasks) for each in branch.outcomes.values()]
    rows = {
        places[task]: tuple(number for number, tasks in enumerate(listed) if task in tasks)
        for task in branch.tasks
        if task in places and plan.task(task).active and not plan.task(task).started
    }
    settled = plan.settled_outcome(branch)
    number = None if settled is None else list(branch.outcomes).index(settled)
    return _Fork(design.streams([("branch", "outcome", branch.id)]), branch.edges, number, rows)


def outcome_numbers(edges: tuple[float, ...], u: Floats) -> Ints:
    """Return the outcome that each uniform number stands for.

    Parameters
    ----------
    edges : tuple of float
        Between the outcomes, on the way from 0 to 1.
    u : ndarray

    Examples
    --------
    >>> outcome_numbers((0.7,), np.array([0.1, 0.69, 0.7, 0.9])).tolist()
    [0, 0, 1, 1]
    """
    numbers = np.zeros(u.shape, dtype=np.int64)
    for edge in edges:
        numbers += u >= edge
    return numbers
