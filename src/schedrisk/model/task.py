"""Task: work with an uncertain duration, its dates so far, and who does it when."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, model_validator

from schedrisk._validation import FrozenDict, Name, Names, Number, Replaceable, as_tuple, record
from schedrisk.errors import PlanError, Problem
from schedrisk.estimates import EstimateField, EstimateLike
from schedrisk.model.logic import Constraint
from schedrisk.model.moments import LONGEST, DateLike, When, check_longest

__all__ = ["BY_HAND", "FROM_SCHEDULE", "Assignment", "Task", "TaskKind"]

TaskKind: TypeAlias = Literal["task", "start-milestone", "finish-milestone", "level-of-effort", "summary"]

FROM_SCHEDULE = "schedule"
"""`Task.estimate_from` of a task that has the single duration of an imported schedule."""

BY_HAND = "by hand"
"""`Task.estimate_from` of a single duration that no template may replace."""


@record(PlanError)
class Assignment(Replaceable):
    """A resource that works on a task in its own time.

    A task with assignments starts when the first of them can and finishes when the last of them does.

    Parameters
    ----------
    calendar : str
        Name of the calendar that the resource works on.
    share : float
        The resource's working time as a share of the task's duration.
    resource : str, optional
        Who it is.

    Examples
    --------
    >>> Assignment("night shift", 0.5, resource="crane").share
    0.5
    """

    calendar: Name
    share: Annotated[Number, Field(gt=0, le=1e6)] = 1.0
    _: dataclasses.KW_ONLY
    resource: Name | None = None


@record(PlanError)
class Task:
    """Work with an uncertain duration; a milestone is a task of fixed zero.

    Parameters
    ----------
    id : str
        Free text, unique in the plan.
    estimate : Estimate, str, float or mapping
        Duration [plan unit]: an estimate, its text (``"5/8/15"``), a number, or a table. Of a task in progress, the
        duration that remains.
    name : str, optional
        What people call the task; `id` where not given.
    after : iterable of str
        Ids of the tasks that must finish before this one starts (FS links without lag).
    owner : str, optional
        Who answers for the task: us, customer, supplier …
    tags : iterable of str
        Free labels.
    calendar : str, optional
        Name of the calendar that the task works on; the plan's where not given; ``"24h"`` for elapsed time.
    planned : float, optional
        Duration of the deterministic schedule [plan unit], where it is not the estimate's own planned value.
    kind : {"task", "start-milestone", "finish-milestone", "level-of-effort", "summary"}
        A start milestone waits for working time, a finish milestone stays at the end of what drives it; so does any
        task that takes no time. Level of effort spans the tasks it is linked to, a summary those whose `wbs` lies
        at or under its own: neither is sampled, drives anything or is critical.
    constraints : iterable of Constraint
        Dates imposed on the task.
    actual_start, actual_finish : str, date, datetime or float, optional
        When it started and finished. A task in progress has the first of them alone.
    suspended, resumed : str, date, datetime or float, optional
        When work on it stopped, and goes on: what remains is not done before.
    manual : pair of dates, optional
        Start and finish that stand whatever links say (a manually scheduled task).
    active : bool
        An inactive task is as if it were not there, and so are its links.
    wbs : str, optional
        Its place in the work breakdown structure: ``"PLANT.CIVIL.FOUNDATIONS"``.
    codes : mapping of str to str
        Activity codes and other fields by name.
    assignments : iterable of Assignment
        Resources that do the work, each in its own time; the task's calendar counts its float and lags.
    estimate_from : str, optional
        Where the estimate came from: ``"schedule"`` for the single duration of an imported schedule, which a
        template may replace; ``"by hand"`` for one that none may; a file, a field or a template.
    exists : float
        Chance that the task is needed at all [0–1]. In a draw without it, it takes no time, its lags and imposed dates
        do not count, and logic passes through it. What has begun exists. In the deterministic schedule it does from 0.5
        on.

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
    kind: TaskKind = "task"
    constraints: Annotated[tuple[Constraint, ...], BeforeValidator(as_tuple)] = ()
    actual_start: When | None = None
    actual_finish: When | None = None
    suspended: When | None = None
    resumed: When | None = None
    manual: Annotated[tuple[When, When], BeforeValidator(as_tuple)] | None = None
    active: StrictBool = True
    wbs: Name | None = None
    codes: Annotated[dict[Name, Name], AfterValidator(FrozenDict)] = dataclasses.field(default_factory=FrozenDict)
    assignments: Annotated[tuple[Assignment, ...], BeforeValidator(as_tuple)] = ()
    estimate_from: Name | None = None
    exists: Annotated[Number, Field(ge=0, le=1)] = 1.0

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
            kind: TaskKind = "task",
            constraints: Iterable[Constraint] = (),
            actual_start: DateLike | float | None = None,
            actual_finish: DateLike | float | None = None,
            suspended: DateLike | float | None = None,
            resumed: DateLike | float | None = None,
            manual: tuple[DateLike | float, DateLike | float] | None = None,
            active: bool = True,
            wbs: str | None = None,
            codes: Mapping[str, str] = ...,
            assignments: Iterable[Assignment] = (),
            estimate_from: str | None = None,
            exists: float = 1.0,
        ) -> None: ...

    @model_validator(mode="after")
    def _is_of_this_world(self) -> Self:
        check_longest("estimate", self.estimate)
        if self.actual_finish is not None and self.actual_start is None:
            problem = Problem("actual_start", "nothing", "a date, as the task has finished", "say when it started")
            raise PlanError([problem])
        return self

    @property
    def label(self) -> str:
        """What to call the task in tables and plots."""
        return self.name or self.id

    @property
    def planned_duration(self) -> float:
        """Duration in the deterministic schedule [plan unit]; of a task in progress, what remains of it."""
        return self.estimate.planned if self.planned is None else self.planned

    @property
    def started(self) -> bool:
        """Whether it has begun."""
        return self.actual_start is not None

    @property
    def finished(self) -> bool:
        """Whether it is complete."""
        return self.actual_finish is not None

    @property
    def is_span(self) -> bool:
        """Whether its dates follow from other tasks alone: level of effort, summary."""
        return self.kind in {"level-of-effort", "summary"}

    @property
    def has_work(self) -> bool:
        """Whether some of its duration is still to come and is its own."""
        return self.active and self.actual_finish is None and self.manual is None and not self.is_span

    @property
    def may_be_absent(self) -> bool:
        """Whether some draws may be without it by its own chance."""
        return self.exists < 1 and self.active and not self.started

    def replace(self, **changes: Any) -> Task:
        """Return a new task with some fields changed; an estimate that is given stands, whatever templates say."""
        if "estimate" in changes and self.estimate_from is not None:
            changes.setdefault("estimate_from", BY_HAND)
        return dataclasses.replace(self, **changes)
