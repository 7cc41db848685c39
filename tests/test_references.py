"""Simulated figures agree with closed forms and with published networks, within four standard errors.

The exact cases are in tests/data/reference-cases.json. Of the published networks the figures called `reference` come
from an independent simulator with 8,000,000 draws: their own sampling error and the rounding of what is printed are
counted in.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import schedrisk as sr

CASES = json.loads((Path(__file__).parent / "data" / "reference-cases.json").read_text(encoding="utf-8"))["cases"]
N_DRAWS = 100_000
REFERENCE_DRAWS = 8_000_000

KINDS = {
    "uniform": lambda d: sr.Uniform(d["min"], d["max"]),
    "triangular": lambda d: sr.Triangular(d["min"], d["mode"], d["max"]),
    "pert": lambda d: sr.Pert(d["min"], d["mode"], d["max"], d["lambda"]),
    "constant": lambda d: sr.Fixed(d["value"]),
    "discrete": lambda d: sr.Discrete(d["values"], d["probs"]),
}


def plan_of(case):
    return sr.Plan(
        name=case["id"],
        tasks=[sr.Task(task["id"], KINDS[task["dist"]["type"]](task["dist"])) for task in case["tasks"]],
        links=[sr.Link(link["from"], link["to"], lag=link["lag"]) for link in case["links"]],
        risks=[
            sr.Risk(risk["id"], risk["probability"], delay=KINDS[risk["impact"]["type"]](risk["impact"]), tasks=risk["tasks"])
            for risk in case.get("risks", [])
        ],
    )  # fmt: skip


def figures(result, case):
    """Yield name, estimate, exact value and standard error of every figure of a case."""
    expected, x, n = case["expected"], result.duration, result.n_draws
    yield "mean", x.mean(), expected["mean"], expected["sd"] / np.sqrt(n)
    fourth = ((x - x.mean()) ** 4).mean()
    yield "sd", x.std(), expected["sd"], np.sqrt((fourth - expected["sd"] ** 4) / n) / (2 * expected["sd"])
    for name, density in expected.get("pdf_at", {}).items():
        share = int(name[1:]) / 100
        yield name, result.percentile(100 * share), expected[name], np.sqrt(share * (1 - share) / n) / density
    for date, share in expected["cdf"]:
        if 0 < share < 1:
            yield f"cdf({date})", result.probability_of_meeting(date), share, np.sqrt(share * (1 - share) / n)
    counts = dict(zip((task.id for task in result.plan.tasks), result.critical_counts, strict=True))
    for task, share in expected.get("criticality", {}).items():
        if 0 < share < 1:
            yield f"criticality {task}", counts[task] / n, share, np.sqrt(share * (1 - share) / n)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_exact_cases(case):
    result = sr.simulate(plan_of(case), N_DRAWS, rng=2026)
    for name, estimate, exact, error in figures(result, case):
        assert abs(estimate - exact) <= 4 * error + 1e-6, f"{name}: {estimate} is not {exact} ± {4 * error}"
    expected = case["expected"]
    if "pmf" in expected:  # discrete finishes: percentiles are met exactly
        assert [result.percentile(p) for p in (10, 50, 80, 90)] == [expected[f"P{p}"] for p in (10, 50, 80, 90)]
        assert set(np.unique(result.duration)) == {value for value, _ in expected["pmf"]}
    if "cpm_at_mode" in expected:
        assert sr.schedule(result.plan).planned_duration == expected["cpm_at_mode"]
    table = sr.sensitivity(result)
    for task, exact in expected.get("pearson_sensitivity", {}).items():
        assert abs(table.loc[task, "cruciality"] - exact) <= 4 * table.loc[task, "cruciality_se"]
    for task, share in expected.get("criticality", {}).items():
        if share in {0, 1}:
            assert table.loc[task, "criticality"] == share


def test_z_scores_are_normal():
    """One figure for each seed, so that the scores are independent; over all of them they are standard normal."""
    plans = [plan_of(case) for case in CASES]
    scores = []
    for seed in range(300):
        case = CASES[seed % len(CASES)]
        result = sr.simulate(plans[seed % len(CASES)], 4_000, rng=seed)
        all_figures = [each for each in figures(result, case) if each[0] != "sd" or "pmf" not in case["expected"]]
        _, estimate, exact, error = all_figures[(seed // len(CASES)) % len(all_figures)]
        scores.append((estimate - exact) / error)
    assert stats.kstest(scores, "norm").pvalue > 0.001
    # The test can fail: a bias of a third of a standard error would be seen.
    assert stats.kstest(np.array(scores) + 0.35, "norm").pvalue < 0.001


# ---- published networks ---------------------------------------------------------------------------------------------

# D. Juran, adapted from Levin, Rubin, Stinson and Gardner 1989, 7th edition, p. 605.
MUSEUM = {
    "A": ((2, 3, 4), ""), "B": ((9, 12, 15), "A"), "C": ((4, 9, 18), ""), "D": ((1, 1, 1), "B"), "E": ((1, 2, 3), "CD"),
    "F": ((1, 1, 1), "E"), "G": ((5, 6, 9), "F"), "H": ((2, 5, 10), "F"), "I": ((1, 1, 1), "F"), "J": ((2, 3, 5), "G"),
    "K": ((8, 10, 14), "HIJ"), "L": ((2, 2, 2), "K"), "M": ((2, 2, 2), "L"),
}  # fmt: skip
MUSEUM_FIGURES = {
    sr.Triangular: {
        "mean": 43.721, "sd": 2.104, "P10": 41.025, "P50": 43.683, "P80": 45.511, "P90": 46.468,
        "P_le": {41: 0.0978, 43: 0.3743, 45: 0.7284}, "late": 1.2486,
        "CI": {"A": 0.955, "B": 0.955, "C": 0.045, "D": 0.955, "E": 1, "F": 1, "G": 0.987, "H": 0.013, "I": 0,
               "J": 0.987, "K": 1, "L": 1, "M": 1},
        "CRI": {"A": 0.186, "B": 0.558, "C": 0.047, "E": 0.194, "G": 0.401, "H": 0.006, "J": 0.294, "K": 0.593},
        "SSI": {"A": 0.185, "B": 0.556, "C": 0.062, "E": 0.194, "G": 0.399, "H": 0.01, "J": 0.293, "K": 0.593},
    },
    sr.Pert: {
        "mean": 42.849, "sd": 1.893, "P10": 40.418, "P50": 42.817, "P80": 44.46, "P90": 45.32,
        "P_le": {41: 0.1685, 43: 0.5375, 45: 0.8681}, "late": 0.6886, "CI": {}, "CRI": {}, "SSI": {},
    },
}  # fmt: skip


def with_reference(error, digits):
    """Add the sampling error of the reference's own draws and its rounding to a standard error."""
    rounding = 10.0**-digits / np.sqrt(12)
    return np.sqrt(error**2 * (1 + N_DRAWS / REFERENCE_DRAWS) + rounding**2)


def percentile_error(result, percent):
    """Return the standard error of a percentile, by the spread of neighbouring order statistics."""
    share = percent / 100
    width = np.sqrt(share * (1 - share) / result.n_draws)
    low, high = np.quantile(result.duration, [share - 3 * width, share + 3 * width])
    return (high - low) / 6


@pytest.mark.parametrize("kind", MUSEUM_FIGURES, ids=lambda kind: kind.__name__)
def test_brook_museum(kind):
    plan = sr.Plan(
        unit="w",
        tasks=[sr.Task(task, kind(*points), after=list(after)) for task, (points, after) in MUSEUM.items()],
        promises=[sr.Promise("bid", by=41, damages=sr.Damages(10_000, per="week", whole=False, grace=2))],
    )
    assert sr.schedule(plan).planned_duration == 42
    result, expected = sr.simulate(plan, N_DRAWS, rng=7), MUSEUM_FIGURES[kind]
    sd = expected["sd"]

    def agrees(estimate, figure, error, digits):
        assert abs(estimate - figure) <= 4 * with_reference(error, digits), (estimate, figure)

    agrees(result.duration.mean(), expected["mean"], sd / np.sqrt(N_DRAWS), 3)
    agrees(result.duration.std(), sd, sd / np.sqrt(2 * N_DRAWS), 3)
    for percent in (10, 50, 80, 90):
        agrees(result.percentile(percent), expected[f"P{percent}"], percentile_error(result, percent), 3)
    for week, share in expected["P_le"].items():
        agrees(result.probability_of_meeting(week), share, np.sqrt(share * (1 - share) / N_DRAWS), 4)
    outcome = result.promise("bid")
    agrees(outcome.expected_damages / 10_000, expected["late"], outcome.expected_damages_se / 10_000, 4)
    table = sr.sensitivity(result)
    for column, key, digits in (("criticality", "CI", 3), ("cruciality", "CRI", 3), ("ssi", "SSI", 3)):
        for task, figure in expected[key].items():
            row = table.loc[task]
            if column == "criticality" and figure in {0, 1}:
                assert row[column] == figure
            else:
                # The reference writes correlations without their sign; where it cannot tell one from 0, nor can we.
                agrees(row[column], figure, max(row[f"{column}_se"], 1e-9), digits if figure != 0.01 else 2)


def test_three_parallel():
    plan = sr.Plan(tasks=[sr.Task(task, sr.Triangular(1, 2, 3)) for task in "ABC"])
    result = sr.simulate(plan, N_DRAWS, rng=1)
    assert abs(result.probability_of_meeting(2) - 0.125) <= 4 * np.sqrt(0.125 * 0.875 / N_DRAWS)
    assert abs(result.duration.mean() - 2.35) <= 4 * 0.294 / np.sqrt(N_DRAWS)
    assert np.allclose(result.critical_counts / N_DRAWS, 1 / 3, atol=4 * np.sqrt(2 / 9 / N_DRAWS))
    for percent, figure in ((50, 2.358), (80, 2.621), (90, 2.737)):
        assert abs(result.percentile(percent) - figure) <= 4 * with_reference(percentile_error(result, percent), 3)
    table = sr.sensitivity(result)
    for task in "ABC":
        for column, figure in (("cruciality", 0.448), ("ssi", 0.463)):
            error = with_reference(table.loc[task, f"{column}_se"], 3)
            assert abs(table.loc[task, column] - figure) <= 4 * error


def test_discrete_two_state():
    plan = sr.Plan(
        tasks=[
            sr.Task("1", sr.Discrete([7, 10], [0.5, 0.5])),
            sr.Task("2", sr.Discrete([9, 13], [0.5, 0.5])),
            sr.Task("3", 4, after=["1", "2"]),
        ]
    )
    result = sr.simulate(plan, N_DRAWS, rng=1)
    exact = {13: 0.25, 14: 0.25, 17: 0.5}
    assert set(np.unique(result.duration)) == set(exact)
    sd = np.sqrt(sum(share * (value - 15.25) ** 2 for value, share in exact.items()))
    assert abs(result.duration.mean() - 15.25) <= 4 * sd / np.sqrt(N_DRAWS)
    for value, share in ((13, 0.25), (14, 0.5)):
        assert abs(result.probability_of_meeting(value) - share) <= 4 * np.sqrt(share * (1 - share) / N_DRAWS)


def test_gao_drywall_in_series():
    points = [(3, 4, 6), (1, 1, 2), (3, 5, 6), (1, 1, 2), (2, 3, 4), (2, 3, 4), (2, 3, 5)]
    ids = [f"A{1870 + 10 * number}" for number in range(7)]
    tasks = [
        sr.Task(task, sr.Triangular(*three), after=ids[number - 1 : number] if number else [])
        for number, (task, three) in enumerate(zip(ids, points, strict=True))
    ]
    result = sr.simulate(sr.Plan(tasks=tasks), N_DRAWS, rng=1)
    assert abs(result.duration.mean() - 21) <= 4 * 1.2693 / np.sqrt(N_DRAWS)
    assert abs(result.duration.var() - 1.61111) <= 4 * 1.61111 * np.sqrt(2 / N_DRAWS)
    for percent, figure, digits in ((50, 20.99, 2), (80, 22.079, 3), (90, 22.647, 3)):
        assert abs(result.percentile(percent) - figure) <= 4 * with_reference(percentile_error(result, percent), digits)
    error = with_reference(np.sqrt(0.219 * 0.781 / N_DRAWS), 3)
    assert abs(result.probability_of_meeting(20) - 0.219) <= 4 * error


def test_hulett_software_and_hardware():
    """Hulett and Campbell 2002: published finishes, in calendar days from 2 January 2002."""
    tasks = {
        "DesignSW": (65, [], "2002-03-07"), "CodeSW": (150, ["DesignSW"], "2002-08-04"),
        "TestSW": (50, ["CodeSW"], "2002-09-23"), "DesignHW": (60, [], "2002-03-02"),
        "BuildHW": (165, ["DesignHW"], "2002-08-14"), "QCHW": (35, ["BuildHW"], "2002-09-18"),
        "Integrate": (80, ["TestSW", "QCHW"], "2002-12-12"), "IntegrationTest": (40, ["Integrate"], "2003-01-21"),
    }  # fmt: skip
    every_day = sr.Calendar(weekdays=["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
    plan = sr.Plan(
        start="2002-01-02",
        calendar=every_day,
        tasks=[sr.Task(task, days, after=after) for task, (days, after, _) in tasks.items()],
    )
    table = sr.schedule(plan).to_frame()
    assert table["finish"].to_numpy().astype("datetime64[D]").astype(str).tolist() == [
        each[2] for each in tasks.values()
    ]
    assert table.loc[["DesignHW", "BuildHW", "QCHW"], "total_float"].tolist() == [5, 5, 5]
    assert sr.simulate(plan, 10, rng=1).percentile(80) == table.loc["IntegrationTest", "finish"]


@pytest.mark.parametrize(
    ("percents", "values", "exact"),
    [((10, 90), (8, 15), (5.67, 18.208, 11.2927, 2.5998)), ((5, 95), (8, 15), (6.7064, 16.868, 11.1915, 2.1166))],
)
def test_ends_of_a_three_point_estimate(percents, values, exact):
    low, high = (f"p{percent}" for percent in percents)
    estimate = sr.Triangular.from_percentiles(mode=10, **{low: values[0], high: values[1]})
    assert (*estimate.limits, estimate.mean, estimate.std) == pytest.approx(exact, abs=5e-4)
