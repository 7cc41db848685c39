"""Time of what is asked of a result, and the memory that all of it takes."""

from __future__ import annotations

import schedrisk as sr
from cases import BY_NAME, Engine, engines, plan_of

ENGINES = {engine.name: engine for engine in engines()}


class Tables:
    """Tables of a result that is there."""

    params = (list(ENGINES),)
    param_names = ("engine",)
    n_tasks, n_draws = 500, 10_000
    repeat = (3, 10, 10.0)

    def setup(self, engine: str) -> None:
        """Simulate."""
        chosen = ENGINES[engine]
        self.result = sr.simulate(plan_of("triangular", self.n_tasks), self.n_draws, rng=1, **chosen.options)

    def time_mean_and_sd(self, engine: str) -> None:
        """Time the table of tasks without percentiles."""
        del engine
        self.result.tasks(())

    def time_percentiles(self, engine: str) -> None:
        """Time the table of tasks with percentiles."""
        del engine
        self.result.tasks()

    def time_ssi_and_cruciality(self, engine: str) -> None:
        """Time the sensitivities that need neither late dates nor ranks."""
        del engine
        sr.sensitivity(self.result, measures=["criticality", "ssi", "cruciality"])

    def time_all_sensitivities(self, engine: str) -> None:
        """Time all of them."""
        del engine
        sr.sensitivity(self.result)


class Memory:
    """Peak memory of the process, plan and libraries included."""

    params = (list(ENGINES), ["triangular", "table: P10/P50/P80/P90", "all sensitivities"])
    param_names = ("engine", "case")
    n_tasks, n_draws = 5_000, 10_000

    def setup(self, engine: str, case: str) -> None:
        """Make the plan."""
        self.engine: Engine = ENGINES[engine]
        self.plan = plan_of(case, self.n_tasks)

    def peakmem_case(self, engine: str, case: str) -> None:
        """Measure from the plan to the tables."""
        del engine
        BY_NAME[case].run(self.plan, self.n_draws, self.engine)
