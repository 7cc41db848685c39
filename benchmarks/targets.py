"""What the engines promise, row by row: at most so much, and what was measured.

A row measures itself; one that cannot be measured here says why. With `scale` above 1 there are fewer draws or tasks,
so that all rows are seen to run; such figures are no verdict.
"""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import growth
import schedrisk as sr
from baselines import numpy_networkx, plain_python_critical
from cases import BY_NAME, Case, Engine, plan_of
from draws import prepared, run_draws
from fresh import first_run, memory_of
from measure import best_of, best_of_each
from networks import layered_plan
from schedrisk.compiled.support import numba_available

NUMPY, NUMBA, THREADS = Engine("numpy", "numpy"), Engine("numba", "numba"), Engine("numba, 2 threads", "numba", 2)
HOTEL = Path(__file__).resolve().parents[2] / "shared" / "data" / "schedules" / "hotel-multiproject-4217.xer"
TRIANGULAR = "triangular"


class CannotBeMeasuredError(Exception):
    """Something that a row needs is not here."""


@dataclass(frozen=True)
class Found:
    """What was measured.

    Attributes
    ----------
    value : float
    note : str
        What else is worth knowing.
    """

    value: float
    note: str = ""


@dataclass(frozen=True)
class Target:
    """A row.

    Attributes
    ----------
    what : str
    measure : callable
        Given a scale, what is found.
    most : float
    unit : str
    least : float
    numba : bool
        Whether the compiled engine is needed.
    """

    what: str
    measure: Callable[[int], Found]
    most: float = math.inf
    unit: str = ""
    least: float = -math.inf
    numba: bool = True

    @property
    def limit(self) -> str:
        """What is promised, in words."""
        if math.isinf(self.most):
            return f"≥ {self.least:g} {self.unit}"
        return f"≤ {self.most:g} {self.unit}" if math.isinf(self.least) else f"{self.least:g} – {self.most:g}"

    def row(self, scale: int = 1) -> dict[str, object]:
        """Measure, and return what was found as plain values."""
        row: dict[str, object] = {"what": self.what, "limit": self.limit, "unit": self.unit, "scale": scale}
        left_out = {**row, "measured": None, "verdict": "skipped"}
        if self.numba and not numba_available():
            return {**left_out, "note": "numba is not installed"}
        try:
            found = self.measure(scale)
        except CannotBeMeasuredError as reason:
            return {**left_out, "note": str(reason)}
        verdict = "ok" if self.least <= found.value <= self.most else "MISSED"
        verdict = verdict if scale == 1 else "(reduced)"
        return {**row, "measured": found.value, "verdict": verdict, "note": found.note}


def per_task_draw(seconds: float, n_tasks: int, n_draws: int) -> float:
    """Return ns per task-draw."""
    return seconds * 1e9 / (n_tasks * n_draws)


def repeats(scale: int, wanted: int = 3) -> int:
    """Return how often to run something: once where nobody wants a verdict."""
    return wanted if scale == 1 else 1


def reduced(n_tasks: int, n_draws: int, scale: int) -> tuple[int, int]:
    """Return fewer tasks and draws, but some of each."""
    return max(min(n_tasks, 50), n_tasks // scale), max(min(n_draws, 500), n_draws // scale)


def _draws_alone(engine: Engine, n_tasks: int) -> Callable[[int], Found]:
    def measure(scale: int) -> Found:
        tasks, n_draws = reduced(n_tasks, 10_000, scale)
        plan = plan_of(TRIANGULAR, tasks)
        replay = prepared(plan, n_draws, engine)
        alone, whole = best_of_each(
            [lambda: run_draws(replay), lambda: sr.simulate(plan, n_draws, rng=1, **engine.options)],
            repeats(scale, 5),
        )
        note = f"simulate() with set-up {per_task_draw(whole, tasks, n_draws):.1f} ns"
        return Found(per_task_draw(alone, tasks, n_draws), note)

    return measure


def _pert(scale: int) -> Found:
    n_tasks, n_draws = reduced(5_000, 10_000, scale)
    plan = plan_of("PERT, each its own shape", n_tasks)
    taken = best_of(lambda: sr.simulate(plan, n_draws, rng=1, **NUMBA.options), repeats(scale))
    return Found(per_task_draw(taken, n_tasks, n_draws))


def _pert_with_measures(scale: int) -> Found:
    n_tasks, n_draws = reduced(500, 10_000, scale)
    found = {}
    for sampling in ("latin", "sobol"):
        case = Case("", layered_plan, sampling, measures=("criticality", "ssi", "cruciality"))
        plan = plan_of("PERT, each its own shape", n_tasks)
        drawn = case.run(plan, n_draws, NUMBA).n_draws
        taken = best_of(lambda case=case, plan=plan: case.run(plan, n_draws, NUMBA), repeats(scale))
        found[sampling] = per_task_draw(taken, n_tasks, drawn)
    return Found(max(found.values()), "latin {latin:.1f} ns, sobol {sobol:.1f} ns, set-up included".format(**found))


def _against(baseline: Callable[[sr.Plan, int], object], task_draws: int) -> Callable[[int], Found]:
    def measure(scale: int) -> Found:
        ratios, notes = [], []
        for size in (500, 5_000):
            n_tasks, n_draws = reduced(size, 10_000, scale)
            plan = plan_of(TRIANGULAR, n_tasks)
            some = max(1, min(n_draws, task_draws // scale // n_tasks))
            replay = prepared(plan, n_draws, NUMBA)
            theirs, ours, whole = best_of_each(
                [
                    lambda plan=plan, some=some: baseline(plan, some),
                    lambda replay=replay: run_draws(replay),
                    lambda plan=plan, n_draws=n_draws: sr.simulate(plan, n_draws, rng=1, **NUMBA.options),
                ],
                repeats(scale),
            )
            ratios.append(theirs / some * n_draws / ours)
            notes.append(f"{n_tasks:,} tasks: {ratios[-1]:,.0f} ×, simulate() {theirs / some * n_draws / whole:,.0f} ×")
        return Found(min(ratios), "; ".join(notes))

    return measure


def _memory(case: str, n_tasks: int, n_draws: int, engine: Engine = THREADS) -> Callable[[int], Found]:
    def measure(scale: int) -> Found:
        return Found(memory_of(case, *reduced(n_tasks, n_draws, scale), engine.engine, engine.n_jobs))

    return measure


def _seconds(case: str, n_tasks: int, n_draws: int) -> Callable[[int], Found]:
    def measure(scale: int) -> Found:
        tasks, draws = reduced(n_tasks, n_draws, scale)
        plan = plan_of(case, tasks)
        taken = best_of(lambda: BY_NAME[case].run(plan, draws, THREADS), repeats(scale))
        return Found(taken, f"{per_task_draw(taken, tasks, draws):.1f} ns per task-draw")

    return measure


@lru_cache(maxsize=1)
def hotel_plan() -> sr.Plan:
    """Return the hotel project with three points of 80, 100 and 150 % for every activity that takes time.

    Raises
    ------
    CannotBeMeasuredError
        When the file is not here.
    """
    if not HOTEL.exists():
        raise CannotBeMeasuredError(f"no {HOTEL.name} in a folder shared/data/schedules beside the repository")
    plan = sr.read(HOTEL, project=2666)
    tasks = [
        task.replace(estimate=sr.Triangular(0.8 * task.planned_duration, task.planned_duration, 1.5 * task.planned_duration))
        if task.planned_duration > 0 and isinstance(task.estimate, sr.Fixed) else task
        for task in plan.tasks
    ]  # fmt: skip
    return plan.replace(tasks=tasks)


def _hotel(scale: int) -> Found:
    (_, n_draws), plan = reduced(1, 10_000, scale), hotel_plan()
    replay = prepared(plan, n_draws, THREADS)
    whole, alone = best_of_each(
        [lambda: sr.simulate(plan, n_draws, rng=1, **THREADS.options), lambda: run_draws(replay)],
        repeats(scale),
    )
    by = "compiled" if replay.block_run(()) else "run by NumPy"
    return Found(
        whole, f"{len(plan.tasks):,} tasks on {len(plan.calendars)} calendars, draws alone {alone:.2f} s, {by}"
    )


def _two_threads(scale: int) -> Found:
    plan, n_draws = plan_of(TRIANGULAR, 1_000), 1_000_000 // scale
    one, two = best_of_each(
        [lambda each=each: sr.simulate(plan, n_draws, rng=1, **each.options) for each in (NUMBA, THREADS)],
        repeats(scale),
    )
    return Found(one / two, f"1,000 tasks × {n_draws:,} draws: {one:.2f} s and {two:.2f} s")


def _first(n_tasks: int, n_draws: int, engine: str) -> Callable[[int], Found]:
    def measure(scale: int) -> Found:
        found = first_run(engine, n_tasks, n_draws, repeats=repeats(scale))
        return Found(found["first"], f"import {found['import']:.2f} s, second call {found['second']:.3f} s")

    return measure


def _linear(key: str) -> Callable[[int], Found]:
    def measure(scale: int) -> Found:
        found = _growth(3 if scale == 1 else 1)[key]
        return Found(found.exponent, ", ".join(f"{n:,}: {taken:.3g} s" for n, taken in found.seconds.items()))

    return measure


@lru_cache(maxsize=2)
def _growth(decades: int) -> dict[str, growth.Growth]:
    return growth.exponents(decades)


def _progress(scale: int) -> Found:
    plan, n_draws = plan_of(TRIANGULAR, 1_000), 400_000 // scale

    def run(*, progress: bool) -> None:
        with contextlib.redirect_stderr(io.StringIO()):
            sr.simulate(plan, n_draws, rng=1, progress=progress, **NUMBA.options)

    without, shown = best_of_each([lambda: run(progress=False), lambda: run(progress=True)], repeats(scale, 5))
    return Found(100 * (shown / without - 1), f"{without:.3f} s and {shown:.3f} s")


def _rows_of_engines() -> Iterator[Target]:
    compiled, numpy_alone = _draws_alone(NUMBA, 500), _draws_alone(NUMPY, 5_000)
    yield Target("compiled: sampling + forward pass + criticality, 500 tasks", compiled, 2, "ns")
    yield Target("the same, 5,000 tasks", _draws_alone(NUMBA, 5_000), 2.5, "ns")
    yield Target("PERT, every task its own shape, 5,000 tasks, set-up included", _pert, 10, "ns")
    yield Target("PERT + Latin or Sobol' + criticality + SSI + cruciality, 500 tasks", _pert_with_measures, 20, "ns")
    yield Target("NumPy: sampling + forward pass + criticality, 5,000 tasks", numpy_alone, 20, "ns", numba=False)
    against_arrays, against_loop = _against(numpy_networkx, 20_000_000), _against(plain_python_critical, 500_000)
    yield Target("against NumPy + networkx with criticality", against_arrays, unit="×", least=8)
    yield Target("against a plain Python loop with criticality", against_loop, unit="×", least=200)
    used = _memory(TRIANGULAR, 5_000, 10_000, NUMPY)
    yield Target("NumPy: peak memory, 5,000 × 10,000 with criticality", used, 200, "MiB", numba=False)


def _rows_of_sizes() -> Iterator[Target]:
    yield Target("hotel, 4,217 activities on several calendars × 10,000, two threads", _hotel, 1, "s")
    for label, case, n_tasks, n_draws, most, memory in (
        ("10,000 × 10,000, criticality, mean and sd per task", "table: mean and sd", 10_000, 10_000, 1, 700),
        ("the same with P10/P50/P80/P90 of starts and finishes", "table: P10/P50/P80/P90", 10_000, 10_000, 4, 1_024),
        ("the same with these and all sensitivities", "table and all sensitivities", 10_000, 10_000, 10, 1_024),
        ("1,000 tasks × 1,000,000 draws", TRIANGULAR, 1_000, 1_000_000, 4, 1_024),
        ("100,000 tasks × 1,000 draws", TRIANGULAR, 100_000, 1_000, 5, 2_048),
    ):
        yield Target(f"{label}, two threads", _seconds(case, n_tasks, n_draws), most, "s")
        yield Target(f"{label}: peak memory", _memory(case, n_tasks, n_draws), memory, "MiB")


def _rows_of_calls() -> Iterator[Target]:
    yield Target("two threads against one, compiled", _two_threads, unit="×", least=1.7)
    as_called, first = _first(3_614, 1_000, "auto"), _first(50, 10_000, "numba")
    yield Target("3,614 tasks, simulate(plan, 1_000) as called, new process", as_called, 0.3, "s", numba=False)
    yield Target("first call, new process, warm compile cache, 50 tasks", first, 1, "s")
    for engine in ("numpy", "numba, 1 thread"):
        for name in ("tasks", "draws"):
            label, linear = f"{engine}: exponent of cost in {name}", _linear(f"{engine}: {name}")
            yield Target(label, linear, growth.MOST, least=growth.LEAST, numba=engine != "numpy")
    yield Target("a progress bar costs", _progress, 1, "%")


def targets() -> Iterator[Target]:
    """Yield the rows, in the order of the promise."""
    yield from _rows_of_engines()
    yield from _rows_of_sizes()
    yield from _rows_of_calls()
