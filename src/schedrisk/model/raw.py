"""Parts of a plan as they were given: records or tables, perhaps malformed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["get", "parts", "texts"]


def get(part: object, key: str) -> Any:
    """Return a field of a record or a table; None where there is none.

    Examples
    --------
    >>> get({"id": "design"}, "id"), get(3, "id")
    ('design', None)
    """
    return part.get(key) if isinstance(part, Mapping) else getattr(part, key, None)


def parts(plan: Mapping[str, Any], field: str) -> Iterator[Any]:
    """Yield the parts of a plan in one of its lists; nothing where that is no list."""
    given = plan.get(field)
    if isinstance(given, list | tuple):
        yield from given


def texts(value: object) -> Iterator[str]:
    """Yield the texts in a list, or among the keys of a table."""
    if isinstance(value, list | tuple | dict):
        yield from (each for each in value if isinstance(each, str))
