"""The forward pass of rows that start as soon as their FS links let them: most are like that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from schedrisk._typing import Floats
from schedrisk.network import Arc, Network

if TYPE_CHECKING:
    from schedrisk.cpm.early import Early

__all__ = ["place_plain"]


def place_plain(network: Network, early: Early, row: int, scratch: Floats) -> None:
    """Place a row that starts as soon as its FS links let it; the first row of `scratch` is overwritten."""
    times, starts, links = early.finishes, early.starts, network.links_into[row]
    own = times[row]
    if not links:
        if network.floor:
            np.add(own, network.floor, out=own)
        if starts is not None:
            starts[row] = network.floor
        return
    # Without a copy where there is no lag; most are like that.
    arrivals = [times[arc.predecessor] + arc.lag if arc.lag else times[arc.predecessor] for arc in links]
    start = _latest(links, arrivals, network.floor, scratch[0])
    if early.binding is not None and row not in network.sure:
        for arrival, mask in zip(arrivals, early.binding[row], strict=True):
            np.equal(arrival, start, out=mask)
    if starts is not None:
        starts[row] = start
    np.add(own, start, out=own)


def _latest(links: tuple[Arc, ...], arrivals: list[Floats], floor: float, out: Floats) -> Floats:
    """Return the latest of some arrivals: where there are several, in `out`."""
    latest = arrivals[0]
    for arrival in arrivals[1:]:
        latest = np.maximum(latest, arrival, out=out)
    if links[0].lag < 0 and all(arc.lag < 0 for arc in links):
        latest = np.maximum(latest, floor, out=out)  # a lead does not reach back before the plan's start
    return latest
