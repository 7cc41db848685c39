"""The exceptions of schedrisk: one tree, each leaf also a built-in of the fitting kind."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = [
    "ArgumentError",
    "CalendarError",
    "CorrelationError",
    "CorrelationWarning",
    "CycleError",
    "EstimateError",
    "ExecutorError",
    "Interrupted",
    "MemoryLimitError",
    "MissingDependencyError",
    "MissingFileError",
    "PlanError",
    "Problem",
    "ProblemsError",
    "ReadError",
    "SchedriskError",
    "SchedriskWarning",
    "UnknownNameError",
    "WriteError",
    "did_you_mean",
    "shown",
]


class SchedriskError(Exception):
    """Base of every error that schedrisk raises on purpose."""


MOST_LISTED = 30


@dataclass(frozen=True)
class Problem:
    """One fault: where it is, what was found, what was expected and how to mend it.

    Attributes
    ----------
    place : str
        Where the fault is, in the words of the user's input: ``task 'install', estimate``.
    found : str
        The offending value, shortened for display.
    expected : str
        What would have been accepted.
    remedy : str
        What to do about it; empty if `expected` says it all.
    """

    place: str
    found: str
    expected: str
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.place}: " if self.place else ""
        text += f"found {self.found}, expected {self.expected}"
        return f"{text}; {self.remedy}" if self.remedy else text


class ProblemsError(SchedriskError, ValueError):
    """An error that carries every fault found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return str(self.problems[0])
        lines = [f"{len(self.problems):,} problems:"]
        lines += [f"  {number}. {problem}" for number, problem in enumerate(self.problems[:MOST_LISTED], 1)]
        if len(self.problems) > MOST_LISTED:
            lines.append(f"  … and {len(self.problems) - MOST_LISTED:,} more")
        return "\n".join(lines)


class PlanError(ProblemsError):
    """A plan, or a part of one, is not valid; `problems` lists every fault found."""


class CycleError(PlanError):
    """The links form a loop; `cycle` names its tasks in order.

    Parameters
    ----------
    cycle : sequence of str
        Ids along the loop, the first one not repeated at the end.
    problems : iterable of Problem, optional
        Every fault of the plan, this loop among them; made from `cycle` when not given.
    """

    def __init__(self, cycle: Sequence[str], problems: Iterable[Problem] | None = None) -> None:
        self.cycle = tuple(cycle)
        super().__init__([self.problem(cycle)] if problems is None else problems)

    @staticmethod
    def problem(cycle: Sequence[str]) -> Problem:
        """Describe a loop as a problem."""
        loop = " → ".join(shown(task) for task in [*cycle, cycle[0]])
        return Problem("links", f"the loop {loop}", "links without a loop", "remove one of these links")


class CorrelationError(PlanError):
    """A correlation is not valid."""


class EstimateError(ProblemsError):
    """An estimate is not valid."""


class CalendarError(ProblemsError):
    """A calendar is not valid, or cannot be had."""


class ArgumentError(ProblemsError):
    """An argument of a function is not valid."""


class ReadError(ProblemsError):
    """A file cannot be read as what it is meant to be.

    Parameters
    ----------
    problems : iterable of Problem
    path : str
        The file.
    row, column : optional
        Where the first fault is, for tables and for syntax errors.
    """

    def __init__(
        self,
        problems: Iterable[Problem],
        path: str,
        *,
        row: int | None = None,
        column: str | int | None = None,
    ) -> None:
        self.path = path
        self.row = row
        self.column = column
        super().__init__(problems)

    def __str__(self) -> str:
        return f"{self.path}: {super().__str__()}"


class MissingFileError(ReadError, FileNotFoundError):
    """The file to read is not there, or is not a file."""


class WriteError(ProblemsError, OSError):
    """A file cannot be written; what stood there before is untouched."""

    def __init__(self, problems: Iterable[Problem], path: str) -> None:
        self.path = path
        super().__init__(problems)

    def __str__(self) -> str:
        return f"{self.path}: {super().__str__()}"


class SchedriskWarning(UserWarning):
    """Something in the input is not used; nothing is wrong with what is."""


class CorrelationWarning(SchedriskWarning):
    """Correlations do not fit together, and the nearest that do are used in their place."""


class UnknownNameError(ProblemsError, KeyError):
    """A name (of a task, a promise, a dataset …) is not known."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, while many plans were simulated.

    Attributes
    ----------
    scenarios : Scenarios
        The plans that had been simulated.
    """

    def __init__(self, message: str, scenarios: Any = None) -> None:
        self.scenarios = scenarios
        super().__init__(message)


class MemoryLimitError(SchedriskError, MemoryError):
    """A request would not fit into this machine's memory; nothing was allocated."""


class ExecutorError(SchedriskError, RuntimeError):
    """The workers of an executor, or the way to them, were lost; the same call with another executor gives the result.

    Attributes
    ----------
    scenarios : Scenarios or None
        Of `simulate_many`: the plans that had been simulated.
    """

    scenarios: Any = None


class MissingDependencyError(SchedriskError, ImportError):
    """An optional package is needed and is not installed."""


def shown(value: object, limit: int = 60) -> str:
    """Return `value` as it is quoted in a message: its repr on one line, shortened.

    Examples
    --------
    >>> shown("a" * 100, limit=10)
    "'aaaaa…aa'"
    """
    if isinstance(value, str):  # a megabyte of garbage is not worth escaping whole
        value = value if len(value) <= 4 * limit else value[: 2 * limit] + value[-2 * limit :]
    text = " ".join(repr(value).split())
    if len(text) <= limit:
        return text
    tail = limit // 4 + 1
    return f"{text[: limit - tail - 1]}…{text[-tail:]}"


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return a remedy that suggests the known name nearest to `name`.

    Examples
    --------
    >>> did_you_mean("instal", ["install", "order"])
    "did you mean 'install'?"
    """
    names = [str(each) for each in known]
    near = difflib.get_close_matches(str(name)[:200], names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {shown(near[0])}?"
    if not names:
        return "none are defined"
    listed = ", ".join(shown(each, 30) for each in names[:6])
    return f"known: {listed}" + (f" and {len(names) - 6} more" if len(names) > 6 else "")
