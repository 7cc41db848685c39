"""The pages say what the code does, and their examples run."""

import dataclasses
import doctest
import importlib.util
import re
import shutil
import tomllib
import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner

import schedrisk as sr
from schedrisk.calendars import CalendarSource
from schedrisk.cli import CSV_COLUMNS, cli
from schedrisk.estimates import KINDS, parse_estimate
from schedrisk.io.columns import COLUMNS
from schedrisk.io.document import SCHEMA_VERSION, plan_of
from schedrisk.io.register_columns import COLUMNS as REGISTER
from schedrisk.io.register_columns import RESULTS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))

# Pictures of what the benchmark measured: they are drawn when that is done anew.
MEASURED = {"speed.png"}

# The heading under which each record of a plan document is described, and what marks its table there.
RECORDS = {
    sr.Plan: ("## The plan", "| key |"),
    sr.Task: ("## Tasks", "| key |"),
    sr.Link: ("## Links", "| key |"),
    sr.Calendar: ("## Calendar", "| key |"),
    CalendarSource: ("## Calendar", "| key of `source` |"),
    sr.Weather: ("## Weather and closures", "| key |"),
    sr.Closure: ("## Weather and closures", "| key of `closures` |"),
    sr.Risk: ("## Risks", "| key |"),
    sr.Window: ("## Risks", "| key of `window` |"),
    sr.Mitigation: ("## Risks", "| key of `mitigation` |"),
    sr.Correlation: ("## Correlations", "| key |"),
    sr.Promise: ("## Promises and damages", "| key |"),
    sr.Branch: ("## Branches and decisions", "| key of `branches` |"),
    sr.Outcome: ("## Branches and decisions", "| key of an outcome |"),
    sr.Decision: ("## Branches and decisions", "| key of `decisions` |"),
    sr.Damages: ("## Promises and damages", "| key of `damages` |"),
}


def text_of(name):
    return (DOCS / "reference" / name).read_text(encoding="utf-8")


def section(page, heading):
    assert f"\n{heading}\n" in page
    return page.partition(f"\n{heading}\n")[2].partition("\n## ")[0]


def blocks(language, pages=PAGES):
    for page in pages:
        yield from re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def table_rows(text, head):
    """Return the cells of each row of the table whose header begins so."""
    lines = text[text.index(f"\n{head}") + 1 :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_field_is_described_and_no_other(record):
    heading, head = RECORDS[record]
    rows = table_rows(f"\n{section(text_of('plan-document.md'), heading)}", head)
    described = [key.strip("`") for key, *_ in rows]
    known = {field.name for field in dataclasses.fields(record)} | ({"schema_version"} if record is sr.Plan else set())
    assert sorted(described) == sorted(known)
    assert all(cell for row in rows for cell in row)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_required_fields_are_called_required(record):
    heading, head = RECORDS[record]
    rows = table_rows(f"\n{section(text_of('plan-document.md'), heading)}", head)
    required = {
        field.name
        for field in dataclasses.fields(record)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    assert {key.strip("`") for key, _, default, _ in rows if default == "required"} == required


def test_registers_are_described():
    page = text_of("risk-register.md")
    columns = section(page, "## Columns").casefold()
    listed = columns.replace("`", "").replace("_", " ")
    assert [name for aliases in REGISTER.values() for name in aliases if name not in listed] == []
    assert [column for column in REGISTER if f"`{column}`" not in columns] == []
    for name in RESULTS:
        assert name.endswith("_se") or f"`{name}`" in page
    keys = [key.strip("`") for key, *_ in table_rows(page, "| key |")]
    assert sorted(keys) == sorted(field.name for field in dataclasses.fields(sr.Scale))
    rows = table_rows(page, "| probability |")
    usual = sr.Scale()
    for words, also, chance, delays, others, days in rows:
        for word in (*words.split(", "), also):
            assert usual.probability_of(word) == float(chance)
        for word in (*delays.split(", "), others):
            assert usual.delay_of(word) == parse_estimate(days)
    document = tomllib.loads(next(blocks("text", [DOCS / "reference" / "risk-register.md"])))
    assert sr.Scale(**document["scale"]).unit == "w"


def test_the_first_example_uses_every_key():
    def keys(value):
        if isinstance(value, dict):
            yield from value
            for each in value.values():
                yield from keys(each)
        elif isinstance(value, list):
            for each in value:
                yield from keys(each)

    document = tomllib.loads(next(blocks("toml", [DOCS / "reference" / "plan-document.md"])))
    fields = {field.name for record in RECORDS for field in dataclasses.fields(record)}
    assert fields - set(keys(document)) == {"last_official_year"}


def test_every_estimate_is_described_and_every_text_is_right():
    estimates = section(text_of("plan-document.md"), "## Estimates")
    for kind in KINDS:
        assert f'kind = "{kind}"' in estimates
    for text in re.findall(r'`"([^"]+)"`', estimates):
        assert parse_estimate(text)
    for table in re.findall(r"`(\{ .*? \})`", estimates):
        assert parse_estimate(tomllib.loads(f"x = {table}")["x"])
    pairs = re.findall(r'^\| (?:`10` or )?`"([^"]+)"` \| `(\{ .*? \})` \|', estimates, re.MULTILINE)
    assert len(pairs) >= 5
    for text, table in pairs:
        assert parse_estimate(text) == parse_estimate(tomllib.loads(f"x = {table}")["x"])


def test_columns_are_described():
    page = text_of("plan-document.md").casefold()
    for column, aliases in COLUMNS.items():
        assert f"`{column}`" in page
        assert [alias for alias in aliases if alias.casefold() not in page] == []


def test_table_example_is_read(tmp_path):
    tables = section(text_of("plan-document.md"), "## Tables")
    file = tmp_path / "plan.csv"
    file.write_text(re.search(r"```text\n(.*?)```", tables, re.DOTALL)[1], encoding="utf-8")
    plan = sr.read(file)
    assert plan.links == (sr.Link("1", "4", lag=10),)
    assert plan.task("4").after == ("3",)
    assert plan.task("2") == sr.Task("2", sr.Pert(15, 20, 45), name="Delivery", after=["1"], owner="supplier")


def test_toml_examples_are_plans():
    examples = list(blocks("toml"))
    assert examples
    for block in examples:
        document = tomllib.loads(block)
        assert document["schema_version"] == SCHEMA_VERSION
        assert sr.simulate(plan_of(document), 10, rng=1).n_draws == 10


CONSOLE = list(blocks("console"))


@pytest.mark.parametrize("block", CONSOLE, ids=lambda block: block.split()[2])
def test_commands_print_what_the_pages_show(block, tmp_path, monkeypatch):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    command, _, shown = block.partition("\n")
    program, *arguments = command.removeprefix("$ ").split()
    assert program == "schedrisk"
    outcome = CliRunner().invoke(cli, arguments)
    assert outcome.exit_code == 0, outcome.output
    assert doctest.OutputChecker().check_output(shown, outcome.output, doctest.ELLIPSIS), outcome.output


def test_commands_and_options_are_described():
    page = text_of("command-line.md")
    for name, command in cli.commands.items():
        assert f"`schedrisk {name}" in page
        for option in command.params:
            for flag in option.opts:
                assert not flag.startswith("--") or flag in page
    assert f"columns {', '.join(CSV_COLUMNS)}" in " ".join(page.split())


def test_json_report_is_described():
    page = text_of("json-report.md")
    document = sr.Report(sr.simulate(sr.datasets.load("exchange-upgrade"), 200, rng=0)).to_dict()

    def keys(value):
        if isinstance(value, dict):
            for key, each in value.items():
                yield key
                if key not in {"calendar", "calendars", "scheduling", "provenance", "correlations", "versions"}:
                    yield from keys(each)
        elif isinstance(value, list) and value:
            yield from keys(value[0])

    missing = {key for key in keys(document) if f"`{key}`" not in page and not key.endswith("_se")}
    assert missing <= {"planned", "percentiles", "percent", "finish", "task", "delay"} - {"percentiles"}


def test_sensitivity_measures_are_defined():
    formulas = section(text_of("glossary.md"), "## Formulas")
    figures = [row[0] for row in table_rows(f"\n{formulas}", "| figure |")]
    for measure in ("criticality index", "significance index", "schedule sensitivity index", "cruciality"):
        assert measure in figures


def test_what_the_glossary_names_exists():
    plan = sr.Plan(tasks=[sr.Task("a", "1/2/3")], promises=[sr.Promise("p", by=2)])
    result = sr.simulate(plan, 2, rng=0)
    objects = [
        sr,
        plan,
        plan.scheduling,
        plan.task("a"),
        plan.task("a").estimate,
        sr.Link("a", "b"),
        result,
        result.promise("p"),
    ]
    risk = sr.Risk("r", 0.5, delay=1, tasks=["a"], mitigation=sr.Mitigation(delay=0.5))
    objects += [risk, risk.mitigation]
    known = {name for each in objects for name in dir(each)}
    known |= {*sr.mitigations(sr.simulate(plan.replace(risks=[risk]), 2, rng=0)).columns, "mitigated"}
    known |= {*sr.sensitivity(result).columns, *result.schedule.to_frame().columns}
    rows = table_rows(f"\n{text_of('glossary.md')}", "| term |")
    names = {name for _, code, _ in rows for name in re.findall(r"`(\w+)(?:\(\d+\))?`", code)}
    assert len(names) > 30
    assert names - known == set()


def test_layers_are_those_of_the_contract():
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    page = (DOCS / "explanation" / "architecture.md").read_text(encoding="utf-8")
    drawn = [
        line.split("  ")[0].strip() for line in page.partition("```text\n__main__")[2].split("```")[0].splitlines()
    ]
    assert ["__main__", *drawn[1:]] == contract["contracts"][0]["layers"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    # What looks like a link in an example, such as ["a"](…), is none.
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_is_linked(page):
    pages = [other for other in PAGES if other != page]
    linked = {
        (other.parent / target).resolve()
        for other in pages
        for target in re.findall(r"\]\(([^)#]+\.md)\)", other.read_text(encoding="utf-8"))
    }
    assert page.name == "index.md" or page.resolve() in linked


def test_pictures_are_drawn_small_and_shown(tmp_path):
    spec = importlib.util.spec_from_file_location("make_images", DOCS / "make_images.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = script.draw(tmp_path)
    stored = sorted(path.name for path in (DOCS / "images").iterdir())
    assert sorted(path.name for path in drawn) == [name for name in stored if name not in MEASURED]
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for name in stored:
        assert (DOCS / "images" / name).stat().st_size <= 150_000
        assert f"images/{name})" in pages
