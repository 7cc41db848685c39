"""What a block of draws decides before any date is reckoned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from schedrisk._typing import Bools, Floats

__all__ = ["Sample"]


@dataclass(frozen=True, eq=False)
class Sample:
    """A block of draws, sampled and not yet scheduled.

    Attributes
    ----------
    first : int
        Number of the first draw.
    durations : ndarray, shape (n_rows, n_draws)
        Whole ticks, never negative; the forward pass turns them to finishes.
    absent : mapping of int to ndarray of bool, shape (n_draws,)
        In which draws a row does not exist, by chance; decisions add to it in the forward pass.
    """

    first: int
    durations: Floats
    absent: Mapping[int, Bools] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many draws they are."""
        return int(self.durations.shape[1])
