"""When the project finishes in a draw, and what drives it."""

from __future__ import annotations

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.cpm.backward import late_dates, trace_critical
from schedrisk.cpm.early import Early
from schedrisk.cpm.floats import total_float
from schedrisk.model import SchedulingOptions
from schedrisk.network import Network

__all__ = ["critical_masks", "driving_masks", "float_to_target", "latest_allowed", "project_finish"]


def project_finish(network: Network, finishes: Floats) -> Floats:
    """Return the latest finish of each draw, shape (n_draws,) [tick]."""
    latest: Floats = finishes[network.ends[0]].copy()
    for row in network.ends[1:]:
        np.maximum(latest, finishes[row], out=latest)
    if network.all_finished:
        latest[:] = np.nanmax(network.actual_finish)
    return latest


def critical_masks(network: Network, early: Early, target: int | None, options: SchedulingOptions) -> Bools:
    """Return which tasks are critical, shape (n_tasks, n_draws).

    Parameters
    ----------
    network : Network
    early : Early
    target : int, optional
        A row; the project finish where not given.
    options : SchedulingOptions
        Whether critical is what drives the target, or what has no more than so much total float.
    """
    if options.critical_by == "float":
        return _without_float(network, early, target, options)
    critical = np.zeros_like(early.finishes, dtype=bool)
    if target is None:
        latest = project_finish(network, early.finishes)
        for row in network.ends:
            np.equal(early.finishes[row], latest, out=critical[row])
    else:
        critical[target] = True
    trace_critical(network, critical, early)
    critical[network.complete] = False
    _without_absent(critical, early)
    return critical


def driving_masks(network: Network, early: Early, target: int) -> Bools:
    """Return which tasks drive a row, shape (n_tasks, n_draws); none do where it is negative."""
    driving = np.zeros_like(early.finishes, dtype=bool)
    if target >= 0:
        driving[target] = True
        trace_critical(network, driving, early)
    return driving


def _without_float(network: Network, early: Early, target: int | None, options: SchedulingOptions) -> Bools:
    slack = float_to_target(network, early, target, options.total_float)
    critical: Bools = slack <= network.axis.to_ticks(options.critical_float)
    critical[[*network.spans]] = False
    critical[network.complete] = False
    _without_absent(critical, early)
    return critical


def float_to_target(network: Network, early: Early, target: int | None, kind: str) -> Floats:
    """Return how far each task can slip without moving a target, shape (n_tasks, n_draws) [tick].

    Parameters
    ----------
    network : Network
    early : Early
    target : int, optional
        A row; the project finish where not given. What does not lead to it has float without end.
    kind : {"finish", "start", "smallest"}
        As for `total_float`.
    """
    apart = _not_leading_to(network, target)
    late = late_dates(network, early, latest_allowed(network, early.finishes, target), apart)
    reaching = {row for row, span in network.spans.items() if not apart.isdisjoint(span.rows)}
    for row in apart | reaching:  # nothing limits them, or what they reach to, and calendars know no end of time
        late[0][row] = early.finishes[row] if early.starts is None else early.starts[row]
        late[1][row] = early.finishes[row]
    slack = total_float(network, early, late, kind)
    if apart:
        slack[sorted(apart)] = np.inf
    return slack


def _not_leading_to(network: Network, target: int | None) -> frozenset[int]:
    """Return the rows that are there for a decision, a level of effort or work as late as possible, and lead to no target."""
    if target is None or not (network.delays_work or network.forks or network.spans):
        return frozenset()
    return frozenset(np.flatnonzero(~network.leading_to(target)).tolist())


def _without_absent(critical: Bools, early: Early) -> None:
    """Take criticality, which passes through what does not exist, off it."""
    for row, gone in early.absent.items():
        critical[row] &= ~gone


def latest_allowed(network: Network, finishes: Floats, target: int | None) -> Floats:
    """Return the latest finish that a target allows each task by itself, the start of a backward pass [tick]."""
    if target is not None:
        latest = np.full_like(finishes, np.inf)
        latest[target] = finishes[target]
        return latest
    end = project_finish(network, finishes)
    if network.must_finish is None:
        latest = np.tile(end, (network.n_tasks, 1))
    else:
        latest = np.full_like(finishes, network.must_finish)
    done = network.complete
    if done.any():  # logic passes through what is complete, out of sequence perhaps, but it ends no project
        latest[done] = np.maximum(latest[done], finishes[done])
    return latest
