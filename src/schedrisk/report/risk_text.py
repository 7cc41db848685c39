"""What a risk is like, in words: its chance, and on what it depends."""

from __future__ import annotations

from collections.abc import Iterator

from schedrisk.estimates import Estimate, Fixed
from schedrisk.model import Plan, Risk, Window
from schedrisk.wording import UNITS, moment_text, number_text, percent_text

__all__ = ["chance_text", "conditions_of"]


def chance_text(lowest: float, highest: float) -> str:
    """Write a chance, or the lowest and the highest of several.

    Examples
    --------
    >>> chance_text(0.2, 0.2)
    '20 %'
    """
    return percent_text(highest) if lowest == highest else f"{percent_text(lowest)} to {percent_text(highest)}"


def conditions_of(risk: Risk, plan: Plan, *, mitigated: bool) -> tuple[str, ...]:
    """Return on what a risk depends, and what it costs, a few words each.

    Parameters
    ----------
    risk : Risk
    plan : Plan
    mitigated : bool
        Whether its mitigation is chosen.
    """
    return tuple(_conditions(risk, plan, mitigated))


def _conditions(risk: Risk, plan: Plan, mitigated: bool) -> Iterator[str]:
    if not risk.happens_once:
        yield "for each task by itself"
    if risk.triggered_by:
        yield f"only if {' or '.join(plan.risk(each).label for each in risk.triggered_by)}"
    if risk.exclusive is not None:
        others = [each.label for each in plan.risks if each.exclusive == risk.exclusive and each is not risk]
        if others:
            yield f"never with {' or '.join(others)}"
    if risk.window is not None:
        yield f"work {_window(risk.window, plan)}"
    if risk.fades:
        yield "fades as work is done"
    if risk.parallel:
        yield "only the largest acts"
    yield from _costs(risk)
    if risk.mitigation is not None:
        yield _mitigation(risk, plan, mitigated)


def _window(window: Window, plan: Plan) -> str:
    start, finish = (None if each is None else moment_text(each, plan.unit) for each in window.ends)
    parts = ("" if start is None else f"from {start}", "" if finish is None else f"until {finish}")
    return " ".join(filter(None, parts))


def _money(amount: Estimate) -> str:
    """Write a certain sum with its thousands apart, an uncertain one as its estimate."""
    return f"{amount.value:,.10g}" if isinstance(amount, Fixed) else str(amount)


def _costs(risk: Risk) -> Iterator[str]:
    if risk.cost is not None:
        yield f"costs {_money(risk.cost)}"
    if risk.cost_per_day is not None:
        yield f"costs {_money(risk.cost_per_day)} a day"


def _mitigation(risk: Risk, plan: Plan, mitigated: bool) -> str:
    mitigation = risk.mitigation
    if mitigation is None:
        return ""
    after = risk.after_mitigation()
    name = "" if mitigation.name is None else f" by {mitigation.name}"
    lead = f" after {number_text(mitigation.lead_time)} {UNITS[plan.unit]}" if mitigation.lead_time else ""
    cost = "" if mitigation.cost is None else f", for {_money(mitigation.cost)}"
    state = "mitigated" if mitigated else "could be mitigated"
    return f"{state}{name} to {chance_text(*after.odds)}{lead}{cost}"
