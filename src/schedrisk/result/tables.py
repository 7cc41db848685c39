"""Tables of a simulation: one row per task, one row per draw. Built by replaying, a group of tasks at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.engine import Replay
from schedrisk.model import Plan, Promise
from schedrisk.result.due import Due
from schedrisk.result.figures import Figures
from schedrisk.result.intervals import percentile_rank
from schedrisk.result.sampling_error import Replicates
from schedrisk.result.schedule import Schedule
from schedrisk.timeaxis import TimeAxis

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PERCENTILES", "draws_table", "samples_table", "tasks_table"]

PERCENTILES = (10, 50, 80, 90)

# Starts and finishes of so many task-draws are held at once: 64 MB.
GROUP_CELLS = 4_000_000


def tasks_table(
    replay: Replay, schedule: Schedule, critical_counts: Ints, *, errors: bool = False
) -> pd.DataFrame:  # fmt: skip
    """Return planned and simulated dates of every task; see `SimulationResult.tasks`.

    Parameters
    ----------
    replay : Replay
    schedule : Schedule
    critical_counts : ndarray of int, shape (n_replicates, n_tasks)
    errors : bool
    """
    import pandas as pd

    plan, axis = replay.plan, replay.network.axis
    starts, finishes, start_errors, finish_errors = _statistics(replay, errors=errors)
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
        if errors:
            columns[f"start_{label}_se"] = start_errors[number]
    for number, label in enumerate(labels):
        columns[f"finish_{label}"] = axis.moments(finishes[number])
        if errors:
            columns[f"finish_{label}_se"] = finish_errors[number]
    columns["criticality"] = critical_counts.sum(axis=0) / replay.n_draws
    columns["criticality_se"] = Replicates(replay.design.replicate_size).share_errors(critical_counts, replay.n_draws)
    return pd.DataFrame(columns, index=pd.Index([task.id for task in plan.tasks], name="id"))


def _statistics(replay: Replay, *, errors: bool) -> tuple[Floats, Floats, Floats, Floats]:
    """Return mean and percentiles of every task's start and finish [tick], and their standard errors.

    Each is of shape (5, n_tasks); errors are NaN where they are not wanted [working day; plan unit without dates].
    """
    network, n_draws = replay.network, replay.n_draws
    ranks = [percentile_rank(percent, n_draws) for percent in PERCENTILES]
    starts = np.empty((1 + len(ranks), network.n_tasks))
    finishes, replicates = np.empty_like(starts), Replicates(replay.design.replicate_size)
    start_errors, finish_errors = np.full_like(starts, np.nan), np.full_like(starts, np.nan)
    size = max(1, GROUP_CELLS // n_draws)
    # In topological order early groups have few predecessors, and little is replayed for them.
    for first in range(0, network.n_tasks, size):
        rows = list(network.order[first : first + size])
        for out, out_errors, draws in zip(
            (starts, finishes), (start_errors, finish_errors), replay.times(rows), strict=True
        ):
            if errors:
                for row, each in zip(rows, draws, strict=True):
                    figures = Figures(each, network.axis, replicates)
                    out_errors[:, row] = [figures.mean_se(), *map(figures.percentile_se, PERCENTILES)]
            out[0, rows] = np.rint(draws.mean(axis=1))
            draws.partition(ranks, axis=1)
            out[1:, rows] = draws[:, ranks].T
    return starts, finishes, start_errors, finish_errors


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
