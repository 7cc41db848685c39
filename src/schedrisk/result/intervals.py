"""Intervals of a share and of a percentile of independent draws."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from schedrisk._validation import as_number
from schedrisk.errors import ArgumentError, Problem, shown

__all__ = [
    "checked_percentiles",
    "confident",
    "normal_quantile",
    "percentile_rank",
    "rank_interval",
    "score_interval",
    "wilson_interval",
]


def confident(confidence_level: float) -> float:
    """Return a confidence level, or refuse what is none."""
    if not isinstance(as_number(confidence_level), float) or not 0 < confidence_level < 1:
        raise ArgumentError(
            [Problem("confidence_level", shown(confidence_level), "a number between 0 and 1", "0.95 is usual")]
        )
    return confidence_level


def normal_quantile(confidence_level: float) -> float:
    """Return z so that a normal variable is within ±z with this probability."""
    from scipy.special import ndtri

    return float(ndtri(0.5 + confident(confidence_level) / 2))


def wilson_interval(count: int, n_draws: int, confidence_level: float = 0.95) -> tuple[float, float]:
    """Return the score interval of a probability (Wilson 1927).

    Parameters
    ----------
    count : int
        Draws in which the event happened.
    n_draws : int
    confidence_level : float

    Returns
    -------
    tuple of float
        Lower and upper end [0–1].

    Examples
    --------
    >>> low, high = wilson_interval(0, 10_000)
    >>> low, round(high, 6)
    (0.0, 0.000384)
    """
    return score_interval(count / n_draws, n_draws, normal_quantile(confidence_level))


def score_interval(share: float, n_draws: float, quantile: float) -> tuple[float, float]:
    """Return the score interval of a probability, given how many standard errors it reaches.

    Parameters
    ----------
    share : float
        Of the draws in which the event happened [0–1].
    n_draws : float
    quantile : float
    """
    z2 = quantile**2
    centre = (share + z2 / (2 * n_draws)) / (1 + z2 / n_draws)
    half = np.sqrt(z2 * share * (1 - share) / n_draws + (z2 / (2 * n_draws)) ** 2) / (1 + z2 / n_draws)
    low = 0.0 if share == 0 else max(0.0, float(centre - half))
    high = 1.0 if share == 1 else min(1.0, float(centre + half))
    return low, high


def percentile_rank(percent: float, n_draws: int) -> int:
    """Return the index, among ascending draws, of the earliest value met in at least `percent` % of them.

    Raises
    ------
    ArgumentError
        For a percentage outside 0–100.
    """
    if not isinstance(as_number(percent), float) or not 0 <= percent <= 100:
        raise ArgumentError([Problem("percentile", shown(percent), "a number from 0 to 100", "0.8 is written 80")])
    share = percent / 100
    rank = int(np.ceil(share * n_draws))
    # Rounding of the product may leave the rank one off; the share it stands for decides.
    while rank / n_draws < share:
        rank += 1
    while rank > 0 and (rank - 1) / n_draws >= share:
        rank -= 1
    return max(rank - 1, 0)


def checked_percentiles(percentiles: object) -> tuple[float, ...]:
    """Return percentages as they are asked for, each once.

    Raises
    ------
    ArgumentError
        For what is not a collection of numbers from 0 to 100.
    """
    if isinstance(percentiles, str) or not isinstance(percentiles, Iterable):
        remedy = "one of them is written (80,); none ()"
        raise ArgumentError([Problem("percentiles", shown(percentiles), "numbers from 0 to 100", remedy)])
    asked = list(percentiles)
    for each in asked:
        percentile_rank(each, 1)
    return tuple(dict.fromkeys(asked))


def rank_interval(percent: float, n_draws: int, confidence_level: float = 0.95) -> tuple[int, int]:
    """Return two indices among ascending draws between which the true percentile lies with this confidence.

    How many draws fall below the true percentile is binomial, whatever the distribution (David and Nagaraja 2003,
    §7.1).
    """
    from scipy.special import bdtr

    z, share = normal_quantile(confidence_level), percent / 100
    spread = z * np.sqrt(n_draws * share * (1 - share))
    tail = (1 - confidence_level) / 2
    low = int(np.clip(np.floor(n_draws * share - spread), 0, n_draws - 1))
    high = int(np.clip(np.ceil(n_draws * share + spread), 0, n_draws - 1))
    # The normal approximation is a good place to begin; the binomial itself decides.
    while low > 0 and bdtr(low, n_draws, share) > tail:
        low -= 1
    while high < n_draws - 1 and bdtr(high, n_draws, share) < 1 - tail:
        high += 1
    return low, high
