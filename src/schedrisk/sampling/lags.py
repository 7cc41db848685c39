"""Lags and imposed dates that are drawn, a block of draws at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Floats
from schedrisk.estimates import Estimate
from schedrisk.model import DateRange, Plan
from schedrisk.sampling.design import Design, Draws
from schedrisk.sampling.groups import Group
from schedrisk.timeaxis import TimeAxis

__all__ = ["DateSampler", "LagSampler"]


@dataclass(frozen=True, eq=False)
class _Values:
    """Values of several estimates, each from its own stream."""

    count: int
    groups: tuple[Group, ...]

    @classmethod
    def of(
        cls, estimates: Sequence[Estimate], scale: float, design: Design, names: Sequence[tuple[str, ...]]
    ) -> _Values:
        by_kind: dict[type[Estimate], list[int]] = {}
        for number, estimate in enumerate(estimates):
            by_kind.setdefault(type(estimate), []).append(number)
        groups = (
            Group.of(
                members, [estimates[each] for each in members], scale, design.streams(names[each] for each in members)
            )
            for members in by_kind.values()
        )
        return cls(len(estimates), tuple(groups))

    def sample(self, draws: Draws) -> Floats:
        out = np.empty((self.count, draws.count))
        for group in self.groups:
            drawn = np.empty((group.rows.size, draws.count))
            group.fill(slice(0, group.rows.size), draws, drawn)
            out[group.rows] = drawn
        return out


@dataclass(frozen=True, eq=False)
class LagSampler:
    """Draws the uncertain lags of a plan, in the order of `Plan.uncertain_lags`."""

    values: _Values

    @classmethod
    def of(cls, plan: Plan, axis: TimeAxis, design: Design) -> LagSampler | None:
        """Prepare the lags; None where all are certain."""
        links = plan.uncertain_lags
        if not links:
            return None
        seen: dict[tuple[str, ...], int] = {}
        names = []
        for link in links:
            ends = link.predecessor, link.successor, link.kind
            seen[ends] = seen.get(ends, 0) + 1
            names.append(("link", "lag", *ends, str(seen[ends])))
        estimates = [link.lag for link in links if isinstance(link.lag, Estimate)]
        return cls(_Values.of(estimates, axis.ticks_per_unit, design, names))

    def sample(self, draws: Draws) -> Floats:
        """Return the lags, shape (n_lags, n_draws): whole ticks, never negative."""
        return np.asarray(np.rint(self.values.sample(draws)))


@dataclass(frozen=True, eq=False)
class DateSampler:
    """Draws the uncertain dates of a plan, in the order of `Plan.uncertain_dates`.

    Attributes
    ----------
    ranges : tuple of (DateRange, bool)
        With each, whether it is of a start.
    values : _Values
        By how much each is later than the first date of its range [calendar day, or tick in a plan without dates].
    axis : TimeAxis
    """

    ranges: tuple[tuple[DateRange, bool], ...]
    values: _Values
    axis: TimeAxis

    @classmethod
    def of(cls, plan: Plan, axis: TimeAxis, design: Design) -> DateSampler | None:
        """Prepare the dates; None where all are certain."""
        dates = plan.uncertain_dates
        if not dates:
            return None
        names = [("task", "date", task, str(number)) for task, number, _ in dates]
        ranges = [each for _, _, constraint in dates if isinstance(each := constraint.when, DateRange)]
        values = _Values.of([each.offset for each in ranges], 1.0 if axis.dated else axis.ticks_per_unit, design, names)
        of_start = (constraint.of_start for _, _, constraint in dates)
        return cls(tuple(zip(ranges, of_start, strict=True)), values, axis)

    def sample(self, draws: Draws) -> Floats:
        """Return the dates, shape (n_dates, n_draws) [tick]."""
        out = self.values.sample(draws)
        for (each, of_start), offset in zip(self.ranges, out, strict=True):
            if each.of_days:
                np.floor(offset + each.rounding, out=offset)
            offset[:] = self.axis.ticks_after(each.low, offset, whole_days=each.of_days, of_start=of_start)
        return out
