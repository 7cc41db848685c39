"""Validated records: pydantic dataclasses whose faults come out as schedrisk's own errors."""

from __future__ import annotations

import dataclasses
import datetime as dt
import numbers
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Annotated, Any, Self, TypeGuard, TypeVar, dataclass_transform, get_args

import numpy as np
from pydantic import BeforeValidator, ConfigDict, Field, StrictStr, ValidationError, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import ArgsKwargs, ErrorDetails

from schedrisk.errors import ArgumentError, CycleError, Problem, ProblemsError, did_you_mean, shown

__all__ = [
    "Date",
    "FrozenDict",
    "Name",
    "Names",
    "Number",
    "Replaceable",
    "argument_names",
    "as_number",
    "as_plain",
    "as_tuple",
    "checked_whole",
    "is_whole",
    "parse_date",
    "problems_of",
    "record",
    "require",
]

T = TypeVar("T")

MOST_FINDINGS = 10_000

CONFIG = ConfigDict(extra="forbid", revalidate_instances="never")


def as_number(value: object) -> object:
    """Let real numbers of any make (int, NumPy scalar …) pass as float; leave the rest alone."""
    if isinstance(value, numbers.Real | np.number) and not isinstance(value, bool | np.bool_):
        try:
            return float(value)
        except OverflowError:
            return float("inf")
    return value


def is_whole(value: object) -> TypeGuard[int]:
    """Tell whether a value is an integer of any make, and not a truth value."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


class FrozenDict(dict[Any, Any]):
    """A dict that cannot be changed, for fields of frozen records."""

    def _refuse(self, *_: object, **__: object) -> Any:
        raise TypeError("a field of a plan cannot be changed; make a new plan with replace()")

    __setitem__ = __delitem__ = update = pop = popitem = setdefault = clear = __ior__ = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type, tuple[dict[Any, Any]]]:
        return type(self), (dict(self),)


def require(value: object, kind: type | tuple[type, ...], place: str, expected: str, remedy: str = "") -> None:
    """Refuse an argument that is of another kind.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> require("x", int, "n_draws", "a whole number")
    Traceback (most recent call last):
    schedrisk.errors.ArgumentError: n_draws: found 'x', expected a whole number
    """
    if not isinstance(value, kind):
        raise ArgumentError([Problem(place, shown(value), expected, remedy)])


def as_tuple(value: object) -> object:
    """Let any ordered iterable pass as a tuple; leave the rest alone."""
    # A lone string would be taken apart letter by letter; mappings and sets have no order to keep.
    if isinstance(value, str | bytes | Mapping | set | frozenset) or not isinstance(value, Iterable):
        return value
    return tuple(value)


def as_plain(value: object) -> Any:
    """Turn tuples to lists and whole floats to integers: 5 reads better than 5.0 and means the same."""
    if isinstance(value, dict):
        return {key: as_plain(each) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [as_plain(each) for each in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


def parse_date(value: object) -> object:
    """Turn what people write for a date into `date` or `datetime`; leave the rest alone.

    Accepts ISO text (``2026-12-31``, ``2026-12-31T17:00``), `datetime64`, pandas timestamps and the standard
    library's dates. An instant with a time zone is refused: a plan lives in the local time of its calendar.
    """
    if isinstance(value, np.datetime64):
        whole_days = np.datetime_data(value)[0] in {"Y", "M", "W", "D"}
        value = "NaT" if np.isnat(value) else value.astype(f"datetime64[{'D' if whole_days else 's'}]").item()
    if isinstance(value, str):
        text = value.strip()
        try:
            value = dt.date.fromisoformat(text) if len(text) == 10 else dt.datetime.fromisoformat(text)
        except ValueError:
            raise _expected_date(value) from None
    if isinstance(value, dt.datetime) and value == value:  # noqa: PLR0124  (pandas' NaT is a datetime, unequal to itself)
        if value.tzinfo is not None:
            raise ProblemsError(
                [Problem("", shown(value.isoformat()), "a local date without a time zone", "leave the offset out")]
            )
        # Plain datetime, whole seconds: subclasses and microseconds would not survive a document.
        return dt.datetime(value.year, value.month, value.day, value.hour, value.minute, value.second)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    raise _expected_date(value)


def _expected_date(value: object) -> ProblemsError:
    return ProblemsError([Problem("", shown(value), "a date such as 2026-12-31 or 2026-12-31T17:00")])


def _normal(value: object) -> object:
    # The same name typed on two systems, or in a padded cell of a spreadsheet, must be one name.
    if not isinstance(value, str):
        return value
    if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
        # Half a sign, as JSON can spell it: no file could hold it.
        raise ProblemsError([Problem("", shown(value), "text of whole signs", "remove the lone surrogates")])
    return unicodedata.normalize("NFC", value).strip()


class Replaceable:
    """A frozen record, of which changed copies are made."""

    def replace(self, **changes: Any) -> Self:
        """Return a new record with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]


Number = Annotated[float, BeforeValidator(as_number), Field(strict=True, allow_inf_nan=False)]
Name = Annotated[StrictStr, BeforeValidator(_normal), Field(min_length=1)]
Names = Annotated[tuple[Name, ...], BeforeValidator(as_tuple)]
Date = Annotated[dt.datetime | dt.date, BeforeValidator(parse_date)]


@dataclass_transform(frozen_default=True)
def record(error: type[ProblemsError]) -> Callable[[type[T]], type[T]]:
    """Make a class a frozen pydantic dataclass that raises `error` where validation fails.

    A class may define a static method ``more_problems(arguments)``: it is given the raw arguments when their
    validation failed, and returns what can be found wrong with them as a whole, so that every fault comes at once.
    """

    def decorate(cls: type[T]) -> type[T]:
        made: Any = dataclass(frozen=True, config=CONFIG)(cls)
        validate = made.__init__
        names = argument_names(made)
        aliases = {name: field.alias for name, field in made.__pydantic_fields__.items() if field.alias}

        @wraps(validate)
        def initialise(self: object, /, *args: object, **kwargs: object) -> None:
            # dataclasses.replace gives what it leaves as it is by the attribute's name, not by the argument's.
            if given := aliases.keys() & kwargs.keys():
                kwargs = {aliases[name]: kwargs.pop(name) for name in given} | kwargs
            try:
                # As pydantic's own __init__ does, which would stumble over a key named like its first argument.
                made.__pydantic_validator__.validate_python(ArgsKwargs(args, kwargs), self_instance=self)
            except ValidationError as failure:
                arguments = dict(zip(names, args, strict=False)) | kwargs
                problems = problems_of(failure, made, arguments)
                if hasattr(made, "more_problems"):
                    problems += made.more_problems(arguments)
                raise _as_error(failure, error, problems) from None

        made.__init__ = initialise
        return made  # type: ignore[no-any-return]

    return decorate


def checked_whole(error: type[ProblemsError]) -> Any:
    """Return a validator that raises what `more_problems` finds in a record whose parts are right one by one."""

    def check(made: Any) -> Any:
        if problems := made.more_problems(vars(made)):
            raise error(problems)
        return made

    return model_validator(mode="after")(check)


def argument_names(cls: type) -> list[str]:
    """Return the names under which a record's fields are given, in order."""
    return [field.alias or name for name, field in getattr(cls, "__pydantic_fields__", {}).items()]


def problems_of(failure: ValidationError, cls: type, arguments: Mapping[str, object]) -> list[Problem]:
    """Translate pydantic's findings on `arguments` for `cls` into problems, in the user's words."""
    problems: list[Problem] = []
    findings = failure.errors(include_url=False)
    for finding in findings[:MOST_FINDINGS]:
        cause = _cause(finding)
        place = _place(_named(finding["loc"], cls), cls, arguments)
        if isinstance(cause, ProblemsError):
            problems += [
                dataclasses.replace(each, place=", ".join(filter(None, (place, each.place)))) for each in cause.problems
            ]
        else:
            problems.append(_translated(finding, place, cls))
    if len(findings) > MOST_FINDINGS:
        problems.append(Problem("", f"{len(findings) - MOST_FINDINGS:,} more faults", "none", "mend these first"))
    return list(dict.fromkeys(problems))


def _named(loc: tuple[int | str, ...], cls: type) -> tuple[int | str, ...]:
    """Give a positional argument, which pydantic knows by number, its field's name."""
    names = argument_names(cls)
    if loc and isinstance(loc[0], int) and loc[0] < len(names):
        return (names[loc[0]], *loc[1:])
    return loc


def _cause(finding: ErrorDetails) -> object:
    return finding.get("ctx", {}).get("error")


def _as_error(failure: ValidationError, error: type[ProblemsError], problems: list[Problem]) -> ProblemsError:
    problems = list(dict.fromkeys(problems))
    for finding in failure.errors(include_url=False):
        cause = _cause(finding)
        if isinstance(cause, CycleError):
            return CycleError(cause.cycle, problems)
    return error(problems)


def _translated(finding: ErrorDetails, place: str, cls: type) -> Problem:
    kind, loc = finding["type"], finding["loc"]
    if kind in {"unexpected_keyword_argument", "unexpected_positional_argument"}:
        record_class = _record_at(cls, loc[:-1])
        known = argument_names(record_class) if record_class else []
        return Problem(place, f"the unknown key {shown(loc[-1])}", "a known key", did_you_mean(loc[-1], known))
    if kind.startswith("missing"):
        return Problem(place, "nothing", "a value", f"give {str(loc[-1])!r}")
    if kind.endswith("too_short") and isinstance(finding["input"], str):
        return Problem(place, shown(finding["input"]), "text with at least one sign that is not blank")
    expected = (
        finding["msg"]
        .removeprefix("Input should be ")
        .replace("a valid string", "text")
        .replace("valid ", "")
        .replace("a integer", "an integer")
        .replace(" after validation", "")
    )
    return Problem(place, shown(finding["input"]), expected)


def _place(loc: tuple[int | str, ...], cls: type, arguments: Mapping[str, object]) -> str:
    """Say where `loc` is: ``task 'install', estimate``."""
    words: list[str] = []
    here: object = arguments
    for part in loc:
        here = _inside(here, part)
        if isinstance(part, int):
            collection = words.pop() if words else "item"
            label = next((each for key in ("id", "name") if (each := _inside(here, key)) is not None), None)
            words.append(f"{_singular(collection)} {shown(label) if isinstance(label, str) else part + 1}")
        else:
            words.append(part)
    own = next((arguments[key] for key in ("id", "name") if isinstance(arguments.get(key), str)), None)
    name = cls.__name__.lower()
    if name in _NAMED and own is not None:
        words.insert(0, f"{name} {shown(own)}")
    return ", ".join(words)


_NAMED = {"task", "risk", "promise", "calendar", "weather", "closure", "branch", "decision"}


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word.removesuffix("es") if word.endswith("ches") else word.removesuffix("s")


def _inside(value: object, part: int | str) -> object:
    try:
        if isinstance(part, int) or isinstance(value, Mapping):
            return value[part]  # type: ignore[index]
    except (KeyError, IndexError, TypeError):
        return None
    return getattr(value, part, None)


def _record_at(cls: type, loc: tuple[int | str, ...]) -> type | None:
    """Return the record class that the value at `loc` should be."""
    here: type | None = cls
    for part in loc:
        if isinstance(part, int) or here is None:
            continue
        fields: Mapping[str, Any] = getattr(here, "__pydantic_fields__", {})
        here = _first_record(fields[part].annotation) if part in fields else None
    return here


def _first_record(annotation: Any) -> type | None:
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        return annotation
    return next((found for each in get_args(annotation) if (found := _first_record(each))), None)
