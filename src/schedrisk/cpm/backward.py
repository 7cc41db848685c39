"""The backward passes: criticality along binding links, late finishes, float."""

from __future__ import annotations

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.cpm.forward import always_binds
from schedrisk.network import Network

__all__ = ["free_float", "late_finishes", "trace_critical"]


def trace_critical(network: Network, critical: Bools, binding: list[list[Bools]]) -> None:
    """Spread criticality from the target to everything that drives it, in place.

    A task is critical in a draw where a chain of binding links joins it to the target.

    Parameters
    ----------
    network : Network
    critical : ndarray of bool, shape (n_tasks, n_draws)
        On entry true for the target, on return for every driving task.
    binding : list of list of ndarray
        As `forward_pass` left it.
    """
    both = np.empty(critical.shape[1], dtype=bool)
    for row in reversed(network.order):
        links = network.links_into[row]
        if always_binds(links):
            critical[links[0][0]] |= critical[row]
            continue
        for (predecessor, _), mask in zip(links, binding[row], strict=True):
            np.logical_and(critical[row], mask, out=both)
            critical[predecessor] |= both


def late_finishes(network: Network, durations: Floats, latest: Floats) -> None:
    """Run the backward pass: the latest finish of every task that delays no target, in place.

    Parameters
    ----------
    network : Network
    durations : ndarray, shape (n_tasks, n_draws)
        [tick]
    latest : ndarray, shape (n_tasks, n_draws)
        On entry the latest finish that the target allows each task by itself (infinity for none), on return the
        late finishes [tick].
    """
    scratch = np.empty(latest.shape[1])
    for row in reversed(network.order):
        if not network.links_into[row]:
            continue
        late_start = latest[row] - durations[row]
        for predecessor, lag in network.links_into[row]:
            np.subtract(late_start, lag, out=scratch)
            np.minimum(latest[predecessor], scratch, out=latest[predecessor])


def free_float(network: Network, starts: Floats, finishes: Floats) -> Floats:
    """Return how far each task can slip without moving a successor, or the project finish where it has none.

    Parameters
    ----------
    network : Network
    starts, finishes : ndarray, shape (n_tasks, n_draws)
        Early dates [tick].

    Returns
    -------
    ndarray, shape (n_tasks, n_draws)
        [tick]
    """
    room = np.full_like(finishes, np.inf)
    for row, links in enumerate(network.links_into):
        for predecessor, lag in links:
            np.minimum(room[predecessor], starts[row] - lag - finishes[predecessor], out=room[predecessor])
    slip = finishes.max(axis=0) - finishes
    np.minimum(room, slip, out=room)
    return room
