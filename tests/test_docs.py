"""The reference pages say what the code does."""

import dataclasses
import re
import tomllib
from pathlib import Path

import pytest

import schedrisk as sr
from schedrisk.calendars import CalendarSource
from schedrisk.cli import CSV_COLUMNS, cli
from schedrisk.estimates import KINDS, parse_estimate
from schedrisk.io.columns import COLUMNS
from schedrisk.io.document import SCHEMA_VERSION, plan_of

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(DOCS.rglob("*.md"))


def text_of(name):
    return (DOCS / "reference" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "record", [sr.Plan, sr.Task, sr.Link, sr.Risk, sr.Promise, sr.Damages, sr.Calendar, CalendarSource]
)
def test_every_field_is_described(record):
    page = text_of("plan-document.md")
    assert [field.name for field in dataclasses.fields(record) if f"`{field.name}`" not in page] == []


def test_every_estimate_is_described_and_every_text_is_right():
    page = text_of("plan-document.md")
    section = page.partition("## Estimates")[2].partition("\n## ")[0]
    for kind in KINDS:
        assert f'kind = "{kind}"' in section
    for text in re.findall(r'`"([^"]+)"`', section):
        assert parse_estimate(text)
    for table in re.findall(r"`(\{ .*? \})`", section):
        assert parse_estimate(tomllib.loads(f"x = {table}")["x"])


def test_columns_are_described():
    page = text_of("plan-document.md").casefold()
    for column, aliases in COLUMNS.items():
        assert f"`{column}`" in page
        assert [alias for alias in aliases if alias.casefold() not in page] == []


def test_toml_examples_are_plans():
    blocks = [
        block
        for page in PAGES
        for block in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    ]
    assert blocks
    for block in blocks:
        document = tomllib.loads(block)
        assert document["schema_version"] == SCHEMA_VERSION
        assert sr.simulate(plan_of(document), 10, rng=1).n_draws == 10


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
                if key not in {"calendar", "versions"}:
                    yield from keys(each)
        elif isinstance(value, list) and value:
            yield from keys(value[0])

    missing = {key for key in keys(document) if f"`{key}`" not in page and not key.endswith("_se")}
    assert missing <= {"planned", "percentiles", "percent", "finish", "task", "delay"} - {"percentiles"}


def test_layers_are_those_of_the_contract():
    contract = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    page = (DOCS / "explanation" / "architecture.md").read_text(encoding="utf-8")
    lines = [line.split("  ")[0].strip() for line in page.splitlines()]
    for layer in contract["contracts"][0]["layers"]:
        assert layer in lines


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
