"""Tables of a simulation: one row per task, one row per draw. Built by replaying, a group of tasks at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.engine import Replay
from schedrisk.model import Plan, Promise
from schedrisk.result.due import Due
from schedrisk.result.intervals import percentile_rank
from schedrisk.result.schedule import Schedule
from schedrisk.timeaxis import TimeAxis

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PERCENTILES", "draws_table", "samples_table", "tasks_table"]

PERCENTILES = (10, 50, 80, 90)

# Starts and finishes of so many task-draws are held at once: 64 MB.
GROUP_CELLS = 4_000_000


def tasks_table(replay: Replay, schedule: Schedule, critical_counts: Ints) -> pd.DataFrame:
    """Return planned and simulated dates of every task; see `SimulationResult.tasks`."""
    import pandas as pd

    plan, axis = replay.plan, replay.network.axis
    starts, finishes = _statistics(replay)
    share = critical_counts / replay.n_draws
    columns: dict[str, Any] = {
        "name": [task.label for task in plan.tasks],
        "owner": [task.owner for task in plan.tasks],
        "planned_start": schedule.moments("start"),
        "planned_finish": schedule.moments("finish"),
    }
    labels = ["mean", *(f"p{percent}" for percent in PERCENTILES)]
    instant = starts == finishes  # a milestone starts when it finishes, not on the next morning
    for number, label in enumerate(labels):
        start = axis.moments(starts[number], "start")
        columns[f"start_{label}"] = np.where(instant[number], axis.moments(starts[number]), start)
    for number, label in enumerate(labels):
        columns[f"finish_{label}"] = axis.moments(finishes[number])
    columns["criticality"] = share
    columns["criticality_se"] = np.sqrt(share * (1 - share) / replay.n_draws)
    return pd.DataFrame(columns, index=pd.Index([task.id for task in plan.tasks], name="id"))


def _statistics(replay: Replay) -> tuple[Floats, Floats]:
    """Return mean and percentiles of every task's start and finish, each of shape (5, n_tasks) [tick]."""
    network, n_draws = replay.network, replay.n_draws
    ranks = [percentile_rank(percent, n_draws) for percent in PERCENTILES]
    starts = np.empty((1 + len(ranks), network.n_tasks))
    finishes = np.empty_like(starts)
    size = max(1, GROUP_CELLS // n_draws)
    # In topological order early groups have few predecessors, and little is replayed for them.
    for first in range(0, network.n_tasks, size):
        rows = list(network.order[first : first + size])
        for out, draws in zip((starts, finishes), replay.times(rows), strict=True):
            out[0, rows] = np.rint(draws.mean(axis=1))
            draws.partition(ranks, axis=1)
            out[1:, rows] = draws[:, ranks].T
    return starts, finishes


def samples_table(replay: Replay, row: int) -> pd.DataFrame:
    """Return every draw of one task; see `SimulationResult.samples`."""
    import pandas as pd

    axis = replay.network.axis
    (start,), (finish,) = replay.times([row])
    began = np.where(start < finish, axis.moments(start, "start"), axis.moments(finish))
    columns = {
        "duration": axis.to_units(_durations(replay, row, start, finish)),
        "start": began,
        "finish": axis.moments(finish),
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(replay.n_draws, name="draw"))


def _durations(replay: Replay, row: int, start: Floats, finish: Floats) -> Floats:
    """Return the duration of one task in every draw [tick]; of what has begun or has assignments, as it was drawn."""
    rule = replay.network.rules[row]
    if replay.plan.tasks[row].started or (rule is not None and rule.parts):
        return np.asarray(replay.durations([row])[0])
    clock = replay.network.clocks[row]
    return np.asarray(clock.work(finish) - clock.work(start))


def draws_table(
    plan: Plan, axis: TimeAxis, ticks: Callable[[str | None], Floats], due_of: Callable[[Promise], Due]
) -> pd.DataFrame:
    """Return one row per draw; see `SimulationResult.to_frame`."""
    import pandas as pd

    finish = ticks(None)
    columns: dict[str, Any] = {"finish": axis.moments(finish), "duration": axis.to_units(axis.working(finish))}
    for promise in plan.promises:
        promised = ticks(promise.task)
        if promise.task is not None:
            columns[f"finish: {promise.name}"] = axis.moments(promised)
        due = due_of(promise)
        if promise.is_relative:
            columns[f"due: {promise.name}"] = due.instants if axis.dated else axis.to_units(due.ticks)
        columns[f"kept: {promise.name}"] = promised <= due.ticks
    return pd.DataFrame(columns, index=pd.RangeIndex(finish.size, name="draw"))
