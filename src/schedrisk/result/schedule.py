"""The deterministic schedule: planned dates and float of every task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk._typing import Bools, Dates, Floats
from schedrisk.cpm import forward_pass, free_float, late_finishes
from schedrisk.model import Plan
from schedrisk.network import Network
from schedrisk.timeaxis import TimeAxis
from schedrisk.wording import UNITS, moment_text, number_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Schedule", "compute_schedule"]

MOST_LINES = 16


@dataclass(frozen=True, eq=False, repr=False)
class Schedule:
    """Planned dates and float. Times are ticks; `to_frame` has dates and the plan's unit.

    Attributes
    ----------
    plan : Plan
    axis : TimeAxis
    start, finish, late_start, late_finish : ndarray, shape (n_tasks,)
        Early and late dates [tick].
    total_float, free_float : ndarray, shape (n_tasks,)
        [tick]

    Examples
    --------
    >>> from schedrisk.model import Plan, Task
    >>> from schedrisk.simulation import schedule
    >>> schedule(Plan(start="2026-12-01", tasks=[Task("design", 3), Task("order", 1, after=["design"])]))
    Schedule of 'plan': 2 tasks, planned finish 4 December 2026
      design   1 December 2026 – 3 December 2026    critical
      order    4 December 2026 – 4 December 2026    critical
    """

    plan: Plan
    axis: TimeAxis
    start: Floats
    finish: Floats
    late_start: Floats
    late_finish: Floats
    total_float: Floats
    free_float: Floats

    @property
    def critical(self) -> Bools:
        """Tasks without total float, shape (n_tasks,)."""
        return self.total_float <= 0

    @property
    def planned_finish(self) -> Any:
        """When the project finishes: a datetime64, or a float in a plan without dates."""
        return self.axis.moment(self.finish.max())

    @property
    def planned_duration(self) -> float:
        """From the plan's start to the planned finish, in working time [plan unit]."""
        return float(self.axis.to_units(self.finish.max()))

    def moments(self, which: str) -> Dates | Floats:
        """Return "start", "finish", "late_start" or "late_finish" of every task as dates, shape (n_tasks,).

        A task without duration starts when it finishes.
        """
        ticks, finish = getattr(self, which), self.finish if "late" not in which else self.late_finish
        if "finish" in which:
            return self.axis.moments(ticks)
        return np.where(ticks < finish, self.axis.moments(ticks, "start"), self.axis.moments(finish))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per task, in the order of the plan.

        Returns
        -------
        DataFrame
            Index `id`; columns `name`, `owner`, `duration` [plan unit], `start`, `finish`, `late_start`, `late_finish`
            [date, or plan unit from day 0], `total_float`, `free_float` [plan unit], `critical`.
        """
        import pandas as pd

        tasks = self.plan.tasks
        columns: dict[str, Any] = {
            "name": [task.label for task in tasks],
            "owner": [task.owner for task in tasks],
            "duration": self.axis.to_units(self.finish - self.start),
        }
        columns |= {which: self.moments(which) for which in ("start", "finish", "late_start", "late_finish")}
        columns |= {which: self.axis.to_units(getattr(self, which)) for which in ("total_float", "free_float")}
        columns["critical"] = self.critical
        return pd.DataFrame(columns, index=pd.Index([task.id for task in tasks], name="id"))

    def __repr__(self) -> str:
        unit = self.plan.unit
        head = f"Schedule of {self.plan.name!r}: {len(self.plan.tasks):,} tasks, planned finish "
        lines = [head + moment_text(self.planned_finish, unit)]
        rows = list(zip(self.plan.tasks, self.moments("start"), self.moments("finish"), self.total_float, strict=True))
        for task, start, finish, slack in rows[:MOST_LINES]:
            span = f"{moment_text(start, unit)} – {moment_text(finish, unit)}"
            float_text = "critical" if slack <= 0 else f"float {number_text(self.axis.to_units(slack))} {UNITS[unit]}"
            lines.append(f"  {task.label[:28]:<28} {span:<36} {float_text}")
        if len(rows) > MOST_LINES:
            lines.append(f"  … and {len(rows) - MOST_LINES:,} more; to_frame() has them all")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(max_rows=60, escape=True))


def compute_schedule(plan: Plan, network: Network) -> Schedule:
    """Run both passes with planned durations, as the simulation runs them with drawn ones."""
    durations = network.planned[:, None]
    starts, finishes = np.empty_like(durations), durations.copy()
    forward_pass(network, finishes, starts=starts)
    latest = np.full_like(finishes, finishes.max())
    late_finishes(network, durations, latest)
    room = free_float(network, starts, finishes)
    return Schedule(
        plan, network.axis, *(_read_only(each[:, 0]) for each in (
            starts, finishes, latest - durations, latest, latest - finishes, room,
        )),
    )  # fmt: skip


def _read_only(array: Floats) -> Floats:
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
