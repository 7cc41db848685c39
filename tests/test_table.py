"""Tables of tasks in CSV files, workbooks and DataFrames: names of columns, cells, and nothing lost without a word."""

import dataclasses
import datetime as dt
import sys
import time
import unicodedata
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

import schedrisk as sr
from schedrisk.errors import MissingDependencyError, PlanError, ReadError, SchedriskWarning
from schedrisk.io.columns import COLUMNS, column_places
from schedrisk.io.excel import parse_excel, to_excel
from schedrisk.io.predecessors import CellReader
from schedrisk.io.spreadsheet import parse_csv, to_csv

# ---- columns ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", COLUMNS)
def test_every_name_of_a_column_is_known_however_it_is_typed(column):
    for alias in COLUMNS[column]:
        for typed in (alias, alias.upper(), f" {alias.title()} ", alias.replace(" ", "_"), alias.replace(" ", "-")):
            places, problems = column_places([typed, "id" if column == "name" else "name"])
            assert (places[column], problems) == (0, [])


@pytest.mark.parametrize(
    "name", ["Notes", "Cost", "Status", "Start", "Budget", "Work", "Date", "Successors", "Category", "% complete"]
)
def test_other_columns_are_left_out_with_a_word(name):
    with pytest.warns(SchedriskWarning, match=name):
        plan = sr.from_frame(pd.DataFrame({"id": ["a"], "mode": [1], name: ["x"]}))
    assert plan.tasks == (sr.Task("a", 1),)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("Predecesors", "predecessors"), ("Onwer", "owner"), ("Optimisitc", "optimistic"), ("Most likley", "most likely")],
)
def test_slips_in_names_of_columns_are_errors(name, meant):
    with pytest.raises(PlanError, match=f"{name}.*did you mean '{meant}'.*rename or remove"):
        sr.from_frame(pd.DataFrame({"id": ["a"], "mode": [1], name: ["x"]}))


# ---- cells ------------------------------------------------------------------------------------------------------------


def test_an_accent_typed_on_two_systems_is_one_accent():
    composed, apart = (unicodedata.normalize(form, "é") for form in ("NFC", "NFD"))
    assert composed != apart
    plan = sr.from_frame(pd.DataFrame({"id": [composed, "b"], "mode": [1, 1], "after": ["", apart]}))
    assert plan.task("b").after == (composed,)


def test_empty_cells_of_every_make_are_empty():
    frame = pd.DataFrame({"id": ["a"], "mode": [1]})
    for empty in (None, float("nan"), np.float32("nan"), pd.NA, pd.NaT, "", "  "):
        frame["low"] = pd.Series([empty], dtype=object)
        assert sr.from_frame(frame).tasks == (sr.Task("a", 1),)


@pytest.mark.parametrize(
    "value", [True, np.bool_(1), 10**400, 1j, "x", "nan", "1e999", np.array([1, 2]), pd.Timestamp("2026-01-01"), [1]]
)
def test_what_is_no_number_is_told_with_its_place(value):
    frame = pd.DataFrame({"id": ["a", "b"], "mode": pd.Series([1, value], dtype=object)})
    with pytest.raises(PlanError) as caught:
        sr.from_frame(frame)
    (problem,) = caught.value.problems
    assert (problem.place, problem.expected) == ("row 2, column mode", "a finite number")


def test_faults_of_cells_and_of_the_plan_come_at_once():
    frame = pd.DataFrame({"id": ["a", "a", "b", "c", ""], "mode": [1, "x", 3, 4, 5], "after": ["", "", "c", "b", "zz"]})
    with pytest.raises(PlanError) as caught:
        sr.from_frame(frame, risks=[sr.Risk("r", 0.5, delay={"gone": 1})])
    places = [problem.place for problem in caught.value.problems]
    assert places == ["row 2, column mode", "row 5, column id", "task 'a'", "risk 'r'", "links"]


def test_a_lag_beyond_all_numbers_is_told():
    with pytest.raises(PlanError, match=r"row 2, column after.*sensible size"):
        sr.from_frame(pd.DataFrame({"id": ["a", "b"], "mode": [1, 1], "after": ["", "a+" + "9" * 400]}))


def test_units_of_lags_are_exact():
    reader = CellReader({"a"}, "d", {"h": 1, "d": 7, "w": 35})
    assert [reader.read(f"a+{hours}h")[0].lag for hours in range(7, 700, 7)] == list(range(1, 100))


# ---- what a plan of P6 or Project says of its tasks --------------------------------------------------------------------


def test_further_columns_under_the_names_of_other_tools():
    frame = pd.DataFrame(
        {
            "Activity ID": ["A", "B", "C", "D"],
            "Activity Type": ["Task Dependent", "Start Milestone", "WBS Summary", None],
            "Duration": [3, None, None, 2],
            "WBS": ["1.1", "1.1", "1", "2"],
            "Actual Start": pd.to_datetime(["2026-12-01T00:00", None, None, "2026-12-02T08:00"]),
            "Actual Finish": [np.datetime64("2026-12-04"), np.datetime64("NaT"), None, None],
            "Suspend Date": pd.Series(["", "", "", dt.datetime(2026, 12, 3)], dtype=object),
            "Resume Date": ["", "", "", "2026-12-07T10:00"],
            "Active": ["Yes", True, 1, "no"],
            "Constraints": ["", "snet 2027-01-11; ALAP", "", "FNLT 2027-02-01 17:00"],
            "Assignments": ["Nacht | 50% | crane; standard", "", "", '24h | 2; Nacht | 1 | "a;b"'],
            "Manual start": ["", "2027-01-12", "", ""],
            "Manual finish": ["", "2027-01-12", "", ""],
            "code: Phase": ["x", "", "", 3],
            "CODE: phase": ["", "y", "", ""],
            "Estimate from": ["schedule", "", "", "by hand"],
        }
    )
    plan = sr.from_frame(frame, start="2026-12-01", calendars=[sr.Calendar("Nacht")])
    crane = [sr.Assignment("Nacht", 0.5, resource="crane"), sr.Assignment("standard")]
    assert plan.tasks == (
        sr.Task(
            "A", 3, wbs="1.1", actual_start="2026-12-01", actual_finish="2026-12-04", assignments=crane,
            codes={"Phase": "x"}, estimate_from="schedule",
        ),
        sr.Task(
            "B", 0, kind="start-milestone", wbs="1.1", manual=("2027-01-12", "2027-01-12"), codes={"phase": "y"},
            constraints=[sr.Constraint("SNET", "2027-01-11"), sr.Constraint("ALAP")],
        ),
        sr.Task("C", 0, kind="summary", wbs="1"),
        sr.Task(
            "D", 2, wbs="2", actual_start="2026-12-02T08:00", suspended="2026-12-03T00:00", resumed="2026-12-07T10:00",
            active=False, constraints=[sr.Constraint("FNLT", "2027-02-01T17:00")], codes={"Phase": "3"},
            assignments=[sr.Assignment("24h", 2), sr.Assignment("Nacht", resource="a;b")], estimate_from="by hand",
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("kind", "hammock", "found 'hammock', expected one of task, start-milestone"),
        ("active", "perhaps", "yes or no"),
        ("active", 2, "yes or no"),
        ("actual_start", "last week", "a date such as 2026-12-31"),
        ("actual_start", True, "a date such as 2026-12-31"),
        ("resumed", "2026-13-01", "a date such as 2026-12-31"),
        ("manual_start", "2026-12-01", "found nothing, expected a date beside manual_start"),
        ("constraints", "SNEET 2026-12-01", "did you mean 'SNET'"),
        ("constraints", "SNET", "a date, as SNET has one"),
        ("constraints", "ALAP 2026-12-01", "no date"),
        ("constraints", "SNET soon", "found 'soon' in 'SNET soon'"),
        ("assignments", "standard | much", "the share 'much'"),
        ("assignments", "standard | 0", "greater than 0"),
        ("assignments", "standard | 1 | a | b", "calendar | share | resource"),
        ("assignments", " | 1 | a", "at least one sign"),
        ("after", "a SS", "the unknown task 'a SS'"),
        ("lag", 1e12, "1000000000"),
    ],
)
def test_bad_cells_of_further_columns_are_told_with_their_place(column, cell, message):
    frame = pd.DataFrame({"id": ["first", "second"], "mode": [1, 1], column: pd.Series([None, cell], dtype=object)})
    if column == "lag":
        frame["after"] = ["", "first"]
    with pytest.raises(PlanError) as caught:
        sr.from_frame(frame, start="2026-12-01")
    (problem,) = caught.value.problems
    assert problem.place.startswith("row 2, column ")
    assert message in str(problem)


def test_columns_stand_only_where_they_are_needed():
    plain = sr.to_frame(sr.Plan(tasks=[sr.Task("a", 1)]))
    assert list(plain.columns) == [
        "id", "name", "low", "mode", "high", "estimate", "planned", "after", "lag", "owner", "tags", "calendar",
    ]  # fmt: skip
    task = sr.Task("a", 1, actual_start="2026-12-01T00:00", codes={"Phase": "x"}, tags=["a;b", '"c"'])
    frame = sr.to_frame(sr.Plan(start="2026-12-01", tasks=[task]))
    assert list(frame.columns[12:]) == ["actual_start", "code: Phase"]
    assert frame["actual_start"][0] == dt.datetime(2026, 12, 1)
    assert sr.from_frame(frame, start="2026-12-01").tasks == (task,)


LINKED = [sr.Task("a", 1), sr.Task("2", 1)]


@pytest.mark.parametrize(
    ("link", "cell"),
    [
        (sr.Link("a", "2", "SS"), "a SS"),
        (sr.Link("2", "a", "SS", lag=2), "2SS+2d"),
        (sr.Link("a", "2", "FF", lag=-0.5), "a FF-0.5d"),
        (sr.Link("2", "a", lag_percent=50), "2+50%"),
        (sr.Link("2", "a", "SF", lag=6, lag_calendar="24h"), "2SF+2ed"),
        (sr.Link("2", "a", lag=0.3, lag_calendar="24h"), "2+2.4eh"),
        (sr.Link("2", "a", lag=1 / 3, lag_calendar="24h"), "2+2.6666666666666665eh"),
        (sr.Link("a", "2", lag_percent=-10, lag_calendar="24h"), "a-10e%"),
    ],
)
def test_links_are_written_as_people_write_them(link, cell):
    plan = sr.Plan(start="2026-12-01", tasks=LINKED, links=[link])
    frame = sr.to_frame(plan)
    assert cell in list(frame["after"])
    assert sr.from_frame(frame, start="2026-12-01") == plan


@pytest.mark.parametrize(
    ("link", "message"),
    [
        (sr.Link("a", "2", lag=1, lag_percent=50), "'a' → '2' with a lag of 1 and 50 %"),
        (sr.Link("a", "2", lag=1, lag_calendar="successor"), "that counts on 'successor'"),
        (sr.Link("a", "2", lag_calendar="plan"), "that counts on 'plan'"),
    ],
)
def test_lags_that_no_cell_can_hold_are_refused_by_a_table_and_kept_by_a_workbook(link, message):
    plan = sr.Plan(tasks=LINKED, links=[link])
    for write in (sr.to_frame, to_csv):
        with pytest.raises(PlanError, match=message):
            write(plan)
    assert parse_excel(to_excel(plan), "plan") == plan


@pytest.mark.parametrize(
    "fields",
    [
        {"start": "2026-12-01"}, {"status_date": 3}, {"must_finish": 9}, {"calendars": [sr.Calendar("Nacht")]},
        {"scheduling": sr.SchedulingOptions(total_float="start")}, {"provenance": sr.Provenance("a.xer", "XER 22.12")},
        {"correlations": [sr.Correlation(everywhere=True, rho=0.3)]}, {"unit": "h"}, {"assumptions": ["x"]},
        {"risks": [sr.Risk("r", 0.5)]}, {"promises": [sr.Promise("p", 9)]}, {"calendar": sr.Calendar("site")},
    ],
)  # fmt: skip
def test_a_csv_file_refuses_by_name_what_it_cannot_hold(fields):
    (name,) = fields
    plan = sr.Plan(tasks=LINKED, **fields)
    with pytest.raises(PlanError, match=rf"a plan with {name},.*\.xlsx"):
        to_csv(plan)
    assert parse_excel(to_excel(plan), "plan") == plan


def test_dates_in_a_csv_file_need_a_start(tmp_path):
    (tmp_path / "t.csv").write_text("id,mode,Actual start\na,1,2026-12-01\n")
    with pytest.raises(ReadError, match="give the plan a start date"):
        sr.read(tmp_path / "t.csv")
    (tmp_path / "p.toml").write_text("start = 2026-12-01\ntasks = 't.csv'\n")
    assert sr.read(tmp_path / "p.toml").task("a").actual_start == dt.date(2026, 12, 1)


# ---- CSV --------------------------------------------------------------------------------------------------------------


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8), min_size=2, max_size=4))
def test_any_id_comes_back_from_csv_or_is_refused(texts):
    ids = list(dict.fromkeys(name for text in texts if (name := unicodedata.normalize("NFC", text).strip())))
    tasks = [
        sr.Task(each, 1, name=each, owner=each, after=ids[:1] if number else []) for number, each in enumerate(ids)
    ]
    if not ids:
        return
    try:
        text = to_csv(sr.Plan(tasks=tasks))
    except PlanError:
        return
    assert parse_csv(text).plan().tasks == tuple(tasks)


@pytest.mark.parametrize("name", ["a\rb", "a\r\nb", "a\nb", "\u2028", "'", "''=", "=", "\ufeffx", "a\x1bb"])
def test_nasty_ids_survive_a_csv_file(tmp_path, name):
    name = f"x{name}" if not name.strip() else name
    plan = sr.Plan(name="p", tasks=[sr.Task(name, 1), sr.Task("z", 1, after=[name])])
    sr.write(plan, tmp_path / "p.csv")
    assert sr.read(tmp_path / "p.csv") == plan


@pytest.mark.parametrize("name", ["a\0b", "x" * 140_000])
def test_what_a_csv_file_cannot_hold_is_refused(tmp_path, name):
    with pytest.raises(PlanError, match=r"write \.toml"):
        sr.write(sr.Plan(tasks=[sr.Task(name, 1)]), tmp_path / "p.csv")
    assert list(tmp_path.iterdir()) == []


def test_rows_are_numbered_as_a_spreadsheet_does():
    text = 'id,mode,owner\na,1,"two\nlines"\n\nb,x,\n'
    (problem,) = parse_csv(text).problems
    assert problem.place == "row 4, column mode"


def test_a_zero_byte_far_down_is_binary_data(tmp_path):
    (tmp_path / "p.csv").write_bytes(b"id,mode\n" + b"\n" * 10_000 + b"b\0,1\n")
    with pytest.raises(ReadError, match="binary data"):
        sr.read(tmp_path / "p.csv")


# ---- Excel ------------------------------------------------------------------------------------------------------------


def workbook(path, **sheets):
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


TASKS = [["id", "mode"], ["a", 1], ["b", 2]]


def test_numbers_come_back_to_the_last_digit():
    odd = 0.1 + 0.2
    plan = sr.Plan(
        tasks=[sr.Task("a", sr.Pert(odd, 1 + odd, 10 / 3), planned=odd), sr.Task("b", odd)],
        links=[sr.Link("a", "b", lag=odd)],
        risks=[sr.Risk("r", odd, delay={"a": odd})],
        promises=[sr.Promise("p", 3, damages=sr.Damages(odd, grace=odd, cap=odd))],
    )
    assert parse_excel(to_excel(plan), "plan") == plan


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-30", "1899-12-31", "1900-02-28", "1900-03-01", "9999-12-30"])
def test_days_around_the_first_of_excel(day):
    holidays = sr.Calendar(holidays=[day])
    plan = sr.Plan(tasks=[sr.Task("a", 1)], start=day, calendar=holidays, promises=[sr.Promise("p", f"{day}T06:00")])
    assert parse_excel(to_excel(plan), "plan") == plan


def test_cells_are_dates_and_texts_and_never_formulas(tmp_path):
    plan = sr.Plan(start="2026-12-01", tasks=[sr.Task("=1+1", 1)], promises=[sr.Promise("p", "2026-12-31")])
    sr.write(plan, tmp_path / "p.xlsx")
    book = load_workbook(tmp_path / "p.xlsx")
    assert book["promises"]["B2"].value == dt.datetime(2026, 12, 31)
    assert (book["tasks"]["A2"].value, book["tasks"]["A2"].data_type) == ("=1+1", "s")
    assert sr.read(tmp_path / "p.xlsx") == plan


@pytest.mark.parametrize("name", ["a\rb", "a\0b", "a\x1bb", "a\ufffeb", "x" * 32_768])
def test_what_a_workbook_would_change_is_refused(tmp_path, name):
    with pytest.raises(PlanError, match=r"write \.toml"):
        sr.write(sr.Plan(tasks=[sr.Task(name, 1)]), tmp_path / "p.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_list_of_predecessors_too_long_for_a_cell_is_refused_not_cut():
    ids = [f"task {number}" for number in range(5_000)]
    plan = sr.Plan(tasks=[*(sr.Task(each, 1) for each in ids), sr.Task("end", 1, after=ids)])
    with pytest.raises(PlanError, match="32,767"):
        to_excel(plan)
    assert parse_csv(to_csv(plan)).plan().tasks == plan.tasks


def test_ids_typed_as_numbers_keep_their_digits(tmp_path):
    path = workbook(
        tmp_path / "p.xlsx",
        tasks=[["id", "mode", "after"], [1234567, 1, None], [12345678.0, 2, 1234567]],
        links=[["predecessor", "successor", "lag"], [1234567, 12345678, 2]],
        risks=[["id", "probability", "task", "delay"], [7654321, 0.5, 1234567, 2]],
    )
    plan = sr.read(path)
    assert plan.task("12345678").after == ("1234567",)
    assert plan.links == (sr.Link("1234567", "12345678", lag=2),)
    assert plan.risks[0].id == "7654321"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["r", 0.5, "a", 3, None], ["r", 0.5, "a", 4, None]], "row 3: found the task 'a' again"),
        ([["r", 0.5, "a", 3, None], ["r", 0.9, "b", 4, None]], "row 3: found probability 0.9"),
        ([["r", 0.5, "a", 3, True], ["r", 0.5, "b", 4, True]], "row 3: found the delay 4"),
        ([["r", 0.5, "a", 3, True], ["r", 0.5, "b", 3, False]], "row 3: found a delay of its own"),
        ([["r", 0.5, "a", 3, False], ["r", 0.5, "b", 3, True]], "row 3: found a delay of its own"),
        ([["r", 0.5, None, 3, None]], "row 2: found a delay without a task"),
        ([["r", 0.5, "a", None, None]], "row 2: found no delay"),
        ([["r", 0.5, "a", 3, "no"]], "row 2, column shared: found 'no'"),
    ],
)
def test_rows_of_a_risk_that_contradict_each_other_are_told(tmp_path, rows, message):
    header = ["id", "probability", "task", "delay", "shared"]
    with pytest.raises(ReadError) as caught:
        sr.read(workbook(tmp_path / "p.xlsx", tasks=TASKS, risks=[header, *rows]))
    assert f"sheet risks, {message}" in str(caught.value)


def test_further_rows_of_a_risk_may_leave_its_probability_out(tmp_path):
    rows = [["id", "probability", "task", "delay"], ["r", 0.5, "a", 3], ["r", None, "b", "1/2/4"]]
    plan = sr.read(workbook(tmp_path / "p.xlsx", tasks=TASKS, risks=rows))
    assert plan.risks == (sr.Risk("r", 0.5, delay={"a": 3, "b": "1/2/4"}),)


def test_faults_of_all_sheets_come_at_once(tmp_path):
    path = workbook(
        tmp_path / "p.xlsx",
        tasks=[["id", "mode"], ["a", "x"], ["a", 1]],
        risks=[["id", "probability", "prob"], ["r", 3, 1]],
        plan=[["key", "value"], ["nmae", "x"], ["links", 5], ["unit", "d"], ["unit", "h"]],
        calendar=[["key", "value"], ["self", 5], ["holidays", "gestern"]],
        promises=[["name", "by", "by"], ["p", 5, 6]],
    )
    with pytest.raises(ReadError) as caught:
        sr.read(path)
    assert [problem.place for problem in caught.value.problems] == [
        "row 2, column mode", "sheet plan, row 2", "sheet plan, row 3", "sheet plan, row 5", "sheet calendar, row 2",
        "sheet risks, row 1", "sheet promises, row 1", "calendar, holidays, number 1", "risk 'r', probability",
        "task 'a'",
    ]  # fmt: skip
    assert (caught.value.row, caught.value.column) == (2, "mode")


def test_faults_of_calendars_and_correlations_are_told(tmp_path):
    path = workbook(
        tmp_path / "p.xlsx",
        tasks=TASKS,
        plan=[["key", "value"], ["scheduling progres", 1], ["scheduling total_float", "both"]],
        calendar=[["key", "value"], ["shifts sat", "08:00-12:00"], ["shifts 2026-13-01", "08:00-12:00"]],
        calendars=[["calendar", "key", "value"], ["n", "shifts", "8-12"], [None, "shifts", "x"], ["n", "name", "m"]],
        correlations=[["group", "task", "rho"], [1, "a", 0.3], [1, "b", 0.4], [2, "gone", 2]],
    )
    with pytest.raises(ReadError) as caught:
        sr.read(path)
    assert {problem.place for problem in caught.value.problems} >= {
        "sheet plan, row 2", "scheduling, total_float", "calendar, special_days, '2026-13-01'",
        "calendar 'n', shifts, number 1", "sheet calendars, row 3, column calendar", "sheet calendars, row 4",
        "sheet correlations, row 3", "correlation 2, rho",
    }  # fmt: skip


def test_unknown_sheets_are_told(tmp_path):
    notes = [["anything"], ["at all"]]
    with pytest.warns(SchedriskWarning, match="sheets not used: 'notes'"):
        assert len(sr.read(workbook(tmp_path / "p.xlsx", tasks=TASKS, Notes=notes)).tasks) == 2
    with pytest.raises(ReadError, match="did you mean 'risks'"):
        sr.read(workbook(tmp_path / "q.xlsx", tasks=TASKS, Risk=notes))
    assert len(sr.read(workbook(tmp_path / "r.xlsx", Task=TASKS, Empty=[])).tasks) == 2


def test_formulas_that_have_values_are_those_values(tmp_path, monkeypatch):
    path = workbook(tmp_path / "p.xlsx", tasks=[["id", "mode"], ["a", "=1+2"]])
    real = load_workbook

    def computed(data, *, data_only=False):
        book = real(data, data_only=data_only)
        if data_only:
            book["tasks"]["B2"].value = 3  # as Excel stores it beside the formula
        return book

    monkeypatch.setattr("openpyxl.load_workbook", computed)
    assert sr.read(path).task("a").estimate == sr.Fixed(3)


def test_a_stray_cell_far_away_does_not_fill_the_memory(tmp_path):
    path = workbook(tmp_path / "p.xlsx", tasks=TASKS)
    book = load_workbook(path)
    book["tasks"].cell(1_048_576, 1_000).value = "x"
    book.save(path)
    with pytest.raises(ReadError, match="delete the empty rows and columns"):
        sr.read(path)


def test_a_formula_without_a_value_names_sheet_and_cell(tmp_path):
    path = workbook(tmp_path / "p.xlsx", tasks=TASKS, risks=[["id", "probability"], ["r", "=1/2"]])
    with pytest.raises(ReadError, match="B2 of sheet 'risks'") as caught:
        sr.read(path)
    assert (caught.value.row, caught.value.column) == (2, "B")


def test_without_openpyxl_the_remedy_is_told(tmp_path, monkeypatch):
    path = workbook(tmp_path / "p.xlsx", tasks=TASKS)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "schedrisk\[excel\]"'):
        sr.read(path)


CELLS = st.one_of(
    st.sampled_from(["a", "b", "r", "x", "mon", "08:00-12:00", "d", "h", "", "1/2/3", "NaN", "TRUE", "week"]),
    st.sampled_from([None, True, False, 0, 1, -1, 0.5, 1e300, 10**30, dt.datetime(2026, 1, 1), dt.time(8)]),
)
KEYS = {
    "tasks": ["id", "name", "mode", "after", "lag", "kind", "active", "actual_start", "constraints", "assignments"],
    "links": ["predecessor", "successor", "kind", "lag", "lag_calendar"],
    "risks": ["id", "probability", "owner", "task", "delay", "shared"],
    "promises": ["name", "by", "task", "damages rate", "damages per", "damages whole", "damages cap"],
    "correlations": ["group", "task", "rho"],
    "calendars": ["calendar", "key", "value"],
    "plan": ["name", "start", "unit", "assumptions", "schema_version", "tasks", "status_date", "provenance file"],
    "calendar": ["name", "weekdays", "shifts", "shifts mon", "shifts 2026-01-01", "source years", "source country"],
}


@settings(max_examples=60)
@given(st.data())
def test_random_workbooks_raise_only_our_errors(tmp_path_factory, data):
    # Good tasks more often than not: what is wrong in the other sheets shows only beside them.
    random_tasks = st.lists(st.lists(CELLS, max_size=10), max_size=3).map(lambda rows: [KEYS["tasks"], *rows])
    sheets = {"tasks": data.draw(st.one_of(st.just(TASKS), st.just(TASKS), random_tasks))}
    good = {"risks": ["r", 0.5, None], "links": ["a", "b"], "promises": ["x", 5]}
    good |= {"correlations": ["x", "a"], "calendars": ["n", "shifts"]}
    for title, start in good.items():
        rows = data.draw(
            st.lists(st.lists(CELLS, max_size=4).map(lambda cells, start=start: [*start, *cells]), max_size=3)
        )
        sheets[title] = [KEYS[title], *rows]
    for title in ("plan", "calendar"):
        pairs = data.draw(st.lists(st.tuples(st.sampled_from(KEYS[title]), CELLS), max_size=4))
        sheets[title] = [["key", "value"], *map(list, pairs)]
    path = workbook(tmp_path_factory.getbasetemp() / "random.xlsx", **sheets)
    try:
        plan = sr.read(path)
    except sr.SchedriskError:
        return
    assert parse_excel(to_excel(plan), "any") == plan


# ---- speed ------------------------------------------------------------------------------------------------------------

MANY = [f"task number {number:05d} of the project" for number in range(5_000)]


@pytest.mark.performance
@pytest.mark.parametrize("after", ["known", "unknown", "long"])
def test_five_thousand_tasks_are_read_quickly(after):
    cells = {
        "known": ["; ".join(MANY[max(0, number - 3) : number]) for number in range(len(MANY))],
        "unknown": [f"nobody knows {number}" for number in range(len(MANY))],
        "long": ["x" * 2_000] * len(MANY),
    }[after]
    frame = pd.DataFrame({"id": MANY, "low": 1, "mode": 2, "high": 4, "after": cells})
    begin = time.perf_counter()
    if after == "known":
        assert len(sr.from_frame(frame).tasks) == len(MANY)
    else:
        with pytest.raises(PlanError) as caught:
            sr.from_frame(frame)
        assert len(caught.value.problems) == len(MANY)
    assert time.perf_counter() - begin < 2


@pytest.mark.performance
def test_one_endless_cell_is_no_quadratic_wait():
    frame = pd.DataFrame({"id": ["a", "b"], "mode": 1, "after": ["x" * 1_000_000, ""]})
    begin = time.perf_counter()
    with warnings.catch_warnings(), pytest.raises(PlanError, match="unknown task"):
        sr.from_frame(frame)
    assert time.perf_counter() - begin < 2


@pytest.mark.performance
def test_a_real_schedule_is_written_and_read_quickly(shared, tmp_path):
    file = shared / "data" / "schedules" / "hotel-multiproject-4217.xer"
    if not file.is_file():
        pytest.skip(f"no {file.name} in the reference data")
    plan = sr.read(file, project=2666)
    begin = time.process_time()
    sr.write(plan, tmp_path / "site.xlsx")
    assert sr.read(tmp_path / "site.xlsx") == plan
    assert time.process_time() - begin < 15
    begin = time.process_time()
    fields = {each.name: getattr(plan, each.name) for each in dataclasses.fields(plan)}
    del fields["tasks"], fields["links"]
    assert sr.from_frame(sr.to_frame(plan), **fields).tasks == plan.tasks
    assert time.process_time() - begin < 4
