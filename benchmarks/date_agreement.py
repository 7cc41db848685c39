"""Dates that Primavera P6 or Microsoft Project stored in a file, beside those that schedrisk computes for it.

    python benchmarks/date_agreement.py PATH[@PROJECT] ... [--hard ID,ID] [--show N]

For every file, and every project in it where none is chosen: how many open activities have the stored early and late
dates and floats. Dates are compared as working time of the calendar that the activity works on (Friday 17:00 is Monday
08:00), floats in hours; equal is what differs by a minute at most, as files hold minutes.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np

from schedrisk.calendars import Clock, clock_of
from schedrisk.io.mspdi import parse_mspdi
from schedrisk.io.xer import parse_xer, xer_projects
from schedrisk.model import Plan
from schedrisk.simulation import schedule
from stored_dates import xer_stored_dates
from stored_dates_mspdi import mspdi_stored_dates

DATES = ("early_start", "early_finish", "late_start", "late_finish")
FLOATS = ("total_float", "free_float")
A_MINUTE = 60.01  # floats are stored with six digits of an hour

Stored: TypeAlias = Mapping[str, Mapping[str, dt.datetime | float | None]]


@dataclass
class Agreement:
    """What was found in one project.

    Attributes
    ----------
    name : str
    compared, equal : dict of str to int
        By field.
    differing : dict of str to dict of str to str
        Of each activity that differs, what is stored and what was found, by field.
    seconds : float
        Of reading and scheduling.
    """

    name: str
    compared: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*DATES, *FLOATS), 0))
    equal: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*DATES, *FLOATS), 0))
    differing: dict[str, dict[str, str]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def share(self) -> float:
        """Share of equal values."""
        return sum(self.equal.values()) / max(sum(self.compared.values()), 1)

    def table(self) -> str:
        """Return a line for each field."""
        lines = [f"{self.name}  ({self.seconds:.2f} s to read and to schedule)"]
        for name, count in self.compared.items():
            equal = self.equal[name]
            share = f"{100 * equal / count:6.2f} %" if count else "     –  "
            lines.append(f"  {name:<14}{equal:>7,} of {count:>6,} {share}")
        return "\n".join(lines)


def projects_of(spec: str) -> Iterator[tuple[str, Plan, Stored, float]]:
    """Read PATH or PATH@PROJECT: yield a name, the plan, the stored dates and the seconds that reading took."""
    path, _, project = spec.partition("@")
    file = Path(path)
    data = file.read_bytes()
    if file.suffix.lower() != ".xer":
        begun = time.perf_counter()
        plan = parse_mspdi(data, file.name)
        yield file.name, plan, mspdi_stored_dates(data), time.perf_counter() - begun
        return
    chosen = [project] if project else [key for key, _, count in xer_projects(data) if count]
    for key in chosen:
        begun = time.perf_counter()
        plan = parse_xer(data, file.name, project=key)
        seconds = time.perf_counter() - begun
        yield f"{file.name}, project {key}", plan, xer_stored_dates(data, key), seconds


def agreement(name: str, plan: Plan, stored: Stored, hard: Iterable[str] = ()) -> Agreement:
    """Schedule a plan and compare it with what a tool stored.

    Parameters
    ----------
    name : str
    plan : Plan
    stored : mapping
        By activity and field.
    hard : iterable of str
        Activities to leave out.
    """
    found = Agreement(name)
    made = schedule(plan)
    left_out = set(hard)
    clocks = {name: clock_of(calendar, 0) for name, calendar in plan.calendars_by_name.items()}
    hour = made.axis.ticks_per_day / plan.calendar.hours_per_day
    for row, task in enumerate(plan.tasks):
        if task.id not in stored or task.id in left_out:
            continue
        names = [each.calendar for each in task.assignments] or [task.calendar or plan.calendar.name]
        for name_, expected in stored[task.id].items():
            if expected is None:
                continue
            value = float(getattr(made, name_)[row])
            if isinstance(expected, dt.datetime):
                moment = made.axis.moments(value, "start" if name_.endswith("start") else "finish")[()]
                same = all(_apart(clocks[each], expected, moment) <= A_MINUTE for each in names)
                text = f"{expected:%Y-%m-%d %H:%M} found {str(moment)[:16].replace('T', ' ')}"
            else:
                same = abs(value / hour - expected) * 3600 <= A_MINUTE
                text = f"{expected:g} h found {value / hour:g} h"
            found.compared[name_] += 1
            found.equal[name_] += same
            if not same:
                found.differing.setdefault(task.id, {})[name_] = text
    return found


def _apart(clock: Clock, one: dt.datetime, other: np.datetime64) -> float:
    """Return the working time between two instants [s]."""
    instants = np.array([np.datetime64(one, "s"), np.datetime64(other, "s")]).astype(np.int64).astype(float)
    worked = clock.work(instants)
    return float(abs(worked[1] - worked[0]))


def main(arguments: list[str] | None = None) -> int:
    """Print the table of every file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", metavar="PATH[@PROJECT]")
    parser.add_argument("--hard", default="", metavar="ID,ID", help="activities to leave out")
    parser.add_argument("--show", type=int, default=5, metavar="N", help="differing activities to list (5)")
    options = parser.parse_args(arguments)
    hard = [each for each in options.hard.split(",") if each]
    worst = 1.0
    for spec in options.paths:
        for name, plan, stored, seconds in projects_of(spec):
            begun = time.perf_counter()
            found = agreement(name, plan, stored, hard)
            found.seconds = seconds + time.perf_counter() - begun
            worst = min(worst, found.share)
            print(found.table())
            for task, fields in list(found.differing.items())[: options.show]:
                print(f"    {task}: " + "; ".join(f"{each} {text}" for each, text in fields.items()))
            if len(found.differing) > options.show:
                print(f"    … and {len(found.differing) - options.show:,} more activities")
    return 0 if worst == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
