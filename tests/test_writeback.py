"""Write-back: percentiles of every task's dates as tables for P6 and as a file for Microsoft Project."""

import csv
import datetime as dt
import io
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import schedrisk as sr
from schedrisk.errors import ArgumentError, PlanError, WriteError
from schedrisk.io import writeback
from schedrisk.io.mspdi import parse_mspdi
from schedrisk.io.writeback import write_back

PLAN = sr.Plan(
    name="site",
    start="2026-12-01",
    tasks=[
        sr.Task("A", "2/3/6", name="Dig"),
        sr.Task("B", "1/4/9", after=["A"], name="=cmd()"),
        sr.Task("-C", "2/5/7", after=["A"], name="Drain"),
        sr.Task("M", 0, after=["B", "-C"], kind="finish-milestone", name="Done"),
    ],
)


@pytest.fixture(scope="module")
def result():
    return sr.simulate(PLAN, 999, rng=5)


def rows_of(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def sheet_of(path):
    openpyxl = pytest.importorskip("openpyxl")
    return [list(row) for row in openpyxl.load_workbook(path)["TASK"].iter_rows(values_only=True)]


def test_the_table_has_the_percentiles_of_the_draws(result, tmp_path):
    write_back(result, tmp_path / "t.csv", percentiles=(80, 10, 33.3))
    rows = rows_of(tmp_path / "t.csv")
    assert [row["task_code"] for row in rows] == ["A", "B", "'-C", "M"]
    assert list(rows[0])[:5] == ["task_code", "status_code", "task_name", "planned_start", "planned_finish"]
    assert list(rows[0])[5:7] == ["start_p80", "finish_p80"]
    for row, task in zip(rows, PLAN.tasks, strict=True):
        draws = result.samples(task.id)
        for label, percent in (("p80", 80), ("p10", 10), ("p33.3", 33.3)):
            for which in ("start", "finish"):
                expected = np.percentile(draws[which].to_numpy().astype(np.int64), percent, method="inverted_cdf")
                assert np.datetime64(row[f"{which}_{label}"]).astype("datetime64[s]").astype(int) == expected
        assert float(row["criticality"]) == result.tasks().loc[task.id, "criticality"]


def test_the_default_table_agrees_with_the_tasks_of_the_result(result, tmp_path):
    write_back(result, tmp_path / "t.csv")
    tasks = result.tasks()
    for row in rows_of(tmp_path / "t.csv"):
        of_result = tasks.loc[row["task_code"].removeprefix("'")]
        for column in ("planned_start", "planned_finish", "start_p50", "finish_p10", "finish_p90"):
            assert np.datetime64(row[column]) == of_result[column]


def test_groups_of_tasks_change_nothing(result, tmp_path, monkeypatch):
    write_back(result, tmp_path / "whole.csv")
    monkeypatch.setattr(writeback, "GROUP_CELLS", 1_000)
    write_back(result, tmp_path / "pieces.csv")
    assert (tmp_path / "whole.csv").read_bytes() == (tmp_path / "pieces.csv").read_bytes()


def test_the_sheet_is_laid_out_for_p6(result, tmp_path):
    write_back(result, tmp_path / "t.XLSX", percentiles=[50, 80], fields={"finish_p80": "user_field_512"})
    fields, captions, *rows = sheet_of(tmp_path / "t.XLSX")
    assert fields == [
        "task_code", "status_code", "task_name", "planned_start", "planned_finish",
        "start_p50", "finish_p50", "start_p80", "user_field_512", "criticality",
    ]  # fmt: skip
    assert captions[:3] == ["Activity ID", "Activity Status", "Activity Name"]
    assert captions[5:9] == ["P50 Start", "P50 Finish", "P80 Start", "P80 Finish"]
    assert [row[0] for row in rows] == ["A", "B", "-C", "M"]
    assert rows[0][3] == dt.datetime(2026, 12, 1, 8)
    assert rows[3][8] == result.percentile(80).item()
    assert all(isinstance(cell, dt.datetime) for row in rows for cell in row[3:9])


def test_nothing_in_a_sheet_is_a_formula(result, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    write_back(result, tmp_path / "t.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "t.xlsx")["TASK"]["C4"]
    assert (cell.value, cell.data_type) == ("=cmd()", "s")
    write_back(result, tmp_path / "t.csv")
    assert rows_of(tmp_path / "t.csv")[1]["task_name"] == "'=cmd()"


def test_status_and_actual_dates(tmp_path):
    plan = sr.Plan(
        start="2026-12-01",
        status_date="2026-12-08",
        tasks=[
            sr.Task("done", 2, actual_start="2026-12-01T08:00", actual_finish="2026-12-03T12:00"),
            sr.Task("begun", "1/2/3", actual_start="2026-12-04T08:00"),
            sr.Task("open", 1, after=["done", "begun"]),
        ],
    )
    write_back(sr.simulate(plan, 100, rng=1), tmp_path / "t.csv", percentiles=[50])
    rows = rows_of(tmp_path / "t.csv")
    assert [row["status_code"] for row in rows] == ["Completed", "In Progress", "Not Started"]
    assert {rows[0][key] for key in ("planned_finish", "finish_p50")} == {"2026-12-03 12:00:00"}
    assert rows[1]["start_p50"] == "2026-12-04 08:00:00"


def test_a_plan_without_dates_has_numbers(tmp_path):
    result = sr.simulate(sr.Plan(tasks=[sr.Task("A", sr.Discrete([2, 3], [0.5, 0.5]))]), 500, rng=1)
    write_back(result, tmp_path / "t.xlsx", percentiles=[0, 100])
    assert sheet_of(tmp_path / "t.xlsx")[2][3:] == [0, 2, 0, 2, 0, 3, 1]
    with pytest.raises(PlanError, match="a plan without dates"):
        write_back(result, tmp_path / "t.xml")
    assert not (tmp_path / "t.xml").exists()


def test_dates_beyond_the_year_9999_are_told(tmp_path):
    plan = sr.Plan(start="2026-12-01", tasks=[sr.Task("A", 2_500_000)])
    result = sr.simulate(plan, 10, rng=1)
    write_back(result, tmp_path / "t.csv", percentiles=[50])
    assert rows_of(tmp_path / "t.csv")[0]["finish_p50"].startswith("11")
    write_back(result, tmp_path / "t.xlsx", percentiles=[50])
    assert sheet_of(tmp_path / "t.xlsx")[2][6].startswith("11")


def test_microsoft_project_gets_custom_fields(result, tmp_path):
    write_back(result, tmp_path / "t.xml", percentiles=[50, 80])
    data = (tmp_path / "t.xml").read_bytes()
    root = ET.fromstring(data)
    for parent in root.iter():
        parent.tag = parent.tag.rpartition("}")[2]
    numbers = {each.findtext("Alias"): each.findtext("FieldID") for each in root.find("ExtendedAttributes")}
    found = {}
    for task in root.find("Tasks"):
        values = {each.findtext("FieldID"): each.findtext("Value") for each in task.findall("ExtendedAttribute")}
        found[task.findtext("Name")] = {label: values.get(numbers[label]) for label in ("P50", "P80")}
    table = result.tasks().set_index("name")
    for name in ("Dig", "Drain", "=cmd()", "Done"):
        for label in ("P50", "P80"):
            assert np.datetime64(found[name][label]) == table.loc[name, f"finish_{label.lower()}"]
    assert len(parse_mspdi(data, "t.xml").tasks) == len(PLAN.tasks)


@pytest.mark.parametrize("percentiles", [(), (50, 101), (-1,), ("80",), (None,), (float("nan"),)])
def test_bad_percentiles(result, tmp_path, percentiles):
    with pytest.raises(ArgumentError, match="percentiles"):
        write_back(result, tmp_path / "t.csv", percentiles=percentiles)
    assert not list(tmp_path.iterdir())


def test_bad_fields(result, tmp_path):
    with pytest.raises(ArgumentError, match="did you mean 'finish_p80'") as caught:
        write_back(
            result, tmp_path / "t.csv", fields={"finish_p8": "user_field_1", "finish_p50": "x", "finish_p90": "x"}
        )
    assert len(caught.value.problems) == 2


def test_bad_places(result, tmp_path):
    with pytest.raises(WriteError, match=r"\.csv, \.xlsx, \.xml"):
        write_back(result, tmp_path / "t.xer")
    with pytest.raises(WriteError):
        write_back(result, tmp_path / "missing" / "t.csv")


def test_what_a_file_cannot_hold_leaves_the_old_one(tmp_path):
    result = sr.simulate(sr.Plan(tasks=[sr.Task("A", 1, name="bell \x07 and \0")]), 10, rng=1)
    for name in ("t.xlsx", "t.csv"):
        (tmp_path / name).write_text("before")
        with pytest.raises(PlanError, match="bell"):
            write_back(result, tmp_path / name)
        assert (tmp_path / name).read_text() == "before"
