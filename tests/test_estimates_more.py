"""Normal, lognormal and the other kinds beyond three points: against scipy, sampled, in documents, refused."""

import dataclasses
import json
import re

import numpy as np
import pytest
from scipy import stats

import schedrisk as sr
from chains import assert_whole_chain
from estimate_checks import check_chances, check_moments, check_quantiles, check_sampled
from schedrisk.errors import EstimateError, PlanError
from schedrisk.estimates import parse_estimate
from schedrisk.io.document import parse_json, plan_of, to_json


def normal(mean, sd):
    return sr.Normal(mean, sd), stats.norm(mean, sd), f"normal({mean}, {sd})"


def lognormal(mean, sd):
    sigma = np.sqrt(np.log1p((sd / mean) ** 2))
    frozen = stats.lognorm(sigma, scale=mean * np.exp(-(sigma**2) / 2))
    return sr.Lognormal(mean, sd), frozen, f"lognormal({mean}, {sd})"


def exponential(mean):
    return sr.Exponential(mean), stats.expon(scale=mean), f"exponential({mean})"


def gamma(shape, scale):
    return sr.Gamma(shape, scale), stats.gamma(shape, scale=scale), f"gamma({shape}, {scale})"


def weibull(shape, scale):
    return sr.Weibull(shape, scale), stats.weibull_min(shape, scale=scale), f"weibull({shape}, {scale})"


def betascaled(low, high, alpha, beta):
    text = f"betascaled({low}, {high}, {alpha}, {beta})"
    return sr.BetaScaled(low, high, alpha, beta), stats.beta(alpha, beta, loc=low, scale=high - low), text


def trapezoid(low, mode_low, mode_high, high):
    width = high - low
    frozen = stats.trapezoid((mode_low - low) / width, (mode_high - low) / width, loc=low, scale=width)
    return sr.Trapezoid(low, mode_low, mode_high, high), frozen, f"trapezoid({low}, {mode_low}, {mode_high}, {high})"


def histogram(edges, probabilities):
    parts = ", ".join(f"{edge}: {each}" for edge, each in zip(edges, probabilities, strict=False))
    frozen = stats.rv_histogram((np.array(probabilities), np.array(edges)), density=False).freeze()
    return sr.Histogram(edges, probabilities), frozen, f"histogram({parts}, {edges[-1]})"


CASES = [
    normal(10, 2), normal(10, 0.001), normal(1, 1), normal(0, 3), normal(2, 20),
    lognormal(10, 5), lognormal(10, 0.01), lognormal(3, 30), lognormal(2, 190),
    exponential(10), *(gamma(shape, 2.5) for shape in (0.1, 0.3, 0.7, 1, 4, 300, 1000000)),
    *(weibull(shape, 2) for shape in (0.2, 0.7, 1, 2, 40)),
    *(betascaled(5, 15, *shapes) for shapes in ((2, 3), (1, 1), (1, 4), (40, 3), (1000, 2000))),
    betascaled(0, 3, 0.4, 2), betascaled(5, 15, 2, 0.1), betascaled(5, 15, 0.1, 0.1), betascaled(0, 3, 0.2, 0.3),
    trapezoid(5, 8, 10, 13), trapezoid(5, 5, 10, 13), trapezoid(5, 8, 13, 13), trapezoid(0, 8, 8, 13),
    trapezoid(5, 5, 13, 13),
    histogram([0, 5, 9], [0.25, 0.75]), histogram([2, 3], [1]), histogram([1, 2, 2.5, 7], [0.3, 0.01, 0.69]),
]  # fmt: skip
cases = pytest.mark.parametrize(("ours", "theirs", "text"), CASES, ids=[text for _, _, text in CASES])


@cases
def test_quantiles(ours, theirs, text):
    check_quantiles(ours, theirs)


@cases
def test_chances(ours, theirs, text):
    check_chances(ours, theirs)


@cases
def test_sampled_rows_keep_the_distribution(ours, theirs, text):
    check_sampled(ours, theirs)


@cases
def test_moments_after_clipping(ours, theirs, text):
    check_moments(ours, theirs)


@cases
def test_texts_tables_and_documents(ours, theirs, text):
    assert str(ours) == text
    assert parse_estimate(text) == parse_estimate(text.upper()) == ours
    assert eval(repr(ours), vars(sr)) == ours
    names = re.findall(r"(\w+)=", repr(ours))
    table = {"kind": type(ours).__name__.lower()} | {name: getattr(ours, f"given_{name}", None) for name in names}
    table |= {name: getattr(ours, name) for name in names if table[name] is None}
    assert parse_estimate(table) == ours
    plan = sr.Plan(tasks=[sr.Task("a", ours), sr.Task("b", table)])
    assert plan.task("b").estimate == ours
    assert plan_of(parse_json(to_json(plan))) == plan
    assert json.loads(to_json(plan))["tasks"][0]["estimate"] == text


@cases
def test_whole_chain(ours, theirs, text):
    assert_whole_chain(ours)


def test_planned_values():
    assert sr.Normal(3, 9).planned == 3
    expected = stats.lognorm(np.sqrt(np.log(2)), scale=10 / np.sqrt(2))
    x = np.linspace(3, 4, 100_001)
    assert sr.Exponential(10).planned == sr.Weibull(1, 10).planned == pytest.approx(sr.Gamma(1, 10).planned)
    assert sr.Gamma(0.5, 10).planned == sr.Gamma(0.5, 10).ppf(0.5)
    y = np.linspace(0, 10, 100_001)
    for ours, theirs in ((sr.Gamma(3, 2), stats.gamma(3, scale=2)), (sr.Weibull(3, 2), stats.weibull_min(3, scale=2))):
        assert ours.planned == pytest.approx(y[theirs.pdf(y).argmax()], abs=1e-4)
    assert sr.Lognormal(10, 10).planned == pytest.approx(x[expected.pdf(x).argmax()], abs=1e-5)


@cases
def test_copies_with_a_change(ours, theirs, text):
    names = {each.name: getattr(ours, each.name) for each in dataclasses.fields(ours)}
    assert dataclasses.replace(ours) == dataclasses.replace(ours, **names) == ours


def test_a_mean_is_changed_under_either_name():
    assert dataclasses.replace(sr.Normal(10, 2), mean=12) == sr.Normal(12, 2)
    assert dataclasses.replace(sr.Normal(10, 2), given_mean=12) == sr.Normal(12, 2)
    assert dataclasses.replace(sr.Lognormal(10, 2), sd=3) == sr.Lognormal(10, 3)
    with pytest.raises(EstimateError, match="mean: found -3"):
        dataclasses.replace(sr.Exponential(3), mean=-3)


def test_no_spread_and_no_duration():
    assert sr.Normal(3, 0).support == (3, 3)
    assert sr.Normal(3, 0).ppf([0, 0.5, 1]).tolist() == [3, 3, 3]
    assert sr.Histogram([0, 1, 2, 3, 4], [0, 0.5, 0, 0.5]).ppf([0, 0.5, 1]).tolist() == [1, 2, 4]
    assert sr.Trapezoid(3, 3, 3, 3).ppf([0, 0.5, 1]).tolist() == [3, 3, 3]
    assert (sr.Trapezoid(3, 3, 3, 3).mean, sr.Trapezoid(3, 3, 3, 3).std) == (3, 0)
    assert sr.BetaScaled(3, 3, 2, 2).ppf([0, 0.5, 1]).tolist() == [3, 3, 3]
    assert (sr.Normal(0, 0).mean, sr.Normal(0, 0).std) == (0, 0)


def test_spread_of_steep_weibulls():
    # Var ln X = π² / (6 shape²), and where that is small the standard deviation over the mean is its root.
    for shape in (15.9, 16.1):
        assert sr.Weibull(shape, 2).std == pytest.approx(stats.weibull_min(shape, scale=2).std(), rel=1e-10)
    assert sr.Weibull(1e6, 2).std / 2 == pytest.approx(np.pi / np.sqrt(6) / 1e6, rel=3e-6)


def test_what_is_clipped_is_told():
    def rules(estimate):
        return set(sr.check(sr.Plan(tasks=[sr.Task("a", estimate)]))["rule"])

    assert "clipped-tail" in rules(sr.Normal(10, 5))
    assert "clipped-tail" not in rules(sr.Normal(10, 2))


def test_longer_than_any_project():
    with pytest.raises(PlanError, match="at its highest"):
        sr.Plan(tasks=[sr.Task("a", sr.Normal(9e8, 1e8))])
    assert sr.Plan(tasks=[sr.Task("a", sr.Normal(9e8, 1e7))])


@pytest.mark.parametrize(
    ("make", "places"),
    [
        (lambda: sr.Normal(-1, "x"), ["mean", "sd"]),
        (lambda: sr.Normal(mean=float("inf"), sd=-1), ["mean", "sd"]),
        (lambda: sr.Normal(), ["mean", "sd"]),
        (lambda: parse_estimate("normal(-1, -2)"), ["mean", "sd"]),
        (lambda: sr.BetaScaled(9, 5, 0, "x"), ["alpha", "beta", "low, high"]),
        (lambda: sr.BetaScaled(9, 5, 1, 1), ["low, high"]),
        (lambda: sr.Trapezoid(9, 5, 3, -1), ["high", "low, mode_low", "mode_low, mode_high", "mode_high, high"]),
        (lambda: parse_estimate("trapezoid(1, 2, 4, 3)"), ["mode_high, high"]),
        (lambda: sr.Histogram([3, 1], [0.3, 0.3]), ["edges", "edges", "probabilities"]),
        (lambda: sr.Histogram([0, 1, -1], [0.5, 2]), ["edge 3", "probability 2", "edges", "probabilities"]),
        (lambda: parse_estimate("histogram(1: 0.5, 2: 0.5)"), [""]),
        (lambda: sr.Exponential(-1), ["mean"]),
        (lambda: sr.Exponential(1, 2), ["item 2"]),
        (lambda: sr.Gamma(0, 0), ["shape", "scale"]),
        (lambda: sr.Gamma(float("nan"), "x"), ["shape", "scale"]),
        (lambda: parse_estimate("weibull(1e7, -1)"), ["shape", "scale"]),
        (lambda: parse_estimate({"kind": "weibull", "scale": True, "mean": 3}), ["shape", "scale", "mean"]),
        (lambda: sr.Lognormal(0, 0), ["mean", "sd"]),
        (lambda: sr.Lognormal(True, float("nan")), ["mean", "sd"]),
        (lambda: sr.Lognormal(1, 101), ["mean, sd"]),
        (lambda: parse_estimate({"kind": "lognormal", "mean": 1, "sd": 101, "sigma": 3}), ["sigma", "mean, sd"]),
        (lambda: parse_estimate("lognormal(1, 101)"), ["mean, sd"]),
    ],
)
def test_all_faults_at_once(make, places):
    with pytest.raises(EstimateError) as caught:
        make()
    assert [problem.place for problem in caught.value.problems] == places
