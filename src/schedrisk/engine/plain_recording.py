"""The passes over a network of nothing but plain rows, recorded all at once: what `Recording` notes down row by row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.compiled.interpreter import OPERATIONS
from schedrisk.compiled.tape import Constant, Tape
from schedrisk.compiled.tracing import Row
from schedrisk.cpm import Early
from schedrisk.network import Network

__all__ = ["PlainRows", "all_plain"]


def all_plain(network: Network) -> bool:
    """Tell whether every row starts as soon as its FS links let it."""
    return not (any(network.rules) or network.spans or network.unsettled)


@dataclass(frozen=True, eq=False)
class PlainRows:
    """The rows with links of such a network, placed.

    Attributes
    ----------
    rows : ndarray of int, shape (n_rows,)
        In topological order.
    ends : ndarray of int, shape (n_rows + 1,)
        The links of each of them are those from one of these to the next.
    predecessors, finishes : ndarray of int, shape (n_links,)
        Of each link the row, and the value of its finish.
    lags : ndarray, shape (n_links,)
        [tick]
    floors : ndarray, shape (n_rows,)
        Before which links with leads alone let no row start [tick].
    """

    rows: Ints
    ends: Ints
    predecessors: Ints
    finishes: Ints
    lags: Floats
    floors: Floats

    @classmethod
    def placed(cls, network: Network, early: Early, tape: Tape) -> PlainRows:
        """Note down the forward pass."""
        finishes: list[Row] = early.finishes.rows  # type: ignore[attr-defined]
        starts: list[Row] = early.every_start.rows  # type: ignore[attr-defined]
        links_into = network.links_into
        for row, arcs in enumerate(links_into):
            if not arcs:
                early.finishes[row] += network.floor
                early.every_start[row] = network.floor
        rows = [row for row in network.order if links_into[row]]
        ends = np.cumsum([0, *(len(links_into[row]) for row in rows)])
        predecessors = np.array([arc.predecessor for row in rows for arc in links_into[row]], dtype=np.int64)
        lags = np.array([arc.lag for row in rows for arc in links_into[row]], dtype=float)
        latest = np.maximum.reduceat(lags, ends[:-1]) if rows else np.empty(0)
        floors = np.where(latest < 0, network.floor, -np.inf)
        values = np.array([row.register for row in finishes], dtype=np.int64)
        durations = values[rows]
        first = tape.n_values + 2 * np.arange(len(rows))
        values[rows] = first + 1
        code = np.full((len(rows), 2, 8), -1, dtype=np.int64)
        code[:, 0, 0], code[:, 0, 1], code[:, 0, 6], code[:, 0, 7] = OPERATIONS["arrive"], first, ends[:-1], ends[1:]
        code[:, 1, 0], code[:, 1, 1], code[:, 1, 2], code[:, 1, 3] = OPERATIONS["add"], first + 1, durations, first
        code[:, 1, 6:] = 0
        found = cls(np.array(rows, dtype=np.int64), ends, predecessors, values[predecessors], lags, floors)
        constants = np.column_stack([floors, np.zeros_like(floors)])
        found._extend(tape, code, constants, np.full_like(predecessors, -1))
        tape.n_values += 2 * len(rows)
        for row, start in zip(rows, first.tolist(), strict=True):
            starts[row].value, finishes[row].value = start, start + 1
        return found

    def handed_back(self, critical: Bools, tape: Tape) -> dict[int, int]:
        """Note down how criticality is handed back, and return the counter of each row."""
        rows: list[Row] = critical.rows  # type: ignore[attr-defined]
        n_rows = self.rows.size
        turn = np.arange(n_rows)[::-1]  # of each row when it hands back: the last row first
        turns = np.full(len(rows), n_rows)
        turns[self.rows] = turn
        np.minimum.at(turns, self.predecessors, np.repeat(turn, np.diff(self.ends)))
        settled = np.array([row for row, each in enumerate(rows) if isinstance(each.value, Constant)], dtype=np.int64)
        constants = np.concatenate([[float(rows[row].any()) for row in settled.tolist()], self.floors])
        for row, value in zip(settled.tolist(), range(tape.n_values, tape.n_values + settled.size), strict=True):
            rows[row].value = value
        # Each cell is made when it is first handed something, or hands on, so that few are needed at a time.
        fills = np.full((settled.size, 8), -1, dtype=np.int64)
        fills[:, 0], fills[:, 1] = OPERATIONS["fill mask"], tape.n_values + np.arange(settled.size)
        fills[:, 6:] = 0
        tape.n_values += settled.size
        # What was compared with the target's finish is nobody else's either.
        cells = np.array([row.value for row in rows], dtype=np.int64)
        tape.cells.update(cells.tolist())
        counters = tape.n_counters + np.arange(n_rows)
        tape.n_counters += n_rows
        code = np.full((n_rows, 8), -1, dtype=np.int64)
        code[:, 0], code[:, 2], code[:, 5] = OPERATIONS["hand back"], cells[self.rows], counters
        code[:, 6], code[:, 7] = self.ends[:-1], self.ends[1:]
        order = np.argsort(np.concatenate([2 * turns[settled], 2 * turn + 1]))
        self._extend(tape, np.concatenate([fills, code])[order], constants[order], cells[self.predecessors])
        return dict(zip(self.rows.tolist(), counters.tolist(), strict=True))

    def _extend(self, tape: Tape, code: Ints, constants: Floats, critical: Ints) -> None:
        """Add operations on the links of all rows to a tape."""
        code[..., 6:] += np.where(code[..., 6:7] == code[..., 7:8], 0, len(tape.lags))
        tape.code += code.ravel().tolist()
        tape.constants += constants.ravel().tolist()
        tape.links += np.column_stack([self.finishes, critical]).ravel().tolist()
        tape.lags += self.lags.tolist()
