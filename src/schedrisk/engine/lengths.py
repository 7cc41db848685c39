"""Durations of all tasks in a block of draws, where nothing else of them is wanted."""

from __future__ import annotations

import numpy as np

from schedrisk._typing import Floats
from schedrisk.engine.replay import Replay

__all__ = ["lengths_block"]


def lengths_block(replay: Replay, first: int, count: int) -> Floats:
    """Return what `Replay.lengths` says of all tasks in a block of draws: without dates, where these decide nothing.

    Parameters
    ----------
    replay : Replay
    first, count : int

    Returns
    -------
    ndarray, shape (n_tasks, n_draws)
        [tick]
    """
    sampler, gates = replay.sampler, replay.gates
    if sampler.risks.timed or replay.network.decided:
        return replay.passes_block(replay.leading_to(None), None, first, count, late_too=False).every_length
    out = np.empty((replay.network.n_tasks, count))
    draw = sampler.compiled.sample if replay.engine == "numba" else sampler.sample
    draw(first, count, out)
    for row, latest in replay.gate_lengths(gates, first, count) if gates else ():
        out[row] = latest
    return out
