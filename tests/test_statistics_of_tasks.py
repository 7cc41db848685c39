"""Figures of every task: against all draws held at once, closed forms, and whatever blocks and threads made them."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from scipy import stats

import schedrisk as sr
from plans import plans
from schedrisk.engine import ranges
from schedrisk.errors import ArgumentError
from schedrisk.result import task_dates
from schedrisk.result.sampling_error import Replicates
from schedrisk.result.sums import LEAF, TreeSums, block_sums, leaf_size, leaf_sums, whole_leaves
from schedrisk.result.task_dates import date_figures

KINDS = ("random", "latin", "sobol")


def plan_of(*, clocks: bool = False, start: str | None = "2026-12-01") -> sr.Plan:
    """A plan in which tasks may be missing, take no time, or follow another calendar."""
    night = sr.Calendar("night", shifts=("22:00-24:00", "00:00-06:00")) if clocks else None
    return sr.Plan(
        start=start,
        tasks=[
            sr.Task("order", sr.Triangular(4, 5, 12)),
            sr.Task("build", sr.Pert(10, 15, 40), after=["order"]),
            sr.Task("extra", sr.Uniform(1, 9), after=["order"], exists=0.3),
            sr.Task("never", 3, exists=0.0),
            sr.Task("site", sr.Pert(10, 20, 45), calendar="night" if clocks else None),
            sr.Task("ready", 0, after=["site", "extra"]),
            sr.Task("install", sr.Discrete([3, 8], [0.9, 0.1]), after=["build", "ready"]),
        ],
        calendars=[night] if night else [],
        risks=[sr.Risk("strike", 0.2, delay="3/5/10", tasks=["build", "site"])],
    )


PLANS = {"one calendar": plan_of(), "clock time": plan_of(clocks=True), "no dates": plan_of(start=None)}


def threaded(result: sr.SimulationResult, n_jobs: int) -> sr.SimulationResult:
    return dataclasses.replace(result, replay=dataclasses.replace(result.replay, n_jobs=n_jobs))


# ---- sums over draws --------------------------------------------------------------------------------------------------


@given(st.integers(1, 3_000), st.lists(st.sampled_from([256, 512, 1024, 4096]), min_size=2, max_size=2))
def test_sums_are_the_same_bits_in_blocks_of_any_size(n_draws, sizes):
    values = np.random.default_rng(n_draws).normal(size=(2, n_draws)) * 1e9
    found = []
    for size in sizes:
        sums = TreeSums(Replicates(), n_draws)
        for first in range(0, n_draws, size):
            block = values[:, first : first + size]
            sums.add(block.shape[1], block_sums(leaf_sums(block, LEAF), LEAF, Replicates()))
        found.append(sums.totals())
    assert found[0].tolist() == found[1].tolist()
    assert found[0][0] == pytest.approx([*map(np.sum, values)], rel=1e-12, abs=1e-3)


@given(st.integers(0, 11), st.integers(2, 9), st.sampled_from([256, 512, 2048, 1 << 20]))
def test_sums_over_replicates_are_apart(bits, n_replicates, size):
    replicates, n_draws = Replicates(1 << bits), n_replicates << bits
    values, leaf = np.random.default_rng(bits).normal(size=(2, n_draws)), leaf_size(replicates)
    sums = TreeSums(replicates, n_draws)
    for first in range(0, n_draws, size):
        block = values[:, first : first + size]
        sums.add(block.shape[1], block_sums(leaf_sums(block, leaf), leaf, replicates))
    assert sums.totals() == pytest.approx(values.reshape(2, n_replicates, -1).sum(axis=2).T, abs=1e-9)


@given(st.integers(1, 2_000), st.sampled_from([1, 2, 64, 256, 1024]))
def test_blocks_smaller_than_a_leaf_are_joined(n_draws, size):
    blocks = [(first, min(size, n_draws - first)) for first in range(0, n_draws, size)]
    joined = list(whole_leaves(blocks, n_draws))
    assert [first % LEAF for first, _ in joined] == [0] * len(joined)
    assert sum(count for _, count in joined) == n_draws


# ---- dates of every task ----------------------------------------------------------------------------------------------


def by_hand(result: sr.SimulationResult, percentiles: tuple[float, ...]) -> dict[str, dict[str, object]]:
    """Return the figures of all draws, held at once."""
    replay, axis = result.replay, result.replay.network.axis
    *dates, absent = replay.histories(range(len(result.plan.tasks)))
    amount = axis.to_days if axis.dated else axis.to_units
    table: dict[str, dict[str, object]] = {}
    for row, task in enumerate(result.plan.tasks):
        exists = ~absent.get(row, np.zeros(result.n_draws, dtype=bool))
        figures = table.setdefault(task.id, {"exists": exists.mean()})
        if not exists.any():
            continue
        for label, draws in zip(("start", "finish"), dates, strict=True):
            some = draws[row][exists]
            working = axis.working(some)
            figures[f"{label}_mean"] = np.rint(some.mean())
            figures[f"{label}_sd"] = amount(working.std())
            figures[f"{label}_mean_se"] = amount(working.std()) / np.sqrt(some.size)
            for percent in percentiles:
                figures[f"{label}_p{percent:g}"] = np.percentile(some, percent, method="inverted_cdf")
        side = {
            name: axis.moments(value, "start" if name.startswith("start") and value != figures[f"finish{name[5:]}"] else "finish")
            for name, value in figures.items() if "mean_se" not in name and ("mean" in name or "_p" in name)
        }  # fmt: skip
        figures.update(side)
    return table


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("kind", KINDS)
def test_dates_of_tasks_are_those_of_all_draws(name, kind):
    percentiles = (0, 2.5, 10, 50, 99.9, 100)
    result = sr.simulate(PLANS[name], 1_300, rng=3, sampling=kind)
    table = result.tasks(percentiles, errors=True)
    for task, figures in by_hand(result, percentiles).items():
        for column, value in figures.items():
            found = table.loc[task, column]
            if column.endswith("_se"):
                if kind == "random" or 0 < figures["exists"] < 1:
                    assert found == pytest.approx(value, rel=1e-9), (task, column)
            elif isinstance(found, float):
                assert found == pytest.approx(value, rel=1e-9, abs=1e-12), (task, column)
            else:
                assert found == value, (task, column)
    assert np.isnan(table.loc["never", "finish_sd"])
    assert (
        table.loc["order", "start_sd"] == table.loc["order", "start_mean_se"] == table.loc["order", "start_sd_se"] == 0
    )


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("kind", KINDS)
def test_means_and_spreads_come_in_one_pass(name, kind):
    result = sr.simulate(PLANS[name], 1_300, rng=3, sampling=kind)
    for errors in (False, True):
        table, full = result.tasks((), errors=errors), result.tasks(errors=errors)
        assert not [column for column in table if "_p" in column]
        assert table.equals(full[list(table.columns)])


@pytest.mark.parametrize("draws_in_block", [1, 7, 256, 4096])
@pytest.mark.parametrize("kind", KINDS)
def test_neither_blocks_nor_threads_change_a_bit_of_dates(monkeypatch, draws_in_block, kind):
    result = sr.simulate(PLANS["one calendar"], 1_300, rng=5, sampling=kind)
    expected = result.tasks(errors=True), result.tasks((), errors=True)
    monkeypatch.setattr(ranges, "LEAST_DRAWS", draws_in_block)
    monkeypatch.setattr(ranges, "MOST_DRAWS", draws_in_block)
    monkeypatch.setattr(task_dates, "LEAST_CELLS", 3 * result.n_draws)
    monkeypatch.setattr(task_dates, "MOST_CELLS", 3 * result.n_draws)
    monkeypatch.setattr(task_dates, "PIECE_CELLS", 2 * result.n_draws)
    monkeypatch.setattr("schedrisk.result.date_moments.CHUNK_CELLS", 1_000)
    for n_jobs in (1, 3):
        other = threaded(result, n_jobs)
        assert other.tasks(errors=True).equals(expected[0])
        assert other.tasks((), errors=True).equals(expected[1])


@pytest.mark.parametrize("kind", KINDS)
def test_errors_of_spreads_match_their_scatter(kind):
    """Standard deviations of 100 runs scatter as their standard errors say."""
    tables = [
        sr.simulate(PLANS["no dates"], 512, rng=seed, sampling=kind).tasks((), errors=True) for seed in range(100)
    ]
    # Errors of what does not always exist are those of random draws, too large for stratified ones.
    for task in ("order", "build", "install", *(["extra"] if kind == "random" else [])):
        spreads = np.array([table.loc[task, "finish_sd"] for table in tables])
        errors = np.array([table.loc[task, "finish_sd_se"] for table in tables])
        # Of 100 normal values; errors of eight replicates have a scatter of their own, √(2/7) of each square.
        slack = 4 * np.sqrt(2 / 100 + (0 if kind == "random" else 2 / 7 / 100))
        assert spreads.var(ddof=1) / np.mean(errors**2) == pytest.approx(1, abs=slack), task


def test_spread_of_a_sum_is_its_closed_form():
    plan = sr.Plan(tasks=[sr.Task("a", sr.Uniform(0, 6)), sr.Task("b", sr.Triangular(0, 3, 6), after=["a"])])
    table = sr.simulate(plan, 20_000, rng=8).tasks((), errors=True)
    assert abs(table.loc["a", "finish_sd"] - np.sqrt(3)) < 4 * table.loc["a", "finish_sd_se"]
    assert abs(table.loc["b", "finish_sd"] - np.sqrt(3 + 1.5)) < 4 * table.loc["b", "finish_sd_se"]
    assert abs(table.loc["b", "start_sd"] - np.sqrt(3)) < 4 * table.loc["b", "start_sd_se"]


@pytest.mark.parametrize("n_draws", [1, 2, 255, 257])
def test_few_draws_are_enough(n_draws):
    result = sr.simulate(PLANS["clock time"], n_draws, rng=1)
    assert result.tasks(()).equals(result.tasks()[list(result.tasks(()).columns)])


@settings(max_examples=20)
@given(st.integers(1, 700), st.integers(1, 3))
def test_spreads_of_any_number_of_draws(n_draws, n_jobs):
    result = threaded(sr.simulate(PLANS["no dates"], n_draws, rng=n_draws), n_jobs)
    _, finishes = result.replay.times(range(len(result.plan.tasks)))
    found = result.tasks(()).loc[["order", "build", "install"], "finish_sd"]
    assert found.tolist() == pytest.approx((finishes[[0, 1, 6]].std(axis=1) / 1e6).tolist(), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("wrong", [80, "80", [101], [True], [None], None, ["80"]])
def test_what_is_no_percentile_is_refused(wrong):
    with pytest.raises(ArgumentError, match="percentile"):
        sr.simulate(PLANS["no dates"], 10, rng=1).tasks(wrong)


def test_percentiles_are_told_apart_and_each_once():
    table = sr.simulate(PLANS["no dates"], 100, rng=1).tasks([80, 80.0, 99.99999, 100])
    assert [column for column in table if column.startswith("finish_p")] == [
        "finish_p80",
        "finish_p99.99999",
        "finish_p100",
    ]


# ---- percentiles of many draws ----------------------------------------------------------------------------------------


@pytest.fixture
def counting(monkeypatch):
    monkeypatch.setattr(task_dates, "MOST_EXACT_DRAWS", 1_000)
    monkeypatch.setattr("schedrisk.result.counted_dates.PILOT_DRAWS", 300)
    monkeypatch.setattr("schedrisk.result.grid.MOST_CELLS", 512)


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("kind", KINDS)
def test_counted_percentiles_are_within_a_cell_of_exact_ones(counting, monkeypatch, name, kind):
    percentiles = (0, 10, 50, 80, 99.9, 100)
    result = sr.simulate(PLANS[name], 2_000, rng=4, sampling=kind)
    counted = result.tasks(percentiles, errors=True)
    with monkeypatch.context() as patch:
        patch.setattr(task_dates, "MOST_EXACT_DRAWS", 100_000)
        exact = result.tasks(percentiles, errors=True)
    plain = [column for column in exact if "_p" not in column or "planned" in column]
    assert "grid_width" not in exact
    assert counted[plain].equals(exact[plain])
    figures = date_figures(result.replay, percentiles)
    with monkeypatch.context() as patch:
        patch.setattr(task_dates, "MOST_EXACT_DRAWS", 100_000)
        known = date_figures(result.replay, percentiles)
    late = figures.percentiles - known.percentiles
    exists = known.exists > 0
    assert (late[..., exists] >= 0).all()
    assert (late[..., exists] < np.maximum(figures.widths, 1)[exists]).all()
    assert np.isnan(figures.percentiles[..., ~exists]).all()
    assert figures.counted
    amount = result.replay.network.axis.ticks_per_day
    assert counted["grid_width"].tolist() == (figures.widths / amount).tolist()
    assert counted.loc["build", "grid_width"] > 0
    if name == "no dates" and kind == "random":
        for column in ("finish_p10_se", "finish_p50_se", "finish_p80_se"):
            apart = (counted[column] - exact[column]).abs()
            assert (apart[exists] <= counted["grid_width"][exists] + 1e-6).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_neither_blocks_nor_threads_nor_engines_change_a_bit_of_counts(counting, monkeypatch, kind, engine):
    if engine == "numba":
        pytest.importorskip("numba")
    result = sr.simulate(PLANS["one calendar"], 2_300, rng=5, sampling=kind)
    expected = result.tasks((1, 50, 100), errors=True)
    monkeypatch.setattr(ranges, "LEAST_DRAWS", 64)
    monkeypatch.setattr(ranges, "MOST_DRAWS", 64)
    for n_jobs in (1, 3):
        replay = dataclasses.replace(result.replay, engine=engine, n_jobs=n_jobs)
        assert dataclasses.replace(result, replay=replay).tasks((1, 50, 100), errors=True).equals(expected)


@pytest.mark.parametrize("kind", KINDS)
def test_errors_of_counted_percentiles_match_their_scatter(counting, kind):
    tables = [
        sr.simulate(PLANS["no dates"], 1_024, rng=seed, sampling=kind).tasks((50,), errors=True) for seed in range(60)
    ]
    for task in ("build", "install"):
        found = np.array([table.loc[task, "finish_p50"] for table in tables])
        errors = np.array([table.loc[task, "finish_p50_se"] for table in tables])
        # Of 60 normal values; a density seen at two points, or eight replicates, scatter by about as much.
        assert found.var(ddof=1) / np.mean(errors**2) == pytest.approx(1, abs=4 * np.sqrt(2 * 2 / 60)), task


# ---- measures ---------------------------------------------------------------------------------------------------------

EACH = ("criticality", "significance", "ssi", "cruciality", "cruciality_spearman", "duration")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("task", [None, "build"])
def test_measures_asked_for_by_themselves_are_those_of_all(kind, task):
    result = sr.simulate(PLANS["clock time"], 700, rng=2, sampling=kind)
    full = sr.sensitivity(result, task=task)
    for some in [*([each] for each in EACH), ["ssi", "cruciality"], ("criticality", "significance"), []]:
        table = sr.sensitivity(result, task=task, measures=some)
        wanted = [
            each
            for each in full
            if each.removesuffix("_se").removesuffix("_mean").removesuffix("_sd") in {*some, "name", "owner"}
        ]
        assert list(table.columns) == wanted
        assert table.equals(full[wanted])


def test_what_is_not_asked_for_is_not_run(monkeypatch):
    result = sr.simulate(PLANS["one calendar"], 700, rng=2)
    full = sr.sensitivity(result)

    def refuse(*_, **__):
        raise AssertionError

    monkeypatch.setattr("schedrisk.engine.dates.late_dates", refuse)
    some = ["criticality", "ssi", "cruciality", "duration"]
    assert sr.sensitivity(result, measures=some)["ssi"].equals(full["ssi"])
    monkeypatch.setattr("schedrisk.engine.replay.early_dates", refuse)
    assert sr.sensitivity(result, measures=["cruciality"])["cruciality"].equals(full["cruciality"])
    monkeypatch.setattr("schedrisk.engine.replay.Replay.lengths", refuse)
    assert sr.sensitivity(result, measures=["criticality"])["criticality"].equals(full["criticality"])
    with pytest.raises(AssertionError):
        sr.sensitivity(result)


@pytest.mark.parametrize("wrong", ["ssi", 3, ["SSI"], ["ssi", None]])
def test_what_is_no_measure_is_refused(wrong):
    with pytest.raises(ArgumentError, match="measures"):
        sr.sensitivity(sr.simulate(PLANS["no dates"], 10, rng=1), measures=wrong)


@pytest.mark.parametrize("kind", KINDS)
def test_ranks_of_many_draws_are_those_of_the_first_ones(monkeypatch, kind):
    monkeypatch.setattr("schedrisk.analysis.ranks.MOST_DRAWS", 1_100)
    plan = PLANS["one calendar"]
    result = sr.simulate(plan, 4_000, rng=6, sampling=kind)
    table = sr.sensitivity(result)
    n_draws = table.attrs["rank_draws"]
    assert n_draws == (1_100 if kind == "random" else 4 * 256)
    lengths = result.replay.lengths([0, 1])[:, :n_draws]
    for task, draws in zip(("order", "build"), lengths, strict=True):
        expected = stats.spearmanr(draws, result.finish_ticks[:n_draws])[0]
        assert table.loc[task, "cruciality_spearman"] == pytest.approx(expected, abs=1e-12)
    assert sr.sensitivity(sr.simulate(plan, 1_000, rng=6)).attrs["rank_draws"] == 1_000


# ---- engines ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("n_draws", [300, 2_048, 2_300])
def test_compiled_sums_are_the_same_bits(kind, name, n_draws):
    pytest.importorskip("numba")
    result = sr.simulate(PLANS[name], n_draws, rng=9, sampling=kind)
    for n_jobs in (1, 2):
        tables = []
        for engine in ("numpy", "numba"):
            replay = dataclasses.replace(result.replay, engine=engine, n_jobs=n_jobs)
            other = dataclasses.replace(result, replay=replay)
            tables.append(
                (other.tasks(errors=True), other.tasks(()), sr.sensitivity(other), sr.sensitivity(other, task="build"))
            )
        for one, another in zip(*tables, strict=True):
            assert one.equals(another)


# ---- every sample, kept -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PLANS)
def test_kept_samples_are_those_that_are_drawn_again(kind, name):
    plan = PLANS[name]
    usual = sr.simulate(plan, 700, rng=3, sampling=kind)
    result = sr.simulate(plan, 700, rng=3, sampling=kind, keep="all", n_jobs=2)
    kept = result.kept
    assert usual.kept is None
    assert kept.starts.shape == kept.exists.shape == (len(plan.tasks), result.n_draws)
    assert np.array_equal(kept.critical.sum(axis=1), result.critical_counts)
    assert np.array_equal(kept.finishes, usual.replay.times(range(len(plan.tasks)))[1])
    for row, task in enumerate(plan.tasks):
        assert result.samples(task.id).equals(usual.samples(task.id))
        assert result.samples(task.id)["exists"].tolist() == kept.exists[row].tolist()
        assert np.array_equal(result.ticks(task.id), usual.ticks(task.id))
    assert result.tasks(errors=True).equals(usual.tasks(errors=True))
    assert result.tasks(()).equals(usual.tasks(()))
    assert sr.sensitivity(result).equals(sr.sensitivity(usual))
    with pytest.raises(ValueError, match="read-only"):
        kept.starts[0, 0] = 0.0


def test_kept_samples_are_not_run_again(monkeypatch, counting):
    result = sr.simulate(PLANS["one calendar"], 1_500, rng=3, keep="all")
    usual = sr.simulate(PLANS["one calendar"], 1_500, rng=3).tasks()

    def refuse(*_, **__):
        raise AssertionError

    for method in ("histories", "histories_block", "durations", "worked"):
        monkeypatch.setattr(f"schedrisk.engine.replay.Replay.{method}", refuse)
    assert result.tasks().equals(usual)
    assert len(result.samples("build")) == 1_500
    assert result.percentile(50, task="build") == result.samples("build")["finish"].quantile(0.5, "lower")


def test_what_is_drawn_until_it_is_precise_is_kept_whole():
    wish = sr.Precision(percentile=0.5)
    result = sr.simulate(PLANS["no dates"], 300, rng=3, keep="all", until=wish)
    assert result.kept.finishes.shape[1] == result.n_draws > 300
    assert result.precision is not None


def test_what_cannot_be_kept_is_refused_with_the_figure(monkeypatch):
    monkeypatch.setattr("schedrisk.simulation.memory.physical_memory", lambda: 10_000_000)
    monkeypatch.setattr("schedrisk.simulation.run.run", lambda *_, **__: pytest.fail("ran"))
    with pytest.raises(sr.MemoryLimitError, match=r'keep="all": 100,000 draws need about .* GiB.*at most [\d,]+ draws'):
        sr.simulate(PLANS["no dates"], 100_000, rng=1, keep="all")
    with pytest.raises(ArgumentError, match="keep: found 'some', expected None or 'all'"):
        sr.simulate(PLANS["no dates"], 10, keep="some")


# ---- any plan ---------------------------------------------------------------------------------------------------------


def simulated(plan: sr.Plan, n_draws: int, **options: object) -> sr.SimulationResult:
    """Simulate a random plan, if its work does not outlast all weather; correlations may be replaced."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sr.CorrelationWarning)
        try:
            return sr.simulate(plan, n_draws, **options)
        except sr.CalendarError:
            reject()


@settings(max_examples=25, deadline=None)
@given(plans(), st.sampled_from(KINDS))
def test_figures_of_any_plan_are_those_of_all_draws(plan, kind):
    """Progress, calendars, decisions, weather: whatever the plan, sums in blocks are those of whole rows."""
    result = simulated(plan, 300, rng=1, sampling=kind, n_jobs=2)
    rows, axis = range(len(plan.tasks)), result.replay.network.axis
    try:
        measures, dates = sr.sensitivity(result), result.tasks(())
    except sr.CalendarError:  # late dates reach farther than early ones
        reject()
    lengths, finish = result.replay.lengths(rows), np.asarray(axis.working(result.finish_ticks))
    mean, spread = lengths.mean(axis=1) / axis.ticks_per_unit, lengths.std(axis=1)
    assert measures["duration_mean"].tolist() == pytest.approx(mean.tolist(), rel=1e-9, abs=1e-9)
    assert (measures["duration_sd"] * axis.ticks_per_unit).tolist() == pytest.approx(
        spread.tolist(), rel=1e-6, abs=0.01
    )
    for row in rows:
        if spread[row] > 1 and finish.std() > 1:
            expected = np.corrcoef(lengths[row], finish)[0, 1]
            assert measures["cruciality"].iloc[row] == pytest.approx(expected, abs=1e-6)
    for task, figures in by_hand(result, ()).items():
        for column in figures.keys() & {"start_sd", "finish_sd"}:
            assert dates.loc[task, column] == pytest.approx(figures[column], rel=1e-6, abs=1e-6)


def test_what_is_the_same_wherever_it_exists_has_no_spread():
    """Logic passes through the task far earlier where it does not exist."""
    late = sr.Task("late", 1, exists=0.6, constraints=[sr.Constraint("SNET", 9_876.5)])
    plan = sr.Plan(tasks=[sr.Task("early", sr.Uniform(0, 9)), late], links=[sr.Link("early", "late")])
    table = sr.simulate(plan, 500, rng=1).tasks((), errors=True)
    assert table.loc["late", ["start_sd", "start_sd_se", "finish_sd", "finish_mean_se"]].tolist() == [0, 0, 0, 0]


@settings(max_examples=15, deadline=None)
@given(plans(), st.sampled_from(KINDS))
def test_samples_of_any_plan_can_be_kept(plan, kind):
    usual, kept = (simulated(plan, 40, rng=1, sampling=kind, keep=keep) for keep in (None, "all"))
    for task in plan.tasks:
        assert kept.samples(task.id).equals(usual.samples(task.id))
    assert kept.tasks(errors=True).equals(usual.tasks(errors=True))
    assert np.array_equal(kept.kept.critical.sum(axis=1), usual.critical_counts)
