"""The passes over a network, recorded once so that the compiled engine can run them.

Nothing about scheduling is said here: the passes of `cpm` are run on rows of a tape in place of rows of numbers. Only
plain rows, which most are, are taken down in a shorter form.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.calendars import PLAIN
from schedrisk.compiled.program import Program
from schedrisk.compiled.tape import Constant, Link, Tape
from schedrisk.compiled.tracing import Matrix, Row
from schedrisk.cpm import Early
from schedrisk.engine.dates import pass_forward
from schedrisk.engine.plain_recording import PlainRows, all_plain
from schedrisk.engine.traced_clocks import TracedClocks
from schedrisk.network import Arc, Network
from schedrisk.sample import Sample, State, Timed

__all__ = ["Recording", "fill_inputs"]


class Recording:
    """The forward pass over a network, on a tape; what is wanted further can be recorded after it.

    Parameters
    ----------
    network : Network
    specimen : Sample
        Of any draws: what is sampled beside durations.

    Attributes
    ----------
    tape : Tape
    network : Network
        With clocks of the tape.
    early : Early
        Of rows of the tape.
    overridden : dict of (int, int) to int
        The counter of each overriding date, as (row, number of the constraint).
    counters : dict of int to int
        The counter of the draws in which a row is critical, where that is counted as criticality is handed back.

    Raises
    ------
    UntraceableError
        When the passes do something that a tape has no operation for.
    """

    def __init__(self, network: Network, specimen: Sample) -> None:
        self.tape = Tape()
        self.overridden: dict[tuple[int, int], int] = {}
        self.counters: dict[int, int] = {}
        self._arrivals: dict[int, tuple[list[Link], float]] = {}
        self._plain: PlainRows | None = None
        self._clocks = TracedClocks(self.tape)
        self.network = _on_tape(network, self._clocks)
        sample = self._inputs(specimen)
        self.early = Early(
            finishes=sample.durations,
            starts=np.empty_like(sample.durations),
            durations=sample.durations.copy(),
            binding=_Masks(self.tape, network),  # type: ignore[arg-type]
            sample=sample,
            timed=sample.timed,
            recorder=self,
        )
        pass_forward(self.network, self.early)

    def program(self, outputs: list[Any]) -> Program:
        """Return what runs the tape as far as it is needed for some rows, and for all that is counted."""
        return Program.of(self.tape, [row.register for row in outputs], self._clocks.tables())

    def counted(self, mask: Bools) -> int:
        """Return the counter of the draws in which a mask is true."""
        number = self.tape.new_counter()
        self.tape.effect("count", mask.register, number=number)  # type: ignore[attr-defined]
        return number

    def place_all(self, network: Network, early: Early) -> bool:
        """Place all rows, if each starts as soon as its FS links let it."""
        if all_plain(network):
            self._plain = PlainRows.placed(network, early, self.tape)
        return self._plain is not None

    def hand_back_all(self, critical: Bools) -> bool:
        """Hand back the criticality of all rows, if they were placed at once."""
        if self._plain is not None:
            self.counters = self._plain.handed_back(critical, self.tape)
        return self._plain is not None

    def place(self, network: Network, early: Early, row: int) -> bool:
        """Place a row that starts as soon as its FS links let it."""
        arcs = network.links_into[row]
        if not arcs or row in network.unsettled:
            return False
        floor = network.floor if arcs[0].lag < 0 and all(arc.lag < 0 for arc in arcs) else -np.inf
        finishes: list[Row] = early.finishes.rows  # type: ignore[attr-defined]
        links = [(finishes[arc.predecessor].register, -1, arc.lag) for arc in arcs]
        tape, own = self.tape, finishes[row]
        start = tape.emit("arrive", constant=floor, links=links)
        starts: list[Row] = early.every_start.rows  # type: ignore[attr-defined]
        starts[row].value = start
        own.value = tape.emit("add", own.register, start)
        self._arrivals[row] = links, floor
        return True

    def hand_back(self, network: Network, early: Early, row: int, critical: Bools) -> None:
        """Hand the criticality of a row to those that drive it."""
        rows: list[Row] = critical.rows  # type: ignore[attr-defined]
        if not rows[row].any():
            return
        own, arcs = rows[row].register, network.links_into[row]
        if row in self._arrivals:
            arrivals, floor = self._arrivals[row]
            links = [
                (finish, rows[arc.predecessor].cell(), lag)
                for arc, (finish, _, lag) in zip(arcs, arrivals, strict=True)
            ]
            self.counters[row] = self.tape.new_counter()
            self.tape.effect("hand back", own, constant=floor, number=self.counters[row], links=links)
            return
        always = Row(self.tape, Constant(1.0, mask=True), mask=True)
        masks: Any = [always] if row in network.sure else early.every_mask[row]
        for arc, mask in zip(arcs, masks, strict=True):
            if mask.any():
                binds = own if isinstance(mask.value, Constant) else mask.register
                self.tape.effect("hand on", rows[arc.predecessor].cell(), own, binds)

    def count_overridden(self, key: tuple[int, int], mask: Bools) -> None:
        """Count the draws in which a date overrode logic."""
        self.overridden[key] = self.counted(mask)

    def _inputs(self, specimen: Sample) -> Sample:
        """Return a sample of rows of the tape, in the order in which `fill_inputs` writes them."""
        durations = self._matrix(len(specimen.durations))
        absent = {row: Row(self.tape, self.tape.input(), mask=True) for row in specimen.absent}
        lags, dates = self._matrix(len(specimen.lags)), self._matrix(len(specimen.dates))
        timed = {
            row: Timed(tuple(self._state(state) for state in each.states), each.leads)
            for row, each in specimen.timed.items()
        }
        return Sample(0, durations, absent, timed, lags=lags, dates=dates)  # type: ignore[arg-type]

    def _matrix(self, n_rows: int) -> Matrix:
        return Matrix(self.tape, [Row(self.tape, self.tape.input()) for _ in range(n_rows)])

    def _state(self, state: State) -> State:
        estimate = Row(self.tape, self.tape.input())
        return State(estimate, tuple(replace(each, values=Row(self.tape, self.tape.input())) for each in state.strikes))  # type: ignore[arg-type]


class _Masks(dict[int, list[Row]]):
    """Of each row of a network masks for its links, nowhere true to begin with; made when they are asked for."""

    def __init__(self, tape: Tape, network: Network) -> None:
        super().__init__()
        self._tape, self._links = tape, network.links_into

    def __missing__(self, row: int) -> list[Row]:
        nothing = Constant(0.0, mask=True)
        self[row] = [Row(self._tape, nothing, mask=True) for _ in self._links[row]]
        return self[row]


def fill_inputs(sample: Sample, rows: Floats, masks: Ints) -> None:
    """Write what is sampled beside durations into the rows that a program reads it from.

    Parameters
    ----------
    sample : Sample
    rows : ndarray, shape (n_rows, n_draws)
        Of the program.
    masks : ndarray of int64, shape (n_rows, n_draws)
        The same memory.
    """
    place = len(sample.durations)
    for gone in sample.absent.values():
        np.negative(gone, out=masks[place], dtype=np.int64, casting="unsafe")
        place += 1
    for values in _numbers(sample):
        rows[place] = values
        place += 1


def _numbers(sample: Sample) -> Iterator[Floats]:
    yield from sample.lags
    yield from sample.dates
    for timed in sample.timed.values():
        for state in timed.states:
            yield state.estimate
            yield from (strike.values for strike in state.strikes)


def _on_tape(network: Network, clocks: TracedClocks) -> Network:
    """Return a network with clocks of the tape."""
    rules = {
        rule: replace(
            rule, clock=clocks[rule.clock], parts=tuple((clocks[clock], share) for clock, share in rule.parts)
        )
        for rule in dict.fromkeys(network.rules)
        if rule is not None
    }
    made = copy.copy(network)
    made.__dict__.update(
        links_into=tuple(
            tuple([arc if arc.clock is PLAIN else Arc(*arc[:3], clocks[arc.clock], *arc[4:]) for arc in arcs])
            for arcs in network.links_into
        ),
        rules=tuple(None if rule is None else rules[rule] for rule in network.rules),
        spans={row: span.on(clocks) for row, span in network.spans.items()},
        clocks=tuple(clocks[clock] for clock in network.clocks),
    )
    return made
