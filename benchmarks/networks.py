"""Plans to measure with: layered networks with about two predecessors a task."""

from __future__ import annotations

import random

import schedrisk as sr

# Hours that differ, so that nothing can be shared: a six-day week, every day with a break, long days with holidays.
CALENDARS = (
    sr.Calendar("six days", weekdays=["mon", "tue", "wed", "thu", "fri", "sat"], shifts=["08:00-16:00"]),
    sr.Calendar("every day", weekdays=["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
    sr.Calendar("long days", shifts=["07:00-12:00", "13:00-18:00"], holidays=["2026-12-25", "2027-01-01"]),
)


def layered_plan(n_tasks: int, kind: str = "triangular", *, calendars: bool = False, seed: int = 2026) -> sr.Plan:
    """Return a plan of tasks in layers, each task after about two tasks of the layer before.

    Parameters
    ----------
    n_tasks : int
    kind : {"triangular", "pert"}
        Every task has a shape of its own.
    calendars : bool
        Whether three tasks of four work on calendars of their own.
    seed : int
    """
    names = [None, *(each.name for each in CALENDARS)]
    draw = random.Random(seed)
    estimate = {"triangular": sr.Triangular, "pert": sr.Pert}[kind]
    width = max(2, round(n_tasks**0.5))
    tasks: list[sr.Task] = []
    for number in range(n_tasks):
        low = draw.uniform(2, 10)
        mode = low + draw.uniform(0, 5)
        high = mode + draw.uniform(0.1, 10)
        layer = number // width
        before = range((layer - 1) * width, layer * width) if layer else range(0)
        after = sorted({draw.choice(before) for _ in range(2)}) if layer else []
        calendar = names[number % len(names)] if calendars else None
        options = {"after": [f"t{each}" for each in after], "calendar": calendar}
        tasks.append(sr.Task(f"t{number}", estimate(low, mode, high), **options))
    if calendars:
        return sr.Plan(name=f"layered {n_tasks}", start="2026-01-05", tasks=tasks, calendars=CALENDARS)
    return sr.Plan(name=f"layered {n_tasks}", tasks=tasks)


def in_the_weather(plan: sr.Plan, weather: sr.Weather | None = None) -> sr.Plan:
    """Return a plan whose own calendar loses days by chance: one in five where no weather is given."""
    weather = weather or sr.Weather("site", 0.2)
    return plan.replace(calendar=plan.calendar.replace(weather=weather.name), weather=[weather])


def with_risks(plan: sr.Plan, share: float = 0.1) -> sr.Plan:
    """Return a plan with one risk to ten tasks: half of them delay a task, half multiply the durations of three."""
    ids = [task.id for task in plan.tasks]
    risks = []
    for number in range(max(1, round(share * len(ids)))):
        first = 10 * number % len(ids)
        if number % 2:
            risks.append(sr.Risk(f"r{number}", 0.3, factor=sr.Triangular(1, 1.1, 1.5), tasks=ids[first : first + 3]))
        else:
            risks.append(sr.Risk(f"r{number}", 0.2, delay=sr.Triangular(1, 3, 10), tasks=[ids[first]]))
    return plan.replace(risks=risks)


def with_correlation(plan: sr.Plan, rho: float = 0.3, size: int = 10) -> sr.Plan:
    """Return a plan whose tasks are correlated in groups, each of which follows a common factor."""
    ids = [task.id for task in plan.tasks]
    groups = [ids[first : first + size] for first in range(0, len(ids), size)]
    return plan.replace(correlations=[sr.Correlation(group, rho) for group in groups if len(group) > 1])
