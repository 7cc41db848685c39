"""Tables of a simulation: one row per task, one row per draw. Built by replaying, a group of tasks at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk._typing import Floats, Ints
from schedrisk.engine import Replay
from schedrisk.model import Plan, Promise
from schedrisk.result.due import Due
from schedrisk.result.kept import Kept, as_drawn
from schedrisk.result.sampling_error import Replicates
from schedrisk.result.schedule import planned_dates, start_moments
from schedrisk.result.task_dates import date_figures
from schedrisk.timeaxis import TimeAxis

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PERCENTILES", "draws_table", "samples_table", "tasks_table"]

PERCENTILES = (10, 50, 80, 90)


def tasks_table(
    replay: Replay, critical_counts: Ints, *, percentiles: Sequence[float] = PERCENTILES,
    errors: bool = False, kept: Kept | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return planned and simulated dates of every task; see `SimulationResult.tasks`.

    Parameters
    ----------
    replay : Replay
    critical_counts : ndarray of int, shape (n_replicates, n_tasks)
    percentiles : sequence of float
    errors : bool
    kept : Kept, optional
        Every sample, where they are kept.
    """
    import pandas as pd

    plan, axis = replay.plan, replay.network.axis
    planned = planned_dates(replay.network)
    found = date_figures(replay, percentiles, errors=errors, kept=kept)
    columns: dict[str, Any] = {
        "name": [task.label for task in plan.tasks],
        "owner": [task.owner for task in plan.tasks],
        "planned_start": start_moments(axis, *planned),
        "planned_finish": axis.moments(planned[1]),
    }
    starts, finishes = (np.vstack([found.means[side], found.percentiles[side]]) for side in (0, 1))
    instant = starts == finishes  # a milestone starts when it finishes, not on the next morning
    sides = {
        "start": np.where(instant, axis.moments(finishes), axis.moments(starts, "start")),
        "finish": axis.moments(finishes),
    }
    amount = axis.to_days if axis.dated else axis.to_units
    for side, (label, dates) in enumerate(sides.items()):
        given = {f"{label}_mean": dates[0], f"{label}_sd": amount(found.sds[side])}
        given |= {f"{label}_p{each:.10g}": date for each, date in zip(percentiles, dates[1:], strict=True)}
        errs = [found.mean_errors[side], found.sd_errors[side], *found.percentile_errors[side]]
        for (column, values), error in zip(given.items(), errs, strict=True):
            columns[column] = values
            if errors:
                columns[f"{column}_se"] = amount(error)
    columns["criticality"] = critical_counts.sum(axis=0) / replay.n_draws
    columns["criticality_se"] = Replicates(replay.design.replicate_size).share_errors(critical_counts, replay.n_draws)
    if found.counted:
        columns["grid_width"] = amount(found.widths)
    columns["exists"], columns["exists_se"] = found.exists, found.exists_errors
    return pd.DataFrame(columns, index=pd.Index([task.id for task in plan.tasks], name="id"))


def samples_table(replay: Replay, row: int, kept: Kept | None = None) -> pd.DataFrame:
    """Return every draw of one task; see `SimulationResult.samples`."""
    import pandas as pd

    axis = replay.network.axis
    (start,), (finish,), absent = (kept or replay).histories([row])
    if kept is not None:
        duration = kept.durations[row]
    elif as_drawn(replay, row):
        duration = replay.durations([row])[0]
    else:
        duration = replay.worked(row, start, finish)
    columns = {
        "duration": axis.to_units(duration),
        "start": np.where(start < finish, axis.moments(start, "start"), axis.moments(finish)),
        "finish": axis.moments(finish),
        "exists": ~absent.get(0, np.zeros(replay.n_draws, dtype=bool)),
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(replay.n_draws, name="draw"))


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
