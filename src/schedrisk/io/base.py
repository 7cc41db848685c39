"""Documents on a base: estimates, owners, risks and promises layered on a schedule that another file holds."""

from __future__ import annotations

import dataclasses
import os
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard

from schedrisk.errors import PlanError, Problem, ProblemsError, did_you_mean, shown
from schedrisk.estimates import parse_estimate
from schedrisk.io.decoding import FormatError
from schedrisk.io.document import BASE_KEYS, SCHEMA_VERSION, templates_of, version_problems
from schedrisk.io.estimates_table import apply_estimates, planned_as_before
from schedrisk.io.table import TableError
from schedrisk.model import Plan, Task
from schedrisk.model.task import BY_HAND

__all__ = ["ReadBase", "base_plan", "longer_chain"]

ReadBase = Callable[[str, str | None, tuple[str, ...] | None], Plan]
"""Reads a base: its path as the document writes it, its project, the three fields that hold estimates."""

MOST_BASES = 20
MOST_SUGGESTIONS = 10


def base_plan(document: Mapping[str, Any], read_base: ReadBase, read_bytes: Callable[[str], bytes]) -> Plan:
    """Make a plan of a document that names its base.

    What the document says comes over the base: fields one by one, promises, risks and calendars by their names, tasks
    by their ids and of each the fields that are given; links, correlations and assumptions are added. Of estimates,
    those of `[[tasks]]` go before those of the table, these before what the base has, and templates fill what still
    is the schedule's single duration.

    Parameters
    ----------
    document : mapping
        Parsed, with the key `base`.
    read_base : callable
        Given path, project (None where the document names none) and fields of low, mode and high (None where it names
        none), returns a plan.
    read_bytes : callable
        Given the path of a table of estimates, returns its content.

    Raises
    ------
    PlanError
        With every fault of the document and its table; whatever the two callables raise passes.

    Examples
    --------
    >>> site = Plan(name="site", tasks=[Task("A", 10, estimate_from="schedule")])
    >>> document = {"base": "site.xer", "tasks": [{"id": "A", "owner": "us"}], "templates": [{"low": 0.9, "high": 1.3}]}
    >>> task = base_plan(document, lambda *_: site, lambda _: b"").task("A")
    >>> print(task.owner, task.estimate, task.estimate_from, sep=", ")
    us, pert(9, 10, 13), template 1: every task
    """
    fields = {str(key): value for key, value in document.items()}
    problems = version_problems(fields.pop("schema_version", SCHEMA_VERSION))
    own = {key: fields.pop(key, None) for key in BASE_KEYS}
    problems += _wrong_source(own)
    templates = templates_of(own["templates"], problems)
    if any(problem.place in {"base", "project"} for problem in problems):
        raise PlanError(problems)
    table = own["estimates"] if isinstance(own["estimates"], str) else None
    names = tuple(own["estimates"]) if _is_names(own["estimates"]) else None
    base = read_base(own["base"], own["project"], names)
    if table is not None:
        base = _with_table(base, table, read_bytes, problems)
    layered = _layered(base, fields, problems)
    if not problems:
        return Plan(**layered).with_templates(templates)
    try:
        Plan(**layered)
    except PlanError as error:
        problems += error.problems
    raise PlanError(dict.fromkeys(problems))


def longer_chain(chain: Sequence[Path], file: Path) -> tuple[Path, ...]:
    """Return the chain of documents, each the base of the one before, with a further one.

    Raises
    ------
    PlanError
        Where the file is in the chain already, or the chain gets too long.

    Examples
    --------
    >>> [each.name for each in longer_chain([Path("plan.toml").resolve()], Path("site.toml"))]
    ['plan.toml', 'site.toml']
    """
    whole = (*chain, Path(os.path.realpath(file)))
    if whole[-1] in chain:
        names = " → ".join(shown(each.name) for each in whole[whole.index(whole[-1]) :])
        raise PlanError([Problem("base", f"the loop {names}", "a base that does not lead back to its document")])
    if len(whole) > MOST_BASES:
        raise PlanError([Problem("base", f"{len(whole)} documents one upon the other", f"at most {MOST_BASES}")])
    return whole


def _is_names(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and len(value) == 3 and all(isinstance(each, str) and each.strip() for each in value)


def _wrong_source(own: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with the keys that say where the base is."""
    problems = []
    for key in ("base", "project"):
        value = own[key]
        missing = value is None and key == "project"
        if not missing and not (isinstance(value, str) and value.strip()):
            expected = "the path of a plan or schedule" if key == "base" else "the id or name of a project of the base"
            problems.append(Problem(key, shown(value), expected))
    estimates = own["estimates"]
    if not (estimates is None or (isinstance(estimates, str) and estimates.strip()) or _is_names(estimates)):
        expected = "the path of a table, or the names of three fields: low, mode, high"
        problems.append(Problem("estimates", shown(estimates), expected))
    return problems


def _with_table(base: Plan, table: str, read_bytes: Callable[[str], bytes], problems: list[Problem]) -> Plan:
    try:
        return apply_estimates(base, read_bytes(table), Path(table).name, Path(table).suffix)
    except (TableError, FormatError) as error:
        problems += [
            dataclasses.replace(each, place=", ".join(filter(None, (table, each.place)))) for each in error.problems
        ]
    return base


# ---- layers ---------------------------------------------------------------------------------------------------------


def _layered(base: Plan, fields: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """Return the fields of the plan: records of the base, and what the document says as it says it."""
    layered = {each.name: getattr(base, each.name) for each in dataclasses.fields(base)}
    if fields.get("unit", base.unit) != base.unit:
        remedy = "leave it out: all durations of the document are in the unit of its base"
        problems.append(Problem("unit", shown(fields["unit"]), f"{shown(base.unit)}, as the base has", remedy))
    for key, value in fields.items():
        if key in _NAMED_BY and isinstance(value, list):
            layered[key] = _by_name(getattr(base, key), value, _NAMED_BY[key])
        elif key in {"links", "correlations"} and isinstance(value, list):
            layered[key] = [*value, *getattr(base, key)]  # the document's first, so that faults count from its first
        elif key == "assumptions" and isinstance(value, list):
            layered[key] = [*base.assumptions, *value]
        elif key == "scheduling" and isinstance(value, dict):
            layered[key] = _shallow(base.scheduling) | value
        elif key == "tasks":
            layered[key] = _tasks(base, value, problems)
        elif key != "unit":
            layered[key] = value
    return layered


_NAMED_BY = {"risks": "id", "promises": "name", "calendars": "name", "branches": "id", "decisions": "id"}


def _shallow(part: Any) -> dict[str, Any]:
    return {each.name: getattr(part, each.name) for each in dataclasses.fields(part)}


def _by_name(there: Sequence[Any], given: Sequence[Any], key: str) -> list[Any]:
    """Put what is given in the place of what has its name, and the rest behind."""
    names = [getattr(each, key) for each in there]
    last = {_name(each, key): each for each in given if _name(each, key) in names}
    once = [each for each in given if last.get(_name(each, key)) is not each]
    return [*(last.get(name, each) for name, each in zip(names, there, strict=True)), *once]


def _name(part: object, key: str) -> str | None:
    name = part.get(key) if isinstance(part, Mapping) else None
    return unicodedata.normalize("NFC", name).strip() if isinstance(name, str) else None


def _tasks(base: Plan, given: object, problems: list[Problem]) -> Any:
    """Return the base's tasks, patched, and new ones."""
    if not isinstance(given, list):
        remedy = "put a table of estimates under the key estimates" if isinstance(given, str) else ""
        problems.append(Problem("tasks", shown(given), "a list of tables, beside a base", remedy))
        return base.tasks
    known = {task.id: task for task in base.tasks}
    patched: dict[str, dict[str, Any]] = {}
    new: list[Any] = []
    suggestions = iter(range(MOST_SUGGESTIONS))
    for patch in given:
        name = _name(patch, "id")
        place = f"task {shown(name)}"
        if name in patched:
            problems.append(Problem(place, "the task again", "every task of the base once", "put the two together"))
        elif name in known:
            patched[name] = _patched(known[name], patch)
        elif name is not None and "estimate" not in patch:
            remedy = did_you_mean(name, known) if next(suggestions, None) is not None else ""
            expected = "the id of a task of the base, or an estimate for a new one"
            problems.append(Problem(place, f"the unknown task {shown(name)}", expected, remedy))
        else:  # new, or no table with an id, which the plan will tell
            new.append(patch)
    return [*(patched.get(task.id, task) for task in base.tasks), *new]


def _patched(task: Task, patch: Mapping[str, Any]) -> dict[str, Any]:
    fields = _shallow(task) | {str(key): value for key, value in patch.items()}
    if "estimate" not in patch:
        return fields
    if "estimate_from" not in patch and task.estimate_from is not None:
        fields["estimate_from"] = BY_HAND
    if "planned" not in patch:
        fields["planned"] = _planned(task, patch["estimate"])
    return fields


def _planned(task: Task, estimate: object) -> float | None:
    try:
        return planned_as_before(task, parse_estimate(estimate))
    except ProblemsError:
        return None  # told when the plan is made
