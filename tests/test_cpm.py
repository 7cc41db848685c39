"""The passes against networkx, PSPLIB and a plain recomputation; random networks."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import schedrisk as sr


@st.composite
def networks(draw, *, leads=False, discrete=False):
    n_tasks = draw(st.integers(1, 9))
    lags = st.sampled_from([0, 0, 1, 2.5, -1, -4] if leads else [0, 0, 1, 2.5])
    tasks, links = [], []
    for number in range(n_tasks):
        estimate = sr.Fixed(draw(st.sampled_from([0, 1, 2, 3.5, 7])))
        if discrete:
            values = draw(st.lists(st.integers(0, 4), min_size=1, max_size=2, unique=True))
            estimate = sr.Discrete(values, [1 / len(values)] * len(values))
        tasks.append(sr.Task(f"t{number}", estimate))
        before = draw(st.lists(st.integers(0, number - 1), max_size=3)) if number else []
        links += [sr.Link(f"t{each}", f"t{number}", lag=draw(lags)) for each in before]
    order = draw(st.permutations(tasks))
    return sr.Plan(tasks=order, links=links)


@given(networks())
def test_planned_finish_is_networkx_longest_path(plan):
    graph = nx.MultiDiGraph()
    for task in plan.tasks:
        graph.add_edge(("start", task.id), ("finish", task.id), weight=task.planned_duration)
    for link in plan.links:
        graph.add_edge(("finish", link.predecessor), ("start", link.successor), weight=link.lag)
    simple = nx.DiGraph()
    for u, v, data in graph.edges(data=True):
        weight = max(data["weight"], simple[u][v]["weight"] if simple.has_edge(u, v) else -1)
        simple.add_edge(u, v, weight=weight)
    assert sr.schedule(plan).planned_duration == nx.dag_longest_path_length(simple)


def recomputed(plan, durations):
    """Return early and late dates by repeated relaxation: slow, and written another way."""
    n = len(plan.tasks)
    row = {task.id: number for number, task in enumerate(plan.tasks)}
    links = [(row[link.predecessor], row[link.successor], link.lag) for link in plan.all_links]
    start = [0.0] * n
    for _ in range(n + 1):
        for p, s, lag in links:
            start[s] = max(start[s], start[p] + durations[p] + lag)
    finish = [begin + length for begin, length in zip(start, durations, strict=True)]
    end = max(finish)
    late = [end] * n
    for _ in range(n + 1):
        for p, s, lag in links:
            late[p] = min(late[p], late[s] - durations[s] - lag)
    free = [min([end - finish[i], *(start[s] - lag - finish[i] for p, s, lag in links if p == i)]) for i in range(n)]
    return start, finish, late, free, links


@given(networks(leads=True))
def test_dates_and_float_by_relaxation(plan):
    schedule = sr.schedule(plan)
    durations = [task.planned_duration for task in plan.tasks]
    start, finish, late, free, _ = recomputed(plan, durations)
    units = schedule.axis.to_units
    assert units(schedule.start).tolist() == start
    assert units(schedule.finish).tolist() == finish
    assert units(schedule.late_finish).tolist() == late
    assert units(schedule.free_float).tolist() == free
    assert (schedule.free_float <= schedule.total_float).all()
    assert (schedule.total_float >= 0).all()
    assert schedule.critical.any()


@given(networks(leads=True, discrete=True), st.integers(0, 99))
def test_criticality_by_walking_each_draw(plan, seed):
    result = sr.simulate(plan, 12, rng=seed)
    draws = np.array([result.samples(task.id)["duration"] for task in plan.tasks])
    counts = np.zeros(len(plan.tasks), dtype=int)
    for durations in draws.T.tolist():
        start, finish, *_, links = recomputed(plan, durations)
        driving = {i for i, each in enumerate(finish) if each == max(finish)}
        grown = True
        while grown:
            binding = {p for p, s, lag in links if s in driving and finish[p] + lag == start[s]}
            grown = not binding <= driving
            driving |= binding
        counts[list(driving)] += 1
    assert result.critical_counts.tolist() == counts.tolist()


@given(
    networks(leads=True, discrete=True), st.sampled_from([None, "2026-12-02"]), st.floats(0, 100), st.integers(1, 60)
)
def test_a_percentile_is_met_in_its_share_of_draws(plan, start, percent, n_draws):
    result = sr.simulate(plan.replace(start=start), n_draws, rng=1)
    for p in (percent, 0, 29.000000000000004, 80, 100):
        assert result.probability_of_meeting(result.percentile(p)) >= p / 100


def test_close_of_the_day_is_not_a_hair_after():
    plan = sr.Plan(
        start="2026-12-07", tasks=[sr.Task("a", 0.4), sr.Task("b", 3.7, after=["a"]), sr.Task("c", 0.9, after=["b"])]
    )
    assert sr.schedule(plan).planned_finish == np.datetime64("2026-12-11T17:00:00")
    parallel = sr.Plan(
        tasks=[sr.Task("a", 0.1), sr.Task("b", 0.2, after=["a"]), sr.Task("c", 0.3), sr.Task("d", 1, after=["b", "c"])]
    )
    assert sr.schedule(parallel).critical.all()  # 0.1 + 0.2 is 0.3


def psplib(path):
    """Read precedence relations and durations of a single-mode .sm file."""
    lines = path.read_text(encoding="latin-1").splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("PRECEDENCE RELATIONS")) + 2
    second = next(i for i, line in enumerate(lines) if line.startswith("REQUESTS/DURATIONS")) + 3
    after: dict[str, list[str]] = {}
    for line in lines[first:]:
        if line.startswith("*"):
            break
        job, _, _, *successors = line.split()
        after.setdefault(job, [])
        for each in successors:
            after.setdefault(each, []).append(job)
    durations = {}
    for line in lines[second:]:
        if line.startswith("*"):
            break
        job, _, days, *_ = line.split()
        durations[job] = int(days)
    return sr.Plan(tasks=[sr.Task(job, durations[job], after=before) for job, before in after.items()])


def test_psplib_longest_path_is_mpm_time(shared):
    folder = shared / "data" / "psplib"
    rows = (folder / "mpm_times.csv").read_text(encoding="utf-8").split()[1:]
    assert rows
    for row in rows:
        name, jobs, mpm_time = row.split(",")
        plan = psplib(folder / name)
        assert len(plan.tasks) == int(jobs)
        assert sr.schedule(plan).planned_duration == int(mpm_time), name
        result = sr.simulate(plan, 2, rng=1)
        assert result.duration.tolist() == [int(mpm_time)] * 2


@pytest.mark.parametrize("lag", [-1, -10])
def test_a_lead_does_not_reach_back_before_the_start(lag):
    plan = sr.Plan(tasks=[sr.Task("a", 5), sr.Task("b", 2)], links=[sr.Link("a", "b", lag=lag)])
    assert sr.schedule(plan).to_frame().loc["b", "start"] == max(0, 5 + lag)
