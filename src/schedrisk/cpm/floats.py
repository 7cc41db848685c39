"""Total and free float, from the dates of the passes, for all rows that share a calendar at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.calendars import Clock
from schedrisk.cpm.forward import Early, lag_of
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
        for some in _portions(rows, slack.shape[1]):
            by_finish = clock.work(late[1][some]) - clock.work(early.finishes[some])
            if of_finish:
                slack[some] = by_finish
                continue
            by_start = clock.work(late[0][some]) - clock.work(early.every_start[some])
            slack[some] = by_start if kind == "start" else np.minimum(by_start, by_finish)
    return slack


def free_float(network: Network, early: Early, end: Floats | None) -> Floats:
    """Return how far each task can slip without moving a successor or the project finish.

    Parameters
    ----------
    network : Network
    early : Early
        With `starts`.
    end : ndarray, shape (n_draws,), optional
        The project finish [tick]; where not given, what has no successor has infinite room.

    Returns
    -------
    ndarray, shape (n_tasks, n_draws)
        Working time of the task's calendar [tick].
    """
    room = np.full_like(early.finishes, np.inf)
    if end is not None:
        _hold_by_end(network, early, end, room)
    _hold_by_links(network, early, room)
    return room


def _hold_by_end(network: Network, early: Early, end: Floats, room: Floats) -> None:
    """Leave each task the room up to the project finish."""
    by_clock: dict[Clock, list[int]] = defaultdict(list)
    for row, clock in enumerate(network.clocks):
        by_clock[clock].append(row)
    for clock, rows in by_clock.items():
        for some in _portions(rows, end.size):
            # With a lead, or from its start on, a successor leaves room beyond the project finish.
            room[some] = clock.work(end) - clock.work(early.finishes[some])


def _hold_by_links(network: Network, early: Early, room: Floats) -> None:
    """Leave each predecessor the room that its successors leave it."""
    pairs, slips = [], []
    for some, slip in _slips(network, early):
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


def _slips(network: Network, early: Early) -> Iterator[tuple[Ints, Floats]]:
    """Yield, for links that are reckoned alike, (successor, predecessor) and how far the predecessor can slip."""
    alike: dict[tuple[Clock, Clock, str, float], list[tuple[int, int, float]]] = defaultdict(list)
    starts, finishes = early.every_start, early.finishes
    for row, arcs in enumerate(network.links_into):
        for arc in _of_members(network, arcs):
            if arc.share:
                clock, there = network.clocks[arc.predecessor], (starts if arc.to_start else finishes)[row]
                here = (starts if arc.from_start else finishes)[arc.predecessor]
                slip = clock.work(shifted(arc.clock, there, -lag_of(early, arc))) - clock.work(here)
                yield np.array([[row, arc.predecessor]]), slip[None, :]
            else:
                key = network.clocks[arc.predecessor], arc.clock, arc.kind, float(np.sign(arc.lag))
                alike[key].append((row, arc.predecessor, arc.lag))
    for (clock, lag_clock, kind, sign), links in alike.items():
        for some in _portions(links, finishes.shape[1]):
            rows, predecessors, lags = zip(*some, strict=True)
            there = (starts if kind[1] == "S" else finishes)[list(rows)]
            here = (starts if kind[0] == "S" else finishes)[list(predecessors)]
            lag = -np.array(lags)[:, None] if sign else -0.0
            yield np.column_stack([rows, predecessors]), clock.work(shifted(lag_clock, there, lag)) - clock.work(here)


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
