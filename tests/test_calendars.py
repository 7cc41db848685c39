"""Calendars: the document, the conversion of time, and public holidays."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import pickle
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schedrisk.calendars import Calendar, CalendarSource, compile_calendar
from schedrisk.errors import ArgumentError, CalendarError, MissingDependencyError, SchedriskError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 86_400
OFFICE = Calendar()
ROUND_THE_CLOCK = Calendar("24/7", weekdays=WEEKDAYS, shifts=["00:00-24:00"])


def instant(text):
    return np.datetime64(text, "s")


def text_of(minute):
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def shift_lists(draw):
    """Up to three shifts that touch or lie apart, midnight at either end included."""
    bounds = sorted(draw(st.sets(st.integers(0, 24 * 60), min_size=2, max_size=6)))
    pairs = list(zip(bounds[::2], bounds[1::2], strict=False))
    if len(bounds) > 2 and draw(st.booleans()):
        pairs = list(itertools.pairwise(bounds))  # every shift touches the next
    return [f"{text_of(start)}-{text_of(end)}" for start, end in pairs]


near_days = st.dates(dt.date(2026, 1, 1), dt.date(2026, 3, 31))


@st.composite
def calendars(draw, *, extra=True):
    off = draw(st.sets(near_days, max_size=12))
    on = draw(st.sets(near_days, max_size=6)) - off if extra else set()
    return Calendar(
        weekdays=draw(st.sets(st.sampled_from(WEEKDAYS), min_size=1)),
        shifts=draw(shift_lists()),
        holidays=off,
        extra_working_days=on,
    )


def minutes(text):
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def works_on(calendar, day):
    """Say whether work is done on a day: from the three lists, by definition."""
    if day in calendar.holidays:
        return False
    return day in calendar.extra_working_days or WEEKDAYS[day.weekday()] in calendar.weekdays


def brute_work(calendar, start, finish):
    """Working seconds between two datetimes, day by day and shift by shift."""
    total = 0
    day = start.date()
    while day <= finish.date():
        midnight = dt.datetime.combine(day, dt.time())
        for shift in calendar.shifts if works_on(calendar, day) else ():
            opens, closes = (midnight + dt.timedelta(minutes=minutes(each)) for each in shift.split("-"))
            total += max(0, int((min(closes, finish) - max(opens, start)).total_seconds()))
        day += dt.timedelta(1)
    return total


# --- the document -----------------------------------------------------------------------------------------------------


def test_default_is_monday_to_friday_eight_hours():
    assert OFFICE.weekdays == ("mon", "tue", "wed", "thu", "fri")
    assert OFFICE.shifts == ("08:00-12:00", "13:00-17:00")
    assert (OFFICE.hours_per_day, OFFICE.days_per_week, OFFICE.ticks_per_day) == (8.0, 5, 28_800)


def test_what_people_write_is_stored_in_one_form():
    calendar = Calendar(
        "site",
        weekdays=["Sunday", "TUE", " mon ", "Thurs", "monday"],
        shifts=["13:30 - 17:00", "7:00–12:00"],
        holidays=["2026-10-02", dt.date(2026, 10, 1), np.datetime64("2026-10-01"), pd.Timestamp("2026-10-03")],
        extra_working_days={dt.datetime(2026, 10, 10)},
    )
    assert calendar.weekdays == ("mon", "tue", "thu", "sun")
    assert calendar.shifts == ("07:00-12:00", "13:30-17:00")
    assert calendar.holidays == (dt.date(2026, 10, 1), dt.date(2026, 10, 2), dt.date(2026, 10, 3))
    assert calendar.extra_working_days == (dt.date(2026, 10, 10),)
    assert all(type(day) is dt.date for day in calendar.holidays + calendar.extra_working_days)
    assert calendar.hours_per_day == 8.5


@given(calendars())
def test_document_round_trip(calendar):
    adapter = TypeAdapter(Calendar)
    assert adapter.validate_json(adapter.dump_json(calendar)) == calendar
    assert adapter.validate_python(adapter.dump_python(calendar)) == calendar
    assert pickle.loads(pickle.dumps(calendar)) == calendar


def test_schema_of_the_document_names_the_weekdays():
    schema = TypeAdapter(Calendar).json_schema()
    assert schema["properties"]["weekdays"]["items"]["enum"] == list(WEEKDAYS)
    assert schema["properties"]["holidays"]["items"]["format"] == "date"
    assert schema["additionalProperties"] is False


def test_calendar_is_frozen_and_replace_returns_a_new_one():
    longer = OFFICE.replace(name="long", shifts=["08:00-18:00"])
    assert (longer.name, longer.hours_per_day, OFFICE.hours_per_day) == ("long", 10.0, 8.0)
    assert hash(OFFICE) == hash(Calendar())
    with pytest.raises(AttributeError):
        OFFICE.name = "other"
    with pytest.raises(CalendarError):
        OFFICE.replace(shifts=[])


def test_is_working_day_takes_dates_of_every_make():
    calendar = Calendar(holidays=["2026-10-01"], extra_working_days=["2026-10-10"])
    for day in ("2026-10-10", dt.date(2026, 10, 10), dt.datetime(2026, 10, 10, 12), np.datetime64("2026-10-10")):
        assert calendar.is_working_day(day)
    assert not calendar.is_working_day("2026-10-01")
    assert not calendar.is_working_day("2026-10-11")
    with pytest.raises(ArgumentError, match="day: found 'someday'"):
        calendar.is_working_day("someday")


def test_repr_is_short_and_says_what_matters():
    days = [dt.date(2026, 1, 1) + dt.timedelta(each) for each in range(40)]
    source = CalendarSource(country="CN", package="holidays 0.109", years=[2026, 2027], last_official_year=2026)
    text = repr(Calendar("works", holidays=days, source=source))
    assert text == (
        "Calendar('works', weekdays=mon tue wed thu fri, shifts=08:00-12:00 13:00-17:00, "
        "holidays=<40 days, 2026-01-01 to 2026-02-09>, source=<holidays 0.109, 2026 to 2027, announced to 2026>)"
    )


# --- bad calendars ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weekdays": []}, "at least one working weekday"),
        ({"weekdays": [], "extra_working_days": ["2026-10-10"]}, "at least one working weekday"),
        ({"weekdays": "mon"}, "put it in brackets"),
        ({"weekdays": ["mo"]}, "weekdays, number 1: found 'mo'"),
        ({"weekdays": ["mon", None]}, "weekdays, number 2: found None"),
        ({"shifts": []}, "at least one shift"),
        ({"shifts": ["08:00-08:00"]}, "no length"),
        ({"shifts": ["17:00-08:00"]}, "the end comes before the start"),
        ({"shifts": ["22:00-06:00"]}, "'22:00-24:00' and '00:00-06:00'"),
        ({"shifts": ["16:00-0:00"]}, "work through midnight is '16:00-24:00'"),
        ({"shifts": ["08:00-12:00", "11:59-13:00"]}, "08:00-12:00 and 11:59-13:00, which overlap"),
        ({"shifts": ["08:00-18:00", "09:00-10:00", "11:00-12:00"]}, "08:00-18:00 and 11:00-12:00, which overlap"),
        ({"shifts": ["08:00-12:00", "08:00-12:00"]}, "which overlap"),
        ({"shifts": ["8-12"]}, "hours:minutes"),
        ({"shifts": ["08:00-12:00\n13:00-17:00"]}, "hours:minutes"),
        ({"shifts": ["08:60-12:00"]}, "from 00:00 to 24:00"),
        ({"shifts": ["08:00-24:01"]}, "from 00:00 to 24:00"),
        ({"shifts": [8]}, "shifts, number 1: found 8"),
        ({"shifts": ["x" * 10_000_000]}, "found 'xxx"),
        ({"holidays": ["2026-02-30"]}, "holidays, number 1: found '2026-02-30', expected a day such as"),
        ({"holidays": ["2026-10-01T12:00"]}, "leave the time of day out"),
        ({"holidays": [20261001]}, "found 20261001"),
        ({"holidays": "2026-10-01"}, "put it in brackets"),
        ({"holidays": {"2026-10-01": "National Day"}}, "put it in brackets"),
        ({"holiday": ["2026-10-01"]}, "did you mean 'holidays'"),
        ({"name": ""}, "name"),
        ({"source": {"country": "CN", "package": "holidays", "years": [2026.5]}}, "source, year 1"),
    ],
)
def test_impossible_calendars(arguments, message):
    with pytest.raises(CalendarError) as caught:
        Calendar(**arguments)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_all_faults_come_at_once():
    with pytest.raises(CalendarError) as caught:
        Calendar(
            "site",
            weekdays=["mon", "someday", 3],
            shifts=["8-12", "13:00-17:00", "16:00-18:00", "22:00-06:00"],
            holidays=["2026-13-01", "2026-10-01"],
            extra_working_days=["2026-10-01"],
        )
    found = [(problem.place, problem.found) for problem in caught.value.problems]
    assert found == [
        ("calendar 'site', weekdays, number 2", "'someday'"),
        ("calendar 'site', weekdays, number 3", "3"),
        ("calendar 'site', shifts, number 1", "'8-12'"),
        ("calendar 'site', shifts, number 4", "'22:00-06:00'"),
        ("calendar 'site', shifts", "13:00-17:00 and 16:00-18:00, which overlap"),
        ("calendar 'site', holidays, number 1", "'2026-13-01'"),
        ("calendar 'site', extra_working_days, 2026-10-01", "both a holiday and an extra working day"),
    ]


def test_a_contradiction_is_reported_once_for_each_day():
    days = ["2026-10-01", "2026-10-02"]
    with pytest.raises(CalendarError) as caught:
        Calendar(holidays=days, extra_working_days=[*days, "2026-10-10"])
    assert [problem.place for problem in caught.value.problems] == [f"extra_working_days, {day}" for day in days]


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from(["name", "weekdays", "shifts", "holidays", "extra_working_days", "source"]), junk)
)
def test_garbage_gives_our_error_or_a_calendar(arguments):
    with contextlib.suppress(CalendarError):
        assert Calendar(**arguments).ticks_per_day > 0
    with contextlib.suppress(ValidationError):  # which `record` translates when a plan's document is read
        assert TypeAdapter(Calendar).validate_python(arguments).ticks_per_day > 0


# --- working time and clock time --------------------------------------------------------------------------------------


def test_friday_at_five_is_friday():
    office = compile_calendar(OFFICE)
    end_of_week = office.work(instant("2026-12-04T17:00"))
    assert office.clock(end_of_week, "finish") == instant("2026-12-04T17:00")
    assert office.clock(end_of_week, "start") == instant("2026-12-07T08:00")
    for pause in ("2026-12-04T18:00", "2026-12-05T12:00", "2026-12-06T23:59:59", "2026-12-07T08:00"):
        assert office.work(instant(pause)) == end_of_week
    noon = office.work(instant("2026-12-04T12:30"))
    assert office.clock(noon, "finish") == instant("2026-12-04T12:00")
    assert office.clock(noon, "start") == instant("2026-12-04T13:00")


def test_tenths_of_days_end_at_the_close_and_not_a_hair_after():
    office = compile_calendar(OFFICE)
    start = office.work(instant("2026-12-07T08:00"))
    ticks = sum(round(days * office.ticks_per_day) for days in (0.4, 3.7, 0.9))
    assert office.clock(start + ticks, "finish") == instant("2026-12-11T17:00")


def test_working_time_is_zero_at_the_anchor_whatever_the_calendar():
    anchor = instant("1970-01-05T00:00")
    for calendar in (OFFICE, ROUND_THE_CLOCK, OFFICE.replace(holidays=["1969-12-30"]), Calendar.for_country("CN")):
        assert compile_calendar(calendar).work(anchor) == 0
    office = compile_calendar(OFFICE)
    assert office.work(instant("1970-01-05T09:00")) == 3600
    assert office.work(instant("1970-01-02T16:00")) == -3600
    assert office.clock(-3600, "finish") == office.clock(-3600, "start") == instant("1970-01-02T16:00")


def test_round_the_clock_is_plain_time():
    compiled = compile_calendar(ROUND_THE_CLOCK)
    work = np.array([-DAY - 1, -1, 0, 1, DAY, 10 * DAY, 7 * DAY * 10**6])
    expected = instant("1970-01-05") + work.astype("timedelta64[s]")
    for side in ("start", "finish"):
        np.testing.assert_array_equal(compiled.clock(work, side), expected)
    np.testing.assert_array_equal(compiled.work(expected), work)


def test_evening_shift_ends_at_midnight_on_its_own_day():
    compiled = compile_calendar(Calendar(shifts=["16:00-24:00"]))
    work = compiled.work(instant("2026-12-04T16:00")) + 8 * 3600
    assert compiled.clock(work, "finish") == instant("2026-12-05T00:00")  # the close of Friday
    assert compiled.clock(work, "start") == instant("2026-12-07T16:00")
    assert compiled.close_of("2026-12-04") == instant("2026-12-05T00:00")


def test_night_shift_is_joined_at_midnight():
    compiled = compile_calendar(Calendar(weekdays=WEEKDAYS, shifts=["22:00-24:00", "00:00-06:00"]))
    work = compiled.work(instant("2026-12-04T22:00"))
    assert compiled.clock(work + 2 * 3600, "finish") == compiled.clock(work + 2 * 3600, "start")
    assert compiled.clock(work + 8 * 3600, "finish") == instant("2026-12-05T06:00")


def test_close_of_a_day_whether_worked_or_not():
    office = compile_calendar(OFFICE)
    assert office.close_of(dt.date(2026, 12, 31)) == instant("2026-12-31T17:00")
    assert office.close_of("2026-12-05") == instant("2026-12-05T17:00")
    assert office.close_of(np.datetime64("2026-12-05T23:00:00")) == instant("2026-12-05T17:00")
    days = np.array(["2026-12-31", "1969-12-31"], dtype="datetime64[D]")
    closes = np.array(["2026-12-31T17:00", "1969-12-31T17:00"], dtype="datetime64[s]")
    np.testing.assert_array_equal(office.close_of(days), closes)


def test_summer_time_does_not_matter():
    # 2026-03-29 has 23 hours and 2026-10-25 has 25 in most of Europe: here every day has 24.
    compiled = compile_calendar(ROUND_THE_CLOCK)
    for day in ("2026-03-29", "2026-10-25"):
        begin = np.datetime64(day, "D")
        assert compiled.work(begin + 1) - compiled.work(begin) == DAY


def test_shapes_types_and_read_only_table():
    office = compile_calendar(OFFICE)
    clock = np.full((2, 3), instant("2026-12-04T12:00"))
    work = office.work(clock)
    assert work.shape == (2, 3)
    assert work.dtype == np.int64
    assert office.clock(work, "start").dtype == np.dtype("datetime64[s]")
    assert office.clock(work.astype(float), "start").shape == (2, 3)
    np.testing.assert_array_equal(office.clock(work.astype(float), "finish"), office.clock(work, "finish"))
    assert np.ndim(office.work(clock[0, 0])) == np.ndim(office.clock(0, "start")) == 0
    assert office.work(clock[:0]).shape == (0, 3)
    assert office.work(np.datetime64("2026-12-04T09:00:00.999999999")) == office.work(instant("2026-12-04T09:00"))
    for table in (office.starts, office.lengths, office.worked):
        with pytest.raises(ValueError, match="read-only"):
            table[0] = 0


FAR = 8 * 10**15  # seconds: a quarter of a thousand million years
instants = st.integers(-FAR, FAR) | st.integers(1_760_000_000, 1_780_000_000)


@given(calendars(), st.lists(instants, min_size=1, max_size=20))
def test_clock_of_work_is_the_instant_itself_or_an_end_of_its_pause(calendar, seconds):
    compiled = compile_calendar(calendar)
    moments = np.array(seconds).astype("datetime64[s]")
    work = compiled.work(moments)
    finish, start = compiled.clock(work, "finish"), compiled.clock(work, "start")
    assert (finish <= moments).all()
    assert (moments <= start).all()
    # Inside a shift both sides are the instant itself: work is done in the second before it and in the one after.
    inside = (compiled.work(moments - 1) < work) & (compiled.work(moments + 1) > work)
    np.testing.assert_array_equal(finish[inside], moments[inside])
    np.testing.assert_array_equal(start[inside], moments[inside])
    # The ends are tight: a second further, work goes on.
    assert (compiled.work(finish - 1) == work - 1).all()
    assert (compiled.work(start + 1) == work + 1).all()


@given(calendars(), st.lists(st.integers(-(10**13), 10**13) | st.integers(0, 2 * 10**9), min_size=1, max_size=20))
def test_work_of_clock_is_the_work(calendar, work):
    compiled = compile_calendar(calendar)
    for side in ("start", "finish"):
        np.testing.assert_array_equal(compiled.work(compiled.clock(work, side)), work)
    assert (np.diff(compiled.clock(np.sort(work), "finish").astype(np.int64)) >= 0).all()


@settings(max_examples=60)
@given(
    calendars(),
    st.datetimes(dt.datetime(2025, 12, 15), dt.datetime(2026, 4, 15)),
    st.datetimes(dt.datetime(2025, 12, 15), dt.datetime(2026, 4, 15)),
)
def test_work_between_two_instants_by_brute_force(calendar, one, two):
    start, finish = (each.replace(microsecond=0) for each in sorted((one, two)))
    compiled = compile_calendar(calendar)
    assert compiled.work(instant(finish)) - compiled.work(instant(start)) == brute_work(calendar, start, finish)


@settings(max_examples=40)
@given(calendars(), st.sampled_from([1, 2, 1582, 1969, 1970, 2100, 9998]), st.integers(0, 300), st.integers(0, 40))
def test_far_years_follow_the_weekly_pattern(calendar, year, offset, length):
    start = dt.datetime(year, 1, 1, 10, 30) + dt.timedelta(offset)
    finish = start + dt.timedelta(length, 12_345)
    compiled = compile_calendar(calendar)
    assert compiled.work(instant(finish)) - compiled.work(instant(start)) == brute_work(calendar, start, finish)


@given(calendars(extra=False), near_days, st.integers(-80, 80))
def test_against_numpy_busday_offset(calendar, day, days):
    busdays = {"weekmask": [name in calendar.weekdays for name in WEEKDAYS], "holidays": list(calendar.holidays)}
    compiled = compile_calendar(calendar)
    begin = compiled.work(np.datetime64(day))
    expected = np.busday_offset(day, days, roll="forward", **busdays)
    opening = compiled.clock(begin + days * compiled.ticks_per_day, "start")
    assert opening.astype("datetime64[D]") == expected
    last = np.busday_offset(day, days - 1, roll="forward", **busdays)
    # A day may end at 24:00, which is 00:00 of the next date: look at the second before.
    closing = compiled.clock(begin + days * compiled.ticks_per_day, "finish") - 1
    assert closing.astype("datetime64[D]") == last
    assert closing + 1 == compiled.close_of(last)


@given(calendars(extra=False), st.dates(), st.dates())
def test_against_numpy_busday_count(calendar, one, two):
    first, after = sorted((one, two))
    assume(after < dt.date.max)
    busdays = {"weekmask": [name in calendar.weekdays for name in WEEKDAYS], "holidays": list(calendar.holidays)}
    compiled = compile_calendar(calendar)
    worked = compiled.work(np.datetime64(after)) - compiled.work(np.datetime64(first))
    assert worked == np.busday_count(first, after, **busdays) * compiled.ticks_per_day


@given(calendars(), near_days, st.integers(0, 60))
def test_extra_working_days_by_counting_days(calendar, day, days):
    assume(calendar.extra_working_days)
    remaining, finish = days, day
    while remaining or not works_on(calendar, finish):
        remaining -= works_on(calendar, finish)
        finish += dt.timedelta(1)
    compiled = compile_calendar(calendar)
    opening = compiled.clock(compiled.work(np.datetime64(day)) + days * compiled.ticks_per_day, "start")
    assert opening.astype("datetime64[D]") == finish
    assert calendar.is_working_day(finish)


def test_exceptions_at_the_ends_of_the_calendar_of_dates():
    calendar = Calendar(holidays=[dt.date.min], extra_working_days=["0005-01-01"])
    compiled = compile_calendar(calendar)
    assert dt.date.min.weekday() == 0
    assert compiled.work(instant("0001-01-02")) == compiled.work(instant("0001-01-01"))
    late = compile_calendar(Calendar(holidays=["9999-12-31"]))  # a Friday
    assert late.work(instant("9999-12-31")) == late.work(instant("10000-01-03"))
    assert late.work(instant("10000-01-04")) - late.work(instant("10000-01-03")) == 28_800


def test_a_million_conversions_take_well_under_a_second():
    compiled = compile_calendar(Calendar.for_country("CN"))
    random = np.random.default_rng(2026)
    moments = instant("2020-01-01") + random.integers(0, 15 * 365 * DAY, 1_000_000)
    began = time.perf_counter()
    work = compiled.work(moments)
    again = compiled.clock(work, "finish")
    assert time.perf_counter() - began < 1.0
    np.testing.assert_array_equal(compiled.work(again), work)


# --- countries --------------------------------------------------------------------------------------------------------


def test_china_works_on_substituted_weekends():
    china = Calendar.for_country("CN")
    assert china.name == "CN"
    assert china.is_working_day("2026-10-10")  # a Saturday, worked for 7 October
    assert china.is_working_day("2026-02-14")
    assert china.is_working_day("2026-02-28")
    assert not china.is_working_day("2026-10-01")
    assert not china.is_working_day("2026-10-07")
    assert not china.is_working_day("2026-10-11")
    # The notice of the State Council for 2026: six substituted days.
    worked = [str(day) for day in china.extra_working_days if day.year == 2026]
    assert worked == ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]


def test_china_2026_spring_festival_in_working_time():
    compiled = compile_calendar(Calendar.for_country("CN"))
    close = compiled.work(instant("2026-02-14T17:00"))  # the working Saturday before nine days off
    assert compiled.clock(close, "finish") == instant("2026-02-14T17:00")
    assert compiled.clock(close, "start") == instant("2026-02-24T08:00")


def test_china_records_its_source():
    import holidays

    source = Calendar.for_country("cn").source
    assert source.country == "CN"
    assert source.subdivision is None
    assert source.package == f"holidays {holidays.__version__}"
    assert source.last_official_year >= 2026
    assert source.years == tuple(range(source.last_official_year - 1, source.last_official_year + 4))
    assert Calendar.for_country("CHN") == Calendar.for_country("CN")


def test_only_days_that_change_something_are_kept():
    china = Calendar.for_country("CN", years=range(2024, 2031))
    assert all(WEEKDAYS[day.weekday()] in china.weekdays for day in china.holidays)
    assert all(WEEKDAYS[day.weekday()] not in china.weekdays for day in china.extra_working_days)
    six = Calendar.for_country("CN", years=2026, weekdays=[*WEEKDAYS[:6]])
    assert dt.date(2026, 10, 3) in six.holidays  # a Saturday: a day off only where Saturdays are worked
    assert dt.date(2026, 10, 10) not in six.extra_working_days
    assert six.is_working_day("2026-10-10")
    assert dt.date(2026, 9, 20) in six.extra_working_days


def test_years_asked_for_are_the_years_resolved():
    calendar = Calendar.for_country("CN", years=[2025, 2026])
    assert calendar.source.years == (2025, 2026)
    assert {day.year for day in calendar.holidays + calendar.extra_working_days} == {2025, 2026}
    assert calendar.source.last_official_year == Calendar.for_country("CN").source.last_official_year
    assert Calendar.for_country("DE", years=2026) == Calendar.for_country("DE", years=np.array([2026]))


def test_countries_by_rule():
    germany = Calendar.for_country("DE")
    assert germany.source.last_official_year is None
    assert germany.source.years == tuple(range(2024, 2036))
    assert not germany.extra_working_days
    assert germany.is_working_day("2027-01-06")
    bavaria = Calendar.for_country("DE", subdivision="bayern", name="Werk Süd", shifts=["06:00-14:00"])
    assert not bavaria.is_working_day("2027-01-06")  # Epiphany
    assert (bavaria.name, bavaria.source.subdivision, bavaria.shifts) == ("Werk Süd", "BY", ("06:00-14:00",))
    assert Calendar.for_country("DE", subdivision="BY").name == "DE-BY"
    assert Calendar.for_country("UK").source.country == "GB"


def test_a_custom_given_up_before_2024_does_not_count():
    bulgaria = Calendar.for_country("BG")  # last exchanged days in 2016
    assert bulgaria.source.last_official_year is None
    assert bulgaria.source.years[0] == 2024
    assert Calendar.for_country("BG", years=2016).is_working_day("2016-09-10")  # a Saturday


def test_the_working_week_is_the_country_s_own():
    assert Calendar.for_country("SA", years=2026).weekdays == ("mon", "tue", "wed", "thu", "sun")
    assert Calendar.for_country("SA", years=2026, weekdays=WEEKDAYS[:5]).weekdays == WEEKDAYS[:5]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("China",), "country: found 'China', expected an ISO 3166 country code such as 'CN'; did you mean 'CN'?"),
        (("united kingdom",), "did you mean 'GB'?"),
        (("XX",), "country: found 'XX'"),
        (("",), "country: found ''"),
        ((86,), "country: found 86"),
        (("DE", "Bayrn"), "subdivision: found 'Bayrn', expected a subdivision of DE; did you mean 'Bayern'?"),
        (("DE", 9), "subdivision: found 9"),
        (("CN", "Beijing"), "leave it out"),
        (("CN", None, []), "years: found []"),
        (("CN", None, range(2030, 2020)), "years: found range(2030, 2020)"),
        (("CN", None, [2027, 2026]), "in ascending order"),
        (("CN", None, [2026, 2026]), "in ascending order"),
        (("CN", None, [2026.0]), "whole years"),
        (("CN", None, ["2026"]), "whole years"),
        (("CN", None, "2026"), "whole years"),
        (("CN", None, [True]), "whole years"),
        (("CN", None, True), "whole years"),
        (("CN", None, [1900, 2026, 9999]), "years: found 1900, 9999, expected years from 1950"),
        (("CN", None, range(10**12)), "years"),
    ],
)
def test_unknown_countries_and_bad_years(arguments, message):
    country, subdivision, years = (*arguments, None, None)[:3]
    with pytest.raises(CalendarError) as caught:
        Calendar.for_country(country, subdivision=subdivision, years=years)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 400


def test_country_and_years_are_reported_together():
    with pytest.raises(CalendarError) as caught:
        Calendar.for_country("Chna", years=[])
    assert [problem.place for problem in caught.value.problems] == ["country", "years"]


def test_holidays_package_is_imported_only_when_asked_for(monkeypatch):
    script = "import sys, schedrisk.calendars; print('holidays' in sys.modules, 'pandas' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(MissingDependencyError, match="pip install holidays") as caught:
        Calendar.for_country("CN")
    assert isinstance(caught.value, SchedriskError)
