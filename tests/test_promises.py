"""Relative promises: due so much time after a task, in every draw."""

import datetime as dt
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import schedrisk as sr
from schedrisk.errors import ArgumentError, PlanError
from schedrisk.io import to_toml
from schedrisk.io.document import parse_toml, plan_of
from schedrisk.model import Period

N_DRAWS = 20_000


def within(share, n_draws=N_DRAWS):
    """Return four standard errors of a share."""
    return 4 * np.sqrt(share * (1 - share) / n_draws)


def in_series(**promise):
    tasks = [sr.Task("A", sr.Uniform(0, 10)), sr.Task("B", sr.Uniform(3, 7), after=["A"])]
    return sr.simulate(sr.Plan(tasks=tasks, promises=[sr.Promise("p", after="A", **promise)]), N_DRAWS, rng=5)


# ---- what can be said ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "canonical", "words"),
    [
        ("13w", "13w", "13 weeks"),
        ("13 Weeks", "13w", "13 weeks"),
        ("1 week", "1w", "1 week"),
        ("90d", "90d", "90 calendar days"),
        ("90 calendar days", "90d", "90 calendar days"),
        ("65wd", "65wd", "65 working days"),
        ("65 working days", "65wd", "65 working days"),
        ("3 months", "3mo", "3 months"),
        ("48 h", "48h", "48 hours"),
        ("2.5 working hours", "2.5wh", "2.5 working hours"),
        ("0d", "0d", "0 calendar days"),
    ],
)
def test_periods_are_read_as_contracts_write_them(text, canonical, words):
    promise = sr.Promise("p", within=text, after="a")
    assert promise.within == canonical
    assert Period.of(canonical).words("d") == words
    assert Period.of(Period.of(text).text) == Period.of(text)


@pytest.mark.parametrize(
    "bad", ["13", "w", "13 parsecs", "-3d", "1.5w", "13ww", "1e3d", "3m", "", -1, float("nan"), True, []]
)
def test_bad_periods(bad):
    with pytest.raises(PlanError) as error:
        sr.Promise("p", within=bad, after="a")
    (problem,) = error.value.problems
    assert problem.place == "promise 'p', within"


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({}, "by"),
        ({"by": 3, "within": "1w", "after": "a"}, ""),
        ({"by": 3, "after": "a"}, ""),
        ({"within": "1w"}, "after"),
        ({"after": "a"}, "within"),
        ({"within": "1w", "after": "a", "task": "a"}, "after"),
    ],
)
def test_a_promise_is_due_in_one_way(fields, place):
    with pytest.raises(PlanError) as error:
        sr.Promise("p", **fields)
    (problem,) = error.value.problems
    assert problem.place == ", ".join(filter(None, ("promise 'p'", place)))


def test_faults_of_a_plan_come_together():
    promises = [
        sr.Promise("number", within=5, after="a"),
        sr.Promise("typo", within="1w", after="aa", task="bb"),
    ]
    with pytest.raises(PlanError) as error:
        sr.Plan(start="2026-12-01", tasks=[sr.Task("a", 1), sr.Task("b", 1)], promises=promises)
    texts = [str(problem) for problem in error.value.problems]
    assert len(texts) == 3
    assert any("promise 'number', within: found 5" in text and '"5d"' in text for text in texts)
    assert sum("promise 'typo': found the unknown task" in text and "did you mean" in text for text in texts) == 2
    with pytest.raises(PlanError, match="no months, as the plan has no start"):
        sr.Plan(tasks=[sr.Task("a", 1)], promises=[sr.Promise("p", within="3 months", after="a")])


# ---- closed forms --------------------------------------------------------------------------------------------------


def test_two_uniforms_in_series():
    outcome = in_series(within=5, damages=sr.Damages(10)).promise("p")
    # What counts is B ~ U(3, 7) alone, whatever A did.
    assert outcome.probability == pytest.approx(0.5, abs=within(0.5))
    assert outcome.expected_lateness == pytest.approx(0.5, abs=4 * outcome.expected_lateness_se)
    assert outcome.lateness_given_late == pytest.approx(1, abs=4 * np.sqrt((1 / 3) / (N_DRAWS / 2)))
    assert outcome.expected_damages == pytest.approx((1 + 2) / 4 * 10, abs=4 * outcome.expected_damages_se)
    # The 80 % point of B, within 4 standard errors of a percentile: √(p(1 − p)/n) over the density 1/4.
    assert outcome.promisable_80 == pytest.approx(6.2, abs=4 * within(0.8) / 1)
    assert outcome.planned_due == 10
    assert outcome.planned_margin == 0
    assert outcome.by is None
    assert (outcome.within, outcome.after) == (5, "A")


def test_a_path_beside_the_clock():
    # From A ~ U(0, 10) to max(A + 3, C), C ~ U(0, 20): within 5 where C ≤ A + 5, so E(A + 5)/20 = 1/2.
    tasks = [sr.Task("A", sr.Uniform(0, 10)), sr.Task("B", 3, after=["A"]), sr.Task("C", sr.Uniform(0, 20))]
    promises = [sr.Promise("p", within=5, after="A"), sr.Promise("fixed", by=10)]
    result = sr.simulate(sr.Plan(tasks=tasks, promises=promises), N_DRAWS, rng=5)
    assert result.promise("p").probability == pytest.approx(0.5, abs=within(0.5))
    # The later A is, the easier: only C counts against it.
    late = sr.simulate(result.plan.replace_task("A", estimate=sr.Uniform(10, 20)), N_DRAWS, rng=5)
    assert late.promise("p").probability == pytest.approx(15 / 16, abs=within(15 / 16))
    assert late.promise("fixed").probability == 0


def test_what_can_be_promised_can_be_promised():
    for text in ("5d", "1w", "40h", "36wh", "6wd"):
        result = in_series(within=text)
        outcome = result.promise("p")
        period = Period.of(outcome.promisable_80)
        assert period.unit == Period.of(text).unit
        assert in_series(within=outcome.promisable_80).promise("p").probability >= 0.8
        if period.count > 1:
            less = Period(period.count - 1, period.unit).text
            assert in_series(within=less).promise("p").probability < 0.8


def test_units_of_a_plan_without_dates():
    # Weeks of five days of eight hours.
    kept = {text: in_series(within=text).promise("p").n_kept for text in ("5d", "5wd", "1w", "40h", "40wh")}
    assert set(kept.values()) == {in_series(within=5).promise("p").n_kept}


# ---- calendars, against counting by hand ---------------------------------------------------------------------------

CALENDAR = sr.Calendar(
    holidays=["2026-12-24", "2026-12-25", "2027-01-01"],
    extra_working_days=["2027-01-09"],
    weekday_shifts={"fri": ["08:00-12:00"]},
    special_days={"2026-12-31": ["08:00-10:00"]},
)


def due_day(day, text):
    """Count as a person with a wall calendar does."""
    period = Period.of(text)
    count = int(period.count)
    if period.unit in {"d", "w"}:
        return day + dt.timedelta(days=count * (7 if period.unit == "w" else 1))
    if period.unit == "mo":
        year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
        for last in (day.day, 30, 29, 28):
            try:
                return dt.date(year, month + 1, min(day.day, last))
            except ValueError:
                continue
    due = day
    for _ in range(count):
        due += dt.timedelta(days=1)
        while not CALENDAR.is_working_day(due):
            due += dt.timedelta(days=1)
    return due


def dated(text, *, clock):
    calendars = [sr.Calendar("nights", weekdays=["mon", "tue", "wed", "thu", "fri", "sat"], shifts=["20:00-24:00"])]
    second = {"calendar": "nights"} if clock else {}
    tasks = [
        sr.Task("A", sr.Discrete([0.5, 1, 7.25, 12, 19], [0.2] * 5)),
        sr.Task("B", sr.Uniform(5, 40 if not clock else 20), after=["A"], **second),
    ]
    promise = sr.Promise("p", within=text, after="A", damages=sr.Damages(1, whole=False))
    plan = sr.Plan(start="2026-12-10", calendar=CALENDAR, calendars=calendars, tasks=tasks, promises=[promise])
    return sr.simulate(plan, 400, rng=2)


def last_day(moments):
    return [dt.date.fromisoformat(str((moment - np.timedelta64(1, "s")).astype("datetime64[D]"))) for moment in moments]


@pytest.mark.parametrize("clock", [False, True])
@pytest.mark.parametrize("text", ["0d", "10d", "3w", "1mo", "12wd", "0wd"])
def test_due_days_are_those_of_a_wall_calendar(text, clock):
    result = dated(text, clock=clock)
    begun = last_day(result.samples("A")["finish"].to_numpy())
    done = last_day(result.samples("B")["finish"].to_numpy())
    due = [max(day, due_day(day, text)) for day in begun]
    frame = result.to_frame()
    assert frame["kept: p"].tolist() == [one <= other for one, other in zip(done, due, strict=True)]
    assert last_day(frame["due: p"].to_numpy()) == due
    assert len(Counter(due)) >= 4  # otherwise nothing was tried
    # How many it takes: the fewest with which the due day is no earlier than the finish.
    unit = Period.of(text).unit
    for taken, first, last in list(zip(result.elapsed("p"), begun, done, strict=True))[:60]:
        needed = next(n for n in range(400) if max(first, due_day(first, f"{n}{unit}")) >= last)
        assert np.ceil(taken - 1e-9) == needed
    outcome = result.promise("p")
    kept = np.mean(np.ceil(result.elapsed("p") - 1e-9) <= Period.of(outcome.promisable_80).count)
    assert kept >= 0.8
    assert outcome.n_kept == frame["kept: p"].sum()


def test_weekends_count_for_calendar_days_and_not_for_working_days():
    # A is done on Wednesday 2 December; B takes four working days, to Tuesday the 8th.
    tasks = [sr.Task("A", 2), sr.Task("B", 4, after=["A"])]
    terms = {"5d": False, "6d": True, "4wd": True, "3wd": False, "1w": True, "143h": False, "144h": True, "32wh": True}
    promises = [sr.Promise(text, within=text, after="A", damages=sr.Damages(100)) for text in [*terms, "31wh"]]
    result = sr.simulate(sr.Plan(start="2026-12-01", tasks=tasks, promises=promises), 10, rng=1)
    for text, kept in terms.items():
        assert result.promise(text).n_kept == 10 * kept, text
    monday = result.promise("5d")
    assert str(monday.planned_due) == "2026-12-07"
    assert (monday.expected_lateness, monday.expected_lateness_calendar) == (1, 1)
    assert monday.expected_damages == 100
    assert monday.planned_margin == -1
    assert monday.promisable_80 == "6d"
    assert result.promise("31wh").expected_lateness == pytest.approx(1 / 8)
    assert result.promise("3wd").promisable_90 == "4wd"
    # Over a weekend: due on Saturday the 5th, so Friday's close decides, three calendar and two working days late.
    saturday = sr.simulate(result.plan.with_promise(sr.Promise("sat", within="3d", after="A")), 10, rng=1).promise(
        "sat"
    )
    assert (saturday.expected_lateness, saturday.expected_lateness_calendar) == (2, 3)


def test_months_end_with_their_last_day():
    tasks = [sr.Task("A", 1), sr.Task("B", 20, after=["A"])]
    promise = sr.Promise("p", within="1 month", after="A")
    result = sr.simulate(sr.Plan(start="2027-01-29", tasks=tasks, promises=[promise]), 1, rng=1)
    assert str(result.promise("p").planned_due) == "2027-02-28"
    late = sr.simulate(result.plan.replace(start="2027-01-28"), 1, rng=1)
    assert str(late.promise("p").planned_due) == "2027-02-28"


@given(st.data())
def test_what_can_be_promised_on_random_plans(data):
    text = data.draw(st.sampled_from(["4d", "1w", "2mo", "7wd", "30h", "22.5wh"]))
    clock = data.draw(st.booleans())
    spread = data.draw(st.floats(0.5, 60))
    calendars = [sr.Calendar("nights", shifts=["20:00-24:00"])]
    tasks = [
        sr.Task("A", sr.Uniform(0, spread)),
        sr.Task(
            "B", sr.Uniform(0, 30), after=["A"] if data.draw(st.booleans()) else [], calendar="nights" * clock or None
        ),
    ]
    plan = sr.Plan(start="2026-12-10", calendar=CALENDAR, calendars=calendars, tasks=tasks)

    def outcome(period):
        with_promise = plan.with_promise(sr.Promise("p", within=period, after="A", task="B"))
        return sr.simulate(with_promise, 50, rng=3).promise("p")

    period = Period.of(outcome(text).promisable_80)
    assert outcome(period.text).n_kept >= 40
    if period.count > 0:
        assert outcome(Period(period.count - 1, period.unit).text).n_kept < 40


# ---- everything that uses a promise --------------------------------------------------------------------------------


def gated():
    return sr.Plan(
        start="2026-12-01",
        tasks=[
            sr.Task("site", sr.Uniform(5, 60), owner="customer"),
            sr.Task("install", sr.Uniform(20, 40), after=["site"], owner="us"),
            sr.Task("train", sr.Uniform(5, 10), after=["site"], owner="us"),
        ],
        risks=[sr.Risk("strike", 0.3, delay=sr.Uniform(5, 10), tasks=["install"], owner="us")],
        promises=[sr.Promise("p", within="6w", after="site", damages=sr.Damages(100, per="week"))],
    )


def test_owners_and_comparisons_follow_the_due_date():
    result = sr.simulate(gated(), 2_000, rng=1)
    owners = sr.ownership(result, promise="p")
    assert owners.loc["customer", "p80_saved"] > 5  # the date comes earlier,
    assert abs(owners.loc["customer", "probability_gain"]) < 0.03  # and the promise is no easier to keep
    assert owners.loc["us", "probability_gain"] > 0.2
    assert owners.loc["us", "expected_damages_saved"] > 0
    assert owners.loc["customer", "criticality"] == 0
    without = sr.simulate(gated().without_risk("strike"), 2_000, rng=1)
    table = sr.compare({"as sold": result, "no strike": without}, promise="p")
    assert table["by"].tolist() == ["within 6 weeks after 'site'"] * 2
    assert table.loc["no strike", "probability_change"] > 0.05
    moved = sr.simulate(gated().replace_task("site", estimate=sr.Uniform(5, 61)), 2_000, rng=1)
    assert sr.compare({"a": result, "b": moved}, promise="p").loc["b", "probability_change_se"] > 0


def test_what_moves_both_ends_drives_nothing():
    result = sr.simulate(gated(), 2_000, rng=1)
    date, time = sr.sensitivity(result), sr.sensitivity(result, promise="p")
    assert date.loc["site", "criticality"] == 1
    assert time.loc["site", ["criticality", "ssi", "significance"]].tolist() == [0, 0, 0]
    assert time.loc["install", "criticality"] == 1
    assert time.loc["install", "cruciality"] > date.loc["install", "cruciality"]
    assert not time.isna().to_numpy().any()
    by = result.plan.with_promise(sr.Promise("date", by="2027-03-01", task="train"))
    pairs = sr.simulate(by, 500, rng=1)
    assert sr.sensitivity(pairs, promise="date").equals(sr.sensitivity(pairs, task="train"))
    with pytest.raises(ArgumentError, match="a task or a promise"):
        sr.sensitivity(pairs, task="train", promise="date")


def test_a_task_that_may_not_exist_starts_the_time_in_every_draw():
    tasks = [sr.Task("A", 5), sr.Task("permit", 2, after=["A"], exists=0.5), sr.Task("B", 4, after=["permit"])]
    plan = sr.Plan(
        tasks=tasks, promises=[sr.Promise("p", within=4, after="permit"), sr.Promise("q", within=5, after="A")]
    )
    result = sr.simulate(plan, 1_000, rng=1)
    assert result.promise("p").probability == 1
    assert result.promise("q").probability == pytest.approx(0.5, abs=within(0.5, 1_000))
    assert set(result.elapsed("q").tolist()) == {4, 6}


def test_dates_that_stand_are_told_with_their_part():
    plan = gated().replace_task("site", constraints=[sr.Constraint("MSO", "2026-12-03")])
    outcome = sr.simulate(plan, 200, rng=1).promise("p")
    assert outcome.imposed == ("MSO 3 December 2026 on 'site'",)
    assert outcome.n_kept_without is not None
    assert sr.simulate(plan, 200, rng=1).constraints()["promises"].tolist() == [("p",)]


def test_renderings_say_what_is_due():
    result = sr.simulate(gated(), 500, rng=1)
    told = "within 6 weeks after 'site'"
    assert told in str(result.promise("p"))
    assert told in repr(result)
    assert "within 6 weeks after" in result._repr_html_()
    assert max(map(len, str(result.promise("p")).splitlines())) <= 80
    report = sr.Report(result)
    page = report.markdown()
    assert "The promise “p” (within 6 weeks after “site”)" in page
    assert "with 80 % confidence is 8 weeks after “site”" in page
    assert "How the chance grows with the time" in report.html()
    document = report.to_dict()
    (promise,), (explained,) = document["promises"], document["explained"]
    assert (promise["by"], promise["within"], promise["after"]) == (None, "6w", "site")
    assert promise["promisable_80"] == "8w"
    assert promise["planned_due"] == str(result.promise("p").planned_due)
    assert explained["after"] == "site"
    assert {"percent": 80, "within": "8w"} in explained["percentiles"]
    assert [each["id"] for each in explained["drivers"]] == ["install"]


def test_plots_have_the_time_along_their_axis():
    result = sr.simulate(gated(), 500, rng=1)
    for plot in (sr.plot.s_curve, sr.plot.histogram):
        ax = plot(result, promise="p")
        assert ax.get_xlabel() == "weeks after site"
        assert ax.get_ylabel() in {"chance of finishing within that time", "share of draws"}
        assert any(list(line.get_xdata()) == [6, 6] for line in ax.lines)
        assert any("6 weeks" in text.get_text() for text in ax.texts)
    taken = sr.plot.s_curve(result, promise="p").lines[0]
    kept = result.promise("p").probability
    x, y = taken.get_xdata(), taken.get_ydata()
    assert y[x <= 6].max() == pytest.approx(kept, abs=2 / 400)  # the curve has 400 points
    late = sr.plot.histogram(result, promise="p").containers[1]
    assert sum(bar.get_height() for bar in late) == pytest.approx(1 - kept)
    bars = sr.plot.tornado(result, promise="p", measure="criticality").patches
    assert sorted(bar.get_width() for bar in bars) == [0, 0, 1]
    marked = sr.plot.gantt(result).texts
    assert any("as planned" in text.get_text() for text in marked)
    other = sr.simulate(gated().with_promise(sr.Promise("p", within="42d", after="site")), 500, rng=1)
    with pytest.raises(ArgumentError, match="share an axis"):
        sr.plot.s_curve({"a": result, "b": other}, promise="p")
    with pytest.raises(ArgumentError, match="which has a date"):
        sr.simulate(gated().replace(promises=[sr.Promise("d", by="2027-03-01")]), 10, rng=1).elapsed("d")


def test_checks():
    plan = gated()
    assert "promise-before-plan" not in set(sr.check(plan)["rule"])
    tight = sr.check(plan.with_promise(sr.Promise("p", within="2w", after="site"))).set_index("rule")
    assert "is due within 2 weeks after 'site', as planned" in tight.loc["promise-before-plan", "finding"]
    promises = [
        sr.Promise("late clock", within="1w", after="install", task="site"),
        sr.Promise("date too", by="2027-04-01"),
    ]
    rules = sr.check(plan.replace(promises=[*plan.promises, *promises])).set_index("rule")
    assert rules.loc["promise-clock", "id"] == "late clock"
    assert "overlapping-promises" not in rules.index  # contracts have both
    assert "promise-order" not in rules.index
    twice = [*plan.promises, sr.Promise("again", within="50d", after="site")]
    assert "overlapping-promises" in set(sr.check(plan.replace(promises=twice))["rule"])
    inactive = plan.replace_task("site", active=False)
    found = sr.check(inactive).set_index("rule").loc["promise-on-nothing", "finding"]
    assert "counts from task 'site', which is inactive" in found


def test_documents_and_workbooks_hold_it(tmp_path):
    plan = gated().with_promise(sr.Promise("q", within="30 working days", after="site", task="train"))
    assert plan_of(parse_toml(to_toml(plan))) == plan
    sr.write(plan, tmp_path / "plan.xlsx")
    assert sr.read(tmp_path / "plan.xlsx").promises == plan.promises
