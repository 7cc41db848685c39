"""What a report says of branches, decisions and gates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

from schedrisk.report.cells import Cell, Column, Table, table
from schedrisk.report.wording import Voice, one_line
from schedrisk.result import SimulationResult
from schedrisk.wording import number_text, percent_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DecisionShare", "GateDelay", "Happenings", "OutcomeShare", "happening_tables"]

T = TypeVar("T")

MOST_ROWS = 20


@dataclass(frozen=True)
class OutcomeShare:
    """How often an outcome of a branch happens; see `SimulationResult.branches`."""

    branch: str
    outcome: str
    owner: str | None
    planned: bool
    probability: float
    share: float
    share_se: float


@dataclass(frozen=True)
class DecisionShare:
    """How often the milestone of a decision is reached in time; see `SimulationResult.decisions`."""

    decision: str
    milestone: str
    by: Any
    reached: float
    reached_se: float
    missed: float
    missed_se: float


@dataclass(frozen=True)
class GateDelay:
    """How late a gate is; see `SimulationResult.gates`."""

    gate: str
    owner: str | None
    promised: Any
    mean: Any
    p80: Any
    delay_mean: float
    delay_mean_se: float
    delay_p80: float
    late: float
    late_se: float


@dataclass(frozen=True)
class Happenings:
    """What may happen and what is decided in a plan.

    Attributes
    ----------
    outcomes : tuple of OutcomeShare
    decisions : tuple of DecisionShare
    gates : tuple of GateDelay
    """

    outcomes: tuple[OutcomeShare, ...] = ()
    decisions: tuple[DecisionShare, ...] = ()
    gates: tuple[GateDelay, ...] = ()

    @classmethod
    def of(cls, result: SimulationResult) -> Happenings:
        """Gather them."""
        return cls(
            tuple(_records(OutcomeShare, result.branches())),
            tuple(_records(DecisionShare, result.decisions())),
            tuple(_records(GateDelay, result.gates())),
        )

    def moments(self) -> Iterator[Any]:
        """Yield every moment that is mentioned."""
        yield from (each.by for each in self.decisions)
        for gate in self.gates:
            yield from (gate.promised, gate.p80)


def _records(kind: type[T], frame: pd.DataFrame) -> Iterator[T]:
    names = [each.name for each in fields(kind)]  # type: ignore[arg-type]
    columns = [
        frame[name].tolist() if frame[name].dtype.kind != "M" else list(frame[name].to_numpy()) for name in names
    ]
    for cells in zip(*columns, strict=True):
        # An owner that is missing is NaN in a table.
        yield kind(*(None if isinstance(cell, float) and cell != cell else cell for cell in cells))  # noqa: PLR0124


def happening_tables(happenings: Happenings, unit: str, voice: Voice) -> Iterator[Table]:
    """Yield a table of branches, of decisions and of gates, where there are some.

    Parameters
    ----------
    happenings : Happenings
    unit : str
        Of delays.
    voice : Voice
    """
    if outcomes := happenings.outcomes[:MOST_ROWS]:
        columns: list[Column] = [
            ("Branch", False, [Cell(one_line(each.branch)) for each in outcomes]),
            ("Outcome", False, [Cell(one_line(each.outcome) + " (planned)" * each.planned) for each in outcomes]),
            ("Chance", True, [Cell(percent_text(each.probability)) for each in outcomes]),
            ("Happens in", False, [Cell(percent_text(each.share), each.share) for each in outcomes]),
        ]
        yield table("What may happen", columns)
    if decisions := happenings.decisions[:MOST_ROWS]:
        columns = [
            ("Decision", False, [Cell(one_line(each.decision)) for each in decisions]),
            ("Milestone", False, [Cell(one_line(each.milestone)) for each in decisions]),
            ("By", False, [Cell(voice.when(each.by)) for each in decisions]),
            ("Reached in", False, [Cell(percent_text(each.reached), each.reached) for each in decisions]),
            ("Missed in", False, [Cell(percent_text(each.missed), each.missed) for each in decisions]),
        ]
        yield table("What is decided on the way", columns)
    if gates := happenings.gates[:MOST_ROWS]:
        columns = [
            ("Gate", False, [Cell(one_line(each.gate)) for each in gates]),
            ("Owner", False, [Cell(one_line(each.owner or "–", 30)) for each in gates]),
            ("Promised", False, [Cell(voice.when(each.promised)) for each in gates]),
            ("Late in", False, [Cell(percent_text(each.late), each.late) for each in gates]),
            (f"Mean delay ({unit})", True, [Cell(number_text(each.delay_mean)) for each in gates]),
            ("80 % are there by", False, [Cell(voice.when(each.p80)) for each in gates]),
        ]
        yield table("Gates: how late they are against what was promised", columns)
