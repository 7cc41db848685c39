"""An estimate by a histogram."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from schedrisk._typing import Floats
from schedrisk._validation import checked_whole, record
from schedrisk.errors import EstimateError, Problem
from schedrisk.estimates.base import Durations, Estimate, Shares, finite, is_listed, plain
from schedrisk.estimates.fitting import ascending_percentiles

__all__ = ["Histogram"]


@record(EstimateError)
class Histogram(Estimate):
    """Equally likely within each of several bins. Planned at its median.

    Parameters
    ----------
    edges : iterable of float
        Ascending; one more than there are bins.
    probabilities : iterable of float
        Of each bin; they sum to 1 within 1e-9. They are kept as given, and divided by their sum in use.

    Examples
    --------
    >>> Histogram([0, 10, 30], [0.5, 0.5]).mean
    12.5
    """

    edges: Durations
    probabilities: Shares

    if TYPE_CHECKING:

        def __init__(self, edges: Iterable[float], probabilities: Iterable[float]) -> None: ...

    beside_percentiles = ()

    _is_distribution = checked_whole(EstimateError)

    @staticmethod
    def more_problems(arguments: Mapping[str, object]) -> list[Problem]:
        """Return what is wrong with edges and probabilities taken together, as far as they can be read."""
        edges, probabilities = (arguments.get(name) for name in ("edges", "probabilities"))
        problems: list[Problem] = []
        if not is_listed(edges) or not is_listed(probabilities) or not len(edges) or not len(probabilities):
            return problems
        if len(edges) != len(probabilities) + 1:
            found = f"{len(edges):,} edges and {len(probabilities):,} probabilities"
            problems.append(Problem("edges", found, "one edge more than there are probabilities"))
        known = [number for each in edges if (number := finite(each)) is not None]
        if turned := next(((a, b) for a, b in pairwise(known) if a >= b), None):
            found = f"{plain(turned[0])} before {plain(turned[1])}"
            problems.append(Problem("edges", found, "ascending edges, each once", "sort them"))
        chances = [number for each in probabilities if (number := finite(each)) is not None]
        if len(chances) == len(probabilities) and abs(math.fsum(chances) - 1) > 1e-9:
            found = f"a sum of {math.fsum(chances):.12g}"
            problems.append(Problem("probabilities", found, "a sum of 1", "divide each by the sum"))
        return problems

    @classmethod
    def from_percentiles(cls, /, **percentiles: float) -> Histogram:
        """Join percentiles by straight lines, from p0 to p100: ``p0=5, p50=8, p90=12, p100=20``.

        Raises
        ------
        EstimateError
            Where p0 or p100 is not among them, or they are out of order.

        Examples
        --------
        >>> str(Histogram.from_percentiles(p0=5, p50=8, p100=20))
        'histogram(5: 0.5, 8: 0.5, 20)'
        """
        q, edges = ascending_percentiles(percentiles, count=max(len(percentiles), 2), ends=True)
        if (q[0], q[-1]) != (0, 1):
            found = ", ".join(percentiles)
            raise EstimateError([Problem("percentiles", found, "p0 and p100 among them", "state the outermost values")])
        return cls(edges, [after - before for before, after in pairwise(q)])

    @property
    def corners(self) -> tuple[float, ...]:
        """The edges."""
        return self.edges

    @cached_property
    def bins(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Lower edges and widths of the bins that have a probability, the chance to be below each, and their own."""
        total = sum(map(Fraction, map(repr, self.probabilities)))
        sums = [Fraction(0), *accumulate(Fraction(repr(each)) for each in self.probabilities)]
        rows = [
            (low, high - low, float(before / total), float((after - before) / total))
            for (low, high), (before, after) in zip(pairwise(self.edges), pairwise(sums), strict=True)
            if after > before
        ]
        lows, widths, below, shares = np.array(rows).T
        return lows, widths, below, shares

    @property
    def planned(self) -> float:
        """The median."""
        return float(self.ppf(0.5))

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest edge of what has a probability."""
        lows, *_ = self.bins
        return float(lows[0]), next(edge for edge in self.edges[1:] if edge > lows[-1])

    @property
    def mean(self) -> float:
        """Expected value."""
        lows, widths, _, shares = self.bins
        return math.fsum((shares * (lows + widths / 2)).tolist())

    @property
    def std(self) -> float:
        """Standard deviation."""
        lows, widths, _, shares = self.bins
        return math.sqrt(math.fsum((shares * ((lows + widths / 2 - self.mean) ** 2 + widths**2 / 12)).tolist()))

    def _quantiles(self, q: Floats) -> Floats:
        lows, widths, below, shares = self.bins
        place = np.searchsorted(below[1:], q)
        return np.asarray(lows[place] + widths[place] * np.clip((q - below[place]) / shares[place], 0.0, 1.0))

    def _upper_quantiles(self, distance: Floats) -> Floats:
        lows, widths, below, shares = self.bins
        above = 1 - below - shares
        place = np.searchsorted(-above, -distance)
        return np.asarray(
            lows[place] + widths[place] * np.clip(1 - (distance - above[place]) / shares[place], 0.0, 1.0)
        )

    def _tails(self, x: Floats) -> tuple[Floats, Floats]:
        lows, widths, below, shares = self.bins
        place = np.maximum(np.searchsorted(lows, x, side="right") - 1, 0)
        way = np.clip((x - lows[place]) / widths[place], 0.0, 1.0)
        reached = np.minimum(below[place] + shares[place] * way, 1.0)
        return reached, 1 - reached

    def _times(self, factor: float) -> Histogram:
        return Histogram([each * factor for each in self.edges], self.probabilities)

    def _plus(self, by: float) -> Histogram | None:
        moved = [each + by for each in self.edges]
        return Histogram(moved, self.probabilities) if min(moved) >= 0 else None

    def _within(self, low: float, high: float) -> Histogram:
        kept = [
            (max(start, low), min(end, high), chance * (min(end, high) - max(start, low)) / (end - start))
            for (start, end), chance in zip(pairwise(self.edges), self.probabilities, strict=True)
            if min(end, high) > max(start, low)
        ]
        total = math.fsum(chance for *_, chance in kept)
        return Histogram([kept[0][0], *(end for _, end, _ in kept)], [chance / total for *_, chance in kept])

    def __str__(self) -> str:
        parts = [f"{plain(edge)}: {plain(each)}" for edge, each in zip(self.edges, self.probabilities, strict=False)]
        return f"histogram({', '.join([*parts, plain(self.edges[-1])])})"
