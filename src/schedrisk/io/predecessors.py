"""Cells of predecessors: ``3FS+2d; design`` ⇄ ids and lags."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from schedrisk.errors import PlanError, Problem, did_you_mean, shown
from schedrisk.estimates.base import plain

__all__ = ["CellReader", "Predecessor", "write_cell"]

SEPARATORS = re.compile(r"[;,\n]")
_SUFFIX = re.compile(r"\s*(FS|SS|FF|SF)?\s*(?:([+-])\s*(\d+(?:[.,]\d+)?)\s*([A-Za-z%]*))?", re.IGNORECASE)
_UNITS = {
    "": "", "d": "d", "day": "d", "days": "d", "h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
    "w": "w", "wk": "w", "wks": "w", "week": "w", "weeks": "w",
}  # fmt: skip
MOST_SUGGESTIONS = 10


@dataclass(frozen=True)
class Predecessor:
    """One predecessor; `lag` [plan unit] is None where the cell states none."""

    task: str
    lag: float | None = None


class _Unfit(Exception):  # noqa: N818  (says why a token is no predecessor; never leaves this module)
    pass


class CellReader:
    """Reads cells of predecessors.

    A whole cell that is an id is that task. Otherwise the cell is a list, separated by semicolons, commas or new
    lines; each entry is an id, or the longest known id with a suffix such as ``FS+2d``.

    Parameters
    ----------
    ids : collection of str
    unit : str
        Of the plan.
    hours_per_unit : mapping of str to float
        Working hours in "h", "d" and "w".
    """

    def __init__(self, ids: Collection[str], unit: str, hours_per_unit: dict[str, float]) -> None:
        self.ids = ids if isinstance(ids, set | dict | frozenset) else set(ids)
        self.unit = unit
        self.hours_per_unit = hours_per_unit
        self.longest = max(map(len, self.ids), default=0)
        self.most_separators = max((len(SEPARATORS.findall(each)) for each in self.ids), default=0)
        self._suggestions = iter(range(MOST_SUGGESTIONS))

    def read(self, cell: str) -> list[Predecessor]:
        """Read a cell.

        Raises
        ------
        PlanError
            Where an entry is not known, or the cell can be read in two ways.
        """
        if not cell:
            return []
        if cell in self.ids:
            return [Predecessor(cell)]
        pieces = [(match.start(), match.end()) for match in SEPARATORS.finditer(cell)]
        bounds = [0, *(end for _, end in pieces)], [*(start for start, _ in pieces), len(cell)]
        readings = self._readings(cell, bounds)
        if len(readings) == 1:
            return readings[0]
        if readings:
            first, second = (" | ".join(each.task for each in reading) for reading in readings[:2])
            found = f"{shown(cell)}, which is both {first} and {second}"
            raise PlanError([Problem("", found, "one way to read it", "rename a task, or separate with another sign")])
        raise PlanError(list(self._faults(cell)))

    def _readings(self, cell: str, bounds: tuple[list[int], list[int]]) -> list[list[Predecessor]]:
        """Return up to two ways to cut the cell into known entries."""
        starts, ends = bounds
        # ways[i]: readings of what begins with piece i. Most cells have one; two are enough to know of a doubt.
        ways: list[list[list[Predecessor]]] = [[] for _ in starts] + [[[]]]
        for i in reversed(range(len(starts))):
            for j in range(i, min(i + self.most_separators + 1, len(starts))):
                if not ways[j + 1]:
                    continue
                token = cell[starts[i] : ends[j]].strip()
                if not token and j == i:
                    ways[i] += ways[j + 1]  # nothing between two separators
                    continue
                try:
                    entry = self._entry(token)
                except _Unfit:
                    continue
                ways[i] += [[entry, *rest] for rest in ways[j + 1]]
            ways[i] = ways[i][:2]
        return ways[0]

    def _faults(self, cell: str) -> Iterator[Problem]:
        for token in map(str.strip, SEPARATORS.split(cell)):
            try:
                if token:
                    self._entry(token)
            except _Unfit as unfit:
                text = str(unfit)
                if text:
                    yield Problem("", shown(token), text)
                else:
                    near = did_you_mean(token, self.ids) if next(self._suggestions, None) is not None else ""
                    yield Problem("", f"the unknown task {shown(token)}", "the id of a task", near)

    def _entry(self, token: str) -> Predecessor:
        if token in self.ids:
            return Predecessor(token)
        for cut in range(min(len(token) - 1, self.longest), 0, -1):
            task = token[:cut].rstrip()
            if task in self.ids and (match := _SUFFIX.fullmatch(token, cut)) is not None:
                return Predecessor(task, self._lag(match))
        raise _Unfit

    def _lag(self, suffix: re.Match[str]) -> float | None:
        kind, sign, number, unit = suffix.groups()
        if (kind or "FS").upper() != "FS":
            raise _Unfit("a finish-to-start link (FS), the only kind that this version knows")
        if number is None:
            return None
        name = _UNITS.get(unit.lower())
        if name is None:
            raise _Unfit(
                "a lag in working days (d), hours (h) or weeks (w); elapsed time and percentages are not known"
            )
        value = float(f"{sign}{number.replace(',', '.')}")
        if name not in {"", self.unit}:
            value = value * self.hours_per_unit[name] / self.hours_per_unit[self.unit]
        if not math.isfinite(value):
            raise _Unfit("a lag of sensible size")
        return value


def write_cell(predecessors: Sequence[Predecessor], reader: CellReader) -> str:
    """Write predecessors so that `reader` reads them back.

    Raises
    ------
    PlanError
        Where ids are such that no way to write them is read back as they are.
    """
    if not predecessors:
        return ""
    for separator in ("; ", ", ", "\n"):
        for kind in ("", "FS", " FS "):
            cell = separator.join(_token(each, kind, reader.unit) for each in predecessors)
            try:
                if reader.read(cell) == list(predecessors):
                    return cell
            except PlanError:
                continue
    listed = ", ".join(shown(each.task) for each in predecessors[:5])
    raise PlanError(
        [Problem("after", listed, "ids that a list of predecessors can tell apart", "rename them, or write .toml")]
    )


def _token(predecessor: Predecessor, kind: str, unit: str) -> str:
    if predecessor.lag is None:
        return predecessor.task
    return f"{predecessor.task}{kind}{Decimal(plain(predecessor.lag)):+f}{unit}"
