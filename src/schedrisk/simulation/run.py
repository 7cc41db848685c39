"""The run of a plan: with planned durations once, or with drawn ones many times."""

from __future__ import annotations

import dataclasses
import platform
import time
import warnings
from collections.abc import Iterable
from contextlib import closing
from functools import lru_cache

from schedrisk._validation import is_whole
from schedrisk.engine import Replay, memory_of
from schedrisk.errors import ArgumentError, CorrelationWarning, Problem, did_you_mean, shown
from schedrisk.model import Plan
from schedrisk.network import compile_network
from schedrisk.parallel import Abandoned, ExecutorLike, Gone, checked_executor, checked_jobs, workers_here
from schedrisk.result import Schedule, SimulationResult, compute_schedule
from schedrisk.result.correlations import changes_text
from schedrisk.result.precision import Precision
from schedrisk.sampling import STREAM_VERSION, entropy_of
from schedrisk.sampling.streams import Rng
from schedrisk.simulation.bar import progress_bar
from schedrisk.simulation.designs import SamplingLike, design_for, grown
from schedrisk.simulation.engines import check_engine, engine_for, jobs_for
from schedrisk.simulation.keeping import check_keep, check_kept, keeping
from schedrisk.simulation.memory import check_memory
from schedrisk.simulation.pieces import Piece, Study, pieces_of
from schedrisk.simulation.precise import check_wish, next_draws, precision_of, refuse_the_impossible

__all__ = [
    "checked_draws",
    "checked_mitigations",
    "chosen_in",
    "chosen_of",
    "milestones_of",
    "run",
    "schedule",
    "simulate",
]


def schedule(plan: Plan) -> Schedule:
    """Compute planned dates and float of every task.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    Schedule
        From the same passes as `simulate`, run with planned durations.

    Examples
    --------
    >>> from schedrisk.model import Plan, Task
    >>> plan = Plan(tasks=[Task("a", 3), Task("b", 2), Task("c", 1, after=["a", "b"])])
    >>> schedule(plan).to_frame()["total_float"].tolist()
    [0.0, 1.0, 0.0]
    """
    return compute_schedule(plan, compile_network(plan))


def simulate(
    plan: Plan,
    n_draws: int = 10_000,
    *,
    rng: Rng = None,
    sampling: SamplingLike = "random",
    until: Precision | None = None,
    mitigated: bool | Iterable[str] = False,
    keep: str | None = None,
    engine: str = "auto",
    n_jobs: int | None = None,
    executor: ExecutorLike | None = None,
    progress: bool = False,
) -> SimulationResult:
    """Draw histories of a project.

    Parameters
    ----------
    plan : Plan
    n_draws : int
        Number of draws. Stratified ones come in eight or more replicates of a power of 2, so that the number is rounded
        up; the result records it.
    rng : int, SeedSequence, Generator or None
        The same plan with the same `rng` gives the same draws, to the last bit; the first k of them are those of a
        run of k. None takes fresh entropy, which the result records.
    sampling : {"random", "latin", "sobol"} or Sampling
        Plain random draws; or draws that are stratified, task by task (Latin hypercube) or over several tasks at once
        (scrambled Sobol' points). The `sampling` of another result makes draws like that one's: a scenario inherits
        the Sobol' dimensions of all that it shares with the first plan.
    until : Precision, optional
        Draw on until figures are so precise, or to its ceiling; `n_draws` is then the least number. The draws are
        those of a run of as many, and `result.precision` says how precise they are.
    mitigated : bool or iterable of str
        Which mitigations are chosen: all of them, none, or those of the risks of these ids. The draws are those of a
        run without them but for what they change, so that `compare` and `mitigations` tell exactly what that is.
    keep : {"all"}, optional
        Keep every sample of every task (`result.kept`), 26 bytes for each draw of it, so that tables and samples come
        from memory. Where not given, they are drawn again when they are asked for, in bounded memory.
    engine : {"auto", "numpy", "numba"}
        What runs the draws: plain NumPy, or loops compiled by numba (``pip install "schedrisk[fast]"``), several times
        as fast; "auto" compiles where it is installed and the work repays it. It changes no bit of any figure; what
        the compiled engine cannot run is run by NumPy.
    n_jobs : int, optional
        Threads of this process that draw, and that the result uses for what it draws again; −1 for one on each core.
        One where not given, or, with the compiled engine, all. It changes no bit of any figure.
    executor : Executor, optional
        What else is to draw: a `ProcessPoolExecutor`, the executor of a Dask cluster (``client.get_executor()``), or
        anything with their `submit`; it is left open. It changes no bit of any figure.
    progress : bool
        Show a progress bar.

    Returns
    -------
    SimulationResult

    Raises
    ------
    ArgumentError
        When `n_draws` is not a positive integer, `rng`, `sampling`, `engine`, `n_jobs` or `executor` is of another
        kind, or a risk in `mitigated` is not known or has no mitigation; when no number of draws comes near the
        precision asked for, which tells about how many draws and how much time it would take.
    UnknownNameError
        When the plan has no such promise as `until` is about.
    MemoryLimitError
        When the request would not fit into memory; nothing was allocated.
    MissingDependencyError
        When the compiled engine is asked for and numba is not installed.
    ExecutorError
        When workers of the executor, or the way to them, are lost.

    Warns
    -----
    CorrelationWarning
        When correlations of the plan cannot hold together; ``correlations(plan)`` tells what is used instead.

    Examples
    --------
    >>> from schedrisk.model import Plan, Promise, Task
    >>> plan = Plan(tasks=[Task("a", "2/3/5")], promises=[Promise("done", by=4)])
    >>> simulate(plan, 1_000, rng=7).promise("done").probability > 0.8
    True
    """
    asked = checked_draws(n_draws)
    check_engine(engine)
    check_keep(keep)
    jobs = None if n_jobs is None else checked_jobs(n_jobs)
    if executor is not None:
        executor = checked_executor(executor)
    if until is not None:
        check_wish(plan, until)
        asked = min(asked, until.max_draws)
    network = compile_network(plan)
    design = design_for(plan, network, entropy_of(rng), asked, sampling)
    chosen = chosen_in(plan, checked_mitigations([plan], mitigated))
    engine = engine_for(engine, 0 if network.weathered else network.n_tasks * design.n_draws)
    replay = Replay(plan, network, design, chosen, engine, jobs or jobs_for("numpy" if network.weathered else engine))
    if text := changes_text(plan):
        warnings.warn(text, CorrelationWarning, stacklevel=2)
    check_kept(keep, replay)
    begun = time.perf_counter()
    result = run(replay, asked, executor=executor, progress=progress)
    if until is None:
        return keeping(keep, result)
    found = precision_of(result, until)
    if not found.reached:
        refuse_the_impossible(found, time.perf_counter() - begun)
    while not found.reached:
        design = grown(design, next_draws(found), until.max_draws)
        if design.n_draws == result.n_draws:
            break
        longer = dataclasses.replace(replay, design=design)
        check_kept(keep, longer)
        result = run(longer, asked, result, executor=executor, progress=progress)
        found = precision_of(result, until)
    return keeping(keep, dataclasses.replace(result, precision=found))


def run(
    replay: Replay,
    asked: int,
    before: SimulationResult | None = None,
    *,
    executor: object = None,
    progress: bool = False,
    abandoned: Abandoned | None = None,
) -> SimulationResult:
    """Simulate the draws of a design, but for the first ones where they are there from before.

    Parameters
    ----------
    replay : Replay
    asked : int
        How many draws the caller asked for.
    before : SimulationResult, optional
    executor : ExecutorLike, optional
    progress : bool
    abandoned : callable, optional
        Tells whether nobody wants the result any more: then it raises `Gone`.
    """
    network, n_draws = replay.network, replay.n_draws
    milestones = {task: network.row(task) for task in milestones_of(replay.plan)}
    at_once = replay.n_jobs if executor is None else workers_here(executor)
    check_memory(memory_of(network.n_tasks, network.n_links, 1 + len(milestones), n_draws, at_once), n_draws)
    study = Study(replay, tuple(milestones.values()))
    whole, start = study.empty(0, n_draws), 0
    if before is not None:
        start = before.n_draws
        whole.place(Piece.of(before))
    bar = progress_bar(n_draws, shown=progress, done=start, title=replay.plan.name)
    with bar as advance, closing(pieces_of(study, start, executor)) as pieces:
        for piece in pieces:
            whole.place(piece)
            advance(piece.n_draws)
            if abandoned is not None and abandoned():
                raise Gone("nobody wants the result any more")
    for array in (whole.finish, whole.milestones, whole.critical, whole.verdicts):
        array.flags.writeable = False
    return SimulationResult(
        replay=replay,
        finish_ticks=whole.finish,
        milestone_ticks=dict(zip(milestones, whole.milestones, strict=True)),
        replicate_counts=whole.critical,
        override_counts=whole.overridden,
        verdicts=whole.verdicts,
        stream_version=STREAM_VERSION,
        versions=dict(_versions()),
        n_requested=asked,
    )


def milestones_of(plan: Plan) -> list[str]:
    """Return the tasks whose finish is kept in every draw: what is promised, and what promises count from."""
    promised = [task for promise in plan.promises for task in (promise.task, promise.after) if task is not None]
    return list(dict.fromkeys(promised))


def checked_draws(n_draws: object) -> int:
    """Return a number of draws, or say what is wrong with it."""
    if is_whole(n_draws) and n_draws >= 1:
        return int(n_draws)
    raise ArgumentError([Problem("n_draws", shown(n_draws), "a whole number of 1 or more", "10000 is usual")])


def chosen_of(plan: Plan, mitigated: Iterable[str]) -> frozenset[str]:
    """Return those of some chosen mitigations that a plan has: for plans that lack some of the risks.

    Parameters
    ----------
    plan : Plan
    mitigated : iterable of str
        Ids of risks.
    """
    return frozenset(risk.id for risk in plan.risks if risk.mitigation is not None) & frozenset(mitigated)


def checked_mitigations(plans: Iterable[Plan], mitigated: object) -> bool | frozenset[str]:
    """Return which mitigations are chosen, as they were asked for: of some plans, each of which may lack some of them.

    Raises
    ------
    ArgumentError
        When no plan has such a risk, or the risk has no mitigation in any of them.
    """
    if isinstance(mitigated, bool):
        return mitigated
    remedy = 'write mitigated=True, or the ids of risks: {"customs"}'
    if isinstance(mitigated, str) or not isinstance(mitigated, Iterable):
        raise ArgumentError([Problem("mitigated", shown(mitigated), "True, False, or ids of risks", remedy)])
    known: dict[str, bool] = {}
    for plan in plans:
        for risk in plan.risks:
            known[risk.id] = known.get(risk.id, False) or risk.mitigation is not None
    chosen = list(mitigated)
    problems = [
        Problem("mitigated", shown(each), "the id of a risk", did_you_mean(each, known))
        if not isinstance(each, str) or each not in known
        else Problem("mitigated", shown(each), "a risk that has a mitigation", "give it one, or leave it out")
        for each in chosen
        if not (isinstance(each, str) and known.get(each))
    ]
    if problems:
        raise ArgumentError(problems)
    return frozenset(chosen)


def chosen_in(plan: Plan, mitigated: bool | frozenset[str]) -> frozenset[str]:
    """Return the ids of the risks of a plan whose mitigation is chosen."""
    if isinstance(mitigated, bool):
        return frozenset(risk.id for risk in plan.risks if risk.mitigation is not None and mitigated)
    return chosen_of(plan, mitigated)


@lru_cache(maxsize=1)  # looking versions up takes longer than simulating a small plan
def _versions() -> dict[str, str]:
    from importlib.metadata import version  # which takes a tenth of the time to import schedrisk

    packages = {name: version(name) for name in ("schedrisk", "numpy", "scipy")}
    return {**packages, "python": platform.python_version()}
