"""Settings and fixtures for every test."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings

# Before anything imports matplotlib, and for the programs that tests start too: no test opens a window.
os.environ["MPLBACKEND"] = "Agg"

# Scripts for the type checker, which nothing should run.
collect_ignore = ["typing"]

# Busy machines make single examples slow, which says nothing about the code: time is measured by performance tests.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The same examples in every run, so that a failure is always the change's.
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, max_examples=60)
settings.load_profile("ci" if os.environ.get("CI") else "local")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of reference data that lies beside the repository."""
    if not SHARED.is_dir():
        pytest.skip("the reference data are not here: no folder 'shared' beside the repository")
    return SHARED


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the same tests run on either engine."""
    parser.addoption("--engine", choices=("numpy", "numba"), help='what engine="auto" stands for')


@pytest.fixture(scope="module")
def module() -> Iterator[Callable[[str], ModuleType]]:
    """Return what imports a module of the benchmarks by its name."""
    folder = str(Path(__file__).resolve().parents[1] / "benchmarks")
    sys.path.insert(0, folder)
    try:
        yield importlib.import_module
    finally:
        sys.path.remove(folder)


@pytest.fixture(autouse=True)
def _engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the engine that was asked for run what would choose its own."""
    if engine := request.config.getoption("--engine"):
        for module in ("run", "many"):
            monkeypatch.setattr(f"schedrisk.simulation.{module}.engine_for", partial(_chosen, engine))


def _chosen(wanted: str, engine: str, _: int) -> str:
    return wanted if engine == "auto" else engine


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    """Close what a test has drawn: matplotlib warns when more than 20 figures stay open."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
