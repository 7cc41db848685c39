"""What is wanted of a block of draws, copied to where these draws stand among others."""

from __future__ import annotations

from typing import Any

from schedrisk.compiled.support import kernel

__all__ = ["collect", "collect_masks"]


@kernel
def collect(rows: Any, wanted: Any, first: int, out: Any) -> None:
    """Copy some rows of a block of draws to where these draws stand among others.

    Parameters
    ----------
    rows : ndarray, shape (n_rows, n_draws)
    wanted : ndarray of int64, shape (n_wanted,)
    first : int
        Place of the first of these draws.
    out : ndarray, shape (n_wanted, n_all)
    """
    for i in range(wanted.size):
        x, o = rows[wanted[i]], out[i, first : first + rows.shape[1]]
        for j in range(x.size):
            o[j] = x[j]


@kernel
def collect_masks(masks: Any, wanted: Any, first: int, out: Any) -> None:
    """Do what `collect` does with masks, which become bools."""
    for i in range(wanted.size):
        x, o = masks[wanted[i]], out[i, first : first + masks.shape[1]]
        for j in range(x.size):
            o[j] = x[j] != 0
