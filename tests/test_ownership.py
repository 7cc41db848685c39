"""ownership(): what each owner's uncertainty costs, against plans changed by hand and closed forms."""

import numpy as np
import pytest

import schedrisk as sr
from schedrisk.analysis.comparison import compare
from schedrisk.analysis.ownership import ownership
from schedrisk.errors import ArgumentError, UnknownNameError

PLAN = sr.Plan(
    start="2026-12-01",
    tasks=[
        sr.Task("design", sr.Pert(5, 8, 15), owner="us"),
        sr.Task("delivery", sr.Triangular(15, 20, 45), after=["design"], owner="supplier"),
        sr.Task("site", sr.Pert(10, 15, 60), owner="customer"),
        sr.Task("ready", 0, after=["delivery", "site"]),
        sr.Task("install", "4/5/9", after=["ready"], owner="us"),
    ],
    risks=[
        sr.Risk("no carrier", 0.4, delay={"site": "5/10/30", "install": "1/2/4"}, owner="carrier"),
        sr.Risk("strike", 0.1, delay="5/10/20", tasks=["delivery"], owner="supplier"),
    ],
    promises=[
        sr.Promise("contract", by="2027-01-25", damages=sr.Damages(1_000, cap=30_000)),
        sr.Promise("goods", by="2027-01-15", task="delivery"),
    ],
)


def test_equals_a_comparison_with_the_plan_changed_by_hand():
    result = sr.simulate(PLAN, 3_000, rng=5)
    table = ownership(result, promise="contract")
    punctual = PLAN.replace_task("delivery", estimate=20).without_risk("strike")
    other = sr.simulate(punctual, 3_000, rng=5)
    change = compare({"as sold": result, "punctual": other}, promise="contract").loc["punctual"]
    row = table.loc["supplier"]
    assert row["probability_gain"] == change["probability_change"] > 0.05
    assert row["probability_gain_low"] == change["probability_change_low"]
    assert row["p80_saved"] == -change["p80_change"] > 1
    assert row["p80_saved_low"] == pytest.approx(-change["p80_change_high"])
    assert row["p80_saved_se"] == change["p80_change_se"]
    before, after = (each.promise("contract").expected_damages for each in (result, other))
    assert row["expected_damages_saved"] == pytest.approx(before - after)
    assert 0 < row["expected_damages_saved_se"] < result.promise("contract").expected_damages_se


def test_table_is_as_documented():
    table = ownership(sr.simulate(PLAN, 500, rng=5), promise="contract")
    assert table.index.name == "owner"
    measures = ["p80_saved", "probability_gain", "expected_damages_saved"]
    ends = ["", "_se", "_low", "_high"]
    expected = ["tasks", "risks", "criticality", *(each + end for each in measures for end in ends)]
    assert list(table.columns) == expected
    counts = {owner: tuple(row) for owner, row in table[["tasks", "risks"]].iterrows()}
    assert counts == {"us": (2, 0), "supplier": (1, 1), "customer": (1, 0), "carrier": (0, 1), "unassigned": (1, 0)}
    assert table["p80_saved"].is_monotonic_decreasing
    assert table.loc["unassigned"].drop(["tasks", "risks", "criticality"]).tolist() == [0] * 12
    assert not np.signbit(table.loc["unassigned"].to_numpy(dtype=float)).any()
    assert table.loc["carrier", "criticality"] == 0


def test_without_a_promise_the_project_is_in_question():
    table = ownership(sr.simulate(PLAN, 500, rng=5))
    assert [column for column in table.columns if column.startswith(("probability", "expected"))] == []
    assert table.loc["us", "criticality"] == 1


def test_a_milestone_is_in_question_where_the_promise_is_about_one():
    table = ownership(sr.simulate(PLAN, 500, rng=5), promise="goods")
    assert table.loc["customer", ["criticality", "p80_saved", "probability_gain"]].tolist() == [0, 0, 0]
    assert table.loc["supplier", "criticality"] == 1
    assert "expected_damages_saved" not in table.columns


def test_savings_of_tasks_in_series_follow_from_their_distributions():
    """The uncertainty of a and b is uniform; without one of them, the P80 is that of the other."""
    tasks = [
        sr.Task("a", sr.Uniform(0, 10), planned=0, owner="a"),
        sr.Task("b", sr.Uniform(0, 1), planned=0, owner="b"),
    ]
    plan = sr.Plan(tasks=[tasks[0], tasks[1].replace(after=["a"])])
    result = sr.simulate(plan, 20_000, rng=2)
    table = ownership(result)
    # The sum is below x with probability (x − ½)/10 between 1 and 10: its P80 is 8.5.
    for owner, saved in {"a": 8.5 - 0.8, "b": 8.5 - 8.0}.items():
        assert abs(table.loc[owner, "p80_saved"] - saved) < 4 * table.loc[owner, "p80_saved_se"]
    assert list(table.index) == ["a", "b"]


def test_savings_do_not_add_up_where_paths_join():
    tasks = [sr.Task("a", sr.Uniform(0, 1), planned=0, owner="a"), sr.Task("b", sr.Uniform(0, 1), planned=0, owner="b")]
    result = sr.simulate(sr.Plan(tasks=tasks), 5_000, rng=2)
    table = ownership(result)
    assert table["p80_saved"].sum() < result.percentile(80) - 4 * np.hypot(*table["p80_saved_se"])


def test_fewer_draws_are_the_first_of_the_run():
    result, short = sr.simulate(PLAN, 2_000, rng=5), sr.simulate(PLAN, 400, rng=5)
    columns = ["p80_saved", "p80_saved_se", "probability_gain", "expected_damages_saved"]
    some = ownership(result, promise="contract", n_draws=400)
    assert some[columns].equals(ownership(short, promise="contract")[columns])


@pytest.mark.parametrize("n_draws", [0, 501, 10.0, True])
def test_more_draws_than_there_are_cannot_be_used(n_draws):
    with pytest.raises(ArgumentError, match=r"n_draws.*from 1 to 500"):
        ownership(sr.simulate(PLAN, 500, rng=5), n_draws=n_draws)


def test_an_unknown_promise_is_named():
    with pytest.raises(UnknownNameError, match="did you mean 'contract'"):
        ownership(sr.simulate(PLAN, 50, rng=5), promise="contrac")


def test_a_plan_without_owners_has_one_row():
    plan = sr.Plan(tasks=[sr.Task("a", "2/3/5"), sr.Task("b", "1/2/3", after=["a"])])
    table = ownership(sr.simulate(plan, 500, rng=1))
    assert list(table.index) == ["unassigned"]
    assert table.loc["unassigned", "tasks"] == 2
