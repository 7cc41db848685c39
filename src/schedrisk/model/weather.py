"""Weather and Closure: the days that a site loses, by chance, for all the work there at once."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeAlias

import numpy as np
from pydantic import BeforeValidator, Field, StrictBool, model_validator

from schedrisk._validation import Name, Number, Replaceable, as_tuple, checked_whole, record
from schedrisk.errors import PlanError, Problem, ProblemsError
from schedrisk.estimates import Estimate, EstimateField, EstimateLike
from schedrisk.model.moments import RAREST, DateLike
from schedrisk.model.weather_fields import LAST_YEAR, History, Odds, parse_plain_day
from schedrisk.model.weather_odds import lost_for_ever

__all__ = ["ENDLESS", "Closure", "Weather"]

OddsLike: TypeAlias = float | Iterable[float] | Mapping[str, float]

LONGEST_CLOSURE = 36_525  # [day]: a century
ENDLESS = "lower the odds of some month, or let closures end: work on it would never be done"

Day = Annotated[dt.date, BeforeValidator(parse_plain_day)]


def _as_day(value: Any) -> Any:
    """Return a date, be it validated or as it was given; what is no date as it is."""
    try:
        return parse_plain_day(value)
    except ProblemsError:
        return value


@record(PlanError)
class Closure(Replaceable):
    """A time in which a site may be closed: a permit that is late, a festival, a nesting season.

    The site is closed, for everyone, or it is not: one chance for each closure, in each year of a yearly one.

    Parameters
    ----------
    name : str
        Unique in its weather.
    start : str or date
        The first closed day.
    end : str or date, optional
        The last closed day.
    length : Estimate, optional
        In place of `end`, how long it lasts: so many calendar days, drawn once and rounded to whole days.
    probability : float
        Chance that the site is closed [0–1].
    yearly : bool
        Whether it comes again on the same day of every year that follows, each time by a chance and a length of its
        own.

    Examples
    --------
    >>> Closure("frost", "2026-12-20", "2027-02-10", probability=0.4).end
    datetime.date(2027, 2, 10)
    >>> Closure("permit", "2026-12-01", length="5/10/30").probability
    1.0
    """

    name: Name
    start: Day
    end: Day | None = None
    _: dataclasses.KW_ONLY
    length: EstimateField | None = None
    probability: Annotated[Number, Field(ge=0, le=1)] = 1.0
    yearly: StrictBool = False

    if TYPE_CHECKING:

        def __init__(
            self,
            name: str,
            start: DateLike,
            end: DateLike | None = None,
            *,
            length: EstimateLike | None = None,
            probability: float = 1.0,
            yearly: bool = False,
        ) -> None: ...

    _is_one_time = checked_whole(PlanError)

    @staticmethod
    def more_problems(arguments: Mapping[str, Any]) -> list[Problem]:
        """Return what is wrong with the parts taken together."""
        start, end = (_as_day(arguments.get(key)) for key in ("start", "end"))
        length, problems = arguments.get("length"), []
        if (end is None) == (length is None):
            found = "neither an end nor a length" if end is None else "both an end and a length"
            problems.append(Problem("end", found, "one of the two", "give the last closed day, or for how long"))
        if isinstance(start, dt.date) and isinstance(end, dt.date) and end < start:
            found = f"{end.isoformat()}, before the start {start.isoformat()}"
            problems.append(Problem("end", found, "the last closed day", "mend one of the two"))
        if arguments.get("yearly") is True and isinstance(start, dt.date) and (start.month, start.day) == (2, 29):
            problems.append(Problem("start", start.isoformat(), "a day that every year has", "start a day earlier"))
        if isinstance(length, Estimate) and (longest := length.bounds(RAREST)[1]) > LONGEST_CLOSURE:
            problems.append(Problem("length", f"{longest:g} days at its highest", f"at most {LONGEST_CLOSURE:,} days"))
        return problems

    def starts(self, first: int, last: int) -> list[dt.date]:
        """Return its first closed days in a range of years, both ends included."""
        years = range(self.start.year, LAST_YEAR + 1) if self.yearly else [self.start.year]
        return [self.start.replace(year=year) for year in years if first <= year <= last]

    @property
    def most_days(self) -> int:
        """The most calendar days that it can last."""
        if self.end is not None:
            return (self.end - self.start).days + 1
        return 0 if self.length is None else int(np.rint(max(self.length.bounds(RAREST)[1], 0.0)))

    @property
    def least_days(self) -> int:
        """The fewest calendar days that it lasts, where it comes at all."""
        if self.end is not None:
            return self.most_days
        return 0 if self.length is None else int(np.rint(self.length.support[0]))


@record(PlanError)
class Weather:
    """What takes days from the work of a site: weather by the odds, by a chain of days or by history, and closures.

    Calendars name it (``Calendar(weather="coast")``). In a draw, all work on calendars of the same weather loses the
    same days; two weathers are independent. A lost day loses all the shifts that the calendar has on it. The
    deterministic schedule knows no lost days: `schedule` shows what happens when none is lost.

    Days are lost in one way at most of `lost`, the two chances after a dry and after a lost day, and `history`, and
    by closures beside it. Chances are one number for the whole year, twelve from January to December, or a table by
    month, in which months that are not named lose no day.

    Parameters
    ----------
    name : str
        What calendars call it. Its days are drawn by this name.
    lost : float, iterable of float or mapping of str to float, optional
        Odds that a day is lost, each day by itself [0–1].
    lost_after_dry, lost_after_lost : float, iterable of float or mapping of str to float, optional
        Odds that a day is lost when the day before was not, and when it was [0–1]: a Markov chain of days, weekends
        too. On the plan's first day it is as if it had been going on for long.
    history : mapping of int to iterable, optional
        Year → what was lost in it: a list of its lost days, or a share lost [0–1] for every day of the year. In each
        draw every year of the project takes one of these years, all equally likely.
    consecutive : bool
        Whether the years of the project take years of the history that follow each other (the first after the last),
        from one drawn at random, and not each its own.
    closures : iterable of Closure
        Times in which nobody may work there.

    Examples
    --------
    >>> Weather("coast", lost={"nov": 0.2, "dec": 0.35, "jan": 0.4}).lost
    (0.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2, 0.35)
    >>> storms = Weather("storms", lost_after_dry=0.1, lost_after_lost=0.6)
    >>> festival = Weather("town", closures=[Closure("festival", "2027-02-05", "2027-02-07", probability=0.8)])
    """

    name: Name
    lost: Odds = None
    _: dataclasses.KW_ONLY
    lost_after_dry: Odds = None
    lost_after_lost: Odds = None
    history: History = None
    consecutive: StrictBool = False
    closures: Annotated[tuple[Closure, ...], BeforeValidator(as_tuple)] = ()

    if TYPE_CHECKING:

        def __init__(
            self,
            name: str,
            lost: OddsLike | None = None,
            *,
            lost_after_dry: OddsLike | None = None,
            lost_after_lost: OddsLike | None = None,
            history: Mapping[int, Iterable[DateLike] | Iterable[float]] | Mapping[str, Iterable[Any]] | None = None,
            consecutive: bool = False,
            closures: Iterable[Closure] = (),
        ) -> None: ...

    _loses_days_in_one_way = checked_whole(PlanError)

    @staticmethod
    def more_problems(arguments: Mapping[str, Any]) -> list[Problem]:
        """Return what is wrong with the parts taken together."""
        given = [
            key for key in ("lost", "lost_after_dry", "lost_after_lost", "history") if arguments.get(key) is not None
        ]
        chain = [key for key in given if key.startswith("lost_after")]
        problems = []
        if not given and not arguments.get("closures"):
            remedy = "give lost, lost_after_dry and lost_after_lost, history, or closures"
            problems.append(Problem("", "nothing that loses a day", "one way to lose days", remedy))
        if len(given) - len(chain) + bool(chain) > 1:
            remedy = "keep one of them, or make two weathers and name both in the calendar"
            problems.append(Problem("", " and ".join(given), "one way to lose days", remedy))
        if len(chain) == 1:
            other = "lost_after_lost" if chain[0] == "lost_after_dry" else "lost_after_dry"
            problems.append(Problem(other, "nothing", f"odds, as {chain[0]} has some"))
        if arguments.get("consecutive") is True and "history" not in given:
            problems.append(Problem("consecutive", "true", "a history whose years follow each other", "leave it out"))
        return problems

    @model_validator(mode="after")
    def _can_clear(self) -> Self:
        if lost_for_ever([self]):
            raise PlanError([Problem("", "every day lost for ever", "days on which work may be done", ENDLESS)])
        return self

    def replace(self, **changes: Any) -> Weather:
        """Return a new weather with some fields changed.

        Examples
        --------
        >>> Weather("coast", 0.3).replace(lost=0.2).lost[0]
        0.2
        """
        return dataclasses.replace(self, **changes)
