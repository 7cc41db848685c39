"""What is measured: plans that use one feature each, ways to draw, and what is asked of the result."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import schedrisk as sr
from networks import in_the_weather, layered_plan, with_correlation, with_risks
from schedrisk.compiled.support import numba_available


@dataclass(frozen=True)
class Engine:
    """What runs the draws.

    Attributes
    ----------
    name : str
    engine : {"numpy", "numba"}
    n_jobs : int
    """

    name: str
    engine: str
    n_jobs: int = 1

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of `simulate`."""
        return {"engine": self.engine, "n_jobs": self.n_jobs}


@dataclass(frozen=True)
class Case:
    """A feature to measure.

    Attributes
    ----------
    name : str
    make : callable
        Given a number of tasks, the plan.
    sampling : str
    measures : tuple of str, optional
        The sensitivities that are asked for after the simulation.
    tables : tuple of float, optional
        The percentiles of the table of tasks that is asked for.
    """

    name: str
    make: Callable[[int], sr.Plan]
    sampling: str = "random"
    measures: tuple[str, ...] | None = None
    tables: tuple[float, ...] | None = None

    def run(self, plan: sr.Plan, n_draws: int, engine: Engine) -> sr.SimulationResult:
        """Do what a user would do, from the plan to the tables."""
        result = sr.simulate(plan, n_draws, rng=1, sampling=self.sampling, **engine.options)
        if self.tables is not None:
            result.tasks(self.tables)
        if self.measures is not None:
            sr.sensitivity(result, measures=self.measures or None)
        return result


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def engines() -> list[Engine]:
    """Return the engines that are here: NumPy, and where numba is installed the compiled one, with one and two threads."""
    found = [Engine("numpy", "numpy")]
    if numba_available():
        found += [Engine("numba, 1 thread", "numba"), Engine("numba, 2 threads", "numba", 2)]
    return found


def _weather(n_tasks: int) -> sr.Plan:
    plan = layered_plan(n_tasks, calendars=True)
    return in_the_weather(plan.replace(tasks=[task.replace(calendar=None) for task in plan.tasks]))


CASES = (
    Case("triangular", layered_plan),
    Case("PERT, each its own shape", lambda n: layered_plan(n, "pert")),
    Case("four calendars", lambda n: layered_plan(n, calendars=True)),
    Case("risks", lambda n: with_risks(layered_plan(n))),
    Case("correlation", lambda n: with_correlation(layered_plan(n))),
    Case("Latin", layered_plan, sampling="latin"),
    Case("Sobol'", layered_plan, sampling="sobol"),
    Case("days lost by chance", _weather),
    Case("table: mean and sd", layered_plan, tables=()),
    Case("table: P10/P50/P80/P90", layered_plan, tables=(10, 50, 80, 90)),
    Case("SSI and cruciality", layered_plan, measures=("criticality", "ssi", "cruciality")),
    Case("all sensitivities", layered_plan, measures=()),
)
EVERYTHING = Case("table and all sensitivities", layered_plan, tables=(10, 50, 80, 90), measures=())
BY_NAME = {case.name: case for case in (*CASES, EVERYTHING)}


@lru_cache(maxsize=2)  # more would have Python look through them whenever it collects garbage
def plan_of(name: str, n_tasks: int) -> sr.Plan:
    """Return the plan of a case, made once."""
    return BY_NAME[name].make(n_tasks)
