"""The result of a simulation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk._typing import Bools, Dates, Floats, Ints
from schedrisk.engine import Replay
from schedrisk.errors import ArgumentError, Problem, shown
from schedrisk.model import Period, Plan, Promise
from schedrisk.result.constraints import constraints_table, finishes_without, upstream_of
from schedrisk.result.due import Due, PeriodClock
from schedrisk.result.finishes import Finishes
from schedrisk.result.intervals import checked_percentiles
from schedrisk.result.kept import Kept
from schedrisk.result.money import Money
from schedrisk.result.precision import PrecisionReached
from schedrisk.result.promise import Promised, PromiseOutcome, assess_promise
from schedrisk.result.sampling_error import Replicates
from schedrisk.result.schedule import Schedule, compute_schedule, planned_end
from schedrisk.result.structure import branches_table, decision_lines, decisions_table, gates_table
from schedrisk.result.summary import Summary
from schedrisk.result.tables import PERCENTILES, draws_table, samples_table, tasks_table
from schedrisk.sampling.design import Sampling

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SimulationResult"]


@dataclass(frozen=True, eq=False, repr=False)
class SimulationResult(Finishes, Money):
    """What the draws of a plan say. Everything else about them can be had by running blocks again (`replay`).

    Attributes
    ----------
    replay : Replay
        All that decides the draws.
    finish_ticks : ndarray, shape (n_draws,)
        Finish of the project in every draw [tick].
    milestone_ticks : mapping of str to ndarray, shape (n_draws,)
        Finish of every promised milestone, and of every task from which a relative promise counts [tick].
    replicate_counts : ndarray of int, shape (n_replicates, n_tasks)
        In how many draws of each replicate each task drives the project finish; random draws are of one.
    override_counts : mapping of (int, int) to ndarray of int, shape (n_replicates,)
        In how many draws each overriding date, as (row, number of the constraint), was earlier than logic.
    verdicts : ndarray of bool, shape (2, n_decisions, n_draws)
        Whether the milestone of each decision was reached in time, and whether it was missed; neither where the
        decision does not arise.
    stream_version : int
        Of the random streams.
    versions : mapping of str to str
        Of the packages that made the numbers.
    n_requested : int, optional
        The draws asked for, where stratified ones come in whole replicates of more.
    precision : PrecisionReached, optional
        How precise the figures became, where that was asked for.
    kept : Kept, optional
        Every sample of every task, where that was asked for with ``keep="all"``.

    Examples
    --------
    >>> from schedrisk.model import Plan, Task
    >>> from schedrisk.simulation import simulate
    >>> result = simulate(Plan(tasks=[Task("a", "2/3/5"), Task("b", 1, after=["a"])]), 1_000, rng=1)
    >>> 3.0 < result.percentile(10) < result.percentile(90) < 6.0
    True
    """

    replay: Replay
    finish_ticks: Floats
    milestone_ticks: Mapping[str, Floats]
    replicate_counts: Ints
    override_counts: Mapping[tuple[int, int], Ints]
    verdicts: Bools
    stream_version: int
    versions: Mapping[str, str]
    n_requested: int | None = None
    precision: PrecisionReached | None = None
    kept: Kept | None = None

    # ---- what was asked -------------------------------------------------------------------------------------------

    @property
    def plan(self) -> Plan:
        """The plan that was simulated."""
        return self.replay.plan

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return self.replay.n_draws

    @property
    def entropy(self) -> int:
        """What `rng` stood for: ``simulate(plan, n_draws, rng=result.entropy)`` gives the same draws again."""
        return self.replay.entropy

    @property
    def sampling(self) -> Sampling:
        """How the draws were made: hand it to `simulate` for draws of another plan that pair with these."""
        return self.replay.design.sampling

    @property
    def replicates(self) -> Replicates:
        """How the draws group into independent ones, on which all standard errors rest."""
        return Replicates(self.replay.design.replicate_size)

    @cached_property
    def critical_counts(self) -> Ints:
        """In how many draws each task drives the project finish, shape (n_tasks,)."""
        counts: Ints = np.asarray(self.replicate_counts.sum(axis=0))
        counts.flags.writeable = False
        return counts

    @property
    def plan_hash(self) -> str:
        """Hash of the plan's content."""
        return self.plan.digest

    # ---- draws ----------------------------------------------------------------------------------------------------

    @cached_property
    def finish(self) -> Dates | Floats:
        """When the project finishes, shape (n_draws,): datetime64, or float [plan unit] in a plan without dates."""
        finish = self.replay.network.axis.moments(self.finish_ticks)
        finish.flags.writeable = False
        return finish

    @cached_property
    def duration(self) -> Floats:
        """Working time from the plan's start to its finish, shape (n_draws,) [plan unit]."""
        axis = self.replay.network.axis
        duration: Floats = np.asarray(axis.to_units(axis.working(self.finish_ticks)))
        duration.flags.writeable = False
        return duration

    def ticks(self, task: str | None = None) -> Floats:
        """Return the finish of the project, or of a task, in every draw, shape (n_draws,) [tick]."""
        if task is None:
            return self.finish_ticks
        if task in self.milestone_ticks:
            return self.milestone_ticks[task]
        self.plan.task(task)
        row = self.replay.network.row(task)
        if self.kept is not None:
            return np.asarray(self.kept.finishes[row])
        _, (finish,) = self.replay.times([row])
        return np.asarray(finish)

    def samples(self, task: str) -> pd.DataFrame:
        """Return every draw of one task, run again where samples are not kept.

        Returns
        -------
        DataFrame
            One row per draw; columns `duration` [plan unit], `start`, `finish` [date, or plan unit from day 0], and
            `exists`: where it is false, the dates are those to which logic passes through the task, or, of work given
            up by a decision, those that it would have had.

        Raises
        ------
        UnknownNameError
            When the plan has no such task.
        """
        self.plan.task(task)
        return samples_table(self.replay, self.replay.network.row(task), self.kept)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per draw.

        Returns
        -------
        DataFrame
            Index `draw`; columns `finish` [date, or plan unit from day 0], `duration` [plan unit], and for every
            promise `finish: NAME` where it is about a milestone, `due: NAME` where it is relative, and `kept: NAME`.
        """
        return draws_table(self.plan, self.replay.network.axis, self.ticks, self.due_of)

    def elapsed(self, promise: str) -> Floats:
        """Return how long each draw takes from what starts the time of a relative promise to what is promised.

        Parameters
        ----------
        promise : str
            Name of a relative promise.

        Returns
        -------
        ndarray, shape (n_draws,)
            In the unit of the promise: of weeks in sevenths, of days, working days and months in whole ones, the begun
            one counted; 0 where what is promised is there first. A draw keeps the promise where this is no more than
            its time.

        Raises
        ------
        UnknownNameError
            When the plan has no such promise.
        ArgumentError
            When the promise has a date.
        """
        made = self.plan.promise(promise)
        if made.within is None:
            expected = "a promise within some time after a task"
            raise ArgumentError([Problem("promise", f"{shown(promise)}, which has a date", expected)])
        clock = PeriodClock.of(self.plan, self.replay.network.axis, Period.of(made.within), self.ticks(made.after))
        return clock.needed(self.ticks(made.task))

    def due_of(self, promise: Promise) -> Due:
        """Return when a promise is due, in every draw where it is relative."""
        return Due.of(promise, self.plan, self.replay.network.axis, self._promised(promise).after)

    # ---- answers --------------------------------------------------------------------------------------------------

    @cached_property
    def schedule(self) -> Schedule:
        """The deterministic schedule of the plan."""
        return compute_schedule(self.plan, self.replay.network)

    @cached_property
    def planned_finish(self) -> Any:
        """The deterministic finish."""
        if "schedule" in vars(self):
            return self.schedule.planned_finish
        return self.replay.network.axis.moment(planned_end(self.replay.network))  # in half of the time

    def promise(self, name: str) -> PromiseOutcome:
        """Return the outcome of a promise.

        Raises
        ------
        UnknownNameError
            When the plan has no such promise.
        """
        promise = self.plan.promise(name)
        imposed = [each for task in promise.decided_by for each in upstream_of(self.replay, task)]
        return assess_promise(
            promise,
            self.plan,
            self.replay.network.axis,
            self._promised(promise),
            Promised(
                self._planned_ticks(promise.task),
                None if promise.after is None else self._planned_ticks(promise.after),
            ),
            imposed=tuple(dict.fromkeys(each.text(self.plan.unit) for each in imposed)),
            without=self._promised_without(promise) if imposed else None,
            replicates=self.replicates,
        )

    # ---- tables ---------------------------------------------------------------------------------------------------

    def constraints(self) -> pd.DataFrame:
        """Return every date that stands whatever links say, and how often it did.

        Returns
        -------
        DataFrame
            One row per mandatory, honoured or expected date and per manually scheduled task; columns `task`, `kind`,
            `when`, `overrode` (share of draws in which links said later [0–1]; NaN for manually scheduled tasks, whose
            links are not reckoned), its standard error `overrode_se`, and `promises`, the names of those that depend
            on it: `promise` gives their chance without it.
        """
        promises = {promise.name: promise.decided_by for promise in self.plan.promises}
        return constraints_table(self.replay, self.override_counts, promises)

    def branches(self) -> pd.DataFrame:
        """Return how often each outcome of every branch happened.

        Returns
        -------
        DataFrame
            One row per outcome; columns `branch`, `outcome`, `owner`, `planned`, `probability` (or what work begun has
            settled), `share` of draws and its standard error `share_se` [0–1], and its `tasks`.
        """
        return branches_table(self.replay)

    def decisions(self) -> pd.DataFrame:
        """Return how often the milestone of every decision was reached in time.

        Returns
        -------
        DataFrame
            One row per decision; columns `decision`, `milestone`, `by`, `reached`, `missed` and their standard errors
            `reached_se`, `missed_se`, and `arises`, the share of draws in which there is such a milestone [0–1].
        """
        return decisions_table(self.replay, self.verdicts)

    def gates(self) -> pd.DataFrame:
        """Return how late the gates are: tasks, most of them milestones, with an uncertain date that was promised.

        Returns
        -------
        DataFrame
            One row per gate; columns `gate`, `owner`, `promised`, `mean` and `p80` of its finish [date, or plan unit
            from day 0], `delay_mean`, `delay_mean_se` and `delay_p80` against the promised date, 0 where it is kept
            [working days; plan unit without dates], and `late` and `late_se`, the share of draws in which it is not.
        """
        return gates_table(self.replay, self.ticks)

    def tasks(self, percentiles: Iterable[float] = PERCENTILES, *, errors: bool = False) -> pd.DataFrame:
        """Return planned and simulated dates of every task.

        Parameters
        ----------
        percentiles : iterable of float
            Which percentiles of starts and finishes are wanted [0–100]. Without any, ``tasks(())``, means and standard
            deviations come from a single pass over the draws.
        errors : bool
            Whether every simulated figure has its standard error beside it, in a column `…_se` [working days of the
            plan's calendar; plan unit in a plan without dates].

        Returns
        -------
        DataFrame
            Index `id`; columns `name`, `owner`, `planned_start`, `planned_finish`, `start_mean` [date, or plan unit
            from day 0], `start_sd` [working days; plan unit in a plan without dates], `start_p10` … `start_p90`, the
            same of the finish, `criticality` and its standard error `criticality_se` [0–1], `exists`, the share of
            draws in which there is such a task [0–1], and `exists_se`. Dates are those of the draws in which the task
            exists.

            Percentiles are exact up to 100,000 draws. Of more, draws are counted in cells of one width for each task,
            and a percentile is the last moment of its cell, by which no fewer draws are met: `grid_width` tells that
            width [working days; plan unit in a plan without dates], 0 where the percentile is exact.

        Raises
        ------
        ArgumentError
            When a percentile is not a number from 0 to 100.
        """
        return tasks_table(
            self.replay, self.replicate_counts,
            percentiles=checked_percentiles(percentiles), errors=errors, kept=self.kept,
        )  # fmt: skip

    @cached_property
    def summary(self) -> Summary:
        """The figures that every rendering shows."""
        axis = self.replay.network.axis
        return Summary.of(
            self.plan,
            finish_ticks=self.finish_ticks,
            axis=axis,
            planned_finish=self.planned_finish,
            promises=[self.promise(promise.name) for promise in self.plan.promises],
            decisions=decision_lines(self.replay, self.verdicts),
            sampling=self.sampling,
            n_requested=self.n_requested,
            n_mitigated=len(self.mitigated),
            precision=self.precision,
            provenance={
                "entropy": self.entropy,
                **({} if self.sampling.kind == "random" else {"sampling": str(self.sampling)}),
                "stream_version": self.stream_version,
                "plan_hash": self.plan_hash,
                **self.versions,
            },
        )

    def __repr__(self) -> str:
        return self.summary.text()

    def _repr_html_(self) -> str:
        return self.summary.html()

    def _promised_without(self, promise: Promise) -> Promised:
        """Return what is promised, without dates that override links."""
        finish, milestones = self._without
        return Promised(
            finish if promise.task is None else milestones[promise.task],
            None if promise.after is None else milestones[promise.after],
        )

    @cached_property
    def _without(self) -> tuple[Floats, dict[str, Floats]]:
        return finishes_without(self.replay, self.milestone_ticks)

    # ---- helpers --------------------------------------------------------------------------------------------------

    def _promised(self, promise: Promise) -> Promised:
        return Promised(self.ticks(promise.task), None if promise.after is None else self.ticks(promise.after))
