"""Dates that are asked about: what people write, as a deadline of the plan."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from schedrisk._validation import as_number, parse_date
from schedrisk.errors import ArgumentError, Problem, ProblemsError, shown
from schedrisk.timeaxis import TimeAxis

__all__ = ["asked_deadline"]


def asked_deadline(axis: TimeAxis, date: Any) -> float:
    """Return the last tick that a finish may have to meet a date.

    Raises
    ------
    ArgumentError
        When `date` cannot be understood in this plan.
    """
    if axis.dated:
        return axis.deadline(_as_date(date))
    number = as_number(date)
    if not isinstance(number, float) or not np.isfinite(number):
        expected = "a number, as the plan has no start"
        raise ArgumentError([Problem("date", shown(date), expected, "give the plan a start to use dates")])
    return axis.deadline(number)


def _as_date(date: Any) -> dt.date | dt.datetime | np.datetime64:
    if isinstance(date, np.datetime64) and not np.isnat(date):
        return date  # as it is: Python's own dates end with the year 9999, and a percentile may not
    try:
        return parse_date(date)  # type: ignore[return-value]
    except ProblemsError as error:
        problem = error.problems[0]
        raise ArgumentError([Problem("date", problem.found, problem.expected, problem.remedy)]) from None
