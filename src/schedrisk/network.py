"""The plan as integers and arrays: a topological order, links by row, and what holds each row."""

from __future__ import annotations

import contextlib
import copy
import gc
import graphlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.calendars import Clock, LostDays, WeatheredClock
from schedrisk.errors import ArgumentError, Problem, shown
from schedrisk.model import Plan
from schedrisk.rulebook import Rulebook
from schedrisk.rules import Arc, DrawnBounds, Fork, Rule, Span
from schedrisk.sample import Sample
from schedrisk.timeaxis import TimeAxis

__all__ = ["Arc", "Fork", "Network", "Rule", "Span", "collection_paused", "compile_network"]


@dataclass(frozen=True, eq=False)
class Network:
    """A compiled plan. Tasks are rows, in the order of the plan.

    Attributes
    ----------
    ids : tuple of str
        Task of each row.
    order : tuple of int
        Rows so that what decides a row's dates comes before it.
    links_into : tuple of tuple of Arc
        For each row the links that hold it back.
    rules : tuple of Rule or None
        What else decides a row's dates; None for work that starts as soon as its FS links let it.
    spans : mapping of int to Span
        Rows whose dates follow from other rows: summaries and level of effort.
    ends : tuple of int
        Rows among which the latest finish is always found.
    planned : ndarray, shape (n_tasks,)
        Planned durations, of work in progress what remains [tick].
    clocks : tuple of Clock
        Working time of each row's calendar.
    axis : TimeAxis
    floor : float
        Before this no work is done: the plan's start or its status date [tick].
    actual_start, actual_finish : ndarray, shape (n_tasks,)
        Of work that has begun and ended [tick]; NaN where it has not.
    active : ndarray of bool, shape (n_tasks,)
    sure : frozenset of int
        Rows with a single link that decides their dates in every draw.
    must_finish : float or None
        [tick]
    late_dates_delay : bool
        Whether work as late as possible goes to its late dates (Project), not as far as its free float (P6).
    optional : frozenset of int
        Rows that some draws may be without.
    absent_as_planned : frozenset of int
        Those that the deterministic schedule is without, decisions apart.
    forks : tuple of Fork
        Decisions.
    planned_lags, planned_dates : ndarray, shape (n_lags,) and (n_dates,)
        Of the lags and the dates that are drawn, what the deterministic schedule has [tick].
    """

    ids: tuple[str, ...]
    order: tuple[int, ...]
    links_into: tuple[tuple[Arc, ...], ...]
    rules: tuple[Rule | None, ...]
    spans: dict[int, Span]
    ends: tuple[int, ...]
    planned: Floats
    clocks: tuple[Clock, ...]
    axis: TimeAxis
    floor: float
    actual_start: Floats
    actual_finish: Floats
    active: Bools
    sure: frozenset[int]
    must_finish: float | None = None
    late_dates_delay: bool = False
    optional: frozenset[int] = frozenset()
    absent_as_planned: frozenset[int] = frozenset()
    forks: tuple[Fork, ...] = ()
    planned_lags: Floats = field(default_factory=lambda: np.empty(0))
    planned_dates: Floats = field(default_factory=lambda: np.empty(0))

    @property
    def n_tasks(self) -> int:
        """Number of tasks."""
        return len(self.ids)

    @property
    def n_links(self) -> int:
        """Number of links."""
        return sum(map(len, self.links_into))

    @cached_property
    def needs_starts(self) -> bool:
        """Whether a forward pass needs the starts of rows to find other rows' dates."""
        return bool(self.spans) or any(arc.from_start for arcs in self.links_into for arc in arcs)

    @cached_property
    def needs_durations(self) -> bool:
        """Whether a forward pass needs durations after it has turned them to finishes."""
        return any(arc.share for arcs in self.links_into for arc in arcs)

    @property
    def complete(self) -> Bools:
        """Which tasks are done, shape (n_tasks,)."""
        return ~np.isnan(self.actual_finish)

    @cached_property
    def all_finished(self) -> bool:
        """Whether nothing is left to do."""
        return bool(self.complete.any()) and all(
            self.complete[row] or row in self.spans or not self.active[row] for row in range(self.n_tasks)
        )

    @cached_property
    def open_ends(self) -> tuple[int, ...]:
        """Rows that hold back no other."""
        followed = {arc.predecessor for arcs in self.links_into for arc in arcs}
        return tuple(row for row in range(self.n_tasks) if row not in followed)

    @cached_property
    def followed_at_start(self) -> frozenset[int]:
        """Rows whose start other rows' dates depend on: by a link, or as one that a span reaches to."""
        followed = {arc.predecessor for arcs in self.links_into for arc in arcs if arc.from_start}
        for row, span in self.spans.items():
            followed |= {row, *(each.row for each in (*span.starts, *span.finishes) if each.of_start), *span.members}
        return frozenset(followed)

    @cached_property
    def delays_work(self) -> bool:
        """Whether some work is to be as late as possible."""
        return any(rule is not None and rule.as_late for rule in self.rules)

    @cached_property
    def places(self) -> dict[int, int]:
        """The place of each row in `order`."""
        return {row: place for place, row in enumerate(self.order)}

    @cached_property
    def decided(self) -> frozenset[int]:
        """Rows that exist or not as decisions turn out."""
        return frozenset[int]().union(*(fork.reached | fork.missed for fork in self.forks))

    @cached_property
    def unsettled(self) -> frozenset[int]:
        """Rows that the forward pass has to look at again, once they are placed."""
        return self.optional.union(fork.milestone for fork in self.forks)

    def as_planned(self, durations: Floats | None = None) -> Sample:
        """Return the draw of the deterministic schedule.

        Parameters
        ----------
        durations : ndarray, shape (n_tasks, n_draws), optional
            In place of the planned ones [tick]; they become the finishes.
        """
        finishes = self.planned[:, None].copy() if durations is None else durations
        gone = np.ones(finishes.shape[1], dtype=bool)
        lags, dates = (np.repeat(each[:, None], gone.size, axis=1) for each in (self.planned_lags, self.planned_dates))
        return Sample(0, finishes, dict.fromkeys(self.absent_as_planned, gone), lags=lags, dates=dates)

    @cached_property
    def weathered(self) -> tuple[WeatheredClock, ...]:
        """Clocks whose days may be lost."""
        used = {clock for rule in self.rules if rule is not None for clock in rule.all_clocks}
        used |= {arc.clock for arcs in self.links_into for arc in arcs} | set(self.clocks)
        used |= {each.clock for span in self.spans.values() for each in (*span.starts, *span.finishes)}
        return tuple(clock for clock in used if isinstance(clock, WeatheredClock))

    @cached_property
    def starts_by_work(self) -> frozenset[int]:
        """Rows on a calendar that loses days whose every link leads from the finish of work on the same calendar.

        Their start is told in working time, without the dates of the work before, which cost a search in each draw.
        """
        return frozenset(
            row
            for row, (arcs, rule) in enumerate(zip(self.links_into, self.rules, strict=True))
            if rule is not None
            and rule.works_on(WeatheredClock)
            and not (rule.instant or rule.drawn)
            and all(self._counts_on(rule.clock, arc) for arc in arcs)
        )

    def _counts_on(self, clock: Clock, arc: Arc) -> bool:
        before = self.rules[arc.predecessor]
        same = before is not None and before.clock is clock and before.works_on(WeatheredClock)
        same = same and arc.predecessor not in self.unsettled
        return same and arc.kind == "FS" and (arc.clock is clock or not (arc.lag or arc.varies))

    @cached_property
    def hands_on_work(self) -> frozenset[int]:
        """Rows whose working time at the finish their successors need."""
        return frozenset(arc.predecessor for row in self.starts_by_work for arc in self.links_into[row])

    def realised(self, losses: LostDays) -> Network:
        """Return the network of a block of draws, in each of which other days are lost.

        Parameters
        ----------
        losses : LostDays
            The lost days of these draws.
        """
        if not self.weathered:
            return self
        drawn: dict[Clock, Clock] = {each: each.realised(losses) for each in self.weathered}
        _ = self.hands_on_work  # told by the clocks that are replaced here
        bounds = DrawnBounds(drawn, losses.n_draws)
        rules = {rule: rule.on(drawn, bounds) for rule in dict.fromkeys(self.rules) if rule is not None}
        made = copy.copy(self)  # with what is cached: none of it depends on clocks
        made.__dict__.update(
            links_into=tuple(tuple(arc.on(drawn) for arc in arcs) for arcs in self.links_into),
            rules=tuple(None if rule is None else rules[rule] for rule in self.rules),
            spans={row: span.on(drawn) for row, span in self.spans.items()},
            clocks=tuple(drawn.get(clock, clock) for clock in self.clocks),
            weathered=(),
        )
        return made

    def row(self, task: str) -> int:
        """Return the row of a task."""
        return self._rows[task]

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {task: row for row, task in enumerate(self.ids)}

    def ancestors(self, rows: Iterable[int]) -> Ints:
        """Return the rows that decide the dates of `rows`: themselves and all that comes before, ascending."""
        wanted = np.zeros(self.n_tasks, dtype=bool)
        wanted[list(rows)] = True
        self._spread(wanted)
        count = 0
        while self.forks and count < np.count_nonzero(wanted):
            # A decision gives up work that comes before its milestone as well.
            count = int(np.count_nonzero(wanted))
            for fork in self.forks:
                if wanted[list(fork.rows)].any():
                    wanted[[fork.milestone, *fork.given_up]] = True
            self._spread(wanted)
        return np.flatnonzero(wanted)

    def leading_to(self, row: int) -> Bools:
        """Return which rows lead to a row by links and as members of summaries, shape (n_tasks,).

        What level of effort reaches to does not lead to it: that delays nothing.
        """
        leading = np.zeros(self.n_tasks, dtype=bool)
        leading[row] = True
        for each in reversed(self.order):
            if leading[each]:
                leading[[arc.predecessor for arc in self.links_into[each]]] = True
                if each in self.spans:
                    leading[list(self.spans[each].members)] = True
        return leading

    def _spread(self, wanted: Bools) -> None:
        """Mark what comes before the rows marked."""
        for row in reversed(self.order):
            if wanted[row]:
                wanted[[arc.predecessor for arc in self.links_into[row]]] = True
                if row in self.spans:
                    wanted[list(self.spans[row].rows)] = True

    def restricted(self, rows: Ints) -> Network:
        """Return the network of these rows alone, which must hold all that decides their dates."""
        new = {int(row): number for number, row in enumerate(rows)}
        links = tuple(
            tuple(arc._replace(predecessor=new[arc.predecessor]) for arc in self.links_into[row]) for row in new
        )
        spans = {new[row]: span.renumbered(new) for row, span in self.spans.items() if row in new}
        rules = tuple(self.rules[row] for row in new)
        active, finished = self.active[rows], ~np.isnan(self.actual_finish[rows])
        forks = tuple(fork.renumbered(new) for fork in self.forks if fork.milestone in new)
        return Network(
            ids=tuple(self.ids[row] for row in new),
            order=tuple(new[row] for row in self.order if row in new),
            links_into=links,
            rules=rules,
            spans=spans,
            ends=_ends(links, rules, spans, active, finished, forks),
            planned=self.planned[rows],
            clocks=tuple(self.clocks[row] for row in new),
            axis=self.axis,
            floor=self.floor,
            actual_start=self.actual_start[rows],
            actual_finish=self.actual_finish[rows],
            active=active,
            sure=frozenset(new[row] for row in self.sure & new.keys()),
            must_finish=self.must_finish,
            late_dates_delay=self.late_dates_delay,
            optional=frozenset(new[row] for row in self.optional & new.keys()),
            absent_as_planned=frozenset(new[row] for row in self.absent_as_planned & new.keys()),
            forks=forks,
            planned_lags=self.planned_lags,
            planned_dates=self.planned_dates,
        )


@contextlib.contextmanager
def collection_paused() -> Iterator[None]:
    """Keep the garbage collector from running meanwhile.

    It would go through all of a large plan again and again, as hundreds of thousands of objects are made that stay:
    that takes a third of the time. What threads do meanwhile waits for it too; if one of two ends first, it runs again.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@collection_paused()
def compile_network(plan: Plan) -> Network:
    """Compile a plan.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    Network

    Raises
    ------
    ArgumentError
        When it is no plan: every way into the engine passes here.
    """
    _check_is_plan(plan)
    axis = TimeAxis.of(plan)
    book = Rulebook(plan, axis)
    links = tuple(tuple(arcs if len(arcs) < 2 else dict.fromkeys(arcs)) for arcs in book.links_into)
    graph = [[arc.predecessor for arc in arcs] for arcs in links]
    for row, span in book.spans.items():
        graph[row] += span.rows
    for fork in book.forks:
        for row in fork.reached | fork.missed:
            graph[row].append(fork.milestone)
    rules = tuple(book.rules)
    active = np.array([task.active for task in plan.tasks])
    return Network(
        ids=tuple(task.id for task in plan.tasks),
        order=_in_order(graph),
        links_into=links,
        rules=rules,
        spans=book.spans,
        ends=_ends(links, rules, book.spans, active, np.array([task.finished for task in plan.tasks]), book.forks),
        planned=book.planned,
        clocks=tuple(book.clocks),
        axis=axis,
        floor=book.floor,
        actual_start=book.actual("actual_start"),
        actual_finish=book.actual("actual_finish"),
        active=active,
        sure=frozenset(row for row, arcs in enumerate(links) if _always_binds(row, arcs, rules[row], book)),
        must_finish=None if plan.must_finish is None else axis.tick(plan.must_finish, of_start=False),
        late_dates_delay=plan.scheduling.as_late_as_possible == "late-dates",
        optional=book.optional,
        absent_as_planned=frozenset(book.rows[task] for task in plan.absent_as_planned),
        forks=tuple(book.forks),
        planned_lags=book.planned_lags,
        planned_dates=book.planned_dates,
    )


def _in_order(before: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Return the rows so that all that comes before a row does so (Kahn 1962); graphlib takes three times as long."""
    after: list[list[int]] = [[] for _ in before]
    for row, rows in enumerate(before):
        for each in rows:
            after[each].append(row)
    missing = [len(rows) for rows in before]
    mentioned = dict.fromkeys(each for row, rows in enumerate(before) for each in (row, *rows))
    order = [row for row in mentioned if not missing[row]]
    for row in order:
        for each in after[row]:
            missing[each] -= 1
            if not missing[each]:
                order.append(each)  # to be gone through in its turn
    if len(order) < len(before):
        graphlib.TopologicalSorter(dict(enumerate(before))).prepare()  # names the loop
    return tuple(order)


def _check_is_plan(plan: object) -> None:
    if not isinstance(plan, Plan):
        raise ArgumentError([Problem("plan", shown(plan), "a Plan", "read(path) makes one of a file")])


def _ends(
    links_into: tuple[tuple[Arc, ...], ...],
    rules: tuple[Rule | None, ...],
    spans: dict[int, Span],
    active: Bools,
    finished: Bools,
    forks: Sequence[Fork] = (),
) -> tuple[int, ...]:
    # Through what is complete logic passes on (P6), or it stands on its dates and may end the project (Project).
    passed = [done and (rule is None or rule.stands is None) for done, rule in zip(finished, rules, strict=True)]
    # Whoever has a successor without a lead cannot finish after it, unless a date holds the successor back.
    given_up = frozenset[int]().union(*(fork.given_up for fork in forks))  # these end before what they wait for
    outlasted = {
        arc.predecessor
        for row, (arcs, rule) in enumerate(zip(links_into, rules, strict=True))
        if not passed[row] and (rule is None or not rule.may_defy_links) and row not in given_up
        for arc in arcs
        if arc.kind == "FS" and arc.lag >= 0 and arc.share >= 0
    }
    open_rows = [row for row in range(len(links_into)) if active[row] and row not in spans]
    unfinished = [row for row in open_rows if not passed[row]]
    rows = unfinished or open_rows or list(range(len(links_into)))
    return tuple(row for row in rows if row not in outlasted) or tuple(rows)


def _always_binds(row: int, arcs: tuple[Arc, ...], rule: Rule | None, book: Rulebook) -> bool:
    if len(arcs) != 1 or row in book.given_up:
        return False
    if arcs[0].lag < 0 or arcs[0].share < 0 or book.stands_alone(arcs[0].predecessor):
        return False
    if rule is None:
        return True
    if rule.as_late:
        return False
    if book.options.progress == "actual-dates" and rule.floor.instant > -np.inf:
        return False  # the predecessor may lie before the project's start
    free = rule.floor.instant <= book.floor and rule.finish_floor.instant == -np.inf and not rule.drawn
    return free and arcs[0].to_start and not rule.may_defy_links
