"""Precision: draws until intervals are narrow enough; convergence; and standard errors of every figure."""

import matplotlib as mpl
import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats

import schedrisk as sr
from schedrisk.cli import cli
from schedrisk.errors import ArgumentError, UnknownNameError
from schedrisk.result.intervals import wilson_interval
from schedrisk.result.sampling_error import Replicates, Share

mpl.use("Agg")

KINDS = ("random", "latin", "sobol")
PLAN = sr.Plan(
    start="2026-12-01",
    tasks=[
        sr.Task("order", sr.Triangular(4, 5, 12)),
        sr.Task("build", sr.Pert(10, 15, 40), after=["order"]),
        sr.Task("site", sr.Pert(10, 20, 45)),
        sr.Task("install", sr.Triangular(3, 5, 9), after=["build", "site"]),
    ],
    risks=[sr.Risk("strike", 0.2, delay="3/5/10", tasks=["build"])],
    promises=[
        sr.Promise("contract", by="2027-01-15", damages=sr.Damages(1_000, cap=10_000)),
        sr.Promise("building", by="2027-01-06", task="build"),
    ],
)


# ---- until ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "wish",
    [
        sr.Precision(probability=0.01),
        sr.Precision(probability=0.01, promise="building", confidence_level=0.9),
        sr.Precision(percentile=0.4),
        sr.Precision(percentile=0.3, percent=50, promise="building"),
        sr.Precision(probability=0.02, percentile=0.3),
    ],
)
def test_draws_grow_until_intervals_are_narrow_enough(kind, wish):
    result = sr.simulate(PLAN, 500, rng=4, sampling=kind, until=wish)
    found = result.precision
    assert found.reached
    assert found.n_draws == result.n_draws <= 20_000
    assert "precision reached" in repr(result)
    if wish.probability is not None:
        names = [wish.promise] if wish.promise else ["contract", "building"]
        widths = [np.ptp(result.promise(name).probability_interval(wish.confidence_level)) / 2 for name in names]
        assert found.probability == pytest.approx(max(widths))
        assert max(widths) <= wish.probability
    if wish.percentile is not None:
        task = "build" if wish.promise else None
        width = result.percentile_half_width(wish.percent, task=task, confidence_level=wish.confidence_level)
        assert found.percentile == width <= wish.percentile
    fixed = sr.simulate(PLAN, result.n_draws, rng=4, sampling=result.sampling)
    assert np.array_equal(fixed.finish, result.finish)
    assert np.array_equal(fixed.ticks("build"), result.ticks("build"))
    assert np.array_equal(fixed.replicate_counts, result.replicate_counts)


def test_the_first_draws_are_those_of_the_shorter_run():
    short = sr.simulate(PLAN, 500, rng=4, sampling="sobol")
    long = sr.simulate(PLAN, 500, rng=4, sampling="sobol", until=sr.Precision(percentile=0.2))
    assert long.n_draws > short.n_draws
    assert long.sampling.replicate_size == short.sampling.replicate_size
    assert np.array_equal(long.finish[: short.n_draws], short.finish)


def test_precise_enough_at_once_draws_no_more():
    result = sr.simulate(PLAN, 2_000, rng=1, until=sr.Precision(probability=0.2))
    assert result.n_draws == 2_000
    assert result.precision.reached


@pytest.mark.parametrize("kind", KINDS)
def test_the_ceiling_is_kept_and_told(kind):
    result = sr.simulate(PLAN, 1_000, rng=1, sampling=kind, until=sr.Precision(probability=0.003, max_draws=3_000))
    assert 2_900 < result.n_draws <= 3_000
    assert not result.precision.reached
    assert result.precision.probability > 0.003
    assert result.precision.needed > 3_000
    assert f"precision not reached: ±{100 * result.precision.probability:.3g} percentage points" in repr(result)
    assert "are needed" in result._repr_html_()
    assert sr.simulate(PLAN, rng=1, until=sr.Precision(probability=0.02, max_draws=100)).n_draws == 100


@pytest.mark.parametrize("wish", [sr.Precision(probability=1e-6), sr.Precision(percentile=1e-7)])
def test_the_impossible_is_refused_with_what_it_would_take(wish):
    with pytest.raises(ArgumentError, match=r"about [\d,]{12,} draws, [\d,]+ (minutes|hours|days|years) here"):
        sr.simulate(PLAN, 500, rng=1, until=wish)


def test_how_many_draws_a_probability_takes():
    """Of a chance p, n draws give an interval of ± z √(p(1 − p)/n)."""
    plan = sr.Plan(tasks=[sr.Task("a", sr.Uniform(0, 1))], promises=[sr.Promise("half", by=0.5)])
    result = sr.simulate(plan, 1_000, rng=1, until=sr.Precision(probability=0.005))
    exact = 1.96**2 * 0.25 / 0.005**2
    assert exact <= result.n_draws * 1.001 < 1.25 * exact
    with pytest.raises(ArgumentError, match=r"960,000,000,000|970,000,000,000"):
        sr.simulate(plan, 1_000, rng=1, until=sr.Precision(probability=1e-6))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "expected a probability or a percentile"),
        ({"probability": 0.5}, "probability: found 0.5, expected less than 0.5"),
        ({"probability": 0}, "probability: found 0, expected greater than 0"),
        ({"percentile": -1}, "percentile: found -1"),
        ({"percentile": 1, "percent": 100}, "percent: found 100"),
        ({"percentile": 1, "confidence_level": 1}, "confidence_level: found 1"),
        ({"percentile": 1, "max_draws": 10.5}, "max_draws: found 10.5"),
        ({"probability": float("nan")}, "probability: found nan"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(options, message):
    with pytest.raises(ArgumentError) as caught:
        sr.Precision(**options)
    assert message in str(caught.value)


def test_all_faults_of_a_wish_are_told_at_once():
    with pytest.raises(ArgumentError) as caught:
        sr.Precision(probability=2, percentile=0, max_draws=0)
    assert len(caught.value.problems) == 3


def test_a_wish_must_fit_the_plan():
    bare = PLAN.replace(promises=[])
    with pytest.raises(ArgumentError, match="a plan without promises"):
        sr.simulate(bare, 100, until=sr.Precision(probability=0.01))
    with pytest.raises(UnknownNameError, match=r"until, promise: .*contract"):
        sr.simulate(PLAN, 100, until=sr.Precision(probability=0.01, promise="contrct"))
    with pytest.raises(ArgumentError, match=r"until: found 0\.01, expected a Precision"):
        sr.simulate(PLAN, 100, until=0.01)


def test_command_line_draws_until_it_is_precise(tmp_path):
    path = tmp_path / "plan.toml"
    sr.write(PLAN, path)

    def run(*options):
        return CliRunner().invoke(cli, ["run", str(path), "--draws", "500", *options], catch_exceptions=False)

    told = run("--precision", "0.02", "--precision", "0.5d", "--sampling", "sobol").output
    assert "precision reached: ±2 percentage points of chance and ±0.5 days of the P80" in told
    assert "sampling sobol" in told
    assert "not reached" in run("--precision", "0.002", "--max-draws", "600").output
    for wrong in (["--precision", "half"], ["--max-draws", "7"], ["--precision", "-0.1"]):
        assert run(*wrong).exit_code == 2
    assert max(map(len, told.splitlines())) <= 80


# ---- convergence ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_convergence_is_that_of_shorter_runs(kind):
    result = sr.simulate(PLAN, 4_000, rng=2, sampling=kind)
    table = sr.convergence(result)
    assert table.index[-1] == result.n_draws
    assert table.index.is_monotonic_increasing
    draws = table.index[len(table) // 2]
    short = sr.simulate(PLAN, draws, rng=2, sampling=result.sampling)
    assert short.n_draws == draws
    row = table.loc[draws]
    for name in ("contract", "building"):
        outcome = short.promise(name)
        assert row[f"probability: {name}"] == outcome.probability
        assert row[f"probability_se: {name}"] == outcome.probability_se
    assert (row["mean"], row["mean_se"]) == (short.mean(), short.mean_se())
    for percent in (50, 80):
        assert row[f"p{percent}"] == short.percentile(percent)
        assert row[f"p{percent}_se"] == short.percentile_se(percent)
    assert row["p80_change"] == pytest.approx(short.contingency(80) - result.contingency(80))
    assert (table.filter(like="_change").iloc[-1] == 0).all()
    building = sr.convergence(result, promise="building")
    assert building["p80"].iloc[-1] == result.percentile(80, task="build")
    assert "probability: contract" not in building


@pytest.mark.parametrize("kind", KINDS)
def test_convergence_is_drawn(kind):
    from matplotlib import pyplot as plt

    result = sr.simulate(PLAN, 1_000, rng=2, sampling=kind)
    for figure in (None, "probability", "mean", "p50", "p80"):
        ax = sr.plot.convergence(result, figure=figure)
        table = sr.convergence(result)
        assert ax.lines[0].get_xdata().tolist() == table.index.tolist()
        column = "probability: contract" if figure in {None, "probability"} else f"{figure}_change"
        assert np.array_equal(ax.lines[0].get_ydata(), table[column])
        assert (ax.get_xscale() == "log") == (kind == "random")
    assert "working days from" in sr.plot.convergence(result, figure="p80").get_ylabel()
    bare = sr.simulate(PLAN.replace(promises=[]), 100, rng=2)
    assert "P80" in sr.plot.convergence(bare).get_ylabel()
    for wrong, which in (("probability", bare), ("p90", result)):
        with pytest.raises(ArgumentError, match="figure: found"):
            sr.plot.convergence(which, figure=wrong)
    plt.close("all")


# ---- standard errors --------------------------------------------------------------------------------------------------


def test_errors_of_shares():
    assert Share(300, 1_000).interval() == wilson_interval(300, 1_000)
    counts = (28, 35, 31, 30, 27, 33, 29, 27)
    share = Share(sum(counts), 800, counts)
    assert share.se == pytest.approx(np.std(counts, ddof=1) / 100 / np.sqrt(8))
    # With Student's t, of a large effective number, the score interval is that of the mean of the replicates.
    half = stats.t(7).ppf(0.975) * share.se
    assert share.interval() == pytest.approx((0.3 - half, 0.3 + half), abs=0.002)
    # None and all are what they are for random draws, few events are counted as random ones.
    assert Share(0, 800, (0,) * 8).interval() == wilson_interval(0, 800)
    assert Share(8, 800, (1,) * 8).se == pytest.approx(np.sqrt(0.01 * 0.99 / 800))
    # Replicates that agree say that the share is known to one draw of each, not exactly.
    assert Share(400, 800, (50,) * 8).se == pytest.approx(0.01 / np.sqrt(12 * 8))


@pytest.mark.parametrize("size", [None, 50])
def test_errors_of_means_and_percentiles(size):
    replicates, draws = Replicates(size), np.random.default_rng(1).gamma(3, size=1_000)
    means = draws if size is None else draws.reshape(-1, size).mean(axis=1)
    expected = draws.std() / np.sqrt(1_000) if size is None else means.std(ddof=1) / np.sqrt(means.size)
    assert replicates.mean_error(draws) == pytest.approx(expected)
    assert replicates.mean_error(np.full(1_000, 0.1)) == 0
    low, high = replicates.percentile_interval(draws, 80)
    assert low < np.quantile(draws, 0.8) < high
    # About √(p(1 − p)/n) over the density, and an interval of two of them to either side.
    error = np.sqrt(0.16 / 1_000) / stats.gamma(3).pdf(stats.gamma(3).ppf(0.8))
    assert replicates.percentile_se(draws, 80) == pytest.approx(error, rel=0.35)
    assert high - low == pytest.approx(4 * replicates.percentile_se(draws, 80), rel=0.35)
    assert replicates.percentile_se(np.full(1_000, 3.0), 80) == 0
    assert replicates.percentile_interval(np.full(1_000, 3.0), 80) == (3, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_has_the_error_that_its_runs_show(kind):
    """Over 60 seeds, figures scatter as their standard errors say."""
    found, errors = {}, {}
    for seed in range(60):
        result = sr.simulate(PLAN, 1_000, rng=seed, sampling=kind)
        axis = result.replay.network.axis
        outcome, measures, tasks = result.promise("contract"), sr.sensitivity(result), result.tasks(errors=True)
        figures = {
            "probability": (outcome.probability, outcome.probability_se),
            "lateness": (outcome.expected_lateness, outcome.expected_lateness_se),
            "when late": (outcome.lateness_given_late, outcome.lateness_given_late_se),
            "damages": (outcome.expected_damages, outcome.expected_damages_se),
            "p80": (result.contingency(80), result.percentile_se(80)),
            "mean": (axis.to_days(axis.working(result.finish_ticks).mean()), result.mean_se()),
        }
        for name in ("criticality", "significance", "ssi", "cruciality", "cruciality_spearman"):
            figures[name] = tuple(measures.loc["build", [name, f"{name}_se"]])
        figures["criticality of tasks()"] = tuple(tasks.loc["site", ["criticality", "criticality_se"]])
        for name, (value, error) in figures.items():
            found.setdefault(name, []).append(value)
            errors.setdefault(name, []).append(error)
    for name, values in found.items():
        ratio = np.var(values, ddof=1) / np.mean(np.square(errors[name]))
        # Of normal figures the ratio follows chi-squared; errors from few replicates add their own scatter.
        low, high = (stats.chi2(59).ppf(tail) / 59 for tail in (0.0005, 0.9995))
        assert low / 1.15 < ratio < high * 1.15, (name, ratio)


@pytest.mark.parametrize("kind", KINDS)
def test_tables_with_errors_have_one_for_each_date(kind):
    result = sr.simulate(PLAN, 500, rng=1, sampling=kind)
    table = result.tasks(errors=True)
    dates = [column for column in table if column.startswith(("start_", "finish_")) and not column.endswith("_se")]
    assert all((table[f"{column}_se"] >= 0).all() for column in dates)
    assert table.loc["install", "finish_p80_se"] == result.percentile_se(80, task="install")
    assert table.loc["install", "finish_mean_se"] == pytest.approx(result.mean_se(task="install"), rel=1e-9)
    assert not [
        column for column in result.tasks() if column.startswith(("start", "finish")) and column.endswith("_se")
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_overriding_dates_have_errors_too(kind):
    """A date of its own that overrides uniform(0, 10) in 7 draws of 10: strata know the share better than random draws."""
    late = sr.Task("late", 1, after=["work"], constraints=[sr.Constraint("MSO", 3)])
    plan = sr.Plan(tasks=[sr.Task("work", sr.Uniform(0, 10)), late])
    result = sr.simulate(plan, 1_024, rng=3, sampling=kind)
    (row,) = result.constraints().itertuples()
    assert abs(row.overrode - 0.7) < 5 * row.overrode_se
    expected = np.sqrt(0.21 / 1_024)
    assert row.overrode_se == pytest.approx(expected, rel=0.1) if kind == "random" else row.overrode_se < expected / 3
    longer = sr.simulate(plan, 1_024, rng=3, sampling=kind, until=sr.Precision(percentile=0.1))
    again = sr.simulate(plan, longer.n_draws, rng=3, sampling=longer.sampling)
    assert longer.n_draws > 1_024 or kind != "random"
    assert longer.constraints().equals(again.constraints())


@pytest.mark.parametrize("kind", ["latin", "sobol"])
def test_analyses_and_reports_take_stratified_draws(kind):
    plan = PLAN.replace(tasks=[task.replace(owner="us" if task.id == "site" else "them") for task in PLAN.tasks])
    result = sr.simulate(plan, 1_000, rng=1, sampling=kind)
    table = sr.ownership(result, promise="contract", n_draws=100)
    assert (table["p80_saved_se"] > 0).all()
    report = sr.Report(result)
    assert f"{kind}, 16 replicates of 64" in report.html()
    assert report.to_dict()["computation"]["sampling"] == f"{kind}, 16 replicates of 64"
    assert "kept_by_replicate" not in report.json()
