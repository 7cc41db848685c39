"""Scheduling as Primavera P6 and Microsoft Project do it: links, calendars, constraints, progress, spans. Worked by hand."""

import datetime as dt

import numpy as np
import pytest

import schedrisk as sr
from plans import MICROSOFT

START = "2026-01-05"  # a Monday
EVERY_DAY = sr.Calendar("every day", weekdays=["mon", "tue", "wed", "thu", "fri", "sat", "sun"], shifts=["08:00-16:00"])


def planned(tasks, links=(), **options):
    """Schedule, and check that a simulation of the same plan draws the same dates."""
    plan = sr.Plan(start=START, tasks=tasks, links=links, **options)
    made = sr.schedule(plan)
    result = sr.simulate(plan, 3, rng=1)
    assert (result.finish == made.planned_finish).all()
    return made.to_frame()


def dates(table, task, start, finish):
    """Check start and finish, said without the year."""
    found = [str(table.loc[task, column])[5:16].replace(" ", "T") for column in ("start", "finish")]
    assert found == [start, finish]


# ---- links ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "lag", "start", "finish"),
    [
        ("FS", 0, "01-12T08:00", "01-13T17:00"),
        ("FS", 1.5, "01-13T13:00", "01-15T12:00"),
        ("FS", -2, "01-08T08:00", "01-09T17:00"),
        ("SS", 0, "01-05T08:00", "01-06T17:00"),
        ("SS", 3, "01-08T08:00", "01-09T17:00"),
        ("FF", 0, "01-08T08:00", "01-09T17:00"),
        ("FF", 1, "01-09T08:00", "01-12T17:00"),
        ("SF", 6, "01-09T08:00", "01-12T17:00"),
        ("SF", 1, "01-05T08:00", "01-06T17:00"),  # the project's start holds it back
    ],
)
def test_every_kind_of_link(kind, lag, start, finish):
    table = planned([sr.Task("a", 5), sr.Task("b", 2)], [sr.Link("a", "b", kind, lag=lag)])
    dates(table, "a", "01-05T08:00", "01-09T17:00")
    dates(table, "b", start, finish)


def test_a_finish_held_back_moves_the_start_and_what_follows_from_it():
    links = [sr.Link("a", "b", "FF"), sr.Link("b", "c", "SS")]
    table = planned([sr.Task("a", 5), sr.Task("b", 2), sr.Task("c", 1)], links)
    dates(table, "c", "01-08T08:00", "01-08T17:00")


def test_two_links_between_the_same_tasks():
    links = [sr.Link("a", "b", "SS", lag=2), sr.Link("a", "b", "FF", lag=1)]
    table = planned([sr.Task("a", 5), sr.Task("b", 3)], links)
    dates(table, "b", "01-08T08:00", "01-12T17:00")


def test_a_lag_of_a_share_of_the_predecessor():
    table = planned([sr.Task("a", 4), sr.Task("b", 1)], [sr.Link("a", "b", "SS", lag_percent=50)])
    dates(table, "b", "01-07T08:00", "01-07T17:00")


@pytest.mark.parametrize(
    ("on", "lag", "start"),
    [
        ("predecessor", 3, "01-15T08:00"),  # from Friday to Wednesday 17:00, when the day of task b is over
        ("plan", 3, "01-15T08:00"),
        ("successor", 2, "01-12T08:00"),  # Saturday and Sunday
        ("every day", 2, "01-12T08:00"),
        ("24h", 3, "01-11T08:00"),  # three times eight hours, to Saturday 17:00
    ],
)
def test_whose_calendar_counts_the_lag(on, lag, start):
    tasks = [sr.Task("a", 5), sr.Task("b", 1, calendar="every day"), sr.Task("c", 1, after=["b"])]
    table = planned(tasks, [sr.Link("a", "b", lag=lag, lag_calendar=on)], calendars=[EVERY_DAY])
    dates(table, "b", start, start[:6] + "16:00")
    if on != "every day":
        options = sr.SchedulingOptions(lag_calendar=on)
        by_option = planned(tasks, [sr.Link("a", "b", lag=lag)], calendars=[EVERY_DAY], scheduling=options)
        assert (by_option["finish"] == table["finish"]).all()


# ---- calendars --------------------------------------------------------------------------------------------------------


def test_each_task_in_its_own_time():
    tasks = [sr.Task("a", 5), sr.Task("b", 2, calendar="every day", after=["a"]), sr.Task("c", 1, after=["b"])]
    table = planned(tasks, calendars=[EVERY_DAY])
    dates(table, "b", "01-10T08:00", "01-11T16:00")  # Saturday and Sunday
    dates(table, "c", "01-12T08:00", "01-12T17:00")
    # Task b could end anywhere up to Monday 08:00: nothing of its own time lies in between.
    assert table["total_float"].tolist() == [0, 0, 0]


def test_float_is_working_time_of_the_task_s_own_calendar():
    tasks = [sr.Task("a", 5), sr.Task("b", 1, calendar="every day"), sr.Task("end", 1, after=["a", "b"])]
    table = planned(tasks, calendars=[EVERY_DAY])
    # From Monday to Sunday: six more days of eight hours, though the project has only five.
    assert table.loc["b", "total_float"] == 6
    assert table.loc["b", "free_float"] == 6


def test_a_shift_that_ends_at_midnight():
    night = sr.Calendar("night", shifts=["16:00-24:00"])
    table = planned([sr.Task("a", 1, calendar="night"), sr.Task("b", 1, after=["a"])], calendars=[night])
    assert str(table.loc["a", "finish"]) == "2026-01-06 00:00:00"
    dates(table, "b", "01-06T08:00", "01-06T17:00")


def test_durations_are_hours_and_not_days_of_the_task_s_calendar():
    """A day is eight hours of the plan's calendar; ten hours a day do more."""
    long = sr.Calendar("long", shifts=["07:00-17:00"])
    table = planned([sr.Task("a", 5, calendar="long")], calendars=[long])
    dates(table, "a", "01-05T07:00", "01-08T17:00")


def test_resources_do_the_work_each_in_its_own_time():
    crane = sr.Calendar("crane", weekdays=["tue", "thu"], shifts=["08:00-16:00"])
    task = sr.Task("lift", 2, assignments=[sr.Assignment("crane"), sr.Assignment("standard", 0.5)])
    table = planned([task, sr.Task("next", 1, after=["lift"])], calendars=[crane])
    dates(table, "lift", "01-05T08:00", "01-08T16:00")
    dates(table, "next", "01-08T16:00", "01-09T16:00")


# ---- constraints ------------------------------------------------------------------------------------------------------


def constrained(kind, when=None, **options):
    constraint = sr.Constraint(kind) if when is None else sr.Constraint(kind, when)
    tasks = [sr.Task("a", 3), sr.Task("b", 2, after=["a"], constraints=[constraint]), sr.Task("c", 6)]
    return planned(tasks, **options)


@pytest.mark.parametrize(
    ("kind", "when", "start", "total_float"),
    [
        ("SNET", "2026-01-09", "01-09T08:00", 0),
        ("SNET", "2026-01-06", "01-08T08:00", 1),
        ("SNET", "2026-01-10", "01-12T08:00", 0),  # a Saturday
        ("FNET", "2026-01-12", "01-09T08:00", 0),
        ("FNET", "2026-01-08", "01-08T08:00", 1),
        ("SNLT", "2026-01-07", "01-08T08:00", -1),
        ("FNLT", "2026-01-08", "01-08T08:00", -1),
        ("deadline", "2026-01-08", "01-08T08:00", -1),
        ("SO", "2026-01-09", "01-09T08:00", 0),
        ("SO", "2026-01-07", "01-08T08:00", -1),
        ("FO", "2026-01-12", "01-09T08:00", 0),
        ("FO", "2026-01-08", "01-08T08:00", -1),
        ("MSO", "2026-01-06", "01-06T08:00", 0),
        ("MFO", "2026-01-07", "01-06T08:00", 0),
        ("ALAP", None, "01-09T08:00", 0),
        ("external-start", "2026-01-09", "01-09T08:00", 0),
        ("external-finish", "2026-01-08", "01-08T08:00", -1),
    ],
)
def test_constraints(kind, when, start, total_float):
    table = constrained(kind, when)
    assert str(table.loc["b", "start"])[5:16].replace(" ", "T") == start
    assert table.loc["b", "total_float"] == total_float


def test_mandatory_dates_hold_predecessors_to_them():
    table = constrained("MSO", "2026-01-06")
    assert table.loc["a", "total_float"] == -2  # it ends two days after the start that stands


def test_honoured_dates_override_links():
    table = constrained("SNLT", "2026-01-06", scheduling=MICROSOFT)
    dates(table, "b", "01-06T08:00", "01-07T17:00")
    table = constrained("FNLT", "2026-01-08", scheduling=MICROSOFT)
    dates(table, "b", "01-07T08:00", "01-08T17:00")


def test_as_late_as_possible_does_not_move_successors_in_p6_and_takes_late_dates_in_project():
    tasks = [
        sr.Task("a", 1, constraints=[sr.Constraint("ALAP")]),
        sr.Task("b", 1, after=["a"]),
        sr.Task("c", 4),
        sr.Task("end", 1, after=["b", "c"]),
    ]
    p6 = planned(tasks)
    dates(p6, "a", "01-05T08:00", "01-05T17:00")  # its successor starts the next day: no free float
    project = planned(tasks, scheduling=MICROSOFT)
    dates(project, "a", "01-07T08:00", "01-07T17:00")
    dates(project, "b", "01-08T08:00", "01-08T17:00")


def test_must_finish_is_what_late_dates_count_back_from():
    table = planned([sr.Task("a", 5)], must_finish="2026-01-07")
    assert table.loc["a", "total_float"] == -2


def test_expected_finish_sets_what_remains():
    task = sr.Task("a", 3, constraints=[sr.Constraint("expected-finish", "2026-01-12")])
    dates(planned([task]), "a", "01-05T08:00", "01-12T17:00")
    ignored = planned([task], scheduling=sr.SchedulingOptions(expected_finish=False))
    dates(ignored, "a", "01-05T08:00", "01-07T17:00")


def test_overriding_dates_are_counted_and_promises_told_without_them():
    tasks = [
        sr.Task("develop", sr.Uniform(2, 12)),
        sr.Task("show", 1, after=["develop"], constraints=[sr.Constraint("MSO", 8)]),
        sr.Task("other", sr.Uniform(1, 3)),
    ]
    promises = [sr.Promise("shown", by=9), sr.Promise("other", by=2, task="other")]
    result = sr.simulate(sr.Plan(tasks=tasks, promises=promises), 4_000, rng=4)
    table = result.constraints()
    assert table[["task", "kind", "promises"]].values.tolist() == [["show", "MSO", ("shown",)]]
    share, error = table.loc[0, ["overrode", "overrode_se"]]
    assert abs(share - 0.4) < 4 * np.sqrt(0.4 * 0.6 / 4_000)  # 12 − 8 of 12 − 2
    assert error == pytest.approx(np.sqrt(share * (1 - share) / 4_000))
    shown, other = result.promise("shown"), result.promise("other")
    # The date stands; the finish is that of development where it takes longer.
    assert shown.imposed == ("MSO 8 days on 'show'",)
    assert abs(shown.probability - 0.7) < 4 * np.sqrt(0.21 / 4_000)
    assert abs(shown.probability_without - 0.6) < 4 * np.sqrt(0.24 / 4_000)
    assert "without it" in str(shown)
    assert other.imposed == ()
    assert np.isnan(other.probability_without)


# ---- progress ---------------------------------------------------------------------------------------------------------


def under_way(**options):
    tasks = [
        sr.Task("a", 3, actual_start="2026-01-05"),
        sr.Task("b", 2, after=["a"], actual_start="2026-01-06"),  # out of sequence
        sr.Task("c", 1, after=["b"]),
    ]
    return planned(tasks, status_date="2026-01-08T08:00", **options)


def test_only_what_remains_is_scheduled_and_not_before_the_status_date():
    table = under_way()
    dates(table, "a", "01-05T08:00", "01-12T17:00")
    dates(table, "b", "01-06T08:00", "01-14T17:00")  # retained logic: the rest waits
    dates(table, "c", "01-15T08:00", "01-15T17:00")


def test_progress_override_lets_the_rest_go_on():
    table = under_way(scheduling=sr.SchedulingOptions(progress="progress-override"))
    dates(table, "b", "01-06T08:00", "01-09T17:00")
    dates(table, "c", "01-12T08:00", "01-12T17:00")


def test_project_leaves_started_work_where_it_was():
    table = under_way(scheduling=MICROSOFT)
    dates(table, "a", "01-05T08:00", "01-07T17:00")
    dates(table, "b", "01-06T08:00", "01-07T17:00")


def test_the_estimate_of_an_active_task_is_of_what_remains():
    task = sr.Task("a", sr.Uniform(1, 3), actual_start="2026-01-05")
    plan = sr.Plan(start=START, tasks=[task], status_date="2026-01-12T08:00")
    result = sr.simulate(plan, 2_000, rng=3)
    assert result.finish.min() >= np.datetime64("2026-01-12T17:00:00")
    assert result.finish.max() <= np.datetime64("2026-01-14T17:00:00")
    assert abs(result.duration.mean() - 7) < 4 * np.sqrt(4 / 12 / 2_000)  # five days, and two on average


def test_what_is_complete_stands():
    tasks = [sr.Task("a", 9, actual_start="2026-01-05", actual_finish="2026-01-06T12:00"), sr.Task("b", 1, after=["a"])]
    table = planned(tasks, status_date="2026-01-07T17:00")
    dates(table, "a", "01-05T08:00", "01-06T12:00")
    dates(table, "b", "01-08T08:00", "01-08T17:00")
    assert not table.loc["a", "critical"]


def test_a_lag_that_has_begun_to_run_has_less_left():
    tasks = [sr.Task("a", 9, actual_start="2026-01-05", actual_finish="2026-01-06"), sr.Task("b", 1)]
    table = planned(tasks, [sr.Link("a", "b", lag=5)], status_date="2026-01-08T17:00")
    dates(table, "b", "01-14T08:00", "01-14T17:00")  # Wednesday to Tuesday are five days


def test_suspended_work_goes_on_when_it_is_resumed():
    task = sr.Task("a", 2, actual_start="2026-01-05", suspended="2026-01-06", resumed="2026-01-14")
    dates(planned([task], status_date="2026-01-07T17:00"), "a", "01-05T08:00", "01-15T17:00")


def test_a_finished_project_stands():
    tasks = [sr.Task("a", 9, actual_start="2026-01-05", actual_finish="2026-01-06")]
    table = planned(tasks, status_date="2026-01-30T17:00")
    dates(table, "a", "01-05T08:00", "01-06T17:00")


# ---- milestones, spans, manual and inactive tasks -----------------------------------------------------------------------


def test_milestones_take_the_instant_of_what_drives_them():
    tasks = [
        sr.Task("a", 5),
        sr.Task("done", 0, after=["a"], kind="finish-milestone"),
        sr.Task("go", 0, after=["a"], kind="start-milestone"),
        sr.Task("b", 1, after=["done", "go"], calendar="every day"),
    ]
    table = planned(tasks, calendars=[EVERY_DAY])
    dates(table, "done", "01-09T17:00", "01-09T17:00")
    dates(table, "go", "01-12T08:00", "01-12T08:00")
    dates(table, "b", "01-12T08:00", "01-12T16:00")


def test_spans_follow_and_never_drive():
    tasks = [
        sr.Task("all", 0, kind="summary", wbs="P"),
        sr.Task("a", 3, wbs="P.1"),
        sr.Task("b", 2, wbs="P.1", after=["a"]),
        sr.Task("site", 0, kind="level-of-effort"),
        sr.Task("c", 1, after=["b"]),
    ]
    links = [sr.Link("a", "site", "SS"), sr.Link("site", "b", "FF"), sr.Link("site", "c", "FS")]
    table = planned(tasks, links)
    dates(table, "all", "01-05T08:00", "01-09T17:00")
    assert str(table.loc["site", "start"]) == "2026-01-05 08:00:00"
    assert not table.loc["all", "critical"]
    assert not table.loc["site", "critical"]
    dates(table, "c", "01-12T08:00", "01-12T17:00")


def test_a_link_to_a_summary_binds_its_members():
    tasks = [
        sr.Task("first", 2),
        sr.Task("phase", 0, kind="summary", wbs="P"),
        sr.Task("a", 3, wbs="P"),
        sr.Task("b", 1, wbs="P"),
        sr.Task("last", 1),
    ]
    table = planned(tasks, [sr.Link("first", "phase"), sr.Link("phase", "last")])
    for task, finish in (("a", "01-09T17:00"), ("b", "01-07T17:00")):
        dates(table, task, "01-07T08:00", finish)
    dates(table, "last", "01-12T08:00", "01-12T17:00")
    assert table["critical"].to_dict() == {"first": True, "phase": False, "a": True, "b": False, "last": True}
    assert table.loc["b", "total_float"] == 2


def test_manual_tasks_stand_whatever_links_say():
    tasks = [
        sr.Task("a", 5),
        sr.Task("b", 1, after=["a"], manual=("2026-01-06", "2026-01-07")),
        sr.Task("c", 1, after=["b"]),
    ]
    table = planned(tasks)
    dates(table, "b", "01-06T08:00", "01-07T17:00")
    dates(table, "c", "01-08T08:00", "01-08T17:00")


def test_inactive_tasks_are_as_if_absent():
    tasks = [sr.Task("a", 5), sr.Task("b", 9, after=["a"], active=False), sr.Task("c", 1, after=["b"])]
    table = planned(tasks)
    dates(table, "c", "01-05T08:00", "01-05T17:00")
    assert sr.schedule(sr.Plan(start=START, tasks=tasks)).planned_finish == np.datetime64("2026-01-09T17:00")


def test_total_float_by_start_by_finish_and_the_smaller():
    night = sr.Calendar("night", shifts=["18:00-24:00"], weekdays=["mon", "wed"])
    tasks = [sr.Task("a", 5), sr.Task("b", 1, calendar="night"), sr.Task("end", 1, after=["a", "b"])]
    tables = {
        kind: planned(tasks, calendars=[night], scheduling=sr.SchedulingOptions(total_float=kind))["total_float"]["b"]
        for kind in ("start", "finish", "smallest")
    }
    assert tables["smallest"] == min(tables["start"], tables["finish"])


def test_open_ends_may_have_no_float():
    tasks = [sr.Task("a", 5), sr.Task("b", 1)]
    assert planned(tasks)["total_float"].tolist() == [0, 4]
    options = sr.SchedulingOptions(open_ends_critical=True)
    assert planned(tasks, scheduling=options)["total_float"].tolist() == [0, 0]


def test_critical_by_float():
    tasks = [sr.Task("a", 5), sr.Task("b", 4), sr.Task("c", 1)]
    options = sr.SchedulingOptions(critical_by="float", critical_float=1)
    assert planned(tasks, scheduling=options)["critical"].tolist() == [True, True, False]


# ---- against an independent scheduler of P6 files: what differed once -----------------------------------------------------


@pytest.mark.parametrize("progress", ["retained-logic", "progress-override"])
def test_what_has_begun_still_lets_its_successors_start(progress):
    """Progress override frees work in progress from its predecessors, not its successors from it."""
    tasks = [sr.Task("a", 3, actual_start="2026-01-08"), sr.Task("b", 5), sr.Task("c", 10)]
    options = sr.SchedulingOptions(progress=progress)
    table = planned(tasks, [sr.Link("a", "b", "SS")], status_date="2026-01-12T08:00", scheduling=options)
    assert table["total_float"].tolist() == [5, 5, 0]
    assert table["free_float"].tolist() == [0, 5, 0]


def test_expected_finish_stretches_what_was_planned_to_take_no_time():
    task = sr.Task("a", 0, constraints=[sr.Constraint("expected-finish", "2026-01-07")])
    table = planned([task, sr.Task("b", 1, after=["a"])])
    dates(table, "a", "01-05T08:00", "01-07T17:00")
    dates(table, "b", "01-08T08:00", "01-08T17:00")


@pytest.mark.parametrize(
    ("status", "start"), [("not started", "01-19T08:00"), ("active", "01-19T08:00"), ("complete", None)]
)
@pytest.mark.parametrize("kind", ["FS", "FF"])
def test_what_is_left_of_the_lag_after_finished_work_holds_back_what_is_not_complete(status, start, kind):
    progress = {
        "not started": {},
        "active": {"actual_start": "2026-01-12"},
        "complete": {"actual_start": "2026-01-12", "actual_finish": "2026-01-13T12:00"},
    }[status]
    done = sr.Task("done", 4, actual_start="2026-01-08", actual_finish="2026-01-13")
    tasks = [done, sr.Task("b", 1, **progress), sr.Task("c", 1, after=["b"])]
    lag = 3 if kind == "FS" else 4
    table = planned(tasks, [sr.Link("done", "b", kind, lag=lag)], status_date="2026-01-14T08:00")
    if start is not None:
        dates(table.assign(start=table["early_start"]), "b", start, "01-19T17:00")
    dates(table, "c", *(("01-14T08:00", "01-14T17:00") if start is None else ("01-20T08:00", "01-20T17:00")))


def test_retained_logic_passes_through_all_that_is_complete():
    """Finished out of sequence, one by one: what follows waits for the work that should have come first."""
    done = {"actual_start": "2026-01-08", "actual_finish": "2026-01-09"}
    tasks = [
        sr.Task("a", 5),
        sr.Task("b", 1, after=["a"], **done),
        sr.Task("c", 1, **done),
        sr.Task("d", 1, after=["c"]),
    ]
    table = planned(tasks, [sr.Link("b", "c", "FF")], status_date="2026-01-12T08:00")
    dates(table, "d", "01-19T08:00", "01-19T17:00")
    assert table.loc["a", "total_float"] == 0


def test_late_dates_pass_through_what_is_complete_even_in_a_pause():
    milestone = sr.Task(
        "m", 0, kind="finish-milestone", actual_start="2026-01-02T17:00", actual_finish="2026-01-02T17:00"
    )
    tasks = [sr.Task("a", 7, calendar="every day"), milestone]
    table = planned(tasks, [sr.Link("a", "m", "FF")], calendars=[EVERY_DAY], status_date=START)
    dates(table, "a", "01-05T08:00", "01-11T16:00")  # a Sunday
    assert table.loc["a", "total_float"] == 0


def test_complete_milestones_hand_the_status_date_on_as_it_is():
    """A start milestone that is still to come waits for Monday; one that is past keeps nobody from Saturday's work."""
    done = sr.Task("done", 0, kind="start-milestone", actual_start="2026-01-05", actual_finish="2026-01-05T08:00")
    tasks = [done, sr.Task("b", 1, after=["done"], calendar="every day")]
    table = planned(tasks, calendars=[EVERY_DAY], status_date="2026-01-09T17:00")
    dates(table, "b", "01-10T08:00", "01-10T16:00")


def test_ff_links_of_finished_work_count_from_its_actual_finish():
    """Finished out of sequence: what has an FF link from it waits for no predecessor that should have come first."""
    done = {"actual_start": "2026-01-08", "actual_finish": "2026-01-09"}
    tasks = [sr.Task("a", 5), sr.Task("b", 1, after=["a"], **done), sr.Task("c", 1)]
    table = planned(tasks, [sr.Link("b", "c", "FF", lag=2)], status_date="2026-01-12T08:00")
    dates(table, "c", "01-13T08:00", "01-13T17:00")


def test_a_link_does_not_drive_what_is_as_late_as_possible():
    """In Project such work goes to its late dates: its predecessor does not decide them."""
    tasks = [
        sr.Task("a", 1),
        sr.Task("b", 1, after=["a"], constraints=[sr.Constraint("ALAP")]),
        sr.Task("c", 9),
        sr.Task("d", 1, calendar="every day"),
        sr.Task("end", 1, after=["b", "c"]),
    ]
    table = planned(tasks, calendars=[EVERY_DAY], scheduling=MICROSOFT)
    assert table.loc["b", "start"] > table.loc["a", "finish"] + np.timedelta64(5, "D")
    assert table.loc[["a", "b", "c", "end"], "critical"].tolist() == [False, True, True, True]


def test_without_a_status_date_progress_is_known_up_to_the_latest_actual_date():
    tasks = [sr.Task("a", 5, actual_start="2026-01-05", actual_finish="2026-01-13"), sr.Task("b", 3, after=["a"])]
    dates(planned(tasks), "b", "01-14T08:00", "01-16T17:00")


def test_what_was_done_on_a_day_off_keeps_its_dates():
    """5 December 2026 is a Saturday."""
    done = sr.Task("inspect", 1, actual_start="2026-12-05", actual_finish="2026-12-06")
    begun = sr.Task("pour", 2, actual_start=dt.datetime(2026, 12, 6, 10))
    plan = sr.Plan(
        start="2026-12-01", status_date="2026-12-07", tasks=[done, begun, sr.Task("cure", 1, after=["pour"])]
    )
    table = sr.schedule(plan).to_frame()
    assert str(table.loc["inspect", "start"]) == "2026-12-05 00:00:00"
    assert str(table.loc["inspect", "finish"]) == "2026-12-07 00:00:00"  # the end of Sunday
    assert str(table.loc["pour", "start"]) == "2026-12-06 10:00:00"
    assert str(table.loc["pour", "finish"]) == "2026-12-08 17:00:00"
    assert str(table.loc["cure", "finish"]) == "2026-12-09 17:00:00"
    result = sr.simulate(plan, 10, rng=1).tasks()
    assert str(result.loc["inspect", "finish_p80"]) == "2026-12-07 00:00:00"
    inside = plan.replace(tasks=[done.replace(actual_start="2026-12-03", actual_finish="2026-12-04")])
    assert not sr.schedule(inside).axis.in_clock_time


def test_what_takes_no_time_before_the_first_shift_does_not_end_before_it_starts():
    """Found by random plans: an inactive task on a Saturday, and work resumed before it began."""
    idle = sr.Task("idle", "8/10/15", active=False)
    tasks = [sr.Task("a", 0), idle, sr.Task("b", 1, actual_start="2000-01-01")]
    plan = sr.Plan(start="2000-01-01", tasks=tasks)
    resumed = sr.Task("c", "8/10/15", actual_start="2000-02-01", resumed="2000-01-03", suspended="2000-01-03")
    odd = plan.replace(status_date="2000-01-01", tasks=[resumed], scheduling=MICROSOFT)
    for each in (plan, odd):
        starts, finishes = sr.simulate(each, 20, rng=1).replay.times(range(len(each.tasks)))
        assert (starts <= finishes).all()


def test_work_as_late_as_possible_is_replayed_with_what_follows_it():
    """Found by random plans: alone it would know neither its successor nor the project finish."""
    late = sr.Task("late", 2, constraints=[sr.Constraint("ALAP")])
    tasks = [late, sr.Task("long", "8/10/15"), sr.Task("end", 1, after=["late", "long"])]
    effort = [sr.Task("effort", 0, kind="level-of-effort")]
    plan = sr.Plan(tasks=[*tasks, *effort], links=[sr.Link("late", "effort", "SS"), sr.Link("effort", "late", "FF")])
    result = sr.simulate(plan, 50, rng=1)
    starts, finishes = result.replay.times(range(4))
    assert np.array_equal(starts[0], starts[2] - 2e6)
    _, (alone,) = result.replay.times([0])
    assert np.array_equal(alone, finishes[0])
    assert np.array_equal(starts[3], starts[0])
    assert np.array_equal(finishes[3], finishes[0])


def test_a_share_of_a_second_is_no_work_and_takes_none():
    """Found by random plans: it ended at the close of a day and began the next morning."""
    crew = sr.Assignment("standard", 1 / 3)
    tasks = [sr.Task("day", 1), sr.Task("blink", sr.Fixed(1 / 28_800), after=["day"], assignments=[crew])]
    table = sr.schedule(sr.Plan(start=START, tasks=tasks)).to_frame()
    assert table.loc["blink", "start"] <= table.loc["blink", "finish"]
