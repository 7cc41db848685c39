"""The parts of a plan: Task, Link, Risk, Promise and Damages."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias

import numpy as np
from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    StrictBool,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)

from schedrisk._validation import FrozenDict, Name, Names, Number, as_number, parse_date, record
from schedrisk.errors import PlanError, Problem, ProblemsError, shown
from schedrisk.estimates import Estimate, EstimateField, EstimateLike, parse_estimate

__all__ = ["Damages", "DateLike", "Link", "Promise", "Risk", "Task", "When", "parse_when"]

DateLike: TypeAlias = str | dt.date | dt.datetime | np.datetime64

# Longer than any project, and so short that thousands of them add up to exact ticks.
LONGEST = 1e9


def parse_when(value: object) -> object:
    """Turn a promised date into a `date`, `datetime` or (in a plan without dates) a float."""
    value = as_number(value)
    if isinstance(value, float):
        if not np.isfinite(value):
            raise PlanError([Problem("", shown(value), "a finite number or a date")])
        return value
    return parse_date(value)


When = Annotated[
    dt.datetime | dt.date | float,
    BeforeValidator(parse_when),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date"},
                {"type": "string", "format": "date-time"},
                {"type": "number"},
            ]
        }
    ),
]


def _parse_delay(value: object, _handler: object) -> object:
    """Read one estimate, or a table task → estimate; a table that spells one estimate is one estimate."""
    if value is None or not isinstance(value, Mapping) or _spells_estimate(value):
        return None if value is None else parse_estimate(value)
    delays: dict[str, Estimate] = {}
    problems: list[Problem] = []
    for task, each in value.items():
        try:
            delays[_NAME.validate_python(task)] = parse_estimate(each)
        except ValidationError:
            problems.append(Problem("", shown(task), "a task's id"))
        except ProblemsError as error:
            problems += [
                dataclasses.replace(one, place=", ".join(filter(None, (f"task {shown(task)}", one.place))))
                for one in error.problems
            ]
    if problems:
        raise PlanError(problems)
    return FrozenDict(delays) if delays else None


def _check_longest(place: str, estimate: Estimate) -> None:
    longest = estimate.limits[1]
    if longest > LONGEST:
        raise PlanError([Problem(place, f"{longest:g} at its highest", f"at most {LONGEST:g} units")])


def _spells_estimate(table: Mapping[Any, object]) -> bool:
    return "kind" in table or {"low", "mode", "high"} <= table.keys()


def _delay_document(delay: object) -> object:
    if isinstance(delay, Mapping):
        return {task: str(each) for task, each in delay.items()}
    return None if delay is None else str(delay)


_NAME: TypeAdapter[str] = TypeAdapter(Name)

# The validator replaces the type's own, so that a fault is told once and not once for each member of the union.
Delay = Annotated[
    EstimateField | dict[Name, EstimateField] | None, WrapValidator(_parse_delay), PlainSerializer(_delay_document)
]


@record(PlanError)
class Task:
    """Work with an uncertain duration; a milestone is a task of fixed zero.

    Parameters
    ----------
    id : str
        Free text, unique in the plan.
    estimate : Estimate, str, float or mapping
        Duration [plan unit]: an estimate, its text (``"5/8/15"``), a number, or a table.
    name : str, optional
        What people call the task; `id` where not given.
    after : iterable of str
        Ids of the tasks that must finish before this one starts (FS links without lag).
    owner : str, optional
        Who answers for the task: us, customer, supplier …
    tags : iterable of str
        Free labels.
    calendar : str, optional
        Name of the calendar that the task works on; the plan's where not given.
    planned : float, optional
        Duration of the deterministic schedule [plan unit], where it is not the estimate's own planned value.

    Raises
    ------
    PlanError, EstimateError
        With every fault found.

    Examples
    --------
    >>> from schedrisk.estimates import Pert
    >>> task = Task("install", Pert(4, 5, 9), after=["delivery"], owner="us")
    >>> task.planned_duration
    5.0
    """

    id: Name
    estimate: EstimateField
    _: dataclasses.KW_ONLY
    name: Name | None = None
    after: Names = ()
    owner: Name | None = None
    tags: Names = ()
    calendar: Name | None = None
    planned: Annotated[Number, Field(ge=0, le=LONGEST)] | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            id: str,  # noqa: A002
            estimate: EstimateLike,
            *,
            name: str | None = None,
            after: Iterable[str] = (),
            owner: str | None = None,
            tags: Iterable[str] = (),
            calendar: str | None = None,
            planned: float | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _is_of_this_world(self) -> Self:
        _check_longest("estimate", self.estimate)
        return self

    @property
    def label(self) -> str:
        """What to call the task in tables and plots."""
        return self.name or self.id

    @property
    def planned_duration(self) -> float:
        """Duration in the deterministic schedule [plan unit]."""
        return self.estimate.planned if self.planned is None else self.planned

    def replace(self, **changes: Any) -> Task:
        """Return a new task with some fields changed."""
        return dataclasses.replace(self, **changes)


@record(PlanError)
class Link:
    """A logical dependency between two tasks.

    Parameters
    ----------
    predecessor, successor : str
        Ids of the two tasks.
    kind : {"FS"}
        Finish-to-start: the successor starts at or after the predecessor's finish plus `lag`.
    lag : float
        Working time between the two [plan unit]; negative for a lead.

    Examples
    --------
    >>> Link("pour concrete", "strip forms", lag=2).lag
    2.0
    """

    predecessor: Name
    successor: Name
    kind: Literal["FS"] = "FS"
    _: dataclasses.KW_ONLY
    lag: Annotated[Number, Field(ge=-LONGEST, le=LONGEST)] = 0.0


@record(PlanError)
class Risk:
    """An event with a probability and, if it happens, delays.

    The event happens or not once per draw, for all its tasks at once. `delay` is either one estimate with `tasks`
    (one magnitude, drawn once and added to each of them) or a table task → estimate (a magnitude for each task).

    Parameters
    ----------
    id : str
        Unique among the plan's risks.
    probability : float
        Chance that the event happens [0–1].
    delay : Estimate or mapping of str to Estimate, optional
        Working time added to the duration of the tasks [plan unit].
    tasks : iterable of str
        Ids of the tasks that one shared `delay` hits.
    owner : str, optional
        Who answers for the risk.
    name : str, optional
        What people call the risk; `id` where not given.

    Examples
    --------
    >>> risk = Risk("no carrier chosen", 0.4, delay={"site-ready": "5/10/30"}, owner="customer")
    >>> sorted(risk.delays)
    ['site-ready']
    """

    id: Name
    probability: Annotated[Number, Field(ge=0, le=1)]
    _: dataclasses.KW_ONLY
    delay: Delay = None
    tasks: Names = ()
    owner: Name | None = None
    name: Name | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            id: str,  # noqa: A002
            probability: float,
            *,
            delay: EstimateLike | Mapping[str, EstimateLike] | None = None,
            tasks: Iterable[str] = (),
            owner: str | None = None,
            name: str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _one_way_to_say_which_tasks(self) -> Self:
        for task, delay in self.delays.items():
            _check_longest(f"delay, task {shown(task)}", delay)
        if isinstance(self.delay, dict) and self.tasks:
            problem = Problem(
                "tasks",
                shown(list(self.tasks)),
                "no list of tasks beside a table of delays",
                "leave tasks out, or give one delay for all of them",
            )
            raise PlanError([problem])
        return self

    @property
    def label(self) -> str:
        """What to call the risk in tables and plots."""
        return self.name or self.id

    @property
    def shared(self) -> bool:
        """Whether one magnitude, drawn once, hits all the tasks."""
        return not isinstance(self.delay, dict)

    @property
    def delays(self) -> dict[str, Estimate]:
        """The delay of each task that the risk hits."""
        if isinstance(self.delay, dict):
            return dict(self.delay)
        return {} if self.delay is None else dict.fromkeys(self.tasks, self.delay)


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
