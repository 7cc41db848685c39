"""Draws counted in the cells of a grid: percentiles of many tasks in memory that does not grow with the draws.

The grid of each date is settled before anything is counted, by the first draws alone, and counts are whole numbers: so
neither blocks nor threads change a figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from schedrisk._typing import Bools, Floats, Ints

__all__ = ["Ends", "Grid"]

# Counts of all dates together take no more than this [byte], as long as each has 256 cells.
COUNT_BYTES = 256_000_000
LEAST_CELLS, MOST_CELLS = 256, 16_384

# Beyond the first draws on either side, as a share of how far these reach.
MARGIN = 0.25

# So many task-draws are worked on in one go: few enough to stay in the processor's cache.
CHUNK_CELLS = 32_768

Absent = Mapping[int, Bools]


class Ends:
    """The earliest and the latest date of every task so far, in the draws in which it exists.

    Attributes
    ----------
    low, high : ndarray, shape (2, n_tasks)
        Of starts and finishes [tick]; infinite, the wrong way round, where there are none.
    """

    def __init__(self, n_tasks: int) -> None:
        self.low, self.high = np.full((2, n_tasks), np.inf), np.full((2, n_tasks), -np.inf)

    def add(self, dates: tuple[Floats, Floats], absent: Absent) -> None:
        """Take in the starts and finishes of a block of draws, each of shape (n_tasks, n_draws)."""
        for side, values in enumerate(dates):
            low, high = values.min(axis=1), values.max(axis=1)
            for place, gone in absent.items():
                some = values[place][~gone]
                low[place], high[place] = some.min(initial=np.inf), some.max(initial=-np.inf)
            np.minimum(self.low[side], low, out=self.low[side])
            np.maximum(self.high[side], high, out=self.high[side])


@dataclass(frozen=True, eq=False)
class Grid:
    """How many draws fall into each cell.

    Attributes
    ----------
    low : ndarray, shape (2, n_tasks)
        Where the first cell of starts and of finishes begins [tick].
    widths : ndarray, shape (2, n_tasks)
        Of cells [tick], powers of 2.
    counts : ndarray of uint32, shape (2, n_tasks, n_cells)
        What lies before the first cell is counted in it, what lies after the last one in that.
    ends : Ends
        Of all draws that were counted.
    compiled : bool
        Whether they are counted by compiled loops.
    """

    low: Floats
    widths: Floats
    counts: NDArray[np.uint32]
    ends: Ends
    compiled: bool = False
    _lock: Lock = field(default_factory=Lock, repr=False)

    @classmethod
    def over(cls, ends: Ends, *, margin: float = MARGIN, compiled: bool = False) -> Grid:
        """Make an empty grid.

        Parameters
        ----------
        ends : Ends
            What it is to reach over.
        margin : float
            How much farther, on either side, as a share of that.
        compiled : bool
        """
        n_tasks = ends.low.shape[1]
        fitting = int(COUNT_BYTES // (8 * max(n_tasks, 1)))
        n_cells = 1 << min(max(LEAST_CELLS, fitting, 1).bit_length() - 1, MOST_CELLS.bit_length() - 1)
        known = np.isfinite(ends.low)
        low, high = np.where(known, ends.low, 0.0), np.where(known, ends.high, 0.0)
        spare = np.ceil((high - low) * margin)
        low, span = low - spare, high - low + 2 * spare + 1
        widths = np.exp2(np.ceil(np.log2(np.maximum(span / n_cells, 1.0))))
        return cls(low, widths, np.zeros((2, n_tasks, n_cells), dtype=np.uint32), Ends(n_tasks), compiled)

    @property
    def n_cells(self) -> int:
        """Cells of each date."""
        return int(self.counts.shape[2])

    def add(self, dates: tuple[Floats, Floats], absent: Absent) -> None:
        """Count a block of draws, of starts and finishes of shape (n_tasks, n_draws); any thread may."""
        with self._lock:
            self.ends.add(dates, absent)
            for side, values in enumerate(dates):
                self._count(side, values)
                for place, gone in absent.items():
                    cells = self._cells(side, slice(place, place + 1), values[place : place + 1, gone])
                    away = np.bincount(cells.ravel(), minlength=self.n_cells)
                    self.counts[side, place] -= away.astype(np.uint32)

    def _count(self, side: int, values: Floats) -> None:
        if self.compiled:
            from schedrisk.compiled.statistics import count_cells

            count_cells(np.ascontiguousarray(values), self.low[side], 1.0 / self.widths[side], self.counts[side])
            return
        size = max(1, CHUNK_CELLS // values.shape[1])
        for first in range(0, values.shape[0], size):
            some = slice(first, min(first + size, values.shape[0]))
            n_rows = some.stop - some.start
            cells = self._cells(side, some, values[some])
            cells += np.arange(n_rows)[:, None] * self.n_cells
            found = np.bincount(cells.ravel(), minlength=n_rows * self.n_cells)
            self.counts[side, some] += found.reshape(n_rows, -1).astype(np.uint32)

    def _cells(self, side: int, some: slice, values: Floats) -> Ints:
        """Return the cell of each date of some tasks."""
        # Widths are powers of 2: a division by them is exact.
        place = (values - self.low[side, some, None]) * (1.0 / self.widths[side, some, None])
        return np.clip(place, 0, self.n_cells - 1, out=place).astype(np.int64)

    def at(self, ranks: Ints) -> tuple[Floats, Bools]:
        """Return what lies at ranks among the draws, in ascending order.

        Parameters
        ----------
        ranks : ndarray of int, shape (2, n, n_tasks)
            Of starts and of finishes, from 0.

        Returns
        -------
        values : ndarray, shape (2, n, n_tasks)
            The last tick of the cell, so that no fewer draws are met by it; at most the latest date. 0 for a task that
            exists in no draw.
        beyond : ndarray of bool, shape (2, n, n_tasks)
            Whether that cell may hold what lies beyond the grid.
        """
        last = self.n_cells - 1
        values, beyond = np.zeros(ranks.shape), np.zeros(ranks.shape, dtype=bool)
        for side in range(2):
            for task, wanted in enumerate(ranks[side].T):
                if self.ends.high[side, task] < self.ends.low[side, task]:
                    continue
                cell = np.searchsorted(np.cumsum(self.counts[side, task], dtype=np.int64), wanted, side="right")
                low, width, high = self.low[side, task], self.widths[side, task], self.ends.high[side, task]
                values[side, :, task] = np.minimum(low + (cell + 1) * width - 1, high)
                before, after = self.ends.low[side, task] < low, high >= low + (last + 1) * width
                beyond[side, :, task] = ((cell == 0) & before) | ((cell >= last) & after)
        return values, beyond
