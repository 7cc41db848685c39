"""Rows of estimates that are a location and a scale about a shape, and the shape a table.

What touches a draw here is limited to + − × ÷, comparisons, integers and table look-up, in a fixed order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from schedrisk._typing import Floats
from schedrisk.estimates import Lognormal, Normal
from schedrisk.sampling.tables import curved_table, interpolate_curved

__all__ = ["LognormalRows", "NormalRows", "TabulatedRows"]

Shape = tuple[float, ...]

MOST_TABLES_KEPT = 1024  # 64 MB; the others are made anew for every block


class TabulatedRows(ABC):
    """x = location + scale × the quantile of a shape, never below 0."""

    def __init__(self, estimates: Sequence[Any], ticks_per_unit: float) -> None:
        parts = [self.parts(each) for each in estimates]
        self.locations = np.array([[location] for location, _, _ in parts]) * ticks_per_unit
        self.scales = np.array([[scale] for _, scale, _ in parts]) * ticks_per_unit
        self.shapes = [shape for _, _, shape in parts]
        self._tables: dict[Shape, Floats] = {}

    @staticmethod
    @abstractmethod
    def parts(estimate: Any) -> tuple[float, float, Shape]:
        """Return location, scale, and the parameters of the shape."""

    @staticmethod
    @abstractmethod
    def make_table(shape: Shape) -> Floats:
        """Return the table of a shape, as `interpolate_curved` takes it."""

    def fill(self, rows: slice, u: Floats, out: Floats) -> None:
        """Write the quantiles."""
        for shape, u_row, out_row in zip(self.shapes[rows], u, out, strict=True):
            interpolate_curved(self._table(shape), u_row, out_row)
        np.multiply(out, self.scales[rows], out=out)
        np.add(out, self.locations[rows], out=out)
        np.maximum(out, 0.0, out=out)

    def _table(self, shape: Shape) -> Floats:
        table = self._tables.get(shape)
        if table is None:
            table = self.make_table(shape)
            if len(self._tables) < MOST_TABLES_KEPT:
                self._tables[shape] = table
        return table


@lru_cache(maxsize=1)
def normal_table() -> Floats:
    """Return the table of the standard normal distribution."""
    from scipy.special import ndtri

    return curved_table(ndtri, lambda distance: -ndtri(distance))


class NormalRows(TabulatedRows):
    """Normal: x = mean + sd z."""

    @staticmethod
    def parts(estimate: Normal) -> tuple[float, float, Shape]:
        """Return mean and standard deviation before clipping; there is one shape."""
        return estimate.given_mean, estimate.sd, ()

    @staticmethod
    def make_table(shape: Shape) -> Floats:  # noqa: ARG004  (one protocol for all kinds)
        """Return the table of the standard normal distribution."""
        return normal_table()


class LognormalRows(TabulatedRows):
    """Lognormal: x = median × exp(σ z)."""

    @staticmethod
    def parts(estimate: Lognormal) -> tuple[float, float, Shape]:
        """Return 0, the median and σ."""
        return 0.0, estimate.median, (estimate.shape,)

    @staticmethod
    def make_table(shape: Shape) -> Floats:
        """Return the table of exp(σ z)."""
        from scipy.special import ndtri

        (sigma,) = shape
        return curved_table(
            lambda distance: np.exp(sigma * ndtri(distance)), lambda distance: np.exp(-sigma * ndtri(distance))
        )
