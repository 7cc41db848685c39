"""Draws of many rows by compiled loops: uniform numbers from counters, made to go together, and their quantiles.

What is done to a draw is what `schedrisk.sampling` does to arrays, operation by operation, and so the bits are the
same. A row is drawn in pieces that stay in the processor's nearest cache: one loop writes the uniform numbers, a second
one where in a table they lie, a third one looks there. Loops that look nothing up work on four numbers at once, which
takes loops of few operations, without branches.

Rows are described by flat arrays, whose columns `schedrisk.compiled.layout` names.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from schedrisk._typing import Floats, Ints, Words
from schedrisk.compiled import layout
from schedrisk.compiled.instructions import as_float, as_word, pick
from schedrisk.compiled.support import kernel

__all__ = ["fill_pert_tables", "fill_rows"]

PIECE = 1024  # numbers of a row drawn at a time: 8 kB each of the numbers, their places and what else is needed

# Of `schedrisk.sampling.streams`.
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_ONE = np.uint64(0x3FF0000000000000)
_TO_UNIT = 1.0 - 2.0**-53
_FRACTION_BITS = 52
# Of `schedrisk.sampling.latin` and `schedrisk.sampling.sobol`.
_ROUNDS = 4
_POINT_WORDS = 64
_POINT_BITS = 30
_LOW_BITS = 6  # points of 64 numbers differ in so many bits
# Of `schedrisk.sampling.tables`.
KNOTS = 31 * 64 + 1
_BITS = np.uint64(6)
_SHIFT = np.uint64(46)
_LOWEST = 2.0**-32
_LOWEST_PLACE = np.uint64((1023 - 32) << 6)
_FRACTION = np.uint64((1 << 46) - 1)
# Of `schedrisk.sampling.scores`.
_FARTHEST = 8.0
_KNOTS_PER_SCORE = 1024.0
_LEAST_PROBABILITY = 2.0**-53


@kernel
def _mixed(word: Any) -> Any:
    """Return SplitMix64's hash of a state."""
    word = (word ^ (word >> np.uint64(30))) * _MIX_1
    word = (word ^ (word >> np.uint64(27))) * _MIX_2
    return word ^ (word >> np.uint64(31))


@kernel
def _unit(word: Any) -> Any:
    """Return (w + ½)·2⁻⁵² of a whole number below 2⁵²."""
    return as_float(word | _ONE) - _TO_UNIT


@kernel
def _write_random(state: Any, out: Floats) -> None:
    for draw in range(out.size):
        state += _GAMMA
        out[draw] = _unit(_mixed(state) >> np.uint64(12))


@kernel
def _write_latin(key: Any, seed: Any, first: int, bits: int, out: Floats, strata: Any) -> None:
    size, done = 1 << bits, 0
    mask, half = np.uint32(size - 1), np.uint32((bits + 1) // 2)
    right, left = np.uint64(64 - _FRACTION_BITS + bits), np.uint64(_FRACTION_BITS - bits)
    while done < out.size:
        replicate, inside = (first + done) >> bits, (first + done) & (size - 1)
        length = min(size - inside, out.size - done)
        for draw in range(length):
            strata[draw] = np.uint32(inside + draw)
        for turn in range(_ROUNDS):
            word = _mixed(seed + np.uint64(replicate * _ROUNDS + turn + 1) * _GAMMA)
            factor, shift = np.uint32(word >> np.uint64(32)) | np.uint32(1), np.uint32(word & np.uint64(0xFFFFFFFF))
            for draw in range(length):
                x = np.uint32(np.uint32(strata[draw] * factor) + shift) & mask
                strata[draw] = x ^ (x >> half)
        state = key + np.uint64(first + done) * _GAMMA
        for draw in range(length):
            state += _GAMMA
            out[done + draw] = _unit((_mixed(state) >> right) | (np.uint64(strata[draw]) << left))
        done += length


@kernel
def _scramble(
    seed: Any, digits: Words, point: int, replicate: int, bits: int, directions: Words, columns: Words
) -> Any:
    """Write the direction numbers of a replicate, and return its digital shift."""
    number = np.uint64(replicate * _POINT_WORDS + 1)
    for place in range(bits):
        diagonal = np.uint64(1) << np.uint64(_FRACTION_BITS - 1 - place)
        word = _mixed(seed + (number + np.uint64(place)) * _GAMMA) >> np.uint64(12)
        columns[place] = (word & (diagonal - np.uint64(1))) | diagonal
    for bit in range(bits):
        word, digit = np.uint64(0), digits[point, bit] >> np.uint64(_POINT_BITS - 1 - bit)
        for back in range(bit + 1):
            word ^= columns[bit - back] & (np.uint64(0) - (digit & np.uint64(1)))
            digit >>= np.uint64(1)
        directions[bit] = word
    return _mixed(seed + (number + np.uint64(_POINT_WORDS - 1)) * _GAMMA) >> np.uint64(12)


@kernel
def _write_sobol(
    seed: Any, digits: Words, point: int, first: int, bits: int, out: Floats, directions: Words, low: Words
) -> None:
    size, done = 1 << bits, 0
    low_bits = min(bits, _LOW_BITS)
    n_low = 1 << low_bits
    while done < out.size:
        replicate, inside = (first + done) >> bits, (first + done) & (size - 1)
        end = inside + min(size - inside, out.size - done)
        shift = _scramble(seed, digits, point, replicate, bits, directions, low)
        low[0] = np.uint64(0)
        for bit in range(low_bits):
            for each in range(1 << bit):
                low[(1 << bit) + each] = low[each] ^ directions[bit]
        while inside < end:
            word = shift
            for bit in range(low_bits, bits):
                word ^= directions[bit] & (np.uint64(0) - np.uint64((inside >> bit) & 1))
            start = inside & (n_low - 1)
            length = min(n_low - start, end - inside)
            for draw in range(length):
                out[done + draw] = _unit(low[start + draw] ^ word)
            done += length
            inside += length


@kernel
def _settled(x: float, least: float, whole: bool) -> Any:
    """Return a quantile held at the least one, and rounded if it is to be whole."""
    x = pick(x > least, x, least)
    return pick(whole, np.rint(x), x)


@kernel
def _finish(scale: float, location: float, least: float, whole: bool, out: Floats) -> None:
    for draw in range(out.size):
        out[draw] = _settled(out[draw] * scale + location, least, whole)


@kernel
def _triangular(parameters: Floats, row: int, whole: bool, out: Floats) -> None:
    """Write quantiles with one root: that of the other side is held at its value at the cut."""
    cut, rising, falling = parameters[row, layout.CUT], parameters[row, layout.RISING], parameters[row, layout.FALLING]
    below, above = parameters[row, layout.BELOW], parameters[row, layout.ABOVE]
    offset, least = parameters[row, layout.OFFSET], parameters[row, layout.LEAST]
    for draw in range(out.size):
        u = out[draw]
        lower = u <= cut
        root = math.sqrt(pick(lower, u, 1.0 - u) * pick(lower, rising, falling))
        out[draw] = _settled(pick(lower, root - above, below - root) + offset, least, whole)


@kernel
def _trapezoid(parameters: Floats, row: int, whole: bool, out: Floats) -> None:
    first, end, last = parameters[row, layout.CUT], parameters[row, layout.END], parameters[row, layout.LAST]
    rising, slope = parameters[row, layout.RISING], parameters[row, layout.SLOPE]
    falling, offset = parameters[row, layout.FALLING], parameters[row, layout.OFFSET]
    least = parameters[row, layout.LEAST]
    for draw in range(out.size):
        u = out[draw]
        middle = pick(u > first, u, first)
        middle = pick(middle < end, middle, end)
        x = math.sqrt(pick(u < first, u, first) * rising) + (middle - first) * slope
        rest = 1.0 - u
        x -= math.sqrt(pick(rest < last, rest, last) * falling)
        out[draw] = _settled(x + offset, least, whole)


@kernel
def _find(out: Floats, places: Words) -> None:
    """Write the knots next to numbers, and in their place how far they are on the way to the following ones."""
    for draw in range(out.size):
        u = out[draw]
        upper = u > 0.5
        distance = pick(upper, 1.0 - u, u)
        distance = pick(distance > _LOWEST, distance, _LOWEST)
        word = as_word(distance)
        places[draw] = (word >> _SHIFT) - _LOWEST_PLACE + np.uint64(upper) * np.uint64(KNOTS)
        out[draw] = as_float(((word & _FRACTION) << _BITS) | _ONE) - 1.0


@kernel
def _interpolate(numbers: Floats, first: int, out: Floats, places: Words) -> None:
    """Write what lies between two knots of a table, as `_find` has found them: a straight line."""
    start = np.uint64(first)
    for draw in range(out.size):
        place = places[draw] + start
        below = numbers[place]
        out[draw] = (numbers[place + np.uint64(1)] - below) * out[draw] + below


@kernel
def _look_up(numbers: Floats, first: int, out: Floats, places: Words) -> None:
    _find(out, places)
    _interpolate(numbers, first, out, places)


@kernel
def _look_up_curved(numbers: Floats, first: int, out: Floats, places: Words) -> None:
    """Write what a table of quantiles and bends, side by side, holds: a parabola between two knots."""
    _find(out, places)
    start = np.uint64(first)
    for draw in range(out.size):
        place, t = np.uint64(2) * places[draw] + start, out[draw]
        below = numbers[place]
        rise = numbers[place + np.uint64(2)] - below
        out[draw] = ((t - 1.0) * numbers[place + np.uint64(1)] + rise) * t + below


@kernel
def _look_up_pieces(
    numbers: Floats, guides: Ints, recipes: Ints, parameters: Floats, row: int, out: Floats, places: Words
) -> None:
    """Write what a table of pieces holds; a guide has the first and the last piece of each cell of equal width."""
    start, guide = np.uint64(recipes[row, layout.FIRST]), np.uint64(recipes[row, layout.SECOND])
    cells, tail = float(1 << recipes[row, layout.FINENESS]), parameters[row, layout.TAIL]
    size, last = np.uint64(layout.PIECE_COLUMNS), 1.0 - tail
    for draw in range(out.size):
        u = out[draw]
        u = pick(u > tail, u, tail)
        u = pick(u < last, u, last)
        places[draw] = np.uint64(np.int32(u * cells))
        out[draw] = u
    for draw in range(out.size):
        u, cell = out[draw], guide + np.uint64(2) * places[draw]
        piece = start + np.uint64(guides[cell]) * size
        # Few cells have more than two knots, so that the next branch is nearly always foreseen.
        piece += size * np.uint64(numbers[piece] < u)
        piece += size * np.uint64(numbers[piece] < u)
        if numbers[piece] < u:
            low, high = (piece - start) // size, np.uint64(guides[cell + np.uint64(1)])
            while low < high:
                middle = (low + high) // np.uint64(2)
                if numbers[start + middle * size] < u:
                    low = middle + np.uint64(1)
                else:
                    high = middle
            piece = start + low * size
        t = (u - numbers[piece + np.uint64(layout.START)]) * numbers[piece + np.uint64(layout.PACE)]
        slope = (t - 1.0) * numbers[piece + np.uint64(layout.BEND)] + numbers[piece + np.uint64(layout.RISE)]
        out[draw] = slope * t + numbers[piece + np.uint64(layout.VALUE)]


@kernel
def _write_tail(
    numbers: Floats, first: int, parameters: Floats, row: int, upper: bool, from_knot: Any, out: Floats
) -> None:
    """Write the quantiles of a PERT at the last knots of a tail, by the cubic through four nodes of its family."""
    column = layout.UPPER if upper else layout.LOWER
    a, b = parameters[row, column], parameters[row, column + 1]
    c, d = parameters[row, column + 2], parameters[row, column + 3]
    low, high = parameters[row, layout.LOW], parameters[row, layout.HIGH]
    base, slope = (high, low - high) if upper else (low, high - low)
    start = np.uint64(first + from_knot)
    second, third, fourth = start + np.uint64(KNOTS), start + np.uint64(2 * KNOTS), start + np.uint64(3 * KNOTS)
    for knot in range(out.size):
        at = np.uint64(knot)
        x = a * numbers[start + at] + b * numbers[second + at] + c * numbers[third + at] + d * numbers[fourth + at]
        out[knot] = base + slope * x


@kernel
def _look_up_pert(
    numbers: Floats, recipes: Ints, parameters: Floats, row: int, from_knot: int, own: Floats, out: Floats,
    places: Words,
) -> None:  # fmt: skip
    """Look up in a row's own table, which has the last knots of each tail, and get those that are wanted farther out."""
    _find(out, places)
    start, all_knots = np.uint64(from_knot), np.uint64(KNOTS)
    for draw in range(out.size):
        place = places[draw]
        upper = place >= all_knots
        knot = place - all_knots * np.uint64(upper)
        if knot < start:
            first = recipes[row, layout.SECOND] if upper else recipes[row, layout.FIRST]
            _write_tail(numbers, first, parameters, row, upper, np.int64(knot), own[place : place + np.uint64(2)])
    _interpolate(own, 0, out, places)


@kernel
def _to_probabilities(probabilities: Floats, out: Floats, places: Words) -> None:
    """Put the normal distribution function of scores in their place."""
    for draw in range(out.size):
        z = out[draw]
        z = pick(z > -_FARTHEST, z, -_FARTHEST)
        z = (pick(z < _FARTHEST, z, _FARTHEST) + _FARTHEST) * _KNOTS_PER_SCORE
        place = np.int32(z)
        places[draw] = np.uint64(place)
        out[draw] = z - float(place)
    for draw in range(out.size):
        below = probabilities[places[draw]]
        out[draw] = (probabilities[places[draw] + np.uint64(1)] - below) * out[draw] + below


@kernel
def _to_t_probabilities(
    numbers: Floats, table: int, freedom: float, out: Floats, places: Words, scratch: Floats
) -> None:
    """Put the distribution function of Student's t in the place of scores."""
    half = freedom / 2
    for draw in range(out.size):
        scratch[draw] = out[draw]
        t = abs(out[draw])
        length = math.sqrt(t * t + freedom)
        out[draw] = half / ((t + length) * length)
    _look_up_curved(numbers, table, out, places)
    for draw in range(out.size):
        p = out[draw]
        p = pick(p > _LEAST_PROBABILITY, p, _LEAST_PROBABILITY)
        out[draw] = pick(scratch[draw] > 0.0, 1.0 - p, p)


@kernel
def _blend(
    blend: Ints, weights: Floats, numbers: Floats, tables: Any, shared: Any, start: int, out: Floats, places: Words,
    scratch: Floats,
) -> None:  # fmt: skip
    """Make the uniform numbers of a row go with the scores that it shares with others."""
    score_table, probabilities = tables
    scores, mixing = shared
    _look_up(score_table, 0, out, places)
    common, own, floor = weights[layout.COMMON], weights[layout.OWN], weights[layout.FLOOR]
    factor = scores[blend[layout.SCORE], start : start + out.size]
    for draw in range(out.size):
        out[draw] = factor[draw] * common + out[draw] * own
    if blend[layout.FLOORED] != 0:
        everyone = scores[0, start : start + out.size]
        for draw in range(out.size):
            out[draw] = everyone[draw] * floor + out[draw]
    if blend[layout.MIXING] < 0:
        _to_probabilities(probabilities, out, places)
        return
    mixed = mixing[blend[layout.MIXING], start : start + out.size]
    for draw in range(out.size):
        out[draw] *= mixed[draw]
    _to_t_probabilities(numbers, blend[layout.T_TABLE], weights[layout.FREEDOM], out, places, scratch)


@kernel
def _write_quantiles(
    recipes: Ints, parameters: Floats, row: int, numbers: Floats, guides: Ints, from_knot: int, own: Floats,
    out: Floats, places: Words,
) -> None:  # fmt: skip
    kind, whole = recipes[row, layout.QUANTILE], recipes[row, layout.WHOLE] > recipes[row, layout.SHIFTED]
    if kind == layout.TRIANGULAR:
        _triangular(parameters, row, whole, out)
    elif kind == layout.TRAPEZOID:
        _trapezoid(parameters, row, whole, out)
    else:
        if kind == layout.LINEAR_TABLE:
            _look_up(numbers, recipes[row, layout.FIRST], out, places)
        elif kind == layout.CURVED_TABLE:
            _look_up_curved(numbers, recipes[row, layout.FIRST], out, places)
        elif kind == layout.PIECES:
            _look_up_pieces(numbers, guides, recipes, parameters, row, out, places)
        elif kind == layout.PERT_FAMILY:
            _look_up_pert(numbers, recipes, parameters, row, from_knot, own, out, places)
        scale, location = parameters[row, layout.SCALE], parameters[row, layout.LOCATION]
        _finish(scale, location, parameters[row, layout.LEAST], whole, out)


@kernel
def fill_rows(
    first: int, bits: int, octaves: int, recipes: Ints, parameters: Floats, keys: Words, digits: Words,
    numbers: Floats, guides: Ints, blends: Ints, weights: Floats, tables: Any, shared: Any, out: Floats,
) -> None:  # fmt: skip
    """Draw rows.

    Parameters
    ----------
    first : int
        Number of the first draw.
    bits : int
        Of the size of a replicate of stratified draws.
    octaves : int
        For how many halvings of the distance to an end a PERT of a family gets its own table.
    recipes, parameters : ndarray, shape (n_rows, RECIPE) and (n_rows, PARAMETERS)
    keys : ndarray of uint64, shape (n_rows, 2)
        Of the streams: for draws, and for what is decided once.
    digits : ndarray of uint64, shape (n_points, bits)
        Direction numbers of Sobol' streams.
    numbers, guides : ndarray
        All tables, one after another, and where to begin a search in them.
    blends, weights : ndarray, shape (n_blended, BLEND_COLUMNS) and (n_blended, WEIGHT_COLUMNS)
    tables : tuple of two ndarray
        Of scores and of probabilities.
    shared : tuple of two ndarray
        What draws have in common: scores, of shape (n_scores, n_draws), and mixing variables.
    out : ndarray, shape (n, n_draws)
        Receives the rows.
    """
    places, scratch = np.empty(PIECE, dtype=np.uint64), np.empty(PIECE)
    strata, low = np.empty(PIECE, dtype=np.uint32), np.empty(_POINT_WORDS, dtype=np.uint64)
    directions, own, from_knot = np.empty(_POINT_WORDS, dtype=np.uint64), np.empty(2 * KNOTS), KNOTS - 64 * octaves - 1
    own[KNOTS] = 0.0  # follows the last knot of the lower tail, and counts for nothing
    for row in range(recipes.shape[0]):
        stream, key, seed = recipes[row, layout.STREAM], keys[row, 0], keys[row, 1]
        if recipes[row, layout.QUANTILE] == layout.PERT_FAMILY:
            _write_tail(numbers, recipes[row, layout.FIRST], parameters, row, False, from_knot, own[from_knot:KNOTS])
            _write_tail(
                numbers, recipes[row, layout.SECOND], parameters, row, True, from_knot, own[KNOTS + from_knot :]
            )
        for start in range(0, out.shape[1], PIECE):
            part, blend = out[recipes[row, layout.ROW], start : start + PIECE], recipes[row, layout.BLEND]
            if stream == layout.RANDOM:
                _write_random(key + np.uint64(first + start) * _GAMMA, part)
            elif stream == layout.LATIN:
                _write_latin(key, seed, first + start, bits, part, strata)
            elif stream == layout.SOBOL:
                _write_sobol(seed, digits, recipes[row, layout.DIGITS], first + start, bits, part, directions, low)
            else:
                part[:] = 0.0
            if blend >= 0:
                _blend(blends[blend], weights[blend], numbers, tables, shared, start, part, places, scratch)
            _write_quantiles(recipes, parameters, row, numbers, guides, from_knot, own, part, places)
            if recipes[row, layout.SHIFTED] != 0:
                _finish(1.0, parameters[row, layout.SHIFT], 0.0, recipes[row, layout.WHOLE] != 0, part)


@kernel
def fill_pert_tables(numbers: Floats, recipes: Ints, parameters: Floats, out: Floats) -> None:
    """Write the tables of PERT distributions of a family, as `interpolate` takes them.

    Parameters
    ----------
    numbers : ndarray
        Quantiles of the family, `KNOTS` of each node.
    recipes, parameters : ndarray
        As of `fill_rows`.
    out : ndarray, shape (n_rows, 2 * KNOTS)
    """
    for row in range(out.shape[0]):
        _write_tail(numbers, recipes[row, layout.FIRST], parameters, row, False, 0, out[row, :KNOTS])
        _write_tail(numbers, recipes[row, layout.SECOND], parameters, row, True, 0, out[row, KNOTS:])
