"""The forward pass: early starts and finishes, which links bind, and which imposed dates overrode them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.cpm.absence import lift, settle
from schedrisk.cpm.early import Early
from schedrisk.cpm.moments import at_close, at_work, before, greatest, lag_of, least, moment_of, place_span
from schedrisk.cpm.plain import place_plain
from schedrisk.cpm.timing import timed_duration
from schedrisk.network import Arc, Network
from schedrisk.rules import Override, Rule

__all__ = ["forward_again", "forward_pass"]


def forward_pass(network: Network, early: Early) -> None:
    """Turn durations into early dates, in place.

    A start is the latest of the floor (plan's start or status date), imposed dates, and what every link allows: the
    recurrence of Kelley and Walker (1959) for FS links, extended to the links of the precedence diagramming method
    (Fondahl 1961; Crandall 1973), taken over all draws at once.

    Parameters
    ----------
    network : Network
    early : Early
    """
    early.begin()
    if early.recorder is not None and early.recorder.place_all(network, early):
        return
    scratch = np.empty_like(early.finishes[:2])
    for row in network.order:
        rule = network.rules[row]
        lifted = lift(network, early, row) if early.would_be else {}
        if rule is not None:
            if row in early.timed:
                _settle_duration(network, early, row, rule)
            _Row(network, early, row, rule).place()
        elif row in network.spans:
            place_span(network.spans[row], network.floor, early, row)
        elif early.recorder is None or not early.recorder.place(network, early, row):
            place_plain(network, early, row, scratch)
        if row in network.unsettled:
            settle(network, early, row, lifted)


def _settle_duration(network: Network, early: Early, row: int, rule: Rule) -> None:
    """Find out when a row would start, and put in place what its work takes then."""
    # A trial, of which only the start is kept.
    _Row(network, replace(early, binding=None, overridden={}), row, rule).place()
    early.begins[row] = early.every_start[row].copy()
    early.finishes[row] = timed_duration(early.timed[row], rule, early.begins[row])
    if early.durations is not None:
        early.durations[row] = early.finishes[row]


def forward_again(network: Network, early: Early, late: tuple[Floats, Floats]) -> None:
    """Run the forward pass once more, with work that is to be as late as possible at its late dates.

    Parameters
    ----------
    network : Network
    early : Early
        As `forward_pass` left it, with `starts` and `durations`; changed.
    late : tuple of ndarray, shape (n_tasks, n_draws)
        Late starts and late finishes [tick].
    """
    starts = early.every_start
    for row, rule in enumerate(network.rules):
        if rule is not None and rule.as_late:
            early.held[row] = np.maximum(starts[row], late[0][row])
            early.unheld[row] = starts[row].copy(), early.finishes[row].copy()
    early.finishes[:] = early.every_duration
    early.overridden.clear()
    # What depends on the start is settled by the early dates.
    forward_pass(network, replace(early, timed={}))


class _Row:
    """A row with a rule, being placed."""

    def __init__(self, network: Network, early: Early, row: int, rule: Rule) -> None:
        self.network, self.early, self.row, self.rule = network, early, row, rule
        self.arcs = network.links_into[row]
        if rule.began is not None or rule.stands is not None:
            for mask in early.binding[row] if early.binding is not None else ():
                mask[:] = False
            self.arcs, self.early = (), replace(early, binding=None)  # links do not hold it
        drawn = [(early.drawn.dates[number], of_start) for number, of_start in rule.drawn]
        # What takes no time is done at the close of its day, not on the next morning.
        self.dates = [
            (at_close(rule.clock, date) if rule.instant and not of_start else date, of_start)
            for date, of_start in drawn
        ]
        # Where its predecessors count on the same clock, their working time says when it can start: no date is needed.
        by_work = self.arcs and row in network.starts_by_work and row not in early.held
        self.works = [self._work_at_end(arc) for arc in self.arcs] if by_work else None
        self._arrivals: list[Floats] | None = None
        self._bounds: tuple[Floats | None, Floats | None] | None = None

    @property
    def arrivals(self) -> list[Floats]:
        """When each link lets the row go on."""
        if self._arrivals is None:  # quicker than a cached property, which counts for thousands of rows
            self._arrivals = [moment_of(self.early, arc) for arc in self.arcs]
        return self._arrivals

    def _work_at_end(self, arc: Arc) -> Floats:
        work, lag = self.early.works[arc.predecessor], lag_of(self.early, arc)
        return work if isinstance(lag, float) and lag == 0 else work + lag

    def place(self) -> None:
        """Write start, finish and what bound them."""
        early, row, rule = self.early, self.row, self.rule
        if rule.stands is not None:
            start, early.finishes[row] = rule.stands
            if early.starts is not None:
                early.starts[row] = start
            return
        if rule.instant:
            self._place_instant(*self.bounds)
        elif rule.parts:
            self._place_parts(*self.bounds)
        else:
            self._place_work()

    @property
    def bounds(self) -> tuple[Floats | None, Floats | None]:
        """The latest moments to which links hold back the start, and the finish."""
        if self._bounds is None:
            start, finish = self._latest("S"), self._latest("F")
            late = self.early.held.get(self.row)
            if late is not None:
                start = late if start is None else np.maximum(start, late)
            self._bounds = start, finish
        return self._bounds

    def _latest(self, end: str) -> Floats | None:
        """Return the latest moment to which links hold back an end: the start ("S"), or the finish ("F")."""
        moments = [arrival for arc, arrival in zip(self.arcs, self.arrivals, strict=True) if arc.kind[1] == end]
        moments += [date for date, of_start in self.dates if of_start == (end == "S")]
        return greatest(moments) if moments else None

    def _bound_work(self) -> tuple[Floats | None, Floats | None]:
        """Return the working time to which links hold back the start, and the moment to which they do the finish."""
        if self.works is not None:
            return greatest(self.works), None
        bound, finish_bound = self.bounds
        return None if bound is None else self.rule.clock.work(bound), finish_bound

    def _place_work(self) -> None:
        early, row, rule = self.early, self.row, self.rule
        clock, duration = rule.clock, early.finishes[row]
        bound_work, finish_bound = self._bound_work()
        if bound_work is None:
            work = np.full_like(duration, rule.floor.work)
        else:
            work = np.maximum(bound_work, rule.floor.work)
        if finish_bound is not None:
            np.maximum(work, clock.work(finish_bound) - duration, out=work)
        if rule.finish_floor.instant > -np.inf:
            np.maximum(work, rule.finish_floor.work - duration, out=work)
        finish_work = None
        for override in rule.overrides:
            work, finish_work = self._override(override, work, duration, finish_work)
        self._bind_work(work, duration, bound_work)
        if finish_work is not None:
            duration = finish_work - work
            if early.durations is not None:
                early.durations[row] = duration
        until = work + duration
        if row in self.network.hands_on_work:
            early.works[row] = until
        finish = clock.finish(until)
        idle = duration <= 0 if rule.may_vanish or rule.overrides else None
        if idle is not None and idle.any():
            # What takes no time stays where what drives it ends; the next morning would be too late.
            moment = at_work(clock, self._instants(*self.bounds), stays_at_close=True)
            finish = np.where(idle, np.where(clock.work(moment) == work, moment, clock.finish(work)), finish)
        early.finishes[row] = finish
        if early.starts is not None and (early.start_rows is None or row in early.start_rows):
            start = clock.start(work)
            early.starts[row] = np.where(idle, finish, start) if idle is not None and rule.may_vanish else start

    def _override(
        self, override: Override, work: Floats, duration: Floats, finish_work: Floats | None
    ) -> tuple[Floats, Floats | None]:
        """Apply a date that stands whatever links say, and count the draws in which links said later."""
        target = override.bound.work
        if override.kind == "expected-finish":
            until = np.maximum(work, target)
            self._count(override, work + duration > until)
            return work, until
        wanted = np.full_like(work, target) if override.kind in {"MSO", "SNLT"} else target - duration
        self._count(override, work > wanted)
        return (wanted if override.kind in {"MSO", "MFO"} else np.minimum(work, wanted)), finish_work

    def _count(self, override: Override, mask: Bools) -> None:
        if self.row in self.early.absent:
            mask = mask & ~self.early.absent[self.row]
        self.early.count_overridden((self.row, override.number), mask)

    def _bind_work(self, work: Floats, duration: Floats, bound_work: Floats | None) -> None:
        if self.early.binding is None or self.row in self.network.sure:
            return
        clock, masks = self.rule.clock, self.early.binding[self.row]
        if len(masks) == 1 and bound_work is not None and self.row not in self.early.held and not self.dates:
            # What the only link leads to is known already.
            np.greater_equal(bound_work, work, out=masks[0])
            return
        if self.works is not None:
            for each, mask in zip(self.works, masks, strict=True):
                np.greater_equal(each, work, out=mask)
            return
        # From here on a moment leads to the same working time as the start, even if it lies in a pause.
        reaches = clock.finish(work)
        for arc, arrival, mask in zip(self.arcs, self.arrivals, masks, strict=True):
            if arc.to_start:
                np.greater_equal(arrival, reaches, out=mask)
            else:
                np.greater_equal(clock.work(arrival) - duration, work, out=mask)

    def _instants(self, bound: Floats | None, finish_bound: Floats | None) -> Floats:
        floor = max(self.rule.floor.instant, self.rule.finish_floor.instant)
        moment: Floats = np.full_like(self.early.finishes[self.row], floor)
        for each in (bound, finish_bound):
            if each is not None:
                np.maximum(moment, each, out=moment)
        return moment

    def _place_instant(self, bound: Floats | None, finish_bound: Floats | None) -> None:
        early, row, rule = self.early, self.row, self.rule
        moment = at_work(rule.clock, self._instants(bound, finish_bound), stays_at_close=not rule.at_work)
        for override in rule.overrides:  # these dates stand, in a pause as well
            target = override.bound.instant
            if override.kind == "expected-finish":
                moment = np.maximum(moment, target)
                continue
            self._count(override, rule.clock.work(moment) > override.bound.work)
            moment = np.full_like(moment, target) if override.kind in {"MSO", "MFO"} else np.minimum(moment, target)
        if early.binding is not None and row not in self.network.sure:
            reaches = rule.clock.finish(rule.clock.work(moment))
            for arrival, mask in zip(self.arrivals, early.binding[row], strict=True):
                np.greater_equal(arrival, reaches, out=mask)
        if row in self.network.hands_on_work:
            early.works[row] = rule.clock.work(moment)
        early.finishes[row] = moment
        if early.starts is not None:
            early.starts[row] = moment

    def _place_parts(self, bound: Floats | None, finish_bound: Floats | None) -> None:
        early, row, rule = self.early, self.row, self.rule
        duration = early.finishes[row]
        moment = np.full_like(duration, rule.floor.instant)
        if bound is not None:
            np.maximum(moment, bound, out=moment)
        if finish_bound is not None:
            np.maximum(moment, before(rule, finish_bound, duration), out=moment)
        if rule.finish_floor.instant > -np.inf:
            np.maximum(moment, before(rule, np.full_like(moment, rule.finish_floor.instant), duration), out=moment)
        moment, until = self._override_parts(moment, duration)
        if rule.in_own_time:
            moment = rule.clock.start(rule.clock.work(moment))
        works = [clock.work(moment) for clock, _ in rule.parts]
        start = least([clock.start(work) for (clock, _), work in zip(rule.parts, works, strict=True)])
        finish = greatest([clock.finish(clock.work(start) + np.rint(share * duration)) for clock, share in rule.parts])
        finish = np.maximum(finish, start)  # a share of a second or two rounds to nothing
        if until is not None:
            duration = self._work_until(until, start, duration)
            finish = np.maximum(start, until)
        if early.binding is not None and row not in self.network.sure:
            reaches = least([clock.finish(work) for (clock, _), work in zip(rule.parts, works, strict=True)])
            for arc, arrival, mask in zip(self.arcs, self.arrivals, early.binding[row], strict=True):
                np.greater_equal(arrival if arc.to_start else before(rule, arrival, duration), reaches, out=mask)
        early.finishes[row] = np.where(duration > 0, finish, moment)
        if early.starts is not None:
            early.starts[row] = np.where(duration > 0, start, moment)

    def _override_parts(self, moment: Floats, duration: Floats) -> tuple[Floats, Floats | None]:
        """Apply dates that stand whatever links say; return the start, and an expected finish where there is one."""
        until = None
        for override in self.rule.overrides:
            target = np.full_like(moment, override.bound.instant)
            if override.kind == "expected-finish":
                until = target
                continue
            wanted = target if override.kind in {"MSO", "SNLT"} else before(self.rule, target, duration)
            self._count(override, moment > wanted)
            moment = wanted if override.kind in {"MSO", "MFO"} else np.minimum(moment, wanted)
        return moment, until

    def _work_until(self, until: Floats, start: Floats, duration: Floats) -> Floats:
        """Return how long work is that goes on until an expected finish."""
        clock, share = self.rule.parts[0]
        lasts = np.maximum(clock.work(until) - clock.work(start), 0.0) / share
        self._count(next(each for each in self.rule.overrides if each.kind == "expected-finish"), duration > lasts)
        if self.early.durations is not None:
            self.early.durations[self.row] = np.rint(lasts)
        return lasts
