"""Speed of the compiled engine, against NumPy and against baselines in the same run, so that a slow machine passes.

The limits are a third of what the machine of record shows, or less: what misses them is a fault and no bad day.
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import schedrisk as sr

pytest.importorskip("numba", reason="the compiled engine needs numba: pip install 'schedrisk[fast]'")
pytestmark = pytest.mark.performance

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
N_DRAWS = 10_000
SOMETHING = bytes(10_000_000)


@pytest.fixture(scope="module")
def speed(module):
    return module("simulation_speed")


@pytest.fixture(scope="module")
def numba(module):
    return module("cases").Engine("numba", "numba")


def best_ratio(speed, slow, quick, enough):
    """Return how often `quick` fits into `slow`, in the best of a few turns of both, or in the first that is enough."""
    found = []
    for _ in range(4):
        slower, quicker = speed.best_of_each([slow, quick], 2)
        found.append(slower / quicker)
        if found[-1] >= enough:
            break
    return max(found)


@pytest.mark.parametrize("n_tasks", [500, 5_000])
def test_draws_are_several_times_as_fast_as_with_numpy(module, speed, numba, n_tasks):
    draws, plan = module("draws"), speed.layered_plan(n_tasks)
    compiled = draws.prepared(plan, N_DRAWS, numba)
    plain = draws.prepared(plan, N_DRAWS, module("cases").Engine("numpy", "numpy"))
    assert best_ratio(speed, lambda: draws.run_draws(plain), lambda: draws.run_draws(compiled), 4) >= 4


@pytest.mark.parametrize(
    ("baseline", "some", "least"), [("numpy_networkx", 4_000, 8), ("plain_python_critical", 100, 200)]
)
def test_draws_beat_what_an_analyst_would_write(module, speed, numba, baseline, some, least):
    draws, plan = module("draws"), speed.layered_plan(500)
    compiled, baseline = draws.prepared(plan, N_DRAWS, numba), getattr(module("baselines"), baseline)
    least *= some / N_DRAWS
    assert best_ratio(speed, lambda: baseline(plan, some), lambda: draws.run_draws(compiled), least) >= least


def test_set_up_included_it_pays_for_ten_thousand_draws(speed):
    """Tasks are compiled once, and passes recorded once: a tenth of the draws pay for it."""
    plan = speed.layered_plan(500)
    runs = [
        lambda engine=engine: sr.simulate(plan, N_DRAWS, rng=1, engine=engine, n_jobs=1)
        for engine in ("numpy", "numba")
    ]
    assert best_ratio(speed, *runs, 1.3) >= 1.3


def hashed(n_threads):
    """Hash for about a tenth of a second, without Python's lock."""
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(lambda _: hashlib.sha256(SOMETHING).digest(), range(8)))


def test_two_threads_are_faster_than_one(module, speed):
    """As near to twice as fast as a busy machine lets two threads be."""
    if module("cases").usable_cores() < 2:
        pytest.skip("one core")
    plan = speed.layered_plan(500)
    runs = [lambda n_jobs=n_jobs: sr.simulate(plan, 200_000, rng=1, engine="numba", n_jobs=n_jobs) for n_jobs in (1, 2)]
    found = []
    for _ in range(3):
        one, two, alone, together = speed.best_of_each([*runs, lambda: hashed(1), lambda: hashed(2)], 2)
        found.append((one / two) / (alone / together))
        if found[-1] >= 0.7:
            break
    assert max(found) >= 0.7


def test_cost_is_linear_in_draws(module, speed, numba):
    draws, growth, plan = module("draws"), module("growth"), speed.layered_plan(100)
    sizes = [10_000, 100_000, 1_000_000]
    replays = [draws.prepared(plan, n_draws, numba) for n_draws in sizes]
    found = [
        growth.exponent(sizes, speed.best_of_each([lambda each=each: draws.run_draws(each) for each in replays]))
        for _ in range(2)
    ]
    assert min(abs(each - 1) for each in found) <= 0.2


@pytest.mark.parametrize(
    ("engine", "n_tasks", "n_draws", "most"), [("numba", 50, 10_000, 3), ("auto", 3_614, 1_000, 1)]
)
def test_the_first_call_of_a_process(module, engine, n_tasks, n_draws, most):
    """1 s with the code in the cache, 0.3 s as called; three times that is a fault on any machine."""
    assert module("fresh").first_run(engine, n_tasks, n_draws, repeats=2)["first"] <= most
