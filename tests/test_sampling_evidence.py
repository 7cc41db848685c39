"""What stratified sampling is worth: smaller variances, intervals that hold, differences that pair; and exact cases."""

import numpy as np
import pytest
from scipy import integrate, special, stats

import schedrisk as sr

KINDS = ("random", "latin", "sobol")
STRATIFIED = ("latin", "sobol")

# Four paths of five tasks that meet, as in no closed form; small enough to be run hundreds of times.
SHAPES = [(2, 3, 9), (4, 5, 6), (1, 4, 12), (3, 3, 8), (5, 7, 10)]
PATHS = sr.Plan(
    tasks=[
        sr.Task(f"{path}{step}", sr.Triangular(*SHAPES[(path + step) % 5]), after=[f"{path}{step - 1}"] if step else [])
        for path in range(4)
        for step in range(5)
    ]
)
RISKY = PATHS.replace(risks=[sr.Risk("rare", 0.05, delay=2, tasks=["12"])])


def figures(plan, kind, seeds, n_draws=512):
    """Return mean and P80 of runs, shape (n_seeds, 2)."""
    results = (sr.simulate(plan, n_draws, rng=seed, sampling=kind) for seed in seeds)
    return np.array([(result.duration.mean(), result.percentile(80)) for result in results])


@pytest.fixture(scope="module")
def scatter():
    return {kind: figures(PATHS, kind, range(80)) for kind in KINDS}


@pytest.mark.parametrize(("kind", "mean", "percentile"), [("latin", 1.8, 1.0), ("sobol", 3.0, 1.2)])
def test_variances_are_smaller(scatter, kind, mean, percentile):
    """With 80 runs, a ratio of variances is known to a third of itself: what is found is 3 and 6 times, 1.6 and 2 times."""
    ratios = scatter["random"].var(axis=0) / scatter[kind].var(axis=0)
    assert ratios[0] > mean
    assert ratios[1] > percentile


def test_kinds_agree_on_average(scatter):
    errors = {kind: runs.std(axis=0) / np.sqrt(80) for kind, runs in scatter.items()}
    for kind in STRATIFIED:
        off = scatter[kind].mean(axis=0) - scatter["random"].mean(axis=0)
        assert (np.abs(off) < 4 * np.hypot(errors[kind], errors["random"])).all()


@pytest.mark.parametrize("kind", KINDS)
def test_differences_pair(scatter, kind):
    """A risk of 5 % and 2 days: paired draws know the difference in P80 at least three times as well as others."""
    paired = figures(RISKY, kind, range(80))[:, 1] - scatter[kind][:, 1]
    apart = figures(RISKY, kind, range(500, 580))[:, 1] - scatter[kind][:, 1]
    assert apart.std() > 3 * paired.std()


@pytest.mark.parametrize("kind", KINDS)
def test_intervals_hold_the_truth(kind):
    """Of 95 % intervals over 200 runs: within four standard errors of 95 % (all 1,000 runs are in the benchmark)."""
    plan = sr.Plan(
        tasks=[sr.Task("a", sr.Uniform(0, 10)), sr.Task("b", sr.Uniform(0, 10)), sr.Task("c", sr.Uniform(0, 10))]
    )
    exact = 10 * 0.8 ** (1 / 3)  # the latest of three
    hits = np.zeros(3)
    for seed in range(200):
        result = sr.simulate(plan, 1_000, rng=seed, sampling=kind)
        low, high = result.probability_interval(8)
        first, last = result.percentile_interval(80)
        half = result.replicates.quantile(0.95, result.n_draws) * result.mean_se()
        hits += low <= 0.512 <= high, first <= exact <= last, abs(result.mean() - 7.5) <= half
    assert (np.abs(hits / 200 - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 200)).all()


@pytest.mark.parametrize("kind", STRATIFIED)
def test_paired_intervals_hold_the_truth(kind):
    """A risk of 30 % and 4 days on one uniform task: the chance of meeting day 10 falls from 1 by exactly 0.3 · 0.4."""
    plan = sr.Plan(
        tasks=[sr.Task("a", sr.Uniform(0, 10)), sr.Task("b", sr.Uniform(0, 4))], promises=[sr.Promise("ten", by=9)]
    )
    risky = plan.replace(risks=[sr.Risk("r", 0.3, delay=4, tasks=["a"])])
    hits = 0
    for seed in range(100):
        results = {"calm": sr.simulate(plan, 1_000, rng=seed, sampling=kind)}
        results["risky"] = sr.simulate(risky, 1_000, rng=seed, sampling=results["calm"].sampling)
        row = sr.compare(results, promise="ten").loc["risky"]
        hits += row["probability_change_low"] <= -0.3 * 0.4 <= row["probability_change_high"]
    assert hits / 100 > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 100)


# ---- exact cases ------------------------------------------------------------------------------------------------------

N_DRAWS = 100_000


def limit(result):
    """Return the multiple of a standard error that is as rare as four of a normal figure."""
    if result.sampling.kind == "random":
        return 4.0
    return float(special.stdtrit(result.sampling.replicates - 1, special.ndtr(4.0)))


def assert_exact(result, cdf, mean, at):
    most = limit(result)
    assert abs(result.duration.mean() - mean) <= most * result.mean_se()
    for moment in at:
        share = cdf(moment)
        assert abs(result.probability_of_meeting(moment) - share) <= most * result.probability_se(moment), moment


@pytest.mark.parametrize("kind", KINDS)
def test_network_of_exponentials(kind):
    """Tasks in series make a hypoexponential, paths in parallel the product of their distribution functions."""
    plan = sr.Plan(
        tasks=[
            sr.Task("a", sr.Exponential(2)), sr.Task("b", sr.Exponential(3), after=["a"]), sr.Task("c", sr.Exponential(4)),
        ]
    )  # fmt: skip

    def cdf(t):
        series = 1 - (3 * np.exp(-t / 3) - 2 * np.exp(-t / 2))
        return series * -np.expm1(-t / 4)

    mean = integrate.quad(lambda t: 1 - cdf(t), 0, 400)[0]
    assert_exact(sr.simulate(plan, N_DRAWS, rng=5, sampling=kind), cdf, mean, [3, 6, 10, 20])


@pytest.mark.parametrize("kind", KINDS)
def test_latest_of_two_normals(kind):
    """Clark (1961), "The greatest of a finite set of random variables"."""
    plan = sr.Plan(tasks=[sr.Task("a", sr.Normal(50, 4)), sr.Task("b", sr.Normal(52, 3))])
    spread = 5.0
    alpha = (50 - 52) / spread
    mean = 50 * stats.norm.cdf(alpha) + 52 * stats.norm.cdf(-alpha) + spread * stats.norm.pdf(alpha)

    def cdf(t):
        return stats.norm(50, 4).cdf(t) * stats.norm(52, 3).cdf(t)

    assert_exact(sr.simulate(plan, N_DRAWS, rng=6, sampling=kind), cdf, mean, [48, 52, 55, 60])


@pytest.mark.parametrize("kind", KINDS)
def test_sum_of_tasks_that_move_as_one(kind):
    """With a correlation of 1, percentiles add up."""
    parts = [sr.Triangular(2, 3, 9), sr.Uniform(1, 5), sr.Pert(4, 5, 12)]
    plan = sr.Plan(
        tasks=[sr.Task(str(n), each, after=[str(n - 1)] if n else []) for n, each in enumerate(parts)],
        correlations=[sr.Correlation(["0", "1", "2"], 1.0)],
    )
    result = sr.simulate(plan, N_DRAWS, rng=7, sampling=kind)
    for percent in (10, 50, 80, 95):
        exact = sum(float(each.ppf(percent / 100)) for each in parts)
        # Tables are exact to 1e-5 of a probability; of strata that all agree, a percentile is known to one stratum.
        assert abs(result.percentile(percent) - exact) <= limit(result) * result.percentile_se(percent) + 1e-3
    assert abs(result.duration.mean() - sum(each.mean for each in parts)) <= limit(result) * result.mean_se() + 1e-4


@pytest.mark.parametrize("kind", KINDS)
def test_sum_of_exponentials_is_a_gamma(kind):
    plan = sr.Plan(tasks=[sr.Task(str(n), sr.Exponential(3), after=[str(n - 1)] if n else []) for n in range(6)])
    assert_exact(sr.simulate(plan, N_DRAWS, rng=8, sampling=kind), stats.gamma(6, scale=3).cdf, 18, [8, 14, 18, 25])
