"""One summary of a simulation, and its renderings as text and as a fragment of HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from schedrisk._typing import Floats
from schedrisk.model import Plan
from schedrisk.result.intervals import percentile_rank
from schedrisk.result.precision import PrecisionReached
from schedrisk.result.promise import PromiseOutcome
from schedrisk.sampling.design import Sampling
from schedrisk.timeaxis import TimeAxis
from schedrisk.wording import moment_text, money_text, number_text

__all__ = ["Summary"]

MOST_PROMISES = 5
CURVE_POINTS = 61


@dataclass(frozen=True)
class Summary:
    """The figures that every rendering of a result shows.

    Attributes
    ----------
    plan_name, unit : str
    n_tasks, n_risks, n_draws : int
    planned_finish : datetime64 or float
    percentiles : tuple of (int, datetime64 or float)
        P10, P50, P80 and P90 of the project finish.
    promises : tuple of PromiseOutcome
    decisions : tuple of (str, date or float, str)
        Of each decision its id, its date and in which share of the draws its milestone is reached.
    notes : tuple of str
        How the draws were made, where they are not random, and how precise they are, where that was asked for.
    n_mitigated : int
        Risks whose mitigation is chosen.
    provenance : mapping
        Entropy, stream version, plan hash and package versions.
    curve : tuple of float
        The finish at 0, 1/60 … 60/60 of the draws, in working time, scaled to 0–1 (for the small picture).
    """

    plan_name: str
    unit: str
    n_tasks: int
    n_risks: int
    n_draws: int
    planned_finish: Any
    percentiles: tuple[tuple[int, Any], ...]
    promises: tuple[PromiseOutcome, ...]
    decisions: tuple[tuple[str, Any, str], ...]
    provenance: Mapping[str, Any]
    curve: tuple[float, ...]
    notes: tuple[str, ...] = ()
    n_mitigated: int = 0

    @classmethod
    def of(
        cls,
        plan: Plan,
        *,
        finish_ticks: Floats,
        axis: TimeAxis,
        planned_finish: Any,
        promises: Sequence[PromiseOutcome],
        decisions: Sequence[tuple[str, Any, str]],
        provenance: Mapping[str, Any],
        sampling: Sampling,
        n_requested: int | None = None,
        n_mitigated: int = 0,
        precision: PrecisionReached | None = None,
    ) -> Summary:
        """Gather the figures."""
        ascending = np.sort(finish_ticks)
        percents = (10, 50, 80, 90)
        dates = [axis.moment(ascending[percentile_rank(percent, ascending.size)]) for percent in percents]
        points = ascending[np.linspace(0, ascending.size - 1, CURVE_POINTS).astype(int)]
        spread = points[-1] - points[0]
        return cls(
            plan_name=plan.name,
            unit=plan.unit,
            n_tasks=len(plan.tasks),
            n_risks=len(plan.risks),
            n_draws=int(ascending.size),
            planned_finish=planned_finish,
            percentiles=tuple(zip(percents, dates, strict=True)),
            promises=tuple(promises),
            decisions=tuple(decisions),
            provenance=dict(provenance),
            curve=tuple(((points - points[0]) / spread).tolist()) if spread else (),
            notes=_notes(sampling, n_requested, precision),
            n_mitigated=n_mitigated,
        )

    @property
    def heading(self) -> str:
        """What was simulated, in a line."""
        risks = f", {self.n_risks:,} risk{'s' * (self.n_risks != 1)}" if self.n_risks else ""
        if self.n_mitigated:
            risks += f" ({self.n_mitigated:,} mitigated)"
        return f"{self.plan_name}: {self.n_tasks:,} task{'s' * (self.n_tasks != 1)}{risks}, {self.n_draws:,} draws"

    def moment(self, value: Any) -> str:
        """Write a moment of this plan."""
        return moment_text(value, self.unit)

    def text(self) -> str:
        """Render for a terminal: under 20 lines."""
        lines = [f"SimulationResult of {_one_line(self.heading)}"]
        lines.append(f"  planned finish  {self.moment(self.planned_finish)}")
        lines.append("  finish          " + ", ".join(f"P{p} {self.moment(date)}" for p, date in self.percentiles))
        for promise in self.promises[:MOST_PROMISES]:
            lines.append(f"  promise {_one_line(promise.name)} {promise.terms}: {promise.chance}")
            lines.append(f"    {self._promise_details(promise)}")
        if len(self.promises) > MOST_PROMISES:
            lines.append(f"  … and {len(self.promises) - MOST_PROMISES:,} more promises")
        for name, by, share in self.decisions[:MOST_PROMISES]:
            lines.append(f"  decision {_one_line(name)} by {self.moment(by)}: reached in {share}")
        if len(self.decisions) > MOST_PROMISES:
            lines.append(f"  … and {len(self.decisions) - MOST_PROMISES:,} more decisions")
        lines += [f"  {note}" for note in self.notes]
        lines.append(f"  rng={self.provenance['entropy']}, plan {self.provenance['plan_hash']}")
        return "\n".join(lines)

    @staticmethod
    def _chance(promise: PromiseOutcome) -> str:
        return (
            f"{promise.chance}; without imposed dates {promise.chance_without}" if promise.imposed else promise.chance
        )

    def _promise_details(self, promise: PromiseOutcome) -> str:
        parts = [f"80 %: {promise.promisable_text(promise.promisable_80)}"]
        if promise.n_kept < promise.n_draws:
            parts.append(f"late by {number_text(promise.expected_lateness)} {promise.unit} on average")
        if np.isfinite(promise.expected_damages):
            parts.append(f"damages {money_text(promise.expected_damages)}")
        if promise.imposed:
            parts.append(f"without imposed dates {promise.chance_without.partition(' (')[0]}")
        return "; ".join(parts)

    def html(self) -> str:
        """Render for a notebook, without matplotlib."""
        rows = "".join(
            f"<tr><td style='text-align:left'>{escape(promise.name)}</td><td>{escape(_due(promise))}</td>"
            f"<td>{escape(self._chance(promise))}</td>"
            f"<td>{escape(promise.promisable_text(promise.promisable_80))}</td>"
            f"<td>{escape(number_text(promise.expected_lateness))} {promise.unit}</td></tr>"
            for promise in self.promises
        )
        promises = (
            "<table><thead><tr><th>promise</th><th>due</th><th>chance</th><th>can be promised at 80 %</th>"
            f"<th>expected lateness</th></tr></thead><tbody>{rows}</tbody></table>"
            if rows
            else ""
        )
        decisions = "".join(
            f"<br>decision {escape(name)} by {escape(self.moment(by))}: reached in {escape(share)}"
            for name, by, share in self.decisions
        )
        finish = " · ".join(f"P{p} <b>{escape(self.moment(date))}</b>" for p, date in self.percentiles)
        return (
            f"<div><p><b>{escape(self.heading)}</b><br>planned finish {escape(self.moment(self.planned_finish))}<br>"
            f"{finish}{decisions}</p>{self._picture()}{promises}<p style='color:#666;font-size:85%'>"
            f"{''.join(f'{escape(note)}<br>' for note in self.notes)}"
            f"rng={self.provenance['entropy']}, plan {self.provenance['plan_hash']}</p></div>"
        )

    def _picture(self) -> str:
        """Draw the cumulative curve of the finish, with P50 and P80 marked."""
        if not self.curve:
            return ""
        width, height = 320, 90
        n_steps = len(self.curve) - 1
        points = " ".join(
            f"{8 + (width - 16) * x:.1f},{height - 18 - (height - 26) * i / n_steps:.1f}"
            for i, x in enumerate(self.curve)
        )
        marks = ""
        for percent, colour in ((50, "#888"), (80, "#0072B2")):
            i = round(n_steps * percent / 100)
            x, y = 8 + (width - 16) * self.curve[i], height - 18 - (height - 26) * i / n_steps
            marks += (
                f"<line x1='{x:.1f}' x2='{x:.1f}' y1='{y:.1f}' y2='{height - 18}' stroke='{colour}'/>"
                f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3' fill='{colour}'/>"
                f"<text x='{x:.1f}' y='{height - 5}' font-size='10' text-anchor='middle' fill='{colour}'>P{percent}</text>"
            )
        return (
            f"<svg role='img' aria-label='cumulative chance of the finish' width='{width}' height='{height}'>"
            f"<polyline points='{points}' fill='none' stroke='#0072B2' stroke-width='2'/>{marks}</svg>"
        )


def _due(promise: PromiseOutcome) -> str:
    return promise.terms.removeprefix("by ")


def _notes(sampling: Sampling, n_requested: int | None, precision: PrecisionReached | None) -> tuple[str, ...]:
    """Say how draws were made: nothing about random ones, which are exactly those asked for."""
    notes = []
    if sampling.kind != "random":
        rounded = precision is None and n_requested not in {None, sampling.n_draws}
        notes.append(f"sampling {sampling}" + (f" for the {n_requested:,} draws asked for" if rounded else ""))
    return (*notes, *([] if precision is None else [str(precision)]))


def _one_line(text: str) -> str:
    short = " ".join(text.split())
    return short if len(short) <= 60 else short[:59] + "…"
