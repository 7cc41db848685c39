"""The dates of a block of draws: sampled, and scheduled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.cpm import (
    Early,
    critical_masks,
    delay_to_free_float,
    driving_masks,
    float_to_target,
    forward_again,
    forward_pass,
    late_dates,
    latest_allowed,
    project_finish,
)
from schedrisk.model import SchedulingOptions
from schedrisk.network import Network
from schedrisk.sample import Sample
from schedrisk.sampling import DurationSampler

__all__ = ["both_passes", "early_dates", "pass_forward", "report_actuals", "reported", "scheduled"]


def early_dates(
    network: Network, sampler: DurationSampler, first: int, count: int, *, starts: bool = False,
    keep_durations: bool = False, binding: bool = False,
) -> Early:  # fmt: skip
    """Sample a block of draws and run the forward pass.

    Parameters
    ----------
    network : Network
    sampler : DurationSampler
    first, count : int
    starts, keep_durations, binding : bool
        What is wanted beyond finishes.
    """
    return scheduled(
        network, sampler.sample(first, count), starts=starts, keep_durations=keep_durations, binding=binding
    )


def scheduled(
    network: Network, sample: Sample, *, starts: bool = False, keep_durations: bool = False, binding: bool = False
) -> Early:
    """Run the forward pass, and move what is to be as late as possible.

    Parameters
    ----------
    network : Network
    sample : Sample
        Its durations become the finishes [tick].
    starts, keep_durations, binding : bool
        What is wanted beyond finishes.

    Returns
    -------
    Early
    """
    moves = network.delays_work
    early = Early.of(
        network, sample, starts=starts or moves, keep_durations=keep_durations or moves, binding=binding
    )  # fmt: skip
    pass_forward(network, early)
    return early


def pass_forward(network: Network, early: Early) -> None:
    """Turn durations into early dates, in place, and move what is to be as late as possible.

    Parameters
    ----------
    network : Network
    early : Early
        With `starts` and `durations` where some work is to be as late as possible.
    """
    forward_pass(network, early)
    if not network.delays_work:
        return
    if network.late_dates_delay:
        late = late_dates(network, early, latest_allowed(network, early.finishes, None))
        forward_again(network, early, late)
    else:
        delay_to_free_float(network, early, project_finish(network, early.finishes))


def both_passes(
    network: Network, early: Early, target: int | None, since: int | None, options: SchedulingOptions, *,
    late_too: bool = True,
) -> tuple[Bools, Floats]:  # fmt: skip
    """Return which tasks are critical, and their total float, each of shape (n_tasks, n_draws).

    Parameters
    ----------
    network : Network
        All of whose tasks lead to the target.
    early : Early
        As the forward pass left it, with `durations`, `binding`, and `starts` where total float or criticality asks.
    target, since : int, optional
        Rows: what counts is the time between the finish of the one and the target, the project finish where not given.
        A task that drives both moves them together; it is not critical then, and has float without end. A negative
        one is not among these tasks.
    options : SchedulingOptions
    late_too : bool
        Whether total float is wanted; without it, the pass over late dates is left out, and it has no rows.
    """
    critical = critical_masks(network, early, target, options)
    slack = early.finishes[:0]
    if late_too:
        slack = float_to_target(network, early, target, options.total_float)
    if since is not None:
        both = driving_masks(network, early, since)
        critical &= ~both
        if late_too:
            np.copyto(slack, np.inf, where=both)
    return critical, slack


def reported(early: Early, rows: Sequence[int]) -> tuple[Floats, Floats]:
    """Return starts and finishes of some rows; of work given up, as if it had gone on. Starts mean nothing unasked."""
    finishes = early.finishes[list(rows)]
    starts = np.empty_like(finishes) if early.starts is None else early.starts[list(rows)]
    for place, row in enumerate(rows):
        if row in early.would_be:
            dates = early.would_be[row]
            finishes[place] = dates.finishes
            if dates.starts is not None:
                starts[place] = dates.starts
    return starts, finishes


def report_actuals(network: Network, rows: Sequence[int], starts: Floats | None, finishes: Floats) -> None:
    """Put actual dates in place of the dates that the passes reckon with."""
    for place, row in enumerate(rows):
        if starts is not None and not np.isnan(network.actual_start[row]):
            starts[place] = network.actual_start[row]
            np.maximum(finishes[place], starts[place], out=finishes[place])  # level of effort that began after its span
        if not np.isnan(network.actual_finish[row]):
            finishes[place] = network.actual_finish[row]
