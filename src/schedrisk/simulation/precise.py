"""When to stop: whether a result is as precise as wished, and how many draws it would take."""

from __future__ import annotations

import math

from schedrisk.errors import ArgumentError, Problem, UnknownNameError
from schedrisk.model import Plan
from schedrisk.result import SimulationResult
from schedrisk.result.precision import Precision, PrecisionReached

__all__ = ["check_wish", "next_draws", "precision_of", "refuse_the_impossible"]

# Draws grow by no less, so that few looks are taken, and by no more, as an estimate from few draws is a guess.
LEAST_GROWTH, MOST_GROWTH = 1.2, 4.0
SAFETY = 1.05

# A wish that takes so many times the ceiling is a slip, not a wish to come as near as possible.
HOPELESS = 1_000


def check_wish(plan: Plan, wish: object) -> None:
    """Raise unless a wish can be understood in a plan."""
    if not isinstance(wish, Precision):
        remedy = "write until=Precision(probability=0.005)"
        raise ArgumentError([Problem("until", repr(wish), "a Precision", remedy)])
    if wish.promise is not None:
        try:
            plan.promise(wish.promise)
        except UnknownNameError as error:
            raise UnknownNameError(
                [Problem("until, promise", each.found, each.expected, each.remedy) for each in error.problems]
            ) from None
    elif wish.probability is not None and not plan.promises:
        remedy = "add a promise, or ask for Precision(percentile=…)"
        raise ArgumentError(
            [Problem("until", "a precision of a chance, in a plan without promises", "a promise", remedy)]
        )


def precision_of(result: SimulationResult, wish: Precision) -> PrecisionReached:
    """Return how precise a result is, and about how many draws the wish takes."""
    needed, chance, percentile = 1.0, None, None
    n_draws, promises = result.n_draws, [wish.promise] if wish.promise else [each.name for each in result.plan.promises]
    if wish.probability is not None:
        chance = 0.0
        for name in promises:
            promise = result.plan.promise(name)
            share = result.replicates.share(result.ticks(promise.task) <= result.due_of(promise).ticks)
            low, high = share.interval(wish.confidence_level)
            ratio = (high - low) / 2 / wish.probability
            chance = max(chance, (high - low) / 2)
            # Near none and all, an interval shrinks with the number of draws; elsewhere with its root.
            certain = share.count in {0, n_draws}
            needed = max(needed, n_draws * (ratio if certain else ratio**2))
    if wish.percentile is not None:
        task = None if wish.promise is None else result.plan.promise(wish.promise).task
        percentile = result.percentile_half_width(wish.percent, task=task, confidence_level=wish.confidence_level)
        needed = max(needed, n_draws * (percentile / wish.percentile) ** 2)
    enough = (chance is None or chance <= (wish.probability or 0.0)) and (
        percentile is None or percentile <= (wish.percentile or 0.0)
    )
    return PrecisionReached(wish, enough, chance, percentile, n_draws, _rounded(needed))


def next_draws(found: PrecisionReached) -> int:
    """Return with how many draws to look again."""
    growth = min(max(SAFETY * found.needed / found.n_draws, LEAST_GROWTH), MOST_GROWTH)
    return min(math.ceil(found.n_draws * growth), found.wish.max_draws)


def refuse_the_impossible(found: PrecisionReached, seconds: float) -> None:
    """Raise where no number of draws up to the ceiling comes near the wish.

    Parameters
    ----------
    found : PrecisionReached
        After the first draws.
    seconds : float
        That these took.
    """
    wish, needed = found.wish, found.needed
    if needed <= HOPELESS * wish.max_draws:
        return
    took = _duration_text(seconds / found.n_draws * needed)
    remedy = f"it would take about {needed:,} draws, {took} here; ask for less, or give a higher max_draws"
    raise ArgumentError(
        [Problem("until", str(wish), f"a precision that {wish.max_draws:,} draws can come near", remedy)]
    )


def _rounded(n_draws: float) -> int:
    """Round up to two significant digits: an estimate has no more."""
    step = 10.0 ** max(0, math.floor(math.log10(max(n_draws, 1))) - 1)
    return int(math.ceil(n_draws / step) * step)


def _duration_text(seconds: float) -> str:
    """Write a time as people say it.

    Examples
    --------
    >>> _duration_text(40), _duration_text(7_200), _duration_text(4e9)
    ('40 seconds', '2 hours', '127 years')
    """
    for unit, length in (("year", 31_557_600), ("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 1.5 * length:
            return f"{seconds / length:,.0f} {unit}s"
    return f"{max(seconds, 1):.0f} seconds"
