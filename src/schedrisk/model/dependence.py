"""What a plan's correlations come to: groups with a common factor, matrices of all that is joined, and a floor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.estimates import Fixed
from schedrisk.model.correlation import Correlation
from schedrisk.model.task import Task

__all__ = ["KINDS", "Component", "Dependence", "Factor", "chosen", "dependence_of", "is_chosen", "joined"]


Kind = Literal["task", "risk"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Factor:
    """Members that follow one common factor.

    Attributes
    ----------
    stream : tuple of str
        What its random stream is keyed by.
    members : tuple of str
    rho : float
        Rank correlation of each pair [0–1].
    degrees_of_freedom : float or None
        Of the t copula; None for the Gaussian.
    """

    stream: tuple[str, ...]
    members: tuple[str, ...]
    rho: float
    degrees_of_freedom: float | None


@dataclass(frozen=True, eq=False)
class Component:
    """Members that are joined with each other, directly or through others.

    Attributes
    ----------
    members : tuple of str
        In the order in which the correlations name them.
    rho : ndarray, shape (n_members, n_members)
        Rank correlations as asked for, 0 where nothing is said.
    stated : ndarray of bool, shape (n_members, n_members)
        Of which pairs something is said.
    degrees_of_freedom : float or None
    """

    members: tuple[str, ...]
    rho: Floats
    stated: Bools
    degrees_of_freedom: float | None


@dataclass(frozen=True, eq=False)
class Dependence:
    """What holds the draws of tasks, or of risks, together.

    Attributes
    ----------
    kind : {"task", "risk"}
    factors : tuple of Factor
    components : tuple of Component
    floor : float
        The rank correlation that every pair has at least.
    everyone : tuple of str
        Who has it; empty where the floor is 0.
    """

    kind: Kind
    factors: tuple[Factor, ...] = ()
    components: tuple[Component, ...] = ()
    floor: float = 0.0
    everyone: tuple[str, ...] = ()

    @property
    def members(self) -> Iterator[str]:
        """Everyone who is held together with somebody."""
        for factor in self.factors:
            yield from factor.members
        for component in self.components:
            yield from component.members
        yield from self.everyone


def chosen(correlation: Correlation, tasks: Iterable[Task]) -> tuple[str, ...]:
    """Return the ids of those that a correlation is about.

    A list stays as it is. What is complete counts among those that are chosen, so that the draws of the others do not
    change as the work goes on; what is certain, or has no duration of its own, does not.
    """
    if correlation.members:
        return correlation.members
    selector = correlation.selector
    able = (task for task in tasks if not isinstance(task.estimate, Fixed) and not task.is_span)
    return tuple(task.id for task in able if selector is None or is_chosen(task, *selector))


def is_chosen(task: Any, key: str, value: str) -> bool:
    """Tell whether a task (a record, or a table of its fields) has this tag or owner, or lies at or under this place."""
    own = task.get("tags" if key == "tag" else key) if isinstance(task, Mapping) else None
    if not isinstance(task, Mapping):
        own = getattr(task, "tags" if key == "tag" else key, None)
    if key == "tag":
        return isinstance(own, list | tuple) and value in own
    return own == value or (key == "wbs" and isinstance(own, str) and own.startswith(f"{value}."))


def joined(groups: Sequence[Sequence[str]]) -> list[list[int]]:
    """Return which groups hang together by their members: the numbers of the groups, in order of the first of each.

    Examples
    --------
    >>> joined([("a", "b"), ("c", "d"), ("e", "b")])
    [[0, 2], [1]]
    """
    home: dict[str, int] = {}
    root = list(range(len(groups)))

    def find(number: int) -> int:
        while root[number] != number:
            root[number] = root[root[number]]
            number = root[number]
        return number

    for number, members in enumerate(groups):
        for member in members:
            first, second = sorted((find(home.setdefault(member, number)), find(number)))
            root[second] = first
    bundles: dict[int, list[int]] = {}
    for number in range(len(groups)):
        bundles.setdefault(find(number), []).append(number)
    return list(bundles.values())


def dependence_of(correlations: Iterable[Correlation], tasks: Sequence[Task], kind: Kind) -> Dependence:
    """Return what the correlations of a plan come to.

    Parameters
    ----------
    correlations : iterable of Correlation
        Free of contradictions.
    tasks : sequence of Task
        Of the plan.
    kind : {"task", "risk"}
        About which of them.
    """
    own = [each for each in correlations if each.kind == kind]
    # A tag, an owner or a place may be that of certain tasks alone.
    stated = [each for each in own if not each.everywhere and chosen(each, tasks)]
    groups = [chosen(each, tasks) for each in stated]
    factors, components = [], []
    for numbers in joined(groups):
        first = stated[numbers[0]]
        if len(numbers) == 1 and first.rho is not None and first.rho >= 0:
            members, degrees = groups[numbers[0]], first.degrees_of_freedom
            factors.append(Factor(first.stream, members, first.rho, degrees))
        else:
            components.append(_component([(stated[each], groups[each]) for each in numbers]))
    floor = max((each.rho or 0.0 for each in own if each.everywhere), default=0.0)
    everyone = chosen(Correlation(everywhere=True, rho=floor), tasks) if floor > 0 else ()
    return Dependence(kind, tuple(factors), tuple(components), floor, everyone)


def _component(parts: Sequence[tuple[Correlation, tuple[str, ...]]]) -> Component:
    members = tuple(dict.fromkeys(member for _, group in parts for member in group))
    places = {member: place for place, member in enumerate(members)}
    rho = np.zeros((len(members), len(members)))
    stated = np.zeros(rho.shape, dtype=bool)
    for correlation, group in parts:
        rows = np.array([places[member] for member in group])
        block = np.ix_(rows, rows)
        stated[block] = True
        if correlation.matrix is None:
            rho[block] = correlation.rho
        else:
            upper = np.triu(np.array(correlation.matrix), 1)  # the lower half may differ by rounding
            rho[block] = upper + upper.T
    np.fill_diagonal(rho, 1.0)
    np.fill_diagonal(stated, val=False)
    return Component(members, rho, stated, parts[0][0].degrees_of_freedom)
