"""A user's script, for the type checker only: the public face must accept what people write, and say what it returns.

Every `type: ignore` stands on a mistake that the types must catch: mypy --strict reports those that are not needed.
"""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ProcessPoolExecutor
from typing import assert_type

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.stats

import schedrisk as sr

plan = sr.Plan(
    name="Exchange upgrade",
    start="2026-12-01",
    calendar=sr.Calendar.for_country("CN"),
    tasks=[
        sr.Task("design", sr.Pert(5, 8, 15), owner="us"),
        sr.Task("order", sr.Fixed(2), after=["design"], owner="us"),
        sr.Task("delivery", sr.Triangular(15, 20, 45), after=["order"], owner="supplier"),
        sr.Task("site-ready", sr.Pert(10, 15, 40), owner="customer"),
        sr.Task("install", sr.Pert(4, 5, 9), after=["delivery", "site-ready"], owner="us"),
        sr.Task("commission", sr.Pert(3, 5, 12), after=["install"], owner="us"),
    ],
    risks=[
        sr.Risk("no carrier chosen", probability=0.4, owner="customer", delay={"site-ready": sr.Triangular(5, 10, 30)})
    ],
    promises=[sr.Promise("contract", by="2026-12-31")],
)
ready_first = plan.replace_task("site-ready", estimate=sr.Fixed(10))

until = sr.Precision(probability=0.005, max_draws=100_000)
precise = sr.simulate(plan, rng=2026, sampling="sobol", until=until)
sr.simulate(ready_first, precise.n_draws, rng=2026, sampling=precise.sampling)
assert_type(precise.sampling, sr.Sampling)
assert_type(precise.percentile_se(80), float)
assert_type(sr.convergence(precise, promise="contract"), pd.DataFrame)

schedule = sr.schedule(plan)
result = sr.simulate(plan, n_draws=10_000, rng=2026)
other = sr.simulate(ready_first, n_draws=10_000, rng=2026)
assert_type(result.probability_of_meeting("2026-12-31"), float)
assert_type(result.probability_interval("2026-12-31"), tuple[float, float])
result.percentile(80)
assert_type(result.promise("contract").probability, float)
assert_type(schedule.to_frame(), pd.DataFrame)
assert_type(result.tasks(), pd.DataFrame)
assert_type(sr.sensitivity(result), pd.DataFrame)
sr.compare({"as sold": result, "site ready first": other}, promise="contract")
ax = sr.plot.s_curve(result, promise="contract")
sr.Report(result).write("exchange-upgrade.html")

assert_type(sr.read("exchange-upgrade.toml"), sr.Plan)
sr.write(plan, "exchange-upgrade.json")
assert_type(sr.from_frame(sr.to_frame(plan)), sr.Plan)
assert_type(sr.check(plan), pd.DataFrame)

# What else people pass: other iterables, texts and numbers for estimates, every kind of date and seed.
sr.Task("test", "5/8/15", after=(task.id for task in plan.tasks), tags={"site": 1}.keys())
sr.Task("hand over", 3, name="Hand-over", planned=2.5)
sr.Link("install", "commission", lag=-1)
site = sr.Calendar("site", weather="coast")
sr.Calendar("quay", weather=(name for name in ["coast", "gate"]))
sr.Weather("coast", 0.3, closures=[sr.Closure("visit", dt.date(2027, 2, 1), length="5/10/30", probability=0.4)])
sr.Weather("storms", lost_after_dry={"nov": 0.1, "dec": 0.2}, lost_after_lost=[0.5] * 12)
sr.Weather("record", history={2024: ["2024-12-05"], 2025: []}, consecutive=True)
sr.Risk("strike", 0.1, delay=sr.Uniform(1, 5), tasks=("delivery", "site-ready"))
tents = sr.Mitigation(probability={"install": 0.1}, delay="0/1/2", cost=1_500, lead_time=10)
frost = sr.Risk(
    "frost", {"install": 0.4}, delay=3, window=(None, "2027-03-15"), triggered_by="strike", mitigation=tents
)
assert_type(frost.after_mitigation(), sr.Risk)
sr.Risk(
    "thaw", 0.2, saving="1/2/3", tasks=["install"], window=sr.Window(dt.date(2027, 3, 1)), cost_per_day=sr.Fixed(900)
)
chosen = sr.simulate(plan.replace(risks=[frost]), mitigated={"frost"})
assert_type(chosen.mitigated, frozenset[str])
assert_type(chosen.cost, npt.NDArray[np.float64])
assert_type(chosen.costs(by="owner"), pd.DataFrame)
assert_type(sr.mitigations(chosen, promise="contract"), pd.DataFrame)
sr.Promise("show", dt.date(2027, 2, 19), task="install", damages=sr.Damages(2_000, per="week", whole=False, cap=50_000))
sr.Promise("acceptance", within="13w", after="site-ready", task="commission")
assert_type(result.elapsed("acceptance"), npt.NDArray[np.float64])
risks = sr.read_register("risks.csv", plan, scale=sr.Scale(probability={"likely": 0.7}, delay={"major": "10/20/40"}))
assert_type(risks, tuple[sr.Risk, ...])
assert_type(sr.risk_ranking(sr.simulate(plan.with_risks(risks)), promise="contract", effects=True), pd.DataFrame)
sr.write_register(result, "risks.xlsx", promise="contract")
sr.Plan(tasks=(sr.Task("only", sr.Discrete([1, 2], [0.5, 0.5])),), start=dt.datetime(2026, 12, 1, 8))
sr.Plan(tasks=[sr.Task("only", sr.Empirical(np.array([3.0, 4.0])))], start=np.datetime64("2026-12-01"))
sr.simulate(plan, rng=np.random.SeedSequence(1), progress=True)
sr.simulate(plan, rng=np.random.default_rng(1))
sr.simulate(plan, n_jobs=2)
with ProcessPoolExecutor(2) as pool:
    sr.simulate(plan, executor=pool)
    sr.simulate_many([plan, ready_first], executor=pool, keep="results")
scenarios = sr.simulate_many({"as sold": plan, "ready first": ready_first}, 1_000, rng=1, n_jobs=-1, progress=True)
assert_type(scenarios, sr.Scenarios)
assert_type(scenarios["as sold"], sr.Scenario)
assert_type(scenarios["as sold"].sd, float)
assert_type(scenarios.result("as sold"), sr.SimulationResult)
assert_type(scenarios.to_frame(), pd.DataFrame)
sr.simulate(plan, rng=scenarios.entropy, sampling=scenarios.sampling)
result.probability_of_meeting(dt.date(2026, 12, 31))

# What may happen, what is decided, and what is not certain.
sr.Link("install", "commission", lag="2/3/7")
sr.Constraint("SNET", sr.DateRange("2027-01-03", dt.date(2027, 1, 20), mode="2027-01-10", planned="2027-01-04"))
sr.Constraint("FNET", "2027-01-03/2027-01-20")
gate = sr.gate("line", "2026-12-20", "2026-12-20/2027-01-10/2027-02-01", owner="carrier", after=["design"])
assert_type(gate, sr.Task)
forked = plan.replace(
    tasks=[*plan.tasks, gate, sr.Task("repair", 3, after=["install"], exists=0.3)],
    branches=[sr.Branch("acceptance", {"passed": sr.Outcome(), "failed": sr.Outcome(0.3, ["repair"])}, owner="us")],
    decisions=[sr.Decision("what to show", "install", by="2027-01-20", reached=["commission"], missed=())],
).with_rework("commission", tasks=[sr.Task("mend", "1/2/4"), "commission"], probability=0.2, times=2)
assert_type(forked, sr.Plan)
assert_type(sr.simulate(forked).branches(), pd.DataFrame)
assert_type(sr.simulate(forked).decisions(), pd.DataFrame)
assert_type(sr.simulate(forked).gates(), pd.DataFrame)

# Further kinds of estimate, and arithmetic with them.
sr.Metalog({10: 8, 50: 10, 90: 15}, low=5)
sr.Metalog({"p10": 8, "p90": 15}, terms=2)
sr.Mixture([sr.Pert(5, 8, 15), "10", 3], [0.5, 0.25, 0.25])
sr.Scipy(scipy.stats.gumbel_r(10, 2))
sr.Scipy("gumbel_r", loc=10, scale=2)
sr.Trapezoid(5, 8, 10, 13, ends=(10, 90))
assert_type(sr.Lognormal.from_mode(8, 4), sr.Lognormal)
assert_type(sr.Gamma.from_percentiles(p10=8, p90=15), sr.Gamma)
longer = 1.2 * sr.Normal(10, 2).truncate(0, high=20) + 3
sr.Task("later", longer)
sr.Normal(10, 2).truncate(percentiles=(1, 99))
sr.plot.estimate(longer)
sr.plot.estimate({"sold": "5/8/15", "likely": plan.task("design")}, unit="d")

# Mistakes that a type checker finds before the program runs.
sr.Task("design", after=["order"])  # type: ignore[call-arg]
sr.Task("design", sr.Fixed(1), after=3)  # type: ignore[arg-type]
sr.Pert("5", 8, 15)  # type: ignore[arg-type]
sr.Damages(100, per="month")  # type: ignore[arg-type]
sr.simulate(plan, draws=100)  # type: ignore[call-arg]
sr.simulate_many([plan], keep="all")  # type: ignore[arg-type]
plan.name = "another"  # type: ignore[misc]
sr.Correlation(["install", "commission"], -0.2)
sr.Correlation(("install", "commission"), matrix=np.eye(2), copula="t", degrees_of_freedom=4)
sr.Correlation(tag="site", rho=0.3, name="weather")
sr.Correlation(risks=["strike", "frost"], rho=0.5)
assert_type(sr.correlations(plan.with_correlation(0.3)), pd.DataFrame)
