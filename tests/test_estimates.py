"""Estimates against scipy's distributions; fits; texts and tables; what is refused."""

import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from scipy import integrate, stats

import schedrisk as sr
from plans import ESTIMATES
from schedrisk.errors import ArgumentError, EstimateError
from schedrisk.estimates import KINDS, EstimateField, parse_estimate

Q = np.concatenate([[0, 1e-12, 1e-9, 1e-6], np.linspace(0.001, 0.999, 333), [1 - 1e-6, 1 - 1e-9, 1]])
POINTS = [(5, 8, 15), (1, 1, 2), (3, 9, 9), (0, 0.1, 100), (2.5, 4, 5.5)]


def beta_pert(low, mode, high, weight=4):
    m = (mode - low) / (high - low)
    return stats.beta(1 + weight * m, 1 + weight * (1 - m), loc=low, scale=high - low)


PAIRS = [
    *((sr.Triangular(*p), stats.triang((p[1] - p[0]) / (p[2] - p[0]), loc=p[0], scale=p[2] - p[0])) for p in POINTS),
    *((sr.Pert(*p), beta_pert(*p)) for p in POINTS),
    *((sr.Pert(*p, 2), beta_pert(*p, 2)) for p in POINTS),
    (sr.Uniform(2, 6), stats.uniform(2, 4)),
    (sr.Discrete([7, 3, 10], [0.5, 0.25, 0.25]), stats.rv_discrete(values=([3, 7, 10], [0.25, 0.5, 0.25]))),
    (sr.Empirical([3, 4, 4, 9]), stats.rv_discrete(values=([3, 4, 9], [0.25, 0.5, 0.25]))),
]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=lambda each: str(each)[:40])
def test_against_scipy(ours, theirs):
    inner = Q[1:]  # scipy begins a discrete distribution one step early
    assert np.allclose(ours.ppf(inner), theirs.ppf(inner), rtol=1e-9, atol=1e-12)
    assert ours.mean == pytest.approx(theirs.mean(), rel=1e-12)
    assert ours.std == pytest.approx(theirs.std(), rel=1e-12)
    assert ours.ppf(0) == ours.support[0]
    assert ours.ppf(1) == pytest.approx(ours.support[1], rel=1e-14)


def test_planned_values():
    assert sr.Fixed(3).planned == 3
    assert sr.Pert(5, 8, 15).planned == sr.Triangular(5, 8, 15).planned == 8
    assert sr.Uniform(2, 6).planned == 4
    assert sr.Discrete([7, 10], [0.5, 0.5]).planned == 7
    assert sr.Empirical([9, 3, 4, 4]).planned == 4


def test_shapes_and_bad_probabilities():
    estimate = sr.Pert(5, 8, 15)
    assert isinstance(estimate.ppf(0.5), float)
    assert estimate.ppf([[0.1, 0.5], [0.6, 0.9]]).shape == (2, 2)
    for bad in (-0.1, 1.1, float("nan"), [0.5, 2]):
        with pytest.raises(ArgumentError, match="from 0 to 1"):
            estimate.ppf(bad)


@pytest.mark.parametrize("kind", [sr.Triangular, sr.Pert])
@given(
    st.floats(0.5, 60), st.floats(62, 99.5), st.floats(1, 50), st.floats(0.1, 30), st.floats(0.1, 30),
)  # fmt: skip
def test_fits_meet_their_percentiles(kind, first, second, mode, below, above):
    low, high = max(mode - below, 0.0), mode + above
    estimate = kind.from_percentiles(mode=mode, **{_name(first): low, _name(second): high})
    start, end = estimate.limits
    unclipped = start if low == 0 else None
    for percent, value in zip(estimate.ends, (low, high), strict=True):
        assume(unclipped is None or unclipped >= 0)
        assert abs(estimate.ppf(percent / 100) - value) <= 1e-9 * (end - start)
    assert start <= mode + 1e-9 * (end - start)
    assert parse_estimate(str(estimate)) == estimate


def _name(percent):
    return f"p{percent!r}".replace(".", "_")


def test_fits_of_percentiles_on_one_side_and_of_one_absolute_end():
    estimate = sr.Triangular.from_percentiles(p50=8, mode=7, p90=12)
    assert estimate.ppf(0.5) == pytest.approx(8, rel=1e-12)
    assert estimate.ppf(0.9) == pytest.approx(12, rel=1e-12)
    half = sr.Pert.from_percentiles(p0=5, mode=8, p90=15)
    assert half.limits[0] == pytest.approx(5, rel=1e-12)
    assert half.ppf(0.9) == pytest.approx(15, rel=1e-12)


@pytest.mark.parametrize("kind", [sr.Triangular, sr.Pert])
def test_clipped_tails(kind):
    estimate = kind.from_percentiles(p10=1, mode=2, p90=12)
    assert estimate.limits[0] < 0
    assert estimate.support[0] == 0
    assert estimate.ppf(0.1) == pytest.approx(1, rel=1e-9)
    mean = integrate.quad(lambda q: estimate.ppf(q), 0, 1, points=[0.01, 0.05, 0.3], limit=300)[0]
    square = integrate.quad(lambda q: estimate.ppf(q) ** 2, 0, 1, points=[0.01, 0.05, 0.3], limit=300)[0]
    assert estimate.mean == pytest.approx(mean, rel=1e-7)
    assert estimate.std == pytest.approx(np.sqrt(square - mean**2), rel=1e-6)


@given(ESTIMATES)
def test_text_reads_back(estimate):
    assert parse_estimate(str(estimate)) == estimate
    assert parse_estimate(estimate) is estimate
    assert estimate.support[0] <= estimate.mean * (1 + 1e-12)
    assert estimate.mean <= estimate.support[1] * (1 + 1e-12)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("10", sr.Fixed(10)),
        (10, sr.Fixed(10)),
        (np.int64(3), sr.Fixed(3)),
        (" 1.5e1 ", sr.Fixed(15)),
        ("5/8/15", sr.Pert(5, 8, 15)),
        (" 5 / 8 / 15 ", sr.Pert(5, 8, 15)),
        ("PERT( 5,8 , 15 )", sr.Pert(5, 8, 15)),
        ("pert(5, 8, 15, 2)", sr.Pert(5, 8, 15, 2)),
        ("pert(low=5, mode=8, high=15, weight=2)", sr.Pert(5, 8, 15, 2)),
        ("triangular(p10=8, mode=10, p90=15)", sr.Triangular(8, 10, 15, ends=(10, 90))),
        ("uniform(2, 4)", sr.Uniform(2, 4)),
        ("discrete(7: 0.5, 10: .5)", sr.Discrete([7, 10], [0.5, 0.5])),
        ("empirical(3, 4, 4, 9)", sr.Empirical([3, 4, 4, 9])),
        ({"low": 5, "mode": 8, "high": 15}, sr.Pert(5, 8, 15)),
        ({"kind": "triangular", "p10": 8, "mode": 10, "p90": 15}, sr.Triangular(8, 10, 15, ends=(10, 90))),
        ({"kind": "discrete", "values": [1], "probabilities": [1]}, sr.Discrete([1], [1])),
        (
            {"kind": "triangular", "low": 8, "mode": 10, "high": 15, "ends": [10, 90]},
            sr.Triangular(8, 10, 15, ends=(10, 90)),
        ),
    ],
)
def test_what_can_be_given(given, expected):
    assert parse_estimate(given) == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("pert(5, 3, 1)", "low ≤ mode ≤ high"),
        ("triangle(1, 2, 3)", "did you mean 'triangular'"),
        ("soon", "expected an estimate such as"),
        ("", "expected an estimate such as"),
        (None, "expected an estimate such as"),
        (True, "expected an estimate such as"),
        (float("nan"), "finite"),
        (float("inf"), "finite"),
        (10**400, "finite"),
        (-3, "greater than or equal to 0"),
        ("-3", "greater than or equal to 0"),
        ("pert(-1, 2, 3)", "greater than or equal to 0"),
        ("pert(1, 2)", "high"),
        ("pert(1, 2, 3, 4, 5)", r"pert\(low, mode, high, weight\)"),
        ("pert(1, 2, 3, low=1)", "once"),
        ("pert(1, 2, b)", "a number"),
        ("pert(1: 2, 2, 3)", r"pert\("),
        ("discrete(1, 2)", "value: probability"),
        ("discrete(1: 0.5, 2: 0.6)", "sum of 1.1"),
        ("discrete(1: 0.5, 1: 0.5)", "each value once"),
        ("discrete()", "at least 1"),
        ("empirical()", "at least 1"),
        ("uniform(3, 2)", "low ≤ high"),
        ("pert(p10=5, p90=6)", "mode"),
        ("pert(p10=5, mode=6)", "two different percentiles"),
        ("pert(p10=5, mode=6, p50=7, p90=9)", "two different percentiles"),
        ("pert(p110=5, mode=6, p50=7)", "percentiles such as p10"),
        ("triangular(p10=8, mode=1, p90=9)", "move the mode"),
        ({"low": 1, "high": 2}, "kind"),
        ({"kind": 3}, "kind"),
        ({3: 4}, "text keys"),
        ({"kind": "pert", "low": 1, "mode": 2, "hihg": 3}, "did you mean 'high'"),
        ("9" * 2_000_000, "2,000,000 characters"),
    ],
)
def test_what_is_refused(given, message):
    with pytest.raises(EstimateError, match=message) as caught:
        parse_estimate(given)
    assert len(str(caught.value)) < 600


def test_all_faults_at_once():
    with pytest.raises(EstimateError) as caught:
        sr.Pert("a", float("nan"), True)
    assert [problem.place for problem in caught.value.problems] == ["low", "mode", "high"]


@given(st.text(max_size=40))
def test_random_text_is_read_or_refused(text):
    try:
        parse_estimate(text)
    except EstimateError as refused:
        message = str(refused)
        assert message


def test_schema_covers_every_kind():
    schema = TypeAdapter(EstimateField).json_schema()
    tables = {each["properties"]["kind"]["const"] for each in schema["anyOf"] if "properties" in each}
    assert tables == set(KINDS)
    json.dumps(schema)
