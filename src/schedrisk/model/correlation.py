"""Correlation: tasks that are long or short together, risks that happen together."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field, StrictBool, ValidationInfo

from schedrisk._validation import Name, Names, Number, Replaceable, as_number, as_tuple, checked_whole, record
from schedrisk.errors import CorrelationError, Problem, shown

__all__ = ["MOST_DEGREES", "SELECTORS", "Correlation", "correlations_without", "with_floor"]

SELECTORS = ("tag", "owner", "wbs")
"""Fields that choose tasks by what they are."""

# With fewer degrees of freedom the table of t would not reach the tails, with more it is as good as normal.
LEAST_DEGREES, MOST_DEGREES = 2.0, 30.0

# Two halves of a matrix that were computed may differ by rounding.
SAME = 1e-9


def _parse_matrix(value: object, info: ValidationInfo) -> object:
    """Let nested sequences, arrays and DataFrames pass as a tuple of rows; a frame's labels are matched to members."""
    if hasattr(value, "columns") and hasattr(value, "to_numpy"):
        value = _in_order(value, info.data.get("tasks") or info.data.get("risks") or ())
    if isinstance(value, np.ndarray):
        value = value.tolist()
    rows = as_tuple(value)
    return tuple(as_tuple(row) for row in rows) if isinstance(rows, tuple) else rows


def _in_order(frame: Any, members: Sequence[str]) -> object:
    """Return the values of a DataFrame in the order of the members."""
    labels = [str(label) for label in frame.columns]
    if [str(label) for label in frame.index] != labels or set(labels) != set(members):
        found = f"rows {shown([str(each) for each in frame.index])} and columns {shown(labels)}"
        raise CorrelationError([Problem("", found, f"both {shown(list(members))}", "label rows and columns alike")])
    places = [labels.index(member) for member in members]
    return frame.to_numpy()[np.ix_(places, places)].tolist()


Share = Annotated[Number, Field(ge=-1, le=1)]
Row = Annotated[tuple[Number, ...], BeforeValidator(as_tuple)]
Matrix = Annotated[tuple[Row, ...], BeforeValidator(_parse_matrix)]


@record(CorrelationError)
class Correlation(Replaceable):
    """Tasks whose durations tend to be long or short together, or risks that tend to happen together.

    It speaks of all pairs among the tasks of a list (`tasks`), among those chosen by `tag`, `owner` or `wbs`, or among
    the risks of a list: with one correlation for all of them (`rho`), or one for each pair (`matrix`). ``everywhere``
    is a floor: no pair of tasks of the plan has less than its `rho`. What a plan does not speak of is independent.

    Each duration keeps its own distribution, and each risk its probability, exactly. A group with one `rho` of 0 or
    more, no member of which is in another, follows a common factor: a task that joins it leaves the draws of the others
    unchanged. All else is drawn by a matrix for everything that is joined to it. Correlations that cannot hold
    together, such as 0.9, 0.9 and −0.9 among three tasks, are replaced by the nearest that can; `correlations` tells
    which.

    Parameters
    ----------
    tasks : iterable of str
        Ids, at least two.
    rho : float
        Spearman's rank correlation of each pair [−1 to 1].
    risks : iterable of str
        Ids of risks, at least two, instead of tasks. The correlation is that of the hidden scores which decide whether
        each of them happens.
    tag, owner, wbs : str, optional
        All tasks with this tag, of this owner, at or under this place of the work breakdown structure, instead of a
        list; but for those that are certain.
    everywhere : bool
        All tasks that are not certain: none of their pairs has less than `rho` [0–1].
    matrix : nested sequence, ndarray or DataFrame, optional
        The rank correlation of each pair, rows and columns in the order of `tasks` or `risks`, instead of `rho`. The
        labels of a DataFrame are matched with them.
    copula : {"gaussian", "t"}
        How the extremes go together. With "t" they come together more often than with "gaussian", at the same rank
        correlation.
    degrees_of_freedom : float, optional
        Of the t copula [2–30]; the fewer, the more often. 4 is usual.
    name : str, optional
        What people call it. The random stream of a common factor is keyed by it; by the first of `tasks` where there
        is no name.

    Raises
    ------
    CorrelationError
        With every fault found.

    Examples
    --------
    >>> Correlation(["excavate", "pour"], 0.3).rho
    0.3
    >>> Correlation(tag="weather", rho=0.5).selector
    ('tag', 'weather')
    >>> Correlation(["a", "b", "c"], matrix=[[1, 0.6, 0.2], [0.6, 1, -0.1], [0.2, -0.1, 1]]).rho_of(1, 2)
    -0.1
    """

    tasks: Names = ()
    rho: Share | None = None
    _: dataclasses.KW_ONLY
    risks: Names = ()
    tag: Name | None = None
    owner: Name | None = None
    wbs: Name | None = None
    everywhere: StrictBool = False
    matrix: Matrix | None = None
    copula: Literal["gaussian", "t"] = "gaussian"
    degrees_of_freedom: Annotated[Number, Field(ge=LEAST_DEGREES, le=MOST_DEGREES)] | None = None
    name: Name | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            tasks: Iterable[str] = (),
            rho: float | None = None,
            *,
            risks: Iterable[str] = (),
            tag: str | None = None,
            owner: str | None = None,
            wbs: str | None = None,
            everywhere: bool = False,
            matrix: Any = None,
            copula: Literal["gaussian", "t"] = "gaussian",
            degrees_of_freedom: float | None = None,
            name: str | None = None,
        ) -> None: ...

    _fits_together = checked_whole(CorrelationError)

    @staticmethod
    def more_problems(arguments: Mapping[str, object]) -> list[Problem]:
        """Return what is wrong with the arguments taken together, where some may have faults of their own."""
        return [*_wrong_choice(arguments), *_wrong_values(arguments), *_wrong_copula(arguments)]

    @property
    def kind(self) -> Literal["task", "risk"]:
        """What it is about."""
        return "risk" if self.risks else "task"

    @property
    def members(self) -> tuple[str, ...]:
        """Ids that are listed."""
        return self.risks or self.tasks

    @property
    def selector(self) -> tuple[str, str] | None:
        """How tasks are chosen, and by what; None where they are listed."""
        return next(((key, value) for key in SELECTORS if (value := getattr(self, key)) is not None), None)

    @property
    def stream(self) -> tuple[str, ...]:
        """What the random stream of a common factor is keyed by."""
        if self.name is not None:
            return (self.name,)
        return self.selector or self.members[:1]

    def rho_of(self, first: int, second: int) -> float:
        """Return the rank correlation of two members by their places."""
        if self.matrix is None:
            return 1.0 if first == second or self.rho is None else self.rho
        return self.matrix[min(first, second)][max(first, second)]

    def without(self, gone: Collection[str]) -> Correlation | None:
        """Return the correlation of the listed members that stay, with the same random stream; None of fewer than two."""
        places = [place for place, each in enumerate(self.members) if each not in gone]
        if len(places) == len(self.members):
            return self
        if len(places) < 2:
            return None
        field = "risks" if self.risks else "tasks"
        changes: dict[str, Any] = {field: [self.members[place] for place in places], "name": self.stream[0]}
        if self.matrix is not None:
            changes["matrix"] = [[self.rho_of(one, other) for other in places] for one in places]
        return dataclasses.replace(self, **changes)


def correlations_without(correlations: Iterable[Correlation], gone: Collection[str]) -> list[Correlation]:
    """Return the correlations of a plan that lacks some risks.

    Examples
    --------
    >>> [each.risks for each in correlations_without([Correlation(risks=["a", "b", "c"], rho=0.5)], ["b"])]
    [('a', 'c')]
    """
    kept = (each.without(gone) if each.risks else each for each in correlations)
    return [each for each in kept if each is not None]


def with_floor(correlations: Iterable[Correlation], rho: float) -> list[Correlation]:
    """Return the correlations of a plan in which no pair of tasks has less than `rho`.

    Examples
    --------
    >>> [(each.everywhere, each.rho) for each in with_floor([Correlation(everywhere=True, rho=0.5)], 0.3)]
    [(True, 0.5)]
    """
    listed = [*correlations, Correlation(everywhere=True, rho=rho)]
    floors = [each for each in listed if each.everywhere]
    return [*(each for each in listed if not each.everywhere), max(floors, key=lambda each: each.rho or 0.0)]


# ---- faults -----------------------------------------------------------------------------------------------------------

CHOICES = ("tasks", "risks", *SELECTORS, "everywhere")


def _wrong_choice(arguments: Mapping[str, object]) -> Iterator[Problem]:
    """Find no choice of members, or several; and the values that do not go with it."""
    given = [key for key in CHOICES if _is_given(arguments.get(key))]
    if len(given) != 1:
        found = " and ".join(given) or "nothing"
        yield Problem("tasks", found, f"one of {', '.join(CHOICES)}", "say which tasks or risks it is about")
        return
    (choice,) = given
    members = arguments[choice]
    if choice in {"tasks", "risks"} and isinstance(members, list | tuple) and len(members) < 2:
        yield Problem(choice, f"only {shown(members[0])}", "at least two", "correlation is between two")
    values = [key for key in ("rho", "matrix") if _is_given(arguments.get(key))]
    if len(values) != 1:
        found = " and ".join(values) or "nothing"
        yield Problem("rho", found, "rho, or matrix", "give one correlation for all pairs, or one for each")
    elif values == ["matrix"] and choice not in {"tasks", "risks"}:
        yield Problem("matrix", f"a matrix for {choice}", "a list of tasks or risks with it", "list them in its order")
    rho = as_number(arguments.get("rho"))
    if choice == "everywhere" and isinstance(rho, float) and -1 <= rho < 0:
        yield Problem("rho", f"{rho:g}", "0 to 1, as it holds everywhere", "not all pairs can be opposed to each other")


def _is_given(value: object) -> bool:
    return value is not None and value is not False and not (isinstance(value, list | tuple) and not value)


def _wrong_copula(arguments: Mapping[str, object]) -> Iterator[Problem]:
    degrees, copula = arguments.get("degrees_of_freedom"), arguments.get("copula", "gaussian")
    if copula == "t" and degrees is None:
        found, expected = "nothing", f"from {LEAST_DEGREES:g} to {MOST_DEGREES:g}, as the copula is t"
        yield Problem("degrees_of_freedom", found, expected, "4 is usual")
    if copula == "gaussian" and degrees is not None:
        yield Problem("degrees_of_freedom", shown(degrees), "none, as the copula is gaussian", 'say copula="t" too')
    if copula == "t" and arguments.get("everywhere") is True:
        yield Problem("copula", "'t'", "'gaussian', as it holds everywhere", "give a group of its own a t copula")


def _wrong_values(arguments: Mapping[str, object]) -> Iterator[Problem]:
    """Find what is wrong with a matrix: its shape, and each pair of its numbers."""
    members = next((arguments[key] for key in ("tasks", "risks") if _is_given(arguments.get(key))), ())
    rows = _numbers(arguments.get("matrix"))
    if rows is None or not isinstance(members, list | tuple):
        return
    size = len(members)
    if len(rows) != size or any(len(row) != size for row in rows):
        widths = sorted({len(row) for row in rows})
        found = f"{len(rows)} rows of {' or '.join(map(str, widths)) or 'no'} numbers"
        yield Problem("matrix", found, f"{size} rows of {size}, one for each that is listed")
        return
    for first in range(size):
        if not abs(rows[first][first] - 1) <= SAME:
            place = f"matrix, {shown(members[first])}"
            yield Problem(place, f"{rows[first][first]:g} on the diagonal", "1", "each is one with itself")
        for second in range(first):
            one, other = rows[second][first], rows[first][second]
            place = f"matrix, {shown(members[second])} – {shown(members[first])}"
            outside = [each for each in dict.fromkeys((one, other)) if not -1 <= each <= 1]
            if outside:
                yield Problem(place, " and ".join(f"{each:g}" for each in outside), "from −1 to 1")
            elif abs(one - other) > SAME:
                remedy = "a matrix of correlations is symmetric"
                yield Problem(place, f"{one:g} above the diagonal and {other:g} below", "the same twice", remedy)


def _numbers(matrix: object) -> list[list[float]] | None:
    """Return the rows of a matrix that has numbers in every cell; None where it has not."""
    if isinstance(matrix, np.ndarray):
        matrix = matrix.tolist()
    if not isinstance(matrix, list | tuple):
        return None
    rows = []
    for row in matrix:
        cells = [as_number(cell) for cell in row] if isinstance(row, list | tuple) else [None]
        if not all(isinstance(cell, float) and math.isfinite(cell) for cell in cells):
            return None
        rows.append([cell for cell in cells if isinstance(cell, float)])
    return rows
