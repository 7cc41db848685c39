"""What a compiled plan says of a row: its links, what else decides its dates, what it spans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from schedrisk._typing import Floats
from schedrisk.calendars import PLAIN, Clock
from schedrisk.model import Decision, Link, Plan
from schedrisk.model.branches import given_up
from schedrisk.model.logic import LinkKind

__all__ = [
    "ALWAYS",
    "NEVER",
    "Arc",
    "Bound",
    "Candidate",
    "DrawnBounds",
    "Fork",
    "Override",
    "Rule",
    "Span",
    "raised",
    "shifted",
    "shortened",
    "work_between",
]

NEVER, ALWAYS = -np.inf, np.inf


class Arc(NamedTuple):
    """A link into a row.

    Attributes
    ----------
    predecessor : int
    lag : float
        [tick]
    kind : str
    clock : Clock
        On which the lag counts.
    share : float
        A further part of the lag, as a share of the predecessor's duration.
    drawn : int
        Which of the lags that are drawn is a further part of it; -1 for none. Less what has passed of it, which is then
        `lag`, it is never negative.
    """

    predecessor: int
    lag: float = 0.0
    kind: LinkKind = "FS"
    clock: Clock = PLAIN
    share: float = 0.0
    drawn: int = -1

    @property
    def varies(self) -> bool:
        """Whether its lag differs from draw to draw."""
        return self.share != 0 or self.drawn >= 0

    @property
    def from_start(self) -> bool:
        """Whether it is the predecessor's start that counts."""
        return self.kind[0] == "S"

    @property
    def to_start(self) -> bool:
        """Whether it is the successor's start that is held back."""
        return self.kind[1] == "S"

    def on(self, clocks: Mapping[Clock, Clock]) -> Arc:
        """Return the link with other clocks in place of some."""
        return self._replace(clock=clocks[self.clock]) if self.clock in clocks else self


class Bound(NamedTuple):
    """A date as an instant and as working time of the row's calendar [tick]: of each draw its own, if days are lost."""

    instant: float
    work: float | Floats


NO_BOUND = Bound(NEVER, NEVER)


class Override(NamedTuple):
    """A date that stands whatever links say.

    Attributes
    ----------
    number : int
        Of the constraint among the task's.
    kind : {"MSO", "MFO", "SNLT", "FNLT", "expected-finish"}
    bound : Bound
    """

    number: int
    kind: str
    bound: Bound


class Candidate(NamedTuple):
    """A moment of another row that a span reaches to."""

    row: int
    of_start: bool
    lag: float = 0.0
    clock: Clock = PLAIN


@dataclass(frozen=True, eq=False)
class Span:
    """Dates that follow from those of other rows: the earliest of `starts`, the latest of `finishes`.

    Attributes
    ----------
    starts, finishes : tuple of Candidate
    members : tuple of int
        Of a summary: what it spans, and hands its successors' logic to.
    """

    starts: tuple[Candidate, ...]
    finishes: tuple[Candidate, ...]
    members: tuple[int, ...] = ()

    @classmethod
    def of_summary(cls, members: Iterable[int]) -> Span:
        """Compile a summary of some rows."""
        rows = tuple(members)
        starts, finishes = (tuple(Candidate(row, of_start) for row in rows) for of_start in (True, False))
        return cls(starts, finishes, rows)

    @classmethod
    def of_effort(
        cls, task: str, links: Iterable[tuple[Link, float, Clock]], plan: Plan, rows: Mapping[str, int]
    ) -> Span:
        """Compile a level of effort.

        Parameters
        ----------
        task : str
        links : iterable of (Link, float, Clock)
            Its links, each with its lag [tick] and the clock on which that counts.
        plan : Plan
        rows : mapping of str to int
            Of the tasks.
        """
        starts: list[Candidate] = []
        finishes: list[Candidate] = []
        for link, lag, clock in links:
            follows = link.successor == task
            other = plan.task(link.predecessor if follows else link.successor)
            if other.is_span or not other.active:
                continue
            ends = link.kind if follows else link.kind[::-1]  # the other's end first, then the span's
            candidate = Candidate(rows[other.id], ends[0] == "S", lag if follows else -lag, clock)
            (starts if ends[1] == "S" else finishes).append(candidate)
        return cls(tuple(starts), tuple(finishes))

    @property
    def rows(self) -> tuple[int, ...]:
        """Every row that it depends on."""
        return tuple(dict.fromkeys(each.row for each in (*self.starts, *self.finishes)))

    def renumbered(self, new: Mapping[int, int]) -> Span:
        """Return the span in a network with other row numbers."""
        starts, finishes = (
            tuple(each._replace(row=new[each.row]) for each in side) for side in (self.starts, self.finishes)
        )
        return Span(starts, finishes, tuple(new[row] for row in self.members))

    def on(self, clocks: Mapping[Clock, Clock]) -> Span:
        """Return the span with other clocks in place of some."""
        starts, finishes = (
            tuple(each._replace(clock=clocks.get(each.clock, each.clock)) for each in side)
            for side in (self.starts, self.finishes)
        )
        return Span(starts, finishes, self.members)


@dataclass(frozen=True, eq=False)
class Fork:
    """A decision: which rows exist depends on when a milestone finishes.

    Attributes
    ----------
    milestone : int
    by : float
        The last finish that counts as reached [tick].
    since : float
        When what is missed is given up, and the other plan may start [tick].
    reached, missed : frozenset of int
        Rows that exist in the one case alone, and in the other.
    given_up : frozenset of int
        Rows that end with the decision where the milestone is missed; it is one of them.
    known : bool or None
        Whether it has been reached, where work that has begun says so.
    """

    milestone: int
    by: float
    since: float
    reached: frozenset[int] = frozenset()
    missed: frozenset[int] = frozenset()
    given_up: frozenset[int] = frozenset()
    known: bool | None = None

    @classmethod
    def of(
        cls, decision: Decision, plan: Plan, rows: Mapping[str, int], edges: Iterable[tuple[str, str]], by: float,
        floor: float,
    ) -> Fork:  # fmt: skip
        """Compile a decision.

        Parameters
        ----------
        decision : Decision
        plan : Plan
        rows : mapping of str to int
            Of the tasks.
        edges : iterable of (str, str)
            Predecessor and successor of every link that holds work back.
        by, floor : float
            Its date, and before what no work is done [tick].
        """
        begun = {way: any(plan.task(each).started for each in getattr(decision, way)) for way in ("reached", "missed")}
        # What has begun exists, and says which way it went.
        reached, missed = (
            frozenset(rows[each] for each in getattr(decision, way) if not plan.task(each).started) for way in begun
        )
        ended = frozenset(rows[each] for each in given_up(decision, edges) if not plan.task(each).finished)
        known = begun["reached"] if any(begun.values()) else None
        since = floor if begun["missed"] else max(by, floor)
        return cls(rows[decision.milestone], by, since, reached, missed, ended, known)

    @property
    def rows(self) -> frozenset[int]:
        """Every row whose dates depend on it."""
        return self.reached | self.missed | self.given_up

    def renumbered(self, new: Mapping[int, int]) -> Fork:
        """Return the decision in a network with other row numbers, which may lack some of its rows."""
        reached, missed, ended = (
            frozenset(new[row] for row in rows if row in new) for rows in (self.reached, self.missed, self.given_up)
        )
        return Fork(new[self.milestone], self.by, self.since, reached, missed, ended, self.known)


@dataclass(frozen=True, eq=False)
class Rule:
    """What decides a row's dates besides plain FS links.

    Attributes
    ----------
    clock : Clock
        Working time of the task's calendar.
    parts : tuple of (Clock, float)
        Working time and share of each assignment; empty where the task works on its own calendar.
    floor : Bound
        The earliest start.
    finish_floor : Bound
        The earliest finish, minus infinity where there is none.
    overrides : tuple of Override
    latest_start, latest_finish : float
        What imposed dates allow in the backward pass [instant], infinity where there is none.
    late_pins : tuple of Override
        MSO and MFO, which set the late dates.
    instant : bool
        Whether it takes no time in any draw, and so stays where what drives it ends.
    may_vanish : bool
        Whether it takes no time in some draws.
    in_own_time : bool
        Whether assignments begin only when the task's own calendar has work too, as in P6.
    at_work : bool
        Whether it waits for working time although it takes none (start milestone).
    stands : tuple of float or None
        Start and finish that stand whatever happens (manual; actual dates) [instant].
    began : float or None
        Start that stands, while the finish follows from what remains [instant].
    as_late : bool
        Whether it is as late as possible.
    windows : mapping of int to (Bound, Bound)
        Between which working times each risk with a window can hit, by the place of the risk in the plan [tick].
    leads : mapping of float to Bound
        Working time at which lead times of mitigations [plan unit] are over [tick].
    drawn : tuple of (int, bool)
        Which of the dates that are drawn hold it, and whether its start.
    """

    clock: Clock
    floor: Bound
    finish_floor: Bound = NO_BOUND
    parts: tuple[tuple[Clock, float], ...] = ()
    overrides: tuple[Override, ...] = ()
    latest_start: float = ALWAYS
    latest_finish: float = ALWAYS
    late_pins: tuple[Override, ...] = ()
    instant: bool = False
    may_vanish: bool = False
    in_own_time: bool = False
    at_work: bool = False
    stands: tuple[float, float] | None = None
    began: float | None = None
    as_late: bool = False
    windows: Mapping[int, tuple[Bound, Bound]] = field(default_factory=dict)
    leads: Mapping[float, Bound] = field(default_factory=dict)
    drawn: tuple[tuple[int, bool], ...] = ()

    @property
    def may_defy_links(self) -> bool:
        """Whether its dates may be earlier than links say."""
        return bool(self.overrides) or self.stands is not None or self.began is not None

    def works_on(self, kind: type) -> bool:
        """Whether the row's own calendar decides its dates, and has a clock of this kind."""
        alone = not self.parts and self.stands is None and self.began is None
        return alone and isinstance(self.clock, kind)

    @property
    def all_clocks(self) -> tuple[Clock, ...]:
        """The clock of the row, and those of its assignments."""
        return self.clock, *(clock for clock, _ in self.parts)

    def on(self, clocks: Mapping[Clock, Clock], bounds: DrawnBounds) -> Rule:
        """Return the rule with other clocks in place of some, and its dates reckoned on them."""
        if not any(clock in clocks for clock in self.all_clocks):
            return self
        return replace(
            self,
            clock=clocks.get(self.clock, self.clock),
            parts=tuple((clocks.get(clock, clock), share) for clock, share in self.parts),
            floor=bounds.on(self.clock, self.floor),
            finish_floor=bounds.on(self.clock, self.finish_floor),
            overrides=tuple(each._replace(bound=bounds.on(self.clock, each.bound)) for each in self.overrides),
            windows={
                risk: (bounds.on(self.clock, opens), bounds.on(self.clock, closes))
                for risk, (opens, closes) in self.windows.items()
            },
            leads={lead: bounds.on(self.clock, over) for lead, over in self.leads.items()},
        )


class DrawnBounds:
    """Dates as working time of clocks that differ from draw to draw, each reckoned once.

    Parameters
    ----------
    clocks : mapping of Clock to Clock
    n_draws : int
    """

    def __init__(self, clocks: Mapping[Clock, Clock], n_draws: int) -> None:
        self._clocks, self._n_draws = clocks, n_draws
        self._made: dict[tuple[Clock, float], Bound] = {}

    def on(self, clock: Clock, bound: Bound) -> Bound:
        """Return a date with the working time of each draw."""
        if clock not in self._clocks or np.isinf(bound.instant):
            return bound
        key = clock, bound.instant
        if key not in self._made:
            instants = np.full(self._n_draws, bound.instant)
            self._made[key] = Bound(bound.instant, self._clocks[clock].work(instants))
        return self._made[key]


def work_between(clock: Clock, first: float, last: float) -> float:
    """Return how much working time lies between two instants, 0 where the second is not later [tick]."""
    one, two = clock.work(np.array([first, last]))
    return max(float(two - one), 0.0)


def shifted(clock: Clock, moment: Floats, lag: Floats | float) -> Floats:
    """Return the instants that lie so much working time after others, or before them where it is negative.

    A lag ends with the work that it lets pass; a lead begins with the work that it takes back.
    """
    if clock is PLAIN:
        return moment + lag
    if isinstance(lag, float) and lag == 0:
        return moment
    work = clock.work(moment) + lag
    if isinstance(lag, float):
        return clock.finish(work) if lag > 0 else clock.start(work)
    return np.where(lag > 0, clock.finish(work), np.where(lag < 0, clock.start(work), moment))


def shortened(arc: Arc, passed: float) -> Arc:
    """Return a link of whose lag so much has passed."""
    return arc._replace(lag=-passed if arc.drawn >= 0 else max(arc.lag - passed, 0.0))


def raised(rule: Rule, bound: Bound, *, of_start: bool) -> Rule:
    """Return a rule with a later earliest start or finish."""
    if of_start:
        return replace(rule, floor=max(rule.floor, bound))
    return replace(rule, finish_floor=max(rule.finish_floor, bound))
