"""The command line: answers, gates, exit codes, and messages without a traceback."""

import csv
import io
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import schedrisk as sr
from schedrisk.cli import main

EXAMPLES = Path(__file__).parents[1] / "examples"
EXCHANGE, MUSEUM = EXAMPLES / "exchange-upgrade.toml", EXAMPLES / "museum-bid.toml"


@pytest.fixture
def run(capsys):
    """Return a function that runs a command and gives its exit code, output and messages."""

    def call(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main([str(each) for each in arguments])
        seen = capsys.readouterr()
        return stopped.value.code, seen.out, seen.err

    return call


def test_run_answers_in_text(run, tmp_path):
    report = tmp_path / "report.html"
    code, out, err = run("run", EXCHANGE, "--report", report)
    assert (code, err) == (0, "")
    assert "Promise 'contract' by 31 December 2026: none of 10,000 draws (below 0.04 %)" in out
    assert "can be promised" in out
    assert f"Report: {report}" in out
    assert max(map(len, out.replace(str(report), "").splitlines())) <= 80
    assert "T17:00" not in out
    assert report.read_text(encoding="utf-8").startswith("<!doctype html") or report.stat().st_size > 10_000


def test_the_example_is_as_it_should_be():
    result = sr.simulate(sr.datasets.load("exchange-upgrade"), rng=0)
    assert 30 <= len(result.plan.tasks) <= 40
    assert result.promise("contract").n_kept == 0
    low, high = result.promise("demonstration").interval
    assert low > 0.10
    assert high < 0.40
    assert 55 <= result.schedule.planned_duration <= 66  # about three months of work
    assert set(result.plan.owners) == {"us", "supplier", "customer", "carrier"}


def test_same_seed_same_answer_another_seed_another(run):
    first, again, other = (run("run", MUSEUM, "--seed", seed, "--draws", 500)[1] for seed in (1, 1, 2))
    assert first == again
    assert first.splitlines()[2:] != other.splitlines()[2:]


def test_json_is_the_report_and_alone_on_stdout(run, tmp_path):
    path = tmp_path / "report.json"
    code, out, err = run("run", MUSEUM, "--draws", 400, "--format", "json", "--report", path)
    assert code == 0
    assert json.loads(out) == json.loads(path.read_text(encoding="utf-8"))
    assert str(path) in err


def test_csv_has_a_row_for_each_promise(run, tmp_path):
    plan = sr.Plan(tasks=[sr.Task("a", 3)], promises=[sr.Promise("=1+1", by=2), sr.Promise("late", by=4)])
    sr.write(plan, tmp_path / "plan.toml")
    _, out, _ = run("run", tmp_path / "plan.toml", "--draws", 10, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["name"] for row in rows] == ["'=1+1", "late"]
    assert [float(row["probability"]) for row in rows] == [0, 1]
    assert rows[0]["expected_lateness_calendar"] == ""


def test_gate(run):
    assert run("run", MUSEUM, "--draws", 500, "--fail-below", 0.01)[0] == 0
    code, _, err = run("run", MUSEUM, "--draws", 500, "--fail-below", 0.9)
    assert code == 3
    assert "promise 'bid' has a chance of" in err
    # A promise given on the line is the one that is gated.
    assert run("run", EXCHANGE, "--draws", 500, "--promise", "late=2028-01-31", "--fail-below", 0.9)[0] == 0


def test_promise_moves_one_of_the_plan_and_keeps_its_milestone(run):
    _, out, _ = run("run", EXCHANGE, "--draws", 500, "--promise", "demonstration=2027-03-31", "--format", "csv")
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(out))}
    assert rows["demonstration"]["by"] == "2027-03-31"
    assert rows["demonstration"]["task"] == "demonstration-ready"


def test_promise_within_a_time_after_a_task(run):
    added = ("run", EXCHANGE, "--draws", 200, "--promise", "integration=13w after outside-line", "--format", "json")
    (promise,) = [each for each in json.loads(run(*added)[1])["promises"] if each["name"] == "integration"]
    assert (promise["by"], promise["within"], promise["after"]) == (None, "13w", "outside-line")
    moved = run(*added, "--promise", "integration=65 working days")[1]
    (promise,) = [each for each in json.loads(moved)["promises"] if each["name"] == "integration"]
    assert (promise["within"], promise["after"]) == ("65wd", "outside-line")
    code, _, err = run("run", EXCHANGE, "--promise", "x=13w after outside-lin")
    assert code == 2
    assert "did you mean 'outside-line'?" in " ".join(err.split())
    code, out, _ = run("run", MUSEUM, "--draws", 200, "--promise", "x=5 after A", "--format", "csv")
    row = next(each for each in csv.DictReader(io.StringIO(out)) if each["name"] == "x")
    assert (code, row["by"], row["within"], row["after"]) == (0, "", "5.0", "A")
    assert float(row["promisable_80"]) > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--draws", "0"], "n_draws"),
        (["--draws", "x"], "not a valid integer"),
        (["--seed", "-1"], "rng"),
        (["--fail-below", "1.5"], "0.7"),
        (["--promise", "bid"], "NAME=DATE"),
        (["--promise", "bid=soon"], "a number of units"),
        (["--promise", "bid=nan"], "finite"),
        (["--report", "x.pdf"], ".html"),
        (["--colour"], "No such option"),
        (["--draws", "100000000000000"], "GiB"),
    ],
)
def test_bad_options(run, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, out, err = run("run", MUSEUM, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_bad_plans(run, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text("tasks = [{id = 'a', estimate = '5/3/1'}, {id = 'b', estimate = 1, aftr = ['a']}]\nname = 3")
    for command in (["run", plan], ["check", plan], ["convert", plan, tmp_path / "plan.json"]):
        code, out, err = run(*command)
        assert (code, out) == (2, "")
        words = " ".join(err.split())
        assert str(plan) in words
        for part in ("low ≤ mode ≤ high", "did you mean 'after'", "name: found 3"):
            assert part in words
    assert not (tmp_path / "plan.json").exists()
    missing = run("run", tmp_path / "plam.toml")
    assert missing[0] == 2
    assert "did you mean 'plan.toml'" in " ".join(missing[2].split())


def test_check(run, tmp_path):
    code, out, _ = run("check", EXCHANGE)
    assert code == 0
    assert "promise-impossible" in out
    assert max(map(len, out.splitlines())) <= 80
    findings = json.loads(run("check", EXCHANGE, "--format", "json")[1])
    columns = {"severity", "rule", "id", "where", "finding", "value", "threshold", "why", "remedy"}
    assert columns == set(findings[0])
    assert run("check", EXCHANGE, "--fail-on", "warning")[0] == 3
    assert run("check", EXCHANGE, "--fail-on", "error")[0] == 0


def test_convert_and_notes(run, tmp_path):
    assert run("convert", EXCHANGE, tmp_path / "plan.xlsx")[0] == 0
    assert run("convert", tmp_path / "plan.xlsx", tmp_path / "plan.json")[0] == 0
    assert sr.read(tmp_path / "plan.json") == sr.read(EXCHANGE)
    (tmp_path / "plan.csv").write_text("id,mode,Notes\na,1,x\n")
    code, _, err = run("convert", tmp_path / "plan.csv", tmp_path / "b.toml")
    assert code == 0
    assert err.startswith("Note: columns not used: 'Notes'")


def test_schema_and_calendar(run):
    schema = json.loads(run("schema")[1])
    assert "tasks" in schema["properties"]
    code, out, _ = run("calendar", "CN", "--year", 2026)
    calendar = tomllib.loads(out)["calendar"]
    assert code == 0
    assert sr.Calendar(**calendar) == sr.Calendar.for_country("CN", years=[2026])
    assert run("calendar", "XX")[0] == 2
    assert run("--version")[1].startswith("schedrisk")


def process(*arguments, **options):
    command = [sys.executable, "-m", "schedrisk", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, **options)


def test_terminal_that_is_not_utf8():
    environment = os.environ | {
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": "ascii",
    }
    finished = process("run", MUSEUM, "--draws", 200, env=environment)
    assert finished.returncode == 0
    assert b"Traceback" not in finished.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break otherwise on Windows")
def test_reader_that_goes_away():
    code = f"{sys.executable} -m schedrisk schema | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}"
    finished = subprocess.run(["bash", "-c", code], capture_output=True, check=False)
    assert b"Traceback" not in finished.stderr


def test_a_certain_plan_is_told(run, tmp_path):
    (tmp_path / "plan.csv").write_text("id,mode\na,1\n")
    code, out, err = run("run", tmp_path / "plan.csv", "--draws", "10")
    assert code == 0
    assert "nothing in this plan is uncertain" in " ".join(err.split())
    assert "uncertain" not in out


def test_mitigations_are_chosen_by_risk_or_all(run, tmp_path):
    talks = sr.Mitigation(probability=0, cost=300)
    risks = [sr.Risk(name, 1, delay=2, tasks=["a"], cost_per_day=10, mitigation=talks) for name in ("strike", "flu")]
    path = tmp_path / "plan.toml"
    sr.write(sr.Plan(tasks=[sr.Task("a", 3)], risks=risks), path)
    for chosen, finish, cost in (
        ([], "7 days", "40"), (["--mitigated", "flu"], "5 days", "320"), (["--mitigated", "all"], "3 days", "600"),
    ):  # fmt: skip
        code, out, err = run("run", path, "--draws", 50, *chosen)
        assert (code, err) == (0, "")
        assert f"P80  {finish}" in out
        assert f"  {cost} (± 0) on average, P50 {cost}, P80 {cost}" in out
    assert "2 risks (2 mitigated)" in out
    code, out, err = run("run", path, "--mitigated", "fluu")
    assert (code, out) == (2, "")
    assert "did you mean 'flu'" in err


def test_the_engine_and_the_threads_change_no_figure(run):
    pytest.importorskip("numba", reason="the compiled engine needs numba: pip install 'schedrisk[fast]'")
    answers = {
        run("run", EXCHANGE, "--draws", 300, "--format", "json", "--engine", engine, "--jobs", jobs)[1]
        for engine, jobs in (("numpy", 1), ("numba", 2))
    }
    assert len(answers) == 1
    code, out, err = run("run", EXCHANGE, "--draws", 300, "--jobs", 0)
    assert (code, out) == (2, "")
    assert "n_jobs: found 0" in err
