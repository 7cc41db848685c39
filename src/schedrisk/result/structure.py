"""What happened and what was decided, over all draws: outcomes of branches, decisions, gates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.engine import Replay
from schedrisk.model import DateRange, Task
from schedrisk.result.figures import Figures
from schedrisk.result.intervals import percentile_rank
from schedrisk.result.sampling_error import Replicates

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

__all__ = ["branches_table", "decision_lines", "decisions_table", "gates_table"]


def branches_table(replay: Replay) -> pd.DataFrame:
    """Return one row per outcome of every branch; see `SimulationResult.branches`."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    replicates = Replicates(replay.design.replicate_size)
    for branch in replay.plan.branches:
        happened = replay.outcomes(branch)
        settled = replay.plan.settled_outcome(branch)
        for number, name in enumerate(branch.outcomes):
            chance = branch.probabilities[name] if settled is None else float(name == settled)
            share = replicates.share(happened == number)
            planned = name == (settled or branch.planned_outcome)
            rows.append(
                {
                    "branch": branch.id, "outcome": name, "owner": branch.owner, "planned": planned,
                    "probability": chance, "share": share.value, "share_se": share.se,
                    "tasks": branch.outcomes[name].tasks,
                }
            )  # fmt: skip
    columns = ["branch", "outcome", "owner", "planned", "probability", "share", "share_se", "tasks"]
    return pd.DataFrame(rows, columns=columns)


def decision_lines(replay: Replay, verdicts: Bools) -> list[tuple[str, Any, str]]:
    """Return of each decision its id, its date, and in which share of the draws its milestone is reached."""
    replicates = Replicates(replay.design.replicate_size)
    return [
        (decision.id, decision.by, replicates.share(held).text())
        for decision, held in zip(replay.plan.decisions, verdicts[0], strict=True)
    ]


def decisions_table(replay: Replay, verdicts: Bools) -> pd.DataFrame:
    """Return one row per decision; see `SimulationResult.decisions`."""
    import pandas as pd

    rows = []
    replicates = Replicates(replay.design.replicate_size)
    for number, decision in enumerate(replay.plan.decisions):
        row: dict[str, Any] = {"decision": decision.id, "milestone": decision.milestone, "by": decision.by}
        for name, held in zip(("reached", "missed"), verdicts[:, number], strict=True):
            share = replicates.share(held)
            row[name], row[f"{name}_se"] = share.value, share.se
        row["arises"] = replicates.share(verdicts[0, number] | verdicts[1, number]).value
        rows.append(row)
    columns = ["decision", "milestone", "by", "reached", "reached_se", "missed", "missed_se", "arises"]
    return pd.DataFrame(rows, columns=columns)


def gates_table(replay: Replay, ticks: Callable[[str], Floats]) -> pd.DataFrame:
    """Return one row per gate; see `SimulationResult.gates`."""
    import pandas as pd

    axis, replicates = replay.network.axis, Replicates(replay.design.replicate_size)
    rows = []
    for task in replay.plan.tasks:
        when = _promised(task)
        if when is None:
            continue
        finish, deadline = ticks(task.id), axis.deadline(when)
        kept = axis.tick(when, of_start=False)
        delay = np.maximum(axis.working(finish) - axis.working(np.float64(kept)), 0.0)
        figures, late = Figures(finish, axis, replicates), replicates.share(finish > deadline)
        rank = percentile_rank(80, finish.size)
        rows.append(
            {
                "gate": task.id, "owner": task.owner, "promised": when,
                "mean": figures.mean(), "p80": axis.moment(figures.percentile(80)),
                "delay_mean": figures.amount(float(delay.mean())),
                "delay_mean_se": figures.amount(float(replicates.mean_error(delay))),
                "delay_p80": figures.amount(float(np.partition(delay, rank)[rank])),
                "late": late.value, "late_se": late.se,
            }
        )  # fmt: skip
    columns = [
        "gate", "owner", "promised", "mean", "p80", "delay_mean", "delay_mean_se", "delay_p80", "late", "late_se",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _promised(task: Task) -> Any:
    """Return the date for which a task has been promised, as it differs from the likely one; None for no gate."""
    if task.finished or not task.active or task.manual is not None:
        return None
    dates = [each.when for each in task.constraints if isinstance(each.when, DateRange)]
    return next((each.planned for each in dates if each.planned is not None), None)
