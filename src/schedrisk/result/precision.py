"""Precision: how narrow the interval of a figure is to be, and how narrow it became."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator

from schedrisk._validation import Name, Number, record
from schedrisk.errors import ArgumentError, Problem, shown
from schedrisk.wording import number_text

__all__ = ["Precision", "PrecisionReached", "parse_precision"]


@record(ArgumentError)
class Precision:
    """How far figures may be from the truth: half the width of their intervals. A simulation runs until they are.

    Parameters
    ----------
    probability : float, optional
        Of the chance of keeping a promise [0–1]: 0.005 is half a percentage point to either side.
    percentile : float, optional
        Of a percentile of the finish [working days; plan unit in a plan without dates].
    percent : float
        Which percentile.
    promise : str, optional
        The promise whose chance, and whose milestone's finish, is meant; every promise, and the finish of the project,
        where not given.
    confidence_level : float
        Of the intervals.
    max_draws : int
        The ceiling: no more draws are made, precise enough or not.

    Examples
    --------
    >>> from schedrisk.model import Plan, Promise, Task
    >>> from schedrisk.simulation import simulate
    >>> plan = Plan(tasks=[Task("a", "2/3/5")], promises=[Promise("done", by=3)])
    >>> result = simulate(plan, 1_000, rng=1, until=Precision(probability=0.01))
    >>> result.n_draws > 5_000, result.precision.reached, result.precision.probability <= 0.01
    (True, True, True)
    """

    probability: Annotated[Number, Field(gt=0, lt=0.5)] | None = None
    percentile: Annotated[Number, Field(gt=0)] | None = None
    _: dataclasses.KW_ONLY
    percent: Annotated[Number, Field(gt=0, lt=100)] = 80.0
    promise: Name | None = None
    confidence_level: Annotated[Number, Field(gt=0, lt=1)] = 0.95
    max_draws: Annotated[int, Field(strict=True, ge=1)] = 1_000_000

    if TYPE_CHECKING:

        def __init__(
            self,
            probability: float | None = None,
            percentile: float | None = None,
            *,
            percent: float = 80.0,
            promise: str | None = None,
            confidence_level: float = 0.95,
            max_draws: int = 1_000_000,
        ) -> None: ...

    @model_validator(mode="after")
    def _something_is_wished(self) -> Self:
        if self.probability is None and self.percentile is None:
            remedy = "write Precision(probability=0.005), or Precision(percentile=0.5) for half a day"
            raise ArgumentError(
                [Problem("precision", "nothing to be precise", "a probability or a percentile", remedy)]
            )
        return self

    def __str__(self) -> str:
        parts = []
        if self.probability is not None:
            parts.append(f"±{number_text(100 * self.probability)} percentage points of chance")
        if self.percentile is not None:
            parts.append(f"±{number_text(self.percentile)} days of the P{self.percent:g}")
        return " and ".join(parts)


@dataclass(frozen=True)
class PrecisionReached:
    """How precise a simulation became.

    Attributes
    ----------
    wish : Precision
    reached : bool
        Whether it was precise enough before it came to the ceiling.
    probability : float or None
        Half the width of the interval of the chance, the widest of several [0–1]; None where it was not wished for.
    percentile : float or None
        Half the width of the interval of the percentile [working days; plan unit without dates].
    n_draws : int
    needed : int
        About how many draws the wish takes, as far as these tell.
    """

    wish: Precision
    reached: bool
    probability: float | None
    percentile: float | None
    n_draws: int
    needed: int

    def __str__(self) -> str:
        if self.reached:
            return f"precision reached: {self.wish}"
        parts = []
        if self.probability is not None:
            parts.append(f"±{number_text(100 * self.probability)} percentage points")
        if self.percentile is not None:
            parts.append(f"±{number_text(self.percentile)} days")
        got = " and ".join(parts)
        return (
            f"precision not reached: {got} at the ceiling of {self.n_draws:,} draws; about {self.needed:,} are needed"
        )


def parse_precision(texts: Sequence[str], max_draws: int | None, *, promised: bool) -> Precision | None:
    """Read how precise chances and P80 dates are to be, as the command line writes it: ``0.005``, ``0.5d``.

    Parameters
    ----------
    texts : sequence of str
    max_draws : int or None
        The ceiling.
    promised : bool
        Whether the plan promises anything.

    Returns
    -------
    Precision or None
        None where nothing is wished.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> str(parse_precision(["0.005", "0.5d"], None, promised=True))
    '±0.5 percentage points of chance and ±0.5 days of the P80'
    """
    if not texts:
        if max_draws is not None:
            found, remedy = f"{max_draws} without --precision", "use --draws for a fixed number"
            raise ArgumentError([Problem("--max-draws", found, "a ceiling for --precision", remedy)])
        return None
    given: dict[str, Any] = {} if max_draws is None else {"max_draws": max_draws}
    for text in texts:
        number = text.strip().removesuffix("d")
        try:
            given["percentile" if text.strip().endswith("d") else "probability"] = float(number)
        except ValueError:
            expected = "half the width of an interval: of chances such as 0.005, of P80 dates in days such as 0.5d"
            raise ArgumentError([Problem("--precision", shown(text), expected)]) from None
    if "probability" in given and not promised:
        remedy = "give --promise NAME=DATE, or a precision in days such as 0.5d"
        raise ArgumentError([Problem("--precision", shown(texts[0]), "a promise whose chance is meant", remedy)])
    return Precision(**given)
