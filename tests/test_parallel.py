"""Threads and executors: the same bits from all of them, nothing left running by any of them."""

from __future__ import annotations

import threading
import time

import pytest

import schedrisk as sr
from schedrisk import parallel
from schedrisk.parallel import checked_jobs, in_order, usable_cores


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
