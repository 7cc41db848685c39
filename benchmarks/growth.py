"""How cost grows with tasks and with draws: the exponent of a power, past the fixed cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

import schedrisk as sr
from cases import Engine, engines, plan_of
from measure import best_of

LEAST, MOST = 0.9, 1.15
"""What counts as linear."""


@dataclass(frozen=True)
class Growth:
    """How the cost of something grows.

    Attributes
    ----------
    exponent : float
        1 where twice as much takes twice as long.
    fixed : float
        What it takes for one of it [s]; the exponent is that of what comes on top.
    seconds : dict of int to float
        By size.
    """

    exponent: float
    fixed: float
    seconds: dict[int, float]


def exponents(decades: int = 3, repeats: int = 2) -> dict[str, Growth]:
    """Return how cost grows with tasks and with draws, for each engine on one thread.

    Parameters
    ----------
    decades : int
        From 100 tasks of 1,000 draws, and from 1,000 draws of 100 tasks.
    repeats : int
    """
    found = {}
    for engine in (each for each in engines() if each.n_jobs == 1):
        for name, first, run in (("tasks", 100, _tasks(engine)), ("draws", 1_000, _draws(engine))):
            sizes = [first * 10**each for each in range(decades + 1)]
            fixed, *taken = (best_of(run(size), repeats) for size in (1, *sizes))
            power = exponent(sizes, [each - fixed for each in taken])
            found[f"{engine.name}: {name}"] = Growth(power, fixed, dict(zip(sizes, taken, strict=True)))
    return found


def exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """Return the slope of the straight line through the logarithms of both, by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(np.maximum(seconds, 1e-9)), 1)[0])


def _tasks(engine: Engine) -> Callable[[int], Callable[[], object]]:
    def run(n_tasks: int) -> Callable[[], object]:
        plan = plan_of("triangular", n_tasks)
        return lambda: sr.simulate(plan, 1_000, rng=1, **engine.options)

    return run


def _draws(engine: Engine) -> Callable[[int], Callable[[], object]]:
    plan = plan_of("triangular", 100)
    return lambda n_draws: lambda: sr.simulate(plan, n_draws, rng=1, **engine.options)
