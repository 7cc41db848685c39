"""sensitivity(): against plain loops over draws, closed forms, published definitions, and its own standard errors."""

import dataclasses
import json
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import schedrisk as sr
from schedrisk.analysis import path_sums
from schedrisk.analysis.ranks import RankCorrelation
from schedrisk.analysis.sensitivity import sensitivity
from schedrisk.engine import ranges
from schedrisk.errors import UnknownNameError

MEASURES = ["criticality", "significance", "ssi", "cruciality", "cruciality_spearman"]

# A merge, a lead, a lag, a shared risk, a task of few values, a fixed one, and one beside the milestone.
PLAN = sr.Plan(
    start="2026-01-05",
    tasks=[
        sr.Task("design", sr.Pert(5, 8, 15), owner="us"),
        sr.Task("order", 2, after=["design"]),
        sr.Task("delivery", sr.Triangular(5, 10, 25), name="Delivery & customs", after=["order"], owner="supplier"),
        sr.Task("site", sr.Discrete([8, 15, 30], [0.4, 0.4, 0.2]), owner="customer"),
        sr.Task("ready", 0, after=["delivery", "site"]),
        sr.Task("install", "4/5/9", after=["ready"]),
        sr.Task("papers", "10/20/40"),
    ],
    links=[sr.Link("design", "papers", lag=-3), sr.Link("site", "install", lag=2)],
    risks=[sr.Risk("strike", 0.3, delay="1/4/9", tasks=["delivery", "papers"])],
)


def loop(result, target):
    """Compute every measure draw by draw, in plain Python."""
    plan = result.plan
    ids = [task.id for task in plan.tasks]
    draws = {task: np.rint(result.samples(task)["duration"].to_numpy() * 28800) for task in ids}
    drives = dict.fromkeys(ids, 0)
    significance = dict.fromkeys(ids, 0.0)
    finishes = result.ticks(target)
    for n in range(result.n_draws):
        start, finish = {}, {}
        for task in ids:
            arrivals = [finish[x.predecessor] + x.lag * 28800 for x in plan.all_links if x.successor == task]
            start[task] = max([0, *arrivals])
            finish[task] = start[task] + draws[task][n]
        end = max(finish.values()) if target is None else finish[target]
        assert end == finishes[n]
        late = {task: end if target in {None, task} else np.inf for task in ids}
        critical = {task: target == task or (target is None and finish[task] == end) for task in ids}
        for task in reversed(ids):
            for link in plan.all_links:
                if link.predecessor == task:
                    after = link.successor
                    late[task] = min(late[task], late[after] - draws[after][n] - link.lag * 28800)
                    critical[task] |= critical[after] and finish[task] + link.lag * 28800 == start[after]
            drives[task] += critical[task]
            slack, d = late[task] - finish[task], draws[task][n]
            if d > 0:
                significance[task] += d / (d + slack) * end / finishes.mean() / result.n_draws
    return draws, {task: count / result.n_draws for task, count in drives.items()}, significance


@pytest.mark.parametrize("target", [None, "ready", "papers"])
def test_equals_a_plain_loop_over_draws(target):
    result = sr.simulate(PLAN, 700, rng=3)
    table = sensitivity(result, task=target)
    draws, criticality, significance = loop(result, target)
    finish = result.ticks(target)
    for task, row in table.iterrows():
        d = draws[task]
        assert row["criticality"] == criticality[task]
        assert row["significance"] == pytest.approx(significance[task], abs=1e-9)
        assert row["ssi"] == pytest.approx(criticality[task] * d.std() / finish.std(), abs=1e-12)
        assert row["duration_mean"] == pytest.approx(d.mean() / 28800)
        assert row["duration_sd"] == pytest.approx(d.std() / 28800, abs=1e-12)
        if d.std() > 0:
            assert row["cruciality"] == pytest.approx(np.corrcoef(d, finish)[0, 1])
            assert row["cruciality_spearman"] == pytest.approx(stats.spearmanr(d, finish)[0])


def test_table_is_as_documented():
    table = sensitivity(sr.simulate(PLAN, 100, rng=1))
    assert list(table.index) == [task.id for task in PLAN.tasks]
    assert table.index.name == "id"
    columns = ["name", "owner", *(f"{each}{end}" for each in MEASURES for end in ("", "_se"))]
    assert list(table.columns) == [*columns, "duration_mean", "duration_sd"]
    assert table.loc["delivery", "name"] == "Delivery & customs"
    assert table.loc["site", "owner"] == "customer"


def test_what_does_not_lead_to_a_milestone_has_no_path_to_it():
    table = sensitivity(sr.simulate(PLAN, 5_000, rng=1), task="ready")
    beside = table.loc[["install", "papers"], ["criticality", "significance", "ssi"]]
    assert (beside == 0).all(axis=None)
    # "papers" shares a risk with "delivery", and its correlation tells so.
    assert table.loc["papers", "cruciality"] > 4 * table.loc["papers", "cruciality_se"]


def test_two_parallel_tasks_agree_with_closed_forms():
    """T is the larger of two uniforms: all measures are integrals of polynomials."""
    plan = sr.Plan(tasks=[sr.Task("a", sr.Uniform(0, 1)), sr.Task("b", sr.Uniform(0, 1))])
    table = sensitivity(sr.simulate(plan, 100_000, rng=11))
    exact = {
        "criticality": 1 / 2,
        "significance": (1 / 2) / (2 / 3),
        "ssi": 1 / 2 * np.sqrt(18 / 12),
        "cruciality": (1 / 24) * np.sqrt(12 * 18),
        "cruciality_spearman": 3 / 5,
    }
    for measure, value in exact.items():
        assert (np.abs(table[measure] - value) < 4 * table[f"{measure}_se"]).all(), measure


def test_tasks_in_series_agree_with_reference_cases(shared):
    cases = json.loads((shared / "reference-cases.json").read_text(encoding="utf-8"))["cases"]
    makers = {"uniform": lambda d: sr.Uniform(d["min"], d["max"]),
              "triangular": lambda d: sr.Triangular(d["min"], d["mode"], d["max"])}  # fmt: skip
    compared = 0
    for case in cases:
        kinds = {task["dist"]["type"] for task in case.get("tasks", ())}
        if "pearson_sensitivity" not in case.get("expected", {}) or not kinds <= makers.keys():
            continue
        tasks = [sr.Task(each["id"], makers[each["dist"]["type"]](each["dist"])) for each in case["tasks"]]
        links = [sr.Link(each["from"], each["to"], lag=each["lag"]) for each in case["links"]]
        table = sensitivity(sr.simulate(sr.Plan(tasks=tasks, links=links), 50_000, rng=5))
        for task, value in case["expected"]["pearson_sensitivity"].items():
            assert abs(table.loc[task, "cruciality"] - value) < 4 * table.loc[task, "cruciality_se"]
            compared += 1
    assert compared >= 7


def test_standard_errors_match_the_scatter_over_seeds():
    """Estimates of 200 seeds scatter as their standard errors say, also where ties are many."""
    runs = [sensitivity(sr.simulate(PLAN, 600, rng=seed)) for seed in range(200)]
    checked = 0
    for measure in MEASURES:
        found = np.array([run[measure] for run in runs])
        errors = np.array([run[f"{measure}_se"] for run in runs])
        for values, se in zip(found.T, errors.T, strict=True):
            # Shares near 0 or 1 are too coarse at 600 draws for a scatter to mean something.
            if values.std() < 1e-3:
                continue
            # A standard deviation of 200 normal values has a relative standard error of 1/√400.
            assert values.std(ddof=1) / np.sqrt(np.mean(se**2)) == pytest.approx(1, abs=4 / np.sqrt(400)), measure
            checked += 1
    assert checked >= 15


def test_what_always_drives_has_no_error():
    plan = sr.Plan(tasks=[sr.Task("a", "1/2/6"), sr.Task("b", "2/3/5", after=["a"]), sr.Task("c", 0, after=["b"])])
    table = sensitivity(sr.simulate(plan, 1_000, rng=1))
    assert table["criticality"].tolist() == [1, 1, 1]
    assert table["significance"].tolist() == [1, 1, 0]
    assert table["significance_se"].tolist() == [0, 0, 0]


@pytest.mark.parametrize("durations", [(3, 2), (0, 0)])
@pytest.mark.parametrize("n_draws", [1, 50])
def test_without_spread_there_is_no_correlation_and_no_nan(durations, n_draws):
    plan = sr.Plan(tasks=[sr.Task("a", durations[0]), sr.Task("b", durations[1])])
    table = sensitivity(sr.simulate(plan, n_draws, rng=1))
    assert table[MEASURES[2:]].to_numpy().tolist() == [[0, 0, 0], [0, 0, 0]]
    assert not table.drop(columns="owner").isna().any(axis=None)


def test_one_draw_is_enough_to_run():
    table = sensitivity(sr.simulate(PLAN, 1, rng=1))
    assert np.isfinite(table.drop(columns=["name", "owner"]).to_numpy(dtype=float)).all()


@pytest.mark.parametrize("draws_in_block", [1, 64, 512])
@pytest.mark.parametrize("kind", ["random", "latin", "sobol"])
def test_neither_blocks_nor_threads_change_a_bit(monkeypatch, draws_in_block, kind):
    result = sr.simulate(PLAN, 1_500, rng=2, sampling=kind)
    table = sensitivity(result)
    threaded = dataclasses.replace(result, replay=dataclasses.replace(result.replay, n_jobs=3))
    assert sensitivity(threaded).equals(table)
    monkeypatch.setattr(ranges, "BLOCK_CELLS", 1)
    monkeypatch.setattr(ranges, "LEAST_DRAWS", draws_in_block)
    monkeypatch.setattr(path_sums, "GROUP_CELLS", 3_000)
    monkeypatch.setattr(path_sums, "CHUNK_CELLS", 600)
    for each in (result, threaded):
        assert sensitivity(each).equals(table)


def test_unknown_milestone_is_named():
    with pytest.raises(UnknownNameError, match="did you mean 'ready'"):
        sensitivity(sr.simulate(PLAN, 10, rng=1), task="raedy")


values = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=3, max_size=60)


@given(values)
def test_rank_correlation_equals_scipy(pairs):
    x, y = np.array(pairs, dtype=float).T
    rho, se = RankCorrelation(y).with_draws(x)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert (rho, se) == (0, 0)
    else:
        assert rho == pytest.approx(stats.spearmanr(x, y)[0], abs=1e-12)
        assert RankCorrelation(y).with_draws(-x)[0] == pytest.approx(-rho, abs=1e-12)
        assert RankCorrelation(x).with_draws(y) == pytest.approx((rho, se), abs=1e-9)


@pytest.mark.parametrize("digits", [0, 6])
def test_rank_correlation_error_equals_the_jackknife(digits):
    rng = np.random.default_rng(8)
    x = rng.normal(size=400).round(digits)
    y = (0.7 * x + rng.normal(size=400)).round(digits)
    _, se = RankCorrelation(y).with_draws(x)
    without = [RankCorrelation(np.delete(y, i)).with_draws(np.delete(x, i))[0] for i in range(400)]
    assert se == pytest.approx(np.sqrt(399) * np.std(without), rel=0.02)


def big_result():
    rng = np.random.default_rng(1)
    ends = np.sort(rng.uniform(1, 20, size=(5_000, 3)), axis=1)
    before = [
        sorted({int(each) for each in rng.integers(max(0, i - 50), i, size=2)}) if i else [] for i in range(5_000)
    ]
    tasks = [
        sr.Task(f"t{i}", sr.Triangular(*map(float, ends[i])), after=[f"t{each}" for each in before[i]])
        for i in range(5_000)
    ]
    return sr.simulate(sr.Plan(tasks=tasks, start="2026-01-05"), rng=1)


@pytest.mark.performance
def test_large_plans_take_seconds_and_little_memory():
    result = big_result()
    began = time.perf_counter()
    sr.simulate(result.plan, rng=1)
    simulated = time.perf_counter() - began
    began = time.perf_counter()
    sensitivity(result)
    # 8 s on the machine of record, which simulates in 0.8 s; a slower one is measured by its own simulation.
    assert time.perf_counter() - began < max(8, 10 * simulated)
    tracemalloc.start()
    try:
        sensitivity(result)
        assert tracemalloc.get_traced_memory()[1] < 250 * 2**20
    finally:
        tracemalloc.stop()
