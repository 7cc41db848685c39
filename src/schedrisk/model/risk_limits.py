"""What the risks of a plan may do to its tasks at most, whatever is drawn and whichever mitigation is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schedrisk.model.risk import Risk
from schedrisk.model.risk_structure import waiting_risks

__all__ = ["RiskLimits"]


@dataclass(frozen=True)
class RiskLimits:
    """What risks, before or after their mitigation, may do to tasks.

    Attributes
    ----------
    delayed : frozenset of str
        Tasks that may be delayed. A factor leaves a duration of zero at zero.
    shrinkage : mapping of str to float
        What is left of each task where its risks shorten it as much as they can, as a factor.
    windowed : mapping of str to list of int
        Places of the risks with a window that hit each task.
    waiting : frozenset of str
        Tasks that are hit by a risk whose mitigation takes a lead time.
    leads : tuple of float
        All lead times [plan unit].
    """

    delayed: frozenset[str]
    shrinkage: Mapping[str, float]
    windowed: Mapping[str, list[int]]
    waiting: frozenset[str]
    leads: tuple[float, ...]

    @classmethod
    def of(cls, risks: Sequence[Risk]) -> RiskLimits:
        """Gather them from the risks of a plan."""
        delayed: set[str] = set()
        shrinkage: dict[str, float] = {}
        windowed: dict[str, list[int]] = {}
        waiting: set[str] = set()
        late = waiting_risks(risks)
        for place, risk in enumerate(risks):
            states = (risk,) if risk.mitigation is None else (risk, risk.after_mitigation())
            delayed |= {task for state in states for task in state.delays}
            hits = dict.fromkeys(task for state in states for task in state.hits)
            for task in hits:
                shrinkage[task] = shrinkage.get(task, 1.0) * min(_least(state, task) for state in states)
                if risk.window is not None:
                    windowed.setdefault(task, []).append(place)
            if risk.id in late:
                waiting |= hits.keys()
        leads = {risk.mitigation.lead_time for risk in risks if risk.mitigation is not None}
        return cls(frozenset(delayed), shrinkage, windowed, frozenset(waiting), tuple(sorted(leads - {0.0})))


def _least(risk: Risk, task: str) -> float:
    """Return what a risk leaves of a task at least, as a factor; a saving may leave nothing."""
    if task in risk.savings:
        return 0.0
    return min(1.0, max(0.0, risk.factors[task].support[0])) if task in risk.factors else 1.0
