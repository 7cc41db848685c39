"""Rows that do not exist in some draws, and decisions: what the forward pass does once such a row has its dates.

A row that does not exist is an instant: it lies at the latest moment to which the ends of its predecessors lead, without
the lags of its links into it, and hands that moment on, without the lags of those out of it. Nothing else holds it, no
earliest date and no calendar.

A decision is taken when its milestone has its dates. It looks at nothing but whether these are in time, so that what
follows depends on no more than is known on its day. What it gives up ends on that day for all that comes after.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.network import Network
from schedrisk.rules import Fork

if TYPE_CHECKING:
    from schedrisk.cpm.early import Early

__all__ = ["Dates", "Onward", "lift", "settle"]


class Dates(NamedTuple):
    """What a row has in every draw: dates [tick], and whether it does not exist; None for what is not wanted."""

    starts: Floats | None
    finishes: Floats
    durations: Floats | None
    absent: Bools | None


def lift(network: Network, early: Early, row: int) -> dict[int, Dates]:
    """Let a row that a decision gives up see its predecessors as if that decision did not give them up.

    So it has the dates that it would have had, whether it is placed before the milestone or behind it.

    Parameters
    ----------
    network : Network
    early : Early
        Changed until `settle` puts it right.
    row : int

    Returns
    -------
    dict of int to Dates
        What to put back.
    """
    own = [number for number in early.missed if row in network.forks[number].given_up]
    lifted: dict[int, Dates] = {}
    for arc in network.links_into[row] if own else ():
        before = arc.predecessor
        if before in early.would_be and any(before in network.forks[number].given_up for number in own):
            lifted.setdefault(before, _dates(early, before))
            _put(early, before, early.would_be[before])
            for number, missed in early.missed.items():
                if number not in own and before in network.forks[number].given_up:
                    _give_up(early, before, network.forks[number], missed)
    return lifted


def _dates(early: Early, row: int) -> Dates:
    starts, durations = (None if each is None else each[row].copy() for each in (early.starts, early.durations))
    return Dates(starts, early.finishes[row].copy(), durations, early.absent.get(row))


def _put(early: Early, row: int, dates: Dates) -> None:
    early.finishes[row] = dates.finishes
    for room, given in ((early.starts, dates.starts), (early.durations, dates.durations)):
        if room is not None and given is not None:
            room[row] = given
    early.absent.pop(row, None)
    if dates.absent is not None:
        early.absent[row] = dates.absent


def settle(network: Network, early: Early, row: int, lifted: Mapping[int, Dates]) -> None:
    """Finish a row that has been placed as if it existed and no decision were about it.

    Parameters
    ----------
    network : Network
    early : Early
        Changed.
    row : int
    lifted : mapping of int to Dates
        From `lift`.
    """
    gone = early.absent.get(row)
    if gone is not None and gone.any():
        _pass_through(network, early, row, gone)
    for before, dates in lifted.items():
        _put(early, before, dates)
    for number, fork in enumerate(network.forks):
        if row in fork.given_up and number in early.missed:
            _give_up(early, row, fork, early.missed[number])
        if row == fork.milestone:
            _decide(network, early, number, fork)


def _pass_through(network: Network, early: Early, row: int, gone: Bools) -> None:
    """Put a row where its predecessors' logic leads, in the draws in which it does not exist."""
    arcs, finishes, starts = network.links_into[row], early.finishes, early.starts
    bases = [(early.every_start if arc.from_start else finishes)[arc.predecessor] for arc in arcs]
    moment = np.full_like(finishes[row], network.floor)
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
    # Another decision may have given it up; what this one decides is then given up with it.
    dates = early.would_be.get(milestone) or _dates(early, milestone)
    finish = dates.finishes if np.isnan(ended) else np.full_like(dates.finishes, ended)
    reached = finish <= fork.by if fork.known is None else np.full_like(finish, fork.known, dtype=bool)
    gone = dates.absent
    arises = np.ones_like(finish, dtype=bool) if gone is None else ~gone
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
        early.would_be[row] = _dates(early, row)
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
