"""A tape made ready for the interpreter: without what nobody needs, with a row of memory for every value."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.compiled.interpreter import OPERATIONS, run_tape
from schedrisk.compiled.tracing import Instruction, Tape

__all__ = ["ClockTables", "Program"]

COUNTING = {"count", "hand back", "hand on"}
"""Instructions that matter for what they change, not for a value that they make."""


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
        needed = _merged(_needed(tape.instructions, outputs), outputs)
        places = _Places(tape, needed, outputs)
        code: list[tuple[int, ...]] = []
        constants: list[float] = []
        links: list[tuple[int, int]] = []
        lags: list[float] = []
        for number, each in enumerate(needed):
            for name, columns in places.step(number, each, len(links)):
                code.append((OPERATIONS[name], *columns, each.number))
                constants.append(each.constant)
            links += places.links
            lags += (link.lag for link in each.links)
        return cls(
            np.array(code, dtype=np.int64).reshape(-1, 6), np.array(constants), np.array(links, dtype=np.int64).reshape(-1, 2),
            np.array(lags, dtype=float), clocks, places.n_rows, tape.n_inputs, tape.counters,
            np.array([places.of[each] for each in outputs], dtype=np.int64),
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


def _reads(each: Instruction) -> Iterable[int]:
    yield from each.operands
    if each.changes:
        yield each.out
    for link in each.links:
        yield link.finish
        if link.critical >= 0:
            yield link.critical


def _needed(instructions: Sequence[Instruction], outputs: Iterable[int]) -> list[Instruction]:
    """Return the instructions without those whose value nobody reads."""
    wanted, kept = set(outputs), []
    for each in reversed(instructions):
        if each.out in wanted or each.name in COUNTING:
            kept.append(each)
            wanted.update(_reads(each))
    return kept[::-1]


def _merged(instructions: list[Instruction], outputs: Iterable[int]) -> list[Instruction]:
    """Join the moment at which links let a row start and the sum of it and a duration, where nothing else reads it."""
    read = dict.fromkeys(outputs, 1)
    for each in instructions:
        for value in _reads(each):
            read[value] = read.get(value, 0) + 1
    made: list[Instruction] = []
    for each in instructions:
        before = made[-1] if made else None
        if (
            before is not None
            and before.name == "arrive"
            and each.name == "add"
            and each.operands[1] == before.out
            and read[before.out] == 1
        ):
            made[-1] = before._replace(name="place", out=each.out, operands=each.operands[:1])
        else:
            made.append(each)
    return made


class _Places:
    """Gives every value a row of memory, from where it is made to where it is last read.

    Attributes
    ----------
    of : dict of int to int
        The row of each value that is still needed.
    n_rows : int
    links : list of (int, int)
        Rows of the links of the last instruction.
    """

    def __init__(self, tape: Tape, instructions: Sequence[Instruction], outputs: Iterable[int]) -> None:
        self.of: dict[int, int] = {number: number for number in range(tape.n_inputs)}
        self.n_rows = tape.n_inputs
        self.links: list[tuple[int, int]] = []
        self._last = {value: number for number, each in enumerate(instructions) for value in _reads(each)}
        self._last |= dict.fromkeys(outputs, len(instructions))
        self._free = [number for number in range(tape.n_inputs) if number not in self._last]
        heapq.heapify(self._free)

    def step(self, number: int, each: Instruction, first_link: int) -> list[tuple[str, tuple[int, ...]]]:
        """Return the operations of an instruction, each with what it makes and three rows or numbers that it reads."""
        self.links = [(self.of[link.finish], self.of.get(link.critical, 0)) for link in each.links]
        operands = [self.of[value] for value in each.operands]
        span = [first_link, first_link + len(each.links)]
        made: list[tuple[str, tuple[int, ...]]] = []
        if each.name == "hand back":
            scratch = self._take()
            made.append((each.name, (operands[0], *span, scratch)))
            heapq.heappush(self._free, scratch)
        elif each.name == "place":
            # It adds to a row, which is the duration's own if nobody reads that any more.
            duration = each.operands[0]
            if self._last[duration] == number:
                self.of[each.out] = self.of.pop(duration)
            else:
                self.of[each.out] = self._take()
                made.append(("copy", (self.of[each.out], operands[0], 0, 0)))
            made.append((each.name, (self.of[each.out], *span, 0)))
        else:
            if not each.changes:
                # Never a row that it reads: loops over rows that are apart are vectorised.
                self.of[each.out] = self._take()
            read = span if each.links else operands
            made.append((each.name, (self.of.get(each.out, 0), *(*read, 0, 0, 0)[:3])))
        self._let_go(number, each)
        return made

    def _let_go(self, number: int, each: Instruction) -> None:
        for value in {*_reads(each), each.out}:
            if value in self.of and self._last.get(value, number) <= number:
                heapq.heappush(self._free, self.of.pop(value))

    def _take(self) -> int:
        if self._free:
            return heapq.heappop(self._free)
        self.n_rows += 1
        return self.n_rows - 1
