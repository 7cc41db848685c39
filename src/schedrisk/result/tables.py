"""Tables of a simulation: one row per task, one row per draw. Built by replaying, a group of tasks at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
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
    starts, finishes, errs, existence = _statistics(replay, errors=errors)
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
            columns[f"start_{label}_se"] = errs[0][number]
    for number, label in enumerate(labels):
        columns[f"finish_{label}"] = axis.moments(finishes[number])
        if errors:
            columns[f"finish_{label}_se"] = errs[1][number]
    columns["criticality"] = critical_counts.sum(axis=0) / replay.n_draws
    columns["criticality_se"] = Replicates(replay.design.replicate_size).share_errors(critical_counts, replay.n_draws)
    columns["exists"], columns["exists_se"] = existence
    return pd.DataFrame(columns, index=pd.Index([task.id for task in plan.tasks], name="id"))


def _statistics(replay: Replay, *, errors: bool) -> tuple[Floats, Floats, Floats, Floats]:
    """Return mean and percentiles of every task's start and finish, in the draws in which it exists.

    Returns
    -------
    starts, finishes : ndarray, shape (5, n_tasks)
        [tick]; NaN for a task that exists in no draw.
    errors : ndarray, shape (2, 5, n_tasks)
        Of starts and of finishes; NaN where they are not wanted [working day; plan unit without dates].
    existence : ndarray, shape (2, n_tasks)
        In which share of the draws each task exists, and the standard error of that.
    """
    axis, replicates = replay.network.axis, Replicates(replay.design.replicate_size)
    shape = 1 + len(PERCENTILES), replay.network.n_tasks
    starts, finishes = np.empty(shape), np.empty(shape)
    errs, existence = np.full((2, *shape), np.nan), np.ones((2, shape[1]))
    existence[1] = 0.0
    ranks = [percentile_rank(percent, replay.n_draws) for percent in PERCENTILES]
    for rows, dates, absent in _replayed(replay):
        for place, gone in absent.items():
            share = replicates.share(~gone)
            existence[:, rows[place]] = share.value, share.se
        for out, out_errors, draws in zip((starts, finishes), errs, dates, strict=True):
            if errors:
                for place, (row, each) in enumerate(zip(rows, draws, strict=True)):
                    # Some draws of a replicate are no replicate: their errors are those of random draws.
                    known = Figures(each[~absent[place]], axis, Replicates()) if place in absent else None
                    out_errors[:, row] = _errors(known or Figures(each, axis, replicates))
            for place, gone in absent.items():
                out[:, rows[place]] = _of_some(draws[place][~gone])
            whole = [place for place in range(len(rows)) if place not in absent]
            always, some = [rows[place] for place in whole], draws[whole] if absent else draws
            out[0, always] = np.rint(some.mean(axis=1))
            some.partition(ranks, axis=1)
            out[1:, always] = some[:, ranks].T
    return starts, finishes, errs, existence


def _replayed(replay: Replay) -> Iterator[tuple[list[int], tuple[Floats, Floats], dict[int, Bools]]]:
    """Yield, for groups of tasks, their rows, starts and finishes, and in which draws some of them do not exist."""
    size = max(1, GROUP_CELLS // replay.n_draws)
    # In topological order early groups have few predecessors, and little is replayed for them.
    for first in range(0, replay.network.n_tasks, size):
        rows = list(replay.network.order[first : first + size])
        starts, finishes, absent = replay.histories(rows)
        yield rows, (starts, finishes), absent


def _errors(figures: Figures) -> list[float]:
    """Return the standard errors of mean and percentiles; NaN where there are no draws."""
    if not figures.ticks.size:
        return [np.nan] * (1 + len(PERCENTILES))
    return [figures.mean_se(), *map(figures.percentile_se, PERCENTILES)]


def _of_some(draws: Floats) -> Floats:
    """Return mean and percentiles of the draws in which a task exists; NaN where there are none."""
    if not draws.size:
        return np.full(1 + len(PERCENTILES), np.nan)
    ascending = np.sort(draws)
    return np.array([np.rint(draws.mean()), *(ascending[percentile_rank(each, draws.size)] for each in PERCENTILES)])


def samples_table(replay: Replay, row: int) -> pd.DataFrame:
    """Return every draw of one task; see `SimulationResult.samples`."""
    import pandas as pd

    axis = replay.network.axis
    (start,), (finish,), absent = replay.histories([row])
    began = np.where(start < finish, axis.moments(start, "start"), axis.moments(finish))
    columns = {
        "duration": axis.to_units(_durations(replay, row, start, finish)),
        "start": began,
        "finish": axis.moments(finish),
        "exists": ~absent.get(0, np.zeros(replay.n_draws, dtype=bool)),
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(replay.n_draws, name="draw"))


def _durations(replay: Replay, row: int, start: Floats, finish: Floats) -> Floats:
    """Return the duration of one task in every draw [tick]; of what has begun or has assignments, as it was drawn."""
    rule = replay.network.rules[row]
    if replay.plan.tasks[row].started or (rule is not None and rule.parts):
        return np.asarray(replay.durations([row])[0])
    return replay.worked(row, start, finish)


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
