"""Bad input of every kind: one clear error that names the place, the value, what was expected and the remedy."""

import contextlib
import datetime as dt
import json
import random
import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import schedrisk as sr
from plans import plans
from schedrisk.errors import CalendarError, CycleError, EstimateError, MissingFileError, PlanError, ReadError
from schedrisk.io import to_json, to_toml
from schedrisk.io.document import parse_json, parse_toml, plan_of
from schedrisk.io.spreadsheet import parse_csv

A = {"id": "a", "estimate": 1}
INFINITY, NAN = float("inf"), float("nan")


def task(**fields):
    return {"tasks": [A | fields]}


def risk(**fields):
    return {"tasks": [A], "risks": [{"id": "r", "probability": 0.5, "delay": {"a": 1}} | fields]}


def promise(**fields):
    return {"tasks": [A], "start": "2026-01-01", "promises": [{"name": "p", "by": "2026-02-01"} | fields]}


# Each: the document, and the words that the message must hold: place, value found, what was expected or the remedy.
BAD = {
    "cycle": (
        {"tasks": [A | {"after": ["b"]}, {"id": "b", "estimate": 1, "after": ["a"]}]},
        ["'a' → 'b' → 'a'", "without a loop", "remove one"],
    ),
    "task after itself": (task(after=["a"]), ["'a' → 'a'", "remove one"]),
    "unknown predecessor": (
        {"tasks": [A | {"id": "install"}, {"id": "b", "estimate": 1, "after": ["instal"]}]},
        ["task 'b', after", "unknown task 'instal'", "did you mean 'install'?"],
    ),
    "unknown task of a risk": (risk(delay={"b": 1}), ["risk 'r'", "unknown task 'b'", "known: 'a'"]),
    "unknown task of a promise": (promise(task="b"), ["promise 'p'", "unknown task 'b'"]),
    "unknown calendar": (task(calendar="China"), ["task 'a', calendar", "'China'", "'standard'"]),
    "duplicate tasks": ({"tasks": [A, A]}, ["task 'a'", "2 tasks of this name", "rename"]),
    "duplicate after NFC": (
        {"tasks": [A | {"id": "\u00e9"}, A | {"id": "e\u0301"}]},
        ["2 tasks of this name"],
    ),
    "duplicate risks": (
        {"tasks": [A], "risks": [{"id": "r", "probability": 0.5}] * 2},
        ["risk 'r'", "2 risks of this name"],
    ),
    "low above mode": (task(estimate="9/8/15"), ["task 'a', estimate", "9", "low ≤ mode"]),
    "mode above high": (task(estimate="triangular(5, 18, 15)"), ["task 'a', estimate", "18", "mode ≤ high"]),
    "NaN": (task(estimate=NAN), ["task 'a', estimate", "nan", "finite"]),
    "NaN in text": (task(estimate="nan"), ["task 'a', estimate", "'nan'", "an estimate such as"]),
    "infinity": (task(estimate={"low": 1, "mode": 2, "high": INFINITY}), ["task 'a', estimate", "inf", "finite"]),
    "an overflowing number": (task(planned=10**400), ["task 'a', planned", "finite"]),
    "negative duration": (task(estimate=-1), ["task 'a', estimate", "-1", "0"]),
    "negative planned": (task(planned=-2), ["task 'a', planned", "-2", "0"]),
    "probability above 1": (risk(probability=1.5), ["risk 'r', probability", "1.5", "1"]),
    "probability below 0": (risk(probability=-0.1), ["risk 'r', probability", "-0.1", "0"]),
    "probability in percent": (risk(probability="40%"), ["risk 'r', probability", "'40%'", "number"]),
    "probability as text": (risk(probability="0.5"), ["risk 'r', probability", "'0.5'", "number"]),
    "a truth value for a lag": (
        {"tasks": [A, A | {"id": "b"}], "links": [{"predecessor": "a", "successor": "b", "lag": True}]},
        ["link 1, lag", "True", "number"],
    ),
    "an unknown kind of link": (
        {"tasks": [A, A | {"id": "b"}], "links": [{"predecessor": "a", "successor": "b", "kind": "XX"}]},
        ["link 1, kind", "'XX'", "'FS'"],
    ),
    "empty plan": ({"tasks": []}, ["an empty plan", "add a task"]),
    "no tasks": ({"name": "x"}, ["tasks", "nothing", "give 'tasks'"]),
    "unknown key of a plan": ({"tasks": [A], "nmae": "x"}, ["'nmae'", "did you mean 'name'?"]),
    "unknown key of a task": (task(afterr=["b"]), ["task 'a'", "'afterr'", "did you mean 'after'?"]),
    "unknown key of a calendar": (
        {"tasks": [A], "calendar": {"holiday": []}},
        ["calendar", "'holiday'", "did you mean 'holidays'?"],
    ),
    "unknown kind of estimate": (
        task(estimate="prt(1, 2, 3)"),
        ["task 'a', estimate", "'prt'", "did you mean 'pert'?"],
    ),
    "estimate without an end": (task(estimate="pert(1, 2, "), ["task 'a', estimate", "an estimate such as"]),
    "wrong type of tasks": ({"tasks": 5}, ["tasks", "5"]),
    "wrong type of a task": ({"tasks": [A, 5]}, ["task 2", "5"]),
    "wrong type of an id": ({"tasks": [{"id": 5, "estimate": 1}]}, ["id", "5", "text"]),
    "empty id": ({"tasks": [{"id": "  ", "estimate": 1}]}, ["task ' ', id", "not blank"]),
    "wrong type of after": (task(after="b"), ["task 'a', after", "'b'"]),
    "unknown unit": ({"tasks": [A], "unit": "days"}, ["unit", "'days'", "'h', 'd' or 'w'"]),
    "unreadable start": ({"tasks": [A], "start": "31.12.2026"}, ["start", "'31.12.2026'", "2026-12-31"]),
    "impossible start": ({"tasks": [A], "start": "2026-02-30"}, ["start", "'2026-02-30'", "2026-12-31"]),
    "start with a zone": (
        {"tasks": [A], "start": "2026-01-01T08:00+08:00"},
        ["start", "+08:00", "leave the offset out"],
    ),
    "unreadable promise": (promise(by="soon"), ["promise 'p', by", "'soon'", "2026-12-31"]),
    "a number for a dated promise": (promise(by=5), ["promise 'p', by", "5", "a date"]),
    "a date for a promise without a start": (
        {"tasks": [A], "promises": [{"name": "p", "by": "2026-01-01"}]},
        ["promise 'p', by", "2026-01-01", "give the plan a start date"],
    ),
    "no weekday": ({"tasks": [A], "calendar": {"weekdays": []}}, ["calendar, weekdays", "no weekday", "'mon'"]),
    "no shift": ({"tasks": [A], "calendar": {"shifts": []}}, ["calendar, shifts", "no shift", "'08:00-17:00'"]),
    "a shift backwards": ({"tasks": [A], "calendar": {"shifts": ["17:00-08:00"]}}, ["shifts", "'17:00-08:00'"]),
    "overlapping shifts": (
        {"tasks": [A], "calendar": {"shifts": ["08:00-12:00", "11:00-15:00"]}},
        ["08:00-12:00 and 11:00-15:00", "do not overlap"],
    ),
    "an unreadable holiday": (
        {"tasks": [A], "calendar": {"holidays": ["2026-01-01", "x"]}},
        ["calendar, holidays", "number 2", "'x'", "2026-10-01"],
    ),
    "negative damages": (promise(damages={"rate": -1}), ["promise 'p'", "rate", "-1", "0"]),
    "a newer document": ({"schema_version": 2, "tasks": [A]}, ["schema_version", "2", "newer schedrisk"]),
}


@pytest.mark.parametrize("kind", BAD)
def test_message_names_place_value_and_way_out(kind):
    document, words = BAD[kind]
    with pytest.raises(PlanError) as caught:
        plan_of(document)
    assert isinstance(caught.value, ValueError)
    (problem,) = caught.value.problems
    missing = [word for word in words if word not in str(problem)]
    assert not missing, str(problem)
    assert problem.found
    assert problem.expected
    assert "\n" not in str(problem)
    assert len(str(problem)) < 400


@pytest.mark.parametrize("kind", [kind for kind in BAD if "→" in "".join(BAD[kind][1])])
def test_a_cycle_names_its_tasks_in_order(kind):
    with pytest.raises(CycleError) as caught:
        plan_of(BAD[kind][0])
    assert caught.value.cycle in {("a", "b"), ("a",)}


# JSON has no such numbers; what its reader says of them stands among the files below.
NOT_IN_JSON = {"NaN", "infinity", "an overflowing number"}


@pytest.mark.parametrize("kind", [kind for kind in BAD if kind not in NOT_IN_JSON])
def test_the_same_words_come_from_a_file(tmp_path, kind):
    document, words = BAD[kind]
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ReadError) as caught:
        sr.read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert all(word in str(caught.value) for word in words)
    assert isinstance(caught.value.__cause__, PlanError)


@pytest.mark.parametrize(
    ("name", "content", "error", "row", "words"),
    [
        ("p.toml", b"name = 'x'\ntasks = [\n  {id = }\n]", ReadError, 3, ["line 3", "column", "TOML"]),
        ("p.toml", b"a = 1\na = 2", ReadError, None, ["overwrite", "TOML"]),
        ("p.toml", b"start = 2026-02-30", ReadError, 1, ["TOML"]),
        ("p.toml", b"tasks = [{id = 'a', estimate = nan}]", ReadError, None, ["task 'a', estimate", "nan", "finite"]),
        ("p.toml", b"tasks = [{id = 'a', estimate = inf}]", ReadError, None, ["task 'a', estimate", "inf", "finite"]),
        ("p.json", b'{"name": "x"\n "tasks": []}', ReadError, 2, ["line 2", "column 2", "JSON"]),
        ("p.json", b'{"tasks": [{"id": "a", "estimate": Infinity}]}', ReadError, None, ["Infinity", "finite numbers"]),
        ("p.json", b'{"tasks": [{"id": "a", "estimate": 1e999}]}', ReadError, None, ["inf", "finite"]),
        ("p.json", b'{"name": "x", "name": "y"}', ReadError, None, ["'name' twice", "once"]),
        ("p.json", b"", ReadError, 1, ["JSON"]),
        ("p.toml", "name = 'é'".encode("cp1252"), ReadError, 1, ["0xe9", "UTF-8", "code page"]),
        ("p.json", "{}".encode("utf-16"), ReadError, None, ["UTF-16", "save the file as UTF-8"]),
        ("p.csv", "id,mode\né,1".encode("cp1252"), ReadError, 2, ["0xe9", "UTF-8", "code page"]),
        ("p.csv", b"id,mode\na,1\nb,2,3\n", ReadError, 3, ["row 3", "3 cells", "quote cells"]),
        ("p.csv", b'id,mode\n"a"b,1\n', ReadError, 2, ["row 2", "CSV"]),
        ("p.csv", b"id,low,mode,high\na,1,2,\n", ReadError, 2, ["row 2, column high", "nothing"]),
        ("p.csv", b"id,low,mode,high\na,3,2,4\n", ReadError, 2, ["row 2", "low ≤ mode"]),
        ("p.csv", b"id,mode,after\na,1,\nb,1,c\n", ReadError, 3, ["row 3, column after", "'c'", "known: "]),
        ("p.csv", b"id,mode,after\na,1,\nb,1,aXS\n", ReadError, 3, ["row 3, column after", "'aXS'", "known: "]),
        ("p.xlsx", b"PK\x03\x04", ReadError, None, ["Excel workbook"]),
        ("p.doc", b"", ReadError, None, ["'.doc'", ".toml, .json, .csv, .xlsx"]),
        ("p.tml", b"", ReadError, None, ["'.tml'", "did you mean '.toml'?"]),
        ("missing.toml", None, MissingFileError, None, ["no such file"]),
    ],
)
def test_files_that_cannot_be_read(tmp_path, name, content, error, row, words):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error) as caught:
        sr.read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert [word for word in words if word not in str(caught.value)] == []
    assert caught.value.row == row


def test_every_fault_of_a_document_comes_at_once():
    document = {
        "nmae": "x",
        "start": "soon",
        "calendar": {"weekdays": ["moonday"]},
        "tasks": [A | {"estimate": "9/8/7", "after": ["b"]}, A | {"planned": -1}, 5],
        "risks": [{"id": "r", "probability": 2, "delay": {"zz": 1}}],
        "promises": [{"name": "p", "by": "never", "task": "yy"}],
    }
    with pytest.raises(PlanError) as caught:
        plan_of(document)
    text = str(caught.value)
    for word in (
        "'nmae'", "'soon'", "'moonday'", "low ≤ mode", "unknown task 'b'", "planned", "task 3", "probability", "'zz'",
        "'never'", "'yy'", "2 tasks of this name",
    ):  # fmt: skip
        assert word in text, word
    assert len(set(caught.value.problems)) == len(caught.value.problems)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: sr.Calendar.for_country("XX", years=[2026]), CalendarError, ["'XX'"]),
        (lambda: sr.Pert(3, 2, 1), EstimateError, ["low ≤ mode", "mode ≤ high"]),
        (lambda: sr.Fixed(NAN), EstimateError, ["nan"]),
        (lambda: sr.Fixed("5"), EstimateError, ["'5'"]),
        (lambda: sr.Task("a", 1, after=[1]), PlanError, ["task 'a'", "after", "1", "text"]),
        (lambda: sr.Plan(tasks=[sr.Task("a", 1)]).promise("x"), KeyError, ["'x'", "none are defined"]),
        (lambda: sr.Plan(tasks=[sr.Task("a", 1)]).task("b"), KeyError, ["'b'", "known: 'a'"]),
    ],
)
def test_code_is_told_the_same_way(make, error, words):
    with pytest.raises(error) as caught:
        make()
    assert isinstance(caught.value, sr.SchedriskError)
    assert [word for word in words if word not in str(caught.value)] == []


def test_a_number_beyond_all_is_told_wherever_it_stands():
    beyond = 10**400
    for document in (
        promise(by=beyond),
        risk(probability=beyond),
        task(estimate=beyond),
        {"schema_version": beyond} | task(),
    ):
        with pytest.raises(PlanError, match=r"inf|1000"):
            plan_of(document)


def test_a_long_value_is_quoted_short():
    with pytest.raises(PlanError) as caught:
        plan_of(task(estimate="x" * 5_000_000) | {"start": "y" * 5_000_000, "unit": ["z" * 5_000_000]})
    assert len(caught.value.problems) == 3
    assert len(str(caught.value)) < 1_500


# ---- whatever comes, nothing but our errors ---------------------------------------------------------------------------

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.dates()
    | st.times()
    | st.datetimes(timezones=st.sampled_from([None, dt.UTC]))
    | st.sampled_from(["a", "5/8/15", "pert(p10=1, mode=2, p90=3)", "2026-01-01", "1e999", 10**400, "discrete(1: 1)"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "kind", "low", "mode", "high", "self", "cls", "a", "rate", "values", "ends", "p10"])
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
ESTIMATE_TABLES = st.dictionaries(
    st.sampled_from(["low", "mode", "high", "weight", "ends", "value", "values", "probabilities", "samples", "p10", "p90", "cls"]),
    VALUES,
    max_size=4,
)  # fmt: skip


def only_our_errors(make):
    with contextlib.suppress(sr.SchedriskError), warnings.catch_warnings():
        warnings.simplefilter("ignore", sr.SchedriskWarning)
        plan = make()
        # What is accepted is a plan like any other: it can be written and read again.
        assert plan_of(parse_json(to_json(plan))) == plan
        assert plan_of(parse_toml(to_toml(plan))) == plan


@given(plans(), st.data())
def test_values_put_anywhere_in_a_good_document(plan, data):
    document = parse_toml(to_toml(plan))
    parent, steps = document, data.draw(st.integers(1, 5))
    for _ in range(steps):
        keys = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        inside = parent[key]
        if not isinstance(inside, dict | list) or data.draw(st.booleans()):
            parent[key] = data.draw(VALUES)
            break
        parent = inside
    only_our_errors(lambda: plan_of(document))


@given(st.sampled_from(["fixed", "uniform", "triangular", "pert", "discrete", "empirical", "x"]), ESTIMATE_TABLES)
def test_estimates_of_random_fields(kind, table):
    only_our_errors(lambda: plan_of({"tasks": [{"id": "a", "estimate": table | {"kind": kind}}]}))


TOML_WORDS = [
    "tasks", "risks", "name", "id", "estimate", "=", "[", "]", "[[", "]]", "{", "}", ",", "\n", "'a'", '"b', "1", "-1", "nan",
    "1e400", "2026-01-01", "2026-02-30", "17:00:00", ".", "#", "'''", "\\u12", "true", "9" * 5000, "[" * 2000, "\r", "\x00",
]  # fmt: skip


@given(st.lists(st.sampled_from(TOML_WORDS), max_size=25).map(" ".join), st.sampled_from([parse_toml, parse_json]))
def test_random_words_of_toml_and_json(text, parse):
    only_our_errors(lambda: plan_of(parse(text)))


@given(st.text(st.sampled_from("id,mode;after\t\n\r\"'=+-@a1. \ufeff\x1c"), max_size=60))
def test_random_csv(text):
    def make():
        table = parse_csv("id,mode,after\n" + text if len(text) % 2 else text)
        return table.plan(links=table.links)

    only_our_errors(make)


@settings(max_examples=50)
@given(plans(most_tasks=3), st.sampled_from([".toml", ".json", ".xlsx"]), st.integers(0, 2**32))
def test_damaged_files(tmp_path_factory, plan, suffix, seed):
    path = tmp_path_factory.getbasetemp() / f"damaged{suffix}"
    try:
        sr.write(plan, path)
    except PlanError:
        return
    data, chance = bytearray(path.read_bytes()), random.Random(seed)
    for _ in range(chance.randint(1, 5)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(data[: chance.randint(0, len(data))] if chance.random() < 0.3 else data)
    only_our_errors(lambda: sr.read(path))


# ---- schedules of other tools -------------------------------------------------------------------------------------------

DATA = Path(__file__).parent / "data"
SCHEDULES = [("site.xer", {"project": "SITE"}), ("old.xer", {}), ("exchange.mspdi.xml", {})]


@pytest.mark.parametrize(("name", "options"), SCHEDULES, ids=[name for name, _ in SCHEDULES])
def test_schedules_cut_short_name_file_and_place(tmp_path, name, options):
    whole = (DATA / name).read_bytes()
    path = tmp_path / name
    for length in range(0, len(whole) - 1, 700):
        path.write_bytes(whole[:length])
        with pytest.raises(sr.ReadError) as caught:
            sr.read(path, **options)
        assert str(caught.value).startswith(str(path))


def test_a_loop_of_lags_is_told_as_a_loop(tmp_path):
    whole = (DATA / "old.xer").read_bytes()
    assert whole.count(b"%T\tTASKPRED") == 1
    plan = sr.read(DATA / "old.xer")
    (link,) = plan.links
    back = sr.Link(link.successor, link.predecessor, "SS", lag=24, lag_calendar="24h")
    with pytest.raises(sr.CycleError, match="the loop 'T"):
        plan.replace(links=[link, back])


def test_the_project_of_a_file_without_several_is_a_fault(tmp_path):
    sr.write(sr.Plan(tasks=[sr.Task("a", 1)]), tmp_path / "plan.toml")
    with pytest.raises(sr.ArgumentError, match="holds one plan"):
        sr.read(tmp_path / "plan.toml", project="2666")
    with pytest.raises(sr.ArgumentError, match="has no custom fields"):
        sr.read(tmp_path / "plan.toml", estimates=["a", "b", "c"])
    for estimates in (["a", "b"], [1, 2, 3], 7):
        with pytest.raises(sr.ArgumentError, match="low, mode, high"):
            sr.read(tmp_path / "plan.toml", estimates=estimates)


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("schedrisk.io.excel.LARGEST_UNPACKED", 1_000_000)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 5_000_000)
    assert path.stat().st_size < 10_000
    with pytest.raises(sr.ReadError, match="unpack"):
        sr.read(path)


def test_xml_of_unknown_making(tmp_path):
    bomb = b'<!DOCTYPE p [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><Project>&b;</Project>'
    for content, words in ((bomb, "DOCTYPE"), (b"<html/>", "Project"), (b"no xml", "XML"), (b"", "XML")):
        (tmp_path / "x.xml").write_bytes(content)
        with pytest.raises(sr.ReadError, match=words):
            sr.read(tmp_path / "x.xml")


# ---- arguments of another kind ----------------------------------------------------------------------------------------

OF_A_PLAN = {
    "estimates": sr.estimates,
    "to_frame": sr.to_frame,
    "write": lambda plan: sr.write(plan, "plan.toml"),
    "network": sr.plot.network,
}
OF_A_RESULT = {
    "sensitivity": sr.sensitivity,
    "ownership": sr.ownership,
    "write_back": lambda result: sr.write_back(result, "back.csv"),
    "s_curve": sr.plot.s_curve,
    "histogram": sr.plot.histogram,
    "gantt": sr.plot.gantt,
    "tornado": sr.plot.tornado,
    "Report": sr.Report,
}


@pytest.mark.parametrize("call", OF_A_PLAN.values(), ids=OF_A_PLAN)
@pytest.mark.parametrize("value", [None, "plan.toml", 3], ids=repr)
def test_what_is_no_plan(call, value):
    with pytest.raises(sr.ArgumentError, match=f"plan: found {value!r}, expected a Plan"):
        call(value)


@pytest.mark.parametrize("call", OF_A_RESULT.values(), ids=OF_A_RESULT)
@pytest.mark.parametrize("value", [None, "plan.toml", 3], ids=repr)
def test_what_is_no_result(call, value):
    with pytest.raises(sr.ArgumentError, match=f"result: found {value!r}, expected a result of simulate"):
        call(value)


@pytest.mark.parametrize("value", [None, 3, ["plan.toml"]], ids=repr)
def test_what_is_no_path(value):
    plan = sr.Plan(tasks=[sr.Task("a", 1)])
    for call in (sr.read, lambda path: sr.write(plan, path), lambda path: sr.write_back(sr.simulate(plan, 10), path)):
        with pytest.raises(sr.ArgumentError, match=r"path: found .*, expected the path of a file"):
            call(value)


def test_what_is_no_table():
    with pytest.raises(sr.ArgumentError, match="df: found 'x', expected a DataFrame"):
        sr.from_frame("x")


def test_percentiles_that_are_one_number():
    with pytest.raises(sr.ArgumentError, match="percentiles: found 80, expected numbers from 0 to 100"):
        sr.write_back(sr.simulate(sr.Plan(tasks=[sr.Task("a", 1)]), 10), "back.csv", percentiles=80)


@pytest.mark.parametrize(("begun", "manual"), [(5, (1, 4)), ("2026-12-09", ("2026-12-01", "2026-12-07"))])
def test_dates_by_hand_that_end_before_the_work_began(begun, manual):
    start = None if begun == 5 else "2026-12-01"
    with pytest.raises(sr.PlanError, match=r"task 'a', manual: found a finish .* before its actual start"):
        sr.Plan(start=start, tasks=[sr.Task("a", 1, actual_start=begun, manual=manual)])
