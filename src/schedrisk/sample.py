"""What a block of draws decides before any date is reckoned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Literal, TypeAlias

import numpy as np

from schedrisk._typing import Bools, Floats

__all__ = ["ImpactKind", "Sample", "State", "Strike", "Timed"]

ImpactKind: TypeAlias = Literal["factor", "delay", "saving"]


@dataclass(frozen=True, eq=False)
class Strike:
    """What a risk does to a row.

    Attributes
    ----------
    risk : int
        Its place in the plan.
    kind : {"factor", "delay", "saving"}
    values : ndarray, shape (n_draws,)
        Factors, 1 where the risk does not happen; delays or savings [tick], 0 where it does not.
    parallel : bool
        Whether it acts beside other parallel ones, not after them.
    windowed : bool
        Whether it hits only work between certain dates.
    """

    risk: int
    kind: ImpactKind
    values: Floats
    parallel: bool = False
    windowed: bool = False


@dataclass(frozen=True, eq=False)
class State:
    """What the work of a row takes, as the risks stand.

    Attributes
    ----------
    estimate : ndarray, shape (n_draws,)
        The duration without risks [tick], not yet whole.
    strikes : tuple of Strike
        In the order of the plan's risks.
    """

    estimate: Floats
    strikes: tuple[Strike, ...]

    def duration(self, shares: Mapping[int, Floats] | None = None) -> Floats:
        """Return max(0, estimate × factors + delays − savings), shape (n_draws,) [tick], not yet whole.

        Of the parallel factors the largest from 1 up and the smallest below 1 count, of the parallel delays and savings
        the largest.

        Parameters
        ----------
        shares : mapping of int to ndarray, shape (n_draws,), optional
            Of each windowed risk, by its place in the plan, which share of the work lies in its window [0–1]. Windowed
            risks that are not named do nothing.
        """
        found = [(each, _counted(each, shares or {})) for each in self.strikes]
        lasts = self.estimate.copy()
        for multiplier in _series(found, "factor"):
            np.multiply(lasts, multiplier, out=lasts)
        if beside := _beside(found, "factor"):
            for pick in (np.maximum, np.minimum):
                np.multiply(lasts, pick(reduce(pick, beside), 1.0), out=lasts)
        for delay in _series(found, "delay"):
            np.add(lasts, delay, out=lasts)
        if beside := _beside(found, "delay"):
            np.add(lasts, reduce(np.maximum, beside), out=lasts)
        for saving in _series(found, "saving"):
            np.subtract(lasts, saving, out=lasts)
        if beside := _beside(found, "saving"):
            np.subtract(lasts, reduce(np.maximum, beside), out=lasts)
        return np.maximum(lasts, 0.0, out=lasts)

    def lengthened(self, risk: int, shares: Mapping[int, Floats] | None = None) -> Floats:
        """Return by how much a risk lengthens the work, shape (n_draws,) [tick]; negative where it shortens it.

        That is what it adds to the duration that the risks before it in the plan leave, so that the parts of all the
        risks sum to what they add together.
        """
        before = State(self.estimate, tuple(each for each in self.strikes if each.risk < risk))
        after = State(self.estimate, tuple(each for each in self.strikes if each.risk <= risk))
        return after.duration(shares) - before.duration(shares)


def _counted(strike: Strike, shares: Mapping[int, Floats]) -> Floats | None:
    """Return what counts of a strike; None for nothing."""
    if not strike.windowed:
        return strike.values
    share = shares.get(strike.risk)
    if share is None:
        return None
    if strike.kind == "factor":
        return np.asarray(1.0 + share * (strike.values - 1.0))
    return np.where(share > 0, strike.values, 0.0)


def _series(found: list[tuple[Strike, Floats | None]], kind: ImpactKind) -> list[Floats]:
    return [values for each, values in found if each.kind == kind and not each.parallel and values is not None]


def _beside(found: list[tuple[Strike, Floats | None]], kind: ImpactKind) -> list[Floats]:
    return [values for each, values in found if each.kind == kind and each.parallel and values is not None]


@dataclass(frozen=True, eq=False)
class Timed:
    """A row whose duration depends on when it begins.

    Attributes
    ----------
    states : tuple of State
        The first holds from the start, each further one once its lead time is over.
    leads : tuple of float
        Lead times of the further states, ascending [plan unit].
    """

    states: tuple[State, ...]
    leads: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Sample:
    """A block of draws, sampled and not yet scheduled.

    Attributes
    ----------
    first : int
        Number of the first draw.
    durations : ndarray, shape (n_rows, n_draws)
        Whole ticks, never negative; the forward pass turns them to finishes.
    absent : mapping of int to ndarray of bool, shape (n_draws,)
        In which draws a row does not exist, by chance; decisions add to it in the forward pass.
    timed : mapping of int to Timed
        Rows whose duration the forward pass settles, once it knows their start; `durations` has what they take without
        windowed risks in the first state.
    tracked : mapping of int to Timed
        What each risk does to the rows of which it was asked.
    lags, dates : ndarray, shape (n_lags, n_draws) and (n_dates, n_draws)
        Those that are drawn [tick].
    """

    first: int
    durations: Floats
    absent: Mapping[int, Bools] = field(default_factory=dict)
    timed: Mapping[int, Timed] = field(default_factory=dict)
    tracked: Mapping[int, Timed] = field(default_factory=dict)
    lags: Floats = field(default_factory=lambda: np.empty((0, 0)))
    dates: Floats = field(default_factory=lambda: np.empty((0, 0)))

    @property
    def count(self) -> int:
        """How many draws they are."""
        return int(self.durations.shape[1])
