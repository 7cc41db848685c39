"""Which engine runs the draws."""

from __future__ import annotations

import sys

from schedrisk.compiled.support import numba_available, require_numba
from schedrisk.errors import ArgumentError, Problem, did_you_mean, shown
from schedrisk.parallel import usable_cores

__all__ = ["check_engine", "engine_for", "jobs_for"]

ENGINES = ("auto", "numpy", "numba")

# Task-draws from which the compiled engine repays itself: loading it takes half a second, recording the passes a few
# milliseconds.
REPAYS_LOADING, REPAYS_RECORDING = 50_000_000, 2_000_000


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
    repays = n_task_draws >= (REPAYS_RECORDING if loaded else REPAYS_LOADING)
    return "numba" if repays and numba_available() else "numpy"


def jobs_for(engine: str) -> int:
    """Return how many threads suit an engine: NumPy holds Python's lock between its many short steps."""
    return usable_cores() if engine == "numba" else 1
