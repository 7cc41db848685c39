"""Dask clusters: the same bits as one thread, whatever happens to the workers."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

import schedrisk as sr
from schedrisk.parallel import dask
from schedrisk.simulation import pieces
from test_parallel import ENGINES, PLAN, bits, expected

distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")

N_DRAWS = 40_000


@pytest.fixture(scope="module")
def cluster() -> Iterator[distributed.LocalCluster]:
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        yield cluster


@pytest.fixture
def client(cluster: distributed.LocalCluster) -> Iterator[distributed.Client]:
    with distributed.Client(cluster) as client:
        client.wait_for_workers(2)
        yield client


@pytest.fixture(autouse=True)
def many_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut even short work into pieces."""
    monkeypatch.setattr(pieces, "SHORTEST", 1e-9)


def stall(study: pieces.Study, drawn: tuple[int, int], abandoned: Callable[[], bool]) -> pieces.Piece:
    """Run a piece so slowly that something can happen in the meantime."""
    time.sleep(0.5)
    return study.piece(drawn, abandoned)


def in_the_meantime(action: Callable[[], object], seconds: float = 0.8) -> threading.Timer:
    timer = threading.Timer(seconds, action)
    timer.start()
    return timer


@pytest.mark.parametrize("sampling", ["random", "latin", "sobol"])
def test_a_cluster_gives_the_same_bits(client, sampling):
    result = sr.simulate(PLAN, N_DRAWS, rng=5, sampling=sampling, executor=client.get_executor())
    assert bits(result) == expected(N_DRAWS, sampling)


@pytest.mark.parametrize(("engine", "plan"), ENGINES)
def test_a_client_is_an_executor_too(client, engine, plan):
    result = sr.simulate(plan, N_DRAWS, rng=5, engine=engine, executor=client)
    assert bits(result) == expected(N_DRAWS, weather=plan is PLAN)


@pytest.mark.parametrize("keep", ["figures", "results"])
def test_many_plans_are_simulated_on_a_cluster(client, keep, capsys):
    plans = {f"{days} days": PLAN.replace_task("begin", estimate=f"1/2/{days}") for days in range(2, 22)}
    scenarios = sr.simulate_many(plans, 500, rng=5, keep=keep, executor=client, progress=True)
    alone = sr.simulate_many(plans, 500, rng=5)
    assert repr(scenarios.to_frame().to_dict()) == repr(alone.to_frame().to_dict())
    assert bits(scenarios.result("9 days")) == bits(alone.result("9 days"))
    assert "20/20" in capsys.readouterr().err


def test_options_of_the_executor_hold(client):
    only = next(iter(client.nthreads()))
    executor = client.get_executor(workers=[only])
    assert bits(sr.simulate(PLAN, N_DRAWS, rng=5, executor=executor)) == expected(N_DRAWS)
    nobody = client.get_executor(resources={"GPU": 1})
    timer = in_the_meantime(client.close)
    with pytest.raises(sr.ExecutorError, match="the Dask client was closed"):
        sr.simulate(PLAN, N_DRAWS, rng=5, executor=nobody)
    timer.join()


def test_draws_until_precise_enough_are_the_same(client):
    until = sr.Precision(probability=0.02, max_draws=20_000)
    one, other = (sr.simulate(PLAN, 500, rng=5, until=until, executor=each) for each in (None, client))
    assert bits(other) == bits(one)
    assert other.precision == one.precision


@pytest.mark.parametrize("n_killed", [1, 2])
def test_workers_that_die_cost_time_and_not_results(client, monkeypatch, n_killed):
    monkeypatch.setattr(pieces, "_work", stall)
    monkeypatch.setattr("schedrisk.engine.ranges.MOST_DRAWS", 1024)
    workers = list(client.run(os.getpid).values())
    killed = []

    def kill() -> None:
        for process in workers[:n_killed]:
            os.kill(process, signal.SIGKILL)
            killed.append(process)

    timer = in_the_meantime(kill)
    result = sr.simulate(PLAN, N_DRAWS, rng=5, executor=client)
    timer.join()
    assert killed == workers[:n_killed]
    assert bits(result) == expected(N_DRAWS)


def test_a_client_that_goes_away_is_told_and_not_waited_for(client, monkeypatch):
    monkeypatch.setattr(pieces, "_work", stall)
    begun = time.monotonic()
    timer = in_the_meantime(client.close, 0.3)
    with pytest.raises(sr.ExecutorError, match="the Dask client was closed before the simulation had its answers"):
        sr.simulate(PLAN, N_DRAWS, rng=5, executor=client)
    timer.join()
    assert time.monotonic() - begun < 10
    with pytest.raises(sr.ExecutorError, match="keep the client open"):
        sr.simulate(PLAN, 100, rng=5, executor=client)


def test_a_cluster_without_workers_is_told(monkeypatch):
    monkeypatch.setattr(dask, "PATIENCE_FOR_WORKERS", 0.2)
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
        pytest.raises(sr.ExecutorError, match=r"had no worker for 0\.2 seconds; start one"),
    ):
        sr.simulate(PLAN, 100, rng=5, executor=client)


def test_an_asynchronous_client_is_refused(cluster):
    class Asynchronous(distributed.Client):
        asynchronous = True

        def __init__(self) -> None:
            self.status = "running"

        def __del__(self) -> None:
            pass

    with pytest.raises(
        sr.ArgumentError, match="executor: found an asynchronous Dask client, expected a Dask client that waits"
    ):
        dask.Cluster(Asynchronous())


def test_an_error_of_the_work_is_the_works_own(client):
    def fail(*_: object) -> None:
        raise TimeoutError("of the work")

    workers = dask.Cluster(client)
    workers.share("anything")
    future = workers.submit(fail, 1)
    while not (ready := workers.ready([future])):
        pass
    with pytest.raises(TimeoutError, match="of the work"):
        workers.result(*ready)
