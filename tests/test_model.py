"""The plan and its parts: what they accept, what they refuse and how they say so."""

import copy
import datetime as dt
import pickle

import numpy as np
import pandas as pd
import pytest

import schedrisk as sr
from schedrisk.errors import CycleError, PlanError, UnknownNameError
from schedrisk.model.plan import plan_document


def problems(make) -> list[str]:
    with pytest.raises(PlanError) as caught:
        make()
    return [str(problem) for problem in caught.value.problems]


def test_positional_use_and_defaults():
    task = sr.Task("design", sr.Pert(5, 8, 15), after=["order"])
    assert (task.id, task.after, task.label, task.planned_duration) == ("design", ("order",), "design", 8.0)
    assert sr.Task("x", "5/8/15", planned=9, name="X").planned_duration == 9.0
    link = sr.Link("a", "b", lag=-2)
    assert (link.kind, link.lag) == ("FS", -2.0)


@pytest.mark.parametrize("text", ["a b", "Übergabe", "竣工验收", "☎ exchange", "a;b, c"])
def test_ids_are_free_text(text):
    plan = sr.Plan(tasks=[sr.Task(text, 1), sr.Task("z", 1, after=[text])])
    assert plan.task(text).id == text


def test_ids_are_one_however_they_are_typed():
    composed, decomposed = "\u00dcbung", "U\u0308bung"
    plan = sr.Plan(tasks=[sr.Task(composed, 1), sr.Task("z", 1, after=[decomposed])])
    assert plan.task("z").after == (composed,)


def test_parts_are_frozen():
    with pytest.raises(AttributeError):
        sr.Task("a", 1).id = "b"


@pytest.mark.parametrize(
    "date", ["2026-12-31", dt.date(2026, 12, 31), np.datetime64("2026-12-31"), pd.Timestamp("2026-12-31").date()]
)
def test_dates_of_every_make(date):
    assert sr.Promise("p", by=date).by == dt.date(2026, 12, 31)


def test_instants_of_every_make():
    for instant in ("2026-12-31T17:00", dt.datetime(2026, 12, 31, 17), pd.Timestamp("2026-12-31 17:00")):
        assert sr.Promise("p", by=instant).by == dt.datetime(2026, 12, 31, 17)


@pytest.mark.parametrize("bad", ["31.12.2026", "tomorrow", pd.NaT, np.datetime64("NaT"), None, True, "2026-13-01"])
def test_bad_dates(bad):
    (found,) = problems(lambda: sr.Promise("p", by=bad))
    assert "promise 'p', by" in found
    assert "2026-12-31" in found


def test_time_zones_are_refused_with_the_remedy():
    (found,) = problems(lambda: sr.Promise("p", by="2026-12-31T17:00+08:00"))
    assert "leave the offset out" in found


@pytest.mark.parametrize("bad", [1.5, -0.1, float("nan"), True, "0.4"])
def test_bad_probabilities(bad):
    (found,) = problems(lambda: sr.Risk("r", bad, delay={"a": 1}))
    assert found.startswith("risk 'r', probability: found")


def test_every_fault_of_a_plan_comes_at_once():
    found = problems(
        lambda: sr.Plan(
            start="2026-12-01",
            unit="month",
            colour="red",
            tasks=[
                {"id": "a", "estimate": "5/3/1"},
                {"id": "a", "estimate": "1", "after": ["bb"]},
                {"id": "b", "estimate": "1", "owner": 3, "aftr": ["a"]},
                {"id": "c", "estimate": "1", "after": ["d"], "calendar": "night"},
                {"id": "d", "estimate": "1", "after": ["c"]},
            ],
            risks=[{"id": "r", "probability": 7, "delay": {"zz": "1", "a": "2/1/3"}}],
            promises=[{"name": "p", "by": 12}, {"name": "q", "by": "2026-12-31", "task": "e"}],
            links=[{"predecessor": "a", "successor": "nowhere"}],
        )
    )
    text = "\n".join(found)
    for part in (
        "unit: found 'month'",
        "the unknown key 'colour'",
        "task 'a', estimate, low, mode",
        "task 'a': found 2 tasks of this name",
        "the unknown task 'bb', expected the id of a task; did you mean 'b'?",
        "task 'b', owner: found 3, expected text",
        "the unknown key 'aftr', expected a known key; did you mean 'after'?",
        "the unknown calendar 'night'",
        "the loop 'c' → 'd' → 'c'",
        "risk 'r', probability: found 7",
        "risk 'r', delay, task 'a'",
        "the unknown task 'zz'",
        "promise 'p', by: found 12, expected a date, as the plan has a start",
        "promise 'q': found the unknown task 'e'",
        "link 1: found the unknown task 'nowhere'",
    ):
        assert part in text, f"{part!r} is not in\n{text}"
    assert len(found) == len(set(found))


def test_what_is_longer_than_any_project():
    for make in (
        lambda: sr.Task("a", 1e300),
        lambda: sr.Task("a", "1/2/1e10"),
        lambda: sr.Link("a", "b", lag=-1e308),
        lambda: sr.Risk("r", 0.5, delay={"a": 1e12}),
    ):
        (found,) = problems(make)
        assert "1000000000" in found or "1e+09" in found


def test_cycle_names_the_loop():
    with pytest.raises(CycleError) as caught:
        sr.Plan(tasks=[sr.Task("a", 1, after=["c"]), sr.Task("b", 1, after=["a"]), sr.Task("c", 1, after=["b"])])
    assert sorted(caught.value.cycle) == ["a", "b", "c"]
    assert "→" in str(caught.value)
    with pytest.raises(CycleError, match="'a' → 'a'"):
        sr.Plan(tasks=[sr.Task("a", 1, after=["a"])])


def test_empty_plan_and_missing_tasks():
    assert problems(lambda: sr.Plan(tasks=[])) == ["tasks: found an empty plan, expected at least one task; add a task"]
    assert "tasks" in problems(lambda: sr.Plan())[0]


@pytest.mark.parametrize("tasks", ["abc", 5, {"a": 1}, [1, 2], None])
def test_tasks_that_are_no_tasks(tasks):
    assert problems(lambda: sr.Plan(tasks=tasks))


def test_promise_without_start_is_a_number():
    (found,) = problems(lambda: sr.Plan(tasks=[sr.Task("a", 1)], promises=[sr.Promise("p", by="2026-12-31")]))
    assert "give the plan a start date" in found


def test_thousands_of_unknown_predecessors_do_not_take_for_ever():
    tasks = [{"id": f"task {i}", "estimate": "1", "after": [f"tusk {i}"]} for i in range(3_000)]
    found = problems(lambda: sr.Plan(tasks=tasks))
    assert len(found) == 3_000
    with pytest.raises(PlanError, match="2,970 more"):
        sr.Plan(tasks=tasks)


def test_delays_are_frozen_hashable_and_travel():
    plan = sr.Plan(tasks=[sr.Task("a", 1)], risks=[sr.Risk("r", 0.5, delay={"a": 1})])
    with pytest.raises(TypeError, match="replace"):
        plan.risks[0].delay["a"] = 2
    again = pickle.loads(pickle.dumps(plan))
    assert again == copy.deepcopy(plan) == plan
    assert hash(again) == hash(plan)


def test_risk_delays_both_ways():
    shared = sr.Risk("r", 0.5, delay="1/2/3", tasks=["a", "b"])
    table = sr.Risk("r", 0.5, delay={"a": "1/2/3", "b": 4})
    assert shared.shared
    assert not table.shared
    assert list(shared.delays) == list(table.delays) == ["a", "b"]
    assert sr.Risk("r", 0.5, delay={"kind": "pert", "low": 1, "mode": 2, "high": 3}, tasks=["a"]).shared
    assert sr.Risk("r", 0.5).delays == {}
    (found,) = problems(lambda: sr.Risk("r", 0.5, delay={"a": 1}, tasks=["a"]))
    assert "leave tasks out" in found


def test_changes_make_new_plans():
    plan = sr.Plan(tasks=[sr.Task("a", 1)], risks=[sr.Risk("r", 0.5, delay={"a": 1})])
    assert plan.replace_task("a", estimate=5).task("a").planned_duration == 5.0
    assert plan.without_risk("r").risks == ()
    promised = plan.with_promise(sr.Promise("p", by=3)).with_promise(sr.Promise("p", by=4))
    assert [promise.by for promise in promised.promises] == [4.0]
    assert plan.task("a").planned_duration == 1.0
    for wrong in (lambda: plan.replace_task("b"), lambda: plan.without_risk("q"), lambda: promised.promise("pp")):
        with pytest.raises(UnknownNameError):
            wrong()
    with pytest.raises(KeyError):
        plan.task("b")


def test_links_of_tasks_are_links_like_any_other():
    plan = sr.Plan(tasks=[sr.Task("a", 1), sr.Task("b", 1, after=["a"])], links=[sr.Link("a", "b", "SS")])
    link, other = plan.all_links
    assert link == sr.Link("a", "b") != other
    assert (hash(link), repr(link)) == (hash(sr.Link("a", "b")), repr(sr.Link("a", "b")))
    assert pickle.loads(pickle.dumps(link)) == copy.deepcopy(link) == link
    assert link.replace(kind="SS") == other
    with pytest.raises(AttributeError):
        link.lag = 3


def test_document_and_digest():
    plan = sr.Plan(
        name="p",
        start="2026-12-01",
        tasks=[sr.Task("a", "5/8/15", owner="us")],
        promises=[sr.Promise("c", by="2026-12-31", damages=sr.Damages(100, cap=5_000))],
    )
    document = plan_document(plan)
    assert document == {
        "name": "p",
        "start": "2026-12-01",
        "promises": [{"name": "c", "by": "2026-12-31", "damages": {"rate": 100, "cap": 5000}}],
        "tasks": [{"id": "a", "estimate": "pert(5, 8, 15)", "owner": "us"}],
    }
    assert sr.Plan(**document) == plan
    assert sr.Plan(**document).digest == plan.digest
    assert plan.replace(name="q").digest != plan.digest


@pytest.mark.parametrize(
    ("damages", "periods", "due"),
    [
        (sr.Damages(100), 0.0, 0.0),
        (sr.Damages(100), 0.01, 100.0),
        (sr.Damages(100), 3.0, 300.0),
        (sr.Damages(100, whole=False), 2.5, 250.0),
        (sr.Damages(100, grace=2), 2.0, 0.0),
        (sr.Damages(100, grace=2), 2.5, 100.0),
        (sr.Damages(100, grace=2, whole=False), 2.5, 50.0),
        (sr.Damages(100, cap=250), 9.0, 250.0),
    ],
)
def test_damages(damages, periods, due):
    assert damages.amount(periods) == due
    assert np.array_equal(damages.amount(np.array([periods, 0.0])), [due, 0.0])


RECORDS = [
    (sr.Risk("r", 0.2, delay={"a": 3}), {"probability": 0.4}),
    (sr.Promise("p", by=4), {"by": 5.0}),
    (sr.Damages(100), {"cap": 1_000.0}),
    (sr.Link("a", "b"), {"kind": "SS"}),
    (sr.Constraint("SNET", 4), {"when": 5.0}),
    (sr.Mitigation(probability=0.1), {"probability": 0.0}),
    (sr.Correlation(["a", "b"], 0.3), {"rho": 0.5}),
    (sr.Outcome(0.3), {"tasks": ("a",)}),
    (sr.Template(low=0.9, high=1.2), {"high": 1.4}),
    (sr.SchedulingOptions(), {"critical_by": "float"}),
]


@pytest.mark.parametrize(("record", "change"), RECORDS, ids=[type(record).__name__ for record, _ in RECORDS])
def test_records_have_changed_copies(record, change):
    changed = record.replace(**change)
    (name,) = change
    assert getattr(changed, name) == change[name] != getattr(record, name)
    assert changed.replace(**{name: getattr(record, name)}) == record
    with pytest.raises(sr.PlanError, match="unknown key 'nonsense'"):
        record.replace(nonsense=1)
