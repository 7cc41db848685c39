"""The compiled engine gives the bits of the NumPy engine, whatever the plan."""

import dataclasses

import numpy as np
import pytest
from hypothesis import Phase, given, reject, settings
from hypothesis import strategies as st

import schedrisk as sr
from plans import plans
from schedrisk.engine import Replay, run_block
from schedrisk.network import compile_network
from schedrisk.simulation.designs import design_for

pytest.importorskip("numba", reason="the compiled engine needs numba: pip install 'schedrisk[fast]'")
pytestmark = pytest.mark.filterwarnings("ignore::schedrisk.errors.CorrelationWarning")

SAMPLINGS = st.sampled_from(["random", "latin", "sobol"])


def both_engines(plan, n_draws, sampling="random", seed=1, mitigated=frozenset()):
    network = compile_network(plan)
    replay = Replay(plan, network, design_for(plan, network, seed, n_draws, sampling), mitigated)
    return replay, dataclasses.replace(replay, engine="numba")


def assert_same_block(one, other, first, count, milestones=()):
    expected, found = (run_block(each, first, count, milestones) for each in (one, other))
    assert np.array_equal(found.finish, expected.finish)
    assert np.array_equal(found.milestones, expected.milestones)
    assert np.array_equal(found.critical, expected.critical)
    assert np.array_equal(found.verdicts, expected.verdicts)
    assert {key: n for key, n in found.overridden.items() if n} == {
        key: n for key, n in expected.overridden.items() if n
    }


def assert_same_replays(one, other):
    rows = range(one.network.n_tasks)
    for some in (rows, rows[-1:]):
        for mine, theirs in zip(other.histories(some)[:2], one.histories(some)[:2], strict=True):
            assert np.array_equal(mine, theirs)
        absent, expected = other.histories(some)[2], one.histories(some)[2]
        assert absent.keys() == expected.keys()
        assert all(np.array_equal(absent[place], expected[place]) for place in absent)
        assert np.array_equal(other.durations(some), one.durations(some))
    for target, since in ((None, None), (rows[-1], None), (rows[-1], rows[0]), (None, rows[-1])):
        for mine, theirs in zip(_together(other, target, since), _together(one, target, since), strict=True):
            assert np.array_equal(mine, theirs)
        assert np.array_equal(other.criticality(target, since), one.criticality(target, since))


def _together(replay, target, since):
    parts = list(replay.passes(target, since))
    for name in ("durations", "total_float", "critical"):
        yield np.concatenate([getattr(part, name) for part in parts], axis=1)


@settings(max_examples=25, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # shrinking takes minutes
@given(plans(), SAMPLINGS, st.booleans(), st.integers(0, 99))
def test_random_plans_give_the_same_bits(plan, sampling, mitigated, seed):
    chosen = frozenset(risk.id for risk in plan.risks if risk.mitigation is not None and mitigated)
    one, other = both_engines(plan, 40, sampling, seed, chosen)
    try:
        assert_same_block(one, other, 0, one.n_draws, (0, len(plan.tasks) - 1))
        assert_same_replays(one, other)
    except sr.CalendarError:  # work that outlasts all weather
        reject()
