"""The critical path method: dates, float and criticality against networkx, definitions and enumeration."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import schedrisk as sr
from schedrisk.engine import Replay
from schedrisk.sampling import Design

# Quarters of a day are exact as floats, as ticks of a plan without dates and as seconds of an eight-hour day.
QUARTERS = st.integers(0, 24).map(lambda n: n / 4)
FEW_VALUES = st.lists(st.integers(0, 4), min_size=1, max_size=3, unique=True).map(
    lambda values: sr.Discrete(values, [1 / len(values)] * len(values))
)

FIXED = QUARTERS.map(sr.Fixed)


@st.composite
def networks(draw, estimates=FIXED, *, leads=False, most_tasks=8):
    """Draw a plan of FS links, with lags and without, also two between the same tasks, in any order of tasks."""
    lags = st.one_of(st.none(), st.integers(-24 if leads else 0, 16).map(lambda n: n / 4))
    ids = [f"t{number}" for number in range(draw(st.integers(2, most_tasks)))]
    tasks, links = [], []
    for number, each in enumerate(ids):
        joined = draw(st.lists(st.tuples(st.sampled_from(ids[:number]), lags), max_size=3)) if number else []
        after = list(dict.fromkeys(predecessor for predecessor, lag in joined if lag is None))
        tasks.append(sr.Task(each, draw(estimates), after=after))
        links += [sr.Link(predecessor, each, lag=lag) for predecessor, lag in joined if lag is not None]
    return sr.Plan(tasks=draw(st.permutations(tasks)), links=links)


# ---- independent implementations --------------------------------------------------------------------------------------


def early_finishes(plan, durations):
    """Push every task behind its predecessors until nothing moves: no order of tasks, no index arrays."""
    start = dict.fromkeys(durations, Fraction(0))
    moved = True
    while moved:
        moved = False
        for link in plan.all_links:
            arrival = start[link.predecessor] + durations[link.predecessor] + Fraction(link.lag)
            if arrival > start[link.successor]:
                start[link.successor], moved = arrival, True
    return {task: start[task] + durations[task] for task in start}


def late_finishes(plan, durations, end):
    """Pull every task before its successors until nothing moves."""
    late = dict.fromkeys(durations, end)
    moved = True
    while moved:
        moved = False
        for link in plan.all_links:
            room = late[link.successor] - durations[link.successor] - Fraction(link.lag)
            if room < late[link.predecessor]:
                late[link.predecessor], moved = room, True
    return late


def planned(plan):
    return {task.id: Fraction(task.planned_duration) for task in plan.tasks}


def paths(plan):
    """Return every chain of links, from any task to any task, each with its lag in all."""
    after = defaultdict(list)
    for link in plan.all_links:
        after[link.predecessor].append((link.successor, Fraction(link.lag)))
    chains, growing = [], [((task.id,), Fraction(0)) for task in plan.tasks]
    while growing:
        chain, lag = growing.pop()
        chains.append((chain, lag))
        growing += [((*chain, successor), lag + more) for successor, more in after[chain[-1]]]
    return chains


def longest(chains, durations):
    """Return the length of the longest chains, and all tasks on any of them."""
    lengths = [(sum(durations[task] for task in chain) + lag, chain) for chain, lag in chains]
    end = max(length for length, _ in lengths)
    return end, {task for length, chain in lengths if length == end for task in chain}


# ---- dates ------------------------------------------------------------------------------------------------------------


@given(networks())
def test_planned_finish_is_the_longest_path_of_networkx(plan):
    graph = nx.DiGraph()
    for task in plan.tasks:
        graph.add_edge("begin", task.id, weight=0)
        graph.add_edge(task.id, "end", weight=task.planned_duration)
    for link in plan.all_links:
        weight = plan.task(link.predecessor).planned_duration + link.lag
        known = graph.get_edge_data(link.predecessor, link.successor, {"weight": 0})["weight"]
        graph.add_edge(link.predecessor, link.successor, weight=max(weight, known))
    longest_path = nx.dag_longest_path_length(graph)
    assert sr.schedule(plan).planned_finish == longest_path
    assert sr.simulate(plan, 2, rng=1).duration.tolist() == [longest_path] * 2


@given(networks(leads=True))
def test_early_and_late_dates_are_those_of_an_independent_pass(plan):
    durations, table = planned(plan), sr.schedule(plan).to_frame()
    finish = early_finishes(plan, durations)
    end = max(finish.values())
    late = late_finishes(plan, durations, end)
    for task, row in table.iterrows():
        assert row["duration"] == durations[task]
        assert row["start"] == finish[task] - durations[task]
        assert row["finish"] == finish[task]
        assert row["late_start"] == late[task] - durations[task]
        assert row["late_finish"] == late[task]
        assert row["total_float"] == late[task] - finish[task]
        assert row["critical"] == (late[task] == finish[task])


@given(networks(leads=True, most_tasks=6))
def test_float_is_how_far_a_task_can_slip(plan):
    """By definition: longer by its float a task moves nothing, and by a hair more it does."""
    durations, table = planned(plan), sr.schedule(plan).to_frame()
    finish = early_finishes(plan, durations)
    end, hair = max(finish.values()), Fraction(1, 1000)
    for task in durations:

        def slipped(slack, task=task):
            return early_finishes(plan, durations | {task: durations[task] + slack})

        def moved(after, task=task):
            return {each for each in finish if after[each] != finish[each]} - {task}

        total, free = Fraction(table.loc[task, "total_float"]), Fraction(table.loc[task, "free_float"])
        assert max(slipped(total).values()) == end
        assert max(slipped(total + hair).values()) > end
        assert not moved(slipped(free))
        assert max(slipped(min(free, total)).values()) == end  # a successor with a lead may leave room beyond the end
        assert moved(slipped(free + hair)) or max(slipped(free + hair).values()) > end


@given(networks(leads=True))
def test_what_always_holds_of_float(plan):
    table = sr.schedule(plan).to_frame()
    leading = {link.predecessor for link in plan.all_links if link.lag < 0}
    assert (table["free_float"] <= table["total_float"])[~table.index.isin(leading)].all()
    assert (table["free_float"] >= 0).all()
    assert (table["late_start"] >= table["start"]).all()
    assert (table["late_finish"] >= table["finish"]).all()
    # A driving path: back from the last finish, over links that bind and tasks without float, to the plan's start.
    task = table["finish"].idxmax()
    while True:
        assert table.loc[task, "total_float"] == 0
        if table.loc[task, "start"] == 0:
            break
        task = next(
            link.predecessor
            for link in plan.all_links
            if link.successor == task
            and table.loc[link.predecessor, "finish"] + link.lag == table.loc[task, "start"]
            and table.loc[link.predecessor, "total_float"] == 0
        )


@given(networks(leads=True), st.sampled_from(["2026-11-30", "2026-12-02T10:30"]))
def test_dates_change_no_float(plan, start):
    """With dates the same passes run in working seconds: the same float, to the tick."""
    bare, dated = sr.schedule(plan), sr.schedule(plan.replace(start=start))
    for which in ("start", "finish", "late_start", "late_finish", "total_float", "free_float"):
        assert np.array_equal(getattr(bare, which) / 1e6, getattr(dated, which) / 28_800), which
    assert np.array_equal(bare.critical, dated.critical)


def test_a_lead_does_not_reach_back_before_the_start():
    plan = sr.Plan(
        tasks=[sr.Task("a", 2), sr.Task("b", 5), sr.Task("c", 1)],
        links=[sr.Link("a", "b", lag=-10), sr.Link("b", "c", lag=-2)],
    )
    table = sr.schedule(plan).to_frame()
    assert table["start"].tolist() == [0, 0, 3]
    # "c" overtakes the end of "b", which alone finishes last; "a" has 8 days before it would move "b", though 3 to the end.
    assert table["finish"].tolist() == [2, 5, 4]
    assert table["total_float"].tolist() == [3, 0, 1]
    assert table["free_float"].tolist() == [8, 0, 1]
    # Neither "a" nor what overtakes its predecessor drives the finish, in a simulation either.
    result = sr.simulate(plan, 3, rng=1)
    assert result.duration.tolist() == [5, 5, 5]
    assert result.critical_counts.tolist() == [0, 3, 0]


def test_two_links_between_the_same_tasks_both_hold():
    plan = sr.Plan(
        tasks=[sr.Task("a", 2), sr.Task("b", 3, after=["a"])],
        links=[sr.Link("a", "b", lag=-1), sr.Link("a", "b", lag=1.5)],
    )
    assert sr.schedule(plan).planned_finish == 6.5
    assert sr.simulate(plan, 5, rng=1).critical_counts.tolist() == [5, 5]


def test_a_chain_of_ten_thousand_tasks_needs_no_recursion():
    tasks = [sr.Task("0", 1), *(sr.Task(str(n), 1, after=[str(n - 1)]) for n in range(1, 10_000))]
    schedule = sr.schedule(sr.Plan(tasks=tasks))
    assert schedule.planned_finish == 10_000
    assert schedule.critical.all()


# ---- criticality ------------------------------------------------------------------------------------------------------


@given(networks(FEW_VALUES, leads=True, most_tasks=6), st.integers(0, 99))
def test_criticality_is_that_of_all_longest_paths(plan, seed):
    """Enumerate every path in every draw. Few values make many ties; every path of the greatest length counts."""
    n_draws = 20
    result, chains = sr.simulate(plan, n_draws, rng=seed), paths(plan)
    draws = {task.id: result.samples(task.id)["duration"] for task in plan.tasks}
    counts = dict.fromkeys(draws, 0)
    for number in range(n_draws):
        durations = {task: Fraction(values[number]) for task, values in draws.items()}
        end, critical = longest(chains, durations)
        assert result.duration[number] == end
        for task in critical:
            counts[task] += 1
    assert dict(zip(draws, result.critical_counts.tolist(), strict=True)) == counts


@given(networks(FEW_VALUES, leads=True, most_tasks=6), st.integers(0, 99), st.data())
def test_criticality_for_a_milestone_is_that_of_longest_paths_to_it(plan, seed, data):
    n_draws, target = 20, data.draw(st.sampled_from([task.id for task in plan.tasks]))
    replay = Replay.of(plan, Design(seed, n_draws))
    chains = [(chain, lag) for chain, lag in paths(plan) if chain[-1] == target]
    draws = replay.durations(range(len(plan.tasks))) / 1e6
    counts = dict.fromkeys((task.id for task in plan.tasks), 0)
    for drawn in draws.T.tolist():
        durations = dict(zip(counts, map(Fraction, drawn), strict=True))
        for task in longest(chains, durations)[1]:
            counts[task] += 1
    assert replay.criticality(replay.network.row(target)).tolist() == list(counts.values())


@given(networks(leads=True))
def test_without_spread_to_drive_is_to_have_no_float(plan):
    schedule, result = sr.schedule(plan), sr.simulate(plan, 1, rng=1)
    assert result.duration[0] == schedule.planned_duration
    assert (result.critical_counts == 1).tolist() == schedule.critical.tolist()


def test_a_tie_makes_both_critical():
    plan = sr.Plan(tasks=[sr.Task("a", "0.1"), sr.Task("b", "0.2", after=["a"]), sr.Task("c", "0.3")])
    assert 0.1 + 0.2 != 0.3
    assert sr.simulate(plan, 7, rng=1).critical_counts.tolist() == [7, 7, 7]
    assert sr.schedule(plan).total_float.tolist() == [0, 0, 0]


# ---- whole ticks ------------------------------------------------------------------------------------------------------

FIVE_DAYS = [sr.Task("a", 0.4), sr.Task("b", 3.7, after=["a"]), sr.Task("c", 0.9, after=["b"])]


def test_parts_of_days_end_at_the_close_of_day_five():
    bare = sr.Plan(tasks=FIVE_DAYS)
    assert 0.4 + 3.7 + 0.9 != 5.0
    assert sr.schedule(bare).planned_finish == 5.0
    assert sr.simulate(bare, 10, rng=1).probability_of_meeting(5) == 1.0
    assert sr.simulate(bare, 10, rng=1).probability_of_meeting(4.999999) == 0.0
    dated = bare.replace(start=dt.date(2026, 11, 30))
    friday = np.datetime64("2026-12-04T17:00")
    assert sr.schedule(dated).planned_finish == friday
    result = sr.simulate(dated, 10, rng=1)
    assert (result.finish == friday).all()
    assert result.probability_of_meeting("2026-12-04") == 1.0
    assert result.probability_of_meeting("2026-12-03") == 0.0


def test_friday_at_five_is_friday_and_the_next_start_is_monday():
    plan = sr.Plan(start="2026-11-30", tasks=[*FIVE_DAYS, sr.Task("d", 1, after=["c"]), sr.Task("m", 0, after=["c"])])
    table = sr.schedule(plan).to_frame()
    assert table.loc["c", "finish"] == np.datetime64("2026-12-04T17:00")
    assert table.loc["d", "start"] == np.datetime64("2026-12-07T08:00")
    assert table.loc["d", "finish"] == np.datetime64("2026-12-07T17:00")
    # A milestone is a moment: it starts when it finishes.
    assert table.loc["m", "start"] == table.loc["m", "finish"] == np.datetime64("2026-12-04T17:00")


def test_what_takes_no_time_at_the_start_finishes_on_that_day():
    plan = sr.Plan(start="2026-11-30", tasks=[sr.Task("order", 0), sr.Task("design", 0, after=["order"])])
    table, monday = sr.schedule(plan).to_frame(), np.datetime64("2026-11-30T08:00")
    assert (table[["start", "finish", "late_start", "late_finish"]] == monday).all(axis=None)
    result = sr.simulate(plan, 3, rng=1)
    assert (result.finish == monday).all()
    assert result.probability_of_meeting(result.percentile(80)) == 1.0
    assert result.probability_of_meeting("2026-11-29") == 0.0


@given(st.lists(st.decimals(0, 1000, places=6), min_size=1, max_size=30), st.randoms())
def test_sums_of_decimals_are_exact(durations, random):
    """A chain ends at the sum of its decimals, and two chains of the same numbers in any order end together."""
    shuffled = random.sample(durations, len(durations))
    tasks = []
    for chain, numbers in (("x", durations), ("y", shuffled)):
        tasks += [
            sr.Task(f"{chain}{place}", float(number), after=[f"{chain}{place - 1}"] if place else [])
            for place, number in enumerate(numbers)
        ]
    plan = sr.Plan(tasks=tasks)
    total = sum(durations, Decimal(0))
    schedule = sr.schedule(plan)
    assert schedule.finish.max() == int(total * 1_000_000)
    assert schedule.planned_finish == float(total)
    assert schedule.critical.all()
    assert sr.simulate(plan, 1, rng=1).probability_of_meeting(float(total)) == 1.0


@pytest.mark.parametrize(("start", "ticks"), [(None, 1e6), ("2026-11-30", 28_800)])
def test_every_draw_is_whole_ticks(start, ticks):
    plan = sr.Plan(
        start=start,
        tasks=[
            sr.Task("a", "1/2/7"), sr.Task("b", sr.Triangular(0.1, 0.3, 0.9), after=["a"]),
            sr.Task("c", sr.Uniform(1, 4)), sr.Task("d", sr.Empirical([0.123456789, 3.3]), after=["b", "c"]),
        ],
        links=[sr.Link("a", "d", lag=1 / 3)],
        risks=[sr.Risk("rain", 0.5, delay="0.1/0.2/0.7", tasks=["a", "c"])],
    )  # fmt: skip
    replay = sr.simulate(plan, 2_000, rng=1).replay
    durations = replay.durations(range(4))
    starts, finishes = replay.times(range(4))
    for array in (durations, starts, finishes):
        assert np.array_equal(array, np.rint(array))
        assert (array >= 0).all()
    assert np.array_equal(starts + durations, finishes)
    assert np.array_equal(starts[1], finishes[0])
    expected = np.maximum.reduce([finishes[1], finishes[2], finishes[0] + np.rint(ticks / 3)])
    assert np.array_equal(starts[3], expected)
