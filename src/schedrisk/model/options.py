"""How a plan is scheduled, and where it came from: what the tools differ in, on record."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool

from schedrisk._validation import Name, Number, Replaceable, as_tuple, record
from schedrisk.errors import PlanError

__all__ = ["Provenance", "SchedulingOptions"]


@record(PlanError)
class SchedulingOptions(Replaceable):
    """The choices that Primavera P6 and Microsoft Project offer, or differ in. Defaults are P6's.

    Parameters
    ----------
    lag_calendar : {"predecessor", "successor", "plan", "24h"}
        On whose working time lags count, where a link does not say.
    progress : {"retained-logic", "progress-override", "actual-dates"}
        How work in progress is scheduled. Retained logic: remaining work waits for unfinished predecessors, and
        what is complete passes their logic on. Progress override: what has started waits for nothing. Actual dates:
        what has started stands where it was (Microsoft Project).
    remaining_work : {"after-status-date", "as-scheduled"}
        Whether unfinished work may lie before the status date, as Microsoft Project leaves it until someone
        reschedules it.
    start_lag_from : {"early-start", "actual-start"}
        From what the lag of an SS link counts once its predecessor has started.
    honor_constraints : bool
        Whether SNLT and FNLT override links ("tasks will always honor their constraint dates").
    as_late_as_possible : {"free-float", "late-dates"}
        How late an ALAP task is: until it would move a successor (P6), or until it would move the project (Project).
    expected_finish : bool
        Whether expected finishes set the remaining duration.
    total_float : {"finish", "start", "smallest"}
        Of what total float is the difference: late and early finish, start, or the smaller.
    free_float : {"to-project-finish", "total-float"}
        Free float of a task without successors; with "total-float" (Project) it is not negative either.
    critical_by : {"driving", "float", "longest-path"}
        What makes a task critical: a chain of binding links to the target, total float at or below
        `critical_float`, or the chain of driving links to the latest finish in the planned schedule's sense.
    critical_float : float
        [plan unit]
    open_ends_critical : bool
        Whether a task without successors gets no float (late dates are its early ones).

    Examples
    --------
    >>> SchedulingOptions(progress="progress-override").lag_calendar
    'predecessor'
    """

    _: dataclasses.KW_ONLY
    lag_calendar: Literal["predecessor", "successor", "plan", "24h"] = "predecessor"
    progress: Literal["retained-logic", "progress-override", "actual-dates"] = "retained-logic"
    remaining_work: Literal["after-status-date", "as-scheduled"] = "after-status-date"
    start_lag_from: Literal["early-start", "actual-start"] = "early-start"
    honor_constraints: StrictBool = False
    as_late_as_possible: Literal["free-float", "late-dates"] = "free-float"
    expected_finish: StrictBool = True
    total_float: Literal["finish", "start", "smallest"] = "finish"
    free_float: Literal["to-project-finish", "total-float"] = "to-project-finish"
    critical_by: Literal["driving", "float", "longest-path"] = "driving"
    critical_float: Annotated[Number, Field(ge=-1e9, le=1e9)] = 0.0
    open_ends_critical: StrictBool = False


@record(PlanError)
class Provenance(Replaceable):
    """Where an imported plan came from, and what its reader had to decide.

    Parameters
    ----------
    file : str
        Name of the file.
    format : str
        "XER", "MSPDI" …, with the version that the file states.
    project : str, optional
        Id and name of the project within the file.
    notes : iterable of str
        What is in the file and not in the plan, and what the tool tolerates: one sentence each.

    Examples
    --------
    >>> Provenance("site.xer", "XER 22.12", notes=["2 links to activities of other projects are left out"]).notes
    ('2 links to activities of other projects are left out',)
    """

    file: Name
    format: Name
    _: dataclasses.KW_ONLY
    project: Name | None = None
    notes: Annotated[tuple[Name, ...], BeforeValidator(as_tuple)] = ()

    if TYPE_CHECKING:

        def __init__(
            self,
            file: str,
            format: str,  # noqa: A002
            *,
            project: str | None = None,
            notes: Iterable[str] = (),
        ) -> None: ...
