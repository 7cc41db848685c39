"""What every kind of estimate goes through, from a plan to its report."""

import json

import numpy as np
import pytest

import schedrisk as sr
from schedrisk.estimates import Estimate


def assert_whole_chain(estimate: Estimate) -> None:
    """Schedule, simulate, check and report a plan that holds an estimate: for a task and for a risk."""
    plan = sr.Plan(tasks=[sr.Task("a", estimate)], risks=[sr.Risk("r", 0.5, delay=estimate, tasks=["a"])])
    assert sr.schedule(plan).planned_duration == pytest.approx(estimate.planned, abs=1e-6)
    result = sr.simulate(plan, 2_000, rng=1)
    assert np.isfinite(result.duration).all()
    assert (result.duration >= 0).all()
    for table in (sr.check(plan), sr.estimates(plan), sr.sensitivity(result)):
        assert "inf" not in table.to_string().replace("info", "")
    json.loads(sr.Report(result).json())
