"""The deterministic schedule: planned dates and float of every task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from schedrisk._typing import Bools, Dates, Floats
from schedrisk.cpm import Early, critical_masks, free_float, late_dates, latest_allowed, project_finish, total_float
from schedrisk.engine import scheduled
from schedrisk.model import Plan
from schedrisk.network import Network
from schedrisk.timeaxis import TimeAxis
from schedrisk.wording import UNITS, moment_text, number_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Schedule", "compute_schedule", "planned_end"]

T = TypeVar("T", bound=np.generic)

MOST_LINES = 16
DATES = ("start", "finish", "early_start", "early_finish", "late_start", "late_finish")


@dataclass(frozen=True, eq=False, repr=False)
class Schedule:
    """Planned dates and float. Times are ticks; `to_frame` has dates and the plan's unit.

    Attributes
    ----------
    plan : Plan
    axis : TimeAxis
    start, finish : ndarray, shape (n_tasks,)
        When each task is scheduled; actual dates where there are some [tick].
    duration : ndarray, shape (n_tasks,)
        Of the work that remains [tick of working time].
    early_start, early_finish, late_start, late_finish : ndarray, shape (n_tasks,)
        Dates of the passes; of work in progress those of what remains [tick].
    total_float, free_float : ndarray, shape (n_tasks,)
        Working time of the task's calendar [tick]; NaN for complete and inactive tasks.
    critical : ndarray of bool, shape (n_tasks,)
        Whether the task drives the planned finish, or has too little float (`SchedulingOptions.critical_by`).
    exists : ndarray of bool, shape (n_tasks,)
        Whether the task is in the schedule: of small chance, of another outcome or given up it is not, and logic
        passes through it.
    end : float
        The planned finish of the project [tick].

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
    duration: Floats
    early_start: Floats
    early_finish: Floats
    late_start: Floats
    late_finish: Floats
    total_float: Floats
    free_float: Floats
    critical: Bools
    exists: Bools
    end: float

    @property
    def planned_finish(self) -> Any:
        """When the project finishes: a datetime64, or a float in a plan without dates."""
        return self.axis.moment(self.end)

    @property
    def planned_duration(self) -> float:
        """From the plan's start to the planned finish, in working time [plan unit]."""
        return float(self.axis.to_units(self.axis.working(self.end)))

    def moments(self, which: str) -> Dates | Floats:
        """Return dates of every task, shape (n_tasks,).

        A task without duration starts when it finishes.

        Parameters
        ----------
        which : {"start", "finish", "early_start", "early_finish", "late_start", "late_finish"}
        """
        ticks = getattr(self, which)
        if "finish" in which:
            return self.axis.moments(ticks)
        return start_moments(self.axis, ticks, getattr(self, which.replace("start", "finish")))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per task, in the order of the plan.

        Returns
        -------
        DataFrame
            Index `id`; columns `name`, `owner`, `duration` [plan unit; what remains of work in progress], `start`,
            `finish` (actual dates where there are some), `early_start`, `early_finish` (of what remains),
            `late_start`, `late_finish` [date, or plan unit from day 0], `total_float`, `free_float` [plan unit,
            working time of the task's calendar], `critical`, `exists`.
        """
        import pandas as pd

        tasks = self.plan.tasks
        columns: dict[str, Any] = {
            "name": [task.label for task in tasks],
            "owner": [task.owner for task in tasks],
            "duration": self.axis.to_units(self.duration),
        }
        columns |= {which: self.moments(which) for which in DATES}
        columns |= {which: self.axis.to_units(getattr(self, which)) for which in ("total_float", "free_float")}
        columns["critical"] = self.critical
        columns["exists"] = self.exists
        return pd.DataFrame(columns, index=pd.Index([task.id for task in tasks], name="id"))

    def __repr__(self) -> str:
        unit = self.plan.unit
        head = f"Schedule of {self.plan.name!r}: {len(self.plan.tasks):,} tasks, planned finish "
        lines = [head + moment_text(self.planned_finish, unit)]
        rows = list(
            zip(
                self.plan.tasks, self.moments("start"), self.moments("finish"), self.total_float, self.critical,
                self.exists, strict=True,
            )
        )  # fmt: skip
        for task, start, finish, slack, critical, exists in rows[:MOST_LINES]:
            span = f"{moment_text(_opening_day(start), unit)} – {moment_text(finish, unit)}"
            float_text = f"float {number_text(self.axis.to_units(slack))} {UNITS[unit]}"
            if critical or task.finished or not task.active:
                float_text = "critical" if critical else "complete" if task.finished else "inactive"
            if not exists:
                float_text = "absent"
            lines.append(f"  {task.label[:28]:<28} {span:<36} {float_text}")
        if len(rows) > MOST_LINES:
            lines.append(f"  … and {len(rows) - MOST_LINES:,} more; to_frame() has them all")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(max_rows=60, escape=True))


def start_moments(axis: TimeAxis, starts: Floats, finishes: Floats) -> Dates | Floats:
    """Return the dates of starts, of which one without duration is where its finish is."""
    return np.where(starts < finishes, axis.moments(starts, "start"), axis.moments(finishes))


def planned_dates(network: Network) -> tuple[Floats, Floats]:
    """Return planned starts and finishes, shape (n_tasks,) [tick]: the forward pass alone tells."""
    starts, finishes = _standing(network, scheduled(network, network.as_planned(), starts=True))
    return starts[:, 0], finishes[:, 0]


def _standing(network: Network, early: Early) -> tuple[Floats, Floats]:
    """Return early dates, with actual ones where there are some."""
    began, ended = network.actual_start[:, None], network.actual_finish[:, None]
    starts = np.where(np.isnan(began), early.every_start, began)
    return starts, np.where(np.isnan(ended), np.fmax(early.finishes, began), ended)


def planned_end(network: Network) -> float:
    """Return when the project finishes as planned [tick]: the forward pass alone tells."""
    return float(project_finish(network, scheduled(network, network.as_planned()).finishes)[0])


def compute_schedule(plan: Plan, network: Network) -> Schedule:
    """Run both passes with planned durations, as the simulation runs them with drawn ones."""
    options = plan.scheduling
    early = scheduled(network, network.as_planned(), starts=True, keep_durations=True, binding=True)
    end = project_finish(network, early.finishes)
    latest = latest_allowed(network, early.finishes, None)
    if options.open_ends_critical:
        ends = list(network.open_ends)
        latest[ends] = early.finishes[ends]
    late = late_dates(network, early, latest)
    slack = total_float(network, early, late, options.total_float)
    room = free_float(network, early, end, options.free_float)
    if options.free_float == "total-float":
        ends = list(network.open_ends)
        room[ends] = slack[ends]
        np.maximum(room, 0.0, out=room)
    done = network.complete
    for lately, early_dates in ((late[0], early.every_start), (late[1], early.finishes)):
        lately[done] = early_dates[done]
    for row, rule in enumerate(network.rules):
        if rule is not None and rule.began is not None:
            late[0][row] = rule.began  # what stands could not start later
    exists = np.array([not (row in early.absent and early.absent[row][0]) for row in range(network.n_tasks)])
    still = done | ~network.active | ~exists
    slack[still] = room[still] = np.nan  # nothing is left that could move
    critical = critical_masks(network, early, None, options)
    starts, finishes = early.every_start.copy(), early.finishes.copy()
    for row, (start, finish) in early.unheld.items():
        starts[row], finishes[row] = start, finish
    standing = _standing(network, early)
    return Schedule(
        plan=plan,
        axis=network.axis,
        start=_read_only(standing[0]),
        finish=_read_only(standing[1]),
        duration=_read_only(early.every_duration),
        early_start=_read_only(starts),
        early_finish=_read_only(finishes),
        late_start=_read_only(late[0]),
        late_finish=_read_only(late[1]),
        total_float=_read_only(slack),
        free_float=_read_only(room),
        critical=_read_only(critical),
        exists=_read_only(exists[:, None]),
        end=float(end[0]),
    )


def _opening_day(start: Any) -> Any:
    """Return the day of a start, which at midnight is the day that begins."""
    return start.astype("datetime64[D]") if isinstance(start, np.datetime64) else start


def _read_only(array: NDArray[T]) -> NDArray[T]:
    """Return the only draw of an array of shape (n_tasks, 1)."""
    array = np.ascontiguousarray(array[:, 0])
    array.flags.writeable = False
    return array
