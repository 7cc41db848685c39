"""Benchmark networks of PSPLIB (Kolisch and Sprecher 1996): the longest path is the MPM-Time that each file prints.

Resources are left aside. The files come with the shared reference data; two small ones of our own are always here.
"""

import csv
import re
from pathlib import Path

import numpy as np
import pytest

import schedrisk as sr

DATA = Path(__file__).parent / "data"
OWN = {"diamond.sm": 12, "ladder.sm": 29}  # longest paths found by hand
PUBLISHED = [
    "j301_1.sm", "j3024_5.sm", "j3048_10.sm", "j601_1.sm", "j6024_5.sm", "j6048_10.sm", "j901_1.sm", "j9048_10.sm",
    "j1201_1.sm", "j12030_5.sm", "j12060_10.sm",
]  # fmt: skip


def read_sm(text):
    """Return durations and successors by job, and the MPM-Time, of a single-mode file in PSPLIB's format."""

    def rows(title):
        # A section ends at a line of asterisks; its rows are the lines of numbers alone.
        section = text.split(f"{title}:", 1)[1].split("***", 1)[0]
        return [list(map(int, line.split())) for line in section.splitlines() if re.fullmatch(r"[\d\s]*\d\s*", line)]

    successors = {job: after for job, _, _, *after in rows("PRECEDENCE RELATIONS")}
    durations = {job: duration for job, _, duration, *_ in rows("REQUESTS/DURATIONS")}
    return durations, successors, rows("PROJECT INFORMATION")[0][5]


def read_rcp(text):
    """Return durations and successors by job of a file in Patterson's format."""
    numbers = iter(map(int, text.split()))
    n_jobs, n_resources = next(numbers), next(numbers)
    _capacities = [next(numbers) for _ in range(n_resources)]
    durations, successors = {}, {}
    for job in range(1, n_jobs + 1):
        durations[job] = next(numbers)
        _demands = [next(numbers) for _ in range(n_resources)]
        successors[job] = [next(numbers) for _ in range(next(numbers))]
    return durations, successors


def plan_of(durations, successors):
    return sr.Plan(
        tasks=[sr.Task(str(job), duration) for job, duration in durations.items()],
        links=[sr.Link(str(job), str(after)) for job, jobs in successors.items() for after in jobs],
    )


@pytest.fixture(params=OWN)
def own(request):
    return read_sm((DATA / request.param).read_text("utf-8")), OWN[request.param]


@pytest.fixture(params=PUBLISHED)
def published(request, shared):
    path = shared / "data" / "psplib" / request.param
    if not path.is_file():
        pytest.skip(f"the reference data lack {request.param}")
    with (path.parent / "mpm_times.csv").open(encoding="utf-8") as table:
        row = next(row for row in csv.DictReader(table) if row["instance"] == request.param)
    return read_sm(path.read_text("utf-8")), int(row["n_jobs_incl_dummies"]), int(row["mpm_time"])


def assert_longest_path(durations, successors, mpm_time):
    plan = plan_of(durations, successors)
    schedule = sr.schedule(plan)
    assert schedule.planned_finish == mpm_time
    assert (sr.simulate(plan, 3, rng=1).duration == mpm_time).all()
    table = schedule.to_frame()
    # The supersource comes first and the supersink last, and both drive the finish.
    assert table.loc["1", "start"] == 0
    assert table.loc[str(len(durations)), "finish"] == mpm_time
    assert table.loc[["1", str(len(durations))], "critical"].all()
    for job, after in successors.items():
        assert (table.loc[list(map(str, after)), "start"] >= table.loc[str(job), "finish"]).all()
    assert (table["total_float"] >= table["free_float"]).all()


def test_own_networks(own):
    (durations, successors, printed), longest = own
    assert printed == longest
    assert_longest_path(durations, successors, longest)


def test_float_of_own_network():
    durations, successors, _ = read_sm((DATA / "diamond.sm").read_text("utf-8"))
    table = sr.schedule(plan_of(durations, successors)).to_frame()
    assert table["total_float"].tolist() == table["free_float"].tolist() == [0, 0, 2, 0, 0, 0, 0]
    assert table["late_start"].tolist() == [0, 0, 2, 4, 4, 9, 12]


def test_published_networks(published):
    (durations, successors, printed), n_jobs, mpm_time = published
    assert printed == mpm_time
    assert len(durations) == len(successors) == n_jobs
    assert_longest_path(durations, successors, mpm_time)


def test_dense_network_of_302_jobs(shared):
    path = shared / "data" / "psplib" / "RG300_1.rcp"
    if not path.is_file():
        pytest.skip("the reference data lack RG300_1.rcp")
    durations, successors = read_rcp(path.read_text("utf-8"))
    assert sum(map(len, successors.values())) == 5208
    assert_longest_path(durations, successors, 44)


def test_uncertain_jobs_stay_between_the_longest_paths_of_their_ends(own):
    (durations, successors, _), longest = own
    plan = plan_of(durations, successors)
    uncertain = plan.replace(
        tasks=[task.replace(estimate=sr.Uniform(0.5 * task.planned_duration, 2 * task.planned_duration))
               for task in plan.tasks]
    )  # fmt: skip
    duration = sr.simulate(uncertain, 2_000, rng=1).duration
    assert ((duration >= 0.5 * longest) & (duration <= 2 * longest)).all()
    # Where paths join, the mean finish lies beyond the finish of the means.
    assert duration.mean() - 1.25 * longest > 4 * duration.std() / np.sqrt(2_000)
