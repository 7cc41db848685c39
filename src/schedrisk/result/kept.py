"""Every sample of a simulation, kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.engine import Replay
from schedrisk.parallel import in_order

__all__ = ["Kept", "as_drawn", "kept_bytes"]


@dataclass(frozen=True, eq=False)
class Kept:
    """What every draw says of every task, each of shape (n_tasks, n_draws), in the order of the plan; read-only.

    Attributes
    ----------
    durations : ndarray
        [tick of working time].
    starts, finishes : ndarray
        [tick]. Where a task does not exist, the moments to which logic passes through it; of work given up by a
        decision, those that it would have had.
    exists : ndarray of bool
    critical : ndarray of bool
        Whether the task drives the project finish.

    Examples
    --------
    >>> from schedrisk.model import Plan, Task
    >>> from schedrisk.simulation import simulate
    >>> plan = Plan(tasks=[Task("a", "2/3/5"), Task("b", "1/3/9")])
    >>> result = simulate(plan, 1_000, rng=1, keep="all")
    >>> result.kept.finishes.shape
    (2, 1000)
    >>> bool((result.kept.finishes.max(axis=0) == result.finish_ticks).all())
    True
    """

    durations: Floats
    starts: Floats
    finishes: Floats
    exists: Bools
    critical: Bools

    @classmethod
    def of(cls, replay: Replay) -> Kept:
        """Run all draws and keep everything.

        Parameters
        ----------
        replay : Replay
        """
        network, n_draws = replay.network, replay.n_draws
        shape = network.n_tasks, n_draws
        kept = cls(
            np.empty(shape), np.empty(shape), np.empty(shape), np.ones(shape, dtype=bool), np.empty(shape, dtype=bool)
        )  # fmt: skip
        part, leading = replay.restricted(range(network.n_tasks)), replay.leading_to(None)

        def fill(draws: tuple[int, int]) -> None:
            first, count = draws
            some = slice(first, first + count)
            starts, finishes, absent = replay.histories_block(part, first, count)
            kept.starts[:, some], kept.finishes[:, some] = starts, finishes
            for place, gone in absent.items():
                kept.exists[place, some] = ~gone
            for row, clock in enumerate(replay.on_its_days(network, first, count).clocks):
                kept.durations[row, some] = clock.work(finishes[row]) - clock.work(starts[row])
            kept.critical[:, some] = replay.passes_block(leading, None, first, count, late_too=False).critical

        for _ in in_order(fill, replay.ranges(network, 6 * network.n_tasks), replay.n_jobs):
            pass
        for row in range(network.n_tasks):
            if as_drawn(replay, row):
                kept.durations[row] = replay.durations([row])[0]
        for array in (kept.durations, kept.starts, kept.finishes, kept.exists, kept.critical):
            array.flags.writeable = False
        return kept

    def histories(self, rows: Sequence[int]) -> tuple[Floats, Floats, dict[int, Bools]]:
        """Return what `Replay.histories` does, from memory."""
        absent = {place: ~self.exists[row] for place, row in enumerate(rows) if not self.exists[row].all()}
        return self.starts[list(rows)], self.finishes[list(rows)], absent

    def histories_block(self, first: int, count: int) -> tuple[Floats, Floats, dict[int, Bools]]:
        """Return what `Replay.histories_block` does of all tasks, from memory."""
        some = slice(first, first + count)
        exists = self.exists[:, some]
        absent = {place: ~exists[place] for place in np.flatnonzero(~exists.all(axis=1)).tolist()}
        return self.starts[:, some].copy(), self.finishes[:, some].copy(), absent


def as_drawn(replay: Replay, row: int) -> bool:
    """Tell whether the duration of a task is told as it was drawn: it has begun, or has assignments.

    Of all others it is the working time from start to finish.
    """
    rule = replay.network.rules[row]
    return replay.plan.tasks[row].started or (rule is not None and bool(rule.parts))


def kept_bytes(n_tasks: int, n_draws: int) -> int:
    """Return what every sample takes of memory [byte].

    Examples
    --------
    >>> kept_bytes(1_000, 10_000)
    260000000
    """
    return n_tasks * n_draws * (3 * 8 + 2)
