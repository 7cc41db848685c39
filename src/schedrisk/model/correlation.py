"""Correlation: tasks that are long or short together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from schedrisk._validation import Names, Number, record
from schedrisk.errors import PlanError

__all__ = ["Correlation"]


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
