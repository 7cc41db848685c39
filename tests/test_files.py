"""Plans in files and tables: what is written is read back, and nothing is lost on the way."""

import contextlib
import dataclasses
import datetime as dt
import json
import stat

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import schedrisk as sr
from plans import plans
from schedrisk.errors import MissingFileError, PlanError, ReadError, SchedriskError, SchedriskWarning, WriteError
from schedrisk.io import document_schema, to_json, to_toml
from schedrisk.io.document import parse_json, parse_toml, plan_of
from schedrisk.io.excel import parse_excel, to_excel
from schedrisk.io.predecessors import CellReader, Predecessor
from schedrisk.io.spreadsheet import parse_csv, to_csv


@given(plans())
def test_toml_round_trip(plan):
    assert plan_of(parse_toml(to_toml(plan))) == plan


@given(plans())
def test_json_round_trip(plan):
    again = plan_of(parse_json(to_json(plan)))
    assert again == plan
    assert again.digest == plan.digest


def unless_refused(make):
    """Write a plan, or give the example up where its names cannot be told apart in a table: refused is not lost."""
    try:
        return make()
    except PlanError as refused:
        reason = str(refused)
    assume(False)
    return reason


def ordered(links):
    return sorted(links, key=lambda link: (link.predecessor, link.successor, link.kind, link.lag, link.lag_percent))


@given(plans(bare=True))
def test_csv_round_trip(plan):
    text = unless_refused(lambda: to_csv(plan))
    table = parse_csv(text)
    assert not table.problems
    again = table.plan(name=plan.name, links=table.links)
    assert again.tasks == plan.tasks
    assert ordered(again.links) == ordered(plan.links)


@given(plans(bare=True))
def test_frame_round_trip(plan):
    frame = unless_refused(lambda: sr.to_frame(plan))
    again = sr.from_frame(frame, name=plan.name)
    assert again.tasks == plan.tasks
    assert ordered(again.links) == ordered(plan.links)
    assert again.replace(links=()) == plan.replace(links=())


@given(plans())
def test_frame_with_the_rest_of_a_plan_round_trip(plan):
    """A table of a plan with dates, and beside it what is no column of it."""
    fields = {each.name: getattr(plan, each.name) for each in dataclasses.fields(plan)}
    plan, links = plan.replace(links=()), fields.pop("links")
    del fields["tasks"]
    again = sr.from_frame(unless_refused(lambda: sr.to_frame(plan)), links=links, **fields)
    assert again == plan.replace(links=links)


@settings(max_examples=25)
@given(plans())
def test_excel_round_trip(plan):
    data = unless_refused(lambda: to_excel(plan))
    assert parse_excel(data, "any") == plan


def test_files_of_every_kind(tmp_path):
    plan = sr.datasets.load("exchange-upgrade")
    for suffix in (".toml", ".json", ".xlsx"):
        sr.write(plan, tmp_path / f"plan{suffix}")
        assert sr.read(tmp_path / f"plan{suffix}") == plan
    with pytest.raises(PlanError, match="start, assumptions, calendar, promises, risks"):
        sr.write(plan, tmp_path / "plan.csv")
    assert not (tmp_path / "plan.csv").exists()


def test_document_reads_its_tasks_from_a_table():
    plan = sr.datasets.load("museum-bid")
    assert [task.id for task in plan.tasks] == list("ABCDEFGHIJKLM")
    assert plan.task("E").after == ("C", "D")
    assert plan.unit == "w"


def test_lags_in_weeks_are_those_of_the_documents_calendar(tmp_path):
    (tmp_path / "t.csv").write_text("id,mode,after\na,1,\nb,1,a+1w\n")
    (tmp_path / "p.toml").write_text(
        "tasks = 't.csv'\n[calendar]\nweekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat']\n"
    )
    assert sr.read(tmp_path / "p.toml").links[0].lag == 6


def test_schema_describes_what_is_written():
    schema = document_schema()
    assert set(json.loads(to_json(sr.datasets.load("exchange-upgrade")))) <= set(schema["properties"])
    assert schema["additionalProperties"] is False


def test_spreadsheet_names_and_suffixes():
    frame = pd.DataFrame(
        {
            "ID": [1, 2, 3],
            "Task Name": ["Design", "Order", "Install"],
            "Optimistic": [5, 1, 4],
            "Most likely": [8, 2, 5],
            "Pessimistic": [15, 3, 9],
            "Predecessors": [None, 1.0, "1FS+2d; 2FS-4 hours"],
            "Responsible": ["us", None, "us"],
        }
    )
    plan = sr.from_frame(frame, start="2026-12-01")
    assert [task.id for task in plan.tasks] == ["1", "2", "3"]
    assert plan.task("2").after == ("1",)
    assert [(link.predecessor, link.lag) for link in plan.links] == [("1", 2.0), ("2", -0.5)]
    assert plan.task("1").estimate == sr.Pert(5, 8, 15)
    assert plan.task("3").label == "Install"


def test_column_lag_applies_where_a_cell_states_none():
    frame = pd.DataFrame({"id": ["a", "b", "c"], "mode": [1, 2, 3], "after": ["", "a", "a; b+1"], "lag": [None, 2, 5]})
    links = sr.from_frame(frame).links
    assert [(link.predecessor, link.successor, link.lag) for link in links] == [
        ("a", "b", 2), ("a", "c", 5), ("b", "c", 1),
    ]  # fmt: skip


def test_one_duration_column_is_fixed_and_names_are_ids():
    plan = sr.from_frame(pd.DataFrame({"Activity": ["pack", "drive"], "Duration": [3, 1], "Depends on": ["", "pack"]}))
    assert plan.task("drive").after == ("pack",)
    assert plan.task("pack").estimate == sr.Fixed(3)


def test_semicolons_and_decimal_commas():
    table = parse_csv("id;low;mode;high;after\na;1,5;2;4\nb;1;2;3;a\n\n")
    plan = table.plan()
    assert plan.task("a").estimate == sr.Pert(1.5, 2, 4)
    assert plan.task("b").after == ("a",)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("A", [Predecessor("A")]),
        ("A+1", [Predecessor("A+1")]),  # an exact id wins
        ("A+1+2", [Predecessor("A+1", 2.0)]),  # then the longest known id
        ("A+2", [Predecessor("A", 2.0)]),
        ("A, B", [Predecessor("A, B")]),  # a whole cell that is an id wins
        ("3FS", [Predecessor("3FS")]),
        ("3FSFS - 2 days", [Predecessor("3FS", -2.0)]),
        ("3 fs+1w", [Predecessor("3", 5.0)]),
        ("C; A+1", [Predecessor("C"), Predecessor("A+1")]),
        ("C\nB", [Predecessor("C"), Predecessor("B")]),
        ("C,B;", [Predecessor("C"), Predecessor("B")]),
        ("3SS+2d", [Predecessor("3", 2.0, "SS")]),
        ("A FF-4 hours", [Predecessor("A", -0.5, "FF")]),
        ("C sf", [Predecessor("C", None, "SF")]),
        ("3FS+50%", [Predecessor("3FS", 0.0, "FS", 50.0)]),
        ("CFS+50%, B-10%", [Predecessor("C", 0.0, "FS", 50.0), Predecessor("B", 0.0, "FS", -10.0)]),
        ("C+2ed", [Predecessor("C", 6.0, elapsed=True)]),
        ("C SS + 1 ewk; B+12ehrs", [Predecessor("C", 21.0, "SS", elapsed=True), Predecessor("B", 1.5, elapsed=True)]),
        ("C FF+50e%", [Predecessor("C", 0.0, "FF", 50.0, elapsed=True)]),
    ],
)
def test_cells_of_predecessors(cell, expected):
    reader = CellReader({"A", "B", "C", "A+1", "A, B", "3", "3FS"}, "d", {"h": 1, "d": 8, "w": 40})
    assert reader.read(cell) == expected


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("A, B; C", "both"),
        ("ASS+2x", "a lag in days"),
        ("A FF+2emin", "with e before it for elapsed time"),
        ("A+2e", "with e before it"),
        ("A FX+2", "unknown task 'A FX\\+2'"),
        ("A+100001%", "sensible size"),
        ("Cc", "did you mean 'C'"),
        ("A; nowhere", "unknown task 'nowhere'"),
    ],
)
def test_bad_cells_of_predecessors(cell, message):
    reader = CellReader({"A", "B", "C", "A, B"}, "d", {"h": 1, "d": 8, "w": 40})
    with pytest.raises(PlanError, match=message):
        reader.read(cell)


def test_formulas_are_neutralised_and_come_back():
    plan = sr.Plan(tasks=[sr.Task("=cmd|' /C calc'!A0", 1, name="@x"), sr.Task("'=y", 1, name="-1+1")])
    text = to_csv(plan)
    cells = [cell for line in text.splitlines()[1:] for cell in line.split(",")]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert parse_csv(text).plan().tasks == plan.tasks


# ---- what is wrong is told, with its place, all at once ---------------------------------------------------------------


def fault(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ReadError) as caught:
        sr.read(path)
    assert str(caught.value).startswith(str(path))
    return caught.value


@pytest.mark.parametrize(
    ("name", "content", "row", "message"),
    [
        ("p.toml", "a = 1\nb = = 2", 2, "TOML"),
        ("p.json", '{"tasks": [\n  1,,\n]}', 2, "JSON"),
        ("p.json", '{"tasks": [{"id": "a", "estimate": NaN}]}', None, "finite numbers"),
        ("p.json", '{"name": "a", "name": "b"}', None, "twice"),
        ("p.json", "[1, 2]", None, "object"),
        ("p.json", "[" * 100_000, None, "depth"),
        ("p.toml", 'name = "' + "a" * 20, None, "end of document"),
        ("p.toml", "schema_version = 2\ntasks = [{id = 'a', estimate = 1}]", None, "newer schedrisk"),
        ("p.toml", "schema_version = true\ntasks = [{id = 'a', estimate = 1}]", None, "schema_version"),
        ("p.toml", "tasks = 'x.xlsx'", None, "csv"),
        ("p.toml", "\xff\xfea\x00", None, "UTF-8"),
        ("p.csv", b"id,mode\n\xe9t\xe9,3\n", 2, "UTF-8"),
        ("p.csv", "id,mode\na,3\n".encode("utf-16"), None, "UTF-16"),
        ("p.csv", "id,mode\na,3,4\n", 2, "cells under a header"),
        ("p.csv", 'id,mode\n"a,3\n', 2, "CSV"),
        ("p.csv", "", None, "empty"),
        ("p.csv", "what,ever\n1,2\n", None, "id or name"),
        ("p.csv", "id,mode,Predecesors\na,3,\n", None, "did you mean 'predecessors'"),
        ("p.csv", "id,mode,Most likely\na,3,3\n", None, "two columns"),
        ("p.csv", "id,low,mode,high\na,1,x,3\n", 2, "column mode: found 'x'"),
        ("p.csv", "id,low,mode,high\n\na,3,2,1\n", 3, "low ≤ mode"),
        ("p.csv", "id,low,mode,high\na,1,,3\n", 2, "low, mode and high"),
        ("p.csv", "id,mode,estimate\na,1,5/8/9\n", 2, "clear one"),
        ("p.csv", "id,mode\na,-1\n", 2, "0 or more"),
        ("p.csv", "id,mode\na,inf\n", 2, "finite"),
        ("p.csv", "id,mode\na,1\na,2\n", None, "2 tasks of this name"),
        ("p.csv", "id,mode,after\na,1,bb\nbbb,1,\n", 2, "did you mean 'bbb'"),
        ("p.xlsx", b"PK\x03\x04 nothing", None, "Excel workbook"),
        ("p.xlsx", b"no zip", None, "Excel workbook"),
    ],
)
def test_broken_files(tmp_path, name, content, row, message):
    error = fault(tmp_path, name, content)
    assert message in str(error)
    if row is not None:
        assert error.row == row


def test_all_faults_of_a_table_come_at_once(tmp_path):
    error = fault(tmp_path, "p.csv", "id,low,mode,high,after\na,1,x,3,\nb,3,2,1,zz\n,1,2,3,\n")
    assert [problem.place for problem in error.problems] == [
        "row 2, column mode", "row 3, column low, mode", "row 3, column mode, high", "row 3, column after",
        "row 4, column id",
    ]  # fmt: skip


def test_missing_files_folders_and_suffixes(tmp_path):
    (tmp_path / "plan.toml").write_text("")
    with pytest.raises(FileNotFoundError, match=r"did you mean 'plan\.toml'"):
        sr.read(tmp_path / "plam.toml")
    (tmp_path / "d.toml").mkdir()
    with pytest.raises(MissingFileError, match="folder"):
        sr.read(tmp_path / "d.toml")
    with pytest.raises(ReadError, match=r"did you mean '\.toml'"):
        sr.read(tmp_path / "plan.tom")
    (tmp_path / "plan.toml").write_text("tasks = 'nowhere.csv'")
    with pytest.raises(MissingFileError, match=r"nowhere\.csv"):
        sr.read(tmp_path / "plan.toml")
    with pytest.raises(ReadError):
        sr.read("a\0b.toml")
    with pytest.raises(WriteError, match="suffix"):
        sr.write(sr.Plan(tasks=[sr.Task("a", 1)]), tmp_path / "plan.docx")


def test_garbage_of_ten_megabytes_is_refused_quickly(tmp_path):
    error = fault(tmp_path, "p.csv", "x" * 10_000_000)
    assert len(str(error)) < 1_000
    assert len(str(fault(tmp_path, "p.toml", "y" * 10_000_000))) < 1_000
    assert len(str(fault(tmp_path, "p.json", "[" + "1," * 5_000_000))) < 1_000
    assert len(str(fault(tmp_path, "q.toml", f"tasks = [{{id = 'a', estimate = '{'z' * 9_000_000}'}}]"))) < 1_000


def test_nothing_is_half_written(tmp_path, monkeypatch):
    plan = sr.Plan(tasks=[sr.Task("a", 1)])
    path = tmp_path / "plan.toml"
    sr.write(plan, path)
    before = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) & 0o044 == 0o044  # readable as any new file is

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("schedrisk.io.files.os.fdopen", full)
    with pytest.raises(WriteError, match="No space left"):
        sr.write(plan.replace(name="other"), path)
    assert path.read_text() == before
    assert [each.name for each in tmp_path.iterdir()] == ["plan.toml"]
    with pytest.raises(WriteError):
        sr.write(plan, tmp_path / "nowhere" / "plan.toml")


def test_unused_columns_are_told():
    with pytest.warns(SchedriskWarning, match="'Notes'"):
        sr.from_frame(pd.DataFrame({"id": ["a"], "mode": [1], "Notes": ["x"]}))


def test_formula_without_a_value_is_told(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["id", "mode"])
    book.active.append(["a", "=1+2"])
    book.save(tmp_path / "p.xlsx")
    with pytest.raises(ReadError, match="formula without a value in B2"):
        sr.read(tmp_path / "p.xlsx")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["a", "5/8/15"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
KEYS = [
    "name",
    "start",
    "unit",
    "calendar",
    "tasks",
    "risks",
    "links",
    "promises",
    "assumptions",
    "schema_version",
    "x",
]


def only_our_errors(make):
    with contextlib.suppress(SchedriskError):
        make()


@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=5))
def test_random_documents_raise_only_our_errors(document):
    only_our_errors(lambda: plan_of(document))


@given(plans(), st.data())
def test_mutated_documents_raise_only_our_errors(plan, data):
    document = json.loads(to_json(plan))
    places = []

    def walk(value, path):
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, each in items:
            places.append((value, key))
            walk(each, (*path, key))

    walk(document, ())
    for _ in range(data.draw(st.integers(1, 3))):
        parent, key = data.draw(st.sampled_from(places))
        change = data.draw(st.sampled_from(["delete", "replace", "rename"]))
        if isinstance(parent, dict) and change == "rename":
            parent[f"{key}x"] = parent.get(key)
        elif isinstance(parent, dict) and change == "delete":
            parent.pop(key, None)
        elif isinstance(parent, dict) or key < len(parent):
            parent[key] = data.draw(JSON)
    only_our_errors(lambda: plan_of(document))


@given(st.binary(max_size=60), st.sampled_from(["p.toml", "p.json", "p.csv", "p.xlsx"]))
def test_random_bytes_raise_only_our_errors(tmp_path_factory, content, name):
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)
    only_our_errors(lambda: sr.read(path))


@pytest.mark.filterwarnings("ignore::schedrisk.errors.SchedriskWarning")
@given(
    st.lists(
        st.lists(
            st.sampled_from(["id", "low", "mode", "high", "after", "a", "b", "a+1", "3", "x,y", '"', "", "-1"]),
            max_size=5,
        ),
        max_size=5,
    )
)
def test_random_tables_raise_only_our_errors(rows):
    text = "\n".join(",".join(row) for row in rows)

    def make():
        table = parse_csv(text)
        table.plan(links=table.links)

    only_our_errors(make)


def test_dates_in_a_table_are_no_ids():
    plan = sr.from_frame(pd.DataFrame({"id": [dt.date(2026, 1, 1)], "mode": [1]}))
    assert plan.tasks[0].id == "2026-01-01"
