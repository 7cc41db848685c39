"""Days lost by chance: exact distributions, days shared by a site, and every draw against a plan with those holidays."""

import datetime as dt
import itertools
import random
from math import comb

import numpy as np
import pytest

import schedrisk as sr
from schedrisk.engine import Replay, run_block
from schedrisk.model.weather_odds import expected_loss, stationary
from schedrisk.sampling import Design

EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
FIRST = np.datetime64("2026-12-01")


def site(name="site", weather="coast", **fields):
    return sr.Calendar(name, **{"weekdays": EVERY_DAY, "shifts": ["08:00-16:00"]} | fields, weather=weather)


def plan_on(weather, tasks=(("a", 2),), **fields):
    weathers = [weather] if isinstance(weather, sr.Weather) else weather
    tasks = [each if isinstance(each, sr.Task) else sr.Task(*each) for each in tasks]
    return sr.Plan(**{"start": "2026-12-01", "calendar": site(), "weather": weathers, "tasks": tasks} | fields)


def days_taken(result):
    """Return on which day from the start each draw finishes, the first is 1."""
    return (result.finish.astype("datetime64[D]") - FIRST).astype(int) + 1


def assert_shares(values, odds, what=""):
    """Compare shares of values with their odds, within 4 standard errors."""
    n = values.size
    for value, p in odds.items():
        assert abs(np.count_nonzero(values == value) / n - p) <= 4 * np.sqrt(p * (1 - p) / n) + 1e-12, (what, value)


# ---- exact distributions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "odds"), [(2, 0.3), (3, 0.6)])
def test_independent_days_give_a_negative_binomial(days, odds):
    result = sr.simulate(plan_on(sr.Weather("coast", odds), [("a", days)]), 100_000, rng=1)
    exact = {n: comb(n - 1, days - 1) * (1 - odds) ** days * odds ** (n - days) for n in range(days, days + 9)}
    assert_shares(days_taken(result), exact)


def test_a_chain_by_enumeration():
    after_dry, after_lost = 0.2, 0.7
    result = sr.simulate(
        plan_on(sr.Weather("coast", lost_after_dry=after_dry, lost_after_lost=after_lost)), 100_000, rng=2
    )
    exact = dict.fromkeys(range(2, 9), 0.0)
    for n in exact:
        for days in itertools.product([True, False], repeat=n):
            if days.count(False) != 2 or days[-1]:
                continue
            first = stationary(after_dry, after_lost)
            odds = first if days[0] else 1 - first
            for before, lost in itertools.pairwise(days):
                p = after_lost if before else after_dry
                odds *= p if lost else 1 - p
            exact[n] += odds
    assert_shares(days_taken(result), exact)


def test_odds_by_month():
    weather = sr.Weather("coast", {"dec": 0.5, "jan": 1, "feb": 0})
    result = sr.simulate(plan_on(weather, [("a", 1)], start="2026-12-30"), 100_000, rng=3)
    finished = result.finish.astype("datetime64[D]").astype(str)
    assert_shares(finished, {"2026-12-30": 0.5, "2026-12-31": 0.25, "2027-01-15": 0, "2027-02-01": 0.25})


def test_a_closure_comes_or_not():
    weather = sr.Weather("coast", closures=[sr.Closure("visit", "2026-12-02", "2026-12-05", probability=0.4)])
    assert_shares(days_taken(sr.simulate(plan_on(weather), 100_000, rng=4)), {2: 0.6, 6: 0.4})


def test_a_closure_of_uncertain_length():
    weather = sr.Weather("coast", closures=[sr.Closure("permit", "2026-12-01", length="discrete(1: 0.5, 3: 0.5)")])
    assert_shares(days_taken(sr.simulate(plan_on(weather), 100_000, rng=5)), {3: 0.5, 5: 0.5})


def test_a_yearly_closure_has_a_chance_every_year():
    closure = sr.Closure("festival", "2020-12-02", "2020-12-02", probability=0.5, yearly=True)
    plan = plan_on(sr.Weather("coast", closures=[closure]), [("a", 367)])
    assert_shares(days_taken(sr.simulate(plan, 50_000, rng=6)), {367: 0.25, 368: 0.5, 369: 0.25})


def test_one_year_of_the_history_is_drawn():
    history = {2023: ["2023-12-01"], 2024: ["2024-12-02", "2024-12-03"], 2025: [], 2026: []}
    result = sr.simulate(plan_on(sr.Weather("coast", history=history)), 100_000, rng=7)
    assert_shares(days_taken(result), {2: 0.5, 3: 0.25, 4: 0.25})


def test_years_of_the_history_by_themselves_or_in_a_row():
    history = {2024: [f"2024-{month}-15" for month in ("01", "12")], 2025: []}
    plan = plan_on(sr.Weather("coast", history=history), [("a", 40)], start="2026-12-10")
    late = {True: {0: 0, 1: 1, 2: 0}, False: {0: 0.25, 1: 0.5, 2: 0.25}}
    for consecutive, exact in late.items():
        weather = sr.Weather("coast", history=history, consecutive=consecutive)
        result = sr.simulate(plan.replace(weather=[weather]), 50_000, rng=8)
        assert_shares(days_taken(result) - 40 - 9, exact, consecutive)


def test_a_share_of_a_day_leaves_its_first_hours():
    shares = [0.0] * 365
    shares[334], shares[335] = 0.25, 1.0  # 1 and 2 December
    result = sr.simulate(plan_on(sr.Weather("coast", history={2025: shares}), [("a", 1)]), 10, rng=9)
    assert set(result.finish.astype(str)) == {"2026-12-03T10:00:00"}
    half = sr.simulate(plan_on(sr.Weather("coast", history={2025: shares}), [("a", 0.5)]), 10, rng=9)
    assert set(half.finish.astype(str)) == {"2026-12-01T12:00:00"}


def test_a_leap_day_is_as_the_day_before_it_was():
    weather = sr.Weather("coast", history={2025: ["2025-02-28"]})
    result = sr.simulate(plan_on(weather, [("a", 2)], start="2028-02-27"), 10, rng=1)
    assert set(result.finish.astype("datetime64[D]").astype(str)) == {"2028-03-01"}


# ---- who shares lost days -------------------------------------------------------------------------------------------


def finishes(result, *tasks):
    return [result.samples(task)["finish"].to_numpy().astype("datetime64[D]") for task in tasks]


def test_tasks_of_a_site_lose_the_same_days_and_those_of_two_sites_their_own():
    calendars = [site("crane", ["coast"]), site("quay", ["coast"], shifts=["06:00-14:00"]), site("hall", "inland")]
    plan = plan_on(
        [sr.Weather("coast", 0.5), sr.Weather("inland", 0.5)],
        [sr.Task("lift", 6, calendar="crane"), sr.Task("dig", 6, calendar="quay"), sr.Task("fit", 6, calendar="hall")],
        calendars=calendars,
    )
    lift, dig, fit = finishes(sr.simulate(plan, 20_000, rng=11), "lift", "dig", "fit")
    assert (lift == dig).all()
    assert abs(np.corrcoef(lift.astype(float), fit.astype(float))[0, 1]) <= 4 / np.sqrt(lift.size)


def test_several_weathers_on_one_calendar():
    plan = plan_on(
        [sr.Weather("coast", 0.5), sr.Weather("gate", 0.2)], [("a", 1)], calendar=site(weather=["coast", "gate"])
    )
    kept = 0.5 * 0.8
    assert_shares(days_taken(sr.simulate(plan, 50_000, rng=12)), {n: kept * (1 - kept) ** (n - 1) for n in range(1, 8)})


def test_other_tasks_and_days_asked_for_change_no_lost_day():
    weather = [sr.Weather("coast", lost_after_dry=0.2, lost_after_lost=0.6)]
    short = plan_on(weather, [("a", "3/5/9")])
    longer = plan_on(weather, [("new", 90), ("a", "3/5/9")])
    one, two = (finishes(sr.simulate(plan, 2_000, rng=13), "a")[0] for plan in (short, longer))
    assert (one == two).all()


# ---- every draw against a plan with those holidays ------------------------------------------------------------------


def with_holidays(plan, replay, draw, durations):
    """Return a certain plan: the durations of one draw, and its lost days as holidays."""
    days = np.arange(1_200)
    block = replay.weather.block(draw, 1)

    def calendar(each):
        if not each.weather:
            return each
        lost = block.lost(each.weather, days)[:, 0]
        return each.replace(weather=(), holidays=[day.item() for day in replay.weather.days(days[lost])])

    tasks = [task.replace(estimate=sr.Fixed(days)) for task, days in zip(plan.tasks, durations, strict=True)]
    return plan.replace(
        calendar=calendar(plan.calendar), calendars=[calendar(each) for each in plan.calendars], weather=[], tasks=tasks
    )


def random_plan(seed):
    """Return a plan in clock time of tasks, milestones, links and imposed dates on three calendars, two of one weather."""
    draw = random.Random(seed)
    tasks, links = [sr.Task("elsewhere", 0, calendar="24h")], []
    estimates = [sr.Fixed(0), sr.Triangular(1, 2, 6), sr.Triangular(0, 1, 3), sr.Uniform(3, 9)]
    for number in range(14):
        after = {f"t{draw.randrange(number)}" for _ in range(draw.choice([0, 1, 2]))} if number else set()
        kind, day = draw.choice(["SNET", "FNET", "SNLT", "FNLT", "MSO", "MFO"]), draw.randrange(1, 29)
        constraints = [sr.Constraint(kind, dt.date(2026, 12, day))] if draw.random() < 0.2 else []
        calendar = draw.choice([None, "site", "plain"]) if seed % 2 else None
        estimate = draw.choice(estimates)
        tasks.append(sr.Task(f"t{number}", estimate, after=sorted(after), constraints=constraints, calendar=calendar))
        if number and draw.random() < 0.5:
            kind, lag = draw.choice(["SS", "FF", "SF", "FS"]), draw.choice([0, 1.5, -1, 3])
            links.append(sr.Link(f"t{draw.randrange(number)}", f"t{number}", kind, lag=lag))
    half = {"weekdays": EVERY_DAY[:6], "weekday_shifts": {"sat": ["08:00-12:00"]}} if draw.random() < 0.5 else {}
    own = sr.Calendar("own", weather="coast", **half)
    calendars = [site(weather=["coast", "gate"], shifts=["07:00-15:30"]), own.replace(name="plain", weather=())]
    chain = sr.Weather("coast", lost_after_dry=0.2, lost_after_lost=0.7)
    closures = [
        sr.Closure("visit", "2026-12-05", "2026-12-12", probability=0.5),
        sr.Closure("permit", "2026-12-20", length="3/6/15", probability=0.7),
    ]
    return plan_on(
        [draw.choice([sr.Weather("coast", 0.35), chain]), sr.Weather("gate", closures=closures)],
        tasks, links=links, calendar=own, calendars=calendars,
        start=draw.choice(["2026-12-01", "2026-12-02T10:30"]),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(24))
def test_each_draw_is_a_plan_with_its_lost_days_as_holidays(seed):
    plan, n_draws = random_plan(seed), 4
    replay = sr.simulate(plan, n_draws, rng=seed).replay
    rows = list(range(len(plan.tasks)))
    durations = replay.durations(rows) / replay.network.axis.ticks_per_unit
    starts, ends = replay.times(rows)
    both = list(replay.passes(None))
    slack, critical = (np.hstack([getattr(each, what) for each in both]) for what in ("total_float", "critical"))
    for draw in range(n_draws):
        schedule = sr.schedule(with_holidays(plan, replay, draw, durations[:, draw]))
        np.testing.assert_array_equal(ends[:, draw], schedule.finish)
        np.testing.assert_array_equal(starts[:, draw], schedule.start)
        np.testing.assert_array_equal(slack[:, draw], schedule.total_float)
        np.testing.assert_array_equal(critical[:, draw], schedule.critical)


def test_working_time_and_clock_time_agree():
    """A plan on one calendar counts in its working time; one task elsewhere, and it counts in clock time."""
    tasks = [("a", "2/3/9"), sr.Task("b", "1/4/8", after=["a"]), sr.Task("c", "2/3/9", after=["a"])]
    plan = plan_on(sr.Weather("coast", 0.4), [*tasks, sr.Task("d", "1/2/3", after=["b", "c"])])
    other = plan.replace(tasks=[*plan.tasks, sr.Task("elsewhere", 0, calendar="24h")])
    one, two = (sr.simulate(each, 1_000, rng=14) for each in (plan, other))
    assert [each.replay.network.axis.in_clock_time for each in (one, two)] == [False, True]
    for task in "abcd":
        np.testing.assert_array_equal(finishes(one, task), finishes(two, task))
    np.testing.assert_array_equal(one.critical_counts, two.critical_counts[:4])


def test_a_simulation_day_by_day_in_plain_python():
    """Walk through the days of each draw: two crews in turn on one site, work goes on where it stopped."""
    plan = plan_on(sr.Weather("coast", 0.3), [("a", "2/4/9"), sr.Task("b", "1/2/5", after=["a"])])
    result = sr.simulate(plan, 200, rng=15)
    replay = result.replay
    lost = replay.weather.block(0, 200).lost(("coast",), np.arange(200))
    for draw, durations in enumerate(replay.durations([0, 1]).T):
        left, day = [int(each) for each in durations], 0
        while sum(left):
            hours = 0 if lost[day, draw] else 8 * 3600
            while hours and sum(left):
                crew = 0 if left[0] else 1
                done = min(hours, left[crew])
                left[crew], hours = left[crew] - done, hours - done
            day += 1
        finish = FIRST + np.timedelta64(day - 1, "D") + np.timedelta64(16 * 3600 - hours, "s")
        assert result.finish[draw] == finish


# ---- draws ----------------------------------------------------------------------------------------------------------


WEATHERS = {
    "odds": sr.Weather("coast", {"dec": 0.3, "jan": 0.5}),
    "chain": sr.Weather("coast", lost_after_dry=0.2, lost_after_lost=0.6),
    "history": sr.Weather("coast", history={2024: ["2024-12-05"], 2025: ["2025-12-03", "2025-12-06"]}),
    "closures": sr.Weather("coast", closures=[sr.Closure("permit", "2026-12-03", length="2/5/30", probability=0.5)]),
}
NETWORK = [("a", "2/4/9"), ("b", "3/5/6"), sr.Task("c", "1/2/5", after=["a", "b"]), sr.Task("d", "8/9/30", after=["b"])]


@pytest.mark.parametrize("kind", WEATHERS)
def test_blocks_and_the_number_of_draws_change_nothing(kind):
    replay = Replay.of(plan_on(WEATHERS[kind], NETWORK), Design(16, 600))
    whole = run_block(replay, 0, 600, [2])
    parts = [run_block(Replay.of(replay.plan, Design(16, 600)), first, 100, [2]) for first in range(0, 600, 100)]
    np.testing.assert_array_equal(whole.finish, np.concatenate([each.finish for each in parts]))
    np.testing.assert_array_equal(whole.milestones, np.hstack([each.milestones for each in parts]))
    np.testing.assert_array_equal(whole.critical, sum(each.critical for each in parts))
    shorter = sr.simulate(replay.plan, 50, rng=16)
    np.testing.assert_array_equal(shorter.finish_ticks, whole.finish[:50])


def test_bits_are_frozen():
    """What a weather draws from an entropy never changes, or `STREAM_VERSION` rises."""
    days = np.arange(12)
    found = {}
    for kind, weather in WEATHERS.items():
        replay = Replay.of(plan_on(weather, NETWORK), Design(2026, 8))
        lost = replay.weather.block(0, 8).lost(("coast",), days)
        found[kind] = [int("".join("01"[int(each)] for each in draw), 2) for draw in lost.T]
    assert found == FROZEN


FROZEN = {
    "odds": [1908, 1553, 602, 3232, 586, 792, 1188, 12],
    "chain": [2047, 1808, 991, 3200, 3658, 896, 164, 0],
    "history": [128, 576, 576, 576, 128, 128, 576, 128],
    "closures": [896, 1016, 0, 0, 0, 0, 1023, 0],
}


def test_no_lost_day_is_no_change():
    """Odds of 0 leave every draw as it is without weather, to the last bit."""
    calm = plan_on(sr.Weather("coast", 0), NETWORK)
    plain = calm.replace(calendar=site(weather=()), weather=[])
    one, two = (sr.simulate(each, 2_000, rng=17) for each in (calm, plain))
    np.testing.assert_array_equal(one.finish, two.finish)
    np.testing.assert_array_equal(one.critical_counts, two.critical_counts)
    assert sr.schedule(calm).planned_finish == sr.schedule(plain).planned_finish


def test_late_dates_are_not_before_early_ones():
    replay = sr.simulate(plan_on(WEATHERS["chain"], NETWORK), 500, rng=18).replay
    for each in replay.passes(None):
        assert (each.total_float >= 0).all()
        assert (each.total_float[each.critical] == 0).all()


def test_a_project_may_have_to_be_finished_long_after_it_is():
    replay = sr.simulate(plan_on(WEATHERS["odds"], NETWORK, must_finish="2066-01-01"), 10, rng=18).replay
    for each in replay.passes(None):
        assert (each.total_float > 39 * 200 * 8 * 3600).all()


def test_no_day_before_the_status_date_is_lost():
    tasks = [sr.Task("a", 1, actual_start="2026-12-01"), sr.Task("b", 1, after=["a"])]
    plan = plan_on(sr.Weather("coast", {"dec": 1}), tasks, start="2026-11-30", status_date="2026-12-03")
    assert set(sr.simulate(plan, 10, rng=1).finish.astype("datetime64[D]").astype(str)) == {"2027-01-02"}
    assert sr.schedule(plan).planned_finish.astype("datetime64[D]") == np.datetime64("2026-12-04")


def test_lags_wait_lost_days_out():
    plan = plan_on(
        sr.Weather("coast", closures=[sr.Closure("visit", "2026-12-02", "2026-12-04")]),
        [("pour", 1), ("strip", 1)], links=[sr.Link("pour", "strip", lag=2)],
    )  # fmt: skip
    assert set(days_taken(sr.simulate(plan, 10, rng=1))) == {7}


def test_expected_losses_are_the_shares_that_are_drawn():
    n_draws, days = 40_000, np.arange(FIRST, FIRST + 40)
    for kind, weather in WEATHERS.items():
        replay = Replay.of(plan_on(weather, NETWORK), Design(19, n_draws))
        shares = replay.weather.block(0, n_draws).lost(("coast",), np.arange(40)).mean(axis=1)
        exact = expected_loss([weather], days)
        allowed = 4 * np.sqrt(exact * (1 - exact) / n_draws) + (0.005 if kind == "closures" else 0)
        assert (np.abs(shares - exact) <= allowed).all(), kind


# ---- faults ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"lost": 1.2}, ["probability, 0 to 1"]),
        ({"lost": {"jan": -0.1, "feb": 2, "smarch": 0.1}}, ["-0.1", "2", "smarch"]),
        ({"lost": [0.1] * 11}, ["11 numbers"]),
        ({"lost": 1}, ["lost for ever"]),
        ({"lost_after_dry": 0.1}, ["lost_after_lost"]),
        ({"lost_after_dry": 0.1, "lost_after_lost": 1}, ["lost for ever"]),
        ({"lost": 0.1, "history": {2024: []}}, ["lost and history"]),
        ({"history": {2024: ["2023-01-01"], 1: [], 2025: [0.5] * 364}}, ["a day of 2024", "each year once", "365"]),
        ({"history": {2024: [1.0] * 366}}, ["lost for ever"]),
        ({"lost": 0.1, "consecutive": True}, ["history"]),
        ({}, ["nothing that loses a day"]),
        ({"closures": [sr.Closure("winter", "2026-01-01", "2027-01-01", yearly=True)]}, ["lost for ever"]),
    ],
)  # fmt: skip
def test_faults_of_weather(fields, faults):
    with pytest.raises(sr.PlanError) as raised:
        sr.Weather("coast", **fields)
    for fault in faults:
        assert fault in str(raised.value)


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"start": "2026-12-05", "end": "2026-12-01", "probability": 1.5}, ["before the start", "probability"]),
        ({"start": "2026-12-05"}, ["neither an end nor a length"]),
        ({"start": "2026-12-05", "end": "2026-12-06", "length": 2}, ["both an end and a length"]),
        ({"start": "2028-02-29", "length": 2, "yearly": True}, ["every year has"]),
        ({"start": "2028-02-28", "length": 1e6}, ["at most 36,525 days"]),
    ],
)
def test_faults_of_closures(fields, faults):
    with pytest.raises(sr.PlanError) as raised:
        sr.Closure("visit", **fields)
    for fault in faults:
        assert fault in str(raised.value)


def test_faults_of_a_plan_come_all_at_once():
    with pytest.raises(sr.PlanError) as raised:
        plan_on(
            [sr.Weather("coast", [1] * 6 + [0.5] * 6), sr.Weather("coast", 0.1), sr.Weather("lake", [0] * 6 + [1] * 6)],
            start=None, calendar=site(weather=["cost", "lake"]), tasks=[("a", 1), ("a", 1)],
        )  # fmt: skip
    text = str(raised.value)
    for fault in ("2 weathers of this name", "did you mean 'coast'?", "give the plan a start date", "2 tasks"):
        assert fault in text


def test_weathers_that_together_lose_every_day():
    halves = [sr.Weather("coast", [1] * 6 + [0.5] * 6), sr.Weather("lake", [0] * 6 + [1] * 6)]
    with pytest.raises(sr.PlanError, match="every day lost for ever"):
        plan_on(halves, calendar=site(weather=["coast", "lake"]))


def test_hopeless_odds_are_an_error_that_says_so():
    with pytest.raises(
        sr.CalendarError, match=r"calendar 'site', weather 'coast'.*century.*99\.9999 %.*lower the odds"
    ):
        sr.simulate(plan_on(sr.Weather("coast", 0.999999), [("a", 20)]), 10, rng=1)


def test_a_draw_that_never_ends_is_an_error_that_says_so():
    stuck = sr.Weather("coast", lost_after_dry=0.0001, lost_after_lost=0.99999)
    with pytest.raises(sr.CalendarError, match=r"weather 'coast'.*not done within \d+ years in some draw"):
        sr.simulate(plan_on(stuck, [("a", 20)]), 200, rng=1)


# ---- documents ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".toml", ".json", ".xlsx"])
def test_weather_survives_files(suffix, tmp_path):
    weathers = [each.replace(name=kind) for kind, each in WEATHERS.items()]
    shares = [round(0.01 * (day % 90), 2) for day in range(365)]
    weathers += [
        sr.Weather("empty year", history={2024: [], 2025: shares}, consecutive=True),
        sr.Weather("all year", 0.25, closures=[sr.Closure("x", "2026-12-24", "2026-12-26", yearly=True)]),
    ]
    plan = plan_on(weathers, NETWORK, calendar=site(weather=["odds", "chain"]), calendars=[site("b", "empty year")])
    file = tmp_path / f"plan{suffix}"
    sr.write(plan, file)
    assert sr.read(file) == plan


def test_project_xml_holds_no_weather(tmp_path):
    with pytest.raises(sr.PlanError, match=r"weather.*days lost by chance"):
        sr.write(plan_on(sr.Weather("coast", 0.1)), tmp_path / "plan.xml")


# ---- what is told -----------------------------------------------------------------------------------------------------


def told(plan, rule):
    table = sr.check(plan)
    return table[table["rule"] == rule]


def test_check_tells_how_many_days_are_lost():
    plan = plan_on([sr.Weather("coast", 0.25), sr.Weather("gate", 0.2), sr.Weather("moon", 0.5)], [("a", 20)])
    plan = plan.replace(calendar=site(weather=["coast", "gate"]))
    (row,) = told(plan, "lost-days").to_dict("records")
    assert (row["severity"], row["where"]) == ("info", "calendar 'site'")
    assert row["value"] == pytest.approx(20 * (1 - 0.75 * 0.8))
    assert "loses 8 of its 20 working days" in row["finding"]
    (idle,) = told(plan, "weather-idle").to_dict("records")
    assert idle["where"] == "weather 'moon'"
    assert told(plan, "no-uncertainty").empty


def test_samples_tell_the_work_that_was_done():
    plan = plan_on(WEATHERS["chain"], [("a", "2/3/9"), sr.Task("b", "1/4/8", after=["a"])])
    result = sr.simulate(plan, 300, rng=20)
    assert (result.samples("b")["duration"].between(1, 8)).all()


# ---- beside other parts of a plan -----------------------------------------------------------------------------------


@pytest.mark.parametrize("sampling", ["latin", "sobol"])
def test_lost_days_are_the_same_in_every_sampling_mode(sampling):
    plan = plan_on(sr.Weather("coast", 0.3), [("a", 2)])
    stratified, plain = (sr.simulate(plan, 4_096, rng=21, sampling=mode) for mode in (sampling, "random"))
    common = min(stratified.n_draws, plain.n_draws)
    np.testing.assert_array_equal(stratified.finish[:common], plain.finish[:common])


def test_tasks_that_may_not_exist():
    """A task of three days that exists with odds of a half between two others: the site's days go on without it."""
    tasks = [("a", 1), sr.Task("b", 3, after=["a"], exists=0.5), sr.Task("c", 1, after=["b"])]
    result = sr.simulate(plan_on(sr.Weather("coast", 0.3), tasks), 100_000, rng=22)
    exact = dict.fromkeys(range(2, 12), 0.0)
    for n, days in itertools.product(exact, (2, 5)):
        exact[n] += 0.5 * (comb(n - 1, days - 1) * 0.7**days * 0.3 ** (n - days) if n >= days else 0)
    assert_shares(days_taken(result), exact)


def test_a_window_of_a_risk_is_a_date_whatever_is_lost():
    """The risk doubles work of the second of December, which is lost with odds of a half."""
    risk = sr.Risk("frost", 1, factor=2, tasks=["a"], window=sr.Window("2026-12-02", "2026-12-02"))
    closure = sr.Closure("visit", "2026-12-02", "2026-12-02", probability=0.5)
    plan = plan_on(sr.Weather("coast", closures=[closure]), [("a", 2)], risks=[risk])
    result = sr.simulate(plan, 50_000, rng=23)
    # Worked on 1 and 2: half the work lies in the window, and takes 3 days. Else on 1 and 3, and nothing is hit.
    assert set(days_taken(result)) == {3}
    assert_shares(result.samples("a")["duration"].to_numpy(), {3.0: 0.5, 2.0: 0.5})


def test_a_report_says_what_takes_days():
    weather = [
        sr.Weather("storm", lost_after_dry=0.1, lost_after_lost=0.5),
        sr.Weather("yard", 0.1, closures=[sr.Closure("visit", "2026-12-07", "2026-12-08", probability=0.5)]),
    ]
    calendar = sr.Calendar("site", weather=["storm", "yard"])
    plan = sr.Plan(start="2026-12-01", calendar=calendar, weather=weather, tasks=[sr.Task("a", 5)])
    text = sr.Report(sr.simulate(plan, 50, rng=1)).markdown()
    assert "storm takes days in spells, yard takes days by its odds in each month and for visit" in text
