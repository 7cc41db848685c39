"""Templates, tables of estimates, and the table that tells where estimates came from."""

import io
import time

import numpy as np
import openpyxl
import pytest
from scipy import stats

import schedrisk as sr
from schedrisk.errors import ArgumentError, PlanError
from schedrisk.io import to_toml
from schedrisk.io.decoding import FormatError
from schedrisk.io.document import parse_toml, plan_of
from schedrisk.io.estimates_table import apply_estimates
from schedrisk.io.table import TableError


def imported(id_, duration=10, **fields):
    return sr.Task(id_, duration, **{"estimate_from": "schedule"} | fields)


WIDE = sr.Template(low=0.5, high=2)
NARROW = sr.Template(low=0.9, high=1.2)


def texts(plan):
    return [str(task.estimate) for task in plan.tasks]


# ---- which task gets which ------------------------------------------------------------------------------------------


def test_factors_times_the_single_duration():
    plan = sr.Plan(tasks=[imported("a", 10), imported("b", 3)]).with_templates([sr.Template(low=0.9, high=1.1)])
    assert texts(plan) == ["pert(9, 10, 11)", "pert(2.7, 3, 3.3)"]
    assert plan.task("a").estimate_from == "template 1: every task"


@pytest.mark.parametrize(
    ("shape", "text"),
    [("pert", "pert(8, 11, 14)"), ("triangular", "triangular(8, 11, 14)"), ("uniform", "uniform(8, 14)")],
)
def test_shapes_keep_the_planned_duration(shape, text):
    template = sr.Template(low=0.8, mode=1.1, high=1.4, shape=shape)
    before = sr.Plan(tasks=[imported("a"), imported("b", after=["a"])], start="2027-01-04")
    after = before.with_templates([template])
    assert texts(after) == [text, text]
    assert [task.planned_duration for task in after.tasks] == [10, 10]
    assert sr.schedule(after).to_frame().equals(sr.schedule(before).to_frame())


def test_of_a_task_in_progress_what_remains():
    task = imported("a", 4, actual_start=-6)
    (made,) = sr.Plan(tasks=[task], status_date=0).with_templates([WIDE]).tasks
    assert (str(made.estimate), made.planned_duration) == ("pert(2, 4, 8)", 4)


SELECTED = {
    "wbs": ({"wbs": "PLANT"}, {"wbs": "PLANT"}, {"wbs": "PLANTS"}),
    "wbs below": ({"wbs": "PLANT.CIVIL"}, {"wbs": "PLANT.CIVIL.WALLS"}, {"wbs": "PLANT"}),
    "code": ({"code": {"Phase": "C"}}, {"codes": {"Phase": "C", "Area": "1"}}, {"codes": {"Phase": "D"}}),
    "two codes": (
        {"code": {"Phase": "C", "Area": "1"}}, {"codes": {"Phase": "C", "Area": "1"}}, {"codes": {"Phase": "C"}},
    ),
    "owner": ({"owner": "us"}, {"owner": "us"}, {"owner": "US"}),
    "tag": ({"tag": "site"}, {"tags": ["new", "site"]}, {"tags": ["sites"]}),
    "name": ({"name": "[Ww]eld"}, {"name": "Butt weld"}, {"name": "WELD"}),
    "id where there is no name": ({"name": "^x"}, {}, {"name": "y"}),
    "id": ({"id": "^x$"}, {}, {"id_": "xx"}),
    "all of several": (
        {"wbs": "A", "owner": "us", "name": "pump"},
        {"wbs": "A.B", "owner": "us", "name": "the pump"},
        {"wbs": "A.B", "owner": "us", "name": "the valve"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SELECTED)
def test_selectors(kind):
    selector, fitting, other = SELECTED[kind]
    template = sr.Template(low=0.5, high=2, **selector)
    assert template.fits(imported(**{"id_": "x"} | fitting))
    assert not template.fits(imported(**{"id_": "x"} | other))


def test_without_a_wbs_nothing_fits_one():
    assert not sr.Template(low=1, high=2, wbs="A").fits(imported("x"))


def test_the_first_that_fits_wins_in_the_stated_order():
    plan = sr.Plan(tasks=[imported("a", owner="us"), imported("b")])
    ours = sr.Template(low=0.9, high=1.2, owner="us")
    assert texts(plan.with_templates([ours, WIDE])) == ["pert(9, 10, 12)", "pert(5, 10, 20)"]
    assert texts(plan.with_templates([WIDE, ours])) == ["pert(5, 10, 20)"] * 2
    named = plan.with_templates([ours, WIDE])
    assert [task.estimate_from for task in named.tasks] == ["template 1: owner us", "template 2: every task"]


KEPT = {
    "three points": sr.Task("a", "1/2/3"),
    "a number by hand": sr.Task("a", 5),
    "three points in an edited document": imported("a", "1/2/3"),
    "replaced": imported("a").replace(estimate=5),
    "replaced by three points": imported("a").replace(estimate="1/2/3"),
    "of a field": sr.Task("a", "1/2/3", estimate_from="fields Duration1, Duration2, Duration3"),
    "one number of a file": sr.Task("a", 5, estimate_from="file estimates.csv"),
    "complete": imported("a", actual_start=-9, actual_finish=-1),
    "inactive": imported("a", active=False),
    "manual": imported("a", manual=(0, 5)),
    "a summary": imported("a", kind="summary", wbs="A"),
    "level of effort": imported("a", kind="level-of-effort"),
    "a milestone": imported("a", 0, kind="finish-milestone"),
    "a task that takes no time": imported("a", 0),
}


@pytest.mark.parametrize("kind", KEPT)
def test_what_no_template_changes(kind):
    plan = sr.Plan(tasks=[KEPT[kind], imported("b", kind="task")])
    after = plan.with_templates([sr.Template(low=0.5, high=2, rho=0.5)])
    assert after.task("a") == plan.task("a")
    assert str(after.task("b").estimate) == "pert(5, 10, 20)"
    assert after.correlations == ()


def test_again_changes_nothing():
    once = sr.Plan(tasks=[imported("a"), imported("b")]).with_templates([sr.Template(low=0.5, high=2, rho=0.3)])
    assert once.with_templates([NARROW, sr.Template(low=0.1, high=9, rho=0.9)]) == once


def test_no_template_no_change():
    plan = sr.Plan(tasks=[imported("a")])
    assert plan.with_templates([]) == plan


def test_the_made_plan_round_trips():
    plan = sr.Plan(tasks=[imported(str(number), 1 / 3 + number) for number in range(9)])
    made = plan.with_templates([sr.Template(low=0.95, mode=1.05, high=1.35, rho=0.4)])
    assert plan_of(parse_toml(to_toml(made))) == made
    assert all(task.planned == 1 / 3 + number for number, task in enumerate(made.tasks))


@pytest.mark.parametrize("duration", [0.1, 1 / 3, 7.7, 1e-9, 123_456.789, 9e8])
@pytest.mark.parametrize("factor", [1.0, 0.999_999_999_999_9, 1.000_000_000_000_1])
def test_rounding_never_puts_points_out_of_order(duration, factor):
    low, mode, high = sorted([factor, 1.0, factor])
    made = sr.Template(low=low, mode=mode, high=high).estimate(duration)
    assert made.low <= made.mode <= made.high


# ---- correlation ----------------------------------------------------------------------------------------------------


def test_rho_groups_those_that_the_template_covered():
    there = sr.Correlation(["c", "d"], 0.9)
    tasks = [imported(each) for each in "abcd"] + [imported("e", owner="us"), sr.Task("f", "1/2/3")]
    plan = sr.Plan(tasks=tasks, correlations=[there])
    ours = sr.Template(low=0.9, high=1.1, owner="us", rho=0.7)
    made = plan.with_templates([ours, sr.Template(low=0.5, high=2, rho=0.4)])
    assert made.correlations == (there, sr.Correlation(["a", "b"], 0.4))
    assert sr.estimates(made)["group"].tolist()[:4] == [2, 2, 1, 1]


@pytest.mark.parametrize("shape", ["pert", "triangular", "uniform"])
def test_sampled_durations_have_the_rank_correlation(shape):
    n, rho = 20_000, 0.45
    plan = sr.Plan(tasks=[imported("a", 20), imported("b", 33)])
    template = sr.Template(low=0.8, high=1.9, rho=rho, shape=shape)
    result = sr.simulate(plan.with_templates([template]), n, rng=3)
    first, second = result.replay.durations([0, 1])
    # Fisher's z of a rank correlation varies by 1.06 / (n − 3).
    found = stats.spearmanr(first, second).statistic
    assert abs(np.arctanh(found) - np.arctanh(rho)) < 4 * np.sqrt(1.06 / (n - 3))


# ---- bad input ------------------------------------------------------------------------------------------------------


BAD = {
    "low above mode": ({"low": 1.1, "high": 1.3}, ["low 1.1 above mode 1", "low ≤ mode ≤ high"]),
    "mode above high": ({"low": 0.5, "mode": 2, "high": 1.3}, ["mode 2 above high 1.3"]),
    "uniform backwards": ({"low": 2, "high": 1, "shape": "uniform"}, ["low 2 above high 1"]),
    "negative": ({"low": -0.1, "high": 1.3}, ["low", "-0.1", "0"]),
    "a percentage": ({"low": 90, "mode": 100, "high": 1300}, ["high", "1300", "1000"]),
    "not a number": ({"low": float("nan"), "high": 2}, ["low", "nan", "finite"]),
    "text": ({"low": "0.9", "high": 2}, ["low", "'0.9'", "number"]),
    "rho above 1": ({"low": 0.9, "high": 2, "rho": 1.5}, ["rho", "1.5", "1"]),
    "an unknown shape": ({"low": 0.9, "high": 2, "shape": "normal"}, ["shape", "'normal'", "'pert'"]),
    "an unknown selector": ({"low": 0.9, "high": 2, "wsb": "A"}, ["'wsb'", "did you mean 'wbs'?"]),
    "no expression": ({"low": 0.9, "high": 2, "id": "A("}, ["id", "'A('", "regular expression", "unterminated"]),
    "an expression for ever": ({"low": 0.9, "high": 2, "name": "(a+)+$"}, ["name", "quick", "repetition"]),
    "a long expression": ({"low": 0.9, "high": 2, "name": "a" * 501}, ["name", "501 signs", "500"]),
    "an empty selector": ({"low": 0.9, "high": 2, "owner": " "}, ["owner", "' '"]),
    "a code that is no table": ({"low": 0.9, "high": 2, "code": "C"}, ["code", "'C'"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_faults_name_place_value_and_way_out(kind):
    arguments, words = BAD[kind]
    with pytest.raises(PlanError) as caught:
        sr.Template(**arguments)
    (problem,) = caught.value.problems
    assert [word for word in words if word not in str(problem)] == []


def test_all_faults_of_a_template_at_once():
    with pytest.raises(PlanError) as caught:
        sr.Template(low=3, high=2, rho=2, id="(", name="[")
    assert {problem.place for problem in caught.value.problems} == {"low, mode", "rho", "id", "name"}


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(a|a)*$", "(a|aa)+$", "(a?){40}a{40}", "a?" * 30 + "a" * 30, ".*.*.*.*.*x", r"(\w+\s?)*$",
     "(?:a*)*b", "(a{0,30}){0,30}b", "((a|b)*c)*d", r"([a-z]+)*\d", "(?P<x>a+)+b", "(?i:a+)+b", "(x+x+)+y"],
)  # fmt: skip
def test_patterns_that_could_run_for_ever_are_refused(pattern):
    with pytest.raises(PlanError, match="quick"):
        sr.Template(low=1, high=2, id=pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^A\d+$", "A1020"), ("pump|valve|pipe", "a valve"), (r"(A|B|C)-\d{3,4}", "B-1234"), (r"\(x\)+", "(x))"),
        (r"[(|+*]+", "*"), ("(?i)WELD", "weld"), (r"(?:ab)+c", "ababc"), (r"\bLot [12]\b", "Lot 2 east"),
        (r"^(?!X).*$", "Y"), (r"(\d\d\.)+", "01.02."), (r"a{2}", "baab"), (r"x{", "x{"), (r"[]a]b", "]b"),
    ],
)  # fmt: skip
def test_ordinary_patterns_are_taken(pattern, text):
    assert sr.Template(low=1, high=2, id=pattern).fits(imported(text))


def test_the_slowest_pattern_that_is_taken_ends_soon():
    template = sr.Template(low=1, high=2, name=".*.*x.*y")
    begun = time.process_time()
    assert not template.fits(imported("a", name="x" * 100_000))
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("given", [WIDE, [WIDE, {"low": 1, "high": 2}], 5, "template"])
def test_something_else_than_templates_is_refused(given):
    with pytest.raises(ArgumentError, match=r"a list of sr\.Template"):
        sr.Plan(tasks=[imported("a")]).with_templates(given)


def test_estimates_beyond_any_project_are_told_by_task():
    plan = sr.Plan(tasks=[imported("a", 9e8), imported("b"), imported("c", 8e8)])
    with pytest.raises(PlanError) as caught:
        plan.with_templates([sr.Template(low=1, high=2)])
    assert [problem.place for problem in caught.value.problems] == ["task 'a', estimate", "task 'c', estimate"]


def test_templates_are_frozen_and_hashable():
    template = sr.Template(low=0.9, high=1.2, code={"Phase": "C"})
    assert len({template, sr.Template(low=0.9, high=1.2, code={"Phase": "C"})}) == 1
    with pytest.raises(TypeError):
        template.code["Phase"] = "D"


# ---- where estimates came from --------------------------------------------------------------------------------------


def test_the_source_of_every_task():
    tasks = [
        *(task.replace(id=kind) for kind, task in KEPT.items()),
        imported("single"),
        imported("covered", 8, wbs="PLANT.X"),
    ]
    plan = sr.Plan(tasks=tasks).with_templates([sr.Template(low=0.5, high=2, wbs="PLANT")])
    table = sr.estimates(plan)
    assert table.index.name == "id"
    assert table["source"].to_dict() == {
        "three points": "by hand",
        "a number by hand": "by hand",
        "three points in an edited document": "by hand",
        "replaced": "by hand",
        "replaced by three points": "by hand",
        "of a field": "fields Duration1, Duration2, Duration3",
        "one number of a file": "file estimates.csv",
        "complete": "none: complete",
        "inactive": "none: inactive",
        "manual": "none: manual dates",
        "a summary": "none: summary",
        "level of effort": "none: level of effort",
        "a milestone": "none: milestone",
        "a task that takes no time": "none: milestone",
        "single": "schedule: single duration",
        "covered": "template 1: wbs PLANT",
    }
    assert table.loc["covered", ["estimate", "low", "high", "planned"]].tolist() == ["pert(4, 8, 16)", 4, 16, 8]
    assert table.loc["single", "estimate"] == "10"
    assert np.isnan(table.loc["single", ["low", "high"]].tolist()).all()
    assert table.loc["complete", "estimate"] is None
    assert np.isnan(table.loc["complete", ["low", "high", "planned"]].tolist()).all()
    assert (table["unit"] == "d").all()


def test_low_and_high_are_what_can_be_drawn():
    estimate = sr.Triangular.from_percentiles(p10=1, mode=2, p90=9)
    row = sr.estimates(sr.Plan(tasks=[sr.Task("a", estimate, planned=3, owner="us", name="A", wbs="W")])).loc["a"]
    assert (row["low"], row["high"], row["planned"]) == (*estimate.support, 3)
    assert (row["name"], row["wbs"], row["owner"]) == ("A", "W", "us")
    assert row["low"] == 0


# ---- tables of estimates --------------------------------------------------------------------------------------------


PLAN = sr.Plan(
    tasks=[
        imported("A10", 5, owner="us"), imported("A20", 8, tags=["old"]), sr.Task("A30", "1/2/3"),
        sr.Task("A40", "1/2/3", estimate_from="fields x"), imported("M", 0, kind="finish-milestone"),
        imported("S", 0, kind="summary", wbs="W"), imported("done", 3, actual_start=-5, actual_finish=-2),
    ]
)  # fmt: skip


def of_csv(text, plan=PLAN):
    return apply_estimates(plan, text.encode(), "estimates.csv", ".csv")


def faults(text, plan=PLAN):
    with pytest.raises(TableError) as caught:
        of_csv(text, plan)
    return caught.value


def test_a_table_wins_over_schedule_fields_and_templates():
    templated = PLAN.with_templates([WIDE])
    for plan in (PLAN, templated):
        made = of_csv("id,low,mode,high\nA10,4,6,9\nA40,7,8,9\nA30,2,2,4\n", plan)
        assert [str(made.task(each).estimate) for each in ("A10", "A30", "A40")] == [
            "pert(4, 6, 9)", "pert(2, 2, 4)", "pert(7, 8, 9)",
        ]  # fmt: skip
        assert made.task("A10").estimate_from == "file estimates.csv"
        assert made.task("A20") == plan.task("A20")
        assert made.with_templates([WIDE]).task("A10") == made.task("A10")


def test_the_schedule_keeps_its_dates_but_a_plan_by_hand_follows_its_estimates():
    made = of_csv("id,low,mode,high\nA10,4,6,9\nA20,7,8,9\nA30,2,2.5,4\n")
    assert [(task.planned, task.planned_duration) for task in made.tasks[:3]] == [(5, 5), (None, 8), (None, 2.5)]


@pytest.mark.parametrize(
    "header",
    ["id,low,mode,high", "Activity ID,Optimistic,Most likely,Pessimistic", "task_code,min,likely,max",
     "task,low,mode,high", "TASK ID,Low,MODE,High", "Activity,best case,ml,worst case", "Activity Code,a,m,b"],
)  # fmt: skip
def test_headers(header):
    assert str(of_csv(f"{header}\nA10,4,5,9\n").task("A10").estimate) == "pert(4, 5, 9)"


def test_a_task_beside_an_id_is_a_name():
    assert str(of_csv("id,task,low,mode,high\nA10,Dig,4,5,9\n").task("A10").estimate) == "pert(4, 5, 9)"


def test_headings_below_the_column_names_of_p6_are_passed_over():
    made = of_csv("task_code,low,mode,high\nActivity ID,Low,Mode,High\nA10,4,5,9\n")
    assert str(made.task("A10").estimate) == "pert(4, 5, 9)"


def test_texts_owners_tags_and_empty_cells():
    made = of_csv('id;estimate;owner;tags\nA10;"triangular(p10=4, mode=5, p90=9)";;\nA20;;supplier;new; \nA30;7;;\n')
    assert str(made.task("A10").estimate) == "triangular(p10=4, mode=5, p90=9)"
    assert made.task("A10").owner == "us"
    assert (made.task("A20").owner, made.task("A20").tags) == ("supplier", ("new",))
    assert made.task("A20").estimate_from == "schedule"
    assert made.task("A30").estimate == sr.Fixed(7)


@pytest.mark.parametrize(
    ("unit", "hours", "text"),
    [
        ("h", (32, 40, 72), "pert(4, 5, 9)"), ("hours", (32, 40, 72), "pert(4, 5, 9)"), ("d", (4, 5, 9), "pert(4, 5, 9)"),
        ("", (4, 5, 9), "pert(4, 5, 9)"), ("wk", (1, 2, 3), "pert(5, 10, 15)"),
    ],
)  # fmt: skip
def test_units_by_the_hours_of_the_plans_calendar(unit, hours, text):
    low, mode, high = hours
    assert str(of_csv(f"id,low,mode,high,unit\nA10,{low},{mode},{high},{unit}\n").task("A10").estimate) == text


def test_units_in_a_plan_of_hours_and_every_kind():
    calendar = sr.Calendar(shifts=["07:00-17:00"])
    plan = sr.Plan(tasks=[imported(each) for each in "abcde"], unit="h", calendar=calendar)
    cells = [
        "7",
        '"uniform(1, 2)"',
        '"discrete(1: 0.5, 3: 0.5)"',
        '"empirical(1, 2)"',
        '"triangular(p10=1, mode=2, p90=4)"',
    ]
    rows = "".join(f"{task},{cell},d\n" for task, cell in zip("abcde", cells, strict=True))
    assert texts(of_csv(f"id,estimate,unit\n{rows}", plan)) == [
        "70", "uniform(10, 20)", "discrete(10: 0.5, 30: 0.5)", "empirical(10, 20)", "triangular(p10=10, mode=20, p90=40)",
    ]  # fmt: skip


def test_a_workbook_with_numbers_for_ids():
    book = openpyxl.Workbook()
    book.active.append(["notes"])
    sheet = book.create_sheet("Estimates")
    for row in (["Activity ID", "low", "mode", "high", "unit"], [1010, 1, 2, 4, None], ["1020", 8, 16, 32, "h"]):
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    plan = sr.Plan(tasks=[imported("1010"), imported("1020")])
    made = apply_estimates(plan, buffer.getvalue(), "e.xlsx", ".xlsx")
    assert texts(made) == ["pert(1, 2, 4)"] * 2
    assert made.task("1020").estimate_from == "file e.xlsx"


def test_all_faults_of_a_table_at_once_with_row_and_column():
    error = faults(
        "id,low,mode,high,unit\nA10,9,8,15,\nA2O,1,2,3,\nA20,1,2,x,\nA30,1,2,3,fortnight\nA20,1,2,3,\nM,1,2,3,\n,1,2,3,\n"
    )
    assert [(problem.place, problem.found) for problem in error.problems] == [
        ("row 2, column low, mode", "low 9 above mode 8"),
        ("row 3, column id", "the unknown task 'A2O'"),
        ("row 4, column high", "'x'"),
        ("row 5, column unit", "'fortnight'"),
        ("row 6, column id", "task 'A20' again, as in row 4"),
        ("row 7, column id", "an estimate of the finish milestone 'M'"),
        ("row 8, column id", "nothing"),
    ]
    assert error.problems[1].remedy == "did you mean 'A20'?"
    assert (error.row, error.column) == (2, "low")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,low,mode,high\nA10,1,2,3\n", "no column of ids"),
        ("id\nA10\n", "a column id alone"),
        ("id,low,low,high\nA10,1,2,3\n", "two columns for low"),
        ("id,mode,unit,units\nA10,1,d,d\n", "two columns for unit"),
        ("id,optimstic\nA10,1\n", "did you mean 'optimistic'"),
        ("id,low,high\nA10,1,3\n", "low, mode and high, or mode alone"),
        ("id,mode,estimate\nA10,1,1/2/3\n", "nothing beside low, mode or high"),
        ("id,estimate\nA10,prt(1)\n", "did you mean 'pert'"),
        ("id,mode\nS,5\n", "an estimate of the summary 'S'"),
        ("id,mode\nA10,2e9\n", "at most 1e+09 units"),
        ("id,mode,unit\nA10,1e308,w\n", "row 2"),
        ("id,mode\nA10,-1\n", "0 or more"),
    ],
)
def test_faults_of_tables(text, words):
    assert words in str(faults(text))


def test_what_is_no_table_is_told():
    for data, suffix in ((b"", ".csv"), (b"\xff\xfe", ".csv"), (b"PK", ".xlsx"), (b"id,mode\nA10,1,2\n", ".csv")):
        with pytest.raises(FormatError):
            apply_estimates(PLAN, data, "x", suffix)
    with pytest.raises(PlanError, match=r"\.csv or \.xlsx"):
        apply_estimates(PLAN, b"", "x", ".txt")


def test_rows_without_effect_are_no_fault():
    made = of_csv("id,low,mode,high,owner\nM,,0,,\ndone,1,2,3,us\nS,,,,us\n\n")
    assert made.task("done").estimate == sr.Fixed(3)
    assert made.task("done").owner == made.task("S").owner == "us"


def test_ten_thousand_faults_end_soon():
    begun = time.process_time()
    error = faults("id,mode\n" + "zzz,x\n" * 30_000)
    assert len(error.problems) < 25_000
    assert time.process_time() - begun < 10
