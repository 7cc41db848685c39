"""Correlation by matrices, floors and the t copula: as asked, with marginals as they were, to the same bits anywhere."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

import schedrisk as sr
from plans import matrices
from references import DATA
from schedrisk.errors import CorrelationError, CorrelationWarning, PlanError
from schedrisk.sampling import Design, DurationSampler
from schedrisk.sampling.correlation import ComponentScores
from schedrisk.sampling.nearest import cholesky_factor, nearest_correlation, smallest_eigenvalue
from schedrisk.sampling.ranks import rank_from_score, score_from_rank, tail_dependence
from schedrisk.sampling.scores import fill_mixing, fill_t_probabilities

IDS = tuple("abcdef")
SPREAD = [[1, 0.8, 0.3], [0.8, 1, -0.2], [0.3, -0.2, 1]]
IMPOSSIBLE = [[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]


def uniforms(plan, n_draws=40_000, rng=3, rows=None, block=4_096):
    """Return the durations of tasks that are uniform from 0 to 1, whose ranks are they themselves."""
    sampler = DurationSampler.of(plan, 2.0**40, Design(rng, n_draws), rows)
    out = np.empty((len(plan.tasks if rows is None else rows), n_draws))
    for first in range(0, n_draws, block):
        part = out[:, first : first + block]
        sampler.sample(first, part.shape[1], part)
    return out / 2.0**40


def plan_of(correlations, ids=IDS, **options):
    return sr.Plan(tasks=[sr.Task(each, sr.Uniform(0, 1)) for each in ids], correlations=correlations, **options)


def assert_ranks(u, first, second, rho):
    """Spearman's correlation of uniforms is 12 cov: its standard error is that of the mean of 12 (u − ½)(v − ½)."""
    products = 12 * (u[first] - 0.5) * (u[second] - 0.5)
    assert abs(products.mean() - rho) < 4 * products.std() / np.sqrt(products.size)


# ---- what was asked for -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rho", [-1, -0.6, -0.05])
@pytest.mark.parametrize("copula", [{}, {"copula": "t", "degrees_of_freedom": 4}])
def test_a_pair_may_be_opposed(rho, copula):
    u = uniforms(plan_of([sr.Correlation(["a", "b"], rho, **copula)]))
    assert_ranks(u, 0, 1, rho)
    if rho == -1:
        assert np.abs(u[0] + u[1] - 1).max() < 1e-5


@pytest.mark.parametrize("copula", [{}, {"copula": "t", "degrees_of_freedom": 3}])
@pytest.mark.parametrize("make", [np.array, list, pd.DataFrame])
def test_a_matrix_is_met_pair_by_pair(make, copula):
    matrix = pd.DataFrame(SPREAD, list("cab"), list("cab")) if make is pd.DataFrame else make(SPREAD)
    correlation = sr.Correlation(["c", "a", "b"], matrix=matrix, **copula)
    u = dict(zip(IDS, uniforms(plan_of([correlation])), strict=True))
    for (i, first), (j, second) in itertools.combinations(enumerate("cab"), 2):
        assert_ranks(u, first, second, SPREAD[i][j])
    assert_ranks(u, "a", "e", 0.0)


def test_a_frame_is_matched_by_its_labels():
    frame = pd.DataFrame(SPREAD, list("abc"), list("abc")).loc[list("cab"), list("cab")]
    assert sr.Correlation(list("abc"), matrix=frame).matrix == tuple(tuple(map(float, row)) for row in SPREAD)
    with pytest.raises(CorrelationError, match="label rows and columns alike"):
        sr.Correlation(list("abd"), matrix=frame)


def test_groups_that_share_a_task_hold_both():
    u = uniforms(plan_of([sr.Correlation(["a", "b", "c"], 0.3), sr.Correlation(["c", "d"], 0.6)]))
    for first, second, rho in [(0, 1, 0.3), (0, 2, 0.3), (1, 2, 0.3), (2, 3, 0.6), (0, 3, 0.0)]:
        assert_ranks(u, first, second, rho)


@pytest.mark.parametrize(
    ("chosen", "members"),
    [({"tag": "wet"}, "ab"), ({"owner": "us"}, "bc"), ({"wbs": "S"}, "cd"), ({"wbs": "S.1"}, "d")],
)
def test_tasks_are_chosen_by_what_they_are(chosen, members):
    tasks = [
        sr.Task("a", "1/2/3", tags=["wet"]), sr.Task("b", "1/2/3", tags=["wet"], owner="us"),
        sr.Task("c", "1/2/3", owner="us", wbs="S"), sr.Task("d", "1/2/3", wbs="S.1"),
        sr.Task("fixed", 5, tags=["wet"], owner="us", wbs="S"), sr.Task("other", "1/2/3", wbs="ST"),
    ]  # fmt: skip
    plan = sr.Plan(tasks=tasks, correlations=[sr.Correlation(**chosen, rho=0.5)])
    assert plan.dependence["task"].factors[0].members == tuple(members)


def test_a_floor_raises_only_what_is_below():
    stated = [sr.Correlation(["a", "b"], 0.8), sr.Correlation(["c", "d"], -0.5), sr.Correlation(["e", "f"], 0.1)]
    u = uniforms(plan_of(stated).with_correlation(0.3))
    for first, second in itertools.combinations(range(6), 2):
        assert_ranks(u, first, second, 0.8 if (first, second) == (0, 1) else 0.3)
    assert plan_of(stated).with_correlation(0.3).with_correlation(0.1).dependence["task"].floor == 0.3


@pytest.mark.parametrize("copula", [{}, {"copula": "t", "degrees_of_freedom": 4}])
def test_risks_happen_together_and_keep_their_odds(copula):
    n, odds, rho = 40_000, (0.2, 0.4), 0.7
    risks = [sr.Risk(name, p, delay={name: 10}) for name, p in zip("xy", odds, strict=True)]
    plan = sr.Plan(
        tasks=[sr.Task("x", 1), sr.Task("y", 1)], risks=risks,
        correlations=[sr.Correlation(risks=["x", "y"], rho=rho, **copula)],
    )  # fmt: skip
    struck = uniforms(plan, n) > 5
    r = float(score_from_rank(rho, copula.get("degrees_of_freedom")))
    if copula:
        both = stats.multivariate_t(shape=[[1, r], [r, 1]], df=4, seed=1).cdf(stats.t(4).ppf(odds), maxpts=200_000)
    else:
        both = stats.multivariate_normal(cov=[[1, r], [r, 1]]).cdf(special.ndtri(odds))
    for share, expected in ((struck[0].mean(), 0.2), (struck[1].mean(), 0.4), ((struck[0] & struck[1]).mean(), both)):
        assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / n) + 1e-4 * bool(copula)


def test_uncorrelated_risks_keep_their_bits():
    risks = [sr.Risk(name, 0.4, delay={name: 10}) for name in "xyz"]
    plan = sr.Plan(tasks=[sr.Task(name, "1/2/3") for name in "xyz"], risks=risks)
    tied = plan.replace(correlations=[sr.Correlation(risks=["x", "y"], rho=-0.5)])
    before, after = uniforms(plan, 2_000), uniforms(tied, 2_000)
    assert np.array_equal(before[2], after[2])
    assert not np.array_equal(before[:2], after[:2])
    assert tied.without_risk("y").correlations == ()


# ---- oracles ----------------------------------------------------------------------------------------------------------

# Ten triangular(8, 10, 15) in series with a normal copula of parameter rho, by quadrature over the common factor.
TEN_IN_SERIES = {0.3: (8.8931, 109.5541, 117.6238), 0.6: (11.7141, 109.1, 120.2947), 0.9: (14.0187, 108.4539, 122.7285)}


@pytest.mark.parametrize("r", TEN_IN_SERIES)
@pytest.mark.parametrize("as_matrix", [False, True])
def test_ten_in_series_spread_as_the_quadrature_says(r, as_matrix):
    n, ids = 100_000, [f"t{number}" for number in range(10)]
    tasks = [sr.Task(each, sr.Triangular(8, 10, 15), after=ids[max(0, row - 1) : row]) for row, each in enumerate(ids)]
    rho = 6 / np.pi * np.arcsin(r / 2)
    matrix = np.where(np.eye(10) == 1, 1.0, rho)
    group = sr.Correlation(ids, matrix=matrix) if as_matrix else sr.Correlation(ids, rho)
    result = sr.simulate(sr.Plan(tasks=tasks, correlations=[group]), n, rng=8)
    sd, p50, p80 = TEN_IN_SERIES[r]
    duration = result.duration
    kurtosis = stats.kurtosis(duration)
    assert abs(duration.mean() - 110) < 4 * sd / np.sqrt(n)
    assert abs(duration.std() - sd) < 4 * sd * np.sqrt((kurtosis + 2) / (4 * n)) + 5e-5
    for percent, value in ((50, p50), (80, p80)):
        low, high = np.quantile(duration, [percent / 100 - 0.02, percent / 100 + 0.02])
        error = np.sqrt(percent / 100 * (1 - percent / 100) / n) * (high - low) / 0.04
        assert abs(result.percentile(percent) - value) < 4 * error + 5e-5


@pytest.mark.parametrize(("rho", "sd"), [(0, 4.6547), (0.3, 8.9536), (0.6, 11.7757), (1, 14.7196)])
def test_ten_in_series_spread_as_plain_correlation_says(rho, sd):
    """Closed form: the variance is n σ² (1 + (n − 1) ρ) with Pearson's ρ of durations, which the scores are chosen for."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    estimate = sr.Triangular(8, 10, 15)

    def pearson(r):
        x, y = np.meshgrid(nodes, nodes)
        second = r * x + np.sqrt(max(1 - r * r, 0.0)) * y
        product = estimate.ppf(special.ndtr(x)) * estimate.ppf(special.ndtr(second))
        return (np.outer(weights, weights) * product).sum() / estimate.std**2 - (estimate.mean / estimate.std) ** 2

    grid = np.linspace(0, 1, 41)
    r = float(np.interp(rho, [pearson(each) for each in grid], grid)) if 0 < rho < 1 else rho
    n, ids = 100_000, [f"t{number}" for number in range(10)]
    tasks = [sr.Task(each, estimate, after=ids[max(0, row - 1) : row]) for row, each in enumerate(ids)]
    group = sr.Correlation(ids, float(rank_from_score(r)))
    duration = sr.simulate(sr.Plan(tasks=tasks, correlations=[group]), n, rng=9).duration
    # The quadrature over a density with a kink is right to some 1e-3 of the correlation.
    assert abs(duration.std() - sd) < 4 * sd * np.sqrt((stats.kurtosis(duration) + 2) / (4 * n)) + 2e-3 * sd


def test_the_spearman_of_the_reference_is_the_parameter_it_states():
    cases = json.loads((DATA / "reference-cases.json").read_text(encoding="utf-8"))["cases"]
    (stated,) = next(case for case in cases if case["id"] == "copula-series")["correlations"]
    assert float(score_from_rank(stated["spearman"])) == pytest.approx(stated["gaussian_rho"], abs=1e-15)


# ---- the t copula -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degrees", [2, 4, 10, 30])
@pytest.mark.parametrize("r", [-0.5, 0.3, 0.8])
def test_ranks_of_the_t_copula_are_those_of_scipy(degrees, r):
    n = 200_000
    drawn = stats.multivariate_t(shape=[[1, r], [r, 1]], df=degrees, seed=7).rvs(n)
    u = stats.t(degrees).cdf(drawn).T
    assert_ranks(u, 0, 1, float(rank_from_score(r, degrees)))
    assert float(score_from_rank(rank_from_score(r, degrees), degrees)) == pytest.approx(r, abs=1e-6)


@pytest.mark.parametrize("rho", [0.0, 0.5])
@pytest.mark.parametrize("as_matrix", [False, True])
def test_extremes_come_together_as_the_copula_says(rho, as_matrix):
    """The chance that both are beyond q is a probability of the bivariate t; far out its share tends to λ."""
    n, degrees, q = 400_000, 4, 0.02
    matrix = np.where(np.eye(3) == 1, 1.0, rho)
    what = {"matrix": matrix} if as_matrix else {"rho": rho}
    group = sr.Correlation(["a", "b", "c"], **what, copula="t", degrees_of_freedom=degrees)
    u = uniforms(plan_of([group]), n)
    r = float(score_from_rank(rho, degrees))
    joint = stats.multivariate_t(shape=[[1, r], [r, 1]], df=degrees, seed=1)
    both = joint.cdf([stats.t(degrees).ppf(q)] * 2, maxpts=200_000)
    for low in (u, 1 - u):
        share = ((low[0] < q) & (low[1] < q)).mean()
        assert abs(share - both) < 4 * np.sqrt(both / n) + 1e-5
    assert both / q > tail_dependence(r, degrees) * 0.95
    gaussian = stats.multivariate_normal(cov=[[1, r], [r, 1]]).cdf([special.ndtri(q)] * 2)
    assert both > 1.15 * gaussian


def test_tail_dependence_is_the_limit():
    for r, degrees in ((0.5, 4), (0.0, 3), (-0.3, 2)):
        x = -1e5
        # P(Y < x | X = x) for X and Y alike: the conditional is t of ν + 1, and the limit of the share is twice it.
        scale = np.sqrt((degrees + x * x) / (degrees + 1) * (1 - r * r))
        assert tail_dependence(r, degrees) == pytest.approx(2 * stats.t(degrees + 1).cdf((x - r * x) / scale), rel=1e-4)


@pytest.mark.parametrize("degrees", [2.0, 2.5, 4.0, 30.0])
def test_tables_of_t_are_right_far_into_both_tails(degrees):
    p = np.concatenate([np.geomspace(1e-9, 0.5, 40_001), 1 - np.geomspace(1e-9, 0.5, 40_001)])
    t = stats.t(degrees).ppf(p)
    found = np.empty_like(t)
    fill_t_probabilities(t.copy(), degrees, found)
    exact = special.stdtr(degrees, t)
    assert np.abs(found - exact).max() <= 1e-5
    assert (np.abs(found - exact) <= 1e-3 * np.minimum(exact, special.stdtr(degrees, -t))).all()
    beyond = np.array([-1e12, 1e12, 0.0])
    fill_t_probabilities(beyond.copy(), degrees, found[:3])
    assert 0 < found[0] < found[1] < 1
    assert found[2] == pytest.approx(0.5, abs=1e-9)
    mixing = np.empty_like(p)
    fill_mixing(p.copy(), degrees, mixing)
    back = special.chdtr(degrees, degrees / mixing**2)
    assert np.abs(np.minimum(back, 1 - back) / np.minimum(p, 1 - p) - 1)[np.minimum(p, 1 - p) > 1e-6].max() <= 1e-3


# ---- what cannot hold -------------------------------------------------------------------------------------------------


def alternating_projections(matrix, steps):
    """Higham's own algorithm, with Dykstra's correction."""
    present, correction = matrix, np.zeros_like(matrix)
    for _ in range(steps):
        lifted = present - correction
        values, vectors = np.linalg.eigh(lifted)
        valid = (vectors * np.maximum(values, 0)) @ vectors.T
        correction, present = valid - lifted, valid.copy()
        np.fill_diagonal(present, 1)
    return present


def symmetric(size, seed):
    matrix = np.triu(np.random.default_rng(seed).uniform(-1, 1, (size, size)), 1)
    return matrix + matrix.T + np.eye(size)


@pytest.mark.parametrize("size", [3, 4, 8, 12])
def test_the_nearest_matrix_is_that_of_alternating_projections(size):
    matrix = symmetric(size, size)
    found = nearest_correlation(matrix)
    assert np.abs(found - alternating_projections(matrix, 20_000)).max() < 2e-5
    assert smallest_eigenvalue(found) >= 0
    assert (np.diag(found) == 1).all()
    assert np.array_equal(found, found.T)


def test_the_nearest_matrix_is_that_of_the_paper():
    """Higham 2002, section 4."""
    found = nearest_correlation(np.array([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]]))
    assert found[0, 1] == pytest.approx(0.7607, abs=5e-5)
    assert found[0, 2] == pytest.approx(0.1573, abs=5e-5)


def test_what_can_hold_is_left_alone():
    for matrix in (np.eye(3), np.ones((4, 4)), np.array([[1.0, -1], [-1, 1]]), np.corrcoef(symmetric(6, 1))):
        assert nearest_correlation(matrix) is matrix
        factor = cholesky_factor(matrix)
        assert np.abs(factor @ factor.T - matrix).max() < 1e-6


def test_a_repair_is_told_pair_by_pair():
    plan = plan_of([sr.Correlation(["a", "b", "c"], matrix=IMPOSSIBLE), sr.Correlation(["d", "e"], -0.4)])
    table = sr.correlations(plan)
    assert list(table.columns) == ["kind", "first", "second", "stated", "asked", "used", "change"]
    assert table["asked"].tolist() == [0.9, -0.9, 0.9, -0.4]
    # By symmetry the nearest scores are ±½.
    assert table["used"].to_numpy() == pytest.approx([0.4826, -0.4826, 0.4826, -0.4], abs=1e-4)
    assert (table["change"] == table["used"] - table["asked"]).all()
    with pytest.warns(CorrelationWarning, match=r"3 of 3 pairs changed, the most 'a' – 'b' from 0\.9 to 0\.483"):
        sr.simulate(plan, 10, rng=1)
    u = uniforms(plan)
    for first, second, rho in ((0, 1, 0.4826), (0, 2, -0.4826), (3, 4, -0.4)):
        assert_ranks(u, first, second, rho)
    assert sr.correlations(plan_of([])).empty


def test_a_pair_of_which_nothing_is_said_may_change_too():
    plan = plan_of([sr.Correlation(["a", "b"], 0.95), sr.Correlation(["b", "c"], 0.95)])
    table = sr.correlations(plan).set_index(["first", "second"])
    assert not table.loc[("a", "c"), "stated"]
    assert table.loc[("a", "c"), "asked"] == 0 < table.loc[("a", "c"), "used"]


# ---- bits and marginals -----------------------------------------------------------------------------------------------


def test_products_are_exact_in_any_order():
    factor = cholesky_factor(nearest_correlation(symmetric(60, 3)))
    streams = Design(1, 500).streams(("task", "duration", str(number)) for number in range(60))
    part = ComponentScores.of(factor, [3, 17, 59], streams)
    assert np.array_equal(part.weights, np.rint(part.weights))
    own = np.rint(np.random.default_rng(1).uniform(-6.2, 6.2, (60, 500)) * 2.0**22)
    exact = part.weights.astype(np.int64) @ own.astype(np.int64)
    for order in (slice(None), slice(None, None, -1)):
        assert np.array_equal((part.weights[:, order] @ own[order]).astype(np.int64), exact)


COUPLED = [
    sr.Correlation(["a", "b", "d"], matrix=SPREAD, copula="t", degrees_of_freedom=5), sr.Correlation(["c", "e"], -0.7),
    sr.Correlation(everywhere=True, rho=0.1),
]  # fmt: skip


@pytest.mark.parametrize("block", [1, 7, 300])
def test_blocks_change_no_bit(block):
    plan = plan_of(COUPLED)
    assert np.array_equal(uniforms(plan, 900), uniforms(plan, 900, block=block))


@pytest.mark.parametrize("rows", [[3, 1], [4], [2, 0, 5]])
def test_some_rows_have_the_bits_of_all(rows):
    plan = plan_of(COUPLED)
    assert np.array_equal(uniforms(plan, 3_000, rows=rows), uniforms(plan, 3_000)[rows])


def test_a_matrix_moves_only_what_it_joins():
    before, after = uniforms(plan_of([]), 2_000), uniforms(plan_of([sr.Correlation(list("abd"), matrix=SPREAD)]), 2_000)
    moved = [not np.array_equal(one, other) for one, other in zip(before, after, strict=True)]
    assert moved[1:] == [True, False, True, False, False]
    assert np.abs(before[0] - after[0]).max() < 1e-5  # the first has its own score, but for rounding
    more = uniforms(plan_of([sr.Correlation(list("abd"), matrix=SPREAD), sr.Correlation(["d", "e"], 0.2)]), 2_000)
    assert np.array_equal(more[[0, 1, 3]], after[[0, 1, 3]])


def test_bits_are_frozen():
    """A change here needs another `stream_version` and a word in the changelog."""
    assert (uniforms(plan_of(COUPLED), 2, rng=2026) * 1e8).astype(int).tolist() == GOLDEN


GOLDEN = [
    [20225829, 71659832],
    [25717879, 46845674],
    [39384326, 352695],
    [15862579, 62498206],
    [1008376, 5734249],
    [48728281, 12796298],
]


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 6).flatmap(matrices), st.sampled_from([None, 2, 7.5]), st.sampled_from([0, 0.4, 1]))
def test_whatever_is_asked_marginals_stay_exact(matrix, degrees, floor):
    n, ids = 4_000, IDS[: len(matrix)]
    copula = {} if degrees is None else {"copula": "t", "degrees_of_freedom": degrees}
    u = uniforms(plan_of([sr.Correlation(ids, matrix=matrix, **copula), sr.Correlation(everywhere=True, rho=floor)]), n)
    assert np.isfinite(u).all()
    assert 0 <= u.min() <= u.max() <= 1
    for row in u:
        # Kolmogorov's bound at a chance of 1e-9 (Massart 1990); 25 examples of six tasks stay far below.
        assert stats.kstest(row, "uniform").statistic < np.sqrt(np.log(2 / 1e-9) / (2 * n))


# ---- bad input --------------------------------------------------------------------------------------------------------

BAD = {
    "out of range": ({"tasks": ["a", "b"], "rho": 1.2}, ["rho", "1.2", "less than or equal to 1"]),
    "below range": ({"tasks": ["a", "b"], "rho": -1.2}, ["rho", "-1.2", "greater than or equal to -1"]),
    "one task": ({"tasks": ["a"], "rho": 0.2}, ["only 'a'", "at least two"]),
    "nothing": ({"rho": 0.2}, ["found nothing", "tasks, risks, tag, owner, wbs, everywhere"]),
    "two choices": ({"tasks": ["a", "b"], "tag": "x", "rho": 0.2}, ["tasks and tag"]),
    "no value": ({"tasks": ["a", "b"]}, ["rho", "found nothing", "rho, or matrix"]),
    "two values": ({"tasks": ["a", "b"], "rho": 0.1, "matrix": [[1, 0], [0, 1]]}, ["rho and matrix"]),
    "a matrix without a list": ({"tag": "x", "matrix": [[1, 0], [0, 1]]}, ["a matrix for tag"]),
    "an opposed floor": ({"everywhere": True, "rho": -0.1}, ["-0.1", "0 to 1"]),
    "no degrees": ({"tasks": ["a", "b"], "rho": 0.1, "copula": "t"}, ["degrees_of_freedom", "4 is usual"]),
    "degrees of none": ({"tasks": ["a", "b"], "rho": 0.1, "degrees_of_freedom": 4}, ['say copula="t" too']),
    "too few degrees": ({"tasks": ["a", "b"], "rho": 0.1, "copula": "t", "degrees_of_freedom": 1}, ["to 2", "found 1"]),
    "asymmetric": ({"tasks": ["a", "b"], "matrix": [[1, 0.3], [0.4, 1]]}, ["'a' – 'b'", "0.3 above", "0.4 below"]),
    "diagonal": ({"tasks": ["a", "b"], "matrix": [[0.9, 0.3], [0.3, 1]]}, ["'a'", "0.9 on the diagonal"]),
    "matrix range": ({"tasks": ["a", "b"], "matrix": [[1, 1.3], [1.3, 1]]}, ["'a' – 'b'", "1.3", "from −1 to 1"]),
    "matrix shape": ({"tasks": ["a", "b"], "matrix": [[1, 0.3]]}, ["1 rows of 2", "2 rows of 2"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_faults_are_told(kind):
    fields, words = BAD[kind]
    with pytest.raises(CorrelationError) as caught:
        sr.Correlation(**fields)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_all_faults_of_a_matrix_come_at_once():
    with pytest.raises(CorrelationError) as caught:
        sr.Correlation("abc", matrix=[[1, 2, 0.1], [2, 1, 0.2], [0.3, 0.2, 0]])  # type: ignore[arg-type]
    assert len(caught.value.problems) == 1  # a text is no list
    with pytest.raises(CorrelationError) as caught:
        sr.Correlation(list("abc"), matrix=[[1, 2, 0.1], [2, 1, 0.2], [0.3, 0.2, 0]])
    assert [problem.place for problem in caught.value.problems] == [
        "matrix, 'a' – 'b'", "matrix, 'c'", "matrix, 'a' – 'c'",
    ]  # fmt: skip


WRONG = {
    "a fixed task": (
        [sr.Correlation(["a", "fixed"], 0.3)], {("correlation 1, tasks", "task 'fixed', whose duration is certain")},
    ),
    "an unknown tag": ([sr.Correlation(tag="wett", rho=0.3)], {("correlation 1, tag", "the unknown tag 'wett'")}),
    "an unknown risk": (
        [sr.Correlation(risks=["r", "q"], rho=0.3)], {("correlation 1, risks", "the unknown risk 'q'")},
    ),
    "a task twice": ([sr.Correlation(["a", "a", "b"], 0.3)], {("correlation 1, tasks", "task 'a' 2 times")}),
    "two things of one pair": (
        [sr.Correlation(["a", "b", "c"], 0.3), sr.Correlation(["b", "c"], 0.4, name="crew")],
        {("correlation 'crew'", "0.4 for tasks 'b' and 'c'")},
    ),
    "two copulas": (
        [sr.Correlation(["a", "b"], 0.3), sr.Correlation(["b", "c"], 0.4, copula="t", degrees_of_freedom=4)],
        {("correlation 2, copula", "t with 4 degrees of freedom")},
    ),
    "two floors": (
        [sr.Correlation(everywhere=True, rho=0.1), sr.Correlation(everywhere=True, rho=0.2)],
        {("correlation 2, everywhere", "a further one, beside correlation 1")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", [*WRONG, "all at once"])
def test_faults_of_a_plan_are_told(kind):
    given, expected = WRONG.get(kind, ([], set()))
    if kind == "all at once":
        given = [*WRONG["a fixed task"][0], *WRONG["an unknown tag"][0]]
        expected = {("correlation 1, tasks", "task 'fixed', whose duration is certain")}
        expected |= {("correlation 2, tag", "the unknown tag 'wett'")}
    tasks = [sr.Task("a", "1/2/3", tags=["wet"]), sr.Task("b", "1/2/3"), sr.Task("c", "1/2/3"), sr.Task("fixed", 3)]
    with pytest.raises(PlanError) as caught:
        sr.Plan(tasks=tasks, risks=[sr.Risk("r", 0.1, delay={"a": 1})], correlations=given)
    assert {(problem.place, problem.found) for problem in caught.value.problems} == expected


def test_too_large_a_matrix_is_refused():
    ids = [f"t{number}" for number in range(2_001)]
    with pytest.raises(PlanError, match="2,001 tasks joined, expected at most 2,000"):
        plan_of([sr.Correlation(ids, 0.2), sr.Correlation(ids[:2], 0.2)], ids)


# ---- the report -------------------------------------------------------------------------------------------------------


def test_a_report_tells_the_p80_with_a_correlation_throughout():
    tasks = [sr.Task(each, "4/5/9", after=IDS[max(0, row - 1) : row]) for row, each in enumerate(IDS)]
    plan = sr.Plan(tasks=tasks, promises=[sr.Promise("done", by=33)])
    result = sr.simulate(plan, 4_000, rng=6)
    report = sr.Report(result)
    told = report.to_dict()["explained"][0]["together"]
    tied = sr.simulate(plan.with_correlation(0.3), 4_000, rng=6)
    assert (told["rho"], told["n_draws"]) == (0.3, 4_000)
    assert told["p80_modelled"] == result.percentile(80)
    assert told["p80"] == tied.percentile(80)
    assert told["p80_later"]["low"] < tied.percentile(80) - result.percentile(80) < told["p80_later"]["high"]
    for text in (report.markdown(), report.html()):
        assert "If tasks were late together (a rank correlation of at least 0.3" in text
    assert sr.Report(tied).to_dict()["explained"][0]["together"] is None
    alone = sr.simulate(sr.Plan(tasks=tasks[:1]), 100, rng=6)
    assert sr.Report(alone).to_dict()["explained"][0]["together"] is None


def test_a_report_of_a_group_that_chooses_a_single_task():
    tasks = [sr.Task("a", "2/3/5", owner="us"), sr.Task("b", "2/3/5")]
    plan = sr.Plan(tasks=tasks, correlations=[sr.Correlation(owner="us", rho=0.5)])
    assert "durations vary independently of each other" in sr.Report(sr.simulate(plan, 50, rng=1)).markdown()


def test_the_note_on_tasks_late_together_tells_days_as_they_are_promised():
    tasks = [sr.Task(name, "5/8/20", after=after) for name, after in (("a", []), ("b", ["a"]), ("c", ["b"]))]
    text = sr.Report(sr.simulate(sr.Plan(start="2026-12-01", tasks=tasks), 200, rng=1)).markdown()
    (note,) = (line for line in text.splitlines() if line.startswith("If tasks were late together"))
    assert "2027" in note
    assert ":" not in note.partition("as modelled")[0]  # no time of day
