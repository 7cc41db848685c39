"""What is known of lost days before anything is drawn: the odds of every day, and days that are lost for sure.

Days are `datetime64[D]` arrays of consecutive calendar days. What is reckoned here is exact but for the length of a
closure, whose distribution is taken at 200 quantiles.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from schedrisk._typing import Bools, Dates, Floats, Ints

if TYPE_CHECKING:
    from schedrisk.model.plan import Plan
    from schedrisk.model.weather import Closure, Weather

__all__ = [
    "day_of_year",
    "expected_loss",
    "first_uncertain_day",
    "history_shares",
    "lost_for_ever",
    "months_of",
    "stationary",
    "year_of",
]

QUANTILES = (np.arange(200) + 0.5) / 200
LEAP_YEAR_DAYS = 366
LEAP_DAY = 59  # 29 February, from 0


def months_of(days: Dates) -> Ints:
    """Return the month of each day, January is 0.

    Examples
    --------
    >>> months_of(np.array(["2026-12-01", "2027-01-01"], dtype="datetime64[D]"))
    array([11,  0])
    """
    return np.asarray(days.astype("datetime64[M]").astype(np.int64) % 12)


def year_of(days: Dates) -> Ints:
    """Return the calendar year of each day."""
    return np.asarray(days.astype("datetime64[Y]").astype(np.int64) + 1970)


def day_of_year(days: Dates) -> Ints:
    """Return the place of each day in a leap year: 1 March is 60 in every year.

    Examples
    --------
    >>> day_of_year(np.array(["2026-02-28", "2026-03-01", "2028-02-29"], dtype="datetime64[D]"))
    array([58, 60, 59])
    """
    place = (days - days.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64)
    years = year_of(days)
    leap = (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))
    return np.asarray(place + (~leap & (place >= LEAP_DAY)))


def history_shares(weather: Weather) -> Floats:
    """Return what each year of a history lost of each day, shape (n_years, 366), by `day_of_year`.

    A year without a 29 February lost of that day what it lost of the day before.
    """
    history = weather.history or {}
    shares = np.zeros((len(history), LEAP_YEAR_DAYS))
    for row, (year, days) in zip(shares, history.items(), strict=True):
        first = np.datetime64(f"{year}-01-01", "D")
        whole = np.arange(first, np.datetime64(f"{year + 1}-01-01", "D"))
        if days and isinstance(days[0], float):
            row[day_of_year(whole)] = days
        else:
            row[day_of_year(np.array(days, dtype="datetime64[D]"))] = 1.0
        if whole.size < LEAP_YEAR_DAYS:
            row[LEAP_DAY] = row[LEAP_DAY - 1]
    return shares


def stationary(after_dry: float, after_lost: float) -> float:
    """Return the share of lost days of a chain of two states that has been going on for long.

    With a = P(lost | dry) and b = P(lost | lost) it is a / (1 − b + a) (Gabriel and Neumann 1962, "A Markov chain model
    for daily rainfall occurrence at Tel Aviv").

    Examples
    --------
    >>> stationary(0.1, 0.6)
    0.2
    """
    leaves = 1.0 - after_lost
    return after_dry / (leaves + after_dry) if leaves + after_dry > 0 else 0.0


def expected_loss(weathers: Iterable[Weather], days: Dates) -> Floats:
    """Return the share that is lost of each day on average, where any of these weathers takes it.

    Parameters
    ----------
    weathers : iterable of Weather
        Independent of each other.
    days : ndarray of datetime64[D], shape (n_days,)
        Consecutive; a chain begins on the first of them.

    Examples
    --------
    >>> from schedrisk.model import Weather
    >>> expected_loss([Weather("coast", 0.3), Weather("gate", 0.5)], np.arange("2027-01-01", "2027-01-03", dtype="M8[D]"))
    array([0.65, 0.65])
    """
    kept = np.ones(days.size)
    for weather in weathers:
        kept *= 1.0 - _loss_of(weather, days)
        for closure in weather.closures:
            kept *= 1.0 - closure.probability * _closed_share(closure, days)
    return 1.0 - kept


def _loss_of(weather: Weather, days: Dates) -> Floats:
    if weather.lost is not None:
        return np.array(weather.lost)[months_of(days)]
    if weather.history is not None:
        return np.asarray(history_shares(weather).mean(axis=0)[day_of_year(days)])
    shares = np.zeros(days.size)
    if weather.lost_after_dry is None or weather.lost_after_lost is None:
        return shares
    lost = None
    for place, month in enumerate(months_of(days).tolist()):
        dry, wet = weather.lost_after_dry[month], weather.lost_after_lost[month]
        lost = stationary(dry, wet) if lost is None else (1.0 - lost) * dry + lost * wet
        shares[place] = lost
    return shares


def _closed_share(closure: Closure, days: Dates) -> Floats:
    """Return the chance that a closure which comes reaches each day."""
    lengths = np.full(QUANTILES.size, float(closure.most_days))
    if closure.length is not None:
        lengths = np.rint(closure.length.ppf(QUANTILES))
    return _reached(closure, days, np.sort(lengths))


def _reached(closure: Closure, days: Dates, lengths: Floats) -> Floats:
    """Return for each day which share of these lengths, ascending, closes it."""
    open_share = np.ones(days.size)
    for start in _starts(closure, days):
        offset = (days - start).astype(np.int64)
        longer = 1.0 - np.searchsorted(lengths, offset, side="right") / lengths.size
        open_share *= 1.0 - np.where(offset >= 0, longer, 0.0)
    return 1.0 - open_share


def _starts(closure: Closure, days: Dates) -> list[np.datetime64]:
    """Return the first days of a closure that may reach these days."""
    first, last = days[0].item(), days[-1].item()
    return [
        np.datetime64(each, "D")
        for each in closure.starts(first.year - closure.most_days // 365 - 1, last.year)
        if each <= last and each + dt.timedelta(days=closure.most_days) > first
    ]


def lost_for_ever(weathers: Iterable[Weather], worked: Bools | None = None) -> bool:
    """Tell whether, of all days to come, each can be said to be lost for sure: no work would ever be done.

    Parameters
    ----------
    weathers : iterable of Weather
        What one calendar names.
    worked : ndarray of bool, shape (7,), optional
        Weekdays that are worked, Monday first; all where not given.

    Examples
    --------
    >>> from schedrisk.model import Weather
    >>> summer = Weather("monsoon", {"jun": 1, "jul": 1, "aug": 1})
    >>> rest = Weather("frost", [1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1])
    >>> lost_for_ever([summer]), lost_for_ever([summer, rest])
    (False, True)
    """
    given = list(weathers)
    last = max((each.end or each.start for weather in given for each in weather.closures), default=dt.date(2000, 1, 1))
    once = [each.most_days // 365 + 1 for weather in given for each in weather.closures if not each.yearly]
    # Closures of one year are over by then; 28 years hold every date on every weekday.
    first = last.year + 1 + max(once, default=0)
    days = np.arange(f"{first}-01-01", f"{first + 28}-01-01", dtype="datetime64[D]")
    open_days = np.ones(days.size, dtype=bool)
    if worked is not None:
        open_days = worked[(days.astype(np.int64) + 3) % 7]  # 1970-01-01 was a Thursday
    for weather in given:
        for closure in weather.closures:
            if closure.yearly and closure.probability == 1:
                open_days &= _reached(closure, days, np.array([float(closure.least_days)])) < 1
    if not open_days.any() or any(_never_clears(weather, days) for weather in given):
        return True
    return _odds_say_so(given, days[open_days])


def _never_clears(weather: Weather, days: Dates) -> bool:
    """Tell whether a chain that has once lost a day loses all the days to come."""
    chain = weather.lost_after_lost
    return chain is not None and bool((np.array(chain)[months_of(days)] == 1).all())


def _odds_say_so(weathers: list[Weather], days: Dates) -> bool:
    """Tell whether on every one of these days some weather's odds, chain or history lose it for sure."""
    lost = np.zeros(days.size, dtype=bool)
    for weather in weathers:
        months = months_of(days)
        if weather.lost is not None:
            lost |= np.array(weather.lost)[months] == 1
        elif weather.history is not None:
            lost |= (history_shares(weather) == 1).all(axis=0)[day_of_year(days)]
        elif weather.lost_after_dry is not None and weather.lost_after_lost is not None:
            lost |= (np.array(weather.lost_after_dry)[months] == 1) & (np.array(weather.lost_after_lost)[months] == 1)
    return bool(lost.all())


def first_uncertain_day(plan: Plan) -> int:
    """Return the first day that may be lost: of the plan's start or, once work goes on, of the status date.

    What lies before it is known; no day is lost there.

    Returns
    -------
    int
        [day since 1970]
    """
    known: list[object] = [plan.status_date]
    if plan.status_date is None:
        known = [when for task in plan.tasks for when in (task.actual_start, task.actual_finish)]
    days = [np.datetime64(each, "D") for each in (plan.start, *known) if isinstance(each, dt.date)]
    return int(max(days).astype(np.int64))
