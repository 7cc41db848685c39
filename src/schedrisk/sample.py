"""What a block of draws decides before any date is reckoned."""

from __future__ import annotations

from dataclasses import dataclass

from schedrisk._typing import Floats

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
    """

    first: int
    durations: Floats

    @property
    def count(self) -> int:
        """How many draws they are."""
        return int(self.durations.shape[1])
