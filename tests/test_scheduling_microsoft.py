"""Scheduling as Microsoft Project does it, where it differs from what one expects. Worked by hand."""

import datetime as dt

import pytest

import schedrisk as sr
from plans import MICROSOFT
from schedrisk.io.mspdi import parse_mspdi
from schedrisk.io.mspdi_write import to_mspdi

START = dt.datetime(2026, 1, 5, 8)  # a Monday


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


def project(*tasks, **header):
    """Return MSPDI of tasks with the given elements."""

    def elements(values):
        return "".join(f"<{name}>{value}</{name}>" for name, value in values.items())

    inside = "".join(f"<Task>{elements(each)}</Task>" for each in tasks)
    head = elements({"StartDate": START.isoformat(), **header})
    return f"<Project>{head}<Tasks>{inside}</Tasks></Project>".encode()


def after(uid, lag=0, kind=1):
    return f"<PredecessorUID>{uid}</PredecessorUID><Type>{kind}</Type><LinkLag>{lag}</LinkLag>"


@pytest.mark.parametrize(("code", "date"), [(2, "2026-01-07T08:00:00"), (3, "2026-01-07T17:00:00")])
@pytest.mark.parametrize(
    ("before", "honored", "start", "slack"),
    [
        (40, 1, "2026-01-07 08:00", 0),  # the date stands although work goes on until Friday
        (40, 0, "2026-01-12 08:00", -24),  # links take precedence
        (8, 1, "2026-01-07 08:00", 0),
        (8, 0, "2026-01-07 08:00", 0),  # links do not hold it: it is not done before its date
    ],
)
def test_dates_of_mso_and_mfo_stand_only_where_they_are_honored(code, date, before, honored, start, slack):
    data = project(
        {"UID": 1, "Duration": f"PT{before}H0M0S"},
        {"UID": 2, "Duration": "PT8H0M0S", "ConstraintType": code, "ConstraintDate": date, "PredecessorLink": after(1)},
        HonorConstraints=honored,
    )
    plan = parse_mspdi(data, "a.xml")
    table = sr.schedule(plan).to_frame()
    assert str(table.loc["2", "early_start"])[:16] == start
    assert table.loc["2", "total_float"] == slack
    again = parse_mspdi(to_mspdi(plan), "b.xml")
    assert again.task("2").constraints == plan.task("2").constraints


@pytest.mark.parametrize(
    ("second", "start"),
    [
        ({"PredecessorLink": after(1, lag=-9600)}, "2026-01-02 08:00"),  # two days before the Monday's end
        ({"PredecessorLink": after(1, lag=-2400, kind=3)}, "2026-01-02 13:00"),
        ({"PredecessorLink": after(1, kind=2)}, "2026-01-02 08:00"),
        ({"PredecessorLink": after(1, lag=-9600, kind=0)}, "2026-01-05 08:00"),  # a finish held back does not
        ({"ConstraintType": 4, "ConstraintDate": "2025-12-31T08:00:00"}, "2025-12-31 08:00"),
        (
            {"ConstraintType": 4, "ConstraintDate": "2025-12-31T08:00:00", "PredecessorLink": after(1)},
            "2026-01-06 08:00",
        ),
        ({"ConstraintType": 2, "ConstraintDate": "2025-12-31T08:00:00"}, "2025-12-31 08:00"),
        ({"ConstraintType": 3, "ConstraintDate": "2025-12-31T17:00:00"}, "2025-12-31 08:00"),
        ({}, "2026-01-05 08:00"),
    ],
)
@pytest.mark.parametrize("honored", [0, 1])
@pytest.mark.parametrize("nights", ["", "<Calendar><UID>7</UID><Name>Nights</Name></Calendar>"])
def test_links_and_dates_take_a_task_before_the_start_of_the_project(second, start, nights, honored):
    # Another calendar in the plan makes its time run by the clock.
    third = {"UID": 3, "Duration": "PT8H0M0S", "CalendarUID": 7} if nights else {"UID": 3, "Duration": "PT8H0M0S"}
    header = {"HonorConstraints": honored, **({"Calendars": nights} if nights else {})}
    data = project({"UID": 1, "Duration": "PT8H0M0S"}, {"UID": 2, "Duration": "PT8H0M0S", **second}, third, **header)
    plan = parse_mspdi(data, "a.xml")
    assert len(plan.calendars) == bool(nights)
    table = sr.schedule(plan).to_frame()
    assert str(table.loc["2", "early_start"])[:16] == start
    assert str(table.loc["1", "early_start"])[:16] == str(table.loc["3", "early_start"])[:16] == "2026-01-05 08:00"
    # Where nothing is left to do before the status date, only a date that stands whatever happens lies before it.
    later = plan.replace(scheduling=sr.SchedulingOptions(progress="actual-dates"))
    stands = honored == 1 and second.get("ConstraintType") in {2, 3}
    assert (sr.schedule(later).to_frame()["early_start"] >= START).all() != stands


def test_what_follows_work_done_before_the_project_started_follows_it_at_once():
    done = {"ActualStart": "2025-12-30T08:00:00", "ActualFinish": "2025-12-31T12:00:00", "PercentComplete": 100}
    data = project(
        {"UID": 1, "Duration": "PT12H0M0S", **done},
        {"UID": 2, "Duration": "PT8H0M0S", "PredecessorLink": after(1)},
        {"UID": 3, "Duration": "PT8H0M0S", "PredecessorLink": after(2)},
    )
    table = sr.schedule(parse_mspdi(data, "a.xml")).to_frame()
    assert str(table.loc["2", "early_start"]) == "2025-12-31 13:00:00"
    assert str(table.loc["3", "early_start"]) == "2026-01-01 13:00:00"


def test_slack_of_an_elapsed_duration_counts_every_hour():
    data = project(  # from a Friday morning on: the elapsed task may end when the week begins
        {"UID": 1, "Duration": "PT8H0M0S"},
        {"UID": 2, "Duration": "PT9H0M0S", "DurationFormat": 6},
        {
            "UID": 3,
            "Duration": "PT8H0M0S",
            "PredecessorLink": after(1) + "</PredecessorLink><PredecessorLink>" + after(2),
        },
        StartDate="2026-01-09T08:00:00",
    )
    table = sr.schedule(parse_mspdi(data, "a.xml")).to_frame()
    assert (table["early_finish"][:2].astype(str) == "2026-01-09 17:00:00").all()
    assert table["total_float"].tolist() == [0, 63, 0]


@pytest.mark.parametrize(
    ("predecessor", "link", "slack"),
    [
        ({}, after(1), 1),  # what remains of the other, at its late dates, begins on Wednesday
        ({}, after(1, kind=0, lag=4800), 4),  # and ends on Monday, as the project does: a day for the lag
        ({"ActualStart": "2026-01-05T08:00:00", "ActualDuration": "PT2H0M0S", "PercentComplete": 25}, after(1), 1),
        (
            {"ActualStart": "2026-01-05T08:00:00", "ActualDuration": "PT2H0M0S", "PercentComplete": 25},
            after(1, kind=3),
            5,
        ),
    ],
)
@pytest.mark.parametrize("calendars", ["", "<Calendar><UID>7</UID></Calendar>"])
def test_work_out_of_sequence_limits_how_late_its_predecessor_may_be(predecessor, link, slack, calendars):
    progress = {"ActualStart": "2026-01-06T08:00:00", "ActualDuration": "PT8H0M0S", "PercentComplete": 20}
    data = project(
        {"UID": 1, "Duration": "PT8H0M0S", **predecessor},
        {"UID": 2, "Duration": "PT40H0M0S", "PredecessorLink": link, **progress},
        {"UID": 3, "Duration": "PT8H0M0S", "CalendarUID": 7 if calendars else -1},
        Calendars=calendars,
    )
    plan = parse_mspdi(data, "a.xml")
    table = sr.schedule(plan).to_frame()
    # It waits for nothing itself, not even where its predecessor takes longer than the project.
    assert str(table.loc["2", "early_finish"]) == "2026-01-12 17:00:00"
    assert table.loc["1", "total_float"] == slack * 8
    long = plan.replace(tasks=[sr.Task("1", 400), *plan.tasks[1:]])
    table = sr.schedule(long).to_frame()
    assert str(table.loc["2", "early_finish"]) == "2026-01-12 17:00:00"
    assert table["critical"].tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("kind", "percent", "start"),
    [
        (1, 50, "2026-01-08 13:00"),  # half of three days after Tuesday's end, not half of what remains or of nothing
        (1, -50, "2026-01-05 13:00"),
        (3, 50, "2026-01-05 13:00"),  # after Friday's beginning
        (3, 100, "2026-01-07 08:00"),
    ],
)
@pytest.mark.parametrize("done", [24, 8])
def test_a_lag_in_percent_is_one_of_the_whole_duration_of_work_that_has_begun(kind, percent, start, done):
    progress = {
        "ActualStart": "2026-01-02T08:00:00",
        "PercentComplete": 100 * done // 24,
        "ActualDuration": f"PT{done}H",
    }
    progress |= {"ActualFinish": "2026-01-06T17:00:00"} if done == 24 else {"Stop": "2026-01-02T17:00:00"}
    data = project(
        {"UID": 1, "Duration": "PT24H0M0S", **progress},
        {"UID": 2, "Duration": "PT8H0M0S", "PredecessorLink": after(1, percent, kind) + "<LagFormat>19</LagFormat>"},
    )
    table = sr.schedule(parse_mspdi(data, "a.xml")).to_frame()
    assert str(table.loc["1", "finish"]) == "2026-01-06 17:00:00"
    assert str(table.loc["2", "early_start"])[:16] == start
