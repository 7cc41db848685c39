"""Rows whose estimates are of one kind: the unit in which quantiles are taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.estimates import Estimate, Fixed
from schedrisk.sampling.correlation import CorrelatedRows, Scores
from schedrisk.sampling.design import Draws, Streams
from schedrisk.sampling.quantiles import ROWS, QuantileRows

__all__ = ["Group"]


@dataclass(frozen=True, eq=False)
class Group:
    """Some rows and how they are drawn.

    Attributes
    ----------
    rows : ndarray of int, shape (n_rows,)
    streams : Streams
        One of each row.
    quantiles : QuantileRows
    random : bool
        Whether they vary at all.
    correlated : CorrelatedRows or None
        Those that have something in common with others.
    """

    rows: Ints
    streams: Streams
    quantiles: QuantileRows
    random: bool
    correlated: CorrelatedRows | None = None

    @classmethod
    def of(
        cls, rows: Sequence[int], estimates: Sequence[Estimate], scale: float, streams: Streams,
        correlated: CorrelatedRows | None = None,
    ) -> Group:  # fmt: skip
        """Prepare rows whose estimates are of one kind.

        Parameters
        ----------
        rows : sequence of int
        estimates : sequence of Estimate
            Of each row, all of one class.
        scale : float
            What the quantiles are multiplied by.
        streams : Streams
        correlated : CorrelatedRows, optional
        """
        kind = type(estimates[0])
        return cls(np.array(rows), streams, ROWS[kind](estimates, scale), kind is not Fixed, correlated)

    def fill(
        self, some: slice, draws: Draws, out: Floats, scores: Scores | None = None, scratch: Floats | None = None
    ) -> None:  # fmt: skip
        """Write quantiles of some of the rows.

        Parameters
        ----------
        some : slice
        draws : Draws
        out : ndarray, shape (n_some, n_draws)
        scores : Scores, optional
            What draws have in common.
        scratch : ndarray, shape (n_some, n_draws), optional
            Room to work in.
        """
        u = np.empty_like(out) if scratch is None else scratch
        if self.random:
            draws.fill(self.streams, u, out, some)
        if self.correlated is not None and scores is not None:
            self.correlated.apply(some, scores, u)
        self.quantiles.fill(some, u, out)
