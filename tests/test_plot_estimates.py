"""The picture of an estimate: what is drawn is the distribution, and what is told is right."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings

import schedrisk as sr
from plans import ESTIMATES
from schedrisk.analysis.estimate_shape import estimate_shape
from schedrisk.errors import ArgumentError, EstimateError


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def told(ax):
    return [each.get_text() for each in [*ax.texts, *ax.get_legend().get_texts()]]


@given(ESTIMATES)
@settings(max_examples=60, deadline=None)
def test_density_and_steps_add_up(estimate):
    shape = estimate_shape(estimate)
    # Cells are drawn by their middles: within a piece their sum is exact, but for the half cells at its ends.
    area = np.sum(np.diff(shape.x) * (shape.density[1:] + shape.density[:-1]) / 2)
    assert shape.density.min() >= 0
    assert area + sum(shape.steps.values()) == pytest.approx(1, abs=0.02)


def test_density_of_a_triangle():
    shape = estimate_shape(sr.Triangular(5, 8, 15))
    expected = np.where(shape.x < 8, (shape.x - 5) * 2 / 30, (15 - shape.x) * 2 / 70)
    assert np.abs(shape.density - expected).max() < 1e-3
    assert shape.steps == {}
    assert estimate_shape(sr.Mixture([3, sr.Uniform(1, 5)], [0.25, 0.75])).steps == {3: pytest.approx(0.25)}
    assert estimate_shape(sr.Normal(3, 3)).steps == {0: pytest.approx(0.158655, abs=1e-6)}


def test_what_a_picture_says():
    ax = sr.plot.estimate(sr.Triangular(8, 10, 15, ends=(10, 90)), unit="d")
    assert set(told(ax)) == {"planned 10", "mean 11.3", "implied ends 5.67 and 18.2", "P10  8", "P50  11", "P90  15"}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("duration [days]", "how likely")
    assert not any("implied" in each for each in told(sr.plot.estimate("5/8/15")))
    assert "planned 9" in told(sr.plot.estimate(sr.Task("a", "5/8/15", planned=9)))
    assert {"50 %", "30 %", "20 %"} <= set(told(sr.plot.estimate("discrete(7: 0.5, 10: 0.3, 20: 0.2)")))


def test_several_over_each_other():
    _, mine = plt.subplots()
    ax = sr.plot.estimate({"as sold": "5/8/15", "likely": sr.Task("a", sr.Normal(12, 3))}, ax=mine)
    assert ax is mine
    assert told(ax) == ["as sold: planned 8, mean 8.67", "likely: planned 12, mean 12"]
    table = sr.plot.estimate({"kind": "pert", "p10": 5, "mode": 8, "p90": 15})
    assert "planned 8" in told(table)


@pytest.mark.parametrize(
    "estimate", ["10", sr.Normal(3, 0), sr.Uniform(0, 0), sr.Gamma(0.2, 3), sr.Empirical(range(40))]
)
def test_extreme_shapes_are_drawn(estimate):
    ax = sr.plot.estimate(estimate)
    ax.figure.canvas.draw()
    assert np.isfinite([*ax.get_xlim(), *ax.get_ylim()]).all()


def test_what_cannot_be_drawn():
    with pytest.raises(EstimateError):
        sr.plot.estimate("soon")
    with pytest.raises(ArgumentError, match="at least one"):
        sr.plot.estimate({})
    with pytest.raises(ArgumentError, match="'d' or 'h' or 'w'"):
        sr.plot.estimate("10", unit="m")


def test_the_table_of_estimates_wants_a_plan():
    with pytest.raises(ArgumentError, match="plan: found 'x', expected a Plan"):
        sr.estimates("x")
