"""The package's shape: what importing it costs, what it exports, how its source is written, how its types read."""

from __future__ import annotations

import ast
import inspect
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import schedrisk as sr

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "schedrisk"
MODULES = sorted(SOURCE.rglob("*.py"))

HEAVY = ("matplotlib", "pandas", "scipy.stats")
MODEL = (
    "Branch", "Calendar", "Closure", "Damages", "DateRange", "Decision", "Link", "Mitigation", "Outcome", "Plan", "Promise",
    "Report", "Risk", "Task", "Template", "Weather", "Window",
)  # fmt: skip
ESTIMATES = (
    "BetaScaled", "Discrete", "Empirical", "Exponential", "Fixed", "Gamma", "Histogram", "Lognormal", "Metalog", "Mixture",
    "Normal", "Pert", "Scipy", "Shifted", "Trapezoid", "Triangular", "Truncated", "Uniform", "Weibull",
)  # fmt: skip
FUNCTIONS = (
    "check", "compare", "convergence", "correlations", "estimates", "gate", "mitigations", "ownership", "schedule",
    "sensitivity", "simulate", "simulate_many",
)  # fmt: skip
EXCHANGE = ("from_frame", "read", "to_frame", "write")
LAZY_MODULES = ("datasets", "plot")
LONGEST_MODULE = 450
LONGEST_FUNCTION = 60

module = pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SOURCE).as_posix())


def run_python(code: str, environment: dict[str, str] | None = None) -> str:
    command = [sys.executable, "-c", code]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_import_pulls_in_nothing_heavy():
    loaded = run_python("import sys, schedrisk; print(*sys.modules)").split()
    assert "schedrisk" in loaded
    assert [name for name in HEAVY if name in loaded] == []


@pytest.mark.performance
def test_import_is_quick(tmp_path):
    # As in an installation: compiled once, whatever this process is told about writing bytecode.
    compiled = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    compiled["PYTHONPYCACHEPREFIX"] = str(tmp_path)

    def best(code: str, runs: int = 7) -> float:
        """Return the least processor time of several runs: other programs on the machine do not count."""
        times = []
        for _ in range(runs):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            run_python(code, compiled)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        return min(times)

    nothing = best("pass")
    # 0.4 s on the machine of record; a slower one is measured by what NumPy and pydantic, most of it, take there.
    packages = best("import numpy, pydantic.dataclasses") - nothing
    assert best("import schedrisk") - nothing < max(0.4, 2.5 * packages)


def test_public_names_are_the_agreed_ones():
    assert {*MODEL, *ESTIMATES, *FUNCTIONS, *EXCHANGE, *LAZY_MODULES} <= set(sr.__all__)
    assert len(set(sr.__all__)) == len(sr.__all__)
    assert set(sr.__all__) <= set(dir(sr))


def test_unknown_names_are_refused_as_python_does():
    with pytest.raises(AttributeError, match="simulation_of_everything"):
        sr.simulation_of_everything


def documented() -> Iterator[tuple[str, object]]:
    """Yield what users can call: the root's names, and those of the modules it exports."""
    for name in sr.__all__:
        value = getattr(sr, name)
        yield name, value
        if isinstance(value, ModuleType):
            yield from ((f"{name}.{each}", getattr(value, each)) for each in value.__all__)


def test_public_names_are_documented_with_an_example():
    missing = []
    for name, value in documented():
        text = inspect.getdoc(value) or ""
        # What an error means is said in a sentence; nobody raises one to see what it does.
        is_error = inspect.isclass(value) and issubclass(value, BaseException)
        if not text and (callable(value) or isinstance(value, ModuleType)):
            missing.append(f"{name}: no docstring")
        elif callable(value) and not is_error and not ("\nExamples\n" in text and ">>>" in text):
            missing.append(f"{name}: no example")
    assert missing == []


@module
def test_modules_are_short(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function without its docstring."""
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is not None:
        docstring = function.body[0]
        lines -= docstring.end_lineno - docstring.lineno + 1
    return lines


@module
def test_functions_are_short(path: Path):
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [each.name for each in functions if code_lines(each) > LONGEST_FUNCTION] == []


def is_from_root(node: ast.AST) -> bool:
    """Tell whether a statement imports relatively, or from the package root instead of the defining module."""
    if isinstance(node, ast.ImportFrom):
        return node.level > 0 or node.module == "schedrisk"
    return isinstance(node, ast.Import) and any(alias.name == "schedrisk" for alias in node.names)


@module
def test_imports_name_the_defining_module(path: Path):
    found = [node for node in ast.walk(ast.parse(path.read_bytes())) if is_from_root(node)]
    assert [f"line {node.lineno}: {ast.unparse(node)}" for node in found] == []


def test_public_face_is_typed(tmp_path: Path):
    """A user's script passes mypy --strict: names, options and results have the types that people expect."""
    script = ROOT / "tests" / "typing" / "public_face.py"
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path}", str(script)]
    # From another folder, so that mypy finds the package as any user's does: installed, with its py.typed.
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
