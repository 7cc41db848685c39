"""What a block of draws leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.cpm import critical_masks, project_finish
from schedrisk.engine.dates import early_dates, report_actuals, reported
from schedrisk.engine.replay import Replay

__all__ = ["Block", "run_block"]


@dataclass(frozen=True, eq=False)
class Block:
    """What a block of draws leaves behind.

    Attributes
    ----------
    finish : ndarray, shape (n_draws,)
        Of the project [tick].
    milestones : ndarray, shape (n_milestones, n_draws)
        Finishes of the rows asked for [tick].
    critical : ndarray of int, shape (n_replicates, n_tasks)
        In how many draws of each replicate that the block belongs to each task was critical; random draws are of one.
    overridden : mapping of (int, int) to int
        In how many draws each overriding date, as (row, number of the constraint), was earlier than logic.
    verdicts : ndarray of bool, shape (2, n_decisions, n_draws)
        Whether each decision's milestone was reached in time, and whether it was missed.
    """

    finish: Floats
    milestones: Floats
    critical: Ints
    overridden: dict[tuple[int, int], int]
    verdicts: Bools


def run_block(replay: Replay, first: int, count: int, milestones: Sequence[int] = ()) -> Block:
    """Simulate draws `first` … `first + count - 1`.

    Parameters
    ----------
    replay : Replay
    first, count : int
    milestones : sequence of int
        Rows whose finishes are wanted.

    Returns
    -------
    Block
    """
    if (compiled := replay.block_run(tuple(milestones))) is not None:
        return compiled.run(first, count, replay.design.replicate_size)
    network = replay.on_its_days(replay.network, first, count)
    by_float = replay.by_float
    early = early_dates(
        network, replay.sampler, first, count, starts=by_float, keep_durations=by_float, binding=not by_float
    )
    critical = critical_masks(network, early, None, replay.plan.scheduling)
    _, finishes = reported(early, milestones)
    report_actuals(network, milestones, None, finishes)
    finish = project_finish(network, early.finishes)
    size = replay.design.replicate_size
    parts = critical.reshape(network.n_tasks, -1, count if size is None else min(size, count))
    verdicts = np.empty((2, len(network.forks), count), dtype=bool)
    for number in range(len(network.forks)):
        verdicts[:, number] = early.reached[number], early.missed[number]
    return Block(finish, finishes, np.count_nonzero(parts, axis=2).T, early.overridden, verdicts)
