"""Numbers, dates and chances as people read them."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "UNITS",
    "chance_text",
    "closing_day",
    "date_text",
    "moment_text",
    "money_text",
    "number_text",
    "percent_text",
    "share_text",
]

UNITS = {"d": "days", "h": "hours", "w": "weeks"}

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def number_text(value: float, digits: int = 3) -> str:
    """Write a number to so many significant digits, with thousands separated.

    Examples
    --------
    >>> number_text(1234.5), number_text(0.12345), number_text(41.0)
    ('1,235', '0.123', '41')
    """
    if not np.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - int(np.floor(np.log10(abs(value)))))
    text = f"{_half_up(value, decimals):,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _half_up(value: float, decimals: int) -> float:
    # 1234.5 should read 1,235 and not, by rounding half to even, 1,234.
    scale = 10.0**decimals
    return float(np.copysign(np.floor(abs(value) * scale + 0.5) / scale, value))


def money_text(value: float) -> str:
    """Write an amount of money, in whole units.

    Examples
    --------
    >>> money_text(12486.4)
    '12,486'
    """
    return "–" if not np.isfinite(value) else f"{value:,.0f}"


def percent_text(share: float) -> str:
    """Write a share of 1 as a percentage, finer towards 0 and 100.

    Examples
    --------
    >>> percent_text(0.43), percent_text(0.031), percent_text(0.0042), percent_text(0.00003), percent_text(0.0)
    ('43 %', '3.1 %', '0.42 %', '0.003 %', '0 %')
    """
    return f"{_percent(share)} %"


def _percent(share: float) -> str:
    percent = 100 * share
    margin = min(percent, 100 - percent)
    if margin <= 0:
        return f"{percent:.0f}"
    decimals = 0 if margin >= 10 else 1 if margin >= 1 else max(2, -int(np.floor(np.log10(margin))))
    text = f"{percent:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share_text(count: int, n_draws: int, low: float, high: float) -> str:
    """Write a share of draws with its interval; none and all of them as what they are.

    Parameters
    ----------
    count, n_draws : int
    low, high : float
        Interval of the share [0–1].

    Examples
    --------
    >>> share_text(300, 10_000, 0.0268, 0.0335)
    '3 % (2.7–3.4 %)'
    >>> share_text(0, 10_000, 0.0, 0.000384)
    'none of 10,000 draws (below 0.04 %)'
    """
    if count == 0:
        return f"none of {n_draws:,} draws (below {percent_text(high)})"
    if count == n_draws:
        return f"all of {n_draws:,} draws (above {percent_text(low)})"
    return f"{percent_text(count / n_draws)} ({_percent(low)}–{percent_text(high)})"


def chance_text(count: int, n_draws: int) -> str:
    """Write a share of draws without its interval.

    Examples
    --------
    >>> chance_text(0, 10_000), chance_text(4321, 10_000)
    ('none of 10,000 draws', '43 %')
    """
    if count in {0, n_draws}:
        return f"{'none' if count == 0 else 'all'} of {n_draws:,} draws"
    return percent_text(count / n_draws)


def date_text(value: Any, *, year: bool = True) -> str:
    """Write a date without its time of day.

    Examples
    --------
    >>> date_text(np.datetime64("2027-03-04T17:00:00")), date_text("2026-12-31", year=False)
    ('4 March 2027', '31 December')
    """
    moment = np.datetime64(value, "s")
    if np.isnat(moment):
        return "–"
    # Taken from the text: Python's own dates end with the year 9999, and a simulated finish may not.
    years, month, day = str(moment.astype("datetime64[D]")).rsplit("-", 2)
    return f"{int(day)} {_MONTHS[int(month) - 1]}" + (f" {years}" if year else "")


def moment_text(value: Any, unit: str) -> str:
    """Write a moment of a plan: its date, or in a plan without dates its number and unit.

    A finish at midnight, as the engine reckons it, is the end of the day before.

    Examples
    --------
    >>> moment_text(45.511, "w"), moment_text(np.datetime64("2027-03-04T17:00:00"), "d")
    ('45.5 weeks', '4 March 2027')
    """
    if isinstance(value, int | float | np.floating):
        return f"{number_text(float(value))} {UNITS[unit]}"
    return date_text(closing_day(value))


def closing_day(value: Any) -> Any:
    """Return the day that an instant of the engine belongs to as a finish; dates that people wrote stay."""
    if isinstance(value, np.datetime64) and np.datetime_data(value)[0] == "s":
        return np.array(value - np.timedelta64(1, "s"), dtype="datetime64[D]")[()]
    return value
