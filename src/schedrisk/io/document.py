"""Plans as TOML and JSON documents: the fields of `Plan`, and a schema version."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from schedrisk._validation import is_whole
from schedrisk.errors import PlanError, Problem, shown
from schedrisk.io.decoding import FormatError
from schedrisk.model import Plan, Scale, Template
from schedrisk.model.plan import plan_document, plan_schema

if TYPE_CHECKING:
    from schedrisk.io.table import TaskTable

__all__ = [
    "BASE_KEYS",
    "SCHEMA_VERSION",
    "document_schema",
    "parse_json",
    "parse_toml",
    "plan_of",
    "scale_of",
    "templates_of",
    "to_json",
    "to_toml",
    "version_problems",
]

SCHEMA_VERSION = 1

BASE_KEYS = ("base", "project", "estimates", "templates", "register", "scale")
"""Keys of a document that say how its plan is made, and are no fields of the plan."""

WIDTH = 100
DEEPEST = 50
MOST_STRAYS = 1_000


def to_toml(plan: Plan) -> str:
    """Return the plan as a TOML document.

    Examples
    --------
    >>> from schedrisk.model import Task
    >>> print(to_toml(Plan(name="move", tasks=[Task("pack", "2/3/5")])), end="")
    schema_version = 1
    name = "move"
    tasks = [
        { id = "pack", estimate = "pert(2, 3, 5)" },
    ]
    """
    import tomli_w

    return _narrow(tomli_w.dumps({"schema_version": SCHEMA_VERSION, **plan_document(plan, dates=True)}))


def _narrow(text: str) -> str:
    """Put short items of an array side by side, where tomli_w gives each a line of its own."""
    lines: list[str] = []
    items: list[str] | None = None
    for line in text.split("\n"):
        if items is None:
            lines.append(line)
            items = [] if line.endswith("= [") else None
        elif line == "]":
            whole = f"{lines[-1]}{' '.join(items).removesuffix(',')}]"
            if len(whole) <= WIDTH and not whole.endswith("}]"):
                lines[-1] = whole
            else:
                lines += [*_wrapped(items), "]"]
            items = None
        else:
            items.append(line.strip())
    return "\n".join(lines)


def _wrapped(items: list[str]) -> list[str]:
    lines: list[str] = []
    for item in items:
        if lines and not item.endswith("},") and len(lines[-1]) + 1 + len(item) <= WIDTH:
            lines[-1] += f" {item}"
        else:
            lines.append(f"    {item}")
    return lines


def to_json(plan: Plan) -> str:
    """Return the plan as a JSON document."""
    return json.dumps({"schema_version": SCHEMA_VERSION, **plan_document(plan)}, ensure_ascii=False, indent=2) + "\n"


def document_schema() -> dict[str, Any]:
    """Return the JSON Schema of plan documents.

    Examples
    --------
    >>> document_schema()["properties"]["schema_version"]["const"]
    1
    """
    schema = plan_schema()
    schema["$defs"]["TaskPatch"] = schema["$defs"]["Task"] | {"required": ["id"], "title": "TaskPatch"}
    version = {"const": SCHEMA_VERSION, "description": "of this document format", "default": SCHEMA_VERSION}
    tasks = {"anyOf": [schema["properties"]["tasks"], {"type": "string", "description": "path of a table of tasks"}]}
    schema["required"] = [key for key in schema["required"] if key != "tasks"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "schedrisk plan",
        "properties": {"schema_version": version} | _base_schema() | schema["properties"] | {"tasks": True},
        "if": {"required": ["base"]},
        "then": {"properties": {"tasks": {"type": "array", "items": {"$ref": "#/$defs/TaskPatch"}}}},
        "else": {
            "required": ["tasks"],
            "properties": {"tasks": tasks, "project": False, "estimates": False},
        },
    }


def _base_schema() -> dict[str, Any]:
    """Return the JSON Schemas of the keys that are no fields of a plan."""
    text = {"type": "string", "minLength": 1}
    names = "fields of the base that hold low, mode and high"
    fields = {"type": "array", "items": text, "minItems": 3, "maxItems": 3, "description": names}
    table = text | {"description": "path of a table of estimates, .csv or .xlsx"}
    return {
        "base": text | {"description": "path of the plan or schedule that this document is layered on"},
        "project": text | {"description": "id or name of a project, where the base holds several"},
        "estimates": {"anyOf": [table, fields]},
        "templates": {"type": "array", "items": TypeAdapter(Template).json_schema()},
        "register": text | {"description": "path of a register of risks, .csv or .xlsx"},
        "scale": TypeAdapter(Scale).json_schema(),
    }


def parse_toml(text: str) -> dict[str, Any]:
    """Parse TOML.

    Raises
    ------
    FormatError
        With the line and column of a fault of syntax.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = re.search(r"\(at line (\d+), column (\d+)\)", message)
        row, column = (int(place[1]), int(place[2])) if place else (None, None)
        raise FormatError(message.split(" (at line", maxsplit=1)[0], "TOML", row, column) from None
    except (RecursionError, ValueError) as error:  # nesting without end; numbers of thousands of digits
        raise FormatError(f"{type(error).__name__}: {shown(str(error))}", "TOML of sensible depth and size") from None
    _refuse_depth(document)
    _refuse_strays(document)
    return document


def parse_json(text: str) -> dict[str, Any]:
    """Parse JSON strictly: no NaN, no key twice, a table outside.

    Raises
    ------
    FormatError
        With the line and column of a fault of syntax.
    """
    try:
        document = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique)
    except FormatError:
        raise
    except json.JSONDecodeError as error:
        raise FormatError(error.msg, "JSON", error.lineno, error.colno) from None
    except (RecursionError, ValueError) as error:
        raise FormatError(shown(str(error), 100), "JSON of sensible depth and size") from None
    if not isinstance(document, dict):
        raise FormatError(shown(document), "an object with the keys of a plan")
    _refuse_depth(document)
    _refuse_strays(document)
    return document


def _refuse_depth(document: dict[str, Any]) -> None:
    """Refuse nesting that no plan has: what comes later would exhaust the stack on it."""
    level: list[Any] = [document]
    for _ in range(DEEPEST):
        level = [
            each
            for part in level
            for each in (part.values() if isinstance(part, dict) else part)
            if isinstance(each, dict | list)
        ]
        if not level:
            return
    raise FormatError(f"nesting deeper than {DEEPEST} levels", "a document of sensible depth")


def _refuse_strays(document: dict[str, Any]) -> None:
    """Refuse at once what is plainly no plan: to tell each of a million faults would take minutes."""
    if len(document) > MOST_STRAYS:
        raise FormatError(f"{len(document):,} keys, the first {shown(next(iter(document)))}", "the keys of a plan")
    for key in ("tasks", "links", "risks", "promises", "branches", "decisions", "templates"):
        items = document.get(key)
        strays = sum(not isinstance(each, dict) for each in items) if isinstance(items, list) else 0
        if strays > MOST_STRAYS:
            raise FormatError(f"{strays:,} items of {key} that are no tables", f"a list of {key}, each a table")


def _no_constant(name: str) -> float:
    raise FormatError(name, "finite numbers")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1}) if len(names) < 1000 else ["a key"]
        raise FormatError(f"{shown(twice[0])} twice in one object", "every key once")
    return table


def plan_of(document: Mapping[str, Any], read_tasks: Callable[[str], TaskTable] | None = None) -> Plan:
    """Make a plan of a parsed document.

    Parameters
    ----------
    document : mapping
    read_tasks : callable, optional
        Reads the table whose path stands where the tasks should.

    Raises
    ------
    PlanError
        With every fault found.
    """
    fields = {str(key): value for key, value in document.items()}
    problems = version_problems(fields.pop("schema_version", SCHEMA_VERSION))
    own = {key: fields.pop(key, None) for key in BASE_KEYS}
    for key in ("base", "project", "estimates", "register", "scale"):
        if own[key] is not None:
            in_file = key in {"base", "register", "scale"}
            expected = "a document in a file" if in_file else "a base beside it"
            problems.append(Problem(key, shown(own[key]), expected))
    templates = templates_of(own["templates"], problems)
    if isinstance(fields.get("tasks"), str) and read_tasks is not None:
        path = fields["tasks"]
        table = read_tasks(path)
        problems += [dataclasses.replace(each, place=f"{path}, {each.place}") for each in table.problems]
        fields |= table.fields(fields.get("links", []))
    if not problems:
        return Plan(**fields).with_templates(templates)
    try:
        Plan(**fields)
    except PlanError as error:
        problems += error.problems
    raise PlanError(problems)


def version_problems(version: object) -> list[Problem]:
    """Return what is wrong with the version that a document states."""
    if not is_whole(version) or version < 1:
        return [Problem("schema_version", shown(version), str(SCHEMA_VERSION))]
    if version > SCHEMA_VERSION:
        remedy = "install a newer schedrisk to read it"
        return [Problem("schema_version", str(version), f"{SCHEMA_VERSION} at most", remedy)]
    return []


def scale_of(given: object) -> Scale | None:
    """Return the scale that a document holds; None where it has none.

    Raises
    ------
    PlanError
        With every fault found.
    """
    if given is None:
        return None
    if not isinstance(given, dict):
        raise PlanError([Problem("scale", shown(given), "a table with probability, delay, factor, unit")])
    try:
        return Scale(**{str(key): value for key, value in given.items()})
    except PlanError as error:
        raise PlanError(dataclasses.replace(each, place=f"scale, {each.place}") for each in error.problems) from None


def templates_of(given: object, problems: list[Problem]) -> list[Template]:
    """Return the templates of a document, in its order; what is wrong with them goes to `problems`."""
    if given is None:
        return []
    if not isinstance(given, list):
        problems.append(Problem("templates", shown(given), "a list of tables"))
        return []
    templates: list[Template] = []
    for number, each in enumerate(given, 1):
        place = f"templates, number {number}"
        if not isinstance(each, dict):
            problems.append(Problem(place, shown(each), "a table"))
            continue
        try:
            templates.append(Template(**each))
        except PlanError as error:
            problems += [dataclasses.replace(one, place=f"{place}, {one.place}") for one in error.problems]
    return templates
