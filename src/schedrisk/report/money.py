"""What a report says about money: what risks cost, and what it is worth to do something about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schedrisk.analysis import mitigations
from schedrisk.analysis.mitigations import ALL
from schedrisk.model import Plan, Promise
from schedrisk.report.cells import Cell, Column, Table, table
from schedrisk.report.wording import amount_text, one_line
from schedrisk.result import SimulationResult
from schedrisk.wording import UNITS, money_text, number_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CostLine", "MitigationLine", "cost_lines", "mitigation_lines", "money_tables"]

MOST_LINES = 10
Z = 1.96  # errors are told at 95 %


@dataclass(frozen=True)
class CostLine:
    """What something costs.

    Attributes
    ----------
    kind : {"risk", "mitigation", "damages", "total"}
    id, name : str
        Of the risk or the promise; empty for the total.
    owner : str or None
    mean, mean_se, p50, p80, p90 : float
        [money]
    """

    kind: str
    id: str
    name: str
    owner: str | None
    mean: float
    mean_se: float
    p50: float
    p80: float
    p90: float


@dataclass(frozen=True)
class MitigationLine:
    """What a mitigation costs and gains.

    Attributes
    ----------
    risk, name : str
        Id of the risk, and what it and its mitigation are called; of the row of all mitigations together "(all)".
    chosen : bool
        Whether the result is with it.
    lead_time : float
        [plan unit]; NaN for all together.
    cost, cost_se : float
        [money]
    p80_gain, p80_gain_se : float
        [working days; plan unit without dates]
    probability_gain, probability_gain_se : float or None
        None without a promise.
    net_benefit, net_benefit_se : float
        [money]
    """

    risk: str
    name: str
    chosen: bool
    lead_time: float
    cost: float
    cost_se: float
    p80_gain: float
    p80_gain_se: float
    probability_gain: float | None
    probability_gain_se: float | None
    net_benefit: float
    net_benefit_se: float


def cost_lines(result: SimulationResult) -> tuple[CostLine, ...]:
    """Return what each item costs, the dearest first, and the total last; nothing where no risk costs money."""
    plan = result.plan
    if not any(risk.has_cost or risk.after_mitigation().has_cost or risk.id in result.mitigated for risk in plan.risks):
        return ()
    frame = result.costs()
    ordered = frame[frame["kind"] != "total"].sort_values("mean", ascending=False, kind="stable")
    return tuple(_cost_line(row, plan) for part in (ordered, frame.tail(1)) for row in _rows(part))


def _cost_line(row: dict[str, Any], plan: Plan) -> CostLine:
    labels = {risk.id: risk.label for risk in plan.risks} if row["kind"] in {"risk", "mitigation"} else {}
    figures = {name: float(row[name]) for name in ("mean", "mean_se", "p50", "p80", "p90")}
    owner = row["owner"] if isinstance(row["owner"], str) else None
    return CostLine(row["kind"], row["id"], labels.get(row["id"], row["id"]), owner, **figures)


def mitigation_lines(
    result: SimulationResult, promise: Promise | None, affordable: Callable[[int], int]
) -> tuple[MitigationLine, ...]:
    """Return what each mitigation is worth for a promise, or for the project's finish; it is simulated.

    Parameters
    ----------
    result : SimulationResult
    promise : Promise, optional
    affordable : callable
        Returns how many draws so many simulations may have.
    """
    count = sum(risk.mitigation is not None for risk in result.plan.risks)
    if not count:
        return ()
    name = None if promise is None else promise.name
    frame = mitigations(result, promise=name, n_draws=affordable(count + 2))
    frame.insert(0, "risk", frame.index)
    return tuple(_mitigation_line(row, result) for row in _rows(frame))


def _mitigation_line(row: dict[str, Any], result: SimulationResult) -> MitigationLine:
    risk = None if row["risk"] == ALL else result.plan.risk(row["risk"])
    name = (
        row["risk"] if risk is None else f"{risk.label}: {row['name']}" if isinstance(row["name"], str) else risk.label
    )
    chosen = {each.id for each in result.plan.risks if each.mitigation is not None} if risk is None else {risk.id}
    figures = ("cost", "p80_gain", "net_benefit")
    with_errors = {key: float(row[key]) for figure in figures for key in (figure, f"{figure}_se")}
    return MitigationLine(
        risk=row["risk"],
        name=name,
        chosen=chosen <= result.mitigated,
        lead_time=float(row["lead_time"]),
        probability_gain=row.get("probability_gain"),
        probability_gain_se=row.get("probability_gain_se"),
        **with_errors,
    )


def _rows(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    columns = [str(name) for name in frame.columns]
    for cells in frame.itertuples(index=False, name=None):
        yield dict(zip(columns, cells, strict=True))


# ---- tables -------------------------------------------------------------------------------------------------------------


def money_tables(
    costs: Sequence[CostLine], worth: Sequence[MitigationLine], plan: Plan, unit: str, label: str
) -> tuple[Table, ...]:
    """Set both as tables; those without rows are left out.

    Parameters
    ----------
    costs : sequence of CostLine
    worth : sequence of MitigationLine
    plan : Plan
    unit : str
        Of the gains.
    label : str
        For what they count: a promise, or the finish.
    """
    return tuple(each for each in (_costs_table(costs), _worth_table(worth, plan, unit, label)) if each.rows)


def _costs_table(costs: Sequence[CostLine]) -> Table:
    total = costs[-1:]
    shown = [*costs[:-1][:MOST_LINES], *total]
    kinds = {"risk": "", "mitigation": "mitigation of ", "damages": "damages: ", "total": "All together"}
    columns: list[Column] = [
        ("What", False, [Cell(kinds[each.kind] + one_line(each.name)) for each in shown]),
        ("Owner", False, [Cell(one_line(each.owner or "–", 30)) for each in shown]),
        ("Mean", True, [Cell(amount_text(each.mean, Z * each.mean_se)) for each in shown]),
        *((f"P{at}", True, [Cell(money_text(getattr(each, f"p{at}"))) for each in shown]) for at in (50, 80, 90)),
    ]
    more = len(costs) - len(shown)
    caption = "What risks, mitigations and damages cost" + (f"; {more:,} smaller ones are left out" if more else "")
    return table(caption, columns)


def _worth_table(worth: Sequence[MitigationLine], plan: Plan, unit: str, label: str) -> Table:
    last = worth[-1:] if worth and worth[-1].risk == ALL else ()
    shown = [*worth[: len(worth) - len(last)][:MOST_LINES], *last]
    columns: list[Column] = [
        ("Mitigation", False, [Cell(one_line(each.name) + " (chosen)" * each.chosen) for each in shown]),
        (f"Lead time ({UNITS[plan.unit]})", True, [Cell(_number(each.lead_time)) for each in shown]),
        ("Cost", True, [Cell(amount_text(each.cost, Z * each.cost_se)) for each in shown]),
        (f"80 % date earlier ({unit})", True, [Cell(_error(each.p80_gain, each.p80_gain_se)) for each in shown]),
    ]
    gains = [(each.probability_gain, each.probability_gain_se) for each in shown]
    if any(gain is not None for gain, _ in gains):
        points = [Cell("–" if gain is None else _error(100 * gain, 100 * (error or 0.0))) for gain, error in gains]
        columns.append(("Chance gained (points)", True, points))
    columns.append(
        ("Net benefit", True, [Cell(amount_text(each.net_benefit, Z * each.net_benefit_se)) for each in shown])
    )
    return table(f"What mitigations are worth for {label}, against doing nothing", columns)


def _number(value: float) -> str:
    return "–" if value != value else number_text(value)  # noqa: PLR0124  (NaN: none of its own)


def _error(value: float, error: float) -> str:
    """Write a figure with its 95 % error."""
    text = number_text(value).replace("-", "−")
    return f"{text} ± {number_text(Z * error, 2)}" if error else text
