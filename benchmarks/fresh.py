"""What a process of its own is for: how long its first simulation takes, and how much memory work takes.

Run by `measure.in_fresh_process`, with a request as JSON; answers with one line of JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Mapping
from typing import Any

from measure import in_fresh_process, memory_above

MIB = 2**20


def first_run(
    engine: str, n_tasks: int, n_draws: int, *, environment: Mapping[str, str] | None = None, repeats: int = 3
) -> dict[str, float]:
    """Return, for a new process, seconds to import schedrisk, of the first simulation and of the second.

    Parameters
    ----------
    engine : str
    n_tasks, n_draws : int
    environment : mapping of str to str, optional
        Variables that are set.
    repeats : int
        Processes, of which the quickest counts. With an ordinary cache there is one more before, that may compile.
    """
    request = {"what": "first", "n_tasks": n_tasks, "n_draws": n_draws, "engine": engine}
    if environment is None and engine != "numpy":
        in_fresh_process("fresh", request)
    answers = [in_fresh_process("fresh", request, environment) for _ in range(repeats)]
    return min(answers, key=lambda answer: answer["first"])


def first_runs(n_tasks: int, n_draws: int, *, repeats: int = 3, cold: bool = True) -> dict[str, dict[str, float]]:
    """Return first runs of both engines; of the compiled one with an empty cache too, which takes a minute or so."""
    from schedrisk.compiled.support import numba_available

    found = {"numpy": first_run("numpy", n_tasks, n_draws, repeats=repeats)}
    if not numba_available():
        return found
    if not cold:
        return {**found, "numba, cache full": first_run("numba", n_tasks, n_draws, repeats=repeats)}
    with tempfile.TemporaryDirectory(prefix="numba-cache-") as folder:
        variables = {"NUMBA_CACHE_DIR": folder}
        for name, runs in (("numba, cache empty", 1), ("numba, cache full", repeats)):
            found[name] = first_run("numba", n_tasks, n_draws, environment=variables, repeats=runs)
    return found


def memory_of(case: str, n_tasks: int, n_draws: int, engine: str = "numpy", n_jobs: int = 1) -> float:
    """Return how far a case rises above what the process held before [MiB]."""
    request = {
        "what": "memory", "case": case, "n_tasks": n_tasks, "n_draws": n_draws, "engine": engine, "n_jobs": n_jobs,
    }  # fmt: skip
    return float(in_fresh_process("fresh", request)["mib"])


def answer(request: Mapping[str, Any]) -> dict[str, float]:
    """Do what is asked, in this process."""
    return {"first": _answer_first, "memory": _answer_memory}[request["what"]](request)


def _answer_first(request: Mapping[str, Any]) -> dict[str, float]:
    begun = time.perf_counter()
    import schedrisk as sr

    imported = time.perf_counter() - begun
    from networks import layered_plan

    plan, taken = layered_plan(request["n_tasks"]), []
    for _ in range(2):
        begun = time.perf_counter()
        sr.simulate(plan, request["n_draws"], rng=1, engine=request["engine"])
        taken.append(time.perf_counter() - begun)
    return {"import": imported, "first": taken[0], "second": taken[1]}


def _answer_memory(request: Mapping[str, Any]) -> dict[str, float]:
    # Modules and compiled code are not the call's: a small plan has them loaded.
    from cases import BY_NAME, Engine

    case, engine = BY_NAME[request["case"]], Engine("", request["engine"], request["n_jobs"])
    begun = memory_above(lambda: case.run(case.make(20), 64, engine))
    plan = case.make(request["n_tasks"])
    taken = memory_above(lambda: case.run(plan, request["n_draws"], engine))
    return {"mib": taken / MIB, "loading": begun / MIB}


if __name__ == "__main__":
    print(json.dumps(answer(json.loads(sys.argv[1]))))
