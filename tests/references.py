"""Reference figures: closed forms, enumerations and published networks, and how far a simulation may be from them.

A figure knows its value, how exactly that is known, and how to find it in a result together with the standard error of
finding it. What a simulation says is judged by z = (found - value) / error, where the error holds all three: of the run,
of the reference's own draws, and of the digits that it prints.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

import schedrisk as sr

DATA = Path(__file__).parent / "data"
CASES = json.loads((DATA / "reference-cases.json").read_text(encoding="utf-8"))["cases"]
NETWORKS = json.loads((DATA / "reference-networks.json").read_text(encoding="utf-8"))
NETWORK = {network["id"]: network for network in NETWORKS["networks"]}


class Run:
    """A result, and what the standard errors of its figures need."""

    def __init__(self, result: sr.SimulationResult) -> None:
        self.result = result
        self.n_draws = result.n_draws
        self.duration = result.duration
        self.replicates = result.replicates

    def error(self, values, random: float) -> float:
        """Standard error of a mean over draws: of stratified ones by replicates, of random ones as it is known."""
        return random if self.replicates.size is None else float(self.replicates.mean_error(values))

    @cached_property
    def measures(self):
        return sr.sensitivity(self.result)

    @cached_property
    def sd_error(self) -> float:
        """Standard error of the standard deviation, from the fourth moment."""
        deviation = self.duration - self.duration.mean()
        variance, fourth = np.mean(deviation**2), np.mean(deviation**4)
        random = float(np.sqrt((fourth - variance**2) / self.n_draws) / (2 * np.sqrt(variance)))
        return self.error(deviation**2 / (2 * np.sqrt(variance)), random)

    def density(self, share: float, window: float = 0.02) -> float:
        """Estimate the density at a percentile: the share of draws near it over the width that they take."""
        low, high = np.quantile(self.duration, [share - window, share + window])
        return float(2 * window / (high - low))


@dataclass(frozen=True)
class Figure:
    """One number that a simulation has to meet.

    Attributes
    ----------
    case, name : str
    value : float
    find : callable
        Returns from a `Run` the number found and the standard error of finding it.
    decimals : int, optional
        Digits that the reference prints; exact where not given.
    n_draws : int, optional
        Draws that the reference comes from.
    """

    case: str
    name: str
    value: float
    find: Callable[[Run], tuple[float, float]]
    decimals: int | None = None
    n_draws: int | None = None

    def z(self, run: Run, random: Run | None = None) -> float:
        """Return by how many standard errors a run is off: 0 or infinity where there is nothing to err about.

        A run of stratified draws comes with one of random draws, which tells how exact the reference's own draws are.
        """
        found, error = self.find(run)
        plain = run if random is None else random
        error = np.hypot(error, self.reference_error(plain.n_draws, self.find(plain)[1]))
        if error == 0:
            return 0.0 if np.isclose(found, self.value, rtol=1e-12, atol=0) else np.inf
        return float((found - self.value) / error)

    def reference_error(self, n_draws: int, error: float) -> float:
        """Return the standard error of the value itself, given that of `n_draws` draws."""
        sampling = 0.0 if self.n_draws is None else error * np.sqrt(n_draws / self.n_draws)
        # Rounding is uniform over one unit of the last digit.
        rounding = 0.0 if self.decimals is None else 10.0**-self.decimals / np.sqrt(12)
        return float(np.hypot(sampling, rounding))


@dataclass(frozen=True)
class Case:
    """A plan and the figures that its simulation has to meet."""

    id: str
    plan: sr.Plan
    figures: tuple[Figure, ...]
    planned_finish: float | None = None


@dataclass(frozen=True)
class _Source:
    """Where a table of figures comes from."""

    case: str
    decimals: Mapping[str, int] = field(default_factory=dict)
    n_draws: int | None = None
    discrete: bool = False

    def figure(self, name: str, value: float, kind: str, find: Callable[[Run], tuple[float, float]]) -> Figure:
        return Figure(self.case, name, value, find, self.decimals.get(kind), self.n_draws)

    def figures(self, table: Mapping) -> Iterator[Figure]:
        """Yield all figures of a table."""
        sd = table.get("sd")
        if "mean" in table:
            yield self.figure("mean", table["mean"], "times", _mean(sd))
        if sd is not None:
            yield self.figure("sd", sd, "times", lambda run: (float(run.duration.std()), run.sd_error))
        for name, value in table.items():
            if name[0] == "P" and name[1:].isdigit():
                density = 0.0 if self.discrete else table.get("pdf_at", {}).get(name)
                yield self.figure(name, value, "times", _percentile(int(name[1:]), density))
        for when, share in table.get("cdf", ()):
            yield self.figure(f"F({when})", share, "shares", _probability(when, share))
        for (key, column), kind in MEASURES.items():
            for task, value in table.get(key, {}).items():
                yield self.figure(f"{column} of {task}", value, kind, _measure(task, column, value))
        if "weeks_late_43" in table:
            yield self.figure("lateness", table["weeks_late_43"], "weeks_late_43", _lateness)
            yield self.figure("damages", 10_000 * table["weeks_late_43"], "", _damages)


MEASURES = {
    ("criticality", "criticality"): "measures",
    ("pearson_sensitivity", "cruciality"): "measures",
    ("cruciality", "cruciality"): "measures",
    ("ssi", "ssi"): "measures",
}


def _mean(sd: float | None) -> Callable[[Run], tuple[float, float]]:
    return lambda run: (
        float(run.duration.mean()),
        run.error(run.duration, float((run.duration.std() if sd is None else sd) / np.sqrt(run.n_draws))),
    )


def _percentile(percent: int, density: float | None) -> Callable[[Run], tuple[float, float]]:
    share = percent / 100

    def find(run: Run) -> tuple[float, float]:
        found = run.result.percentile(percent)
        if density == 0.0:  # of values with a probability each: met exactly or not at all
            return found, 0.0
        if run.replicates.size is not None:
            return found, run.result.percentile_se(percent)
        return found, float(np.sqrt(share * (1 - share) / run.n_draws) / (density or run.density(share)))

    return find


def _probability(when: float, share: float) -> Callable[[Run], tuple[float, float]]:
    def find(run: Run) -> tuple[float, float]:
        if run.replicates.size is not None:
            return run.result.probability_of_meeting(when), run.result.probability_se(when)
        return run.result.probability_of_meeting(when), float(np.sqrt(share * (1 - share) / run.n_draws))

    return find


def _measure(task: str, column: str, value: float) -> Callable[[Run], tuple[float, float]]:
    def find(run: Run) -> tuple[float, float]:
        if column == "criticality":
            row = [each.id for each in run.result.plan.tasks].index(task)
            found = float(run.result.critical_counts[row] / run.n_draws)
            if run.replicates.size is not None:
                return found, float(run.measures.loc[task, "criticality_se"])
            return found, float(np.sqrt(min(value, 1.0) * (1 - min(value, 1.0)) / run.n_draws))
        return float(run.measures.loc[task, column]), float(run.measures.loc[task, f"{column}_se"])

    return find


def _lateness(run: Run) -> tuple[float, float]:
    outcome = run.result.promise("free of damages")
    return outcome.expected_lateness, outcome.expected_lateness_se


def _damages(run: Run) -> tuple[float, float]:
    outcome = run.result.promise("bid")
    return outcome.expected_damages, outcome.expected_damages_se


def _estimate(dist: Mapping) -> sr.estimates.Estimate:
    makers = {
        "constant": lambda d: sr.Fixed(d["value"]),
        "uniform": lambda d: sr.Uniform(d["min"], d["max"]),
        "triangular": lambda d: sr.Triangular(d["min"], d["mode"], d["max"]),
        "pert": lambda d: sr.Pert(d["min"], d["mode"], d["max"], d["lambda"]),
        "discrete": lambda d: sr.Discrete(d["values"], d["probs"]),
    }
    return makers[dist["type"]](dist)


def _exact_case(case: Mapping) -> Case:
    plan = sr.Plan(
        name=case["title"],
        tasks=[
            sr.Task(
                task["id"],
                _estimate(task["dist"]),
                constraints=[
                    sr.Constraint("SNET", task[field]) for field in ("start_no_earlier_than",) if field in task
                ],
            )
            for task in case["tasks"]
        ],
        links=[sr.Link(link["from"], link["to"], link["type"], lag=link["lag"]) for link in case["links"]],
        risks=[
            sr.Risk(
                risk["id"],
                risk["probability"],
                **{{"additive": "delay", "factor": "factor"}[risk["kind"]]: _estimate(risk["impact"])},
                tasks=risk["tasks"],
            )
            for risk in case.get("risks", ())
        ],
        correlations=[sr.Correlation(each["tasks"], each["spearman"]) for each in case.get("correlations", ())],
    )
    expected = case["expected"]
    source = _Source(case["id"], discrete="pmf" in expected)
    return Case(case["id"], plan, tuple(source.figures(expected)), expected.get("cpm_at_mode"))


def network_plan(network: Mapping, kind: type[sr.estimates.Estimate] = sr.Triangular, **options) -> sr.Plan:
    """Return the plan of a published network, its three points read as `kind`."""

    def estimate(given):
        if isinstance(given, dict):
            return sr.Discrete(map(float, given), given.values())
        return kind(*given) if isinstance(given, list) else sr.Fixed(given)

    tasks = [sr.Task(task, estimate(given), after=after) for task, (given, after) in network["tasks"].items()]
    return sr.Plan(name=network["id"], unit=network.get("unit", "d"), tasks=tasks, **options)


def _network_cases() -> Iterator[Case]:
    kinds = {"triangular": sr.Triangular, "pert": sr.Pert}
    damages = sr.Damages(10_000, per="week", whole=False, grace=2)
    museum = [sr.Promise("bid", by=41, damages=damages), sr.Promise("free of damages", by=43)]
    for network in NETWORK.values():
        promises = museum if network["id"] == "brook-museum" else []
        for kind in network.get("simulated", {"triangular": {}} if "exact" in network else {}):
            case = f"{network['id']}, {kind}" if "simulated" in network else network["id"]
            exact, simulated = network.get("exact", {}), network.get("simulated", {}).get(kind, {})
            figures = [
                *_Source(case, discrete="simulated" not in network).figures(exact),
                *_Source(case, network.get("decimals", {}), NETWORKS["n_draws"]).figures(simulated),
            ]
            plan = network_plan(network, kinds[kind], promises=promises)
            yield Case(case, plan, tuple(figures), network.get("planned_finish"))


REFERENCES = {case.id: case for case in [*map(_exact_case, CASES), *_network_cases()]}
