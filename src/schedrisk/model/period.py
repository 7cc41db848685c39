"""Period: how long a promise leaves after something else, as contracts write it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias, get_args

import numpy as np
from pydantic import BeforeValidator, WithJsonSchema

from schedrisk._validation import as_number
from schedrisk.errors import PlanError, Problem, shown
from schedrisk.model.moments import LONGEST
from schedrisk.wording import UNITS, number_text

__all__ = ["Period", "PeriodUnit", "Within", "period_text"]

PeriodUnit: TypeAlias = Literal["h", "d", "w", "mo", "wh", "wd", "unit"]
"""Hours, days, weeks and months of the calendar; working hours and days of the plan's calendar; the plan's unit."""

EXPECTED = (
    'a whole number with its unit: "13w", "90d", "3 months", "65wd" (working days), "48h", "40wh" (working hours)'
)

_WORDS = {
    "h": "hour",
    "d": "calendar day",
    "w": "week",
    "mo": "month",
    "wh": "working hour",
    "wd": "working day",
}
_PERIOD = re.compile(
    r"(?P<count>\d{1,9}(?:\.\d+)?)\s*(?P<working>working\s+|w(?=[dh]))?(?:calendar\s+)?"
    r"(?:(?P<h>h|hrs?|hours?)|(?P<d>d|days?)|(?P<w>w|wks?|weeks?)|(?P<mo>mo|months?))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Period:
    """A number of hours, days, weeks or months.

    Attributes
    ----------
    count : float
        Whole but for hours and the plan's unit.
    unit : {"h", "d", "w", "mo", "wh", "wd", "unit"}

    Examples
    --------
    >>> Period.of("65 working days"), Period.of("13 weeks").text, Period.of("3mo").words("d")
    (Period(count=65.0, unit='wd'), '13w', '3 months')
    """

    count: float
    unit: PeriodUnit

    @classmethod
    def of(cls, within: str | float) -> Period:
        """Read a period; a number counts the plan's unit.

        Raises
        ------
        PlanError
            When it is none.
        """
        if not isinstance(within, str):
            return cls(within, "unit")
        found = _PERIOD.fullmatch(within.strip())
        unit = next((each for each in get_args(PeriodUnit)[:4] if found is not None and found[each]), None)
        if found is None or unit is None or (found["working"] and unit in {"w", "mo"}):
            raise PlanError([Problem("", shown(within), EXPECTED)])
        count = float(found["count"])
        if unit != "h" and not count.is_integer():
            remedy = "contracts count whole days, weeks and months"
            raise PlanError([Problem("", shown(within), "a whole number of them", remedy)])
        return cls(count, f"w{unit}" if found["working"] else unit)  # type: ignore[arg-type]

    @property
    def within(self) -> str | float:
        """The period as `Promise.within` has it."""
        return self.count if self.unit == "unit" else self.text

    @property
    def text(self) -> str:
        """The period in short: ``13w``."""
        return f"{self.count:.12g}{'' if self.unit == 'unit' else self.unit}"

    def words(self, plan_unit: str) -> str:
        """Return the period as people say it: ``13 weeks``."""
        # A whole count in full; a number of the plan's unit may come from the draws, with more digits than anybody reads.
        digits = 3 if self.unit == "unit" else 12
        return f"{number_text(self.count, digits)} {self.unit_words(plan_unit, plural=self.count != 1)}"

    def unit_words(self, plan_unit: str, *, plural: bool = True) -> str:
        """Return what is counted: ``weeks``."""
        word = UNITS[plan_unit].removesuffix("s") if self.unit == "unit" else _WORDS[self.unit]
        return f"{word}s" if plural else word


def period_text(within: str | float, plan_unit: str) -> str:
    """Write a period as people say it.

    Examples
    --------
    >>> period_text("1w", "d"), period_text("90d", "d"), period_text(2.5, "w")
    ('1 week', '90 calendar days', '2.5 weeks')
    """
    return Period.of(within).words(plan_unit)


def _parse_within(value: object) -> object:
    value = as_number(value)
    if isinstance(value, str) or (isinstance(value, float) and np.isfinite(value)):
        period = Period.of(value)
    else:
        raise PlanError([Problem("", shown(value), EXPECTED)])
    if not 0 <= period.count <= LONGEST:
        raise PlanError([Problem("", shown(value), f"a period from 0 to {LONGEST:g}")])
    return period.within


Within = Annotated[
    str | float,
    BeforeValidator(_parse_within),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number", "minimum": 0}]}),
]
