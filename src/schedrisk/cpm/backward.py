"""The backward passes: criticality along binding links, late dates, work done as late as possible."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.calendars import PLAIN, Clock
from schedrisk.cpm.absence import Onward
from schedrisk.cpm.early import Early
from schedrisk.cpm.moments import before, greatest, lag_of, least, place_span
from schedrisk.network import Arc, Network
from schedrisk.rules import Rule, Span, shifted

__all__ = ["delay_to_free_float", "late_dates", "trace_critical"]


def trace_critical(network: Network, critical: Bools, early: Early) -> None:
    """Spread criticality from the target to everything that drives it, in place.

    A task is critical in a draw where a chain of binding links joins it to the target.

    Parameters
    ----------
    network : Network
    critical : ndarray of bool, shape (n_tasks, n_draws)
        On entry true for the target, on return for every driving task.
    early : Early
        As `forward_pass` left it, with `binding`.
    """
    if early.recorder is not None and early.recorder.hand_back_all(critical):
        return
    both = np.empty_like(critical[0])
    for row in reversed(network.order):
        links = network.links_into[row]
        if row in network.spans:
            if critical[row].any():
                _mark_members(network.spans[row], row, critical, early)
            continue
        if early.recorder is not None:
            early.recorder.hand_back(network, early, row, critical)
            continue
        if row in network.sure:
            critical[links[0].predecessor] |= critical[row]
            continue
        own = critical[row]
        for link, mask in zip(links, early.every_mask[row], strict=True):
            before = critical[link.predecessor]
            np.logical_or(before, np.logical_and(own, mask, out=both), out=before)


def _mark_members(span: Span, row: int, critical: Bools, early: Early) -> None:
    """Hand the criticality of a summary to the members that set its dates; a span itself is never critical."""
    for member in span.members:
        decides = early.finishes[member] == early.finishes[row]
        critical[member] |= critical[row] & decides
    critical[row] = False


def late_dates(
    network: Network, early: Early, latest: Floats, left_out: Collection[int] = ()
) -> tuple[Floats, Floats]:  # fmt: skip
    """Run the backward pass: the latest dates that delay no target and break no imposed date.

    Parameters
    ----------
    network : Network
    early : Early
        As `forward_pass` left it, with `durations`.
    latest : ndarray, shape (n_tasks, n_draws)
        The latest finish that the target allows each task by itself (infinity for none) [tick]; overwritten.
    left_out : collection of int
        Rows that do not lead to the target; nothing limits them, and they limit nothing.

    Returns
    -------
    late_starts, late_finishes : ndarray, shape (n_tasks, n_draws)
        [tick]; `late_finishes` is `latest`.
    """
    starts, absent = np.full_like(latest, np.inf), early.absent
    counting = [row for row in reversed(network.order) if row not in left_out]
    for row in counting:
        if row in network.spans:
            _hand_to_members(network.spans[row], row, early, starts, latest)
            continue
        duration, rule = early.every_duration[row], network.rules[row]
        if rule is None:
            if row in network.followed_at_start:
                np.minimum(latest[row], starts[row] + duration, out=latest[row])
            np.subtract(latest[row], duration, out=starts[row])
        else:
            allowed = (starts[row].copy(), latest[row].copy()) if row in absent else None
            starts[row], latest[row] = _late_row(rule, starts[row], latest[row], duration)
            if allowed is not None:
                _hand_on(allowed, absent[row], starts[row], latest[row])
        for arc in network.links_into[row]:
            if arc.kind == "FS" and arc.clock is PLAIN and not arc.varies and not (arc.lag and absent):  # most are
                before_it = latest[arc.predecessor]
                np.minimum(before_it, starts[row] - arc.lag if arc.lag else starts[row], out=before_it)
            else:
                _pull_back(arc, starts[row], latest[row], early, starts, latest, row)
    for row, span in network.spans.items():
        _span_late(span, row, starts, latest, left_out)
    return starts, latest


def _late_row(rule: Rule, start: Floats, finish: Floats, duration: Floats) -> tuple[Floats, Floats]:
    """Return late start and late finish of a row, given what its successors and the target allow."""
    if rule.stands is not None:
        began, ended = (rule.clock.work(np.full_like(finish, each)) for each in rule.stands)
        duration = ended - began
    finish = np.minimum(finish, rule.latest_finish)
    start = np.minimum(start, rule.latest_start)
    for pin in rule.late_pins:
        if pin.kind == "MSO":
            start, finish = np.full_like(start, pin.bound.instant), np.full_like(finish, np.inf)
        else:
            start, finish = np.full_like(start, np.inf), np.full_like(finish, pin.bound.instant)
    if rule.instant:
        # A late date in a pause of the calendar is moved to the end of the work before it, as P6 does. A start
        # milestone may also be where work begins.
        moment = np.minimum(start, finish)
        ends = _out_of_pause(rule.clock, moment) if rule.at_work else rule.clock.finish(rule.clock.work(moment))
        return ends, ends
    if rule.parts:
        first = np.minimum(before(rule, np.where(np.isinf(finish), start, finish), duration), start)
        if rule.in_own_time:
            first = _out_of_pause(rule.clock, first)
        last = greatest([clock.finish(clock.work(first) + np.rint(share * duration)) for clock, share in rule.parts])
        last = np.where(np.isinf(finish), last, np.minimum(finish, np.where(first < start, finish, last)))
        return np.where(duration > 0, first, np.minimum(start, finish)), np.where(duration > 0, last, finish)
    clock = rule.clock
    work = _work_or_never(clock, finish) - duration
    np.minimum(work, _work_or_never(clock, start), out=work)
    late_start, late_finish = clock.start(work), clock.finish(work + duration)
    idle = duration <= 0
    if idle.any():
        moment = np.minimum(start, finish)
        return np.where(idle, moment, late_start), np.where(idle, moment, late_finish)
    return late_start, late_finish


def _out_of_pause(clock: Clock, moment: Floats) -> Floats:
    """Move moments inside a pause to the end of the work before it; where work begins they stay."""
    work = clock.work(moment)
    return np.where(clock.start(work) == moment, moment, clock.finish(work))


def _work_or_never(clock: Clock, moment: Floats) -> Floats:
    never = np.isinf(moment)
    if not never.any():
        return clock.work(moment)
    return np.where(never, np.inf, clock.work(np.where(never, 0.0, moment)))


def _hand_on(allowed: tuple[Floats, Floats], gone: Bools, start: Floats, finish: Floats) -> None:
    """Let a row that does not exist be where its successors allow, whatever dates are imposed on it."""
    moment = np.minimum(*allowed)
    np.copyto(start, moment, where=gone)
    np.copyto(finish, moment, where=gone)


def _pull_back(
    arc: Arc, start: Floats, finish: Floats, early: Early, starts: Floats, latest: Floats, row: int
) -> None:  # fmt: skip
    """Let a link into a row limit the late dates of its predecessor."""
    limit = shifted(arc.clock, start if arc.to_start else finish, -lag_of(early, arc, row))
    side = starts if arc.from_start else latest
    np.minimum(side[arc.predecessor], limit, out=side[arc.predecessor])


def _hand_to_members(span: Span, row: int, early: Early, starts: Floats, latest: Floats) -> None:
    """Let what holds a summary hold its members: all of them at the finish, the first of them at the start."""
    for member in span.members:
        np.minimum(latest[member], latest[row], out=latest[member])
        first = early.every_start[member] == early.every_start[row]
        np.minimum(starts[member], np.where(first, starts[row], np.inf), out=starts[member])


def _span_late(span: Span, row: int, starts: Floats, latest: Floats, left_out: Collection[int]) -> None:
    if row in left_out or any(each in left_out for each in span.rows):
        return  # as early as it is: what it reaches to has no late dates here
    moments = [
        [shifted(each.clock, (starts if each.of_start else latest)[each.row], each.lag) for each in side]
        for side in (span.starts, span.finishes)
    ]
    if moments[0]:
        starts[row] = least(moments[0])
    if moments[1]:
        latest[row] = greatest(moments[1])
    np.minimum(starts[row], latest[row], out=starts[row])


def delay_to_free_float(network: Network, early: Early, end: Floats) -> None:
    """Move work that is to be as late as possible until it would move a successor, or the project finish.

    Parameters
    ----------
    network : Network
    early : Early
        With `starts` and `durations`; changed.
    end : ndarray, shape (n_draws,)
        The project finish [tick].
    """
    late_rows = {row: _unbound(rule) for row, rule in enumerate(network.rules) if rule is not None and rule.as_late}
    if not late_rows:
        return
    early_starts = early.every_start
    onward = Onward(network, early, end)
    out_of: dict[int, list[tuple[int, Arc]]] = {row: [] for row in late_rows}
    for row, arcs in enumerate(network.links_into):
        for arc in arcs:
            if arc.predecessor in late_rows:
                out_of[arc.predecessor].append((row, arc))
    for row in reversed(network.order):
        if row not in late_rows:
            onward.update(row, early)
            continue
        starts, latest = np.full_like(end, np.inf), np.full_like(end, np.inf)
        for successor, arc in out_of[row]:
            there = (onward.starts if arc.to_start else onward.finishes)[successor]
            limit = shifted(arc.clock, there, -lag_of(early, arc, successor))
            side = starts if arc.from_start else latest
            np.minimum(side, limit, out=side)
        np.minimum(latest, end, out=latest)
        start, finish = _late_row(late_rows[row], starts, latest, early.every_duration[row])
        later = start > early_starts[row]
        if row in early.absent:
            later &= ~early.absent[row]
        early_starts[row] = np.where(later, start, early_starts[row])
        early.finishes[row] = np.where(later, finish, early.finishes[row])
        onward.update(row, early)
    _span_again(network, early)
    for row in late_rows.keys() & early.would_be.keys():
        # Where it is not given up after all, it would have had the dates that it has.
        dates, gone = early.would_be[row], early.absent[row]
        early.would_be[row] = dates._replace(
            starts=None if dates.starts is None else np.where(gone, dates.starts, early_starts[row]),
            finishes=np.where(gone, dates.finishes, early.finishes[row]),
        )


def _span_again(network: Network, early: Early) -> None:
    """Let rows that span others reach to where these are now."""
    for row in network.order:
        if row in network.spans:
            place_span(network.spans[row], network.floor, early, row)


def _unbound(rule: Rule) -> Rule:
    return Rule(rule.clock, rule.floor, parts=rule.parts, instant=rule.instant)
