"""What ties tasks to each other and to dates: Link and Constraint."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, PlainSerializer, WithJsonSchema, WrapValidator, model_validator

from schedrisk._validation import Name, Number, Replaceable, as_number, record
from schedrisk.errors import PlanError, Problem
from schedrisk.estimates import Estimate, EstimateLike, Fixed, parse_estimate
from schedrisk.model.dates import DateRange, WhenOrRange
from schedrisk.model.moments import LONGEST, DateLike, When, check_longest

__all__ = ["ELAPSED", "LAG_CALENDARS", "Constraint", "ConstraintKind", "Link", "LinkKind", "plain_link"]

LinkKind: TypeAlias = Literal["FS", "SS", "FF", "SF"]

ELAPSED = "24h"
"""Name of the calendar on which every hour counts; every plan has it."""

LAG_CALENDARS = ("predecessor", "successor", "plan", ELAPSED)
"""What `Link.lag_calendar` may say instead of a calendar's name."""


def _read_lag(value: object, handler: Any) -> object:
    """Read a number, which may be negative, or an estimate; what is certain is a number."""
    if not isinstance(value, str | dict | Estimate):
        return handler(as_number(value))
    estimate = parse_estimate(value)
    if isinstance(estimate, Fixed):
        return handler(estimate.value)
    check_longest("", estimate)
    return estimate


if TYPE_CHECKING:
    Lag: TypeAlias = float | Estimate
else:
    Lag = Annotated[
        Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-LONGEST, le=LONGEST)],
        WrapValidator(_read_lag),
        PlainSerializer(lambda lag: str(lag) if isinstance(lag, Estimate) else lag),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "number", "minimum": -LONGEST, "maximum": LONGEST},
                    {"type": "string", "description": "an estimate", "examples": ["2/3/7", "uniform(1, 5)"]},
                    {"type": "object", "description": "an estimate"},
                ]
            }
        ),
    ]


@record(PlanError)
class Link(Replaceable):
    """A logical dependency between two tasks.

    Several links may join the same two tasks.

    Parameters
    ----------
    predecessor, successor : str
        Ids of the two tasks.
    kind : {"FS", "SS", "FF", "SF"}
        Which end of the predecessor holds back which end of the successor: with FS the successor starts at or after
        the predecessor's finish plus `lag`, with SS at or after its start; with FF it finishes at or after the
        predecessor's finish plus `lag`, with SF at or after its start. Work is contiguous: a finish held back moves
        the start.
    lag : float, Estimate, str or mapping
        Working time between the two [plan unit]; negative for a lead. An estimate, or its text (``"2/3/7"``), is drawn
        anew in each draw, and is never a lead.
    lag_percent : float
        A part of the lag that is a share of the predecessor's duration [%].
    lag_calendar : str, optional
        On what the lag counts: "predecessor", "successor", "plan", "24h" (elapsed time), or a calendar's name. The
        plan's `scheduling.lag_calendar` where not given.

    Examples
    --------
    >>> Link("pour concrete", "strip forms", lag=2).lag
    2.0
    >>> Link("lay pipe", "test pipe", "FF", lag=48, lag_calendar="24h").kind
    'FF'
    >>> Link("order", "deliver", lag="2/3/7").planned_lag
    3.0
    """

    predecessor: Name
    successor: Name
    kind: LinkKind = "FS"
    _: dataclasses.KW_ONLY
    lag: Lag = 0.0
    lag_percent: Annotated[Number, Field(ge=-100_000, le=100_000)] = 0.0
    lag_calendar: Name | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            predecessor: str,
            successor: str,
            kind: LinkKind = "FS",
            *,
            lag: EstimateLike = 0.0,
            lag_percent: float = 0.0,
            lag_calendar: str | None = None,
        ) -> None: ...

    @property
    def planned_lag(self) -> float:
        """The lag of the deterministic schedule [plan unit], a share of the predecessor's duration apart."""
        return self.lag if isinstance(self.lag, float) else self.lag.planned


_PLAIN = vars(Link("before", "after"))


def plain_link(predecessor: str, successor: str) -> Link:
    """Return the link of ``Task(after=…)``, for ids that a plan has checked: large plans have many of them.

    Examples
    --------
    >>> plain_link("pour concrete", "strip forms") == Link("pour concrete", "strip forms")
    True
    """
    link = object.__new__(Link)
    vars(link).update(_PLAIN, predecessor=predecessor, successor=successor)
    return link


ConstraintKind: TypeAlias = Literal[
    "SNET", "SNLT", "FNET", "FNLT", "SO", "FO", "MSO", "MFO", "ALAP",
    "deadline", "expected-finish", "external-start", "external-finish",
]  # fmt: skip


UNCERTAIN = ("SNET", "FNET", "external-start")
"""Kinds of constraint whose date may be drawn."""


@record(PlanError)
class Constraint(Replaceable):
    """A date imposed on a task.

    Parameters
    ----------
    kind : str
        ``"SNET"`` start no earlier than, ``"FNET"`` finish no earlier than: early dates. ``"SNLT"`` start no later
        than, ``"FNLT"`` finish no later than, ``"deadline"``: late dates, and so float. ``"SO"`` start on, ``"FO"``
        finish on: both. ``"MSO"``, ``"MFO"`` must start or finish on: the date stands, whatever links say.
        ``"ALAP"`` as late as possible. ``"expected-finish"``: what remains is as long as it takes to finish then.
        ``"external-start"``, ``"external-finish"``: an earliest start and a latest finish that another project sets.
    when : str, date, datetime, float or DateRange, optional
        The date; a number of units from the start in a plan without dates. A day without a time is its beginning
        for a start and its end for a finish. Left out for ``"ALAP"``. The date of ``"SNET"``, ``"FNET"`` and
        ``"external-start"`` may be a range, or its text (``"2027-01-03/2027-01-20"``): it is drawn.

    Notes
    -----
    With ``SchedulingOptions(honor_constraints=True)``, Microsoft Project's default, SNLT and FNLT override links too.

    Examples
    --------
    >>> Constraint("SNET", "2027-01-11").when
    datetime.date(2027, 1, 11)
    >>> print(Constraint("SNET", "2027-01-03/2027-01-20").when)
    2027-01-03/2027-01-20
    """

    kind: ConstraintKind
    when: WhenOrRange | None = None

    if TYPE_CHECKING:

        def __init__(self, kind: ConstraintKind, when: DateLike | float | DateRange | None = None) -> None: ...

    @model_validator(mode="after")
    def _has_its_date(self) -> Self:
        if self.kind != "ALAP" and self.when is None:
            raise PlanError([Problem("when", "nothing", f"a date, as {self.kind} has one")])
        if self.kind == "ALAP" and self.when is not None:
            raise PlanError([Problem("when", str(self.when), "no date, as late as possible has none", "leave it out")])
        if isinstance(self.when, DateRange) and self.kind not in UNCERTAIN:
            problem = Problem("when", f"the range {self.when}", f"one date, as {self.kind} has", "use SNET or FNET")
            raise PlanError([problem])
        return self

    @property
    def is_uncertain(self) -> bool:
        """Whether the date is drawn."""
        return isinstance(self.when, DateRange)

    @property
    def planned_when(self) -> When | None:
        """The date of the deterministic schedule; None for ``"ALAP"``."""
        return self.when.as_planned if isinstance(self.when, DateRange) else self.when

    @property
    def of_start(self) -> bool:
        """Whether the date is one of the start."""
        return self.kind in {"SNET", "SNLT", "SO", "MSO", "external-start"}
