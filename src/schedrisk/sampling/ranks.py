"""Rank correlation ⇄ the correlation of scores, of the Gaussian copula and of the t copula.

Two draws x and y of the Gaussian copula with correlation r have the rank correlation ρ = 6/π · asin(r / 2) (Pearson
1907). Of the t copula it is the mean of 6/π · asin(r · s) over three independent mixing variables, as follows from
ρ = 3 (P(concordant) − P(discordant)) of x against two independent draws: given the mixing variables, which are the
inverses of gamma variables g₁, g₂, g₃ with ν/2, the differences are normal, and the correlation of their scores is r · s
with s = √(g₂ g₃ / ((g₁ + g₂)(g₁ + g₃))). Its mean is taken by quadrature.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from schedrisk._typing import Floats

__all__ = ["rank_from_score", "score_from_rank", "tail_dependence"]

# Quadrature over quantiles of the gamma distribution, finer at both ends; and the correlations at which it is done.
NODES = 40
STEPS = 129


def score_from_rank(rho: ArrayLike, degrees_of_freedom: float | None = None) -> Floats:
    """Return the correlation of scores that gives a rank correlation.

    Parameters
    ----------
    rho : array_like
        [−1 to 1]
    degrees_of_freedom : float, optional
        Of the t copula; the Gaussian where not given.

    Examples
    --------
    >>> score_from_rank([-1, 0, 0.7]).round(6).tolist()
    [-1.0, 0.0, 0.716736]
    """
    rho = np.asarray(rho, dtype=float)
    if degrees_of_freedom is None:
        scores = 2.0 * np.sin(np.pi * rho / 6.0)
    else:
        r, ranks = _t_ranks(degrees_of_freedom)
        scores = np.sign(rho) * _interpolated(ranks, r, np.abs(rho))
    # The sine of 30° is a hair below ½ in floats.
    return np.where(np.abs(rho) == 1, rho, np.clip(scores, -1.0, 1.0))


def rank_from_score(r: ArrayLike, degrees_of_freedom: float | None = None) -> Floats:
    """Return the rank correlation that comes of a correlation of scores.

    Parameters
    ----------
    r : array_like
        [−1 to 1]
    degrees_of_freedom : float, optional
        Of the t copula; the Gaussian where not given.

    Examples
    --------
    >>> rank_from_score([-1, 0, 0.716736]).round(6).tolist(), rank_from_score(0.7, 4).round(3).tolist()
    ([-1.0, 0.0, 0.7], 0.668)
    """
    r = np.asarray(r, dtype=float)
    if degrees_of_freedom is None:
        ranks = 6.0 / np.pi * np.arcsin(r / 2.0)
    else:
        known, values = _t_ranks(degrees_of_freedom)
        ranks = np.sign(r) * _interpolated(known, values, np.abs(r))
    return np.where(np.abs(r) == 1, r, np.clip(ranks, -1.0, 1.0))


def tail_dependence(r: float, degrees_of_freedom: float | None = None) -> float:
    """Return the chance that one draw is extreme given that the other is, in the limit.

    2 t(−√((ν + 1)(1 − r)/(1 + r))) with t of ν + 1 degrees of freedom (Embrechts, McNeil and Straumann 2002,
    "Correlation and dependence in risk management"); 0 of the Gaussian copula, unless r is 1.

    Examples
    --------
    >>> round(tail_dependence(0.5, 4), 4), tail_dependence(0.5)
    (0.2532, 0.0)
    """
    from scipy.special import stdtr

    if abs(r) == 1 or degrees_of_freedom is None:
        return float(r == 1)
    return 2.0 * float(stdtr(degrees_of_freedom + 1, -np.sqrt((degrees_of_freedom + 1) * (1 - r) / (1 + r))))


@lru_cache(maxsize=32)
def _t_ranks(degrees_of_freedom: float) -> tuple[Floats, Floats]:
    """Return correlations of scores from 0 to 1, and the rank correlations of the t copula that come of them."""
    from scipy.special import gammaincinv

    # Nodes of Gauss and Legendre in w, where u = w² (3 − 2 w): the integrand is rough only where a variable is 0.
    w, weights = np.polynomial.legendre.leggauss(NODES)
    w, weights = (w + 1) / 2, weights / 2
    gamma = gammaincinv(degrees_of_freedom / 2, w * w * (3 - 2 * w))
    weights = weights * 6 * w * (1 - w)
    ratios = np.sqrt(gamma / (gamma[:, None] + gamma))  # of (g₁, g₂)
    s = ratios[:, :, None] * ratios[:, None, :]
    weight = weights[:, None, None] * weights[:, None] * weights
    r = np.sin(np.linspace(0.0, np.pi / 2, STEPS))
    ranks = np.array([6.0 / np.pi * float((np.arcsin(each * s) * weight).sum()) for each in r])
    return r, ranks / ranks[-1]  # 1 but for the error of the quadrature


def _interpolated(x: Floats, y: Floats, at: Floats) -> Floats:
    from scipy.interpolate import PchipInterpolator

    return np.asarray(PchipInterpolator(x, y)(at))
