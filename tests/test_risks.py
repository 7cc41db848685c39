"""Risks: what happens, to which tasks, by how much; delays add, factors multiply."""

import numpy as np
import pytest

import schedrisk as sr
from schedrisk.sampling import Design, DurationSampler

N_DRAWS = 100_000
S, R = sr.Triangular(0.9, 1, 1.4), sr.Triangular(0.7, 1, 1.2)


def drawn(plan, n_draws=N_DRAWS, rng=7, scale=1e6):
    """Return the durations of all tasks in units."""
    out = np.empty((len(plan.tasks), n_draws))
    DurationSampler.of(plan, scale, Design(rng, n_draws)).sample(0, n_draws, out)
    return out / scale


def plan_of(*risks, estimates=(10, 20), **options):
    tasks = [sr.Task(name, estimate) for name, estimate in zip("abcdefgh", estimates, strict=False)]
    return sr.Plan(tasks=tasks, risks=risks, **options)


def problems(make):
    with pytest.raises(sr.PlanError) as caught:
        make()
    return [str(each) for each in caught.value.problems]


def moments(probability, factor):
    """Return mean and mean square of a factor that is 1 where the risk does not happen."""
    square = factor.mean**2 + factor.std**2
    return 1 - probability + probability * factor.mean, 1 - probability + probability * square


# ---- closed forms -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("probability", "driver", "own", "expected"),
    [(1, S, R, 0.45811), (0.5, sr.Triangular(1, 1.2, 1.5), sr.Triangular(1, 1.2, 1.5), 0.49624)],
)
def test_a_driver_shared_by_two_tasks_correlates_them_as_the_closed_form_says(probability, driver, own, expected):
    mean, square = moments(probability, driver)
    own_mean, own_square = moments(probability, own)
    formula = own_mean**2 * (square - mean**2) / (square * own_square - mean**2 * own_mean**2)
    assert formula == pytest.approx(expected, abs=5e-6)
    risks = [
        sr.Risk("driver", probability, factor=driver, tasks=["a", "b"]),
        *(sr.Risk(f"own {task}", probability, factor=own, tasks=[task]) for task in "ab"),
    ]
    first, second = drawn(plan_of(*risks, estimates=(1, 1)))
    found = np.corrcoef(first, second)[0, 1]
    # The standard error of a correlation r is the spread of xy − r (x² + y²) / 2 over √n, in standard units.
    x, y = ((each - each.mean()) / each.std() for each in (first, second))
    assert found == pytest.approx(expected, abs=4 * np.std(x * y - found * (x**2 + y**2) / 2) / np.sqrt(N_DRAWS))


def test_a_factor_for_each_task_has_a_magnitude_for_each_and_one_occurrence():
    each = plan_of(sr.Risk("r", 0.4, factor={"a": "1.1/1.2/1.5", "b": "1.1/1.2/1.5"}))
    first, second = drawn(each) / [[10], [20]]
    assert ((first != 1) == (second != 1)).all()
    assert np.mean(first != 1) == pytest.approx(0.4, abs=4 * np.sqrt(0.24 / N_DRAWS))
    struck = first != 1
    assert abs(np.corrcoef(first[struck], second[struck])[0, 1]) < 4 / np.sqrt(struck.sum())
    shared = drawn(plan_of(sr.Risk("r", 0.4, factor="1.1/1.2/1.5", tasks=["a", "b"])))
    assert np.abs(2 * shared[0] - shared[1]).max() <= 2e-6
    assert ((shared[0] != 10) == struck).all()


def test_factors_of_several_risks_multiply():
    risks = [
        sr.Risk("first", 0.5, factor=sr.Triangular(1, 1.2, 1.5), tasks=["a"]),
        sr.Risk("second", 0.4, factor={"a": sr.Triangular(1, 1.1, 1.3)}),
    ]
    found = drawn(plan_of(*risks, estimates=(1,)))[0]
    assert found.mean() == pytest.approx(1.1762, abs=4 * found.std() / np.sqrt(N_DRAWS) + 5e-5)


def test_a_rare_long_delay_moves_p95_and_hardly_p50():
    tasks = [sr.Task("build", "80/100/130")]
    plan = sr.Plan(tasks=tasks)
    risky = sr.Plan(tasks=tasks, risks=[sr.Risk("rare", 0.1, delay=60, tasks=["build"])])
    before, after = (sr.simulate(each, 20_000, rng=3) for each in (plan, risky))
    assert 0 < after.percentile(50) - before.percentile(50) < 3
    assert after.percentile(95) - before.percentile(95) > 40


def test_factors_may_have_no_end():
    risk = sr.Risk("r", 1, factor=sr.Normal(1.1, 0.1), tasks=["a", "b"])
    plan = plan_of(risk, estimates=(10, sr.Lognormal(5, 2)))
    assert drawn(plan)[0].mean() == pytest.approx(11, abs=4 / np.sqrt(N_DRAWS))
    assert "risk-certain" in sr.check(plan)["rule"].tolist()


# ---- meaning ----------------------------------------------------------------------------------------------------------


def test_factors_come_before_delays_whatever_the_order_of_the_risks():
    late, slow = sr.Risk("late", 1, delay=3, tasks=["a"]), sr.Risk("slow", 1, factor=1.5, tasks=["a", "b"])
    for risks in ([late, slow], [slow, late], [sr.Risk("both", 1, delay={"a": 3}, factor=1.5, tasks=["a", "b"])]):
        assert drawn(plan_of(*risks), 3).tolist() == [[18] * 3, [30] * 3]


def test_durations_are_rounded_once_after_risks():
    # 1.4 ticks times 2 are 3 ticks; rounded before that, they would be 2.
    assert drawn(plan_of(sr.Risk("r", 1, factor=2, tasks=["a"]), estimates=(1.4,)), 1, scale=1.0) == 3


def test_a_factor_multiplies_what_remains_and_spares_what_is_complete_or_takes_no_time():
    tasks = [
        sr.Task("done", 4, actual_start=0, actual_finish=4),
        sr.Task("active", 6, after=["done"], actual_start=4),
        sr.Task("end", 0, after=["active"]),
    ]
    risk = sr.Risk("r", 1, factor=2, tasks=["done", "active", "end"])
    plan = sr.Plan(tasks=tasks, risks=[risk], status_date=5)
    assert sr.simulate(plan, 10, rng=1).duration.tolist() == [5 + 12] * 10
    assert sr.schedule(plan).planned_finish == 5 + 6


def test_a_factor_can_make_a_task_vanish():
    start = "2026-12-01"
    tasks = [sr.Task("a", 5), sr.Task("b", 3, after=["a"], calendar="other")]
    other = sr.Calendar("other", shifts=["10:00-16:00"])
    risk = sr.Risk("dropped", 1, factor=0, tasks=["b"])
    result = sr.simulate(sr.Plan(start=start, calendars=[other], tasks=tasks, risks=[risk]), 5, rng=1)
    vanishing = sr.Task("b", sr.Uniform(0, 1e-9), after=["a"], calendar="other")
    expected = sr.simulate(sr.Plan(start=start, calendars=[other], tasks=[tasks[0], vanishing]), 5, rng=1)
    assert (result.finish == expected.finish).all()


def test_a_factor_leaves_all_other_draws_as_they_are():
    estimates = ("5/8/15", "triangular(3, 5, 9)", "uniform(2, 8)")
    delay = sr.Risk("delay", 0.3, delay="1/2/5", tasks=["a", "b"])
    before = drawn(plan_of(delay, estimates=estimates), 2_000)
    factor, never = (sr.Risk("factor", chance, factor="0.8/1.1/1.6", tasks=["c"]) for chance in (0.5, 0))
    after = drawn(plan_of(factor, delay, estimates=estimates), 2_000)
    assert (before[:2] == after[:2]).all()
    assert 0.4 < np.mean(before[2] != after[2]) < 0.6
    assert (drawn(plan_of(delay, never, estimates=estimates), 2_000) == before).all()
    # The same risk with a factor beside its delay: its delay, and whether it happens, stay.
    both = drawn(plan_of(sr.Risk("delay", 0.3, delay="1/2/5", factor=1, tasks=["a", "b"]), estimates=estimates), 2_000)
    assert (both == before).all()


def test_golden_factors():
    plan = plan_of(
        sr.Risk("shared", 0.5, factor="triangular(0.9, 1.1, 1.4)", tasks=["a", "b"]),
        sr.Risk("own", 1, factor={"a": "uniform(1, 2)"}),
    )
    assert (drawn(plan, 4, rng=2026) * 1e6).round().astype(int).tolist() == GOLDEN


GOLDEN = [[14314992, 20079376, 19643132, 11607143], [20000000, 22417589, 20000000, 20033102]]


# ---- the record -------------------------------------------------------------------------------------------------------


def test_what_a_risk_hits():
    risk = sr.Risk("r", 0.5, delay={"a": 1}, factor="1/1.2/1.5", tasks=["b", "a"])
    assert (list(risk.delays), list(risk.factors), risk.hits) == (["a"], ["b", "a"], ("a", "b"))
    assert not risk.shared
    assert sr.Risk("r", 0.5, factor=2, tasks=["a"]).shared


def test_bad_factors_are_told_at_once():
    (found,) = problems(lambda: sr.Risk("r", 0.5, delay={"a": 1}, factor={"a": 2}, tasks=["a"]))
    assert "no list of tasks beside a table of delays and factors" in found
    assert "give one delay or factor for all of them" in found
    (found,) = problems(lambda: sr.Risk("r", 0.5, factor=1500, tasks=["a"]))
    assert "factor, task 'a'" in found
    assert "at most 1000" in found
    (found,) = problems(lambda: plan_of(sr.Risk("r", 0.5, factor={"aa": 2})))
    assert "unknown task 'aa'" in found
    (found,) = problems(lambda: plan_of(*(sr.Risk(f"r{n}", 0.5, factor=1000, tasks=["a"]) for n in range(150))))
    assert "task 'a'" in found
    assert "factors of its risks" in found
    with pytest.raises(sr.PlanError, match="-1"):
        sr.Risk("r", 0.5, factor=-1, tasks=["a"])


RISKS = {
    "one": sr.Risk("r", 0.5, factor="triangular(0.9, 1.1, 1.4)", tasks=["a", "b"]),
    "each": sr.Risk("r", 0.5, factor={"a": "0.9/1.1/1.4", "b": 1.5}, name="R", owner="us"),
    "both": sr.Risk("r", 0.5, delay="1/2/3", factor="0.9/1.1/1.4", tasks=["a", "b"]),
    "both tables": sr.Risk("r", 0.5, delay={"a": 1}, factor={"b": 1.5, "a": 2}),
    "delay for each, one factor": sr.Risk("r", 0.5, delay={"a": 1}, factor=2, tasks=["a", "b"]),
    "one delay, factor for each": sr.Risk("r", 0.5, delay=1, factor={"a": 2, "b": 3}, tasks=["b"]),
}


@pytest.mark.parametrize("suffix", [".toml", ".json", ".xlsx"])
@pytest.mark.parametrize("risk", RISKS.values(), ids=RISKS)
def test_files_keep_factors(risk, suffix, tmp_path):
    plan = plan_of(risk, sr.Risk("other", 0.1, factor=1.2, tasks=["b"]))
    sr.write(plan, tmp_path / f"plan{suffix}")
    back = sr.read(tmp_path / f"plan{suffix}")
    assert back.risks == plan.risks


def test_a_sheet_does_not_spread_what_a_later_row_adds(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "tasks"
    sheet = book.create_sheet("risks")
    for row in (["id", "mode"], ["a", 1], ["b", 2]):
        book.active.append(row)
    header = ["id", "probability", "task", "delay", "factor", "shared"]
    for row in (
        header,
        ["r", 0.5, "a", 1, None, True],
        ["r", 0.5, "b", None, 2, True],
        ["s", 0.5, None, None, 2, False],
    ):
        sheet.append(row)
    book.save(tmp_path / "plan.xlsx")
    with pytest.raises(sr.ReadError) as caught:
        sr.read(tmp_path / "plan.xlsx")
    assert "row 3: found the factor 2" in str(caught.value)
    assert "row 4: found a factor without a task" in str(caught.value)


# ---- checks and reports -----------------------------------------------------------------------------------------------


def test_checks_know_factors():
    plan = plan_of(
        sr.Risk("one", 0.5, factor=1, tasks=["a"]),
        sr.Risk("zero", 0.5, delay=0, factor=1, tasks=["a"]),
        sr.Risk("real", 0.5, factor=1.2, tasks=["b"]),
        sr.Risk("idle", 0.5, factor=1.2),
    )
    table = sr.check(plan)
    found = table[table["rule"] == "risk-hits-nothing"]["finding"].tolist()
    assert found == [
        "multiplies its tasks by 1 and changes nothing",
        "delays its tasks by 0 and multiplies its tasks by 1 and changes nothing",
        "has no tasks and changes nothing",
    ]


@pytest.mark.parametrize(("factor", "probability", "impossible"), [(0.5, 0.5, False), (0.5, 1, False), (2, 1, True)])
def test_what_can_be_kept_counts_factors(factor, probability, impossible):
    plan = plan_of(
        sr.Risk("r", probability, factor=factor, tasks=["a"]),
        estimates=(sr.Uniform(10, 20),),
        promises=[sr.Promise("p", by=9 if factor < 1 else 15)],
    )
    assert ("promise-impossible" in sr.check(plan)["rule"].tolist()) is impossible


def test_reports_show_factors():
    plan = plan_of(
        sr.Risk("slow", 0.5, factor="1/1.2/1.5", tasks=["a", "b"]),
        sr.Risk("mixed", 0.5, delay={"b": 3}, factor={"b": 2}),
    )
    report = sr.Report(sr.simulate(plan, 500, rng=1))
    assert "b 3, × 2" in report.markdown()
    assert f"a × {sr.Pert(1, 1.2, 1.5)}; b × {sr.Pert(1, 1.2, 1.5)}" in report.markdown()
    targets = [risk for each in report.to_dict()["explained"] for risk in each["risks"]]
    assert {"task": "b", "factor": "2"} in next(each for each in targets if each["id"] == "mixed")["factors"]
