"""What the draws say about one promise: the chance of keeping it, lateness, damages, dates to offer instead."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from schedrisk._typing import Bools, Dates, Floats
from schedrisk.model import Period, Plan, Promise
from schedrisk.model.period import period_text
from schedrisk.model.promise import terms_text
from schedrisk.result.due import Due, PeriodClock
from schedrisk.result.intervals import percentile_rank
from schedrisk.result.sampling_error import Replicates, Share
from schedrisk.timeaxis import TimeAxis
from schedrisk.wording import UNITS, moment_text, money_text, number_text

__all__ = ["PromiseOutcome", "Promised", "assess_promise", "damages_due", "lateness_periods"]

SECONDS_PER_DAY = 86_400
MOST_IMPOSED = 3
INDEPENDENT = Replicates()


@dataclass(frozen=True)
class PromiseOutcome:
    """The outcome of one promise over all draws.

    Working days are days of the plan in a plan without dates, and its unit is used; calendar days exist only with
    dates. Percentiles are instants, what can be promised are days.

    Attributes
    ----------
    name, task : str
        The promise, and the milestone it is about (None: the project).
    by : date, datetime or float, or None
        None for a relative promise, which is due in each draw so much time after something else.
    within : str or float, or None
    after : str or None
        Of a relative promise its time, and the task with whose finish it begins.
    planned_due : datetime64, date or float
        When the promise is due in the deterministic schedule; `by`, where it has that.
    unit : str
        Of the lateness and the margin: "working days", or the plan's unit in a plan without dates.
    n_draws, n_kept : int
        All draws, and those in which the promise is kept.
    probability, probability_se : float
        Chance of keeping it, and its standard error [0–1].
    interval : tuple of float
        95 % score interval of the chance (Wilson's, for random draws).
    planned_finish : datetime64 or float
    planned_margin : float
        From the planned finish to the promise [unit]; negative where the plan itself is late.
    p10, p50, p80, p90 : datetime64 or float
        Dates met in at least that share of the draws.
    promisable_80, promisable_90 : datetime64[D] or float, or str
        What can be promised at 80 % and 90 %: dates; of a relative promise the shortest times after the same task, in
        the unit of its own (``"15w"``), as `Promise.within` takes them.
    expected_lateness, expected_lateness_se : float
        Mean over all draws, 0 where kept, and its standard error [unit].
    lateness_given_late, lateness_given_late_se : float
        Mean over the late draws, and its standard error [unit]; NaN where none is late.
    expected_lateness_calendar, expected_lateness_calendar_se : float
    lateness_given_late_calendar, lateness_given_late_calendar_se : float
        The same in calendar days; NaN in a plan without dates.
    expected_damages, expected_damages_se, damages_given_late, damages_given_late_se : float
        Money; NaN where the promise has no damages.
    imposed : tuple of str
        Dates before the promise that stand whatever links say (must start on, scheduled by hand …): what lies behind
        them is simulated as certain.
    n_kept_without : int or None
        In how many draws the promise would be kept without them; None where there are none.
    kept_by_replicate, kept_without_by_replicate : tuple of int
        The same two counts in each replicate of stratified draws; empty for random draws.

    Examples
    --------
    >>> from schedrisk.model import Plan, Promise, Task
    >>> from schedrisk.simulation import simulate
    >>> plan = Plan(start="2026-12-01", tasks=[Task("a", 4)], promises=[Promise("done", by="2026-12-03")])
    >>> print(simulate(plan, 1_000, rng=1).promise("done"))
    Promise 'done' by 3 December 2026: none of 1,000 draws (below 0.38 %)
      can be promised      4 December 2026 at 80 %, 4 December 2026 at 90 %
      planned finish       4 December 2026, margin -1 working days
      expected lateness    1 working days, 1 calendar days
      lateness when late   1 working days, 1 calendar days
    """

    name: str
    task: str | None
    by: dt.date | dt.datetime | float | None
    unit: str
    n_draws: int
    n_kept: int
    planned_finish: Any
    planned_margin: float
    p10: Any
    p50: Any
    p80: Any
    p90: Any
    promisable_80: Any
    promisable_90: Any
    expected_lateness: float
    expected_lateness_se: float
    lateness_given_late: float
    lateness_given_late_se: float
    expected_lateness_calendar: float
    expected_lateness_calendar_se: float
    lateness_given_late_calendar: float
    lateness_given_late_calendar_se: float
    expected_damages: float
    expected_damages_se: float
    damages_given_late: float
    damages_given_late_se: float
    imposed: tuple[str, ...] = ()
    n_kept_without: int | None = None
    within: str | float | None = None
    after: str | None = None
    planned_due: Any = None
    kept_by_replicate: tuple[int, ...] = ()
    kept_without_by_replicate: tuple[int, ...] = ()

    @property
    def is_relative(self) -> bool:
        """Whether the due date depends on the draw."""
        return self.within is not None

    @property
    def plan_unit(self) -> str:
        """The plan's unit in a plan without dates, where it matters to texts; "d" elsewhere."""
        return next((key for key, words in UNITS.items() if words == self.unit), "d")

    @property
    def terms(self) -> str:
        """When the promise is due, in words: ``by 31 December 2026``, ``within 13 weeks after 'site-ready'``."""
        return terms_text(self.by, self.within, self.after, self.plan_unit)

    def promisable_text(self, promisable: Any) -> str:
        """Write what can be promised: a date, or a time."""
        return (period_text if self.is_relative else moment_text)(promisable, self.plan_unit)

    @property
    def kept(self) -> Share:
        """The share of draws in which the promise is kept, with its sampling error."""
        return Share(self.n_kept, self.n_draws, self.kept_by_replicate)

    @property
    def probability(self) -> float:
        """Chance of keeping the promise [0–1]."""
        return self.n_kept / self.n_draws

    @property
    def probability_se(self) -> float:
        """Standard error of the chance."""
        return self.kept.se

    @property
    def interval(self) -> tuple[float, float]:
        """95 % score interval of the chance."""
        return self.probability_interval()

    def probability_interval(self, confidence_level: float = 0.95) -> tuple[float, float]:
        """Return the score interval of the chance of keeping the promise (Wilson's, for random draws)."""
        return self.kept.interval(confidence_level)

    @property
    def probability_without(self) -> float:
        """Chance of keeping the promise without the dates of `imposed` [0–1]; NaN where there are none."""
        return float("nan") if self.n_kept_without is None else self.n_kept_without / self.n_draws

    @property
    def chance_without(self) -> str:
        """That chance in words, with its interval; empty where there are none."""
        if self.n_kept_without is None:
            return ""
        return Share(self.n_kept_without, self.n_draws, self.kept_without_by_replicate).text()

    @property
    def chance(self) -> str:
        """The chance in words, with its interval."""
        return self.kept.text()

    def __str__(self) -> str:
        offers = [self.promisable_text(each) for each in (self.promisable_80, self.promisable_90)]
        planned = moment_text(self.planned_finish, self.plan_unit)
        lines = [
            f"Promise {self.name!r} {self.terms}: {self.chance}",
            f"  can be promised      {offers[0]} at 80 %, {offers[1]} at 90 %",
            f"  planned finish       {planned}, margin {number_text(self.planned_margin)} {self.unit}",
            f"  expected lateness    {number_text(self.expected_lateness)} {self.unit}"
            + self._calendar(self.expected_lateness_calendar),
            f"  lateness when late   {number_text(self.lateness_given_late)} {self.unit}"
            + self._calendar(self.lateness_given_late_calendar),
        ]
        if np.isfinite(self.expected_damages):
            damages = f"{money_text(self.expected_damages)} (± {money_text(1.96 * self.expected_damages_se)})"
            lines.append(f"  expected damages     {damages}")
        if self.is_relative:
            lines.insert(2, f"  due, as planned      {moment_text(self.planned_due, self.plan_unit)}")
        if self.imposed:
            more = f" and {len(self.imposed) - MOST_IMPOSED:,} more" if len(self.imposed) > MOST_IMPOSED else ""
            lines.append(f"  rests on             {', '.join(self.imposed[:MOST_IMPOSED])}{more}")
            lines.append(f"  without {'it' if len(self.imposed) == 1 else 'them':<12} {self.chance_without}")
        return "\n".join(lines)

    def _calendar(self, days: float) -> str:
        return f", {number_text(days)} calendar days" if np.isfinite(days) else ""


@dataclass(frozen=True, eq=False)
class Promised:
    """The finish of what is promised, and of the task from which a relative promise counts.

    Attributes
    ----------
    finish : ndarray, shape (n_draws,), or float
        [tick]
    after : ndarray, shape (n_draws,), or float, or None
        [tick]; None for a promise with a date.
    """

    finish: Any
    after: Any = None


def assess_promise(
    promise: Promise, plan: Plan, axis: TimeAxis, draws: Promised, planned: Promised, *, imposed: tuple[str, ...] = (),
    without: Promised | None = None, replicates: Replicates = INDEPENDENT,
) -> PromiseOutcome:  # fmt: skip
    """Compute the outcome of a promise.

    Parameters
    ----------
    promise : Promise
    plan : Plan
    axis : TimeAxis
    draws, planned : Promised
        In every draw, and in the deterministic schedule.
    imposed : tuple of str
        Dates before it that override links.
    without : Promised, optional
        In every draw without them.
    replicates : Replicates, optional
        How the draws group.
    """
    ticks = draws.finish
    due, planned_due = (Due.of(promise, plan, axis, each.after) for each in (draws, planned))
    ascending = np.sort(ticks)
    p10, p50, p80, p90 = (axis.moment(ascending[percentile_rank(p, ticks.size)]) for p in (10, 50, 80, 90))
    late = ticks > due.ticks
    working, calendar = _lateness(due, axis, ticks)
    at_80, at_90 = _promisable(promise, plan, axis, draws)
    margin = planned_due.working - axis.working(planned.finish)
    kept = replicates.share(~late)
    freed = None if without is None else replicates.share(_kept(promise, plan, axis, without))
    return PromiseOutcome(
        name=promise.name,
        task=promise.task,
        by=promise.by,
        within=promise.within,
        after=promise.after,
        planned_due=_planned_due(promise, plan, axis, planned),
        unit="working days" if axis.dated else UNITS[axis.unit],
        n_draws=kept.n_draws,
        n_kept=kept.count,
        kept_by_replicate=kept.by_replicate,
        planned_finish=axis.moment(planned.finish),
        planned_margin=float(axis.to_days(margin) if axis.dated else axis.to_units(margin)),
        p10=p10,
        p50=p50,
        p80=p80,
        p90=p90,
        promisable_80=at_80,
        promisable_90=at_90,
        **_moments("lateness", working, late, replicates),
        **_moments("lateness", calendar, late, replicates, suffix="_calendar"),
        **_moments("damages", damages_due(promise, due, axis, ticks), late, replicates),
        imposed=imposed,
        n_kept_without=None if freed is None else freed.count,
        kept_without_by_replicate=() if freed is None else freed.by_replicate,
    )


def _kept(promise: Promise, plan: Plan, axis: TimeAxis, draws: Promised) -> Bools:
    return np.asarray(draws.finish <= Due.of(promise, plan, axis, draws.after).ticks)


def _planned_due(promise: Promise, plan: Plan, axis: TimeAxis, planned: Promised) -> Any:
    if promise.within is None:
        return promise.by
    period = Period.of(promise.within)
    clock = PeriodClock.of(plan, axis, period, planned.after)
    moment = clock.day_of_due(clock.due(period.count))
    return moment if axis.dated else float(axis.to_units(moment))


def _promisable(promise: Promise, plan: Plan, axis: TimeAxis, draws: Promised) -> list[Any]:
    """Return what can be promised at 80 % and at 90 %."""
    ranks = [percentile_rank(percent, draws.finish.size) for percent in (80, 90)]
    if promise.within is None:
        return [axis.day(axis.moment(np.partition(draws.finish, rank)[rank])) for rank in ranks]
    period = Period.of(promise.within)
    clock = PeriodClock.of(plan, axis, period, draws.after)
    return [Period(clock.promisable(draws.finish, rank), period.unit).within for rank in ranks]


def damages_due(promise: Promise, due: Due, axis: TimeAxis, ticks: Floats) -> Floats:
    """Return the damages of each draw, NaN where the promise has none, shape (n_draws,) [money]."""
    if promise.damages is None:
        return np.full(ticks.shape, np.nan)
    return np.asarray(promise.damages.amount(lateness_periods(promise, axis, *_lateness(due, axis, ticks))))


def _lateness(due: Due, axis: TimeAxis, ticks: Floats) -> tuple[Floats, Floats]:
    """Return lateness in working days (plan units without dates) and in calendar days (NaN without dates)."""
    excess = np.maximum(axis.working(ticks) - due.working, 0.0)
    if not axis.dated:
        return axis.to_units(excess), np.full(ticks.shape, np.nan)
    finishes = cast("Dates", axis.moments(ticks))
    elapsed = (finishes - due.instants) / np.timedelta64(SECONDS_PER_DAY, "s")
    if axis.in_clock_time:  # what is done that day after the close of the plan's calendar is in time
        elapsed = np.where(ticks <= due.ticks, 0.0, elapsed)
    return axis.to_days(excess), np.maximum(elapsed, 0.0)


def lateness_periods(promise: Promise, axis: TimeAxis, working: Floats, calendar: Floats) -> Floats:
    """Return lateness in the periods of the promise's damages."""
    per = promise.damages.per if promise.damages is not None else "calendar-day"
    if axis.dated:
        return {"calendar-day": calendar, "working-day": working, "week": calendar / 7}[per]
    days = working * (axis.ticks_per_unit / axis.ticks_per_day)
    return days / axis.days_per_week if per == "week" else days


def _moments(
    what: str, values: Floats, late: Bools, replicates: Replicates, suffix: str = ""
) -> dict[str, float]:  # fmt: skip
    mean, given_late, given_late_se = float(values.mean()), float("nan"), float("nan")
    if late.any():
        given_late = float(values[late].mean())
        # A ratio of two means: that of the values, which are 0 where the promise is kept, and that of being late.
        given_late_se = float(replicates.mean_error((values - given_late) * late / late.mean()))
    return {
        f"expected_{what}{suffix}": mean,
        f"expected_{what}{suffix}_se": float(replicates.mean_error(values)),
        f"{what}_given_late{suffix}": given_late,
        f"{what}_given_late{suffix}_se": given_late_se,
    }
