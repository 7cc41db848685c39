"""Mitigation: what a risk is like once something is done about it, and what that costs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from schedrisk._validation import Name, Number, Replaceable, record
from schedrisk.errors import PlanError, Problem
from schedrisk.estimates import EstimateField, EstimateLike
from schedrisk.model.impact import Chance, Impact, impact_problems
from schedrisk.model.moments import LONGEST

__all__ = ["Mitigation"]

STATE = ("probability", "delay", "factor", "saving", "impact_cost", "impact_cost_per_day")


@record(PlanError)
class Mitigation(Replaceable):
    """The state of a risk after something is done about it; what is left out stays as it was.

    It is a choice: `simulate` makes it where asked with ``mitigated=``. Its own cost is spent in every draw then. The
    risk before and after is drawn from the same random numbers, so that lower odds are a part of the same draws.

    Parameters
    ----------
    probability : float or mapping of str to float, optional
        Chance that remains [0–1]; 0 where the risk is avoided.
    delay, factor, saving : Estimate or mapping of str to Estimate, optional
        Impacts that remain.
    impact_cost, impact_cost_per_day : Estimate, optional
        What remains of the risk's `cost` and `cost_per_day` [money].
    cost : Estimate, optional
        What the mitigation itself costs [money].
    lead_time : float
        Working time on the plan's calendar, from the plan's start or its status date, until it is in force [plan unit].
        Work that begins before is hit as without it.
    owner : str, optional
        Who sees to it.
    name : str, optional
        What people call it.

    Examples
    --------
    >>> second_source = Mitigation(probability=0.05, delay="1/2/4", cost=8_000, lead_time=10)
    >>> second_source.lead_time
    10.0
    """

    _: dataclasses.KW_ONLY
    probability: Chance | None = None
    delay: Impact = None
    factor: Impact = None
    saving: Impact = None
    impact_cost: EstimateField | None = None
    impact_cost_per_day: EstimateField | None = None
    cost: EstimateField | None = None
    lead_time: Annotated[Number, Field(ge=0, le=LONGEST)] = 0.0
    owner: Name | None = None
    name: Name | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            probability: float | Mapping[str, float] | None = None,
            delay: EstimateLike | Mapping[str, EstimateLike] | None = None,
            factor: EstimateLike | Mapping[str, EstimateLike] | None = None,
            saving: EstimateLike | Mapping[str, EstimateLike] | None = None,
            impact_cost: EstimateLike | None = None,
            impact_cost_per_day: EstimateLike | None = None,
            cost: EstimateLike | None = None,
            lead_time: float = 0.0,
            owner: str | None = None,
            name: str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if all(getattr(self, field) is None for field in STATE):
            remedy = "say what remains of the risk: probability=0 where it is avoided"
            raise PlanError([Problem("", "a mitigation that changes nothing", f"one of {', '.join(STATE)}", remedy)])
        tables = (each if isinstance(each, dict) else {"": each} if each else {} for each in (self.delay, self.factor))
        if problems := impact_problems(*tables):
            raise PlanError(
                [dataclasses.replace(each, place=each.place.removesuffix(", task ''")) for each in problems]
            )
        return self
