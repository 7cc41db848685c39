"""Results: dates, promises, lateness and damages, tables and renderings."""

import numpy as np
import pytest
from scipy import stats

import schedrisk as sr
from schedrisk.errors import ArgumentError, UnknownNameError
from schedrisk.result.intervals import percentile_rank, rank_interval, wilson_interval

# Wednesday 2 December 2026 is day 1; a discrete duration makes every figure known.
DATED = sr.Plan(
    name="dated",
    start="2026-12-02",
    tasks=[sr.Task("a", sr.Discrete([3, 4, 8], [0.5, 0.3, 0.2])), sr.Task("m", 0, after=["a"])],
    promises=[
        sr.Promise("friday", by="2026-12-04", damages=sr.Damages(10)),
        sr.Promise("milestone", by="2026-12-06", task="m", damages=sr.Damages(7, per="working-day")),
        sr.Promise("weeks", by="2026-12-04", damages=sr.Damages(100, per="week", whole=False)),
        sr.Promise("noon", by="2026-12-04T12:00"),
    ],
)


@pytest.fixture(scope="module")
def result():
    return sr.simulate(DATED, 20_000, rng=3)


def shares(result):
    days = result.duration
    return [(days == value).mean() for value in (3, 4, 8)]


def test_finishes_are_dates_at_the_close_of_the_day(result):
    assert set(np.unique(result.finish).astype(str)) == {
        "2026-12-04T17:00:00",  # Friday is Friday
        "2026-12-07T17:00:00",
        "2026-12-11T17:00:00",
    }
    assert result.planned_finish == np.datetime64("2026-12-04T17:00")
    assert np.allclose(shares(result), [0.5, 0.3, 0.2], atol=4 * np.sqrt(0.25 / 20_000))


def test_probability_of_meeting_takes_every_kind_of_date(result):
    three, four, _ = shares(result)
    assert result.probability_of_meeting("2026-12-04") == three
    assert result.probability_of_meeting("2026-12-06") == three
    assert result.probability_of_meeting(np.datetime64("2026-12-07")) == pytest.approx(three + four)
    assert result.probability_of_meeting("2026-12-04T16:59:59") == 0
    assert result.probability_of_meeting("2026-12-04T17:00") == three
    assert result.probability_of_meeting("2026-11-30") == 0
    assert result.probability_of_meeting("2026-12-04", task="m") == three
    low, high = result.probability_interval("2026-12-04")
    assert low < 0.5 < high


@pytest.mark.parametrize("bad", ["soon", 12, None, np.datetime64("NaT")])
def test_bad_date(result, bad):
    with pytest.raises(ArgumentError, match="date"):
        result.probability_of_meeting(bad)


def test_unknown_names(result):
    with pytest.raises(UnknownNameError, match="did you mean 'friday'"):
        result.promise("fryday")
    with pytest.raises(UnknownNameError):
        result.percentile(80, task="zz")


def test_promise_of_the_project_by_calendar_days(result):
    three, four, eight = shares(result)
    outcome = result.promise("friday")
    assert outcome.probability == three
    assert outcome.planned_margin == 0
    assert outcome.promisable_80 == np.datetime64("2026-12-07")
    assert outcome.p90 == np.datetime64("2026-12-11T17:00")
    assert outcome.expected_lateness == pytest.approx(four * 1 + eight * 5)
    assert outcome.expected_lateness_calendar == pytest.approx(four * 3 + eight * 7)
    assert outcome.lateness_given_late == pytest.approx((four * 1 + eight * 5) / (four + eight))
    assert outcome.expected_damages == pytest.approx(10 * (four * 3 + eight * 7))
    variance = 100 * (four * 9 + eight * 49) - outcome.expected_damages**2
    assert outcome.expected_damages_se == pytest.approx(np.sqrt(variance / 20_000))
    assert outcome.interval == outcome.probability_interval(0.95)
    assert outcome.unit == "working days"


def test_promise_of_a_milestone_on_a_sunday_by_working_days(result):
    three, four, eight = shares(result)
    outcome = result.promise("milestone")
    assert outcome.task == "m"
    assert outcome.probability == three
    assert outcome.expected_lateness == pytest.approx(four * 1 + eight * 5)
    assert outcome.expected_lateness_calendar == pytest.approx(four * 1 + eight * 5)  # from Sunday on
    assert outcome.expected_damages == pytest.approx(7 * (four * 1 + eight * 5))


def test_promise_by_weeks_and_to_an_instant(result):
    _, four, eight = shares(result)
    assert result.promise("weeks").expected_damages == pytest.approx(100 * (four * 3 + eight * 7) / 7)
    noon = result.promise("noon")
    assert noon.probability == 0
    assert noon.planned_margin == -0.5
    assert np.isnan(noon.expected_damages)
    assert "none of 20,000 draws (below 0.02 %)" in str(noon)


def test_promise_before_the_start():
    plan = DATED.replace(promises=[sr.Promise("past", by="2026-11-27")])
    outcome = sr.simulate(plan, 100, rng=1).promise("past")
    assert outcome.probability == 0
    assert outcome.planned_margin == -5  # Monday and Tuesday, and three days of work, from the close of Friday


def test_contingency_and_percentiles(result):
    assert result.contingency(80) == 1
    assert result.contingency(90) == 5
    assert result.percentile(0) == result.percentile(50) == np.datetime64("2026-12-04T17:00")
    assert result.percentile(100) == np.datetime64("2026-12-11T17:00")
    low, high = result.percentile_interval(80)
    assert low <= result.percentile(80) <= high
    for bad in (-1, 101, "80", True, float("nan")):
        with pytest.raises(ArgumentError, match="percentile"):
            result.percentile(bad)


def test_tables(result):
    table = result.tasks()
    assert table.loc["a", "planned_start"] == np.datetime64("2026-12-02T08:00")
    assert table.loc["a", "finish_p80"] == result.percentile(80)
    assert table.loc["m", "start_p80"] == table.loc["m", "finish_p80"]  # a milestone is not on the next morning
    assert table.loc["a", "criticality"] == 1
    draws = result.to_frame()
    assert draws.index.name == "draw"
    assert draws["kept: friday"].mean() == result.promise("friday").probability
    assert (draws["finish"].to_numpy() == result.finish).all()
    assert (draws["finish: milestone"].to_numpy() == result.finish).all()
    samples = result.samples("a")
    assert (samples["finish"].to_numpy() == result.finish).all()
    assert (samples["duration"].to_numpy() == result.duration).all()


def test_undated_plan_in_weeks():
    plan = sr.Plan(
        unit="w",
        tasks=[sr.Task("a", sr.Discrete([40, 44.5], [0.5, 0.5]))],
        promises=[sr.Promise("bid", by=41, damages=sr.Damages(10_000, per="week", whole=False, grace=2))],
    )
    outcome = sr.simulate(plan, 1_000, rng=1).promise("bid")
    late = 1 - outcome.probability
    assert outcome.unit == "weeks"
    assert outcome.expected_lateness == pytest.approx(3.5 * late)
    assert outcome.expected_damages == pytest.approx(15_000 * late)
    assert np.isnan(outcome.expected_lateness_calendar)
    assert outcome.planned_margin == 1
    assert "44.5 weeks at 80 %" in str(outcome)
    with pytest.raises(ArgumentError, match="give the plan a start"):
        sr.simulate(plan, 10, rng=1).probability_of_meeting("2026-12-31")


def test_finishes_after_the_year_9999():
    plan = sr.Plan(start="2026-12-01", tasks=[sr.Task("a", "1e8")], promises=[sr.Promise("p", by="2027-01-01")])
    result = sr.simulate(plan, 20, rng=1)
    assert result.probability_of_meeting(result.percentile(80)) == 1
    assert "385333" in repr(result)
    assert result.promise("p").n_kept == 0
    with pytest.raises(ArgumentError, match="can be drawn"):
        sr.plot.s_curve(result)


def test_units_of_time():
    hours = sr.Plan(start="2026-12-02", unit="h", tasks=[sr.Task("a", 12)])
    weeks = sr.Plan(start="2026-12-02", unit="w", tasks=[sr.Task("a", 1)])
    assert sr.schedule(hours).planned_finish == np.datetime64("2026-12-03T12:00")
    assert sr.schedule(weeks).planned_finish == np.datetime64("2026-12-08T17:00")


def test_start_within_the_day_and_on_a_day_off():
    afternoon = sr.Plan(start="2026-12-02T15:00", tasks=[sr.Task("a", 1)])
    sunday = sr.Plan(start="2026-12-06", tasks=[sr.Task("a", 1), sr.Task("begin", 0)])
    assert sr.schedule(afternoon).planned_finish == np.datetime64("2026-12-03T15:00")
    table = sr.schedule(sunday).to_frame()
    assert table.loc["a", "finish"] == np.datetime64("2026-12-07T17:00")
    assert table.loc["begin", "finish"] == np.datetime64("2026-12-07T08:00")  # not the Friday before


def test_schedule_dates_and_float():
    plan = sr.Plan(
        start="2026-12-02",
        tasks=[sr.Task("a", 3), sr.Task("b", 1), sr.Task("c", 1, after=["a", "b"])],
        links=[sr.Link("b", "c", lag=1)],
    )
    table = sr.schedule(plan).to_frame()
    assert table.loc["b", "total_float"] == table.loc["b", "free_float"] == 1
    assert table.loc["b", "late_finish"] == np.datetime64("2026-12-03T17:00")
    assert table["critical"].tolist() == [True, False, True]
    assert "float 1 days" in repr(sr.schedule(plan))


def test_renderings_are_short_and_escaped(result):
    assert len(repr(result).splitlines()) < 20
    hostile = DATED.replace(name="<script>alert(1)</script>\n" * 5, promises=[sr.Promise("<b>&", by="2026-12-04")])
    shown = sr.simulate(hostile, 100, rng=1)
    html = shown._repr_html_()
    assert "<script>" not in html
    assert "<b>&<" not in html
    assert "&lt;b&gt;&amp;" in html
    assert "<svg" in html
    assert len(repr(shown).splitlines()) < 20
    many = DATED.replace(promises=[sr.Promise(f"p{i}", by="2026-12-04") for i in range(30)])
    assert len(repr(sr.simulate(many, 10, rng=1)).splitlines()) < 20


def test_wilson_interval_against_scipy():
    for count, n_draws in ((0, 10), (3, 10), (5_000, 10_000), (10, 10), (1, 1)):
        expected = stats.binomtest(count, n_draws).proportion_ci(0.9, method="wilson")
        assert wilson_interval(count, n_draws, 0.9) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize("level", [0, 1, 95, True, "0.95"])
def test_bad_confidence_level(result, level):
    with pytest.raises(ArgumentError, match="confidence_level"):
        result.probability_interval("2026-12-04", confidence_level=level)


@pytest.mark.parametrize("percent", [10, 50, 80, 99.9])
@pytest.mark.parametrize("n_draws", [50, 1_000])
def test_rank_interval_has_its_coverage(percent, n_draws):
    low, high = rank_interval(percent, n_draws, 0.95)
    below = stats.binom(n_draws, percent / 100)
    # The true percentile lies below the lower rank when more than `low` … draws are below it, and so on.
    miss_low = below.cdf(low) if low > 0 else 0.0
    miss_high = below.sf(high) if high < n_draws - 1 else 0.0
    assert miss_low <= 0.025 + 1e-12
    assert miss_high <= 0.025 + 1e-12
    assert low <= percentile_rank(percent, n_draws) <= high


def test_a_finish_at_midnight_is_told_as_the_day_that_ends():
    night = sr.Calendar("night", shifts=["20:00-24:00"])
    promises = [sr.Promise("y", by="2026-12-11")]
    plan = sr.Plan(start="2026-12-01", calendar=night, tasks=[sr.Task("a", 9)], promises=promises)
    result = sr.simulate(plan, 10, rng=1)
    assert "planned finish 11 December 2026" in repr(sr.schedule(plan))
    assert str(result.promise("y")).count("11 December 2026") == 4
    assert "12 December" not in repr(result)
