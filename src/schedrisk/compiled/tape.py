"""A tape: operations on rows of draws, noted down to be run by the compiled engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from schedrisk.compiled.interpreter import OPERATIONS
from schedrisk.compiled.support import UntraceableError

__all__ = ["ANY", "Constant", "Link", "Tape", "Value"]

ANY = -1  # clock: it turns a constant moment as well as any other


class Constant(NamedTuple):
    """A value that is the same in every draw."""

    value: float
    mask: bool = False


Value: TypeAlias = int | Constant
"""The number of what an instruction makes, or a constant."""


Link: TypeAlias = tuple[int, int, float]
"""What an operation on links reads of one of them: the values of the predecessor's finish and of its criticality (−1 for
none), and the lag."""


class Tape:
    """Operations on rows, in their order.

    Attributes
    ----------
    code : list of int
        Eight numbers for every operation: which it is, the value that it makes (−1 for none), up to three values that
        it reads (−1 for none), the number of a clock or counter, and its first link and the one after its last.
    constants : list of float
        One for every operation.
    links : list of int
        Two numbers for every link: values of a predecessor's finish and of its criticality.
    lags : list of float
        One for every link.
    n_values : int
    n_inputs : int
        The first values are rows that are there from the beginning.
    n_counters : int
    greater : dict of (int, int) to int
        The greater of two values, where it has been asked for.
    cells : set of int
        Values that operations change.
    turned : dict of int to (str, int, int)
        Of values that a clock has made: "work", "start" or "finish", the number of the clock, and of what.
    latest : dict of int to (int, int, Value, Value)
        Of values that are the greater of two moments that one clock has made of working time: the number of the clock,
        how many there are one in another, and the two.
    """

    def __init__(self) -> None:
        self.code: list[int] = []
        self.constants: list[float] = []
        self.links: list[int] = []
        self.lags: list[float] = []
        self.cells: set[int] = set()
        self.greater: dict[tuple[int, int], int] = {}
        self.turned: dict[int, tuple[str, int, int]] = {}
        self.latest: dict[int, tuple[int, int, Value, Value]] = {}
        self.n_values = self.n_inputs = self.n_counters = 0

    def input(self) -> int:
        """Return the value of a row that is there from the beginning; all of them come before anything else."""
        if self.n_values > self.n_inputs:
            raise UntraceableError("inputs come first")
        self.n_inputs += 1
        self.n_values += 1
        return self.n_values - 1

    def new_counter(self) -> int:
        """Return the number of a new counter."""
        self.n_counters += 1
        return self.n_counters - 1

    def emit(
        self, name: str, a: int = -1, b: int = -1, c: int = -1, *, constant: float = 0.0, number: int = -1,
        links: Sequence[Link] = (),
    ) -> int:  # fmt: skip
        """Note an operation down, and return the number of what it makes."""
        out = self.n_values
        self.n_values += 1
        self._note(name, out, a, b, c, constant, number, links)
        return out

    def effect(
        self, name: str, a: int, b: int = -1, c: int = -1, *, constant: float = 0.0, number: int = -1,
        links: Sequence[Link] = (),
    ) -> None:  # fmt: skip
        """Note an operation down that makes nothing, but counts, or changes cells."""
        self._note(name, -1, a, b, c, constant, number, links)

    def _note(
        self, name: str, out: int, a: int, b: int, c: int, constant: float, number: int, links: Sequence[Link]
    ) -> None:  # fmt: skip
        first = len(self.lags)
        for finish, critical, lag in links:
            self.links += (finish, critical)
            self.lags.append(lag)
        self.code += (OPERATIONS[name], out, a, b, c, number, first, len(self.lags))
        self.constants.append(constant)

    def origin(self, value: Value) -> tuple[int, int] | None:
        """Return which clock has made a moment of working time, through how many choices of the later one."""
        if isinstance(value, Constant):
            return ANY, 0
        made = self.turned.get(value)
        if made is not None and made[0] != "work":
            return made[1], 0
        found = self.latest.get(value)
        return None if found is None else found[:2]

    def register(self, value: Value) -> int:
        """Return the number of a value; a constant becomes a row of its own."""
        if isinstance(value, Constant):
            return self.emit("fill mask" if value.mask else "fill", constant=float(value.value))
        return value
