"""Which rank correlations a simulation uses in place of those that were asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from schedrisk._typing import Floats
from schedrisk._validation import require
from schedrisk.errors import shown
from schedrisk.model import Plan
from schedrisk.model.dependence import Component
from schedrisk.sampling.correlation import used_ranks

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ComponentChange", "changes_text", "component_changes", "correlations"]

# Less is rounding.
LEAST_CHANGE = 1e-6


@dataclass(frozen=True, eq=False)
class ComponentChange:
    """What becomes of the correlations of a component.

    Attributes
    ----------
    kind : {"task", "risk"}
    component : Component
    asked, used : ndarray, shape (n_members, n_members)
        Rank correlations.
    """

    kind: Literal["task", "risk"]
    component: Component
    asked: Floats
    used: Floats

    @property
    def n_pairs(self) -> int:
        """How many pairs there are."""
        size = len(self.component.members)
        return size * (size - 1) // 2

    @property
    def n_changed(self) -> int:
        """How many pairs are changed."""
        return int(np.count_nonzero(np.abs(self.used - self.asked) > LEAST_CHANGE)) // 2

    def largest(self) -> tuple[str, str, float, float]:
        """Return the pair that is changed most, what was asked for it and what is used."""
        first, second = np.unravel_index(np.argmax(np.abs(self.used - self.asked)), self.asked.shape)
        names = self.component.members
        return names[first], names[second], float(self.asked[first, second]), float(self.used[first, second])

    def text(self) -> str:
        """Say how much was changed."""
        first, second, asked, used = self.largest()
        return (
            f"{self.n_changed:,} of {self.n_pairs:,} pairs changed, the most {shown(first)} – {shown(second)} "
            f"from {asked:.3g} to {used:.3g}"
        )


def component_changes(plan: Plan) -> Iterator[ComponentChange]:
    """Yield what becomes of each component of a plan, of tasks first."""
    for dependence in plan.dependence.values():
        for component in dependence.components:
            yield ComponentChange(dependence.kind, component, *used_ranks(component, dependence))


def changes_text(plan: Plan) -> str:
    """Say which correlations do not fit together; empty where all do."""
    changed = [each for each in component_changes(plan) if each.n_changed]
    if not changed:
        return ""
    told = "; ".join(each.text() for each in changed[:3])
    more = f"; and {len(changed) - 3:,} more groups" if len(changed) > 3 else ""
    return f"correlations that cannot hold together were replaced by the nearest that can: {told}{more}"


def correlations(plan: Plan) -> pd.DataFrame:
    """Return the rank correlation of every pair that a matrix decides, as asked for and as used.

    Groups with one correlation of 0 or more that share no member with another are as asked for, and are not listed.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    DataFrame
        One row per pair, the largest changes first; columns:

        kind
            "task" or "risk".
        first, second
            Ids.
        stated
            Whether the plan says something of the pair; what it does not speak of is independent.
        asked, used
            Rank correlations [−1 to 1]: what the plan asks for, a floor in it, and the nearest that can hold together.
        change
            `used` minus `asked`; 0 where they fit together.

    Examples
    --------
    >>> from schedrisk.model import Correlation, Task
    >>> tasks = [Task(name, "2/3/8") for name in "abc"]
    >>> asked = [Correlation(["a", "b"], 0.9), Correlation(["b", "c"], 0.9), Correlation(["a", "c"], -0.9)]
    >>> correlations(Plan(tasks=tasks, correlations=asked))[["first", "second", "asked", "used"]].round(2)
      first second  asked  used
    0     a      b    0.9  0.48
    1     a      c   -0.9 -0.48
    2     b      c    0.9  0.48
    """
    import pandas as pd

    require(plan, Plan, "plan", "a Plan")
    tables = [_table(each) for each in component_changes(plan)]
    empty = {"kind": [], "first": [], "second": [], "stated": np.array([], dtype=bool)}
    empty |= {name: np.array([], dtype=float) for name in ("asked", "used", "change")}
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(empty)
    order = table["change"].abs().round(6).sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _table(changes: ComponentChange) -> pd.DataFrame:
    import pandas as pd

    first, second = np.triu_indices(len(changes.component.members), 1)
    names = np.array(changes.component.members, dtype=object)
    asked, used = changes.asked[first, second], changes.used[first, second]
    return pd.DataFrame(
        {
            "kind": changes.kind,
            "first": names[first],
            "second": names[second],
            "stated": changes.component.stated[first, second],
            "asked": asked,
            "used": used,
            "change": used - asked,
        }
    )
