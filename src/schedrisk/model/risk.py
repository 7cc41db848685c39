"""Risk: an event that may happen, and what it does to tasks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, PlainSerializer, TypeAdapter, ValidationError, WrapValidator, model_validator

from schedrisk._validation import FrozenDict, Name, Names, Number, record
from schedrisk.errors import PlanError, Problem, ProblemsError, shown
from schedrisk.estimates import Estimate, EstimateField, EstimateLike, parse_estimate
from schedrisk.model.moments import RAREST, check_longest

__all__ = ["Risk"]


def _parse_impact(value: object, _handler: object) -> object:
    """Read one estimate, or a table task → estimate; a table that spells one estimate is one estimate."""
    if value is None or not isinstance(value, Mapping) or _spells_estimate(value):
        return None if value is None else parse_estimate(value)
    impacts: dict[str, Estimate] = {}
    problems: list[Problem] = []
    for task, each in value.items():
        try:
            impacts[_NAME.validate_python(task)] = parse_estimate(each)
        except ValidationError:
            problems.append(Problem("", shown(task), "a task's id"))
        except ProblemsError as error:
            problems += [
                dataclasses.replace(one, place=", ".join(filter(None, (f"task {shown(task)}", one.place))))
                for one in error.problems
            ]
    if problems:
        raise PlanError(problems)
    return FrozenDict(impacts) if impacts else None


def _spells_estimate(table: Mapping[Any, object]) -> bool:
    return "kind" in table or {"low", "mode", "high"} <= table.keys()


def _listed(names: Iterable[str], joint: str, plural: str = "") -> str:
    return f" {joint} ".join(f"{name}{plural}" for name in names)


def _impact_document(impact: object) -> object:
    if isinstance(impact, Mapping):
        return {task: str(each) for task, each in impact.items()}
    return None if impact is None else str(impact)


_NAME: TypeAdapter[str] = TypeAdapter(Name)

# A larger one is a slip, such as 1,500 for 1.5.
LARGEST_FACTOR = 1000.0

# The validator replaces the type's own, so that a fault is told once and not once for each member of the union.
Impact = Annotated[
    EstimateField | dict[Name, EstimateField] | None, WrapValidator(_parse_impact), PlainSerializer(_impact_document)
]


@record(PlanError)
class Risk:
    """An event with a probability and, if it happens, impacts: delays, factors, or both.

    The event happens or not once per draw, for all its tasks at once. `delay` and `factor` are each either one
    estimate with `tasks` (one magnitude, drawn once, on all of them) or a table task → estimate (a magnitude for
    each task). A duration is the estimate, times the factors of all the risks that happen, plus their delays. A
    factor on several tasks is a risk driver: it makes them long or short together.

    Parameters
    ----------
    id : str
        Unique among the plan's risks.
    probability : float
        Chance that the event happens [0–1].
    delay : Estimate or mapping of str to Estimate, optional
        Working time added to the duration of the tasks [plan unit].
    factor : Estimate or mapping of str to Estimate, optional
        What the duration of the tasks, or what remains of it, is multiplied by: 1.2 is a fifth more, 0.9 a tenth less.
    tasks : iterable of str
        Ids of the tasks that one shared `delay` or `factor` hits.
    owner : str, optional
        Who answers for the risk.
    name : str, optional
        What people call the risk; `id` where not given.

    Examples
    --------
    >>> risk = Risk("no carrier chosen", 0.4, delay={"site-ready": "5/10/30"}, owner="customer")
    >>> sorted(risk.delays)
    ['site-ready']
    >>> driver = Risk("new feature", 0.6, factor="0.9/1.1/1.4", tasks=["install", "commission"])
    >>> driver.hits
    ('install', 'commission')
    """

    id: Name
    probability: Annotated[Number, Field(ge=0, le=1)]
    _: dataclasses.KW_ONLY
    delay: Impact = None
    factor: Impact = None
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
            factor: EstimateLike | Mapping[str, EstimateLike] | None = None,
            tasks: Iterable[str] = (),
            owner: str | None = None,
            name: str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _one_way_to_say_which_tasks(self) -> Self:
        for task, delay in self.delays.items():
            check_longest(f"delay, task {shown(task)}", delay)
        problems = [
            Problem(f"factor, task {shown(task)}", f"{most:g} at its highest", f"at most {LARGEST_FACTOR:g}")
            for task, factor in self.factors.items()
            if (most := factor.bounds(RAREST)[1]) > LARGEST_FACTOR
        ]
        given = {name: each for name in ("delay", "factor") if (each := getattr(self, name)) is not None}
        if self.tasks and given and all(isinstance(each, dict) for each in given.values()):
            tables, one = _listed(given, "and", "s"), _listed(given, "or")
            problems.append(
                Problem(
                    "tasks",
                    shown(list(self.tasks)),
                    f"no list of tasks beside a table of {tables}",
                    f"leave tasks out, or give one {one} for all of them",
                )
            )
        if problems:
            raise PlanError(problems)
        return self

    @property
    def label(self) -> str:
        """What to call the risk in tables and plots."""
        return self.name or self.id

    @property
    def shared(self) -> bool:
        """Whether each magnitude is drawn once and hits all the tasks."""
        return not isinstance(self.delay, dict) and not isinstance(self.factor, dict)

    @property
    def delays(self) -> dict[str, Estimate]:
        """The delay of each task that the risk delays."""
        return self._of_each(self.delay)

    @property
    def factors(self) -> dict[str, Estimate]:
        """The factor of each task whose duration the risk multiplies."""
        return self._of_each(self.factor)

    @property
    def hits(self) -> tuple[str, ...]:
        """Every task that the risk delays or multiplies, once."""
        return tuple(self.delays | self.factors)

    def _of_each(self, impact: Estimate | dict[str, Estimate] | None) -> dict[str, Estimate]:
        if isinstance(impact, dict):
            return dict(impact)
        return {} if impact is None else dict.fromkeys(self.tasks, impact)
