"""Quantile functions on arrays: one class for each way to invert a distribution, many tasks at a time.

What touches a draw here is limited to + − × ÷ √, comparisons, integers and table look-up, in a fixed order, so that
every processor and every engine gets the same bits. Everything else happens once, when a table is built.

To sample a new kind of estimate, write a class with the shape of `QuantileRows` and enter it in `ROWS`; one that only
needs a table goes to `schedrisk.sampling.tabulated`.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from schedrisk._typing import Floats
from schedrisk.estimates import (
    BetaScaled,
    Discrete,
    Empirical,
    Estimate,
    Exponential,
    Fixed,
    Gamma,
    Histogram,
    Lognormal,
    Metalog,
    Mixture,
    Normal,
    Pert,
    Scipy,
    Shifted,
    Trapezoid,
    Triangular,
    Truncated,
    Uniform,
    Weibull,
)
from schedrisk.sampling.nodes import MODE_NODES, family, mode_nodes, nodes_about, shared_quantiles
from schedrisk.sampling.piecewise import PiecewiseRows
from schedrisk.sampling.tables import KNOTS, interpolate_at, locate, located, tail_knots
from schedrisk.sampling.tabulated import (
    BetaScaledRows,
    ExponentialRows,
    GammaRows,
    LognormalRows,
    NormalRows,
    WeibullRows,
)

__all__ = ["ROWS", "FixedRows", "QuantileRows"]


class QuantileRows(Protocol):
    """The quantile functions of several estimates of one kind, one row each, in ticks."""

    def __init__(self, estimates: Sequence[Any], ticks_per_unit: float) -> None: ...

    def fill(self, rows: slice, u: Floats, out: Floats) -> None:
        """Write the quantiles of some rows at `u`, both of shape (n_rows, n_draws); `u` may be overwritten."""


class FixedRows:
    """Constants."""

    def __init__(self, estimates: Sequence[Fixed], ticks_per_unit: float) -> None:
        self.values = np.array([[each.value] for each in estimates]) * ticks_per_unit

    def fill(self, rows: slice, u: Floats, out: Floats) -> None:  # noqa: ARG002  (one protocol for all kinds)
        """Write the constants."""
        out[:] = self.values[rows]


class UniformRows:
    """x = low + u (high − low)."""

    def __init__(self, estimates: Sequence[Uniform], ticks_per_unit: float) -> None:
        self.low, high = _columns([each.limits for each in estimates], ticks_per_unit)
        self.width = high - self.low
        self.clipped = bool((self.low < 0).any())

    def fill(self, rows: slice, u: Floats, out: Floats) -> None:
        """Write the quantiles."""
        np.multiply(u, self.width[rows], out=out)
        np.add(out, self.low[rows], out=out)
        if self.clipped:
            np.maximum(out, 0.0, out=out)


class TriangularRows:
    """The inverse of the triangular distribution function, without a branch.

    Below the mode's quantile c it is x = low + √(u (high − low)(mode − low)), above it
    x = high − √((1 − u)(high − low)(high − mode)) (Johnson, Kotz and Balakrishnan 1995, §26.9). Each root is held at
    its value for u = c on the other's side, so that their sum is right on both.
    """

    def __init__(self, estimates: Sequence[Triangular], ticks_per_unit: float) -> None:
        low, high = _columns([each.limits for each in estimates], ticks_per_unit)
        mode = np.array([[each.mode] for each in estimates]) * ticks_per_unit
        width = high - low
        self.cut = np.divide(mode - low, width, out=np.full_like(low, 0.5), where=width > 0)
        self.cut_above = 1.0 - self.cut
        self.rising = width * (mode - low)
        self.falling = width * (high - mode)
        self.offset = low + (high - mode)
        self.clipped = bool((low < 0).any())

    def fill(self, rows: slice, u: Floats, out: Floats) -> None:
        """Write the quantiles."""
        np.minimum(u, self.cut[rows], out=out)
        np.multiply(out, self.rising[rows], out=out)
        np.sqrt(out, out=out)
        np.subtract(1.0, u, out=u)
        np.minimum(u, self.cut_above[rows], out=u)
        np.multiply(u, self.falling[rows], out=u)
        np.sqrt(u, out=u)
        np.subtract(out, u, out=out)
        np.add(out, self.offset[rows], out=out)
        if self.clipped:
            np.maximum(out, 0.0, out=out)


class TrapezoidRows:
    """The inverse of a trapezoid's distribution function, without a branch.

    As with `TriangularRows`, each of the three parts is held at its value where u leaves its own range.
    """

    def __init__(self, estimates: Sequence[Trapezoid], ticks_per_unit: float) -> None:
        sides = np.array([each.sides for each in estimates], dtype=float).T[:, :, None] * ticks_per_unit
        self.first, middle, self.last = np.array([each.shares for each in estimates]).T[:, :, None]
        self.end = self.first + middle
        self.rising = np.divide(sides[0] ** 2, self.first, out=np.zeros_like(middle), where=self.first > 0)
        self.slope = np.divide(sides[1], middle, out=np.zeros_like(middle), where=middle > 0)
        self.falling = np.divide(sides[2] ** 2, self.last, out=np.zeros_like(middle), where=self.last > 0)
        low = np.array([[each.limits[0]] for each in estimates]) * ticks_per_unit
        self.offset = low + sides[2]
        self.clipped = bool((low < 0).any())

    def fill(self, rows: slice, u: Floats, out: Floats) -> None:
        """Write the quantiles."""
        first = self.first[rows]
        np.sqrt(np.minimum(u, first) * self.rising[rows], out=out)
        np.add(out, (np.clip(u, first, self.end[rows]) - first) * self.slope[rows], out=out)
        np.subtract(1.0, u, out=u)
        np.subtract(out, np.sqrt(np.minimum(u, self.last[rows]) * self.falling[rows]), out=out)
        np.add(out, self.offset[rows], out=out)
        if self.clipped:
            np.maximum(out, 0.0, out=out)


class HistogramRows:
    """Histograms: a straight line in the bin that u falls into."""

    def __init__(self, estimates: Sequence[Histogram], ticks_per_unit: float) -> None:
        self.bins = []
        for each in estimates:
            lows, widths, below, shares = each.bins
            self.bins.append((lows * ticks_per_unit, widths * ticks_per_unit / shares, below))

    def fill(self, rows: slice, u: Floats, out: Floats) -> None:
        """Write the quantiles."""
        for (lows, slopes, below), u_row, out_row in zip(self.bins[rows], u, out, strict=True):
            place = np.searchsorted(below[1:], u_row)
            np.subtract(u_row, below.take(place), out=out_row)
            np.multiply(out_row, slopes.take(place), out=out_row)
            np.add(out_row, lows.take(place), out=out_row)


class StepRows:
    """Discrete values: the smallest one whose cumulative probability reaches u."""

    def __init__(self, estimates: Sequence[Discrete | Empirical], ticks_per_unit: float) -> None:
        self.steps: list[tuple[Floats, Floats]] = []
        for each in estimates:
            values, cumulative = each.steps
            self.steps.append((values * ticks_per_unit, cumulative[:-1]))  # the last one is 1

    def fill(self, rows: slice, u: Floats, out: Floats) -> None:
        """Write the quantiles."""
        for (values, cumulative), u_row, out_row in zip(self.steps[rows], u, out, strict=True):
            np.take(values, np.searchsorted(cumulative, u_row), out=out_row, mode="clip")


class ShiftedRows:
    """Other estimates plus a number each, never below 0."""

    def __init__(self, estimates: Sequence[Shifted], ticks_per_unit: float) -> None:
        # One by one: their kinds differ.
        self.inner = [ROWS[type(each.estimate)]([each.estimate], ticks_per_unit) for each in estimates]
        self.by = np.array([[each.by] for each in estimates]) * ticks_per_unit

    def fill(self, rows: slice, u: Floats, out: Floats) -> None:
        """Write the quantiles."""
        for number, inner in enumerate(self.inner[rows]):
            inner.fill(slice(0, 1), u[number : number + 1], out[number : number + 1])
        np.add(out, self.by[rows], out=out)
        np.maximum(out, 0.0, out=out)


class PertRows:
    """PERT: a beta distribution between low and high, from tables shared over all modes.

    Inverting the beta distribution function costs a microsecond, so it is done once on a grid of mode positions;
    a task's own table is a cubic through the four nearest of them, and its draws are looked up there.
    """

    def __init__(self, estimates: Sequence[Pert], ticks_per_unit: float) -> None:
        low, high = _columns([each.limits for each in estimates], ticks_per_unit)
        mode = np.array([[each.mode] for each in estimates]) * ticks_per_unit
        width = high - low
        position = np.divide(mode - low, width, out=np.full_like(low, 0.5), where=width > 0)
        self.weights = [each.weight for each in estimates]
        self.shapes = list(zip(low[:, 0].tolist(), high[:, 0].tolist(), position[:, 0].tolist(), strict=True))
        self.clipped = bool((low < 0).any())
        self._tables: dict[int, Floats] = {}

    def fill(self, rows: slice, u: Floats, out: Floats) -> None:
        """Write the quantiles."""
        if u.shape[1] <= FEW_DRAWS and u.shape[0] >= MANY_ROWS and len(weights := set(self.weights[rows])) == 1:
            (weight,) = weights
            if weight <= LARGEST_SHARED_WEIGHT:
                self._fill_few(rows, weight, u, out)
                return
        numbers = range(rows.start, rows.stop)
        for row, place, u_row, out_row in zip(numbers, located(u, out), u, out, strict=True):
            interpolate_at(self._table(row), place, u_row, out_row)
        if self.clipped:
            np.maximum(out, 0.0, out=out)

    def _fill_few(self, rows: slice, weight: float, u: Floats, out: Floats) -> None:
        """Write quantiles of so few draws that tables are not worth their time: the same cubics, where draws fall."""
        low, high, position = np.array(self.shapes[rows]).T
        starts, factors = nodes_about(position)
        nodes = family(weight, starts).ravel()
        place = locate(u, out)
        upper = place >= KNOTS
        place -= upper * KNOTS
        place += np.where(upper, starts[:, 1:], starts[:, :1])
        base = np.where(upper, high[:, None], low[:, None])
        slope = np.where(upper, (low - high)[:, None], (high - low)[:, None])
        below = np.empty_like(out)
        for ends in (below, out):
            for i in range(4):
                factor = np.where(upper, factors[:, 4 + i, None], factors[:, i, None])
                part = nodes.take(place + i * KNOTS, mode="clip") * factor
                np.add(ends, part, out=ends) if i else np.copyto(ends, part)
            np.multiply(ends, slope, out=ends)
            np.add(ends, base, out=ends)
            place += 1
        np.subtract(out, below, out=out)
        np.multiply(out, u, out=out)
        np.add(out, below, out=out)
        if self.clipped:
            np.maximum(out, 0.0, out=out)

    def _table(self, row: int) -> Floats:
        table = self._tables.get(row)
        if table is None:
            low, high, position = self.shapes[row]
            table = unit_tails(position, self.weights[row]) * (high - low)
            np.add(low, table[0], out=table[0])
            np.subtract(high, table[1], out=table[1])
            table = table.ravel()
            if len(self._tables) < MOST_TABLES_KEPT or self.weights[row] > LARGEST_SHARED_WEIGHT:
                self._tables[row] = table
        return table


FEW_DRAWS, MANY_ROWS = 256, 16  # of a single row its table is kept, and the next block finds it
MOST_TABLES_KEPT = 1024  # 32 MB; beyond that, building a table anew costs less than the memory
LARGEST_SHARED_WEIGHT = 8.0


@lru_cache(maxsize=1)
def _node_list() -> list[float]:
    return mode_nodes().tolist()  # type: ignore[no-any-return]


@lru_cache(maxsize=256)  # tasks with one template have one shape: 8 MB
def unit_tails(position: float, weight: float) -> Floats:
    """Return the quantiles of a PERT on (0, 1) in its lower tail, and their distance from 1 in the upper one.

    Parameters
    ----------
    position : float
        Of the mode, 0–1.
    weight : float
        Of the mode. Above `LARGEST_SHARED_WEIGHT` shapes change too fast with the mode for the shared grid, and
        each is computed by itself.

    Returns
    -------
    ndarray, shape (2, KNOTS)
        Within 1e-7 of the exact quantiles at the knots.
    """
    if weight > LARGEST_SHARED_WEIGHT:
        from scipy.special import betaincinv

        modes = np.array([[position], [1 - position]])
        return np.asarray(betaincinv(1 + weight * modes, 1 + weight * (1 - modes), tail_knots()), dtype=float)
    tails = np.empty((2, KNOTS))
    # The upper tail of a shape is the lower tail of its mirror image.
    for at, tail in zip((position, 1.0 - position), tails, strict=True):
        _fill_cubic(at, weight, tail)
    return tails


def _fill_cubic(at: float, weight: float, out: Floats) -> None:
    """Interpolate the shared quantiles at a mode by the cubic through the four nearest nodes (Lagrange)."""
    nodes = _node_list()
    first = min(max(bisect.bisect_left(nodes, at) - 2, 0), MODE_NODES - 4)
    x = nodes[first : first + 4]
    part = np.empty_like(out)
    # Term by term: the order of summation of a matrix product is the machine's.
    for i in range(4):
        factor = 1.0
        for j in range(4):
            if j != i:
                factor *= (at - x[j]) / (x[i] - x[j])
        np.multiply(shared_quantiles(first + i, weight), factor, out=part if i else out)
        if i:
            np.add(out, part, out=out)


def _columns(pairs: Sequence[tuple[float, float]], scale: float) -> tuple[Floats, Floats]:
    array = np.array(pairs, dtype=float) * scale
    return array[:, :1], array[:, 1:]


ROWS: dict[type[Estimate], type[QuantileRows]] = {
    Fixed: FixedRows,
    Uniform: UniformRows,
    Triangular: TriangularRows,
    Pert: PertRows,
    Discrete: StepRows,
    Empirical: StepRows,
    Normal: NormalRows,
    Lognormal: LognormalRows,
    Exponential: ExponentialRows,
    Gamma: GammaRows,
    Weibull: WeibullRows,
    BetaScaled: BetaScaledRows,
    Trapezoid: TrapezoidRows,
    Histogram: HistogramRows,
    Metalog: PiecewiseRows,
    Mixture: PiecewiseRows,
    Scipy: PiecewiseRows,
    Shifted: ShiftedRows,
    Truncated: PiecewiseRows,
}
"""How each kind of estimate is sampled."""
