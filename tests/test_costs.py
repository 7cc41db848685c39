"""What draws cost: risks, once and by the day, mitigations, damages of promises."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import schedrisk as sr
from plans import registers

N_DRAWS = 50_000


def result_of(*risks, estimates=(10, 20), n_draws=N_DRAWS, mitigated=False, **options):
    tasks = [sr.Task(name, estimate) for name, estimate in zip("abc", estimates, strict=False)]
    return sr.simulate(sr.Plan(tasks=tasks, risks=risks, **options), n_draws, rng=5, mitigated=mitigated)


def mean_of(result, name):
    table = result.costs()
    return float(table.loc[table["id"] == name, "mean"].iloc[0])


def test_a_fixed_cost_falls_due_where_the_risk_happens():
    risk = sr.Risk("r", 0.3, delay=2, tasks=["a"], cost=sr.Uniform(100, 300))
    result = result_of(risk)
    row = result.costs().iloc[0]
    assert (row["kind"], row["id"], row["share"]) == ("risk", "r", np.mean(result.samples("a")["duration"] > 10))
    # The mean of a product, and its spread: E x² p − (E x p)².
    variance = 0.3 * (200**2 + 200**2 / 12) - 60**2
    assert row["mean_se"] == pytest.approx(np.sqrt(variance / N_DRAWS), rel=0.02)
    assert row["mean"] == pytest.approx(60, abs=4 * np.sqrt(variance / N_DRAWS))
    assert row["p50"] == 0
    assert 100 < row["p80"] < row["p90"] < 300
    assert result.cost.mean() == pytest.approx(row["mean"])
    assert not result.cost.flags.writeable


def test_days_cost_by_what_each_risk_adds_to_what_those_before_it_leave():
    risks = [
        sr.Risk("slow", 1, factor=1.5, tasks=["a", "b"], cost_per_day=10),
        sr.Risk("late", 1, delay=4, tasks=["a"], cost_per_day=100),
        sr.Risk("slower", 1, factor=2, tasks=["a"], cost_per_day=1000),
        sr.Risk("luck", 1, saving=3, tasks=["b"], cost_per_day=7),
    ]
    result = result_of(*risks, n_draws=3)
    # a: 10, 15, 19, 10 × 1.5 × 2 + 4 = 34; b: 20, 30, 27.
    assert [mean_of(result, name) for name in ("slow", "late", "slower", "luck")] == [150, 400, 15_000, -21]
    assert mean_of(result, "") == 150 + 400 + 15_000 - 21


def test_parallel_risks_cost_together_what_the_largest_adds():
    risks = [
        sr.Risk(name, 1, delay=days, tasks=["a"], parallel=True, cost_per_day=1)
        for name, days in (("x", 3), ("y", 5), ("z", 5))
    ]
    assert [mean_of(result_of(*risks, n_draws=2), name) for name in "xyz"] == [3, 2, 0]


def test_a_saving_that_has_nothing_to_save_costs_nothing():
    luck = sr.Risk("luck", 1, saving=30, tasks=["a"], cost_per_day=2)
    assert mean_of(result_of(luck, n_draws=2), "luck") == -20


def test_working_days_are_those_of_the_plan():
    risk = sr.Risk("r", 1, delay=12, tasks=["a"], cost_per_day=10)
    hours = result_of(risk, n_draws=2, unit="h", start="2026-12-01")
    assert mean_of(hours, "r") == pytest.approx(10 * 12 / hours.plan.calendar.hours_per_day)


def test_risks_for_each_task_cost_each_time():
    risk = sr.Risk("r", {"a": 0.2, "b": 0.5}, delay=1, cost=100)
    assert mean_of(result_of(risk), "r") == pytest.approx(70, abs=4 * 100 * np.sqrt((0.16 + 0.25) / N_DRAWS))


def test_a_risk_may_cost_money_alone_and_be_triggered():
    risks = [sr.Risk("flood", 0.4, delay=1, tasks=["a"]), sr.Risk("fine", 0.5, cost=1000, triggered_by="flood")]
    result = result_of(*risks)
    assert mean_of(result, "fine") == pytest.approx(200, abs=4 * 1000 * np.sqrt(0.16 / N_DRAWS))
    struck = result.samples("a")["duration"] > 10
    assert (result.cost[~struck] == 0).all()
    assert "risk-hits-nothing" not in sr.check(result.plan)["rule"].tolist()


def test_a_window_spares_money_too():
    def cost(first):
        tasks = [sr.Task("a", first), sr.Task("b", 2, after=["a"])]
        risk = sr.Risk("r", 1, factor=3, tasks=["b"], window=(4, 6), cost=50, cost_per_day=10)
        return sr.simulate(sr.Plan(tasks=tasks, risks=[risk]), 2, rng=1).cost.tolist()

    assert [cost(first) for first in (1, 3, 4, 6)] == [[0, 0], [70, 70], [90, 90], [0, 0]]


def test_mitigation_costs_in_every_draw_and_changes_what_risks_cost():
    mitigation = sr.Mitigation(probability=0.1, impact_cost=20, cost=sr.Uniform(4, 6))
    risk = sr.Risk("r", 0.5, delay=1, tasks=["a"], cost=100, owner="us", mitigation=mitigation)
    before, after = result_of(risk), result_of(risk, mitigated=True)
    assert before.costs()["kind"].tolist() == ["risk", "total"]
    table = after.costs().set_index("kind")
    assert table.loc["mitigation", "share"] == 1
    assert table.loc["mitigation", "mean"] == pytest.approx(5, abs=4 * np.sqrt(1 / 3 / N_DRAWS))
    assert table.loc["risk", "mean"] == pytest.approx(2, abs=4 * 20 * np.sqrt(0.09 / N_DRAWS))
    assert table.loc["total", "mean"] == pytest.approx(table["mean"][:-1].sum())
    assert (after.cost[before.cost == 0] <= 6).all()  # where it does not happen before, it does not after


@pytest.mark.parametrize(("first", "expected"), [(3, 100 + 4 * 10), (4, 20 + 1 * 3)])
def test_costs_follow_the_state_in_which_work_begins(first, expected):
    mitigation = sr.Mitigation(delay=1, impact_cost=20, impact_cost_per_day=3, lead_time=4)
    risk = sr.Risk("r", 1, delay=4, tasks=["b"], cost=100, cost_per_day=10, mitigation=mitigation)
    plan = sr.Plan(tasks=[sr.Task("a", first), sr.Task("b", 2, after=["a"])], risks=[risk])
    assert sr.simulate(plan, 2, rng=1, mitigated=True).cost.tolist() == [expected] * 2


def test_a_task_that_does_not_exist_costs_nothing():
    tasks = [sr.Task("a", 3, exists=0.5)]
    risk = sr.Risk("r", 1, delay=2, tasks=["a"], cost=100, cost_per_day=10)
    cost = sr.simulate(sr.Plan(tasks=tasks, risks=[risk]), 2_000, rng=1).cost
    assert set(cost) == {0, 120}


def test_windows_and_their_costs_follow_the_weather_of_each_draw():
    storms = sr.Weather("coast", {"dec": 0.4})
    sea = sr.Calendar("sea", shifts=["08:00-16:00"], weather="coast")
    tasks = [sr.Task("a", 5, calendar="sea"), sr.Task("b", 3, after=["a"], calendar="sea")]
    storm = sr.Risk("storm", 1, factor=2, tasks=["b"], window=("2026-12-14", "2026-12-17"), cost_per_day=10, cost=7)
    plan = sr.Plan(start="2026-12-07", tasks=tasks, risks=[storm], calendars=[sea], weather=[storms])
    result = sr.simulate(plan, 500, rng=2)
    days = result.replay.durations([1])[0] / result.replay.network.axis.ticks_per_day
    assert set(days) == {3, 4, 5, 6}  # of its three days so many are worked in the window, and double
    assert np.allclose(result.cost, 10 * (days - 3) + 7 * (days > 3))
    outside = result.samples("b")["start"] >= np.datetime64("2026-12-18")
    assert outside.any()
    assert (days[outside] == 3).all()


def test_damages_are_a_part_of_the_cost():
    late = sr.Risk("late", 0.25, delay=4, tasks=["a"], owner="supplier", cost=10)
    promise = sr.Promise("done", by=12, damages=sr.Damages(100, per="working-day"))
    result = result_of(late, estimates=(10,), promises=[promise])
    assert (result.damages("done") == np.where(result.duration > 12, 200, 0)).all()
    assert (result.cost == np.where(result.duration > 12, 210, 0)).all()
    assert result.costs()["kind"].tolist() == ["risk", "damages", "total"]
    owners = result.costs(by="owner").set_index("owner")["mean"]
    assert owners["supplier"] + owners["(unassigned)"] == pytest.approx(owners["total"])
    with pytest.raises(sr.ArgumentError, match="item"):
        result.costs(by="task")
    assert result_of(n_draws=5).cost.tolist() == [0] * 5


def test_groups_of_risks_cost_the_same(monkeypatch):
    risks = [sr.Risk(str(n), 0.5, delay="1/2/3", tasks=["a", "b"], cost_per_day="1/2/9", cost=n) for n in range(7)]
    whole = result_of(*risks, n_draws=500)
    monkeypatch.setattr("schedrisk.result.costs.GROUP_CELLS", 1_000)
    assert result_of(*risks, n_draws=500).costs().equals(whole.costs())


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_costs_by_the_day_add_up_to_what_the_risks_add(data):
    tasks = [sr.Task("a", "2/3/9"), sr.Task("b", 4, after=["a"]), sr.Task("c", "0/2/3", after=["a"])]
    drawn = data.draw(registers(["a", "b", "c"], st.integers(0, 30).map(float), 5))
    bare = {"cost": None, "cost_per_day": sr.Fixed(1), "mitigation": None}
    risks = [dataclasses.replace(risk, **bare) for risk in drawn]
    plan = sr.Plan(tasks=tasks, risks=risks)
    with_risks, without = (sr.simulate(each, 64, rng=5) for each in (plan, plan.replace(risks=[])))
    added = sum(with_risks.samples(task)["duration"] - without.samples(task)["duration"] for task in "abc")
    assert np.allclose(with_risks.cost, added, atol=1e-5 * (1 + np.abs(added)))


# ---- what mitigations are worth ---------------------------------------------------------------------------------------


def mitigation_plan():
    second = sr.Mitigation(probability=0.05, delay=3, cost=400, name="second source")
    tents = sr.Mitigation(delay=1, cost=50, lead_time=4)
    risks = [
        sr.Risk("customs", 0.4, delay=10, tasks=["delivery"], cost=200, mitigation=second),
        sr.Risk("frost", 0.5, delay=4, tasks=["install"], cost_per_day=90, mitigation=tents),
        sr.Risk("strike", 0.1, delay=5, tasks=["install"]),
    ]
    tasks = [sr.Task("delivery", 10), sr.Task("install", 5, after=["delivery"])]
    promise = sr.Promise("done", by=20, damages=sr.Damages(100, per="working-day"))
    return sr.Plan(tasks=tasks, risks=risks, promises=[promise])


def test_the_worth_of_mitigations_by_enumeration():
    table = sr.mitigations(sr.simulate(mitigation_plan(), N_DRAWS, rng=3), promise="done")
    assert set(table.index[:-1]) == {"customs", "frost"}
    assert table.index[-1] == "(all)"
    assert table["net_benefit"].iloc[0] >= table["net_benefit"].iloc[1]

    def expected(customs, frost):
        late, kept, damages = 0.0, 0.0, 0.0
        for (p, c), (q, f), (r, s) in itertools.product(
            [(customs[0], customs[1]), (1 - customs[0], 0)], [(0.5, frost), (0.5, 0)], [(0.1, 5), (0.9, 0)]
        ):
            days, weight = c + f + s, p * q * r
            late, kept = late + weight * days, kept + weight * (days <= 5)
            damages += weight * 100 * max(days - 5, 0)
        return np.array([late, kept, damages])

    before = expected((0.4, 10), 4)
    after = {"customs": expected((0.05, 3), 4), "frost": expected((0.4, 10), 1), "(all)": expected((0.05, 3), 1)}
    risk_cost = {"customs": 200 * 0.35, "frost": 90 * 0.5 * 3, "(all)": 200 * 0.35 + 90 * 0.5 * 3}
    cost = {"customs": 400, "frost": 50, "(all)": 450}
    for name, row in table.iterrows():
        gains = (before - after[name]) * [1, -1, 1]
        truth = dict(zip(("mean_gain", "probability_gain", "damages_saved"), gains, strict=True))
        truth |= {"cost": cost[name], "risk_cost_saved": risk_cost[name]}
        truth["net_benefit"] = truth["damages_saved"] + truth["risk_cost_saved"] - truth["cost"]
        for column, value in truth.items():
            assert row[column] == pytest.approx(value, abs=4 * row[f"{column}_se"] + 1e-9), (name, column)
        assert row["cost_per_day_gained"] == pytest.approx(row["cost"] / row["mean_gain"])
    assert table.loc["customs", "name"] == "second source"
    assert table.loc["frost", "lead_time"] == 4


def test_mitigations_pair_draws_whatever_the_result_has_chosen():
    plan = mitigation_plan().replace(promises=[], start="2026-12-01")
    plain, chosen = (sr.simulate(plan, 2_000, rng=3, mitigated=each) for each in (False, True))
    assert sr.mitigations(plain).equals(sr.mitigations(chosen))
    compared = sr.compare({"as it is": plain, "all": chosen})
    gain = sr.mitigations(plain).loc["(all)", "p80_gain"]
    assert compared.loc["all", "p80_change"] == -gain
    # Paired draws: the error of the mean gain is far below that of independent runs.
    row = sr.mitigations(plain).loc["frost"]
    assert row["mean_gain_se"] < 0.6 * np.sqrt(2) * (plain.duration.std() / np.sqrt(2_000))
    assert sr.mitigations(plain, n_draws=100).loc["frost", "cost"] == 50
    assert sr.mitigations(sr.simulate(plan.replace(risks=[]), 10)).empty
    with pytest.raises(sr.ArgumentError, match="n_draws"):
        sr.mitigations(plain, n_draws=3_000)


def test_the_ranking_of_risks_tells_what_each_costs():
    result = sr.simulate(mitigation_plan(), 2_000, rng=1)
    table, costs = sr.risk_ranking(result), result.costs().set_index("id")
    for name in ("customs", "frost"):
        assert (table.loc[name, ["cost_mean", "cost_mean_se"]] == costs.loc[name, ["mean", "mean_se"]].to_numpy()).all()
    assert table.loc["strike", "cost_mean"] == 0
    assert "cost_mean" not in sr.risk_ranking(result_of(sr.Risk("r", 0.5, delay=1, tasks=["a"]), n_draws=50))


def test_reports_tell_costs_and_what_mitigations_are_worth():
    plan = mitigation_plan()
    result = sr.simulate(plan, 1_000, rng=1, mitigated=["customs"])
    report = sr.Report(result)
    text = report.markdown().replace("\\", "")
    for words in (
        "## What it costs, and what can be done", "| mitigation of customs |", "| damages: done |",
        "| customs: second source (chosen) | 0 | 400 |", "- Mitigations chosen: customs", "| frost | 4 | 50 |", "| (all) |",
    ):  # fmt: skip
        assert words in text, words
    document = report.to_dict()
    assert document["computation"]["mitigated"] == ["customs"]
    assert [line["kind"] for line in document["costs"]][-1] == "total"
    assert {line["risk"]: line["chosen"] for line in document["mitigations"]} == {
        "customs": True, "frost": False, "(all)": False,
    }  # fmt: skip
    assert "3 risks (1 mitigated), 1,000 draws" in repr(result)
    bare = sr.Report(sr.simulate(plan.replace(risks=[]), 100, rng=1))
    assert "What it costs" not in bare.markdown()
