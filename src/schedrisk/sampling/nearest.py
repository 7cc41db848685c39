"""Correlation matrices: the nearest valid one, and the factor that scores are blended with.

The nearest correlation matrix, in the sum of squared changes, is the one of Higham (2002, "Computing the nearest
correlation matrix: a problem from finance"). His alternating projections take hundreds of eigenvalue decompositions, and
so it is found through the dual problem instead (Malick 2004, "A dual approach to semidefinite least-squares problems"):
it is the positive part of A + Diag(y), where y minimises the smooth convex ½‖(A + Diag(y))₊‖² − Σ y. Newton's method
does that in some ten steps (Qi and Sun 2006, "A quadratically convergent Newton method for computing the nearest
correlation matrix").
"""

from __future__ import annotations

import numpy as np

from schedrisk._typing import Floats

__all__ = ["LEAST_EIGENVALUE", "cholesky_factor", "nearest_correlation", "smallest_eigenvalue"]

LEAST_EIGENVALUE = 1e-6
"""Of a repaired matrix: so far above 0 that rounding it cannot carry it below."""

TOLERATED = 1e-9
"""An eigenvalue that is so little below 0 comes of rounding; the matrix is left as it is."""

CONVERGED = 1e-10
"""A step changes the dual variables by so little at the end."""

MOST_STEPS = 200

# Linear algebra differs between processors by the last bits. To so many decimals matrices agree.
DECIMALS = 10

# What is left of a member's variance when the members before it are known; below, they decide it.
DECIDED = 1e-12


def smallest_eigenvalue(matrix: Floats) -> float:
    """Return the smallest eigenvalue of a symmetric matrix."""
    return float(np.linalg.eigvalsh(matrix)[0])


def nearest_correlation(matrix: Floats) -> Floats:
    """Return the correlation matrix nearest to a symmetric matrix; the matrix itself where it is one.

    Parameters
    ----------
    matrix : ndarray, shape (n, n)
        Symmetric, with a unit diagonal.

    Returns
    -------
    ndarray, shape (n, n)
        With a unit diagonal, no value beyond ±1 and, if it was changed, no eigenvalue below 0. Values are within about
        1e-6 of the nearest matrix there is, and have 10 decimals.

    Examples
    --------
    >>> tridiagonal = np.array([[2.0, -1, 0, 0], [-1, 2, -1, 0], [0, -1, 2, -1], [0, 0, -1, 2]])
    >>> np.fill_diagonal(tridiagonal, 1)
    >>> nearest_correlation(tridiagonal)[0].round(4).tolist()
    [1.0, -0.8084, 0.1916, 0.1068]
    """
    if smallest_eigenvalue(matrix) >= -TOLERATED:
        return matrix
    from scipy.optimize import minimize

    dual = _Dual(matrix)
    found = minimize(
        dual.value, np.zeros(len(matrix)), jac=dual.gradient, hessp=dual.curvature, method="Newton-CG",
        options={"xtol": CONVERGED, "maxiter": MOST_STEPS},
    )  # fmt: skip
    return _rounded(dual.positive_part(found.x))


class _Dual:
    """½‖(A + Diag(y))₊‖² − Σ y and its derivatives; the decomposition of the last y is kept."""

    def __init__(self, matrix: Floats) -> None:
        self._matrix = matrix
        self._y: Floats | None = None

    def _decompose(self, y: Floats) -> tuple[Floats, Floats]:
        if self._y is None or not np.array_equal(self._y, y):
            self._y = y.copy()
            self._values, self._vectors = np.linalg.eigh(self._matrix + np.diag(y))
        return self._values, self._vectors

    def value(self, y: Floats) -> float:
        values, _ = self._decompose(y)
        return 0.5 * float((np.maximum(values, 0.0) ** 2).sum()) - float(y.sum())

    def gradient(self, y: Floats) -> Floats:
        values, vectors = self._decompose(y)
        return np.asarray((vectors**2) @ np.maximum(values, 0.0) - 1.0)

    def curvature(self, y: Floats, direction: Floats) -> Floats:
        """Return the product of the Hessian with a direction."""
        values, vectors = self._decompose(y)
        kept = np.maximum(values, 0.0)
        gaps = values[:, None] - values
        same = np.abs(gaps) < LEAST_EIGENVALUE**2
        weights = np.where(same, values[:, None] > 0, (kept[:, None] - kept) / np.where(same, 1.0, gaps))
        inner = weights * ((vectors.T * direction) @ vectors)
        return np.asarray(((vectors @ inner) * vectors).sum(axis=1)) + LEAST_EIGENVALUE * direction

    def positive_part(self, y: Floats) -> Floats:
        values, vectors = self._decompose(y)
        kept = (vectors * np.maximum(values, 0.0)) @ vectors.T
        return np.asarray((kept + kept.T) / 2)


def _rounded(matrix: Floats) -> Floats:
    """Return the matrix with its eigenvalues above 0, a unit diagonal and few decimals."""
    values, vectors = np.linalg.eigh(matrix)
    lifted = (vectors * np.maximum(values, 2 * LEAST_EIGENVALUE)) @ vectors.T
    scale = 1 / np.sqrt(np.diag(lifted))
    lifted = lifted * scale[:, None] * scale
    rounded = np.round((lifted + lifted.T) / 2, DECIMALS)
    np.fill_diagonal(rounded, 1.0)
    return np.asarray(np.clip(rounded, -1.0, 1.0))


def cholesky_factor(matrix: Floats) -> Floats:
    """Return the lower triangle L with L Lᵀ = `matrix`, each of its rows of length 1.

    A member that the others before it decide has nothing of its own, so that ±1 is exact. Steps are products,
    differences and quotients in a fixed order: the same on every processor.

    Parameters
    ----------
    matrix : ndarray, shape (n, n)
        A correlation matrix, perhaps singular.

    Examples
    --------
    >>> cholesky_factor(np.array([[1.0, -1.0], [-1.0, 1.0]])).tolist()
    [[1.0, 0.0], [-1.0, 0.0]]
    """
    rest, factor = matrix.copy(), np.zeros_like(matrix)
    for place in range(len(matrix)):
        if rest[place, place] <= DECIDED:
            continue
        column = rest[place:, place] / np.sqrt(rest[place, place])
        factor[place:, place] = column
        rest[place:, place:] -= column[:, None] * column
    lengths = np.zeros(len(matrix))
    for place in range(len(matrix)):
        lengths += factor[:, place] * factor[:, place]
    return np.asarray(factor / np.sqrt(lengths)[:, None])
