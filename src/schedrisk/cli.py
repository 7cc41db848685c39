"""The command line: ``schedrisk run | check | convert | schema | calendar``."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import textwrap
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from schedrisk.calendars import Calendar
from schedrisk.errors import ArgumentError, Problem, SchedriskError, SchedriskWarning, shown
from schedrisk.estimates import Fixed
from schedrisk.io import document_schema, read, read_register, read_scale, write
from schedrisk.io.promise_text import with_promise_text
from schedrisk.model import Plan, Scale
from schedrisk.result.precision import parse_precision
from schedrisk.wording import money_text

if TYPE_CHECKING:
    from schedrisk.report import Report
    from schedrisk.result import SimulationResult

__all__ = ["main"]

BAD_INPUT, GATE = 2, 3
DEFAULT_SEED = 0
WIDTH = 80
EVERY = "all"  # mitigations
LONG_RUN = 50_000_000  # task-draws; shorter runs are over before a bar is read


def _guarded(command: Callable[..., Any]) -> Callable[..., Any]:
    """Tell our errors as messages with exit code 2, and our warnings as notes."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", SchedriskWarning)
            try:
                result = command(*args, **kwargs)
            except SchedriskError as error:
                _notes(caught)
                _say_error(error)
                sys.exit(BAD_INPUT)
        _notes(caught)
        return result

    return run


def _notes(caught: Sequence[warnings.WarningMessage]) -> None:
    for each in caught:
        if issubclass(each.category, SchedriskWarning):
            click.echo(_wrapped(f"Note: {each.message}"), err=True)


def _say_error(error: SchedriskError) -> None:
    lines = f"Error: {error}".splitlines()
    click.echo("\n".join(_wrapped(line) for line in lines), err=True)


def _wrapped(text: str) -> str:
    indent = " " * (len(text) - len(text.lstrip()))
    return textwrap.fill(
        text, WIDTH, subsequent_indent=f"{indent}  ", break_long_words=False, break_on_hyphens=False,
        replace_whitespace=False,
    )  # fmt: skip


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDTH})
@click.version_option(version("schedrisk"), prog_name="schedrisk")
def cli() -> None:
    """Tell the chance of keeping a promised date, and which date can be promised.

    A PLAN is a .toml, .json, .csv or .xlsx file (`schedrisk schema` describes the first two), a Primavera P6 export
    (.xer), Microsoft Project's XML (.xml), or, with the extra `mpp`, an .mpp or another schedule that MPXJ reads.
    """


def _shares(_: click.Context, option: click.Parameter, value: float | None) -> float | None:
    if value is not None and not 0 <= value <= 1:
        raise click.BadParameter(f"{value} is not a chance from 0 to 1 (70 % is written 0.7)", param=option)
    return value


def _of_a_schedule(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how to read a schedule of another tool."""
    project = click.option("--project", metavar="ID", help="Which project, where the file holds several.")
    estimates = click.option(
        "--estimates", metavar="FILE|LOW,MODE,HIGH", help="Three-point estimates: a .csv or .xlsx, or three fields."
    )
    register = click.option("--register", metavar="FILE", help="Add the risks of a .csv or .xlsx.")
    scale = click.option("--scale", metavar="FILE", help="What its words mean: a .toml or .json with a table scale.")

    @wraps(command)
    def with_source(
        project: str | None, estimates: str | None, register: str | None, scale: str | None, **options: Any
    ) -> Any:
        return command(source=_Source(project, estimates, register, scale), **options)

    return project(estimates(register(scale(with_source))))


@dataclass(frozen=True)
class _Source:
    """What is read beside a plan's file."""

    project: str | None
    estimates: str | None
    register: str | None
    scale: str | None

    def plan(self, path: Path) -> Plan:
        """Read a plan; three names separated by commas are fields, anything else is a file."""
        names = [each.strip() for each in (self.estimates or "").split(",")]
        plan = read(path, project=self.project, estimates=names if len(names) == 3 else self.estimates)
        if self.scale is not None and self.register is None:
            raise ArgumentError([Problem("--scale", shown(self.scale), "a register beside it", "give --register FILE")])
        return (
            plan
            if self.register is None
            else plan.with_risks(read_register(self.register, plan, scale=self._scale(path)))
        )

    def _scale(self, path: Path) -> Scale | None:
        if self.scale is None:  # a plan document may hold it
            return read_scale(path) if path.suffix.lower() in {".toml", ".json"} else None
        scale = read_scale(self.scale)
        if scale is None:
            raise ArgumentError([Problem("--scale", shown(self.scale), "a document with a table scale")])
        return scale


@cli.command()
@click.argument("plan", type=click.Path(path_type=Path))
@_of_a_schedule
@click.option("--draws", type=int, default=10_000, show_default=True, help="Number of simulated histories.")
@click.option(
    "--sampling",
    type=click.Choice(["random", "latin", "sobol"]),
    default="random",
    show_default=True,
    help="How the histories are drawn.",
)
@click.option(
    "--precision",
    "precisions",
    multiple=True,
    metavar="CHANCE|DAYS",
    help="Draw on until chances are as exact as 0.005, or P80 dates as 0.5d; --draws is then the least.",
)
@click.option("--max-draws", type=int, help="Draw no more than so many for --precision.  [default: 1000000]")
@click.option(
    "--engine", type=click.Choice(["auto", "numpy", "numba"]), default="auto", show_default=True,
    help="What runs the histories; it changes no figure.",
)  # fmt: skip
@click.option("--jobs", type=int, help="Threads; -1 for one on each core.  [default: what suits the engine]")
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True, help="The same seed gives the same figures.")
@click.option(
    "--promise",
    "promises",
    multiple=True,
    metavar="NAME=DATE",
    help="Add a promise, or move one of the plan's; also NAME=13w after TASK.",
)
@click.option(
    "--mitigated", multiple=True, metavar="RISK|all", help="Choose the mitigation of a risk, or all that there are."
)
@click.option(
    "--report", "reports", multiple=True, type=click.Path(path_type=Path), help="Write a .html, .md or .json report."
)
@click.option(
    "--write-back", "back", type=click.Path(path_type=Path),
    help="Write the tasks' dates and percentiles as .xlsx or .csv for P6, or as .xml for Project.",
)  # fmt: skip
@click.option(
    "--write-register", "ranked", type=click.Path(path_type=Path),
    help="Write the risks, and what each did, as .csv or .xlsx.",
)  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
@click.option(
    "--fail-below", type=float, callback=_shares, help="Exit with 3 where a promise has a smaller chance [0–1]."
)
@_guarded
def run(
    plan: Path, source: _Source, draws: int, sampling: str, precisions: tuple[str, ...], max_draws: int | None,
    engine: str, jobs: int | None, seed: int, promises: tuple[str, ...], mitigated: tuple[str, ...],
    reports: tuple[Path, ...], back: Path | None, ranked: Path | None, form: str, fail_below: float | None,
) -> None:  # fmt: skip
    """Simulate PLAN and say what can be promised.

    \b
    schedrisk run plan.toml --report plan.html
    schedrisk run plan.csv --promise delivery=2027-03-01 --fail-below 0.8
    """  # noqa: D301  (\b tells click to keep the lines)
    from schedrisk.simulation import simulate

    outputs = _Outputs(reports, back, ranked)
    outputs.check()
    made = source.plan(plan)
    for text in promises:
        made = with_promise_text(made, text)
    asked = [text.rpartition("=")[0].strip() for text in promises]
    gated = asked or [promise.name for promise in made.promises]
    if fail_below is not None and not gated:
        raise ArgumentError(
            [Problem("--fail-below", "a plan without promises", "a promise", "give --promise NAME=DATE")]
        )
    _say_if_certain(made)
    progress = sys.stderr.isatty() and len(made.tasks) * draws > LONG_RUN
    until = parse_precision(precisions, max_draws, promised=bool(made.promises))
    result = simulate(
        made, draws, rng=seed, sampling=sampling, until=until, mitigated=_chosen(mitigated, made), engine=engine,
        n_jobs=jobs, progress=progress,
    )  # fmt: skip
    foremost = next(iter(gated), None)
    report = outputs.write(result, foremost)
    click.echo(_csv(result) if form == "csv" else report.json() if form == "json" else _text(result), nl=False)
    if form == "text" and (source.register is not None or ranked is not None):
        from schedrisk.report.risk_lines import risk_lines

        click.echo("\n" + "\n".join(risk_lines(result, promise=foremost)))
    outputs.say(err=form != "text")
    if fail_below is not None:
        _gate(result, gated, fail_below)


def _chosen(mitigated: tuple[str, ...], plan: Plan) -> bool | list[str]:
    """Return the risks whose mitigation is chosen; "all" is all of them, unless a risk is called so."""
    every = EVERY in mitigated and EVERY not in {risk.id for risk in plan.risks}
    return True if every else list(mitigated)


@dataclass(frozen=True)
class _Outputs:
    """The files that a run writes."""

    reports: tuple[Path, ...]
    back: Path | None
    ranked: Path | None

    def check(self) -> None:
        """Refuse what cannot be written, before the simulation."""
        from schedrisk.io.register_write import check_register_path
        from schedrisk.io.writeback import check_back_path
        from schedrisk.report.report import check_report_path

        for path in self.reports:
            check_report_path(path)
        if self.back is not None:
            check_back_path(self.back)
        if self.ranked is not None:
            check_register_path(self.ranked)

    def write(self, result: SimulationResult, promise: str | None) -> Report:
        """Write the files; the risks are weighed for a promise. Returns the report."""
        from schedrisk.io import write_back, write_register
        from schedrisk.report.report import Report

        report = Report(result)
        for path in self.reports:
            report.write(path)
        if self.back is not None:
            write_back(result, self.back)
        if self.ranked is not None:
            write_register(result, self.ranked, promise=promise, effects=True)
        return report

    def say(self, *, err: bool) -> None:
        """Name the files."""
        for path in self.reports:
            click.echo(f"Report: {path}", err=err)
        for what, file in (("Dates", self.back), ("Register", self.ranked)):
            if file is not None:
                click.echo(f"{what}: {file}", err=err)


def _say_if_certain(plan: Plan) -> None:
    """Note where every draw will be the same, as in a schedule that nobody has given estimates yet."""
    if not plan.risks and all(isinstance(task.estimate, Fixed) for task in plan.tasks if task.has_work):
        note = "Note: nothing in this plan is uncertain, so every draw is the same; it needs three-point estimates"
        click.echo(_wrapped(f"{note} (--estimates, templates) or risks."), err=True)


def _text(result: SimulationResult) -> str:
    summary = result.summary
    lines = [_wrapped(f"{summary.heading}, seed {result.entropy}"), *map(_wrapped, summary.notes), ""]
    if not summary.promises:
        lines += [f"planned finish  {summary.moment(summary.planned_finish)}"]
        lines += [f"P{percent}  {summary.moment(moment)}" for percent, moment in summary.percentiles]
    for outcome in summary.promises:
        lines += [*(_wrapped(line) for line in str(outcome).splitlines()), ""]
    if any(risk.has_cost for risk in result.plan.risks) or result.mitigated:
        total = result.costs().iloc[-1]
        mean = f"{money_text(total['mean'])} (± {money_text(1.96 * total['mean_se'])})"
        lines += ["", "Risks, mitigations and damages cost"] if lines[-1] else ["Risks, mitigations and damages cost"]
        lines.append(f"  {mean} on average, P50 {money_text(total['p50'])}, P80 {money_text(total['p80'])}")
    return "\n".join(lines).rstrip() + "\n"


CSV_COLUMNS = (
    "name", "task", "by", "probability", "probability_low", "probability_high", "planned_finish", "planned_margin",
    "p10", "p50", "p80", "p90", "expected_lateness", "expected_lateness_calendar", "expected_damages",
    "probability_without", "within", "after", "planned_due", "promisable_80", "promisable_90",
)  # fmt: skip


def _csv(result: SimulationResult) -> str:
    """Return one row per promise; what a spreadsheet would take for a formula gets an apostrophe."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for outcome in result.summary.promises:
        low, high = outcome.interval
        known = {"probability_low": low, "probability_high": high}
        values = (known[column] if column in known else getattr(outcome, column) for column in CSV_COLUMNS)
        writer.writerow([_cell(value) for value in values])
    return text.getvalue()


def _cell(value: Any) -> Any:
    if value is None or (isinstance(value, float) and value != value):  # noqa: PLR0124  (NaN: not known)
        return ""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def _gate(result: SimulationResult, names: Sequence[str], least: float) -> None:
    outcomes = [result.promise(name) for name in names]
    failed = [outcome for outcome in outcomes if outcome.probability < least]
    for outcome in failed:
        click.echo(
            _wrapped(f"Below {least:g}: promise {outcome.name!r} has a chance of {outcome.probability:.4g}"), err=True
        )
    if failed:
        sys.exit(GATE)


@cli.command()
@click.argument("plan", type=click.Path(path_type=Path))
@_of_a_schedule
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--fail-on", type=click.Choice(["error", "warning", "info"]), help="Exit with 3 on findings this grave or graver."
)
@click.option("--all", "everything", is_flag=True, help="Write every finding in full, however many are alike.")
@_guarded
def check(plan: Path, source: _Source, form: str, everything: bool, fail_on: str | None) -> None:
    """Look for what is legal but suspicious in PLAN."""
    from schedrisk.checks import check as check_plan
    from schedrisk.checks.text import lines_of

    table = check_plan(source.plan(plan), detail=True)
    findings = table.astype(object).where(table.notna(), None).to_dict("records")
    if form == "json":
        click.echo(json.dumps(findings, ensure_ascii=False, indent=2))
    else:
        for line in lines_of(table, everything=everything):
            click.echo(_wrapped(line))
        click.echo(f"{len(findings):,} finding{'s' * (len(findings) != 1)}" if findings else "nothing suspicious")
    grave = ["error", "warning", "info"]
    if fail_on is not None and any(grave.index(each["severity"]) <= grave.index(fail_on) for each in findings):
        sys.exit(GATE)


@cli.command()
@click.argument("plan", metavar="SOURCE", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@_of_a_schedule
@_guarded
def convert(plan: Path, source: _Source, target: Path) -> None:
    """Write the plan in SOURCE as TARGET; the suffixes say how."""
    write(source.plan(plan), target)
    click.echo(f"Wrote {target}")


@cli.command()
def schema() -> None:
    """Print the JSON Schema of plan documents."""
    click.echo(json.dumps(document_schema(), indent=2))


@cli.command()
@click.argument("country")
@click.option("--subdivision", help="A part of the country, such as BY.")
@click.option("--year", "years", type=int, multiple=True, help="Years to list; several times for several.")
@_guarded
def calendar(country: str, subdivision: str | None, years: tuple[int, ...]) -> None:
    """Print the [calendar] table of COUNTRY, a code such as CN, with its days as dates."""
    from schedrisk.io import to_toml
    from schedrisk.model import Task

    made = Calendar.for_country(country, subdivision=subdivision, years=sorted(years) or None)
    text = to_toml(Plan(calendar=made, tasks=[Task("any", 0)]))
    start = text.index("[calendar]")
    click.echo(text[start:].partition("\n[[")[0].rstrip())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; an interrupted or abandoned one ends quietly."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that is not UTF-8 must not break the answer
    try:
        status = cli.main(
            args=None if arguments is None else list(arguments), prog_name="schedrisk", standalone_mode=False
        )
    except click.ClickException as error:
        error.show()
        sys.exit(BAD_INPUT)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that flushing at exit finds a place
        sys.exit(0)
    sys.exit(status if isinstance(status, int) else 0)
