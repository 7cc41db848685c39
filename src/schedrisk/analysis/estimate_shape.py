"""The shape of an estimate: its density, its values with a chance of their own, and what else a picture of it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from schedrisk._typing import Floats
from schedrisk.estimates import Estimate

__all__ = ["EstimateShape", "estimate_shape"]

RARE = 0.002
"""Chance of what lies beyond the picture where an estimate has no end."""
CELLS = 400
LEAST_STEP = 1e-9
"""Chance from which a value stands for itself."""
PERCENTILES = (10, 50, 90)


@dataclass(frozen=True, eq=False)
class EstimateShape:
    """What can be seen of an estimate.

    Attributes
    ----------
    x, density : ndarray, shape (n,)
        Density per unit of what has none of the steps; two points at one place where it jumps.
    steps : mapping of float to float
        Values with a chance of their own, and that chance.
    planned, mean : float
    percentiles : mapping of int to float
        Value by percentage.
    implied : tuple of float, optional
        Absolute ends, where the estimate states others by their percentages.
    """

    x: Floats
    density: Floats
    steps: Mapping[float, float]
    planned: float
    mean: float
    percentiles: Mapping[int, float]
    implied: tuple[float, float] | None


def estimate_shape(estimate: Estimate) -> EstimateShape:
    """Return what there is to see of an estimate.

    Parameters
    ----------
    estimate : Estimate

    Returns
    -------
    EstimateShape

    Examples
    --------
    >>> from schedrisk.estimates import Triangular
    >>> shape = estimate_shape(Triangular(8, 10, 15, ends=(10, 90)))
    >>> [round(end, 2) for end in shape.implied], round(float(shape.density.max()), 3)
    ([5.67, 18.21], 0.159)
    """
    low, high = estimate.practical_support(RARE)
    corners = [
        each for each in sorted({max(each, 0.0) for each in estimate.corners} | {low, high}) if low <= each <= high
    ]
    steps = {each: chance for each in corners if (chance := _step(estimate, each)) > LEAST_STEP}
    x, density = [], []
    for start, end in pairwise(corners):
        edges = np.linspace(start, end, 2 + int(CELLS * (end - start) / (high - low)))
        reached = np.asarray(estimate.cdf(edges))
        # Up to the last edge, and not the step that may be there.
        reached[-1] -= steps.get(end, 0.0)
        cells = np.maximum(np.diff(reached), 0.0) / np.diff(edges)
        middles = (edges[1:] + edges[:-1]) / 2
        x.append(np.concatenate([[start], middles, [end]]))
        density.append(np.concatenate([cells[:1], cells, cells[-1:]]))
    stated = getattr(estimate, "ends", (0.0, 100.0))
    return EstimateShape(
        x=np.concatenate(x) if x else np.array([low]),
        density=np.concatenate(density) if density else np.zeros(1),
        steps=steps,
        planned=estimate.planned,
        mean=estimate.mean,
        percentiles={percent: estimate.ppf(percent / 100) for percent in PERCENTILES},
        implied=None if stated == (0.0, 100.0) else estimate.limits,
    )


def _step(estimate: Estimate, x: float) -> float:
    """Return the chance of a value itself."""
    return float(estimate.cdf(x) - (estimate.cdf(np.nextafter(x, -np.inf)) if x > 0 else 0.0))
