"""check(): every rule finds what it is for, says it with its values, and stays silent on a sound plan."""

import datetime as dt
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import schedrisk as sr
from schedrisk.calendars import CalendarSource
from schedrisk.checks import MOST_ALIKE, check

CALENDAR = sr.Calendar(holidays=["2027-01-01", "2027-12-24"])
SOUND = sr.Plan(
    start="2026-12-01",
    calendar=CALENDAR,
    tasks=[
        sr.Task("design", "5/8/15", owner="us"),
        sr.Task("delivery", "15/20/45", after=["design"], owner="supplier"),
        sr.Task("install", "4/5/9", after=["delivery"], owner="us"),
        sr.Task("handover", 0, after=["install"]),
    ],
    risks=[sr.Risk("strike", 0.2, delay="2/5/10", tasks=["delivery"], owner="supplier")],
    promises=[sr.Promise("contract", by="2027-02-26", damages=sr.Damages(1_000, cap=10_000))],
)


def found(plan, rule):
    table = check(plan)
    return table[table["rule"] == rule]


def one(plan, rule):
    table = found(plan, rule)
    assert len(table) == 1, check(plan).to_string()
    return table.iloc[0]


def with_estimate(estimate, **changes):
    return SOUND.replace_task("install", estimate=estimate, **changes)


def test_a_sound_plan_has_no_findings():
    table = check(SOUND)
    assert table.empty, table.to_string()
    columns = ["severity", "rule", "id", "where", "finding", "value", "threshold", "why", "remedy"]
    assert list(table.columns) == columns


def test_findings_come_gravest_first_then_in_the_order_of_the_plan():
    plan = SOUND.replace(
        tasks=[
            sr.Task("loose", "1/2/4"),
            sr.Task("flat", 3),
            *SOUND.tasks,
            sr.Task("dangling", "1/1/3", after=["flat"]),
        ],
        risks=[sr.Risk("nothing", 0.5)],
        promises=[*SOUND.promises, sr.Promise("early", by="2026-11-01")],
    )
    table = check(plan)
    assert list(table["severity"].unique()) == ["error", "warning", "info"]
    assert table.iloc[0]["where"] == "promise 'early'"
    warnings = table[table["severity"] == "warning"]["where"].tolist()
    assert warnings == ["task 'loose'", "task 'handover'", "task 'dangling'", "risk 'nothing'", "promise 'early'"]
    assert (table[["finding", "remedy"]] != "").all(axis=None)


# ---- logic ------------------------------------------------------------------------------------------------------------


def test_open_ends_are_counted():
    plan = SOUND.replace(tasks=[*SOUND.tasks, sr.Task("permit", "2/4/9"), sr.Task("train", "2/3/5", after=["permit"])])
    table = found(plan, "open-end")
    assert table["where"].tolist() == ["task 'handover'", "task 'train'"]
    assert table["finding"].str.startswith("is one of 2 tasks without a successor").all()
    assert found(plan, "open-start")["where"].tolist() == ["task 'design'", "task 'permit'"]
    assert found(plan, "open-start")["severity"].unique().tolist() == ["info"]


def test_a_promised_milestone_may_be_an_end():
    plan = SOUND.replace(
        tasks=[*SOUND.tasks, sr.Task("demo", "1/2/3", after=["design"], owner="us")],
        promises=[*SOUND.promises, sr.Promise("show", by="2027-01-29", task="demo")],
    )
    assert check(plan).empty


def test_isolated_tasks_are_not_told_twice():
    plan = SOUND.replace(tasks=[*SOUND.tasks, sr.Task("alone", "2/4/9", owner="us")])
    assert one(plan, "isolated-task")["where"] == "task 'alone'"
    assert "task 'alone'" not in found(plan, "open-end")["where"].tolist()
    assert found(sr.Plan(tasks=[sr.Task("only", "1/2/3")]), "isolated-task").empty


def test_duplicate_links():
    same = SOUND.replace(links=[sr.Link("design", "delivery")])
    assert one(same, "duplicate-link")["severity"] == "info"
    row = one(SOUND.replace(links=[sr.Link("design", "delivery", lag=2)]), "duplicate-link")
    assert (row["severity"], row["where"]) == ("warning", "link 'design' → 'delivery'")
    assert "2 times, with lags of 0 days and 2 days" in row["finding"]


def test_redundant_links():
    plan = SOUND.replace(links=[sr.Link("design", "install"), sr.Link("design", "handover", lag=1)])
    assert one(plan, "redundant-link")["where"] == "link 'design' → 'install'"
    # A chain with a lead implies nothing.
    tasks = [task.replace(after=[]) if task.id == "delivery" else task for task in SOUND.tasks]
    plan = plan.replace(tasks=tasks, links=[sr.Link("design", "delivery", lag=-1), sr.Link("design", "install")])
    assert found(plan, "redundant-link").empty


def test_leads_and_lags():
    tasks = [task.replace(after=[]) for task in SOUND.tasks]

    def linked(lag):
        links = [sr.Link("design", "delivery"), sr.Link("delivery", "install", lag=lag), sr.Link("install", "handover")]
        return SOUND.replace(tasks=tasks, links=links)

    assert set(check(linked(3))["rule"]) == {"lags"}  # the DCMA's share of links with a lag
    assert one(linked(-3), "lead")["severity"] == "info"
    assert "lead of 21 days, longer than the predecessor's planned 20 days" in one(linked(-21), "long-lead")["finding"]
    assert "waits 11 days, 25 % of the planned duration" in one(linked(11), "long-lag")["finding"]
    short = linked(3).replace(tasks=[task.replace(estimate="1/2/4") for task in tasks])
    assert "waits 3 days, 27 % of" in one(short, "long-lag")["finding"]


# ---- uncertainty ------------------------------------------------------------------------------------------------------


def test_tasks_without_spread():
    assert one(with_estimate(5), "no-spread")["finding"] == "takes 5 days in every draw"
    # A risk makes it uncertain, and milestones are meant to be certain.
    assert found(SOUND.replace_task("delivery", estimate=20), "no-spread").empty
    certain = SOUND.replace(tasks=[task.replace(estimate=task.planned_duration) for task in SOUND.tasks], risks=[])
    assert "none of its 4 tasks is uncertain" in one(certain, "no-uncertainty")["finding"]
    assert found(certain, "no-spread").empty


@pytest.mark.parametrize(
    ("estimate", "severity", "side"), [("5/5/9", "info", "lowest"), ("4/9/9", "warning", "highest")]
)
def test_modes_at_an_end(estimate, severity, side):
    row = one(with_estimate(estimate), "mode-at-end")
    assert (row["severity"], row["where"]) == (severity, "task 'install'")
    assert f"that is also the {side}" in row["finding"]


def test_narrow_spreads():
    finding = one(with_estimate("9.7/10/10.2"), "narrow-spread")["finding"]
    assert finding == "is estimated at 9.7 to 10.2 days, ±2.5 % around its planned 10 days"
    assert found(with_estimate("9/10/11"), "narrow-spread").empty


@pytest.mark.parametrize(("planned", "side"), [(10, "above"), (3, "below")])
def test_planned_values_outside_the_estimate(planned, side):
    finding = one(with_estimate("4/5/9", planned=planned), "planned-outside")["finding"]
    assert finding == f"is planned to take {planned} days, {side} everything its estimate allows (4 to 9 days)"


def test_clipped_tails():
    clipped = sr.Triangular.from_percentiles(p10=1, mode=4, p90=20)
    assert clipped.limits[0] < 0
    assert "what lies below 0 counts as 0" in one(with_estimate(clipped), "clipped-tail")["finding"]


def test_one_formula_for_all():
    tasks = [sr.Task(f"t{n}", f"{0.9 * n}/{n}/{1.1 * n}", after=[f"t{n - 1}"] if n > 1 else []) for n in range(1, 7)]
    plan = SOUND.replace(tasks=tasks, risks=[], promises=[])
    assert one(plan, "one-formula")["finding"] == "6 of its 6 uncertain tasks are planned ±10 %"
    assert found(plan.replace_task("t2", estimate="1/2/5"), "one-formula")["finding"].str.startswith("5 of its 6").all()
    judged = plan.replace_task("t2", estimate="1/2/5").replace_task("t3", estimate="2/3/9")
    assert found(judged, "one-formula").empty


def test_long_tasks_by_working_days():
    assert "45 working days, more than 44" in one(with_estimate("30/45/60"), "long-task")["finding"]
    assert found(with_estimate("30/44/60"), "long-task").empty
    weeks = sr.Plan(unit="w", tasks=[sr.Task("a", "5/9/20")])
    assert one(weeks, "long-task")["finding"].startswith("is planned to take 45 working days")


def test_many_independent_tasks_in_series():
    tasks = [sr.Task(f"t{n}", "4/5/9", after=[f"t{n - 1}"] if n else []) for n in range(100)]
    plan = sr.Plan(tasks=tasks)
    assert "spreads of 16 % cancel out to 1.6 %" in one(plan, "independent-series")["finding"]
    assert one(plan, "independent-series")["value"] == pytest.approx(100)
    assert not found(sr.Plan(tasks=tasks[:25]), "independent-series").empty
    assert found(sr.Plan(tasks=tasks[:24]), "independent-series").empty


def test_what_makes_tasks_late_together_counts():
    ids = [f"t{n}" for n in range(100)]
    tasks = [sr.Task(each, "4/5/9", after=[f"t{n - 1}"] if n else []) for n, each in enumerate(ids)]
    plan = sr.Plan(tasks=tasks)
    assert found(plan.with_correlation(0.3), "independent-series").empty  # 1 / (0.3 + 0.7 / 100) = 3.3
    slight = one(plan.with_correlation(0.02), "independent-series")
    assert slight["value"] == pytest.approx(1 / (0.02 + 0.98 / 100))
    assert "vary like 34 independent ones" in slight["finding"]
    for group in ({"rho": 0.02}, {"matrix": [[1 if a == b else 0.02 for a in ids] for b in ids]}):
        told = one(plan.replace(correlations=[sr.Correlation(ids, **group)]), "independent-series")
        assert told["value"] == pytest.approx(slight["value"])
    driver = sr.Risk("pace", 0.5, factor="0.9/1.1/1.4", tasks=ids)
    assert found(plan.replace(risks=[driver]), "independent-series").empty
    each = sr.Risk("pace", 0.5, delay={"t1": 0.1, "t2": 0.1})
    assert not found(plan.replace(risks=[each]), "independent-series").empty


def test_the_number_of_independent_tasks_is_that_of_the_draws():
    ids = [f"t{n}" for n in range(30)]
    tasks = [sr.Task(each, sr.Uniform(4, 8), after=[f"t{n - 1}"] if n else []) for n, each in enumerate(ids)]
    risks = [sr.Risk("x", 0.3, delay="0/1/2", tasks=ids[:6]), sr.Risk("y", 0.4, factor=sr.Uniform(0.9, 1.2), tasks=ids)]
    plan = sr.Plan(tasks=tasks, risks=risks, correlations=[sr.Correlation(ids[:10], 0.3)])
    value = check(plan, thresholds={"independent_tasks": 1}).set_index("rule").loc["independent-series", "value"]
    n = 20_000
    result = sr.simulate(plan, n, rng=4)
    single = sum(result.samples(each)["duration"].std() for each in ids)
    # The variance of a variance is (2 + excess kurtosis) / n of its square.
    assert value == pytest.approx((single / result.duration.std()) ** 2, rel=4 * np.sqrt(3 / n) + 0.01)


def test_correlations_that_cannot_hold_or_tie_nothing():
    tasks = [sr.Task(each, "4/5/9") for each in "abc"] + [sr.Task("d", 5, estimate_from="schedule")]
    matrix = [[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]
    plan = sr.Plan(tasks=tasks, correlations=[sr.Correlation(list("abc"), matrix=matrix)])
    told = one(plan, "correlations-changed")
    assert "3 of 3 pairs changed, the most 'a' – 'b' from 0.9 to 0.483" in told["finding"]
    assert told["value"] == pytest.approx(-0.417, abs=1e-3)
    idle = plan.replace(correlations=[sr.Correlation(["a", "d"], 0.3)])
    assert (
        "has correlation 1, which ties 1 task whose duration varies" in one(idle, "correlation-of-nothing")["finding"]
    )
    assert found(idle, "correlations-changed").empty
    assert found(plan, "correlation-of-nothing").empty


def test_risks_that_are_none():
    risks = [
        sr.Risk("no delay", 0.5, tasks=["design"], owner="us"),
        sr.Risk("no tasks", 0.5, delay="1/2/3", owner="us"),
        sr.Risk("zero", 0.5, delay={"design": 0}, owner="us"),
        sr.Risk("never", 0, delay={"design": "1/2/3"}, owner="us"),
        sr.Risk("always", 1, delay={"design": "1/2/3"}, owner="us"),
    ]
    table = check(SOUND.replace(risks=risks))
    table = table[table["where"].str.startswith("risk")]
    assert table["rule"].tolist() == ["risk-hits-nothing"] * 3 + ["risk-impossible", "risk-certain"]
    assert table["finding"].tolist()[:2] == ["has no delay and changes nothing", "has no tasks and changes nothing"]


def test_owners_are_asked_for_where_others_have_one():
    plan = SOUND.replace_task("design", owner=None)
    plan = plan.replace(risks=[*plan.risks, sr.Risk("rain", 0.2, delay="1/2/3", tasks=["install"])])
    assert found(plan, "no-owner")["where"].tolist() == ["task 'design'", "risk 'rain'"]
    nobody = SOUND.replace(tasks=[task.replace(owner=None) for task in SOUND.tasks], risks=[])
    assert check(nobody).empty


# ---- promises and the calendar ----------------------------------------------------------------------------------------


def promised(by, **options):
    return SOUND.replace(promises=[sr.Promise("contract", by=by, **options)])


def test_promises_that_cannot_be_kept():
    row = one(promised("2026-11-30"), "promise-before-start")
    assert row["severity"] == "error"
    assert "is due by 30 November 2026, before the plan's start, 1 December 2026" in row["finding"]
    # 5 + 15 + 4 = 24 working days from 1 December, without New Year's Day: 4 January.
    assert "as well as it can, 4 January 2027" in one(promised("2027-01-03"), "promise-impossible")["finding"]
    row = one(promised("2027-01-04"), "promise-before-plan")
    assert "9 days before its planned finish, 15 January 2027" in row["finding"]
    assert check(promised("2027-01-15")).empty


def test_impossible_counts_risks_that_must_happen():
    always = sr.Risk("always", 1, delay="3/4/5", tasks=["design"], owner="us")
    plan = promised("2027-01-04").replace(risks=[always])
    assert "7 January 2027" in one(plan, "promise-impossible")["finding"]


def test_promises_without_dates():
    plan = sr.Plan(tasks=[sr.Task("a", "2/4/8")], promises=[sr.Promise("p", by=3), sr.Promise("q", by=-1)], unit="w")
    assert "is due by 3 weeks, 1 week before its planned finish, 4 weeks" in one(plan, "promise-before-plan")["finding"]
    assert one(plan, "promise-before-start")["where"] == "promise 'q'"


def test_promises_on_days_off():
    row = one(promised("2027-02-28"), "promise-day-off")
    assert row["finding"] == "is due by 28 February 2027, a day off; the last day of work before it is 26 February 2027"


def test_promises_about_the_same_thing():
    plan = SOUND.replace(promises=[sr.Promise("a", by="2027-02-26"), sr.Promise("b", by="2027-03-01")])
    row = one(plan, "overlapping-promises")
    assert row["where"] == "promise 'b'"
    assert "like promise 'a': 1 March 2027 and 26 February 2027" in row["finding"]


def test_promises_later_than_what_waits_for_them():
    late = sr.Promise("goods", by="2027-03-31", task="delivery")
    plan = SOUND.replace(promises=[*SOUND.promises, late])
    assert "later than promise 'contract' (26 February 2027)" in one(plan, "promise-order")["finding"]
    tight = sr.Promise("installed", by="2027-02-20", task="install")
    plan = SOUND.replace(promises=[*SOUND.promises, sr.Promise("goods", by="2027-02-25", task="delivery"), tight])
    assert "later than promise 'installed'" in one(plan, "promise-order")["finding"]
    assert found(SOUND.replace(promises=[*SOUND.promises, tight]), "promise-order").empty


def test_damages_without_a_cap():
    plan = promised("2027-02-26", damages=sr.Damages(500))
    assert one(plan, "no-cap")["severity"] == "info"
    assert check(promised("2027-02-26", damages=sr.Damages(0))).empty


def test_calendars_that_run_out():
    assert one(SOUND.replace(calendar=sr.Calendar()), "no-holidays")["severity"] == "info"
    plan = SOUND.replace(calendar=sr.Calendar(holidays=["2026-12-25"]))
    assert (
        "lists holidays to 2026, and the plan runs to 2027: 2027 would have none"
        in one(plan, "unknown-holidays")["finding"]
    )


def test_calendars_that_are_not_official_yet():
    source = CalendarSource(country="CN", package="holidays 0.109", years=[2026, 2027], last_official_year=2026)
    plan = SOUND.replace(calendar=sr.Calendar("CN", source=source))
    row = one(plan, "unofficial-holidays")
    assert (row["severity"], row["where"]) == ("warning", "calendar 'CN'")
    assert "announced to 2026, and the plan runs to 2027: those of 2027 follow from rules" in row["finding"]
    assert found(plan, "unknown-holidays").empty
    longer = plan.replace_task("delivery", estimate="15/20/400")
    assert "the plan runs to 2027, at worst to 2028" in one(longer, "unknown-holidays")["finding"]
    assert "those of 2027 to 2028" in one(longer, "unofficial-holidays")["finding"]
    announced = CalendarSource(country="CN", package="holidays 0.109", years=[2026, 2027], last_official_year=2027)
    assert check(plan.replace(calendar=sr.Calendar("CN", source=announced))).empty


# ---- the whole --------------------------------------------------------------------------------------------------------


def test_many_findings_of_a_kind_are_told_as_one():
    tasks = [sr.Task(f"t{n}", 5, after=[f"t{n - 1}"] if n else []) for n in range(MOST_ALIKE + 1)]
    plan = sr.Plan(tasks=[*tasks, sr.Task("end", "1/2/3", after=[tasks[-1].id])])
    row = one(plan, "no-spread")
    assert row["where"] == "task 't0' and 10 more"
    assert row["finding"] == "takes 5 days in every draw; likewise 't1', 't2', 't3' and 7 more"
    fewer = sr.Plan(tasks=[*tasks[:-1], sr.Task("end", "1/2/3", after=["t9"])])
    assert len(found(fewer, "no-spread")) == MOST_ALIKE


whole = st.integers(0, 6)
estimates = st.tuples(whole, whole, whole).map(lambda ends: "/".join(map(str, sorted(ends))))


@given(st.data())
def test_every_legal_plan_can_be_checked(data):
    ids = [f"t{n}" for n in range(data.draw(st.integers(1, 6)))]
    start = data.draw(st.sampled_from([None, "2026-12-01"]))
    by = st.integers(-2, 30) if start is None else st.dates(dt.date(2026, 11, 1), dt.date(2027, 2, 1))
    tasks = [sr.Task(each, data.draw(estimates), planned=data.draw(st.sampled_from([None, 3, 80]))) for each in ids]
    pairs = st.lists(st.tuples(st.sampled_from(ids), st.sampled_from(ids)).filter(lambda pair: pair[0] < pair[1]))
    links = [sr.Link(*pair, lag=data.draw(st.integers(-8, 12))) for pair in (data.draw(pairs) if len(ids) > 1 else [])]
    chances, some = st.sampled_from([0, 0.5, 1]), st.lists(st.sampled_from(ids), unique=True)
    risks = [sr.Risk("r", data.draw(chances), delay=data.draw(estimates), tasks=data.draw(some))]
    promised = st.lists(st.tuples(by, st.sampled_from([None, *ids])), max_size=4)
    promises = [sr.Promise(f"p{n}", when, task=task) for n, (when, task) in enumerate(data.draw(promised))]
    plan = sr.Plan(start=start, tasks=tasks, links=links, risks=risks, promises=promises)
    table = check(plan)
    assert set(table["severity"]) <= {"error", "warning", "info"}
    result = sr.simulate(plan, 50, rng=1)
    for name in [f"p{n}" for n in range(len(promises))]:
        rules = set(table.loc[table["where"] == f"promise '{name}'", "rule"])
        if rules & {"promise-impossible", "promise-before-start"}:
            assert result.promise(name).probability == 0


def test_absurd_durations_are_no_accident():
    plan = SOUND.replace_task("delivery", estimate="1/1e8/1e9")
    assert "unknown-holidays" in check(plan)["rule"].tolist()


def test_importing_does_not_import_pandas():
    code = "import schedrisk.checks, sys; assert 'pandas' not in sys.modules, 'pandas'"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


@pytest.mark.performance
def test_large_plans_take_no_quadratic_wait():
    tasks = [
        sr.Task(
            f"t{n}",
            f"{n % 7 + 1}/{n % 7 + 2}/{n % 7 + 9}",
            after=sorted({f"t{n // 2}", f"t{max(n - 3, 0)}"}) if n else [],
        )
        for n in range(5_000)
    ]
    promises = [sr.Promise(f"p{n}", by="2030-01-02", task=f"t{n}") for n in range(0, 5_000, 2)]
    risks = [sr.Risk(f"r{n}", 0.1, delay="1/2/3", tasks=[f"t{n}", f"t{n + 1}"]) for n in range(0, 4_000, 4)]
    plan = sr.Plan(start="2026-01-05", tasks=tasks, promises=promises, risks=risks)
    check(SOUND)  # imports pandas
    began = time.perf_counter()
    check(plan)
    assert time.perf_counter() - began < 2
