"""What ties tasks to each other and to dates: Link and Constraint."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from schedrisk._validation import Name, Number, record
from schedrisk.errors import PlanError, Problem
from schedrisk.model.moments import LONGEST, DateLike, When

__all__ = ["ELAPSED", "LAG_CALENDARS", "Constraint", "ConstraintKind", "Link", "LinkKind"]

LinkKind: TypeAlias = Literal["FS", "SS", "FF", "SF"]

ELAPSED = "24h"
"""Name of the calendar on which every hour counts; every plan has it."""

LAG_CALENDARS = ("predecessor", "successor", "plan", ELAPSED)
"""What `Link.lag_calendar` may say instead of a calendar's name."""


@record(PlanError)
class Link:
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
    lag : float
        Working time between the two [plan unit]; negative for a lead.
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
    """

    predecessor: Name
    successor: Name
    kind: LinkKind = "FS"
    _: dataclasses.KW_ONLY
    lag: Annotated[Number, Field(ge=-LONGEST, le=LONGEST)] = 0.0
    lag_percent: Annotated[Number, Field(ge=-100_000, le=100_000)] = 0.0
    lag_calendar: Name | None = None


ConstraintKind: TypeAlias = Literal[
    "SNET", "SNLT", "FNET", "FNLT", "SO", "FO", "MSO", "MFO", "ALAP",
    "deadline", "expected-finish", "external-start", "external-finish",
]  # fmt: skip


@record(PlanError)
class Constraint:
    """A date imposed on a task.

    Parameters
    ----------
    kind : str
        ``"SNET"`` start no earlier than, ``"FNET"`` finish no earlier than: early dates. ``"SNLT"`` start no later
        than, ``"FNLT"`` finish no later than, ``"deadline"``: late dates, and so float. ``"SO"`` start on, ``"FO"``
        finish on: both. ``"MSO"``, ``"MFO"`` must start or finish on: the date stands, whatever links say.
        ``"ALAP"`` as late as possible. ``"expected-finish"``: what remains is as long as it takes to finish then.
        ``"external-start"``, ``"external-finish"``: an earliest start and a latest finish that another project sets.
    when : str, date, datetime or float, optional
        The date; a number of units from the start in a plan without dates. A day without a time is its beginning
        for a start and its end for a finish. Left out for ``"ALAP"``.

    Notes
    -----
    With ``SchedulingOptions(honor_constraints=True)``, Microsoft Project's default, SNLT and FNLT override links too.

    Examples
    --------
    >>> Constraint("SNET", "2027-01-11").when
    datetime.date(2027, 1, 11)
    """

    kind: ConstraintKind
    when: When | None = None

    if TYPE_CHECKING:

        def __init__(self, kind: ConstraintKind, when: DateLike | float | None = None) -> None: ...

    @model_validator(mode="after")
    def _has_its_date(self) -> Self:
        if self.kind != "ALAP" and self.when is None:
            raise PlanError([Problem("when", "nothing", f"a date, as {self.kind} has one")])
        if self.kind == "ALAP" and self.when is not None:
            raise PlanError([Problem("when", str(self.when), "no date, as late as possible has none", "leave it out")])
        return self

    @property
    def of_start(self) -> bool:
        """Whether the date is one of the start."""
        return self.kind in {"SNET", "SNLT", "SO", "MSO", "external-start"}
