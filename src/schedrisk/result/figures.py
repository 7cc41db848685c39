"""Figures of one finish: its percentiles and its mean, each with its sampling error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from schedrisk._typing import Floats
from schedrisk.result.intervals import percentile_rank
from schedrisk.result.sampling_error import Replicates
from schedrisk.timeaxis import TimeAxis

__all__ = ["Figures"]


@dataclass(frozen=True, eq=False)
class Figures:
    """What the draws say about the finish of the project or of a task.

    Moments are dates, in a plan without dates numbers [plan unit]; errors are in working days, there in the plan unit.

    Attributes
    ----------
    ticks : ndarray, shape (n_draws,)
        [tick]
    axis : TimeAxis
    replicates : Replicates
    """

    ticks: Floats
    axis: TimeAxis
    replicates: Replicates

    def percentile(self, percent: float) -> float:
        """Return the earliest finish met in at least so many percent of the draws [tick]."""
        rank = percentile_rank(percent, self.ticks.size)
        return float(np.partition(self.ticks, rank)[rank])

    def percentile_se(self, percent: float) -> float:
        """Return the standard error of a percentile."""
        return self.amount(self.replicates.percentile_se(self.working, percent))

    def percentile_interval(self, percent: float, confidence_level: float) -> tuple[Any, Any]:
        """Return the interval of a percentile, as moments."""
        low, high = self.replicates.percentile_interval(self.ticks, percent, confidence_level)
        return self.axis.moment(low), self.axis.moment(high)

    def percentile_half_width(self, percent: float, confidence_level: float) -> float:
        """Return half the width of that interval."""
        low, high = self.replicates.percentile_interval(self.working, percent, confidence_level)
        return self.amount(high - low) / 2

    def mean(self) -> Any:
        """Return the mean finish, as a moment."""
        return self.axis.moment(np.rint(self.ticks.mean()))

    def mean_se(self) -> float:
        """Return the standard error of the mean, of working time."""
        return self.amount(float(self.replicates.mean_error(self.working)))

    @property
    def working(self) -> Floats:
        """The finish in working time, shape (n_draws,) [tick]."""
        return np.asarray(self.axis.working(self.ticks))

    def amount(self, ticks: float) -> float:
        """Turn working time to working days, or to the plan unit without dates."""
        return float(self.axis.to_days(ticks) if self.axis.dated else self.axis.to_units(ticks))
