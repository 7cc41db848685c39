"""A change that a report tells, with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Change"]


@dataclass(frozen=True)
class Change:
    """By how much something would change, with its 95 % interval.

    Attributes
    ----------
    value, low, high : float
    """

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, row: Mapping[str, Any], column: str, sign: int = 1) -> Change:
        """Take a change from a row of a table, with the other sign where `sign` is −1."""
        value, *ends = (sign * float(row[name]) + 0.0 for name in (column, f"{column}_low", f"{column}_high"))
        return cls(value, min(ends), max(ends))

    @classmethod
    def maybe(cls, row: Mapping[str, Any], column: str) -> Change | None:
        """Take a change from a row of a table; None where the table does not have it."""
        return cls.of(row, column) if column in row else None
