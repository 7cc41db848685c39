"""Promise and Damages: a committed date, and what lateness costs."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field, StrictBool

from schedrisk._validation import Name, Number, record
from schedrisk.errors import PlanError
from schedrisk.model.moments import DateLike, When

__all__ = ["Damages", "Promise"]


@record(PlanError)
class Damages:
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
class Promise:
    """A date to which the project, or one milestone, is committed.

    Parameters
    ----------
    name : str
        Unique in the plan.
    by : str, date, datetime or float
        The last day on which the promise is kept, to its close; an instant; or, in a plan without a start, a number
        [plan unit from day 0].
    task : str, optional
        Id of the milestone that is promised; the whole project where not given.
    damages : Damages, optional
        What lateness costs.

    Examples
    --------
    >>> Promise("contract", by="2026-12-31").by
    datetime.date(2026, 12, 31)
    """

    name: Name
    by: When
    _: dataclasses.KW_ONLY
    task: Name | None = None
    damages: Damages | None = None

    if TYPE_CHECKING:

        def __init__(
            self, name: str, by: DateLike | float, *, task: str | None = None, damages: Damages | None = None
        ) -> None: ...
