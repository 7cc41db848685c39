"""Durations of all tasks by compiled loops: what `DurationSampler` draws, to the last bit, in a fraction of the time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.sample import Sample
from schedrisk.sampling.correlation import FIXED_POINT, CorrelationSampler, Scores
from schedrisk.sampling.design import Design, Draws
from schedrisk.sampling.durations import CHUNK_BYTES, DurationSampler
from schedrisk.sampling.groups import Group
from schedrisk.sampling.program import Program, ProgramBuilder
from schedrisk.sampling.risks import RiskSampler, Strikes
from schedrisk.sampling.scores import mixing_table

__all__ = ["CompiledSampler"]


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
            np.matmul(weights, own, out=out)
            np.multiply(out, scale, out=out)
            start += n_rows
        return Scores(values, mixing)


@dataclass(frozen=True, eq=False)
class CompiledRisks:
    """What decides which risks happen, and their magnitudes, by compiled loops.

    Attributes
    ----------
    sampler : RiskSampler
    events : Program, optional
        Of the uniform numbers that decide.
    n_events : int
    shared : CompiledScores, optional
        What risks have in common.
    """

    sampler: RiskSampler
    events: Program | None
    n_events: int
    shared: CompiledScores | None

    @classmethod
    def of(cls, sampler: RiskSampler, design: Design) -> CompiledRisks:
        """Prepare what a `RiskSampler` draws."""
        occurrences = sampler.occurrences
        correlation = occurrences.correlation
        events = ProgramBuilder(design)
        if n_events := occurrences.streams.keys.size:
            events.add_uniforms(occurrences.streams, correlated=None if correlation is None else correlation.rows)
        shared = None if correlation is None else CompiledScores.of(correlation.sampler, design)
        return cls(sampler, events.program(), n_events, shared)

    def strike(self, draws: Draws) -> Strikes:
        """Decide in which of some draws each risk happens."""
        u = np.empty((self.n_events, draws.count))
        if self.events is not None:
            shared = None if self.shared is None else self.shared.scores(draws.first, draws.count)
            self.events.fill(draws.first, u, shared)
        numbers = self.sampler.occurrences.numbers
        return Strikes(self.sampler, draws, u if u.shape[0] == numbers.size else u[numbers])


@dataclass(frozen=True, eq=False)
class CompiledSampler:
    """Draws what a `DurationSampler` does, to the last bit.

    Estimates that the compiled loops do not know are drawn by NumPy among them, and so is whatever is no duration: who
    exists, what risks add, uncertain lags and dates.

    Attributes
    ----------
    sampler : DurationSampler
    tasks : Program, optional
        Of the rows that compiled loops draw; None where there are none.
    others : tuple of Group
        Of those that they do not.
    struck : ndarray of int, shape (n_struck,)
        Rows that risks may change, or of which it is asked what risks do: drawn first, rounded last.
    scores : CompiledScores, optional
    risks : CompiledRisks, optional
        None where no risk happens and none is asked for.
    """

    sampler: DurationSampler
    tasks: Program | None
    others: tuple[Group, ...]
    struck: Ints
    scores: CompiledScores | None
    risks: CompiledRisks | None

    @classmethod
    def of(cls, sampler: DurationSampler) -> CompiledSampler:
        """Prepare the compiled sampler of what a `DurationSampler` draws."""
        risks, design = sampler.risks, sampler.design
        hit = {row for phase in risks.phases for row in phase.impacts} | sampler.tracked
        struck = np.array(sorted(hit), dtype=np.int64)
        builder = ProgramBuilder(design)
        others = tuple(
            group for group in sampler.groups
            if not builder.add_group(group, group.rows, ~np.isin(group.rows, struck))
        )  # fmt: skip
        correlation = sampler.correlation
        return cls(
            sampler, builder.program(), others, struck,
            None if correlation is None else CompiledScores.of(correlation, design),
            CompiledRisks.of(risks, design) if risks.occurrences.events or hit else None,
        )  # fmt: skip

    def sample(self, first: int, count: int, out: Floats | None = None) -> Sample:
        """Draw some consecutive draws; as `DurationSampler.sample`.

        Parameters
        ----------
        first : int
            Number of the first draw.
        count : int
        out : ndarray, shape (n_rows, n_draws), optional
            Receives the durations: whole ticks, never negative. Quickest in C order.
        """
        sampler = self.sampler
        durations = out
        if durations is None or not durations.flags.c_contiguous:
            durations = np.empty((sampler.n_rows, count))
        shared = None if self.scores is None else self.scores.scores(first, count)
        if self.tasks is not None:
            self.tasks.fill(first, durations, shared)
        if not (self.others or self.risks or sampler.existence or sampler.lags or sampler.dates):
            sample = Sample(first, durations, lags=np.empty((0, count)), dates=np.empty((0, count)))
        else:
            sample = self._with_rest(first, count, durations, shared)
        if out is None or durations is out:
            return sample
        out[:] = durations
        return Sample(first, out, sample.absent, sample.timed, sample.tracked, sample.lags, sample.dates)

    def _with_rest(self, first: int, count: int, durations: Floats, shared: Scores | None) -> Sample:
        """Draw what the compiled loops leave out."""
        sampler, draws = self.sampler, self.sampler.design.block(first, count)
        self._draw_others(draws, durations, shared)
        strikes = None
        if self.risks is not None:
            strikes = self.risks.strike(draws)
            for row in self.struck.tolist():
                duration = durations[row]
                if row in sampler.tracked:
                    strikes.track(row, duration)
                strikes.apply(row, duration)
                np.rint(duration, out=duration)
        absent = {} if sampler.existence is None else sampler.existence.absent(draws)
        for row, gone in absent.items():
            durations[row][gone] = 0.0
        nothing = np.empty((0, count))
        return Sample(
            first,
            durations,
            absent,
            {} if strikes is None else strikes.timed,
            {} if strikes is None else strikes.tracked,
            nothing if sampler.lags is None else sampler.lags.sample(draws),
            nothing if sampler.dates is None else sampler.dates.sample(draws),
        )

    def _draw_others(self, draws: Draws, durations: Floats, shared: Scores | None) -> None:
        """Draw what compiled loops do not know by NumPy; rows that risks change stay as they are drawn."""
        chunk = max(1, CHUNK_BYTES // (8 * draws.count))
        for group in self.others:
            for start in range(0, group.rows.size, chunk):
                some = slice(start, min(start + chunk, group.rows.size))
                drawn = np.empty((some.stop - some.start, draws.count))
                group.fill(some, draws, drawn, shared)
                whole = ~np.isin(group.rows[some], self.struck)
                np.rint(drawn, out=drawn, where=whole[:, None])
                durations[group.rows[some]] = drawn
