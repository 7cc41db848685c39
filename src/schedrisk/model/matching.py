"""Regular expressions of a document: refused where they could run for ever on some text."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator

from schedrisk._validation import Name
from schedrisk.errors import PlanError, Problem, shown

__all__ = ["LONGEST_TEXT", "Pattern", "found_in"]

LONGEST_TEXT = 200
"""So many signs of a text are searched."""

LONGEST_PATTERN = 500
MOST_GROUPS = 20
MOST_WAYS = 10_000_000  # three free repetitions; on a text that is made for the worst, about a second

# What matters to the count of ways: escapes and classes are one sign each, whatever they hold.
_PIECE = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?[aiLmsux-]+\)|\(\?[aiLmsux-]*:|\(\?[=!>]|\(\?<[=!]|\(\?P<\w+>|\(\?P=\w+\)|[()|]"
    r"|(?:[*+?]|\{\d*,?\d*\})[?+]?|.",
    re.DOTALL,
)


def found_in(pattern: str, text: str) -> bool:
    r"""Tell whether a pattern occurs in the first `LONGEST_TEXT` signs of a text.

    Examples
    --------
    >>> found_in(r"^A\d", "A1020"), found_in("valve|pump", "Install Pump")
    (True, False)
    """
    return _compiled(pattern).search(text[:LONGEST_TEXT]) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _checked(pattern: str) -> str:
    """Refuse what is no regular expression, and what could take longer than anyone waits."""
    if len(pattern) > LONGEST_PATTERN:
        raise PlanError([Problem("", f"{len(pattern):,} signs", f"at most {LONGEST_PATTERN}", "use several templates")])
    try:
        _compiled(pattern)
    except (re.error, RecursionError, OverflowError, ValueError) as error:
        remedy = f"{error}; a sign that stands for itself gets a backslash"
        raise PlanError([Problem("", shown(pattern), "a regular expression", remedy)]) from None
    if _ways(pattern) > MOST_WAYS:
        expected = "a regular expression that is quick on every text"
        remedy = "write fewer repetitions, and none of a group that has a repetition or alternatives itself"
        raise PlanError([Problem("", shown(pattern), expected, remedy)])
    return pattern


def _ways(pattern: str) -> float:
    """Return a bound of the ways in which a matcher that goes back and forth may try a pattern at one place.

    Along a sequence ways multiply, over alternatives they add up, and a free repetition of what can match in several
    ways has no bound.
    """
    # Of each open group, and of the whole: ways of the alternatives before, and of the present one.
    groups = [[0.0, 1.0]]
    last = 1.0  # of what stands before, a sign or a group, which may be repeated
    for piece in _PIECE.findall(pattern):
        if piece[0] == "(" and piece[-1] != ")":
            groups.append([0.0, 1.0])
        elif piece == ")" and len(groups) > 1:
            last = sum(groups.pop())
            groups[-1][1] *= last
        elif piece == "|":
            groups[-1] = [sum(groups[-1]), 1.0]
        elif repeated := _repetitions(piece):
            least, most = repeated
            again = 1.0 if last == 1 else math.inf if most > MOST_GROUPS else min(last, MOST_WAYS) ** max(most - 1, 0)
            groups[-1][1] *= (most - least + 1) * again
        else:
            last = 1.0
    return sum(groups[0])


def _repetitions(piece: str) -> tuple[int, int] | None:
    """Return the least and the most repetitions that a quantifier asks for; None where it is none."""
    if piece[0] in "*+?":
        return 0, 1 if piece[0] == "?" else LONGEST_TEXT
    if piece[0] != "{" or not any(sign.isdigit() for sign in piece):
        return None
    low, comma, high = piece.rstrip("?+").strip("{}").partition(",")
    least = min(int(low or 0), LONGEST_TEXT)
    most = int(high) if high else LONGEST_TEXT if comma else least
    return least, max(least, min(most, LONGEST_TEXT))


Pattern = Annotated[Name, AfterValidator(_checked)]
"""The type of a record's field that holds a regular expression."""
