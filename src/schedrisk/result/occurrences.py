"""In which draws each risk happens."""

from __future__ import annotations

import numpy as np

from schedrisk._typing import Bools
from schedrisk.engine import Replay, block_ranges
from schedrisk.sampling.risks import RiskSampler

__all__ = ["occurrences"]


def occurrences(replay: Replay) -> dict[str, Bools]:
    """Return in which draws each risk happens, by its id, shape (n_draws,).

    One that happens for each task by itself does where it happens for any of them; one with a mitigation that is chosen,
    as it is once that is in force; one with a window, whether or not work lies in it.
    """
    plan = replay.plan
    places = {task.id: row for row, task in enumerate(plan.tasks) if task.has_work}
    ticks = replay.network.axis.ticks_per_unit
    sampler = RiskSampler.of(plan, ticks, replay.design, places, replay.mitigated, everything=True)
    events = sampler.occurrences.events
    found = {risk.id: np.zeros(replay.n_draws, dtype=bool) for risk in plan.risks}
    for first, count in block_ranges(len(events), replay.n_draws):
        happens = sampler.strike(replay.design.block(first, count)).occurs[-1]
        for (place, _), draws in zip(events, happens, strict=True):
            found[plan.risks[place].id][first : first + count] |= draws
    return found
