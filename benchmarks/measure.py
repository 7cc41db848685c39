"""Time and memory of a piece of work: taken in turns, and in processes of their own where something would be left over."""

from __future__ import annotations

import gc
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

REPEATS = 3
ENOUGH = 20.0  # work that takes so long [s] is not done again

# One core unless threads are asked for: hidden threads of a library would blur the figures.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def best_of(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the least time of several runs [s]: the one that the machine disturbed least."""
    return best_of_each([work], repeats)[0]


def best_of_each(works: Sequence[Callable[[], object]], repeats: int = REPEATS) -> list[float]:
    """Return the least times of several pieces of work [s], run in turns, so that a busy machine slows all alike."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(repeats):
        for work, taken in zip(works, times, strict=True):
            if sum(taken) < ENOUGH:
                taken.append(seconds(work))
    return [min(taken) for taken in times]


def seconds(work: Callable[[], object]) -> float:
    """Return the time of one run [s]."""
    gc.collect()
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def memory_above(work: Callable[[], object]) -> int:
    """Return how far the peak of this process rises above what it holds before [byte]."""
    gc.collect()
    forget_peak()
    before = resident_bytes()
    kept = work()
    peak = peak_bytes()
    del kept  # what is returned is held until the peak is known
    return peak - before


def resident_bytes() -> int:
    """Return what the process holds now."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:  # not Linux: the peak so far is the best that is known
        return peak_bytes()
    return pages * resource.getpagesize()


def forget_peak() -> None:
    """Have the peak counted anew from what the process holds now, where the system can do it."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def peak_bytes() -> int:
    """Return the most that the process ever held."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError):
        pass  # not Linux; there, the accounting below is not inherited from the parent
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def in_fresh_process(
    module: str, request: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Run a module of this folder in a new process with a request as JSON, and return its answer.

    Raises
    ------
    RuntimeError
        With what the process complained of.
    """
    command = [sys.executable, str(Path(__file__).with_name(f"{module}.py")), json.dumps(request)]
    ended = subprocess.run(
        command, check=False, capture_output=True, text=True, env={**os.environ, **ONE_THREAD, **(environment or {})}
    )
    if ended.returncode:
        raise RuntimeError(f"{module}: {ended.stderr.strip()}")
    answer: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return answer


def machine() -> dict[str, object]:
    """Return what the figures depend on beside the code."""
    versions: dict[str, object] = {"python": platform.python_version()}
    for name in ("schedrisk", "numpy", "scipy", "numba"):
        try:
            versions[name] = __import__(name).__version__
        except ImportError:
            versions[name] = None
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cores": usable,
        "architecture": platform.machine(),
        "system": platform.system(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "versions": versions,
    }
