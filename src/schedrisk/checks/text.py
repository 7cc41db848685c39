"""The findings as lines for a terminal: each rule once, with the parts of the plan that it is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from schedrisk.checks.facts import MOST_ALIKE

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["lines_of"]

# So many findings of a rule are written in full.
MOST_IN_FULL = 3


def lines_of(table: pd.DataFrame, *, everything: bool = False) -> Iterator[str]:
    """Yield the lines that tell a table of findings; those that go on are indented.

    Parameters
    ----------
    table : DataFrame
        Of `check` with ``detail=True``.
    everything : bool
        Whether every finding is written in full.

    Examples
    --------
    >>> from schedrisk.checks import check
    >>> from schedrisk.model import Plan, Task
    >>> for line in lines_of(check(Plan(tasks=[Task("build", "4/4/9")]), detail=True)):
    ...     print(line)
    info: task 'build' has a most likely value, 4 days, that is also the lowest: it cannot go better than planned
      lower the low value if it could [mode-at-end]
      why: an estimate without a side leaves out what may go wrong, or well
    """
    told: dict[tuple[str, str], list[Mapping[Any, Any]]] = {}
    measures: dict[str, tuple[str, str]] = {}
    for each in table.to_dict("records"):
        key = each["rule"], each["severity"]
        if each["where"] == "plan":
            measures[each["rule"]] = key  # what it counts follows it, whatever its severity
        told.setdefault(measures.get(each["rule"], key), []).append(each)
    for alike in told.values():
        if everything or len(alike) <= MOST_IN_FULL:
            for finding in alike:
                yield from _in_full(finding)
        else:
            yield from _as_one(alike)
        yield f"  why: {alike[0]['why']}"


def _in_full(finding: Mapping[Any, Any]) -> Iterator[str]:
    yield f"{finding['severity']}: {finding['where']} {finding['finding']}"
    yield f"  {finding['remedy']} [{finding['rule']}]"


def _as_one(alike: list[Mapping[Any, Any]]) -> Iterator[str]:
    """Yield the first of many findings of a rule in full, and the names of the others."""
    first, *others = alike
    yield f"{first['severity']}: {first['where']} {first['finding']}"
    names = [each["id"] or each["where"] for each in others]
    more = f" … and {len(names) - MOST_ALIKE:,} more (--all shows them)" if len(names) > MOST_ALIKE else ""
    # A measure is about the plan, and the others are what it counts.
    yield f"  {'likewise' if first['id'] else 'these'}: {'; '.join(names[:MOST_ALIKE])}{more}"
    yield f"  {first['remedy']} [{first['rule']}]"
