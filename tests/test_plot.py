"""Plots: what they return and show, with 5 and with 500 tasks, and that no two labels meet."""

import itertools
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import schedrisk as sr
from schedrisk.errors import ArgumentError, UnknownNameError

PLOTS = ("s_curve", "histogram", "tornado", "gantt", "network")


def layered(n_tasks, start="2026-12-01"):
    sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
    from networks import layered_plan

    return layered_plan(n_tasks).replace(start=start)


@pytest.fixture(scope="module")
def results():
    exchange = sr.datasets.load("exchange-upgrade")
    five = sr.Plan(
        start="2026-12-01",
        tasks=[
            sr.Task("design", sr.Pert(5, 8, 15), owner="us"),
            sr.Task("delivery", sr.Triangular(15, 20, 45), after=["design"], owner="supplier"),
            sr.Task("site", sr.Pert(10, 15, 40), owner="customer"),
            sr.Task("install", sr.Pert(4, 5, 9), after=["delivery", "site"], owner="us"),
            sr.Task("done", 0, after=["install"]),
        ],
        promises=[sr.Promise("sure", by="2027-06-30"), sr.Promise("hopeless", by="2026-12-11")],
    )
    plans = {
        "five": five,
        "exchange": exchange,
        "museum": sr.datasets.load("museum-bid"),
        "large": layered(500).with_promise(sr.Promise("p", by="2027-12-01")),
    }
    return {name: sr.simulate(plan, 1_000, rng=1) for name, plan in plans.items()}


def draw(kind, result, promise=None):
    options = {"promise": promise} if kind in {"s_curve", "histogram", "gantt"} else {}
    return getattr(sr.plot, kind)(result, **options)


def texts(ax):
    """Return every piece of text that is seen, of all axes of the figure, with its box."""
    figure = ax.figure
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    seen = []
    for each in figure.axes:
        ticks = [*each.get_xticklabels(), *each.get_yticklabels()] if each.axison else []
        labels = [each.xaxis.label, each.yaxis.label] if each.axison else []
        legend = each.get_legend().get_texts() if each.get_legend() else []
        for text in (*each.texts, *ticks, *labels, *legend):
            if text.get_visible() and text.get_text().strip():
                box = text.get_window_extent(renderer)
                inside = each.get_window_extent(renderer)
                if text in ticks and not (inside.x0 - 999 < box.x0 and _within(text, each)):
                    continue
                seen.append((text.get_text(), box))
    return seen


def _within(tick, ax):
    """Tell whether a tick label belongs to a tick inside the limits; matplotlib keeps some outside, unseen."""
    x, y = tick.get_position()
    if tick in ax.get_xticklabels():
        low, high = sorted(ax.get_xlim())
        return low <= x <= high
    low, high = sorted(ax.get_ylim())
    return low <= y <= high


@pytest.mark.parametrize("kind", PLOTS)
@pytest.mark.parametrize("name", ["five", "exchange", "museum", "large"])
def test_no_two_labels_meet_and_none_is_cut(results, kind, name):
    promises = results[name].plan.promises
    ax = draw(kind, results[name], promises[0].name)
    seen = texts(ax)
    assert seen
    figure = ax.figure.bbox
    for text, box in seen:
        assert box.x0 >= -1, text
        assert box.y0 >= -1, text
        assert box.x1 <= figure.x1 + 1, text
        assert box.y1 <= figure.y1 + 1, text
    for (one, a), (other, b) in itertools.combinations(seen, 2):
        width = min(a.x1, b.x1) - max(a.x0, b.x0)
        height = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert width <= 1 or height <= 1, f"{one!r} meets {other!r}"
    assert not any("T00:00" in text for text, _ in seen)


@pytest.mark.parametrize("kind", PLOTS)
def test_axes_given_are_drawn_on_and_no_figure_is_made(results, kind):
    figure, ax = plt.subplots()
    open_before = plt.get_fignums()
    assert getattr(sr.plot, kind)(results["five"], ax=ax) is ax
    assert plt.get_fignums() == open_before
    assert figure.axes[0] is ax


def test_s_curve_is_the_empirical_distribution(results):
    result = results["exchange"]
    ax = sr.plot.s_curve(result, promise="demonstration")
    (line, *_) = ax.lines
    x, y = line.get_data()
    finish = np.sort(result.to_frame()["finish: demonstration"].to_numpy())
    for moment, share in list(zip(x, y, strict=True))[1::50]:
        day = np.datetime64("1970-01-01") + np.timedelta64(round(moment * 86_400), "s")
        assert share == pytest.approx((finish <= day + np.timedelta64(1, "s")).mean(), abs=0.011)
    labels = [text.get_text() for text in ax.texts]
    assert any(label.startswith("P80") for label in labels)
    assert any(label.startswith("demonstration  19 Feb 2027: ") and label.endswith("%") for label in labels)


def test_hopeless_and_certain_promises_are_said_as_they_are(results):
    for promise, words in (("hopeless", "none of 1,000 draws"), ("sure", "all of 1,000 draws")):
        ax = sr.plot.s_curve(results["five"], promise=promise)
        assert any(words in text.get_text() for text in ax.texts)
        low, high = ax.get_xlim()
        assert all(low <= line.get_xdata()[0] <= high for line in ax.lines)


def test_several_results_on_one_axes(results):
    other = sr.simulate(results["five"].plan.replace_task("site", estimate="5"), 1_000, rng=1)
    ax = sr.plot.s_curve({"as sold": results["five"], "site first": other}, promise="sure")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["as sold", "site first"]
    with pytest.raises(ArgumentError, match="with and without dates"):
        sr.plot.s_curve({"a": results["five"], "b": results["museum"]})
    with pytest.raises(ArgumentError):
        sr.plot.s_curve({})


def test_histogram_shares_add_up_and_late_ones_are_apart(results):
    ax = sr.plot.histogram(results["exchange"], promise="demonstration")
    assert sum(bar.get_height() for bar in ax.patches) == pytest.approx(1)
    late = {bar.get_facecolor() for bar in ax.patches}
    assert len(late) == 2


def test_tornado_takes_a_table_and_orders_it(results):
    table = sr.sensitivity(results["exchange"])
    ax = sr.plot.tornado(table, measure="ssi", most=6)
    widths = [bar.get_width() for bar in ax.patches]
    assert widths == sorted(table["ssi"])[-6:]
    with pytest.raises(ArgumentError, match="did you mean 'criticality'"):
        sr.plot.tornado(table, measure="critcality")
    assert isinstance(table, pd.DataFrame)


def test_gantt_shows_a_schedule_and_the_most_critical(results):
    ax = sr.plot.gantt(sr.schedule(results["five"].plan))
    assert [tick.get_text() for tick in ax.get_yticklabels()][-1] == "done"
    assert len(sr.plot.gantt(results["large"], most=20).get_yticks()) == 20


def test_unknown_promise(results):
    for kind in ("s_curve", "histogram", "gantt"):
        with pytest.raises(UnknownNameError, match="did you mean"):
            getattr(sr.plot, kind)(results["five"], promise="hopless")


@pytest.mark.parametrize("kind", PLOTS)
def test_hostile_names_are_shown_as_they_are(kind):
    name = "cost $x^2$ & _all_ {the} \\frac <b>"
    plan = sr.Plan(
        tasks=[sr.Task(name, "1/2/4", owner="$us$"), sr.Task("b", "1/2/5", after=[name])],
        promises=[sr.Promise("by $5$ or $6$", by=5)],
    )
    ax = draw(kind, sr.simulate(plan, 200, rng=1), "by $5$ or $6$")
    ax.figure.canvas.draw()


def test_importing_plots_stays_cheap():
    import subprocess

    code = "import sys, schedrisk; schedrisk.plot; print('matplotlib' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_gantt_marks_the_status_date():
    tasks = [sr.Task("a", 3, actual_start="2026-01-05"), sr.Task("b", 2, after=["a"])]
    plan = sr.Plan(start="2026-01-05", status_date="2026-01-07T17:00", tasks=tasks)
    ax = sr.plot.gantt(sr.schedule(plan))
    assert "status date  7 Jan 2026" in [text.get_text() for text in ax.texts]
    bare = sr.Plan(status_date=2, tasks=[sr.Task("a", 3, actual_start=0)])
    assert any("status date" in text.get_text() for text in sr.plot.gantt(sr.schedule(bare)).texts)
