"""How near the engines are to what the machine can do: random numbers alone, and memory."""

from __future__ import annotations

from typing import Any

import numpy as np

import schedrisk as sr
from cases import Engine
from draws import prepared
from measure import best_of
from schedrisk.compiled.support import numba_available
from schedrisk.engine import block_ranges

IN_CACHE = 4_096  # numbers: 32 KiB
IN_MEMORY = 8_000_000  # numbers: 64 MB, more than caches hold


def hashing(repeats: int) -> float | None:
    """Return ns for a uniform number in the nearest cache, by the plainest compiled loop; None without numba."""
    if not numba_available():
        return None
    from numba import njit

    from schedrisk.compiled.instructions import as_float

    gamma, one = np.uint64(0x9E3779B97F4A7C15), np.uint64(0x3FF0000000000000)
    first, second = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
    shifts = tuple(np.uint64(each) for each in (30, 27, 31, 12))

    def loop(out: Any, turns: int) -> None:
        state = np.uint64(1)
        for _ in range(turns):
            for draw in range(out.size):
                state += gamma
                word = (state ^ (state >> shifts[0])) * first
                word = (word ^ (word >> shifts[1])) * second
                word = (word ^ (word >> shifts[2])) >> shifts[3]
                out[draw] = as_float(word | one) - 1.0

    compiled, out, turns = njit(loop), np.empty(IN_CACHE), 2_000
    compiled(out, 1)
    return best_of(lambda: compiled(out, turns), repeats) / (turns * IN_CACHE) * 1e9


def copying(repeats: int) -> dict[str, float]:
    """Return ns to copy a number in the nearest cache and in memory, and the bandwidth there, read and written [GB/s]."""
    small, large = np.ones(IN_CACHE), np.ones(IN_MEMORY)
    to_small, to_large = np.empty_like(small), np.empty_like(large)
    np.copyto(to_large, large)

    def in_cache() -> None:
        for _ in range(1_000):
            np.copyto(to_small, small)

    near = best_of(in_cache, repeats) / (1_000 * IN_CACHE) * 1e9
    far = best_of(lambda: np.copyto(to_large, large), 2 * repeats) / IN_MEMORY * 1e9
    return {"copy in cache": near, "copy in memory": far, "memory bandwidth [GB/s]": 16 / far}


def uniform(engine: Engine, n_tasks: int, n_draws: int, repeats: int) -> float:
    """Return ns for a duration of a uniform estimate: a random number, a multiplication, an addition, a rounding."""
    plan = sr.Plan(name="uniform", tasks=[sr.Task(f"t{number}", sr.Uniform(2, 10)) for number in range(n_tasks)])
    replay = prepared(plan, n_draws, engine)
    if engine.engine == "numba":
        from schedrisk.engine.compiled import block_draws

        draw, size = replay.sampler.compiled.sample, block_draws(n_tasks)
    else:
        draw, size = replay.sampler.sample, next(block_ranges(n_tasks, n_draws))[1]
    out = np.empty((n_tasks, min(size, n_draws)))

    def run() -> None:
        for first in range(0, n_draws, size):
            draw(first, out.shape[1], out)  # the last block may reach beyond the last draw

    drawn = -(-n_draws // size) * out.shape[1]
    return best_of(run, repeats) / (n_tasks * drawn) * 1e9
