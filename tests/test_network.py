"""The compiled network: its order, and what rows have in common."""

import contextlib
import gc
import graphlib
import random

import pytest

import schedrisk as sr
from schedrisk.network import _in_order, collection_paused, compile_network


@pytest.mark.parametrize("seed", range(40))
def test_the_order_is_that_of_graphlib(seed):
    draw = random.Random(seed)
    n_rows = draw.randint(1, 30)
    names = draw.sample(range(n_rows), n_rows)
    before = [[] for _ in names]
    for place, row in enumerate(names):
        before[row] = [names[draw.randrange(place)] for _ in range(draw.randint(0, 3)) if place]
    assert _in_order(before) == tuple(graphlib.TopologicalSorter(dict(enumerate(before))).static_order())


def test_a_loop_is_told():
    with pytest.raises(graphlib.CycleError):
        _in_order([[1], [0], []])


def test_rows_are_found_by_id():
    network = compile_network(sr.Plan(tasks=[sr.Task(each, 1) for each in "abc"]))
    assert [network.row(each) for each in "cab"] == [2, 0, 1]


def test_rows_with_nothing_special_share_a_rule():
    night = sr.Calendar("night", shifts=["20:00-24:00"])
    dated = sr.Constraint("SNET", "2026-01-12")
    tasks = [
        sr.Task("a", "1/2/3"),
        sr.Task("b", "1/2/4", after=["a"]),
        sr.Task("c", 3, calendar="night"),
        sr.Task("d", 3, constraints=[dated]),
        sr.Task("e", 0),
    ]
    rules = compile_network(sr.Plan(tasks=tasks, start="2026-01-05", calendars=[night])).rules
    assert rules[0] is rules[1]
    assert len(set(rules)) == 4
    assert rules[3].floor.instant > rules[0].floor.instant
    assert (rules[0].instant, rules[4].instant) == (False, True)


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was(enabled):
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with contextlib.suppress(ZeroDivisionError), collection_paused():
            assert not gc.isenabled()
            raise ZeroDivisionError
        assert gc.isenabled() == enabled
        compile_network(sr.Plan(tasks=[sr.Task("a", 1)]))
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if before else gc.disable)()
