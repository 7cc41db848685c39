"""The limits that the rules go by, each with its source, and how a caller sets others."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from schedrisk.errors import ArgumentError, Problem, did_you_mean, shown

__all__ = ["THRESHOLDS", "Threshold", "limits_with"]

DCMA = "DCMA 14-point assessment, check"
OWN = "own choice:"


class Threshold(NamedTuple):
    """A limit of a rule.

    Attributes
    ----------
    value : float
    meaning : str
    source : str
    """

    value: float
    meaning: str
    source: str


THRESHOLDS: dict[str, Threshold] = {
    "missing_logic_share": Threshold(0.05, "open tasks without a predecessor or a successor, at most", f"{DCMA} 1"),
    "leads_share": Threshold(0.0, "links with a lead, at most", f"{DCMA} 2"),
    "lags_share": Threshold(0.05, "links with a lag, at most", f"{DCMA} 3"),
    "finish_to_start_share": Threshold(0.90, "links that are FS, at least", f"{DCMA} 4"),
    "hard_constraints_share": Threshold(0.05, "open tasks with a hard constraint, at most", f"{DCMA} 5"),
    "high_float_days": Threshold(44, "total float is high above so many working days", f"{DCMA} 6"),
    "high_float_share": Threshold(0.05, "open tasks with high float, at most", f"{DCMA} 6"),
    "negative_float_share": Threshold(0.0, "open tasks with negative float, at most", f"{DCMA} 7"),
    "high_duration_days": Threshold(44, "a duration is high above so many working days", f"{DCMA} 8"),
    "high_duration_share": Threshold(0.05, "open tasks of high duration, at most", f"{DCMA} 8"),
    "invalid_dates_share": Threshold(
        0.0, "tasks with dates on the wrong side of the status date, at most", f"{DCMA} 9"
    ),
    "no_resources_share": Threshold(0.0, "open tasks of a day or more without an assignment, at most", f"{DCMA} 10"),
    "critical_path_test_days": Threshold(600, "working days by which a critical task is lengthened", f"{DCMA} 12"),
    "cpli": Threshold(0.95, "critical path length index, at least", f"{DCMA} 13"),
    "long_lag_days": Threshold(10, "a lag hides work above so many working days", f"{OWN} two weeks"),
    "long_lag_share": Threshold(0.2, "or above such a share of the project's duration", f"{OWN} a fifth"),
    "summarised_share": Threshold(
        0.25, "a task sums up too much above such a share of the project", f"{OWN} a quarter"
    ),
    "summarised_days": Threshold(20, "and above so many working days", f"{OWN} a month"),
    "absorbed_days": Threshold(0.0, "an imposed date may absorb so many working days of delay", f"{OWN} none"),
    "independent_tasks": Threshold(
        25, "a chain varies too little above the spread of so many independent tasks", f"{OWN} a fifth of the spread"
    ),
    "few": Threshold(20, "among fewer tasks or links a share that fails is info", "one of them is more than 5 %"),
}
"""Default of every limit: shares are of 1, days are working days."""


def limits_with(thresholds: Mapping[str, float] | None) -> dict[str, float]:
    """Return every limit, some of them set by the caller.

    Parameters
    ----------
    thresholds : mapping of str to float, optional
        Limits by the names of `THRESHOLDS`.

    Raises
    ------
    ArgumentError
        When a name is unknown, or a value is no number or below 0.

    Examples
    --------
    >>> limits_with({"cpli": 1})["cpli"]
    1.0
    """
    limits = {name: each.value for name, each in THRESHOLDS.items()}
    problems: list[Problem] = []
    given: Mapping[str, object] = thresholds or {}
    for name, value in given.items():
        place = f"thresholds[{shown(name)}]"
        if name not in limits:
            problems.append(Problem(place, "an unknown threshold", "a known one", did_you_mean(name, limits)))
        elif isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
            problems.append(Problem(place, shown(value), "a number of 0 or more"))
        else:
            limits[name] = float(value)
    if problems:
        raise ArgumentError(problems)
    return limits
