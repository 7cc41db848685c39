"""DateRange: a date that is not certain."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import PlainSerializer, WithJsonSchema, WrapValidator, model_validator

from schedrisk._validation import Replaceable, record
from schedrisk.errors import PlanError, Problem, ProblemsError, shown
from schedrisk.estimates import Estimate, EstimateField, EstimateLike, Fixed, Pert, Uniform
from schedrisk.estimates.base import plain
from schedrisk.model.moments import DateLike, When, check_longest, parse_when

__all__ = ["DateRange", "WhenOrRange", "parse_range"]

SECONDS_PER_DAY = 86_400
FARTHEST = 36_525  # [day] a century


@record(PlanError)
class DateRange(Replaceable):
    """A date that is drawn: between two dates, around a likely one, or so many days after a first one.

    Between two dates every day is equally likely, the first and the last among them. With a likely one between them
    the date follows PERT, as every three points do. Dates without a time give whole days; instants, and the numbers of
    a plan without dates, anything between.

    Parameters
    ----------
    low : str, date, datetime or float
        The earliest date; with `days`, the date from which they count.
    high : str, date, datetime or float, optional
        The latest date.
    mode : str, date, datetime or float, optional
        The most likely date.
    days : Estimate, str or float, optional
        In place of `high`: by how much the date is later than `low` [calendar days; plan unit in a plan without dates].
    planned : str, date, datetime or float, optional
        The date of the deterministic schedule, such as one that was promised. The most likely date where not given; the
        middle where there is none.

    Raises
    ------
    PlanError
        With every fault found.

    Examples
    --------
    >>> print(DateRange("2027-01-03", "2027-01-20"))
    2027-01-03/2027-01-20
    >>> DateRange("2027-01-03", "2027-02-20", mode="2027-01-10", planned="2027-01-04").as_planned
    datetime.date(2027, 1, 4)
    """

    low: When
    high: When | None = None
    _: dataclasses.KW_ONLY
    mode: When | None = None
    days: EstimateField | None = None
    planned: When | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            low: DateLike | float,
            high: DateLike | float | None = None,
            *,
            mode: DateLike | float | None = None,
            days: EstimateLike | None = None,
            planned: DateLike | float | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        problems = []
        if (self.high is None) == (self.days is None):
            found = "neither high nor days" if self.high is None else "high and days"
            problems.append(
                Problem("high, days", found, "one of the two", "say the latest date, or how many days later")
            )
        if self.mode is not None and self.high is None:
            problems.append(Problem("mode", str(self.mode), "no likely date beside days", "leave it out"))
        dates = {name: each for name in ("low", "mode", "high", "planned") if (each := getattr(self, name)) is not None}
        kinds = {isinstance(each, dt.date) for each in dates.values()}
        if len(kinds) > 1:
            problems.append(Problem(", ".join(dates), str(self), "dates, or numbers in a plan without dates"))
        else:
            points = [each for name, each in dates.items() if name != "planned"]
            if sorted(points, key=_order) != points:
                problems.append(Problem("low, mode, high", str(self), "low ≤ mode ≤ high", "swap or mend them"))
        if self.days is not None:
            check_longest("days", self.days)
            longest = self.days.bounds(1e-9)[1]
            if self.of_days and longest > FARTHEST:
                problems.append(Problem("days", f"{longest:g} at its highest", f"at most {FARTHEST:,}"))
        if problems:
            raise PlanError(problems)
        return self

    @property
    def dated(self) -> bool:
        """Whether it is of dates, not of the numbers of a plan without them."""
        return isinstance(self.low, dt.date)

    @property
    def of_days(self) -> bool:
        """Whether whole days are drawn, not instants."""
        points = [each for each in (self.low, self.mode, self.high) if each is not None]
        return all(isinstance(each, dt.date) and not isinstance(each, dt.datetime) for each in points)

    @property
    def offset(self) -> Estimate:
        """By how much the drawn date is later than `low` [calendar days, or plan unit].

        Of whole days it is rounded down, so that the first and the last of a range are as likely as any other.
        """
        if self.days is not None:
            return self.days
        room = self._after(self.high) + self.of_days
        if room == 0:
            return Fixed(0)
        if self.mode is None:
            return Uniform(0, room)
        return Pert(0, self._after(self.mode) + 0.5 * self.of_days, room)

    @property
    def rounding(self) -> float:
        """What is added to `offset` before it is rounded down to whole days: `days` are rounded to the nearest."""
        return 0.5 if self.of_days and self.days is not None else 0.0

    @property
    def as_planned(self) -> When:
        """The date of the deterministic schedule."""
        if self.planned is not None:
            return self.planned
        if self.mode is not None:
            return self.mode
        days = self._after(self.high) / 2 if self.days is None else self.days.planned
        if not isinstance(self.low, dt.date):
            return self.low + days
        # The middle of an even number of days is the earlier of two.
        return (
            self.low
            + dt.timedelta(days=int(days + self.rounding) if self.of_days else 0)
            + (dt.timedelta() if self.of_days else dt.timedelta(seconds=round(days * SECONDS_PER_DAY)))
        )

    def _after(self, when: When | None) -> float:
        """Return by how much a date is later than `low` [calendar days, or plan unit]."""
        if isinstance(when, dt.date):
            return (_order(when) - _order(self.low)) / SECONDS_PER_DAY
        return float(when or 0.0) - float(self.low)  # type: ignore[arg-type]

    def __str__(self) -> str:
        points = (self.low, self.mode, self.high)
        text = "/".join(_text(each) for each in points if each is not None)
        if self.days is not None:
            text = f"{text} + {self.days}"
        return text if self.planned is None else f"{text} planned {_text(self.planned)}"


def _order(when: When) -> float:
    """Return a date as a number; of a day its beginning [s], of a number itself."""
    if isinstance(when, dt.datetime):
        return (when - dt.datetime(1970, 1, 1)).total_seconds()
    if isinstance(when, dt.date):
        return float((when - dt.date(1970, 1, 1)).days * SECONDS_PER_DAY)
    return float(when)


def _text(when: When) -> str:
    return when.isoformat() if isinstance(when, dt.date) else plain(float(when))


_RANGE = re.compile(
    r"\s*([^/\s]+)(?:\s*/\s*([^/\s]+))?(?:\s*/\s*([^/\s]+))?(?:\s+\+\s+(.+?))?(?:\s+planned\s+(\S+))?\s*"
)


def parse_range(text: str) -> DateRange | None:
    """Read a range of dates as `str` writes it; None where the text is of another kind.

    Examples
    --------
    >>> parse_range("2027-01-03/2027-01-10/2027-02-20 planned 2026-12-20").planned
    datetime.date(2026, 12, 20)
    >>> parse_range("10 + pert(0, 2, 8)").days
    Pert(low=0.0, mode=2.0, high=8.0, weight=4.0, ends=(0.0, 100.0))
    >>> parse_range("2027-01-03")
    """
    match = _RANGE.fullmatch(text)
    if match is None or (match[2] is None and match[4] is None):
        return None
    first, second, third, days, planned = match.groups()
    high, mode = (second, None) if third is None else (third, second)
    moments = (None if each is None else _moment(each) for each in (first, high, mode, planned))
    low, high, mode, planned = moments
    return DateRange(low, high, mode=mode, days=days, planned=planned)  # type: ignore[arg-type]


def _moment(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def _read(value: object, _handler: object) -> object:
    """Read a date or a range of dates, told once and not once for each member of the union."""
    if isinstance(value, DateRange):
        return value
    if isinstance(value, Mapping):
        unknown = [str(key) for key in value if key not in {"low", "high", "mode", "days", "planned"}]
        if unknown or "low" not in value:
            found = f"the keys {', '.join(unknown)}" if unknown else "no low"
            raise PlanError(
                [Problem("", found, "low, high, mode, days, planned", "give low and high, or low and days")]
            )
        return DateRange(**value)
    if isinstance(value, str) and ("/" in value or " + " in value):
        try:
            made = parse_range(value)
        except ProblemsError as error:
            raise PlanError([dataclasses.replace(each, place="") for each in error.problems]) from None
        if made is None:
            expected = "a date, or a range such as 2027-01-03/2027-01-20 or 2027-01-03/2027-01-10/2027-02-20"
            raise PlanError([Problem("", shown(value), expected)])
        return made
    return parse_when(value)


def _written(value: object) -> object:
    return str(value) if isinstance(value, DateRange) else value


WhenOrRange = Annotated[
    dt.datetime | dt.date | float | DateRange,
    WrapValidator(_read),
    PlainSerializer(_written, when_used="unless-none"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date"},
                {"type": "string", "format": "date-time"},
                {
                    "type": "string",
                    "description": "a range: earliest/latest, earliest/likely/latest, or earliest + days (an estimate), "
                    "each with `planned DATE` behind it if the deterministic schedule has another date",
                    "examples": ["2027-01-03/2027-01-20", "2027-01-03 + pert(0, 5, 20) planned 2027-01-03"],
                },
                {"type": "number"},
            ]
        }
    ),
]
"""The type of a date that may be uncertain."""
