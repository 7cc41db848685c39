"""What if: plans that differ from another in some part."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from schedrisk._validation import Replaceable
from schedrisk.model.correlation import Correlation, correlations_without, with_floor
from schedrisk.model.promise import Promise
from schedrisk.model.risk import Risk
from schedrisk.model.risk_structure import without_risks
from schedrisk.model.task import Task
from schedrisk.model.template import Template, apply_templates

__all__ = ["Variants"]


class Variants(Replaceable):
    """The changed copies of a plan."""

    if TYPE_CHECKING:
        tasks: tuple[Task, ...]
        risks: tuple[Risk, ...]
        promises: tuple[Promise, ...]
        correlations: tuple[Correlation, ...]

        def task(self, task: str) -> Task:  # noqa: D102
            ...

        def risk(self, risk: str) -> Risk:  # noqa: D102
            ...

    def replace(self, **changes: Any) -> Self:
        """Return a new plan with some fields changed.

        Examples
        --------
        >>> from schedrisk.model import Plan
        >>> Plan(tasks=[Task("a", 1)]).replace(name="what if").name
        'what if'
        """
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]

    def replace_task(self, task: str, **changes: Any) -> Self:
        """Return a new plan with some fields of one task changed.

        Examples
        --------
        >>> from schedrisk.model import Plan
        >>> Plan(tasks=[Task("a", 1)]).replace_task("a", estimate="2/3/4").task("a").planned_duration
        3.0
        """
        changed = self.task(task).replace(**changes)
        return self.replace(tasks=[changed if each.id == task else each for each in self.tasks])

    def without_risk(self, risk: str) -> Self:
        """Return a new plan that lacks one risk, and those that it alone triggers.

        Raises
        ------
        UnknownNameError
            When the plan has no such risk.
        """
        self.risk(risk)
        return self.without_risks([risk])

    def without_risks(self, risks: Iterable[str]) -> Self:
        """Return a new plan that lacks some risks, and those that they alone trigger; ids it does not know are passed over.

        Examples
        --------
        >>> from schedrisk.model import Plan
        >>> risks = [Risk("flood", 0.1), Risk("mould", 0.5, triggered_by="flood"), Risk("strike", 0.2)]
        >>> [risk.id for risk in Plan(tasks=[Task("a", 1)], risks=risks).without_risks(["flood"]).risks]
        ['strike']
        """
        kept = without_risks(self.risks, risks)
        gone = {each.id for each in self.risks} - {each.id for each in kept}
        return self.replace(risks=kept, correlations=correlations_without(self.correlations, gone))

    def with_risks(self, risks: Iterable[Risk]) -> Self:
        """Return a new plan with these risks too; one takes the place of a risk of the same id.

        Examples
        --------
        >>> from schedrisk.model import Plan
        >>> plan = Plan(tasks=[Task("a", 1)], risks=[Risk("strike", 0.1, delay=5, tasks=["a"])])
        >>> more = plan.with_risks([Risk("strike", 0.3, delay=5, tasks=["a"]), Risk("flood", 0.01, delay=9, tasks=["a"])])
        >>> [(risk.id, risk.probability) for risk in more.risks]
        [('strike', 0.3), ('flood', 0.01)]
        """
        given = list(risks)
        last = {risk.id: risk for risk in given}
        there = {risk.id for risk in self.risks}
        return self.replace(
            risks=[*(last.get(risk.id, risk) for risk in self.risks), *(each for each in given if each.id not in there)]
        )

    def with_correlation(self, rho: float) -> Self:
        """Return a new plan in which no two uncertain tasks have less than a rank correlation of `rho`.

        Pairs that have more keep it. It shows what a plan of independent tasks leaves out.

        Examples
        --------
        >>> from schedrisk.model import Plan
        >>> Plan(tasks=[Task("a", "2/3/8"), Task("b", "2/3/8")]).with_correlation(0.3).dependence["task"].floor
        0.3
        """
        return self.replace(correlations=with_floor(self.correlations, rho))

    def with_promise(self, promise: Promise) -> Self:
        """Return a new plan with this promise, in place of one of the same name if there is one."""
        others = [each for each in self.promises if each.name != promise.name]
        return self.replace(promises=[*others, promise])

    def with_templates(self, templates: Iterable[Template]) -> Self:
        """Return a new plan in which templates give the tasks of an imported schedule their estimates.

        The first template that fits a task, in the order given, does. Only tasks with work to come and nothing but
        the schedule's single duration (``estimate_from`` is ``"schedule"``) get one: an estimate that was set by hand,
        by a table, a field or an earlier template is never replaced. Planned durations stay, and so do planned dates.
        Tasks of one template with ``rho`` become a `Correlation`, but for those that are in one already.

        Parameters
        ----------
        templates : iterable of Template

        Examples
        --------
        >>> from schedrisk.model import Plan
        >>> imported = Plan(tasks=[Task("A", 10, estimate_from="schedule"), Task("B", 4)])
        >>> plan = imported.with_templates([Template(low=0.9, high=1.3)])
        >>> [str(task.estimate) for task in plan.tasks]
        ['pert(9, 10, 13)', '4']
        """
        tasks, correlations = apply_templates(self.tasks, self.correlations, templates)
        return self.replace(tasks=tasks, correlations=correlations)
