"""What both passes find in a block of draws."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from schedrisk._typing import Bools, Floats, Ints

__all__ = ["Passes", "of_rows"]


@dataclass(frozen=True, eq=False)
class Passes:
    """What both passes find in a block of draws.

    Attributes
    ----------
    first : int
        Number of the first draw.
    rows : ndarray of int, shape (n_rows,)
        The tasks that lead to the target.
    durations, total_float : ndarray, shape (n_rows, n_draws)
        [tick]. Float is of shape (0, n_draws) where it was not asked for.
    critical : ndarray of bool, shape (n_rows, n_draws)
        Whether the task drives the target.
    lengths : dict of int to ndarray, shape (n_draws,)
        Of places among the rows, what `Replay.lengths` says where it is not the duration in the schedule [tick].
    """

    first: int
    rows: Ints
    durations: Floats
    total_float: Floats
    critical: Bools
    lengths: dict[int, Floats] = field(default_factory=dict)

    @property
    def every_length(self) -> Floats:
        """What `Replay.lengths` says of every row, shape (n_rows, n_draws) [tick]."""
        if not self.lengths:
            return self.durations
        lengths = self.durations.copy()
        for place, values in self.lengths.items():
            lengths[place] = values
        return lengths


def of_rows(rows: Ints, each: Iterable[tuple[int, Floats]]) -> Iterator[tuple[int, Floats]]:
    """Yield what is told by row again by place among `rows`, where it is among them."""
    for row, values in each:
        place = int(np.searchsorted(rows, row))
        if place < rows.size and rows[place] == row:
            yield place, values
