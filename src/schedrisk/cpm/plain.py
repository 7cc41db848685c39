"""The forward pass of rows that start as soon as their FS links let them: most are like that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from schedrisk._typing import Floats
from schedrisk.network import Arc, Network

if TYPE_CHECKING:
    from schedrisk.cpm.forward import Early

__all__ = ["place_plain"]


def place_plain(network: Network, early: Early, row: int, scratch: Floats) -> None:
    """Place a row that starts as soon as its FS links let it."""
    times, starts, links = early.finishes, early.starts, network.links_into[row]
    if not links:
        if network.floor:
            times[row] += network.floor
        if starts is not None:
            starts[row] = network.floor
        return
    sure = row in network.sure
    if sure and starts is None and links[0].lag == 0:
        times[row] += times[links[0].predecessor]
        return
    start, arrival = scratch
    _latest_arrival(links, times, network.floor, start, arrival)
    if early.binding is not None and not sure:
        for link, mask in zip(links, early.binding[row], strict=True):
            np.equal(_arrival(times[link.predecessor], link.lag, arrival), start, out=mask)
    if starts is not None:
        starts[row] = start
    times[row] += start


def _latest_arrival(links: tuple[Arc, ...], times: Floats, floor: float, start: Floats, scratch: Floats) -> None:
    first, *others = links
    if first.lag < 0 or not others:
        np.add(times[first.predecessor], first.lag, out=start)
    elif others:
        # Two rows are merged in one pass where neither has a lag; most are like that.
        second = others[0]
        np.maximum(
            _arrival(times[first.predecessor], first.lag, start),
            _arrival(times[second.predecessor], second.lag, scratch),
            out=start,
        )
        others = others[1:]
    for each in others:
        np.maximum(start, _arrival(times[each.predecessor], each.lag, scratch), out=start)
    if all(each.lag < 0 for each in links):
        np.maximum(start, floor, out=start)  # a lead does not reach back before the plan's start


def _arrival(finish: Floats, lag: float, out: Floats) -> Floats:
    """Return finish plus lag, without a copy where there is no lag."""
    return np.add(finish, lag, out=out) if lag else finish
