"""Scheduling as Microsoft Project does it, where it differs from what one expects. Worked by hand."""

import datetime as dt

import pytest

import schedrisk as sr

START = dt.datetime(2026, 1, 5, 8)  # a Monday
MICROSOFT = sr.SchedulingOptions(
    lag_calendar="successor",
    progress="actual-dates",
    remaining_work="as-scheduled",
    honor_constraints=True,
    as_late_as_possible="late-dates",
    total_float="smallest",
    free_float="total-float",
)


def scheduled(tasks, links=()):
    return sr.schedule(sr.Plan(start=START, tasks=tasks, links=links, scheduling=MICROSOFT)).to_frame()


@pytest.mark.parametrize(("day", "of_its_own", "free"), [("2026-01-08", 2, 2), ("2026-01-05", 5, 0)])
def test_a_manual_task_limits_how_late_its_predecessors_may_be(day, of_its_own, free):
    by_hand = dt.date.fromisoformat(day)
    tasks = [
        sr.Task("before", 1),
        sr.Task("by hand", 1, after=["before"], manual=(by_hand, by_hand)),
        sr.Task("after", 1, after=["by hand"]),
        sr.Task("long", 7),
    ]
    table = scheduled(tasks)
    assert str(table.loc["by hand", "start"])[:10] == day
    assert table.loc["by hand", "total_float"] == of_its_own
    # Two of the project's seven days are needed after it, on whatever day the task by hand stands.
    assert table.loc["before", "total_float"] == 4
    assert table.loc["before", "free_float"] == free
