"""Risk: an event that may happen, and what it does to tasks and to costs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BeforeValidator, StrictBool, model_validator

from schedrisk._validation import Name, Names, Replaceable, record
from schedrisk.errors import PlanError, Problem, shown
from schedrisk.estimates import Estimate, EstimateField, EstimateLike
from schedrisk.model.impact import Chance, Impact, Window, WindowField, impact_problems
from schedrisk.model.mitigation import Mitigation
from schedrisk.model.moments import DateLike

__all__ = ["IMPACTS", "Risk"]

IMPACTS = ("delay", "factor", "saving")
"""Fields that hold one estimate, or one for each task."""

Triggers = Annotated[Names, BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]


@record(PlanError)
class Risk(Replaceable):
    """An event with a probability and, if it happens, impacts: a threat or, where they help, an opportunity.

    The event happens or not once per draw, for all its tasks at once, unless `per_task` says otherwise. `delay`,
    `factor` and `saving` are each either one estimate with `tasks` (one magnitude, drawn once, on all of them) or a
    table task → estimate (a magnitude for each task). A duration is the estimate, times the factors of all the risks
    that happen, plus their delays, less their savings, and never below 0. A factor on several tasks is a risk driver:
    it makes them long or short together.

    Parameters
    ----------
    id : str
        Unique among the plan's risks.
    probability : float or mapping of str to float
        Chance that the event happens [0–1]; a table task → chance where it happens for each task by itself.
    delay : Estimate or mapping of str to Estimate, optional
        Working time added to the duration of the tasks [plan unit].
    factor : Estimate or mapping of str to Estimate, optional
        What the duration of the tasks, or what remains of it, is multiplied by: 1.2 is a fifth more, 0.9 a tenth less.
    saving : Estimate or mapping of str to Estimate, optional
        Working time taken off the duration of the tasks [plan unit].
    tasks : iterable of str
        Ids of the tasks that one shared `delay`, `factor` or `saving` hits.
    owner : str, optional
        Who answers for the risk.
    name : str, optional
        What people call the risk; `id` where not given.
    per_task : bool
        Whether it happens for each task by itself, with the same odds.
    independent : bool
        Whether one estimate is drawn for each task by itself.
    parallel : bool
        Whether it acts beside the other parallel risks of a task and not after them: of their factors the largest from
        1 up and the smallest below 1 count, of their delays the largest, of their savings the largest.
    cost : Estimate, optional
        What it costs where it happens [money].
    cost_per_day : Estimate, optional
        What each working day costs by which it lengthens its tasks [money]; days that it saves count against that.
    exclusive : str, optional
        Name of a group of risks of which at most one happens.
    triggered_by : str or iterable of str
        Ids of risks: it can happen only in draws in which one of them does, and `probability` is its chance there.
    window : pair of dates, optional
        When it can hit: work outside is spared. None leaves a side open. A delay or saving counts where any of a task's
        work lies in the window, a factor multiplies the share of the work that does.
    fades : bool
        Whether the odds shrink as its tasks are done: 1 − (1 − p) to the power of the share of their work that remains.
    mitigation : Mitigation, optional
        What it is like once something is done about it.

    Examples
    --------
    >>> risk = Risk("no carrier chosen", 0.4, delay={"site-ready": "5/10/30"}, owner="customer")
    >>> sorted(risk.delays)
    ['site-ready']
    >>> driver = Risk("new feature", 0.6, factor="0.9/1.1/1.4", tasks=["install", "commission"])
    >>> driver.hits
    ('install', 'commission')
    >>> frost = Risk("frost", 0.3, delay=5, tasks=["pour"], window=("2026-12-01", "2027-02-28"), cost_per_day=900)
    >>> frost.window.finish
    datetime.date(2027, 2, 28)
    """

    id: Name
    probability: Chance
    _: dataclasses.KW_ONLY
    delay: Impact = None
    factor: Impact = None
    saving: Impact = None
    tasks: Names = ()
    owner: Name | None = None
    name: Name | None = None
    per_task: StrictBool = False
    independent: StrictBool = False
    parallel: StrictBool = False
    cost: EstimateField | None = None
    cost_per_day: EstimateField | None = None
    exclusive: Name | None = None
    triggered_by: Triggers = ()
    window: WindowField = None
    fades: StrictBool = False
    mitigation: Mitigation | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            id: str,  # noqa: A002
            probability: float | Mapping[str, float],
            *,
            delay: EstimateLike | Mapping[str, EstimateLike] | None = None,
            factor: EstimateLike | Mapping[str, EstimateLike] | None = None,
            saving: EstimateLike | Mapping[str, EstimateLike] | None = None,
            tasks: Iterable[str] = (),
            owner: str | None = None,
            name: str | None = None,
            per_task: bool = False,
            independent: bool = False,
            parallel: bool = False,
            cost: EstimateLike | None = None,
            cost_per_day: EstimateLike | None = None,
            exclusive: str | None = None,
            triggered_by: str | Iterable[str] = (),
            window: Window | tuple[DateLike | float | None, DateLike | float | None] | None = None,
            fades: bool = False,
            mitigation: Mitigation | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = [
            *impact_problems(self.delays | self.savings, self.factors),
            *self._two_ways_to_say_which_tasks(),
            *self._wrong_odds(),
            *self._wrong_mitigation(),
        ]
        if problems:
            raise PlanError(problems)
        return self

    def _two_ways_to_say_which_tasks(self) -> Iterable[Problem]:
        given = {name: each for name in IMPACTS if (each := getattr(self, name)) is not None}
        if self.tasks and given and all(isinstance(each, dict) for each in given.values()):
            tables, one = _listed(given, "and", "s"), _listed(given, "or")
            expected = f"no list of tasks beside a table of {tables}"
            remedy = f"leave tasks out, or give one {one} for all of them"
            yield Problem("tasks", shown(list(self.tasks)), expected, remedy)

    def _wrong_odds(self) -> Iterable[Problem]:
        if isinstance(self.probability, dict):
            without, idle = set(self.hits) - self.probability.keys(), self.probability.keys() - set(self.hits)
            for task in (task for task in self.hits if task in without):
                yield Problem("probability", "a table", f"a chance for task {shown(task)} too, which it hits")
            for task in (task for task in self.probability if task in idle):
                yield Problem(
                    "probability", shown(task), "tasks that the risk hits", "leave it out, or add it to tasks"
                )
        if self.exclusive is not None and not self.happens_once:
            expected = "a risk that happens once, for all its tasks, as one of a group does"
            yield Problem("exclusive", shown(self.exclusive), expected, "split it into a risk for each task")

    def _wrong_mitigation(self) -> Iterable[Problem]:
        if self.mitigation is None:
            return
        for field in ("probability", *IMPACTS):
            own, after = getattr(self, field), getattr(self.mitigation, field)
            if not isinstance(after, dict):
                continue
            place = f"mitigation, {field}"
            one = own is not None and not isinstance(own, dict) and not (field == "probability" and self.per_task)
            if one:
                yield Problem(place, "a table", "one for all tasks, as before the mitigation")
            for task in after.keys() - set(self.hits):
                yield Problem(place, shown(task), "tasks that the risk hits", "leave it out")

    @property
    def label(self) -> str:
        """What to call the risk in tables and plots."""
        return self.name or self.id

    @property
    def shared(self) -> bool:
        """Whether each magnitude is drawn once and hits all the tasks."""
        return not self.independent and not any(isinstance(getattr(self, name), dict) for name in IMPACTS)

    @property
    def happens_once(self) -> bool:
        """Whether it happens for all its tasks at once, and not for each by itself."""
        return not self.per_task and not isinstance(self.probability, dict)

    @property
    def delays(self) -> dict[str, Estimate]:
        """The delay of each task that the risk delays."""
        return self._of_each(self.delay)

    @property
    def factors(self) -> dict[str, Estimate]:
        """The factor of each task whose duration the risk multiplies."""
        return self._of_each(self.factor)

    @property
    def savings(self) -> dict[str, Estimate]:
        """The saving of each task that the risk shortens."""
        return self._of_each(self.saving)

    @property
    def hits(self) -> tuple[str, ...]:
        """Every task that the risk delays, multiplies or shortens, once."""
        return tuple(self.delays | self.factors | self.savings)

    @property
    def has_cost(self) -> bool:
        """Whether it costs money where it happens."""
        return self.cost is not None or self.cost_per_day is not None

    def probability_of(self, task: str) -> float:
        """Return the chance that it happens for a task [0–1]."""
        return self.probability[task] if isinstance(self.probability, dict) else self.probability

    @property
    def odds(self) -> tuple[float, float]:
        """The lowest and the highest chance over its tasks [0–1]."""
        chances = self.probability.values() if isinstance(self.probability, dict) else [self.probability]
        return min(chances), max(chances)

    def after_mitigation(self) -> Risk:
        """Return the risk as its mitigation leaves it; itself where it has none.

        Examples
        --------
        >>> risk = Risk("frost", 0.3, delay=5, tasks=["pour"], mitigation=Mitigation(delay=1, cost=2_000))
        >>> risk.after_mitigation().delays["pour"]
        Fixed(value=1.0)
        """
        mitigation = self.mitigation
        if mitigation is None:
            return self
        costs = {
            own: getattr(self, own) if (after := getattr(mitigation, f"impact_{own}")) is None else after
            for own in ("cost", "cost_per_day")
        }
        changes: dict[str, Any] = {
            field: self._after(field, getattr(mitigation, field)) for field in ("probability", *IMPACTS)
        }
        return dataclasses.replace(self, mitigation=None, **changes | costs)

    def _after(self, field: str, after: Any) -> Any:
        own = getattr(self, field)
        if after is None:
            return own
        if isinstance(after, dict):
            # Tasks that are left out keep what they had.
            before = own if isinstance(own, dict) else {} if own is None else dict.fromkeys(self.hits, own)
            return before | after
        if isinstance(own, dict):
            return dict.fromkeys(own, after)
        return dict.fromkeys(self.hits, after) if own is None and not self.tasks else after

    def _of_each(self, impact: Estimate | dict[str, Estimate] | None) -> dict[str, Estimate]:
        if isinstance(impact, dict):
            return dict(impact)
        with_odds = self.probability if isinstance(self.probability, dict) else ()
        return {} if impact is None else dict.fromkeys(self.tasks or with_odds, impact)


def _listed(names: Iterable[str], joint: str, plural: str = "") -> str:
    return f" {joint} ".join(f"{name}{plural}" for name in names)
