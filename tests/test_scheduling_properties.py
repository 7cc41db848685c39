"""What holds of every schedule: links in early and late dates, late after early, every start bound by something.

Plans are random: all kinds of links with lags and leads on any calendar, several links between two tasks, calendars of
different hours, constraints that do not override links, progress, milestones, resources in their own time.
"""

import datetime as dt

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import schedrisk as sr
from schedrisk.engine import Replay
from schedrisk.rules import shifted
from schedrisk.sampling import Design

START = dt.datetime(2026, 1, 5, 8)
DAY = 86_400.0

CALENDARS = [
    sr.Calendar("six days", weekdays=["mon", "tue", "wed", "thu", "fri", "sat"], shifts=["08:00-16:00"]),
    sr.Calendar("nights", shifts=["22:00-24:00", "00:00-06:00"], holidays=["2026-01-14"]),
    sr.Calendar("all days", weekdays=["mon", "tue", "wed", "thu", "fri", "sat", "sun"], shifts=["07:00-12:00"]),
    sr.Calendar("half", weekday_shifts={"fri": ["08:00-12:00"]}, special_days={"2026-01-10": ["10:00-14:00"]}),
]
NAMES = [None, *(calendar.name for calendar in CALENDARS), "24h"]
HOURS = st.integers(0, 40).map(float)
MOMENTS = st.integers(0, 30 * 24).map(lambda hours: START + dt.timedelta(hours=hours))
FREE_KINDS = ("SNET", "FNET", "SNLT", "FNLT", "SO", "FO", "deadline", "external-start", "external-finish")
DATES_OF_LATE = {"SNLT", "FNLT", "SO", "FO", "deadline", "external-finish"}


@st.composite
def tasks(draw, name, *, calendars, constraints, progress, milestones):
    milestone = milestones and draw(st.sampled_from([False, False, False, True]))
    kind = draw(st.sampled_from(["start-milestone", "finish-milestone"])) if milestone else "task"
    options = {"kind": kind, "calendar": draw(st.sampled_from(calendars))}
    if constraints and draw(st.booleans()):
        options["constraints"] = [sr.Constraint(draw(st.sampled_from(FREE_KINDS)), draw(MOMENTS))]
    if progress and draw(st.sampled_from([False, False, True])):
        # Where all share one calendar, in its hours: what was done in a pause takes the plan to clock time.
        alone = len(calendars) == 1
        days = st.sampled_from([3, 4, 5, 6, 7, 10, 11, 12, 13, 14]) if alone else st.integers(1, 20)
        begun = START - dt.timedelta(days=draw(days))
        options["actual_start"] = begun
        if draw(st.booleans()):
            options["actual_finish"] = begun + dt.timedelta(hours=draw(st.integers(0, 9 if alone else 24)))
    if not milestone and len(calendars) > 1 and draw(st.sampled_from([False, False, False, True])):
        options["assignments"] = [
            sr.Assignment(draw(st.sampled_from(calendars[1:])), draw(st.sampled_from([0.5, 1.0, 2.0])))
        ]
    return sr.Task(name, 0 if milestone else draw(HOURS) + (not milestones), **options)


@st.composite
def plans(draw, *, calendars=tuple(NAMES), constraints=True, progress=False, milestones=True, starts=False):
    ids = [f"t{number}" for number in range(draw(st.integers(1, 8)))]
    options = {"constraints": constraints, "progress": progress, "milestones": milestones}
    made = [draw(tasks(name, calendars=list(calendars), **options)) for name in ids]
    links = []
    for number in range(1, len(ids)):
        for _ in range(draw(st.integers(0, 3))):
            links.append(
                sr.Link(
                    draw(st.sampled_from(ids[:number])),
                    ids[number],
                    draw(st.sampled_from(["FS", "SS"] if starts else ["FS", "SS", "FF", "SF"])),
                    lag=draw(st.integers(0 if starts else -30, 30)),
                    lag_calendar=draw(st.sampled_from([None, "predecessor", "successor", "plan", *calendars[1:]])),
                    lag_percent=draw(st.sampled_from([0, 0, 0, 50])),
                )
            )
    return sr.Plan(
        start=START,
        status_date=START if progress else None,
        unit="h",
        tasks=made,
        links=links,
        calendars=CALENDARS,
    )


def arcs_of(plan):
    network = Replay.of(plan, Design(0, 1)).network
    return network, [(row, arc) for row, arcs in enumerate(network.links_into) for arc in arcs]


def holds(network, row, arc, starts, finishes, duration, *, late=False):
    """Whether a link holds: what it leads to, as working time of the successor.

    A late date is a point of its own calendar, and the end of a lag one of the lag's: where these pause, the link may
    count from the beginning of the pause.
    """
    lag = arc.lag + np.rint(arc.share * duration[arc.predecessor])
    moment = np.array([(starts if arc.from_start else finishes)[arc.predecessor]])
    if late:
        own = network.clocks[arc.predecessor]
        moment = own.finish(own.work(moment))
    arrival = shifted(arc.clock, moment, float(lag))
    if late and lag:
        arrival = arc.clock.finish(arc.clock.work(arrival))
    there = np.array([(starts if arc.to_start else finishes)[row]])
    rule = network.rules[row]
    clocks = [network.clocks[row], *(clock for clock, _ in (rule.parts if rule is not None else ()))]
    return any(clock.work(there)[0] >= clock.work(arrival)[0] for clock in clocks)


@settings(max_examples=100)
@given(plans(progress=True))
def test_every_link_holds_in_early_dates(plan):
    made = sr.schedule(plan)
    network, arcs = arcs_of(plan)
    for row, arc in arcs:
        assert holds(network, row, arc, made.early_start, made.early_finish, made.duration)


@settings(max_examples=100)
@given(plans(progress=True))
def test_every_link_holds_in_late_dates(plan):
    made = sr.schedule(plan)
    network, arcs = arcs_of(plan)
    for row, arc in arcs:
        if network.complete[[row, arc.predecessor]].any():
            continue  # what is done waits for nothing and could not be later
        assert holds(network, row, arc, made.late_start, made.late_finish, made.duration, late=True)


@settings(max_examples=100)
@given(
    # A finish is a point of its own calendar: where another one works on, what drives it is later. P6 has that too, and
    # moves what takes no time to the end of work in the backward pass, to its beginning in the forward pass. So in
    # plans of several calendars late dates can be earlier, but for work that is driven at its start.
    st.one_of(
        plans(constraints=False, milestones=False, starts=True),
        plans(constraints=False, progress=True, calendars=(None,)),
    )
)
def test_late_is_not_before_early_where_no_date_is_imposed(plan):
    made = sr.schedule(plan)
    network, _ = arcs_of(plan)
    for row, clock in enumerate(network.clocks):
        for late, early in ((made.late_start, made.early_start), (made.late_finish, made.early_finish)):
            assert clock.work(late[[row]])[0] >= clock.work(early[[row]])[0]
    left = ~network.complete
    assert (made.total_float[left] >= 0).all()
    assert np.isnan(made.total_float[~left]).all()


@settings(max_examples=100)
@given(plans(calendars=(None,), progress=True))
def test_every_start_is_bound_by_something(plan):
    """One hour earlier, some link, date, the data date or the project's start would be broken."""
    made = sr.schedule(plan)
    network, arcs = arcs_of(plan)
    for row, task in enumerate(plan.tasks):
        if task.finished:
            continue
        starts, finishes = made.early_start.copy(), made.early_finish.copy()
        clock = network.clocks[row]
        begun, ended = clock.work(starts[[row]]), clock.work(finishes[[row]])
        starts[[row]], finishes[[row]] = clock.finish(begun - 1), clock.finish(ended - 1)
        rule = network.rules[row]
        floor = np.array([network.floor if rule is None else rule.floor.instant])
        at_floor = begun <= clock.work(floor)
        held = rule is not None and ended <= rule.finish_floor.work
        broken = any(
            not holds(network, each, arc, starts, finishes, made.duration) for each, arc in arcs if each == row
        )
        assert at_floor or held or broken


@settings(max_examples=60)
@given(plans(progress=True))
def test_work_is_contiguous_and_as_long_as_it_says(plan):
    made = sr.schedule(plan)
    network, _ = arcs_of(plan)
    for row, task in enumerate(plan.tasks):
        if task.finished or task.assignments:
            continue
        clock = network.clocks[row]
        worked = clock.work(made.early_finish[[row]])[0] - clock.work(made.early_start[[row]])[0]
        assert worked == made.duration[row] == task.planned_duration * 3600


@settings(max_examples=60)
@given(plans(calendars=(None,), progress=True))
def test_clock_time_gives_the_dates_of_working_time(plan):
    """A calendar of another name with the same hours, and one task in a far corner on a third one."""
    far = sr.Task("far", 1, calendar="nights")
    near = sr.Task("far", 1)
    clock = sr.schedule(plan.replace(tasks=[*plan.tasks, far]))
    working = sr.schedule(plan.replace(tasks=[*plan.tasks, near]))
    assert clock.axis.in_clock_time
    assert not working.axis.in_clock_time
    n = len(plan.tasks)
    for which in ("early_start", "early_finish"):
        one = clock.axis.working(getattr(clock, which)[:n])
        assert one.tolist() == getattr(working, which)[:n].tolist()


@settings(max_examples=50)
@given(plans(progress=True), st.integers(0, 2**32))
def test_simulated_certainty_is_the_schedule(plan, seed):
    made = sr.schedule(plan)
    result = sr.simulate(plan, 2, rng=seed)
    assert (result.finish_ticks == made.end).all()
    starts, finishes = result.replay.times(range(len(plan.tasks)))
    assert (starts == made.start[:, None]).all()
    assert (finishes == made.finish[:, None]).all()


@settings(max_examples=50)
@given(plans(progress=True), st.integers(0, 2**32), st.data())
def test_a_draw_is_the_schedule_of_its_durations(plan, seed, data):
    """Every draw of a simulation is what `schedule` says of a plan with the durations of that draw."""
    spread = plan.replace(
        tasks=[
            task if task.planned_duration == 0 or task.finished
            else task.replace(estimate=sr.Uniform(task.planned_duration * 0.5, task.planned_duration * 1.5))
            for task in plan.tasks
        ]
    )  # fmt: skip
    result = sr.simulate(spread, 5, rng=seed)
    draw = data.draw(st.integers(0, 4))
    rows = range(len(plan.tasks))
    drawn = result.replay.durations(rows)[:, draw] / 3600
    fixed = plan.replace(
        tasks=[
            task if task.planned_duration == 0 or task.finished else task.replace(estimate=float(hours))
            for task, hours in zip(plan.tasks, drawn, strict=True)
        ]
    )
    made = sr.schedule(fixed)
    starts, finishes = result.replay.times(rows)
    assert made.start.tolist() == starts[:, draw].tolist()
    assert made.finish.tolist() == finishes[:, draw].tolist()
