"""Lost days of a block of draws: weather by odds, by a chain of days or by history, and closures.

Every day, every year of a history and every closure has a stream of its own, by the name of the weather and the date: so
a day is lost or not whatever else is in the plan, and however many days are asked for. These streams are random ones in
every sampling mode; there are too many of them for any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from schedrisk._typing import Bools, Dates, Floats, Ints, Words
from schedrisk.calendars import WeatheredClock
from schedrisk.errors import CalendarError, Problem, shown
from schedrisk.estimates import Fixed
from schedrisk.model import Closure, Plan, Weather
from schedrisk.model.weather_odds import day_of_year, expected_loss, history_shares, months_of, stationary, year_of
from schedrisk.sampling.quantiles import ROWS
from schedrisk.sampling.streams import fill_uniforms, stream_key, stream_positions

__all__ = ["WeatherSampler"]

CHUNK_BYTES = 256 * 1024

# How far lost days are drawn: three times as far as work reaches on average, and twenty years. On average it must be
# done within a century more than ten times as long as without them.
DAYS_BEYOND, TIMES_EXPECTED = 7_305, 3
MOST_EXPECTED = 36_525
FIRST_GUESS = 64


@dataclass(frozen=True, eq=False)
class WeatherSampler:
    """Draws the lost days of a plan's weathers.

    Attributes
    ----------
    weathers : mapping of str to Weather
    entropy : int
    first_day : int
        The first day that may be lost [day since 1970].
    expected : int
        Within how many days from there on the work is done, most likely.
    most_days : int
        How many days are known.
    wanted : list of int
        The one number of days that a block begins with: what blocks before it have needed.
    keys : dict
        Of the streams that were needed so far.
    """

    weathers: Mapping[str, Weather]
    entropy: int
    first_day: int
    expected: int
    most_days: int
    wanted: list[int]
    keys: dict[tuple[str, ...], int] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, entropy: int, clocks: Iterable[WeatheredClock], end: float, last: float) -> WeatherSampler:
        """Prepare the sampler of a plan.

        Parameters
        ----------
        plan : Plan
        entropy : int
        clocks : iterable of WeatheredClock
            At least one.
        end : float
            A late finish, if no day were lost [tick].
        last : float
            The last date that is asked for, not before `end` [tick].

        Raises
        ------
        CalendarError
            When so much is lost that work would take a century on average.
        """
        given = tuple(clocks)
        weathers = {each.name: each for each in plan.weather}
        needed, most_needed = (
            max(_days_needed(clock, [weathers[name] for name in clock.weather], moment) for clock in given)
            for moment in (end, last)
        )
        expected = needed + 7 + int(2 * needed**0.5)
        most = TIMES_EXPECTED * most_needed + DAYS_BEYOND
        return cls(weathers, entropy, given[0].days.first, expected, most, [expected])

    def block(self, first: int, count: int) -> _BlockOfDays:
        """Return the lost days of draws `first` … `first + count - 1`."""
        return _BlockOfDays(self, stream_positions(first, count))

    def stream(self, *name: str) -> int:
        """Return the key of a stream."""
        if name not in self.keys:
            self.keys[name] = stream_key(self.entropy, "weather", *name)
        return self.keys[name]

    def days(self, numbers: Ints) -> Dates:
        """Return the dates of days that are counted from the first."""
        return (numbers + self.first_day).astype("datetime64[D]")


def _days_needed(clock: WeatheredClock, weathers: list[Weather], end: float) -> int:
    """Return within how many days a calendar offers as much work, on average, as up to `end` without lost days."""
    count, undisturbed = FIRST_GUESS, None
    target = float(clock.base.work(np.array([end]))[0])
    while True:
        numbers, edges = clock.days.until(count)
        if target <= edges[0]:
            return 1
        if undisturbed is None and edges[-1] >= target:
            undisturbed = int(numbers[np.searchsorted(edges, target) - 1])
        days = (clock.days.first + np.arange(count)).astype("datetime64[D]")
        left = np.cumsum(np.diff(edges) * (1.0 - expected_loss(weathers, days)[numbers]))
        enough = np.flatnonzero(left >= target - edges[0])
        if enough.size:
            return int(numbers[enough[0]]) + 1
        if undisturbed is not None and count >= 10 * undisturbed + MOST_EXPECTED:
            raise _endless(clock.calendar, weathers, days, "that would take more than a century longer on average")
        count = 2 * count if undisturbed is None else min(2 * count, 10 * undisturbed + MOST_EXPECTED)


def _endless(calendar: str, weathers: list[Weather], days: Dates, found: str) -> CalendarError:
    share = 100.0 * float(expected_loss(weathers, days).mean())
    names = ", ".join(shown(each.name) for each in weathers)
    return CalendarError(
        [
            Problem(
                f"calendar {shown(calendar)}, weather {names}",
                f"work {found}, as {share:.7g} % of the days are lost",
                "days enough on which work is done",
                "lower the odds, or take the weather from the calendar",
            )
        ]
    )


class _BlockOfDays:
    """The lost days of some draws, drawn as they are asked for.

    Parameters
    ----------
    sampler : WeatherSampler
    positions : ndarray of uint64, shape (n_draws,)
        Of the draws on every stream.
    """

    def __init__(self, sampler: WeatherSampler, positions: Words) -> None:
        self._sampler, self._positions = sampler, positions
        self.n_draws, self.most_days = positions.size, sampler.most_days
        self._drawn: dict[str, _DrawnWeather] = {}

    @property
    def days_wanted(self) -> int:
        """For how many days a clock is prepared."""
        return self._sampler.wanted[0]

    @days_wanted.setter
    def days_wanted(self, days: int) -> None:
        self._sampler.wanted[0] = max(days, self.days_wanted)

    def lost(self, weather: tuple[str, ...], days: Ints) -> Bools | Floats:
        """Return what is lost of each day, shape (n_days, n_draws): whether, or which share.

        Where several weathers take the same day, the worst counts.

        Parameters
        ----------
        weather : tuple of str
        days : ndarray of int, shape (n_days,)
            Ascending, counted from the first day.
        """
        worst, *others = (self._weather(name).lost(days) for name in weather)
        for each in others:
            worst = np.maximum(worst, each)
        return worst

    def refuse(self, calendar: str, weather: tuple[str, ...]) -> CalendarError:
        """Return the error of work that is not done within `most_days`."""
        weathers = [self._sampler.weathers[name] for name in weather]
        days = self._sampler.days(np.arange(self.most_days))
        return _endless(
            calendar, weathers, days, f"that is not done within {self.most_days / 365.25:.0f} years in some draw"
        )

    def _weather(self, name: str) -> _DrawnWeather:
        if name not in self._drawn:
            self._drawn[name] = _DrawnWeather(self._sampler, self._sampler.weathers[name], self._positions)
        return self._drawn[name]


class _DrawnWeather:
    """The days that one weather takes from some draws."""

    def __init__(self, sampler: WeatherSampler, weather: Weather, positions: Words) -> None:
        self._sampler, self._weather, self._positions = sampler, weather, positions
        self._shares = history_shares(weather) if weather.history is not None else None
        whole = self._shares is None or np.isin(self._shares, (0.0, 1.0)).all()
        self._lost: Bools | Floats = np.zeros((0, positions.size), dtype=bool if whole else float)
        self._known = np.zeros(0, dtype=bool)
        self._state: Bools | None = None
        self._closed: dict[tuple[str, int], tuple[Bools, Floats]] = {}
        self._years: dict[int, Ints] = {}

    def lost(self, days: Ints) -> Bools | Floats:
        """Return what is lost of some days, ascending, shape (n_days, n_draws)."""
        until = int(days[-1]) + 1 if days.size else 0
        grown = until - self._known.size
        if grown > 0:
            room = np.zeros((grown, self._positions.size), dtype=self._lost.dtype)
            self._lost = np.concatenate([self._lost, room])
            self._known = np.concatenate([self._known, np.zeros(grown, dtype=bool)])
        # A chain runs through every day; else only days that are worked are drawn.
        wanted = np.arange(until) if self._weather.lost_after_lost is not None else days
        missing = wanted[~self._known[wanted]]
        if missing.size:
            self._draw(missing)
            self._known[missing] = True
        lost: Bools | Floats = self._lost[days]
        return lost

    def _draw(self, numbers: Ints) -> None:
        days, weather = self._sampler.days(numbers), self._weather
        if weather.lost is not None:
            self._draw_odds(numbers, days, np.array(weather.lost)[months_of(days)])
        elif weather.lost_after_dry is not None and weather.lost_after_lost is not None:
            months = months_of(days)
            self._draw_chain(
                numbers, days, *(np.array(each)[months] for each in (weather.lost_after_dry, weather.lost_after_lost))
            )
        elif self._shares is not None:
            self._draw_history(numbers, days, self._shares)
        for closure in weather.closures:
            self._close(numbers, days, closure)

    def _draw_odds(self, numbers: Ints, days: Dates, odds: Floats) -> None:
        self._lost[numbers[odds == 1]] = True
        some = (odds > 0) & (odds < 1)
        uncertain, limits = numbers[some], odds[some]
        for part, u in self._uniforms(days[some]):
            self._lost[uncertain[part]] = u < limits[part, None]

    def _draw_chain(self, numbers: Ints, days: Dates, after_dry: Floats, after_lost: Floats) -> None:
        state = self._state
        for part, u in self._uniforms(days):
            if state is None:
                state = u[0] < stationary(after_dry[0], after_lost[0])
            by_dry, by_lost = u < after_dry[part, None], u < after_lost[part, None]
            if self._state is None:  # the first day has no day before it: it is lost, or not, either way
                by_dry[0] = by_lost[0] = state
            for number, dry, lost in zip(numbers[part].tolist(), by_dry, by_lost, strict=True):
                state = (state & lost) | (~state & dry)
                self._lost[number] = state
            self._state = state

    def _draw_history(self, numbers: Ints, days: Dates, shares: Floats) -> None:
        places, years = day_of_year(days), year_of(days)
        for year in np.unique(years).tolist():
            some = years == year
            self._lost[numbers[some]] = shares.T[places[some]][:, self._year(year)]

    def _year(self, year: int) -> Ints:
        """Return which year of the history each draw takes for a year of the project, shape (n_draws,)."""
        name, count = self._weather.name, len(self._weather.history or ())
        key = 0 if self._weather.consecutive else year
        if key not in self._years:
            stream = ("first year", name) if self._weather.consecutive else ("year", name, str(year))
            u = self._uniform(*stream)
            self._years[key] = np.minimum((u * count).astype(np.int64), count - 1)
        return (self._years[key] + year) % count if self._weather.consecutive else self._years[key]

    def _close(self, numbers: Ints, days: Dates, closure: Closure) -> None:
        if not closure.probability:
            return
        first, last = days[0].item(), days[-1].item()
        for start in closure.starts(first.year - closure.most_days // 365 - 1, last.year):
            offset = (days - np.datetime64(start, "D")).astype(np.int64)
            some = np.flatnonzero((offset >= 0) & (offset < closure.most_days))
            if some.size:
                closed, length = self._closure(closure, start.year)
                rows = numbers[some]
                reaches = closed & (offset[some, None] < length)
                self._lost[rows] = np.maximum(self._lost[rows], reaches)

    def _closure(self, closure: Closure, year: int) -> tuple[Bools, Floats]:
        """Return in which draws a closure comes in a year, and for how many days."""
        key = closure.name, year
        if key not in self._closed:
            name = self._weather.name, closure.name, str(year)
            closed = np.asarray(self._uniform("closure", *name) < closure.probability)
            length = np.full(self._positions.size, float(closure.most_days))
            if closure.length is not None and type(closure.length) is not Fixed:
                out = np.empty((1, length.size))
                u = self._uniform("closure length", *name)[None]
                ROWS[type(closure.length)]([closure.length], 1.0).fill(slice(0, 1), u, out)
                length = np.rint(out[0])
            self._closed[key] = closed, length
        return self._closed[key]

    def _uniform(self, *name: str) -> Floats:
        """Return the uniform numbers of one stream, shape (n_draws,)."""
        out = np.empty((1, self._positions.size))
        keys = np.array([[self._sampler.stream(*name)]], dtype=np.uint64)
        fill_uniforms(keys, self._positions, out, np.empty(out.shape, dtype=np.uint64))
        return np.asarray(out[0])

    def _uniforms(self, days: Dates) -> Iterable[tuple[slice, Floats]]:
        """Yield the uniform numbers of days, some at a time, shape (n_some, n_draws); they are overwritten."""
        names = [str(day) for day in days]
        keys = np.array([self._sampler.stream("day", self._weather.name, day) for day in names], dtype=np.uint64)
        size = max(1, CHUNK_BYTES // (8 * self._positions.size))
        out = np.empty((size, self._positions.size))
        scratch = np.empty(out.shape, dtype=np.uint64)
        for first in range(0, len(names), size):
            part = slice(first, min(first + size, len(names)))
            some = out[: part.stop - first]
            fill_uniforms(keys[part, None], self._positions, some, scratch[: part.stop - first])
            yield part, some
