"""A tape made ready for the interpreter: without what nobody needs, with a row of memory for every value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.compiled.interpreter import OPERATIONS, run_tape
from schedrisk.compiled.lowering import lower
from schedrisk.compiled.tape import Tape

__all__ = ["ClockTables", "Program"]

SPECIAL = ("arrive", "add", "place", "copy", "hand back", "hand on", "fill mask")


@dataclass(frozen=True, eq=False)
class ClockTables:
    """The tables of some clocks, as the interpreter reads them.

    Attributes
    ----------
    numbers : ndarray of int64, shape (n_clocks, 16)
        First, width, count and place of the cells of clock time; the same of working time; the instant of tick 0;
        count and place of the spans; first, after, worked_first, worked_after and work_per_week of the calendar.
    cells : ndarray of float64, 1-D
    spans : ndarray of int64, 1-D
    """

    numbers: Ints
    cells: Floats
    spans: Ints


@dataclass(frozen=True, eq=False)
class Program:
    """What the interpreter runs.

    Attributes
    ----------
    code, constants, links, lags : ndarray
        See `run_tape`.
    clocks : ClockTables
    n_rows : int
        Rows of memory that it needs.
    n_inputs : int
        The first rows, which are there from the beginning.
    n_counters : int
    outputs : ndarray of int
        Rows that hold what was asked for.
    """

    code: Ints
    constants: Floats
    links: Ints
    lags: Floats
    clocks: ClockTables
    n_rows: int
    n_inputs: int
    n_counters: int
    outputs: Ints

    @classmethod
    def of(cls, tape: Tape, outputs: Sequence[int], clocks: ClockTables) -> Program:
        """Make a tape ready.

        Parameters
        ----------
        tape : Tape
        outputs : sequence of int
            Values that are wanted in the end.
        clocks : ClockTables
        """
        code = np.array(tape.code, dtype=np.int64).reshape(-1, 8)
        links = np.array(tape.links, dtype=np.int64).reshape(-1, 2)
        names = np.array([OPERATIONS[name] for name in SPECIAL], dtype=np.int64)
        wanted = np.array(outputs, dtype=np.int64)
        made, origins, link_rows, output_rows, n_rows = lower(
            code, np.array(tape.constants), links, wanted, tape.n_values, tape.n_inputs, names
        )  # fmt: skip
        constants = np.array(tape.constants, dtype=float)[origins]
        return cls(
            made, constants, link_rows, np.array(tape.lags, dtype=float), clocks, int(n_rows), tape.n_inputs,
            tape.n_counters, output_rows,
        )  # fmt: skip

    def run(self, rows: Floats, counters: Ints) -> None:
        """Run it over a block of draws.

        Parameters
        ----------
        rows : ndarray, shape (n_rows, n_draws), in C order
            With the inputs in its first rows.
        counters : ndarray of int64, shape (n_counters,)
            What is counted is added.
        """
        tables = self.clocks
        run_tape(
            self.code, self.constants, self.links, self.lags, rows, rows.view(np.int64), tables.numbers, tables.cells,
            tables.spans, counters,
        )  # fmt: skip
