"""What many simulations say, without their draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schedrisk.errors import Problem, UnknownNameError, did_you_mean, shown
from schedrisk.model import Plan
from schedrisk.result import SimulationResult
from schedrisk.result.figures import Figures
from schedrisk.result.summary import Summary
from schedrisk.sampling.design import Sampling
from schedrisk.wording import number_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PERCENTS", "Scenario", "Scenarios", "Settings"]

PERCENTS = (10, 50, 80, 90)
MOST_SHOWN = 10


@dataclass(frozen=True)
class Settings:
    """How many plans are simulated: all of them alike.

    Attributes
    ----------
    n_draws : int
        As asked for.
    entropy : int
        What `rng` stood for.
    sampling : str or Sampling
        Of Sobol' points with the dimensions of the first plan, which the others inherit.
    mitigated : bool or frozenset of str
        Which mitigations are chosen, of those that a plan has.
    engine : str
    keep : {"figures", "results"}
    """

    n_draws: int
    entropy: int
    sampling: str | Sampling
    mitigated: bool | frozenset[str]
    engine: str
    keep: str


@dataclass(frozen=True, repr=False)
class Scenario:
    """What the simulation of one plan says.

    Attributes
    ----------
    summary : Summary
        The figures that a `SimulationResult` shows, with the outcome of every promise.
    mean : datetime64 or float
        Of the project finish [date, or plan unit from day 0].
    mean_se, sd : float
        Standard error of the mean, and standard deviation of the finish [working days; plan unit without dates].
    percentile_se : tuple of float
        Standard errors of P10, P50, P80 and P90.
    seconds : float
        How long it took.

    Examples
    --------
    >>> from schedrisk.model import Plan, Task
    >>> from schedrisk.simulation.many import simulate_many
    >>> scenario = simulate_many({"sold": Plan(tasks=[Task("a", "2/3/5")])}, 1_000, rng=1)["sold"]
    >>> round(scenario.mean, 1), round(scenario.sd, 1)
    (3.1, 0.5)
    """

    summary: Summary
    mean: Any
    mean_se: float
    sd: float
    percentile_se: tuple[float, ...]
    seconds: float = field(default=0.0, compare=False)

    @classmethod
    def of(cls, result: SimulationResult, seconds: float) -> Scenario:
        """Take from a simulation what is kept."""
        figures = Figures(result.finish_ticks, result.replay.network.axis, result.replicates)
        errors = tuple(figures.percentile_se(percent) for percent in PERCENTS)
        sd = figures.amount(float(figures.working.std()))
        return cls(result.summary, figures.mean(), figures.mean_se(), sd, errors, seconds)

    def figures(self) -> dict[str, Any]:
        """Return a row of `Scenarios.to_frame`."""
        row = {"n_draws": self.summary.n_draws, "planned_finish": self.summary.planned_finish}
        row |= {"mean": self.mean, "mean_se": self.mean_se, "sd": self.sd}
        for (percent, moment), error in zip(self.summary.percentiles, self.percentile_se, strict=True):
            row |= {f"p{percent}": moment, f"p{percent}_se": error}
        for promise in self.summary.promises:
            row |= {
                f"kept: {promise.name}": promise.probability,
                f"kept_se: {promise.name}": promise.probability_se,
                f"lateness: {promise.name}": promise.expected_lateness,
            }
        return row

    def __repr__(self) -> str:
        return self.summary.text()

    def _repr_html_(self) -> str:
        return self.summary.html()


@dataclass(frozen=True, eq=False, repr=False)
class Scenarios(Mapping[str, Scenario]):
    """What the simulations of many plans say: a mapping of their names to their figures.

    Attributes
    ----------
    plans : mapping of str to Plan
        Those that have been simulated.
    settings : Settings
        How.
    entropy, sampling
        What to hand to another `simulate_many` or `simulate` as `rng` and `sampling`, so that its draws pair with these.

    Examples
    --------
    >>> from schedrisk.model import Plan, Promise, Task
    >>> from schedrisk.simulation.many import simulate_many
    >>> plan = Plan(tasks=[Task("a", "2/3/5"), Task("b", "1/2/9", after=["a"])], promises=[Promise("show", by=6)])
    >>> plans = {f"{days} days": plan.replace_task("b", estimate=f"1/2/{days}") for days in (4, 6, 9)}
    >>> scenarios = simulate_many(plans, 1_000, rng=1)
    >>> scenarios.to_frame()["kept: show"].round(1).to_dict()
    {'4 days': 0.8, '6 days': 0.7, '9 days': 0.5}
    >>> scenarios.result("9 days").n_draws
    1000
    """

    plans: Mapping[str, Plan]
    settings: Settings
    _scenarios: Mapping[str, Scenario]
    _results: Mapping[str, SimulationResult]
    _simulate: Any

    @property
    def entropy(self) -> int:
        """What `rng` stood for."""
        return self.settings.entropy

    @property
    def sampling(self) -> str | Sampling:
        """How draws were made."""
        return self.settings.sampling

    def __getitem__(self, name: str) -> Scenario:
        try:
            return self._scenarios[name]
        except KeyError:
            problem = Problem("scenario", shown(name), "the name of a plan", did_you_mean(name, self._scenarios))
            raise UnknownNameError([problem]) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._scenarios)

    def __len__(self) -> int:
        return len(self._scenarios)

    def result(self, name: str) -> SimulationResult:
        """Return the whole result of a plan: the one that was kept, or else its draws are drawn again, the same.

        Raises
        ------
        UnknownNameError
            When there is no such plan.
        """
        _ = self[name]
        if name in self._results:
            return self._results[name]
        found: SimulationResult = self._simulate(self.settings, self.plans[name])
        return found

    def to_frame(self) -> pd.DataFrame:
        """Return one row per plan.

        Returns
        -------
        DataFrame
            Index `plan` (the name); columns

            n_draws
                Number of draws.
            planned_finish, mean, p10, p50, p80, p90
                Of the project [date, or plan unit from day 0].
            mean_se, p10_se … p90_se
                Their standard errors, of each plan by itself [working days; plan unit in a plan without dates]. The
                draws are common, so that differences between plans are more certain: ``compare`` tells how much.
            sd
                Standard deviation of the finish [working days; plan unit].
            kept: NAME, kept_se: NAME
                Chance of keeping each promise and its standard error [0–1]; NaN where a plan has no such promise.
            lateness: NAME
                Expected lateness, over all draws [working days; plan unit].
        """
        import pandas as pd

        return pd.DataFrame(
            [scenario.figures() for scenario in self._scenarios.values()], index=pd.Index(list(self), name="plan")
        )

    def __repr__(self) -> str:
        lines = [f"Scenarios: {len(self):,} plan{'s' * (len(self) != 1)}, {self.settings.n_draws:,} draws each"]
        width = max((len(name) for name in list(self)[:MOST_SHOWN]), default=0)
        for name, scenario in list(self._scenarios.items())[:MOST_SHOWN]:
            summary = scenario.summary
            dates = dict(summary.percentiles)
            kept = "".join(f", {each.name} {number_text(100 * each.probability)} %" for each in summary.promises[:2])
            lines.append(
                f"  {name:<{min(width, 30)}.30}  P50 {summary.moment(dates[50])}, P80 {summary.moment(dates[80])}{kept}"
            )
        if len(self) > MOST_SHOWN:
            lines.append(f"  … and {len(self) - MOST_SHOWN:,} more")
        lines.append(f"  rng={self.entropy}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        html: str = self.to_frame().to_html()
        return html
