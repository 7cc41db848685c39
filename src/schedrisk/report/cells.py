"""Tables of a report: cells in rows and columns, which HTML and Markdown only have to set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Cell", "Column", "Table", "table"]


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its text, and a share of 1 to draw as a bar or None."""

    text: str
    share: float | None = None


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes
    ----------
    caption : str
    headings : tuple of str
    numeric : tuple of bool
        Which columns are set to the right.
    rows : tuple of tuple of Cell
    """

    caption: str
    headings: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[Cell, ...], ...]


Column = tuple[str, bool, list[Cell]]
"""Heading, whether it is set to the right, and cells."""


def table(caption: str, columns: Sequence[Column]) -> Table:
    """Make a table of columns."""
    headings, numeric, cells = zip(*columns, strict=True)
    return Table(caption, tuple(headings), tuple(numeric), tuple(zip(*cells, strict=True)))
