"""compare(): exact pairing of draws, intervals that keep their confidence, and refusal of what does not pair."""

import subprocess
import sys

import numpy as np
import pytest

import schedrisk as sr
from schedrisk.analysis.comparison import compare
from schedrisk.analysis.differences import percentile_difference, share_difference
from schedrisk.errors import ArgumentError, UnknownNameError

TASKS = [
    sr.Task("delivery", sr.Triangular(15, 20, 45)),
    sr.Task("site", sr.Pert(10, 15, 40)),
    sr.Task("install", "4/5/9", after=["delivery", "site"]),
]
STRIKE = sr.Risk("strike", 0.3, delay="5/10/20", tasks=["delivery"])
PLAN = sr.Plan(
    start="2026-12-01",
    tasks=TASKS,
    risks=[STRIKE],
    promises=[sr.Promise("contract", by="2027-01-20"), sr.Promise("goods in", by="2027-01-10", task="delivery")],
)
CALM = PLAN.without_risk("strike")
CHANGES = ["probability_change", "p50_change", "p80_change"]


def run(plans, n_draws=2_000, rng=1, **options):
    return compare({name: sr.simulate(plan, n_draws, rng=rng) for name, plan in plans.items()}, **options)


def test_table_is_as_documented():
    table = run({"as sold": PLAN, "calm": CALM}, promise="contract")
    ends = ["", "_se", "_low", "_high"]
    assert list(table.columns) == [
        "by", "probability", "probability_low", "probability_high", "p50", "p80",
        *(change + end for change in CHANGES for end in ends),
    ]  # fmt: skip
    assert list(table.index) == ["as sold", "calm"]
    result = sr.simulate(CALM, 2_000, rng=1)
    calm = table.loc["calm"]
    assert calm["probability"] == result.promise("contract").probability
    assert (calm["probability_low"], calm["probability_high"]) == result.promise("contract").interval
    assert calm["p80"] == result.percentile(80)
    assert not [column for column in run({"as sold": PLAN}).columns if "probability" in column or column == "by"]


def test_milestone_promises_compare_the_milestone():
    table = run({"as sold": PLAN, "calm": CALM}, promise="goods in")
    result = sr.simulate(CALM, 2_000, rng=1)
    assert table.loc["calm", "p50"] == result.percentile(50, task="delivery")
    assert table.loc["calm", "probability"] == result.promise("goods in").probability


@pytest.mark.parametrize("promise", ["contract", "goods in", None])
def test_what_changes_nothing_differs_by_exactly_nothing(promise):
    never = PLAN.replace(risks=[STRIKE, sr.Risk("never", 0, delay="5/10/20", tasks=["site"])])
    table = run({"as sold": PLAN, "with never": never, "calm": CALM}, promise=promise)
    changes = [column for column in table.columns if "_change" in column]
    assert (table.loc[["as sold", "with never"], changes] == 0).all(axis=None)
    assert table.loc["calm", "p80_change"] < 0


def test_differences_are_those_of_the_draws():
    """A week more in every draw: 5 working days, without any error."""
    later = PLAN.replace(tasks=[*TASKS, sr.Task("handover", 5, after=["install"])])
    row = run({"as sold": PLAN, "later": later}, promise="contract").loc["later"]
    for change in ("p50_change", "p80_change"):
        assert [row[change], row[f"{change}_low"], row[f"{change}_high"]] == pytest.approx([5, 5, 5])
    first, second = (sr.simulate(plan, 2_000, rng=1) for plan in (PLAN, later))
    kept = [result.finish <= np.datetime64("2027-01-20T17:00") for result in (first, second)]
    assert row["probability_change"] == pytest.approx(kept[1].mean() - kept[0].mean())
    assert row["probability_change_se"] == pytest.approx(np.std(kept[1] * 1.0 - kept[0]) / np.sqrt(2_000))


def test_each_plan_is_held_to_its_own_date():
    easier = PLAN.with_promise(sr.Promise("contract", by="2027-03-20"))
    table = run({"as sold": PLAN, "easier": easier}, promise="contract")
    assert table["by"].astype(str).tolist() == ["2027-01-20", "2027-03-20"]
    assert table.loc["easier", "probability_change_low"] > 0.2
    assert table.loc["easier", "p80_change"] == 0


def test_other_starts_and_calendars_are_compared_by_dates():
    """A start a week later moves all dates by 5 working days of the first plan, whichever calendar the second has."""
    late_start = PLAN.replace(start="2026-12-08")
    six_days = PLAN.replace(calendar=sr.Calendar(weekdays=["mon", "tue", "wed", "thu", "fri", "sat"]))
    results = {n: sr.simulate(p, 500, rng=1) for n, p in {"a": PLAN, "b": late_start, "c": six_days}.items()}
    table = compare(results)
    assert table.loc["b", ["p50_change", "p80_change"]].tolist() == [5, 5]
    dates = [results[name].percentile(80).astype("datetime64[D]") for name in ("a", "c")]
    assert table.loc["c", "p80_change"] == pytest.approx(np.busday_count(*dates), abs=1)
    assert table.loc["c", "p80_change"] < -3


def test_plans_without_dates_differ_by_their_unit():
    weeks = sr.Plan(unit="w", tasks=[sr.Task("a", "2/3/5")])
    table = run({"a": weeks, "b": weeks.replace_task("a", estimate="4/5/7")})
    assert table.loc["b", "p80_change"] == pytest.approx(2)


def test_intervals_keep_their_confidence():
    """Over 400 seeds, intervals of 95 % hold the true difference in 95 % of them, within 4 standard errors."""
    exact = run({"a": PLAN, "b": CALM}, 200_000, rng=0, promise="contract").loc["b"]
    held = dict.fromkeys(CHANGES, 0)
    for seed in range(1, 401):
        row = run({"a": PLAN, "b": CALM}, 400, rng=seed, promise="contract").loc["b"]
        for change in CHANGES:
            held[change] += row[f"{change}_low"] <= exact[change] <= row[f"{change}_high"]
    tolerance = 4 * np.sqrt(0.95 * 0.05 * 400)
    assert {change: count for change, count in held.items() if abs(count - 380) > tolerance} == {}


def test_pairing_makes_errors_small():
    table = run({"a": PLAN, "b": PLAN.replace_task("install", estimate="4/5/8")}, promise="contract")
    probability = table.loc["b", "probability"]
    alone = np.sqrt(2 * probability * (1 - probability) / 2_000)
    assert table.loc["b", "probability_change_se"] < alone / 3


def test_an_interval_is_honest_where_no_draw_shows_a_difference():
    never = np.zeros(100, dtype=bool)
    change = share_difference(never, never, 0.95)
    assert change.value == change.se == 0
    # One draw in a hundred, all the same, would not have shown in 37 runs of 100.
    assert change.low < -0.01 < 0.01 < change.high


def test_a_percentile_of_normal_draws_has_the_error_of_theory():
    """The median's standard error is √(π/2n); two independent samples have √2 times that."""
    rng = np.random.default_rng(4)
    first, second = rng.normal(size=(2, 40_000))
    change = percentile_difference(first, second, 50, 0.95)
    assert change.se == pytest.approx(np.sqrt(2 * np.pi / 2 / 40_000), rel=0.1)
    # At the ends of the sample there is still an interval.
    assert np.isfinite(percentile_difference(first[:5], second[:5], 99, 0.95).se)


def test_confidence_level_widens_intervals():
    narrow, wide = (run({"a": PLAN, "b": CALM}, confidence_level=level).loc["b"] for level in (0.5, 0.99))
    assert wide["p80_change_low"] < narrow["p80_change_low"] < narrow["p80_change_high"] < wide["p80_change_high"]
    with pytest.raises(ArgumentError, match="confidence_level"):
        run({"a": PLAN, "b": CALM}, confidence_level=95)


def test_draws_that_do_not_pair_are_refused_with_every_reason():
    results = {
        "as sold": sr.simulate(PLAN, 100, rng=1),
        "other": sr.simulate(CALM, 200, rng=2),
        "more": sr.simulate(CALM, 300, rng=1),
    }
    with pytest.raises(ArgumentError) as caught:
        compare(results)
    text = str(caught.value)
    assert len(caught.value.problems) == 3
    assert "results, 'other': found rng=2, expected rng=1 as in 'as sold'" in text
    assert "results, 'more': found n_draws=300, expected n_draws=100 as in 'as sold'" in text
    assert "simulate(plan, n_draws=100, rng=1)" in text


def test_units_and_dates_that_do_not_compare_are_refused():
    bare = sr.Plan(tasks=[sr.Task("a", "2/3/5")])
    with pytest.raises(ArgumentError, match="a plan without a start"):
        run({"a": PLAN, "b": bare})
    with pytest.raises(ArgumentError, match='found unit "w", expected unit "d"'):
        run({"a": bare, "b": bare.replace(unit="w")})


@pytest.mark.parametrize("results", [{}, [], None, {"a": PLAN}])
def test_what_is_not_results_is_refused(results):
    with pytest.raises(ArgumentError, match="results"):
        compare(results)


def test_an_unknown_promise_names_the_plan():
    without = CALM.replace(promises=[])
    with pytest.raises(UnknownNameError, match="results, 'calm', promise: found 'contract'") as caught:
        run({"as sold": PLAN, "calm": without}, promise="contract")
    assert len(caught.value.problems) == 1


def test_importing_does_not_import_pandas():
    code = "import schedrisk.analysis, sys; assert 'pandas' not in sys.modules, 'pandas'"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


def test_an_interval_holds_its_difference_where_replicates_agree():
    tasks = [sr.Task("a", sr.Uniform(3, 7))]
    plans = {"as it is": sr.Plan(tasks=tasks, promises=[sr.Promise("p", by=5)])}
    plans["certain"] = plans["as it is"].replace_task("a", estimate=5)
    results = {name: sr.simulate(plan, 2_048, rng=1, sampling="sobol") for name, plan in plans.items()}
    row = sr.compare(results, promise="p").loc["certain"]
    assert row["probability_change_low"] <= row["probability_change"] <= row["probability_change_high"]
