"""NumPy code recorded on a tape does, when the tape is run, what it does on arrays, to the last bit."""

import datetime as dt

import numpy as np
import pytest

from schedrisk.calendars import PLAIN, Calendar, clock_of

pytest.importorskip("numba", reason="the compiled engine needs numba: pip install 'schedrisk[fast]'")

from schedrisk.compiled.program import Program
from schedrisk.compiled.support import UntraceableError
from schedrisk.compiled.tape import Constant, Tape
from schedrisk.compiled.tracing import Matrix, Row
from schedrisk.engine.traced_clocks import TracedClocks

EPOCH = int(np.datetime64("2026-12-01T00:00", "s").astype(int))
OFFICE = clock_of(Calendar(), EPOCH)
CRANE = clock_of(
    Calendar(name="crane", weekdays=["sat", "sun"], shifts=["06:00-14:00"], holidays=["2027-01-02"]), EPOCH
)


def rows_of(n_rows, n_draws=300, seed=1):
    """Whole seconds of some years around the epoch, among them equal ones."""
    values = np.random.default_rng(seed).integers(-1_000_000, 90_000_000, (n_rows, n_draws)).astype(float)
    values[:, ::7] = values[0, ::7]
    return values


def recorded(function, values, clocks=()):
    """Return what a function of rows, and of clocks, gives when it is recorded and run; masks as bools."""
    tape = Tape()
    traced = TracedClocks(tape)
    inputs = [Row(tape, tape.input()) for _ in values]
    found = function(*inputs, *(traced[clock] for clock in clocks))
    found = found if isinstance(found, list) else [found]
    program = Program.of(tape, [row.register for row in found], traced.tables())
    memory = np.empty((program.n_rows, values.shape[1]))
    memory[: len(values)] = values
    program.run(memory, np.zeros(program.n_counters, dtype=np.int64))
    return [
        memory.view(np.int64)[place] != 0 if row.mask else memory[place]
        for row, place in zip(found, program.outputs, strict=True)
    ]


def changed_in_place(a, b):
    out = a.copy()
    np.maximum(out, b, out=out)
    out += 3.0
    out[b > 5e6] = 0.0
    np.copyto(out, -1.0, where=a == b)
    return out


def masks_changed_in_place(a, b):
    mask = np.zeros_like(a, dtype=bool)
    mask |= a > b
    mask &= ~(a > 2e7)
    mask[:] = mask
    return mask


FUNCTIONS = {
    "sums and differences": lambda a, b: [a + b, a - b, a - 3.0, 3.0 - a, 5 + b, -a],
    "products and quotients": lambda a, b: [a * b, a * 0.5, a / (b * b + 1.0), a / 3.0, 2.0 * (a / 7.0)],
    "the greater and the smaller": lambda a, b: [np.maximum(a, b), np.minimum(a, b), np.maximum(a, 1e6), np.minimum(9.0, b)],
    "comparisons": lambda a, b: [a > b, a >= b, a < b, a <= b, a == b, a != b],
    "comparisons with numbers": lambda a, b: [a > 1e6, a >= 1e6, a < 1e6, a >= 1e6, b == 4.0, b != 4.0],
    "masks": lambda a, b: [(a > b) & (a > 0), (a > b) | (a == b), ~(a > b), np.logical_and(a > 0, b > 0)],
    "choices": lambda a, b: [np.where(a > b, a, b), np.where(a > b, 1.0, b), np.where(a > b, b > 0, a > 0)],
    "rounding": lambda a, b: [np.rint(a * 0.3), np.rint(b / 7.0)],
    "remainders": lambda a, b: [a % 86_400, (a + b) % 86_400 == 0],
    "infinities": lambda a, b: [np.isinf(a), np.isinf(np.where(b > 0, np.inf, a)), np.isinf(a - np.inf)],
    "rows of one number": lambda a, b: [np.full_like(a, 7.0), np.zeros_like(a), np.ones_like(b, dtype=bool), b * 0 + np.full_like(b, 2.0)],
    "changes in place": changed_in_place,
    "masks changed in place": masks_changed_in_place,
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_rows(name):
    values = rows_of(2)
    values[1, :3] = np.inf, -np.inf, 0.0
    with np.errstate(invalid="ignore"):
        expected = FUNCTIONS[name](*values)
        found = recorded(FUNCTIONS[name], values)
    for mine, theirs in zip(found, expected if isinstance(expected, list) else [expected], strict=True):
        assert mine.dtype == theirs.dtype
        assert np.array_equal(mine, theirs, equal_nan=mine.dtype == float)


@pytest.mark.parametrize("clock", [OFFICE, CRANE, PLAIN], ids=["office", "crane", "plain"])
def test_clocks(clock):
    def function(a, b, used):
        work = used.work(a)
        latest = np.maximum(used.finish(work + 5.0), used.finish(used.work(b)))
        return [
            work, used.start(work), used.finish(work), used.finish(work + 28_800.0), latest, used.work(latest),
            used.finish(work) >= used.finish(used.work(b)), used.work(np.maximum(used.start(work), 1e6)),
        ]  # fmt: skip

    values = rows_of(2)
    for mine, theirs in zip(recorded(function, values, [clock]), function(*values, clock), strict=True):
        assert np.array_equal(mine, theirs)


def test_a_clock_is_searched_beyond_its_tables():
    far = (
        np.array([[dt.datetime(year, 7, 1, 10) for year in (1950, 1990, 2027, 2049, 2300)]], dtype="datetime64[s]")
    ).astype(int)
    values = far.astype(float) - EPOCH

    def function(a, used):
        return [used.work(a), used.start(used.work(a) + 7.0), used.finish(used.work(a) + 7.0)]

    for mine, theirs in zip(recorded(function, values, [CRANE]), function(*values, CRANE), strict=True):
        assert np.array_equal(mine, theirs)


def test_two_clocks_are_told_apart():
    def function(a, b, one, other):
        return [
            other.work(one.finish(one.work(a))),
            one.work(np.maximum(one.finish(one.work(a)), other.finish(other.work(b)))),
        ]

    values = rows_of(2)
    for mine, theirs in zip(recorded(function, values, [OFFICE, CRANE]), function(*values, OFFICE, CRANE), strict=True):
        assert np.array_equal(mine, theirs)


def test_what_a_clock_has_made_is_not_asked_back():
    tape = Tape()
    traced = TracedClocks(tape)
    clock, a, b = traced[OFFICE], Row(tape, tape.input()), Row(tape, tape.input())
    made = np.maximum(clock.finish(a), clock.finish(b))
    program = Program.of(tape, [clock.work(made).register], traced.tables())
    assert len(program.code) == 1  # the greater of a and b


def test_what_nobody_needs_is_left_out_and_memory_is_used_again():
    tape = Tape()
    a, b = Row(tape, tape.input()), Row(tape, tape.input())
    total = a
    for _ in range(100):
        _ = np.maximum(total, b) * 3.0
        total = total + b
    program = Program.of(tape, [total.register], TracedClocks(tape).tables())
    assert len(program.code) == 100
    assert program.n_rows <= 4


def test_rows_hold_what_they_held_when_they_were_copied():
    tape = Tape()
    a, b = Row(tape, tape.input()), Row(tape, tape.input())
    matrix = Matrix(tape, [a, b])
    before = matrix.copy()
    view = matrix[0]
    np.add(view, 1.0, out=view)
    matrix[1] = view
    assert matrix[0].value == matrix[1].value != before[0].value
    assert (len(matrix), matrix[[True, False]].rows[0].value) == (2, view.value)


def test_constants_are_reckoned_at_once():
    tape = Tape()
    row = np.maximum(Row(tape, Constant(3.0)), 5.0) + 1
    assert row.value == Constant(6.0)
    assert not tape.code


@pytest.mark.parametrize(
    "function",
    [np.sin, np.sum, lambda row: np.add.reduce(row), lambda row: row[row > 0], lambda row: np.add(1.0, row, out=np.empty(3))],
    ids=["a function without an operation", "a sum", "a reduction", "some draws", "into an array"],
)  # fmt: skip
def test_what_a_tape_cannot_hold_is_refused(function):
    tape = Tape()
    with pytest.raises(UntraceableError):
        function(Row(tape, tape.input()))
