"""What members of a plan have in common, and the risks that strike, by compiled loops."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.compiled import combining
from schedrisk.compiled.combining import fill_product, strike_rows
from schedrisk.sampling.correlation import FIXED_POINT, CorrelationSampler, Scores
from schedrisk.sampling.design import Design, Draws
from schedrisk.sampling.program import Program, ProgramBuilder
from schedrisk.sampling.risks import Impact, RiskSampler, Strikes
from schedrisk.sampling.scores import mixing_table

__all__ = ["CompiledRisks", "CompiledScores"]


@dataclass(frozen=True, eq=False)
class CompiledScores:
    """What some members have in common, by compiled loops.

    Attributes
    ----------
    factors, mixing : Program, optional
        Of the common factors, and of the mixing variables of t copulas; None where there are none.
    components : tuple of (Program, ndarray, ndarray)
        Of members that a matrix joins, how their own scores are made, the matrix, and the scale of each row.
    n_factors, n_mixing : int
    """

    factors: Program | None
    mixing: Program | None
    components: tuple[tuple[Program, Floats, Floats], ...]
    n_factors: int
    n_mixing: int

    @classmethod
    def of(cls, sampler: CorrelationSampler, design: Design) -> CompiledScores:
        """Prepare what a `CorrelationSampler` draws."""
        factors, mixing = ProgramBuilder(design), ProgramBuilder(design)
        if n_factors := sampler.factors.keys.size:
            factors.add_scores(sampler.factors)
        if sampler.degrees_of_freedom:
            tables = [(degrees, mixing_table(degrees)) for degrees in sampler.degrees_of_freedom]
            mixing.add_curved(sampler.mixing, tables)
        components = []
        for part in sampler.components:
            own = ProgramBuilder(design)
            own.add_scores(part.streams, scale=FIXED_POINT, whole=True)
            if (program := own.program()) is not None:
                components.append((program, part.weights, part.scale))
        n_mixing = len(sampler.degrees_of_freedom)
        return cls(factors.program(), mixing.program(), tuple(components), n_factors, n_mixing)

    def scores(self, first: int, count: int) -> Scores:
        """Return what a block of draws has in common."""
        rows = [len(weights) for _, weights, _ in self.components]
        values, mixing = np.empty((self.n_factors + sum(rows), count)), np.empty((self.n_mixing, count))
        if self.factors is not None:
            self.factors.fill(first, values)
        if self.mixing is not None:
            self.mixing.fill(first, mixing)
        start = self.n_factors
        for (program, weights, scale), n_rows in zip(self.components, rows, strict=True):
            own = np.empty((weights.shape[1], count))
            program.fill(first, own)
            out = values[start : start + n_rows]
            # Not by a library that starts threads of its own for a product as small as this.
            fill_product(weights, own, scale, out)
            start += n_rows
        return Scores(values, mixing)


@dataclass(frozen=True, eq=False)
class CompiledRisks:
    """Which risks happen and what they do, by compiled loops where they do nothing but multiply and delay.

    Attributes
    ----------
    sampler : RiskSampler
    events : Program, optional
        Of the uniform numbers that decide.
    n_events : int
        How many of these there are.
    shared : CompiledScores, optional
        What risks have in common.
    magnitudes : Program, optional
        Of those that compiled loops draw, one of each of the first impacts.
    impacts : tuple of Impact
        Those with magnitudes that compiled loops draw, then the others.
    n_drawn : int
        How many the former are.
    plain : ndarray of int, shape (n_plain, IMPACT_COLUMNS)
        What compiled loops do, as `schedrisk.compiled.combining.strike_rows` takes it.
    rows : ndarray of int
        The rows that this is done to.
    others : tuple of int
        Other rows that risks may change, or of which it is asked what risks do.
    tracked : frozenset of int
        The latter.
    """

    sampler: RiskSampler
    events: Program | None
    n_events: int
    shared: CompiledScores | None
    magnitudes: Program | None
    impacts: tuple[Impact, ...]
    n_drawn: int
    plain: Ints
    rows: Ints
    others: tuple[int, ...]
    tracked: frozenset[int]

    @classmethod
    def of(cls, sampler: RiskSampler, design: Design, tracked: Collection[int]) -> CompiledRisks | None:
        """Prepare what a `RiskSampler` draws; None where no risk happens and none is asked for."""
        occurrences = sampler.occurrences
        hit = {row for phase in sampler.phases for row in phase.impacts}
        if not (occurrences.events or tracked):
            return None
        correlation = occurrences.correlation
        events, magnitudes = ProgramBuilder(design), ProgramBuilder(design)
        if n_events := occurrences.streams.keys.size:
            events.add_uniforms(occurrences.streams, correlated=None if correlation is None else correlation.rows)
        found = [each for phase in sampler.phases for impacts in phase.impacts.values() for each in impacts]
        drawn: list[Impact] = []
        rest: list[Impact] = []
        for impact in dict.fromkeys(found):
            known = magnitudes.add_group(impact.magnitude, [len(drawn)], 0)
            (drawn if known else rest).append(impact)
        places = {impact: place for place, impact in enumerate([*drawn, *rest])}
        rows = sorted(sampler.plain.keys() - set(tracked))
        plain = [
            (row, impact.event, places[impact], impact.kind == "factor")
            for row in rows
            for impact in sampler.plain[row]
        ]
        return cls(
            sampler, events.program(), n_events,
            None if correlation is None else CompiledScores.of(correlation.sampler, design),
            magnitudes.program(), tuple(places), len(drawn),
            np.array(plain, dtype=np.int64).reshape(-1, combining.IMPACT_COLUMNS), np.array(rows, dtype=np.int64),
            tuple(sorted((hit | set(tracked)) - set(rows))), frozenset(tracked),
        )  # fmt: skip

    @property
    def struck(self) -> Sequence[int]:
        """The rows that are rounded here, and not when they are drawn."""
        return [*self.rows.tolist(), *self.others]

    def strike(self, draws: Draws, durations: Floats) -> Strikes | None:
        """Change durations that are drawn but not yet whole, and make them so.

        Parameters
        ----------
        draws : Draws
        durations : ndarray, shape (n_rows, n_draws)

        Returns
        -------
        Strikes or None
            None where nothing is to be told of any row.
        """
        uniforms, magnitudes = self._uniforms(draws), np.empty((len(self.impacts), draws.count))
        if self.magnitudes is not None:
            self.magnitudes.fill(draws.first, magnitudes)
        for place in range(self.n_drawn, len(self.impacts)):
            self.impacts[place].magnitude.fill(slice(0, 1), draws, magnitudes[place : place + 1])
        if self.rows.size:
            happens = self.sampler.occurrences.happen(uniforms, self.sampler.phases[0].odds)
            strike_rows(self.plain, happens, magnitudes, self.rows, durations)
        if not self.others:
            return None
        strikes = Strikes(self.sampler, draws, uniforms, dict(zip(self.impacts, magnitudes, strict=True)))
        for row in self.others:
            duration = durations[row]
            if row in self.tracked:
                strikes.track(row, duration)
            strikes.apply(row, duration)
            np.rint(duration, out=duration)
        return strikes

    def _uniforms(self, draws: Draws) -> Floats:
        """Return the number that decides each event, shape (n_events, n_draws)."""
        u, numbers = np.empty((self.n_events, draws.count)), self.sampler.occurrences.numbers
        if self.events is not None:
            shared = None if self.shared is None else self.shared.scores(draws.first, draws.count)
            self.events.fill(draws.first, u, shared)
        return u if u.shape[0] == numbers.size else u[numbers]
