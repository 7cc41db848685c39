"""The text of a Primavera P6 export (XER): tables, rows, and cells read as numbers and dates.

A XER begins with a line ``ERMHDR`` that states its version. Lines after it are parted by tabs: ``%T`` names a table,
``%F`` its fields, ``%R`` is a row; ``%E`` ends the file. A line without such a mark goes on with the last cell.
"""

from __future__ import annotations

import codecs
import datetime as dt
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from schedrisk.errors import Problem, ProblemsError, shown
from schedrisk.io.decoding import FormatError

__all__ = ["Faults", "Row", "Tables", "XerError", "clean", "read_tables"]

T = TypeVar("T")

RECORD = re.compile(r"\n(?=%[TFR]\t|%E[ \t]*(?:\n|\Z))")
NUMBER = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,2})?")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?")
FIRST_YEAR, LAST_YEAR = 1900, 2100
MOST_FAULTS = 1_000
A_XER = "a Primavera P6 export, whose first line begins with ERMHDR"


class XerError(FormatError):
    """A XER is not what it should be; `row` and `column` are those of the first fault that has them."""

    def __init__(self, problems: Iterable[Problem], row: int | None = None, column: str | None = None) -> None:
        self.row, self.column = row, column
        ProblemsError.__init__(self, problems)


class Row:
    """One row of a table: its cells by column, stripped; blank where the row is short or the column missing.

    Attributes
    ----------
    table : str
    line : int
        Of the file, from 1.
    """

    __slots__ = ("_cells", "_places", "line", "table")

    def __init__(self, table: str, line: int, places: Mapping[str, int], cells: list[str]) -> None:
        self.table, self.line = table, line
        self._places, self._cells = places, cells

    def __getitem__(self, column: str) -> str:
        place = self._places.get(column)
        return "" if place is None or place >= len(self._cells) else self._cells[place].strip()


class Faults:
    """Collects faults, to raise them all at once, and reads cells of which it keeps the faults.

    Parameters
    ----------
    decimal : str
        The decimal sign that the file's currency uses, and its numbers with it.
    """

    def __init__(self, decimal: str = ".") -> None:
        self.decimal = decimal
        self._problems: list[Problem] = []
        self._left_out = 0
        self._first: tuple[int | None, str | None] = (None, None)
        self._moments: dict[str, dt.datetime] = {}

    def __bool__(self) -> bool:
        return bool(self._problems)

    def add(self, row: Row | str, column: str | None, found: str, expected: str, remedy: str = "") -> None:
        """Note a fault of a row, or of a table as a whole."""
        if len(self._problems) >= MOST_FAULTS:
            self._left_out += 1
            return
        if isinstance(row, Row):
            if self._first == (None, None):
                self._first = row.line, column
            place = f"table {row.table}, line {row.line}"
        else:
            place = row and f"table {row}"
        place = ", ".join(filter(None, (place, column and f"column {column}")))
        self._problems.append(Problem(place, found, expected, remedy))

    def add_problems(self, row: Row, problems: Iterable[Problem]) -> None:
        """Note what a part of the plan finds wrong with what a row says."""
        for each in problems:
            found = f"{each.found} ({each.place})" if each.place else each.found
            self.add(row, None, found, each.expected, each.remedy)

    def raise_all(self) -> None:
        """Raise what has been found, if anything."""
        if self._problems:
            raise self.error()

    def error(self) -> XerError:
        """Return all that has been found as one error."""
        problems = list(self._problems)
        if self._left_out:
            problems.append(Problem("", f"{self._left_out:,} more faults", "none", "mend these first"))
        return XerError(problems, *self._first)

    def number(self, row: Row, column: str, *, least: float = -math.inf) -> float | None:
        """Read a number; None for a blank, and for a fault, which is noted."""
        text = row[column]
        if not text:
            return None
        expected = "a number" if least == -math.inf else f"a number of {least:g} or more"
        plain = text if self.decimal == "." else text.replace(self.decimal, ".", 1)
        if NUMBER.fullmatch(plain) and float(plain) >= least:
            return float(plain)
        self.add(row, column, shown(text), expected, "mend it in P6 and export again")
        return None

    def moment(self, row: Row, column: str) -> dt.datetime | None:
        """Read a date with its time of day; None for a blank, and for a fault, which is noted."""
        text = row[column]
        if not text:
            return None
        known = self._moments.get(text)
        if known is not None:
            return known
        try:
            if MOMENT.fullmatch(text):
                moment = dt.datetime.fromisoformat(text)
                if FIRST_YEAR <= moment.year <= LAST_YEAR:
                    return self._moments.setdefault(text, moment)
        except ValueError:
            pass  # the 31st of February
        expected = f"a date such as 2027-01-31 08:00, in the years {FIRST_YEAR} to {LAST_YEAR}"
        self.add(row, column, shown(text), expected, "mend it in P6 and export again")
        return None

    def choice(self, row: Row, column: str, known: Mapping[str, T], default: T, *, needed: bool = False) -> T:
        """Read one of P6's own words; `default` for a blank, unless it is `needed`, and for a fault, which is noted."""
        text = row[column]
        if text in known:
            return known[text]
        if text or needed:
            self.add(row, column, shown(text) if text else "nothing", f"one of {', '.join(known)}")
        return default


class Tables:
    """The tables of a XER by name; their rows are taken apart when asked for.

    Attributes
    ----------
    version : str
        Of P6, as the header states it.
    notes : list of str
        What was tolerated.
    """

    def __init__(self, version: str) -> None:
        self.version = version
        self.notes: list[str] = []
        self._fields: dict[str, list[tuple[dict[str, int], list[tuple[int, str]]]]] = {}

    def start(self, name: str) -> None:
        """Begin a table, or go on with it."""
        self._fields.setdefault(name, [])

    def head(self, name: str, fields: Iterable[str]) -> None:
        """Say what the columns of the following rows are."""
        self._fields[name].append(({field.strip(): place for place, field in enumerate(fields)}, []))

    def add(self, name: str, line: int, text: str) -> bool:
        """Keep a row; False where its columns are not known."""
        parts = self._fields[name]
        if parts:
            parts[-1][1].append((line, text))
        return bool(parts)

    def rows(self, name: str, faults: Faults, need: Iterable[str] = ()) -> Iterator[Row]:
        """Yield the rows of a table, none where there is no such table.

        Parameters
        ----------
        name : str
        faults : Faults
        need : iterable of str
            Columns without which the table says nothing.
        """
        for places, lines in self._fields.get(name, ()):
            missing = [column for column in need if column not in places]
            for column in missing:
                found = f"only the columns {shown(', '.join(places))}"
                faults.add(name, None, found, f"a column {column}", "export the project again")
            for line, text in () if missing else lines:
                cells = text.split("\t")
                row = Row(name, line, places, cells)
                if len(cells) > len(places) and any(map(str.strip, cells[len(places) :])):
                    found = f"{len(cells)} cells in a row of {len(places)} columns"
                    faults.add(row, None, found, "as many cells as columns", "look for a tab inside a text")
                yield row


def read_tables(data: bytes) -> tuple[Tables, Faults]:
    r"""Take a XER apart.

    Parameters
    ----------
    data : bytes
        UTF-8, with or without a byte order mark, or Windows-1252.

    Returns
    -------
    tables : Tables
    faults : Faults
        None found yet; reads cells by the decimal sign of the file.

    Raises
    ------
    XerError
        Where it is not a XER, not whole, or rows stand outside tables.

    Examples
    --------
    >>> tables, faults = read_tables(b"ERMHDR\t22.12\n%T\tTASK\n%F\ttask_id\ttask_code\n%R\t7\tA10\n%E\n")
    >>> tables.version, [row["task_code"] for row in tables.rows("TASK", faults)]
    ('22.12', ['A10'])
    """
    text, notes = _decoded(data)
    records = RECORD.split(text)
    header = records[0].split("\n", 1)[0].split("\t")
    if header[0].strip() != "ERMHDR":
        found = f"a file that begins with {shown(text[:40])}" if text.strip() else "an empty file"
        raise XerError([Problem("", found, A_XER, "export the project from P6 as XER")], row=1)
    tables, faults = Tables(header[1].strip() if len(header) > 1 else ""), Faults()
    tables.notes += notes
    _fill(tables, records, faults)
    faults.raise_all()
    faults.decimal = _decimal_sign(tables, header[-1].strip())
    return tables, faults


def _decoded(data: bytes) -> tuple[str, list[str]]:
    notes: list[str] = []
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise XerError([Problem("", "UTF-16 text", "UTF-8 or Windows-1252 text", "save the file as UTF-8")])
    if b"\0" in data:
        raise XerError([Problem("", "binary data", A_XER, "export the project from P6 as XER")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
        if unknown := text.count("\ufffd"):
            notes.append(f"{unknown:,} bytes are neither UTF-8 nor Windows-1252 and are read as \ufffd")
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes


def _fill(tables: Tables, records: list[str], faults: Faults) -> None:
    """Sort the records into tables."""
    line, name = 1 + records[0].count("\n") + 1, ""
    for number, record in enumerate(records[1:], 2):
        tag, _, rest = record.partition("\t")
        here = Row(name or "none yet", line, {}, [])
        if tag == "%T":
            name = rest.strip()
            tables.start(name)
        elif tag == "%F" and name:
            tables.head(name, rest.split("\t"))
        elif tag == "%R" and name:
            if not tables.add(name, line, rest):
                faults.add(here, None, "a row (%R) before the fields (%F)", "the fields of the table first")
        elif tag in {"%F", "%R"}:
            faults.add(here, None, f"{tag} outside any table", "a table (%T) first")
        else:
            if number < len(records) or record[2:].strip():
                tables.notes.append(f"what follows the end mark (%E) in line {line} is left out")
            return
        line += record.count("\n") + 1
    found = f"a file that stops in line {line - 1}"
    faults.add("", None, found, "the end mark %E", "the file is cut off: copy it, or export it, again")


def _decimal_sign(tables: Tables, currency: str) -> str:
    """Return the decimal sign of the currency that the header names: P6 writes its numbers with it."""
    for row in tables.rows("CURRTYPE", Faults()):
        if row["curr_short_name"] == currency and row["decimal_symbol"] == ",":
            return ","
    return "."


def clean(text: str) -> str:
    r"""Return a text on one line; P6 breaks lines with the delete sign (0x7F).

    Examples
    --------
    >>> clean("Pour  concrete\x7f(phase 1)")
    'Pour concrete (phase 1)'
    """
    return " ".join(text.replace("\x7f", " ").split())
