"""Rules about promises and the calendar."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from schedrisk.checks.facts import Facts, Finding, Rule, Severity
from schedrisk.errors import shown
from schedrisk.model import Promise
from schedrisk.wording import moment_text

__all__ = ["DATE_RULES"]


def hopeless_promises(facts: Facts) -> Iterator[Finding]:
    """Find promises that cannot be kept, or only by doing better than planned."""
    axis = facts.network.axis
    for promise in facts.plan.promises:
        deadline = facts.deadlines[promise.name]
        by = promise.terms(axis.unit)
        if promise.is_relative:  # the time begins later where the tasks before it take longer
            earliest = 0.0
        elif deadline < 0:
            start = "0" if facts.plan.start is None else moment_text(facts.plan.start, axis.unit)
            text = f"is due {by}, before the plan's start, {start}: no draw can keep it"
            yield _about_promise(facts, promise, "error", "promise-before-start", text, "mend the date or the start")
            continue
        else:
            earliest = facts.finish_of(promise, facts.earliest)
        planned = facts.finish_of(promise, facts.schedule.finish)
        index = facts.length_index(planned, deadline)
        if deadline < earliest:
            best = moment_text(axis.moments(earliest)[()], axis.unit)
            text = f"is due {by}, before its earliest finish if everything goes as well as it can, {best}: no draw can keep it"
            remedy = "promise a later date, or change the plan"
            yield _about_promise(facts, promise, "warning", "promise-impossible", text, remedy, index)
        elif deadline < planned:
            late = axis.to_units(axis.working(planned) - axis.working(deadline))
            as_planned = f", as planned {moment_text(axis.moments(deadline)[()], axis.unit)}" * promise.is_relative
            text = (
                f"is due {by}{as_planned}, {facts.text(late)} before its planned finish, "
                f"{moment_text(axis.moments(planned)[()], axis.unit)}"
            )
            remedy = "promise a later date, or change the plan: as planned, it is late"
            yield _about_promise(facts, promise, "warning", "promise-before-plan", text, remedy, index)


def promises_on_nothing(facts: Facts) -> Iterator[Finding]:
    """Find promises on what is never scheduled: inactive tasks, and summaries and level of effort that span nothing."""
    for promise in facts.plan.promises:
        for key, task in (("about", promise.task), ("counts from", promise.after)):
            if task is None or (what := _never_scheduled(facts, task)) is None:
                continue
            if key == "about":
                text = f"is about task {shown(task)}, which {what}: nothing can make it late"
                remedy = "promise the task or the milestone that must be done"
            else:
                text = f"counts from task {shown(task)}, which {what}: its time never really begins"
                remedy = "name the task or the milestone that starts the time"
            yield _about_promise(facts, promise, "error", "promise-on-nothing", text, remedy)


def _never_scheduled(facts: Facts, task: str) -> str | None:
    row = facts.network.row(task)
    span = facts.network.spans.get(row)
    if span is not None and not span.finishes:
        return "spans no other"
    return None if facts.network.active[row] else "is inactive"


def promises_on_perhaps(facts: Facts) -> Iterator[Finding]:
    """Find promises on tasks that some draws are without."""
    for promise in facts.plan.promises:
        for key, task in (("is about", promise.task), ("counts from", promise.after)):
            if task in facts.plan.optional_tasks:
                text = f"{key} task {shown(task)}, which may not exist; where it does not, what comes before it decides"
                remedy = "name a milestone that is reached in any case"
                yield _about_promise(facts, promise, "warning", "promise-on-perhaps", text, remedy)


def clocks_that_wait(facts: Facts) -> Iterator[Finding]:
    """Find relative promises whose time begins with what waits for the promised work, or with what has no part in it."""
    for promise in facts.plan.promises:
        if promise.after is None or promise.task is None or _never_scheduled(facts, promise.after) is not None:
            continue
        promised, begins = facts.rows[promise.task], facts.rows[promise.after]
        if promised in facts.network.ancestors([begins]):
            text = (
                f"counts from task {shown(promise.after)}, which waits for task {shown(promise.task)}, the promised one"
            )
            yield _about_promise(facts, promise, "warning", "promise-clock", text, "mend task or after")


def idle_days(facts: Facts) -> Iterator[Finding]:
    """Find promises by a day on which nobody works."""
    axis = facts.network.axis
    for promise in facts.plan.promises:
        by = promise.by
        # The due day of a relative promise differs from draw to draw.
        if isinstance(by, dt.datetime) or not isinstance(by, dt.date) or facts.plan.calendar.is_working_day(by):
            continue
        deadline = facts.deadlines[promise.name]
        if deadline > 0:
            last = moment_text(axis.moments(deadline)[()], axis.unit)
            text = f"is due by {moment_text(by, axis.unit)}, a day off; the last day of work before it is {last}"
            remedy = "nothing, if that is meant; otherwise add the day to the calendar's extra working days"
            yield _about_promise(facts, promise, "info", "promise-day-off", text, remedy)


def overlapping_promises(facts: Facts) -> Iterator[Finding]:
    """Find several promises about one thing, and promises for later than what waits for them is promised."""
    axis = facts.network.axis
    # A date beside a time after something is no mistake: contracts have both.
    first: dict[tuple[str | None, str | None], Promise] = {}
    for promise in facts.plan.promises:
        other = first.setdefault((promise.task, promise.after), promise)
        if other is not promise:
            what = "the project" if promise.task is None else f"task {shown(promise.task)}"
            dates = " and ".join(each.terms(axis.unit).removeprefix("by ") for each in (promise, other))
            text = f"is about {what} like promise {shown(other.name)}: {dates}; the earlier one decides"
            remedy = "keep one, unless both are in the contract"
            yield _about_promise(facts, promise, "warning", "overlapping-promises", text, remedy)
    tightest = _tightest_after(facts)
    for promise in facts.plan.promises:
        if promise.task is None or promise.is_relative:
            continue
        tighter = tightest[facts.rows[promise.task]]
        if tighter is not None and facts.deadlines[tighter.name] < facts.deadlines[promise.name]:
            text = (
                f"is due {promise.terms(axis.unit)}, later than promise {shown(tighter.name)} "
                f"({tighter.terms(axis.unit).removeprefix('by ')}), which cannot be kept before it is done"
            )
            yield _about_promise(facts, promise, "warning", "promise-order", text, "mend one of the two dates")


def _tightest_after(facts: Facts) -> list[Promise | None]:
    """Return, for each task, the earliest promise about what cannot finish before it."""
    deadlines = facts.deadlines

    def earliest(promises: Iterable[Promise | None]) -> Promise | None:
        return min((each for each in promises if each is not None), key=lambda each: deadlines[each.name], default=None)

    dated = [each for each in facts.plan.promises if not each.is_relative]
    project = earliest(each for each in dated if each.task is None)
    own: dict[int, list[Promise]] = {}
    for promise in dated:
        if promise.task is not None:
            own.setdefault(facts.rows[promise.task], []).append(promise)
    tightest: list[Promise | None] = [project] * facts.network.n_tasks
    for row in reversed(facts.network.order):
        here = earliest([tightest[row], *own.get(row, ())])
        rule = facts.network.rules[row]
        defies = rule is not None and rule.may_defy_links
        for arc in facts.network.links_into[row]:
            # With a lead, or from its start on, the successor may finish first.
            firm = arc.kind == "FS" and arc.lag >= 0 and arc.share >= 0 and not defies
            if firm and here is not tightest[arc.predecessor]:
                tightest[arc.predecessor] = earliest([tightest[arc.predecessor], here])
    return tightest


def endless_damages(facts: Facts) -> Iterator[Finding]:
    """Find damages without a limit."""
    for promise in facts.plan.promises:
        if promise.damages is not None and promise.damages.cap is None and promise.damages.rate > 0:
            remedy = "give cap=, if the contract has one"
            yield _about_promise(facts, promise, "info", "no-cap", "has damages that grow without limit", remedy)


def unknown_holidays(facts: Facts) -> Iterator[Finding]:
    """Find years of the plan whose days off are not, or not yet, known to the calendar."""
    axis, calendar = facts.network.axis, facts.plan.calendar
    if not axis.dated:
        return
    if calendar.source is None and not calendar.holidays:
        text = "has no holidays: every weekday is worked"
        yield _about_calendar(facts, "info", "no-holidays", text, "list them, or use Calendar.for_country(…)")
        return
    first, planned, last = (_year(each) for each in (
        axis.first, axis.moments(facts.planned_finish), axis.moments(facts.latest.max()),
    ))  # fmt: skip
    when = f"the plan runs to {planned}" + (f", at worst to {last}" if last > planned else "")
    source = calendar.source
    if source is None:
        known = calendar.holidays[-1].year
        if last > known:
            text = f"lists holidays to {known}, and {when}: {_years(known + 1, last)} would have none"
            yield _about_calendar(facts, "warning", "unknown-holidays", text, "list the days off of these years")
        return
    if source.years and (first < source.years[0] or last > source.years[-1]):
        text = f"knows holidays from {source.years[0]} to {source.years[-1]}, and {when}, from {first}"
        remedy = "look up these years too: Calendar.for_country(…, years=…)"
        yield _about_calendar(facts, "warning", "unknown-holidays", text, remedy)
    official = source.last_official_year
    if official is not None and last > official:
        text = (
            f"has days off and working weekends as announced to {official}, and {when}: those of "
            f"{_years(max(official + 1, first), last)} follow from rules and will change"
        )
        remedy = "look them up again when they are announced, or list them in the calendar"
        yield _about_calendar(facts, "warning", "unofficial-holidays", text, remedy)


def _year(moment: object) -> int:
    return int(np.asarray(moment, dtype="datetime64[Y]").astype(int)) + 1970


def _years(first: int, last: int) -> str:
    return str(first) if first >= last else f"{first} to {last}"


def different_hours(facts: Facts) -> Iterator[Finding]:
    """Find calendars of other hours that FS links join: the clock runs on between the close of one and the other."""
    plan, network = facts.plan, facts.network
    if not network.axis.in_clock_time:
        return
    hours = {name: frozenset(each.week_hours.values()) for name, each in plan.calendars_by_name.items()}
    joined: Counter[tuple[str, str]] = Counter()
    for _, link in facts.joins.open_links:
        one, two = (plan.task(each).calendar or plan.calendar.name for each in (link.predecessor, link.successor))
        if link.kind == "FS" and hours[one] != hours[two]:
            joined[one, two] += 1
    names = list(plan.calendars_by_name)
    for (one, two), count in sorted(joined.items(), key=lambda each: -each[1]):
        links = "1 FS link leads" if count == 1 else f"{count:,} FS links lead"
        text = f"has other hours of the day than calendar {shown(two)}, to which {links} from it"
        remedy = "nothing, if that is how people work; otherwise give both the same shifts"
        where = f"calendar {shown(one)}"
        yield Finding(
            "info", "different-hours", "calendar", names.index(one), where, text, remedy, f"{one} → {two}", float(count)
        )


def _about_promise(
    facts: Facts, promise: Promise, severity: Severity, rule: str, finding: str, remedy: str, index: float | None = None
) -> Finding:
    number = facts.promise_numbers[promise.name]
    limit = None if index is None else facts.limits["cpli"]
    where = f"promise {shown(promise.name)}"
    return Finding(severity, rule, "promise", number, where, finding, remedy, promise.name, index, limit)


def _about_calendar(facts: Facts, severity: Severity, rule: str, finding: str, remedy: str) -> Finding:
    return Finding(severity, rule, "calendar", 0, f"calendar {shown(facts.plan.calendar.name)}", finding, remedy)


DATE_RULES: tuple[Rule, ...] = (
    hopeless_promises, promises_on_nothing, promises_on_perhaps, clocks_that_wait, idle_days, overlapping_promises,
    endless_damages, unknown_holidays, different_hours,
)  # fmt: skip
