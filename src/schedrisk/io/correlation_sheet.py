"""The sheet of correlations ⇄ correlations as a document has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from schedrisk.errors import Problem, shown
from schedrisk.model import Correlation, Plan

__all__ = ["CORRELATIONS", "correlation_rows", "correlation_tables"]

COMMON = ("tag", "owner", "wbs", "everywhere", "copula", "degrees_of_freedom", "name")
"""Columns that say the same in every row of a group."""

CORRELATIONS = ("group", "task", "rho", "with", "risk", *COMMON)

USUAL = Correlation(everywhere=True, rho=0)


def correlation_rows(plan: Plan) -> Iterator[list[Any]]:
    """Yield the rows of every correlation: one for each member, or for each pair of a matrix."""
    for number, each in enumerate(plan.correlations, 1):
        common = [None if (value := getattr(each, key)) == getattr(USUAL, key) else value for key in COMMON]
        common[COMMON.index("everywhere")] = each.everywhere or None
        members = each.members
        for member, rho, other in _parts(each):
            task, risk = (None, member) if each.risks else (member, None)
            yield [number, task, rho, other, risk, *common]
        if not members:
            yield [number, None, each.rho, None, None, *common]


def _parts(correlation: Correlation) -> Iterator[tuple[str, float | None, str | None]]:
    """Yield each member with the correlation of all; of a matrix each pair with its own."""
    members = correlation.members
    if correlation.matrix is None:
        yield from ((member, correlation.rho, None) for member in members)
        return
    for first, member in enumerate(members):
        for second in range(first + 1, len(members)):
            yield member, correlation.rho_of(first, second), members[second]


def correlation_tables(rows: Iterable[tuple[str, dict[str, Any]]], problems: list[Problem]) -> list[dict[str, Any]]:
    """Return correlations out of places and cells; what is wrong goes to `problems`."""
    groups: dict[object, _Group] = {}
    for place, row in rows:
        group = groups.setdefault(row.pop("group", place), _Group())
        problems += (Problem(place, *fault) for fault in group.add(row))
    tables = []
    for name, group in groups.items():
        problems += (Problem(f"sheet correlations, group {shown(name)}", *fault) for fault in group.gaps())
        tables.append(group.table())
    return tables


Fault = tuple[str, str, str]


class _Group:
    """Rows of one correlation, as they come."""

    def __init__(self) -> None:
        self._fields: dict[str, Any] = {}
        self._members: dict[str, list[Any]] = {}
        self._pairs: dict[frozenset[Any], Any] = {}
        self._single = False

    def add(self, row: dict[str, Any]) -> Iterator[Fault]:
        """Take a row; yield what contradicts the rows before it."""
        other, rho = row.pop("with", None), row.get("rho")
        named: list[tuple[str, Any]] = [(key, row.pop(key)) for key in ("task", "risk") if key in row]
        if other is not None:
            row.pop("rho", None)
            yield from self._add_pair(named, other, rho)
        elif named:
            yield from self._add_members(named)
        for key, value in row.items():
            if self._fields.setdefault(key, value) != value:
                expected = f"{shown(self._fields[key])}, as in the first row of this group"
                yield f"{key} {shown(value)}", expected, "make them equal"

    def _add_members(self, named: list[tuple[str, Any]]) -> Iterator[Fault]:
        self._single = True
        for key, member in named:
            self._members.setdefault(f"{key}s", []).append(member)
        if self._pairs:
            yield "a row without with", "pairs, as in the rows before it", "fill with, or split the group"

    def _add_pair(self, named: list[tuple[str, Any]], other: object, rho: object) -> Iterator[Fault]:
        if len(named) != 1:
            yield f"with {shown(other)}", "a task or a risk beside it", "fill task or risk"
            return
        ((key, member),) = named
        members = self._members.setdefault(f"{key}s", [])
        members += [each for each in dict.fromkeys((member, other)) if each not in members]
        pair = frozenset((member, other))
        if self._single:
            yield f"with {shown(other)}", "no pairs, as in the rows before it", "clear with, or split the group"
        elif member == other or pair in self._pairs:
            found = f"{shown(member)} with {shown(other)}{'' if member == other else ' again'}"
            yield found, "every pair of two once", "remove the row"
        elif rho is None:
            yield "no rho", f"the correlation of {shown(member)} and {shown(other)}", "fill rho"
        self._pairs.setdefault(pair, rho)

    def gaps(self) -> Iterator[Fault]:
        """Yield a fault where pairs are missing."""
        if not self._pairs or self._single:
            return
        missing = [
            pair for members in self._members.values() for pair in _pairs(members) if frozenset(pair) not in self._pairs
        ]
        if missing:
            (first, second), more = missing[0], len(missing) - 1
            found = f"nothing for {shown(first)} with {shown(second)}{f' and {more:,} more pairs' if more else ''}"
            yield found, "a row for every pair", "add it, with 0 where they are independent"

    def table(self) -> dict[str, Any]:
        """Return the correlation; missing pairs, which are faults, count as 0."""
        table = self._members | self._fields
        if self._pairs and not self._single:
            (members,) = list(self._members.values())[:1] or [[]]
            cells = {pair: 0.0 if rho is None else rho for pair, rho in self._pairs.items()}
            table["matrix"] = [
                [1.0 if one == other else cells.get(frozenset((one, other)), 0.0) for other in members]
                for one in members
            ]
        return table


def _pairs(members: list[Any]) -> Iterator[tuple[Any, Any]]:
    for place, member in enumerate(members):
        yield from ((member, other) for other in members[place + 1 :])
