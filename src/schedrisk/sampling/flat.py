"""Quantile functions and streams as flat arrays, for compiled loops over rows.

Each function describes the rows of one class of `schedrisk.sampling.quantiles` and its kin in the columns that
`schedrisk.compiled.layout` names. To have a new kind drawn by the compiled loops, describe it in `DESCRIBED`; what is
not described is drawn by NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from schedrisk._typing import Floats, Ints
from schedrisk.compiled import drawing, layout
from schedrisk.sampling.nodes import family, nodes_about
from schedrisk.sampling.piecewise import LOWEST, PiecewiseRows
from schedrisk.sampling.quantiles import (
    LARGEST_SHARED_WEIGHT,
    FixedRows,
    HistogramRows,
    PertRows,
    QuantileRows,
    ShiftedRows,
    StepRows,
    TrapezoidRows,
    TriangularRows,
    UniformRows,
)
from schedrisk.sampling.tables import KNOTS
from schedrisk.sampling.tabulated import TabulatedRows

__all__ = ["Tables", "described", "recipes_for"]

MOST_OWN_TABLES = 1_000
"""Of PERT distributions: 32 MB stay in a cache; with more, tables of their middles, made anew for every block, are quicker."""

REPAYS_OWN_TABLE = 10_000
"""From how many draws of a shape on its table repays the time that it takes to make it."""

MOST_TABLE_BYTES = 256 * 1024**2
"""Of the tables of one group; with more, NumPy makes them as it goes."""

FINEST_GUIDE = 14

PAST_ALL = 2.0
"""A knot that no number reaches, so that a search ends."""

Description: TypeAlias = tuple[Ints, Floats]
"""Recipes and parameters of rows."""


class Tables:
    """Collects the tables of a program, each once.

    Parameters
    ----------
    n_draws : int
        How often each row will be drawn.
    """

    def __init__(self, n_draws: int) -> None:
        self.n_draws = n_draws
        self._numbers: list[Floats] = []
        self._guides: list[Ints] = []
        self._sizes = [0, 0]
        self._known: dict[Hashable, int] = {}
        self._guided: dict[Hashable, int] = {}

    def add(self, key: Hashable, make: Callable[..., Floats], *given: Any) -> int:
        """Return where the table of this key begins; it is made of what is given if it is new."""
        start = self._known.get(key)
        if start is None:
            table = np.ravel(make(*given))
            start = self._known[key] = self._sizes[0]
            self._numbers.append(table)
            self._sizes[0] += table.size
        return start

    def add_guide(self, key: Hashable, knots: Floats, fineness: int) -> int:
        """Return where the guide of a table begins: the first and the last piece of each of 2 to that power cells."""
        start = self._guided.get(key)
        if start is None:
            ends = np.searchsorted(knots, np.arange((1 << fineness) + 1) / (1 << fineness))
            start = self._guided[key] = self._sizes[1]
            self._guides.append(np.stack([ends[:-1], ends[1:]], axis=1).ravel())
            self._sizes[1] += 2 << fineness
        return start

    def add_curved(self, key: Hashable, make: Callable[..., Floats], *given: Any) -> int:
        """Return where a table for `interpolate_curved` begins; values and bends stand side by side."""
        return self.add(key, lambda: np.ascontiguousarray(make(*given).T))

    @property
    def numbers(self) -> Floats:
        """All tables, one after another."""
        # A single one may be large, and is not worth a copy; but kernels are compiled for arrays that can be written to.
        if len(self._numbers) == 1 and self._numbers[0].flags.writeable:
            return self._numbers[0]
        return np.concatenate([*self._numbers, np.zeros(1)])

    @property
    def guides(self) -> Ints:
        """All guides, one after another."""
        return np.concatenate([*self._guides, np.zeros(1, dtype=np.int64)])


def recipes_for(n_rows: int, quantile: int) -> Description:
    """Return recipes and parameters of rows with nothing in common, to be filled in."""
    recipes = np.zeros((n_rows, layout.RECIPE), dtype=np.int64)
    recipes[:, layout.QUANTILE] = quantile
    recipes[:, layout.BLEND] = -1
    return recipes, np.zeros((n_rows, layout.PARAMETERS))


def described(rows: QuantileRows, tables: Tables) -> Description | None:
    """Return recipes and parameters of quantile functions; None where the compiled loops do not know them."""
    for kind in type(rows).__mro__:
        if kind in DESCRIBED:
            return DESCRIBED[kind](rows, tables)
    return None


def _with(quantile: int, n_rows: int, columns: Mapping[int, Any]) -> Description:
    """Return the description of rows, given some of their parameters: a column each, or one number for all."""
    recipes, parameters = recipes_for(n_rows, quantile)
    for place, column in columns.items():
        parameters[:, place] = np.reshape(column, -1)
    return recipes, parameters


def _least(*, clipped: bool) -> float:
    return 0.0 if clipped else -np.inf


def _fixed(rows: FixedRows, _: Tables) -> Description:
    return _line(rows.values, scale=0.0, location=rows.values, least=-np.inf)


def _uniform(rows: UniformRows, _: Tables) -> Description:
    return _line(rows.low, scale=rows.width, location=rows.low, least=_least(clipped=rows.clipped))


def _line(column: Floats, *, scale: ArrayLike, location: ArrayLike, least: float) -> Description:
    return _with(layout.LINE, len(column), {layout.SCALE: scale, layout.LOCATION: location, layout.LEAST: least})


def _triangular(rows: TriangularRows, _: Tables) -> Description:
    columns = {
        layout.CUT: rows.cut,
        layout.RISING: rows.rising,
        layout.FALLING: rows.falling,
        layout.BELOW: np.sqrt(rows.cut * rows.rising),
        layout.ABOVE: np.sqrt(rows.cut_above * rows.falling),
        layout.OFFSET: rows.offset,
        layout.LEAST: _least(clipped=rows.clipped),
    }
    return _with(layout.TRIANGULAR, len(rows.cut), columns)


def _trapezoid(rows: TrapezoidRows, _: Tables) -> Description:
    columns = {
        layout.CUT: rows.first,
        layout.END: rows.end,
        layout.LAST: rows.last,
        layout.RISING: rows.rising,
        layout.SLOPE: rows.slope,
        layout.FALLING: rows.falling,
        layout.OFFSET: rows.offset,
        layout.LEAST: _least(clipped=rows.clipped),
    }
    return _with(layout.TRAPEZOID, len(rows.first), columns)


def _tabulated(rows: TabulatedRows, tables: Tables) -> Description | None:
    if len(set(rows.shapes)) * 32 * KNOTS > MOST_TABLE_BYTES:
        return None
    columns = {layout.SCALE: rows.scales, layout.LOCATION: rows.locations, layout.LEAST: 0.0}
    recipes, parameters = _with(layout.CURVED_TABLE, len(rows.shapes), columns)
    for place, shape in enumerate(rows.shapes):
        recipes[place, layout.FIRST] = tables.add_curved((type(rows), shape), rows.make_table, shape)
    return recipes, parameters


def _piecewise(rows: PiecewiseRows, tables: Tables) -> Description:
    columns = {layout.SCALE: rows.scale, layout.LEAST: 0.0, layout.TAIL: LOWEST}
    recipes, parameters = _with(layout.PIECES, len(rows.tables), columns)
    for place, table in enumerate(rows.tables):
        each = table.knots, table.starts, table.slopes, table.values, table.rises, table.bends
        _add_pieces(tables, recipes, place, np.stack(each, axis=1))
    return recipes, parameters


def _histogram(rows: HistogramRows, tables: Tables) -> Description:
    recipes, parameters = _with(layout.PIECES, len(rows.bins), {layout.SCALE: 1.0, layout.LEAST: -np.inf})
    for place, (lows, slopes, below) in enumerate(rows.bins):
        knots = np.append(below[1:], PAST_ALL)
        zeros = np.zeros_like(lows)
        _add_pieces(tables, recipes, place, np.stack([knots, below, slopes, lows, zeros + 1.0, zeros], axis=1))
    return recipes, parameters


def _steps(rows: StepRows, tables: Tables) -> Description:
    recipes, parameters = _with(layout.PIECES, len(rows.steps), {layout.SCALE: 1.0, layout.LEAST: -np.inf})
    for place, (values, cumulative) in enumerate(rows.steps):
        knots, zeros = np.append(cumulative, PAST_ALL), np.zeros_like(values)
        _add_pieces(tables, recipes, place, np.stack([knots, zeros, zeros, values, zeros, zeros], axis=1))
    return recipes, parameters


def _add_pieces(tables: Tables, recipes: Ints, row: int, pieces: Floats) -> None:
    """Enter into a recipe where its pieces begin, and where their guide does."""
    key = pieces.tobytes()
    recipes[row, layout.FIRST] = tables.add(key, np.pad, pieces, ((0, 0), (0, layout.PIECE_COLUMNS - pieces.shape[1])))
    fineness = min(FINEST_GUIDE, (2 * len(pieces)).bit_length())
    recipes[row, layout.SECOND] = tables.add_guide(key, pieces[:, layout.KNOT], fineness)
    recipes[row, layout.FINENESS] = fineness


def _shifted(rows: ShiftedRows, tables: Tables) -> Description | None:
    parts = []
    for inner in rows.inner:
        part = None if isinstance(inner, ShiftedRows) else described(inner, tables)
        if part is None:
            return None
        parts.append(part)
    recipes, parameters = (np.concatenate(each) for each in zip(*parts, strict=True))
    recipes[:, layout.SHIFTED] = 1
    parameters[:, layout.SHIFT] = rows.by[:, 0]
    return recipes, parameters


def _pert(rows: PertRows, tables: Tables) -> Description:
    shapes, weights = np.array(rows.shapes).reshape(-1, 3), np.array(rows.weights, dtype=float)
    columns = {layout.SCALE: 1.0, layout.LEAST: _least(clipped=rows.clipped)}
    recipes, parameters = _with(layout.LINEAR_TABLE, len(weights), columns)
    for weight in np.unique(weights).tolist():
        members = np.flatnonzero(weights == weight)
        if weight <= LARGEST_SHARED_WEIGHT:
            _add_family(tables, shapes[members], weight, members, recipes, parameters)
            continue
        for row in members.tolist():
            key = (PertRows, *rows.shapes[row], weight)
            recipes[row, layout.FIRST] = tables.add(key, rows._table, row)  # noqa: SLF001  (made there, and kept)
    return recipes, parameters


def _add_family(tables: Tables, shapes: Floats, weight: float, rows: Ints, recipes: Ints, parameters: Floats) -> None:
    """Describe rows of one weight, given low, high and the place of the mode of each, shape (n_rows, 3)."""
    own, which = np.unique(shapes, axis=0, return_inverse=True)
    starts, factors = nodes_about(own[:, 2])
    nodes = family(weight, starts)
    of_family, more = recipes_for(len(own), layout.PERT_FAMILY)
    of_family[:, layout.FIRST : layout.SECOND + 1] = starts
    more[:, layout.LOW : layout.HIGH + 1] = own[:, :2]
    more[:, layout.LOWER : layout.LOWER + 8] = factors
    if len(own) <= MOST_OWN_TABLES and len(rows) * tables.n_draws >= REPAYS_OWN_TABLE * len(own):
        made = np.empty((len(own), 2 * KNOTS))
        drawing.fill_pert_tables(nodes.ravel(), of_family, more, made)
        start = tables.add((PertRows, weight, own.tobytes()), np.asarray, made)
        recipes[rows, layout.FIRST] = start + which.ravel() * made.shape[1]
        return
    start = tables.add((PertRows, weight, id(nodes)), np.asarray, nodes)
    recipes[rows, layout.QUANTILE] = layout.PERT_FAMILY
    recipes[rows, layout.FIRST : layout.SECOND + 1] = start + starts[which.ravel()]
    parameters[rows, layout.LOW :] = more[which.ravel(), layout.LOW :]


DESCRIBED: dict[type[Any], Callable[[Any, Tables], Description | None]] = {
    FixedRows: _fixed,
    UniformRows: _uniform,
    TriangularRows: _triangular,
    TrapezoidRows: _trapezoid,
    PertRows: _pert,
    TabulatedRows: _tabulated,
    PiecewiseRows: _piecewise,
    HistogramRows: _histogram,
    StepRows: _steps,
    ShiftedRows: _shifted,
}
"""How the rows of each class are described."""
