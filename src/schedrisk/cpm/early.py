"""Where a forward pass leaves what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from schedrisk._typing import Bools, Floats
from schedrisk.network import Network
from schedrisk.sample import Sample, Timed

if TYPE_CHECKING:
    from schedrisk.cpm.absence import Dates

__all__ = ["Early", "Recorder"]

T = TypeVar("T")


class Recorder(Protocol):
    """What takes down the passes over most rows in a shorter form, when they are recorded for the compiled engine."""

    def place_all(self, network: Network, early: Early) -> bool:
        """Place all rows of a network at once; return False to have them placed one by one."""

    def hand_back_all(self, critical: Bools) -> bool:
        """Hand back the criticality of all rows at once; return False to have it done row by row."""

    def place(self, network: Network, early: Early, row: int) -> bool:
        """Place a row that starts as soon as its FS links let it; return False to have it done step by step."""

    def hand_back(self, network: Network, early: Early, row: int, critical: Bools) -> None:
        """Hand the criticality of a row to those that drive it."""

    def count_overridden(self, key: tuple[int, int], mask: Bools) -> None:
        """Count the draws in which a date overrode logic."""


@dataclass(frozen=True, eq=False)
class Early:
    """Where a forward pass leaves its dates, each of shape (n_tasks, n_draws) [tick].

    Attributes
    ----------
    finishes : ndarray
        On entry durations, on return finishes.
    starts : ndarray, optional
        Receives the starts; of work in progress when the rest of it begins.
    start_rows : frozenset of int, optional
        Whose starts are wanted; everyone's where not given.
    durations : ndarray, optional
        Durations; an expected finish changes them.
    binding : list of list of ndarray, shape (n_draws,), optional
        For each row and each of its links, receives whether the link decides the dates. Not written where a row has
        a single link that always binds (`Network.sure`).
    overridden : dict
        Receives in how many draws each overriding date, as (row, number of the constraint), was earlier than logic.
    held : dict of int to ndarray, shape (n_draws,)
        Rows that start no earlier than this, whatever else says (`forward_again`).
    unheld : dict of int to (ndarray, ndarray)
        Starts and finishes that these rows would have had.
    sample : Sample, optional
        What was drawn.
    absent : dict of int to ndarray of bool, shape (n_draws,)
        In which draws a row does not exist: by chance, or by a decision.
    reached, missed : dict of int to ndarray of bool, shape (n_draws,)
        Of each decision, by its number: the draws in which it arises and its milestone is reached in time, or not.
    would_be : dict of int to Dates
        Of rows that are given up in some draws, as if they were not.
    timed : mapping of int to Timed
        Rows whose duration depends on when they begin.
    begins : dict of int to ndarray, shape (n_draws,)
        Receives from when that is reckoned for them.
    works : dict of int to ndarray, shape (n_draws,)
        Working time at the finish of rows whose successors count on the same clock (`Network.hands_on_work`).
    recorder : Recorder, optional
        What notes down the passes over plain rows, where the passes are recorded and not run.
    """

    finishes: Floats
    starts: Floats | None = None
    durations: Floats | None = None
    start_rows: frozenset[int] | None = None
    binding: list[list[Bools]] | None = None
    overridden: dict[tuple[int, int], int] = field(default_factory=dict)
    held: dict[int, Floats] = field(default_factory=dict)
    unheld: dict[int, tuple[Floats, Floats]] = field(default_factory=dict)
    sample: Sample | None = None
    absent: dict[int, Bools] = field(default_factory=dict)
    reached: dict[int, Bools] = field(default_factory=dict)
    missed: dict[int, Bools] = field(default_factory=dict)
    would_be: dict[int, Dates] = field(default_factory=dict)
    timed: Mapping[int, Timed] = field(default_factory=dict)
    begins: dict[int, Floats] = field(default_factory=dict)
    works: dict[int, Floats] = field(default_factory=dict)
    recorder: Recorder | None = None

    @property
    def every_start(self) -> Floats:
        """`starts` of a pass that was asked for them."""
        return _asked_for(self.starts, "starts")

    @property
    def every_duration(self) -> Floats:
        """`durations` of a pass that was asked for them."""
        return _asked_for(self.durations, "durations")

    @property
    def every_mask(self) -> list[list[Bools]]:
        """`binding` of a pass that was asked for it."""
        return _asked_for(self.binding, "binding")

    @property
    def drawn(self) -> Sample:
        """What was drawn, of a pass that draws lags or dates."""
        return _asked_for(self.sample, "a sample")

    @classmethod
    def of(
        cls, network: Network, sample: Sample, *, starts: bool = False, keep_durations: bool = False,
        binding: bool = False,
    ) -> Early:  # fmt: skip
        """Make room for a forward pass; the durations of `sample` become the finishes.

        Parameters
        ----------
        network : Network
        sample : Sample
        starts, keep_durations, binding : bool
            What is wanted beyond what the pass itself needs.
        """
        wanted = starts or network.needs_starts or bool(sample.timed)
        kept = keep_durations or network.needs_durations
        durations = sample.durations
        return cls(
            durations,
            np.empty_like(durations) if wanted else None,
            durations.copy() if kept else None,
            None if starts else network.followed_at_start | sample.timed.keys(),
            binding=binding_masks(network, durations.shape[1]) if binding else None,
            sample=sample,
            timed=sample.timed,
        )

    def begin(self) -> None:
        """Forget what an earlier pass decided."""
        for each in (self.absent, self.reached, self.missed, self.would_be):
            each.clear()
        if self.sample is not None:
            self.absent.update(self.sample.absent)

    def given_up_durations(self) -> dict[int, Floats]:
        """Return what rows that decisions give up would have taken, shape (n_draws,) each [tick]."""
        return {row: each.durations for row, each in self.would_be.items() if each.durations is not None}

    def count_overridden(self, key: tuple[int, int], mask: Bools) -> None:
        """Count the draws in which an overriding date, as (row, number of the constraint), was earlier than logic."""
        if self.recorder is not None:
            self.recorder.count_overridden(key, mask)
        else:
            self.overridden[key] = self.overridden.get(key, 0) + int(np.count_nonzero(mask))

    def leave_out(self, row: int, gone: Bools) -> None:
        """Let a row not exist in some draws, beside those in which it does not anyway."""
        self.absent[row] = self.absent[row] | gone if row in self.absent else gone


def _asked_for(part: T | None, name: str) -> T:
    if part is None:
        raise RuntimeError(f"the forward pass was not asked for {name}")
    return part


def binding_masks(network: Network, count: int) -> list[list[Bools]]:
    """Return, for each row and each of its links, room for whether the link binds, shape (count,)."""
    masks = np.empty((network.n_links, count), dtype=bool)
    rows = iter(masks)
    return [[next(rows) for _ in links] for links in network.links_into]
