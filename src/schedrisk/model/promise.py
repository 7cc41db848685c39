"""Promise and Damages: a committed date, and what lateness costs."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field, StrictBool, model_validator

from schedrisk._validation import Name, Number, Replaceable, record
from schedrisk.errors import PlanError, Problem, shown
from schedrisk.model.moments import DateLike, When
from schedrisk.model.period import Within, period_text
from schedrisk.wording import moment_text

__all__ = ["Damages", "Promise", "terms_text"]


@record(PlanError)
class Damages(Replaceable):
    """What lateness costs under the contract.

    Parameters
    ----------
    rate : float
        Money per period of lateness.
    per : {"calendar-day", "working-day", "week"}
        The period. In a plan without dates a day is a day of the plan, and a week its calendar's days per week.
    whole : bool
        Whether a begun period counts in full; otherwise damages run pro rata.
    grace : float
        Periods of lateness that cost nothing.
    cap : float, optional
        The most that can become due.

    Examples
    --------
    >>> Damages(2_000, per="week", grace=1, cap=50_000).amount(2.5)
    4000.0
    """

    rate: Annotated[Number, Field(ge=0)]
    _: dataclasses.KW_ONLY
    per: Literal["calendar-day", "working-day", "week"] = "calendar-day"
    whole: StrictBool = True
    grace: Annotated[Number, Field(ge=0)] = 0.0
    cap: Annotated[Number, Field(ge=0)] | None = None

    def amount(self, periods: Any) -> Any:
        """Return what becomes due after so many periods of lateness.

        Parameters
        ----------
        periods : float or ndarray
            Lateness in periods [`per`], 0 where the promise is kept.

        Returns
        -------
        float or ndarray
            Damages [money], of the shape of `periods`.
        """
        chargeable = np.maximum(np.asarray(periods, dtype=float) - self.grace, 0.0)
        if self.whole:
            # A hair of rounding must not begin another period: a tick is far more than 1e-9 of any period.
            chargeable = np.ceil(chargeable - 1e-9)
        due = np.minimum(chargeable * self.rate, np.inf if self.cap is None else self.cap)
        return due[()] if due.ndim else float(due)


@record(PlanError)
class Promise(Replaceable):
    """A date, or a time after something else, to which the project or one milestone is committed.

    It has either a date, `by`, or is relative, as contracts often are: `within` so much time `after` another task.
    The due date is then set in each draw, by when that task finishes there. Days, weeks and months are the calendar's
    and count from the day after; "wd" are working days of the plan's calendar. The promise is kept until the close of
    the last day, as with `by`. Hours count from the instant: "48h" by the clock, "40wh" in working time.

    Parameters
    ----------
    name : str
        Unique in the plan.
    by : str, date, datetime or float, optional
        The last day on which the promise is kept, to its close; an instant; or, in a plan without a start, a number
        [plan unit from day 0].
    within : str or float, optional
        ``"13w"``, ``"90d"``, ``"3 months"``, ``"65wd"``, ``"48h"``, ``"40wh"``. In a plan without a start a number [plan
        unit]; days there are days of the plan, and a week its calendar's days per week.
    after : str, optional
        Id of the task with whose finish that time begins.
    task : str, optional
        Id of the milestone that is promised; the whole project where not given.
    damages : Damages, optional
        What lateness costs.

    Examples
    --------
    >>> Promise("contract", by="2026-12-31").by
    datetime.date(2026, 12, 31)
    >>> Promise("acceptance", within="13 weeks", after="site-ready").within
    '13w'
    """

    name: Name
    by: When | None = None
    _: dataclasses.KW_ONLY
    within: Within | None = None
    after: Name | None = None
    task: Name | None = None
    damages: Damages | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            name: str,
            by: DateLike | float | None = None,
            *,
            within: str | float | None = None,
            after: str | None = None,
            task: str | None = None,
            damages: Damages | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _due_in_one_way(self) -> Self:
        relative = [key for key in ("within", "after") if getattr(self, key) is not None]
        if self.by is not None and relative:
            remedy = "make two promises of it, if the contract has both"
            found = f"by beside {' and '.join(relative)}"
            raise PlanError([Problem("", found, "either by, or within and after", remedy)])
        if self.by is None and not relative:
            remedy = 'give by=, or within="13w" and after='
            raise PlanError([Problem("by", "nothing", "a date such as 2026-12-31, or a time after a task", remedy)])
        if len(relative) == 1:
            missing = "after" if relative == ["within"] else "within"
            what = "the id of the task from which it counts" if missing == "after" else 'such as "13w"'
            raise PlanError([Problem(missing, "nothing", f"a value beside {relative[0]}", what)])
        if self.after is not None and self.after == self.task:
            remedy = "name the task that starts the time"
            raise PlanError([Problem("after", shown(self.after), "another task than is promised", remedy)])
        return self

    @property
    def decided_by(self) -> tuple[str | None, ...]:
        """What decides whether it is kept: what is promised, and from what its time counts."""
        return (self.task,) if self.after is None else (self.task, self.after)

    @property
    def is_relative(self) -> bool:
        """Whether the due date depends on the draw."""
        return self.within is not None

    def terms(self, unit: str) -> str:
        """Say when it is due, in a plan of that unit: ``by 31 December 2026``."""
        return terms_text(self.by, self.within, self.after, unit)


def terms_text(by: Any, within: str | float | None, after: str | None, unit: str) -> str:
    """Say when a promise is due.

    Examples
    --------
    >>> terms_text(None, "13w", "site-ready", "d"), terms_text(45.5, None, None, "w")
    ("within 13 weeks after 'site-ready'", 'by 45.5 weeks')
    """
    if within is None:
        return f"by {moment_text(by, unit)}"
    return f"within {period_text(within, unit)} after {shown(after)}"
