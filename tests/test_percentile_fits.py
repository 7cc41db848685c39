"""Estimates from percentiles, from ends that are percentiles, and from a mode: met exactly, or refused."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

import schedrisk as sr
from estimate_checks import check_chances, check_quantiles, check_sampled
from schedrisk.errors import EstimateError
from schedrisk.estimates import parse_estimate


@pytest.mark.parametrize(
    ("kind", "beside"),
    [
        (sr.Normal, {}), (sr.Lognormal, {}), (sr.Gamma, {}), (sr.Weibull, {}), (sr.Uniform, {}),
        (sr.BetaScaled, {"low": 2, "high": 40}), (sr.Trapezoid, {"mode_low": 10, "mode_high": 11}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("points", [{"p10": 8, "p90": 15}, {"p2_5": 5, "p97_5": 30}, {"p20": 9.5, "p60": 11.25}])
def test_percentiles_are_met(kind, beside, points):
    estimate = kind.from_percentiles(**points, **beside)
    for name, value in points.items():
        q = float(name[1:].replace("_", ".")) / 100
        assert estimate.ppf(q) == pytest.approx(value, rel=1e-10)
        assert estimate.cdf(value) == pytest.approx(q, rel=1e-9)
    text = ", ".join(f"{name}={value}" for name, value in {**points, **beside}.items())
    assert parse_estimate(f"{kind.__name__}({text})") == estimate
    assert parse_estimate({"kind": kind.__name__.lower(), **points, **beside}) == estimate
    assert parse_estimate(str(estimate)) == estimate


SHAPES = st.floats(0.3, 50)


@given(
    st.one_of(
        st.builds(sr.Gamma, SHAPES, SHAPES), st.builds(sr.Weibull, SHAPES, SHAPES),
        st.builds(lambda mean, share: sr.Lognormal(mean, mean * share), SHAPES, st.floats(0.05, 3)),
        st.builds(sr.BetaScaled, st.just(1), st.just(20), SHAPES, SHAPES),
    ),
    st.floats(1, 45), st.floats(55, 99),
)  # fmt: skip
@settings(deadline=None)
def test_shapes_are_found_again(estimate, first, second):
    low, high = estimate.ppf([first / 100, second / 100])
    assume(low > 1e-3)
    assume(not isinstance(estimate, sr.BetaScaled) or (low > 1 + 1e-6 and high < 20 - 1e-6))
    beside = {"low": 1, "high": 20} if isinstance(estimate, sr.BetaScaled) else {}
    names = [f"p{percent!r}".replace(".", "_") for percent in (first, second)]
    again = type(estimate).from_percentiles(**dict(zip(names, (low, high), strict=True)), **beside)
    assert (again.mean, again.std) == pytest.approx((estimate.mean, estimate.std), rel=1e-5)


def test_one_percentile_of_an_exponential():
    assert sr.Exponential.from_percentiles(p80=10).ppf(0.8) == pytest.approx(10, rel=1e-12)
    assert parse_estimate("exponential(p80=10)") == sr.Exponential.from_percentiles(p80=10)


def test_a_lognormal_by_percentiles_and_by_mode():
    estimate = sr.Lognormal.from_percentiles(p10=8, p90=15)
    z = stats.norm.ppf(0.9)
    sigma = np.log(15 / 8) / (2 * z)
    theirs = stats.lognorm(sigma, scale=np.sqrt(8 * 15))
    assert (estimate.mean, estimate.std) == pytest.approx((theirs.mean(), theirs.std()), rel=1e-12)
    for mode, sd in ((8, 4), (8, 0.01), (2, 60)):
        by_mode = sr.Lognormal.from_mode(mode, sd)
        assert (by_mode.planned, by_mode.std) == pytest.approx((mode, sd), rel=1e-12)
        assert parse_estimate(f"lognormal(mode={mode}, sd={sd})") == by_mode
        x = np.linspace(0.9 * mode, 1.1 * mode, 20_001)
        sigma = np.sqrt(np.log1p((by_mode.sd / by_mode.mean) ** 2))
        density = stats.lognorm(sigma, scale=by_mode.median).pdf(x)
        assert x[density.argmax()] == pytest.approx(mode, rel=1e-4)


def test_a_normal_by_its_mode():
    assert sr.Normal.from_mode(8, 3) == parse_estimate("normal(mode=8, sd=3)") == sr.Normal(8, 3)


def test_percentiles_joined_by_straight_lines():
    estimate = sr.Histogram.from_percentiles(p0=5, p50=8, p90=12, p100=20)
    assert estimate.ppf([0, 0.25, 0.5, 0.9, 1]) == pytest.approx([5, 6.5, 8, 12, 20])
    assert parse_estimate("histogram(p0=5, p50=8, p90=12, p100=20)") == estimate


TRAPEZOID = stats.trapezoid(0.25, 0.5, loc=4, scale=8)


def test_ends_of_a_uniform_and_a_trapezoid():
    uniform = sr.Uniform(8, 16, ends=(10, 90))
    assert uniform.limits == pytest.approx((7, 17))
    check_quantiles(uniform, stats.uniform(7, 10))
    low, high = TRAPEZOID.ppf([0.1, 0.95])
    trapezoid = sr.Trapezoid(low, 6, 8, high, ends=(10, 95))
    assert trapezoid.limits == pytest.approx((4, 12), rel=1e-12)
    assert (trapezoid.mean, trapezoid.std) == pytest.approx((TRAPEZOID.mean(), TRAPEZOID.std()), rel=1e-9)
    for check in (check_quantiles, check_chances, check_sampled):
        check(trapezoid, TRAPEZOID)
    half = sr.Trapezoid(4, 6, 8, high, ends=(0, 95))
    assert half.limits == pytest.approx((4, 12), rel=1e-12)
    assert half.limits[0] == 4
    for ends in ((60, 70), (1, 1.5), (0, 0.1), (49, 51)):
        assert sr.Trapezoid(5, 6, 7, 8, ends=ends).cdf([5, 8]) == pytest.approx(np.array(ends) / 100, rel=1e-8)


@pytest.mark.parametrize(
    "estimate",
    [sr.Uniform(1, 16, ends=(10, 90)), sr.Trapezoid(1, 3, 10, 13, ends=(10, 90)), sr.Uniform(0, 3, ends=(40, 60))],
)
def test_ends_below_zero_are_clipped(estimate):
    assert estimate.limits[0] < 0
    assert estimate.support[0] == 0
    check_sampled(estimate, _Frozen(estimate))
    moments = []
    for power in (1, 2):
        quantile = lambda q, power=power: estimate.ppf(q) ** power
        pieces = np.unique([0, estimate.cdf(0), *estimate.cdf(np.maximum(estimate.corners, 0)), 1])
        moments.append(sum(integrate.quad(quantile, a, b)[0] for a, b in pairwise(pieces)))
    assert estimate.mean == pytest.approx(moments[0], rel=1e-9)
    assert estimate.std == pytest.approx(np.sqrt(moments[1] - moments[0] ** 2), rel=1e-8)
    assert parse_estimate(str(estimate)) == estimate


class _Frozen:
    """Straight sides by hand: the distribution of an estimate with these limits, from its density."""

    def __init__(self, estimate):
        low, high = estimate.limits
        a, b = (estimate.mode_low, estimate.mode_high) if isinstance(estimate, sr.Trapezoid) else (low, high)
        self.made = stats.trapezoid((a - low) / (high - low), (b - low) / (high - low), loc=low, scale=high - low)

    def __getattr__(self, name):
        return getattr(self.made, name)


def test_implied_ends_are_shown():
    for estimate, told in (
        (sr.Triangular(8, 10, 15, ends=(10, 90)), "# from 5.66998 to 18.208"),
        (sr.Uniform(8, 16, ends=(10, 90)), "# from 7 to 17"),
        (sr.Pert(8, 10, 15, ends=(10, 90)), "# from "),
        (sr.Trapezoid(8, 10, 11, 15, ends=(10, 90)), "# from "),
    ):
        assert told in repr(estimate)
        assert eval(repr(estimate), vars(sr)) == estimate
    assert "#" not in repr(sr.Triangular(8, 10, 15))


@pytest.mark.parametrize(
    ("make", "places"),
    [
        (lambda: sr.Normal.from_percentiles(p10=8), ["percentiles"]),
        (lambda: sr.Normal.from_percentiles(p10=8, p50=9, p90=10), ["percentiles"]),
        (lambda: sr.Normal.from_percentiles(p10=8, p90=8), ["p10, p90"]),
        (lambda: sr.Normal.from_percentiles(p0=8, p90="x"), ["p90", "p0"]),
        (lambda: sr.Normal.from_percentiles(p80=1, p90=10), ["percentiles"]),
        (lambda: sr.Normal.from_percentiles(p10=8, q90=9), [""]),
        (lambda: sr.Lognormal.from_percentiles(p10=0, p90=15), ["p10"]),
        (lambda: sr.Lognormal.from_percentiles(p49=1, p51=15), ["percentiles"]),
        (lambda: sr.Lognormal.from_mode(0, "x"), ["mode", "sd"]),
        (lambda: sr.Gamma.from_percentiles(p10=1e-9, p90=15), ["percentiles"]),
        (lambda: sr.Weibull.from_percentiles(p10=1e-15, p90=15), ["shape"]),
        (lambda: sr.BetaScaled.from_percentiles(low=5, high=10, p10=4, p90=9), ["percentiles"]),
        (lambda: sr.BetaScaled.from_percentiles(low=5, high=10, p49=5.1, p51=9.9), ["percentiles"]),
        (lambda: parse_estimate("betascaled(p10=5, p90=10)"), ["low", "high"]),
        (lambda: sr.Exponential.from_percentiles(p10=5, p90=10), ["percentiles"]),
        (lambda: sr.Histogram.from_percentiles(p10=5, p90=10), ["percentiles"]),
        (lambda: sr.Uniform.from_percentiles(p10=5, p90=3), ["p10, p90"]),
        (lambda: sr.Uniform(5, 3, ends=(10, 90)), ["p10, p90"]),
        (lambda: sr.Uniform(5, 3, ends=(90, 10)), ["ends"]),
        (lambda: sr.Trapezoid(5, 6, 7, 8, ends=(90, 10)), ["ends"]),
        (lambda: sr.Trapezoid(5, 4, 7, 8, ends=(10, 90)), ["low, mode_low"]),
        (lambda: parse_estimate("trapezoid(p10=5, p90=10)"), ["mode_low", "mode_high"]),
    ],
)  # fmt: skip
def test_what_cannot_be_fitted(make, places):
    with pytest.raises(EstimateError) as caught:
        make()
    assert [problem.place for problem in caught.value.problems] == places


def test_sampled_fits_meet_their_percentiles():
    """In draws too: a share of 10 % below p10, within four standard errors."""
    tasks = [
        sr.Task(kind, f"{kind}(p10=8, p90=15)")
        for kind in ("normal", "lognormal", "gamma", "weibull", "uniform", "metalog")
    ]
    result = sr.simulate(sr.Plan(tasks=tasks), 20_000, rng=1)
    for task in tasks:
        durations = np.asarray(result.samples(task.id)["duration"])
        for value, share in ((8, 0.1), (15, 0.9)):
            assert abs((durations <= value).mean() - share) <= 4 * np.sqrt(0.09 / 20_000)
