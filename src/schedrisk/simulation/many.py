"""Many plans simulated alike: variants of a project, or the projects of a portfolio."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Literal

from schedrisk.compiled.support import numba_available
from schedrisk.engine import Replay, memory_of
from schedrisk.errors import (
    ArgumentError,
    CorrelationWarning,
    ExecutorError,
    Interrupted,
    Problem,
    ProblemsError,
    shown,
)
from schedrisk.model import Plan
from schedrisk.network import compile_network
from schedrisk.parallel import (
    ExecutorLike,
    Gone,
    calls,
    checked_executor,
    checked_jobs,
    in_order,
    workers_here,
    workers_of,
)
from schedrisk.result import SimulationResult
from schedrisk.result.correlations import changes_text
from schedrisk.sampling import Design, entropy_of
from schedrisk.sampling.streams import Rng
from schedrisk.simulation.bar import progress_bar
from schedrisk.simulation.designs import SamplingLike, design_for
from schedrisk.simulation.engines import check_engine, engine_for, jobs_for
from schedrisk.simulation.memory import check_memory
from schedrisk.simulation.pieces import PIECES_PER_WORKER, SECONDS_PER_TASK_DRAW, SHORTEST
from schedrisk.simulation.run import (
    checked_draws,
    checked_mitigations,
    chosen_in,
    milestones_of,
    run,
)
from schedrisk.simulation.scenarios import Scenario, Scenarios, Settings

__all__ = ["simulate_many"]

# What it takes to prepare a task [s], and what a result holds of it: its place in the network, and its tables [byte]; roughly.
SECONDS_PER_TASK = 60e-6
BYTES_PER_TASK = 1_500


def simulate_many(
    plans: Mapping[str, Plan] | Iterable[Plan],
    n_draws: int = 10_000,
    *,
    rng: Rng = None,
    sampling: SamplingLike = "random",
    mitigated: bool | Iterable[str] = False,
    keep: Literal["figures", "results"] = "figures",
    engine: str = "auto",
    n_jobs: int | None = None,
    executor: ExecutorLike | None = None,
    progress: bool = False,
) -> Scenarios:
    """Draw histories of many plans: variants of a project, or the projects of a portfolio.

    All are drawn alike, with the same random numbers for what they have in common (common random numbers), so that what
    differs between them differs because of the plans. Figures are kept, and draws are drawn again when they are asked
    for: thousands of plans fit into memory.

    Parameters
    ----------
    plans : mapping of str to Plan, or iterable of Plan
        By name; those of an iterable are known by the names that they have.
    n_draws : int
        Number of draws of each plan; see `simulate`.
    rng : int, SeedSequence, Generator or None
        The same for all plans; ``simulate(plan, n_draws, rng=rng)`` draws what is drawn here.
    sampling : {"random", "latin", "sobol"} or Sampling
        As for `simulate`; the plans inherit the Sobol' dimensions of the first one.
    mitigated : bool or iterable of str
        Which mitigations are chosen: all, none, or those of these risks, in the plans that have them.
    keep : {"figures", "results"}
        Whether the whole results are kept beside the figures, with the project finish in every draw.
    engine : {"auto", "numpy", "numba"}
        As for `simulate`; one for all of them.
    n_jobs : int, optional
        How many plans are simulated at once, in threads; −1 for one on each core. One where not given, or, with the
        compiled engine, as many as there are cores.
    executor : Executor, optional
        What else is to simulate them, a few plans at a time; see `simulate`. Plans of many tasks and few draws, which
        take longer to prepare than to draw, gain more by processes than by threads.
    progress : bool
        Show a progress bar, which counts plans.

    Returns
    -------
    Scenarios
        In the order of the plans, whoever was ready first.

    Raises
    ------
    ArgumentError
        When `plans` is empty or something in it is no plan, or cannot be simulated, with the name of each; when another
        argument is of another kind.
    MemoryLimitError
        When the results to keep would not fit into memory, or the largest plan by itself.
    ExecutorError
        When workers of the executor are lost; its `scenarios` are those that were ready.
    Interrupted
        After Ctrl-C (it is a `KeyboardInterrupt`); its `scenarios` are those that were ready.

    Warns
    -----
    CorrelationWarning
        When correlations of plans cannot hold together.

    Examples
    --------
    >>> from schedrisk.model import Plan, Promise, Task
    >>> plan = Plan(tasks=[Task("a", "2/3/5"), Task("b", 1, after=["a"])], promises=[Promise("show", by=4.5)])
    >>> scenarios = simulate_many({"as sold": plan, "no b": plan.replace_task("b", estimate=0)}, 1_000, rng=1)
    >>> scenarios.to_frame()[["p80", "kept: show"]].round(1).to_dict("index")
    {'as sold': {'p80': 4.6, 'kept: show': 0.7}, 'no b': {'p80': 3.6, 'kept: show': 1.0}}
    """
    check_engine(engine)
    named = _named(plans)
    jobs = None if n_jobs is None else checked_jobs(n_jobs)
    executor = None if executor is None else checked_executor(executor)
    if keep not in {"figures", "results"}:
        raise ArgumentError([Problem("keep", shown(keep), "'figures' or 'results'")])
    chosen = checked_mitigations(named.values(), mitigated)
    asked, entropy = checked_draws(n_draws), entropy_of(rng)
    engine = engine_for(engine, asked * max(len(plan.tasks) for plan in named.values()))
    jobs = jobs or jobs_for(engine)
    settings = Settings(asked, entropy, _inherited(named, entropy, asked, sampling), chosen, engine, keep)
    _refuse_what_cannot_run(named, settings)
    _check_memory(named, settings, jobs if executor is None else workers_here(executor))
    _warn(named)
    return _gathered(named, settings, jobs, executor, progress=progress)


@dataclass(frozen=True, eq=False)
class _Found:
    """What a worker has found of a plan."""

    name: str
    scenario: Scenario
    result: SimulationResult | None


Batch = tuple[tuple[str, Plan], ...]


def _gathered(
    plans: Mapping[str, Plan], settings: Settings, jobs: int, executor: ExecutorLike | None, *, progress: bool
) -> Scenarios:
    """Simulate plans, and put what is found in their order; what there is goes with an error that ends it early."""
    found: dict[str, _Found] = {}

    def scenarios() -> Scenarios:
        ready = {name: found[name] for name in plans if name in found}
        return Scenarios(
            {name: plans[name] for name in ready},
            settings,
            {name: each.scenario for name, each in ready.items()},
            {name: each.result for name, each in ready.items() if each.result is not None},
            _simulated,
        )

    answers = _by_threads(plans, settings, jobs) if executor is None else _by_executor(plans, settings, executor)
    try:
        with progress_bar(len(plans), shown=progress, unit="plan", title="simulate_many") as advance, closing(answers):
            for each in answers:
                found |= {one.name: one for one in each}
                advance(len(each))
    except ExecutorError as error:
        error.scenarios = scenarios()
        raise
    except KeyboardInterrupt:
        ready = scenarios()
        message = f"interrupted after {len(ready):,} of {len(plans):,} plans; they are in `scenarios` of this exception"
        raise Interrupted(message, ready) from None
    return scenarios()


def _by_threads(plans: Mapping[str, Plan], settings: Settings, jobs: int) -> Generator[list[_Found]]:
    stop = threading.Event()

    def work(item: tuple[str, Plan]) -> list[_Found]:
        return _work(settings, (item,), stop.is_set)

    yield from in_order(work, plans.items(), jobs, stop=stop)


def _by_executor(plans: Mapping[str, Plan], settings: Settings, executor: ExecutorLike) -> Generator[list[_Found]]:
    workers = workers_of(executor)
    with closing(calls(workers, _work, settings, _batches(plans, settings, workers.n_workers))) as answers:
        for _, each in answers:
            yield each


def _batches(plans: Mapping[str, Plan], settings: Settings, n_workers: int) -> Iterator[Batch]:
    """Yield plans that take long enough together to be worth a call, and leave some for every worker."""
    most = -(-len(plans) // (PIECES_PER_WORKER * n_workers))
    batch: list[tuple[str, Plan]] = []
    seconds, per_draw = 0.0, settings.n_draws * SECONDS_PER_TASK_DRAW[settings.engine]
    for name, plan in plans.items():
        batch.append((name, plan))
        seconds += len(plan.tasks) * (SECONDS_PER_TASK + per_draw)
        if seconds >= SHORTEST or len(batch) >= most:
            yield tuple(batch)
            batch, seconds = [], 0.0
    if batch:
        yield tuple(batch)


def _work(settings: Settings, batch: Batch, abandoned: Callable[[], bool]) -> list[_Found]:
    """Simulate some plans, in a worker."""
    found = []
    for name, plan in batch:
        begun = time.perf_counter()
        try:
            result = _simulated(settings, plan, abandoned)
            scenario = Scenario.of(result, time.perf_counter() - begun)
        except Gone:
            break
        except Exception as error:
            error.add_note(f"(in the simulation of the plan {shown(name)})")
            raise
        found.append(_Found(name, scenario, result if settings.keep == "results" else None))
    return found


def _simulated(settings: Settings, plan: Plan, abandoned: Callable[[], bool] | None = None) -> SimulationResult:
    """Simulate a plan as all are, in one thread."""
    network = compile_network(plan)
    design = design_for(plan, network, settings.entropy, settings.n_draws, settings.sampling)
    engine = (
        settings.engine if settings.engine == "numpy" or numba_available() else "numpy"
    )  # on this machine, which need not be the caller's
    replay = Replay(plan, network, design, chosen_in(plan, settings.mitigated), engine)
    return run(replay, settings.n_draws, abandoned=abandoned)


def _named(plans: object) -> dict[str, Plan]:
    """Return plans by name, or say all that is wrong with them."""
    if isinstance(plans, Plan) or not isinstance(plans, Iterable) or isinstance(plans, str | bytes):
        remedy = 'write {"as sold": plan, "two crews": other}'
        raise ArgumentError([Problem("plans", shown(plans), "a mapping of names to plans", remedy)])
    problems: list[Problem] = []
    named: dict[str, Plan] = {}
    mapped = isinstance(plans, Mapping)
    for number, each in enumerate(plans.items() if isinstance(plans, Mapping) else plans, 1):
        name, plan = each if mapped else (getattr(each, "name", None), each)
        place = f"plans, {shown(name)}" if mapped else f"plans, number {number}"
        if not isinstance(plan, Plan):
            problems.append(Problem(place, shown(plan), "a Plan", "read(path) makes one of a file"))
        elif not isinstance(name, str):
            problems.append(Problem(place, f"the name {shown(name)}", "a text"))
        elif name in named:
            remedy = "pass a mapping of other names to plans"
            problems.append(
                Problem(place, f"another plan of the name {shown(name)}", "plans of different names", remedy)
            )
        else:
            named[name] = plan
    if problems:
        raise ArgumentError(problems)
    if not named:
        raise ArgumentError([Problem("plans", "none", "one plan or more")])
    return named


def _inherited(plans: Mapping[str, Plan], entropy: int, n_draws: int, sampling: SamplingLike) -> SamplingLike:
    """Return how all plans are sampled: with the Sobol' dimensions of the first one."""
    first = next(iter(plans.values()))
    design = design_for(first, compile_network(first), entropy, n_draws, sampling)
    return design.sampling if design.kind == "sobol" else sampling


def _refuse_what_cannot_run(plans: Mapping[str, Plan], settings: Settings) -> None:
    """Raise where plans are found out only when their weather is drawn: before any of them is simulated."""
    problems = []
    for name, plan in plans.items():
        if not plan.weather:
            continue
        try:
            _ = Replay.of(plan, Design(settings.entropy, 1), chosen_in(plan, settings.mitigated)).weather
        except ProblemsError as error:
            problems += [replace(each, place=f"plans, {shown(name)}, {each.place}") for each in error.problems]
    if problems:
        raise ArgumentError(problems)


def _check_memory(plans: Mapping[str, Plan], settings: Settings, at_once: int) -> None:
    """Refuse what would not fit: the largest plans at once, and all results that are kept."""
    at_work, kept = [], 0
    for plan in plans.values():
        n_kept = 1 + len(milestones_of(plan))
        n_links = len(plan.links) + sum(len(task.after) for task in plan.tasks)
        at_work.append(memory_of(len(plan.tasks), n_links, n_kept, settings.n_draws))
        kept += 8 * n_kept * settings.n_draws + BYTES_PER_TASK * len(plan.tasks)
    needed = sum(sorted(at_work)[-at_once:]) + (kept if settings.keep == "results" else 0)
    check_memory(needed, settings.n_draws, f"n_draws, of {len(plans):,} plans")


def _warn(plans: Mapping[str, Plan]) -> None:
    """Warn of correlations that cannot hold together."""
    told: dict[str, list[str]] = {}
    for name, plan in plans.items():
        if plan.correlations and (text := changes_text(plan)):
            told.setdefault(text, []).append(name)
    for text, names in told.items():
        others = f" and {len(names) - 1:,} more plans" if len(names) > 1 else ""
        warnings.warn(f"plan {shown(names[0])}{others}: {text}", CorrelationWarning, stacklevel=3)
