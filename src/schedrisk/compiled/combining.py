"""What is done to rows that are drawn already: products with a matrix, and the risks that strike."""

from __future__ import annotations

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.compiled.instructions import pick
from schedrisk.compiled.support import kernel

__all__ = ["fill_product", "strike_rows"]

PIECE = 512  # draws at a time: a piece of a row stays in the nearest cache

# Columns of `impacts` of `strike_rows`.
ROW, EVENT, MAGNITUDE, IS_FACTOR, IMPACT_COLUMNS = 0, 1, 2, 3, 4


@kernel
def _add_four(weights: Floats, row: int, member: int, own: Floats, start: int, out: Floats) -> None:
    """Add four members' scores, each with its weight."""
    a, b = weights[row, member], weights[row, member + 1]
    c, d = weights[row, member + 2], weights[row, member + 3]
    end = start + out.size
    first, second = own[member, start:end], own[member + 1, start:end]
    third, fourth = own[member + 2, start:end], own[member + 3, start:end]
    for draw in range(out.size):
        out[draw] += (a * first[draw] + b * second[draw]) + (c * third[draw] + d * fourth[draw])


@kernel
def fill_product(weights: Floats, own: Floats, scale: Floats, out: Floats) -> None:
    """Write the scores of members that a matrix joins.

    All are whole multiples of a power of two, small enough that every product and sum is exact: so their order is of
    no account, and the bits are those of any library's matrix product.

    Parameters
    ----------
    weights : ndarray, shape (n_wanted, n_members)
        Nothing stands to the right of a row's own member.
    own : ndarray, shape (n_members, n_draws)
    scale : ndarray, shape (n_wanted, 1)
        What a row's sum is multiplied by.
    out : ndarray, shape (n_wanted, n_draws)
    """
    for start in range(0, out.shape[1], PIECE):
        for row in range(out.shape[0]):
            part, length = out[row, start : start + PIECE], weights.shape[1]
            while length > 0 and weights[row, length - 1] == 0.0:
                length -= 1
            part[:] = 0.0
            fours = length - length % 4
            for member in range(0, fours, 4):
                _add_four(weights, row, member, own, start, part)
            for member in range(fours, length):
                weight, scores = weights[row, member], own[member, start : start + part.size]
                for draw in range(part.size):
                    part[draw] += weight * scores[draw]
            for draw in range(part.size):
                part[draw] *= scale[row, 0]


@kernel
def strike_rows(impacts: Ints, happens: Bools, magnitudes: Floats, rows: Ints, out: Floats) -> None:
    """Change rows by the risks that hit them, one after another, and round them.

    Parameters
    ----------
    impacts : ndarray of int, shape (n_impacts, IMPACT_COLUMNS)
        In their order; a factor multiplies, a delay is added.
    happens : ndarray of bool, shape (n_events, n_draws)
    magnitudes : ndarray, shape (n_magnitudes, n_draws)
    rows : ndarray of int
        Which are rounded in the end.
    out : ndarray, shape (n, n_draws)
    """
    for number in range(impacts.shape[0]):
        row, event = out[impacts[number, ROW]], happens[impacts[number, EVENT]]
        values = magnitudes[impacts[number, MAGNITUDE]]
        if impacts[number, IS_FACTOR] != 0:
            for draw in range(row.size):
                row[draw] *= pick(event[draw], values[draw], 1.0)
        else:
            for draw in range(row.size):
                row[draw] += pick(event[draw], values[draw], 0.0)
    for each in rows:
        row = out[each]
        for draw in range(row.size):
            row[draw] = np.rint(row[draw])
