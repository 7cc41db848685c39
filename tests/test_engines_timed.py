"""Work whose duration depends on when it begins, in both engines."""

import numpy as np
import pytest

import schedrisk as sr

pytest.importorskip("numba", reason="the compiled engine needs numba: pip install 'schedrisk[fast]'")


def test_rows_of_several_kinds_that_wait_for_mitigations():
    """Kinds are drawn one after the other, not row by row: each row still has what is its own."""
    estimates = [sr.Triangular(1, 2, 3), sr.Uniform(4, 9), sr.Triangular(7, 8, 20), sr.Uniform(2, 5)]
    tasks = [
        sr.Task(name, estimate, after=after)
        for name, estimate, after in zip("abcd", estimates, ([], [], ["a", "b"], ["c"]), strict=True)
    ]
    risks = [
        sr.Risk(f"r{name}", 0.5, delay=3 + place, tasks=[name], mitigation=sr.Mitigation(probability=0.1, lead_time=place + 1))
        for place, name in enumerate("abcd")
    ]  # fmt: skip
    plan = sr.Plan(tasks=tasks, risks=risks, start="2026-01-05")
    one, other = (sr.simulate(plan, 500, rng=1, mitigated=True, engine=engine) for engine in ("numpy", "numba"))
    assert other.replay.block_run(()) is not None
    assert np.array_equal(one.finish_ticks, other.finish_ticks)
    sampler = one.replay.sampler
    sample, specimen = sampler.sample(0, 1), sampler.specimen()
    assert [*sample.timed] == [*specimen.timed] == [*sampler.compiled.sample(0, 1).timed] == [0, 1, 2, 3]
