"""The plan: tasks, links, risks and promises on a calendar."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, TypeAdapter, model_validator

from schedrisk._validation import Date, Name, as_plain, as_tuple, record
from schedrisk.calendars import WEEKDAYS, Calendar
from schedrisk.errors import CycleError, PlanError, Problem, UnknownNameError, did_you_mean, shown
from schedrisk.estimates import Estimate
from schedrisk.model.branches import Branch, Decision
from schedrisk.model.certain import LIKELY
from schedrisk.model.correlation import Correlation
from schedrisk.model.dates import DateRange
from schedrisk.model.dependence import KINDS, Dependence, dependence_of
from schedrisk.model.logic import ELAPSED, LAG_CALENDARS, Constraint, Link, plain_link
from schedrisk.model.moments import DateLike, When
from schedrisk.model.options import Provenance, SchedulingOptions
from schedrisk.model.promise import Promise
from schedrisk.model.rework import unrolled
from schedrisk.model.risk import Risk
from schedrisk.model.structure import find_cycle, structure_problems
from schedrisk.model.task import Task
from schedrisk.model.variants import Variants
from schedrisk.model.weather import Weather

__all__ = ["Plan", "plan_document", "plan_schema"]

Unit = Literal["h", "d", "w"]


ROUND_THE_CLOCK = Calendar(ELAPSED, weekdays=WEEKDAYS, shifts=["00:00-24:00"])


@record(PlanError)
class Plan(Variants):
    """Tasks, links, risks and promises, with a start and a calendar: all that a simulation needs.

    Parameters
    ----------
    name : str
        What the plan is called in reports.
    tasks : iterable of Task
        At least one.
    links : iterable of Link
        Dependencies with a lag; those without one are shorter in ``Task(after=…)``.
    risks : iterable of Risk
    promises : iterable of Promise
    start : str, date, datetime, optional
        When work can begin. A plan without a start is measured from 0 in its unit, and its promises are numbers.
    calendar : Calendar
        Working time of every task that does not name another.
    calendars : iterable of Calendar
        Further calendars, for tasks, assignments and lags to name. ``"24h"``, on which every hour counts, is always
        there.
    weather : iterable of Weather
        What takes days from the calendars that name it, in each draw its own.
    unit : {"d", "h", "w"}
        Unit of durations and lags: working days, hours or weeks of the calendar.
    assumptions : iterable of str
        Sentences that a reader of the report should know.
    status_date : str, date, datetime or float, optional
        Up to when progress is known (P6: data date). No work remains before it.
    must_finish : str, date, datetime or float, optional
        When the project must be finished: late dates count back from it instead of the latest finish.
    scheduling : SchedulingOptions
        How the plan is scheduled, where tools differ.
    correlations : iterable of Correlation
        Tasks that are long or short together, risks that happen together.
    provenance : Provenance, optional
        Where an imported plan came from.
    branches : iterable of Branch
        Forks of which one outcome happens in each draw.
    decisions : iterable of Decision
        What is done if a milestone is not reached in time.

    Raises
    ------
    PlanError
        With every fault found; a `CycleError` when the links form a loop.

    Examples
    --------
    >>> plan = Plan(name="move", tasks=[Task("pack", "2/3/5"), Task("drive", 1, after=["pack"])])
    >>> [task.id for task in plan.tasks]
    ['pack', 'drive']
    """

    _: dataclasses.KW_ONLY
    name: Name = "plan"
    start: Date | None = None
    unit: Unit = "d"
    assumptions: Annotated[tuple[Name, ...], BeforeValidator(as_tuple)] = ()
    calendar: Calendar = Calendar()
    calendars: Annotated[tuple[Calendar, ...], BeforeValidator(as_tuple)] = ()
    weather: Annotated[tuple[Weather, ...], BeforeValidator(as_tuple)] = ()
    status_date: When | None = None
    must_finish: When | None = None
    scheduling: SchedulingOptions = SchedulingOptions()
    provenance: Provenance | None = None
    correlations: Annotated[tuple[Correlation, ...], BeforeValidator(as_tuple)] = ()
    promises: Annotated[tuple[Promise, ...], BeforeValidator(as_tuple)] = ()
    risks: Annotated[tuple[Risk, ...], BeforeValidator(as_tuple)] = ()
    branches: Annotated[tuple[Branch, ...], BeforeValidator(as_tuple)] = ()
    decisions: Annotated[tuple[Decision, ...], BeforeValidator(as_tuple)] = ()
    links: Annotated[tuple[Link, ...], BeforeValidator(as_tuple)] = ()
    tasks: Annotated[tuple[Task, ...], BeforeValidator(as_tuple)]

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            tasks: Iterable[Task],
            name: str = "plan",
            start: DateLike | None = None,
            unit: Unit = "d",
            assumptions: Iterable[str] = (),
            calendar: Calendar = ...,
            calendars: Iterable[Calendar] = (),
            weather: Iterable[Weather] = (),
            status_date: DateLike | float | None = None,
            must_finish: DateLike | float | None = None,
            scheduling: SchedulingOptions = ...,
            provenance: Provenance | None = None,
            correlations: Iterable[Correlation] = (),
            promises: Iterable[Promise] = (),
            risks: Iterable[Risk] = (),
            links: Iterable[Link] = (),
            branches: Iterable[Branch] = (),
            decisions: Iterable[Decision] = (),
        ) -> None: ...

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        problems = structure_problems(vars(self))
        if problems:
            cycle = find_cycle(vars(self))
            raise CycleError(cycle, problems) if cycle else PlanError(problems)
        return self

    @staticmethod
    def more_problems(arguments: Mapping[str, object]) -> list[Problem]:
        """Return what is wrong with the parts taken together, where some part has faults of its own."""
        return structure_problems(arguments)

    @cached_property
    def all_links(self) -> tuple[Link, ...]:
        """Every link: those of ``Task.after`` in task order, then `links`."""
        return tuple(plain_link(each, task.id) for task in self.tasks for each in task.after) + self.links

    @cached_property
    def uncertain_lags(self) -> tuple[Link, ...]:
        """Links whose lag is drawn."""
        return tuple(link for link in self.links if isinstance(link.lag, Estimate))

    @cached_property
    def uncertain_dates(self) -> tuple[tuple[str, int, Constraint], ...]:
        """Constraints whose date is drawn, with the task and its number among the task's."""
        return tuple(
            (task.id, number, constraint)
            for task in self.tasks
            for number, constraint in enumerate(task.constraints)
            if isinstance(constraint.when, DateRange)
        )

    @cached_property
    def calendars_by_name(self) -> dict[str, Calendar]:
        """Every calendar that a task may name: the plan's own, the further ones, and elapsed time."""
        return {ELAPSED: ROUND_THE_CLOCK} | {each.name: each for each in (self.calendar, *self.calendars)}

    @cached_property
    def has_one_calendar(self) -> bool:
        """Whether all work, and every lag, counts on the plan's own calendar: its time is working time."""
        if any(task.assignments for task in self.tasks):
            return False
        names = {task.calendar for task in self.tasks if not task.is_span}
        lagging = [link for link in self.all_links if link.lag or link.lag_percent]
        names |= {ELAPSED for _ in lagging if self.scheduling.lag_calendar == ELAPSED}
        names |= {each.lag_calendar for each in lagging if each.lag_calendar not in LAG_CALENDARS[:3]}
        others = names - {None, self.calendar.name}
        return all(self.calendars_by_name[name].has_time_of(self.calendar) for name in others if name is not None)

    def settled_outcome(self, branch: Branch) -> str | None:
        """Return the outcome of a branch that has happened, as work on what it alone lists has begun; or None."""
        listed = [task for each in branch.outcomes.values() for task in dict.fromkeys(each.tasks)]
        for name, outcome in branch.outcomes.items():
            if any(self.task(task).started and listed.count(task) == 1 for task in outcome.tasks):
                return name
        return None

    @cached_property
    def optional_tasks(self) -> frozenset[str]:
        """Tasks that some draws may be without: by their chance, a branch or a decision; what is given up apart."""
        listed = {task for branch in self.branches for task in branch.tasks}
        listed |= {task for decision in self.decisions for task in decision.tasks}
        chance = {task.id for task in self.tasks if task.may_be_absent}
        return frozenset(chance | {each for each in listed if not self.task(each).started})

    @cached_property
    def absent_as_planned(self) -> frozenset[str]:
        """Tasks that the deterministic schedule is without, decisions apart: of small chance, or of another outcome."""
        absent = {task.id for task in self.tasks if task.may_be_absent and task.exists < LIKELY}
        for branch in self.branches:
            happens = self.settled_outcome(branch) or branch.planned_outcome
            others = set(branch.tasks) - set(branch.outcomes[happens].tasks)
            absent |= {task for task in others if self.task(task).active and not self.task(task).started}
        return frozenset(absent)

    @cached_property
    def _tasks_by_id(self) -> dict[str, Task]:
        return {task.id: task for task in self.tasks}

    @property
    def owners(self) -> tuple[str, ...]:
        """Everyone who answers for a task, a risk or a branch, in order of appearance."""
        owners = [
            *(task.owner for task in self.tasks),
            *(risk.owner for risk in self.risks),
            *(branch.owner for branch in self.branches),
        ]
        return tuple(dict.fromkeys(owner for owner in owners if owner is not None))

    def task(self, task: str) -> Task:
        """Return the task of this id.

        Raises
        ------
        UnknownNameError
            When the plan has no such task.
        """
        if task not in self._tasks_by_id:
            raise UnknownNameError(
                [Problem("task", shown(task), "the id of a task", did_you_mean(task, self._tasks_by_id))]
            )
        return self._tasks_by_id[task]

    def promise(self, name: str) -> Promise:
        """Return the promise of this name.

        Raises
        ------
        UnknownNameError
            When the plan has no such promise.
        """
        for promise in self.promises:
            if promise.name == name:
                return promise
        names = [promise.name for promise in self.promises]
        raise UnknownNameError([Problem("promise", shown(name), "the name of a promise", did_you_mean(name, names))])

    def risk(self, risk: str) -> Risk:
        """Return the risk of this id.

        Raises
        ------
        UnknownNameError
            When the plan has no such risk.
        """
        for each in self.risks:
            if each.id == risk:
                return each
        ids = [each.id for each in self.risks]
        raise UnknownNameError([Problem("risk", shown(risk), "the id of a risk", did_you_mean(risk, ids))])

    @cached_property
    def dependence(self) -> dict[str, Dependence]:
        """What holds the durations of tasks together ("task"), and the occurrence of risks ("risk")."""
        return {kind: dependence_of(self.correlations, self.tasks, kind) for kind in KINDS}

    def with_rework(
        self, task: str, *, tasks: Iterable[str | Task], probability: float, times: int, owner: str | None = None
    ) -> Plan:
        """Return a new plan in which work may have to be done again after a task, several times.

        A loop, unrolled: a schedule has none. Each time round is a copy of the tasks, ``"test (2)"``, ``"test (3)"`` …,
        one after the other. What followed the finish of `task`, promises and decisions on it among them, follows the
        last copy; logic passes through those that are not needed. Risks hit copies as they hit the first time; each
        copy draws its own duration. A `Branch` says how many times: k with the chance (1 − p) pᵏ, and the most with all
        that is left.

        Parameters
        ----------
        task : str
            Id of the task that may fail, such as a test.
        tasks : iterable of str or Task
            What is done again each time, in its order: ids of tasks of the plan (often `task` last), or tasks that only
            rework needs.
        probability : float
            Chance that it fails, each time [0–1].
        times : int
            How often at most.
        owner : str, optional
            Who answers for it.

        Raises
        ------
        ArgumentError
            With every fault found.

        Examples
        --------
        >>> plan = Plan(tasks=[Task("build", 5), Task("test", 2, after=["build"]), Task("ship", 1, after=["test"])])
        >>> plan = plan.with_rework("test", tasks=[Task("repair", 3), "test"], probability=0.3, times=2)
        >>> [task.id for task in plan.tasks]
        ['build', 'test', 'repair (2)', 'test (2)', 'repair (3)', 'test (3)', 'ship']
        >>> {name: round(chance, 4) for name, chance in plan.branches[0].probabilities.items()}
        {'0 times': 0.7, '1 time': 0.21, '2 times': 0.09}
        """
        return unrolled(self, task, tasks=tasks, probability=probability, times=times, owner=owner)

    @cached_property
    def digest(self) -> str:
        """A hash of the plan's content: 16 hex digits, the same for equal plans."""
        text = json.dumps(plan_document(self), sort_keys=True, ensure_ascii=False)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def plan_document(plan: Plan, *, dates: bool = False) -> dict[str, Any]:
    """Return the plan as a document: nested dicts and lists, what is at its default left out.

    Parameters
    ----------
    plan : Plan
    dates : bool
        Keep `date` objects (for TOML) instead of ISO text (for JSON).
    """
    document = _ADAPTER.dump_python(plan, mode="python" if dates else "json", exclude_defaults=True)
    return as_plain(document)  # type: ignore[no-any-return]


def plan_schema() -> dict[str, Any]:
    """Return the JSON Schema of the plan document."""
    return _ADAPTER.json_schema()


_ADAPTER: TypeAdapter[Plan] = TypeAdapter(Plan)
