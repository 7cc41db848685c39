"""Ctrl-C: a simulation stops within a second, and leaves no thread, no process and no file behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

SCRIPT = """
import os, sys, threading, time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
import schedrisk as sr


def main(kind, engine):
    tasks = [sr.Task(f"t{n}", "2/3/9", after=[f"t{n - 10}"] if n >= 10 else []) for n in range(1_000)]
    plan = sr.Plan(tasks=tasks)
    plans = {str(number): plan for number in range(1_000)}
    options = {"n_jobs": 2 if "threads" in kind else 1, "engine": engine}
    sr.simulate(plan, 100, engine=engine)  # which compiles, the first time
    pool = None
    if "processes" in kind:
        pool = options["executor"] = ProcessPoolExecutor(2)
        pool.submit(os.getpid).result()
    if "pool of threads" in kind:
        pool = options["executor"] = ThreadPoolExecutor(2)
    def act():
        if "many" in kind:
            return sr.simulate_many(plans, 2_000, rng=1, progress=True, **options)
        return sr.simulate(plan, 40_000_000, rng=1, progress=True, **options)
    threading.Timer(1.0, lambda: print("running", flush=True)).start()
    try:
        act()
    except KeyboardInterrupt as stop:
        stopped = time.monotonic()
        left = [each.name for each in threading.enumerate() if each.name.startswith(("schedrisk", "tqdm"))]
        print("left", left, type(stop).__name__, flush=True)
        if pool is not None:
            pool.shutdown()
            print("closed after", time.monotonic() - stopped, flush=True)

if __name__ == "__main__":
    main(*sys.argv[1:])
"""


needs_numba = pytest.mark.skipif(not find_spec("numba"), reason="the extra fast is not installed")
NUMPY = ["one", "threads", "pool of threads", "many, one", "many, processes, all told"]
NUMBA = ["one", "threads", "processes", "processes, all told", "many, threads", "many, processes"]


@pytest.mark.parametrize(
    ("kind", "engine"),
    [
        *((kind, "numpy") for kind in NUMPY),
        *(pytest.param(kind, "numba", marks=needs_numba) for kind in NUMBA),
    ],
)
def test_a_simulation_stops_within_a_second_and_leaves_nothing(kind, engine, tmp_path: Path):
    script, folder, faults = tmp_path / "script.py", tmp_path / "temporary", tmp_path / "faults"
    script.write_text(SCRIPT)
    folder.mkdir()
    environment = {**os.environ, "TMPDIR": str(folder)}
    # A group of its own: what is left of it can be counted.
    with faults.open("w") as errors, subprocess.Popen(
        [sys.executable, str(script), kind, engine], env=environment, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=errors,
    ) as running:  # fmt: skip
        try:
            assert running.stdout.readline() == "running\n", faults.read_text()
            if "processes" in kind:
                assert (len(list(folder.glob("schedrisk-*"))), parts_of(running.pid) > 1) == (1, True)
            sent = time.monotonic()
            # A terminal tells every process.
            (os.killpg if "all told" in kind else os.kill)(running.pid, signal.SIGINT)
            told = running.stdout.readline()
            stopped = time.monotonic() - sent
            output = running.stdout.read()
            running.wait(timeout=20)
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)
    kept = "Interrupted" if "many" in kind else "KeyboardInterrupt"
    assert told == f"left [] {kept}\n", told + output + faults.read_text()
    assert stopped < allowed(1.0)
    if "process" in kind or "pool" in kind:
        assert float(output.split()[-1]) < allowed(1.0)
    assert running.returncode == 0
    assert list(folder.glob("schedrisk-*")) == []
    assert parts_of(running.pid) == 0


def allowed(seconds: float) -> float:
    """Return how long something may take while others keep the processors busy."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def parts_of(group: int) -> int:
    """Return how many processes of a group there are."""
    found = 0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found += words[2] == str(group) and words[0] != "Z"
    return found
