"""Whether every sample of a simulation is kept."""

from __future__ import annotations

import dataclasses

from schedrisk.engine import Replay, memory_of
from schedrisk.errors import ArgumentError, Problem, shown
from schedrisk.result import SimulationResult
from schedrisk.result.kept import Kept, kept_bytes
from schedrisk.simulation.memory import check_memory

__all__ = ["check_keep", "check_kept", "keeping"]


def check_keep(keep: object) -> None:
    """Refuse what is no way to keep samples.

    Raises
    ------
    ArgumentError
    """
    if keep is not None and keep != "all":
        remedy = "where not given, samples are drawn again when they are asked for"
        raise ArgumentError([Problem("keep", shown(keep), f"None or {shown('all')}", remedy)])


def check_kept(keep: str | None, replay: Replay) -> None:
    """Refuse to keep what would not fit into memory.

    Parameters
    ----------
    keep : {"all"}, optional
    replay : Replay

    Raises
    ------
    MemoryLimitError
    """
    if keep is None:
        return
    network, n_draws = replay.network, replay.n_draws
    others = memory_of(network.n_tasks, network.n_links, 1, n_draws, replay.n_jobs)
    check_memory(others + kept_bytes(network.n_tasks, n_draws), n_draws, 'keep="all"')


def keeping(keep: str | None, result: SimulationResult) -> SimulationResult:
    """Return a result with its samples, where they are to be kept."""
    return result if keep is None else dataclasses.replace(result, kept=Kept.of(result.replay))
