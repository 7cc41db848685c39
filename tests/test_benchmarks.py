"""The benchmarks run, in small, and say what they measured: so that they are there when figures are wanted."""

import json
import re
from pathlib import Path

import pytest

import schedrisk as sr

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def figures(module):
    speed, cases, limits = (module(name) for name in ("simulation_speed", "cases", "limits"))
    engines = cases.engines()
    size = speed.measured(20, 64, engines, cases.CASES, 1)
    return {
        "machine": module("measure").machine(),
        "cases": [case.name for case in cases.CASES],
        "sizes": [
            {**size, "mib": {"triangular": {engine.name: 1.0 for engine in engines}}},
            {**size, "n_tasks": 40},
        ],
        "limits": {each.name: limits.uniform(each, 20, 64, 1) for each in engines if each.n_jobs == 1},
        "first_runs": {"numpy": {"import": 1.0, "first": 0.5, "second": 0.25}},
        "growth": {"numpy: tasks": {"exponent": 1.02, "fixed": 0.001, "seconds": {100: 0.1}}},
    }


def test_every_feature_is_measured_with_every_engine(module, figures):
    names = {engine.name for engine in module("cases").engines()}
    ns = figures["sizes"][0]["ns"]
    for case in module("cases").CASES:
        assert ns[case.name].keys() == names
    assert ns["draws alone"].keys() == names
    for phase in ("sampling", "forward pass", "criticality"):
        assert ns[phase].keys() == {name for name in names if "2 threads" not in name}
    assert all(each > 0 for values in ns.values() for each in values.values() if values is not ns["criticality"])


def test_tables_and_picture_of_a_run(module, figures, tmp_path):
    show = module("show")
    tables = list(show.tables(figures))
    assert [title for title, *_ in tables] == [
        "20 tasks × 64 draws",
        "20 tasks × 64 draws: baselines",
        "20 tasks × 64 draws: peak memory above the start",
        "40 tasks × 64 draws",
        "40 tasks × 64 draws: baselines",
        "How near to the limit",
        "A new process, 50 tasks × 10,000 draws",
        "How cost grows (1 is linear)",
    ]
    for title, heads, rows in tables:
        assert len({len(row) for row in [heads, *rows]}) == 1
        lines = show.text(title, heads, rows).splitlines()
        assert len({len(line) for line in lines[2:]}) == 1  # columns are aligned
        assert show.markdown(title, heads, rows).count("\n| ") == len(rows) + 2
    assert "numpy" in show.head(figures)
    show.plot(figures, tmp_path / "speed.png")
    assert (tmp_path / "speed.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads(json.dumps(figures))["sizes"][1]["n_tasks"] == 40


def test_tables_go_between_the_marks_of_a_page(module, figures, tmp_path):
    speed = module("simulation_speed")
    page, targets = tmp_path / "page.md", {"machine": figures["machine"], "targets": []}
    row = {"what": "all", "limit": "≤ 2 s", "measured": 1.5, "unit": "s", "verdict": "ok", "note": "quick"}
    targets["targets"].append(row)
    page.write_text(
        "before\n<!-- measured: speed -->\nold\n<!-- end of speed -->\nbetween\n"
        "<!-- measured: targets -->\n<!-- end of targets -->\nafter\n",
        encoding="utf-8",
    )
    for name, found in (("a", figures), ("b", targets), ("b", targets)):
        (tmp_path / name).write_text(json.dumps(found), encoding="utf-8")
        assert speed.main(["--from", str(tmp_path / name), "--into", str(page)]) == 0
    written = page.read_text(encoding="utf-8")
    assert "old" not in written
    assert written.count("| all | ≤ 2 s | 1.5 s | ok | quick |") == 1
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert written.index("40 tasks × 64 draws") < written.index("between") < written.index("What is promised")
    with pytest.raises(ValueError, match="no lines"):
        module("show").put_into(tmp_path / "a", "speed", "")


def test_phases_are_told_apart(module):
    draws, cases = module("draws"), module("cases")
    for engine in (each for each in cases.engines() if each.n_jobs == 1):
        found = draws.phases_of(cases.plan_of("triangular", 200), 2_000, engine, 3)
        assert list(found) == ["sampling", "forward pass", "criticality"]
        assert found["sampling"] > 0
        assert found["forward pass"] > 0


def test_baselines_simulate_the_same_project(module):
    baselines, plan = module("baselines"), module("networks").layered_plan(12)
    result = sr.simulate(plan, 20_000, rng=1)
    expected = sr.sensitivity(result, measures=["criticality"])["criticality"]
    finish, arrays = baselines.numpy_networkx(plan, 20_000)
    loop = baselines.plain_python_critical(plan, 4_000)
    # Four standard errors of the difference of two shares, and of two means.
    for name, p in expected.items():
        for found, n_draws in ((arrays[name], 20_000), (loop[name], 4_000)):
            error = (max(p * (1 - p), 1e-4) * (1 / 20_000 + 1 / n_draws)) ** 0.5
            assert abs(found - p) <= 4 * error
    spread = result.duration.std() * (2 / 20_000) ** 0.5
    assert abs(finish.mean() - result.duration.mean()) <= 4 * spread
    python = baselines.plain_python(plan, 4_000)
    assert abs(sum(python) / 4_000 - result.duration.mean()) <= 4 * result.duration.std() / 60


def test_what_is_promised_has_a_verdict(module):
    targets = module("targets")
    rows = {
        measured: targets.Target("x", lambda _, measured=measured: targets.Found(measured), 2, "s", numba=False).row()
        for measured in (1.9, 2.1)
    }
    assert [row["verdict"] for row in rows.values()] == ["ok", "MISSED"]
    assert rows[1.9]["limit"] == "≤ 2 s"
    more = targets.Target("x", lambda _: targets.Found(7.9), unit="×", least=8, numba=False)
    assert (more.row()["verdict"], more.row()["limit"]) == ("MISSED", "≥ 8 ×")
    assert more.row(20)["verdict"] == "(reduced)"

    def missing(_):
        raise targets.CannotBeMeasuredError("no such file")

    left_out = targets.Target("x", missing, 1, numba=False).row()
    assert (left_out["verdict"], left_out["measured"], left_out["note"]) == ("skipped", None, "no such file")


def test_every_row_of_the_promise_is_there(module):
    rows = list(module("targets").targets())
    assert len({row.what for row in rows}) == len(rows) >= 25
    limits = [row.limit for row in rows]
    for expected in ("≤ 2 ns", "≤ 2.5 ns", "≤ 10 ns", "≤ 20 ns", "≥ 8 ×", "≥ 200 ×", "≤ 200 MiB", "≥ 1.7 ×", "≤ 0.3 s"):
        assert expected in limits


def test_rows_that_need_no_new_process_run(module):
    targets = module("targets")
    chosen = [
        row
        for row in targets.targets()
        if not any(word in row.what for word in ("memory", "process", "hotel", "10,000", "100,000", "exponent"))
    ]
    assert len(chosen) >= 8
    for row in chosen:
        found = row.row(200)
        assert found["verdict"] in {"(reduced)", "skipped"}
        assert found["measured"] is None or found["measured"] > -100


def test_exponents_of_known_powers(module):
    growth = module("growth")
    sizes = [100, 1_000, 10_000]
    assert growth.exponent(sizes, [3e-6 * n**1.5 for n in sizes]) == pytest.approx(1.5)
    assert growth.LEAST < growth.exponent(sizes, [0.01 * n for n in sizes]) < growth.MOST


def test_what_new_processes_do(module):
    fresh = module("fresh")
    request = {"n_tasks": 20, "n_draws": 100, "engine": "numpy", "n_jobs": 1, "case": "triangular"}
    first = fresh.answer({**request, "what": "first"})
    assert first.keys() == {"import", "first", "second"}
    assert fresh.answer({**request, "what": "memory"}).keys() == {"mib", "loading"}


def test_a_process_that_fails_says_why(module):
    with pytest.raises(RuntimeError, match="KeyError"):
        module("measure").in_fresh_process("fresh", {"what": "nothing"})


SUITE = [
    (file.stem, name)
    for file in sorted((BENCHMARKS / "suite").glob("*.py"))
    for name in re.findall(r"^class (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize("place", [0, -1], ids=["first", "last"])
@pytest.mark.parametrize(("file", "name"), SUITE)
def test_what_asv_measures_runs(module, file, name, place, monkeypatch):
    suite = getattr(module(f"suite.{file}"), name)
    for attribute, small in (("n_tasks", 20), ("n_draws", 100), ("seconds", 0.02)):
        if hasattr(suite, attribute):
            monkeypatch.setattr(suite, attribute, small)
    choice = [min(values[place], 50) if isinstance(values[place], int) else values[place] for values in suite.params]
    bench = suite()
    bench.setup(*choice)
    methods = [each for each in dir(suite) if each.startswith(("time_", "peakmem_", "track_"))]
    assert methods
    for each in methods:
        found = getattr(bench, each)(*choice)
        assert (found is not None and found > 0) if each.startswith("track_") else found is None


def test_asv_measures_time_memory_and_precision():
    assert {name for _, name in SUITE} == {"Draws", "Simulate", "Compiling", "Tables", "Memory", "ErrorPerSecond"}


def test_asv_finds_its_folders():
    settings = json.loads((BENCHMARKS / "asv.conf.json").read_text(encoding="utf-8"))
    assert (BENCHMARKS / settings["benchmark_dir"] / "__init__.py").is_file()
    assert (BENCHMARKS / settings["repo"] / "pyproject.toml").is_file()


def test_the_page_about_performance_shows_what_was_measured():
    page = (BENCHMARKS.parent / "docs" / "explanation" / "performance.md").read_text(encoding="utf-8")
    for name in ("speed", "targets"):
        _, found, rest = page.partition(f"<!-- measured: {name} -->\n")
        assert found
        assert "| ---: |" in rest.partition(f"<!-- end of {name} -->")[0]
