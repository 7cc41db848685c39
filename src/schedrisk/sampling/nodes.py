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

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.sampling.tables import KNOTS, tail_knots

__all__ = ["MODE_NODES", "computed_quantiles", "family", "mode_nodes", "nodes_about", "shared_quantiles"]

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


def nodes_about(positions: Floats) -> tuple[Ints, Floats]:
    """Return where the four nodes next to some modes begin in `family`, and the factors of their cubic (Lagrange).

    Parameters
    ----------
    positions : ndarray, shape (n_shapes,)
        Of the modes, 0–1.

    Returns
    -------
    starts : ndarray of int, shape (n_shapes, 2)
        Of the lower tails and of the upper ones, which are lower tails of the mirror image.
    factors : ndarray, shape (n_shapes, 8)
        Of the nodes of the lower tail, then of the upper one.
    """
    nodes = mode_nodes()
    at = np.stack([positions, 1.0 - positions], axis=1)
    first = np.clip(np.searchsorted(nodes, at) - 2, 0, MODE_NODES - 4)
    factors = np.empty((*at.shape, 4))
    for i in range(4):
        factor = np.ones_like(at)
        for j in range(4):
            if j != i:
                factor *= (at - nodes[first + j]) / (nodes[first + i] - nodes[first + j])
        factors[:, :, i] = factor
    return first * KNOTS, factors.reshape(-1, 8)


def family(weight: float, starts: Ints) -> Floats:
    """Return the quantiles of the nodes of a family, shape (MODE_NODES, KNOTS): at least of those that `starts` needs.

    It is one array for all that ask, and has more of its nodes from time to time.
    """
    nodes, known = _family(weight)
    if not known.all():
        for node in np.unique(starts // KNOTS + np.arange(4)[:, None, None]).tolist():
            if not known[node]:
                nodes[node], known[node] = shared_quantiles(node, weight), True
    return nodes


@lru_cache(maxsize=8)
def _family(weight: float) -> tuple[Floats, Bools]:
    """Return the quantiles of a family as far as they are known, and which are."""
    if weight == STORED_WEIGHT:
        return stored_quantiles().copy(), np.ones(MODE_NODES, dtype=bool)  # kernels want what can be written to
    return np.zeros((MODE_NODES, KNOTS)), np.zeros(MODE_NODES, dtype=bool)


if __name__ == "__main__":
    table = np.empty((MODE_NODES, KNOTS))
    for number in range(MODE_NODES):
        table[number] = computed_quantiles(number, STORED_WEIGHT)
    np.save(Path(__file__).with_name(FILE), table)
