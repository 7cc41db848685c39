"""Estimates against scipy's distributions; fits; texts and tables; what is refused."""

import dataclasses
import json
import pickle
import re
import time

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


@pytest.mark.parametrize("kind", [sr.Triangular, sr.Pert])
@given(
    st.floats(100, 1000), st.floats(0.01, 100), st.one_of(st.floats(0, 1), st.sampled_from([0.0, 1.0])),
    st.floats(0.5, 45), st.floats(47, 99.5),
)  # fmt: skip
def test_fits_find_the_shape_that_percentiles_came_from(kind, low, width, position, first, second):
    """On both sides of the mode, on one, and with the mode at an end, where rounding hides the root."""
    shape = kind(low, low + position * width, low + width)
    stated = {_name(first): shape.ppf(first / 100), _name(second): shape.ppf(second / 100)}
    fitted = kind.from_percentiles(mode=shape.mode, **stated)
    assert fitted.limits == pytest.approx(shape.limits, abs=1e-6 * width)
    assert fitted.limits[0] <= fitted.mode <= fitted.limits[1]
    spread = fitted.limits[1] - fitted.limits[0]
    for percent, value in zip(fitted.ends, stated.values(), strict=True):
        assert abs(fitted.ppf(percent / 100) - value) <= 1e-9 * spread
    assert np.isfinite([fitted.mean, fitted.std, *fitted.ppf(Q)]).all()


@pytest.mark.parametrize(
    ("points", "published"),
    [
        ({"p10": 8, "mode": 10, "p90": 15}, (5.67, 18.208, 11.2927, 2.5998)),
        ({"p5": 8, "mode": 10, "p95": 15}, (6.7064, 16.868, 11.1915, 2.1166)),
    ],
)
def test_published_fits(points, published):
    """Ends, mean and standard deviation as `trigen_ends` of reference-networks.yaml gives them, to their last digit."""
    fitted = sr.Triangular.from_percentiles(**points)
    assert fitted.limits == pytest.approx(published[:2], abs=5.1e-4)
    assert (fitted.mean, fitted.std) == pytest.approx(published[2:], abs=5.1e-5)


def test_a_weight_beyond_computing_is_refused():
    with pytest.raises(EstimateError, match="percentiles that a shape with this mode can have"):
        sr.Pert.from_percentiles(p10=1, mode=2, p90=4, weight=1e100)


def test_stated_values_and_fits_survive_pickling_and_hashing():
    estimate = sr.Pert.from_percentiles(p10=8, mode=10, p90=15)
    again = pickle.loads(pickle.dumps(estimate))
    assert (again, hash(again), again.limits) == (estimate, hash(estimate), estimate.limits)
    assert (estimate.low, estimate.mode, estimate.high, estimate.ends) == (8, 10, 15, (10, 90))
    with pytest.raises(dataclasses.FrozenInstanceError):
        estimate.low = 3


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


@pytest.mark.parametrize("points", [{"p10": 0, "p90": 9}, {"p20": 1, "p80": 19}, {"p30": 1.9, "p90": 30}])
@pytest.mark.parametrize(("kind", "weight"), [(sr.Triangular, {}), (sr.Pert, {}), (sr.Pert, {"weight": 1})])
def test_clipped_moments_against_integrals_of_the_density(kind, weight, points):
    estimate = kind.from_percentiles(mode=2, **points, **weight)
    low, high = estimate.limits
    m = (2 - low) / (high - low)
    w = weight.get("weight", 4)
    shape = stats.triang(m) if kind is sr.Triangular else stats.beta(1 + w * m, 1 + w * (1 - m))
    first, second = (
        integrate.quad(
            lambda x, order=order: x**order * shape.pdf((x - low) / (high - low)), 0, high, points=[2], epsabs=1e-12
        )[0]
        / (high - low)
        for order in (1, 2)
    )
    assert low < 0
    assert estimate.mean == pytest.approx(first, rel=1e-8)
    assert estimate.std == pytest.approx(np.sqrt(second - first**2), rel=1e-7)


@pytest.mark.parametrize("kind", [sr.Triangular, sr.Pert])
def test_degenerate_and_huge_shapes(kind):
    constant = kind(5, 5, 5)
    assert (constant.mean, constant.std, constant.support, constant.ppf(0.3)) == (5, 0, (5, 5), 5)
    assert kind.from_percentiles(p10=5, mode=5, p90=5).support == (5, 5)
    assert sr.Uniform(5, 5).ppf([0, 0.5, 1]).tolist() == [5, 5, 5]
    huge, unit = kind(0, 1e200, 3e200), kind(0, 1, 3)
    assert (huge.mean, huge.std) == pytest.approx((unit.mean * 1e200, unit.std * 1e200), rel=1e-12)
    assert kind(0, 1e150, 3e150).ppf(Q) == pytest.approx(unit.ppf(Q) * 1e150, rel=1e-9)


@given(ESTIMATES)
def test_quantiles_ascend_from_end_to_end(estimate):
    quantiles = estimate.ppf(Q)
    assert (np.diff(quantiles) >= -1e-12 * estimate.support[1]).all()
    assert estimate.support[0] <= quantiles.min()
    assert quantiles.max() <= estimate.support[1]


def test_discrete_sums_probabilities_as_they_are_written():
    """In floats 0.03 + 0.29 + 0.18 stays below 0.5, which would move the median to the next value."""
    assert 0.03 + 0.29 + 0.18 < 0.5
    assert sr.Discrete([1, 2, 3, 40], [0.03, 0.29, 0.18, 0.5]).planned == 3
    assert sr.Discrete([7, 1, 2], [0.2, 0.7, 0.1]).ppf([0, 0.7, 0.8, 1]).tolist() == [1, 1, 2, 7]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(0, 10**6))
def test_discrete_quantiles_are_exact(weights, place):
    exact = np.cumsum(weights)
    estimate = sr.Discrete(range(len(weights)), [weight / int(exact[-1]) for weight in weights])
    ticks = place % (int(exact[-1]) + 1)
    reached = int(np.searchsorted(exact, ticks))
    # Thirds are rounded when they are written, so a step's own probability may miss it: half a tick to each side does not.
    for shift, value in ((-0.5, reached), (0.5, int(np.searchsorted(exact, ticks + 0.5)))):
        if 0 <= ticks + shift <= exact[-1]:
            expected = value if shift > 0 else int(np.searchsorted(exact, ticks - 0.5))
            assert estimate.ppf((ticks + shift) / exact[-1]) == expected


def test_discrete_without_chance_does_not_occur():
    estimate = sr.Discrete([1, 2, 3], [0, 1, 0])
    assert estimate.support == (2, 2)
    assert estimate.ppf([0, 0.5, 1]).tolist() == [2, 2, 2]
    assert estimate.std == 0


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30), st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_empirical_is_numpys_inverted_cdf(samples, q):
    estimate = sr.Empirical(samples)
    assert estimate.ppf(q).tolist() == np.quantile(samples, q, method="inverted_cdf").tolist()
    assert estimate.planned == np.quantile(samples, 0.5, method="inverted_cdf")
    assert estimate.std == np.std(samples)
    assert estimate.samples == tuple(samples)


EXACT = st.floats(0, 1e300, allow_subnormal=False)


@given(
    st.one_of(
        EXACT.map(sr.Fixed),
        st.lists(EXACT, min_size=2, max_size=2).map(sorted).map(lambda ends: sr.Uniform(*ends)),
        st.builds(
            lambda points, weight: sr.Pert(*sorted(points), weight),
            st.lists(EXACT, min_size=3, max_size=3),
            st.floats(0, 100),
        ),
        st.lists(EXACT, min_size=1, max_size=5).map(sr.Empirical),
        st.lists(EXACT, min_size=2, max_size=2, unique=True).map(lambda v: sr.Discrete(v, [1 / 3, 2 / 3])),
    )
)
def test_every_digit_reads_back(estimate):
    assert parse_estimate(str(estimate)) == estimate
    document = TypeAdapter(EstimateField).dump_json(estimate)
    assert TypeAdapter(EstimateField).validate_json(document) == estimate


@given(st.floats(1e-3, 49), st.floats(51, 99.999))
def test_every_digit_of_a_percentage_reads_back(first, second):
    estimate = sr.Triangular(8, 10, 15, ends=(first, second))
    assert parse_estimate(str(estimate)) == estimate


def test_many_observations_read_back():
    estimate = sr.Empirical(np.random.default_rng(1).random(60_000))
    assert parse_estimate(str(estimate)) == estimate


@given(ESTIMATES)
def test_table_reads_back(estimate):
    fields = {field.name: getattr(estimate, field.name) for field in dataclasses.fields(estimate)}
    assert parse_estimate({"kind": type(estimate).__name__.lower(), **fields}) == estimate


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
        ("9" * 900 + "x", "expected an estimate such as"),
        ("x" * 10_000_000, "10,000,000 characters"),
        ("empirical(" + "1," * 5_000_000, "10,000,010 characters"),
        ("empirical(" + "1" * 4_000_000 + "x)", "expected a number"),
        ("empirical(" + "1" * 4_000_000 + ")", "finite"),
        ("empirical(1" + " " * 4_000_000 + "x)", "expected a number"),
        ("triangular(5, p90=9, mode=7)", "unknown key 'p90'"),
        ("pert(p10=-5, mode=6, p90=9)", "p10: found -5"),
        ({"kind": "pert", "p10": True, "mode": 6, "p90": 9}, "p10: found True"),
        ({"kind": "pert", "p10": 1, "mode": 6, "p90": 9, "cls": 3}, "unknown key 'cls'"),
        ("triangular(p10=15, mode=10, p90=8)", "p10 15 above p90 8"),
        ("pert(5.0000001, 5, 6)", "low 5.0000001 above mode 5"),
        (b"5", "expected an estimate such as"),
        ([5, 8, 15], "expected an estimate such as"),
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


@pytest.mark.parametrize(
    ("make", "places"),
    [
        (lambda: sr.Pert(9, 5, "x"), ["high", "low, mode"]),
        (lambda: sr.Triangular(9, 5, 1), ["low, mode", "mode, high"]),
        (lambda: sr.Pert(9, 5, 3, -1), ["weight", "low, mode", "mode, high"]),
        (lambda: sr.Pert(1, 2, 3, ends=(-1, 200)), ["end 1", "end 2"]),
        (lambda: sr.Triangular(1, 2, 3, ends=(90, 10)), ["ends"]),
        (lambda: sr.Triangular(1, 2, 3, ends=(50, 50)), ["ends"]),
        (lambda: sr.Uniform(-1, "b"), ["low", "high"]),
        (lambda: sr.Pert.from_percentiles(mode=float("nan"), p10="a", p900=3), ["mode", "p10", ""]),
        (lambda: sr.Discrete([1, 1, 2], [0.5, 0.6]), ["probabilities", "values", "probabilities"]),
        (lambda: sr.Discrete([1, -1], [0.5, 0.6]), ["value 2", "probabilities"]),
        (lambda: sr.Discrete([1, 2], [float("nan"), 2]), ["probability 1", "probability 2"]),
        (lambda: sr.Discrete(iter([1, -2]), iter([0.5, 0.5])), ["value 2"]),
        (lambda: sr.Discrete([], []), ["values", "probabilities"]),
        (lambda: sr.Empirical([1, -2, float("inf"), True, "4"]), [f"sample {n}" for n in (2, 3, 4, 5)]),
        (lambda: sr.Empirical(5), ["samples"]),
        (lambda: sr.Fixed([5]), ["value"]),
    ],
)
def test_all_faults_of_an_estimate_at_once(make, places):
    with pytest.raises(EstimateError) as caught:
        make()
    found = [problem.place for problem in caught.value.problems]
    assert len(found) == len(places), found
    assert all(re.fullmatch(place, each) for place, each in zip(places, found, strict=True)), found


def test_quantiles_of_what_is_no_number_are_refused():
    for bad in ("x", None, [0.5, "y"], object(), [[0.1], [0.2, 0.3]]):
        with pytest.raises(ArgumentError, match="from 0 to 1"):
            sr.Fixed(3).ppf(bad)


WILD = st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=5), st.lists(st.floats(0, 9)))
KEYS = st.sampled_from(
    ["low", "mode", "high", "weight", "ends", "value", "values", "probabilities", "samples", "p10", "p90"]
)


@given(st.dictionaries(KEYS, WILD, max_size=5), st.sampled_from([*KINDS, "prt", None]))
def test_random_tables_are_read_or_refused(table, kind):
    try:
        parse_estimate(table if kind is None else {"kind": kind, **table})
    except EstimateError as refused:
        message = str(refused)
        assert message


@given(
    st.sampled_from([*KINDS]),
    st.lists(
        st.sampled_from(["1", "2.5", "-1", "1e400", "low=1", "p10=3", "mode=4", "p90=9", "7: .5", "", "x"]), max_size=4
    ),
)
def test_random_arguments_are_read_or_refused(kind, arguments):
    try:
        parse_estimate(f"{kind}({', '.join(arguments)})")
    except EstimateError as refused:
        message = str(refused)
        assert message


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


@pytest.fixture(scope="module")
def schema():
    validators = pytest.importorskip("jsonschema")
    made = TypeAdapter(EstimateField).json_schema()
    validators.Draft202012Validator.check_schema(made)
    return validators.Draft202012Validator(made)


@pytest.mark.parametrize(
    "document",
    [
        10, "10", " 5 / 8 / 15 ", "PERT(5, 8, 15)", "triangular(p10=8, mode=10, p90=15)", "discrete(7: 0.5, 10: .5)",
        {"low": 5, "mode": 8, "high": 15}, {"kind": "pert", "low": 5, "mode": 8, "high": 15, "weight": 2},
        {"kind": "triangular", "low": 8, "mode": 10, "high": 15, "ends": [10, 90]},
        {"kind": "pert", "p10": 5, "mode": 8, "p97_5": 15}, {"kind": "fixed", "value": 2},
        {"kind": "discrete", "values": [1, 2], "probabilities": [0.5, 0.5]}, {"kind": "empirical", "samples": [1]},
        "mixture(pert(5, 8, 15): 0.7, 30: 0.3)", "truncated(shifted(gamma(4, 2.5), 5), high=20)", "gamma(p10=8, p90=15)",
        {"kind": "metalog", "p10": 8, "p50": 10, "p90": 15, "low": 5, "terms": 3}, {"kind": "lognormal", "mode": 8, "sd": 4},
        {"kind": "metalog", "percentiles": {"10": 8, "90": 15}}, {"kind": "scipy", "name": "gumbel_r", "loc": 10, "scale": 2},
        {"kind": "mixture", "parts": ["5/8/15", 30, {"kind": "normal", "mean": 5, "sd": 1}], "weights": [0.5, 0.25, 0.25]},
        {"kind": "shifted", "estimate": "gamma(4, 2.5)", "by": -3}, {"kind": "truncated", "estimate": 10, "low": 5},
        {"kind": "betascaled", "low": 5, "high": 15, "p10": 7, "p90": 12}, {"kind": "uniform", "p10": 7, "p90": 12},
        {"kind": "trapezoid", "low": 5, "mode_low": 6, "mode_high": 7, "high": 8, "ends": [10, 90]},
    ],
)  # fmt: skip
def test_schema_accepts_what_is_read(schema, document):
    parse_estimate(document)
    schema.validate(document)


@pytest.mark.parametrize(
    "document",
    [
        -1, "soon", "", "5/8", "pert 5 8 15", None, True, [5, 8, 15], {"low": 5, "high": 15}, {"kind": "fixed"},
        {"kind": "pert", "low": 5, "mode": 8, "hihg": 15}, {"kind": "prt", "low": 5, "mode": 8, "high": 15},
        {"kind": "scipy", "loc": 3}, {"kind": "scipy", "name": "norm", "loc": "x"}, {"kind": "mixture", "parts": [], "weights": []},
        {"kind": "metalog", "percentiles": {"10": 8, "90": 15}, "terms": 1}, {"kind": "betascaled", "low": 5, "p10": 7, "p90": 12},
        {"kind": "shifted", "by": 3}, {"kind": "truncated", "estimate": 10, "low": -5}, {"kind": "shifted", "estimate": 3},
        {"kind": "empirical", "samples": []}, {"kind": "fixed", "value": -2}, {"kind": "pert", "mode": 8, "q10": 3},
    ],
)  # fmt: skip
def test_schema_refuses_what_is_refused(schema, document):
    with pytest.raises(EstimateError):
        parse_estimate(document)
    assert not schema.is_valid(document)


@given(ESTIMATES)
def test_schema_accepts_every_text(estimate):
    pattern = next(each["pattern"] for each in TypeAdapter(EstimateField).json_schema()["anyOf"] if "pattern" in each)
    assert re.search(pattern, str(estimate))


@pytest.mark.performance
def test_reading_is_quick():
    texts = [f"pert({i}, {i + 2}, {i + 9})" for i in range(4_000)]
    texts += [f"{kind}(p10={i}, mode={i + 2}, p90={i + 9})" for i in range(100) for kind in ("triangular", "pert")]
    parse_estimate(texts[-1])  # imports the solver
    began = time.perf_counter()
    for text in texts:
        parse_estimate(text)
    assert time.perf_counter() - began < 0.5


@pytest.mark.performance
@pytest.mark.parametrize(
    "text", ["1" * 10_000_000 + "x", "empirical(" + "1" * 4_900_000 + "x)", "pert(" + "1," * 4_000_000]
)
def test_garbage_fails_fast(text):
    began = time.perf_counter()
    with pytest.raises(EstimateError):
        parse_estimate(text)
    assert time.perf_counter() - began < 1
