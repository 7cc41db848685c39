"""simulate(): repeatable to the last bit, whatever the blocks, the order of the tasks or the length of the run."""

import hashlib

import numpy as np
import pytest

import schedrisk as sr
from schedrisk.engine import ranges
from schedrisk.errors import ArgumentError, MemoryLimitError
from schedrisk.sampling.streams import stream_key

TASKS = [
    sr.Task("design", sr.Pert(5, 8, 15)),
    sr.Task("order", sr.Fixed(2), after=["design"]),
    sr.Task("delivery", sr.Triangular(15, 20, 45), after=["order"]),
    sr.Task("site", sr.Uniform(10, 40)),
    sr.Task("permit", sr.Discrete([2, 5, 20], [0.5, 0.3, 0.2])),
    sr.Task("survey", sr.Empirical([3, 4, 4, 9])),
    sr.Task("install", sr.Pert(4, 5, 9), after=["delivery", "site", "permit", "survey"]),
]
RISKS = [
    sr.Risk("strike", 0.2, delay=sr.Triangular(2, 5, 10), tasks=["delivery", "site"]),
    sr.Risk("customs", 0.3, delay={"delivery": "1/2/8", "install": sr.Fixed(1)}),
]
PLAN = sr.Plan(name="golden", start="2026-12-01", tasks=TASKS, risks=RISKS, links=[sr.Link("order", "install", lag=-1)])

GOLDEN_FIRST = [1496191, 1637903, 1399012, 1364016, 1528968, 1000887]
GOLDEN_CRITICAL = [3585, 3585, 3585, 511, 0, 0, 4096]
GOLDEN_DIGEST = "9889769bc0035a810b8a3e74eb9f82a7"
GOLDEN_KEY = 12565472980906262159


def test_same_rng_gives_same_bits_and_another_does_not():
    first, again, other = (sr.simulate(PLAN, 2_000, rng=seed) for seed in (7, 7, 8))
    assert np.array_equal(first.finish_ticks, again.finish_ticks)
    assert np.array_equal(first.critical_counts, again.critical_counts)
    assert not np.array_equal(first.finish_ticks, other.finish_ticks)


def test_golden_bits():
    """Frozen: a change here needs another `stream_version` and a word in the changelog."""
    result = sr.simulate(PLAN, 4_096, rng=2026)
    digest = hashlib.blake2b(result.finish_ticks.astype("<i8").tobytes(), digest_size=16).hexdigest()
    assert result.stream_version == 1
    assert result.finish_ticks[:6].astype(int).tolist() == GOLDEN_FIRST
    assert result.critical_counts.tolist() == GOLDEN_CRITICAL
    assert digest == GOLDEN_DIGEST


def test_stream_keys_are_frozen():
    assert stream_key(2026, "task", "duration", "design") == GOLDEN_KEY


@pytest.mark.parametrize("draws_in_block", [1, 7, 256, 1000, 4096])
def test_block_size_changes_no_bit(monkeypatch, draws_in_block):
    usual = sr.simulate(PLAN, 1_500, rng=3)
    tables = usual.tasks()
    monkeypatch.setattr(ranges, "LEAST_DRAWS", draws_in_block)
    monkeypatch.setattr(ranges, "MOST_DRAWS", draws_in_block)
    other = sr.simulate(PLAN, 1_500, rng=3)
    assert np.array_equal(usual.finish_ticks, other.finish_ticks)
    assert np.array_equal(usual.critical_counts, other.critical_counts)
    assert tables.equals(other.tasks())


def test_first_draws_of_a_longer_run_are_those_of_a_shorter_one():
    long, short = sr.simulate(PLAN, 10_000, rng=5), sr.simulate(PLAN, 1_000, rng=5)
    assert np.array_equal(long.finish_ticks[:1_000], short.finish_ticks)
    assert long.samples("delivery").head(1_000).equals(short.samples("delivery"))


def test_inserting_and_reordering_tasks_leaves_other_draws_unchanged():
    changed = PLAN.replace(
        tasks=[sr.Task("new", sr.Pert(1, 2, 9)), *reversed(TASKS)],
        risks=[sr.Risk("new risk", 0.5, delay={"new": "1/2/3"}), *reversed(RISKS)],
    )
    before, after = sr.simulate(PLAN, 500, rng=11), sr.simulate(changed, 500, rng=11)
    for task in PLAN.tasks:
        assert before.samples(task.id)["duration"].equals(after.samples(task.id)["duration"]), task.id


def test_risk_of_probability_zero_changes_nothing_and_of_one_always_strikes():
    base = PLAN.replace(risks=[])
    never = PLAN.replace(risks=[sr.Risk("never", 0, delay={"design": "5"})])
    always = PLAN.replace(risks=[sr.Risk("always", 1, delay={"design": "5"})])
    samples = [sr.simulate(plan, 800, rng=1).samples("design")["duration"] for plan in (base, never, always)]
    assert samples[0].equals(samples[1])
    assert np.allclose(samples[2] - samples[0], 5, atol=1e-9)


def test_risk_occurs_once_per_draw_for_all_its_tasks():
    plan = sr.Plan(
        tasks=[sr.Task("a", 10), sr.Task("b", 20), sr.Task("c", 30)],
        risks=[
            sr.Risk("shared", 0.4, delay=sr.Uniform(1, 3), tasks=["a", "b"]),
            sr.Risk("own", 0.4, delay={"b": sr.Uniform(1, 3), "c": sr.Uniform(1, 3)}),
        ],
    )
    result = sr.simulate(plan, 20_000, rng=1)
    a, b, c = (
        result.samples(task)["duration"].to_numpy() - planned for task, planned in zip("abc", (10, 20, 30), strict=True)
    )
    shared, own = a > 0, c > 0
    # One magnitude for both tasks of a shared risk; one occurrence, but two magnitudes, for a table of delays.
    assert np.allclose(b[shared & ~own], a[shared & ~own], atol=1e-5)
    assert np.array_equal(b > 0, shared | own)
    assert not np.isclose(b[own & ~shared], c[own & ~shared], atol=1e-3).all()
    for occurred in (shared, own):
        assert abs(occurred.mean() - 0.4) < 4 * np.sqrt(0.4 * 0.6 / 20_000)
    assert abs(np.corrcoef(shared, own)[0, 1]) < 4 / np.sqrt(20_000)


def test_result_replays_from_what_it_records():
    result = sr.simulate(PLAN, 300)
    again = sr.simulate(PLAN, result.n_draws, rng=result.entropy)
    assert np.array_equal(result.finish_ticks, again.finish_ticks)
    assert result.plan_hash == again.plan_hash
    assert set(result.versions) >= {"schedrisk", "numpy", "scipy", "python"}


def test_rng_of_every_kind():
    sequence = np.random.SeedSequence(5)
    assert sr.simulate(PLAN, 10, rng=sequence).entropy == sr.simulate(PLAN, 10, rng=np.random.SeedSequence(5)).entropy
    generator = np.random.default_rng(5)
    assert sr.simulate(PLAN, 10, rng=generator).entropy != sr.simulate(PLAN, 10, rng=generator).entropy
    assert sr.simulate(PLAN, 10).entropy != sr.simulate(PLAN, 10).entropy
    assert sr.simulate(PLAN, 10, rng=np.int64(5)).entropy == 5


@pytest.mark.parametrize("rng", [-1, 1.5, "7", True, [1]])
def test_bad_rng(rng):
    with pytest.raises(ArgumentError, match="rng"):
        sr.simulate(PLAN, 10, rng=rng)


@pytest.mark.parametrize("n_draws", [0, -5, 2.5, "10", True, None])
def test_bad_n_draws(n_draws):
    with pytest.raises(ArgumentError, match="n_draws"):
        sr.simulate(PLAN, n_draws, rng=1)


@pytest.mark.parametrize("plan", [None, "plan.toml", {"tasks": []}])
def test_what_is_no_plan(plan):
    for call in (sr.simulate, sr.schedule, sr.check):
        with pytest.raises(ArgumentError, match="plan: found"):
            call(plan)


def test_request_that_does_not_fit_is_refused_with_the_figure():
    with pytest.raises(MemoryLimitError, match=r"at most [\d,]+ draws"):
        sr.simulate(PLAN, 10**13, rng=1)


def test_progress_changes_no_bit_and_shows(capsys):
    quiet, shown = sr.simulate(PLAN, 3_000, rng=1), sr.simulate(PLAN, 3_000, rng=1, progress=True)
    assert np.array_equal(quiet.finish_ticks, shown.finish_ticks)
    assert "golden" in capsys.readouterr().err


def test_schedule_is_simulate_without_spread():
    fixed = PLAN.replace(tasks=[task.replace(estimate=task.planned_duration) for task in TASKS], risks=[])
    schedule, result = sr.schedule(fixed), sr.simulate(fixed, 3, rng=1)
    assert (result.finish_ticks == schedule.finish.max()).all()
    assert np.array_equal(result.critical_counts == 3, schedule.critical)
    assert sr.schedule(PLAN).planned_finish == schedule.planned_finish


def test_arrays_are_read_only():
    result = sr.simulate(PLAN, 10, rng=1)
    for array in (result.finish, result.duration, result.finish_ticks, result.critical_counts):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]
