"""What each risk did, in lines for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from schedrisk.analysis import risk_ranking
from schedrisk.report.wording import one_line, quantity
from schedrisk.result import SimulationResult
from schedrisk.wording import UNITS, percent_text

__all__ = ["risk_lines"]

MOST_RISKS = 12


def risk_lines(result: SimulationResult, *, promise: str | None = None) -> Iterator[str]:
    """Yield a table of the weightiest risks, of at most 80 columns.

    Parameters
    ----------
    result : SimulationResult
    promise : str, optional
        Whose milestone's finish is meant; the project's where not given.

    Examples
    --------
    >>> from schedrisk.model import Plan, Risk, Task
    >>> from schedrisk.simulation import simulate
    >>> strike = Risk("strike", 0.5, delay=5, tasks=["a"], owner="us")
    >>> for line in risk_lines(simulate(Plan(tasks=[Task("a", 10)], risks=[strike]), 1_000, rng=1)):
    ...     print(line)
    Risks, and how many days later each makes the finish
        risk                               owner      happened if it does   average
     1. strike                             us             51 %          5       2.5
    """
    plan = result.plan
    unit = "working days" if plan.start is not None else UNITS[plan.unit]
    target = "the finish" if promise is None else f"{one_line(promise, 24)!r}"
    yield f"Risks, and how many {unit} later each makes {target}"
    yield _line("", "risk", "owner", "happened", "if it does", "average")
    rows = [{str(key): value for key, value in row.items()} for row in _ranked(result, promise)]
    for row in rows[:MOST_RISKS]:
        yield _line(
            f"{row['rank']}.",
            one_line(row["name"], NAME),
            one_line(row["owner"], OWNER) if isinstance(row["owner"], str) else "–",
            "never" if row["occurrences"] == 0 else percent_text(row["occurred"]),
            _later(row["finish_change"], 1.96 * row["finish_change_se"]),
            _later(row["expected_change"], 0.0),
        )
    if len(rows) > MOST_RISKS:
        yield f"    … and {len(rows) - MOST_RISKS:,} more"


NAME, OWNER = 34, 10


def _ranked(result: SimulationResult, promise: str | None) -> list[dict[Any, Any]]:
    return risk_ranking(result, promise=promise).to_dict("records")


def _line(rank: str, name: str, owner: str, happened: str, later: str, average: str) -> str:
    return f"{rank:>3} {name:<{NAME}} {owner:<{OWNER}} {happened:>8} {later:>10} {average:>9}"


def _later(change: float, error: float) -> str:
    """Write a change of the finish: with its error where it has one, "–" where it is not known."""
    if not math.isfinite(change):
        return "–"
    text = quantity(abs(change), "").strip()
    sign = "−" if change < 0 and text != "0" else ""
    text = sign + text.replace("less than ", "< ")
    return text if not error > 0 else f"{text} ± {quantity(error, '').strip().replace('less than ', '< ')}"
