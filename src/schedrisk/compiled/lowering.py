"""What makes a tape ready for the interpreter: compiled, because tapes of large plans are long.

All helpers are in this module: the cache of compiled code does not see edits in others.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from schedrisk.compiled.support import kernel

__all__ = ["lower"]


@kernel
def lower(code: Any, constants: Any, links: Any, outputs: Any, n_values: int, n_inputs: int, names: Any) -> Any:
    """Leave out what nobody needs, and give every value a row of memory from where it is made to where it is last read.

    Parameters
    ----------
    code : ndarray of int64, shape (n, 8)
        As of `Tape.code`.
    constants : ndarray, shape (n,)
    links : ndarray of int64, shape (n_links, 2)
    outputs : ndarray of int64, shape (n_outputs,)
        Values that are wanted in the end.
    n_values, n_inputs : int
    names : ndarray of int64, shape (7,)
        Which operations are "arrive", "add", "place", "copy", "hand back", "hand on" and "fill mask".

    Returns
    -------
    made : ndarray of int64, shape (m, 6)
        As of `run_tape`.
    origins : ndarray of int64, shape (m,)
        From which operation of the tape each of them is.
    link_rows : ndarray of int64, shape (n_links, 3)
        Rows of a predecessor's finish and of its criticality, and whether nothing has been handed back to it before.
    output_rows : ndarray of int64, shape (n_outputs,)
    n_rows : int
    """
    kept, uses = needed(code, links, outputs, n_values)
    for value in outputs:
        uses[value] += 1
    merge(code, kept, uses, names)
    last = last_reads(code, links, kept, n_values)
    last[outputs] = code.shape[0]
    fresh = unhanded(code, constants, links, kept, n_values, names)
    made, origins, link_rows, rows, n_rows = give_rows(code, links, kept, last, fresh, n_inputs, names)
    return made, origins, link_rows, rows[outputs], n_rows


@kernel
def give_rows(code: Any, links: Any, kept: Any, last: Any, fresh: Any, n_inputs: int, names: Any) -> Any:
    """Write the operations that are kept with rows of memory in place of values."""
    _, _, place, copy, hand_back, _, _ = names
    rows, free = np.full(last.size, -1, dtype=np.int64), np.empty(last.size + 1, dtype=np.int64)
    n_free, n_rows, count = 0, n_inputs, 0
    for value in range(n_inputs - 1, -1, -1):
        rows[value] = value
        if last[value] < 0:
            n_free = let_go(value, rows, free, n_free)
    made, origins = np.zeros((2 * code.shape[0], 6), dtype=np.int64), np.zeros(2 * code.shape[0], dtype=np.int64)
    link_rows = np.zeros((links.shape[0], 3), dtype=np.int64)
    for i in range(code.shape[0]):
        if not kept[i]:
            continue
        operation, out, a = code[i, 0], code[i, 1], code[i, 2]
        row: Any = -1
        if operation == place and last[a] == i:
            row = rows[a]  # it adds to the duration, which nobody reads any more
            rows[a] = -1
        elif out >= 0 or operation == hand_back:
            # Never a row that it reads: loops over rows that are apart are vectorised.
            if n_free:
                n_free -= 1
                row = free[n_free]
            else:
                row = n_rows
                n_rows += 1
            if operation == place:
                made[count] = copy, row, rows[a], 0, 0, -1
                origins[count] = i
                count += 1
        if out < 0 or not fresh[out]:  # the others are written when they are first handed something
            write(made[count], code[i], row, rows, names)
            origins[count] = i
            count += 1
        for link in range(code[i, 6], code[i, 7]):
            link_rows[link, 0] = rows[links[link, 0]]
            critical = links[link, 1]
            if critical >= 0:
                link_rows[link, 1], link_rows[link, 2] = rows[critical], fresh[critical]
                fresh[critical] = False
        if out >= 0:
            rows[out] = row
            if last[out] < 0:
                n_free = let_go(out, rows, free, n_free)
        elif operation == hand_back:
            free[n_free] = row  # only room to work in
            n_free += 1
        n_free = let_go_all(code[i], links, last, i, rows, free, n_free)
    return made[:count].copy(), origins[:count].copy(), link_rows, rows, n_rows


@kernel
def write(made: Any, noted: Any, row: int, rows: Any, names: Any) -> None:
    """Write an operation with the rows of the values that it reads, and of the one that it makes."""
    arrive, _, place, _, hand_back, hand_on, _ = names
    operation, _, a, b, c, number, first, end = noted
    made[0], made[5] = operation, number
    if operation == hand_back:
        made[1:5] = rows[a], first, end, row
    elif operation == hand_on:
        made[1:5] = rows[a], rows[b], rows[c], 0
    elif operation == arrive or operation == place:
        made[1:5] = row, first, end, 0
    else:
        made[1] = max(row, 0)
        for column, value in enumerate((a, b, c)):
            made[2 + column] = rows[value] if value >= 0 else 0


@kernel
def let_go_all(noted: Any, links: Any, last: Any, i: int, rows: Any, free: Any, n_free: int) -> Any:
    """Make the rows of all values free that an operation is the last to read."""
    for value in noted[2:5]:
        if value >= 0 and last[value] == i:
            n_free = let_go(value, rows, free, n_free)
    for link in range(noted[6], noted[7]):
        for value in links[link]:
            if value >= 0 and last[value] == i:
                n_free = let_go(value, rows, free, n_free)
    return n_free


@kernel
def let_go(value: int, rows: Any, free: Any, n_free: int) -> Any:
    """Make the row of a value free, unless it is already."""
    if rows[value] >= 0:
        free[n_free] = rows[value]
        rows[value] = -1
        n_free += 1
    return n_free


@kernel
def needed(code: Any, links: Any, outputs: Any, n_values: int) -> Any:
    """Return which operations are needed, and how often each value is read by these."""
    kept = np.zeros(code.shape[0], dtype=np.bool_)
    uses = np.zeros(n_values, dtype=np.int64)
    wanted = np.zeros(n_values, dtype=np.bool_)
    wanted[outputs] = True
    for i in range(code.shape[0] - 1, -1, -1):
        if code[i, 1] >= 0 and not wanted[code[i, 1]]:
            continue
        kept[i] = True
        for value in code[i, 2:5]:
            if value >= 0:
                wanted[value] = True
                uses[value] += 1
        for link in range(code[i, 6], code[i, 7]):
            for value in links[link]:
                if value >= 0:
                    wanted[value] = True
                    uses[value] += 1
    return kept, uses


@kernel
def unhanded(code: Any, constants: Any, links: Any, kept: Any, n_values: int, names: Any) -> Any:
    """Return which values are masks that are true nowhere until criticality is first handed back to them."""
    fresh, seen = np.zeros(n_values, dtype=np.bool_), np.zeros(n_values, dtype=np.bool_)
    hand_back, fill_mask = names[4], names[6]
    for i in range(code.shape[0]):
        if not kept[i]:
            continue
        if code[i, 0] == fill_mask and constants[i] == 0.0:
            fresh[code[i, 1]] = True
        for value in code[i, 2:5]:
            if value >= 0 and not seen[value]:
                seen[value] = True
                fresh[value] = False
        if code[i, 0] == hand_back:
            for link in range(code[i, 6], code[i, 7]):
                seen[links[link, 1]] = True
    return fresh & seen


@kernel
def merge(code: Any, kept: Any, uses: Any, names: Any) -> None:
    """Join the moment at which links let a row start and the sum of it and a duration, where nothing else reads it."""
    before = -1
    for i in range(code.shape[0]):
        if not kept[i]:
            continue
        if before >= 0 and code[before, 0] == names[0] and code[i, 0] == names[1]:
            start = code[before, 1]
            if code[i, 3] == start and uses[start] == 1:
                code[before, 0], code[before, 1], code[before, 2] = names[2], code[i, 1], code[i, 2]
                kept[i] = False
                continue
        before = i


@kernel
def last_reads(code: Any, links: Any, kept: Any, n_values: int) -> Any:
    """Return the last operation that reads each value; −1 for none."""
    last = np.full(n_values, -1, dtype=np.int64)
    for i in range(code.shape[0]):
        if kept[i]:
            for value in code[i, 2:5]:
                if value >= 0:
                    last[value] = i
            for link in range(code[i, 6], code[i, 7]):
                for value in links[link]:
                    if value >= 0:
                        last[value] = i
    return last
