"""Plans side by side: what a change of plan does to the chance of keeping a promise and to the dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.analysis.differences import NO_DIFFERENCE, Difference, percentile_difference, share_difference
from schedrisk.errors import ArgumentError, Problem, UnknownNameError, shown
from schedrisk.model import Promise
from schedrisk.result import SimulationResult
from schedrisk.result.due import Due
from schedrisk.result.sampling_error import Replicates
from schedrisk.sampling.design import LEAST_REPLICATES, Sampling
from schedrisk.timeaxis import TimeAxis

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Outcome", "changes", "compare", "first_draws"]

PERCENTS = (50, 80)


def compare(
    results: Mapping[str, SimulationResult], *, promise: str | None = None, confidence_level: float = 0.95
) -> pd.DataFrame:
    """Compare simulations of several plans, pairing their draws.

    The simulations must have the same `n_draws`, `rng` and `sampling`. What the plans have in common then takes the same values
    in each draw (common random numbers), so that the differences have far smaller errors than the figures themselves.

    Parameters
    ----------
    results : mapping of str to SimulationResult
        By label. The first one is what the others are compared with.
    promise : str, optional
        Name of a promise that every plan has; its date, and the milestone that it is about, may differ.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        One row per result, index `plan` (the label); columns:

        by, probability, probability_low, probability_high
            The promised date (of a relative promise its terms, such as "within 13 weeks after 'site-ready'"), the
            chance of keeping it and its score interval [0–1]; left out without `promise`.
        p50, p80
            Percentiles of the finish of what is promised; of the project without `promise`, or where the promise is
            about the project [date, or plan unit from day 0].
        probability_change, p50_change, p80_change
            Differences from the first row [0–1; working days of the first plan's calendar, or plan unit without
            dates]. Exactly 0 where nothing changed.
        probability_change_se, probability_change_low, probability_change_high, …
            Standard error and interval of each difference.

    Raises
    ------
    ArgumentError
        When the results cannot be paired, with every reason found.
    UnknownNameError
        When a plan has no such promise.

    Examples
    --------
    >>> from schedrisk.model import Plan, Promise, Risk, Task
    >>> from schedrisk.simulation import simulate
    >>> strike = Risk("strike", 0.3, delay="2/4/6", tasks=["a"])
    >>> plan = Plan(tasks=[Task("a", "2/3/5")], risks=[strike], promises=[Promise("done", by=5)])
    >>> results = {"as sold": simulate(plan, 2_000, rng=1), "no strike": simulate(plan.without_risk("strike"), 2_000, rng=1)}
    >>> table = compare(results, promise="done")
    >>> table[["probability", "probability_change"]].round(1).to_dict("list")
    {'probability': [0.7, 1.0], 'probability_change': [0.0, 0.3]}
    """
    import pandas as pd

    _check(results, promise)
    axis = next(iter(results.values())).replay.network.axis
    outcomes = {label: Outcome.of(result, promise, axis) for label, result in results.items()}
    base = next(iter(outcomes.values()))
    rows = []
    for outcome in outcomes.values():
        row = outcome.figures(confidence_level)
        for name, change in changes(base, outcome, confidence_level).items():
            row |= change.columns(f"{name}_change")
        rows.append(row)
    return pd.DataFrame(rows, index=pd.Index(list(results), name="plan"))


@dataclass(frozen=True, eq=False)
class Outcome:
    """What is compared of one simulation.

    Attributes
    ----------
    axis : TimeAxis
        The one that finishes and all differences are measured on.
    finish : ndarray, shape (n_draws,)
        Of what is promised, or of the project [tick].
    ticks : ndarray, shape (n_draws,)
        The same in working time, of which differences are taken [tick].
    replicates : Replicates
        How the draws group.
    percentiles : tuple of datetime64 or float
        Of that finish, on the plan's own axis, for each of `PERCENTS`.
    promise : Promise or None
    due : Due or None
        When the promise is due, on the plan's own axis.
    after : ndarray, shape (n_draws,), or None
        Finish of the task from which a relative promise counts [tick].
    kept : ndarray of bool, shape (n_draws,), or None
        Whether the promise is kept.
    """

    axis: TimeAxis
    finish: Floats
    ticks: Floats
    replicates: Replicates
    percentiles: tuple[Any, ...]
    promise: Promise | None = None
    due: Due | None = None
    after: Floats | None = None
    kept: Bools | None = None

    @classmethod
    def of(cls, result: SimulationResult, promise: str | None, axis: TimeAxis) -> Outcome:
        """Take from a simulation what is compared, measured on `axis`."""
        own = result.replay.network.axis
        promised = None if promise is None else result.plan.promise(promise)
        task = None if promised is None else promised.task
        due = None if promised is None else result.due_of(promised)
        after = None if promised is None or promised.after is None else result.ticks(promised.after)
        ticks = result.ticks(task)
        finish = _on_axis(ticks, own, axis)
        return cls(
            axis,
            finish,
            np.asarray(axis.working(finish)),
            result.replicates,
            tuple(result.percentile(percent, task=task) for percent in PERCENTS),
            promised,
            due,
            None if after is None else _on_axis(after, own, axis),
            None if due is None else ticks <= due.ticks,
        )

    def first(self, n_draws: int) -> Outcome:
        """Return the outcome of the first draws alone; percentiles stay those of all."""
        return replace(
            self,
            finish=self.finish[:n_draws],
            ticks=self.ticks[:n_draws],
            due=None if self.due is None else self.due.first(n_draws),
            after=None if self.after is None else self.after[:n_draws],
            kept=None if self.kept is None else self.kept[:n_draws],
        )

    def figures(self, confidence_level: float) -> dict[str, Any]:
        """Return the cells of a table."""
        cells: dict[str, Any] = {}
        if self.promise is not None and self.kept is not None:
            share = self.replicates.share(self.kept)
            low, high = share.interval(confidence_level)
            by = self.promise.terms(self.axis.unit) if self.promise.is_relative else self.promise.by
            cells |= {"by": by, "probability": share.value}
            cells |= {"probability_low": low, "probability_high": high}
        return cells | {f"p{percent}": value for percent, value in zip(PERCENTS, self.percentiles, strict=True)}


def first_draws(result: SimulationResult, n_draws: int) -> int:
    """Return how many of the first draws of a result can be simulated again for about `n_draws` of them.

    Stratified draws come in whole replicates, of which there have to be some for their errors to be told.
    """
    sampling = result.sampling
    if sampling.kind == "random":
        return n_draws
    replicates = max(-(-n_draws // sampling.replicate_size), LEAST_REPLICATES)
    return min(replicates, sampling.replicates) * sampling.replicate_size


def changes(base: Outcome, other: Outcome, confidence_level: float) -> dict[str, Difference]:
    """Return what changes from `base` to `other`: the "probability" of the promise, "p50" and "p80".

    Percentiles change by working days; by the plan's unit in plans without dates.
    """
    found: dict[str, Difference] = {}
    same = np.array_equal(base.ticks, other.ticks)
    if base.kept is not None and other.kept is not None and base.due is not None and other.due is not None:
        # Where every finish and the deadline are the same, there is nothing to be uncertain about.
        certain = same and np.array_equal(base.due.ticks, other.due.ticks)
        change = share_difference(base.kept, other.kept, confidence_level, base.replicates)
        found["probability"] = NO_DIFFERENCE if certain else change
    factor = 1 / (base.axis.ticks_per_day if base.axis.dated else base.axis.ticks_per_unit)
    for percent in PERCENTS:
        change = percentile_difference(base.ticks, other.ticks, percent, confidence_level, base.replicates)
        found[f"p{percent}"] = NO_DIFFERENCE if same else change.scaled(factor)
    return found


def _on_axis(ticks: Floats, own: TimeAxis, axis: TimeAxis) -> Floats:
    """Measure finishes on another axis, by the clock where calendars or starts differ."""
    if axis.calendar is None or own.calendar is None or own is axis:
        return ticks
    moments = own.moments(ticks)
    if axis.in_clock_time:
        return np.asarray(moments, dtype="datetime64[s]").astype(np.int64).astype(float) - axis.epoch
    return np.asarray(axis.calendar.work(moments) - axis.origin, dtype=float)


def _check(results: object, promise: str | None) -> None:
    """Raise unless the results can be paired and have the promise."""
    if not isinstance(results, Mapping) or not results:
        remedy = 'write compare({"as sold": result, "site ready first": other})'
        raise ArgumentError([Problem("results", shown(results), "a mapping of labels to results", remedy)])
    strange = [
        Problem(f"results, {shown(label)}", shown(result), "a result of simulate()")
        for label, result in results.items()
        if not isinstance(result, SimulationResult)
    ]
    if strange:
        raise ArgumentError(strange)
    (label, first), *others = results.items()
    problems = [problem for name, other in others for problem in _mismatches(label, first, name, other)]
    if problems:
        raise ArgumentError(problems)
    if promise is not None:
        _check_promise(results, promise)


def _mismatches(label: str, first: SimulationResult, name: str, other: SimulationResult) -> list[Problem]:
    """Return why the draws of two results do not pair, or their dates do not compare."""
    place, problems = f"results, {shown(name)}", []
    again = f"simulate(plan, n_draws={first.n_draws}, rng={first.entropy})"
    remedy = f"run {again} for this plan, or give every simulate() call the same n_draws= and rng="
    if other.entropy != first.entropy:
        expected = f"rng={first.entropy} as in {shown(label)}, so that draws pair"
        problems.append(Problem(place, f"rng={other.entropy}", expected, remedy))
    if other.n_draws != first.n_draws:
        expected = f"n_draws={first.n_draws} as in {shown(label)}, so that draws pair"
        problems.append(Problem(place, f"n_draws={other.n_draws}", expected, remedy))
    problems += _sampling_mismatches(place, label, first.sampling, other.sampling)
    if other.stream_version != first.stream_version:
        expected = f"stream version {first.stream_version} as in {shown(label)}"
        problems.append(Problem(place, f"stream version {other.stream_version}", expected, f"run {again} again"))
    axis, own = first.replay.network.axis, other.replay.network.axis
    kinds = {True: "a plan with dates", False: "a plan without a start, in numbers"}
    if own.dated != axis.dated:
        expected = f"{kinds[axis.dated]}, as in {shown(label)}"
        problems.append(Problem(place, kinds[own.dated], expected, "give all the plans a start, or none"))
    elif not axis.dated and own.unit != axis.unit:
        expected = f'unit "{axis.unit}" as in {shown(label)}'
        problems.append(Problem(place, f'unit "{own.unit}"', expected, "give the plans one unit"))
    return problems


def _sampling_mismatches(place: str, label: str, first: Sampling, other: Sampling) -> list[Problem]:
    """Return why stratified draws do not pair: other strata, or other Sobol' dimensions of what both plans have."""
    remedy = f"simulate this plan with sampling=the `sampling` of {shown(label)}"
    if (first.kind, first.replicate_size) != (other.kind, other.replicate_size):
        expected = f'sampling="{first.kind}"' + f" in replicates of {first.replicate_size:,}" * (first.kind != "random")
        found = f'sampling="{other.kind}"' + f" in replicates of {other.replicate_size:,}" * (other.kind != "random")
        return [Problem(place, found, f"{expected} as in {shown(label)}, so that draws pair", remedy)]
    moved = [name for name, number in other.dimensions.items() if first.dimensions.get(name, number) != number]
    if not moved:
        return []
    found = (
        f"other Sobol' dimensions in sampling= for {len(moved):,} of the tasks and risks, such as {shown(moved[0][2])}"
    )
    return [Problem(place, found, f"those of {shown(label)}, so that draws pair", remedy)]


def _check_promise(results: Mapping[str, SimulationResult], promise: str) -> None:
    problems: list[Problem] = []
    for label, result in results.items():
        try:
            result.plan.promise(promise)
        except UnknownNameError as error:
            problems += [replace(each, place=f"results, {shown(label)}, {each.place}") for each in error.problems]
    if problems:
        raise UnknownNameError(problems)
