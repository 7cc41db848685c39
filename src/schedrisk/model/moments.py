"""Dates as a plan holds them, and how long a duration may be."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import BeforeValidator, WithJsonSchema

from schedrisk._validation import as_number, parse_date
from schedrisk.errors import PlanError, Problem, shown
from schedrisk.estimates import Estimate

__all__ = ["LONGEST", "DateLike", "When", "check_longest", "parse_when"]

DateLike: TypeAlias = str | dt.date | dt.datetime | np.datetime64

# Longer than any project, and so short that thousands of them add up to exact ticks.
LONGEST = 1e9
RAREST = 2.0**-32  # no draw lies further out than this in the tail of an estimate without an end


def parse_when(value: object) -> object:
    """Turn a date of a plan into a `date`, `datetime` or (in a plan without dates) a float."""
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


def check_longest(place: str, estimate: Estimate) -> None:
    """Refuse an estimate that is longer than any project."""
    longest = estimate.bounds(RAREST)[1]
    if longest > LONGEST:
        raise PlanError([Problem(place, f"{longest:g} at its highest", f"at most {LONGEST:g} units")])
