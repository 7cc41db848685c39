"""Draws that go together: common factors, matrices, a floor, and the t copula.

A member has a score z, standard normal, and is drawn at its quantile at Φ(z) (a Gaussian copula: Li 2000, "On default
correlation: a copula function approach"). A pair whose scores have the correlation r has the rank correlation ρ where
r = 2 sin(π ρ / 6), and each member keeps its own distribution.

* Of a group with a common factor z = √r · F + √(1 − r) · E, where F is the group's factor and E the member's own score.
* Of a matrix z = L E, where L Lᵀ is the matrix of r and E are the own scores of all who are joined by it.
* A floor f adds a factor G of all: z = √f · G + √(1 − f) · z′, where z′ has the correlations (r − f) / (1 − f), or 0 where
  that is negative. So every pair has at least f.
* Of a t copula z · √(ν / χ²) is Student's t, where one χ² is drawn for all who are joined (Demarta and McNeil 2005, "The t
  copula and related copulas").

What touches a draw is limited to + − × ÷ √, comparisons, integers and table look-up; products with a matrix are exact
(see `ComponentScores`), and so their order is of no account.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.model.dependence import Component, Dependence, Factor
from schedrisk.sampling.design import Design, Draws, Streams
from schedrisk.sampling.nearest import cholesky_factor, nearest_correlation
from schedrisk.sampling.ranks import rank_from_score, score_from_rank
from schedrisk.sampling.scores import (
    fill_mixing,
    fill_probabilities,
    fill_scores,
    fill_t_probabilities,
    prepare_tables,
)

__all__ = ["Correlated", "CorrelatedRows", "CorrelationSampler", "Scores", "factor_weights", "used_ranks"]

OWN_STREAMS = {"task": ("task", "duration"), "risk": ("risk", "occurrence")}
PREFIX = {"task": "", "risk": "risk "}

# Scores and weights of a matrix are whole multiples of 2⁻²². Products of the two, and sums of 2,000 of them, are then
# whole multiples of 2⁻⁴⁴ below 2⁹, which floats hold exactly: whatever adds them up, in whatever order, gets the same
# bits. Rows of weights have the length 1 and scores end at 6.2, so that a sum is at most 6.2 √2,000 = 277.
FIXED_POINT = 2.0**22

CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, eq=False)
class Scores:
    """What draws have in common, in a block.

    Attributes
    ----------
    values : ndarray, shape (n_scores, n_draws)
        Standard normal: common factors, and members of matrices.
    mixing : ndarray, shape (n_mixing, n_draws)
        √(ν / χ²) of the t copulas.
    """

    values: Floats
    mixing: Floats


@dataclass(frozen=True)
class _Member:
    """How a member's score is made: of which score, with which weights; and its t copula."""

    score: int
    common: float
    own: float
    floor: float = 0.0
    mixing: int = -1
    degrees_of_freedom: float | None = None


@dataclass(frozen=True, eq=False)
class CorrelatedRows:
    """Those of several rows that have something in common with others.

    Attributes
    ----------
    places : ndarray of int, shape (n_correlated,)
        Their places among the rows, ascending.
    scores : ndarray of int, shape (n_correlated,)
        Which score each of them follows.
    common, own : ndarray, shape (n_correlated, 1)
        Weights of that score and of the row's own draw.
    floor : ndarray, shape (n_correlated, 1), or None
        Weight of the factor of all, which is the first score; None where there is no floor.
    mixing : ndarray of int, shape (n_correlated,)
        Which mixing variable each of them has; −1 of a Gaussian copula.
    degrees_of_freedom : ndarray, shape (n_correlated,)
        NaN of a Gaussian copula.
    """

    places: Ints
    scores: Ints
    common: Floats
    own: Floats
    floor: Floats | None
    mixing: Ints
    degrees_of_freedom: Floats

    def apply(self, rows: slice, scores: Scores, u: Floats) -> None:
        """Make the uniforms of some rows go with the scores; those of other rows stay, to the last bit.

        Parameters
        ----------
        rows : slice
            Of which rows `u` holds the uniforms.
        scores : Scores
        u : ndarray, shape (n_rows, n_draws)
        """
        first, last = np.searchsorted(self.places, (rows.start, rows.stop)).tolist()
        if first == last:
            return
        some = slice(first, last)
        inside = self.places[some] - rows.start
        blended, drawn = np.empty((inside.size, u.shape[1])), u[inside]
        fill_scores(drawn, blended)
        np.multiply(blended, self.own[some], out=blended)
        np.multiply(scores.values[self.scores[some]], self.common[some], out=drawn)
        np.add(drawn, blended, out=blended)
        if self.floor is not None:
            np.multiply(scores.values[:1], self.floor[some], out=drawn)
            np.add(drawn, blended, out=blended)
        self._to_uniforms(some, scores.mixing, blended, drawn)
        u[inside] = drawn

    def _to_uniforms(self, some: slice, mixing: Floats, z: Floats, out: Floats) -> None:
        """Write the probabilities of scores, each of its own copula; `z` is overwritten."""
        chosen, degrees = self.mixing[some], self.degrees_of_freedom[some]
        if (chosen < 0).all():
            fill_probabilities(z, out)
            return
        for place, (number, freedom) in enumerate(zip(chosen.tolist(), degrees.tolist(), strict=True)):
            if number < 0:
                fill_probabilities(z[place], out[place])
            else:
                np.multiply(z[place], mixing[number], out=z[place])
                fill_t_probabilities(z[place], freedom, out[place])


@dataclass(frozen=True, eq=False)
class ComponentScores:
    """Scores of members that a matrix joins, made of the own scores of all of them.

    Attributes
    ----------
    streams : Streams
        The members' own, up to the last one wanted.
    weights : ndarray, shape (n_wanted, n_streams)
        Rows of the triangular factor of the matrix, as whole multiples of 2⁻²².
    scale : ndarray, shape (n_wanted, 1)
        What brings a row's sum to unit variance.
    """

    streams: Streams
    weights: Floats
    scale: Floats

    @classmethod
    def of(cls, factor: Floats, rows: Sequence[int], streams: Streams) -> ComponentScores:
        """Prepare some rows of a triangular factor; `streams` are those of the members up to the last row."""
        weights = np.rint(factor[rows, : rows[-1] + 1] * FIXED_POINT)
        lengths = np.array([[math.sqrt(sum(int(each) ** 2 for each in row))] for row in weights])
        return cls(streams, weights, 1.0 / (lengths * FIXED_POINT))

    def fill(self, draws: Draws, out: Floats) -> None:
        """Write the scores, shape (n_wanted, n_draws)."""
        n_members, n_draws = self.weights.shape[1], draws.count
        own = np.empty((n_members, n_draws))
        chunk = max(1, CHUNK_BYTES // (8 * n_draws))
        buffer = np.empty((2, min(chunk, n_members), n_draws))
        for start in range(0, n_members, chunk):
            some = slice(start, min(start + chunk, n_members))
            u, scratch = buffer[:, : some.stop - start]
            draws.fill(self.streams, u, scratch, some)
            fill_scores(u, own[some])
        np.multiply(own, FIXED_POINT, out=own)
        np.rint(own, out=own)
        np.matmul(self.weights, own, out=out)
        np.multiply(out, self.scale, out=out)


@dataclass(frozen=True, eq=False)
class CorrelationSampler:
    """What some members of a plan have in common with others.

    Attributes
    ----------
    factors : Streams
        Of the common factors, the first scores; that of the floor, if there is one, before all.
    components : tuple of ComponentScores
        Of the further scores, in order.
    mixing : Streams
        Of the t copulas.
    degrees_of_freedom : tuple of float
        Of each t copula.
    members : mapping of str to _Member
    has_floor : bool
    """

    factors: Streams
    components: tuple[ComponentScores, ...]
    mixing: Streams
    degrees_of_freedom: tuple[float, ...]
    members: dict[str, _Member]
    has_floor: bool

    @classmethod
    def of(cls, dependence: Dependence, design: Design, drawn: Iterable[str]) -> CorrelationSampler:
        """Prepare what some members have in common; others of their matrices are drawn along with them.

        Parameters
        ----------
        dependence : Dependence
        design : Design
        drawn : iterable of str
            Ids of those that are drawn.
        """
        return _Preparation(dependence, design, set(drawn)).sampler()

    def rows(self, ids: Sequence[str]) -> CorrelatedRows | None:
        """Return what rows of these members follow; None where none of them follows anything."""
        places = [place for place, each in enumerate(ids) if each in self.members]
        if not places:
            return None
        members = [self.members[ids[place]] for place in places]
        degrees = [np.nan if each.degrees_of_freedom is None else each.degrees_of_freedom for each in members]
        return CorrelatedRows(
            places=np.array(places),
            scores=np.array([each.score for each in members]),
            common=np.array([[each.common] for each in members]),
            own=np.array([[each.own] for each in members]),
            floor=np.array([[each.floor] for each in members]) if self.has_floor else None,
            mixing=np.array([each.mixing for each in members]),
            degrees_of_freedom=np.array(degrees),
        )

    def over(self, ids: Iterable[str]) -> Correlated | None:
        """Return what correlates rows of these members that are drawn all at once; None where nothing does."""
        rows = self.rows(list(ids))
        return None if rows is None else Correlated(self, rows)

    def scores(self, draws: Draws) -> Scores:
        """Return what a block of draws has in common."""
        n_factors = self.factors.keys.size
        rows = [part.weights.shape[0] for part in self.components]
        values = np.empty((n_factors + sum(rows), draws.count))
        if n_factors:
            fill_scores(draws.uniforms(self.factors), values[:n_factors])
        first = n_factors
        for part, n_rows in zip(self.components, rows, strict=True):
            part.fill(draws, values[first : first + n_rows])
            first += n_rows
        mixing = np.empty((len(self.degrees_of_freedom), draws.count))
        if mixing.size:
            u = draws.uniforms(self.mixing)
            for row, degrees in enumerate(self.degrees_of_freedom):
                fill_mixing(u[row], degrees, mixing[row])
        return Scores(values, mixing)


@dataclass(frozen=True, eq=False)
class Correlated:
    """Rows that are drawn all at once, and what they have in common."""

    sampler: CorrelationSampler
    rows: CorrelatedRows

    def apply(self, draws: Draws, u: Floats) -> None:
        """Make the uniforms of all rows, shape (n_rows, n_draws), go together."""
        self.rows.apply(slice(0, len(u)), self.sampler.scores(draws), u)


class _Preparation:
    """Collects what a `CorrelationSampler` holds."""

    def __init__(self, dependence: Dependence, design: Design, drawn: Collection[str]) -> None:
        self._dependence, self._design, self._drawn = dependence, design, drawn
        self._prefix = PREFIX[dependence.kind]
        self._floor = float(score_from_rank(dependence.floor))
        self._factors: list[tuple[str, ...]] = []
        self._mixing: list[tuple[str, ...]] = []
        self._degrees: list[float] = []
        self._members: dict[str, _Member] = {}

    def sampler(self) -> CorrelationSampler:
        under_floor = [each for each in self._dependence.everyone if each in self._drawn]
        if under_floor:
            common, own = math.sqrt(self._floor), math.sqrt(1.0 - self._floor)
            self._members = dict.fromkeys(under_floor, _Member(self._new_factor("floor"), common, own))
        for factor in self._dependence.factors:
            self._add_factor(factor)
        components: list[ComponentScores] = []
        for component in self._dependence.components:
            self._add_component(component, components)
        for degrees in {None, *self._degrees} if self._members else ():
            prepare_tables(degrees)
        return CorrelationSampler(
            self._design.streams(self._factors), tuple(components), self._design.streams(self._mixing),
            tuple(self._degrees), self._members, bool(under_floor),
        )  # fmt: skip

    def _new_factor(self, role: str, *ids: str) -> int:
        self._factors.append(("correlation", self._prefix + role, *ids))
        return len(self._factors) - 1

    def _new_mixing(self, degrees: float | None, *ids: str) -> int:
        if degrees is None:
            return -1
        self._mixing.append(("correlation", self._prefix + "mixing", *ids))
        self._degrees.append(degrees)
        return len(self._mixing) - 1

    def _add_factor(self, factor: Factor) -> None:
        inside = [each for each in factor.members if each in self._drawn]
        degrees = factor.degrees_of_freedom
        rho = max(factor.rho, self._dependence.floor)
        if not inside or (degrees is None and factor.rho <= self._dependence.floor):
            return
        common, own = factor_weights(rho, degrees)
        # What the factor of all gives is taken from this one.
        left = math.sqrt(max(common * common - self._floor, 0.0)) if self._floor > 0 else common
        mixing = self._new_mixing(degrees, *factor.stream)
        number = self._new_factor("factor", *factor.stream)
        for each in inside:
            self._members[each] = _Member(number, left, own, math.sqrt(self._floor), mixing, degrees)

    def _add_component(self, component: Component, components: list[ComponentScores]) -> None:
        wanted = [place for place, each in enumerate(component.members) if each in self._drawn]
        if not wanted:
            return
        factor = _fit(component, self._dependence.floor).factor
        streams = self._design.streams(
            (*OWN_STREAMS[self._dependence.kind], each) for each in component.members[: wanted[-1] + 1]
        )
        mixing = self._new_mixing(component.degrees_of_freedom, component.members[0])
        first = sum(part.weights.shape[0] for part in components)
        components.append(ComponentScores.of(factor, wanted, streams))
        weights = math.sqrt(1.0 - self._floor), math.sqrt(self._floor)
        for number, place in enumerate(wanted):
            # Scores of matrices come after those of all factors, of which no more are to come.
            score = len(self._factors) + first + number
            self._members[component.members[place]] = _Member(
                score, weights[0], 0.0, weights[1], mixing, component.degrees_of_freedom
            )


def factor_weights(rho: float, degrees_of_freedom: float | None = None) -> tuple[float, float]:
    """Return the weights of the common factor and of a member's own draw, √r and √(1 − r), for a rank correlation.

    Examples
    --------
    >>> factor_weights(1.0), factor_weights(0.0)
    ((1.0, 0.0), (0.0, 1.0))
    """
    if degrees_of_freedom is None:
        r = 1.0 if rho == 1 else 2.0 * math.sin(math.pi * rho / 6.0)  # the sine of 30° is a hair below ½ in floats
    else:
        r = float(score_from_rank(rho, degrees_of_freedom))
    return math.sqrt(r), math.sqrt(1.0 - r)


@dataclass(frozen=True, eq=False)
class _Fitted:
    """A component's rank correlations as asked for and as used, and the factor that its scores are made with."""

    asked: Floats
    used: Floats
    factor: Floats


def used_ranks(component: Component, dependence: Dependence) -> tuple[Floats, Floats]:
    """Return the rank correlations asked for and those that are used, each of shape (n_members, n_members).

    What is asked for has the floor in it: the two differ only where correlations did not fit together.
    """
    fitted = _fit(component, dependence.floor)
    return fitted.asked, fitted.used


def _fit(component: Component, floor: float) -> _Fitted:
    return _fitted(component.rho.tobytes(), len(component.members), component.degrees_of_freedom, floor)


@lru_cache(maxsize=16)  # a result replays its draws, and scenarios have the same correlations
def _fitted(ranks: bytes, size: int, degrees_of_freedom: float | None, floor: float) -> _Fitted:
    asked = np.maximum(np.frombuffer(ranks).reshape(size, size), floor if floor > 0 else -1.0)
    wanted, least = score_from_rank(asked, degrees_of_freedom), float(score_from_rank(floor))
    if floor > 0:
        # What the factor of all gives is taken from them.
        wanted = np.maximum(wanted - least, 0.0) / (1.0 - least) if least < 1 else np.eye(size)
        np.fill_diagonal(wanted, 1.0)
    valid = nearest_correlation(wanted)
    used = asked
    if valid is not wanted:
        used = rank_from_score(np.clip(least + (1.0 - least) * valid, -1.0, 1.0), degrees_of_freedom)
    for each in (asked, used):
        each.flags.writeable = False
    return _Fitted(asked, used, cholesky_factor(valid))
