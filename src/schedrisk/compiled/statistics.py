"""Sums over draws by compiled loops: those of `schedrisk.result.sums`, in the same order and so to the same bits.

A leaf of draws stays in the processor's nearest cache. Every loop does one thing to contiguous numbers, without
branches, so that it works on four of them at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.compiled.support import kernel

__all__ = [
    "count_cells",
    "critical_leaves",
    "power_leaves",
    "product_leaves",
    "rank_keys",
    "rank_leaves",
    "share_leaves",
]


LEAF = 256
LANES = 16


@kernel
def _last(lanes: Floats) -> float:
    """Return the sum of the lanes of a leaf, whose halves are added until one is left."""
    four_0 = (lanes[0] + lanes[8]) + (lanes[4] + lanes[12])
    four_1 = (lanes[1] + lanes[9]) + (lanes[5] + lanes[13])
    four_2 = (lanes[2] + lanes[10]) + (lanes[6] + lanes[14])
    four_3 = (lanes[3] + lanes[11]) + (lanes[7] + lanes[15])
    return float((four_0 + four_2) + (four_1 + four_3))


@kernel
def _eight(x: Floats, at: int) -> float:
    """Return the sum of every other of the numbers of a leaf that fall to one lane."""
    return float(
        ((x[at] + x[at + 128]) + (x[at + 64] + x[at + 192])) + ((x[at + 32] + x[at + 160]) + (x[at + 96] + x[at + 224]))
    )


@kernel
def _sum(x: Floats, lanes: Floats) -> float:
    """Return the sum of a leaf, whose halves are added until one number is left."""
    for at in range(LANES):
        lanes[at] = _eight(x, at) + _eight(x, at + LANES)
    return float(_last(lanes))


@kernel
def _eight_products(x: Floats, y: Floats, at: int) -> float:
    return float(
        ((x[at] * y[at] + x[at + 128] * y[at + 128]) + (x[at + 64] * y[at + 64] + x[at + 192] * y[at + 192]))
        + (
            (x[at + 32] * y[at + 32] + x[at + 160] * y[at + 160])
            + (x[at + 96] * y[at + 96] + x[at + 224] * y[at + 224])
        )
    )


@kernel
def _sum_of_products(x: Floats, y: Floats, lanes: Floats) -> float:
    """Return the sum of products of a leaf."""
    for at in range(LANES):
        lanes[at] = _eight_products(x, y, at) + _eight_products(x, y, at + LANES)
    return float(_last(lanes))


@kernel
def _times(one: Floats, other: Floats, out: Floats) -> None:
    for place in range(out.size):
        out[place] = one[place] * other[place]


@kernel
def _scale(values: Floats, other: Floats) -> None:
    for place in range(values.size):
        values[place] *= other[place]


@kernel
def _take(row: Floats, first: int, beyond: float, out: Floats) -> None:
    """Copy a leaf of a row of draws; what lies beyond its end is given."""
    count = min(out.size, row.size - first)
    for place in range(count):
        out[place] = row[first + place]
    for place in range(count, out.size):
        out[place] = beyond


@kernel
def _deviate(row: Floats, first: int, centre: float, out: Floats) -> None:
    """Write the deviations of a leaf of a row of draws; 0 beyond its end."""
    count = min(out.size, row.size - first)
    part = row[first : first + count]
    for place in range(count):
        out[place] = part[place] - centre
    for place in range(count, out.size):
        out[place] = 0.0


@kernel
def power_leaves(values: Floats, centres: Floats, begin: int, out: Floats) -> None:
    """Write the sums over leaves of the powers of deviations.

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_draws)
    centres : ndarray, shape (n_rows,)
        From what deviations count.
    begin : int
        The row of `out` that the first row of values belongs to.
    out : ndarray, shape (n_powers, at least begin + n_rows, n_leaves)
    """
    y, power, lanes = np.empty(LEAF), np.empty(LEAF), np.empty(LANES)
    for row in range(values.shape[0]):
        for number in range(out.shape[2]):
            _deviate(values[row], number * LEAF, centres[row], y)
            out[0, begin + row, number] = _sum(y, lanes)
            out[1, begin + row, number] = _sum_of_products(y, y, lanes)
            if out.shape[0] > 2:
                _times(y, y, power)
                out[2, begin + row, number] = _sum_of_products(power, y, lanes)
                _scale(power, y)
                out[3, begin + row, number] = _sum_of_products(power, y, lanes)


@kernel
def product_leaves(
    lengths: Floats, centres: Floats, standard: Floats, begin: int, out: Floats
) -> None:  # fmt: skip
    """Write the sums over leaves of products of the deviation y of a duration and the standardised target t.

    Parameters
    ----------
    lengths : ndarray, shape (n_rows, n_draws)
    centres : ndarray, shape (n_rows,)
    standard : ndarray, shape (n_draws,)
    begin : int
        As for `power_leaves`.
    out : ndarray, shape (3 or 10, at least begin + n_rows, n_leaves)
        Of y, y², yt; y³, y⁴, yt², yt³, y²t, y²t², y³t.
    """
    y, y2, yt, t = np.empty(LEAF), np.empty(LEAF), np.empty(LEAF), np.empty(LEAF)
    lanes = np.empty(LANES)
    for number in range(out.shape[2]):
        _take(standard, number * LEAF, 0.0, t)
        for row in range(lengths.shape[0]):
            place = begin + row
            _deviate(lengths[row], number * LEAF, centres[row], y)
            out[0, place, number] = _sum(y, lanes)
            out[1, place, number] = _sum_of_products(y, y, lanes)
            out[2, place, number] = _sum_of_products(y, t, lanes)
            if out.shape[0] > 3:
                _times(y, y, y2)
                _times(y, t, yt)
                out[3, place, number] = _sum_of_products(y2, y, lanes)
                out[4, place, number] = _sum_of_products(y2, y2, lanes)
                out[5, place, number] = _sum_of_products(yt, t, lanes)
                _scale(yt, t)
                out[6, place, number] = _sum_of_products(yt, t, lanes)
                _scale(y, y2)
                out[9, place, number] = _sum_of_products(y, t, lanes)
                out[7, place, number] = _sum_of_products(y2, t, lanes)
                _scale(y2, t)
                out[8, place, number] = _sum_of_products(y2, t, lanes)


@kernel
def critical_leaves(
    lengths: Floats, centres: Floats, critical: Bools, standard: Floats, begin: int, out: Floats
) -> None:  # fmt: skip
    """Write the sums over leaves of y, y² and t² in the draws in which a task is critical.

    Parameters
    ----------
    lengths, centres, standard, begin
        As for `product_leaves`.
    critical : ndarray of bool, shape (n_rows, n_draws)
    out : ndarray, shape (3, at least begin + n_rows, n_leaves)
    """
    y, held, t2, mask = np.empty(LEAF), np.empty(LEAF), np.empty(LEAF), np.empty(LEAF)
    lanes = np.empty(LANES)
    for number in range(out.shape[2]):
        first = number * LEAF
        count = min(LEAF, lengths.shape[1] - first)
        _take(standard, first, 0.0, t2)
        _scale(t2, t2)
        mask[count:] = 0.0
        for row in range(lengths.shape[0]):
            _deviate(lengths[row], first, centres[row], y)
            flags = critical[row, first : first + count]
            for place in range(count):
                mask[place] = 1.0 if flags[place] else 0.0
            _times(y, mask, held)
            out[0, begin + row, number] = _sum(held, lanes)
            out[1, begin + row, number] = _sum_of_products(held, y, lanes)
            out[2, begin + row, number] = _sum_of_products(t2, mask, lanes)


@kernel
def share_leaves(
    durations: Floats, slack: Floats, weight: Floats, begin: int, out: Floats
) -> None:  # fmt: skip
    """Write the sums over leaves of s·w, (s·w)² and s·w², with s = d/(d + TF).

    Parameters
    ----------
    durations, slack : ndarray, shape (n_rows, n_draws)
    weight : ndarray, shape (n_draws,)
    begin : int
        As for `power_leaves`.
    out : ndarray, shape (3, at least begin + n_rows, n_leaves)
    """
    share, w, lanes = np.empty(LEAF), np.empty(LEAF), np.empty(LANES)
    for number in range(out.shape[2]):
        first = number * LEAF
        count = min(LEAF, durations.shape[1] - first)
        _take(weight, first, 0.0, w)
        share[count:] = 0.0
        for row in range(durations.shape[0]):
            lasts, spare = durations[row, first : first + count], slack[row, first : first + count]
            for place in range(count):
                share[place] = lasts[place] / max(lasts[place] + spare[place], 1.0)
            _scale(share, w)
            out[0, begin + row, number] = _sum(share, lanes)
            out[1, begin + row, number] = _sum_of_products(share, share, lanes)
            out[2, begin + row, number] = _sum_of_products(share, w, lanes)


@kernel
def rank_keys(values: Floats, order: Ints, bits: int, keys: Ints) -> bool:
    """Write whole numbers that sort as values do, equal ones as their draws come in some order.

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_draws)
        Whole numbers.
    order : ndarray of int, shape (n_draws,)
        The draws in that order.
    bits : int
        That places in it take.
    keys : ndarray of int, shape (n_rows, n_draws)

    Returns
    -------
    bool
        Whether values are near enough to each other for it, in every row.
    """
    for row in range(values.shape[0]):
        low, high = values[row, 0], values[row, 0]
        for draw in range(order.size):
            low, high = min(low, values[row, draw]), max(high, values[row, draw])
        if high - low >= 2.0 ** (62 - bits):
            return False
        for place in range(order.size):
            keys[row, place] = (np.int64(values[row, order[place]] - low) << bits) | place
    return True


@kernel
def _rank(keys: Ints, bits: int, target_ranks: Ints, ranks: Ints, above: Ints, influence: Ints) -> None:
    """Write ranks, what lies above in the order of the keys, and the influence on the variance, by place."""
    n, mask = keys.size, (np.int64(1) << bits) - 1
    begin, below = 0, np.int64(0)
    while begin < n:
        value, end, until = keys[begin] >> bits, begin, below
        while end < n and keys[end] >> bits == value:
            until += target_ranks[keys[end] & mask]
            end += 1
        rank = begin + end - n
        square = rank * rank + 2 * (begin * (n - begin) + end * (n - end))
        for number in range(begin, end):
            place = keys[number] & mask
            ranks[place], above[place], influence[place] = rank, -(below + until), square
        begin, below = end, until


@kernel
def rank_leaves(
    keys: Ints, bits: int, order: Ints, target: Ints, target_squares: float, by_draw: bool, products: Ints, out: Floats
) -> None:  # fmt: skip
    """Write what rank correlations with a target follow from; see `schedrisk.analysis.ranks.RankCorrelation`.

    Parameters
    ----------
    keys : ndarray of int, shape (n_rows, n_draws)
        From `rank_keys`, sorted.
    bits, order
        As for `rank_keys`, in the order of the target.
    target : ndarray of int, shape (4, n_draws)
        In this order: ranks of the target, where each group of equal values begins and ends, and the influence of each
        draw on the variance of the ranks.
    target_squares : float
        Sum of the squares of these ranks.
    by_draw : bool
        Whether sums are taken in the order of draws; otherwise in that of the target.
    products : ndarray of int, shape (2, n_rows)
        Receives the sums of products of both ranks, and of squares.
    out : ndarray, shape (2, n_rows, n_leaves)
        Receives the sums over leaves of the influence of draws on the correlation, and of its squares.
    """
    n = keys.shape[1]
    ranks, above, influence = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    below, found = np.zeros(n + 1, np.int64), np.zeros(out.shape[2] * LEAF)
    lanes = np.empty(LANES)
    target_ranks, begins, ends, target_influence = target[0], target[1], target[2], target[3]
    for row in range(keys.shape[0]):
        _rank(keys[row], bits, target_ranks, ranks, above, influence)
        crossed, squares = np.int64(0), np.int64(0)
        for place in range(n):
            crossed += ranks[place] * target_ranks[place]
            squares += ranks[place] * ranks[place]
            below[place + 1] = below[place] + ranks[place]
        products[0, row], products[1, row] = crossed, squares
        one = float(crossed) / (2.0 * float(squares)) if squares else 0.0
        other = float(crossed) / (2.0 * target_squares)
        for place in range(n):
            whole = above[place] + ranks[place] * target_ranks[place] - (below[begins[place]] + below[ends[place]])
            value = float(whole) - one * float(influence[place]) - other * float(target_influence[place])
            found[order[place] if by_draw else place] = value
        for number in range(out.shape[2]):
            part = found[number * LEAF : (number + 1) * LEAF]
            out[0, row, number] = _sum(part, lanes)
            out[1, row, number] = _sum_of_products(part, part, lanes)


@kernel
def count_cells(values: Floats, low: Floats, per_width: Floats, counts: NDArray[np.uint32]) -> None:
    """Count draws in the cells of a grid; see `schedrisk.result.grid.Grid`.

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_draws)
    low, per_width : ndarray, shape (n_rows,)
        Where each row's first cell begins, and one over the width of its cells.
    counts : ndarray of uint32, shape (n_rows, n_cells)
    """
    last = counts.shape[1] - 1
    for row in range(values.shape[0]):
        for draw in range(values.shape[1]):
            place = (values[row, draw] - low[row]) * per_width[row]
            counts[row, int(min(max(place, 0.0), float(last)))] += np.uint32(1)
