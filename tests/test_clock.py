"""Clocks of calendars: the fast tables say what the search says, and no working time is lost or invented."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import schedrisk as sr
from schedrisk.calendars import PLAIN, clock_of, compile_calendar
from schedrisk.calendars.clock import ElapsedClock, WorkingClock

EPOCH = int(np.datetime64("2026-01-05", "s").astype(int))  # a Monday
HOUR, DAY = 3_600, 86_400

SHIFTS = st.sampled_from(
    [
        ["08:00-12:00", "13:00-17:00"],
        ["08:00-16:00"],
        ["00:00-24:00"],
        ["22:00-24:00", "00:00-06:00"],
        ["16:00-24:00"],
        ["07:01-11:59", "12:31-16:01"],
    ]
)
DAYS = st.sampled_from(list(np.arange("2025-11-20", "2026-03-20", dtype="datetime64[D]").astype(object)))


@st.composite
def calendars(draw):
    weekdays = draw(st.sets(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1))
    off = draw(st.sets(DAYS, max_size=5))
    extra = draw(st.sets(DAYS, max_size=3)) - off
    special = draw(st.dictionaries(DAYS, SHIFTS, max_size=3))
    return sr.Calendar(
        weekdays=weekdays,
        shifts=draw(SHIFTS),
        holidays=off,
        extra_working_days=extra,
        weekday_shifts=draw(st.dictionaries(st.sampled_from(sorted(weekdays)), SHIFTS, max_size=2)),
        special_days={day: shifts for day, shifts in special.items() if day not in off | extra},
    )


MOMENTS = st.lists(st.integers(-100 * DAY, 400 * DAY), min_size=1, max_size=20).map(lambda x: np.array(x, dtype=float))
WORKS = st.lists(st.integers(0, 2_000 * HOUR), min_size=1, max_size=20).map(lambda x: np.array(x, dtype=float))


@given(calendars(), MOMENTS)
def test_tables_say_what_the_search_says(calendar, moments):
    clock, compiled = clock_of(calendar, EPOCH), compile_calendar(calendar)
    dates = (moments.astype(np.int64) + EPOCH).astype("datetime64[s]")
    work = clock.work(moments)
    assert work.tolist() == np.asarray(compiled.work(dates)).astype(float).tolist()
    for side, method in (("start", clock.start), ("finish", clock.finish)):
        expected = np.asarray(compiled.clock(work.astype(np.int64), side)).astype(np.int64) - EPOCH
        assert method(work).tolist() == expected.astype(float).tolist()


@given(calendars(), MOMENTS, WORKS)
def test_no_working_time_is_lost_or_invented(calendar, moments, works):
    clock = clock_of(calendar, EPOCH)
    begun = clock.work(moments)
    done = begun[:, None] + works
    # What is finished after so much work has had exactly so much, and so has what goes on at that point.
    assert (clock.work(clock.finish(done)) == done).all()
    assert (clock.work(clock.start(done)) == done).all()
    # In between lies a pause or nothing; a finish is the earliest such instant, a start the latest.
    finish, start = clock.finish(done), clock.start(done)
    assert (finish <= start).all()
    assert (clock.work(finish - 1) < done).all()
    assert (clock.work(start + 1) > done).all()


@given(calendars(), MOMENTS)
def test_work_is_counted_second_by_second(calendar, moments):
    """Against the plain reading of the calendar: shifts of the day, of the weekday, of the date."""
    clock = clock_of(calendar, EPOCH)
    for moment in moments.tolist()[:3]:
        day = moment // DAY * DAY
        date = (np.datetime64("1970-01-01") + np.timedelta64(int(EPOCH + day) // DAY, "D")).astype(object)
        hours = calendar.exception_hours.get(date, calendar.week_hours.get(date.weekday(), ()))
        since_midnight = moment - day
        expected = sum(max(0.0, min(since_midnight, end) - begin) for begin, end in hours)
        first, last = clock.work(np.array([day, moment]))
        assert last - first == expected


def test_work_never_falls_as_time_goes_on():
    clock = clock_of(sr.Calendar(holidays=["2026-01-06"], special_days={"2026-01-07": ["10:00-11:00"]}), EPOCH)
    worked = clock.work(np.arange(-3 * DAY, 10 * DAY + 1, 600.0))
    assert (np.diff(worked) >= 0).all()
    # From Friday to the Wednesday after next are nine weekdays; one is a holiday, one lacks seven hours.
    assert worked[-1] - worked[0] == (9 - 1) * 8 * HOUR - 7 * HOUR


def test_far_moments_are_searched_for():
    """Beyond the years of the tables the search gives the same."""
    calendar = sr.Calendar()
    clock, compiled = clock_of(calendar, EPOCH), compile_calendar(calendar)
    assert isinstance(clock, WorkingClock)
    far = np.array([60.0 * 365 * DAY + 10 * HOUR, 10.0 * HOUR])
    expected = compiled.work((far.astype(np.int64) + EPOCH).astype("datetime64[s]"))
    assert clock.work(far).tolist() == np.asarray(expected).astype(float).tolist()
    assert clock.work(clock.finish(clock.work(far))).tolist() == clock.work(far).tolist()


def test_elapsed_time_and_plain_time():
    always = clock_of(
        sr.Calendar(weekdays=["mon", "tue", "wed", "thu", "fri", "sat", "sun"], shifts=["00:00-24:00"]), 0
    )
    assert isinstance(always, ElapsedClock)
    moments = np.array([0.0, 5.0])
    assert (always.finish(always.work(moments) + 7) == moments + 7).all()
    assert PLAIN.work(moments) is moments


@pytest.mark.parametrize("shifts", [["22:00-24:00", "00:00-06:00"], ["00:00-00:01"], ["23:59-24:00"]])
def test_unusual_shifts(shifts):
    clock = clock_of(sr.Calendar(shifts=shifts), EPOCH)
    work = clock.work(np.array([0.0])) + np.arange(0.0, 50_000, 37)
    assert (clock.work(clock.finish(work)) == work).all()
