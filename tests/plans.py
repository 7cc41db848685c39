"""Random plans for property tests, and options that several tests share."""

from __future__ import annotations

import datetime as dt
import string
from typing import get_args

import numpy as np
from hypothesis import strategies as st

import schedrisk as sr
from schedrisk.model.logic import ConstraintKind
from schedrisk.model.structure import as_instant

# As Microsoft Project schedules.
MICROSOFT = sr.SchedulingOptions(
    lag_calendar="successor",
    progress="actual-dates",
    remaining_work="as-scheduled",
    honor_constraints=True,
    as_late_as_possible="late-dates",
    total_float="smallest",
    free_float="total-float",
)

WORDS = st.one_of(
    st.text(string.ascii_letters + string.digits + " ;,+-'\"=@./_äß竣工☎\n\\#[]{}", min_size=1, max_size=12),
    st.sampled_from(["A", "A+1", "A, B", "3FS", "x;y", "=1+1", "'=x", "3", "-5", "true", "NaN", "2026-12-01", "a b"]),
)
NAMES = WORDS.map(str.strip).filter(bool)
NUMBERS = st.one_of(st.integers(0, 50).map(float), st.floats(0, 1e4, allow_nan=False).map(lambda x: round(x, 6)))
SHARES = st.integers(0, 1000).map(lambda n: n / 1000)  # Excel holds 15 digits of a number
DATES = st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1))
INSTANTS = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1)).map(lambda t: t.replace(microsecond=0))


def three_points() -> st.SearchStrategy[list[float]]:
    return st.lists(NUMBERS, min_size=3, max_size=3).map(sorted)


def discretes() -> st.SearchStrategy[sr.Discrete]:
    def build(pairs: dict[float, int]) -> sr.Discrete:
        total = sum(pairs.values())
        return sr.Discrete(list(pairs), [weight / total for weight in pairs.values()])

    return st.dictionaries(NUMBERS, st.integers(1, 9), min_size=1, max_size=4).map(build)


POSITIVES = NUMBERS.map(lambda x: max(x, 0.001))


def parts(simple: st.SearchStrategy[sr.Estimate]) -> st.SearchStrategy[sr.Mixture]:
    """Mixtures of one to three estimates, with weights in eighths."""
    pairs = st.lists(st.tuples(simple, st.integers(1, 8)), min_size=1, max_size=3)
    shares = pairs.map(lambda each: ([part for part, _ in each], np.array([weight for _, weight in each])))
    return shares.map(lambda each: sr.Mixture(each[0], (each[1] / each[1].sum()).tolist()))


FURTHER_ESTIMATES = st.one_of(
    st.builds(sr.Normal, NUMBERS, NUMBERS),
    st.builds(lambda mean, share: sr.Lognormal(mean, mean * share), POSITIVES, st.sampled_from([0.1, 0.5, 2])),
    NUMBERS.map(sr.Exponential),
    st.builds(sr.Gamma, st.sampled_from([0.3, 1, 4]), POSITIVES),
    st.builds(sr.Weibull, st.sampled_from([0.7, 1, 3]), POSITIVES),
    st.lists(NUMBERS, min_size=2, max_size=2).map(sorted).map(lambda ends: sr.BetaScaled(*ends, 2, 3)),
    st.lists(NUMBERS, min_size=4, max_size=4).map(sorted).map(lambda points: sr.Trapezoid(*points)),
    st.lists(NUMBERS, min_size=3, max_size=3, unique=True)
    .map(sorted)
    .map(lambda edges: sr.Histogram(edges, [0.25, 0.75])),
    st.sampled_from(
        [
            sr.Metalog({10: 8, 50: 10, 90: 15}),
            sr.Metalog({10: 8, 50: 10, 90: 15}, low=5, high=30),
            sr.Scipy("gumbel_r", loc=10, scale=2),
            sr.Uniform(1, 16, ends=(10, 90)),
            sr.Trapezoid(5, 8, 10, 13, ends=(10, 90)),
            sr.Normal(10, 5).truncate(0, 20),
            sr.Gamma(4, 2.5) + 5,
            sr.Pert(5, 8, 15) - 7,
        ]
    ),
)

ESTIMATES = st.one_of(
    FURTHER_ESTIMATES,
    parts(st.one_of(NUMBERS.map(sr.Fixed), FURTHER_ESTIMATES)),
    NUMBERS.map(sr.Fixed),
    st.lists(NUMBERS, min_size=2, max_size=2).map(sorted).map(lambda ends: sr.Uniform(*ends)),
    three_points().map(lambda points: sr.Triangular(*points)),
    three_points().map(lambda points: sr.Pert(*points)),
    st.builds(lambda points, weight: sr.Pert(*points, weight), three_points(), st.sampled_from([0.5, 2, 7.5])),
    st.just(sr.Triangular.from_percentiles(p10=8, mode=10, p90=15)),
    st.just(sr.Pert.from_percentiles(p2_5=8, mode=10, p90=15, weight=3)),
    discretes(),
    st.lists(NUMBERS, min_size=1, max_size=5).map(sr.Empirical),
)


SHIFTS = st.sampled_from(
    [["08:00-12:00", "13:00-17:00"], ["00:00-24:00"], ["16:00-24:00"], ["22:00-24:00", "00:00-06:00"]]
)


OWN_CALENDARS = st.sampled_from(["standard", "China", "Schicht 2"])
FURTHER_CALENDARS = st.sampled_from(["Nacht", "=Kran", "2"])


@st.composite
def calendars(draw: st.DrawFn, names: st.SearchStrategy[str] = OWN_CALENDARS) -> sr.Calendar:
    days = draw(st.lists(DATES, max_size=8, unique=True))
    cut = sorted(draw(st.tuples(st.integers(0, len(days)), st.integers(0, len(days)))))
    weekdays = draw(st.sampled_from([["mon", "tue", "wed", "thu", "fri"], ["sun", "mon"], ["sat"]]))
    return sr.Calendar(
        name=draw(names),
        weekdays=weekdays,
        shifts=draw(SHIFTS),
        holidays=days[: cut[0]],
        extra_working_days=days[cut[0] : cut[1]],
        special_days={day: draw(SHIFTS) for day in days[cut[1] :]},
        weekday_shifts=draw(st.dictionaries(st.sampled_from(weekdays), SHIFTS, max_size=1)),
    )


def pairs(moments: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, object]]:
    """Two moments in order; a day that something finishes on is its end, so that one day may be both."""
    return st.tuples(moments, moments).map(lambda two: tuple(sorted(two, key=as_instant)))


def constraints(moments: st.SearchStrategy[object]) -> st.SearchStrategy[sr.Constraint]:
    kinds = [kind for kind in get_args(ConstraintKind) if kind != "ALAP"]
    uncertain = st.builds(sr.Constraint, st.sampled_from(["SNET", "FNET", "external-start"]), ranges(moments))
    certain = st.builds(sr.Constraint, st.sampled_from(kinds), moments)
    return st.one_of(certain, certain, st.just(sr.Constraint("ALAP")), uncertain)


def ranges(moments: st.SearchStrategy[object]) -> st.SearchStrategy[sr.DateRange]:
    """Dates between two others, likely ones or some days later, with a promised one or none."""

    def build(points: list[object], three: bool, days: object, planned: object) -> sr.DateRange:
        low, mode, high = sorted(points, key=lambda when: as_instant(when) - 86_400 * (type(when) is dt.date))
        if days is not None:
            return sr.DateRange(low, days=days, planned=planned)
        return sr.DateRange(low, high, mode=mode if three else None, planned=planned)

    three = st.lists(moments, min_size=3, max_size=3)
    days = st.one_of(st.none(), st.sampled_from([sr.Fixed(3), sr.Pert(0, 2.5, 9), sr.Discrete([0, 7], [0.5, 0.5])]))
    return st.builds(build, three, st.booleans(), days, st.one_of(st.none(), moments))


def progress(moments: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    """What has been done of a task: nothing, a part of it (perhaps stopped), or all."""
    return st.one_of(
        st.just({}),
        st.fixed_dictionaries({"actual_start": moments}, optional={"suspended": moments, "resumed": moments}),
        pairs(moments).map(lambda two: dict(zip(("actual_start", "actual_finish"), two, strict=True))),
    )


def particulars(moments: st.SearchStrategy[object], calendars: list[str]) -> st.SearchStrategy[dict[str, object]]:
    """What a plan says of few tasks; summaries apart, which need a place above others."""
    named = st.sampled_from(calendars)
    assignments = st.builds(
        sr.Assignment, named, st.sampled_from([1, 0.5, 0.1, 1 / 3, 2]), resource=st.one_of(st.none(), NAMES)
    )
    few = {
        "calendar": named,
        "constraints": st.lists(constraints(moments), min_size=1, max_size=2),
        "manual": pairs(moments),
        "active": st.booleans(),
        "wbs": st.sampled_from(["A", "A.B", "A.B.1", "C"]),
        "codes": st.dictionaries(NAMES, NAMES, min_size=1, max_size=2),
        "assignments": st.lists(assignments, min_size=1, max_size=2),
        "estimate_from": st.one_of(st.sampled_from(["schedule", "by hand"]), NAMES),
        "kind": st.sampled_from(["start-milestone", "finish-milestone", "level-of-effort"]),
        "exists": SHARES,
    }
    # Most tasks are plain ones: two particulars at most.
    chosen = st.lists(st.sampled_from(list(few)), max_size=2, unique=True)
    own = chosen.flatmap(
        # What spans others exists wherever they do.
        lambda keys: st.fixed_dictionaries(
            {key: few[key] for key in keys if {"kind", "exists"} - {*keys} or key != "exists"}
        )
    )
    begun = st.builds(lambda fields, done: _at_odds(fields, done) | done, own, progress(moments))
    return st.one_of(own, own, begun)


def _at_odds(fields: dict[str, object], done: dict[str, object]) -> dict[str, object]:
    """Leave out dates by hand where work has begun, which may end before it."""
    return {key: value for key, value in fields.items() if key != "manual" or "actual_start" not in done}


def links(
    before: st.SearchStrategy[str], task: str, lag_calendars: list[str], *, bare: bool
) -> st.SearchStrategy[sr.Link]:
    kinds, lags = st.sampled_from(["FS", "SS", "FF", "SF"]), st.sampled_from([0, 2, -1.5, 0.25, 1 / 3])
    of_time = st.builds(sr.Link, before, st.just(task), kinds, lag=lags)
    in_percent = st.builds(sr.Link, before, st.just(task), kinds, lag_percent=st.sampled_from([50, -12.5, 0.1]))
    # A cell of predecessors holds no more than these two; a document and a workbook hold everything.
    uncertain = st.builds(sr.Link, before, st.just(task), kinds, lag=ESTIMATES)
    whole = st.builds(
        sr.Link, before, st.just(task), kinds, lag=lags, lag_percent=st.sampled_from([0, 100]),
        lag_calendar=st.one_of(st.none(), st.sampled_from(lag_calendars)),
    )  # fmt: skip
    return st.one_of(of_time, in_percent) if bare else st.one_of(of_time, in_percent, whole, uncertain)


def options(draw: st.DrawFn, *, dated: bool) -> sr.SchedulingOptions:
    return sr.SchedulingOptions(
        lag_calendar=draw(st.sampled_from(["predecessor", "successor", "plan", *(["24h"] if dated else [])])),
        progress=draw(st.sampled_from(["retained-logic", "progress-override", "actual-dates"])),
        remaining_work=draw(st.sampled_from(["after-status-date", "as-scheduled"])),
        start_lag_from=draw(st.sampled_from(["early-start", "actual-start"])),
        honor_constraints=draw(st.booleans()),
        as_late_as_possible=draw(st.sampled_from(["free-float", "late-dates"])),
        expected_finish=draw(st.booleans()),
        total_float=draw(st.sampled_from(["finish", "start", "smallest"])),
        free_float=draw(st.sampled_from(["to-project-finish", "total-float"])),
        critical_by=draw(st.sampled_from(["driving", "float", "longest-path"])),
        critical_float=draw(st.sampled_from([0, 1.5, -2, 1 / 3])),
        open_ends_critical=draw(st.booleans()),
    )


@st.composite
def networks(
    draw: st.DrawFn,
    ids: list[str],
    moments: st.SearchStrategy[object],
    named: list[str],
    lags: list[str],
    *,
    bare: bool,
) -> tuple[list[sr.Task], list[sr.Link]]:
    """Draw the tasks of these ids, and their links."""
    maybe = st.one_of(st.none(), NAMES)
    tasks, drawn = [], []
    summary = draw(st.one_of(st.none(), st.sampled_from(ids)))
    joined = [task for task in ids if task != summary]  # links of a summary easily make a loop with its members
    for task in ids:
        earlier = joined[: joined.index(task)] if task in joined else []
        before = st.sampled_from(earlier) if earlier else st.nothing()
        after = draw(st.lists(before, max_size=3, unique=True)) if earlier else []
        planned = draw(st.one_of(st.none(), NUMBERS))
        fields = {"name": draw(maybe), "owner": draw(maybe), "tags": draw(st.lists(NAMES, max_size=2))}
        special = {"kind": "summary", "wbs": "A"} if task == summary else draw(particulars(moments, named))
        tasks.append(sr.Task(task, draw(ESTIMATES), after=after, planned=planned, **fields | special))
        if earlier and draw(st.booleans()):
            drawn += draw(st.lists(links(before, task, lags, bare=bare), min_size=1, max_size=2))
    return tasks, drawn


def promises(ids: list[str], moments: st.SearchStrategy[object], *, dated: bool) -> st.SearchStrategy[sr.Promise]:
    damages = st.builds(
        sr.Damages, NUMBERS, per=st.sampled_from(["calendar-day", "working-day", "week"]), whole=st.booleans(),
        grace=NUMBERS, cap=st.one_of(st.none(), NUMBERS),
    )  # fmt: skip
    task, damages = st.one_of(st.none(), st.sampled_from(ids)), st.one_of(st.none(), damages)
    by = st.builds(sr.Promise, NAMES, moments, task=task, damages=damages)
    within = PERIODS if dated else st.one_of(NUMBERS, PERIODS.filter(lambda each: not each.endswith("mo")))
    return st.one_of(by, st.builds(sr.Promise, NAMES, within=within, after=st.sampled_from(ids), damages=damages))


PERIODS = st.sampled_from(["0d", "13w", "90 days", "3 months", "5 working days", "36h", "2.5wh"]).map(
    lambda text: sr.Promise("p", within=text, after="a").within
)


FACTORS = st.sampled_from([0, 0.5, 0.9, 1, 1.2, 3]).map(sr.Fixed) | st.just(sr.Uniform(0.8, 1.5))


def impacts(ids: list[str], estimates: st.SearchStrategy[sr.Estimate]) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(st.sampled_from(ids), estimates, min_size=1, max_size=2)


def windows(moments: st.SearchStrategy[object]) -> st.SearchStrategy[sr.Window]:
    one = st.one_of(st.builds(sr.Window, moments), st.builds(lambda finish: sr.Window(None, finish), moments))
    return st.one_of(one, pairs(moments).map(lambda two: sr.Window(*two)))


def mitigations() -> st.SearchStrategy[sr.Mitigation]:
    some = st.sampled_from([ESTIMATES, st.none()]).flatmap(lambda each: each)
    return st.builds(
        sr.Mitigation, probability=SHARES, delay=some, factor=st.none() | FACTORS, cost=some, impact_cost=some,
        lead_time=st.sampled_from([0, 2.5, 20]), name=st.none() | NAMES,
    )  # fmt: skip


@st.composite
def risks(draw: st.DrawFn, ids: list[str], moments: st.SearchStrategy[object], earlier: list[str]) -> sr.Risk:
    """Draw a risk; plain ones are most."""
    some = st.lists(st.sampled_from(ids), min_size=1, max_size=2, unique=True)
    fields: dict[str, object] = {"name": draw(st.none() | NAMES), "owner": draw(st.none() | NAMES)}
    odds: object = draw(SHARES)
    if draw(st.booleans()):
        return sr.Risk(draw(NAMES), odds, delay=draw(impacts(ids, ESTIMATES)), **fields)
    fields |= {"delay": draw(ESTIMATES), "tasks": draw(some)}
    if draw(st.booleans()):
        return sr.Risk(draw(NAMES), odds, **fields)
    few = {
        "factor": st.one_of(FACTORS, impacts(ids, FACTORS)),
        "saving": st.one_of(ESTIMATES, impacts(ids, ESTIMATES)),
        "independent": st.booleans(),
        "parallel": st.booleans(),
        "fades": st.booleans(),
        "cost": ESTIMATES,
        "cost_per_day": ESTIMATES,
        "window": windows(moments),
        "mitigation": mitigations(),
    }
    chosen = draw(st.lists(st.sampled_from(list(few)), max_size=4, unique=True))
    fields |= {key: draw(few[key]) for key in chosen}
    if earlier and draw(st.booleans()):
        fields["triggered_by"] = draw(st.lists(st.sampled_from(earlier), min_size=1, max_size=2, unique=True))
    occurs = draw(st.sampled_from(["once", "per task", "exclusive"]))
    if occurs == "per task":
        fields["per_task"] = True
    elif occurs == "exclusive":
        # Three at most, before mitigation and after.
        odds, fields["exclusive"] = odds / 3, draw(st.sampled_from(["one", "=1"]))
        if fields.get("mitigation") is not None:
            fields["mitigation"] = sr.Mitigation(probability=0.1)
    return sr.Risk(draw(NAMES), odds, **fields)


@st.composite
def registers(draw: st.DrawFn, ids: list[str], moments: st.SearchStrategy[object], most: int = 3) -> list[sr.Risk]:
    """Draw the risks of a plan."""
    found: list[sr.Risk] = []
    for _ in range(draw(st.integers(0, most))):
        risk = draw(risks(ids, moments, [each.id for each in found]))
        if risk.id not in {each.id for each in found}:
            found.append(risk)
    return found


@st.composite
def branches(draw: st.DrawFn, ids: list[str]) -> sr.Branch:
    """Draw a fork with two or three outcomes, the last of them the default."""
    some = st.lists(st.sampled_from(ids), max_size=2, unique=True) if ids else st.just([])
    names = draw(st.lists(NAMES, min_size=2, max_size=3, unique=True))
    chance = draw(st.sampled_from([0.25, 0.1, 0.0]))
    outcomes = {name: sr.Outcome(chance, draw(some)) for name in names[:-1]} | {names[-1]: sr.Outcome(None, draw(some))}
    planned = draw(st.one_of(st.none(), st.sampled_from(names)))
    return sr.Branch(draw(NAMES), outcomes, planned=planned, owner=draw(st.one_of(st.none(), NAMES)))


@st.composite
def decisions(draw: st.DrawFn, ids: list[str], moments: st.SearchStrategy[object]) -> sr.Decision:
    """Draw a decision on the first of some tasks about those behind it."""
    cut = draw(st.integers(1, len(ids)))
    return sr.Decision(draw(NAMES), ids[0], draw(moments), reached=ids[1:cut], missed=ids[cut:])


RHOS = st.sampled_from([-1, -0.6, -1 / 3, 0, 0.3, 1 / 3, 0.9, 1])


@st.composite
def correlations(draw: st.DrawFn, tasks: list[sr.Task], risks: list[sr.Risk]) -> list[sr.Correlation]:
    """Draw what a plan says of correlation: a group, pairs and a matrix of tasks, and of risks; a floor."""
    able = [task.id for task in tasks if not isinstance(task.estimate, sr.Fixed)]
    made = []
    for field, ids in (
        ("tasks", able),
        ("risks", [risk.id for risk in risks if risk.happens_once and risk.exclusive is None]),
    ):
        shuffled = draw(st.permutations(ids)) if len(ids) > 1 and draw(st.booleans()) else []
        if not shuffled:
            continue
        copula = draw(st.sampled_from([{}, {}, {"copula": "t", "degrees_of_freedom": 4}]))
        size = draw(st.integers(2, len(shuffled)))
        members, others = shuffled[:size], shuffled[size - 1 :]  # one in common
        maybe = draw(st.one_of(st.none(), NAMES))
        if draw(st.booleans()):
            made.append(sr.Correlation(**{field: members}, rho=draw(RHOS), name=maybe, **copula))
        else:
            made.append(sr.Correlation(**{field: members}, matrix=draw(matrices(size)), name=maybe, **copula))
        if len(others) > 1 and draw(st.booleans()):
            made.append(sr.Correlation(**{field: others[:2]}, rho=draw(RHOS), **copula))
    owners = sorted({task.owner for task in tasks if task.owner})
    if owners and not made and draw(st.booleans()):
        made.append(sr.Correlation(owner=draw(st.sampled_from(owners)), rho=draw(RHOS)))
    if draw(st.integers(0, 3)) == 0:
        made.append(sr.Correlation(everywhere=True, rho=draw(st.sampled_from([0, 0.3, 1]))))
    return made


@st.composite
def matrices(draw: st.DrawFn, size: int) -> list[list[float]]:
    """Draw a symmetric matrix of a unit diagonal, whether it can hold or not."""
    matrix = [[1.0] * size for _ in range(size)]
    for first in range(size):
        for second in range(first):
            matrix[first][second] = matrix[second][first] = draw(RHOS)
    return matrix


PROVENANCES = st.builds(
    sr.Provenance, NAMES, NAMES, project=st.one_of(st.none(), NAMES), notes=st.lists(NAMES, max_size=2)
)


ODDS = st.one_of(
    st.sampled_from([0, 0.25, 1 / 3]), st.dictionaries(st.sampled_from(["jan", "jul"]), SHARES, min_size=1)
)
CLOSURES = st.one_of(
    st.builds(
        lambda name, first, days, **more: sr.Closure(name, first, first + dt.timedelta(days=days), **more),
        NAMES, st.dates(dt.date(2000, 1, 1), dt.date(2027, 1, 1)), st.integers(0, 30), probability=SHARES,
    ),
    st.builds(sr.Closure, NAMES, st.just(dt.date(2026, 3, 1)), length=st.just("3/5/9"), yearly=st.booleans()),
)  # fmt: skip


def weathers() -> st.SearchStrategy[sr.Weather]:
    """What takes days from calendars: little, so that plans over decades are soon simulated."""
    closed = st.lists(CLOSURES, max_size=2, unique_by=lambda each: each.name)
    years = {
        2024: st.lists(st.dates(dt.date(2024, 1, 1), dt.date(2024, 12, 31)), max_size=3),
        2025: st.just([0.25] * 365),
    }
    return st.one_of(
        st.builds(sr.Weather, NAMES, ODDS, closures=closed),
        st.builds(sr.Weather, NAMES, lost_after_dry=ODDS, lost_after_lost=st.sampled_from([0, 0.5])),
        st.builds(sr.Weather, NAMES, history=st.fixed_dictionaries(years), consecutive=st.booleans()),
    )


@st.composite
def plans(draw: st.DrawFn, *, bare: bool = False, most_tasks: int = 6) -> sr.Plan:
    """Draw a plan; a bare one has tasks and links only, such as a table holds."""
    ids = draw(st.lists(NAMES, min_size=1, max_size=most_tasks, unique=True))
    if bare:
        tasks, drawn = draw(networks(ids, NUMBERS, ["standard"], [], bare=True))
        return sr.Plan(tasks=tasks, links=drawn)
    start = draw(st.one_of(st.none(), DATES, INSTANTS))
    dated = start is not None
    moments = st.one_of(DATES, INSTANTS) if dated else NUMBERS
    calendar = draw(calendars())
    further = draw(st.lists(calendars(FURTHER_CALENDARS), max_size=2, unique_by=lambda each: each.name))
    weather = draw(st.lists(weathers(), max_size=2, unique_by=lambda each: each.name)) if dated else []
    if weather:
        further = [each.replace(weather=[one.name for one in weather]) for each in further]
        calendar = calendar.replace(weather=draw(st.sampled_from([(), weather[0].name])))
    named = [calendar.name, *(["24h", *(each.name for each in further)] if dated else [])]
    tasks, drawn = draw(networks(ids, moments, named, ["predecessor", "successor", "plan", *named], bare=False))
    whole = [task.id for task in tasks if not task.is_span and task.active and not task.started]
    joined = {each for link in drawn for each in (link.predecessor, link.successor)}
    joined |= {each for task in tasks for each in (task.id, *task.after) if task.after}
    free = [task for task in whole if task not in joined][:3]  # no link makes a loop with a decision about these
    risky = draw(registers(ids, moments))
    return sr.Plan(
        name=draw(NAMES),
        start=start,
        unit=draw(st.sampled_from(["d", "h", "w"])),
        calendar=calendar,
        calendars=further,
        weather=weather,
        status_date=draw(st.one_of(st.none(), moments)),
        must_finish=draw(st.one_of(st.none(), moments)),
        scheduling=options(draw, dated=dated) if draw(st.booleans()) else sr.SchedulingOptions(),
        provenance=draw(st.one_of(st.none(), PROVENANCES)),
        correlations=draw(correlations(tasks, risky)),
        assumptions=draw(st.lists(NAMES, max_size=2)),
        branches=[draw(branches(whole))] if draw(st.booleans()) else [],
        decisions=[draw(decisions(free, moments))] if free and draw(st.booleans()) else [],
        tasks=tasks,
        links=drawn,
        promises=draw(
            st.lists(promises(ids, moments, dated=dated), max_size=2, unique_by=lambda promise: promise.name)
        ),
        risks=risky,
    )
