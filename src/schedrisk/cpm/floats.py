"""Total and free float, from the dates of the passes, for all rows that share a calendar at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.calendars import Clock
from schedrisk.cpm.absence import Onward
from schedrisk.cpm.early import Early
from schedrisk.cpm.moments import lag_of
from schedrisk.network import Network
from schedrisk.rules import Arc, shifted

__all__ = ["free_float", "total_float"]

T = TypeVar("T")

MOST_CELLS = 1_000_000


def total_float(network: Network, early: Early, late: tuple[Floats, Floats], kind: str) -> Floats:
    """Return how far each task can slip without moving the target.

    Parameters
    ----------
    network : Network
    early : Early
        With `starts`.
    late : tuple of ndarray
        From `late_dates`.
    kind : {"finish", "start", "smallest"}
        Of what it is the difference.

    Returns
    -------
    ndarray, shape (n_tasks, n_draws)
        Working time of the task's calendar [tick].
    """
    slack = np.empty_like(early.finishes)
    by_clock: dict[tuple[Clock, bool], list[int]] = defaultdict(list)
    for row, clock in enumerate(network.clocks):
        by_clock[clock, kind == "finish" or not np.isnan(network.actual_start[row])].append(row)
    for (clock, of_finish), rows in by_clock.items():
        for some in _blocks(rows, slack.shape[1]):
            by_finish = clock.work(late[1][some]) - clock.work(early.finishes[some])
            if of_finish:
                slack[some] = by_finish
                continue
            by_start = clock.work(late[0][some]) - clock.work(early.every_start[some])
            slack[some] = by_start if kind == "start" else np.minimum(by_start, by_finish)
    return slack


def free_float(network: Network, early: Early, end: Floats, kind: str) -> Floats:
    """Return how far each task can slip without moving a successor or, where it has none, the project finish.

    Parameters
    ----------
    network : Network
    early : Early
        With `starts`.
    end : ndarray, shape (n_draws,)
        The project finish [tick].
    kind : {"to-project-finish", "total-float"}
        Of the tool: from where a link has led its predecessor's date (P6), or back from the successor's date (Project).

    Returns
    -------
    ndarray, shape (n_tasks, n_draws)
        Working time of the task's calendar, not negative [tick].
    """
    room = np.full_like(early.finishes, np.inf)
    by_clock: dict[Clock, list[int]] = defaultdict(list)
    for row in network.open_ends:
        by_clock[network.clocks[row]].append(row)
    for clock, rows in by_clock.items():
        for some in _blocks(rows, end.size):
            room[some] = clock.work(end) - clock.work(early.finishes[some])
    onward = Onward(network, early, end)
    for row in reversed(network.order) if early.absent else ():
        onward.update(row, early)
    _hold_by_links(network, early, onward, room, forward=kind == "to-project-finish")
    return np.maximum(room, 0.0)


def _hold_by_links(network: Network, early: Early, onward: Onward, room: Floats, *, forward: bool) -> None:
    """Leave each predecessor the room that its successors leave it."""
    pairs, slips = [], []
    for some, slip in _slips(network, early, onward, forward=forward):
        pairs.append(some)
        slips.append(slip)
    if not pairs:
        return
    pair, slip = np.concatenate(pairs), np.concatenate(slips)
    order = np.lexsort(pair.T)
    pair, slip = pair[order], slip[order]
    first = np.flatnonzero(np.r_[True, (pair[1:] != pair[:-1]).any(axis=1)])
    least, most = np.minimum.reduceat(slip, first), np.maximum.reduceat(slip, first)
    # Of several links between two tasks the tightest counts; one that is broken (by an imposed date, or across
    # calendars) does not, where another holds: so does P6.
    np.minimum.at(room, pair[first, 1], np.where(least >= 0, least, most))


def _slips(network: Network, early: Early, onward: Onward, *, forward: bool) -> Iterator[tuple[Ints, Floats]]:
    """Yield, for links that are reckoned alike, (successor, predecessor) and how far the predecessor can slip."""
    alike: dict[tuple[Clock, Clock, str, float], list[tuple[int, int, float]]] = defaultdict(list)
    for row, arcs in enumerate(network.links_into):
        for arc in _of_members(network, arcs):
            clock = network.clocks[arc.predecessor]
            if arc.varies or (arc.lag and early.absent):
                there, here = _ends_of(early, onward, arc.kind, [row], [arc.predecessor])
                slip = _slip(clock, arc.clock, there, here, lag_of(early, arc, row), forward=forward)
                yield np.array([[row, arc.predecessor]]), slip
            else:
                alike[clock, arc.clock, arc.kind, float(np.sign(arc.lag))].append((row, arc.predecessor, arc.lag))
    for (clock, lag_clock, kind, sign), links in alike.items():
        for some in _portions(links, early.finishes.shape[1]):
            rows, predecessors, lags = zip(*some, strict=True)
            there, here = _ends_of(early, onward, kind, list(rows), list(predecessors))
            lag = np.array(lags)[:, None] if sign else 0.0
            slip = _slip(clock, lag_clock, there, here, lag, forward=forward)
            yield np.column_stack([rows, predecessors]), slip


def _ends_of(
    early: Early, onward: Onward, kind: str, rows: list[int], predecessors: list[int]
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return the dates that links of a kind join: of their successors and of their predecessors."""
    there = onward.starts if kind[1] == "S" else onward.finishes
    return there[rows], (early.every_start if kind[0] == "S" else early.finishes)[predecessors]


def _slip(
    clock: Clock, lag_clock: Clock, there: Floats, here: Floats, lag: Floats | float, *, forward: bool
) -> Floats:  # fmt: skip
    """Return by how much working time the predecessor's date can move until the link moves the successor's."""
    if forward:
        return clock.work(there) - clock.work(shifted(lag_clock, here, lag))
    return clock.work(shifted(lag_clock, there, -lag)) - clock.work(here)


def _of_members(network: Network, arcs: Iterable[Arc]) -> Iterator[Arc]:
    """Yield links, those of a summary as links of each of its members."""
    for arc in arcs:
        span = network.spans.get(arc.predecessor)
        yield arc
        if span is not None:
            yield from (arc._replace(predecessor=member) for member in span.members)


def _portions(rows: Sequence[T], n_draws: int) -> Iterator[list[T]]:
    """Cut rows into portions whose draws fit the cache."""
    size = max(1, MOST_CELLS // max(n_draws, 1))
    for first in range(0, len(rows), size):
        yield list(rows[first : first + size])


def _blocks(rows: Sequence[int], n_draws: int) -> Iterator[slice | list[int]]:
    """Cut ascending rows into portions; neighbours are a slice, which copies nothing."""
    for some in _portions(rows, n_draws):
        yield slice(some[0], some[-1] + 1) if some[-1] - some[0] + 1 == len(some) else some
