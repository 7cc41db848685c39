"""Documents on a base: what is layered on what, faults with their place, chains of bases, the schema."""

import json
import random
import re
from pathlib import Path

import pytest

import schedrisk as sr
from schedrisk.errors import PlanError
from schedrisk.io import document_schema, to_json, to_toml
from schedrisk.io.base import base_plan, longer_chain
from schedrisk.io.document import parse_json, parse_toml, plan_of

SITE = """
name = "site"
start = 2027-01-04
assumptions = ["The drawings are final."]
links = [{ predecessor = "A", successor = "B", kind = "SS", lag = 2 }]
correlations = [{ tasks = ["C", "D"], rho = 0.5 }]
scheduling = { progress = "progress-override", critical_float = 3 }
calendars = [{ name = "night", shifts = ["20:00-24:00"] }]
tasks = [
    { id = "A", estimate = 10, estimate_from = "schedule", wbs = "S.CIVIL", owner = "us" },
    { id = "B", estimate = 20, estimate_from = "schedule", wbs = "S.CIVIL", tags = ["x"] },
    { id = "C", estimate = "4/5/9", estimate_from = "fields low, mode, high", planned = 6 },
    { id = "D", estimate = "4/5/6" },
    { id = "end", estimate = 0, kind = "finish-milestone", after = ["B"], estimate_from = "schedule" },
]
[[promises]]
name = "contract"
by = 2027-03-01
[[risks]]
id = "rain"
probability = 0.3
delay = { A = 2 }
"""
TEMPLATES = '[[templates]]\nlow = 0.9\nhigh = 1.5\nwbs = "S"\nrho = 0.4\n'


def read(file, chain=()):
    """Read a document as the library's reader is meant to: each base relative to its document's folder."""
    chain = longer_chain(chain, file)
    parse = parse_toml if file.suffix == ".toml" else parse_json
    document = parse(file.read_text(encoding="utf-8"))
    if "base" not in document:
        return plan_of(document)
    return base_plan(
        document,
        lambda path, project, fields: read(file.parent / path, chain),
        lambda path: (file.parent / path).read_bytes(),
    )


PAGE = Path(__file__).parents[1] / "docs" / "reference" / "imported-estimates.md"


@pytest.fixture
def made(tmp_path):
    """Return a function that writes a document on the site, and further files, and reads it."""
    (tmp_path / "site.toml").write_text(SITE)

    def make(text, **files):
        for name, content in files.items():
            (tmp_path / name.replace("_", ".")).write_text(content)
        (tmp_path / "plan.toml").write_text(f'base = "site.toml"\n{text}')
        return read(tmp_path / "plan.toml")

    return make


def faults(make, text, **files):
    with pytest.raises(PlanError) as caught:
        make(text, **files)
    return [(problem.place, problem.found) for problem in caught.value.problems]


# ---- layers ---------------------------------------------------------------------------------------------------------


def test_a_bare_base_is_its_plan(made):
    assert made("") == plan_of(parse_toml(SITE))


def test_fields_replace_and_lists_add(made):
    plan = made("""
        name = "site with risks"
        must_finish = 2027-06-01
        assumptions = ["No strike."]
        links = [{ predecessor = "B", successor = "C", lag = 3 }]
        correlations = [{ tasks = ["A", "B"], rho = 0.2 }]
        scheduling = { critical_float = 5 }
        calendars = [{ name = "day" }]
        promises = [{ name = "milestone", by = 2027-02-01, task = "end" }, { name = "contract", by = 2027-04-01 }]
        risks = [{ id = "rain", probability = 0.5, delay = { B = 1 } }, { id = "strike", probability = 0.1 }]
    """)
    assert (plan.name, str(plan.start), str(plan.must_finish)) == ("site with risks", "2027-01-04", "2027-06-01")
    assert plan.assumptions == ("The drawings are final.", "No strike.")
    assert plan.links == (sr.Link("B", "C", lag=3), sr.Link("A", "B", "SS", lag=2))
    assert {group.tasks for group in plan.correlations} == {("A", "B"), ("C", "D")}
    assert (plan.scheduling.progress, plan.scheduling.critical_float) == ("progress-override", 5)
    assert [calendar.name for calendar in plan.calendars] == ["night", "day"]
    assert [(promise.name, promise.by.month) for promise in plan.promises] == [("contract", 4), ("milestone", 2)]
    assert [(risk.id, risk.probability) for risk in plan.risks] == [("rain", 0.5), ("strike", 0.1)]


def test_tasks_are_patched_by_id(made):
    plan = made("""
        tasks = [
            { id = "A", estimate = "8/10/15", owner = "supplier" },
            { id = "B", name = "Second", tags = ["y"], constraints = [{ kind = "SNET", when = 2027-02-01 }] },
            { id = "D", calendar = "night" },
            { id = "new", estimate = "1/2/3", after = ["B"] },
        ]
    """)
    before = plan_of(parse_toml(SITE))
    changes = {"estimate": sr.Pert(8, 10, 15), "owner": "supplier", "estimate_from": "by hand"}
    assert plan.task("A") == before.task("A").replace(**changes)
    assert plan.task("B").tags == ("y",)
    assert plan.task("B").estimate_from == "schedule"
    assert plan.task("D") == before.task("D").replace(calendar="night")
    assert plan.task("new") == sr.Task("new", "1/2/3", after=["B"])
    assert [task.id for task in plan.tasks] == ["A", "B", "C", "D", "end", "new"]


def test_an_estimate_by_hand_leaves_the_planned_dates(made):
    plan = made('tasks = [{ id = "A", estimate = "8/12/15" }, { id = "B", estimate = "9/20/30", planned = 25 }]')
    assert [plan.task(each).planned_duration for each in "AB"] == [10, 25]
    assert made('tasks = [{ id = "D", estimate = "8/12/15" }]').task("D").planned_duration == 12


TABLE = "id,low,mode,high\nA,9,10,11\nB,18,20,23\nC,4,6,7\n"


@pytest.mark.parametrize("seed", range(8))
def test_precedence_whatever_the_order_of_the_keys(made, seed):
    lines = ['estimates = "e.csv"', 'tasks = [{ id = "A", estimate = 7 }]', 'name = "n"']
    random.Random(seed).shuffle(lines)
    plan = made("\n".join(lines) + "\n" + TEMPLATES, e_csv=TABLE.replace("B,18,20,23\n", ""))
    assert [(str(task.estimate), task.estimate_from) for task in plan.tasks] == [
        ("7", "by hand"),  # over the table, and no template
        ("pert(18, 20, 30)", "template 1: wbs S"),  # what is left of the schedule
        ("pert(4, 6, 7)", "file e.csv"),  # over the fields
        ("pert(4, 5, 6)", None),
        ("0", "schedule"),
    ]
    assert [task.planned_duration for task in plan.tasks[:3]] == [10, 20, 6]


def test_templates_in_their_order_with_their_correlation(made):
    plan = made(TEMPLATES + "[[templates]]\nlow = 0.1\nhigh = 9\n")
    assert [str(plan.task(each).estimate) for each in "AB"] == ["pert(9, 10, 15)", "pert(18, 20, 30)"]
    assert plan.correlations[-1] == sr.Correlation(["A", "B"], 0.4)
    assert sr.estimates(plan)["source"].tolist() == [
        "template 1: wbs S", "template 1: wbs S", "fields low, mode, high", "by hand", "none: milestone",
    ]  # fmt: skip


def test_templates_without_a_base_too():
    plan = plan_of(parse_toml(SITE + TEMPLATES))
    assert [str(plan.task(each).estimate) for each in "ACD"] == ["pert(9, 10, 15)", "pert(4, 5, 9)", "pert(4, 5, 6)"]
    assert plan == plan_of(parse_toml(SITE)).with_templates([sr.Template(low=0.9, high=1.5, wbs="S", rho=0.4)])


@pytest.mark.parametrize(("dump", "parse"), [(to_toml, parse_toml), (to_json, parse_json)])
def test_what_is_made_is_a_whole_plan(made, dump, parse):
    plan = made('estimates = "e.csv"\ntasks = [{ id = "D", estimate = "4/5/6" }]\n' + TEMPLATES, e_csv=TABLE)
    document = parse(dump(plan))
    assert not {"base", "project", "estimates", "templates"} & document.keys()
    assert plan_of(document) == plan
    assert sr.simulate(plan_of(document), 50, rng=1).finish.tolist() == sr.simulate(plan, 50, rng=1).finish.tolist()


def test_json_null_takes_a_field_back(tmp_path):
    (tmp_path / "site.toml").write_text(SITE)
    (tmp_path / "plan.json").write_text(json.dumps({"base": "site.toml", "tasks": [{"id": "A", "owner": None}]}))
    assert read(tmp_path / "plan.json").task("A").owner is None


def test_the_reader_is_told_project_and_fields():
    calls = []

    def read_base(*given):
        calls.append(given)
        return plan_of(parse_toml(SITE))

    document = {"base": "multi.xer", "project": "2666", "estimates": ["Duration1", "Duration2", "Duration3"]}
    base_plan(document, read_base, lambda _: b"")
    base_plan({"base": "site.xml"}, read_base, lambda _: b"")
    fields = ("Duration1", "Duration2", "Duration3")
    assert calls == [("multi.xer", "2666", fields), ("site.xml", None, None)]


def test_the_example_of_the_page(tmp_path):
    """A TOML file stands for the schedule."""
    table, document = re.findall(r"```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    tasks = [sr.Task("A1000", 20, estimate_from="schedule", wbs="SITE.EARTH")]
    tasks += [sr.Task(f"A{number}", 10, estimate_from="schedule", wbs="SITE.WALLS") for number in (1010, 1020, 1030)]
    (tmp_path / "site.toml").write_text(to_toml(sr.Plan(start="2027-01-04", tasks=tasks)))
    (tmp_path / "estimates.csv").write_text(table)
    (tmp_path / "plan.toml").write_text(document.replace("site.xer", "site.toml"))
    plan = read(tmp_path / "plan.toml")
    assert sr.estimates(plan)["source"].tolist() == [
        "by hand", "file estimates.csv", "template 1: wbs SITE.WALLS", "template 1: wbs SITE.WALLS",
    ]  # fmt: skip
    assert plan.task("A1000").owner == "customer"
    assert [promise.name for promise in plan.promises] == ["contract"]


# ---- chains ---------------------------------------------------------------------------------------------------------


def test_a_base_of_a_base_in_another_folder(tmp_path):
    (tmp_path / "schedules").mkdir()
    (tmp_path / "schedules" / "site.toml").write_text(SITE)
    (tmp_path / "schedules" / "middle.toml").write_text('base = "site.toml"\ntasks = [{ id = "A", owner = "them" }]')
    (tmp_path / "plan.toml").write_text('base = "schedules/middle.toml"\ntasks = [{ id = "A", name = "First" }]')
    task = read(tmp_path / "plan.toml").task("A")
    assert (task.owner, task.name, task.estimate_from) == ("them", "First", "schedule")


def test_two_documents_on_one_base_are_no_loop(tmp_path):
    (tmp_path / "site.toml").write_text(SITE)
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text('base = "site.toml"')
    assert read(tmp_path / "a.toml") == read(tmp_path / "b.toml")


@pytest.mark.parametrize("loop", [["a"], ["a", "b"], ["a", "b", "c"]])
def test_loops_are_told(tmp_path, loop):
    for name, base in zip(loop, [*loop[1:], loop[0]], strict=True):
        (tmp_path / f"{name}.toml").write_text(f'base = "../{tmp_path.name}/{base}.toml"')
    (tmp_path / "start.toml").write_text('base = "a.toml"')
    for start in ("a", "start"):
        with pytest.raises(PlanError) as caught:
            read(tmp_path / f"{start}.toml")
        told = " → ".join(f"'{name}.toml'" for name in [*loop, loop[0]])
        assert f"the loop {told}" in str(caught.value)


def test_chains_have_an_end():
    chain = ()
    for number in range(20):
        chain = longer_chain(chain, Path(f"{number}.toml"))
    with pytest.raises(PlanError, match="one upon the other"):
        longer_chain(chain, Path("20.toml"))


# ---- faults ---------------------------------------------------------------------------------------------------------


def test_all_faults_at_once_each_with_its_place(made):
    text = """
        unit = "h"
        nmae = "x"
        estimates = "e.csv"
        links = [{ predecessor = "A", successor = "Z" }, { predecessor = "A", successor = "B", kind = "XX" }]
        risks = [{ id = "r", probability = 2, delay = { A = 1 } }]
        tasks = [
            { id = "A", estimate = "9/8/15" },
            { id = "a", owner = "us" },
            { id = "B", onwer = "us" },
            { id = "C", planned = -1 },
            { id = "D", name = "one" },
            { id = "D", name = "two" },
        ]
        [[templates]]
        low = 0.9
        high = 1.2
        [[templates]]
        low = 1.5
        high = 1.2
        wsb = "S"
    """
    found = faults(made, text, e_csv="id,low,mode,high\nA,1,2,x\nQ,1,2,3\n")
    assert sorted(place for place, _ in found) == sorted([
        "templates, number 2, wsb", "templates, number 2, low, mode",
        "e.csv, row 2, column high", "e.csv, row 3, column id", "unit", "task 'a'", "task 'A', estimate, low, mode",
        "task 'B', onwer", "task 'C', planned", "link 1", "link 2, kind", "risk 'r', probability", "nmae", "task 'D'",
    ])  # fmt: skip


BAD = {
    "an unknown task": ('tasks = [{ id = "AA", owner = "us" }]', "task 'AA'", "the unknown task 'AA'"),
    "a table of tasks": ('tasks = "t.csv"', "tasks", "'t.csv'"),
    "tasks that are no list": ("tasks = 5", "tasks", "5"),
    "a task that is no table": ("tasks = [5]", "task 6", "5"),
    "another unit": ('unit = "h"', "unit", "'h'"),
    "a project that is no text": ("project = 2666", "project", "2666"),
    "estimates that are no path": ("estimates = 5", "estimates", "5"),
    "estimates with a number": ('estimates = ["low", 5]', "estimates", "['low', 5]"),
    "two fields of estimates": ('estimates = ["low", "high"]', "estimates", "['low', 'high']"),
    "an unknown sort of table": ('estimates = "e.txt"', "estimates", "the suffix '.txt'"),
    "templates that are no list": ("templates = { low = 1, high = 2 }", "templates", "{'low': 1, 'high': 2}"),
    "a template that is no table": ("templates = [1]", "templates, number 1", "1"),
    "a template without low": ("templates = [{ high = 2 }]", "templates, number 1, low", "nothing"),
    "an unknown version": ("schema_version = 9", "schema_version", "9"),
    "an unknown option": ("scheduling = { progres = 1 }", "scheduling, progres", "the unknown key 'progres'"),
    "links that are no list": ("links = 5", "links", "5"),
    "a group with a task of another": (
        'correlations = [{ tasks = ["C", "D"], rho = 0.1 }]', "correlation 2",
        "0.5 for tasks 'C' and 'D'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_faults(made, kind):
    text, place, found = BAD[kind]
    assert faults(made, text, e_txt="") == [(place, found)]


def test_an_unknown_task_gets_a_suggestion(made):
    with pytest.raises(PlanError, match=r"an estimate for a new one; did you mean 'end'\?"):
        made('tasks = [{ id = "edn", owner = "us" }]')


@pytest.mark.parametrize("base", [5, "", " ", None, ["a.xer"]])
def test_a_base_that_is_no_path(base):
    with pytest.raises(PlanError) as caught:
        base_plan({"base": base, "project": 5}, lambda *_: pytest.fail("read"), lambda _: b"")
    assert [problem.place for problem in caught.value.problems] == ["base", "project"]


def test_keys_of_a_base_need_one():
    document = {"tasks": [{"id": "a", "estimate": 1}], "project": "p", "estimates": "e.csv"}
    for more in ({}, {"base": "site.xer"}):
        with pytest.raises(PlanError) as caught:
            plan_of(document | more)
        assert [problem.place for problem in caught.value.problems] == [*more, "project", "estimates"]


def test_faults_of_templates_come_with_those_of_the_plan():
    with pytest.raises(PlanError) as caught:
        plan_of({"tasks": [{"id": "a", "estimate": "3/2/1"}], "templates": [{"low": 2, "high": 1}, {"low": 1}]})
    places = [problem.place for problem in caught.value.problems]
    assert {place.partition(",")[0] for place in places} == {"templates", "task 'a'"}
    assert any(place.startswith("templates, number 2, high") for place in places)


@pytest.mark.parametrize("seed", range(60))
def test_any_document_is_a_plan_or_an_error(seed):
    rng = random.Random(seed)
    values = [None, 5, "x", [], {}, [5], [{}], [{"id": "A"}], [{"id": "A", "estimate": "1/2/3"}], {"a": 1}, True, ["A"]]
    keys = ["project", "estimates", "templates", "tasks", "links", "risks", "promises", "calendars", "calendar",
            "scheduling", "assumptions", "correlations", "unit", "name", "start", "status_date", "x"]  # fmt: skip
    document = {"base": "site.toml"} | {key: rng.choice(values) for key in rng.sample(keys, 3)}
    try:
        plan = base_plan(document, lambda *_: plan_of(parse_toml(SITE)), lambda _: TABLE.encode())
    except PlanError:
        pass
    else:
        assert plan_of(parse_json(to_json(plan))) == plan


# ---- schema ---------------------------------------------------------------------------------------------------------


def test_the_schema_knows_bases_and_templates():
    jsonschema = pytest.importorskip("jsonschema", reason="the schema is tried with jsonschema, which is not installed")
    validator = jsonschema.Draft202012Validator(document_schema())
    validator.check_schema(document_schema())
    template = {"low": 0.9, "high": 1.2, "wbs": "S", "code": {"Phase": "C"}, "rho": 0.3}
    tasks = [{"id": "A", "estimate": "1/2/3"}]
    good = [
        {"tasks": tasks},
        {"tasks": "tasks.csv"},
        {"tasks": tasks, "templates": [template]},
        {"base": "site.xer"},
        {"base": "site.xer", "project": "2666", "estimates": "e.csv", "templates": [template]},
        {"base": "site.xml", "estimates": ["D1", "D2", "D3"], "tasks": [{"id": "A", "owner": "us"}]},
    ]
    bad = [
        {},
        {"tasks": [{"id": "A"}]},
        {"tasks": tasks, "estimates": "e.csv"},
        {"tasks": tasks, "project": "2666"},
        {"base": 5},
        {"base": "site.xml", "estimates": ["Duration1"]},
        {"base": "site.xer", "tasks": "tasks.csv"},
        {"base": "site.xer", "tasks": [{"owner": "us"}]},
        {"base": "site.xer", "templates": [{"high": 1}]},
        {"base": "site.xer", "templates": [template | {"wsb": "S"}]},
        {"base": "site.xer", "bsae": 1},
    ]
    assert [document for document in good if not validator.is_valid(document)] == []
    assert [document for document in bad if validator.is_valid(document)] == []
    assert validator.is_valid(json.loads(to_json(plan_of(parse_toml(SITE)))))
