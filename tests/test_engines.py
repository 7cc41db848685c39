"""The compiled engine gives the bits of the NumPy engine, whatever the plan."""

import dataclasses

import numpy as np
import pytest
from hypothesis import Phase, given, reject, settings
from hypothesis import strategies as st

import schedrisk as sr
from plans import plans
from schedrisk.engine import Replay, run_block
from schedrisk.network import compile_network
from schedrisk.simulation import engines
from schedrisk.simulation.designs import design_for

pytest.importorskip("numba", reason="the compiled engine needs numba: pip install 'schedrisk[fast]'")
pytestmark = pytest.mark.filterwarnings("ignore::schedrisk.errors.CorrelationWarning")

SAMPLINGS = st.sampled_from(["random", "latin", "sobol"])


def both_engines(plan, n_draws, sampling="random", seed=1, mitigated=frozenset()):
    network = compile_network(plan)
    replay = Replay(plan, network, design_for(plan, network, seed, n_draws, sampling), mitigated)
    return replay, dataclasses.replace(replay, engine="numba")


def assert_same_block(one, other, first, count, milestones=()):
    expected, found = (run_block(each, first, count, milestones) for each in (one, other))
    assert np.array_equal(found.finish, expected.finish)
    assert np.array_equal(found.milestones, expected.milestones)
    assert np.array_equal(found.critical, expected.critical)
    assert np.array_equal(found.verdicts, expected.verdicts)
    assert {key: n for key, n in found.overridden.items() if n} == {
        key: n for key, n in expected.overridden.items() if n
    }


def assert_same_replays(one, other):
    rows = range(one.network.n_tasks)
    for some in (rows, rows[-1:]):
        for mine, theirs in zip(other.histories(some)[:2], one.histories(some)[:2], strict=True):
            assert np.array_equal(mine, theirs)
        absent, expected = other.histories(some)[2], one.histories(some)[2]
        assert absent.keys() == expected.keys()
        assert all(np.array_equal(absent[place], expected[place]) for place in absent)
        assert np.array_equal(other.durations(some), one.durations(some))
    for target, since in ((None, None), (rows[-1], None), (rows[-1], rows[0]), (None, rows[-1])):
        for mine, theirs in zip(_together(other, target, since), _together(one, target, since), strict=True):
            assert np.array_equal(mine, theirs)
        assert np.array_equal(other.criticality(target, since), one.criticality(target, since))


def _together(replay, target, since):
    parts = list(replay.passes(target, since))
    for name in ("durations", "total_float", "critical"):
        yield np.concatenate([getattr(part, name) for part in parts], axis=1)


@settings(max_examples=25, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # shrinking takes minutes
@given(plans(), SAMPLINGS, st.booleans(), st.integers(0, 99))
def test_random_plans_give_the_same_bits(plan, sampling, mitigated, seed):
    chosen = frozenset(risk.id for risk in plan.risks if risk.mitigation is not None and mitigated)
    one, other = both_engines(plan, 40, sampling, seed, chosen)
    try:
        assert_same_block(one, other, 0, one.n_draws, (0, len(plan.tasks) - 1))
        assert_same_replays(one, other)
    except sr.CalendarError:  # work that outlasts all weather
        reject()


EXAMPLE = """
name = "both engines"
start = 2026-12-01

[[calendars]]
name = "crane"
weekdays = ["mon", "wed", "sat"]

[[tasks]]
id = "design"
estimate = "5/8/15"

[[tasks]]
id = "order"
estimate = 2
after = ["design"]

[[tasks]]
id = "delivery"
estimate = "15/20/45"
after = ["order"]
owner = "supplier"

[[tasks]]
id = "lift"
estimate = "1/2/4"
calendar = "crane"
constraints = [{ kind = "SNET", when = 2027-01-20 }]

[[tasks]]
id = "done"
estimate = 0

[[links]]
predecessor = "delivery"
successor = "lift"
kind = "SS"
lag = 20

[[links]]
predecessor = "lift"
successor = "done"

[[links]]
predecessor = "delivery"
successor = "done"
kind = "FF"
lag = -1

[[promises]]
name = "contract"
by = 2027-02-01
task = "done"
"""


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    path = tmp_path_factory.mktemp("engines") / "plan.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    return sr.read(path)


@pytest.mark.parametrize("sampling", ["random", "latin", "sobol"])
def test_results_are_the_same(example, sampling):
    one, other = (sr.simulate(example, 2_000, rng=7, sampling=sampling, engine=engine) for engine in ("numpy", "numba"))
    assert (one.replay.engine, other.replay.engine) == ("numpy", "numba")
    assert other.replay.block_run(()) is not None  # it is no NumPy in disguise
    assert np.array_equal(one.finish_ticks, other.finish_ticks)
    assert np.array_equal(one.replicate_counts, other.replicate_counts)
    assert one.promise("contract").probability == other.promise("contract").probability
    assert one.tasks().equals(other.tasks())
    assert sr.sensitivity(one).equals(sr.sensitivity(other))


def test_the_first_draws_do_not_depend_on_how_many_there_are(example):
    few, many = (sr.simulate(example, n, rng=7, engine="numba", n_jobs=2) for n in (100, 10_000))
    assert np.array_equal(few.finish_ticks, many.finish_ticks[:100])


def test_lost_days_stay_with_numpy(example):
    wet = example.replace(
        weather=[sr.Weather("rain", 0.2)],
        calendars=[calendar.replace(weather=["rain"]) for calendar in example.calendars],
    )
    one, other = (sr.simulate(wet, 500, rng=7, engine=engine) for engine in ("numpy", "numba"))
    assert other.replay.block_run(()) is None
    assert np.array_equal(one.finish_ticks, other.finish_ticks)


@pytest.mark.parametrize(
    ("engine", "message"),
    [("nummpy", "did you mean 'numpy'"), (None, "expected auto, numpy or numba"), (3, "found 3")],
)
def test_an_engine_that_is_none_is_refused(example, engine, message):
    with pytest.raises(sr.ArgumentError, match="engine: found") as caught:
        sr.simulate(example, 10, engine=engine)
    assert message in str(caught.value)


def test_without_numba_numpy_runs_and_the_compiled_engine_is_refused(example, monkeypatch):
    monkeypatch.setattr("schedrisk.compiled.support._fault", lambda: "is not installed")
    assert sr.simulate(example, 10, rng=1).n_draws == 10
    with pytest.raises(sr.MissingDependencyError, match=r'pip install "schedrisk\[fast\]"'):
        sr.simulate(example, 10, engine="numba")


def test_compiling_is_left_for_work_that_repays_it(monkeypatch):
    monkeypatch.setattr(engines, "_compiled_before", lambda: False)
    assert [engines.engine_for("auto", n) for n in (1_000, 10**8, 10**9)] == ["numpy", "numpy", "numba"]
    monkeypatch.setattr(engines, "_compiled_before", lambda: True)
    assert engines.engine_for("auto", 10**8) == "numba"
    assert engines.engine_for("numpy", 10**9) == "numpy"


def test_what_does_not_lead_to_a_milestone_has_float_without_end():
    """Work as late as possible keeps the whole network together, and criticality by float then looks at all of it."""
    plan = sr.Plan(
        start="2026-12-01",
        scheduling=sr.SchedulingOptions(as_late_as_possible="late-dates", critical_by="float"),
        tasks=[
            sr.Task("a", "1/2/5"),
            sr.Task("b", "1/2/9", constraints=[sr.Constraint("ALAP")]),
            sr.Task("c", "1/3/4", after=["a", "b"]),
            sr.Task("d", "2/3/4", calendar="24h"),
        ],
    )
    one, other = both_engines(plan, 300)
    assert_same_replays(one, other)
    (passes,) = one.passes(0)
    floats = dict(zip(passes.rows.tolist(), passes.total_float, strict=True))
    assert (floats[0] == 0).all()
    assert all(np.isinf(values).all() for row, values in floats.items() if row > 0)
    assert one.criticality(0).tolist() == [300, 0, 0, 0]


def test_what_level_of_effort_reaches_to_does_not_lead_to_it():
    """Nothing limits the late dates of such work, in a network that is there for the level of effort alone."""
    plan = sr.Plan(
        start="2026-12-01",
        tasks=[
            sr.Task("a", "1/2/5"),
            sr.Task("b", "1/2/9", after=["a"]),
            sr.Task("guard", 0, kind="level-of-effort"),
            sr.Task("c", "2/3/4", calendar="24h"),
        ],
        links=[sr.Link("a", "guard", kind="SS"), sr.Link("b", "guard", kind="FF")],
    )
    one, other = both_engines(plan, 300)
    for replay in (one, other):
        (passes,) = replay.passes(2)
        floats = dict(zip(passes.rows.tolist(), passes.total_float, strict=True))
        assert np.isinf(floats[0]).all()
        assert np.isinf(floats[1]).all()
    for target in (2, None):
        for mine, theirs in zip(_together(other, target, None), _together(one, target, None), strict=True):
            assert np.array_equal(mine, theirs)


@pytest.mark.parametrize("seed", range(6))
def test_plain_networks_give_the_same_bits(seed):
    """Networks that are recorded all at once: FS links alone, with lags and leads."""
    rng = np.random.default_rng(seed)
    lags = [-4, -1, 0, 0, 2] if seed % 2 else [0]
    tasks = [sr.Task(f"t{row}", sr.Triangular(2, 3, 3 + 9 * rng.random()) if row % 5 else 3) for row in range(60)]
    links = [
        sr.Link(f"t{before}", f"t{row}", lag=float(rng.choice(lags)))
        for row in range(4, 60)
        for before in sorted(set(rng.integers(0, row, 3).tolist()))
    ]
    plan = sr.Plan(tasks=tasks, links=links)
    one, other = both_engines(plan, 300)
    assert other.block_run(()) is not None
    assert_same_block(one, other, 0, 256, (59, 7))
    assert_same_block(one, other, 256, 44)
    assert_same_replays(one, other)
