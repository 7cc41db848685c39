"""Risk: an event that may happen, and what it does to tasks; Correlation: tasks that are long or short together."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, PlainSerializer, TypeAdapter, ValidationError, WrapValidator, model_validator

from schedrisk._validation import FrozenDict, Name, Names, Number, record
from schedrisk.errors import PlanError, Problem, ProblemsError, shown
from schedrisk.estimates import Estimate, EstimateField, EstimateLike, parse_estimate
from schedrisk.model.moments import check_longest

__all__ = ["Correlation", "Risk"]


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
            check_longest(f"delay, task {shown(task)}", delay)
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
class Correlation:
    """Tasks whose durations tend to be long or short together.

    They share one common factor, so that every pair of them has the same rank correlation, and a task that joins
    them leaves the draws of the others unchanged. Each duration keeps its own distribution exactly.

    Parameters
    ----------
    tasks : iterable of str
        Ids, at least two. A task belongs to one group at most.
    rho : float
        Spearman's rank correlation of each pair [0–1].

    Examples
    --------
    >>> Correlation(["excavate", "pour"], 0.3).rho
    0.3
    """

    tasks: Annotated[Names, Field(min_length=2)]
    rho: Annotated[Number, Field(ge=0, le=1)]

    if TYPE_CHECKING:

        def __init__(self, tasks: Iterable[str], rho: float) -> None: ...
