"""Quantiles of PERT distributions at a grid of modes, from which the tables of all others are made.

Inverting the beta distribution function at all of them takes a third of a second. Those of the weight that nearly every
PERT has, 4, are kept in a file beside this module: they are read in a millisecond, and are the same bits whatever the
version of SciPy. Run this file to write the other anew; other bits are other draws, and
raise `STREAM_VERSION`.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from schedrisk._typing import Floats
from schedrisk.sampling.tables import KNOTS, tail_knots

__all__ = ["MODE_NODES", "STORED_WEIGHT", "computed_quantiles", "mode_nodes", "shared_quantiles", "stored_quantiles"]

MODE_NODES = 129
STORED_WEIGHT = 4.0
FILE = "nodes.npy"


@lru_cache(maxsize=1)
def mode_nodes() -> Floats:
    """Return the grid of mode positions, denser towards 0 and 1, where quantiles change fastest with the mode."""
    t = np.arange(MODE_NODES) / (MODE_NODES - 1)
    return np.asarray(t * t * (3.0 - 2.0 * t))


@lru_cache(maxsize=8 * MODE_NODES)
def shared_quantiles(node: int, weight: float) -> Floats:
    """Return lower-tail quantiles of the unit PERT whose mode is a node of `mode_nodes`, shape (KNOTS,)."""
    if weight == STORED_WEIGHT:
        return np.asarray(stored_quantiles()[node])
    table = computed_quantiles(node, weight)
    table.flags.writeable = False
    return table


@lru_cache(maxsize=1)
def stored_quantiles() -> Floats:
    """Return the quantiles of all nodes of weight 4 as they are kept, shape (MODE_NODES, KNOTS)."""
    with files("schedrisk.sampling").joinpath(FILE).open("rb") as file:
        table: Floats = np.load(file)
    table.flags.writeable = False
    return table


def computed_quantiles(node: int, weight: float) -> Floats:
    """Return the quantiles of a node by inverting the beta distribution function, shape (KNOTS,)."""
    from scipy.special import betaincinv

    mode = float(mode_nodes()[node])
    return np.asarray(betaincinv(1 + weight * mode, 1 + weight * (1 - mode), tail_knots()), dtype=float)


if __name__ == "__main__":
    table = np.empty((MODE_NODES, KNOTS))
    for number in range(MODE_NODES):
        table[number] = computed_quantiles(number, STORED_WEIGHT)
    np.save(Path(__file__).with_name(FILE), table)
