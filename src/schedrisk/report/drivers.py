"""The tasks that drive what is promised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schedrisk.model import Plan

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Driver", "drivers_of"]

MOST_DRIVERS = 8
# A driver below this share of the strongest one is noise in a table of the strongest.
LEAST_SHARE = 0.02


@dataclass(frozen=True)
class Driver:
    """A task that drives what is promised.

    Attributes
    ----------
    id, name : str
    owner : str or None
    criticality, criticality_se : float
        Share of draws in which the task decides the date [0–1].
    rank_correlation, rank_correlation_se : float
        Of its duration with the finish (Spearman) [−1 to 1].
    ssi, ssi_se : float
        Schedule sensitivity index; drivers are ordered by it.
    """

    id: str
    name: str
    owner: str | None
    criticality: float
    criticality_se: float
    rank_correlation: float
    rank_correlation_se: float
    ssi: float
    ssi_se: float


def drivers_of(plan: Plan, table: pd.DataFrame) -> Iterator[Driver]:
    """Yield the strongest tasks of a table of `sensitivity`."""
    strongest = table.sort_values("ssi", ascending=False, kind="stable").head(MOST_DRIVERS)
    for task, row in strongest.to_dict("index").items():
        if row["ssi"] > LEAST_SHARE * strongest["ssi"].iloc[0]:
            yield Driver(
                id=str(task),
                name=row["name"],
                owner=plan.task(str(task)).owner,
                criticality=row["criticality"],
                criticality_se=row["criticality_se"],
                rank_correlation=row["cruciality_spearman"],
                rank_correlation_se=row["cruciality_spearman_se"],
                ssi=row["ssi"],
                ssi_se=row["ssi_se"],
            )
