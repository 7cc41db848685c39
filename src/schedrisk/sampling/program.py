"""Programs of rows for the compiled loops: what is drawn, from which streams, into which rows, in flat arrays."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from schedrisk._typing import Floats, Ints, Words
from schedrisk.compiled import drawing, layout, triangles
from schedrisk.sampling import latin, sobol
from schedrisk.sampling.correlation import CorrelatedRows, Scores
from schedrisk.sampling.design import Design, Streams
from schedrisk.sampling.flat import Description, Tables, described, recipes_for
from schedrisk.sampling.groups import Group
from schedrisk.sampling.scores import probability_table, score_table, t_table
from schedrisk.sampling.streams import derived_seeds

__all__ = ["Program", "ProgramBuilder"]

NOTHING_SHARED = np.empty((0, 0)), np.empty((0, 0))
PURPOSES = {"random": latin.PURPOSE, "latin": latin.PURPOSE, "sobol": sobol.PURPOSE}
FEWEST_TRIANGULAR = 4  # two more are drawn for nothing
FEWEST_OCTAVES, MOST_OCTAVES = 3, 12


@dataclass(frozen=True, eq=False)
class Program:
    """Rows that are drawn by one call of the compiled loops.

    Attributes
    ----------
    bits : int
        Of the size of a replicate of stratified draws.
    arrays : tuple
        What `schedrisk.compiled.drawing.fill_rows` takes after its first three arguments, but for what draws have in
        common and the result.
    triangular : tuple, optional
        What `schedrisk.compiled.triangles.fill_triangular` takes after its first argument, but for the result; None
        where no rows are drawn by it.
    """

    bits: int
    arrays: tuple[Any, ...]
    triangular: tuple[Any, ...] | None = None

    def fill(self, first: int, out: Floats, shared: Scores | None = None) -> None:
        """Draw the rows of a block of draws.

        Parameters
        ----------
        first : int
            Number of the first draw.
        out : ndarray, shape (n, n_draws)
            In C order; other rows stay as they are.
        shared : Scores, optional
            What draws have in common.
        """
        if self.triangular is not None:
            triangles.fill_triangular(first, *self.triangular, out)  # type: ignore[call-arg]
        if not self.arrays[0].size:
            return
        common = NOTHING_SHARED if shared is None else (shared.values, shared.mixing)
        # A table of the middle costs as much as looking so many draws up farther out.
        octaves = min(max(int(out.shape[1]).bit_length() - 3, FEWEST_OCTAVES), MOST_OCTAVES)
        drawing.fill_rows(first, self.bits, octaves, *self.arrays, common, out)  # type: ignore[call-arg]


class ProgramBuilder:
    """Collects rows of a program.

    Parameters
    ----------
    design : Design
    """

    def __init__(self, design: Design) -> None:
        self._design = design
        self._tables = Tables(design.n_draws)
        self._recipes: list[Ints] = []
        self._parameters: list[Floats] = []
        self._keys: list[Words] = []
        self._digits: list[Words] = []
        self._blends: list[Ints] = []
        self._weights: list[Floats] = []

    def add_group(self, group: Group, rows: ArrayLike, whole: ArrayLike) -> bool:
        """Add rows of one kind of estimate, if the compiled loops know it.

        Parameters
        ----------
        group : Group
        rows, whole : array_like, shape (n_rows,)
            Into which row each is drawn, and whether it is rounded.
        """
        description = described(group.quantiles, self._tables)
        if description is None:
            return False
        streams = group.streams if group.random else None
        self._add(description, streams, rows, whole, group.correlated)
        return True

    def add_uniforms(self, streams: Streams, first_row: int = 0, correlated: CorrelatedRows | None = None) -> None:
        """Add the uniform numbers of some streams, into rows from `first_row` on."""
        n_rows = streams.keys.size
        recipes, parameters = recipes_for(n_rows, layout.LINE)
        parameters[:, :3] = 1.0, 0.0, -np.inf
        self._add((recipes, parameters), streams, np.arange(first_row, first_row + n_rows), 0, correlated)

    def add_scores(self, streams: Streams, first_row: int = 0, scale: float = 1.0, *, whole: bool = False) -> None:
        """Add the standard normal scores of some streams, times a number, into rows from `first_row` on."""
        n_rows = streams.keys.size
        recipes, parameters = recipes_for(n_rows, layout.LINEAR_TABLE)
        recipes[:, layout.FIRST] = self._tables.add("scores", score_table)
        parameters[:, :3] = scale, 0.0, -np.inf
        self._add((recipes, parameters), streams, np.arange(first_row, first_row + n_rows), whole)

    def add_curved(self, streams: Streams, tables: Sequence[tuple[Hashable, Floats]]) -> None:
        """Add quantiles from tables for `interpolate_curved`, each with what tells it from others, into rows from 0."""
        recipes, parameters = recipes_for(len(tables), layout.CURVED_TABLE)
        recipes[:, layout.FIRST] = [self._tables.add_curved(key, np.asarray, table) for key, table in tables]
        parameters[:, :3] = 1.0, 0.0, -np.inf
        self._add((recipes, parameters), streams, np.arange(len(tables)), 0)

    def _add(
        self, description: Description, streams: Streams | None, rows: ArrayLike, whole: ArrayLike,
        correlated: CorrelatedRows | None = None,
    ) -> None:  # fmt: skip
        recipes, parameters = description
        keys = np.zeros((len(recipes), 2), dtype=np.uint64)
        recipes[:, layout.ROW], recipes[:, layout.WHOLE] = rows, whole
        if streams is not None:
            self._add_streams(streams, recipes, keys)
        if correlated is not None:
            self._add_blends(correlated, recipes)
        # Families of PERT one after another, so that what they share stays in the cache.
        order = np.lexsort((recipes[:, layout.FIRST], recipes[:, layout.QUANTILE] == layout.PERT_FAMILY))
        self._recipes.append(recipes[order])
        self._parameters.append(parameters[order])
        self._keys.append(keys[order])

    def _add_streams(self, streams: Streams, recipes: Ints, keys: Words) -> None:
        kind = self._design.kind if streams.stratified else "random"
        keys[:, :1] = streams.keys
        keys[:, 1:] = derived_seeds(streams.keys, PURPOSES[kind])
        recipes[:, layout.STREAM] = layout.LATIN if kind == "latin" else layout.RANDOM
        if kind == "sobol":
            placed = np.flatnonzero(streams.dimensions >= 0)
            dimensions = streams.dimensions[placed]
            numbers = sobol.direction_numbers(int(dimensions.max(initial=-1)) + 1, self._design.bits)
            recipes[placed, layout.STREAM] = layout.SOBOL
            recipes[placed, layout.DIGITS] = sum(map(len, self._digits)) + np.arange(placed.size)
            self._digits.append(numbers[dimensions])

    def _add_blends(self, correlated: CorrelatedRows, recipes: Ints) -> None:
        n_rows = correlated.places.size
        blends = np.zeros((n_rows, layout.BLEND_COLUMNS), dtype=np.int64)
        weights = np.zeros((n_rows, layout.WEIGHT_COLUMNS))
        blends[:, layout.SCORE], blends[:, layout.MIXING] = correlated.scores, correlated.mixing
        weights[:, layout.COMMON], weights[:, layout.OWN] = correlated.common[:, 0], correlated.own[:, 0]
        weights[:, layout.FREEDOM] = correlated.degrees_of_freedom
        if correlated.floor is not None:
            blends[:, layout.FLOORED], weights[:, layout.FLOOR] = 1, correlated.floor[:, 0]
        for place in np.flatnonzero(correlated.mixing >= 0).tolist():
            freedom = float(correlated.degrees_of_freedom[place])
            blends[place, layout.T_TABLE] = self._tables.add_curved(("t", freedom), t_table, freedom)
        recipes[correlated.places, layout.BLEND] = sum(map(len, self._blends)) + np.arange(n_rows)
        self._blends.append(blends)
        self._weights.append(weights)

    def program(self) -> Program | None:
        """Return the program; None where nothing was added."""
        if not self._recipes:
            return None
        tables = (score_table(), probability_table()) if self._blends else (np.empty(0), np.empty(0))
        bits = self._design.bits
        recipes, parameters = np.concatenate(self._recipes), np.concatenate(self._parameters)
        keys = np.concatenate(self._keys)
        kinds = recipes[:, [layout.STREAM, layout.QUANTILE, layout.SHIFTED, layout.BLEND]]
        alone = (kinds == [layout.RANDOM, layout.TRIANGULAR, 0, -1]).all(axis=1)
        triangular = None
        if np.count_nonzero(alone) >= FEWEST_TRIANGULAR:
            whole = recipes[alone, layout.WHOLE] != 0
            rows = np.ascontiguousarray(recipes[alone, layout.ROW])
            triangular = rows, whole, np.ascontiguousarray(keys[alone, 0]), parameters[alone]
            recipes, parameters, keys = recipes[~alone], parameters[~alone], keys[~alone]
        arrays = (
            recipes,
            parameters,
            keys,
            np.concatenate([*self._digits, np.empty((0, bits), dtype=np.uint64)]),
            self._tables.numbers,
            self._tables.guides,
            np.concatenate([*self._blends, np.empty((0, layout.BLEND_COLUMNS), dtype=np.int64)]),
            np.concatenate([*self._weights, np.empty((0, layout.WEIGHT_COLUMNS))]),
            tables,
        )
        return Program(bits, arrays, triangular)
