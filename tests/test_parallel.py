"""Threads and executors: the same bits from all of them, nothing left running by any of them."""

from __future__ import annotations

import functools
import multiprocessing
import os
import pickle
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, reject, settings

import schedrisk as sr
from plans import plans
from schedrisk.engine import Replay, memory_of, run_block
from schedrisk.parallel import checked_jobs, in_order, usable_cores
from schedrisk.parallel import threads as parallel
from schedrisk.parallel.parcels import Carried, Filed, Gone
from schedrisk.sampling import Design
from schedrisk.simulation import pieces
from schedrisk.simulation.bar import progress_bar

# From Python 3.12 on, forking warns where other threads run, such as those of the program that runs the tests.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")


def threads() -> list[str]:
    """Return the names of the threads that the package has started and that are still there."""
    return [each.name for each in threading.enumerate() if each.name.startswith("schedrisk")]


# ---- work in order ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [1, 2, 5])
def test_results_come_in_the_order_of_the_items(n_jobs):
    def work(number: int) -> int:
        time.sleep(0.002 * (number % 3))  # later items are ready first
        return -number

    assert list(in_order(work, range(20), n_jobs)) == [-number for number in range(20)]
    assert threads() == []


def test_one_job_is_done_in_the_callers_thread():
    assert set(in_order(lambda _: threading.get_ident(), range(3), 1)) == {threading.get_ident()}
    assert threading.get_ident() not in set(in_order(lambda _: threading.get_ident(), range(3), 2))


def test_nothing_to_do_gives_nothing():
    assert list(in_order(str, [], 3)) == []


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_items_are_taken_only_a_few_ahead(n_jobs):
    taken = []
    results = in_order(str, (taken.append(number) or number for number in range(1000)), n_jobs)
    for number in range(10):
        assert next(results) == str(number)
        assert len(taken) - number <= 2 * n_jobs
    results.close()
    assert threads() == []


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_error_drops_what_has_not_begun(n_jobs):
    done = []

    def work(number: int) -> int:
        if number == 3:
            raise ZeroDivisionError(number)
        done.append(number)
        return number

    results = in_order(work, range(1000), n_jobs)
    with pytest.raises(ZeroDivisionError, match="3"):
        list(results)
    assert len(done) <= 3 + 2 * n_jobs
    assert threads() == []


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_caller_who_wants_no_more_leaves_nothing_running(n_jobs):
    results = in_order(lambda number: number, range(1000), n_jobs)
    assert next(results) == 0
    results.close()
    assert threads() == []


def test_an_error_of_time_out_in_the_work_is_the_works_own():
    def work(_: int) -> None:
        raise TimeoutError("of the work")

    with pytest.raises(TimeoutError, match="of the work"):
        list(in_order(work, [1], 2))


def test_a_long_piece_is_waited_for(monkeypatch):
    monkeypatch.setattr(parallel, "PATIENCE", 0.001)
    assert list(in_order(lambda _: time.sleep(0.02), range(2), 2)) == [None, None]


# ---- how many --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [0, -2, 1.0, 2.5, True, "2", None])
def test_a_number_of_threads_that_is_none_is_refused(n_jobs):
    with pytest.raises(sr.ArgumentError, match=r"n_jobs: found .*, expected a number of threads, or -1 for all cores"):
        checked_jobs(n_jobs)


def test_all_cores_are_those_that_a_container_gets(tmp_path, monkeypatch):
    quota, period = tmp_path / "quota", tmp_path / "period"

    def cores(text: str, per: str | None = None) -> int:
        quota.write_text(text)
        period.write_text(per or "")
        monkeypatch.setattr(parallel, "PROCESSOR_LIMITS", [(str(quota), None if per is None else str(period))])
        return usable_cores()

    everything = cores("max 100000")
    assert cores("100000 100000") == 1
    assert cores("50000 100000") == 1
    assert cores("-1", "100000") == everything
    assert cores("100000", "100000") == 1
    assert cores("100000000 100000") == everything
    assert cores("") == everything
    monkeypatch.setattr(parallel, "PROCESSOR_LIMITS", [(str(tmp_path / "none"), None)])
    assert usable_cores() == everything == checked_jobs(-1)


# ---- the same bits ---------------------------------------------------------------------------------------------------


def project(n_chains: int = 3, *, weather: bool = True) -> sr.Plan:
    """Return a plan of everything: calendars, weather, risks, correlation, dates that override, a decision, promises."""
    tasks = [sr.Task("begin", 2)]
    for chain in range(n_chains):
        tasks += [
            sr.Task(f"a{chain}", sr.Pert(3, 5, 12 + chain), after=["begin"], calendar="site"),
            sr.Task(f"b{chain}", sr.Lognormal(6, 2), after=[f"a{chain}"]),
        ]
    tasks += [
        sr.Task("show", 1, after=["a0"], constraints=[sr.Constraint("MFO", "2027-01-08")]),
        sr.Task("repair", "1/2/4", after=["b0"], exists=0.3),
        sr.Task("end", 1, after=["repair", "show", *(f"b{chain}" for chain in range(n_chains))]),
    ]
    return sr.Plan(
        name="everything",
        start="2026-12-01",
        tasks=tasks,
        calendars=[sr.Calendar("site", weather="coast" if weather else ())],
        weather=[sr.Weather("coast", 0.2)] if weather else [],
        risks=[sr.Risk("strike", 0.3, delay="2/4/9", tasks=["a0", "b1"])],
        correlations=[sr.Correlation(["b0", "b1"], 0.6)],
        decisions=[sr.Decision("how", "a1", by="2026-12-15", reached=["b2"], missed=[])],
        promises=[sr.Promise("done", "2027-01-15"), sr.Promise("soon", within="20d", after="a0", task="end")],
    )


def bits(result: sr.SimulationResult) -> dict[str, object]:
    """Return all that a run has made, to the last bit."""
    arrays = {"finish": result.finish_ticks, "critical": result.replicate_counts, "verdicts": result.verdicts}
    arrays |= dict(result.milestone_ticks) | {str(key): value for key, value in result.override_counts.items()}
    return {name: (value.dtype.str, value.shape, value.tobytes()) for name, value in arrays.items()}


PLAN = project()
CALM = project(weather=False)  # which the compiled engine can run

needs_numba = pytest.mark.skipif(not find_spec("numba"), reason="the extra fast is not installed")
ENGINES = [pytest.param("numpy", PLAN, id="numpy"), pytest.param("numba", CALM, id="numba", marks=needs_numba)]


@functools.cache
def expected(n_draws: int, sampling: str = "random", *, weather: bool = True) -> dict[str, object]:
    plan = PLAN if weather else CALM
    return bits(sr.simulate(plan, n_draws, rng=5, sampling=sampling, engine="numpy"))


@pytest.fixture
def many_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut even short work into pieces."""
    monkeypatch.setattr(pieces, "SHORTEST", 1e-9)
    monkeypatch.setattr("schedrisk.engine.ranges.MOST_DRAWS", 256)
    monkeypatch.setattr("schedrisk.engine.ranges.MOST_DRAWS_OF_THREADS", 256)
    monkeypatch.setattr("schedrisk.engine.ranges.COMPILED_CELLS", 1)


class Plain:
    """The least that an executor can be: calls are done when they are handed in."""

    def __init__(self) -> None:
        self.n_calls = 0

    def submit(self, fn, /, *args, **kwargs):
        future: Future[object] = Future()
        future.set_result(fn(*args, **kwargs))
        self.n_calls += 1
        return future


class Pickling(Plain):
    """An executor that pickles all that it is given, as those of other machines do, and is ready in another order."""

    _max_workers = 2

    def submit(self, fn, /, *args, **kwargs):
        fn, args = pickle.loads(pickle.dumps((fn, args)))
        future: Future[object] = Future()
        timer = threading.Timer(0.01 * (7 * self.n_calls % 5), lambda: future.set_result(fn(*args, **kwargs)))
        timer.start()
        self.n_calls += 1
        return future


@pytest.mark.parametrize("sampling", ["random", "latin", "sobol"])
@pytest.mark.parametrize("n_jobs", [2, 3, -1])
@pytest.mark.parametrize(("engine", "plan"), ENGINES)
def test_threads_give_the_same_bits(engine, plan, n_jobs, sampling):
    result = sr.simulate(plan, 3_000, rng=5, sampling=sampling, engine=engine, n_jobs=n_jobs)
    assert bits(result) == expected(3_000, sampling, weather=plan is PLAN)
    assert result.replay.n_jobs == checked_jobs(n_jobs)
    assert threads() == []


@pytest.mark.parametrize("sampling", ["random", "latin", "sobol"])
@pytest.mark.parametrize("kind", [Plain, Pickling, lambda: ThreadPoolExecutor(3)])
@pytest.mark.parametrize(("engine", "plan"), ENGINES)
def test_executors_give_the_same_bits(engine, plan, kind, sampling, many_pieces):
    executor = kind()
    result = sr.simulate(plan, 3_000, rng=5, sampling=sampling, engine=engine, executor=executor)
    assert bits(result) == expected(3_000, sampling, weather=plan is PLAN)
    if isinstance(executor, Executor):
        executor.shutdown()
    else:
        assert executor.n_calls > 4


@pytest.fixture(scope="module", params=["fork", "spawn"])
def pool(request) -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(request.param)) as pool:
        yield pool


@pytest.fixture
def parcels(tmp_path, monkeypatch) -> Callable[[], list[str]]:
    """Have temporary files made in a folder of the test's own, and return what tells which are there."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return lambda: [each.name for each in tmp_path.glob("schedrisk-*.pickle")]


@pytest.mark.parametrize("sampling", ["random", "latin", "sobol"])
@pytest.mark.parametrize(("engine", "plan"), ENGINES)
def test_processes_give_the_same_bits(pool, engine, plan, sampling, many_pieces, parcels):
    result = sr.simulate(plan, 3_000, rng=5, sampling=sampling, engine=engine, executor=pool)
    assert bits(result) == expected(3_000, sampling, weather=plan is PLAN)
    assert parcels() == []


def test_draws_until_precise_enough_are_the_same_in_processes(pool, many_pieces):
    until = sr.Precision(probability=0.02, max_draws=20_000)
    one = sr.simulate(PLAN, 500, rng=5, until=until)
    other = sr.simulate(PLAN, 500, rng=5, until=until, executor=pool)
    threaded = sr.simulate(PLAN, 500, rng=5, until=until, n_jobs=2)
    assert one.n_draws > 500
    assert bits(other) == bits(one) == bits(threaded)
    assert other.precision == one.precision == threaded.precision


@settings(max_examples=10)
@given(plan=plans())
def test_a_replay_that_was_sent_away_draws_the_same(plan):
    replay = Replay.of(plan, Design(3, 64))
    try:
        _ = replay.sampler, replay.weather
    except sr.CalendarError:  # weather under which the work never ends
        reject()
    sent = pickle.loads(pickle.dumps(replay))
    milestones = range(replay.network.n_tasks)
    one, other = (run_block(each, 0, 64, milestones) for each in (replay, sent))
    assert other.finish.tobytes() == one.finish.tobytes()
    assert other.milestones.tobytes() == one.milestones.tobytes()
    assert other.critical.tolist() == one.critical.tolist()
    assert other.overridden == one.overridden


@needs_numba
def test_workers_without_numba_draw_the_same(monkeypatch, many_pieces):
    class Elsewhere(Plain):
        def submit(self, fn, /, *args, **kwargs):
            fn, args = pickle.loads(pickle.dumps((fn, args)))
            with monkeypatch.context() as patch:
                patch.setattr("schedrisk.compiled.support._fault", lambda: "is not installed")
                return super().submit(fn, *args, **kwargs)

    result = sr.simulate(CALM, 3_000, rng=5, engine="numba", executor=Elsewhere())
    assert bits(result) == expected(3_000, weather=False)
    many = sr.simulate_many({"calm": CALM}, 3_000, rng=5, engine="numba", executor=Elsewhere(), keep="results")
    assert bits(many.result("calm")) == bits(result)
    assert many.result("calm").replay.engine == "numpy"


# ---- who is no executor, and what goes wrong with one ----------------------------------------------------------------


@pytest.mark.parametrize("executor", [4, "dask", object(), ThreadPoolExecutor])
def test_what_is_no_executor_is_refused(executor):
    with pytest.raises(sr.ArgumentError, match=r"executor: found .*, expected an executor; "):
        sr.simulate(PLAN, 100, executor=executor)


def test_a_number_for_an_executor_tells_of_n_jobs():
    with pytest.raises(sr.ArgumentError, match="for 4 threads write n_jobs=4"):
        sr.simulate(PLAN, 100, executor=4)
    with pytest.raises(sr.ArgumentError, match="n_jobs: found 0"):
        sr.simulate(PLAN, 100, n_jobs=0)


def test_what_submit_returns_must_be_a_future():
    class Odd:
        def submit(self, fn, /, *args, **kwargs):
            return fn(*args, **kwargs)

    with pytest.raises(sr.ArgumentError, match=r"a `submit` that returns a concurrent\.futures\.Future"):
        sr.simulate(PLAN, 100, rng=1, executor=Odd())


def test_a_closed_pool_tells_what_to_do():
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(sr.ExecutorError, match=r"it takes no calls \(.*\); make a new one, and call again"):
        sr.simulate(PLAN, 100, rng=1, executor=pool)


def test_cancelled_calls_tell_what_to_do():
    class Lazy:
        def submit(self, fn, /, *args, **kwargs):
            future: Future[object] = Future()
            future.cancel()
            future.set_running_or_notify_cancel()
            return future

    with pytest.raises(sr.ExecutorError, match="calls were cancelled before they had answers; call again"):
        sr.simulate(PLAN, 100, rng=1, executor=Lazy())


@pytest.mark.parametrize(
    "act",
    [
        lambda pool: sr.simulate(PLAN, 10_000_000, executor=pool),
        lambda pool: sr.simulate_many({str(number): PLAN for number in range(1_000)}, 5_000, executor=pool),
    ],
)
def test_a_process_that_dies_tells_what_to_do(act, many_pieces, parcels):
    with ProcessPoolExecutor(2) as pool:
        timer = threading.Timer(0.3, os.kill, [pool.submit(os.getpid).result(), signal.SIGKILL])
        timer.start()
        with pytest.raises(sr.ExecutorError, match=r"a worker died .*; make a new pool, with fewer workers if memory"):
            act(pool)
        timer.join()
        with pytest.raises(sr.ExecutorError, match="a worker died"):
            sr.simulate(PLAN, 100, executor=pool)
    assert parcels() == []


def test_a_worker_with_other_random_streams_is_found_out(monkeypatch):
    class Older(Plain):
        def submit(self, fn, /, *args, **kwargs):
            with monkeypatch.context() as patch:
                patch.setattr(pieces, "STREAM_VERSION", 0)
                return super().submit(fn, *args, **kwargs)

    with pytest.raises(sr.ExecutorError, match=r"random streams are version 0, not \d+; install the same version"):
        sr.simulate(PLAN, 100, rng=1, executor=Older())


# ---- progress --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"n_jobs": 2}, {"executor": Plain()}, {"executor": Pickling()}])
def test_progress_is_shown_whoever_draws(options, many_pieces, capsys):
    result = sr.simulate(PLAN, 3_000, rng=5, progress=True, **options)
    assert bits(result) == expected(3_000)
    shown = capsys.readouterr().err
    assert "everything: 100%" in shown
    assert "3000/3000" in shown
    assert [each.name for each in threading.enumerate() if "tqdm" in each.name] == []


@pytest.mark.performance
def test_the_bar_costs_less_than_a_hundredth(capsys):
    """A block takes two milliseconds or more; the bar looks at the clock for each, and is drawn ten times a second."""
    n_blocks = 2_000
    with progress_bar(n_blocks * 1_000, shown=True) as advance:
        begun = time.process_time()
        for _ in range(n_blocks):
            advance(1_000)
        moving = (time.process_time() - begun) / n_blocks
        begun = time.process_time()
        for _ in range(20):
            advance.__self__.refresh()
        drawing = (time.process_time() - begun) / 20
    assert moving / 0.002 + 10 * drawing < 0.01


# ---- memory ----------------------------------------------------------------------------------------------------------


def test_the_blocks_of_all_threads_count_before_anything_is_allocated(monkeypatch):
    plan = sr.Plan(tasks=[sr.Task(f"t{number}", 1) for number in range(2_000)])
    one, four = (memory_of(2_000, 0, 1, 60_000, n_jobs) for n_jobs in (1, 4))
    assert one < four < 4 * one
    monkeypatch.setattr("schedrisk.simulation.memory.physical_memory", lambda: (one + four) / 2 / 0.8)
    monkeypatch.setattr(pieces, "run_block", lambda *_: pytest.fail("a block ran"))
    with ThreadPoolExecutor(4) as pool:
        for options in ({"n_jobs": 4}, {"executor": pool}):
            with pytest.raises(sr.MemoryLimitError, match="n_draws: 60,000 draws need about"):
                sr.simulate(plan, 60_000, rng=1, **options)
    monkeypatch.undo()
    monkeypatch.setattr("schedrisk.simulation.memory.physical_memory", lambda: (one + four) / 2 / 0.8)
    assert sr.simulate(plan, 60_000, rng=1, n_jobs=1).n_draws == 60_000


# ---- parcels ---------------------------------------------------------------------------------------------------------


def test_a_file_of_content_is_read_once_and_only_if_it_is_the_one_written():
    parcel = Filed.of({"tables": [1, 2]})
    assert Path(parcel.path).stat().st_mode & 0o077 == 0
    assert parcel.open() == {"tables": [1, 2]}
    assert parcel.open() is parcel.open()
    other = Filed.of("another")
    Path(other.path).write_bytes(Path(parcel.path).read_bytes())
    with pytest.raises(RuntimeError, match="is not the file that this simulation wrote"):
        other.open()
    for each in (parcel, other):
        each.withdraw()
        assert each.withdrawn()
        with pytest.raises(Gone, match="was deleted"):
            each.open()
    parcel.withdraw()  # twice does no harm


def test_a_file_deleted_by_others_is_told(many_pieces):
    class Cleaning(ProcessPoolExecutor):
        def submit(self, fn, /, *args, **kwargs):
            Path(args[1].path).unlink(missing_ok=True)
            return super().submit(fn, *args, **kwargs)

    with Cleaning(1) as pool, pytest.raises(sr.ExecutorError, match="was deleted, before all workers had read it"):
        sr.simulate(PLAN, 1_000, rng=1, executor=pool)


def test_carried_content_is_pickled_once_and_kept_by_who_gets_it():
    parcel = Carried({"tables": [1, 2]})
    data = pickle.dumps(parcel)
    first, second = pickle.loads(data), pickle.loads(data)
    assert first.open() is second.open()
    assert first.open() == parcel.open()
    parcel.withdraw()
    assert parcel.withdrawn()
    assert not first.withdrawn()
    with pytest.raises(Gone):
        parcel.open()
