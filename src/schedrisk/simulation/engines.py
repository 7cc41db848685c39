"""Which engine runs the draws."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from schedrisk.compiled.support import numba_available, require_numba
from schedrisk.errors import ArgumentError, Problem, did_you_mean, shown
from schedrisk.parallel import usable_cores

__all__ = ["check_engine", "engine_for", "jobs_for"]

ENGINES = ("auto", "numpy", "numba")

# Task-draws from which the compiled engine repays itself: compiling it takes a quarter of a minute, once for an
# installation, loading it half a second, and recording the passes a few milliseconds. NumPy takes 16 to 20 ns each.
REPAYS_COMPILING, REPAYS_LOADING, REPAYS_RECORDING = 400_000_000, 50_000_000, 2_000_000


def check_engine(engine: object) -> None:
    """Refuse what is no engine, or is not installed.

    Raises
    ------
    ArgumentError, MissingDependencyError
    """
    if not isinstance(engine, str) or engine not in ENGINES:
        remedy = did_you_mean(engine, ENGINES)
        raise ArgumentError([Problem("engine", shown(engine), "auto, numpy or numba", remedy)])
    if engine == "numba":
        require_numba()


def engine_for(engine: str, n_task_draws: int) -> str:
    """Return the engine for so many draws of tasks: that which is asked for, or with "auto" the quicker one.

    Examples
    --------
    >>> engine_for("auto", 50 * 1_000)
    'numpy'
    """
    if engine != "auto":
        return engine
    loaded = "schedrisk.compiled.interpreter" in sys.modules
    if n_task_draws < (REPAYS_RECORDING if loaded else REPAYS_LOADING) or not numba_available():
        return "numpy"
    return "numba" if n_task_draws >= REPAYS_COMPILING or _compiled_before() else "numpy"


def _compiled_before() -> bool:
    """Tell whether the compiled engine has been compiled, in this process or into a cache on disk."""
    from schedrisk.compiled.interpreter import run_tape

    compiled: Any = run_tape
    kept = compiled.stats.cache_path
    return bool(compiled.signatures) or (kept is not None and any(Path(kept).glob("interpreter.run_tape-*.nbi")))


def jobs_for(engine: str) -> int:
    """Return how many threads suit an engine: NumPy holds Python's lock between its many short steps."""
    return usable_cores() if engine == "numba" else 1
