"""The interpreter of tapes: every operation on rows as a loop over draws, compiled.

Whatever an operation does to a number, it does as NumPy does it, to the last bit; but that no moment is NaN. Truth values are 0 and −1 in rows of
whole numbers, which are the same memory as the rows of numbers.

All helpers are in this module: the cache of compiled code does not see edits in others.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from schedrisk.compiled.support import kernel

__all__ = ["OPERATIONS", "run_tape"]

NAMES = (
    "fill", "fill mask", "copy", "add", "add constant", "subtract", "subtract from", "multiply", "multiply constant",
    "divide", "divide constant", "maximum", "maximum constant", "minimum", "minimum constant", "greater",
    "greater constant", "greater_equal", "greater_equal constant", "less", "less constant", "less_equal",
    "less_equal constant", "equal", "equal constant", "not_equal", "not_equal constant", "and", "or", "not", "where",
    "rint", "isinf", "remainder constant", "work", "start", "finish", "count", "place", "arrive", "hand back",
    "hand on",
)  # fmt: skip
OPERATIONS = {name: number for number, name in enumerate(NAMES)}
"""The number of each operation."""

(
    FILL, FILL_MASK, COPY, ADD, ADD_C, SUBTRACT, SUBTRACT_FROM, MULTIPLY, MULTIPLY_C, DIVIDE, DIVIDE_C, MAXIMUM,
    MAXIMUM_C, MINIMUM, MINIMUM_C, GREATER, GREATER_C, GREATER_EQUAL, GREATER_EQUAL_C, LESS, LESS_C, LESS_EQUAL,
    LESS_EQUAL_C, EQUAL, EQUAL_C, NOT_EQUAL, NOT_EQUAL_C, AND, OR, NOT, WHERE, RINT, ISINF, REMAINDER_C, WORK, START,
    FINISH, COUNT, PLACE, ARRIVE, HAND_BACK, HAND_ON,
) = range(len(NAMES))  # fmt: skip

WEEK = 7 * 86_400
YES, NO = np.int64(-1), np.int64(0)


@kernel
def run_tape(
    code: Any, constants: Any, links: Any, lags: Any, rows: Any, masks: Any, clocks: Any, cells: Any, spans: Any,
    counters: Any,
) -> None:  # fmt: skip
    """Run a tape over a block of draws.

    Parameters
    ----------
    code : ndarray of int64, shape (n_instructions, 6)
        Operation, row that it makes, rows that it reads (or first and last link), number of a clock or counter.
    constants : ndarray, shape (n_instructions,)
    links : ndarray of int64, shape (n_links, 3)
        Rows of a predecessor's finish and of its criticality, and whether nothing has been handed back to it before.
    lags : ndarray, shape (n_links,)
    rows : ndarray, shape (n_rows, n_draws)
    masks : ndarray of int64, shape (n_rows, n_draws)
        The same memory.
    clocks : ndarray of int64, shape (n_clocks, 16)
    cells, spans : ndarray, 1-D, of float64 and of int64
        Tables of all clocks.
    counters : ndarray of int64
        What is counted is added to.
    """
    for i in range(code.shape[0]):
        operation, o, a, b, c, n = code[i, 0], code[i, 1], code[i, 2], code[i, 3], code[i, 4], code[i, 5]
        k = constants[i]
        if operation == PLACE:
            place(rows[o], rows, links, lags, a, b, k)
        elif operation == ARRIVE:
            arrive(rows[o], rows, links, lags, a, b, k)
        elif operation == HAND_BACK:
            counters[n] += hand_back(masks[o], rows, masks, links, lags, a, b, k, rows[c])
        elif operation == ADD:
            add(rows[o], rows[a], rows[b])
        elif operation == ADD_C:
            add_constant(rows[o], rows[a], k)
        elif operation == SUBTRACT:
            subtract(rows[o], rows[a], rows[b])
        elif operation == SUBTRACT_FROM:
            subtract_from(rows[o], rows[a], k)
        elif operation == MAXIMUM:
            maximum(rows[o], rows[a], rows[b])
        elif operation == MAXIMUM_C:
            maximum_constant(rows[o], rows[a], k)
        elif operation == MINIMUM:
            minimum(rows[o], rows[a], rows[b])
        elif operation == MINIMUM_C:
            minimum_constant(rows[o], rows[a], k)
        elif operation == WORK or operation == START or operation == FINISH:
            turn(operation, rows[o], rows[a], clocks[n], cells, spans)
        elif operation == HAND_ON:
            hand_on(masks[o], masks[a], masks[b])
        elif operation == COUNT:
            counters[n] += count(masks[a])
        elif operation == WHERE:
            where(masks[o], masks[a], masks[b], masks[c])
        elif operation == AND or operation == OR or operation == NOT:
            logic(operation, masks[o], masks[a], masks[b])
        elif operation >= GREATER and operation <= NOT_EQUAL_C:
            compare(operation, masks[o], rows[a], rows[b], k)
        else:
            others(operation, rows[o], masks[o], rows[a], rows[b], k)


@kernel
def place(o: Any, rows: Any, links: Any, lags: Any, first: int, last: int, floor: float) -> None:
    """Add to durations when all links let their row start."""
    if last - first == 1 and floor == -np.inf:
        x, lag = rows[links[first, 0]], lags[first]
        for j in range(o.size):
            o[j] += x[j] + lag
    elif last - first == 2 and floor == -np.inf:
        x, y, lag, other = rows[links[first, 0]], rows[links[first + 1, 0]], lags[first], lags[first + 1]
        for j in range(o.size):
            p, q = x[j] + lag, y[j] + other
            o[j] += max(p, q)
    else:
        start = np.empty(o.size)
        arrive(start, rows, links, lags, first, last, floor)
        for j in range(o.size):
            o[j] += start[j]


@kernel
def arrive(o: Any, rows: Any, links: Any, lags: Any, first: int, last: int, floor: float) -> None:
    """Write when the last of some links lets its row start."""
    x, lag = rows[links[first, 0]], lags[first]
    for j in range(o.size):
        p = x[j] + lag
        o[j] = max(p, floor)
    for link in range(first + 1, last):
        x, lag = rows[links[link, 0]], lags[link]
        for j in range(o.size):
            p, q = o[j], x[j] + lag
            o[j] = max(p, q)


@kernel
def hand_back(
    critical: Any, rows: Any, masks: Any, links: Any, lags: Any, first: int, last: int, floor: float, start: Any
) -> Any:  # fmt: skip
    """Let the links that bind a row hand its criticality to their predecessors; return in how many draws it is."""
    found = count(critical)
    if found == 0 or last - first > 2 or floor > -np.inf:
        for link in range(first, last):
            if links[link, 2]:
                masks[links[link, 1]][:] = 0
    if found == 0:
        return found
    if last - first == 1 and floor == -np.inf:
        before = masks[links[first, 1]]
        if links[first, 2]:
            for j in range(before.size):
                before[j] = critical[j]
        else:
            for j in range(before.size):
                before[j] |= critical[j]
    elif last - first == 2 and floor == -np.inf:
        hand_back_two(critical, rows, masks, links, lags, first)
    else:
        arrive(start, rows, links, lags, first, last, floor)
        for link in range(first, last):
            x, lag, before = rows[links[link, 0]], lags[link], masks[links[link, 1]]
            for j in range(critical.size):
                before[j] |= critical[j] if x[j] + lag == start[j] else NO
    return found


@kernel
def hand_back_two(critical: Any, rows: Any, masks: Any, links: Any, lags: Any, first: int) -> None:
    """Let two links hand back criticality: the later one does, or both."""
    x, y, lag, other = rows[links[first, 0]], rows[links[first + 1, 0]], lags[first], lags[first + 1]
    one, two = masks[links[first, 1]], masks[links[first + 1, 1]]
    if links[first, 2] and links[first + 1, 2]:
        for j in range(critical.size):
            p, q, is_critical = x[j] + lag, y[j] + other, critical[j]
            one[j] = is_critical if p >= q else NO
            two[j] = is_critical if q >= p else NO
        return
    if links[first, 2]:
        one[:] = 0
    if links[first + 1, 2]:
        two[:] = 0
    for j in range(critical.size):
        p, q, is_critical = x[j] + lag, y[j] + other, critical[j]
        one[j] |= is_critical if p >= q else NO
        two[j] |= is_critical if q >= p else NO


@kernel
def hand_on(before: Any, critical: Any, binds: Any) -> None:
    """Let one link hand criticality to its predecessor."""
    if count(critical) != 0:
        for j in range(before.size):
            before[j] |= critical[j] & binds[j]


@kernel
def count(mask: Any) -> Any:
    """Return in how many draws a mask is true."""
    total = np.int64(0)
    for j in range(mask.size):
        total -= mask[j]
    return total


@kernel
def add(o: Any, a: Any, b: Any) -> None:
    """O = a + b."""
    for j in range(o.size):
        o[j] = a[j] + b[j]


@kernel
def add_constant(o: Any, a: Any, k: float) -> None:
    """O = a + k."""
    for j in range(o.size):
        o[j] = a[j] + k


@kernel
def subtract(o: Any, a: Any, b: Any) -> None:
    """O = a − b."""
    for j in range(o.size):
        o[j] = a[j] - b[j]


@kernel
def subtract_from(o: Any, a: Any, k: float) -> None:
    """O = k − a."""
    for j in range(o.size):
        o[j] = k - a[j]


@kernel
def maximum(o: Any, a: Any, b: Any) -> None:
    """Write the greater of two."""
    for j in range(o.size):
        x, y = a[j], b[j]
        o[j] = max(x, y)


@kernel
def maximum_constant(o: Any, a: Any, k: float) -> None:
    """Write the greater of a number and a constant."""
    for j in range(o.size):
        x = a[j]
        o[j] = max(x, k)


@kernel
def minimum(o: Any, a: Any, b: Any) -> None:
    """Write the smaller of two."""
    for j in range(o.size):
        x, y = a[j], b[j]
        o[j] = min(x, y)


@kernel
def minimum_constant(o: Any, a: Any, k: float) -> None:
    """Write the smaller of a number and a constant."""
    for j in range(o.size):
        x = a[j]
        o[j] = min(x, k)


@kernel
def where(o: Any, mask: Any, a: Any, b: Any) -> None:
    """Choose between two: of their bits, whatever they stand for."""
    for j in range(o.size):
        o[j] = (a[j] & mask[j]) | (b[j] & ~mask[j])


@kernel
def logic(operation: int, o: Any, a: Any, b: Any) -> None:
    """Join masks."""
    if operation == AND:
        for j in range(o.size):
            o[j] = a[j] & b[j]
    elif operation == OR:
        for j in range(o.size):
            o[j] = a[j] | b[j]
    else:
        for j in range(o.size):
            o[j] = ~a[j]


@kernel
def compare(operation: int, o: Any, a: Any, b: Any, k: float) -> None:
    """Compare two rows, or a row with a constant."""
    if operation == GREATER:
        for j in range(o.size):
            o[j] = YES if a[j] > b[j] else NO
    elif operation == GREATER_C:
        for j in range(o.size):
            o[j] = YES if a[j] > k else NO
    elif operation == GREATER_EQUAL:
        for j in range(o.size):
            o[j] = YES if a[j] >= b[j] else NO
    elif operation == GREATER_EQUAL_C:
        for j in range(o.size):
            o[j] = YES if a[j] >= k else NO
    elif operation == LESS:
        for j in range(o.size):
            o[j] = YES if a[j] < b[j] else NO
    elif operation == LESS_C:
        for j in range(o.size):
            o[j] = YES if a[j] < k else NO
    elif operation == LESS_EQUAL:
        for j in range(o.size):
            o[j] = YES if a[j] <= b[j] else NO
    elif operation == LESS_EQUAL_C:
        for j in range(o.size):
            o[j] = YES if a[j] <= k else NO
    elif operation == EQUAL:
        for j in range(o.size):
            o[j] = YES if a[j] == b[j] else NO
    elif operation == EQUAL_C:
        for j in range(o.size):
            o[j] = YES if a[j] == k else NO
    elif operation == NOT_EQUAL:
        for j in range(o.size):
            o[j] = YES if a[j] != b[j] else NO
    else:
        for j in range(o.size):
            o[j] = YES if a[j] != k else NO


@kernel
def others(operation: int, o: Any, mask: Any, a: Any, b: Any, k: float) -> None:
    """Do what is done more rarely."""
    if operation == FILL:
        o[:] = k
    elif operation == FILL_MASK:
        mask[:] = YES if k != 0 else NO
    elif operation == COPY:
        o[:] = a
    elif operation == RINT:
        for j in range(o.size):
            o[j] = np.rint(a[j])
    elif operation == ISINF:
        for j in range(o.size):
            mask[j] = -np.int64((a[j] == np.inf) | (a[j] == -np.inf))
    elif operation == MULTIPLY:
        for j in range(o.size):
            o[j] = a[j] * b[j]
    elif operation == MULTIPLY_C:
        for j in range(o.size):
            o[j] = a[j] * k
    elif operation == DIVIDE:
        for j in range(o.size):
            o[j] = a[j] / b[j]
    elif operation == DIVIDE_C:
        for j in range(o.size):
            o[j] = a[j] / k
    elif operation == REMAINDER_C:
        for j in range(o.size):
            o[j] = np.mod(a[j], k)


@kernel
def turn(operation: int, o: Any, a: Any, clock: Any, cells: Any, spans: Any) -> None:
    """Turn instants to working time, or back: by the tables of cells, or where these end, of spans."""
    by_work = operation != WORK
    first, width, n_cells, base = (
        clock[4 * by_work],
        clock[4 * by_work + 1],
        clock[4 * by_work + 2],
        clock[4 * by_work + 3],
    )
    first += np.int64(operation == FINISH)  # what ends with a cell has not begun what comes after a pause
    outside = np.int64(0)
    for j in range(a.size):
        distance = a[j] - first
        outside |= np.int64(not (distance >= 0)) | np.int64(distance >= n_cells * width)
    if outside:
        for j in range(a.size):
            o[j] = worked(a[j], clock, spans) if operation == WORK else instant(a[j], operation, clock, spans)
        return
    one, two, three = cells[base : base + n_cells], cells[base + n_cells :], cells[base + 2 * n_cells :]
    inverse = 1.0 / width
    for j in range(a.size):
        x = a[j]
        distance = x - first
        cell = np.int32(distance * inverse)
        rest = distance - cell * float(width)
        cell += np.int32(rest >= width) - np.int32(rest < 0)
        if operation == WORK:
            into = x - two[cell]
            into = max(into, 0.0)
            length = three[cell]
            o[j] = (min(into, length)) + one[cell]
        else:
            pause = two[cell]
            past = x > pause if operation == FINISH else x >= pause
            o[j] = ((three[cell] if past else 0.0) + one[cell]) + x


@kernel
def worked(x: float, clock: Any, spans: Any) -> float:
    """Return the working time at an instant, by a search."""
    if not (x > -np.inf and x < np.inf):
        return x
    n_spans, base = clock[9], clock[10]
    moment = np.int64(x) + clock[8]
    weeks = min((moment - clock[11]) // WEEK + 1, 0) + max((moment - clock[12]) // WEEK, 0)
    moment -= weeks * WEEK
    span = max(place_in(spans[base : base + n_spans], moment), 0)
    into = min(max(moment - spans[base + span], 0), spans[base + n_spans + span])
    return float(spans[base + 2 * n_spans + span] + into + weeks * clock[15])


@kernel
def instant(x: float, operation: int, clock: Any, spans: Any) -> float:
    """Return the instant of a working time, by a search."""
    if not (x > -np.inf and x < np.inf):
        return x
    n_spans, base = clock[9], clock[10]
    last = 1 if operation == FINISH else 0
    second = np.int64(x) - last
    weeks = min((second - clock[13]) // clock[15] + 1, 0) + max((second - clock[14]) // clock[15], 0)
    second -= weeks * clock[15]
    span = place_in(spans[base + 2 * n_spans : base + 3 * n_spans], second)
    found = spans[base + span] + (second - spans[base + 2 * n_spans + span]) + (weeks * WEEK + last)
    return float(found - clock[8])


@kernel
def place_in(table: Any, value: int) -> int:
    """Return the place of the last entry that is not above a value; −1 for none."""
    low, high = 0, table.size
    while low < high:
        middle = (low + high) // 2
        if table[middle] <= value:
            low = middle + 1
        else:
            high = middle
    return low - 1
