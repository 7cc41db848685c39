"""Estimates: uncertain durations and delays as quantile functions with a planned value."""

from schedrisk.estimates.base import Estimate
from schedrisk.estimates.bounded import BetaScaled, Trapezoid
from schedrisk.estimates.derived import Shifted, Truncated
from schedrisk.estimates.histogram import Histogram
from schedrisk.estimates.kinds import KINDS, Uniform
from schedrisk.estimates.metalog import Metalog
from schedrisk.estimates.mixture import Mixture
from schedrisk.estimates.normal import Lognormal, Normal
from schedrisk.estimates.positive import Exponential, Gamma, Weibull
from schedrisk.estimates.scipy_distribution import Scipy
from schedrisk.estimates.steps import Discrete, Empirical, Fixed
from schedrisk.estimates.text import EstimateField, EstimateLike, parse_estimate
from schedrisk.estimates.three_point import Pert, Triangular

__all__ = [
    "KINDS",
    "BetaScaled",
    "Discrete",
    "Empirical",
    "Estimate",
    "EstimateField",
    "EstimateLike",
    "Exponential",
    "Fixed",
    "Gamma",
    "Histogram",
    "Lognormal",
    "Metalog",
    "Mixture",
    "Normal",
    "Pert",
    "Scipy",
    "Shifted",
    "Trapezoid",
    "Triangular",
    "Truncated",
    "Uniform",
    "Weibull",
    "parse_estimate",
]
