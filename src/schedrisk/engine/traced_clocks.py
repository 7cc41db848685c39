"""Calendars on a tape: what turns instants to working time there, and the tables that the interpreter does it with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from schedrisk.calendars import PLAIN, Clock
from schedrisk.calendars.clock import ElapsedClock, WorkingClock
from schedrisk.compiled.program import ClockTables
from schedrisk.compiled.support import UntraceableError
from schedrisk.compiled.tape import Constant, Tape, Value
from schedrisk.compiled.tracing import Matrix, Row

__all__ = ["TracedClock", "TracedClocks"]

MOST_CHOICES = 20  # of the later of two moments, one in another


class TracedClock:
    """A clock on a tape.

    Parameters
    ----------
    clock : Clock
    number : int
        Among the clocks of the tape.
    """

    def __init__(self, clock: Clock, number: int) -> None:
        self._clock, self._number = clock, number
        self._known: dict[tuple[str, int], Value] = {}

    def work(self, instant: Any) -> Any:
        """Note down that instants become working time."""
        return self._turned("work", instant)

    def start(self, work: Any) -> Any:
        """Note down that working time becomes the instant at which work goes on."""
        return self._turned("start", work)

    def finish(self, work: Any) -> Any:
        """Note down that working time becomes the instant at which it has passed."""
        return self._turned("finish", work)

    def _turned(self, name: str, given: Any) -> Any:
        if isinstance(given, Matrix):
            return Matrix(given.tape, (self._turned(name, row) for row in given.rows))
        if not isinstance(given, Row):
            return getattr(self._clock, name)(given)
        return Row(given.tape, self._of(given.tape, name, given.value))

    def _of(self, tape: Tape, name: str, value: Value) -> Value:
        if isinstance(value, Constant):
            return Constant(float(getattr(self._clock, name)(np.array([value.value]))[0]))
        if (name, value) not in self._known:
            short = self._short(tape, value) if name == "work" else None
            if short is None:
                short = tape.emit(name, value, number=self._number)
                tape.turned[short] = name, self._number, value
            self._known[name, value] = short
        return self._known[name, value]

    def _short(self, tape: Tape, instant: int) -> Value | None:
        """Return the working time at an instant that this clock has made of working time, or the latest of a few such.

        It is what it was made of: a clock turns the working time of a moment into that moment, and never lets a later
        moment have less.
        """
        origin = tape.origin(instant)
        if origin is None or origin[0] != self._number or origin[1] > MOST_CHOICES:
            return None
        if instant in tape.turned:
            return tape.turned[instant][2]
        first, second = (Row(tape, self._of(tape, "work", each)) for each in tape.latest[instant][2:])
        latest: Any = np.maximum(first, second)
        known: Value = latest.value
        return known


class TracedClocks(Mapping[Clock, Clock]):
    """The clocks of a tape.

    Parameters
    ----------
    tape : Tape
    """

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._traced: dict[Clock, Clock] = {}
        self._originals: list[WorkingClock] = []

    def __getitem__(self, clock: Clock) -> Clock:
        """Return what stands for a clock on the tape."""
        if clock is PLAIN or isinstance(clock, ElapsedClock):  # these only add a number
            return clock
        if not isinstance(clock, WorkingClock):
            raise UntraceableError(f"a {type(clock).__name__}")
        if clock not in self._traced:
            self._traced[clock] = TracedClock(clock, len(self._originals))
            self._originals.append(clock)
        return self._traced[clock]

    def __iter__(self) -> Iterator[Clock]:
        return iter(self._traced)

    def __len__(self) -> int:
        return len(self._traced)

    def tables(self) -> ClockTables:
        """Return the tables of all of them."""
        numbers = np.zeros((len(self._originals), 16), dtype=np.int64)
        cells: list[Any] = []
        spans: list[Any] = []
        n_cells = n_spans = 0
        for row, clock in zip(numbers, self._originals, strict=True):
            for place, table in enumerate(clock.cells):
                if table is not None:
                    row[4 * place : 4 * place + 4] = table.first, table.width, table.count, n_cells
                    cells += table.columns
                    n_cells += 3 * table.count
            calendar = clock.calendar
            row[8:] = (
                clock.epoch, calendar.starts.size, n_spans, calendar.first, calendar.after, calendar.worked_first,
                calendar.worked_after, calendar.work_per_week,
            )  # fmt: skip
            spans += (calendar.starts, calendar.lengths, calendar.worked)
            n_spans += 3 * calendar.starts.size
        return ClockTables(
            numbers,
            np.concatenate([*cells, np.zeros(1)]),
            np.concatenate([*spans, np.zeros(1, dtype=np.int64)]),
        )
