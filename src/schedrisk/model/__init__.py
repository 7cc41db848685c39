"""The plan and its parts: frozen, validated on construction, all faults at once."""

from schedrisk.model.branches import Branch, Decision, Outcome
from schedrisk.model.certain import gate
from schedrisk.model.correlation import Correlation
from schedrisk.model.dates import DateRange
from schedrisk.model.impact import Window
from schedrisk.model.logic import Constraint, Link
from schedrisk.model.mitigation import Mitigation
from schedrisk.model.options import Provenance, SchedulingOptions
from schedrisk.model.period import Period
from schedrisk.model.plan import Plan
from schedrisk.model.promise import Damages, Promise
from schedrisk.model.risk import Risk
from schedrisk.model.scale import Scale
from schedrisk.model.task import Assignment, Task
from schedrisk.model.template import Template
from schedrisk.model.weather import Closure, Weather

__all__ = [
    "Assignment",
    "Branch",
    "Closure",
    "Constraint",
    "Correlation",
    "Damages",
    "DateRange",
    "Decision",
    "Link",
    "Mitigation",
    "Outcome",
    "Period",
    "Plan",
    "Promise",
    "Provenance",
    "Risk",
    "Scale",
    "SchedulingOptions",
    "Task",
    "Template",
    "Weather",
    "Window",
    "gate",
]
