"""Estimates: uncertain durations and delays as quantile functions with a planned value."""

from schedrisk.estimates.base import Estimate
from schedrisk.estimates.bounded import BetaScaled, Trapezoid
from schedrisk.estimates.histogram import Histogram
from schedrisk.estimates.kinds import KINDS, Discrete, Empirical, Fixed, Uniform
from schedrisk.estimates.normal import Lognormal, Normal
from schedrisk.estimates.positive import Exponential, Gamma, Weibull
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
    "Normal",
    "Pert",
    "Trapezoid",
    "Triangular",
    "Uniform",
    "Weibull",
    "parse_estimate",
]
