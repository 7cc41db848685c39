"""What is done to rows that are drawn already: products with a matrix, and the risks that strike."""

from __future__ import annotations

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.compiled.instructions import pick
from schedrisk.compiled.support import kernel

__all__ = ["fill_product", "strike_rows"]

PIECE = 128  # draws at a time: a thousand pieces of rows stay in a cache

# Columns of `impacts` of `strike_rows`.
ROW, EVENT, MAGNITUDE, IS_FACTOR, IMPACT_COLUMNS = 0, 1, 2, 3, 4


@kernel
def _add_four(weights: Floats, row: int, member: int, own: Floats, out: Floats, next_out: Floats) -> None:
    """Add four members' scores to two rows, each with its weight."""
    a, b = weights[row, member], weights[row, member + 1]
    c, d = weights[row, member + 2], weights[row, member + 3]
    e, f = weights[row + 1, member], weights[row + 1, member + 1]
    g, h = weights[row + 1, member + 2], weights[row + 1, member + 3]
    first, second, third, fourth = own[member], own[member + 1], own[member + 2], own[member + 3]
    for draw in range(out.size):
        out[draw] += (a * first[draw] + b * second[draw]) + (c * third[draw] + d * fourth[draw])
        next_out[draw] += (e * first[draw] + f * second[draw]) + (g * third[draw] + h * fourth[draw])


@kernel
def _add_one(weight: float, scores: Floats, out: Floats) -> None:
    """Add one member's scores to a row."""
    for draw in range(out.size):
        out[draw] += weight * scores[draw]


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
    n_rows, n_members = weights.shape
    out[:] = 0.0
    # Rows of a power of two apart would all want the same few lines of the cache.
    packed = np.empty((n_members, PIECE + 8))
    for start in range(0, out.shape[1], PIECE):
        end = min(start + PIECE, out.shape[1])
        packed[:, : end - start] = own[:, start:end]
        for row in range(0, n_rows, 2):
            last = min(row + 1, n_rows - 1)
            part, next_part = out[row, start:end], out[last, start:end]
            length = n_members
            while length > 0 and weights[last, length - 1] == 0.0:
                length -= 1
            fours = length - length % 4 if last > row else 0
            for member in range(0, fours, 4):
                _add_four(weights, row, member, packed, part, next_part)
            for member in range(fours, length):
                _add_one(weights[row, member], packed[member], part)
                if last > row:
                    _add_one(weights[last, member], packed[member], next_part)
    for row in range(n_rows):
        for draw in range(out.shape[1]):
            out[row, draw] *= scale[row, 0]


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
