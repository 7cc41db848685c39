"""Correlated durations: the rank correlation asked for, marginals as they were, and nobody else's draws moved."""

import itertools

import numpy as np
import pytest
from scipy import special, stats

import schedrisk as sr
from schedrisk.sampling import Design, DurationSampler
from schedrisk.sampling.correlation import factor_weights
from schedrisk.sampling.scores import fill_probabilities, fill_scores

SCALE = 28_800.0
ESTIMATES = {
    "uniform": sr.Uniform(10, 40),
    "triangular": sr.Triangular(15, 20, 45),
    "pert": sr.Pert(5, 8, 15),
    "observed": sr.Empirical(list(range(3, 400))),
}
CDF = {
    "uniform": stats.uniform(10, 30).cdf,
    "triangular": stats.triang((20 - 15) / 30, 15, 30).cdf,
    "pert": stats.beta(1 + 4 * 0.3, 1 + 4 * 0.7, 5, 10).cdf,
}


def tasks_of(estimates):
    return [sr.Task(name, estimate) for name, estimate in estimates.items()]


def drawn(plan, n_draws=20_000, rng=5, rows=None, block=4_096):
    sampler = DurationSampler.of(plan, SCALE, Design(rng, n_draws), rows)
    out = np.empty((len(plan.tasks if rows is None else rows), n_draws))
    for first in range(0, n_draws, block):
        part = out[:, first : first + block]
        sampler.sample(first, part.shape[1], part)
    return out


def correlated(rho, estimates=ESTIMATES, tasks=None, **options):
    groups = [sr.Correlation(list(estimates) if tasks is None else tasks, rho)]
    return sr.Plan(tasks=tasks_of(estimates), correlations=groups, **options)


# ---- what was asked for -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rho", [0.1, 0.3, 0.7, 0.95])
def test_every_pair_has_the_rank_correlation(rho):
    n = 40_000
    durations = drawn(correlated(rho), n)
    # Fisher's z of a rank correlation has the variance 1.06 / (n − 3): Fieller, Hartley and Pearson 1957. Whole steps of
    # one of the four hardly change ranks.
    tolerance = 4 * np.sqrt(1.06 / (n - 3))
    for first, second in itertools.combinations(durations, 2):
        assert abs(np.arctanh(stats.spearmanr(first, second).statistic) - np.arctanh(rho)) < tolerance + 1e-3


def test_full_correlation_orders_all_draws_alike():
    durations = drawn(correlated(1.0))
    # Draws that are equal in one task, to a whole tick, may differ in another: those are put in order by the others.
    order = np.lexsort(durations)
    assert (np.diff(durations[:, order], axis=1) >= 0).all()
    assert [stats.spearmanr(durations[0], each).statistic > 0.999 for each in durations] == [True] * len(durations)


@pytest.mark.parametrize("rho", [0.3, 0.7, 1.0])
def test_marginals_stay(rho):
    n = 100_000
    durations = dict(zip(ESTIMATES, drawn(correlated(rho), n) / SCALE, strict=True))
    for name, cdf in CDF.items():
        assert stats.kstest(durations[name], cdf).pvalue > 1e-4
        for q in (0.001, 0.01, 0.99, 0.999):
            below = np.mean(durations[name] <= ESTIMATES[name].ppf(q))
            assert abs(below - q) < 4 * np.sqrt(q * (1 - q) / n)


@pytest.mark.parametrize("rho", [0.0, 0.2, 0.6, 1.0])
def test_a_chain_spreads_as_its_closed_form(rho):
    """Of uniform durations rank and plain correlation are one, so n of them vary by n/12 · (1 + (n − 1) ρ)."""
    n_tasks, n_draws = 8, 40_000
    ids = [f"t{number}" for number in range(n_tasks)]
    tasks = [sr.Task(each, sr.Uniform(0, 1), after=ids[max(0, row - 1) : row]) for row, each in enumerate(ids)]
    plan = sr.Plan(tasks=tasks, correlations=[sr.Correlation(ids, rho)])
    duration = sr.simulate(plan, n_draws, rng=11).duration
    variance = n_tasks / 12 * (1 + (n_tasks - 1) * rho)
    kurtosis = max(stats.kurtosis(duration), 0.0)
    assert abs(duration.var() / variance - 1) < 4 * np.sqrt((2 + kurtosis) / n_draws)
    assert abs(duration.mean() - n_tasks / 2) < 4 * np.sqrt(variance / n_draws)


def test_groups_are_independent_of_each_other():
    n = 40_000
    ids = [f"t{number}" for number in range(6)]
    groups = [sr.Correlation(ids[:3], 0.9), sr.Correlation(ids[3:], 0.9)]
    durations = drawn(sr.Plan(tasks=[sr.Task(each, sr.Pert(1, 2, 5)) for each in ids], correlations=groups), n)
    ranks = np.corrcoef(stats.rankdata(durations, axis=1))
    assert np.abs(ranks[:3, 3:]).max() < 4 / np.sqrt(n - 1)
    assert ranks[:3, :3].min() > 0.85


# ---- what stays -------------------------------------------------------------------------------------------------------


def test_tasks_outside_keep_their_bits():
    plain = drawn(sr.Plan(tasks=tasks_of(ESTIMATES)))
    grouped = drawn(correlated(0.6, tasks=["pert", "uniform"]))
    names = list(ESTIMATES)
    for row, name in enumerate(names):
        assert np.array_equal(plain[row], grouped[row]) == (name not in {"pert", "uniform"})


def test_no_correlation_changes_nothing():
    assert np.array_equal(drawn(sr.Plan(tasks=tasks_of(ESTIMATES))), drawn(correlated(0.0)))


def test_a_task_that_joins_leaves_the_others():
    few = drawn(correlated(0.6, tasks=["uniform", "pert"]))
    more = drawn(correlated(0.6, tasks=["uniform", "pert", "observed", "triangular"]))
    rows = [list(ESTIMATES).index(name) for name in ("uniform", "pert")]
    assert np.array_equal(few[rows], more[rows])


def test_another_group_leaves_the_others():
    ids = [f"t{number}" for number in range(4)]
    tasks = [sr.Task(each, "1/2/4") for each in ids]
    one, other = sr.Correlation(ids[:2], 0.5), sr.Correlation(ids[2:], 0.5)
    alone = drawn(sr.Plan(tasks=tasks, correlations=[one]))
    for groups in ([one, other], [other, one]):
        assert np.array_equal(alone[:2], drawn(sr.Plan(tasks=tasks, correlations=groups))[:2])


@pytest.mark.parametrize("block", [1, 7, 256, 5_000])
def test_blocks_change_no_bit(block):
    plan = correlated(0.6)
    assert np.array_equal(drawn(plan, 3_000), drawn(plan, 3_000, block=block))


def test_some_rows_have_the_bits_of_all():
    plan = correlated(0.6)
    whole = drawn(plan)
    for rows in ([3, 1], [2], [0, 1, 2, 3]):
        assert np.array_equal(drawn(plan, rows=rows), whole[rows])


def test_what_does_not_vary_is_harmless_in_a_group():
    estimates = ESTIMATES | {"fixed": sr.Uniform(4, 4), "done": sr.Pert(1, 2, 3)}
    tasks = [*tasks_of(estimates)[:-1], sr.Task("done", "1/2/3", actual_start=-4, actual_finish=-1)]
    groups = [sr.Correlation(["done", "fixed", *ESTIMATES], 0.6)]
    plan = sr.Plan(tasks=tasks, correlations=groups)
    durations = drawn(plan)
    assert (durations[4] == 4 * SCALE).all()
    assert not durations[5].any()
    assert stats.spearmanr(durations[0], durations[2]).statistic == pytest.approx(0.6, abs=0.02)


def test_bits_are_frozen():
    """A change here needs another `stream_version` and a word in the changelog."""
    assert drawn(correlated(0.5), 3, rng=2026).astype(int).tolist() == GOLDEN


GOLDEN = [[766288, 655857, 485283], [523269, 883703, 649628], [183056, 202880, 234684], [4348800, 3628800, 9043200]]


# ---- the tables -------------------------------------------------------------------------------------------------------


def test_probabilities_are_right_far_into_both_tails():
    z = np.linspace(-9, 9, 300_007)
    p = np.empty_like(z)
    fill_probabilities(z.copy(), p)
    assert np.abs(p - special.ndtr(z)).max() <= 1e-7
    within = np.abs(z) <= 6  # a tail of 1e-9
    for tail, exact in ((p, special.ndtr(z)), (1 - p, special.ndtr(-z))):
        assert (np.abs(tail - exact) / exact)[within].max() <= 1e-3
    assert (np.diff(p) >= 0).all()
    assert 0 < p.min() <= p.max() < 1


def test_scores_are_right_far_into_both_tails():
    u = np.concatenate([np.geomspace(2.0**-31, 0.5, 100_003), 1 - np.geomspace(2.0**-31, 0.5, 100_003)])
    z = np.empty_like(u)
    fill_scores(u.copy(), z)
    back = np.where(u < 0.5, special.ndtr(z) / u, special.ndtr(-z) / (1 - u))
    assert np.abs(back - 1).max() <= 1e-4
    beyond = np.empty(2)
    fill_scores(np.array([2.0**-53, 1 - 2.0**-53]), beyond)
    assert np.isfinite(beyond).all()


def test_weights_give_unit_variance_and_the_correlation_of_scores():
    for rho in np.linspace(0, 1, 101):
        common, own = factor_weights(float(rho))
        assert common**2 + own**2 == pytest.approx(1, abs=1e-15)
        assert 6 / np.pi * np.arcsin(common**2 / 2) == pytest.approx(rho, abs=1e-12)


def test_a_correlation_that_finds_nothing_uncertain_ties_nothing():
    tasks = [sr.Task("a", "1/2/5"), sr.Task("b", 2, tags=["certain"]), sr.Task("c", 3, tags=["certain"])]
    plan = sr.Plan(tasks=tasks, correlations=[sr.Correlation(tag="certain", rho=-0.1)])
    free = plan.replace(correlations=[])
    assert (sr.simulate(plan, 50, rng=1).finish_ticks == sr.simulate(free, 50, rng=1).finish_ticks).all()
