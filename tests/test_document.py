"""TOML and JSON documents: what is written reads well and comes back exactly; what is no document is told."""

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schedrisk as sr
from schedrisk.errors import CycleError, MissingFileError, PlanError, ReadError, WriteError
from schedrisk.io import document_schema, to_json, to_toml
from schedrisk.io.document import parse_json, parse_toml, plan_of

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(str.strip)
DOCUMENTS = [(to_toml, parse_toml), (to_json, parse_json)]


@pytest.mark.parametrize(("dump", "parse"), DOCUMENTS)
@given(names=st.lists(ANY_TEXT, min_size=5, max_size=5))
def test_any_text_round_trips(dump, parse, names):
    task, owner, risk, promise, sentence = names
    plan = sr.Plan(
        name=sentence,
        assumptions=[sentence],
        tasks=[sr.Task(task, "1/2/3", name=owner, owner=owner, tags=[promise])],
        risks=[sr.Risk(risk, 0.1 + 0.2, delay={task: 1 / 3})],
        promises=[sr.Promise(promise, 0.1 + 0.7, task=task)],
    )
    assert plan_of(parse(dump(plan))) == plan


@pytest.mark.parametrize("suffix", [".toml", ".json"])
@pytest.mark.parametrize("name", ["a\r\nb", "two\nlines", "quo\"te's", "\x00\x1f\x7f", "竣工 ☎ 😀", "]", "= ["])
def test_names_survive_a_file(tmp_path, suffix, name):
    plan = sr.Plan(name=name, tasks=[sr.Task(name, 1)])
    sr.write(plan, tmp_path / f"plan{suffix}")
    assert sr.read(tmp_path / f"plan{suffix}") == plan


def test_toml_reads_from_the_plan_down_to_its_tasks():
    text = to_toml(sr.datasets.load("exchange-upgrade"))
    places = [text.index(each) for each in ("schema_version", "name =", "start =", "[calendar]", "[[promises]]")]
    assert places == sorted(places)
    assert places[0] == 0
    assert places[-1] < text.index("[[risks]]") < text.index("[[tasks]]")
    assert max(map(len, text.splitlines())) < 130


def test_version_is_first_and_may_be_missing():
    plan = sr.Plan(tasks=[sr.Task("a", 1)])
    for document in (tomllib.loads(to_toml(plan)), json.loads(to_json(plan))):
        assert next(iter(document.items())) == ("schema_version", 1)
        del document["schema_version"]
        assert plan_of(document) == plan
    assert next(iter(document_schema()["properties"])) == "schema_version"


@pytest.mark.parametrize("version", [0, -1, 1.0, "1", True, None, [1]])
def test_malformed_versions_are_told_beside_the_other_faults(version):
    with pytest.raises(PlanError) as caught:
        plan_of({"schema_version": version, "nmae": "x", "tasks": [{"id": "a", "estimate": 1}]})
    places = [problem.place for problem in caught.value.problems]
    assert places == ["schema_version", "nmae"]


def test_a_byte_order_mark_is_no_fault(tmp_path):
    for name, text in (("p.toml", "tasks = [{id = 'a', estimate = 1}]"), ("p.csv", "id,mode\na,1\n")):
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.encode())
        assert sr.read(tmp_path / name).tasks == (sr.Task("a", 1),)


def test_the_cause_of_a_read_error_is_the_plan_error(tmp_path):
    path = tmp_path / "p.json"
    tasks = [{"id": "a", "estimate": 1, "after": ["b"]}, {"id": "b", "estimate": 1, "after": ["a"]}]
    path.write_text(json.dumps({"tasks": tasks}))
    with pytest.raises(ReadError, match="the loop 'a' → 'b' → 'a'") as caught:
        sr.read(path)
    assert isinstance(caught.value.__cause__, CycleError)
    assert caught.value.problems == caught.value.__cause__.problems


# ---- a document whose tasks stand in a table --------------------------------------------------------------------------


def beside(folder, document, table):
    (folder / "t.csv").write_text(table)
    (folder / "p.toml").write_text(document)
    return folder / "p.toml"


def test_links_of_a_document_and_of_its_table_add_up(tmp_path):
    document = "tasks = 't.csv'\nlinks = [{predecessor = 'a', successor = 'c', lag = 1}]"
    plan = sr.read(beside(tmp_path, document, "id,mode,after\na,1,\nb,1,a+2\nc,1,\n"))
    assert [(link.successor, link.lag) for link in plan.links] == [("b", 2), ("c", 1)]


def test_faults_of_a_document_and_of_its_table_come_at_once(tmp_path):
    path = beside(tmp_path, "tasks = 't.csv'\nrisks = [{id = 'r', probability = 3}]", "id,mode\na,x\nb,1\nb,1\n")
    with pytest.raises(ReadError) as caught:
        sr.read(path)
    assert [problem.place for problem in caught.value.problems] == [
        "t.csv, row 2, column mode", "risk 'r', probability", "task 'b'",
    ]  # fmt: skip
    assert caught.value.path == str(path)


@pytest.mark.parametrize(
    "line", ["links = 5", "links = 'x'", "links = true", "unit = ['d']", "unit = {a = 1}", "calendar = 5"]
)
def test_wrong_types_beside_a_table_are_told(tmp_path, line):
    key = line.partition(" ")[0]
    with pytest.raises(ReadError) as caught:
        sr.read(beside(tmp_path, f"tasks = 't.csv'\n{line}\n", "id,mode,after\na,1,\nb,1,a+2\n"))
    assert [problem.place for problem in caught.value.problems] == [key]


# ---- what is no document ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [60, 400, 900, 970, 980, 990, 1000, 100_000])
@pytest.mark.parametrize("key", ["name", "start", "tasks", "x"])
def test_deep_nesting_is_told_at_every_depth(depth, key):
    with pytest.raises(sr.SchedriskError, match="depth"):
        plan_of(parse_json(f'{{"{key}": {"[" * depth}{"]" * depth}}}'))


def test_keys_named_like_arguments_of_python_are_unknown_keys():
    for key in ("self", "cls", "__dataclass_self__", "args", "kwargs"):
        document = {key: 1, "tasks": [{"id": "a", "estimate": 1, key: 1}], "calendar": {key: 1}}
        with pytest.raises(PlanError) as caught:
            plan_of(document)
        assert [problem.found for problem in caught.value.problems] == [f"the unknown key {key!r}"] * 3


def test_half_signs_are_refused_before_they_spoil_a_file():
    with pytest.raises(PlanError, match="surrogates"):
        plan_of(parse_json('{"name": "\\ud800", "tasks": [{"id": "a", "estimate": 1}]}'))
    assert sr.Task("\U0001f600", 1).id == "😀"


def test_doubled_keys_and_constants_keep_their_own_message():
    for text, message in (('{"a": 1, "a": 2}', "'a' twice"), ('{"a": -Infinity}', "-Infinity")):
        with pytest.raises(sr.SchedriskError) as caught:
            parse_json(text)
        assert message in caught.value.problems[0].found
        assert caught.value.problems[0].found.count("found") == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("keys.json", "{" + ",".join(f'"k{number}": 0' for number in range(300_000)) + "}"),
        ("keys.toml", "\n".join(f"k{number} = 0" for number in range(100_000))),
        ("numbers.json", '{"tasks": [' + "0," * 1_000_000 + "0]}"),
        ("rows.csv", "id,mode\n" + "x,y\n" * 300_000),
        ("columns.csv", ",".join(f"column {number}" for number in range(300_000))),
        ("lines.csv", "what\n" * 1_000_000),
    ],
)
def test_megabytes_in_good_syntax_are_refused_in_few_words(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ReadError) as caught:
        sr.read(path)
    assert len(str(caught.value)) < 10_000
    assert len(caught.value.problems) < 11_000


# ---- writing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, OSError])
def test_an_interrupted_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, interruption):
    path = tmp_path / "plan.json"
    plan = sr.Plan(tasks=[sr.Task("a", 1)])
    sr.write(plan, path)

    def stop(*_):
        raise interruption(28, "No space left")

    monkeypatch.setattr("schedrisk.io.files.Path.replace", stop)
    with pytest.raises(WriteError if interruption is OSError else KeyboardInterrupt):
        sr.write(plan.replace(name="other"), path)
    assert sr.read(path) == plan
    assert list(tmp_path.iterdir()) == [path]


def test_files_that_may_not_be_read_or_written(tmp_path, monkeypatch):
    plan = sr.Plan(tasks=[sr.Task("a", 1)])
    sr.write(plan, tmp_path / "p.toml")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("schedrisk.io.reading.Path.read_bytes", refuse)
    with pytest.raises(ReadError, match="Permission denied") as caught:
        sr.read(tmp_path / "p.toml")
    assert not isinstance(caught.value, MissingFileError)
    monkeypatch.setattr("schedrisk.io.files.tempfile.mkstemp", refuse)
    with pytest.raises(OSError, match="Permission denied"):
        sr.write(plan, tmp_path / "p.toml")
