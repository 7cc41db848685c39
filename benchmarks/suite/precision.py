"""Error for a second of work: what engine and sampling are worth together."""

from __future__ import annotations

import time

import schedrisk as sr
from cases import Engine, engines, plan_of

ENGINES = {engine.name: engine for engine in engines()}


class ErrorPerSecond:
    """Standard error of P80 after a second of work [working days]."""

    params = (list(ENGINES), ["random", "latin", "sobol"])
    param_names = ("engine", "sampling")
    unit = "days"
    timeout = 120
    n_tasks, seconds = 500, 1.0
    first_draws, most_draws = 1_024, 1 << 24

    def setup(self, engine: str, sampling: str) -> None:
        """Make the plan, and have all code loaded."""
        self.plan = plan_of("triangular", self.n_tasks)
        self._simulate(ENGINES[engine], sampling, self.first_draws)

    def track_error_per_second(self, engine: str, sampling: str) -> float:
        """Find how many draws a second has, make them, and return the standard error of their P80."""
        n_draws = self.first_draws
        while True:
            result, taken = self._simulate(ENGINES[engine], sampling, n_draws)
            if taken >= self.seconds / 2 or n_draws >= self.most_draws:
                # Near a second: the rest goes with the root of time.
                return float(result.percentile_se(80)) * (taken / self.seconds) ** 0.5
            n_draws *= 2

    def _simulate(self, engine: Engine, sampling: str, n_draws: int) -> tuple[sr.SimulationResult, float]:
        begun = time.perf_counter()
        result = sr.simulate(self.plan, n_draws, rng=1, sampling=sampling, **engine.options)
        return result, time.perf_counter() - begun
