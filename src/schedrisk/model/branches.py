"""What may happen or not: Branch, of whose outcomes one happens, and Decision, which depends on a milestone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from schedrisk._validation import FrozenDict, Name, Names, Number, Replaceable, record
from schedrisk.errors import PlanError, Problem, did_you_mean, shown
from schedrisk.model.moments import DateLike, When

if TYPE_CHECKING:
    from schedrisk.model.logic import Link
    from schedrisk.model.task import Task

__all__ = ["Branch", "Decision", "Outcome", "given_up", "holding_edges"]

HAIR = 1e-9
"""By how much probabilities may miss 1: thirds written with a dozen digits are thirds."""


@record(PlanError)
class Outcome(Replaceable):
    """One way in which a branch may turn out.

    Parameters
    ----------
    probability : float, optional
        Chance of this outcome [0–1]. One outcome of a branch may lack it, the default: it takes what the others leave.
    tasks : iterable of str
        Ids of the tasks that exist where it happens.

    Examples
    --------
    >>> Outcome(0.3, ["repair", "test again"]).tasks
    ('repair', 'test again')
    """

    probability: Annotated[Number, Field(ge=0, le=1)] | None = None
    tasks: Names = ()

    if TYPE_CHECKING:

        def __init__(self, probability: float | None = None, tasks: Iterable[str] = ()) -> None: ...


@record(PlanError)
class Branch(Replaceable):
    """A fork of which one outcome happens in each draw: pass or fail, one supplier or the other.

    Tasks listed in the outcome that happens exist; those listed in others alone do not, and logic passes through them.
    Work that has begun settles the matter: its outcome is the one that happens.

    Parameters
    ----------
    id : str
        Unique among the plan's branches.
    outcomes : mapping of str to Outcome
        By name, at least two. Their probabilities add up to 1, or one of them, the default, has none.
    planned : str, optional
        The outcome of the deterministic schedule; the most likely one where not given.
    owner : str, optional
        Who answers for how it turns out.

    Raises
    ------
    PlanError
        With every fault found.

    Examples
    --------
    >>> branch = Branch("acceptance", {"passed": Outcome(), "failed": Outcome(0.3, ["repair"])})
    >>> branch.probabilities
    {'passed': 0.7, 'failed': 0.3}
    """

    id: Name
    outcomes: Annotated[dict[Name, Outcome], Field(min_length=2), AfterValidator(FrozenDict)]
    _: dataclasses.KW_ONLY
    planned: Name | None = None
    owner: Name | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            id: str,  # noqa: A002
            outcomes: Mapping[str, Outcome],
            *,
            planned: str | None = None,
            owner: str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _outcomes_are_complete(self) -> Self:
        given = [each.probability for each in self.outcomes.values() if each.probability is not None]
        without = [name for name, each in self.outcomes.items() if each.probability is None]
        total, place = sum(given), "outcomes"
        problems = []
        if len(without) > 1:
            found = f"{len(without)} outcomes without a probability: {', '.join(shown(each) for each in without)}"
            problems.append(Problem(place, found, "one default at most", "give all but one of them a probability"))
        if total > 1 + HAIR:
            problems.append(Problem(place, f"probabilities of {total:g} in all", "at most 1", "lower them"))
        elif not without and total < 1 - HAIR:
            found = f"probabilities of {total:g} in all and no default"
            remedy = "raise them, or leave the probability of one outcome out"
            problems.append(Problem(place, found, "probabilities that add up to 1, or a default", remedy))
        if self.planned is not None and self.planned not in self.outcomes:
            remedy = did_you_mean(self.planned, self.outcomes)
            problems.append(Problem("planned", shown(self.planned), "the name of an outcome", remedy))
        if problems:
            raise PlanError(problems)
        return self

    @property
    def probabilities(self) -> dict[str, float]:
        """The chance of each outcome [0–1]."""
        rest = max(0.0, 1.0 - sum(each.probability or 0.0 for each in self.outcomes.values()))
        return {name: rest if each.probability is None else each.probability for name, each in self.outcomes.items()}

    @property
    def edges(self) -> tuple[float, ...]:
        """Where, on the way from 0 to 1, one outcome gives way to the next; one less than there are outcomes."""
        return tuple(accumulate(self.probabilities.values()))[:-1]

    @property
    def planned_outcome(self) -> str:
        """The outcome of the deterministic schedule."""
        chances = self.probabilities
        return max(chances, key=chances.__getitem__) if self.planned is None else self.planned

    @property
    def tasks(self) -> tuple[str, ...]:
        """Every task of some outcome, once."""
        return tuple(dict.fromkeys(task for each in self.outcomes.values() for task in each.tasks))


@record(PlanError)
class Decision(Replaceable):
    """What is done if a milestone is not reached in time: another plan, from that day on.

    In a draw in which the milestone is finished by the close of the day, the tasks of `reached` exist and those of
    `missed` do not. In any other it is the other way round: the tasks of `missed` start on that day or when their
    predecessors allow. Then the milestone, and work that leads to nothing but it or the tasks of `reached`, is given
    up on that day: it holds nothing back from then on. The day knows only whether the milestone has been reached, not
    when it would have been. Where the milestone does not exist, the decision does not arise, and no task of either
    plan exists.

    Parameters
    ----------
    id : str
        Unique among the plan's decisions.
    milestone : str
        Id of a task.
    by : str, date, datetime or float
        The last day on which the milestone counts as reached, to its close; an instant; or, in a plan without a start,
        a number [plan unit from day 0].
    reached, missed : iterable of str
        Ids of the tasks that exist in the one case alone, and in the other.

    Examples
    --------
    >>> show = Decision("what to show", "feature ready", by=20, reached=["show feature"], missed=["show old system"])
    >>> show.missed
    ('show old system',)
    """

    id: Name
    milestone: Name
    by: When
    _: dataclasses.KW_ONLY
    reached: Names = ()
    missed: Names = ()

    if TYPE_CHECKING:

        def __init__(
            self,
            id: str,  # noqa: A002
            milestone: str,
            by: DateLike | float,
            *,
            reached: Iterable[str] = (),
            missed: Iterable[str] = (),
        ) -> None: ...

    @property
    def tasks(self) -> tuple[str, ...]:
        """Every task of either plan, once."""
        return tuple(dict.fromkeys((*self.reached, *self.missed)))


def given_up(decision: Decision, edges: Iterable[tuple[str, str]]) -> set[str]:
    """Return what is given up where a milestone is missed: it, and what leads to nothing but it or the plan it decides.

    Parameters
    ----------
    decision : Decision
    edges : iterable of (str, str)
        Predecessor and successor of every link that holds work back.

    Examples
    --------
    >>> decision = Decision("show", "feature", 20, reached=["demo"])
    >>> edges = [("code", "feature"), ("code", "manual"), ("trial", "feature"), ("feature", "demo"), ("stage", "demo")]
    >>> sorted(given_up(decision, edges))
    ['feature', 'stage', 'trial']
    """
    successors: dict[str, set[str]] = {}
    predecessors: dict[str, set[str]] = {}
    for before, after in edges:
        successors.setdefault(before, set()).add(after)
        predecessors.setdefault(after, set()).add(before)
    useless = {decision.milestone, *decision.reached}
    waiting = list(useless)
    while waiting:
        for each in predecessors.get(waiting.pop(), ()):
            if each not in useless and successors[each] <= useless:
                useless.add(each)
                waiting.append(each)
    return useless - set(decision.reached)


def holding_edges(
    links: Iterable[Link], tasks: Mapping[str, Task], members: Mapping[str, list[str]]
) -> list[tuple[str, str]]:
    """Return predecessor and successor of every link that holds work back; a summary stands for what it spans.

    Parameters
    ----------
    links : iterable of Link
    tasks : mapping of str to Task
    members : mapping of str to list of str
        What each summary spans.
    """
    edges: list[tuple[str, str]] = []
    for link in links:
        ends = [tasks[each] for each in (link.predecessor, link.successor)]
        if all(end.active and end.kind != "level-of-effort" for end in ends):
            before, after = (members[end.id] if end.kind == "summary" else [end.id] for end in ends)
            edges += [(one, other) for one in before for other in after]
    return edges
