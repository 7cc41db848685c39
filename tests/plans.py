"""Random plans for property tests."""

from __future__ import annotations

import datetime as dt
import string

from hypothesis import strategies as st

import schedrisk as sr

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


ESTIMATES = st.one_of(
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


@st.composite
def calendars(draw: st.DrawFn) -> sr.Calendar:
    holidays = draw(st.sets(DATES, max_size=4))
    extra = draw(st.sets(DATES, max_size=3)) - holidays
    return sr.Calendar(
        name=draw(st.sampled_from(["standard", "China", "Schicht 2"])),
        weekdays=draw(st.sampled_from([["mon", "tue", "wed", "thu", "fri"], ["sun", "mon"], ["sat"]])),
        shifts=draw(st.sampled_from([["08:00-12:00", "13:00-17:00"], ["00:00-24:00"], ["16:00-24:00"]])),
        holidays=holidays,
        extra_working_days=extra,
    )


@st.composite
def plans(draw: st.DrawFn, *, bare: bool = False, most_tasks: int = 6) -> sr.Plan:
    """Draw a plan; a bare one has tasks and links only."""
    ids = draw(st.lists(NAMES, min_size=1, max_size=most_tasks, unique=True))
    maybe = st.one_of(st.none(), NAMES)
    tags = st.lists(NAMES.filter(lambda tag: ";" not in tag), max_size=2) if bare else st.lists(NAMES, max_size=2)
    tasks, links = [], []
    for number, task in enumerate(ids):
        before = st.sampled_from(ids[:number]) if number else st.nothing()
        after = draw(st.lists(before, max_size=3, unique=True)) if number else []
        planned = draw(st.one_of(st.none(), NUMBERS))
        options = {"name": draw(maybe), "owner": draw(maybe), "tags": draw(tags), "planned": planned}
        tasks.append(sr.Task(task, draw(ESTIMATES), after=after, **options))
        if number and draw(st.booleans()):
            links.append(sr.Link(draw(before), task, lag=draw(st.sampled_from([0, 2, -1.5, 0.25]))))
    if bare:
        return sr.Plan(tasks=tasks, links=links)
    start = draw(st.one_of(st.none(), DATES, INSTANTS))
    moments = NUMBERS if start is None else st.one_of(DATES, INSTANTS)
    some = st.lists(st.sampled_from(ids), min_size=1, max_size=2, unique=True)
    damages = st.builds(
        sr.Damages, NUMBERS, per=st.sampled_from(["calendar-day", "working-day", "week"]), whole=st.booleans(),
        grace=NUMBERS, cap=st.one_of(st.none(), NUMBERS),
    )  # fmt: skip
    promises = st.builds(
        sr.Promise, NAMES, moments, task=st.one_of(st.none(), st.sampled_from(ids)),
        damages=st.one_of(st.none(), damages),
    )  # fmt: skip
    shared = st.builds(sr.Risk, NAMES, SHARES, delay=ESTIMATES, tasks=some, owner=maybe)
    tables = st.dictionaries(st.sampled_from(ids), ESTIMATES, min_size=1, max_size=2)
    own = st.builds(sr.Risk, NAMES, SHARES, delay=tables, name=maybe)
    return sr.Plan(
        name=draw(NAMES),
        start=start,
        unit=draw(st.sampled_from(["d", "h", "w"])),
        calendar=draw(calendars()),
        assumptions=draw(st.lists(NAMES, max_size=2)),
        tasks=tasks,
        links=links,
        promises=draw(st.lists(promises, max_size=2, unique_by=lambda promise: promise.name)),
        risks=draw(st.lists(st.one_of(shared, own), max_size=2, unique_by=lambda risk: risk.id)),
    )
