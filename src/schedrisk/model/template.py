"""Template: three points for the tasks of an imported schedule, which has a single duration for each."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from schedrisk._validation import FrozenDict, Name, Number, Replaceable, checked_whole, record
from schedrisk.errors import ArgumentError, PlanError, Problem, ProblemsError, shown
from schedrisk.estimates import Estimate, Fixed, Pert, Triangular, Uniform
from schedrisk.estimates.base import order_problems
from schedrisk.model.correlation import Correlation
from schedrisk.model.dependence import is_chosen
from schedrisk.model.matching import Pattern, found_in
from schedrisk.model.task import FROM_SCHEDULE, Task

__all__ = ["Template", "apply_templates"]

Factor = Annotated[Number, Field(ge=0, le=1_000)]


@record(PlanError)
class Template(Replaceable):
    """An estimate for many tasks: their planned durations times three factors.

    It is for the tasks of an imported schedule that have nothing but its single duration (`Task.estimate_from` is
    ``"schedule"``), and of these for the ones that every selector fits; without a selector, for all of them. See
    `Plan.with_templates`.

    Parameters
    ----------
    low, mode, high : float
        Factors of the planned duration; of a task in progress, of what remains.
    shape : {"pert", "triangular", "uniform"}
        Kind of the estimate. A uniform one has no mode.
    rho : float
        Rank correlation among the tasks that get their estimate from this template [0–1].
    wbs : str, optional
        The task lies at or under this place of the work breakdown structure.
    code : mapping of str to str, optional
        The task has these activity codes: name → value.
    owner, tag : str, optional
        The task has this owner, this tag.
    id, name : str, optional
        A regular expression that occurs in the task's id, in its name; in the first 200 signs of it. Those that
        could take for ever on some text (a repetition within a repetition) are refused.

    Raises
    ------
    PlanError
        With every fault found.

    Examples
    --------
    >>> template = Template(low=0.9, mode=1.0, high=1.3, wbs="PLANT", name="[Ww]eld")
    >>> template.fits(Task("A1", 10, name="Weld pipes", wbs="PLANT.PIPING"))
    True
    >>> print(template.estimate(10))
    pert(9, 10, 13)
    """

    _: dataclasses.KW_ONLY
    low: Factor
    mode: Factor = 1.0
    high: Factor
    shape: Literal["pert", "triangular", "uniform"] = "pert"
    rho: Annotated[Number, Field(ge=0, le=1)] = 0.0
    wbs: Name | None = None
    code: Annotated[dict[Name, Name], AfterValidator(FrozenDict)] = dataclasses.field(default_factory=FrozenDict)
    owner: Name | None = None
    tag: Name | None = None
    id: Pattern | None = None
    name: Pattern | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            low: float,
            mode: float = 1.0,
            high: float,
            shape: Literal["pert", "triangular", "uniform"] = "pert",
            rho: float = 0.0,
            wbs: str | None = None,
            code: Mapping[str, str] = ...,
            owner: str | None = None,
            tag: str | None = None,
            id: str | None = None,  # noqa: A002
            name: str | None = None,
        ) -> None: ...

    _in_order = checked_whole(PlanError)

    @staticmethod
    def more_problems(arguments: Mapping[str, object]) -> list[Problem]:
        """Return what is out of order, where some argument has faults of its own."""
        if arguments.get("shape") == "uniform":
            return order_problems(arguments, "low", "high")
        return order_problems({"mode": 1.0, **arguments}, "low", "mode", "high")

    def fits(self, task: Task) -> bool:
        """Tell whether every selector fits a task."""
        return (
            (self.wbs is None or f"{task.wbs or ''}.".startswith(f"{self.wbs}."))
            and all(task.codes.get(name) == value for name, value in self.code.items())
            and self.owner in {None, task.owner}
            and (self.tag is None or self.tag in task.tags)
            and (self.id is None or found_in(self.id, task.id))
            and (self.name is None or found_in(self.name, task.label))
        )

    def estimate(self, duration: float) -> Estimate:
        """Return the estimate of a task of this planned duration [plan unit]."""
        low, mode, high = (_times(factor, duration) for factor in (self.low, self.mode, self.high))
        if self.shape == "uniform":
            return Uniform(low, max(low, high))
        kind = Pert if self.shape == "pert" else Triangular
        return kind(min(low, mode), mode, max(mode, high))  # rounding could change places at the last digit

    def __str__(self) -> str:
        said = {key: getattr(self, key) for key in ("wbs", "owner", "tag") if getattr(self, key) is not None}
        said |= {f"code {name}": value for name, value in self.code.items()}
        said |= {key: shown(getattr(self, key)) for key in ("id", "name") if getattr(self, key) is not None}
        return ", ".join(f"{key} {value}" for key, value in said.items()) or "every task"


def _times(factor: float, duration: float) -> float:
    # To 12 digits, so that 1.1 times 3 is written 3.3; times 1 stays exact.
    return duration if factor == 1 else float(f"{factor * duration:.12g}")


def apply_templates(
    tasks: Sequence[Task], correlations: Sequence[Correlation], templates: Iterable[Template]
) -> tuple[list[Task], list[Correlation]]:
    """Return tasks with the estimates of the first template that fits each, and the correlations to go with them.

    Parameters
    ----------
    tasks : sequence of Task
    correlations : sequence of Correlation
        Groups that there are; who is in one stays there.
    templates : iterable of Template

    Raises
    ------
    ArgumentError
        Where something else than templates is given.
    PlanError
        Where an estimate would be longer than any project.
    """
    listed = _listed(templates)
    grouped = {task for group in correlations for task in group.tasks}
    # Those that a correlation chooses are grouped too, certain as they may still be.
    selectors = [group.selector for group in correlations if group.selector is not None]
    grouped |= {task.id for task in tasks for selector in selectors if is_chosen(task, *selector)}
    together: list[list[str]] = [[] for _ in listed]
    made: list[Task] = []
    problems: list[Problem] = []
    for task in tasks:
        place = next((place for place, each in enumerate(listed) if each.fits(task)), None) if _open(task) else None
        if place is None:
            made.append(task)
            continue
        try:
            made.append(_estimated(task, listed[place], place + 1))
        except ProblemsError as error:
            problems += error.problems
        if task.id not in grouped:
            together[place].append(task.id)
    if problems:
        raise PlanError(problems)
    groups = [
        Correlation(members, template.rho)
        for template, members in zip(listed, together, strict=True)
        if template.rho > 0 and len(members) > 1
    ]
    return made, [*correlations, *groups]


def _listed(templates: object) -> list[Template]:
    given = list(templates) if isinstance(templates, Iterable) else [templates]
    listed = [each for each in given if isinstance(each, Template)]
    if len(listed) < len(given) or not isinstance(templates, Iterable):
        stray = next((each for each in given if not isinstance(each, Template)), templates)
        raise ArgumentError([Problem("templates", shown(stray), "a list of sr.Template")])
    return listed


def _open(task: Task) -> bool:
    """Tell whether a template may give a task its estimate.

    Three points are somebody's judgement, even where what says that they come from the schedule was left to stand.
    """
    return (
        task.estimate_from == FROM_SCHEDULE
        and isinstance(task.estimate, Fixed)
        and task.kind == "task"
        and task.has_work
        and task.planned_duration > 0
    )


def _estimated(task: Task, template: Template, number: int) -> Task:
    duration = task.planned_duration
    estimate = template.estimate(duration)
    planned = None if estimate.planned == duration else duration
    return task.replace(estimate=estimate, planned=planned, estimate_from=f"template {number}: {template}")
