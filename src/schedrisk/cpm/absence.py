"""Rows that do not exist in some draws, and decisions: what the forward pass does once such a row has its dates.

A row that does not exist is an instant: it lies at the latest moment to which the ends of its predecessors lead, without
the lags of its links into it, and hands that moment on, without the lags of those out of it. Nothing else holds it, no
earliest date and no calendar.

A decision is taken when its milestone has its dates. It looks at nothing but whether these are in time, so that what
follows depends on no more than is known on its day. What it gives up ends on that day for all that comes after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.network import Network
from schedrisk.rules import Fork

if TYPE_CHECKING:
    from schedrisk.cpm.forward import Early

__all__ = ["Onward", "settle"]


def settle(network: Network, early: Early, row: int) -> None:
    """Finish a row that has been placed as if it existed and no decision were about it.

    Parameters
    ----------
    network : Network
    early : Early
        Changed.
    row : int
    """
    gone = early.absent.get(row)
    if gone is not None and gone.any():
        _pass_through(network, early, row, gone)
    for number, fork in enumerate(network.forks):
        if row in fork.given_up and number in early.missed:
            _give_up(early, row, fork, early.missed[number])
        if row == fork.milestone:
            _decide(network, early, number, fork)


def _pass_through(network: Network, early: Early, row: int, gone: Bools) -> None:
    """Put a row where its predecessors' logic leads, in the draws in which it does not exist."""
    arcs, finishes, starts = network.links_into[row], early.finishes, early.starts
    bases = [(early.every_start if arc.from_start else finishes)[arc.predecessor] for arc in arcs]
    moment = np.full(gone.shape, network.floor)
    for base in bases:
        np.maximum(moment, base, out=moment)
    np.copyto(finishes[row], moment, where=gone)
    if starts is not None:
        np.copyto(starts[row], moment, where=gone)
    if early.durations is not None:
        early.durations[row][gone] = 0.0
    if early.binding is not None and row not in network.sure:
        for base, mask in zip(bases, early.binding[row], strict=True):
            np.copyto(mask, base >= moment, where=gone)


def _decide(network: Network, early: Early, number: int, fork: Fork) -> None:
    """See in which draws a milestone is reached in time, and what exists from then on."""
    milestone = fork.milestone
    ended = network.actual_finish[milestone]
    finish = early.finishes[milestone] if np.isnan(ended) else np.full(early.finishes.shape[1], ended)
    reached = finish <= fork.by if fork.known is None else np.full(finish.shape, fork.known)
    gone = early.absent.get(milestone)
    arises = np.ones(finish.shape, dtype=bool) if gone is None else ~gone
    missed = arises & ~reached
    reached &= arises
    early.reached[number], early.missed[number] = reached, missed
    for row in fork.reached:
        early.leave_out(row, ~reached)
    for row in fork.missed:
        early.leave_out(row, ~missed)
    if missed.any():
        place = network.places
        for row in fork.given_up:
            if place[row] <= place[milestone]:  # the others are when they are placed
                _give_up(early, row, fork, missed)


def _give_up(early: Early, row: int, fork: Fork, missed: Bools) -> None:
    """End a row with a decision, in the draws in which it would go on."""
    finishes, starts = early.finishes, early.starts
    late = missed & (finishes[row] > fork.since)
    if not late.any():
        return
    if row not in early.would_be:
        early.would_be[row] = (finishes if starts is None else starts)[row].copy(), finishes[row].copy()
    np.copyto(finishes[row], fork.since, where=late)
    if starts is not None:
        np.copyto(starts[row], np.minimum(starts[row], fork.since), where=late)
    if early.durations is not None:
        early.durations[row][late] = 0.0
    if early.binding is not None:
        for mask in early.binding[row]:
            mask[late] = False  # it is the decision that ends it
    early.leave_out(row, late)


class Onward:
    """Dates as predecessors see them: of a row that does not exist, what its successors allow.

    Parameters
    ----------
    network : Network
    early : Early
        With `starts`.
    end : ndarray, shape (n_draws,)
        The project finish, which holds a row without successors [tick].

    Attributes
    ----------
    starts, finishes : ndarray, shape (n_tasks, n_draws)
        [tick]; `early`'s own where every row exists.
    """

    def __init__(self, network: Network, early: Early, end: Floats) -> None:
        self.absent, self.end = early.absent, end
        self.starts, self.finishes = early.every_start, early.finishes
        self._out_of: dict[int, list[tuple[int, bool]]] = {row: [] for row in early.absent}
        if not early.absent:
            return
        self.starts, self.finishes = self.starts.copy(), self.finishes.copy()
        for row, arcs in enumerate(network.links_into):
            for arc in arcs:
                if arc.predecessor in self._out_of:
                    self._out_of[arc.predecessor].append((row, arc.to_start))

    def update(self, row: int, early: Early) -> None:
        """See a row again, after all of its successors."""
        if not self.absent:
            return
        self.starts[row], self.finishes[row] = early.every_start[row], early.finishes[row]
        if row in self.absent:
            moment = self.end.copy()
            for successor, to_start in self._out_of[row]:
                np.minimum(moment, (self.starts if to_start else self.finishes)[successor], out=moment)
            for side in (self.starts, self.finishes):
                np.copyto(side[row], moment, where=self.absent[row])
