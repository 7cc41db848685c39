"""Whole plans with random risks, branches, decisions, weather and correlations, in every kind of sampling: no draw is absurd."""

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

import schedrisk as sr
from plans import plans

# What cannot hold together is repaired, and told.
pytestmark = pytest.mark.filterwarnings("ignore::schedrisk.errors.CorrelationWarning")

SAMPLINGS = st.sampled_from(["random", "latin", "sobol"])


def simulated(plan, n_draws, **options):
    """Simulate a random plan, if its work does not outlast all weather."""
    try:
        return sr.simulate(plan, n_draws, **options)
    except sr.CalendarError:
        reject()


def assert_no_draw_is_absurd(result):
    """Nothing is NaN, no duration negative, no finish before its start, and the project ends with the last of its work."""
    assert np.isfinite(result.finish_ticks).all()
    assert np.isfinite(result.duration).all()
    network, plan = result.replay.network, result.plan
    rows = range(len(plan.tasks))
    drawn = result.replay.durations(rows)
    assert np.isfinite(drawn).all()
    assert (drawn >= 0).all()
    assert (drawn == np.rint(drawn)).all()
    starts, finishes = result.replay.times(rows)
    assert np.isfinite(starts).all()
    assert np.isfinite(finishes).all()
    assert (starts <= finishes).all()
    ends = [row for row in network.ends if row < len(plan.tasks)]
    assert (result.finish_ticks >= finishes[ends].max(axis=0)).all() or plan.decisions
    assert ((result.critical_counts >= 0) & (result.critical_counts <= result.n_draws)).all()


@settings(max_examples=40)
@given(plans(), SAMPLINGS, st.booleans(), st.integers(0, 99))
def test_no_draw_is_absurd(plan, sampling, mitigated, seed):
    assert_no_draw_is_absurd(simulated(plan, 40, rng=seed, sampling=sampling, mitigated=mitigated))


@settings(max_examples=20)
@given(plans(), SAMPLINGS, st.integers(0, 99))
def test_a_draw_is_the_same_whichever_way_it_is_had(plan, sampling, seed):
    """Kept, replayed for one task alone, or in a run of another length (random draws)."""
    result = simulated(plan, 24, rng=seed, sampling=sampling)
    rows = range(len(plan.tasks))
    _, together = result.replay.times(rows)
    for row in rows:
        _, (alone,) = result.replay.times([row])
        assert np.array_equal(alone, together[row])
    if sampling == "random":
        assert np.array_equal(simulated(plan, 50, rng=seed).finish_ticks[:24], result.finish_ticks)


@settings(max_examples=20)
@given(plans(), SAMPLINGS, st.integers(0, 99))
def test_a_risk_that_never_happens_changes_nothing(plan, sampling, seed):
    never = sr.Risk("never to be seen", 0, delay=50, factor=3, tasks=[task.id for task in plan.tasks])
    more = plan.with_risks([*plan.risks, never])
    one, two = (simulated(each, 24, rng=seed, sampling=sampling) for each in (plan, more))
    assert np.array_equal(one.finish_ticks, two.finish_ticks)
    assert np.array_equal(one.critical_counts, two.critical_counts)


@settings(max_examples=15)
@given(plans(), st.integers(0, 9))
def test_every_rendering_of_a_random_plan_can_be_made(plan, seed):
    result = simulated(plan, 30, rng=seed)
    assert repr(result)
    assert len(result.tasks()) == len(plan.tasks)
    assert len(sr.sensitivity(result)) == len(plan.tasks)
    report = sr.Report(result)
    try:
        assert report.markdown()
        assert report.html()
        assert report.json()
    except sr.CalendarError:  # a what-if of the report outlasts all weather
        reject()


@settings(max_examples=60, deadline=None)
@given(plans())
def test_the_planned_finish_is_that_of_the_schedule(plan):
    """Whether it comes from the forward pass alone, or from the schedule that is there already."""
    result = simulated(plan, 1, rng=1)
    found = result.planned_finish
    assert found == result.schedule.planned_finish
    assert found == simulated(plan, 1, rng=1).schedule.planned_finish
