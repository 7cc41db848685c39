"""Microsoft Project XML: reader, calendars, recurring exceptions, writer."""

import datetime as dt
import itertools
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedrisk.calendars import WEEKDAYS, Calendar, compile_calendar
from schedrisk.calendars.combine import intersect
from schedrisk.errors import ArgumentError, CalendarError, PlanError
from schedrisk.estimates import Fixed, Pert
from schedrisk.io.decoding import FormatError
from schedrisk.io.document import parse_toml, plan_of, to_toml
from schedrisk.io.mspdi import parse_mspdi, parse_mspdi_calendars
from schedrisk.io.mspdi_recurrence import Recurrence, recurring_days
from schedrisk.io.mspdi_write import to_mspdi
from schedrisk.model import Assignment, Constraint, Link, Plan, Promise, Risk, SchedulingOptions, Task
from schedrisk.simulation import schedule

ROOT = Path(__file__).parent.parent
EXCHANGE = (ROOT / "tests/data/exchange.mspdi.xml").read_bytes()
SHARED = ROOT.parent / "shared/data/schedules"
PERT_FIELDS = ["Duration1", "Duration2", "Duration3"]

OFFICE = "<WorkingTimes>" + "".join(
    f"<WorkingTime><FromTime>{a}:00</FromTime><ToTime>{b}:00</ToTime></WorkingTime>"
    for a, b in (("08:00", "12:00"), ("13:00", "17:00"))
) + "</WorkingTimes>"  # fmt: skip


def real(name):
    if not (SHARED / name).exists():
        pytest.skip("the third-party schedules are not here")
    return (SHARED / name).read_bytes()


def task(uid, hours=8, inside="", **values):
    values = {"Duration": f"PT{hours}H0M0S", **values}
    parts = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    return f"<Task><UID>{uid}</UID>{parts}{inside}</Task>"


def link(predecessor, **values):
    parts = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    return f"<PredecessorLink><PredecessorUID>{predecessor}</PredecessorUID>{parts}</PredecessorLink>"


def field(number, value):
    return f"<ExtendedAttribute><FieldID>{number}</FieldID><Value>{value}</Value></ExtendedAttribute>"


def calendar(uid, inside="", base=-1, name=None):
    return (
        f"<Calendar><UID>{uid}</UID><Name>{name or f'C{uid}'}</Name><IsBaseCalendar>{int(base < 0)}</IsBaseCalendar>"
        f"<BaseCalendarUID>{base}</BaseCalendarUID>{inside}</Calendar>"
    )


def exception(first, last, inside="<DayWorking>0</DayWorking>", kind="Exception", **values):
    parts = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    return (
        f"<{kind}><TimePeriod><FromDate>{first}T00:00:00</FromDate><ToDate>{last}T23:59:00</ToDate></TimePeriod>"
        f"{parts}{inside}</{kind}>"
    )


def project(*tasks, calendars="", extra="", resources="", work="", fields="", **header):
    header = {"StartDate": "2026-06-01T08:00:00", **header}
    head = "".join(f"<{name}>{value}</{name}>" for name, value in header.items() if value is not None)
    return (
        f'<Project xmlns="http://schemas.microsoft.com/project">{head}{extra}'
        f"<ExtendedAttributes>{fields}</ExtendedAttributes><Calendars>{calendars}</Calendars>"
        f"<Tasks>{''.join(tasks)}</Tasks><Resources>{resources}</Resources><Assignments>{work}</Assignments></Project>"
    ).encode()


def read(*tasks, estimates=None, **parts):
    return parse_mspdi(project(*tasks, **parts), "own.xml", estimates=estimates)


def one_calendar(inside, **header):
    return parse_mspdi_calendars(project(calendars=calendar(1, inside), **header), "own.xml")[0]


def faults(*tasks, **parts):
    with pytest.raises(FormatError) as caught:
        read(*tasks, **parts)
    return str(caught.value)


def same(plan):
    return plan.replace(provenance=None)


# ---- the small project of our own ------------------------------------------------------------------------------------


def test_dates_of_the_exchange_project_by_hand():
    plan = parse_mspdi(EXCHANGE, "exchange.xml")
    table = schedule(plan).to_frame()
    assert {row: (str(one.start), str(one.finish)) for row, one in table.iterrows() if row != "25"} == {
        "10": ("2026-06-01 08:00:00", "2026-06-19 01:00:00"),
        "11": ("2026-06-01 08:00:00", "2026-06-02 17:00:00"),
        # 32 h from Friday the 5th; Monday the 8th is off
        "12": ("2026-06-03 08:00:00", "2026-06-11 17:00:00"),
        # 8 h of lag on the nights of the successor end with Friday; then 6 h on Monday and on Tuesday
        "13": ("2026-06-15 00:00:00", "2026-06-17 00:00:00"),
        # an elapsed hour, and 48 elapsed hours
        "14": ("2026-06-17 01:00:00", "2026-06-19 01:00:00"),
        "20": ("2026-06-19 08:00:00", "2026-06-27 18:00:00"),
        # the summary's link holds it back further than its own constraint
        "21": ("2026-06-19 08:00:00", "2026-06-23 17:00:00"),
        # a quarter of 24 h after it; Ann works 16 h on Monday and Tuesday, Ben 8 h from Friday on
        "22": ("2026-06-19 15:00:00", "2026-06-23 17:00:00"),
        "23": ("2026-06-23 17:00:00", "2026-06-23 17:00:00"),
        "24": ("2026-06-27 10:00:00", "2026-06-27 18:00:00"),
    }


def test_parts_of_the_exchange_project():
    plan = parse_mspdi(EXCHANGE, "exchange.xml", estimates=["optimistic", "duration2", "Pessimistic"])
    assert plan.name == "Exchange upgrade"
    assert plan.status_date == dt.datetime(2026, 6, 4, 17)
    assert plan.provenance.format == "MSPDI 14"
    assert any("elapsed" in note for note in plan.provenance.notes)
    assert plan.scheduling == SchedulingOptions(
        lag_calendar="successor",
        progress="actual-dates",
        remaining_work="as-scheduled",
        honor_constraints=True,
        as_late_as_possible="late-dates",
        total_float="smallest",
        free_float="total-float",
    )
    assert [each.kind for each in plan.tasks if each.kind != "task"] == ["summary", "summary", "finish-milestone"]
    assert plan.task("11").name == "Survey & design"
    assert plan.task("11").owner == "us"
    assert plan.task("13").codes == {"Crew": "crew A"}
    assert plan.task("12").estimate == Pert(24, 32, 64)  # 30, 40 and 80 h, of which four fifths remain
    assert plan.task("12").estimate_from == "fields optimistic, duration2, Pessimistic"
    assert plan.task("13").estimate_from == "schedule"
    assert not plan.task("25").active
    # Ben's calendar says nothing of its own; material does not work.
    assert plan.task("22").assignments == (
        Assignment("Fitters", 1, resource="Ann"),
        Assignment("Office", 0.5, resource="Ben"),
    )
    assert plan.task("21").assignments == ()
    assert [each.name for each in plan.calendars] == ["Nights", "Fitters"]


@pytest.mark.parametrize("fields", [None, PERT_FIELDS])
def test_round_trips_of_the_exchange_project(fields):
    plan = parse_mspdi(EXCHANGE, "exchange.xml", estimates=fields)
    assert same(parse_mspdi(to_mspdi(plan), "exchange.xml", estimates=fields)) == same(plan)
    assert plan_of(parse_toml(to_toml(plan)), None) == plan


# ---- links, constraints, progress ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "kind"), list(enumerate(["FF", "FS", "SF", "SS"])))
def test_link_kinds(code, kind):
    assert read(task(1), task(2, inside=link(1, Type=code))).links == (Link("1", "2", kind),)


@pytest.mark.parametrize(
    ("lag", "unit", "expected"),
    [
        *((-4800, unit, {"lag": -8}) for unit in (3, 5, 7, 9, 11, 21, 35, 37, 39, 41, 43, 53)),
        *((4800, unit, {"lag": 8, "lag_calendar": "24h"}) for unit in (4, 6, 8, 10, 12, 36, 38, 40, 42, 44)),
        (50, 19, {"lag_percent": 50}),
        (50, 51, {"lag_percent": 50}),
        (50, 20, {"lag_percent": 50, "lag_calendar": "24h"}),
        (0, 8, {}),
    ],
)
def test_lag_formats(lag, unit, expected):
    plan = read(task(1), task(2, inside=link(1, Type=1, LinkLag=lag, LagFormat=unit)))
    assert plan.links == (Link("1", "2", **expected),)


def test_links_of_other_projects_are_left_out_with_a_note():
    plan = read(task(1), task(2, inside=link(-5, CrossProject=1) + link(1)))
    assert plan.links == (Link("1", "2"),)
    assert plan.provenance.notes[-1] == "Links to tasks of other projects, left out: 1"


@pytest.mark.parametrize(("code", "kind"), [(2, "MSO"), (3, "MFO"), (4, "SNET"), (5, "SNLT"), (6, "FNET"), (7, "FNLT")])
def test_constraints(code, kind):
    plan = read(task(1, ConstraintType=code, ConstraintDate="2026-06-05T08:00:00", Deadline="2026-06-09T17:00:00"))
    assert plan.task("1").constraints == (
        Constraint(kind, "2026-06-05T08:00:00"),
        Constraint("deadline", "2026-06-09T17:00:00"),
    )


def test_as_late_as_possible_and_no_constraint():
    plan = read(task(1, ConstraintType=1), task(2, ConstraintType=0, ConstraintDate="2026-06-05T08:00:00"))
    assert plan.task("1").constraints == (Constraint("ALAP"),)
    assert plan.task("2").constraints == ()


def test_constraints_of_a_summary_bind_what_is_below():
    imposed = {"ConstraintType": 4, "ConstraintDate": "2026-06-10T08:00:00"}
    plan = read(
        task(1, OutlineNumber="1", Summary=1, **imposed),
        task(2, OutlineNumber="1.1"),
        task(3, OutlineNumber="2"),
    )
    assert plan.task("2").constraints == plan.task("1").constraints == (Constraint("SNET", "2026-06-10T08:00:00"),)
    assert plan.task("3").constraints == ()
    assert str(schedule(plan).to_frame().start["2"]) == "2026-06-10 08:00:00"
    assert same(parse_mspdi(to_mspdi(plan), "own.xml")) == same(plan).replace(name=plan.name)


def test_work_in_progress_goes_on_where_it_was_counted_to():
    plan = read(task(1, 40, ActualStart="2026-06-01T08:00:00", PercentComplete=20, RemainingDuration="PT32H0M0S"))
    one = plan.task("1")
    assert (one.estimate, one.resumed) == (Fixed(32), dt.datetime(2026, 6, 2, 8))
    assert str(schedule(plan).to_frame().finish["1"]) == "2026-06-05 17:00:00"


def test_progress_without_dates_takes_the_scheduled_ones():
    dates = {"Start": "2026-06-01T08:00:00", "Finish": "2026-06-01T17:00:00"}
    plan = read(task(1, PercentComplete=100, **dates), task(2, PercentComplete=50, **dates))
    assert plan.task("1").finished
    assert plan.task("2").started
    assert plan.task("2").estimate == Fixed(4)


def test_manual_and_external_tasks_keep_their_dates():
    dates = {"Start": "2026-06-06T10:00:00", "Finish": "2026-06-07T10:00:00"}
    plan = read(
        task(1, Manual=1, **dates),
        task(2, ExternalTask=1, **dates),
        task(3, inside=link(2)),
        task(4, Manual=1),
    )
    stands = (dt.datetime(2026, 6, 6, 10), dt.datetime(2026, 6, 7, 10))
    assert plan.task("1").manual == plan.task("2").manual == stands
    assert plan.task("4").manual is None
    assert str(schedule(plan).to_frame().start["3"]) == "2026-06-08 08:00:00"


def test_outline_is_counted_from_levels_where_numbers_are_missing():
    levels = [1, 2, 3, 3, 2, 1]
    plan = read(*(task(uid, OutlineLevel=level) for uid, level in enumerate(levels, 1)))
    assert [each.wbs for each in plan.tasks] == ["1", "1.1", "1.1.1", "1.1.2", "1.2", "2"]


def test_blank_rows_and_the_project_summary_are_no_tasks():
    plan = read("<Task><UID>0</UID><Summary>1</Summary></Task>", "<Task><UID>7</UID><IsNull>1</IsNull></Task>", task(1))
    assert [each.id for each in plan.tasks] == ["1"]


# ---- calendars -------------------------------------------------------------------------------------------------------


def test_shifts_until_midnight_and_the_whole_day():
    def day(kind, *times):
        shifts = "".join(f"<WorkingTime><FromTime>{a}</FromTime><ToTime>{b}</ToTime></WorkingTime>" for a, b in times)
        return f"<WeekDay><DayType>{kind}</DayType><DayWorking>1</DayWorking><WorkingTimes>{shifts}</WorkingTimes></WeekDay>"

    made = one_calendar(
        "<WeekDays>"
        + day(1, ("00:00:00", "00:00:00"))
        + day(2, ("16:00:00", "00:00:00"), ("00:00:00", "04:00:00"))
        + "</WeekDays>"
    )
    assert made.week_hours[6] == ((0, 86_400),)
    assert made.week_hours[0] == ((0, 14_400), (57_600, 86_400))


def test_derived_calendars_take_days_and_exceptions_of_their_base():
    base = "<WeekDays><WeekDay><DayType>7</DayType><DayWorking>1</DayWorking>" + OFFICE + "</WeekDay></WeekDays>"
    base += "<Exceptions>" + exception("2026-06-08", "2026-06-09") + "</Exceptions>"
    own = "<WeekDays><WeekDay><DayType>2</DayType><DayWorking>0</DayWorking></WeekDay></WeekDays>"
    own += (
        "<Exceptions>" + exception("2026-06-09", "2026-06-09", f"<DayWorking>1</DayWorking>{OFFICE}") + "</Exceptions>"
    )
    _, derived = parse_mspdi_calendars(project(calendars=calendar(1, base) + calendar(2, own, base=1)), "own.xml")
    assert derived.weekdays == ("tue", "wed", "thu", "fri", "sat")
    assert not derived.is_working_day("2026-06-08")
    assert derived.is_working_day("2026-06-09")


def test_old_exceptions_are_days_of_the_week_without_a_weekday():
    days = "<DayType>0</DayType>"
    old = exception("2026-06-08", "2026-06-09", days + "<DayWorking>0</DayWorking>", kind="WeekDay")
    assert one_calendar(f"<WeekDays>{old}</WeekDays>").holidays == (dt.date(2026, 6, 8), dt.date(2026, 6, 9))
    # Later files repeat them; what Exceptions says stands.
    both = one_calendar(f"<WeekDays>{old}</WeekDays><Exceptions>{exception('2026-06-10', '2026-06-10')}</Exceptions>")
    assert both.holidays == (dt.date(2026, 6, 10),)


def test_named_dates_win_over_recurring_ones_and_later_over_earlier():
    worked = f"<DayWorking>1</DayWorking>{OFFICE}"
    made = one_calendar(
        "<Exceptions>"
        + exception("2026-06-13", "2026-06-13", worked)
        + exception("2026-06-06", "2026-06-06", worked)
        + exception("2026-06-06", "2026-06-06")
        + exception("2026-06-01", "2026-06-30", Type=6, Period=1, DaysOfWeek=64)
        + "</Exceptions>"
    )
    assert [day.day for day in made.exception_hours] == [13]


def test_working_weeks_of_a_period_have_shifts_of_their_own():
    week = (
        "<WeekDays><WeekDay><DayType>2</DayType><DayWorking>0</DayWorking></WeekDay><WeekDay><DayType>7</DayType>"
        f"<DayWorking>1</DayWorking>{OFFICE}</WeekDay></WeekDays>"
    )
    made = one_calendar("<WorkWeeks>" + exception("2026-06-01", "2026-06-14", week, kind="WorkWeek") + "</WorkWeeks>")
    assert made.holidays == (dt.date(2026, 6, 1), dt.date(2026, 6, 8))
    assert set(made.special_days) == {dt.date(2026, 6, 6), dt.date(2026, 6, 13)}


def test_working_weeks_without_an_end_reach_forty_years():
    week = "<WeekDays><WeekDay><DayType>2</DayType><DayWorking>0</DayWorking></WeekDay></WeekDays>"
    inside = "<WorkWeeks>" + exception("2026-06-01", "2149-12-31", week, kind="WorkWeek") + "</WorkWeeks>"
    plan = read(task(1), calendars=calendar(1, inside), CalendarUID=1)
    assert max(plan.calendar.holidays).year == 2066
    assert "until 2066-12-31" in plan.provenance.notes[0]


def of(type_, first, last, **fields):
    made = Recurrence(type_, dt.date.fromisoformat(first), dt.date.fromisoformat(last), **fields)
    return [f"{day:%m-%d}" for day in recurring_days(made)]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (of(1, "2026-06-01", "2026-06-03"), ["06-01", "06-02", "06-03"]),
        (of(7, "2026-06-01", "2026-06-09", period=3), ["06-01", "06-04", "06-07"]),
        (of(8, "2026-06-05", "2026-06-09"), ["06-05", "06-08", "06-09"]),
        (of(9, "2026-06-06", "2026-06-07"), ["06-06", "06-07"]),
        (of(2, "2024-01-01", "2028-12-31", month=1, month_day=29), ["02-29", "02-29"]),
        (of(2, "2026-07-01", "2027-12-31", month=5, month_day=1), ["06-01"]),
        (of(3, "2026-01-01", "2027-12-31", month=10, month_item=7, month_position=3), ["11-26", "11-25"]),
        (of(4, "2026-01-15", "2026-06-30", month_day=31), ["01-31", "03-31", "05-31"]),
        (of(4, "2026-01-15", "2026-06-30", month_day=10, period=2), ["03-10", "05-10"]),
        (of(5, "2026-06-01", "2026-07-31", month_item=8, month_position=4), ["06-26", "07-31"]),
        (of(5, "2026-08-01", "2026-08-31", month_item=1, month_position=0), ["08-03"]),
        (of(5, "2026-08-01", "2026-08-31", month_item=2, month_position=2), ["08-08"]),
        (of(5, "2026-02-01", "2026-02-28", month_item=0, month_position=4), ["02-28"]),
        (of(6, "2026-06-03", "2026-06-30", period=2, days_of_week=2 + 32), ["06-05", "06-15", "06-19", "06-29"]),
        (of(6, "2026-06-01", "2026-12-31", days_of_week=1, occurrences=2), ["06-07", "06-14"]),
    ],
)  # fmt: skip
def test_recurrence(found, expected):
    assert found == expected


def test_recurring_exceptions_are_those_that_project_listed():
    data = real("mspdi-recurring-exceptions-msp2016.xml")
    (made,) = parse_mspdi_calendars(data, "recurring.xml")
    # The same file lists every single date for older versions: 92 of them change a day.
    older = data.replace(b"Exceptions>", b"Ignored>")
    (listed,) = parse_mspdi_calendars(older, "recurring.xml")
    assert made.exception_hours == listed.exception_hours
    assert len(made.exception_hours) == 92
    assert not made.is_working_day("2002-05-06")  # the first Monday of every other month
    assert made.is_working_day("2002-04-01")
    assert made.special_days[dt.date(2010, 3, 6)] == ("09:00-13:00", "14:00-17:00")  # the first Saturdays are worked


def test_base_and_derived_calendars_of_project_2019():
    made = parse_mspdi_calendars(real("mspdi-calendars-msp2019.xml"), "calendars.xml")
    assert [each.name for each in made] == ["Standard", "Calendar1", "Calendar2", "Resource One", "Resource Two"]
    assert all(each.has_time_of(Calendar()) for each in made)


def people(*calendars):
    resources = "".join(
        f"<Resource><UID>{uid}</UID><Name>R{uid}</Name><Type>1</Type><CalendarUID>{each}</CalendarUID></Resource>"
        for uid, each in enumerate(calendars, 1)
    )
    work = "".join(
        f"<Assignment><UID>{uid}</UID><TaskUID>1</TaskUID><ResourceUID>{uid}</ResourceUID></Assignment>"
        for uid in range(1, len(calendars) + 1)
    )
    return {"resources": resources, "work": work}


MORNINGS = (
    "<WeekDays><WeekDay><DayType>2</DayType><DayWorking>1</DayWorking><WorkingTimes><WorkingTime>"
    "<FromTime>06:00:00</FromTime><ToTime>10:00:00</ToTime></WorkingTime></WorkingTimes></WeekDay></WeekDays>"
)
NO_WEEK = "".join(f"<WeekDay><DayType>{day}</DayType><DayWorking>0</DayWorking></WeekDay>" for day in range(1, 8))


def test_work_is_done_in_the_common_time_of_task_and_resource():
    plan = read(task(1, CalendarUID=2), calendars=calendar(1) + calendar(2, MORNINGS), CalendarUID=1, **people(1))
    (assigned,) = plan.task("1").assignments
    assert assigned == Assignment("C2 ∩ C1", 1, resource="R1")
    assert plan.task("1").calendar == "C2"
    assert plan.calendars_by_name["C2 ∩ C1"].week_hours[0] == ((28_800, 36_000),)
    alone = read(
        task(1, CalendarUID=2, IgnoreResourceCalendar=1),
        calendars=calendar(1) + calendar(2, MORNINGS),
        CalendarUID=1,
        **people(1),
    )
    assert alone.task("1").assignments == ()


def test_resources_in_the_time_of_the_project_are_left_out():
    plan = read(task(1), calendars=calendar(1) + calendar(2, base=1), CalendarUID=1, **people(2, 99))
    assert plan.task("1").assignments == ()
    assert plan.calendars == ()


def test_no_common_time_is_noted():
    nobody = MORNINGS.replace("06:00", "18:00").replace("10:00", "20:00")
    nobody = nobody.replace("<WeekDays>", "<WeekDays>" + NO_WEEK)
    plan = read(task(1, CalendarUID=2), calendars=calendar(1) + calendar(2, nobody), CalendarUID=1, **people(1))
    assert plan.task("1").assignments == ()
    assert "no working time in common" in plan.provenance.notes[0]


def test_names_of_calendars_are_made_unique():
    plan = read(
        task(1, CalendarUID=2), task(2, CalendarUID=3),
        calendars=calendar(1, name="A") + calendar(2, MORNINGS, name="24h") + calendar(3, MORNINGS, name="A"), CalendarUID=1,
    )  # fmt: skip
    assert [each.name for each in (plan.calendar, *plan.calendars)] == ["A", "24h (2)", "A (2)"]


# ---- estimates -------------------------------------------------------------------------------------------------------


def three(low, mode, high):
    return "".join(field(188743783 + place, value) for place, value in enumerate((low, mode, high)))


def test_estimates_in_minutes_and_planned_durations():
    plan = read(task(1, inside=three("PT4H0M0S", 480, "960.0")), task(2), estimates=PERT_FIELDS)
    assert plan.task("1").estimate == Pert(4, 8, 16)
    assert plan.task("1").planned is None
    assert plan.task("2").estimate == Fixed(8)
    other = read(task(1, 10, inside=three("PT4H0M0S", 480, 960)), estimates=PERT_FIELDS).task("1")
    assert other.planned == other.planned_duration == 10


def test_no_fields_are_looked_for_unless_named():
    assert read(task(1, inside=three(1, 2, 3))).task("1").estimate == Fixed(8)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((480, 240, 960), "low ≤ mode ≤ high"),
        (("PT8H0M0S", "", "PT9H0M0S"), "Duration2: found nothing"),
        (("soon", 1, 2), "'soon'"),
        (("-PT8H0M0S", 1, 2), "'-PT8H0M0S'"),
        (("nan", 1, 2), "'nan'"),
    ],
)
def test_wrong_estimates(values, words):
    assert words in faults(task(1, inside=three(*values)), estimates=PERT_FIELDS)


def test_unknown_fields_of_estimates():
    text = faults(task(1), estimates=["Duration1", "Duratoin2", "Duration3"])
    assert "did you mean 'Duration2'" in text
    with pytest.raises(ArgumentError, match="three names"):
        read(task(1), estimates=["Duration1"])


def test_an_alias_is_a_better_name_than_that_of_a_field():
    fields = "<ExtendedAttribute><FieldID>188743955</FieldID><FieldName>Duration4</FieldName><Alias>Duration1</Alias></ExtendedAttribute>"
    plan = read(
        task(1, inside=three(9, 9, 600) + field(188743955, 120)),
        fields=fields,
        estimates=["duration1", "Duration3", "Duration3"],
    )
    assert plan.task("1").estimate.low == 2


# ---- bad input -------------------------------------------------------------------------------------------------------


def test_cut_at_every_hundred_bytes():
    cut = 0
    for size in range(0, len(EXCHANGE) - 20, 100):
        with pytest.raises(FormatError) as caught:
            parse_mspdi(EXCHANGE[:size], "cut.xml")
        cut += caught.value.row is not None
    assert cut > len(EXCHANGE) / 100 - 3  # all but the empty file say where


def test_entities_and_document_types_are_refused():
    bomb = b'<!DOCTYPE Project [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><Project>&b;</Project>'
    outside = b'<!DOCTYPE Project SYSTEM "file:///etc/passwd"><Project/>'
    for data in (bomb, outside):
        with pytest.raises(FormatError, match="document type"):
            parse_mspdi(data, "bomb.xml")
    with pytest.raises(FormatError, match="undefined entity"):
        parse_mspdi(b"<Project><Title>&b;</Title></Project>", "entity.xml")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty file"),
        (b"\x00\x01\x02", "broken XML"),
        (b"PK\x03\x04", "broken XML"),
        (b"<Project>" * 100_000, "nested"),
        (b"<Project><Tasks>" + b"<Task>" * 70, "nested"),
        (b"<APIBusinessObjects/>", "Primavera P6 XML: read it with the extra mpp"),
        (b"<html/>", "web page"),
        (b'<?xml version="1.0" encoding="klingon"?><Project/>', "klingon"),
        (b'<?xml version="1.0" encoding="utf-7"?><Project/>', "encoding"),
        (b"<Project><Title>\xff\xfe</Title></Project>", "broken XML"),
        (b"<Project><Title>" + b"a" * 1_100_000, "longer than"),
        (b"<Project/>", "no StartDate"),
        (b"<Project><Tasks><Task>" + b"<UID/>" * 200_001, "more than 200,000 elements"),
    ],
)
def test_no_project(data, words):
    with pytest.raises(FormatError, match=words):
        parse_mspdi(data, "bad.xml")


def test_other_encodings_are_read():
    text = project(task(1, Name="Übergabe"), Title="Größe").decode()
    for encoding in ("utf-16", "iso-8859-1", "windows-1252"):
        data = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)
        assert parse_mspdi(data, "a.xml").name == "Größe"


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([task(1), task(2, inside=link(1, Type=4))], "Task 2, PredecessorLink, Type (line 1): found '4'"),
        ([task(1), task(2, inside=link(1, LagFormat=99))], "LagFormat"),
        ([task(1), task(2, inside=link(1, LinkLag="x"))], "LinkLag"),
        ([task(1), task(2, inside=link(1, LinkLag=1e13))], "a billion hours"),
        ([task(1, inside=link(9))], "the unknown task '9'"),
        ([task(1), task(1)], "1 again"),
        ([task(1, Duration="-PT8H0M0S")], "Duration (line 1): found '-PT8H0M0S', expected a duration from 0"),
        ([task(1, Duration="8 hrs")], "'8 hrs'"),
        ([task(1, RemainingDuration="PT-8H0M0S")], "RemainingDuration"),
        ([task(1, Start="9999-01-01T00:00:00", Manual=1, Finish="2026-06-01T08:00:00")], "between 1900 and 2149"),
        ([task(1, ConstraintType=4)], "SNET without a ConstraintDate"),
        ([task(1, ConstraintType=9)], "ConstraintType"),
        ([task(1, ConstraintType=4, ConstraintDate="soon")], "'soon'"),
        ([task(1, CalendarUID=7)], "Task 1, CalendarUID: found 7"),
        ([task(1, Summary="maybe")], "0 or 1"),
        ([task("x")], "UID"),
        (["<Task><Name>nameless</Name></Task>"], "UID"),
        (["<Task><UID>1</UID></Task>"], "Duration (line 1): found nothing"),
        ([task(1, PercentComplete=50)], "say when it started"),
        ([task(1, inside=link(2)), task(2, inside=link(1))], "loop"),
        (
            [task(1, Summary=1, OutlineNumber="1", inside=link(2)), task(2, OutlineNumber="1.1")],
            "loop",
        ),
        (
            [task(1, Summary=1, OutlineNumber="1"), task(2, OutlineNumber="1.1", inside=link(1))],
            "loop",
        ),
    ],
)  # fmt: skip
def test_wrong_tasks(parts, words):
    assert words in faults(*parts)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"StartDate": "2150-01-01T08:00:00"}, "between 1900 and 2149"),
        ({"StartDate": None}, "no StartDate"),
        ({"ScheduleFromStart": 0}, "scheduled from its finish"),
        ({"CalendarUID": 5}, "CalendarUID"),
        ({"StatusDate": "2026-06-01T08:00:00+02:00"}, "without a time zone"),
    ],
)
def test_wrong_headers(header, words):
    assert words in faults(task(1), **header)


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        (f"<WeekDays>{NO_WEEK}</WeekDays>", "no weekday with working time"),
        (MORNINGS.replace("10:00", "05:00"), "an end after the start"),
        (MORNINGS.replace("10:00:00", "ten"), "'ten'"),
        (MORNINGS.replace("<DayType>2", "<DayType>8"), "DayType"),
        ("<Exceptions><Exception><DayWorking>0</DayWorking></Exception></Exceptions>", "no dates"),
        ("<Exceptions>" + exception("2026-06-02", "2026-06-01") + "</Exceptions>", "before its beginning"),
        ("<Exceptions>" + exception("2026-06-01", "2026-06-02", Type=10) + "</Exceptions>", "Type"),
        ("<Exceptions>" + exception("1990-01-01", "2149-12-31") * 20 + "</Exceptions>", "1,000,000 days"),
    ],
)
def test_wrong_calendars(inside, words):
    assert words in faults(task(1), calendars=calendar(1, inside), CalendarUID=1)


def test_loops_of_base_calendars():
    loop = calendar(1, base=2) + calendar(2, base=1)
    assert "in a loop" in faults(task(1), calendars=loop, CalendarUID=1)
    assert "base calendar 7" in faults(task(1), calendars=calendar(1, base=7), CalendarUID=1)


def test_all_faults_come_at_once():
    text = faults(task(1, Duration="long"), task(2, inside=link(3)), StartDate="never")
    assert all(word in text for word in ("'long'", "'3'", "'never'"))


# ---- writing ---------------------------------------------------------------------------------------------------------


def test_dates_go_to_custom_fields():
    plan = parse_mspdi(EXCHANGE, "exchange.xml")
    late = dt.datetime(2026, 7, 1, 17)
    titles = {f"P{number}": {"21": late} for number in range(5, 60, 5)}
    text = to_mspdi(plan, titles).decode()
    assert text.count("<Value>2026-07-01T17:00:00</Value>") == 11
    for number, name, title in (
        (188743733, "Finish1", "P5"),
        (188743971, "Finish10", "P50"),
        (188743945, "Date1", "P55"),
    ):
        parts = (f"<FieldID>{number}</FieldID>", f"<FieldName>{name}</FieldName>", f"<Alias>{title}</Alias>")
        assert "\n\t\t\t".join(parts) in text
    assert same(parse_mspdi(text.encode(), "exchange.xml")) == same(plan)


def test_dates_of_unknown_tasks_and_too_many_titles():
    plan = parse_mspdi(EXCHANGE, "exchange.xml")
    with pytest.raises(ArgumentError, match="unknown task '99'"):
        to_mspdi(plan, {"P80": {"99": dt.datetime(2026, 7, 1)}})
    with pytest.raises(ArgumentError, match="at most 20"):
        to_mspdi(plan, {str(number): {} for number in range(21)})


def hand_made(**changes):
    return Plan(
        name="site <&>",
        start="2026-06-01",
        unit="d",
        calendar=Calendar("site", weekday_shifts={"fri": ["08:00-12:00"]}, holidays=["2026-06-08", "2026-06-09"]),
        tasks=[
            Task("works", 0, kind="summary", wbs="W"),
            Task("dig", "2/3/5", wbs="W", owner="us"),
            Task("pour", 1.5, after=["dig"], wbs="W.POUR", constraints=[Constraint("FNLT", "2026-06-12")]),
            Task("done", 0, kind="finish-milestone", after=["pour"], wbs="X"),
        ],
        links=[Link("dig", "pour", "SS", lag=1), Link("pour", "done", "FF", lag=2, lag_calendar="24h")],
    ).replace(**changes)


def test_plan_made_by_hand_is_written_with_its_dates():
    plan = hand_made()
    read_back = parse_mspdi(to_mspdi(plan), "site.xml", estimates=PERT_FIELDS)
    assert read_back.name == plan.name
    assert [each.codes["id"] for each in read_back.tasks] == [each.id for each in plan.tasks]
    assert [each.wbs for each in read_back.tasks] == ["1", "1.1", "1.2", "2"]
    assert read_back.calendar == plan.calendar
    assert read_back.tasks[1].estimate == Pert(16, 24, 40)
    ours, theirs = schedule(plan), schedule(read_back)
    for which in ("start", "finish", "late_finish"):
        np.testing.assert_array_equal(ours.moments(which), theirs.moments(which))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"risks": [Risk("r", 0.5, delay={"dig": 1})]}, "risks"),
        ({"promises": [Promise("p", by="2026-07-01")], "assumptions": ["dry"]}, "promises, assumptions"),
        ({"must_finish": "2026-07-01"}, "must_finish"),
        ({"status_date": "2026-06-02"}, "remaining_work"),
        ({"tasks": [Task("a", "uniform(1, 2)")], "links": ()}, "three-point"),
        ({"tasks": [Task("a", 1, tags=["x"])], "links": ()}, "tags"),
        ({"tasks": [Task("a", 1, kind="level-of-effort")], "links": ()}, "level of effort"),
        ({"tasks": [Task("a", 1, constraints=[Constraint("MSO", "2026-06-02")])], "links": ()}, "honor_constraints"),
        ({"tasks": [Task("a", 1, constraints=[Constraint("SNET", "2026-06-02"), Constraint("FNLT", "2026-07-02")])],
          "links": ()}, "2 constraints"),
        ({"tasks": [Task("a\x01", 1)], "links": ()}, "control characters"),
    ],
)  # fmt: skip
def test_what_the_format_cannot_hold_is_refused(changes, words):
    with pytest.raises(PlanError, match=words):
        to_mspdi(hand_made(**changes))


def test_a_plan_without_dates_is_refused():
    with pytest.raises(PlanError, match="without dates"):
        to_mspdi(Plan(tasks=[Task("a", 1)]))


# ---- real files ------------------------------------------------------------------------------------------------------

# Where the tool's dates are not a working-time point of a pass: links of summaries, a date on a weekend.
HARD = {"new-product-36.from-mpp.mspdi.xml": {"21"}}


@pytest.mark.parametrize(
    "name",
    [
        "commercial-construction-126.from-mpp.mspdi.xml",
        "new-product-36.from-mpp.mspdi.xml",
        "mspdi-tasklinks-msp2007.xml",
    ],
)
def test_dates_that_project_stored(name, monkeypatch):
    data = real(name)
    monkeypatch.setattr(sys, "path", [str(ROOT / "benchmarks"), *sys.path])
    from stored_dates_mspdi import mspdi_stored_dates

    plan = parse_mspdi(data, name)
    planned, stored = schedule(plan), mspdi_stored_dates(data)
    compared = 0
    for row, each in enumerate(plan.tasks):
        if each.id not in stored or each.id in HARD.get(name, ()):
            continue
        clock = compile_calendar(plan.calendars_by_name[each.calendar or plan.calendar.name])
        for which, value in stored[each.id].items():
            place = f"task {each.id}, {which}"
            if "float" in which:
                assert getattr(planned, which)[row] / 3600 == pytest.approx(value, abs=1 / 60), place
            else:
                assert clock.work(planned.moments(which)[row]) == clock.work(value), place
            compared += 1
    assert compared >= 90
    assert same(parse_mspdi(to_mspdi(plan), name)) == same(plan)
    assert plan_of(parse_toml(to_toml(plan)), None) == plan


# ---- calendars in common ---------------------------------------------------------------------------------------------

hours = st.integers(0, 23)
shifts = st.builds(lambda a, b: [f"{min(a, b):02}:00-{max(a, b) + 1:02}:00"], hours, hours)
days = st.dates(dt.date(2026, 5, 25), dt.date(2026, 6, 20))


@st.composite
def calendars(draw):
    weekdays = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=4, unique=True))
    off = draw(st.frozensets(days, max_size=3))
    special = {day: draw(shifts) for day in draw(st.frozensets(days, max_size=3)) - off}
    return Calendar(
        "one",
        weekdays=weekdays,
        shifts=draw(shifts),
        holidays=off,
        special_days=special,
        weekday_shifts={day: draw(shifts) for day in weekdays[:1]},
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(calendars(), calendars())
def test_common_time_is_that_of_both_minute_by_minute(one, other):
    try:
        both = intersect(one, other, "both")
    except CalendarError:
        for day in range(7):
            pairs = itertools.product(one.week_hours.get(day, ()), other.week_hours.get(day, ()))
            assert all(max(a, c) >= min(b, d) for (a, b), (c, d) in pairs)
        return
    moments = np.arange("2026-05-18", "2026-06-29", 30, dtype="datetime64[m]").astype("datetime64[s]")
    worked = [np.diff(compile_calendar(each).work(moments)) for each in (one, other, both)]
    # All shifts begin and end on the hour: half an hour is worked or is not.
    np.testing.assert_array_equal(worked[2], np.minimum(worked[0], worked[1]))
    assert worked[2].sum() <= min(worked[0].sum(), worked[1].sum())
    assert both.has_time_of(intersect(other, one, "both"))
