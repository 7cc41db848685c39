"""What each kind of sampling is worth: coverage of intervals, variance at equal draws, paired differences, cost.

Usage: python benchmarks/sampling_evidence.py [--runs 400] [--coverage-runs 1000] [--sizes 50 300]

Variances are ratios to those of plain random draws: 4 means that random sampling takes four times as many draws for the
same exactness. All of it takes some minutes.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import timeit
from functools import partial
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np  # noqa: E402

import schedrisk as sr  # noqa: E402
from networks import layered_plan  # noqa: E402
from schedrisk.cpm import project_finish  # noqa: E402
from schedrisk.engine import Replay, early_dates  # noqa: E402
from schedrisk.network import compile_network  # noqa: E402
from schedrisk.sampling import Design  # noqa: E402
from schedrisk.sampling.design import Streams  # noqa: E402
from schedrisk.simulation.designs import design_for  # noqa: E402

KINDS = ("random", "latin", "sobol")
N_DRAWS = 8_192
MUSEUM = sr.datasets.load("museum-bid")


def finishes(plan: sr.Plan, kind: str, seeds: range, n_draws: int = N_DRAWS) -> np.ndarray:
    """Return the finishes of the project [day] in a simulation for each seed, shape (n_seeds, n_draws)."""
    network = compile_network(plan)
    # Dimensions depend on the plan alone: they are found once.
    design = design_for(plan, network, 0, n_draws, kind)
    out = np.empty((len(seeds), design.n_draws))
    for row, seed in zip(out, seeds, strict=True):
        replay = Replay(plan, network, dataclasses.replace(design, entropy=seed))
        for first, count in replay.ranges(network, network.n_tasks):
            early = early_dates(network, replay.sampler, first, count)
            row[first : first + count] = project_finish(network, early.finishes)
    return out / network.axis.ticks_per_unit


def p80(draws: np.ndarray) -> np.ndarray:
    """Return the P80 of each simulation."""
    rank = int(np.ceil(0.8 * draws.shape[1])) - 1
    return np.asarray(np.partition(draws, rank, axis=1)[:, rank])


def variances(sizes: list[int], runs: int) -> None:
    """Print how much smaller the variances of the mean and the P80 are."""
    print(f"\nvariance of random draws over that of others, {N_DRAWS:,} draws, {runs} runs     mean      P80")
    for n_tasks in sizes:
        plan = layered_plan(n_tasks)
        found = {}
        for kind in KINDS:
            draws = finishes(plan, kind, range(1, runs + 1))
            found[kind] = draws.mean(axis=1).var(ddof=1), p80(draws).var(ddof=1)
            ratios = [base / own for base, own in zip(found["random"], found[kind], strict=True)]
            print(f"  {n_tasks:,} tasks, {kind:<50} {ratios[0]:>8.1f} {ratios[1]:>8.2f}", flush=True)


def differences(n_tasks: int, runs: int) -> None:
    """Print how much smaller the error of a difference is with common random numbers than without."""
    plan = layered_plan(n_tasks)
    driver = max(plan.tasks, key=lambda task: sr.schedule(plan).critical[plan.tasks.index(task)])
    risky = plan.replace(risks=[sr.Risk("rare", 0.05, delay=2, tasks=[driver.id])])
    print(f"\nstandard error of the difference in P80 by a risk of 5 % and 2 days, {n_tasks} tasks, {runs} runs")
    for kind in KINDS:
        without, with_it = (finishes(each, kind, range(1, runs + 1)) for each in (plan, risky))
        other = finishes(risky, kind, range(runs + 1, 2 * runs + 1))
        paired, apart = ((p80(each) - p80(without)).std(ddof=1) for each in (with_it, other))
        print(
            f"  {kind:<10} paired {paired:.4f} days, independent {apart:.4f} days: {apart / paired:.1f} × smaller",
            flush=True,
        )


def coverage(runs: int) -> None:
    """Print how often stated 95 % intervals hold the truth."""
    print(f"\ncoverage of 95 % intervals, {runs:,} runs of {MUSEUM.name}       probability      P80     mean")
    plan = MUSEUM.replace(promises=[])
    # From as many Sobol' draws as make its own error small: about a tenth of those below.
    truth = finishes(plan, "sobol", range(10**6, 10**6 + 4), 2**20).ravel()
    chance, percentile, mean = np.mean(truth <= 44), np.sort(truth)[int(0.8 * truth.size)], truth.mean()
    for n_draws in (1_000, 8_192):
        for kind in KINDS:
            hits = np.zeros(3)
            for seed in range(runs):
                result = sr.simulate(plan, n_draws, rng=seed, sampling=kind)
                low, high = result.probability_interval(44)
                first, last = result.percentile_interval(80)
                half = result.replicates.quantile(0.95, result.n_draws) * result.mean_se()
                hits += low <= chance <= high, first <= percentile <= last, abs(result.mean() - mean) <= half
            shares = "  ".join(f"{100 * share:>8.1f} %" for share in hits / runs)
            print(f"  {n_draws:,} draws, {kind:<40} {shares}", flush=True)


def cost() -> None:
    """Print the time for a number."""
    names = [("task", "duration", str(number)) for number in range(300)]
    print("\nns for a uniform number, 300 streams, 8,192 draws")
    for kind in KINDS:
        dimensions = {name: number for number, name in enumerate(names)} if kind == "sobol" else {}
        design = Design(1, N_DRAWS, kind, 0 if kind == "random" else 10, dimensions)
        fill = partial(_fill_all, design, design.streams(names))
        fill()
        seconds = min(timeit.repeat(fill, number=1, repeat=9))
        print(f"  {kind:<10} {seconds / len(names) / N_DRAWS * 1e9:.1f}", flush=True)


def _fill_all(design: Design, streams: Streams) -> None:
    draws = design.block(0, N_DRAWS)
    out, scratch = np.empty((4, N_DRAWS)), np.empty((4, N_DRAWS))
    for first in range(0, streams.keys.size, 4):
        draws.fill(streams, out, scratch, slice(first, first + 4))


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--coverage-runs", type=int, default=1_000)
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 300], metavar="TASKS")
    options = parser.parse_args()
    cost()
    differences(50, options.runs)
    variances(options.sizes, options.runs)
    coverage(options.coverage_runs)


if __name__ == "__main__":
    main()
