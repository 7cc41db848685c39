"""Monte Carlo schedule risk: which date can be promised, what drives it, whose delay it is, what lateness costs.

>>> import schedrisk as sr
>>> plan = sr.Plan(
...     name="move",
...     tasks=[sr.Task("pack", "2/3/5"), sr.Task("drive", sr.Triangular(1, 1, 3), after=["pack"])],
...     promises=[sr.Promise("done", by=6)],
... )
>>> result = sr.simulate(plan, 1_000, rng=1)
>>> result.promise("done").probability > 0.9
True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from schedrisk.analysis import compare, convergence, estimates, mitigations, ownership, risk_ranking, sensitivity
from schedrisk.calendars import Calendar
from schedrisk.errors import (
    ArgumentError,
    CalendarError,
    CorrelationError,
    CorrelationWarning,
    CycleError,
    EstimateError,
    ExecutorError,
    Interrupted,
    MemoryLimitError,
    MissingDependencyError,
    PlanError,
    ReadError,
    SchedriskError,
    SchedriskWarning,
    UnknownNameError,
    WriteError,
)
from schedrisk.estimates import (
    BetaScaled,
    Discrete,
    Empirical,
    Exponential,
    Fixed,
    Gamma,
    Histogram,
    Lognormal,
    Metalog,
    Mixture,
    Normal,
    Pert,
    Scipy,
    Shifted,
    Trapezoid,
    Triangular,
    Truncated,
    Uniform,
    Weibull,
)
from schedrisk.model import (
    Assignment,
    Branch,
    Closure,
    Constraint,
    Correlation,
    Damages,
    DateRange,
    Decision,
    Link,
    Mitigation,
    Outcome,
    Plan,
    Promise,
    Provenance,
    Risk,
    Scale,
    SchedulingOptions,
    Task,
    Template,
    Weather,
    Window,
    gate,
)
from schedrisk.result import PromiseOutcome, Schedule, SimulationResult, correlations
from schedrisk.result.precision import Precision
from schedrisk.sampling.design import Sampling
from schedrisk.simulation import schedule, simulate

if TYPE_CHECKING:
    import schedrisk.datasets as datasets  # noqa: PLR0402  (the defining module, as everywhere)
    import schedrisk.plot as plot  # noqa: PLR0402
    from schedrisk.checks import check as check
    from schedrisk.io import from_frame as from_frame
    from schedrisk.io import read as read
    from schedrisk.io import read_register as read_register
    from schedrisk.io import read_scale as read_scale
    from schedrisk.io import to_frame as to_frame
    from schedrisk.io import write as write
    from schedrisk.io import write_back as write_back
    from schedrisk.io import write_register as write_register
    from schedrisk.report import Report as Report
    from schedrisk.simulation.many import simulate_many as simulate_many
    from schedrisk.simulation.scenarios import Scenario as Scenario
    from schedrisk.simulation.scenarios import Scenarios as Scenarios

__all__ = [
    "ArgumentError",
    "Assignment",
    "BetaScaled",
    "Branch",
    "Calendar",
    "CalendarError",
    "Closure",
    "Constraint",
    "Correlation",
    "CorrelationError",
    "CorrelationWarning",
    "CycleError",
    "Damages",
    "DateRange",
    "Decision",
    "Discrete",
    "Empirical",
    "EstimateError",
    "ExecutorError",
    "Exponential",
    "Fixed",
    "Gamma",
    "Histogram",
    "Interrupted",
    "Link",
    "Lognormal",
    "MemoryLimitError",
    "Metalog",
    "MissingDependencyError",
    "Mitigation",
    "Mixture",
    "Normal",
    "Outcome",
    "Pert",
    "Plan",
    "PlanError",
    "Precision",
    "Promise",
    "PromiseOutcome",
    "Provenance",
    "ReadError",
    "Report",
    "Risk",
    "Sampling",
    "Scale",
    "Scenario",
    "Scenarios",
    "SchedriskError",
    "SchedriskWarning",
    "Schedule",
    "SchedulingOptions",
    "Scipy",
    "Shifted",
    "SimulationResult",
    "Task",
    "Template",
    "Trapezoid",
    "Triangular",
    "Truncated",
    "Uniform",
    "UnknownNameError",
    "Weather",
    "Weibull",
    "Window",
    "WriteError",
    "check",
    "compare",
    "convergence",
    "correlations",
    "datasets",
    "estimates",
    "from_frame",
    "gate",
    "mitigations",
    "ownership",
    "plot",
    "read",
    "read_register",
    "read_scale",
    "risk_ranking",
    "schedule",
    "sensitivity",
    "simulate",
    "simulate_many",
    "to_frame",
    "write",
    "write_back",
    "write_register",
]

# Loaded when first used: a simulation does without them, and without the packages that some of them bring.
_LAZY_MODULES = frozenset({"datasets", "plot"})
_LAZY = {
    "Report": "schedrisk.report",
    "Scenario": "schedrisk.simulation.scenarios",
    "Scenarios": "schedrisk.simulation.scenarios",
    "check": "schedrisk.checks",
    "simulate_many": "schedrisk.simulation.many",
    **dict.fromkeys(
        (
            "from_frame",
            "read",
            "read_register",
            "read_scale",
            "to_frame",
            "write",
            "write_back",
            "write_register",
        ),
        "schedrisk.io",
    ),
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # which reads mail headers, and loads what that takes

        return version("schedrisk")
    if name in _LAZY_MODULES:
        return import_module(f"schedrisk.{name}")
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'schedrisk' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
