"""Many plans simulated alike."""

from __future__ import annotations

import io
import pickle
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

import schedrisk as sr
from schedrisk.simulation import many
from test_parallel import PLAN, Pickling, Plain, bits, project, threads

# From Python 3.12 on, forking warns where other threads run, such as those of the program that runs the tests.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")


def scenario_plans(n_plans: int) -> dict[str, sr.Plan]:
    """Return variants of a small plan, each with another estimate and another chance of a risk."""
    base = sr.Plan(
        start="2026-12-01",
        tasks=[
            sr.Task("design", "3/5/9"),
            sr.Task("order", 2, after=["design"]),
            sr.Task("install", "2/4/6", after=["order"]),
        ],
        promises=[sr.Promise("show", "2026-12-18")],
    )
    return {
        f"plan {number}": base.replace_task("order", estimate=sr.Triangular(1, 2, 3 + number % 20)).with_risks(
            [sr.Risk("strike", number / n_plans, delay={"install": 3})]
        )
        for number in range(n_plans)
    }


SMALL = scenario_plans(12)


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2) as pool:
        yield pool


def rows(scenarios: sr.Scenarios) -> dict[str, object]:
    return scenarios.to_frame().to_dict("index")


# ---- what it says ----------------------------------------------------------------------------------------------------


def test_figures_are_those_of_each_simulation():
    scenarios = sr.simulate_many(SMALL, 500, rng=3)
    assert list(scenarios) == list(SMALL)
    frame = scenarios.to_frame()
    assert frame.index.name == "plan"
    for name, plan in SMALL.items():
        result = sr.simulate(plan, 500, rng=3)
        promise, row = result.promise("show"), frame.loc[name]
        assert row["n_draws"] == 500
        assert row["planned_finish"] == result.planned_finish
        assert row["mean"] == result.mean()
        assert row["mean_se"] == result.mean_se()
        assert row["sd"] == pytest.approx(result.duration.std(), rel=1e-12)
        for percent in (10, 50, 80, 90):
            assert row[f"p{percent}"] == result.percentile(percent)
            assert row[f"p{percent}_se"] == result.percentile_se(percent)
        assert row["kept: show"] == promise.probability
        assert row["kept_se: show"] == promise.probability_se
        assert row["lateness: show"] == promise.expected_lateness
        assert bits(scenarios.result(name)) == bits(result)
        assert repr(scenarios[name]) == repr(result)
        assert scenarios[name]._repr_html_() == result._repr_html_()


def test_draws_are_common():
    """What only a risk tells apart differs only in the draws in which it strikes: never for the better."""
    scenarios = sr.simulate_many(SMALL, 400, rng=3, keep="results")
    base, other = (scenarios.result(name).finish for name in ("plan 0", "plan 1"))
    assert scenarios.entropy == 3
    assert (other >= base).mean() > 0.9
    table = sr.compare({name: scenarios.result(name) for name in ("plan 0", "plan 1")}, promise="show")
    row = scenarios.to_frame().loc["plan 1"]
    assert table["probability_change_se"].iloc[1] < row["kept_se: show"]


def test_without_a_number_all_draw_the_same_fresh_ones():
    plan = SMALL["plan 3"]
    scenarios = sr.simulate_many({"a": plan, "b": plan}, 100)
    assert scenarios.result("a").entropy == scenarios.result("b").entropy == scenarios.entropy
    assert repr(scenarios["a"].figures()) == repr(scenarios["b"].figures())
    assert sr.simulate_many({"a": plan}, 100).entropy != scenarios.entropy


def test_sobol_dimensions_are_those_of_the_first_plan():
    plans = {"few": PLAN, "more": project(4), "fewer": PLAN.without_risk("strike")}
    scenarios = sr.simulate_many(plans, 512, rng=1, sampling="sobol")
    first = sr.simulate(PLAN, 512, rng=1, sampling="sobol")
    assert bits(scenarios.result("few")) == bits(first)
    for name, plan in plans.items():
        alone = sr.simulate(plan, 512, rng=1, sampling=scenarios.sampling)
        assert bits(scenarios.result(name)) == bits(alone)
        shared = first.sampling.dimensions.items() & alone.sampling.dimensions.items()
        assert len(shared) == len(first.sampling.dimensions)


def test_mitigations_are_chosen_in_the_plans_that_have_them():
    tents = sr.Mitigation(delay=0)
    frost = sr.Risk("frost", 0.9, delay={"order": 10}, mitigation=tents)
    plans = {"frost": SMALL["plan 0"].with_risks([frost]), "none": SMALL["plan 0"]}
    for mitigated in (True, {"frost"}):
        scenarios = sr.simulate_many(plans, 200, rng=1, mitigated=mitigated)
        assert scenarios["frost"].mean == scenarios["none"].mean
        assert scenarios.result("frost").mitigated == {"frost"}
    assert sr.simulate_many(plans, 200, rng=1)["frost"].mean > scenarios["none"].mean
    with pytest.raises(
        sr.ArgumentError, match="mitigated: found 'forst', expected the id of a risk; did you mean 'frost'"
    ):
        sr.simulate_many(plans, 200, rng=1, mitigated={"forst"})


def test_plans_need_not_have_the_same_promises():
    plans = {"a": PLAN, "b": SMALL["plan 1"]}
    frame = sr.simulate_many(plans, 100, rng=1).to_frame()
    assert np.isnan(frame.loc["a", "kept: show"])
    assert 0 <= frame.loc["b", "kept: show"] <= 1
    assert np.isnan(frame.loc["b", "kept: done"])


def test_plans_in_a_list_go_by_their_names():
    scenarios = sr.simulate_many((plan.replace(name=name) for name, plan in SMALL.items()), 100, rng=1)
    assert list(scenarios) == list(SMALL)
    assert rows(scenarios) == rows(sr.simulate_many(SMALL, 100, rng=1))


def test_the_first_ones_are_shown(capsys):
    text = repr(sr.simulate_many(SMALL, 100, rng=1))
    assert text.startswith("Scenarios: 12 plans, 100 draws each\n  plan 0  P50 ")
    assert "and 2 more" in text
    assert "rng=1" in text
    assert max(map(len, text.splitlines())) < 100
    assert "<table" in sr.simulate_many(SMALL, 100, rng=1)._repr_html_()


def test_scenarios_can_be_kept_in_a_file():
    scenarios = sr.simulate_many(SMALL, 100, rng=1, keep="results")
    again = pickle.loads(pickle.dumps(scenarios))
    assert rows(again) == rows(scenarios)
    assert bits(again.result("plan 2")) == bits(scenarios.result("plan 2"))


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(sr.UnknownNameError, match="did you mean 'plan 11'"):
        sr.simulate_many(SMALL, 100, rng=1)["plan11"]
    with pytest.raises(sr.UnknownNameError):
        sr.simulate_many(SMALL, 100, rng=1).result("plan11")


# ---- who simulates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keep", ["figures", "results"])
def test_whoever_simulates_finds_the_same(pool, keep):
    plans = SMALL | {"everything": PLAN}
    expected = sr.simulate_many(plans, 300, rng=7, keep=keep)
    with ThreadPoolExecutor(3) as threadpool:
        for options in ({"n_jobs": 3}, *({"executor": each} for each in (pool, threadpool, Plain(), Pickling()))):
            found = sr.simulate_many(plans, 300, rng=7, keep=keep, **options)
            assert list(found) == list(plans)
            # NaN, where a plan has no such promise, is not equal to itself.
            assert repr(rows(found)) == repr(rows(expected))
            for name in ("plan 3", "everything"):
                assert bits(found.result(name)) == bits(expected.result(name))
    assert threads() == []


def test_a_call_gets_several_plans_and_each_worker_some():
    executor = Pickling()
    sr.simulate_many(scenario_plans(100), 100, rng=1, executor=executor)
    assert executor.n_calls == 8  # of two workers, four each: 100 small plans take less than half a second
    settings = many.Settings(10_000, 1, "random", False, "numpy", "figures")
    large = dict.fromkeys("abcd", sr.Plan(tasks=[sr.Task(f"t{number}", 1) for number in range(5_000)]))
    assert [len(batch) for batch in many._batches(large, settings, 1)] == [1, 1, 1, 1]


def test_two_hundred_plans_show_progress(monkeypatch):
    monkeypatch.setattr(sys, "stderr", stream := io.StringIO())
    scenarios = sr.simulate_many(scenario_plans(200), 200, rng=1, progress=True)
    assert len(scenarios) == 200
    shown = stream.getvalue()
    assert "200/200" in shown
    assert "plan/s" in shown
    # Drawn now and then, not for every plan.
    assert shown.count("\r") < 150
    chances = scenarios.to_frame()["kept: show"]
    assert chances.iloc[0] > chances.iloc[180]


# ---- what is refused -------------------------------------------------------------------------------------------------


def test_all_that_is_no_plan_is_named_before_anything_runs(monkeypatch):
    monkeypatch.setattr(many, "run", lambda *_, **__: pytest.fail("something ran"))
    wrong = {"as sold": PLAN, "night": "night.toml", "two crews": None, 3: PLAN}
    with pytest.raises(sr.ArgumentError) as caught:
        sr.simulate_many(wrong, 100)
    text = str(caught.value)
    assert text.startswith("3 problems:")
    assert "plans, 'night': found 'night.toml', expected a Plan; read(path) makes one of a file" in text
    assert "plans, 'two crews': found None, expected a Plan" in text
    assert "plans, 3: found the name 3, expected a text" in text
    with pytest.raises(sr.ArgumentError, match="plans, number 2: found another plan of the name 'everything'"):
        sr.simulate_many([PLAN, PLAN], 100)


@pytest.mark.parametrize("plans", [PLAN, 3, "plans.toml"])
def test_what_is_no_mapping_is_refused(plans):
    with pytest.raises(
        sr.ArgumentError, match=r'plans: found .*, expected a mapping of names to plans; write \{"as sold"'
    ):
        sr.simulate_many(plans, 100)


@pytest.mark.parametrize("plans", [{}, [], iter(())])
def test_no_plans_are_refused(plans):
    with pytest.raises(sr.ArgumentError, match="plans: found none, expected one plan or more"):
        sr.simulate_many(plans, 100)


def test_plans_whose_weather_never_ends_are_named_before_anything_runs(monkeypatch):
    monkeypatch.setattr(many, "run", lambda *_, **__: pytest.fail("something ran"))
    endless = PLAN.replace(weather=[sr.Weather("coast", 0.9999999)])
    with pytest.raises(sr.SchedriskError) as caught:
        sr.simulate_many({"calm": PLAN, "storm": endless, "gale": endless}, 100, rng=1)
    assert "plans, 'storm', " in str(caught.value)
    assert "plans, 'gale', " in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_draws": 0}, "n_draws: found 0"),
        ({"rng": "x"}, "rng: found 'x'"),
        ({"sampling": "sobel"}, "sampling: found 'sobel'"),
        ({"n_jobs": 0}, "n_jobs: found 0"),
        ({"executor": 2}, "executor: found 2"),
        ({"keep": "all"}, "keep: found 'all', expected 'figures' or 'results'"),
        ({"mitigated": "strike"}, "mitigated: found 'strike'"),
    ],
)
def test_arguments_are_checked(options, message):
    with pytest.raises(sr.ArgumentError, match=message):
        sr.simulate_many(SMALL, **options)


def test_what_does_not_fit_is_refused_before_anything_is_allocated(monkeypatch):
    monkeypatch.setattr("schedrisk.simulation.memory.physical_memory", lambda: 2**27)
    sr.simulate_many(SMALL, 100_000, rng=1, n_jobs=1)
    with pytest.raises(sr.MemoryLimitError, match="n_draws, of 200 plans: 100,000 draws need about"):
        sr.simulate_many(scenario_plans(200), 100_000, rng=1, keep="results")
    large = sr.Plan(tasks=[sr.Task(f"t{number}", 1) for number in range(1_500)])
    sr.simulate_many({"a": large, "b": large}, 2_000, rng=1, n_jobs=1)
    with pytest.raises(sr.MemoryLimitError):
        sr.simulate_many(dict.fromkeys("abcdefgh", large), 2_000, rng=1, n_jobs=8)


def test_correlations_that_cannot_hold_are_told_once():
    impossible = [[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]
    plan = SMALL["plan 0"].replace(
        tasks=[sr.Task(each, "1/2/5") for each in "abc"],
        correlations=[sr.Correlation(["a", "b", "c"], matrix=impossible)],
        risks=[],
    )
    with pytest.warns(
        sr.CorrelationWarning, match="plan 'one' and 1 more plans: correlations that cannot hold"
    ) as caught:
        sr.simulate_many({"one": plan, "two": plan, "fine": SMALL["plan 0"]}, 100, rng=1)
    assert len(caught) == 1
    assert caught[0].filename == __file__


# ---- what ends it early ----------------------------------------------------------------------------------------------


class Stopping(Plain):
    """An executor that gives up after some calls."""

    def __init__(self, error: BaseException, after: int) -> None:
        super().__init__()
        self.error, self.after = error, after

    def submit(self, fn, /, *args, **kwargs):
        if self.n_calls == self.after:
            raise self.error
        return super().submit(fn, *args, **kwargs)


def test_what_is_ready_when_workers_are_lost_is_not_lost(monkeypatch):
    monkeypatch.setattr(many, "SHORTEST", 1e-9)  # each plan is a call
    executor = Stopping(RuntimeError("closed"), 9)
    executor._max_workers = 1
    with pytest.raises(sr.ExecutorError, match="it takes no calls") as caught:
        sr.simulate_many(scenario_plans(40), 100, rng=1, executor=executor)
    ready = caught.value.scenarios
    assert 0 < len(ready) < 40
    assert rows(ready) == {
        name: row for name, row in rows(sr.simulate_many(scenario_plans(40), 100, rng=1)).items() if name in ready
    }


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_what_is_ready_at_an_interruption_is_not_lost(monkeypatch, n_jobs):
    """The bar stands for the user: it interrupts when it is moved on for the fifth time."""
    moved = []

    class Bar:
        def __enter__(self):
            return self.update

        def __exit__(self, *_):
            return None

        def update(self, n):
            moved.append(n)
            if len(moved) == 5:
                raise KeyboardInterrupt

    monkeypatch.setattr(many, "progress_bar", lambda *_, **__: Bar())
    with pytest.raises(sr.Interrupted, match="interrupted after 5 of 12 plans") as caught:
        sr.simulate_many(SMALL, 100, rng=1, n_jobs=n_jobs)
    assert isinstance(caught.value, KeyboardInterrupt)
    assert list(caught.value.scenarios) == list(SMALL)[:5]
    rest = {name: plan for name, plan in SMALL.items() if name not in caught.value.scenarios}
    monkeypatch.undo()
    others = sr.simulate_many(rest, 100, rng=caught.value.scenarios.entropy)
    assert rows(caught.value.scenarios) | rows(others) == rows(sr.simulate_many(SMALL, 100, rng=1))
    assert threads() == []


def test_an_error_tells_in_which_plan(monkeypatch):
    def fail(replay, *_, **__):
        if replay.plan is SMALL["plan 4"]:
            raise ZeroDivisionError
        return real(replay, *_, **__)

    real = many.run
    monkeypatch.setattr(many, "run", fail)
    with pytest.raises(ZeroDivisionError) as caught:
        sr.simulate_many(SMALL, 100, rng=1)
    assert caught.value.__notes__ == ["(in the simulation of the plan 'plan 4')"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(sr.simulate_many({"plan 5": SMALL["plan 5"]}, 100, rng=1)) == 1
