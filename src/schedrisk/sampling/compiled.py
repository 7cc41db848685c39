"""Durations of all tasks by compiled loops: what `DurationSampler` draws, to the last bit, in a fraction of the time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.sample import Sample
from schedrisk.sampling.compiled_risks import CompiledRisks, CompiledScores
from schedrisk.sampling.correlation import Scores
from schedrisk.sampling.design import Draws
from schedrisk.sampling.durations import CHUNK_BYTES, DurationSampler
from schedrisk.sampling.groups import Group
from schedrisk.sampling.program import Program, ProgramBuilder

__all__ = ["CompiledSampler"]


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
        design = sampler.design
        risks = CompiledRisks.of(sampler.risks, design, sampler.tracked)
        struck = np.array([] if risks is None else risks.struck, dtype=np.int64)
        builder = ProgramBuilder(design)
        others = tuple(
            group for group in sampler.groups
            if not builder.add_group(group, group.rows, ~np.isin(group.rows, struck))
        )  # fmt: skip
        correlation = sampler.correlation
        return cls(
            sampler, builder.program(), others, struck,
            None if correlation is None else CompiledScores.of(correlation, design),
            risks,
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
        strikes = None if self.risks is None else self.risks.strike(draws, durations)
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
