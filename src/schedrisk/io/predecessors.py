"""Cells of predecessors: ``3FS+2d; design SS`` ⇄ ids, kinds of links and lags."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from schedrisk.errors import PlanError, Problem, did_you_mean, shown
from schedrisk.estimates.base import plain
from schedrisk.model import Link
from schedrisk.model.logic import ELAPSED, LinkKind
from schedrisk.model.moments import LONGEST

__all__ = ["CellReader", "Predecessor", "write_cell"]

SEPARATORS = re.compile(r"[;,\n]")
_SUFFIX = re.compile(r"\s*(FS|SS|FF|SF)?\s*(?:([+-])\s*(\d+(?:[.,]\d+)?)\s*([A-Za-z%]*))?", re.IGNORECASE)
_UNITS = {
    "": "", "d": "d", "day": "d", "days": "d", "h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
    "w": "w", "wk": "w", "wks": "w", "week": "w", "weeks": "w", "%": "%",
}  # fmt: skip
ELAPSED_HOURS = {"h": 1.0, "d": 24.0, "w": 168.0}
MOST_SUGGESTIONS = 10
MOST_PERCENT = 100_000
MOST_DIGITS = 6


@dataclass(frozen=True)
class Predecessor:
    """One predecessor, as a cell states it.

    Attributes
    ----------
    task : str
    lag : float or None
        [plan unit]; None where the cell states none.
    kind : {"FS", "SS", "FF", "SF"}
    lag_percent : float
        Lag as a share of the predecessor's duration [%].
    elapsed : bool
        Whether the lag counts every hour.
    """

    task: str
    lag: float | None = None
    kind: LinkKind = "FS"
    lag_percent: float = 0.0
    elapsed: bool = False

    @classmethod
    def of(cls, link: Link) -> Predecessor:
        """Return what a cell says of a link.

        Raises
        ------
        PlanError
            Where no cell can say it.
        """
        if not isinstance(link.lag, float):
            found = f"the link {shown(link.predecessor)} → {shown(link.successor)} with the uncertain lag {link.lag}"
            raise PlanError([Problem("after", found, "a lag that is certain", "write .toml, .json or .xlsx")])
        if (link.lag and link.lag_percent) or link.lag_calendar not in {None, ELAPSED}:
            counted = "" if link.lag_calendar is None else f" that counts on {shown(link.lag_calendar)}"
            found = f"the link {shown(link.predecessor)} → {shown(link.successor)} with a lag{counted}"
            if link.lag and link.lag_percent:
                found += f" of {link.lag:g} and {link.lag_percent:g} %"
            expected = "a lag in one figure, of working or elapsed time, as a list of predecessors holds it"
            raise PlanError([Problem("after", found, expected, "write .toml, .json or .xlsx")])
        elapsed = link.lag_calendar == ELAPSED
        bare = link.kind != "FS" and not (link.lag or link.lag_percent or elapsed)
        return cls(link.predecessor, None if bare else link.lag, link.kind, link.lag_percent, elapsed)

    def link(self, successor: str, lag: float | None) -> Link | None:
        """Return the link, where it is more than finish to start.

        Parameters
        ----------
        successor : str
        lag : float or None
            Of predecessors that state none [plan unit].
        """
        own = lag if self.lag is None else self.lag
        if own is None and self.kind == "FS":
            return None
        calendar = ELAPSED if self.elapsed else None
        percent = self.lag_percent
        return Link(self.task, successor, self.kind, lag=own or 0, lag_percent=percent, lag_calendar=calendar)


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
                return self._suffixed(task, match)
        raise _Unfit

    def _suffixed(self, task: str, suffix: re.Match[str]) -> Predecessor:
        kind, sign, number, unit = suffix.groups()
        of_kind: LinkKind = (kind or "FS").upper()  # type: ignore[assignment]
        if number is None:
            return Predecessor(task, None, of_kind)
        value = float(f"{sign}{number.replace(',', '.')}")
        # Microsoft Project writes an e before units of elapsed time: 2ed, 50e%.
        lowered = unit.lower()
        name = _UNITS.get(lowered)
        elapsed = name is None and lowered[:1] == "e" and bool(lowered[1:])
        if elapsed:
            name = _UNITS.get(lowered[1:])
        if name is None:
            raise _Unfit("a lag in days (d), hours (h), weeks (w) or percent (%), with e before it for elapsed time")
        if name not in {"", "%", self.unit} or (elapsed and name != "%"):
            hours = ELAPSED_HOURS if elapsed else self.hours_per_unit
            value = value * hours[name] / self.hours_per_unit[self.unit]
        if not abs(value) <= (MOST_PERCENT if name == "%" else LONGEST):
            raise _Unfit("a lag of sensible size")
        if name == "%":
            return Predecessor(task, 0.0, of_kind, value, elapsed)
        return Predecessor(task, value, of_kind, 0.0, elapsed)


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
            cell = separator.join(_token(each, kind, reader) for each in predecessors)
            try:
                if reader.read(cell) == list(predecessors):
                    return cell
            except PlanError:
                continue
    listed = ", ".join(shown(each.task) for each in predecessors[:5])
    raise PlanError(
        [Problem("after", listed, "ids that a list of predecessors can tell apart", "rename them, or write .toml")]
    )


def _token(predecessor: Predecessor, finish_to_start: str, reader: CellReader) -> str:
    """Write one predecessor; the kind FS is left out, or written as told."""
    kind = finish_to_start
    if predecessor.kind != "FS":
        # 3SS as people write it; a letter before it would hide the kind.
        kind = predecessor.kind if predecessor.task.isdigit() else f" {predecessor.kind}"
    if predecessor.lag is None:
        return predecessor.task if predecessor.kind == "FS" else f"{predecessor.task}{kind}"
    return f"{predecessor.task}{kind}{_lag_text(predecessor, reader)}"


def _lag_text(predecessor: Predecessor, reader: CellReader) -> str:
    if predecessor.lag_percent:
        return f"{_signed(predecessor.lag_percent)}{'e' if predecessor.elapsed else ''}%"
    lag = predecessor.lag or 0.0
    if not predecessor.elapsed:
        return f"{_signed(lag)}{reader.unit}"
    hours = reader.hours_per_unit[reader.unit]
    for unit, each in (("d", 24.0), ("h", 1.0), ("w", 168.0)):
        # Days where they are few digits; any unit in which the number comes back to the last one.
        number = lag * hours / each
        if number * each / hours == lag and (unit != "d" or len(plain(number)) <= MOST_DIGITS):
            return f"{_signed(number)}e{unit}"
    return f"{_signed(lag * hours)}eh"


def _signed(number: float) -> str:
    return f"{Decimal(plain(number)):+f}"
