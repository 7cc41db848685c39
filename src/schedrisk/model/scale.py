"""Scale: what the words of a risk register mean in numbers."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from schedrisk._validation import FrozenDict, Name, Number, Replaceable, record
from schedrisk.errors import PlanError, Problem, did_you_mean, shown
from schedrisk.estimates import Estimate, EstimateField, EstimateLike, parse_estimate

__all__ = ["DELAY_WORDS", "PROBABILITY_WORDS", "Scale", "folded"]

PROBABILITY_WORDS: dict[str, float] = {
    "very low": 0.05, "VL": 0.05, "rare": 0.05,
    "low": 0.2, "L": 0.2, "unlikely": 0.2,
    "medium": 0.4, "M": 0.4, "possible": 0.4,
    "high": 0.6, "H": 0.6, "likely": 0.6,
    "very high": 0.85, "VH": 0.85, "almost certain": 0.85,
}  # fmt: skip
"""The middles of five bands of chance: to 10, 30, 50, 70 and 100 %."""

DELAY_WORDS: dict[str, str] = {
    "very low": "0/1/2", "VL": "0/1/2", "negligible": "0/1/2",
    "low": "1/3/5", "L": "1/3/5", "minor": "1/3/5",
    "medium": "5/8/15", "M": "5/8/15", "moderate": "5/8/15",
    "high": "10/20/40", "H": "10/20/40", "major": "10/20/40",
    "very high": "20/40/80", "VH": "20/40/80", "severe": "20/40/80",
}  # fmt: skip
"""Working days, as low, most likely and high: up to about a day, a week, three weeks, two months, four months."""


def folded(word: object) -> str:
    """Return a word without what people write differently: case, blanks, punctuation."""
    return re.sub(r"[\W_]+", "", str(word).casefold())


def _frozen(value: object) -> object:
    return FrozenDict(value) if isinstance(value, Mapping) else value


@lru_cache(maxsize=1)
def _usual_delays() -> dict[str, Estimate]:
    return {word: parse_estimate(text) for word, text in DELAY_WORDS.items()}


Words = Annotated[dict[Name, Annotated[Number, Field(ge=0, le=1)]], BeforeValidator(_frozen)]
Estimates = Annotated[dict[Name, EstimateField], BeforeValidator(_frozen)]


@record(PlanError)
class Scale(Replaceable):
    """The words of a risk register in numbers.

    Everybody has a scale of their own, and none is right by itself: what "high" means belongs beside the register. The
    words are compared without case, blanks and punctuation.

    Parameters
    ----------
    probability : mapping of str to float
        The chance that each word stands for [0–1].
    delay : mapping of str to Estimate
        The delay that each word stands for [`unit`].
    factor : mapping of str to Estimate
        What a duration is multiplied by, for each word.
    unit : {"d", "h", "w"}
        Unit of the delays: working days, hours or weeks.

    Examples
    --------
    >>> scale = Scale(probability={"likely": 0.7}, delay={"major": "10/15/30"})
    >>> scale.probability_of("Likely"), str(scale.delay_of("MAJOR"))
    (0.7, 'pert(10, 15, 30)')
    >>> Scale().probability_of("very-high")
    0.85
    """

    _: dataclasses.KW_ONLY
    probability: Words = dataclasses.field(default_factory=lambda: FrozenDict(PROBABILITY_WORDS))
    delay: Estimates = dataclasses.field(default_factory=lambda: FrozenDict(_usual_delays()))
    factor: Estimates = dataclasses.field(default_factory=FrozenDict)
    unit: Literal["h", "d", "w"] = "d"

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            probability: Mapping[str, float] = ...,
            delay: Mapping[str, EstimateLike] = ...,
            factor: Mapping[str, EstimateLike] = ...,
            unit: Literal["h", "d", "w"] = "d",
        ) -> None: ...

    @model_validator(mode="after")
    def _words_differ(self) -> Self:
        problems = []
        for key in ("probability", "delay", "factor"):
            seen: dict[str, str] = {}
            for word, value in getattr(self, key).items():
                first = seen.setdefault(folded(word), word)
                if first != word and getattr(self, key)[first] != value:
                    found = f"{shown(first)} and {shown(word)}, which read alike"
                    problems.append(Problem(key, found, "one meaning for a word", "leave one of them out"))
        if problems:
            raise PlanError(problems)
        return self

    def probability_of(self, word: object) -> float:
        """Return the chance that a word stands for.

        Raises
        ------
        PlanError
            When the scale has no such word.
        """
        return float(self._find("probability", word))

    def delay_of(self, word: object) -> Estimate:
        """Return the delay that a word stands for [`unit`]; raises as `probability_of`."""
        found: Estimate = self._find("delay", word)
        return found

    def factor_of(self, word: object) -> Estimate:
        """Return the factor that a word stands for; raises as `probability_of`."""
        found: Estimate = self._find("factor", word)
        return found

    def _find(self, key: str, word: object) -> Any:
        words = {folded(name): value for name, value in getattr(self, key).items()}
        if folded(word) not in words:
            names = list(getattr(self, key))
            expected = f"a word of the scale of {key}" if names else f"a number, as the scale has no words for {key}"
            raise PlanError([Problem("", shown(word), expected, did_you_mean(word, names) if names else "")])
        return words[folded(word)]
