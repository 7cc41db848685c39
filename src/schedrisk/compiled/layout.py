"""How rows to draw are described in flat arrays: the columns, and the kinds of uniform numbers and of quantiles.

`recipes` are integers and `parameters` floats, one row of each for every row to draw.
"""

from __future__ import annotations

# Columns of `recipes`.
ROW = 0  # which row of the result
STREAM = 1  # which kind of uniform numbers
DIGITS = 2  # which row of `digits`, of a Sobol' stream
QUANTILE = 3  # which kind of quantile
FIRST = 4  # where in `numbers` its table begins; of a PERT of a family the four nodes of its lower tail
SECOND = 5  # where in `numbers` the nodes of its upper tail begin; of pieces, where in `guides` their guide does
FINENESS = 6  # of pieces: their guide has two to the power of it cells
WHOLE = 7  # whether the quantiles are rounded
SHIFTED = 8  # whether the last parameter is added
BLEND = 9  # which row of `blends`; -1 of a row that has nothing in common with others
RECIPE = 10

# Kinds of uniform numbers.
ZERO, RANDOM, LATIN, SOBOL = 0, 1, 2, 3

# Kinds of quantiles.
LINE, TRIANGULAR, TRAPEZOID, LINEAR_TABLE, CURVED_TABLE, PIECES, PERT_FAMILY = 0, 1, 2, 3, 4, 5, 6

# Columns of `parameters`. `LEAST` is 0, or minus infinity where nothing can be below 0.
SCALE, LOCATION, LEAST = 0, 1, 2  # of all kinds, but for the two that need no scale
CUT, RISING, FALLING, BELOW, ABOVE, OFFSET = 0, 1, 3, 4, 5, 6  # of a triangle; its roots at the cut from either side
END, LAST, SLOPE = 4, 5, 7  # of a trapezoid, beside some of those: its first share is its cut
TAIL = 3  # of pieces: how near to 0 and 1 they are looked up
LOW, HIGH, LOWER, UPPER = 3, 4, 5, 9  # of a PERT of a family: its ends, and four factors of the nodes of each tail
SHIFT = 13  # of a row that is shifted
PARAMETERS = 14

# Columns of `blends` and of `weights`.
SCORE, MIXING, T_TABLE, FLOORED, BLEND_COLUMNS = 0, 1, 2, 3, 4
COMMON, OWN, FLOOR, FREEDOM, WEIGHT_COLUMNS = 0, 1, 2, 3, 4

# Columns of a piece: where the one before ends, where it begins, one over its length, and with t from 0 to 1 along it
# x = value + t (rise + (t - 1) bend).
KNOT, START, PACE, VALUE, RISE, BEND, PIECE_COLUMNS = 0, 1, 2, 3, 4, 5, 8
