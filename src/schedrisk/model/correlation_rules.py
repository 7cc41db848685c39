"""Faults of a plan's correlations: what they are about, and whether they contradict each other.

Written against raw arguments as well as against validated parts, as in `schedrisk.model.structure`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from schedrisk.errors import Problem, ProblemsError, did_you_mean, shown
from schedrisk.estimates import Fixed, parse_estimate
from schedrisk.model.correlation import SELECTORS, Correlation
from schedrisk.model.dependence import chosen, is_chosen, joined
from schedrisk.model.raw import get, parts, texts
from schedrisk.model.risk import Risk
from schedrisk.model.task import FROM_SCHEDULE, Task

__all__ = ["LARGEST_COMPONENT", "correlation_problems"]

LARGEST_COMPONENT = 2_000
"""So many may be joined by a matrix: its cost grows with the square of them, and exact sums hold no more."""

MOST_TOLD = 10


def correlation_problems(plan: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with the correlations of a plan, unknown tasks apart.

    Parameters
    ----------
    plan : mapping
        The fields of a plan by name; parts may be records or tables, and may be missing or malformed.
    """
    given = list(parts(plan, "correlations"))
    if not given:
        return []
    problems = [
        problem
        for number, correlation in enumerate(given, 1)
        for problem in (*_repeated(number, correlation), *_without_spread(number, correlation, plan))
    ]
    problems += [*_unknown(given, plan), *_floors(given)]
    return problems + list(_contradictions(given, plan))


def _place(number: int, correlation: object) -> str:
    name = get(correlation, "name")
    return f"correlation {shown(name) if isinstance(name, str) else number}"


def _repeated(number: int, correlation: object) -> Iterator[Problem]:
    for field in ("tasks", "risks"):
        for member, count in Counter(texts(get(correlation, field))).items():
            if count > 1:
                found = f"{field.removesuffix('s')} {shown(member)} {count} times"
                yield Problem(
                    f"{_place(number, correlation)}, {field}", found, f"every {field[:-1]} once", "take it out"
                )


def _without_spread(number: int, correlation: object, plan: Mapping[str, Any]) -> Iterator[Problem]:
    """Find listed tasks that take one certain time: nothing can vary together with them."""
    listed = set(texts(get(correlation, "tasks")))
    if not listed:
        return
    for task in parts(plan, "tasks"):
        name = get(task, "id")
        # What is as the schedule has it waits for a template.
        waits = get(task, "estimate_from") == FROM_SCHEDULE
        if isinstance(name, str) and name in listed and not waits and _is_fixed(get(task, "estimate")):
            found = f"task {shown(name)}, whose duration is certain"
            remedy = "give it low, mode and high, or take it out"
            yield Problem(f"{_place(number, correlation)}, tasks", found, "tasks whose durations vary", remedy)


def _is_fixed(estimate: object) -> bool:
    try:
        return isinstance(parse_estimate(estimate), Fixed)
    except ProblemsError:
        return False


def _unknown(given: Sequence[Any], plan: Mapping[str, Any]) -> Iterator[Problem]:
    tasks = list(parts(plan, "tasks"))
    risks = [name for risk in parts(plan, "risks") if isinstance(name := get(risk, "id"), str)]
    for number, correlation in enumerate(given, 1):
        place = _place(number, correlation)
        for risk in dict.fromkeys(texts(get(correlation, "risks"))):
            if risk not in risks:
                found, remedy = f"the unknown risk {shown(risk)}", did_you_mean(risk, risks)
                yield Problem(f"{place}, risks", found, "the id of a risk", remedy)
        yield from _tied_otherwise(place, correlation, plan)
        for key in SELECTORS:
            value = get(correlation, key)
            if isinstance(value, str) and not any(is_chosen(task, key, value) for task in tasks):
                remedy = did_you_mean(value, _values(tasks, key))
                yield Problem(f"{place}, {key}", f"the unknown {key} {shown(value)}", f"the {key} of a task", remedy)


def _tied_otherwise(place: str, correlation: object, plan: Mapping[str, Any]) -> Iterator[Problem]:
    """Find risks that have no number of their own which decides whether they happen."""
    listed = {*texts(get(correlation, "risks"))}
    for risk in parts(plan, "risks"):
        if isinstance(risk, Risk) and risk.id in listed and (risk.exclusive is not None or not risk.happens_once):
            why = "which is one of several alternatives" if risk.exclusive else "which happens for each task by itself"
            found, expected = f"risk {shown(risk.id)}, {why}", "risks that happen or not, each once"
            yield Problem(f"{place}, risks", found, expected, "take it out, or let it happen once")


def _values(tasks: Sequence[Any], key: str) -> list[str]:
    if key == "tag":
        return sorted({tag for task in tasks for tag in texts(get(task, "tags"))})
    return sorted({value for task in tasks if isinstance(value := get(task, key), str)})


def _floors(given: Sequence[Any]) -> Iterator[Problem]:
    floors = [number for number, each in enumerate(given, 1) if get(each, "everywhere") is True]
    for number in floors[1:]:
        found = f"a further one, beside correlation {floors[0]}"
        yield Problem(f"{_place(number, given[number - 1])}, everywhere", found, "one for the whole plan", "remove one")


def _contradictions(given: Sequence[Any], plan: Mapping[str, Any]) -> Iterator[Problem]:
    """Find pairs of which two things are said, and copulas that differ among what hangs together."""
    read = ((number, _read(each)) for number, each in enumerate(given, 1))
    numbered = [(number, each) for number, each in read if each is not None and not each.everywhere]
    tasks = [each for each in parts(plan, "tasks") if isinstance(each, Task)]
    for kind in ("task", "risk"):
        own = [(number, each, chosen(each, tasks)) for number, each in numbered if each.kind == kind]
        for bundle in joined([members for _, _, members in own]):
            joint = [own[place] for place in bundle]
            rho = joint[0][1].rho
            if len(joint) > 1 or rho is None or rho < 0:  # one rho of 0 or more takes a common factor, and no matrix
                yield from _about_bundle(kind, joint)


def _read(correlation: object) -> Correlation | None:
    """Return a correlation out of a record or a table; None where it has faults of its own."""
    if isinstance(correlation, Mapping) and all(isinstance(key, str) for key in correlation):
        try:
            return Correlation(**correlation)
        except ProblemsError:
            return None
    return correlation if isinstance(correlation, Correlation) else None


Part = tuple[int, Correlation, tuple[str, ...]]


def _about_bundle(kind: str, joint: Sequence[Part]) -> Iterator[Problem]:
    (first_number, first, _), *others = joint
    size = len({member for *_, members in joint for member in members})
    if size > LARGEST_COMPONENT:
        place = ", ".join(f"correlation {number}" for number, *_ in joint[:MOST_TOLD])
        expected = f"at most {LARGEST_COMPONENT:,} by a matrix, or by groups that share members"
        remedy = f"join them by one group with one rho, of which each {kind} is in one at most"
        yield Problem(place, f"{size:,} {kind}s joined", expected, remedy)
        return
    for number, each, _ in others:
        if each.degrees_of_freedom != first.degrees_of_freedom:
            expected = f"{_copula(first)}, as in correlation {first_number}, with which it shares {kind}s"
            yield Problem(f"{_place(number, each)}, copula", _copula(each), expected, "make them equal")
    for one, other in combinations(joint, 2):
        yield from _twice(kind, one, other)


def _copula(correlation: Correlation) -> str:
    degrees = correlation.degrees_of_freedom
    return "gaussian" if degrees is None else f"t with {degrees:g} degrees of freedom"


def _twice(kind: str, one: Part, other: Part) -> Iterator[Problem]:
    """Find pairs of which two correlations say different things."""
    places = {member: place for place, member in enumerate(one[2])}
    shared = [(places[member], place, member) for place, member in enumerate(other[2]) if member in places]
    alike = one[1].matrix is None and other[1].matrix is None  # then one pair tells all
    if alike and one[1].rho == other[1].rho:
        return
    told = 0
    for (one_a, other_a, a), (one_b, other_b, b) in combinations(shared, 2):
        before, now = one[1].rho_of(one_a, one_b), other[1].rho_of(other_a, other_b)
        if a == b or before == now:
            continue
        found = f"{now:g} for {kind}s {shown(a)} and {shown(b)}"
        expected = f"{before:g}, as in correlation {one[0]}"
        yield Problem(_place(other[0], other[1]), found, expected, "say it once, or take one of the two out")
        told += 1
        if alike or told == MOST_TOLD:
            return
