"""Any continuous distribution of scipy, as an estimate."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from schedrisk._typing import Floats
from schedrisk._validation import FrozenDict
from schedrisk.errors import EstimateError, Problem, did_you_mean, shown
from schedrisk.estimates.base import FromMoments, finite, plain
from schedrisk.estimates.quadrature import clipped_moments, inverse

__all__ = ["Scipy"]

FURTHEST = 1e300


@dataclasses.dataclass(frozen=True, init=False, repr=False)
class Scipy(FromMoments):
    """A continuous distribution of scipy, clipped at 0. Planned at its median.

    Parameters
    ----------
    distribution : frozen distribution or str
        Such as ``scipy.stats.gumbel_r(10, 2)``, or the name of one beside its parameters.
    parameters : mapping of str to float, optional
        Beside a name: shapes as scipy calls them, `loc` and `scale`.
    **more : float
        The same as keywords.

    Attributes
    ----------
    distribution : str
        Name in scipy.stats.
    parameters : mapping of str to float
        Shapes, and where they are not 0 and 1 `loc` and `scale`.

    Raises
    ------
    EstimateError
        Where it is no continuous distribution of scipy.stats, or its parameters are not valid.

    Examples
    --------
    >>> from scipy import stats
    >>> estimate = Scipy(stats.gumbel_r(10, 2))
    >>> round(estimate.mean, 3)
    11.154
    >>> estimate == Scipy("gumbel_r", loc=10, scale=2)
    True
    >>> print(estimate)
    scipy(gumbel_r, loc=10, scale=2)
    """

    distribution: str
    parameters: Mapping[str, float]

    def __init__(self, distribution: object, parameters: Mapping[str, float] | None = None, **more: float) -> None:
        name, given, problems = _taken_apart(distribution, parameters, more)
        if not problems:
            problems = _parameter_problems(name, given)
        if problems:
            raise EstimateError(problems)
        values = {key: float(value) for key, value in given.items()}
        kept = {key: each for key, each in values.items() if (key, each) not in {("loc", 0.0), ("scale", 1.0)}}
        object.__setattr__(self, "distribution", name)
        object.__setattr__(self, "parameters", FrozenDict(kept))
        median = float(self._frozen.ppf(0.5))
        if not math.isfinite(median):
            raise EstimateError([Problem("distribution", shown(str(self)), "one with a median")])

    @cached_property
    def _frozen(self) -> Any:
        return _named(self.distribution)(**self.parameters)

    @property
    def planned(self) -> float:
        """The median."""
        return max(float(self.ppf(0.5)), 0.0)

    @cached_property
    def limits(self) -> tuple[float, float]:
        """Those of scipy's distribution."""
        low, high = self._frozen.support()
        return float(low), float(high)

    @cached_property
    def _moments(self) -> tuple[float, float]:
        with np.errstate(all="ignore"):
            mean, variance = (float(each) for each in self._frozen.stats("mv"))
        if not (math.isfinite(mean) and math.isfinite(variance)):
            return (mean if math.isfinite(mean) and self.limits[0] >= 0 else math.inf), math.inf
        return (mean, math.sqrt(variance)) if self.limits[0] >= 0 else clipped_moments(self)

    def _quantiles(self, q: Floats) -> Floats:
        return self._inverted(q, upper=False)

    def _upper_quantiles(self, distance: Floats) -> Floats:
        return self._inverted(distance, upper=True)

    def _inverted(self, distance: Floats, *, upper: bool) -> Floats:
        with np.errstate(all="ignore"):
            if not self._slow:
                return np.asarray((self._frozen.isf if upper else self._frozen.ppf)(distance), dtype=float)
            flat = np.ravel(distance)
            inside = (flat > 0) & (flat < 1)
            low, high = self.limits
            out = np.where((flat == 0) == upper, high, low)
            if inside.any():
                out[inside] = self._found(flat[inside], upper=upper)
            return out.reshape(distance.shape)

    @property
    def _slow(self) -> bool:
        """Whether scipy would look for each quantile by itself."""
        from scipy import stats

        kind = type(_named(self.distribution))
        return kind._ppf is stats.rv_continuous._ppf  # noqa: SLF001

    def _found(self, distance: Floats, *, upper: bool) -> Floats:
        """Return quantiles found for all at once; at first within bounds that grow until they hold all."""
        middle = float(self._frozen.median())
        width = abs(float(self._frozen.ppf(0.75) - self._frozen.ppf(0.25))) or max(abs(middle), 1.0)
        low, high = self.limits
        least, most = max(middle - width, low), min(middle + width, high)
        smallest, greatest = distance.min(), distance.max()
        first, last = (smallest, greatest) if not upper else (1 - greatest, 1 - smallest)
        while least > low and width < FURTHEST and self._frozen.cdf(least) > first:
            width *= 2
            least = max(middle - width, low)
        while (
            most < high
            and width < FURTHEST
            and (self._frozen.sf(most) > smallest if upper else self._frozen.cdf(most) < last)
        ):
            width *= 2
            most = min(middle + width, high)
        return inverse(
            self._tails, distance, np.full(distance.shape, least), np.full(distance.shape, most), upper=upper
        )

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        with np.errstate(all="ignore"):
            return np.asarray(self._frozen.cdf(x), dtype=float), np.asarray(self._frozen.sf(x), dtype=float)

    def _times(self, factor: float) -> Scipy:
        return self._placed(self.parameters.get("loc", 0.0) * factor, self.parameters.get("scale", 1.0) * factor)

    def _plus(self, by: float) -> Scipy | None:
        if not self._stays_positive(by):
            return None
        return self._placed(self.parameters.get("loc", 0.0) + by, self.parameters.get("scale", 1.0))

    def _placed(self, loc: float, scale: float) -> Scipy:
        return Scipy(self.distribution, {**self.parameters, "loc": loc, "scale": scale})

    def __getstate__(self) -> dict[str, Any]:
        return {"distribution": self.distribution, "parameters": self.parameters}

    def __repr__(self) -> str:
        given = [f"{name}={value}" for name, value in self.parameters.items()]
        return f"Scipy({', '.join([repr(self.distribution), *given])})"

    def __str__(self) -> str:
        given = [f"{name}={plain(value)}" for name, value in self.parameters.items()]
        return f"scipy({', '.join([self.distribution, *given])})"


def _named(name: str) -> Any:
    from scipy import stats

    return getattr(stats, name, None)


def _taken_apart(
    distribution: object, parameters: object, more: Mapping[str, float]
) -> tuple[str, dict[str, Any], list[Problem]]:
    """Return a distribution's name and parameters by name, and what is wrong with them."""
    from scipy import stats

    given: dict[str, Any] = {**(parameters if isinstance(parameters, Mapping) else {}), **more}
    problems = []
    if parameters is not None and not isinstance(parameters, Mapping):
        problems.append(Problem("parameters", shown(parameters), "a table of parameters by name"))
    if isinstance(distribution, str):
        if not isinstance(_named(distribution), stats.rv_continuous):
            known = [name for name in dir(stats) if isinstance(_named(name), stats.rv_continuous)]
            remedy = did_you_mean(distribution, known)
            expected = "the name of a continuous distribution in scipy.stats"
            problems.append(Problem("distribution", shown(distribution), expected, remedy))
        return distribution, given, problems
    kind, frozen_as = getattr(distribution, "dist", None), getattr(distribution, "args", ())
    name = getattr(kind, "name", None)
    if not isinstance(kind, stats.rv_continuous) or not isinstance(_named(str(name)), type(kind)):
        found = shown(distribution) if kind is None else f"the distribution {shown(name)}"
        remedy = "take Discrete, Empirical or Histogram for a distribution of your own"
        expected = "a frozen continuous distribution of scipy.stats, such as gumbel_r(10, 2)"
        return "", given, [*problems, Problem("distribution", found, expected, remedy)]
    if given:
        problems.append(Problem("parameters", ", ".join(given), "none beside a frozen distribution"))
    listed = dict(zip([*_shapes(kind), "loc", "scale"], frozen_as, strict=False))
    return str(name), listed | dict(getattr(distribution, "kwds", {})), problems


def _shapes(kind: Any) -> list[str]:
    return [each.strip() for each in kind.shapes.split(",")] if kind.shapes else []


def _parameter_problems(name: str, given: Mapping[str, object]) -> list[Problem]:
    """Return what is wrong with the parameters of a known distribution."""
    kind = _named(name)
    shapes = _shapes(kind)
    known = [*shapes, "loc", "scale"]
    problems = []
    for key, value in given.items():
        if key not in known:
            problems.append(Problem(key, f"the unknown key {shown(key)}", "a known key", did_you_mean(key, known)))
        elif finite(value) is None:
            problems.append(Problem(key, shown(value), "a finite number"))
    problems += [Problem(key, "nothing", "a value", f"give {key!r}") for key in shapes if key not in given]
    if problems:
        return problems
    scale = finite(given.get("scale", 1.0))
    if scale is None or scale <= 0:
        problems.append(Problem("scale", shown(given["scale"]), "a number above 0"))
    shape_values = [finite(given[key]) for key in shapes]
    if not np.all(kind._argcheck(*shape_values)):  # noqa: SLF001  (scipy has no public form of it)
        found = ", ".join(
            f"{key}={plain(value)}" for key, value in zip(shapes, shape_values, strict=True) if value is not None
        )
        problems.append(Problem("parameters", found, f"shapes that scipy.stats.{name} has a distribution for"))
    return problems
