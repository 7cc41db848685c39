"""When risks happen and what they do: alternatives, triggers, odds by task, parallel impacts, savings, windows, fading."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import schedrisk as sr
from plans import registers

N_DRAWS = 100_000


def plan_of(*risks, estimates=(10, 20), **options):
    tasks = [sr.Task(name, estimate) for name, estimate in zip("abcdefgh", estimates, strict=False)]
    return sr.Plan(tasks=tasks, risks=risks, **options)


def durations(plan, n_draws=N_DRAWS, rng=7, **options):
    """Return the durations of all tasks in units, shape (n_tasks, n_draws)."""
    replay = sr.simulate(plan, n_draws, rng=rng, **options).replay
    return replay.durations(range(len(plan.tasks))) / replay.network.axis.ticks_per_unit


def share_error(probability, n_draws=N_DRAWS):
    return 4 * np.sqrt(probability * (1 - probability) / n_draws)


def problems(make):
    with pytest.raises(sr.PlanError) as caught:
        make()
    return [str(each) for each in caught.value.problems]


# ---- when they happen -------------------------------------------------------------------------------------------------


def test_alternatives_happen_one_at_a_time_with_their_own_odds():
    odds = {"a": 0.2, "b": 0.5, "c": 0.3}
    risks = [sr.Risk(name, chance, delay=1, tasks=[name], exclusive="one") for name, chance in odds.items()]
    late = durations(plan_of(*risks, estimates=(1, 1, 1))) - 1
    assert (late.sum(axis=0) == 1).all()  # the odds sum to 1: exactly one of them
    for chance, delays in zip(odds.values(), late, strict=True):
        assert delays.mean() == pytest.approx(chance, abs=share_error(chance))


def test_odds_of_alternatives_above_one_name_them_all():
    risks = [sr.Risk(name, 0.4, delay=1, tasks=["a"], exclusive="route") for name in ("x", "y", "z")]
    (found,) = problems(lambda: plan_of(*risks))
    assert "exclusive group 'route'" in found
    assert "odds of 1.2: 'x' 0.4, 'y' 0.4, 'z' 0.4" in found
    # A mitigation may not raise them above 1 either.
    worse = sr.Risk("y", 0.4, delay=1, tasks=["a"], exclusive="route", mitigation=sr.Mitigation(probability=0.7))
    assert "odds of 1.1" in problems(lambda: plan_of(risks[0], worse))[0]
    assert plan_of(*(sr.Risk(str(n), 0.1, exclusive="tenths") for n in range(10))).risks
    assert "happens once" in problems(lambda: sr.Risk("r", 0.1, delay=1, tasks=["a"], exclusive="x", per_task=True))[0]


def test_a_triggered_risk_happens_only_where_its_trigger_does():
    flood, mould = sr.Risk("flood", 0.3, delay=1, tasks=["a"]), sr.Risk("mould", 0.5, delay=2, tasks=["b"])
    triggered = sr.Risk("mould", 0.5, delay=2, tasks=["b"], triggered_by="flood")
    first, second = durations(plan_of(triggered, flood)) - [[10], [20]]
    assert (second[first == 0] == 0).all()
    assert np.mean(second > 0) == pytest.approx(0.15, abs=share_error(0.15))
    # The same draws as without the trigger, where the trigger happens.
    free = durations(plan_of(flood, mould))[1] - 20
    assert (second[first > 0] == free[first > 0]).all()


def test_chains_of_triggers_and_several_triggers_by_enumeration():
    chain = [
        sr.Risk("one", 0.6, delay=1, tasks=["a"]),
        sr.Risk("two", 0.5, delay=2, tasks=["a"]),
        sr.Risk("either", 0.7, delay=4, tasks=["a"], triggered_by=["one", "two"]),
        sr.Risk("last", 0.8, delay=8, tasks=["a"], triggered_by="either"),
    ]
    chance: dict[int, float] = {}
    for one, two, either, last in itertools.product((0, 1), repeat=4):
        allowed = either * (one or two), last * either * (one or two)
        delay = one + 2 * two + 4 * allowed[0] + 8 * allowed[1]
        weight = np.prod(
            [p if on else 1 - p for p, on in zip((0.6, 0.5, 0.7, 0.8), (one, two, either, last), strict=True)]
        )
        chance[delay] = chance.get(delay, 0) + weight
    found = (durations(plan_of(*reversed(chain)))[0] - 10).round().astype(int)
    assert set(found) <= chance.keys()
    for delay, expected in chance.items():
        assert np.mean(found == delay) == pytest.approx(expected, abs=share_error(expected) + 1e-12)


def test_circular_and_unknown_triggers_are_told_at_once():
    risks = [
        sr.Risk("egg", 0.5, triggered_by="hen"), sr.Risk("hen", 0.5, triggered_by=["egg"]),
        sr.Risk("flood", 0.5), sr.Risk("mould", 0.5, triggered_by="flod"),
    ]  # fmt: skip
    unknown, loop = problems(lambda: plan_of(*risks))
    assert "the unknown risk 'flod'" in unknown
    assert "did you mean 'flood'" in unknown
    assert "the loop 'egg' → 'hen' → 'egg'" in loop or "the loop 'hen' → 'egg' → 'hen'" in loop


def test_odds_may_be_those_of_each_task():
    table = plan_of(sr.Risk("r", {"a": 0.2, "b": 0.7}, delay=3))
    first, second = (durations(table) - [[10], [20]]) > 0
    assert first.mean() == pytest.approx(0.2, abs=share_error(0.2))
    assert second.mean() == pytest.approx(0.7, abs=share_error(0.7))
    assert np.mean(first & second) == pytest.approx(0.14, abs=share_error(0.14))  # each by itself
    each = plan_of(sr.Risk("r", 0.4, delay=3, tasks=["a", "b"], per_task=True))
    first, second = (durations(each) - [[10], [20]]) > 0
    assert np.mean(first & second) == pytest.approx(0.16, abs=share_error(0.16))
    without = problems(lambda: sr.Risk("r", {"a": 0.2}, delay=3, tasks=["a", "b"]))[0]
    assert "a chance for task 'b' too" in without


def test_a_magnitude_may_be_drawn_for_each_task():
    shared = plan_of(sr.Risk("r", 1, delay=sr.Uniform(0, 8), tasks=["a", "b"]))
    first, second = durations(shared, 5_000) - [[10], [20]]
    assert np.abs(first - second).max() < 1e-5
    independent = plan_of(sr.Risk("r", 1, delay=sr.Uniform(0, 8), tasks=["a", "b"], independent=True))
    first, second = durations(independent) - [[10], [20]]
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(N_DRAWS)
    # The same as a table of equal estimates.
    table = plan_of(sr.Risk("r", 1, delay=dict.fromkeys("ab", sr.Uniform(0, 8))))
    assert (durations(table, 1_000) == durations(independent, 1_000)).all()


@pytest.mark.parametrize("sampling", ["random", "latin", "sobol"])
def test_a_risk_that_cannot_happen_changes_nothing_to_the_last_bit(sampling):
    base = [
        sr.Risk("frost", 0.3, delay="1/2/5", tasks=["a"]),
        sr.Risk("one", 0.4, factor=1.3, tasks=["b"], exclusive="x"),
        sr.Risk("cost", 0.4, cost="1/2/3"),
    ]
    estimates = ("5/8/15", "triangular(3, 5, 9)")
    before = sr.simulate(plan_of(*base, estimates=estimates), 1_024, rng=3, sampling=sampling)
    never = [
        sr.Risk("factor", 0, factor="1.2/1.5/3", tasks=["a", "b"]),
        sr.Risk("parallel", 0, delay=50, factor=2, tasks=["a"], parallel=True),
        sr.Risk("saving", 0, saving=3, tasks=["a"]),
        sr.Risk("window", 0, delay=9, factor=3, tasks=["a", "b"], window=(2, 9)),
        sr.Risk("trigger", 0, delay=4, tasks=["a"], triggered_by="frost"),
        sr.Risk("other", 0, delay=4, tasks=["b"], exclusive="x"),
        sr.Risk("each", 0, delay=4, tasks=["a", "b"], per_task=True, fades=True, cost=5),
        sr.Risk("done about", 0, delay=4, tasks=["a"], mitigation=sr.Mitigation(delay=1, lead_time=3)),
    ]
    for risk in never:
        for risks in ([*base, risk], [risk, *base]):
            plan = plan_of(*risks, estimates=estimates)
            after = sr.simulate(plan, 1_024, rng=3, mitigated=True, sampling=sampling)
            assert (after.finish_ticks == before.finish_ticks).all(), risk.id
            assert (after.critical_counts == before.critical_counts).all(), risk.id


def test_a_rare_long_delay_moves_p95_and_hardly_p50():
    tasks = [sr.Task("build", "80/100/130")]
    risk = sr.Risk("rare", 0.1, delay=60, tasks=["build"])
    before, after = (sr.simulate(sr.Plan(tasks=tasks, risks=each), 20_000, rng=3) for each in ([], [risk]))
    # In nine draws of ten nothing changes: P50 becomes what was P55.6, P95 lies in the middle of the delayed tenth.
    assert after.percentile(50) == pytest.approx(before.percentile(50 / 0.9), abs=0.3)
    assert after.percentile(95) - before.percentile(50) == pytest.approx(60, abs=2)


# ---- what they do -----------------------------------------------------------------------------------------------------


def test_parallel_factors_give_way_to_the_largest():
    risks = [
        sr.Risk("first", 0.5, factor=sr.Triangular(1, 1.2, 1.5), tasks=["a"], parallel=True),
        sr.Risk("second", 0.4, factor=sr.Triangular(1, 1.1, 1.3), tasks=["a"], parallel=True),
    ]
    found = durations(plan_of(*risks, estimates=(1,)))[0]
    assert found.mean() == pytest.approx(1.1459, abs=4 * found.std() / np.sqrt(N_DRAWS) + 5e-5)


def test_parallel_impacts_by_hand():
    certain = {"tasks": ["a"], "parallel": True}
    risks = [
        sr.Risk("up", 1, factor=1.5, **certain), sr.Risk("more", 1, factor=2, **certain),
        sr.Risk("down", 1, factor=0.5, **certain), sr.Risk("less", 1, factor=0.8, **certain),
        sr.Risk("series", 1, factor=3, tasks=["a"]),
        sr.Risk("short", 1, delay=4, saving=1, **certain), sr.Risk("long", 1, delay=7, saving=2, **certain),
        sr.Risk("after", 1, delay=10, saving=5, tasks=["a"]),
    ]  # fmt: skip
    # 10 × 3 × (2 × 0.5) + 10 + 7 − 5 − 2
    assert durations(plan_of(*risks), 2)[0].tolist() == [40, 40]


def test_a_saving_never_makes_a_duration_negative():
    risk = sr.Risk("luck", 0.5, saving=sr.Uniform(0, 20), tasks=["a"])
    found = durations(plan_of(risk))[0]
    # In the lucky half 10 − U(0, 20), at least 0: its mean is 2.5.
    assert found.min() == 0
    assert found.mean() == pytest.approx(6.25, abs=4 * found.std() / np.sqrt(N_DRAWS))
    assert durations(plan_of(sr.Risk("r", 1, factor=2, delay=3, saving=4, tasks=["a"])), 1)[0] == 19


def test_an_impact_of_a_window_counts_the_work_inside():
    def finish(first, risk):
        tasks = [sr.Task("a", first), sr.Task("b", 2, after=["a"])]
        return float(sr.simulate(sr.Plan(tasks=tasks, risks=[risk]), 1, rng=1).finish[0]) - first - 2

    delay, factor = (
        sr.Risk("r", 1, delay=3, tasks=["b"], window=(4, 6)),
        sr.Risk("r", 1, factor=3, tasks=["b"], window=(4, 6)),
    )
    # Work of two days that begins here; of it so much lies in the window.
    for begins, inside in ((1, 0), (2, 0), (3, 1), (4, 2), (5, 1), (6, 0), (7, 0)):
        assert finish(begins, delay) == 3 * (inside > 0)
        assert finish(begins, factor) == 2 * inside
    assert finish(3, sr.Risk("r", 1, factor=3, tasks=["b"], window=(None, 4))) == 2
    assert finish(3, sr.Risk("r", 1, factor=3, tasks=["b"], window=(4, None))) == 2
    assert finish(1, sr.Risk("r", 1, delay=3, tasks=["b"], window=(4, None))) == 0


@pytest.mark.parametrize("other_calendar", [False, True])
def test_a_window_of_dates_counts_on_the_calendar_of_the_task(other_calendar):
    # Monday 7 to Friday 11 December; the task works on eight hours a day and on no Wednesday.
    calendars = [
        sr.Calendar("no wednesdays", weekdays=["mon", "tue", "thu", "fri"]),
        sr.Calendar("any", weekdays=["sat"]),
    ]
    tasks = [sr.Task("a", 1), sr.Task("b", 3, after=["a"], calendar="no wednesdays")]
    if other_calendar:
        tasks.append(sr.Task("c", 1, calendar="any"))
    plan = sr.Plan(start="2026-12-07", calendar=sr.Calendar(), calendars=calendars, tasks=tasks)
    # Work on 8, 10 and 11 December; the window covers the 9th, a day off, and the 10th: a third of the work.
    frost = sr.Risk("frost", 1, factor=4, tasks=["b"], window=("2026-12-09", "2026-12-10"))
    result = sr.simulate(plan.replace(risks=[frost]), 2, rng=1)
    assert (result.samples("b")["duration"] == 6).all()
    assert str(result.samples("b")["finish"][0]) == "2026-12-17 17:00:00"  # 8, 10, 11, 14, 15, 17
    off = sr.Risk("frost", 1, delay=4, tasks=["b"], window=("2026-12-09", "2026-12-09"))
    assert (sr.simulate(plan.replace(risks=[off]), 2, rng=1).samples("b")["duration"] == 3).all()


def test_windows_follow_the_start_of_each_draw():
    tasks = [sr.Task("a", sr.Uniform(0, 10)), sr.Task("b", 2, after=["a"])]
    risk = sr.Risk("r", 0.5, delay=5, tasks=["b"], window=(4, 6))
    result = sr.simulate(sr.Plan(tasks=tasks, risks=[risk]), N_DRAWS, rng=4)
    begins, late = result.samples("a")["finish"], result.samples("b")["duration"] > 2
    inside = (begins > 2) & (begins < 6)
    assert not late[~inside].any()
    assert late[inside].mean() == pytest.approx(0.5, abs=share_error(0.5, inside.sum()))


def test_odds_fade_as_work_is_done():
    def hit(**progress):
        risk = sr.Risk("r", 0.36, delay=1, tasks=["a", "b"], **progress)
        tasks = [
            sr.Task("a", 3, actual_start=0),
            sr.Task("b", 4, after=["a"]),
        ]
        plan = sr.Plan(tasks=tasks, risks=[risk], status_date=7)
        return np.mean(durations(plan)[1] > 4)

    # Half of the work of both is done, 7 of 14: 1 − √(1 − 0.36) = 0.2.
    assert hit(fades=True) == pytest.approx(0.2, abs=share_error(0.2))
    assert hit() == pytest.approx(0.36, abs=share_error(0.36))
    # By itself, the second is as likely to be hit as ever.
    assert hit(fades=True, per_task=True) == pytest.approx(0.36, abs=share_error(0.36))


def test_what_is_done_is_hit_no_more_and_triggers_nothing():
    tasks = [sr.Task("a", 3, actual_start=0, actual_finish=3), sr.Task("b", 4)]
    over = sr.Risk("over", 0.5, delay=1, tasks=["a"], fades=True)
    plan = sr.Plan(
        tasks=tasks, risks=[over, sr.Risk("then", 1, delay=1, tasks=["b"], triggered_by="over")], status_date=3
    )
    assert (sr.simulate(plan, 500, rng=1).duration == 7).all()
    assert "risk-over" in sr.check(plan)["rule"].tolist()


# ---- mitigation -------------------------------------------------------------------------------------------------------


def mitigated_plan(first=1, **options):
    mitigation = sr.Mitigation(probability=0.2, delay=2, **options)
    risk = sr.Risk("r", 0.5, delay=4, tasks=["b"], mitigation=mitigation)
    return sr.Plan(tasks=[sr.Task("a", first), sr.Task("b", 2, after=["a"])], risks=[risk])


def test_a_mitigation_makes_the_same_draws_better():
    plan = mitigated_plan()
    before, after = (durations(plan, mitigated=each)[1] - 2 for each in (False, True))
    assert set(before) == {0, 4}
    assert set(after) == {0, 2}
    assert np.mean(after > 0) == pytest.approx(0.2, abs=share_error(0.2))
    assert (before[after > 0] == 4).all()  # lower odds are a part of the same draws
    assert (durations(plan, mitigated={"r"})[1] - 2 == after).all()
    assert (durations(plan, mitigated=[])[1] - 2 == before).all()
    assert sr.simulate(plan, 10, mitigated=True).mitigated == {"r"}


@pytest.mark.parametrize("first", [3, 4, 5])
def test_a_mitigation_is_in_force_once_its_lead_time_is_over(first):
    before, after = (durations(mitigated_plan(first, lead_time=4), 2_000, mitigated=each) for each in (False, True))
    as_without = durations(mitigated_plan(first), 2_000, mitigated=True)
    assert (after == (before if first < 4 else as_without)).all()


def test_a_lead_time_counts_from_the_status_date_on_the_plans_calendar():
    mitigation = sr.Mitigation(probability=0, lead_time=2)
    risk = sr.Risk("r", 1, delay=4, tasks=["b", "c"], mitigation=mitigation)
    weekends = sr.Calendar("weekends", weekdays=["sat", "sun"])
    tasks = [sr.Task("b", 1, calendar="weekends"), sr.Task("c", 1, constraints=[sr.Constraint("SNET", "2026-12-08")])]
    # Friday 4 December and two working days: over at the close of Monday, after the weekend's work, before Tuesday's.
    plan = sr.Plan(start="2026-11-30", status_date="2026-12-04", tasks=tasks, risks=[risk], calendars=[weekends])
    result = sr.simulate(plan, 2, rng=1, mitigated=True)
    assert result.samples("b")["duration"].tolist() == [5, 5]
    assert result.samples("c")["duration"].tolist() == [1, 1]


def test_unknown_mitigations_are_told():
    plan = plan_of(sr.Risk("customs", 0.5, delay=1, tasks=["a"]))
    for chosen, words in (
        ({"custom"}, "did you mean 'customs'"),
        (["customs"], "a risk that has a mitigation"),
        ("customs", "True, False"),
    ):
        with pytest.raises(sr.ArgumentError, match=words):
            sr.simulate(plan, 10, mitigated=chosen)
    assert (
        "one for all tasks"
        in problems(lambda: sr.Risk("r", 0.5, delay=1, tasks=["a"], mitigation=sr.Mitigation(delay={"a": 1})))[0]
    )
    assert "changes nothing" in problems(lambda: sr.Mitigation(cost=5))[0]


def test_what_a_mitigation_leaves():
    risk = sr.Risk(
        "r",
        {"a": 0.5, "b": 0.4},
        delay={"a": 5, "b": 6},
        cost=9,
        mitigation=sr.Mitigation(delay=1, probability={"a": 0.1}),
    )
    after = risk.after_mitigation()
    assert (after.probability, after.delays) == ({"a": 0.1, "b": 0.4}, {"a": sr.Fixed(1), "b": sr.Fixed(1)})
    assert (after.cost, after.mitigation) == (sr.Fixed(9), None)
    assert sr.Risk("s", 0.5).after_mitigation() == sr.Risk("s", 0.5)


# ---- files and checks -------------------------------------------------------------------------------------------------

RISKS = [
    sr.Risk("plain", 0.5, delay=1, tasks=["a"]),
    sr.Risk("each", {"a": 0.2, "b": 0.3}, delay="1/2/3", saving={"b": 2}, cost="uniform(1, 5)"),
    sr.Risk("own", 0.5, saving="1/2/3", tasks=["a", "b"], independent=True, per_task=True, fades=True),
    sr.Risk("3", 0.5, delay={"a": 1}, saving=2, tasks=["b"], parallel=True, cost_per_day=800.5, exclusive="7"),
    sr.Risk("4", 0.25, delay={"b": 1}, exclusive="7", triggered_by=["plain", "each"], window=(None, 4.5)),
    sr.Risk("only cost", 0.25, cost=1000, triggered_by="3", window=(1, 2)),
    sr.Risk("m", 0.5, factor={"a": 2, "b": 3}, mitigation=sr.Mitigation(probability=0.1, factor={"a": 1.5}, cost=7, lead_time=2.5)),
    sr.Risk("n", 0.5, delay=4, tasks=["a"], mitigation=sr.Mitigation(delay=1, impact_cost="1/2/3", owner="7", name="=x")),
]  # fmt: skip


@pytest.mark.parametrize("suffix", [".toml", ".json", ".xlsx"])
def test_files_keep_risks(suffix, tmp_path):
    plan = plan_of(*RISKS)
    sr.write(plan, tmp_path / f"plan{suffix}")
    assert sr.read(tmp_path / f"plan{suffix}").risks == plan.risks


def test_sheets_of_details_are_checked(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    sr.write(plan_of(*RISKS), tmp_path / "plan.xlsx")
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    sheet = book["risk details"]
    for row in (
        ["plane", "cost", None, 1],
        ["plain", "costs", None, 1],
        ["m", "mitigation cost", None, 1],
        ["n", "cost", "a", 1],
    ):
        sheet.append(row)
    book.save(tmp_path / "plan.xlsx")
    with pytest.raises(sr.ReadError) as caught:
        sr.read(tmp_path / "plan.xlsx")
    text = str(caught.value)
    for words in ("did you mean 'plain'", "the unknown key 'costs'", "mitigation cost again", "a task beside cost"):
        assert words in text


def test_checks_know_odd_risks():
    done = sr.Task("done", 1, actual_start=0, actual_finish=1)
    tasks = [done, sr.Task("gate", 0), sr.Task("work", 5, after=["gate"])]
    risks = [
        sr.Risk("zero", 0.5, factor=2, tasks=["gate"]),
        sr.Risk("twenty", 0.5, factor=20, tasks=["work"]),
        sr.Risk("over", 0.5, delay=1, tasks=["done"]),
        sr.Risk("far", 0.5, delay=1, tasks=["work"], window=(500, 600)),
        sr.Risk("past", 0.5, delay=1, tasks=["work"], window=(None, 0.5)),
        sr.Risk("near", 0.5, delay=1, tasks=["work"], window=(3, None)),
        sr.Risk("idle", 0.5, delay=1, tasks=["work"], mitigation=sr.Mitigation(delay=1, cost=5)),
    ]
    table = sr.check(sr.Plan(tasks=tasks, risks=risks))
    found = {(row.id, row.rule) for row in table[table["id"].isin([risk.id for risk in risks])].itertuples()}
    assert found == {
        ("zero", "factor-of-nothing"), ("twenty", "large-factor"), ("over", "risk-over"), ("far", "window-unreachable"),
        ("past", "window-unreachable"), ("idle", "mitigation-idle"),
    }  # fmt: skip


def test_a_plan_without_a_risk_lacks_what_it_alone_triggers():
    risks = [
        sr.Risk("a", 0.5),
        sr.Risk("b", 0.5),
        sr.Risk("both", 0.5, triggered_by=["a", "b"]),
        sr.Risk("then", 0.5, triggered_by="both"),
    ]
    plan = plan_of(*risks)
    assert [risk.id for risk in plan.without_risk("a").risks] == ["b", "both", "then"]
    assert [risk.id for risk in plan.without_risks(["a", "b"]).risks] == []
    with pytest.raises(sr.UnknownNameError, match="'a'"):
        plan.risk("aa")


def test_reports_say_on_what_risks_depend():
    risks = [
        sr.Risk("frost", 0.3, delay=5, tasks=["a"], window=("2026-12-01", "2027-02-28"), cost_per_day=900),
        sr.Risk("thaw", {"a": 0.1, "b": 0.4}, saving=1, triggered_by="frost", fades=True),
        sr.Risk(
            "strike",
            0.3,
            delay=2,
            tasks=["b"],
            mitigation=sr.Mitigation(probability=0.1, cost=500, lead_time=5, name="talks"),
        ),
    ]
    plan = plan_of(*risks, start="2026-11-02", estimates=("5/8/30", "5/10/12"))
    text = sr.Report(sr.simulate(plan, 500, rng=1)).markdown()
    for words in (
        "work from 1 December 2026 until 28 February 2027; costs 900 a day", "10 % to 40 %", "a − 1",
        "for each task by itself; only if frost; fades as work is done", "could be mitigated by talks to 10 % after 5 days, for 500",
    ):  # fmt: skip
        assert words in text


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_random_risks_leave_sound_dates(data):
    ids = ["a", "b", "c"]
    moments = st.integers(0, 60).map(float)
    estimates = st.sampled_from(["2/3/9", "0", "uniform(0, 4)", "7"])
    tasks = [
        sr.Task("a", data.draw(estimates)),
        sr.Task("b", data.draw(estimates), after=["a"]),
        sr.Task("c", data.draw(estimates), after=["a"]),
    ]
    links = data.draw(
        st.sampled_from([[], [sr.Link("b", "c", "FF", lag=1)], [sr.Link("b", "c", "SS", lag_percent=50)]])
    )
    plan = sr.Plan(tasks=tasks, links=links, risks=data.draw(registers(ids, moments, 5)))
    result = sr.simulate(plan, 64, rng=5, mitigated=data.draw(st.booleans()))
    assert np.isfinite(result.finish_ticks).all()
    for task in ids:
        draws = result.samples(task)
        assert (draws["duration"] >= 0).all()
        assert (draws["finish"] >= draws["start"]).all()
        assert np.allclose(draws["finish"] - draws["start"], draws["duration"], atol=1e-6)
