"""The forward pass: early starts and finishes, and which links bind."""

from __future__ import annotations

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.network import Network

__all__ = ["forward_pass"]


def forward_pass(
    network: Network, times: Floats, *, starts: Floats | None = None, binding: list[list[Bools]] | None = None
) -> None:
    """Turn durations into early finishes, in place.

    A start is the latest of the plan's start (0) and every predecessor's finish plus lag: the recurrence of
    Kelley and Walker (1959), taken over all draws at once.

    Parameters
    ----------
    network : Network
    times : ndarray, shape (n_tasks, n_draws)
        On entry durations, on return finishes [tick].
    starts : ndarray, shape (n_tasks, n_draws), optional
        Receives the starts [tick].
    binding : list of list of ndarray, shape (n_draws,), optional
        For each row and each of its links, receives whether the link decides the start. Not written where a row
        has one link that always binds (see `always_binds`).
    """
    start, arrival = np.empty(times.shape[1]), np.empty(times.shape[1])
    for row in network.order:
        links = network.links_into[row]
        if not links:
            if starts is not None:
                starts[row] = 0.0
            continue
        if always_binds(links) and starts is None and links[0][1] == 0:
            times[row] += times[links[0][0]]
            continue
        _latest_arrival(links, times, start, arrival)
        if binding is not None and not always_binds(links):
            for (predecessor, lag), mask in zip(links, binding[row], strict=True):
                np.equal(_arrival(times[predecessor], lag, arrival), start, out=mask)
        if starts is not None:
            starts[row] = start
        times[row] += start


def always_binds(links: tuple[tuple[int, float], ...]) -> bool:
    """Return whether these links into one task are a single one that decides its start in every draw."""
    return len(links) == 1 and links[0][1] >= 0


def _latest_arrival(links: tuple[tuple[int, float], ...], times: Floats, start: Floats, scratch: Floats) -> None:
    (first, lag), *others = links
    if lag < 0 or not others:
        np.add(times[first], lag, out=start)
    elif others:
        # Two rows are merged in one pass where neither has a lag; most are like that.
        second, second_lag = others[0]
        np.maximum(_arrival(times[first], lag, start), _arrival(times[second], second_lag, scratch), out=start)
        others = others[1:]
    for predecessor, each_lag in others:
        np.maximum(start, _arrival(times[predecessor], each_lag, scratch), out=start)
    if all(each_lag < 0 for _, each_lag in links):
        np.maximum(start, 0.0, out=start)  # a lead does not reach back before the plan's start


def _arrival(finish: Floats, lag: float, out: Floats) -> Floats:
    """Return finish plus lag, without a copy where there is no lag."""
    return np.add(finish, lag, out=out) if lag else finish
