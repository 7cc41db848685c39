"""Simulation speed: ns per task-draw and peak memory of both engines, beside two baselines in the same run.

    python benchmarks/simulation_speed.py [--quick] [--sizes 50 500 5000] [--draws 10000] [--json FILE] [--plot FILE.png]
    python benchmarks/simulation_speed.py --targets      what is promised, row by row, and whether it is kept

Nothing is made ready for it: what a figure leaves out (set-up, compilation) is a figure of its own. "draws alone" is
sampling, forward pass and criticality of all draws; the features are simulate() from the plan on, set-up included.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from measure import ONE_THREAD, best_of, best_of_each, machine, peak_bytes, resident_bytes

# Before NumPy is loaded, which starts its libraries' threads.
for variable, number in ONE_THREAD.items():
    os.environ.setdefault(variable, number)

import schedrisk as sr  # noqa: E402
import show  # noqa: E402
import targets  # noqa: E402
from baselines import numpy_networkx, plain_python, plain_python_critical  # noqa: E402
from cases import CASES, Case, Engine, engines, plan_of  # noqa: E402
from draws import phases_of, prepared, run_draws  # noqa: E402
from fresh import first_runs, memory_of  # noqa: E402
from growth import exponents  # noqa: E402
from limits import copying, hashing, uniform  # noqa: E402
from networks import in_the_weather, layered_plan  # noqa: E402

__all__ = [
    "best_of",
    "best_of_each",
    "in_the_weather",
    "layered_plan",
    "main",
    "memory_of",
    "numpy_networkx",
    "peak_bytes",
    "plain_python",
    "resident_bytes",
]

PYTHON_TASK_DRAWS = 500_000  # the plain loop is given so much work, and is scaled by it
NUMPY_CELLS = 20_000_000  # the plain arrays are given so many draws as to fit into memory
REMEMBERED = ("triangular", "table: P10/P50/P80/P90", "all sensitivities")


def measured(n_tasks: int, n_draws: int, chosen: list[Engine], cases: Iterable[Case], repeats: int) -> dict[str, Any]:
    """Return the figures of one size but for memory: ns per task-draw, and µs per task of set-up."""
    plan = plan_of("triangular", n_tasks)
    ns: dict[str, dict[str, float]] = {}
    for engine in (each for each in chosen if each.n_jobs == 1):
        for name, seconds in phases_of(plan, n_draws, engine, repeats).items():
            ns.setdefault(name, {})[engine.name] = seconds * 1e9 / (n_tasks * n_draws)
    ns["draws alone"], baselines = beside_baselines(plan, n_draws, chosen, repeats)
    set_up = best_of_each([lambda each=each: prepared(plan, n_draws, each) for each in chosen], repeats)
    for case in cases:
        ns[case.name] = of_case(case, n_tasks, n_draws, chosen, repeats)
    return {
        "n_tasks": n_tasks, "n_draws": n_draws, "engines": [each.name for each in chosen], "ns": ns,
        "baselines": baselines,
        "set_up": {engine.name: seconds / n_tasks * 1e6 for engine, seconds in zip(chosen, set_up, strict=True)},
    }  # fmt: skip


def beside_baselines(
    plan: sr.Plan, n_draws: int, chosen: list[Engine], repeats: int
) -> tuple[dict[str, float], dict[str, dict[str, Any]]]:
    """Return ns per task-draw of the draws alone, by engine, and of the baselines, run in turns."""
    n_tasks = len(plan.tasks)
    few, some = max(1, min(n_draws, PYTHON_TASK_DRAWS // n_tasks)), max(1, min(n_draws, NUMPY_CELLS // n_tasks))
    ready = [prepared(plan, n_draws, engine) for engine in chosen]
    *alone, python, arrays = best_of_each(
        [
            *(lambda each=each: run_draws(each) for each in ready),
            lambda: plain_python_critical(plan, few),
            lambda: numpy_networkx(plan, some),
        ],
        repeats,
    )
    ours = {engine.name: taken * 1e9 / (n_tasks * n_draws) for engine, taken in zip(chosen, alone, strict=True)}
    theirs = {"NumPy + networkx": (arrays, some), "plain Python loop": (python, few)}
    baselines = {
        name: {"ns": taken * 1e9 / (n_tasks * drawn), "n_draws": drawn, "ours": list(ours.values())}
        for name, (taken, drawn) in theirs.items()
    }
    return ours, baselines


def of_case(case: Case, n_tasks: int, n_draws: int, chosen: list[Engine], repeats: int) -> dict[str, float]:
    """Return ns per task-draw of a feature, by engine, from the plan to the tables."""
    plan = plan_of(case.name, n_tasks)
    # Stratified draws come in whole replicates: there are more of them than asked for.
    drawn = case.run(plan, n_draws, chosen[-1]).n_draws
    taken = best_of_each([lambda each=each: case.run(plan, n_draws, each) for each in chosen], repeats)
    return {engine.name: each * 1e9 / (n_tasks * drawn) for engine, each in zip(chosen, taken, strict=True)}


def memory(n_tasks: int, n_draws: int, chosen: list[Engine]) -> dict[str, dict[str, float]]:
    """Return the peak memory of one size [MiB], each in a process of its own."""
    return {
        case: {
            engine.name: memory_of(case, n_tasks, n_draws, engine.engine, engine.n_jobs) for engine in chosen
        } for case in REMEMBERED
    }  # fmt: skip


def limits(chosen: list[Engine], *, quick: bool) -> dict[str, float | None]:
    """Return what random numbers and memory cost by themselves."""
    repeats = 2 if quick else 5
    found = {"random number alone, in cache": hashing(repeats), **copying(repeats)}
    for engine in (each for each in chosen if each.n_jobs == 1):
        found[f"uniform estimate, {engine.name}"] = uniform(engine, 500, 1_000 if quick else 10_000, repeats)
    return found


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Measure all that is asked for, and print tables as they are ready."""
    quick, chosen = options.quick, [each for each in engines() if not options.engines or each.engine in options.engines]
    cases = [case for case in CASES if not options.cases or case.name in options.cases]
    figures: dict[str, Any] = {"machine": machine(), "cases": [case.name for case in cases], "quick": quick}
    render = show.markdown if options.markdown else show.text
    print(show.head(figures))

    def add(name: str, found: Any) -> None:
        value = [found] if name == "sizes" else found
        for table in show.tables({name: value}):
            print(render(*table), flush=True)
        figures[name] = [*figures.get(name, []), *value] if name == "sizes" else value

    for n_tasks in options.sizes:
        found = measured(n_tasks, options.draws, chosen, cases, 1 if quick else 3)
        if not quick:
            found["mib"] = memory(n_tasks, options.draws, chosen)
        add("sizes", found)
    add("limits", limits(chosen, quick=quick))
    add("first_runs", first_runs(50, 10_000, repeats=1 if quick else 3, cold=not quick))
    if not quick:
        add("growth", {name: dataclasses.asdict(found) for name, found in exponents().items()})
    return figures


def run_targets(options: argparse.Namespace) -> dict[str, Any]:
    """Measure what is promised, and print each row as it is ready."""
    figures: dict[str, Any] = {"machine": machine(), "targets": []}
    print(show.head(figures))
    if options.markdown:
        print("\n| what | promised | measured | | |\n| --- | ---: | ---: | --- | --- |")
    for target in targets.targets():
        if options.only and options.only not in target.what:
            continue
        row = target.row(20 if options.quick else 1)
        figures["targets"].append(row)
        what, limit, value, verdict, note = show.target_line(row)
        if options.markdown:
            print(f"| {what} | {limit} | {value} | {verdict} | {note} |", flush=True)
        else:
            print(f"{verdict:<10} {value:>11}  {limit:<12} {what}\n{'':25}{note}".rstrip(), flush=True)
    return figures


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", metavar="TASKS", help="50 500 5000, where not given")
    parser.add_argument("--draws", type=int, metavar="N", help="10,000, where not given")
    parser.add_argument("--engines", nargs="+", choices=["numpy", "numba"], help="both, where not given")
    parser.add_argument(
        "--cases", nargs="+", metavar="NAME", choices=[case.name for case in CASES], help="all, or some"
    )
    parser.add_argument("--targets", action="store_true", help="what is promised, row by row")
    parser.add_argument("--only", metavar="TEXT", help="of the targets, those with this text")
    parser.add_argument("--quick", action="store_true", help="small, to see that it works")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw ns per task-draw by size")
    parser.add_argument("--markdown", action="store_true", help="print tables in Markdown")
    parser.add_argument("--into", type=Path, metavar="PAGE.md", help="put tables between the marks of a page")
    parser.add_argument(
        "--from", type=Path, metavar="FILE", dest="given", help="figures of an earlier --json, not anew"
    )
    options = parser.parse_args(arguments)
    options.sizes = options.sizes or ([20, 100] if options.quick else [50, 500, 5_000])
    options.draws = options.draws or (1_000 if options.quick else 10_000)
    if options.given:
        figures = json.loads(options.given.read_text(encoding="utf-8"))
        print(show.page(figures))
    else:
        figures = run_targets(options) if options.targets else run(options)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if options.into:
        show.put_into(options.into, "targets" if "targets" in figures else "speed", show.page(figures))
    if options.plot and "sizes" in figures:
        show.plot(figures, options.plot)
    return 1 if any(row["verdict"] == "MISSED" for row in figures.get("targets", [])) else 0


if __name__ == "__main__":
    sys.exit(main())
