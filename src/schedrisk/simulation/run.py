"""The run of a plan: with planned durations once, or with drawn ones many times."""

from __future__ import annotations

import dataclasses
import os
import platform
import time
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np

from schedrisk._typing import Ints
from schedrisk._validation import is_whole
from schedrisk.engine import Block, Replay, memory_of, run_block
from schedrisk.errors import ArgumentError, CorrelationWarning, MemoryLimitError, Problem, did_you_mean, shown
from schedrisk.model import Plan
from schedrisk.network import compile_network
from schedrisk.result import Schedule, SimulationResult, compute_schedule
from schedrisk.result.constraints import imposed_dates
from schedrisk.result.correlations import changes_text
from schedrisk.result.precision import Precision
from schedrisk.result.sampling_error import Replicates
from schedrisk.sampling import STREAM_VERSION, entropy_of
from schedrisk.sampling.streams import Rng
from schedrisk.simulation.designs import SamplingLike, design_for, grown
from schedrisk.simulation.precise import check_wish, next_draws, precision_of, refuse_the_impossible

__all__ = ["chosen_of", "schedule", "simulate"]

# Of Linux's control groups, version 2 and 1: the limits that containers set.
CONTAINER_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


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
    progress : bool
        Show a progress bar.

    Returns
    -------
    SimulationResult

    Raises
    ------
    ArgumentError
        When `n_draws` is not a positive integer, `rng` or `sampling` is of another kind, or a risk in `mitigated` is
        not known or has no mitigation; when no number of draws comes near the precision asked for, which tells about
        how many draws and how much time it would take.
    UnknownNameError
        When the plan has no such promise as `until` is about.
    MemoryLimitError
        When the request would not fit into memory; nothing was allocated.

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
    asked = _checked_draws(n_draws)
    if until is not None:
        check_wish(plan, until)
        asked = min(asked, until.max_draws)
    network = compile_network(plan)
    design = design_for(plan, network, entropy_of(rng), asked, sampling)
    replay = Replay(plan, network, design, _chosen(plan, mitigated))
    if text := changes_text(plan):
        warnings.warn(text, CorrelationWarning, stacklevel=2)
    begun = time.perf_counter()
    result = _run(replay, asked, progress=progress)
    if until is None:
        return result
    found = precision_of(result, until)
    if not found.reached:
        refuse_the_impossible(found, time.perf_counter() - begun)
    while not found.reached:
        design = grown(design, next_draws(found), until.max_draws)
        if design.n_draws == result.n_draws:
            break
        result = _run(dataclasses.replace(replay, design=design), asked, result, progress=progress)
        found = precision_of(result, until)
    return dataclasses.replace(result, precision=found)


def _run(
    replay: Replay, asked: int, before: SimulationResult | None = None, *, progress: bool
) -> SimulationResult:  # fmt: skip
    """Simulate the draws of a design, but for the first ones where they are there from before."""
    network, n_draws = replay.network, replay.n_draws
    promised = [task for promise in replay.plan.promises for task in (promise.task, promise.after) if task is not None]
    milestones = {task: network.row(task) for task in dict.fromkeys(promised)}
    _check_memory(memory_of(network.n_tasks, network.n_links, 1 + len(milestones), n_draws), n_draws)
    finish, finishes = np.empty(n_draws), np.empty((len(milestones), n_draws))
    replicates = Replicates(replay.design.replicate_size)
    critical = np.zeros((replicates.places(0, n_draws).stop, network.n_tasks), dtype=np.int64)
    verdicts = np.empty((2, len(replay.plan.decisions), n_draws), dtype=bool)
    overridden: dict[tuple[int, int], Ints] = {}
    start = 0
    if before is not None:
        start = before.n_draws
        finish[:start] = before.finish_ticks
        for row, ticks in zip(finishes, before.milestone_ticks.values(), strict=True):
            row[:start] = ticks
        critical[replicates.places(0, start)] = before.replicate_counts
        verdicts[:, :, :start] = before.verdicts
        for key, counts in before.override_counts.items():
            overridden[key] = np.zeros(critical.shape[0], dtype=np.int64)
            overridden[key][: counts.size] = counts
    for first, count, block in _blocks(replay, list(milestones.values()), start, progress=progress):
        finish[first : first + count] = block.finish
        finishes[:, first : first + count] = block.milestones
        critical[replicates.places(first, count)] += block.critical
        verdicts[:, :, first : first + count] = block.verdicts
        for key, count_overridden in block.overridden.items():
            # A block counts as a whole, but is within a replicate where anything is overridden.
            counts = overridden.setdefault(key, np.zeros(critical.shape[0], dtype=np.int64))
            counts[replicates.places(first, count)] += count_overridden
    for array in (finish, finishes, critical, verdicts):
        array.flags.writeable = False
    return SimulationResult(
        replay=replay,
        finish_ticks=finish,
        milestone_ticks=dict(zip(milestones, finishes, strict=True)),
        replicate_counts=critical,
        override_counts=overridden,
        verdicts=verdicts,
        stream_version=STREAM_VERSION,
        versions=dict(_versions()),
        n_requested=asked,
    )


def _blocks(
    replay: Replay, milestones: list[int], start: int, *, progress: bool
) -> Iterator[tuple[int, int, Block]]:  # fmt: skip
    ranges = replay.ranges(replay.network, replay.network.n_tasks, start)
    size = replay.design.replicate_size
    if size is not None and imposed_dates(replay.plan):
        ranges = (
            (each, min(size, first + count - each))
            for first, count in ranges
            for each in range(first, first + count, size)
        )
    if not progress:
        for first, count in ranges:
            yield first, count, run_block(replay, first, count, milestones)
        return
    from tqdm.auto import tqdm

    with tqdm(
        total=replay.n_draws, initial=start, unit="draw", unit_scale=True, desc=replay.plan.name[:30]
    ) as bar:  # fmt: skip
        for first, count in ranges:
            yield first, count, run_block(replay, first, count, milestones)
            bar.update(count)


def _checked_draws(n_draws: object) -> int:
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


def _chosen(plan: object, mitigated: object) -> frozenset[str]:
    """Return the ids of the risks whose mitigation is chosen."""
    known = {risk.id: risk.mitigation is not None for risk in plan.risks} if isinstance(plan, Plan) else {}
    if isinstance(mitigated, bool):
        return frozenset(name for name, has_one in known.items() if has_one and mitigated)
    remedy = 'write mitigated=True, or the ids of risks: {"customs"}'
    if isinstance(mitigated, str) or not isinstance(mitigated, Iterable):
        raise ArgumentError([Problem("mitigated", shown(mitigated), "True, False, or ids of risks", remedy)])
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


def _check_memory(needed: int, n_draws: int) -> None:
    available = _physical_memory()
    if needed <= 0.8 * available:
        return
    fitting = int(n_draws * 0.8 * available / needed)
    raise MemoryLimitError(
        f"n_draws: {n_draws:,} draws need about {needed / 2**30:,.1f} GiB, this machine has {available / 2**30:,.1f} GiB; "
        f"ask for at most {fitting:,} draws"
    )


def _physical_memory() -> int:
    """Return how much memory this process may use [byte]: the machine's, or its container's where that is less."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not on Windows
        memory = 8 * 2**30
    for file in CONTAINER_LIMITS:
        try:
            memory = min(memory, int(Path(file).read_text()))
        except (OSError, ValueError):  # not there, or "max"
            continue
    return memory


@lru_cache(maxsize=1)  # looking versions up takes longer than simulating a small plan
def _versions() -> dict[str, str]:
    packages = {name: version(name) for name in ("schedrisk", "numpy", "scipy")}
    return {**packages, "python": platform.python_version()}
