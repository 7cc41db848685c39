"""Tasks that may not exist, branches and decisions: against enumeration, closed forms and plans without them."""

from __future__ import annotations

import datetime as dt
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import schedrisk as sr
from schedrisk.engine import Replay
from schedrisk.errors import PlanError
from schedrisk.model.branches import given_up
from schedrisk.sampling import Design

COIN = sr.Discrete([10, 40], [0.5, 0.5])


def problems(make) -> list[str]:
    with pytest.raises(PlanError) as caught:
        make()
    return [str(problem) for problem in caught.value.problems]


def near(values: np.ndarray, mean: float) -> bool:
    """Tell whether a mean over draws is right within 4 of its standard errors."""
    return abs(values.mean() - mean) <= 4 * values.std() / math.sqrt(values.size) + 1e-12


# ---- existence ------------------------------------------------------------------------------------------------------


def chain(exists: float = 1.0) -> sr.Plan:
    return sr.Plan(
        tasks=[
            sr.Task("a", sr.Discrete([1, 2], [0.5, 0.5])),
            sr.Task("b", 5, after=["a"], exists=exists, constraints=[sr.Constraint("SNET", 4)]),
            sr.Task("c", 1),
        ],
        links=[sr.Link("b", "c", lag=3)],
    )


def test_a_task_without_chance_is_as_if_its_logic_were_bridged():
    without = sr.Plan(tasks=[sr.Task("a", sr.Discrete([1, 2], [0.5, 0.5])), sr.Task("c", 1, after=["a"])])
    one, other = sr.simulate(chain(0.0), 500, rng=3), sr.simulate(without, 500, rng=3)
    assert np.array_equal(one.finish, other.finish)


def test_a_sure_task_is_a_plain_one():
    one, other = sr.simulate(chain(1.0), 500, rng=3), sr.simulate(chain(), 500, rng=3)
    assert np.array_equal(one.finish, other.finish)
    assert set(one.finish) == {13.0}


def test_a_chance_of_existence_mixes_the_two():
    result = sr.simulate(chain(0.3), 20_000, rng=3)
    assert set(result.finish) == {2.0, 3.0, 13.0}
    assert near(result.finish == 13, 0.3)
    assert near(result.finish == 2, 0.35)
    samples = result.samples("b")
    assert ((samples["duration"] == 5) == (result.finish == 13)).all()
    assert (samples["finish"] >= samples["start"]).all()


def test_own_chance_leaves_the_draws_of_others():
    one, other = sr.simulate(chain(0.3), 300, rng=5), sr.simulate(chain(0.6), 300, rng=5)
    assert one.samples("a").equals(other.samples("a"))
    exists = [(result.samples("b")["duration"] > 0).to_numpy() for result in (one, other)]
    assert not (exists[0] & ~exists[1]).any()  # what exists with the smaller chance does with the larger one


def test_what_is_absent_is_not_critical_but_logic_passes_through():
    result = sr.simulate(chain(0.3), 2_000, rng=3)
    criticality = dict(zip("abc", result.critical_counts, strict=True))
    assert criticality["c"] == 2_000
    assert criticality["b"] == np.count_nonzero(result.finish == 13)
    assert criticality["a"] == np.count_nonzero(result.finish != 13)  # the date on b holds it otherwise


def test_the_deterministic_schedule_leaves_small_chances_out():
    assert sr.schedule(chain(0.49)).planned_finish == 2.0
    assert sr.schedule(chain(0.5)).planned_finish == 13.0
    made = sr.schedule(chain(0.2))
    assert "absent" in repr(made)
    frame = made.to_frame()
    assert frame.loc["b", ["start", "finish", "duration"]].tolist() == [1.0, 1.0, 0.0]
    assert np.isnan(frame.loc["b", "total_float"])
    assert not frame.loc["b", "critical"]
    assert frame["exists"].tolist() == [True, False, True]


def test_links_of_every_kind_pass_through():
    for kinds in itertools.product(["FS", "SS", "FF", "SF"], repeat=2):
        plan = sr.Plan(
            tasks=[sr.Task("z", 3), sr.Task("a", 4, after=["z"]), sr.Task("b", 7, exists=0), sr.Task("c", 2)],
            links=[sr.Link("a", "b", kinds[0], lag=5), sr.Link("b", "c", kinds[1], lag=-9)],
        )
        bridged = sr.Plan(
            tasks=[sr.Task("z", 3), sr.Task("a", 4, after=["z"]), sr.Task("c", 2)],
            links=[sr.Link("a", "c", kinds[0][0] + kinds[1][1])],
        )
        one, other = sr.schedule(plan).to_frame(), sr.schedule(bridged).to_frame()
        for column in (
            "early_start",
            "early_finish",
            "late_start",
            "late_finish",
            "total_float",
            "free_float",
            "critical",
        ):
            assert one.loc[["z", "a", "c"], column].tolist() == other[column].tolist(), (kinds, column)


def test_begun_work_exists():
    plan = sr.Plan(tasks=[sr.Task("a", 5, exists=0.0, actual_start=0)])
    assert set(sr.simulate(plan, 100, rng=1).finish) == {5.0}


# ---- branches -------------------------------------------------------------------------------------------------------


def acceptance(**options) -> sr.Plan:
    outcomes = {
        "passed": sr.Outcome(),
        "mend": sr.Outcome(0.3, ["repair"]),
        "rebuild": sr.Outcome(0.1, ["repair", "build again"]),
    }
    return sr.Plan(
        tasks=[
            sr.Task("test", 2),
            sr.Task("repair", 3, after=["test"]),
            sr.Task("build again", 20, after=["repair"]),
            sr.Task("hand over", 1, after=["build again"]),
        ],
        branches=[sr.Branch("acceptance", outcomes, **options)],
    )


def test_one_outcome_happens_in_each_draw():
    result = sr.simulate(acceptance(), 20_000, rng=11)
    assert set(result.finish) == {3.0, 6.0, 26.0}
    for finish, chance in ((3, 0.6), (6, 0.3), (26, 0.1)):
        assert near(result.finish == finish, chance)
    assert sr.schedule(acceptance()).planned_finish == 3.0
    assert sr.schedule(acceptance(planned="rebuild")).planned_finish == 26.0


def test_begun_work_settles_a_branch():
    plan = acceptance()
    tasks = [task.replace(actual_start=2.0) if task.id == "build again" else task for task in plan.tasks]
    assert plan.replace(tasks=tasks).settled_outcome(plan.branches[0]) == "rebuild"


def test_a_branch_without_a_default_and_other_faults_come_at_once():
    found = problems(
        lambda: sr.Plan(
            tasks=[sr.Task("a", 1), sr.Task("phase", 0, kind="summary", wbs="x", exists=0.4)],
            branches=[
                {"id": "half", "outcomes": {"one": {"probability": 0.3}, "two": {"probability": 0.4, "tasks": ["b"]}}},
                {"id": "two", "outcomes": {"one": {}, "two": {}}},
                {"id": "much", "outcomes": {"one": {"probability": 0.7}, "two": {"probability": 0.7}}},
                {"id": "two", "outcomes": {"one": {"probability": 1.5}, "two": {}}, "planned": "three"},
                {"id": "lone", "outcomes": {"one": {}}},
                {"id": "odd", "outcomes": {"one": {"tasks": ["phase"]}, "two": {"probability": 0.5}}},
            ],
            decisions=[
                {"id": "d", "milestone": "a", "by": 3, "reached": ["a", "c"], "missed": ["c"]},
                {"id": "d", "milestone": "nobody", "by": dt.date(2027, 1, 1)},
            ],
        )
    )
    for fault in (
        "branch 'half', outcomes: found probabilities of 0.7 in all and no default",
        "branch 'half', outcome 'two': found the unknown task 'b'",
        "2 outcomes without a probability",
        "branch 'much', outcomes: found probabilities of 1.4 in all",
        "branch 'two': found 2 branches of this name",
        "1.5",
        "branch 'lone'",
        "branch 'odd', outcome 'one': found the summary 'phase'",
        "task 'phase', exists: found 0.4 of a summary",
        "decision 'd', reached: found the unknown task 'c'",
        "decision 'd': found the milestone 'a' among the tasks that depend on it",
        "decision 'd': found task 'c' in both plans",
        "decision 'd': found 2 decisions of this name",
        "decision 'd', milestone: found the unknown task 'nobody'",
        "decision 'd', by: found 2027-01-01, expected a number",
    ):
        assert any(fault in each for each in found), (fault, found)


def test_a_decision_cannot_wait_for_what_depends_on_it():
    with pytest.raises(sr.CycleError) as caught:
        sr.Plan(
            tasks=[sr.Task("m", 0, after=["b"]), sr.Task("b", 1)],
            decisions=[sr.Decision("d", "m", 3, missed=["b"])],
        )
    assert set(caught.value.cycle) == {"m", "b"}


# ---- decisions ------------------------------------------------------------------------------------------------------


def show(*, after_milestone: bool = False, by: float = 20) -> sr.Plan:
    """The demonstration with the new feature, or without it."""
    return sr.Plan(
        tasks=[
            sr.Task("feature", COIN),
            sr.Task("feature ready", 0, after=["feature"]),
            sr.Task("show feature", 0, after=["feature ready"]),
            sr.Task("show old system", 10, after=["feature ready"] if after_milestone else []),
            sr.Task("festival", 0, after=["show feature", "show old system"]),
        ],
        decisions=[
            sr.Decision("what to show", "feature ready", by, reached=["show feature"], missed=["show old system"])
        ],
    )


@pytest.mark.parametrize("after_milestone", [False, True])
def test_plan_b_starts_on_the_day_of_the_decision(after_milestone):
    plan = show(after_milestone=after_milestone)
    result = sr.simulate(plan, 40_000, rng=7)
    assert set(result.finish) == {10.0, 30.0}
    assert near(result.finish, 20.0)
    assert (result.samples("feature")["duration"].isin([10, 40])).all()  # as if it had gone on


def test_the_milestone_alone_may_carry_the_decision():
    plan = sr.Plan(
        tasks=[sr.Task("X", COIN), sr.Task("B", 10), sr.Task("end", 0, after=["X", "B"])],
        decisions=[sr.Decision("plan B", "X", 20, missed=["B"])],
    )
    result = sr.simulate(plan, 40_000, rng=7)
    assert set(result.finish) == {10.0, 30.0}
    assert near(result.finish, 20.0)


def test_a_decision_knows_only_whether_the_milestone_is_reached():
    def finishes(*values: float) -> set[float]:
        plan = show().replace_task("feature", estimate=sr.Discrete(values, [1 / len(values)] * len(values)))
        return set(sr.simulate(plan, 2_000, rng=7).finish)

    assert finishes(20) == {20.0}  # by the close of the day
    assert finishes(21) == finishes(25, 400) == {30.0}  # however late it would have been


def test_without_plan_b_the_project_waits_for_the_decision():
    plan = sr.Plan(
        tasks=[sr.Task("feature", 40), sr.Task("other", 5)], decisions=[sr.Decision("give up", "feature", 20)]
    )
    assert set(sr.simulate(plan, 10, rng=1).finish) == {20.0}


def test_what_leads_elsewhere_goes_on():
    plan = show()
    plan = plan.replace(tasks=[*plan.tasks, sr.Task("manual", 1, after=["feature"])])
    assert set(sr.simulate(plan, 200, rng=1).finish) == {11.0, 41.0}


def test_promise_on_a_milestone_that_is_missed():
    plan = show().with_promise(sr.Promise("feature", by=25, task="feature ready"))
    plan = plan.with_promise(sr.Promise("festival", by=25))
    result = sr.simulate(plan, 4_000, rng=7)
    assert (
        result.promise("feature").n_kept == result.promise("festival").n_kept == np.count_nonzero(result.finish == 10)
    )


def test_criticality_of_a_decision():
    result = sr.simulate(show(), 4_000, rng=7)
    reached = np.count_nonzero(result.finish == 10)
    criticality = dict(zip((task.id for task in result.plan.tasks), result.critical_counts.tolist(), strict=True))
    assert criticality == {
        "feature": reached,
        "feature ready": reached,
        "show feature": reached,
        "show old system": 4_000 - reached,
        "festival": 4_000,
    }


def test_nested_decisions():
    plan = sr.Plan(
        tasks=[
            sr.Task("a", COIN),
            sr.Task("b", sr.Discrete([5, 50], [0.25, 0.75])),
            sr.Task("c", 7),
            sr.Task("end", 0, after=["a", "b", "c"]),
        ],
        decisions=[sr.Decision("first", "a", 20, missed=["b"]), sr.Decision("second", "b", 30, missed=["c"])],
    )
    result = sr.simulate(plan, 20_000, rng=2)
    assert set(result.finish) == {10.0, 25.0, 37.0}
    for finish, chance in ((10, 1 / 2), (25, 1 / 8), (37, 3 / 8)):
        assert near(result.finish == finish, chance)


def test_decisions_in_dates():
    def plan(**options) -> sr.Plan:
        return sr.Plan(
            start="2026-11-30",
            tasks=[
                sr.Task("feature", COIN),
                sr.Task("ready", 0, after=["feature"]),
                sr.Task("old", 10, **options),
                sr.Task("festival", 0, after=["ready", "old"]),
            ],
            decisions=[sr.Decision("what", "ready", "2026-12-25", missed=["old"])],
        )

    for each in (plan(), plan(calendar="24h")):
        result = sr.simulate(each, 300, rng=4)
        days = set(result.finish.astype("datetime64[D]").astype(str))
        late = "2027-01-08" if each.has_one_calendar else "2026-12-29"  # ten days of eight hours round the clock
        assert days == {"2026-12-11", late}


def test_settled_decisions():
    plan = show()
    tasks = [
        task.replace(actual_start=0.0, actual_finish=30.0) if task.id in {"feature", "feature ready"} else task
        for task in plan.tasks
    ]
    late = plan.replace(tasks=tasks)
    assert set(sr.simulate(late, 5, rng=1).finish) == {40.0}
    known = [task.replace(actual_start=0.0) if task.id == "show old system" else task for task in plan.tasks]
    assert set(sr.simulate(plan.replace(tasks=known), 5, rng=1).finish) == {10.0}  # the feature has been given up


def test_planned_schedule_takes_the_planned_way():
    assert sr.schedule(show()).planned_finish == 10.0
    missed = show().replace_task("feature", estimate=COIN, planned=33)
    assert sr.schedule(missed).planned_finish == 30.0
    assert not sr.schedule(missed).to_frame().loc["feature", "critical"]


# ---- random plans ---------------------------------------------------------------------------------------------------


@st.composite
def uncertain(draw: st.DrawFn) -> sr.Plan:
    """Draw a small plan in which tasks may not exist, with branches, decisions, leads and lags."""
    ids = [f"t{number}" for number in range(draw(st.integers(2, 7)))]
    chances = st.sampled_from([1.0, 1.0, 0.5, 0.2, 0.0])
    tasks, links = [], []
    for number, name in enumerate(ids):
        after = draw(st.lists(st.sampled_from(ids[:number]), max_size=2, unique=True)) if number else []
        if number and draw(st.booleans()):
            kind, lag = draw(st.sampled_from(["FS", "SS", "FF", "SF"])), draw(st.sampled_from([0, 2, -3]))
            links.append(sr.Link(draw(st.sampled_from(ids[:number])), name, kind, lag=lag))
        dates = draw(st.sampled_from([(), (), (sr.Constraint("SNET", 4),), (sr.Constraint("FNET", 9),)]))
        estimate = draw(st.sampled_from([sr.Fixed(0), sr.Fixed(3), sr.Discrete([2, 9], [0.5, 0.5])]))
        tasks.append(sr.Task(name, estimate, after=after, exists=draw(chances), constraints=dates))
    branches, decisions = [], []
    if draw(st.booleans()):
        some = st.lists(st.sampled_from(ids), max_size=3, unique=True)
        outcomes = {"one": sr.Outcome(0.4, draw(some)), "two": sr.Outcome(None, draw(some))}
        branches.append(sr.Branch("fork", outcomes))
    for number in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(ids) - 2))
        later = draw(st.lists(st.sampled_from(ids[place + 1 :]), max_size=3, unique=True))
        cut = draw(st.integers(0, len(later)))
        by = draw(st.sampled_from([0, 3, 8]))
        decisions.append(sr.Decision(f"d{number}", ids[place], by, reached=later[:cut], missed=later[cut:]))
    return sr.Plan(tasks=tasks, links=links, branches=branches, decisions=decisions)


@settings(max_examples=60, deadline=None)
@given(uncertain())
def test_dates_are_sound(plan):
    result = sr.simulate(plan, 64, rng=9)
    assert np.isfinite(result.finish_ticks).all()
    replay = result.replay
    starts, finishes = replay.times(range(len(plan.tasks)))
    assert np.isfinite(starts).all()
    assert np.isfinite(finishes).all()
    assert (finishes >= starts).all()
    for row in range(len(plan.tasks)):  # alone, with what decides it, or with everything
        one = replay.times([row])
        assert np.array_equal(one[0][0], starts[row])
        assert np.array_equal(one[1][0], finishes[row])
    slack = sr.schedule(plan).to_frame()["total_float"]
    assert (slack.dropna() >= -1e-9).all() or any(task.constraints for task in plan.tasks) or plan.decisions


@settings(max_examples=40, deadline=None)
@given(uncertain())
def test_blocks_cannot_change_a_bit(plan):
    replay = Replay.of(plan, Design(5, 32))
    whole = sr.simulate(plan, 32, rng=5)
    from schedrisk.engine import run_block

    parts = [run_block(replay, first, 8) for first in range(0, 32, 8)]
    assert np.array_equal(np.concatenate([each.finish for each in parts]), whole.finish_ticks)
    assert np.array_equal(sum(each.critical.sum(axis=0) for each in parts), whole.critical_counts)


@settings(max_examples=60, deadline=None)
@given(uncertain())
def test_planned_values_give_the_schedule(plan):
    fixed = plan.replace(
        tasks=[
            task.replace(estimate=sr.Fixed(task.planned_duration), exists=float(task.id not in plan.absent_as_planned))
            for task in plan.tasks
        ],
        branches=[],
    )
    made, drawn = sr.schedule(plan), sr.simulate(fixed, 2, rng=1)
    assert set(drawn.finish) == {made.planned_finish}
    assert np.array_equal(drawn.critical_counts == 2, made.critical)


# ---- uncertain lags -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["FS", "SS", "FF", "SF"])
def test_uncertain_lags_are_drawn(kind):
    def plan(lag) -> sr.Plan:
        return sr.Plan(tasks=[sr.Task("a", 4), sr.Task("b", 6)], links=[sr.Link("a", "b", kind, lag=lag)])

    lags = [5, 9, 12]
    result = sr.simulate(plan(sr.Discrete(lags, [0.5, 0.25, 0.25])), 4_000, rng=6)
    expected = [sr.schedule(plan(lag)).planned_finish for lag in lags]
    assert set(result.finish) == set(expected)
    for finish, chance in zip(expected, (0.5, 0.25, 0.25), strict=True):
        assert near(result.finish == finish, chance)


def test_an_uncertain_lag_is_as_a_task_between():
    calendars = [sr.Calendar("mon", weekdays=["mon", "wed"]), sr.Calendar("night", shifts=["22:00-24:00"])]
    tasks = [sr.Task("a", "2/3/9"), sr.Task("b", 2, calendar="night")]
    lag = sr.Discrete([1, 2, 7], [0.5, 0.25, 0.25])
    link = sr.Link("a", "b", lag=lag, lag_calendar="mon")
    plan = sr.Plan(start="2026-11-30", calendars=calendars, tasks=tasks, links=[link])
    whole = [
        sr.simulate(plan.replace(links=[sr.Link("a", "b", lag=each, lag_calendar="mon")]), 400, rng=3).finish
        for each in lag.values
    ]
    drawn = sr.simulate(plan, 400, rng=3).finish
    assert (np.sum([drawn == each for each in whole], axis=0) >= 1).all()
    assert len(set(drawn)) > 5


def test_lags_have_streams_of_their_own():
    plan = sr.Plan(
        tasks=[sr.Task("a", "1/2/4"), sr.Task("b", "1/2/4", after=["a"])],
        links=[sr.Link("a", "b", lag=sr.Uniform(0, 9)), sr.Link("a", "b", lag=sr.Uniform(0, 9))],
    )
    one, two = sr.simulate(plan, 4_000, rng=1), sr.simulate(plan.replace(links=plan.links[:1]), 4_000, rng=1)
    assert one.samples("a").equals(two.samples("a"))
    gaps = [(r.samples("b")["start"] - r.samples("a")["finish"]).to_numpy() for r in (one, two)]
    assert near(gaps[0], 6.0)  # the later of two that are independent
    assert near(gaps[1], 4.5)
    assert (gaps[0] >= gaps[1]).all()
    assert (one.critical_counts == 4_000).all()


def test_the_planned_lag_is_that_of_the_estimate():
    plan = sr.Plan(tasks=[sr.Task("a", 1), sr.Task("b", 1)], links=[sr.Link("a", "b", lag="2/3/9")])
    assert sr.schedule(plan).planned_finish == 5.0


# ---- uncertain dates ------------------------------------------------------------------------------------------------


def delivery(when, kind: str = "SNET", **options) -> sr.Plan:
    task = sr.Task("install", 2, constraints=[sr.Constraint(kind, when)], **options)
    return sr.Plan(start="2026-12-01", tasks=[task])


@pytest.mark.parametrize("kind", ["SNET", "FNET", "external-start"])
@pytest.mark.parametrize("options", [{}, {"calendar": "24h"}])
def test_every_day_of_a_range_is_equally_likely(kind, options):
    days = [dt.date(2027, 1, 3) + dt.timedelta(days=number) for number in range(18)]
    result = sr.simulate(delivery("2027-01-03/2027-01-20", kind, **options), 18_000, rng=8)
    expected: dict[object, int] = {}
    for day in days:
        finish = sr.schedule(delivery(day, kind, **options)).planned_finish
        expected[finish] = expected.get(finish, 0) + 1
    assert set(result.finish) == set(expected)
    for finish, count in expected.items():
        assert near(result.finish == finish, count / 18)


def test_likely_dates_and_days_after():
    plan = delivery("2027-01-04/2027-01-11/2027-02-15")
    assert sr.schedule(plan).planned_finish == sr.schedule(delivery("2027-01-11")).planned_finish
    arrival = sr.simulate(plan, 4_000, rng=3).samples("install")["start"].to_numpy().astype("datetime64[D]")
    assert arrival.min() >= np.datetime64("2027-01-04")
    assert arrival.max() <= np.datetime64("2027-02-15")
    plan = delivery(sr.DateRange("2027-01-04", days=sr.Discrete([0, 7], [0.75, 0.25])))
    result = sr.simulate(plan, 4_000, rng=3)
    late = sr.schedule(delivery("2027-01-11")).planned_finish
    assert near(result.finish == late, 0.25)
    assert set(result.finish) == {late, sr.schedule(delivery("2027-01-04")).planned_finish}


def test_instants_are_drawn_to_the_second():
    plan = delivery("2027-01-04T08:00/2027-01-04T12:00")
    starts = sr.simulate(plan, 2_000, rng=3).samples("install")["start"].to_numpy()
    assert len(set(starts)) > 1_000
    hours = (starts - np.datetime64("2027-01-04T08:00")) / np.timedelta64(1, "h")
    assert near(hours, 2.0)


def test_uncertain_numbers_in_a_plan_without_dates():
    task = sr.Task("a", 1, constraints=[sr.Constraint("SNET", "10/20")])
    result = sr.simulate(sr.Plan(tasks=[task]), 4_000, rng=2)
    assert near(result.finish, 16.0)
    assert sr.schedule(sr.Plan(tasks=[task])).planned_finish == 16.0


def test_bad_dates_and_lags_come_at_once():
    found = problems(
        lambda: sr.Plan(
            tasks=[{"id": "a", "estimate": 1, "constraints": [{"kind": "MSO", "when": "3/5"}]}, sr.Task("b", 1)],
            links=[{"predecessor": "a", "successor": "b", "lag": "5/4/3"}],
        )
    )
    assert any("expected one date, as MSO has" in each for each in found)
    assert any("low" in each and "lag" in each for each in found)
    assert (
        "a number, as the plan has no start"
        in problems(lambda: delivery("2027-01-04/2027-01-11").replace(start=None))[0]
    )
    assert "low ≤ mode ≤ high" in problems(lambda: sr.DateRange("2027-01-04", "2027-01-03"))[0]


def test_a_date_drives_only_where_it_is_the_later():
    plan = sr.Plan(
        tasks=[
            sr.Task("a", sr.Uniform(0, 20)),
            sr.Task("b", 1, after=["a"], constraints=[sr.Constraint("SNET", "0/20")]),
        ]
    )
    result = sr.simulate(plan, 4_000, rng=2)
    driven = result.samples("a")["finish"].to_numpy() == result.samples("b")["start"].to_numpy()
    assert result.critical_counts.tolist() == [np.count_nonzero(driven), 4_000]
    assert near(driven, 0.5)


# ---- gates, rework, and what the result says ------------------------------------------------------------------------


def gated() -> sr.Plan:
    return sr.Plan(
        start="2026-12-01",
        tasks=[
            sr.gate("site", "2026-12-21", "2026-12-21/2027-02-01", owner="customer"),
            sr.Task("install", 5, after=["site"], owner="us"),
        ],
        promises=[sr.Promise("contract", by="2026-12-28")],
    )


def test_a_gate_is_planned_as_promised_and_drawn_as_likely():
    plan = gated()
    assert sr.schedule(plan).planned_finish == np.datetime64("2026-12-28T17:00")
    result = sr.simulate(plan, 20_000, rng=4)
    gates = result.gates()
    assert gates["gate"].tolist() == ["site"]
    assert gates.loc[0, "promised"] == dt.date(2026, 12, 21)
    # The 21st is one of 43 equally likely days.
    assert abs(gates.loc[0, "late"] - 42 / 43) <= 4 * math.sqrt(42 / 43 / 43 / 20_000)
    days = np.arange(np.datetime64("2026-12-21"), np.datetime64("2027-02-02"))
    delays = np.busday_count("2026-12-22", days + 1)
    assert abs(gates.loc[0, "delay_mean"] - np.maximum(delays, 0).mean()) <= 4 * gates.loc[0, "delay_mean_se"]
    assert gates.loc[0, "delay_p80"] == np.sort(np.maximum(delays, 0))[math.ceil(0.8 * 43) - 1]
    owners = sr.ownership(result, promise="contract")
    assert owners.index[0] == "customer"
    assert owners.loc["customer", "probability_gain"] == 1 - result.promise("contract").probability


def test_a_gate_is_done_at_the_close_of_its_day_on_any_calendar():
    plan = gated()
    night = sr.Task("guard", 1, calendar="24h")
    result = sr.simulate(plan.replace(tasks=[*plan.tasks, night]), 20_000, rng=4)  # reckoned in clock time
    plain = sr.simulate(plan, 20_000, rng=4)
    assert result.gates().loc[0, "late"] == plain.gates().loc[0, "late"]
    assert result.gates().loc[0, "delay_mean"] == plain.gates().loc[0, "delay_mean"]
    assert np.array_equal(result.finish, plain.finish)
    assert result.schedule.planned_finish == plain.schedule.planned_finish
    assert result.schedule.to_frame().loc["site", "finish"] == np.datetime64("2026-12-21T17:00")


def test_a_gate_drives_by_its_date():
    plan = gated()
    plan = plan.replace(tasks=[plan.tasks[0], plan.tasks[1].replace(estimate="4/5/6")])
    result = sr.simulate(plan, 4_000, rng=4)
    gate = sr.sensitivity(result).loc["site"]
    starts = result.samples("install")["start"].to_numpy().astype("datetime64[D]")
    waits = np.busday_count("2026-12-01", starts)  # from the plan's start to the morning after the gate
    assert gate["duration_mean"] == pytest.approx(waits.mean())
    assert gate["duration_sd"] == pytest.approx(waits.std(), rel=1e-3)
    assert gate["criticality"] == 1
    assert gate["cruciality"] == pytest.approx(np.corrcoef(waits, result.duration)[0, 1])
    assert gate["ssi"] > 0.9


def test_a_gate_may_wait_for_work():
    plan = gated()
    tasks = [sr.Task("permit", 100), plan.tasks[0].replace(after=["permit"]), plan.tasks[1]]
    plan = plan.replace(tasks=tasks)
    result = sr.simulate(plan, 50, rng=1)
    assert len(set(result.finish)) == 1
    assert (result.gates()["late"] == 1).all()


def test_faults_of_a_gate_come_at_once():
    found = problems(lambda: sr.gate("site", "soon", "2027-02-01/2027-01-01"))
    assert any("gate 'site'" in each for each in found)


def test_rework_is_a_truncated_geometric():
    plan = sr.Plan(
        tasks=[sr.Task("test", 2), sr.Task("ship", 1, after=["test"])],
        links=[sr.Link("test", "ship", "SS", lag=1)],
        promises=[sr.Promise("tested", by=9, task="test")],
        risks=[sr.Risk("slow", 1.0, factor=1, tasks=["test"]), sr.Risk("ill", 0.5, delay={"test": 0})],
    )
    plan = plan.with_rework("test", tasks=[sr.Task("repair", 3), "test"], probability=0.4, times=3, owner="us")
    result = sr.simulate(plan, 40_000, rng=5)
    loops = (result.finish - 3) / 5
    assert set(loops) == {0, 1, 2, 3}
    for count, chance in enumerate([0.6, 0.24, 0.096, 0.064]):
        assert near(loops == count, chance)
    assert plan.promise("tested").task == "test (4)"
    assert near(result.ticks("test (4)") / 1e6, 2 + 5 * (0.4 + 0.16 + 0.064))
    assert plan.risks[0].tasks == ("test", "test (2)", "test (3)", "test (4)")
    assert plan.links[0].predecessor == "test"
    shares = result.branches()
    assert shares["owner"].tolist() == ["us"] * 4
    assert (np.abs(shares["share"] - shares["probability"]) <= 4 * shares["share_se"]).all()


def test_faults_of_rework_come_at_once():
    with pytest.raises(sr.ArgumentError) as caught:
        chain().with_rework("q", tasks=["a", "a", "x"], probability=1.2, times=0)
    assert len(caught.value.problems) == 5


def test_decisions_are_counted():
    result = sr.simulate(show(), 4_000, rng=7)
    (row,) = result.decisions().to_dict("records")
    assert row["reached"] == np.mean(result.finish == 10)
    assert row["missed"] == np.mean(result.finish == 30)
    assert row["arises"] == 1
    assert row["reached_se"] == math.sqrt(row["reached"] * row["missed"] / 4_000)


def test_tables_take_the_draws_in_which_a_task_exists():
    result = sr.simulate(show(), 4_000, rng=7)
    table = result.tasks()
    reached = np.mean(result.finish == 10)
    assert table["exists"].to_dict() == pytest.approx(
        {
            "feature": reached,
            "feature ready": reached,
            "show feature": reached,
            "show old system": 1 - reached,
            "festival": 1,
        }
    )
    assert table.loc["feature ready", "finish_p90"] == table.loc["feature ready", "finish_mean"] == 10
    assert table.loc["show old system", ["start_p10", "finish_p90"]].tolist() == [20, 30]
    never = sr.simulate(chain(0.0), 100, rng=1).tasks()
    assert never.loc["b", "exists"] == 0
    assert np.isnan(never.loc["b", "finish_p80"])
    lasts = sr.sensitivity(result)["duration_mean"]
    assert lasts["show old system"] == pytest.approx(10 * (1 - reached))
    assert lasts["feature"] == pytest.approx(10 * reached + 40 * (1 - reached))
    samples = result.samples("feature ready")
    assert (samples["exists"] == (result.finish == 10)).all()


def test_no_draw_changes_with_a_branch_more():
    plan = sr.Plan(tasks=[sr.Task("a", "1/2/9"), sr.Task("b", "1/2/9", after=["a"]), sr.Task("c", "1/2/9")])
    more = plan.replace(branches=[sr.Branch("x", {"one": sr.Outcome(0.5, ["c"]), "two": sr.Outcome()})])
    one, two = sr.simulate(plan, 500, rng=1), sr.simulate(more, 500, rng=1)
    for task in "ab":
        assert one.samples(task).equals(two.samples(task))


def test_what_people_read():
    result = sr.simulate(show().with_promise(sr.Promise("shown", by=25, task="show feature")), 400, rng=7)
    assert "decision what to show by 20 days: reached in 4" in repr(result)
    assert "reached in 4" in result._repr_html_()
    findings = sr.check(result.plan).set_index("rule")["finding"]
    assert "may not exist" in findings["promise-on-perhaps"]
    report = sr.Report(result)
    document = report.to_dict()
    assert document["decisions"][0]["decision"] == "what to show"
    assert "What is decided on the way" in report.markdown()
    assert "What is decided on the way" in report.html()
    gates = sr.Report(sr.simulate(gated(), 200, rng=1))
    assert gates.to_dict()["gates"][0]["promised"] == "2026-12-21"
    assert "how late they are" in gates.markdown()
    branches = sr.Report(sr.simulate(acceptance(), 200, rng=1))
    assert [each["outcome"] for each in branches.to_dict()["branches"]] == ["passed", "mend", "rebuild"]
    assert "What may happen" in branches.markdown()


@pytest.mark.parametrize("sampling", ["latin", "sobol"])
def test_stratified_draws_know_the_structure(sampling):
    plan = gated()
    plan = plan.replace(
        tasks=[*plan.tasks, sr.Task("more", "2/3/9", after=["install"], exists=0.25)],
        links=[sr.Link("site", "more", lag="1/2/30")],
        branches=[sr.Branch("fork", {"one": sr.Outcome(0.3, ["more"]), "two": sr.Outcome()})],
    )
    result = sr.simulate(plan, 4_096, rng=1, sampling=sampling)
    shares = result.branches()
    assert (np.abs(shares["share"] - shares["probability"]) <= 4 * shares["share_se"]).all()
    assert (shares["share_se"] < 0.2 * np.sqrt(0.3 * 0.7 / 4_096)).all()  # a stratified number, not a random one
    gate = result.gates().iloc[0]
    assert abs(gate["late"] - 42 / 43) <= 4 * max(gate["late_se"], 1e-3)
    exists = result.tasks().loc["more"]
    assert abs(exists["exists"] - 0.075) <= 4 * exists["exists_se"]


# ---- against a second reckoning, task by task and draw by draw ------------------------------------------------------


class Reckoned:
    """One draw of a plan without dates, reckoned by recursion over its definition.

    Durations, lags, dates and chances must be certain: 0 or 1.
    """

    def __init__(self, plan: sr.Plan) -> None:
        self.plan, self.tasks = plan, {task.id: task for task in plan.tasks}
        self.into = {task: [link for link in plan.all_links if link.successor == task] for task in self.tasks}
        self.dates: dict[str, tuple[float, float]] = {}
        self.edges = [(link.predecessor, link.successor) for link in plan.all_links]
        self.edges += [(decision.milestone, task) for decision in plan.decisions for task in decision.tasks]
        self.finish = max(max(0.0, self.seen(task)[1]) for task in self.tasks)

    def verdict(self, decision: sr.Decision) -> str:
        if not self.exists(decision.milestone, cut=False):
            return "nothing"
        return "reached" if self.span(decision.milestone)[1] <= decision.by else "missed"

    def exists(self, task: str, successor: str | None = None, *, cut: bool = True) -> bool:
        there = self.tasks[task].exists == 1
        for decision in self.plan.decisions:
            for way in ("reached", "missed"):
                if task in getattr(decision, way) and self.verdict(decision) != way:
                    there = False
        return there and not (cut and self.cut(task, successor) is not None)

    def cut(self, task: str, successor: str | None = None) -> float | None:
        """Return when a task is given up, if it would go on, as a successor sees it: not if it is given up with it."""
        days = []
        for decision in self.plan.decisions:
            ended, day = given_up(decision, self.edges), max(decision.by, 0.0)
            if task in ended and successor not in ended and self.verdict(decision) == "missed":
                days += [day] if self.span(task)[1] > day else []
        return min(days) if days else None

    def span(self, task: str) -> tuple[float, float]:
        """Return start and finish as if no decision gave it up."""
        if task not in self.dates:
            self.dates[task] = self._span(task)
        return self.dates[task]

    def _span(self, name: str) -> tuple[float, float]:
        task, there = self.tasks[name], self.exists(name, cut=False)
        lasts = task.estimate.value if there else 0.0
        starts = [0.0]
        for link in self.into[name]:
            arrival = self.arrival(link, there=there)
            starts.append(arrival if link.kind[1] == "S" or not there else arrival - lasts)
        if there:
            for each in task.constraints:
                starts.append(each.when if each.kind == "SNET" else each.when - lasts)
            starts += [d.by for d in self.plan.decisions if name in d.missed and self.verdict(d) == "missed"]
        return max(starts), max(starts) + lasts

    def seen(self, task: str, successor: str | None = None) -> tuple[float, float]:
        """Return start and finish as what follows sees them."""
        start, finish = self.span(task)
        day = self.cut(task, successor)
        return (start, finish) if day is None else (min(start, day), min(finish, day))

    def arrival(self, link: sr.Link, *, there: bool) -> float:
        before = link.predecessor, link.successor
        lag = link.lag if there and self.exists(*before) else 0.0
        return self.seen(*before)[link.kind[0] == "F"] + lag

    def critical(self) -> set[str]:
        """Return what is joined to the finish by links that bind."""
        found: set[str] = set()
        waiting = [task for task in self.tasks if self.seen(task)[1] == self.finish]
        while waiting:
            task = waiting.pop()
            if task in found:
                continue
            found.add(task)
            there, (start, finish) = self.exists(task), self.seen(task)
            if self.cut(task) is not None:
                continue  # the decision ends it
            for link in self.into[task]:
                held = start if link.kind[1] == "S" or not there else finish
                if self.arrival(link, there=there) == held:
                    waiting.append(link.predecessor)
        return {task for task in found if self.exists(task)}


@settings(max_examples=120, deadline=None)
@given(uncertain())
def test_every_draw_is_as_reckoned_by_hand(plan):
    result = sr.simulate(plan, 6, rng=3)
    starts, finishes, absent = result.replay.histories(range(len(plan.tasks)))
    counts = np.zeros(len(plan.tasks), dtype=int)
    outcomes = [result.replay.outcomes(branch) for branch in plan.branches]
    chance = result.replay.sampler.sample(0, 6)
    for draw in range(6):
        # What chance decided, as certain; what was decided is reckoned.
        gone = {row for row, mask in chance.absent.items() if mask[draw]}
        tasks = [
            task.replace(estimate=sr.Fixed(drawn_length(task, chance, row, draw)), exists=float(row not in gone))
            for row, task in enumerate(plan.tasks)
        ]
        reckoned = Reckoned(plan.replace(tasks=tasks, branches=[]))
        assert result.finish[draw] == reckoned.finish
        critical = reckoned.critical()
        for row, task in enumerate(plan.tasks):
            assert (starts[row, draw] / 1e6, finishes[row, draw] / 1e6) == reckoned.span(task.id)
            assert (row in absent and bool(absent[row][draw])) == (not reckoned.exists(task.id))
            counts[row] += task.id in critical
    assert result.critical_counts.tolist() == counts.tolist()
    assert all(set(each.tolist()) <= {0, 1} for each in outcomes)


def drawn_length(task: sr.Task, sample, row: int, draw: int) -> float:
    """Return the duration of a draw; of what chance left out, the planned one."""
    gone = sample.absent.get(row)
    return task.planned_duration if gone is not None and gone[draw] else sample.durations[row, draw] / 1e6


def test_weather_that_loses_nothing_changes_nothing():
    def plan(*weather: sr.Weather) -> sr.Plan:
        calendar = sr.Calendar("quay", weather=[each.name for each in weather])
        return sr.Plan(
            start="2026-12-01",
            calendars=[calendar],
            weather=weather,
            tasks=[
                sr.gate("site", "2026-12-21", "2026-12-21/2027-02-01"),
                sr.Task("feature", "20/30/70", calendar="quay"),
                sr.Task("ready", 0, after=["feature"]),
                sr.Task("crane", "2/3/8", after=["site"], exists=0.3, calendar="quay"),
                sr.Task("new", 3, after=["ready", "site"], calendar="quay"),
                sr.Task("old", 5, calendar="24h"),
                sr.Task("end", 0, after=["new", "old", "crane"]),
            ],
            links=[sr.Link("site", "end", lag="1/2/6", lag_calendar="quay")],
            decisions=[sr.Decision("show", "ready", by="2027-01-22", reached=["new"], missed=["old"])],
        )

    fair, calm, storm = (sr.simulate(each, 1_000, rng=3) for each in (
        plan(), plan(sr.Weather("storm", 0.0)), plan(sr.Weather("storm", 0.3))
    ))  # fmt: skip
    assert np.array_equal(fair.finish, calm.finish)
    assert np.array_equal(fair.critical_counts, calm.critical_counts)
    assert storm.decisions().loc[0, "reached"] < fair.decisions().loc[0, "reached"]


def test_draws_are_frozen():
    """Other bits than these mean another `stream_version`."""
    plan = sr.Plan(
        start="2026-12-01",
        tasks=[
            sr.Task("a", 1, exists=0.4),
            sr.Task("b", 2, after=["a"], constraints=[sr.Constraint("SNET", "2027-01-03/2027-01-20")]),
            sr.Task("c", 1),
            sr.Task("d", 4, after=["c"]),
        ],
        links=[sr.Link("b", "c", lag=sr.Uniform(0, 9))],
        branches=[sr.Branch("x", {"one": sr.Outcome(0.3, ["d"]), "two": sr.Outcome(0.3), "three": sr.Outcome()})],
    )
    replay = sr.simulate(plan, 8, rng=2026).replay
    sample = replay.sampler.sample(0, 8)
    assert sample.absent[0].astype(int).tolist() == [0, 0, 1, 1, 1, 1, 0, 1]
    assert replay.outcomes(plan.branches[0]).tolist() == [0, 2, 2, 0, 0, 0, 2, 0]
    assert sample.lags[0].tolist() == [73714, 145404, 225489, 25721, 153263, 155114, 37483, 74281]
    assert sample.dates[0].tolist() == [835200, 691200, 864000, 921600, 748800, 691200, 892800, 979200]
