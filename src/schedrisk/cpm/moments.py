"""Moments that the passes read off rows and links: when work must begin, what a link allows, what a span reaches to."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from schedrisk._typing import Floats
from schedrisk.calendars import PLAIN, Clock
from schedrisk.rules import Arc, Rule, Span, shifted

if TYPE_CHECKING:
    from schedrisk.cpm.early import Early

__all__ = ["at_close", "at_work", "before", "greatest", "lag_of", "least", "moment_of", "place_span"]

SECONDS_PER_DAY = 86_400  # ticks, where there are calendars to tell apart


def before(rule: Rule, finish: Floats, duration: Floats) -> Floats:
    """Return the latest start from which work is done by `finish` [tick]."""
    return least(
        [
            clock.start(clock.work(finish) - np.rint(share * duration))
            for clock, share in rule.parts or ((rule.clock, 1.0),)
        ]
    )


def at_close(clock: Clock, moment: Floats) -> Floats:
    """Move midnights that end a day of work to the close of that work [tick]."""
    if clock is PLAIN:
        return moment
    close = clock.finish(clock.work(moment))
    ends_work = (moment % SECONDS_PER_DAY == 0) & (moment - close < SECONDS_PER_DAY)
    return np.where(ends_work, close, moment)


def at_work(clock: Clock, moment: Floats, *, stays_at_close: bool) -> Floats:
    """Move moments in a pause to where work goes on; those at its close stay, if they may."""
    if clock is PLAIN:
        return moment
    work = clock.work(moment)
    opens = clock.start(work)
    return np.where(clock.finish(work) == moment, moment, opens) if stays_at_close else opens


def least(rows: list[Floats]) -> Floats:
    """Return the earliest of some moments, draw by draw."""
    return reduce(np.minimum, rows)


def greatest(rows: list[Floats]) -> Floats:
    """Return the latest of some moments, draw by draw."""
    return reduce(np.maximum, rows)


def moment_of(early: Early, arc: Arc) -> Floats:
    """Return when a link lets its successor go on."""
    base = early.every_start if arc.from_start else early.finishes
    return shifted(arc.clock, base[arc.predecessor], lag_of(early, arc))


def lag_of(early: Early, arc: Arc, successor: int | None = None) -> Floats | float:
    """Return the lag of a link [tick]: a number, or one for each draw where draws differ.

    It is 0 where the predecessor does not exist; or the successor, which the forward pass need not be told.
    """
    lag = arc.lag + np.rint(arc.share * early.every_duration[arc.predecessor]) if arc.share else arc.lag
    if arc.drawn >= 0:
        lag = lag + early.drawn.lags[arc.drawn]
        if arc.lag < 0:
            lag = np.maximum(lag, 0.0)  # all of it has passed
    if early.absent and (arc.lag or arc.varies):
        for row in (arc.predecessor, successor):
            if row in early.absent:
                lag = np.where(early.absent[row], 0.0, lag)
    return lag


def place_span(span: Span, floor: float, early: Early, row: int) -> None:
    """Write the dates of a row that spans others: those that exist, or where none does, the moment they hand on."""
    moments = []
    for side, never in ((span.starts, np.inf), (span.finishes, -np.inf)):
        seen, all_gone = [], np.ones_like(early.finishes[row], dtype=bool)
        for each in side:
            dates = early.every_start if each.of_start else early.finishes
            seen.append(shifted(each.clock, dates[each.row], each.lag))
            all_gone &= early.absent.get(each.row, False)
        if early.absent:
            gone = [early.absent.get(each.row, False) & ~all_gone for each in side]
            seen = [np.where(mask, never, moment) for mask, moment in zip(gone, seen, strict=True)]
        moments.append(seen)
    start = least(moments[0]) if moments[0] else np.full_like(early.finishes[row], floor)
    finish = greatest(moments[1]) if moments[1] else start
    early.finishes[row] = np.maximum(start, finish)
    early.every_start[row] = start
