"""Simulation speed: ns per task-draw and peak memory, beside two baselines in the same run.

Usage: python benchmarks/simulation_speed.py [--sizes 50 500 5000] [--draws 10000]
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

# One core: the figures are per core, and a library's hidden threads would blur them. Set before NumPy is loaded.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np  # noqa: E402

import schedrisk as sr  # noqa: E402
from baselines import numpy_networkx, plain_python  # noqa: E402
from networks import in_the_weather, layered_plan  # noqa: E402
from schedrisk.cpm import Early, forward_pass, trace_critical  # noqa: E402
from schedrisk.engine import block_ranges  # noqa: E402
from schedrisk.sample import Sample  # noqa: E402

REPEATS = 3
PYTHON_TASK_DRAWS = 500_000  # the plain loop is given so much work, and is scaled by it
NUMPY_CELLS = 20_000_000  # the plain arrays are given so many draws as to fit into memory


def best_of(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the least time of several runs [s]: the one that the machine disturbed least."""
    times = []
    for _ in range(repeats):
        gc.collect()
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)


def phases(result: sr.SimulationResult) -> dict[str, float]:
    """Return seconds for all draws of sampling, forward pass and criticality, each by itself."""
    replay, network = result.replay, result.replay.network
    spent = dict.fromkeys(("sampling", "forward pass", "criticality"), 0.0)
    for first, count in block_ranges(network.n_tasks, result.n_draws):
        times = np.zeros((network.n_tasks, count))
        early = Early.of(network, Sample(first, times), binding=True)
        critical = np.zeros(times.shape, dtype=bool)
        clock = [time.perf_counter()]
        replay.sampler.sample(first, count, times)
        clock.append(time.perf_counter())
        forward_pass(network, early)
        clock.append(time.perf_counter())
        finish = times.max(axis=0)
        for row in network.ends:
            np.equal(times[row], finish, out=critical[row])
        trace_critical(network, critical, early)
        np.count_nonzero(critical, axis=1)
        clock.append(time.perf_counter())
        for name, seconds in zip(spent, np.diff(clock), strict=True):
            spent[name] += float(seconds)
    return spent


def measure(n_tasks: int, n_draws: int) -> None:
    """Print the figures of one size."""
    per_task_draw = 1e9 / (n_tasks * n_draws)
    plan = layered_plan(n_tasks)
    result = sr.simulate(plan, n_draws, rng=1)
    whole = best_of(lambda: sr.simulate(plan, n_draws, rng=1)) * per_task_draw
    runs = [phases(result) for _ in range(REPEATS)]
    apart = {name: min(run[name] for run in runs) * per_task_draw for name in runs[0]}
    pert = layered_plan(n_tasks, "pert")
    pert_whole = best_of(lambda: sr.simulate(pert, n_draws, rng=1)) * per_task_draw

    several = layered_plan(n_tasks, calendars=True)
    one = several.replace(tasks=[task.replace(calendar=None) for task in several.tasks])
    on_one = best_of(lambda: sr.simulate(one, n_draws, rng=1)) * per_task_draw
    on_several = best_of(lambda: sr.simulate(several, n_draws, rng=1)) * per_task_draw
    in_weather = best_of(lambda: sr.simulate(in_the_weather(one), n_draws, rng=1)) * per_task_draw

    python_draws = max(1, PYTHON_TASK_DRAWS // n_tasks)
    python = best_of(lambda: plain_python(plan, python_draws)) * 1e9 / (n_tasks * python_draws)
    numpy_draws = min(n_draws, NUMPY_CELLS // n_tasks)
    numpy = best_of(lambda: numpy_networkx(plan, numpy_draws)) * 1e9 / (n_tasks * numpy_draws)

    print(f"\n{n_tasks:,} tasks × {n_draws:,} draws                          ns per task-draw")
    for name, value in apart.items():
        print(f"  {name:<44} {value:>8.2f}")
    print(f"  {'simulate(), triangular, all of it':<44} {whole:>8.2f}")
    print(f"  {'simulate(), PERT, every task its own shape':<44} {pert_whole:>8.2f}")
    print(f"  {'simulate(), dates on one calendar':<44} {on_one:>8.2f}")
    print(f"  {'simulate(), dates on four calendars':<44} {on_several:>8.2f}   {on_several / on_one:.1f} × one")
    print(f"  {'simulate(), days lost by chance':<44} {in_weather:>8.2f}   {in_weather / on_one:.1f} × one")
    print(f"  {f'NumPy + networkx with criticality ({numpy_draws:,} draws)':<44} {numpy:>8.2f}   {numpy / whole:.1f} ×")
    print(f"  {f'plain Python loop ({python_draws:,} draws)':<44} {python:>8.2f}   {python / whole:.0f} ×")
    for what in ("simulate", "tables"):
        command = [sys.executable, __file__, "--memory", what, "--sizes", str(n_tasks), "--draws", str(n_draws)]
        used = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        label = {"simulate": "peak memory, simulate()", "tables": "peak memory, with tasks() and sensitivity()"}[what]
        print(f"  {label:<44} {used:>8} MiB above the start")


def print_memory(what: str, n_tasks: int, n_draws: int) -> None:
    """Print how far the peak of this process rises above what it holds before the call [MiB]."""
    plan = layered_plan(n_tasks)
    if what == "tables":
        import pandas as pd  # noqa: F401  (its own import is not the call's)
    gc.collect()
    before = resident_bytes()
    result = sr.simulate(plan, n_draws, rng=1)
    if what == "tables":
        result.tasks()
        sr.sensitivity(result)
    print(f"{(peak_bytes() - before) / 2**20:.0f}")


def resident_bytes() -> int:
    """Return what the process holds now."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:  # not Linux: the peak so far is the best that is known
        return peak_bytes()
    return pages * resource.getpagesize()


def peak_bytes() -> int:
    """Return the most that the process ever held."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except OSError:
        pass  # not Linux; there, the accounting below is not inherited from the parent
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 500, 5_000], metavar="TASKS")
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--memory", choices=["simulate", "tables"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        print_memory(options.memory, options.sizes[0], options.draws)
        return
    print(
        f"schedrisk {sr.__version__}, NumPy {np.__version__}, Python {sys.version.split()[0]}; one core, NumPy engine"
    )
    for n_tasks in options.sizes:
        measure(n_tasks, options.draws)


if __name__ == "__main__":
    main()
