"""What a risk does, as its fields hold it: one estimate or one for each task, odds likewise, and a window of dates."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self

import numpy as np
from pydantic import (
    BeforeValidator,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)

from schedrisk._validation import FrozenDict, Name, Replaceable, as_number, record
from schedrisk.errors import PlanError, Problem, ProblemsError, shown
from schedrisk.estimates import Estimate, EstimateField, parse_estimate
from schedrisk.model.moments import RAREST, DateLike, When, check_longest

__all__ = ["LARGEST_FACTOR", "Chance", "Impact", "Window", "WindowField", "impact_problems"]

# A larger one is a slip, such as 1,500 for 1.5.
LARGEST_FACTOR = 1000.0


def _parse_impact(value: object, _handler: object) -> object:
    """Read one estimate, or a table task → estimate; a table that spells one estimate is one estimate."""
    if value is None or not isinstance(value, Mapping) or _spells_estimate(value):
        return None if value is None else parse_estimate(value)
    return _parse_table(value, parse_estimate)


def _parse_chance(value: object, _handler: object) -> object:
    if not isinstance(value, Mapping):
        return _one_chance(value)
    if not value:
        raise PlanError([Problem("", "an empty table", "a number, or a table of tasks and numbers")])
    return _parse_table(value, _one_chance)


def _parse_table(table: Mapping[Any, object], parse: Any) -> object:
    """Read a table task → value; None where it is empty."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for task, each in table.items():
        try:
            values[_NAME.validate_python(task)] = parse(each)
        except ValidationError:
            problems.append(Problem("", shown(task), "a task's id"))
        except ProblemsError as error:
            problems += [
                dataclasses.replace(one, place=", ".join(filter(None, (f"task {shown(task)}", one.place))))
                for one in error.problems
            ]
    if problems:
        raise PlanError(problems)
    return FrozenDict(values) if values else None


def _one_chance(value: object) -> float:
    number = as_number(value)
    if not isinstance(number, float):
        raise PlanError([Problem("", shown(value), "a number, or a table of tasks and numbers")])
    if not np.isfinite(number):
        raise PlanError([Problem("", shown(value), "a finite number")])
    if number < 0:
        raise PlanError([Problem("", shown(value), "greater than or equal to 0")])
    if number > 1:
        remedy = f"{number:g} % is written {number / 100:g}" if number <= 100 else ""
        raise PlanError([Problem("", shown(value), "less than or equal to 1", remedy)])
    return number


def _spells_estimate(table: Mapping[Any, object]) -> bool:
    return "kind" in table or {"low", "mode", "high"} <= table.keys()


def _impact_document(impact: object) -> object:
    if isinstance(impact, Mapping):
        return {task: str(each) for task, each in impact.items()}
    return None if impact is None else str(impact)


_NAME: TypeAdapter[str] = TypeAdapter(Name)
_CHANCE = {"type": "number", "minimum": 0, "maximum": 1}

# The validators replace the types' own, so that a fault is told once and not once for each member of the union.
Impact = Annotated[
    EstimateField | dict[Name, EstimateField] | None, WrapValidator(_parse_impact), PlainSerializer(_impact_document)
]
Chance = Annotated[
    float | dict[Name, float],
    WrapValidator(_parse_chance),
    WithJsonSchema({"anyOf": [_CHANCE, {"type": "object", "additionalProperties": _CHANCE}]}),
]


def impact_problems(delays: Mapping[str, Estimate], factors: Mapping[str, Estimate]) -> list[Problem]:
    """Return what is too long, and what multiplies by more than can be meant.

    Parameters
    ----------
    delays, factors : mapping of str to Estimate
        By task.
    """
    for task, delay in delays.items():
        check_longest(f"delay, task {shown(task)}", delay)
    return [
        Problem(f"factor, task {shown(task)}", f"{most:g} at its highest", f"at most {LARGEST_FACTOR:g}")
        for task, factor in factors.items()
        if (most := factor.bounds(RAREST)[1]) > LARGEST_FACTOR
    ]


@record(PlanError)
class Window(Replaceable):
    """The dates between which a risk can hit.

    Parameters
    ----------
    start, finish : str, date, datetime or float, optional
        A day counts from its beginning, and to its end. Where one is not given, that side is open.

    Examples
    --------
    >>> Window("2026-11-15", "2027-03-15").start
    datetime.date(2026, 11, 15)
    """

    start: When | None = None
    finish: When | None = None

    if TYPE_CHECKING:

        def __init__(self, start: DateLike | float | None = None, finish: DateLike | float | None = None) -> None: ...

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.start is None and self.finish is None:
            problem = Problem("", "a window without dates", "a start, a finish, or both", "leave the window out")
            raise PlanError([problem])
        if self.start is not None and self.finish is not None and _order(self.start) > _order(self.finish):
            found = f"{self.finish}, before its start {self.start}"
            raise PlanError([Problem("finish", found, "a finish at or after the start")])
        return self

    @property
    def ends(self) -> tuple[Any, Any]:
        """Start and finish."""
        return self.start, self.finish


def _order(when: Any) -> tuple[str, float | str]:
    """Return what dates and numbers can be compared by; of mixed kinds the plan finds the fault."""
    return ("", when) if isinstance(when, float) else ("date", when.isoformat()[:10])


def _parse_window(value: object) -> object:
    """Let a pair stand for a window."""
    if isinstance(value, tuple | list) and len(value) == 2:
        return Window(*value)
    if value is None or isinstance(value, Window | Mapping):
        return value
    raise PlanError([Problem("", shown(value), "a start and a finish", 'write ("2026-12-01", "2027-01-31")')])


WindowField = Annotated[Window | None, BeforeValidator(_parse_window)]
