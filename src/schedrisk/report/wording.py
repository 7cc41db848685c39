"""The sentences of a report: what the draws say, in plain English."""

from __future__ import annotations

import datetime as dt
import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from schedrisk.model.period import period_text
from schedrisk.result import PromiseOutcome
from schedrisk.wording import closing_day, date_text, number_text, percent_text

__all__ = ["Voice", "amount_text", "answer", "correlation_word", "in_days", "instead_text", "one_line", "quantity"]

# A name of so many words reads well inside a sentence; a longer one is quoted at its end.
MOST_WORDS, MOST_LETTERS = 3, 30

# Characters that change the direction of what follows, or hide it: a name must not rearrange a report.
_STEERING = {*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x206A), 0xFEFF}


@dataclass(frozen=True)
class Voice:
    """How moments of a plan are spoken of.

    Attributes
    ----------
    unit : str
        What lateness counts: "working days", or the plan's unit in a plan without dates.
    dated : bool
        Whether moments are dates.
    years : bool
        Whether dates carry their year: they all do as soon as a report spans two years.
    """

    unit: str
    dated: bool
    years: bool

    @classmethod
    def of(cls, unit: str, moments: Iterable[Any]) -> Voice:
        """Return the voice for a report in which these moments occur."""
        numbers = int | float | np.floating
        # A text is the time of a relative promise.
        dates = [np.datetime64(moment, "Y") for moment in moments if not isinstance(moment, numbers | str)]
        return cls(unit, bool(dates), len(set(dates)) > 1)

    def when(self, moment: Any) -> str:
        """Write a moment: a date, with its time of day where an instant is promised; or a number and its unit.

        The text of a period is written out.

        Examples
        --------
        >>> Voice("working days", dated=True, years=False).when(np.datetime64("2026-12-31T17:00"))
        '31 December'
        >>> Voice("weeks", dated=False, years=False).when(45.51)
        '45.5 weeks'
        >>> Voice("working days", dated=True, years=False).when("13w")
        '13 weeks'
        """
        if isinstance(moment, str):
            return period_text(moment, "d")
        if not self.dated:
            return _counted(number_text(float(moment)), self.unit)
        text = date_text(closing_day(moment), year=self.years)
        return f"{text}, {moment:%H:%M}" if isinstance(moment, dt.datetime) else text


def one_line(text: str, limit: int = 80) -> str:
    r"""Return a name as it can stand anywhere: on one line, not too long, without characters that steer a terminal.

    Examples
    --------
    >>> one_line("two\nlines \x1b[31mred")
    'two lines [31mred'
    """
    kept = "".join(" " if unicodedata.category(each) in {"Cc", "Zl", "Zp"} else each for each in text)
    short = " ".join("".join(each for each in kept if ord(each) not in _STEERING).split())
    return short if len(short) <= limit else short[: limit - 1] + "…"


def answer(outcome: PromiseOutcome, voice: Voice, after: str = "") -> str:
    """Return the answer about a promise, in two or three sentences.

    A promise that no draw keeps is answered by how late it will be and what can be promised instead.

    Parameters
    ----------
    outcome : PromiseOutcome
    voice : Voice
    after : str
        Of a relative promise the name of the task that starts its time.

    Returns
    -------
    str
    """
    subject, full = _subject(outcome, voice, after)
    instead = instead_text(outcome.promisable_80, outcome.promisable_90, voice, after)
    low, high = (percent_text(each) for each in outcome.interval)
    every = f"of {outcome.n_draws:,} draws"
    if outcome.n_kept == 0:
        late = in_days(outcome.expected_lateness, outcome.expected_lateness_calendar, voice)
        return (
            f"Expect to miss the {subject} by {late}. {instead} "
            f"The {full} was met in none {every}: its chance is below {high}."
        )
    if outcome.n_kept == outcome.n_draws:
        return f"The {full} was met in all {every}: its chance is above {low}. {instead}"
    percent, _, interval = outcome.chance.partition(" (")
    return f"The {full} has {_article(percent)} {percent} chance ({interval}. {instead}"


def instead_text(at_80: Any, at_90: Any, voice: Voice, after: str = "") -> str:
    """Say what can be promised at 80 % and at 90 %; of a relative promise, counted from the task named `after`."""
    if after:
        times = f"{voice.when(at_80)} after “{after}”; with 90 %, {voice.when(at_90)}"
        return f"A time you can promise with 80 % confidence is {times}."
    thing = "date" if voice.dated else "duration"
    return f"A {thing} you can promise with 80 % confidence is {voice.when(at_80)}; with 90 %, {voice.when(at_90)}."


def _subject(outcome: PromiseOutcome, voice: Voice, after: str) -> tuple[str, str]:
    """Return what is promised, as the subject of a sentence, without and with its date or time."""
    name = one_line(outcome.name)
    if outcome.within is not None:
        quoted = f"promise “{name}”"
        return quoted, f"{quoted} (within {voice.when(outcome.within)} after “{after}”)"
    by = voice.when(outcome.by)
    if len(name.split()) > MOST_WORDS or len(name) > MOST_LETTERS:
        thing = "date" if voice.dated else "promise"
        return f"{thing} for “{name}”", f"{thing} of {by} for “{name}”"
    if voice.dated and not name.casefold().endswith(("date", "deadline")):
        name += " date"
    return name, f"{name} of {by}"


def _article(percent: str) -> str:
    return "an" if percent.startswith(("8", "11 ", "18 ", "11.", "18.")) else "a"


def in_days(working: float, calendar: float, voice: Voice) -> str:
    """Write a lateness in working days, and in calendar days where there are dates.

    Examples
    --------
    >>> in_days(47.52, 74.6, Voice("working days", dated=True, years=True))
    '48 working days (75 calendar days)'
    """
    text = quantity(working, voice.unit)
    return f"{text} ({quantity(calendar, 'calendar days')})" if math.isfinite(calendar) else text


def quantity(value: float, unit: str) -> str:
    """Write a number of days, weeks … as exactly as anybody plans.

    Parameters
    ----------
    value : float
    unit : str
        In the plural.

    Examples
    --------
    >>> quantity(47.52, "days"), quantity(7.88, "days"), quantity(1, "days"), quantity(0.003, "weeks")
    ('48 days', '7.9 days', '1 day', 'less than 0.1 weeks')
    """
    if 0 < abs(value) < 0.05:
        return f"less than 0.1 {unit}"
    return _counted(f"{value:,.{int(abs(value) < 9.95)}f}".removesuffix(".0"), unit)


def _counted(number: str, unit: str) -> str:
    return f"{number} {unit.removesuffix('s') if number == '1' else unit}"


def amount_text(value: float, error: float) -> str:
    """Write an amount of money with its sampling error, to the digits that the error leaves.

    Examples
    --------
    >>> amount_text(540_965.3, 1_828.2), amount_text(540_965.3, 0)
    ('541,000 ± 1,800', '540,965')
    """
    if not error > 0:
        return f"{value:,.0f}"
    step = 10.0 ** max(0, math.floor(math.log10(error)) - 1)
    return f"{round(value / step) * step:,.0f} ± {round(error / step) * step:,.0f}"


def correlation_word(correlation: float) -> str:
    """Say how closely two things move together (rank correlation).

    Examples
    --------
    >>> correlation_word(0.59), correlation_word(-0.4), correlation_word(0.02)
    ('strongly', 'clearly, the other way', 'hardly')
    """
    size = abs(correlation)
    word = "strongly" if size >= 0.5 else "clearly" if size >= 0.25 else "a little" if size >= 0.1 else "hardly"
    return f"{word}, the other way" if correlation <= -0.1 else word
