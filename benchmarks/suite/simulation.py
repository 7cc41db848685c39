"""Time of `simulate`, and of its draws alone."""

from __future__ import annotations

import schedrisk as sr
from cases import BY_NAME, Case, Engine, engines, plan_of
from draws import prepared, run_draws

ENGINES = {engine.name: engine for engine in engines()}
SIMULATED = ["triangular", "PERT, each its own shape", "four calendars", "risks", "correlation", "Latin", "Sobol'"]


class Draws:
    """Sampling, forward pass and criticality, without set-up."""

    params = (list(ENGINES), [50, 500, 5_000])
    param_names = ("engine", "n_tasks")
    n_draws = 10_000
    repeat = (3, 10, 10.0)

    def setup(self, engine: str, n_tasks: int) -> None:
        """Compile the plan."""
        self.replay = prepared(plan_of("triangular", n_tasks), self.n_draws, ENGINES[engine])

    def time_draws(self, engine: str, n_tasks: int) -> None:
        """Time all draws."""
        del engine, n_tasks
        run_draws(self.replay)


class Simulate:
    """`simulate`, from the plan to the result, feature by feature."""

    params = (list(ENGINES), SIMULATED)
    param_names = ("engine", "feature")
    n_tasks, n_draws = 500, 10_000
    repeat = (3, 10, 10.0)

    def setup(self, engine: str, feature: str) -> None:
        """Make the plan, and have all code loaded."""
        self.case: Case = BY_NAME[feature]
        self.engine: Engine = ENGINES[engine]
        self.plan = plan_of(feature, self.n_tasks)
        self.case.run(self.case.make(20), 64, self.engine)

    def time_simulate(self, engine: str, feature: str) -> None:
        """Time a simulation."""
        del engine, feature
        self.case.run(self.plan, self.n_draws, self.engine)


class Compiling:
    """What comes before the first draw."""

    params = (list(ENGINES), [50, 500, 5_000])
    param_names = ("engine", "n_tasks")

    def setup(self, engine: str, n_tasks: int) -> None:
        """Make the plan."""
        self.plan: sr.Plan = plan_of("triangular", n_tasks)
        prepared(self.plan, 2, ENGINES[engine])

    def time_prepare(self, engine: str, n_tasks: int) -> None:
        """Time compiling the network, the sampler, and for the compiled engine the recording."""
        del n_tasks
        prepared(self.plan, 2, ENGINES[engine])
