"""Compiled loops draw what NumPy draws, to the last bit."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import schedrisk as sr
from plans import ESTIMATES, plans
from schedrisk.network import compile_network
from schedrisk.sampling import Design, DurationSampler, piecewise, streams, tables
from schedrisk.sampling.design import KINDS, replicates_for
from schedrisk.sampling.quantiles import ROWS
from schedrisk.simulation import simulate

if importlib.util.find_spec("numba") is None:
    pytest.skip("numba is not installed", allow_module_level=True)

from schedrisk.compiled import drawing, layout
from schedrisk.sampling import flat
from schedrisk.sampling.compiled import CompiledSampler

# One of every kind, and of every way through its loop: clipped or not, of few pieces or many, of no width.
EVERY_KIND = [
    sr.Fixed(3.25),
    sr.Uniform(1, 4),
    sr.Uniform(1, 16, ends=(10, 90)),
    sr.Triangular(1, 2, 9),
    sr.Triangular(2, 2, 2),
    sr.Triangular(1, 1, 9),
    sr.Triangular.from_percentiles(p10=1, mode=2, p90=12),
    sr.Trapezoid(1, 2, 5, 9),
    sr.Trapezoid(1, 1, 9, 9),
    sr.Trapezoid(5, 8, 10, 13, ends=(10, 90)),
    sr.Pert(1, 3, 9),
    sr.Pert(1, 1, 9),
    sr.Pert(1, 9, 9),
    sr.Pert(2, 2, 2),
    sr.Pert(1, 3, 9, 20),
    sr.Pert(1, 3, 9, 0.5),
    sr.Pert.from_percentiles(p10=1, mode=2, p90=12),
    sr.Normal(10, 3),
    sr.Normal(3, 3),
    sr.Lognormal(9, 3),
    sr.Exponential(3),
    sr.Gamma(0.3, 4),
    sr.Weibull(0.7, 3),
    sr.BetaScaled(1, 9, 2, 3),
    sr.Histogram([1, 2, 5, 9], [0.2, 0.3, 0.5]),
    sr.Histogram([0, *range(5, 400)], [1 - 394 / 4096] + [1 / 4096] * 394),
    sr.Discrete([1, 5, 9], [0.2, 0.5, 0.3]),
    sr.Discrete([4], [1]),
    sr.Empirical([1, 5, 5, 9, 3]),
    sr.Empirical(np.geomspace(1, 99, 500).tolist()),
    sr.Metalog({10: 8, 50: 10, 90: 15}),
    sr.Mixture([sr.Fixed(2), sr.Normal(10, 1)], [0.25, 0.75]),
    sr.Scipy("gumbel_r", loc=10, scale=2),
    sr.Normal(10, 5).truncate(0, 20),
    sr.Gamma(4, 2.5) + 5,
    sr.Pert(5, 8, 15) - 7,
    sr.Uniform(1, 3) + 2,
]

BLOCKS = [(0, 1), (0, 63), (63, 257), (37, 1_000), (960, 64), (1_000, 1_048)]


def sampler_of(plan, kind="random", n_draws=2_048):
    """The sampler of a plan, as `simulate` makes it."""
    result = simulate(plan, n_draws, rng=7, sampling=kind)
    return result.replay.sampler


def tasks(estimates, **fields):
    return [sr.Task(f"t{number}", each, **fields) for number, each in enumerate(estimates)]


def assert_alike(sampler, blocks=BLOCKS):
    compiled = CompiledSampler.of(sampler)
    for first, count in blocks:
        expected, found = sampler.sample(first, count), compiled.sample(first, count)
        assert found.first == expected.first
        unlike = np.flatnonzero((expected.durations != found.durations).any(axis=1))
        assert unlike.tolist() == []
        for name in ("lags", "dates"):
            assert np.array_equal(getattr(expected, name), getattr(found, name))
        assert expected.absent.keys() == found.absent.keys()
        for row, gone in expected.absent.items():
            assert np.array_equal(gone, found.absent[row])
        for name in ("timed", "tracked"):
            assert_states_alike(getattr(expected, name), getattr(found, name))
    return compiled


def assert_states_alike(expected, found):
    assert expected.keys() == found.keys()
    for row, one in expected.items():
        assert one.leads == found[row].leads
        for state, other in zip(one.states, found[row].states, strict=True):
            assert np.array_equal(state.estimate, other.estimate)
            assert len(state.strikes) == len(other.strikes)
            for strike, same in zip(state.strikes, other.strikes, strict=True):
                assert np.array_equal(strike.values, same.values)
                assert replace(strike, values=same.values).risk == same.risk


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_estimate(kind):
    compiled = assert_alike(sampler_of(sr.Plan(tasks=tasks(EVERY_KIND)), kind))
    assert compiled.others == ()
    assert {type(each) for each in EVERY_KIND} == set(ROWS)


@pytest.mark.parametrize("n_tasks", [1, 3, 4, 5, 40])
def test_triangular_rows_have_a_loop_of_their_own(n_tasks):
    estimates = [sr.Triangular(*sorted([number, 2 * number % 7, 9])) for number in range(n_tasks)]
    estimates[n_tasks // 2] = sr.Triangular.from_percentiles(p10=1, mode=2, p90=12)
    drawn = [task for pair in zip(tasks(estimates), EVERY_KIND[:4] * 10, strict=False) for task in pair]
    drawn = [each if isinstance(each, sr.Task) else sr.Task(f"u{place}", each) for place, each in enumerate(drawn)]
    risks = [sr.Risk("r", 0.5, factor=sr.Triangular(0.5, 1, 2), tasks=["t0", f"t{n_tasks - 1}"])]
    compiled = assert_alike(sampler_of(sr.Plan(tasks=drawn, risks=risks), n_draws=4_096), [*BLOCKS, (5, 4_000)])
    assert (compiled.tasks.triangular is None) == (n_tasks < 4)


@pytest.mark.parametrize("kind", ["latin", "sobol"])
@pytest.mark.parametrize("n_draws", [8, 40, 100, 20_000])
def test_replicates_of_any_size(kind, n_draws):
    sampler = sampler_of(sr.Plan(tasks=tasks(EVERY_KIND[:12])), kind, n_draws)
    n_draws = sampler.design.n_draws
    assert_alike(sampler, [(0, min(n_draws, 4_096)), (3, 1), (n_draws - 5, 5), (1, min(n_draws - 1, 3_000))])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_tasks", [3, flat.MOST_OWN_TABLES + 1])
def test_pert_of_many_shapes(kind, n_tasks):
    """Tables of their own, or made for every block from those of the family."""
    rng = np.random.default_rng(3)
    points = np.sort(rng.uniform(0, 30, (n_tasks, 3)), axis=1).round(3)
    estimates = [sr.Pert(*each) for each in points.tolist()]
    estimates[1] = sr.Pert.from_percentiles(p10=1, mode=2, p90=12)
    design, axis = designed(kind, 16_384, [f"t{number}" for number in range(n_tasks)])
    sampler = DurationSampler.of(sr.Plan(tasks=tasks(estimates)), axis, design)
    compiled = assert_alike(sampler, [(0, 16), (16, 200), (0, 1_024)])
    kinds = set(compiled.tasks.arrays[0][:, layout.QUANTILE].tolist())
    assert kinds == {layout.LINEAR_TABLE if n_tasks == 3 else layout.PERT_FAMILY}


def test_groups_share_the_nodes_of_a_family():
    """One after another asks for more of them."""
    weighted = [sr.Pert(0, mode, 10, 2) for mode in (0, 1, 5, 9.5, 10)]
    risks = [sr.Risk(f"r{number}", 0.5, delay={f"t{number}": each}) for number, each in enumerate(weighted)]
    estimates = [each + number for number, each in enumerate(reversed(weighted))]
    assert_alike(sampler_of(sr.Plan(tasks=tasks(estimates), risks=risks)), [(0, 300)])


def designed(kind, n_draws, ids):
    bits, replicates = (0, n_draws) if kind == "random" else replicates_for(n_draws)
    dimensions = {("task", "duration", each): number for number, each in enumerate(ids)} if kind == "sobol" else {}
    return Design(5, replicates << bits, kind, bits, dimensions), 1e6


def test_far_tails():
    """A PERT of a family far from its middle, and numbers beyond the last knot of every table."""
    u = np.concatenate([2.0 ** -np.arange(1, 54), 1 - 2.0 ** -np.arange(1, 54)])
    for estimate in EVERY_KIND:
        rows = ROWS[type(estimate)]([estimate], 1e3)
        expected = np.empty((1, u.size))
        rows.fill(slice(0, 1), u[None, :].copy(), expected)
        for most_own in (0, flat.MOST_OWN_TABLES):
            assert np.array_equal(expected, quantiles(rows, u, most_own)), estimate


def quantiles(rows, u, most_own):
    """Quantiles by the compiled loops at chosen numbers, through the scores of a factor that is their own."""
    known = flat.Tables(1_000_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flat, "MOST_OWN_TABLES", most_own)
        recipes, parameters = flat.described(rows, known)
    out, places, own = u[None, :].copy(), np.empty(u.size, dtype=np.uint64), np.zeros(2 * tables.KNOTS)
    numbers, guides, from_knot = known.numbers, known.guides, tables.KNOTS - 3 * 64 - 1
    if recipes[0, layout.QUANTILE] == layout.PERT_FAMILY:
        for upper, column in enumerate((layout.FIRST, layout.SECOND)):
            tail = own[upper * tables.KNOTS + from_knot : (upper + 1) * tables.KNOTS]
            drawing._write_tail(numbers, recipes[0, column], parameters, 0, bool(upper), from_knot, tail)
    drawing._write_quantiles(recipes, parameters, 0, numbers, guides, from_knot, own, out[0], places)
    if recipes[0, layout.SHIFTED]:
        drawing._finish(1.0, parameters[0, layout.SHIFT], 0.0, False, out[0])
    return out


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("copula", [{}, {"copula": "t", "degrees_of_freedom": 4}], ids=["gaussian", "t"])
@pytest.mark.parametrize("floor", [None, 0.3])
def test_correlation(kind, copula, floor):
    matrix = [[1, 0.5, -0.2], [0.5, 1, 0.3], [-0.2, 0.3, 1]]
    correlations = [
        sr.Correlation(tasks=["t3", "t7", "t10"], rho=0.6, **copula),
        sr.Correlation(tasks=["t1", "t17", "t26"], matrix=matrix, **copula),
        sr.Correlation(tasks=["t24", "t30"], rho=1),
    ]
    if floor is not None:
        correlations.append(sr.Correlation(everywhere=True, rho=floor))
    if floor is not None and copula:
        correlations = [*correlations[-2:], sr.Correlation(tasks=["t3", "t7"], rho=0.6, **copula)]
    sampler = sampler_of(sr.Plan(tasks=tasks(EVERY_KIND), correlations=correlations), kind)
    assert sampler.correlation is not None
    assert_alike(sampler, BLOCKS[:4])


@pytest.mark.parametrize("size", [4, 7, 33])
def test_matrices_of_any_size(size):
    """Sums are exact, and so their order is of no account."""
    rng = np.random.default_rng(size)
    some = rng.normal(size=(size, 2 * size))
    matrix = np.corrcoef(some).round(3)
    estimates = [sr.Triangular(1, 2, 9 + number) for number in range(size)]
    ids = [f"t{number}" for number in range(size)]
    plan = sr.Plan(tasks=tasks(estimates), correlations=[sr.Correlation(tasks=ids, matrix=matrix.tolist())])
    sampler = sampler_of(plan)
    assert_alike(sampler, [(0, 600), (5, 3)])
    compiled = CompiledSampler.of(sampler).scores.scores(3, 600)
    assert np.array_equal(compiled.values, sampler.correlation.scores(sampler.design.block(3, 600)).values)


@pytest.mark.parametrize("kind", KINDS)
def test_risks_and_existence(kind):
    ids = [f"t{number}" for number in range(len(EVERY_KIND))]
    risks = [
        sr.Risk("factor", 0.4, factor=sr.Triangular(0.8, 1.1, 2), tasks=ids[::2]),
        sr.Risk("delay", 0.3, delay={"t3": sr.Pert(1, 2, 5), "t4": sr.Fixed(2), "t16": sr.Lognormal(3, 1)}),
        sr.Risk("saving", 0.5, saving=sr.Uniform(1, 30), tasks=["t3", "t10"], parallel=True),
        sr.Risk("each", 0.5, delay=sr.Uniform(1, 3), tasks=["t5", "t6"], per_task=True),
        sr.Risk("then", 0.9, delay=sr.Uniform(1, 3), tasks=["t7"], triggered_by=["factor"]),
        sr.Risk("late", 0.9, delay=sr.Uniform(1, 3), tasks=["t8"], window=sr.Window(3, 30)),
        sr.Risk("one", 0.3, delay=sr.Fixed(1), tasks=["t9"], exclusive="x"),
        sr.Risk("other", 0.3, delay=sr.Fixed(2), tasks=["t9"], exclusive="x"),
    ]
    correlations = [sr.Correlation(risks=["factor", "delay"], rho=0.7), sr.Correlation(tasks=["t3", "t11"], rho=0.4)]
    branch = sr.Branch("way", {"a": sr.Outcome(0.3, ["t20"]), "b": sr.Outcome(None, ["t21", "t22"])})
    drawn = tasks(EVERY_KIND)
    drawn[12] = drawn[12].replace(exists=0.6)
    plan = sr.Plan(tasks=drawn, risks=risks, correlations=correlations, branches=[branch])
    sampler = sampler_of(plan, kind)
    compiled = assert_alike(replace(sampler, tracked=frozenset({0, 3, 11})), BLOCKS[:4])
    assert compiled.sample(0, 64).timed
    assert compiled.sample(0, 64).absent


def test_uncertain_lags_and_dates():
    plan = sr.Plan(
        tasks=[
            sr.Task("a", "2/3/5"),
            sr.Task("b", "2/3/9", constraints=[sr.Constraint("SNET", sr.DateRange("2026-12-03", "2026-12-20"))]),
        ],
        links=[sr.Link("a", "b", lag=sr.Uniform(1, 3))],
        start="2026-12-01",
    )
    assert_alike(sampler_of(plan))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(ESTIMATES, min_size=1, max_size=8), st.sampled_from(KINDS), st.integers(0, 500), st.integers(1, 300))
def test_any_estimates(estimates, kind, first, count):
    design, ticks = designed(kind, 1_024, [f"t{number}" for number in range(len(estimates))])
    assert_alike(DurationSampler.of(sr.Plan(tasks=tasks(estimates)), ticks, design), [(first, count)])


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(plans(), st.sampled_from(KINDS), st.integers(0, 70), st.integers(1, 58))
def test_any_plan(plan, kind, first, count):
    design, _ = designed(kind, 128, [task.id for task in plan.tasks])
    axis = compile_network(plan).axis
    assert_alike(DurationSampler.of(plan, axis.ticks_per_unit, design, axis=axis), [(first, count)])


def test_blocks_do_not_matter():
    compiled = CompiledSampler.of(sampler_of(sr.Plan(tasks=tasks(EVERY_KIND)), "latin"))
    whole = compiled.sample(0, 2_048).durations
    for size in (1, 63, 257, 1_000):
        ranges = [(first, min(size, 2_048 - first)) for first in range(0, 2_048 if size > 1 else 70, size)]
        parts = np.concatenate([compiled.sample(first, count).durations for first, count in ranges], axis=1)
        assert np.array_equal(parts, whole[:, : parts.shape[1]])


def test_where_the_result_goes():
    compiled = CompiledSampler.of(sampler_of(sr.Plan(tasks=tasks(EVERY_KIND))))
    expected = compiled.sample(5, 100).durations
    out = np.full((len(EVERY_KIND), 100), -1.0)
    assert compiled.sample(5, 100, out).durations is out
    assert np.array_equal(out, expected)
    wide = np.full((len(EVERY_KIND), 300), -1.0)
    compiled.sample(5, 100, wide[:, 100:200])
    assert np.array_equal(wide[:, 100:200], expected)
    assert (wide[:, :100] == -1).all()
    assert (wide[:, 200:] == -1).all()


def test_constants_are_those_of_numpy_sampling():
    """Kernels stand in one module, and so their constants are written twice."""
    assert drawing.KNOTS == tables.KNOTS
    assert drawing._LOWEST == tables._LOWEST == piecewise.LOWEST
    assert drawing._GAMMA == streams._GAMMA
    assert drawing._FRACTION_BITS == streams.FRACTION_BITS


def test_kinds_that_compiled_loops_do_not_know(monkeypatch):
    for kind in (flat.TriangularRows, flat.PertRows):
        monkeypatch.delitem(flat.DESCRIBED, kind)
    risks = [sr.Risk("r", 0.4, factor=sr.Triangular(0.8, 1.1, 2), tasks=["t3", "t4", "t1"])]
    compiled = assert_alike(sampler_of(sr.Plan(tasks=tasks(EVERY_KIND), risks=risks)), BLOCKS[:3])
    assert len(compiled.others) == 3


def test_more_tables_than_are_kept_are_left_to_numpy(monkeypatch):
    monkeypatch.setattr(flat, "MOST_TABLE_BYTES", 100_000)
    estimates = [sr.Lognormal(9, 3 + number / 7) for number in range(3)]
    compiled = assert_alike(sampler_of(sr.Plan(tasks=tasks(estimates))), BLOCKS[:2])
    assert len(compiled.others) == 1
