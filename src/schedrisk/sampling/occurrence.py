"""In which draws risks happen: by themselves, for each task by itself, as alternatives, or triggered by others."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from schedrisk._typing import Bools, Floats, Ints
from schedrisk.model import Plan, Risk
from schedrisk.model.risk_structure import exclusive_width, trigger_order
from schedrisk.rulebook import Rulebook
from schedrisk.sampling.correlation import Correlated, CorrelationSampler
from schedrisk.sampling.design import Design, Draws, Streams
from schedrisk.timeaxis import TimeAxis

__all__ = ["Event", "Occurrences", "events_of", "faded_odds"]

Event = tuple[int, str | None]
"""Place of a risk in the plan, and the task for which it happens; None where it happens for all of them at once."""


@dataclass(frozen=True, eq=False)
class Occurrences:
    """When some events happen.

    An event happens where its uniform number lies in an interval: from 0 to its odds, or, of alternatives, from the end
    of the one before, on one number for all of them. What is triggered happens only where one of its triggers does.

    Attributes
    ----------
    events : tuple of Event
    streams : Streams
        Of the uniform numbers.
    numbers : ndarray of int, shape (n_events,)
        Which uniform number each event follows.
    lower : ndarray, shape (n_events, 1)
        Where the intervals begin.
    triggers : tuple of (int, tuple of int)
        Events that are triggered, and by which; what triggers comes before what is triggered.
    correlation : Correlated, optional
        What risks have in common; None where none of them is correlated.
    """

    events: tuple[Event, ...]
    streams: Streams
    numbers: Ints
    lower: Floats
    triggers: tuple[tuple[int, tuple[int, ...]], ...]
    correlation: Correlated | None = None

    @classmethod
    def of(cls, plan: Plan, design: Design, events: Sequence[Event]) -> Occurrences:
        """Prepare some events, with all that trigger them among them."""
        names: dict[tuple[str, ...], int] = {}
        numbers = [names.setdefault(_stream_of(plan.risks[risk], task), len(names)) for risk, task in events]
        begins = _interval_starts(plan.risks)
        lower = np.array([begins[risk] for risk, _ in events])[:, None]
        correlation = CorrelationSampler.of(plan.dependence["risk"], design, map(_correlated_as, names))
        return cls(
            tuple(events), design.streams(names), np.array(numbers, dtype=int), lower, _triggers(plan.risks, events),
            correlation.over(map(_correlated_as, names)),
        )  # fmt: skip

    def uniforms(self, draws: Draws) -> Floats:
        """Return the uniform number of each event, shape (n_events, n_draws)."""
        u = draws.uniforms(self.streams)
        if self.correlation is not None:
            self.correlation.apply(draws, u)
        return u if u.shape[0] == self.numbers.size else u[self.numbers]

    def happen(self, uniforms: Floats, odds: Floats) -> Bools:
        """Return in which draws each event happens, shape (n_events, n_draws).

        Parameters
        ----------
        uniforms : ndarray, shape (n_events, n_draws)
        odds : ndarray, shape (n_events, 1)
        """
        happens = uniforms < self.lower + odds
        if self.lower.any():
            happens &= uniforms >= self.lower
        for event, parents in self.triggers:
            happens[event] &= happens[list(parents)].any(axis=0)
        return happens


def events_of(plan: Plan, tasks: Collection[str], *, everything: bool = False) -> list[Event]:
    """Return the events that may hit some tasks, in the order of the plan's risks, and all that trigger them.

    Parameters
    ----------
    plan : Plan
    tasks : collection of str
        Ids of tasks with work to come.
    everything : bool
        Whether events of every other risk are wanted too.
    """
    places = {risk.id: place for place, risk in enumerate(plan.risks)}
    wanted = {place for place, risk in enumerate(plan.risks) if everything or any(each in tasks for each in risk.hits)}
    triggering: set[int] = set()
    for place in reversed(trigger_order(plan.risks)):
        if place in wanted | triggering:
            triggering |= {places[each] for each in plan.risks[place].triggered_by}
    events: list[Event] = []
    for place in sorted(wanted | triggering):
        risk = plan.risks[place]
        if risk.happens_once:
            events.append((place, None))
        else:
            whole = place in triggering or everything
            events += [(place, task) for task in risk.hits if (plan.task(task).has_work if whole else task in tasks)]
    return events


def faded_odds(plan: Plan, risks: Sequence[Risk], events: Sequence[Event]) -> Floats:
    """Return the odds of each event, shape (n_events, 1), less what has faded as work was done.

    Parameters
    ----------
    plan : Plan
        As it stands; its tasks say what remains.
    risks : sequence of Risk
        Those of the plan, before or after mitigation.
    events : sequence of Event
    """
    work = _work(plan) if any(risk.fades for risk in risks) else {}
    return np.array([_odds(plan, risks[place], task, work) for place, task in events])[:, None]


def _odds(plan: Plan, risk: Risk, task: str | None, work: Mapping[str, tuple[float, float]]) -> float:
    tasks = risk.hits if task is None else (task,)
    if tasks and not any(plan.task(each).has_work for each in tasks):
        return 0.0  # what is done is never hit
    odds = risk.odds[1] if task is None else risk.probability_of(task)
    if not risk.fades or not tasks:
        return odds
    done, remaining = (sum(work[each][part] for each in tasks) for part in (0, 1))
    # With the same odds for every hour of the work, so much is left of those for the whole of it.
    return odds if done == 0 else 1.0 - (1.0 - odds) ** (remaining / (done + remaining))


def _work(plan: Plan) -> dict[str, tuple[float, float]]:
    """Return how much of each task is done and how much remains as planned, in ticks of its working time."""
    book = Rulebook(plan, TimeAxis.of(plan))
    return {
        task.id: (book.work_done(task), float(book.planned[row]) if task.has_work else 0.0)
        for row, task in enumerate(plan.tasks)
    }


def _stream_of(risk: Risk, task: str | None) -> tuple[str, ...]:
    if risk.exclusive is not None:
        return ("risk", "exclusive", risk.exclusive)
    return ("risk", "occurrence", risk.id) if task is None else ("risk", "occurrence", risk.id, task)


def _correlated_as(stream: tuple[str, ...]) -> str:
    """Return the id of the risk that a stream decides by itself; "", which is no id, where it does not."""
    return stream[2] if stream[:2] == ("risk", "occurrence") and len(stream) == 3 else ""


def _interval_starts(risks: Sequence[Risk]) -> list[float]:
    """Return where each risk's interval begins: alternatives lie side by side in the order of the plan."""
    ends: dict[str, float] = {}
    starts = []
    for risk in risks:
        start = 0.0 if risk.exclusive is None else ends.get(risk.exclusive, 0.0)
        starts.append(start)
        if risk.exclusive is not None:
            ends[risk.exclusive] = start + exclusive_width(risk)
    return starts


def _triggers(risks: Sequence[Risk], events: Sequence[Event]) -> tuple[tuple[int, tuple[int, ...]], ...]:
    numbers: dict[str, list[int]] = {}
    for number, (place, _) in enumerate(events):
        numbers.setdefault(risks[place].id, []).append(number)

    def pairs() -> Iterator[tuple[int, tuple[int, ...]]]:
        for risk in (risks[place] for place in trigger_order(risks)):
            if risk.triggered_by:
                parents = tuple(number for each in risk.triggered_by for number in numbers.get(each, ()))
                yield from ((number, parents) for number in numbers.get(risk.id, ()))

    return tuple(pairs())
