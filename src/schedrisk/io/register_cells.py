"""The cells of a risk register: chances, impacts and tasks, in numbers or in the words of a scale."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard, TypeVar

from schedrisk._validation import as_number
from schedrisk.calendars import Calendar
from schedrisk.errors import PlanError, Problem, ProblemsError, did_you_mean, shown
from schedrisk.estimates import Estimate, Fixed, Pert, parse_estimate
from schedrisk.io.cells import cell_text, plain_day, read_moment, split_list
from schedrisk.io.estimates_table import scaled_estimate
from schedrisk.model import Scale
from schedrisk.model.scale import folded

__all__ = ["CellReader"]

MOST_SUGGESTIONS = 10
# By which words of the scale an impact may be told.
SCALE_OF = {"delay": "delay", "saving": "delay", "factor": "factor"}
TRUTHS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}

_NUMBER = r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?"
_PERCENT = re.compile(rf"({_NUMBER})\s*(?:%|percent|per\s+cent)", re.IGNORECASE)
_PLAIN = re.compile(rf"({_NUMBER})(?:\s*/\s*({_NUMBER})\s*/\s*({_NUMBER}))?")
_UNITS = re.compile(
    r"(?P<text>.*[\d).])\s*(?:(?P<h>h|hrs?|hours?)|(?P<d>d|days?|working\s+days?)|(?P<w>w|wks?|weeks?))",
    re.IGNORECASE | re.DOTALL,
)


T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class CellReader:
    """Reads the cells of a register.

    Attributes
    ----------
    scale : Scale
    unit : str
        Of the plan.
    calendar : Calendar
        Of the plan.
    ids : collection of str or None
        Of the tasks that may be named; any where None.
    decimal_comma : bool
        Whether ``2,5`` is a number.
    """

    scale: Scale
    unit: str
    calendar: Calendar
    ids: Collection[str] | None
    decimal_comma: bool

    def probability(self, value: Any) -> float | dict[str, float]:
        """Read a chance: 0.3, ``30 %`` or a word of the scale; or a list ``task | chance; task | chance``."""
        return self._each(value, self._chance) if _is_list(value) else self._chance(value)

    def _chance(self, value: Any) -> float:
        text = cell_text(value)
        if folded(text) in map(folded, self.scale.probability):
            return self.scale.probability_of(text)
        percent = _PERCENT.fullmatch(text)
        number = as_number(value) if not isinstance(value, str) else self._number(percent[1] if percent else text)
        if not isinstance(number, float):
            try:
                return self.scale.probability_of(text)
            except PlanError as error:
                problem = error.problems[0]
                expected = "a chance from 0 to 1, such as 0.3 or 30 %, or a word of the scale"
                raise PlanError([Problem("", problem.found, expected, problem.remedy)]) from None
        chance = number / 100 if percent else number
        if not 0 <= chance <= 1:
            remedy = f"write {number:g} % for {number / 100:g}" if 1 < number <= 100 and not percent else ""
            raise PlanError([Problem("", shown(value), "a chance from 0 to 1, such as 0.3 or 30 %", remedy)])
        return chance

    def delay(self, value: Any) -> Estimate | dict[str, Estimate]:
        """Read a delay: a number, three points, any estimate, each with a unit or without; or a word of the scale."""
        return self._impact(value, "delay")

    def factor(self, value: Any) -> Estimate | dict[str, Estimate]:
        """Read a factor: 1.2, ``120 %``, three points, any estimate, or a word of the scale."""
        return self._impact(value, "factor")

    def saving(self, value: Any) -> Estimate | dict[str, Estimate]:
        """Read a saving of time, as a delay."""
        return self._impact(value, "saving")

    def amount(self, value: Any) -> Estimate:
        """Read an amount of money: a number, three points, or any estimate."""
        return self._estimate(value, "amount")

    def number(self, value: Any) -> float:
        """Read a number."""
        return self._number_in("", value)

    def name(self, value: Any) -> str:
        """Read a name."""
        return cell_text(value)

    def names(self, value: Any) -> tuple[str, ...]:
        """Read names, separated by semicolons or new lines."""
        return tuple(name for (name,) in split_list(_one_line(cell_text(value)), separators=";"))

    def truth(self, value: Any) -> bool:
        """Read yes or no, TRUE or FALSE."""
        truth = TRUTHS.get(cell_text(value).casefold())
        if truth is None:
            raise PlanError([Problem("", shown(value), "yes or no, TRUE or FALSE")])
        return truth

    def moment(self, value: Any) -> Any:
        """Read a date, or a number in a plan without dates."""
        return read_moment(plain_day(value), decimal_comma=self.decimal_comma)

    def points(self, low: Any, mode: Any, high: Any) -> Estimate | None:
        """Read three points in three cells; the middle one alone is certain, and none are none."""
        given = {name: each for name, each in (("low", low), ("mode", mode), ("high", high)) if each != ""}
        if not given:
            return None
        if given.keys() == {"mode"}:
            return Fixed(self._number_in("mode", mode))
        if len(given) < 3:
            missing = " and ".join(name for name in ("low", "mode", "high") if name not in given)
            raise PlanError([Problem(missing, "nothing", "low, mode and high, or mode alone")])
        return Pert(*(self._number_in(name, each) for name, each in given.items()))

    def tasks(self, value: Any) -> tuple[str, ...]:
        """Read ids of tasks, separated by semicolons or new lines, or by commas where that alone gives known ids."""
        text = cell_text(value)
        if self.ids is not None and text in self.ids:
            return (text,)
        names = self.names(text)
        if self.ids is None:
            if len(names) == 1 and "," in text and '"' not in text:
                names = tuple(each.strip() for each in text.split(",") if each.strip())
            return tuple(dict.fromkeys(names))
        found: list[str] = []
        for name in names:
            parts = [each.strip() for each in name.split(",") if each.strip()]
            found += [name] if name in self.ids or len(parts) < 2 else parts
        self._check(found)
        return tuple(dict.fromkeys(found))

    def _check(self, names: list[str]) -> None:
        ids = self.ids if self.ids is not None else names
        unknown = [name for name in names if name not in ids]
        if unknown:
            raise PlanError(
                Problem(
                    "",
                    f"the unknown task {shown(name)}",
                    "the id of a task",
                    # Each search for a near name goes over all of them: a few are help, thousands are a wait.
                    did_you_mean(name, ids) if number < MOST_SUGGESTIONS else "",
                )
                for number, name in enumerate(unknown)
            )

    def _impact(self, value: Any, key: str) -> Estimate | dict[str, Estimate]:
        """Read one estimate, or a list ``task | estimate; task | estimate``."""
        if not _is_list(value):
            return self._estimate(value, key)
        return self._each(value, lambda cell: self._estimate(cell, key))

    def _each(self, value: str, read: Callable[[str], T]) -> dict[str, T]:
        """Read a list of tasks, each with a value of its own."""
        values: dict[str, T] = {}
        problems: list[Problem] = []
        for parts in split_list(_one_line(value)):
            if len(parts) != 2:
                found, remedy = shown(" | ".join(parts)), "quote names with | or ;"
                problems.append(Problem("", found, "task | value, separated by semicolons", remedy))
                continue
            try:
                self._check([parts[0]])
                values[parts[0]] = read(parts[1])
            except ProblemsError as error:
                problems += error.problems
        if problems:
            raise PlanError(problems)
        return values

    def _estimate(self, value: Any, key: str) -> Estimate:
        if not isinstance(value, str):
            text = cell_text(value)
            return self._of_scale(text, key) if self._is_word(text, key) else parse_estimate(value)
        text = value.strip()
        if self._is_word(text, key) or not re.search(r"\d", text):
            return self._of_scale(text, key)
        unit = _UNITS.fullmatch(text) if key in {"delay", "saving"} else None
        percent = _PERCENT.fullmatch(text) if key == "factor" else None
        if percent is not None:
            return Fixed(float(self._decimal(percent[1])) / 100)
        bare = text if unit is None else unit["text"]
        if _PLAIN.fullmatch(bare):
            bare = self._decimal(bare)
        estimate = parse_estimate(bare)
        return estimate if unit is None else self._in_plan_unit(estimate, str(unit.lastgroup).lower())

    def _is_word(self, text: str, key: str) -> bool:
        words: Mapping[str, Any] = getattr(self.scale, SCALE_OF.get(key, ""), {})
        return folded(text) in map(folded, words)

    def _of_scale(self, text: str, key: str) -> Estimate:
        if key in {"delay", "saving"}:
            return self._in_plan_unit(self.scale.delay_of(text), self.scale.unit)
        if key == "factor":
            return self.scale.factor_of(text)
        return parse_estimate(text)

    def _in_plan_unit(self, estimate: Estimate, unit: str) -> Estimate:
        day = self.calendar.hours_per_day
        hours = {"h": 1.0, "d": day, "w": day * self.calendar.days_per_week}
        if unit == self.unit:
            return estimate
        return scaled_estimate(estimate, hours[unit], hours[self.unit])

    def _number_in(self, column: str, value: Any) -> float:
        number = as_number(value) if not isinstance(value, str) else self._number(value)
        if not isinstance(number, float):
            raise PlanError([Problem(column, shown(value), "a number")])
        return number

    def _number(self, text: str) -> float | None:
        text = self._decimal(text.strip())
        return float(text) if re.fullmatch(_NUMBER, text) and "," not in text else None

    def _decimal(self, text: str) -> str:
        return text.replace(",", ".") if self.decimal_comma else text


def _is_list(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and "|" in value


def _one_line(text: str) -> str:
    """Let new lines separate as semicolons do, but for those within quotes."""
    pieces = text.split('"')
    pieces[::2] = [re.sub(r"[\r\n]+", "; ", piece) for piece in pieces[::2]]
    return '"'.join(pieces)
