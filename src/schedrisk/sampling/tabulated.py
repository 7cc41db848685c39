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
from schedrisk.estimates import BetaScaled, Exponential, Gamma, Lognormal, Normal, Weibull
from schedrisk.sampling.tables import curved_table, interpolate_curved_at, located

__all__ = [
    "BetaScaledRows",
    "ExponentialRows",
    "GammaRows",
    "LognormalRows",
    "NormalRows",
    "TabulatedRows",
    "WeibullRows",
]

Shape = tuple[float, ...]

MOST_TABLES_KEPT = 1024  # 64 MB; the others are made anew for every block, in a tenth of a millisecond each
MOST_COSTLY_KEPT = 256  # across plans: tasks and scenarios with one shape share its table


class TabulatedRows(ABC):
    """x = location + scale × the quantile of a shape, never below 0."""

    costly = False
    """Whether a table takes so long to make that all are kept."""

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
        for shape, place, u_row, out_row in zip(self.shapes[rows], located(u, out), u, out, strict=True):
            interpolate_curved_at(self._table(shape), place, u_row, out_row)
        np.multiply(out, self.scales[rows], out=out)
        np.add(out, self.locations[rows], out=out)
        np.maximum(out, 0.0, out=out)

    def _table(self, shape: Shape) -> Floats:
        table = self._tables.get(shape)
        if table is None:
            table = self.make_table(shape)
            if self.costly or len(self._tables) < MOST_TABLES_KEPT:
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


class WeibullRows(TabulatedRows):
    """Weibull: x = scale × (−ln(1 − u)) to the power 1 / shape."""

    @staticmethod
    def parts(estimate: Weibull) -> tuple[float, float, Shape]:
        """Return 0, the scale and the shape."""
        return 0.0, estimate.scale, (estimate.shape,)

    @staticmethod
    def make_table(shape: Shape) -> Floats:
        """Return the table of a scale of 1."""
        power = 1 / shape[0]
        return curved_table(
            lambda distance: (-np.log1p(-distance)) ** power, lambda distance: (-np.log(distance)) ** power
        )


class ExponentialRows(WeibullRows):
    """Exponential: a Weibull distribution of shape 1."""

    @staticmethod
    def parts(estimate: Exponential) -> tuple[float, float, Shape]:  # type: ignore[override]
        """Return 0, the mean and 1."""
        return 0.0, estimate.mean, (1.0,)


class GammaRows(TabulatedRows):
    """Gamma, from a table for every shape."""

    costly = True

    @staticmethod
    def parts(estimate: Gamma) -> tuple[float, float, Shape]:
        """Return 0, the scale and the shape."""
        return 0.0, estimate.scale, (estimate.shape,)

    @staticmethod
    def make_table(shape: Shape) -> Floats:
        """Return the table of a scale of 1."""
        return gamma_table(*shape)


@lru_cache(maxsize=MOST_COSTLY_KEPT)
def gamma_table(shape: float) -> Floats:
    """Return the table of the gamma distribution with a scale of 1."""
    from scipy.special import gammainccinv, gammaincinv

    return curved_table(lambda distance: gammaincinv(shape, distance), lambda distance: gammainccinv(shape, distance))


class BetaScaledRows(TabulatedRows):
    """A beta distribution between two ends, from a table for every pair of shapes."""

    costly = True

    @staticmethod
    def parts(estimate: BetaScaled) -> tuple[float, float, Shape]:
        """Return the lower end, the width and the shapes."""
        return estimate.low, estimate.high - estimate.low, (estimate.alpha, estimate.beta)

    @staticmethod
    def make_table(shape: Shape) -> Floats:
        """Return the table of the distribution on (0, 1)."""
        return beta_table(*shape)


@lru_cache(maxsize=MOST_COSTLY_KEPT)
def beta_table(alpha: float, beta: float) -> Floats:
    """Return the table of the beta distribution on (0, 1)."""
    from scipy.special import betaincinv

    # The upper tail is the lower tail of the mirror image.
    return curved_table(
        lambda distance: betaincinv(alpha, beta, distance), lambda distance: 1 - betaincinv(beta, alpha, distance)
    )
