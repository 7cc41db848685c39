"""Tasks that are long or short together: a common factor behind the draws of each correlation group.

A task of a group has the score z = √r · F + √(1 − r) · E, where F is the group's common factor and E the task's own
draw, both standard normal; the duration is the task's quantile at Φ(z). So every pair has the correlation r of scores
(a one-factor Gaussian copula: Li 2000, "On default correlation: a copula function approach"), which is the rank
correlation ρ where r = 2 sin(π ρ / 6) (Pearson 1907, "On further methods of determining correlation"), and each
duration keeps its own distribution.

Scores come from a table of Φ⁻¹ and go back through a table of Φ: what touches a draw is limited to + − × ÷ √,
comparisons, integers and table look-up, as in `schedrisk.sampling.quantiles`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.model import Plan
from schedrisk.sampling.design import Design, Draws, Streams
from schedrisk.sampling.tables import interpolate, tail_knots

__all__ = ["CommonFactors", "CorrelatedRows", "factor_weights", "fill_probabilities", "fill_scores"]

# The table of Φ: linear between knots 1/1024 apart, which is within 3e-8 of Φ, and of either tail within 1e-5 of
# itself. It ends before Φ comes too near to 1 to be told from it.
KNOTS_PER_SCORE = 1024
FARTHEST = 8.0


@dataclass(frozen=True, eq=False)
class CorrelatedRows:
    """Those of several rows that follow a common factor.

    Attributes
    ----------
    places : ndarray of int, shape (n_correlated,)
        Their places among the rows, ascending.
    factors : ndarray of int, shape (n_correlated,)
        Which factor each of them follows.
    common, own : ndarray, shape (n_correlated, 1)
        Weights of the factor and of the row's own draw, √r and √(1 − r).
    """

    places: Ints
    factors: Ints
    common: Floats
    own: Floats

    def apply(self, rows: slice, scores: Floats, u: Floats) -> None:
        """Make the uniforms of some rows follow their factors; those of other rows stay, to the last bit.

        Parameters
        ----------
        rows : slice
            Of which rows `u` holds the uniforms.
        scores : ndarray, shape (n_factors, n_draws)
        u : ndarray, shape (n_rows, n_draws)
        """
        first, last = np.searchsorted(self.places, (rows.start, rows.stop)).tolist()
        if first == last:
            return
        inside = self.places[first:last] - rows.start
        blended, drawn = np.empty((inside.size, u.shape[1])), u[inside]
        fill_scores(drawn, blended)
        np.multiply(blended, self.own[first:last], out=blended)
        np.multiply(scores[self.factors[first:last]], self.common[first:last], out=drawn)
        np.add(drawn, blended, out=blended)
        fill_probabilities(blended, drawn)
        u[inside] = drawn


@dataclass(frozen=True, eq=False)
class CommonFactors:
    """The factors of a plan's correlation groups, one stream each.

    A group has no name of its own: its stream is keyed by the task that is listed first. Whatever joins behind that
    one leaves the draws of the others unchanged.

    Attributes
    ----------
    streams : Streams
        One of each factor.
    members : mapping of str to (factor, weight of the factor, weight of the task's own draw)
    """

    streams: Streams
    members: Mapping[str, tuple[int, float, float]]

    @classmethod
    def of(cls, plan: Plan, design: Design, tasks: Iterable[str]) -> CommonFactors:
        """Prepare the factors that some tasks follow.

        Parameters
        ----------
        plan : Plan
        design : Design
        tasks : iterable of str
            Ids of the tasks that are drawn.
        """
        drawn = set(tasks) if plan.correlations else set()
        names: list[tuple[str, ...]] = []
        members: dict[str, tuple[int, float, float]] = {}
        for group in plan.correlations:
            inside = [task for task in group.tasks if task in drawn]
            if group.rho > 0 and inside:
                weights = factor_weights(group.rho)
                members |= dict.fromkeys(inside, (len(names), *weights))
                names.append(("correlation", "factor", group.tasks[0]))
        if members:
            score_table(), probability_table()  # built here, once, not in the midst of the first block
        return cls(design.streams(names), members)

    def rows(self, tasks: Sequence[str]) -> CorrelatedRows | None:
        """Return what rows of these tasks follow; None where none of them follows a factor."""
        places = [place for place, task in enumerate(tasks) if task in self.members]
        if not places:
            return None
        factors, common, own = zip(*(self.members[tasks[place]] for place in places), strict=True)
        return CorrelatedRows(np.array(places), np.array(factors), np.array(common)[:, None], np.array(own)[:, None])

    def scores(self, draws: Draws) -> Floats:
        """Return the standard normal score of each factor, shape (n_factors, n_draws)."""
        u = draws.uniforms(self.streams)
        out = np.empty_like(u)
        fill_scores(u, out)
        return out


def factor_weights(rho: float) -> tuple[float, float]:
    """Return the weights of the common factor and of a task's own draw, √r and √(1 − r), for a rank correlation.

    Examples
    --------
    >>> factor_weights(1.0), factor_weights(0.0)
    ((1.0, 0.0), (0.0, 1.0))
    """
    r = 1.0 if rho == 1 else 2.0 * math.sin(math.pi * rho / 6.0)  # the sine of 30° is a hair below ½ in floats
    return math.sqrt(r), math.sqrt(1.0 - r)


@lru_cache(maxsize=1)
def score_table() -> Floats:
    """Return Φ⁻¹ at the knots of both tails, as `interpolate` takes it."""
    from scipy.special import ndtri

    lower = np.asarray(ndtri(tail_knots()), dtype=float)
    return np.concatenate([lower, -lower])


@lru_cache(maxsize=1)
def probability_table() -> Floats:
    """Return Φ from −`FARTHEST` to `FARTHEST`, and one knot beyond."""
    from scipy.special import ndtr

    knots = np.arange(2 * FARTHEST * KNOTS_PER_SCORE + 2) / KNOTS_PER_SCORE - FARTHEST
    return np.asarray(ndtr(knots), dtype=float)


def fill_scores(u: Floats, out: Floats) -> None:
    """Write Φ⁻¹(u), within 3e-5 of |1/Φ⁻¹(u)| and held at ±6.2; `u` is overwritten.

    Parameters
    ----------
    u, out : ndarray of one shape
    """
    interpolate(score_table(), u, out)


def fill_probabilities(z: Floats, out: Floats) -> None:
    """Write Φ(z), within 1e-7, a tail of 1e-9 within a thousandth of itself; never 0 or 1. `z` is overwritten.

    Parameters
    ----------
    z, out : ndarray of one shape
    """
    table = probability_table()
    np.maximum(z, -FARTHEST, out=z)
    np.minimum(z, FARTHEST, out=z)
    np.add(z, FARTHEST, out=z)
    np.multiply(z, float(KNOTS_PER_SCORE), out=z)
    place = z.astype(np.int64)
    np.subtract(z, place, out=z)
    below = table.take(place)
    place += 1
    np.subtract(table.take(place), below, out=out)
    np.multiply(out, z, out=out)
    np.add(out, below, out=out)
