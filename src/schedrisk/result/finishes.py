"""What a simulation says about a finish: the chance of a date, percentiles and the mean, each with its error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schedrisk._typing import Floats
from schedrisk.engine import Replay
from schedrisk.result.asked import asked_deadline
from schedrisk.result.figures import Figures
from schedrisk.result.sampling_error import Replicates, Share
from schedrisk.result.schedule import Schedule

__all__ = ["Finishes"]


class Finishes:
    """The part of a `SimulationResult` that is about the finish of the project, or of a task."""

    if TYPE_CHECKING:
        replay: Replay

        @property
        def replicates(self) -> Replicates:
            """How the draws group into independent parts."""

        @property
        def schedule(self) -> Schedule:
            """The deterministic schedule of the plan."""

        def ticks(self, task: str | None = None) -> Floats:
            """Return finishes in every draw."""

    def probability_of_meeting(self, date: Any, *, task: str | None = None) -> float:
        """Return the share of draws that finish on or before the close of a date.

        Parameters
        ----------
        date : str, date, datetime, datetime64 or float
            A date is met until its close, a datetime until that instant; a number in a plan without dates.
        task : str, optional
            A milestone; the project where not given.

        Returns
        -------
        float
            0–1. See `probability_interval` for its sampling error.

        Raises
        ------
        ArgumentError
            When `date` cannot be understood in this plan.
        """
        return self._share_kept(date, task).value

    def probability_se(self, date: Any, *, task: str | None = None) -> float:
        """Return the standard error of `probability_of_meeting` [0–1]."""
        return self._share_kept(date, task).se

    def probability_interval(
        self, date: Any, *, task: str | None = None, confidence_level: float = 0.95
    ) -> tuple[float, float]:
        """Return the score interval of `probability_of_meeting` (Wilson's, for random draws)."""
        return self._share_kept(date, task).interval(confidence_level)

    def percentile(self, percent: float, *, task: str | None = None) -> Any:
        """Return the earliest date met in at least `percent` % of the draws (``inverted_cdf``).

        Parameters
        ----------
        percent : float
            0–100.
        task : str, optional
            A milestone; the project where not given.

        Returns
        -------
        datetime64 or float
            So that ``probability_of_meeting(percentile(p)) >= p / 100``, always.
        """
        return self.replay.network.axis.moment(self._figures(task).percentile(percent))

    def percentile_se(self, percent: float, *, task: str | None = None) -> float:
        """Return the standard error of a percentile [working days; plan unit in a plan without dates]."""
        return self._figures(task).percentile_se(percent)

    def percentile_interval(
        self, percent: float, *, task: str | None = None, confidence_level: float = 0.95
    ) -> tuple[Any, Any]:
        """Return the interval of a percentile by order statistics, which holds whatever the distribution."""
        return self._figures(task).percentile_interval(percent, confidence_level)

    def percentile_half_width(
        self, percent: float, *, task: str | None = None, confidence_level: float = 0.95
    ) -> float:  # fmt: skip
        """Return half the width of `percentile_interval` [working days; plan unit in a plan without dates]."""
        return self._figures(task).percentile_half_width(percent, confidence_level)

    def mean(self, *, task: str | None = None) -> Any:
        """Return the mean finish of the project, or of a task [date, or plan unit from day 0]."""
        return self._figures(task).mean()

    def mean_se(self, *, task: str | None = None) -> float:
        """Return the standard error of the mean finish [working days; plan unit in a plan without dates]."""
        return self._figures(task).mean_se()

    def contingency(self, percent: float, *, task: str | None = None) -> float:
        """Return a percentile minus the planned finish [working days; plan unit in a plan without dates].

        Its standard error is that of the percentile, `percentile_se`.
        """
        axis, figures = self.replay.network.axis, self._figures(task)
        return figures.amount(axis.working(figures.percentile(percent)) - axis.working(self._planned_ticks(task)))

    def _planned_ticks(self, task: str | None) -> float:
        made = self.schedule
        return float(made.end if task is None else made.finish[self.replay.network.row(task)])

    def _figures(self, task: str | None) -> Figures:
        return Figures(self.ticks(task), self.replay.network.axis, self.replicates)

    def _share_kept(self, date: Any, task: str | None) -> Share:
        return self.replicates.share(self.ticks(task) <= asked_deadline(self.replay.network.axis, date))
