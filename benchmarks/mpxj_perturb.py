"""The forward pass against an independent one (MPXJ's), on real schedules with perturbed durations, draw by draw.

Usage: python benchmarks/mpxj_perturb.py --tool mpxj_compare.py --python ENV/bin/python FILE[@PROJECT] …
           [--draws 10] [--seed 1] [--hard ID,ID] [--show 10] [--without-resources]

TOOL perturb FILE[@PROJECT] K SEED prints K schedules as JSON: for each the factor on the remaining duration of each
activity (then rounded to whole minutes), the project finish and the early finish of each open activity. PYTHON is that
of an environment where the tool runs. The same durations go through `schedule`, and each finish is compared as a point
of working time, to within a minute. Left out are the activities of --hard, and in each draw what follows from those of
them that differ in it.

The tool perturbs the durations of activities but not the work of their resources, by which MPXJ then schedules those
that have some (P6: the resource-dependent ones; Microsoft Project: all), as if nothing had been perturbed. With
--without-resources both sides read a copy of the XER or XML from which the assignments are struck.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import schedrisk as sr
from schedrisk.calendars.compiled import CompiledCalendar, compile_calendar

TOLERANCE = 60  # [s]
MINUTES_PER_UNIT = {
    "h": lambda _: 60.0,
    "d": lambda c: 60 * c.hours_per_day,
    "w": lambda c: 60 * c.hours_per_day * c.days_per_week,
}


@dataclass
class Tally:
    """What is equal and what is not, over the draws of a file."""

    compared: int = 0
    equal: int = 0
    left_out: int = 0
    projects_equal: int = 0
    n_draws: int = 0
    differing: Counter[str] = field(default_factory=Counter)
    roots: Counter[str] = field(default_factory=Counter)
    examples: dict[str, tuple[str, str]] = field(default_factory=dict)


def read(spec: str) -> sr.Plan:
    """Read FILE or FILE@PROJECT."""
    from schedrisk.io.mpxj import read_with_mpxj
    from schedrisk.io.mspdi import parse_mspdi
    from schedrisk.io.xer import parse_xer

    name, _, project = spec.partition("@")
    file = Path(name)
    if file.suffix.lower() == ".xer":
        return parse_xer(file.read_bytes(), file.name, project=project or None)
    if file.suffix.lower() == ".xml":
        return parse_mspdi(file.read_bytes(), file.name)
    return read_with_mpxj(file, project=project or None)


def other_schedules(args: argparse.Namespace, spec: str) -> list[dict[str, Any]]:
    """Let the independent tool schedule perturbed durations."""
    command = [args.python, args.tool, "perturb", spec, str(args.draws), str(args.seed)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)  # type: ignore[no-any-return]


def without_resources(spec: str, folder: Path) -> str:
    """Write a copy of a XER or Microsoft Project XML without assignments; return how to name it."""
    name, at, project = spec.partition("@")
    data = Path(name).read_bytes()
    pattern = (
        rb"%T\tTASKRSRC\r?\n.*?(?=%T\t|%E)" if name.lower().endswith(".xer") else rb"<Assignments>.*</Assignments>"
    )
    copy = folder / Path(name).name
    copy.write_bytes(re.sub(pattern, b"", data, flags=re.DOTALL))
    return f"{copy}{at}{project}"


def perturbed(plan: sr.Plan, factors: Mapping[str, float]) -> sr.Plan:
    """Return the plan with planned durations multiplied, in whole minutes."""
    minutes = MINUTES_PER_UNIT[plan.unit](plan.calendar)
    tasks = [
        task.replace(planned=round(task.planned_duration * minutes * factors[task.id]) / minutes)
        if task.id in factors
        else task
        for task in plan.tasks
    ]
    return plan.replace(tasks=tasks)


def followers(plan: sr.Plan, ids: Iterable[str]) -> set[str]:
    """Return these tasks and all that follow from them."""
    after: dict[str, list[str]] = {}
    for link in plan.all_links:
        after.setdefault(link.predecessor, []).append(link.successor)
    found: set[str] = set()
    waiting = list(ids)
    while waiting:
        task = waiting.pop()
        if task not in found:
            found.add(task)
            waiting += after.get(task, ())
    return found


@cache
def compiled(calendar: sr.Calendar) -> CompiledCalendar:
    return compile_calendar(calendar)


def same_point(plan: sr.Plan, task: sr.Task, mine: np.datetime64, other: np.datetime64) -> bool:
    """Tell whether two instants are one point of the working time of a calendar that the task works on."""
    names = [each.calendar for each in task.assignments] + [task.calendar or plan.calendar.name]
    calendars = [compiled(plan.calendars_by_name[name]) for name in names]
    return any(abs(int(each.work(mine)) - int(each.work(other))) <= TOLERANCE for each in calendars)


def compare(plan: sr.Plan, schedules: Sequence[Mapping[str, Any]], hard: set[str]) -> Tally:
    tally = Tally()
    predecessors: dict[str, set[str]] = {}
    for link in plan.all_links:
        predecessors.setdefault(link.successor, set()).add(link.predecessor)
    tasks = {task.id: task for task in plan.tasks}
    unknown = {each for made in schedules for each in made["early_finish"]} - set(tasks)
    if unknown:
        print(f"  {len(unknown)} activities of the tool are not in the plan: {', '.join(sorted(unknown)[:5])}")
    for made in schedules:
        schedule = sr.schedule(perturbed(plan, made["factors"]))
        finishes = dict(zip(tasks, schedule.moments("early_finish"), strict=True))
        theirs = {
            key: np.datetime64(value)
            for key, value in made["early_finish"].items()
            if value != "None" and key in tasks and not tasks[key].finished
        }
        wrong = {key for key, other in theirs.items() if not same_point(plan, tasks[key], finishes[key], other)}
        excluded = (hard & set(theirs)) | followers(plan, wrong & hard)
        counted = set(theirs) - excluded
        tally.n_draws += 1
        tally.compared += len(counted)
        tally.left_out += len(theirs) - len(counted)
        tally.equal += len(counted - wrong)
        for key in wrong - excluded:
            tally.differing[key] += 1
            tally.examples.setdefault(key, (str(finishes[key]), str(theirs[key])))
            if not predecessors.get(key, set()) & wrong:
                tally.roots[key] += 1
        mine, other = schedule.planned_finish, np.datetime64(made["project_finish"])
        # A milestone on a calendar of fewer days may be last beside what drives it: the point is one of any of theirs.
        last = [key for key in theirs if finishes[key] == mine or theirs[key] == other]
        tally.projects_equal += any(same_point(plan, tasks[key], mine, other) for key in last)
    return tally


def report(spec: str, tally: Tally, show: int) -> None:
    share = 100 * tally.equal / max(tally.compared, 1)
    print(
        f"{Path(spec).name:<40} {tally.n_draws:>6} {tally.compared:>11,} {tally.left_out:>9,} {share:>9.3f} %"
        f" {tally.projects_equal:>7}/{tally.n_draws}"
    )
    for key, count in tally.differing.most_common(show):
        mine, other = tally.examples[key]
        first = f", of its own {tally.roots[key]}" if tally.roots[key] else ""
        print(f"    {key:<20} in {count} draws{first}: {mine} here, {other} there")
    if len(tally.differing) > show:
        print(f"    … and {len(tally.differing) - show} more; of their own: {dict(tally.roots.most_common(show))}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE[@PROJECT]")
    parser.add_argument("--tool", required=True, help="the script that perturbs and schedules")
    parser.add_argument("--python", default=sys.executable, help="the Python that runs it")
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hard", default="", metavar="ID,ID", help="activities to leave out")
    parser.add_argument("--show", type=int, default=10, help="how many differing activities to list")
    parser.add_argument(
        "--without-resources", action="store_true", help="strike the assignments from a copy of the file"
    )
    args = parser.parse_args()
    print(f"{'file':<40} {'draws':>6} {'compared':>11} {'left out':>9} {'equal':>11} {'finishes':>9}")
    hard = {each for each in args.hard.split(",") if each}
    with tempfile.TemporaryDirectory() as folder:
        for given in args.files:
            spec = without_resources(given, Path(folder)) if args.without_resources else given
            report(spec, compare(read(spec), other_schedules(args, spec), hard), args.show)
    return 0


if __name__ == "__main__":
    sys.exit(main())
