"""check(plan): what is legal in a plan, and probably not meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from schedrisk.checks.correlation import CORRELATION_RULES
from schedrisk.checks.dates import DATE_RULES
from schedrisk.checks.facts import MOST_ALIKE, Facts, Finding, Rule, Section, Severity
from schedrisk.checks.imposed import IMPOSED_RULES
from schedrisk.checks.logic import LOGIC_RULES
from schedrisk.checks.measures import MEASURES
from schedrisk.checks.perturbed import PERTURBED_RULES
from schedrisk.checks.progress import PROGRESS_RULES
from schedrisk.checks.thresholds import THRESHOLDS, limits_with
from schedrisk.checks.uncertainty import UNCERTAINTY_RULES
from schedrisk.checks.weather import WEATHER_RULES
from schedrisk.model import Plan

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RULES", "THRESHOLDS", "check"]

RULES: tuple[Rule, ...] = (
    *PROGRESS_RULES, *MEASURES, *PERTURBED_RULES, *IMPOSED_RULES, *LOGIC_RULES, *UNCERTAINTY_RULES,
    *CORRELATION_RULES, *DATE_RULES, *WEATHER_RULES,
)  # fmt: skip
"""Every rule. To add one, write a function from facts to findings and enter it where it belongs."""

COLUMNS = ("severity", "rule", "id", "where", "finding", "value", "threshold", "why", "remedy")


def check(plan: Plan, *, thresholds: Mapping[str, float] | None = None, detail: bool = False) -> pd.DataFrame:
    """Return what in a plan is legal and suspicious.

    Many rules are those of the DCMA 14-point assessment and of the GAO Schedule Assessment Guide (GAO-16-89G, 2015);
    the others are about estimates, risks and promises, which these do not cover.

    Parameters
    ----------
    plan : Plan
    thresholds : mapping of str to float, optional
        Limits to go by instead of the defaults in `schedrisk.checks.THRESHOLDS`: shares of 1, working days.
    detail : bool
        One row for every finding, however many there are of a kind.

    Returns
    -------
    DataFrame
        One row per finding, the gravest first, then the plan as a whole, then in the order of the plan. A measure of
        the DCMA that fails has one row about the plan, with its share, and a row for each task or link that it counts.
        Columns:

        severity
            "error": the plan cannot mean this, and figures from it are wrong. "warning": it probably does not, or the
            answer depends on it. "info": worth a look.
        rule
            Stable identifier, such as "open-end" or "no-spread".
        id
            Id of the task, risk, promise or calendar; of a link "A → B"; empty for the plan as a whole, and where
            many are told as one.
        where
            The part of the plan, such as ``task 'install'``; more than ten findings of a kind are told as one unless
            `detail` is set.
        finding
            What was found, with its values; a sentence whose subject is `where`.
        value, threshold
            What was measured and its limit, NaN where a rule has none: shares of 1, working days.
        why
            Why it matters.
        remedy
            What can be done.

    Raises
    ------
    ArgumentError
        When a threshold is unknown or no number of 0 or more.

    Examples
    --------
    >>> from schedrisk.model import Plan, Promise, Task
    >>> plan = Plan(tasks=[Task("dig", "2/3/8"), Task("build", "4/4/9", after=["dig"])], promises=[Promise("done", by=5)])
    >>> check(plan)[["severity", "rule", "where"]].to_dict("split")["data"]
    [['warning', 'promise-impossible', "promise 'done'"], ['info', 'mode-at-end', "task 'build'"]]
    """
    import pandas as pd

    facts = Facts(plan, limits_with(thresholds))
    # A link that is there twice would tell everything twice.
    found = list({(each.rule, each.where, each.finding): each for rule in RULES for each in rule(facts)}.values())
    findings = found if detail else _grouped(found)
    gravest, order = get_args(Severity), get_args(Section)
    findings.sort(key=lambda each: (gravest.index(each.severity), order.index(each.section), each.number))
    rows = [[getattr(each, column) for column in COLUMNS] for each in findings]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype({"value": float, "threshold": float})


def _grouped(findings: Iterable[Finding]) -> list[Finding]:
    """Tell many findings of one kind as one, with the first of them in full."""
    kinds: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        kinds.setdefault((finding.severity, finding.rule, finding.section), []).append(finding)
    told: list[Finding] = []
    for alike in kinds.values():
        if len(alike) <= MOST_ALIKE:
            told += alike
            continue
        first, *others = alike
        names = ", ".join(each.where.removeprefix(f"{each.section} ") for each in others[:3])
        more = f"likewise {names}" + (f" and {len(others) - 3:,} more" if len(others) > 3 else "")
        where = f"{first.where} and {len(others):,} more"
        told.append(replace(first, id="", where=where, finding=f"{first.finding}; {more}", value=_worst(alike)))
    return told


def _worst(alike: list[Finding]) -> float | None:
    """Return the value that lies furthest beyond its threshold; None where the rule has no values."""
    pairs = [(each.value, each.threshold or 0.0) for each in alike if each.value is not None]
    return max(pairs, key=lambda pair: abs(pair[0] - pair[1]))[0] if pairs else None
