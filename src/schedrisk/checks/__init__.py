"""check(plan): what is legal in a plan, and probably not meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from schedrisk.checks.dates import DATE_RULES
from schedrisk.checks.facts import Facts, Finding, Rule, Section, Severity
from schedrisk.checks.logic import LOGIC_RULES
from schedrisk.checks.uncertainty import UNCERTAINTY_RULES
from schedrisk.model import Plan

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RULES", "check"]

RULES: tuple[Rule, ...] = (*LOGIC_RULES, *UNCERTAINTY_RULES, *DATE_RULES)
"""Every rule. To add one, write a function from facts to findings and enter it where it belongs."""

# More findings of one kind than this are told as one.
MOST_ALIKE = 10

COLUMNS = ("severity", "rule", "where", "finding", "remedy")


def check(plan: Plan) -> pd.DataFrame:
    """Return what in a plan is legal and suspicious.

    Many rules are those of the GAO Schedule Assessment Guide (GAO-16-89G, 2015) and of the DCMA 14-point assessment;
    the others are about estimates, risks and promises, which these do not cover.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    DataFrame
        One row per finding, the gravest first, then in the order of the plan. Columns:

        severity
            "error": the plan cannot mean this. "warning": it probably does not, or the answer depends on it. "info":
            worth a look.
        rule
            Stable identifier, such as "open-end" or "no-spread".
        where
            The part of the plan, such as ``task 'install'``; more than ten findings of a kind are told as one.
        finding
            What was found, with its values; a sentence whose subject is `where`.
        remedy
            What can be done.

    Examples
    --------
    >>> from schedrisk.model import Plan, Promise, Task
    >>> plan = Plan(tasks=[Task("dig", "2/3/8"), Task("build", "4/4/9", after=["dig"])], promises=[Promise("done", by=5)])
    >>> check(plan)[["severity", "rule", "where"]].to_dict("split")["data"]
    [['warning', 'promise-impossible', "promise 'done'"], ['info', 'mode-at-end', "task 'build'"]]
    """
    import pandas as pd

    facts = Facts(plan)
    findings = _grouped(finding for rule in RULES for finding in rule(facts))
    gravest, order = get_args(Severity), get_args(Section)
    findings.sort(key=lambda each: (gravest.index(each.severity), order.index(each.section), each.number))
    return pd.DataFrame([[getattr(each, column) for column in COLUMNS] for each in findings], columns=list(COLUMNS))


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
        told.append(replace(first, where=f"{first.where} and {len(others):,} more", finding=f"{first.finding}; {more}"))
    return told
