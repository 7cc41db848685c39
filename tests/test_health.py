"""The health check: DCMA measures at and beyond their limits, and what hides risk, each found and not found."""

import json
import time

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import schedrisk as sr
from schedrisk.checks import RULES, THRESHOLDS, check
from schedrisk.checks.facts import Facts
from schedrisk.checks.reasons import WHY
from schedrisk.cli import cli

FIVE_DAYS = sr.Calendar("five", holidays=["2027-12-24", "2029-12-24"])
SIX_DAYS = sr.Calendar(
    "six", weekdays=["mon", "tue", "wed", "thu", "fri", "sat"], shifts=["07:00-17:00"], holidays=["2027-12-24"]
)


def chain(count, **options):
    """A sound chain of tasks t0, t1 … of 5 days each."""
    tasks = [sr.Task(f"t{n}", "4/5/9", after=[f"t{n - 1}"] if n else []) for n in range(count)]
    return sr.Plan(**({"start": "2027-01-04", "calendar": FIVE_DAYS, "tasks": tasks} | options))


def changed(plan, *numbers, **changes):
    for number in numbers:
        plan = plan.replace_task(f"t{number}", **changes)
    return plan


def linked(*links, tasks=None, **options):
    """A plan of tasks a, b, c … with these links."""
    names = dict.fromkeys(name for link in links for name in (link.predecessor, link.successor))
    made = [sr.Task(name, "4/5/9") for name in names] if tasks is None else tasks
    return sr.Plan(**({"start": "2027-01-04", "calendar": FIVE_DAYS, "tasks": made, "links": links} | options))


def found(plan, rule, **options):
    table = check(plan, detail=True, **options)
    return table[table["rule"] == rule]


def measured(plan, rule, **options):
    """Return the row of a measure about the plan as a whole, None where it passes."""
    rows = found(plan, rule, **options)
    rows = rows[rows["where"] == "plan"]
    assert len(rows) <= 1
    return None if rows.empty else rows.iloc[0]


def ids(plan, rule, **options):
    return [name for name in found(plan, rule, **options)["id"] if name]


# ---- the measures of the DCMA -----------------------------------------------------------------------------------------


def test_a_sound_chain_has_no_findings():
    assert check(chain(40).with_correlation(0.3)).empty


def with_loose_ends(count, loose):
    """A chain of count − loose tasks, and tasks without a successor."""
    plan = chain(count - loose)
    return plan.replace(tasks=[*plan.tasks, *(sr.Task(f"x{n}", "4/5/9", after=["t3"]) for n in range(loose))])


def test_missing_logic():
    # The end of the chain is loose too once there are several: 1 + 1 of 40 is at the limit, 1 + 2 beyond.
    assert measured(with_loose_ends(40, 1), "missing-logic") is None
    row = measured(with_loose_ends(40, 2), "missing-logic")
    assert (row["severity"], row["value"], row["threshold"]) == ("warning", 3 / 40, 0.05)
    assert "3 of 40 tasks (7.5 %) without a predecessor or a successor; at most 5 %" in row["finding"]
    assert ids(with_loose_ends(40, 2), "open-end") == ["t37", "x0", "x1"]


def test_a_share_among_few_is_info():
    assert measured(with_loose_ends(19, 1), "missing-logic")["severity"] == "info"
    assert measured(with_loose_ends(20, 1), "missing-logic", thresholds={"missing_logic_share": 0.01}) is not None
    assert measured(with_loose_ends(19, 1), "missing-logic", thresholds={"few": 19})["severity"] == "warning"


def relinked(count, changed_links, **changes):
    links = [sr.Link(f"t{n}", f"t{n + 1}", **(changes if n < changed_links else {})) for n in range(count)]
    tasks = [task.replace(after=[]) for task in chain(count + 1).tasks]
    return chain(count + 1, tasks=tasks, links=links)


def test_leads():
    assert measured(relinked(40, 0), "leads") is None
    row = measured(relinked(40, 1, lag=-1), "leads")
    assert (row["value"], row["threshold"]) == (1 / 40, 0)
    assert ids(relinked(40, 1, lag=-1), "lead") == ["t0 → t1"]
    assert measured(relinked(40, 1, lag_percent=-10), "leads") is not None


def test_lags():
    assert measured(relinked(40, 2, lag=1), "lags") is None
    row = measured(relinked(40, 3, lag=1), "lags")
    assert (row["value"], row["threshold"]) == (3 / 40, 0.05)
    assert ids(relinked(40, 3, lag_percent=20), "lags") == ["t0 → t1", "t1 → t2", "t2 → t3"]


def test_link_types():
    assert measured(relinked(40, 4, kind="SS"), "link-types") is None
    row = measured(relinked(40, 5, kind="SS"), "link-types")
    assert (row["value"], row["threshold"]) == (35 / 40, 0.9)
    assert ids(relinked(40, 5, kind="FF"), "link-types")[0] == "t0 → t1 (FF)"


@pytest.mark.parametrize("kind", ["MSO", "MFO", "SNLT", "FNLT", "SO", "FO"])
def test_hard_constraints(kind):
    hard = {"constraints": [sr.Constraint(kind, "2029-01-01")]}
    assert measured(changed(chain(40), 38, 39, **hard), "hard-constraints") is None
    row = measured(changed(chain(40), 37, 38, 39, **hard), "hard-constraints")
    assert (row["value"], row["threshold"]) == (3 / 40, 0.05)
    assert ids(changed(chain(40), 37, 38, 39, **hard), "hard-constraints") == ["t37", "t38", "t39"]


def test_soft_constraints_are_not_hard():
    soft = {"constraints": [sr.Constraint("SNET", "2027-01-04"), sr.Constraint("deadline", "2029-01-01")]}
    assert found(changed(chain(40), *range(40), **soft), "hard-constraints").empty


def test_tasks_by_hand_are_hard():
    plan = changed(chain(19), 18, manual=("2027-06-01", "2027-06-04"))
    assert ids(plan, "hard-constraints") == ["t18"]


def beside(days, count=40, loose=3):
    """A chain, and tasks that start when the end of it is so many days away; an end milestone waits for all."""
    plan = chain(count - loose - 1)
    waits = [task.id for task in plan.tasks[-1:]]
    side = [sr.Task(f"x{n}", 5, after=["t0"]) for n in range(loose)]
    total = 5 * (count - loose - 1)
    tail = total - 5 - 5 - days  # the side tasks start after t0, and a lag takes what is too much
    links = [sr.Link(f"x{n}", "end", lag=tail) for n in range(loose)]
    return plan.replace(tasks=[*plan.tasks, *side, sr.Task("end", 0, after=waits)], links=links)


def test_high_float():
    assert sr.schedule(beside(44)).to_frame().loc["x0", "total_float"] == 44
    assert measured(beside(44), "high-float") is None
    row = measured(beside(45), "high-float")
    assert (row["value"], row["threshold"]) == (3 / 40, 0.05)
    rows = found(beside(45), "high-float").iloc[1:]
    assert rows["id"].tolist() == ["x0", "x1", "x2"]
    assert (rows["value"].unique().tolist(), rows["threshold"].unique().tolist()) == ([45], [44])
    assert found(beside(45, loose=2), "high-float").empty  # 2 of 40 are 5 %
    assert found(beside(45), "high-float", thresholds={"high_float_days": 45}).empty


def test_float_counts_days_of_the_tasks_own_calendar():
    # Float is working time of the task's calendar, whose days have 10 hours and not the 8 of the plan's.
    plan = beside(44).replace(calendars=[SIX_DAYS])
    for name in ("x0", "x1", "x2"):
        plan = plan.replace_task(name, calendar="six")
    frame = sr.schedule(plan).to_frame()
    row = measured(plan, "high-float")
    assert row["value"] == 3 / 40
    days = found(plan, "high-float").iloc[1]["value"]
    assert days == pytest.approx(frame.loc["x0", "total_float"] * 8 / 10)


def test_negative_float():
    deadline = sr.Constraint("deadline", "2027-01-08")  # Friday of t0's week; t1 finishes a week later
    assert found(changed(chain(5), 0, constraints=[deadline]), "negative-float").empty
    plan = changed(chain(5), 1, constraints=[deadline])
    row = measured(plan, "negative-float")
    assert (row["severity"], row["value"], row["threshold"]) == ("warning", 2 / 5, 0)
    rows = found(plan, "negative-float").iloc[1:]
    assert (rows["id"].tolist(), rows["value"].tolist()) == (["t0", "t1"], [-5, -5])


def test_high_duration():
    assert measured(changed(chain(40), 1, 2, estimate="40/44/50"), "high-duration") is None
    assert measured(changed(chain(40), 1, 2, 3, estimate="40/44/50"), "high-duration") is None
    row = measured(changed(chain(40), 1, 2, 3, estimate="40/45/50"), "high-duration")
    assert (row["value"], row["threshold"]) == (3 / 40, 0.05)
    assert ids(changed(chain(40), 1, 2, 3, estimate="40/45/50"), "long-task") == ["t1", "t2", "t3"]


def test_milestones_are_no_work():
    # 2 of 40 tasks are long: 5 %. With a milestone among the 40 it is 2 of 39.
    plan = changed(chain(40), 1, 2, estimate="40/45/50")
    assert measured(plan, "high-duration") is None
    assert measured(changed(plan, 39, estimate=0), "high-duration")["value"] == 2 / 39


def test_resources_are_asked_for_where_most_work_has_them():
    crew = [sr.Assignment("five", resource="crew")]
    assert found(chain(10), "no-resources").empty
    assert found(changed(chain(10), *range(5), assignments=crew), "no-resources").empty
    plan = changed(chain(10), *range(6), assignments=crew)
    assert measured(plan, "no-resources")["value"] == 4 / 10
    assert ids(plan, "no-resources") == ["t6", "t7", "t8", "t9"]
    assert found(changed(chain(10), *range(10), assignments=crew), "no-resources").empty


def test_critical_path_length_index():
    # 20 days of work from now on: 19 days are 0.95, 18 are not.
    assert found(chain(4, must_finish="2027-01-28"), "cpli").empty
    row = measured(chain(4, must_finish="2027-01-27"), "cpli")
    assert (row["value"], row["threshold"]) == (18 / 20, 0.95)
    assert found(chain(4, must_finish="2027-01-27"), "cpli", thresholds={"cpli": 0.9}).empty
    # A promise that is late by plan carries its index.
    promised = found(chain(4, promises=[sr.Promise("p", by="2027-01-27")]), "promise-before-plan").iloc[0]
    assert (promised["id"], promised["value"], promised["threshold"]) == ("p", 18 / 20, 0.95)


def test_what_is_finished_or_spans_or_is_inactive_does_not_count():
    done = {"actual_start": "2027-01-04", "actual_finish": "2027-01-08"}
    loose = with_loose_ends(40, 2).replace(status_date="2027-01-11")
    assert measured(loose, "missing-logic") is not None
    for change in (done, {"active": False}, {"kind": "level-of-effort"}, {"kind": "summary"}):
        plan = loose.replace_task("x0", **change).replace_task("x1", **change)
        assert measured(plan, "missing-logic") is None, change
        assert found(plan, "open-end").empty, change
        long = loose.replace_task("x0", estimate=100, **change)
        assert "x0" not in ids(long, "long-task"), change
        assert "x0" not in ids(long, "no-spread"), change


def test_links_of_summaries_bind_what_is_under_them():
    tasks = [
        sr.Task("phase", 0, kind="summary", wbs="A"),
        sr.Task("one", "4/5/9", wbs="A.1"),
        sr.Task("two", "4/5/9", wbs="A.2"),
        sr.Task("before", "4/5/9"),
        sr.Task("after", "4/5/9"),
    ]
    plan = linked(sr.Link("before", "phase"), sr.Link("phase", "after"), tasks=tasks)
    for rule in ("open-start", "open-end", "isolated-task", "missing-logic"):
        assert found(plan, rule).empty
    assert ids(plan, "summary-link") == ["before → phase", "phase → after"]


# ---- the critical-path test -------------------------------------------------------------------------------------------


def test_critical_path_test_passes_on_logic():
    assert found(chain(10), "critical-path-test").empty
    assert found(chain(10, start=None, calendar=sr.Calendar()), "critical-path-test").empty
    mixed = changed(chain(10, calendars=[SIX_DAYS]), 2, 4, 6, calendar="six")
    assert found(mixed, "critical-path-test").empty


@pytest.mark.parametrize(("kind", "when"), [("MSO", "2027-02-15"), ("MFO", "2027-02-19")])
def test_critical_path_test_fails_on_a_pinned_date(kind, when):
    plan = changed(chain(10), 6, constraints=[sr.Constraint(kind, when)])
    assert sr.schedule(plan).planned_finish == sr.schedule(chain(10)).planned_finish
    row = measured(plan, "critical-path-test")
    assert row["threshold"] == 600
    # t0 of 605 days ends when only t1 … t5 follow it, and those before the pinned one decide the finish.
    assert row["value"] < 600
    assert ids(plan, "critical-path-test")[:6] == [f"t{n}" for n in range(6)]
    assert "t9" not in ids(plan, "critical-path-test")


def test_critical_path_test_says_what_a_schedule_says():
    plan = changed(chain(10), 6, constraints=[sr.Constraint("MSO", "2027-02-15")])
    value = (
        found(plan, "critical-path-test", thresholds={"critical_path_test_days": 30}).set_index("id").loc["t3", "value"]
    )
    longer = sr.schedule(plan.replace_task("t3", estimate=35))
    assert value == longer.planned_duration - sr.schedule(plan).planned_duration < 30


def test_critical_path_test_fails_where_a_date_decides():
    fixed = sr.Task("gate", 0, after=["t9"], constraints=[sr.Constraint("FNET", "2028-03-01")])
    plan = chain(10)
    row = measured(plan.replace(tasks=[*plan.tasks, fixed]), "critical-path-test")
    assert "none of 1 critical tasks moves the finish by 600 working days" in row["finding"]
    honoured = sr.SchedulingOptions(honor_constraints=True)
    late = changed(plan, 9, constraints=[sr.Constraint("FNLT", "2027-03-12")])
    assert found(late, "critical-path-test").empty
    assert measured(late.replace(scheduling=honoured), "critical-path-test") is not None


# ---- dangling ends, kinds of links ------------------------------------------------------------------------------------


def test_dangling_starts_and_finishes():
    sound = [sr.Link("a", "b"), sr.Link("b", "c"), sr.Link("c", "d")]
    assert found(linked(*sound), "dangling-start").empty
    assert found(linked(*sound), "dangling-finish").empty
    loose = linked(sr.Link("a", "b", "FF"), sr.Link("b", "c"), sr.Link("c", "d"))
    assert ids(loose, "dangling-start") == ["b"]
    loose = linked(sr.Link("a", "b"), sr.Link("b", "c", "SS"), sr.Link("c", "d"))
    assert ids(loose, "dangling-finish") == ["b"]
    ladder = linked(sr.Link("a", "b", "SS"), sr.Link("a", "b", "FF"), sr.Link("b", "c"))
    assert found(ladder, "dangling-start").empty
    assert found(ladder, "dangling-finish").empty
    assert found(ladder, "duplicate-link").empty  # SS and FF together are meant


def test_what_has_begun_or_is_promised_may_dangle():
    loose = linked(sr.Link("a", "b", "FF"), sr.Link("b", "c", "SS"), sr.Link("c", "d"))
    assert (ids(loose, "dangling-start"), ids(loose, "dangling-finish")) == (["b"], ["b"])
    begun = loose.replace_task("b", actual_start="2027-01-04").replace(status_date="2027-01-04")
    assert ids(begun, "dangling-start") == []
    promised = loose.replace(promises=[sr.Promise("p", by="2027-12-01", task="b")])
    assert ids(promised, "dangling-finish") == []
    assert ids(loose.replace_task("b", estimate=0), "dangling-start") == []  # a milestone has one end


def test_level_of_effort_is_no_successor():
    tasks = [sr.Task("a", "4/5/9"), sr.Task("b", "4/5/9", after=["a"]), sr.Task("watch", 0, kind="level-of-effort")]
    plan = linked(sr.Link("a", "watch", "SS"), sr.Link("watch", "b", "FF"), tasks=tasks)
    assert check(plan).empty


def test_start_to_finish():
    assert ids(linked(sr.Link("a", "b", "SF"), sr.Link("a", "b")), "start-to-finish") == ["a → b (SF)"]
    assert found(linked(sr.Link("a", "b", "SS")), "start-to-finish").empty


def test_long_lags_by_the_calendar_that_they_count_on():
    tasks = [sr.Task("a", "40/50/90"), sr.Task("b", "40/50/90")]

    def lagging(**options):
        return found(linked(sr.Link("a", "b", **options), tasks=tasks), "long-lag")

    assert lagging(lag=10).empty
    assert lagging(lag=11)["value"].tolist() == [11]
    assert lagging(lag_percent=22)["value"].tolist() == [11]
    # 11 days of 8 hours are less than 4 days round the clock.
    assert lagging(lag=11, lag_calendar="24h").empty
    assert "lets 11 days" in lagging(lag=11, kind="SS").iloc[0]["finding"]


# ---- tasks that shorten the project by taking longer ------------------------------------------------------------------


def ladder(**options):
    """b is held by its finish alone, and c waits for its start."""
    tasks = [sr.Task("a", 20), sr.Task("b", "4/8/12"), sr.Task("c", 30)]
    return linked(sr.Link("a", "b", "FF", **options), sr.Link("b", "c", "SS"), tasks=tasks)


def test_a_longer_task_shortens_the_project():
    plan = ladder()
    row = found(plan, "longer-is-shorter").iloc[0]
    assert (row["severity"], row["id"], row["value"], row["threshold"]) == ("warning", "b", 2, 0)
    # A quarter longer: and a schedule says the same.
    longer = sr.schedule(plan.replace_task("b", estimate=10))
    assert longer.planned_duration == sr.schedule(plan).planned_duration - row["value"]


@pytest.mark.parametrize("options", [{"lag": -3}, {"lag": 4}])
def test_ladders_with_lags(options):
    assert found(ladder(**options), "longer-is-shorter")["id"].tolist() == ["b"]


def test_a_held_start_is_no_ladder():
    plan = ladder()
    held = plan.replace(links=[*plan.links, sr.Link("a", "b")])
    assert found(held, "longer-is-shorter").empty
    followed = plan.replace(links=[plan.links[0], sr.Link("b", "c")])
    assert found(followed, "longer-is-shorter").empty


def test_ladders_that_a_shorter_duration_shows():
    # At its planned 18 days b is held by its start; when shorter, by the finish of a.
    tasks = [sr.Task("a", 20), sr.Task("b", "4/20/24"), sr.Task("c", 30)]
    plan = linked(sr.Link("a", "b", "FF"), sr.Link("b", "c", "SS"), tasks=tasks)
    row = found(plan, "longer-is-shorter").iloc[0]
    assert "5 working days shorter, it moves the finish 5 days later" in row["finding"]
    assert sr.schedule(plan.replace_task("b", estimate=15)).planned_duration == sr.schedule(plan).planned_duration + 5


def test_ladders_without_effect_on_the_finish():
    plan = ladder()
    aside = plan.replace(tasks=[*plan.tasks, sr.Task("long", 200)])
    row = found(aside, "longer-is-shorter").iloc[0]
    assert row["severity"] == "info"
    assert "moves task 'c' 2 days earlier" in row["finding"]


def test_ladders_by_a_date_and_by_a_share():
    tasks = [sr.Task("b", 8, constraints=[sr.Constraint("FNET", "2027-03-01")]), sr.Task("c", 30)]
    assert ids(linked(sr.Link("b", "c", "SS"), tasks=tasks), "longer-is-shorter") == ["b"]
    tasks = [sr.Task("a", 9), sr.Task("b", 8), sr.Task("c", 30)]
    share = linked(sr.Link("a", "b"), sr.Link("b", "c", lag_percent=-150), tasks=tasks)
    assert ids(share, "longer-is-shorter") == ["b"]
    share = linked(sr.Link("a", "b"), sr.Link("b", "c", lag_percent=-50), tasks=tasks)
    assert found(share, "longer-is-shorter").empty


# ---- tasks that sum up too much ---------------------------------------------------------------------------------------


def test_summarised_tasks():
    # 19 tasks of 5 days and one of 95/3 days: a quarter of what there is.
    quarter = 19 * 5 / 3
    assert found(changed(chain(20), 7, estimate=quarter), "summarised-task").empty
    row = found(changed(chain(20), 7, estimate=quarter + 1), "summarised-task").iloc[0]
    assert (row["severity"], row["id"], row["threshold"]) == ("warning", "t7", 0.25)
    assert row["value"] == pytest.approx((quarter + 1) / (95 + quarter + 1))
    assert found(changed(chain(19), 7, estimate=40), "summarised-task").empty  # a small plan has no more detail


# ---- dates that hide risk ---------------------------------------------------------------------------------------------


def test_pinned_dates_upstream_of_a_promise():
    promised = [sr.Promise("demo", by="2027-03-31", task="t4"), sr.Promise("contract", by="2027-12-31")]
    plan = changed(chain(6, promises=promised), 3, constraints=[sr.Constraint("MSO", "2027-01-11")])
    row = found(plan, "pinned-date").iloc[0]
    assert (row["severity"], row["id"], row["value"]) == ("warning", "t3", 10)
    assert row["finding"] == (
        "must start on 11 January 2027 whatever its predecessors do, 10 working days before logic allows; "
        "promise 'demo' is downstream of it"
    )
    after = changed(chain(6, promises=promised), 5, constraints=[sr.Constraint("MFO", "2027-12-01")])
    row = found(after, "pinned-date").iloc[0]
    assert "promise 'contract' is downstream" in row["finding"]
    assert row["value"] == 0


def test_dates_that_are_not_honoured_do_not_pin():
    plan = changed(chain(6), 3, constraints=[sr.Constraint("SNLT", "2027-01-11")])
    assert found(plan, "pinned-date").empty
    honoured = plan.replace(scheduling=sr.SchedulingOptions(honor_constraints=True))
    assert ids(honoured, "pinned-date") == ["t3"]
    assert ids(changed(chain(6), 3, manual=("2027-02-01", "2027-02-05")), "pinned-date") == ["t3"]


def test_a_start_that_stands_without_predecessors_hides_nothing():
    assert found(changed(chain(6), 0, constraints=[sr.Constraint("MSO", "2027-01-11")]), "pinned-date").empty


def test_dates_that_absorb_delays():
    # t3 could start on 25 January, and waits for 8 February: two weeks.
    plan = changed(chain(6), 3, constraints=[sr.Constraint("SNET", "2027-02-08")])
    row = found(plan, "absorbing-date").iloc[0]
    assert (row["severity"], row["id"], row["value"], row["threshold"]) == ("info", "t3", 10, 0)
    assert found(plan, "absorbing-date", thresholds={"absorbed_days": 10}).empty
    finish = changed(chain(6), 3, constraints=[sr.Constraint("FNET", "2027-02-12")])
    assert found(finish, "absorbing-date")["value"].tolist() == [10]
    reached = changed(chain(6), 3, constraints=[sr.Constraint("SNET", "2027-01-25")])
    assert found(reached, "absorbing-date").empty
    # Nothing before it, nothing absorbed.
    assert found(changed(chain(6), 0, constraints=[sr.Constraint("SNET", "2027-02-08")]), "absorbing-date").empty


def test_absorbed_delays_are_absorbed():
    plan = changed(chain(6), 3, constraints=[sr.Constraint("SNET", "2027-02-08")])
    finish = sr.schedule(plan).planned_finish
    assert sr.schedule(plan.replace_task("t1", estimate=15)).planned_finish == finish
    assert sr.schedule(plan.replace_task("t1", estimate=16)).planned_finish > finish


# ---- progress ---------------------------------------------------------------------------------------------------------


def in_progress(**changes):
    plan = chain(4, status_date="2027-01-13")
    plan = changed(plan, 0, actual_start="2027-01-04", actual_finish="2027-01-08")
    return changed(plan, 1, **({"actual_start": "2027-01-11"} | changes))


def test_progress_up_to_the_status_date_is_sound():
    assert check(in_progress()).empty
    assert check(in_progress(actual_finish="2027-01-13")).empty  # a day is known to its close


def test_actual_dates_after_the_status_date():
    for changes in ({"actual_start": "2027-01-14"}, {"actual_finish": "2027-01-14"}):
        plan = in_progress(**changes)
        row = measured(plan, "invalid-dates")
        assert (row["severity"], row["value"], row["threshold"]) == ("error", 1 / 4, 0)
        assert ids(plan, "invalid-dates") == ["t1"]
    assert "actual finish, 14 January 2027, after the status date" in found(plan, "invalid-dates").iloc[1]["finding"]


@pytest.mark.parametrize(
    ("finish", "status", "wrong"),
    [
        ("2027-01-13T17:00", "2027-01-13T17:00", False),
        ("2027-01-13T17:01", "2027-01-13T17:00", True),
        ("2027-01-13", "2027-01-13T08:00", False),
        ("2027-01-14", "2027-01-13T17:00", True),
        ("2027-01-13T17:00", "2027-01-13", False),
        ("2027-01-14T00:00", "2027-01-13", True),
    ],
)
def test_days_and_times_are_compared_as_days(finish, status, wrong):
    plan = in_progress(actual_finish=finish).replace(status_date=status)
    assert found(plan, "invalid-dates").empty is not wrong


def test_work_to_come_before_the_status_date():
    plan = chain(4, status_date="2027-01-13")
    assert found(plan, "invalid-dates").empty  # P6 moves it
    plan = plan.replace(scheduling=sr.SchedulingOptions(remaining_work="as-scheduled", progress="actual-dates"))
    assert ids(plan, "invalid-dates") == ["t0", "t1"]
    begun = changed(plan, 0, actual_start="2027-01-04")
    assert ids(begun, "invalid-dates") == ["t0", "t1"]
    assert ids(changed(begun, 0, estimate="7/8/9"), "invalid-dates") == []  # t0 goes on to the 13th, t1 to the 20th


def test_progress_without_a_status_date():
    plan = in_progress().replace(status_date=None)
    assert found(plan, "no-status-date").iloc[0]["value"] == 2
    assert found(chain(4), "no-status-date").empty


@pytest.mark.parametrize(
    ("kind", "before", "after", "broken"),
    [
        ("FS", {"actual_start": 1}, {"actual_start": 2}, True),
        ("FS", {"actual_start": 1, "actual_finish": 3}, {"actual_start": 2}, False),
        ("SS", {}, {"actual_start": 2}, True),
        ("SS", {"actual_start": 1}, {"actual_start": 2}, False),
        ("FF", {"actual_start": 1}, {"actual_start": 2}, False),
        ("FF", {"actual_start": 1}, {"actual_start": 2, "actual_finish": 3}, True),
        ("SF", {}, {"actual_start": 2, "actual_finish": 3}, True),
        ("SF", {"actual_start": 1}, {"actual_start": 2, "actual_finish": 3}, False),
    ],
)
def test_out_of_sequence(kind, before, after, broken):
    tasks = [sr.Task("a", "4/5/9", **before), sr.Task("b", "4/5/9", **after)]
    plan = sr.Plan(tasks=tasks, links=[sr.Link("a", "b", kind)], status_date=4)
    assert found(plan, "out-of-sequence").empty is not broken


# ---- calendars --------------------------------------------------------------------------------------------------------


def test_links_between_different_hours():
    plan = changed(chain(4, calendars=[SIX_DAYS]), 2, calendar="six")
    table = found(plan, "different-hours")
    assert (table["id"].tolist(), table["value"].tolist()) == (["five → six", "six → five"], [1, 1])
    assert "other hours of the day than calendar 'six', to which 1 FS link leads" in table.iloc[0]["finding"]
    other_days = SIX_DAYS.replace(shifts=list(FIVE_DAYS.shifts))
    assert found(plan.replace(calendars=[other_days]), "different-hours").empty


def test_lateness_is_working_time_where_calendars_differ():
    # The third task, 40 hours, takes Saturday 16 to Wednesday 20 at 10 hours a day; the last takes a week from Thursday on.
    plan = changed(chain(4, calendars=[SIX_DAYS], promises=[sr.Promise("p", by="2027-01-22")]), 2, calendar="six")
    assert str(sr.schedule(plan).planned_finish)[:10] == "2027-01-27"
    # In working days of the plan's calendar 23 and 24 January, a weekend, do not count.
    assert (
        "is due by 22 January 2027, 3 days before its planned finish"
        in found(plan, "promise-before-plan").iloc[0]["finding"]
    )


# ---- the table --------------------------------------------------------------------------------------------------------


def test_every_rule_says_why():
    plan = ladder().replace(promises=[sr.Promise("p", by="2027-01-05")])
    table = check(plan, detail=True)
    assert (table["why"] == [WHY[rule] for rule in table["rule"]]).all()
    assert all(why and not why.endswith(".") for why in WHY.values())


def test_thresholds_are_checked():
    with pytest.raises(sr.ArgumentError) as error:
        check(chain(3), thresholds={"high_float_day": 3, "cpli": -1, "few": True, "lags_share": float("nan")})
    assert len(error.value.problems) == 4
    assert "did you mean 'high_float_days'" in str(error.value)


def test_many_alike_are_one_row_or_each_a_row():
    plan = changed(chain(40), *range(20), estimate=5)
    told = check(plan)
    told = told[told["rule"] == "no-spread"]
    assert told["where"].tolist() == ["task 't0' and 19 more"]
    assert told["id"].tolist() == [""]
    assert ids(plan, "no-spread") == [f"t{n}" for n in range(20)]


def test_a_link_that_is_there_twice_is_told_once():
    plan = linked(sr.Link("a", "b", lag=-2), sr.Link("a", "b", lag=-2))
    assert ids(plan, "lead") == ["a → b"]
    assert ids(plan, "duplicate-link") == ["a → b"]


def test_nothing_but_finished_work():
    done = {"actual_start": "2027-01-04", "actual_finish": "2027-01-08"}
    tasks = [sr.Task("a", 5, **done), sr.Task("b", 5, **done)]
    table = check(sr.Plan(start="2027-01-04", calendar=FIVE_DAYS, tasks=tasks, status_date="2027-02-01"))
    assert table.empty, table.to_string()


def test_thresholds_and_rules_are_described(request):
    page = (request.config.rootpath / "docs/reference/checks.md").read_text(encoding="utf-8")

    def rows(heading):
        lines = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0].splitlines()
        return [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| `")]

    limits = [[name, f"{each.value:g}", each.meaning, each.source] for name, each in THRESHOLDS.items()]
    assert rows("Thresholds") == limits
    assert {row[0] for row in rows("All rules")} == set(WHY)


kinds, few = st.sampled_from(["FS", "SS", "FF", "SF"]), st.integers(0, 9)
imposed = st.sampled_from(["SNET", "SNLT", "FNET", "FNLT", "SO", "FO", "MSO", "MFO", "deadline", "expected-finish"])
dates = st.lists(st.tuples(imposed, few).map(lambda pair: sr.Constraint(*pair)), max_size=2)
progress = st.sampled_from([{}, {}, {"actual_start": 1}, {"actual_start": 1, "actual_finish": 3}])
whole = st.sampled_from([{}, {}, {}, {"active": False}, {"manual": (2, 6)}, {"kind": "summary", "wbs": "A"}])
some = st.sampled_from([{}, {"kind": "level-of-effort"}, {"kind": "finish-milestone", "estimate": 0}, {"wbs": "A.1"}])


@given(st.data())
def test_every_legal_plan_has_a_health(data):
    names = [f"t{number}" for number in range(data.draw(st.integers(1, 6)))]
    tasks = [
        sr.Task(name, **({"estimate": data.draw(few), "constraints": data.draw(dates)} | data.draw(each)))
        for name, each in zip(names, [progress, whole, some, some, progress, whole], strict=False)
    ]
    pairs = [(one, two) for one in names for two in names if one < two]
    ends = data.draw(st.lists(st.sampled_from(pairs), max_size=8)) if pairs else []
    links = [sr.Link(*pair, data.draw(kinds), lag=data.draw(st.integers(-4, 4))) for pair in ends]
    options = sr.SchedulingOptions(
        honor_constraints=data.draw(st.booleans()),
        progress=data.draw(st.sampled_from(["retained-logic", "progress-override", "actual-dates"])),
        critical_by=data.draw(st.sampled_from(["driving", "float"])),
    )
    moments = st.sampled_from([None, 2, 8])
    try:
        plan = sr.Plan(
            tasks=tasks, links=links, scheduling=options, status_date=data.draw(moments), must_finish=data.draw(moments)
        )
    except sr.PlanError:  # a summary among its own successors
        return
    table = check(plan, detail=True)
    assert set(table["severity"]) <= {"error", "warning", "info"}
    assert not np.isinf(table["value"]).any()
    spans = [task.id for task in tasks if task.is_span or not task.active or task.finished]
    counted = table[
        table["rule"].isin(["open-end", "open-start", "high-float", "negative-float", "no-spread", "long-task"])
    ]
    assert not set(counted["id"]) & set(spans)


# ---- the command line -------------------------------------------------------------------------------------------------


def large(count):
    rng = np.random.default_rng(7)
    tasks, links = [], []
    for number in range(count):
        calendar = "six" if number % 3 == 0 else None
        dates = [sr.Constraint("SNET", "2027-06-01")] if number % 50 == 7 else []
        estimate = f"{number % 7 + 1}/{number % 7 + 2}/{number % 7 + 9}"
        tasks.append(sr.Task(f"t{number}", estimate, calendar=calendar, constraints=dates))
        for _ in range(2 if number else 0):
            kind = ("FS", "FS", "FS", "FS", "SS", "FF")[rng.integers(6)]
            before = max(0, number - int(rng.integers(1, 200)))
            links.append(sr.Link(f"t{before}", f"t{number}", kind, lag=float(rng.integers(3)) if kind != "FS" else 0))
    return sr.Plan(start="2027-01-04", calendar=FIVE_DAYS, calendars=[SIX_DAYS], tasks=tasks, links=links)


def test_a_large_plan_is_told_in_80_columns(tmp_path):
    path = tmp_path / "large.json"
    sr.write(large(600), path)
    text = CliRunner().invoke(cli, ["check", str(path)]).output
    assert max(map(len, text.splitlines())) <= 80
    assert len(text.splitlines()) < 120
    words = " ".join(text.split())
    assert "(--all shows them)" in words
    assert words.startswith("warning: plan has")
    told = json.loads(CliRunner().invoke(cli, ["check", str(path), "--format", "json"]).output)
    assert words.endswith(f"{len(told):,} findings")
    assert set(told[0]) == {"severity", "rule", "id", "where", "finding", "value", "threshold", "why", "remedy"}
    names = [each["id"] for each in told if each["rule"] == "open-end"]
    assert len(names) > 20
    everything = CliRunner().invoke(cli, ["check", str(path), "--all"]).output
    assert all(f"task '{name}' is one of" in everything for name in names)


def test_values_that_are_not_known_are_null(tmp_path):
    sr.write(linked(sr.Link("a", "b"), tasks=[sr.Task("a", "5/5/9"), sr.Task("b", "4/5/9")]), tmp_path / "plan.json")
    output = CliRunner().invoke(cli, ["check", str(tmp_path / "plan.json"), "--format", "json"]).output
    (only,) = json.loads(output)
    assert (only["id"], only["value"], only["threshold"]) == ("a", None, None)


def test_errors_fail_the_gate(tmp_path):
    sr.write(in_progress(), tmp_path / "good.json")
    sr.write(in_progress(actual_finish="2027-01-14"), tmp_path / "bad.json")
    for name, code in (("good", 0), ("bad", 3)):
        outcome = CliRunner().invoke(cli, ["check", str(tmp_path / f"{name}.json"), "--fail-on", "error"])
        assert outcome.exit_code == code


@pytest.mark.performance
def test_a_large_plan_is_checked_in_seconds():
    facts = Facts(large(4_200))
    assert facts.schedule.end > 0  # what the schedule itself takes is measured elsewhere
    began = time.process_time()
    assert sum(len(list(rule(facts))) for rule in RULES) > 1_000
    assert time.process_time() - began < 2


def test_work_behind_a_pinned_date_passes_the_critical_path_test():
    tasks = [
        sr.Task("a", "2/3/4"),
        sr.Task("m", "1/2/3", after=["a"], constraints=[sr.Constraint("MSO", "2026-12-02")]),
        sr.Task("b", "9/10/12", after=["m"]),
    ]
    table = sr.check(sr.Plan(start="2026-12-01", tasks=tasks), detail=True)
    failed = table[(table["rule"] == "critical-path-test") & (table["id"] != "")]
    assert failed["id"].tolist() == ["a"]
    assert failed["value"].tolist() == [590]  # it overtakes what the date lets begin ten days too early


def test_a_promise_on_what_is_never_scheduled():
    tasks = [
        sr.Task("a", "1/2/3", wbs="P.1"),
        sr.Task("off", 2, active=False),
        sr.Task("empty", 0, kind="summary", wbs="Q"),
        sr.Task("full", 0, kind="summary", wbs="P"),
        sr.Task("effort", 0, kind="level-of-effort"),
    ]
    promises = [sr.Promise(task.id, by=5, task=task.id) for task in tasks]
    table = sr.check(sr.Plan(tasks=tasks, promises=promises), detail=True)
    found = table[table["rule"] == "promise-on-nothing"]
    assert found["where"].tolist() == ["promise 'off'", "promise 'empty'", "promise 'effort'"]
    assert set(found["severity"]) == {"error"}
