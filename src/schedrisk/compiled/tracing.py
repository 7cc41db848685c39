"""NumPy code on rows of draws, run once on recording arrays, so that it can be run again without NumPy.

A `Row` stands for a row of draws and a `Matrix` for a row of each task. Both take part in NumPy's functions as arrays
do, but all that happens is that a `Tape` notes down which operation is applied to which values. What is asked of such a
row in Python itself (`any`) is answered for the general case, so that code that leaves work out where a mask is empty
is recorded with that work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from schedrisk.compiled.support import UntraceableError
from schedrisk.compiled.tape import ANY, Constant, Tape, Value

__all__ = ["Matrix", "Row"]


class Row(NDArrayOperatorsMixin):
    """A row of draws that exists on a tape only.

    Attributes
    ----------
    tape : Tape
    value : int or Constant
        What it holds now.
    mask : bool
        Whether it holds truth values.
    """

    __slots__ = ("mask", "tape", "value")
    # As an array of another kind than ndarray, it decides what NumPy's functions do with it.
    __array_priority__ = 1000

    def __init__(self, tape: Tape, value: Value, *, mask: bool = False) -> None:
        self.tape, self.value, self.mask = tape, value, mask

    def __array__(self, *_: object, **__: object) -> Any:
        raise UntraceableError("a row of a tape has no numbers")

    def __array_ufunc__(self, function: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or set(options) - {"out", "where"} or options.get("where", True) is not True:
            raise UntraceableError(f"{function.__name__}.{method}")
        (out,) = options["out"] if options else (None,)
        made = _of_two(self.tape, function.__name__, *inputs) if len(inputs) == 2 else None
        if made is None:
            if any(isinstance(each, Matrix) for each in inputs):
                return _over_rows(self.tape, function, inputs, out)
            made = _apply(self.tape, function.__name__, inputs)
        if out is None:
            return made
        if not isinstance(out, Row):
            raise UntraceableError("a row of a tape cannot go into an array")
        out.assign(made)
        return out

    def __array_function__(self, function: Callable[..., Any], _: Any, args: Any, options: Any) -> Any:
        return _call(self.tape, function, args, options)

    def __getitem__(self, key: object) -> Row:
        if key == slice(None):
            return self
        raise UntraceableError("draws of a row")

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, slice):
            self.assign(_row(self.tape, value))
        else:
            self.assign(_where(self.tape, key, value, self))

    def assign(self, other: Row) -> None:
        """Hold from now on what another row holds now."""
        if other is not self:
            self.value, self.mask = other.current, other.mask

    def copy(self) -> Row:
        """Return another row that holds the same."""
        return Row(self.tape, self.current, mask=self.mask)

    @property
    def current(self) -> Value:
        """What it holds now, as a value that does not change."""
        return self.tape.emit("copy", self.value) if self.value in self.tape.cells else self.value

    def cell(self) -> int:
        """Make what it holds a value that instructions change, and return its number."""
        if self.value not in self.tape.cells:
            self.value = (
                self.tape.register(self.value)
                if isinstance(self.value, Constant)
                else self.tape.emit("copy", self.value)
            )
            self.tape.cells.add(self.value)
        return self.value

    @property
    def shape(self) -> tuple[int]:
        """As if it were of one draw: what is made in this shape is a constant."""
        return (1,)

    def any(self) -> bool:
        """Tell whether some draw may be true."""
        return not (isinstance(self.value, Constant) and not self.value.value)

    @property
    def register(self) -> int:
        """The number of its value, which is made a row if it is a constant."""
        return self.tape.register(self.value)


class Matrix(NDArrayOperatorsMixin):
    """A row of draws for each of several tasks.

    Attributes
    ----------
    tape : Tape
    rows : list of Row
    """

    __array_priority__ = 1000

    def __init__(self, tape: Tape, rows: Iterable[Row]) -> None:
        self.tape, self.rows = tape, list(rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def shape(self) -> tuple[int, int]:
        """As if it were of one draw: what is made in this shape is a constant."""
        return len(self.rows), 1

    def __array__(self, *_: object, **__: object) -> Any:
        raise UntraceableError("rows of a tape have no numbers")

    def __array_ufunc__(self, function: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or set(options) - {"out"}:
            raise UntraceableError(f"{function.__name__}.{method}")
        (out,) = options.get("out", (None,))
        return _over_rows(self.tape, function, inputs, out)

    def __array_function__(self, function: Callable[..., Any], _: Any, args: Any, options: Any) -> Any:
        return _call(self.tape, function, args, options)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, WHOLE):
            return self.rows[key]
        if isinstance(key, slice):
            return Matrix(self.tape, self.rows[key])  # a view: the same rows
        return Matrix(self.tape, (self.rows[place].copy() for place in self._places(key)))

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, WHOLE):
            self.rows[key].assign(_row(self.tape, value))
            return
        places = range(*key.indices(len(self.rows))) if isinstance(key, slice) else self._places(key)
        for number, place in enumerate(places):
            self.rows[place].assign(_row(self.tape, value[number] if isinstance(value, Matrix) else value))

    def _places(self, key: Any) -> list[int]:
        if isinstance(key, Matrix | Row):
            raise UntraceableError("a choice that differs between draws")
        chosen = np.asarray(key)
        if not chosen.size:
            return []
        return (np.flatnonzero(chosen) if chosen.dtype == bool else chosen).tolist()

    def copy(self) -> Matrix:
        """Return other rows that hold the same."""
        return Matrix(self.tape, (row.copy() for row in self.rows))


def _over_rows(tape: Tape, function: np.ufunc, inputs: Sequence[Any], out: Any) -> Any:
    count = max(len(each) for each in inputs if isinstance(each, Matrix))
    made = [
        _apply(tape, function.__name__, [each[number] if isinstance(each, Matrix) else each for each in inputs])
        for number in range(count)
    ]
    if out is None:
        return Matrix(tape, made)
    for row, each in zip(out.rows, made, strict=True):
        row.assign(each)
    return out


def _row(tape: Tape, value: Any) -> Row:
    """Return something as a row."""
    if isinstance(value, Row):
        return value
    if type(value) is float:  # most are
        return Row(tape, Constant(value))
    if isinstance(value, bool | np.bool_):
        return Row(tape, Constant(bool(value), mask=True), mask=True)
    if isinstance(value, int | float | np.integer | np.floating):
        return Row(tape, Constant(float(value)))
    if isinstance(value, np.ndarray) and value.size == 1:
        return _row(tape, value.item())
    raise UntraceableError(f"a row made of {type(value).__name__}")


COMMUTATIVE = {"add", "multiply", "maximum", "minimum", "equal", "not_equal"}
MIRRORED = {"greater": "less", "less": "greater", "greater_equal": "less_equal", "less_equal": "greater_equal"}
COMPARISONS = {*MIRRORED, "equal", "not_equal"}
ON_MASKS = {
    "logical_and": "and", "bitwise_and": "and", "logical_or": "or", "bitwise_or": "or",
    "logical_not": "not", "invert": "not",
}  # fmt: skip
ON_NUMBERS = {
    "add", "subtract", "multiply", "divide", "maximum", "minimum", "rint", "negative", "remainder", "isinf",
    *COMPARISONS,
}  # fmt: skip

ON_TWO = ON_NUMBERS - {"rint", "negative", "remainder", "isinf"}
WHOLE = int, np.integer


def _of_two(tape: Tape, name: str, one: Any, other: Any) -> Row | None:
    """Apply a function to a row of numbers and another or a number, the short way; None where it is something else."""
    if type(one) is not Row or one.mask or type(one.value) is not int or name not in ON_TWO:
        return None
    second: Value
    if type(other) is float:
        second = Constant(other)
    elif type(other) is Row and not other.mask and type(other.value) is int:
        second = other.value
    else:
        return None
    return Row(tape, _on_numbers(tape, name, one.value, second), mask=name in COMPARISONS)


def _apply(tape: Tape, name: str, inputs: Sequence[Any]) -> Row:
    """Apply a NumPy function to rows and numbers."""
    rows = [each if type(each) is Row else _row(tape, each) for each in inputs]
    values = [row.value for row in rows]
    if all(isinstance(each, Constant) for each in values):
        found = getattr(np, name)(*(row.value.value for row in rows))  # type: ignore[union-attr]
        return _row(tape, found)
    if name in ON_MASKS and all(row.mask for row in rows):
        return Row(tape, _on_masks(tape, ON_MASKS[name], values), mask=True)
    if name not in ON_NUMBERS or any(row.mask for row in rows):
        raise UntraceableError(name)
    mask = name in COMPARISONS or name == "isinf"
    if name == "negative":
        return Row(tape, tape.emit("subtract from", tape.register(values[0]), constant=0.0))
    if name in {"rint", "isinf"}:
        return Row(tape, tape.emit(name, tape.register(values[0])), mask=mask)
    return Row(tape, _on_numbers(tape, name, *values), mask=mask)


def _on_masks(tape: Tape, name: str, values: list[Value]) -> Value:
    constants = [each for each in values if isinstance(each, Constant)]
    if not constants:
        return tape.emit(name, *(tape.register(each) for each in values))
    (other,) = (each for each in values if not isinstance(each, Constant))
    holds = bool(constants[0].value)
    if name == "and":
        return other if holds else constants[0]
    return constants[0] if holds else other


def _on_numbers(tape: Tape, name: str, first: Value, second: Value) -> Value:
    if name == "maximum":
        made = _reckoned(tape, name, first, second)
        _note_latest(tape, made, first, second)
        return made
    if name in COMPARISONS and not (isinstance(first, Constant) or isinstance(second, Constant)):
        one, other = tape.turned.get(first), tape.turned.get(second)
        if one is not None and other is not None and one[:2] == other[:2] and one[0] != "work":
            first, second = one[2], other[2]  # a clock never lets later work be earlier, nor at the same moment
    return _reckoned(tape, name, first, second)


def _note_latest(tape: Tape, made: Value, first: Value, second: Value) -> None:
    """Note down that a value is the later of two moments that one clock has made."""
    one, other = tape.origin(first), tape.origin(second)
    if one is None or other is None or isinstance(made, Constant):
        return
    clocks = {one[0], other[0]} - {ANY}
    if len(clocks) == 1:
        tape.latest.setdefault(made, (clocks.pop(), 1 + max(one[1], other[1]), first, second))


def _reckoned(tape: Tape, name: str, first: Value, second: Value) -> Value:
    if isinstance(first, Constant) and (name in COMMUTATIVE or name in MIRRORED):
        name, first, second = MIRRORED.get(name, name), second, first
    if isinstance(second, Constant):
        number = float(second.value)
        if name == "subtract":  # the same: the negative of a number is exact
            name, number = "add", -number
        if name == "add" and number == 0:
            return first
        if name in {"maximum", "minimum"} and number == (-np.inf if name == "maximum" else np.inf):
            return first
        return tape.emit(f"{name} constant", tape.register(first), constant=number)
    if isinstance(first, Constant) and name == "subtract":
        return tape.emit("subtract from", second, constant=float(first.value))
    if name == "remainder":
        raise UntraceableError(name)
    if name == "maximum" and not isinstance(first, Constant):  # the project finish is asked for more than once
        known = tape.greater.get((first, second))
        if known is None:
            known = tape.greater[first, second] = tape.emit(name, first, second)
        return known
    return tape.emit(name, tape.register(first), tape.register(second))


def _where(tape: Tape, mask: Any, yes: Any, no: Any) -> Row:
    chosen, one, other = _row(tape, mask), _row(tape, yes), _row(tape, no)
    if isinstance(chosen.value, Constant):
        return (one if chosen.value.value else other).copy()
    if not chosen.mask or one.mask != other.mask:
        raise UntraceableError("where")
    return Row(
        tape, tape.emit("where", chosen.value, tape.register(one.value), tape.register(other.value)), mask=one.mask
    )


def _call(tape: Tape, function: Callable[..., Any], args: Sequence[Any], options: dict[str, Any]) -> Any:
    """Carry out one of NumPy's functions that are no ufuncs."""
    name = function.__name__
    if name in {"full_like", "zeros_like", "ones_like", "empty_like"}:
        mask = options.get("dtype", float) is bool
        value = {"full_like": args[-1], "ones_like": 1.0}.get(name, 0.0)
        return _filled(tape, args[0], bool(value) if mask else value)
    if name == "where" and len(args) == 3:
        matrices = [each for each in args if isinstance(each, Matrix)]
        if not matrices:
            return _where(tape, *args)
        parts = ([each[n] if isinstance(each, Matrix) else each for each in args] for n in range(len(matrices[0])))
        return Matrix(tape, (_where(tape, *each) for each in parts))
    if name == "copyto":
        target, source = args
        mask = options.get("where", True)
        if isinstance(target, Matrix):
            for number, row in enumerate(target.rows):
                chosen, given = (each[number] if isinstance(each, Matrix) else each for each in (mask, source))
                row.assign(_where(tape, chosen, given, row))
        else:
            target.assign(_where(tape, mask, source, target))
        return None
    if name == "tile" and isinstance(args[0], Row):
        return Matrix(tape, (args[0].copy() for _ in range(args[1][0])))
    raise UntraceableError(name)


def _filled(tape: Tape, like: Row | Matrix, value: Any) -> Row | Matrix:
    filled = _row(tape, value)
    return filled.copy() if isinstance(like, Row) else Matrix(tape, (filled.copy() for _ in like.rows))
