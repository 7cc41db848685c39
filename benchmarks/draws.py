"""The draws of a simulation by themselves, without set-up and result; and their phases, each by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

import schedrisk as sr
from cases import Engine
from schedrisk.cpm import Early, forward_pass, trace_critical
from schedrisk.engine import Replay, block_ranges, run_block
from schedrisk.network import compile_network
from schedrisk.parallel import in_order
from schedrisk.sample import Sample
from schedrisk.simulation.designs import design_for

if TYPE_CHECKING:
    from schedrisk.compiled.program import Program

SAMPLING, FORWARD, CRITICALITY = "sampling", "forward pass", "criticality"


def prepared(plan: sr.Plan, n_draws: int, engine: Engine, sampling: str = "random") -> Replay:
    """Return what a plan is compiled to, with all tables made and all passes recorded: set-up is over."""
    network = compile_network(plan)
    design = design_for(plan, network, 1, n_draws, sampling)
    replay = Replay(plan, network, design, engine=engine.engine, n_jobs=engine.n_jobs)
    run_block(replay, 0, min(n_draws, 2))
    return replay


def run_draws(replay: Replay) -> None:
    """Run all draws: sampling, forward pass and criticality."""
    ranges = replay.ranges(replay.network, replay.network.n_tasks)
    for _ in in_order(lambda block: run_block(replay, *block), ranges, replay.n_jobs):
        pass


def phases(result: sr.SimulationResult) -> dict[str, float]:
    """Return seconds for all draws of sampling, forward pass and criticality in NumPy, each by itself."""
    replay, network = result.replay, result.replay.network
    spent = dict.fromkeys((SAMPLING, FORWARD, CRITICALITY), 0.0)
    for first, count in block_ranges(network.n_tasks, result.n_draws):
        times = np.zeros((network.n_tasks, count))
        early = Early.of(network, Sample(first, times), binding=True)
        critical = np.zeros(times.shape, dtype=bool)
        clock = [time.perf_counter()]
        replay.sampler.sample(first, count, times)
        clock.append(time.perf_counter())
        forward_pass(network, early)
        clock.append(time.perf_counter())
        finish = times.max(axis=0)
        for row in network.ends:
            np.equal(times[row], finish, out=critical[row])
        trace_critical(network, critical, early)
        np.count_nonzero(critical, axis=1)
        clock.append(time.perf_counter())
        for name, seconds in zip(spent, np.diff(clock), strict=True):
            spent[name] += float(seconds)
    return spent


def compiled_phases(replay: Replay) -> dict[str, float]:
    """Return what `phases` does of the compiled engine, with one thread.

    Both passes are one program there: criticality is what it takes longer than one of the forward pass alone.
    """
    from schedrisk.cpm import project_finish
    from schedrisk.engine.recording import Recording

    sampler, whole = replay.sampler, replay.block_run(())
    if whole is None:
        raise ValueError("the compiled engine cannot run this plan")
    recording = Recording(replay.network, sampler.sample(0, 1))
    forward = recording.program([project_finish(recording.network, recording.early.finishes)])
    sampling, both = _program_phases(replay, whole.program)
    _, alone = _program_phases(replay, forward)
    return {SAMPLING: sampling, FORWARD: alone, CRITICALITY: both - alone}


def _program_phases(replay: Replay, program: Program) -> tuple[float, float]:
    """Return seconds of sampling and of a program, block by block as the compiled engine does it."""
    from schedrisk.engine.compiled import block_draws

    sampler, size = replay.sampler, min(block_draws(program.n_rows), replay.n_draws)
    memory, counters = np.empty(program.n_rows * size), np.zeros(program.n_counters + 1, dtype=np.int64)
    sampling = passes = 0.0
    for first in range(0, replay.n_draws, size):
        count = min(size, replay.n_draws - first)
        rows = memory[: program.n_rows * count].reshape(program.n_rows, count)
        begun = time.perf_counter()
        sampler.compiled.sample(first, count, rows[: sampler.n_rows])
        drawn = time.perf_counter()
        program.run(rows, counters)
        passed = time.perf_counter()
        sampling, passes = sampling + drawn - begun, passes + passed - drawn
    return sampling, passes


def phases_of(plan: sr.Plan, n_draws: int, engine: Engine, repeats: int) -> dict[str, float]:
    """Return the least time of each phase over several runs [s]."""
    replay = prepared(plan, n_draws, engine)
    run: Callable[[], dict[str, float]]
    if engine.engine == "numba":

        def run() -> dict[str, float]:
            return compiled_phases(replay)
    else:
        result = sr.simulate(plan, n_draws, rng=1, engine="numpy")

        def run() -> dict[str, float]:
            return phases(result)

    runs = [run() for _ in range(repeats)]
    return {name: min(each[name] for each in runs) for name in runs[0]}
