"""Estimates as documents write them: a number, a text such as ``pert(5, 8, 15)``, or a table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, core_schema

from schedrisk._validation import argument_names, as_number
from schedrisk.errors import MOST_LISTED, EstimateError, Problem, did_you_mean, shown
from schedrisk.estimates.base import Estimate
from schedrisk.estimates.fitting import PERCENTILE_PATTERN, percentile_name
from schedrisk.estimates.histogram import Histogram
from schedrisk.estimates.kinds import KINDS, Discrete, Empirical, Fixed
from schedrisk.estimates.three_point import Pert

__all__ = ["EstimateField", "EstimateLike", "parse_estimate"]

EstimateLike: TypeAlias = Estimate | str | float | Mapping[str, object]
"""What can be given for an estimate."""

LONGEST_TEXT = 1_000
LONGEST_LIST = 5_000_000  # some 250,000 observations in full precision

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"  # a digit fits one place only: no backtracking
_THREE_POINT = re.compile(rf"({_NUMBER})\s*/\s*({_NUMBER})\s*/\s*({_NUMBER})")
_CALL = re.compile(r"([A-Za-z_]+)\s*\((.*)\)", re.DOTALL)
_ARGUMENT = re.compile(rf"(?:(?P<name>[A-Za-z]\w*)\s*=\s*)?(?P<value>{_NUMBER})(?:\s*:\s*(?P<weight>{_NUMBER}))?")
_EXPECTED = 'an estimate such as 10, "5/8/15", "pert(5, 8, 15)" or "triangular(p10=5, mode=8, p90=15)"'


def parse_estimate(value: object) -> Estimate:
    """Read an estimate.

    Parameters
    ----------
    value : Estimate, float, str or mapping
        ``10`` and ``"10"`` are fixed, ``"5/8/15"`` is PERT, ``"kind(…)"`` takes a kind's arguments in order or by name,
        a table has `kind` and the kind's fields; without `kind`, low, mode and high are PERT.

    Returns
    -------
    Estimate

    Raises
    ------
    EstimateError
        With every fault found.

    Examples
    --------
    >>> parse_estimate("5/8/15")
    Pert(low=5.0, mode=8.0, high=15.0, weight=4.0, ends=(0.0, 100.0))
    >>> str(parse_estimate("discrete(7: 0.5, 10: 0.5)"))
    'discrete(7: 0.5, 10: 0.5)'
    """
    if isinstance(value, Estimate):
        return value
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, Mapping):
        return _from_table(value)
    if isinstance(as_number(value), float):
        return Fixed(as_number(value))  # type: ignore[arg-type]
    raise EstimateError([Problem("", shown(value), _EXPECTED)])


def _from_text(text: str) -> Estimate:
    if len(text) > (LONGEST_LIST if _LIST.match(text) else LONGEST_TEXT):
        raise EstimateError([Problem("", f"a text of {len(text):,} characters", _EXPECTED)])
    stripped = text.strip()
    if re.fullmatch(_NUMBER, stripped):
        return Fixed(float(stripped))
    if points := _THREE_POINT.fullmatch(stripped):
        return Pert(*(float(each) for each in points.groups()))
    call = _CALL.fullmatch(stripped)
    if call is None:
        raise EstimateError([Problem("", shown(text), _EXPECTED)])
    kind = _kind(call[1])
    return _call(kind, text, _arguments(text, call[2]))


def _arguments(text: str, listed: str) -> list[re.Match[str]]:
    """Take apart what stands between the brackets."""
    matches, bad = [], []
    for part in listed.split(",") if listed.strip() else ():
        match = _ARGUMENT.fullmatch(part.strip())
        if match is None:
            bad.append(part)
        else:
            matches.append(match)
        if len(bad) > MOST_LISTED:  # of megabytes of garbage the first lines say enough
            break
    if bad:
        place = f"in {shown(text)}"
        raise EstimateError([Problem(place, shown(part.strip()), "a number, or name=number") for part in bad])
    return matches


def _call(kind: type[Any], text: str, arguments: list[re.Match[str]]) -> Estimate:
    """Make an estimate from the arguments in its text."""
    named = {each["name"]: float(each["value"]) for each in arguments if each["name"]}
    plain = [float(each["value"]) for each in arguments if not each["name"]]
    weights = [float(each["weight"]) for each in arguments if each["weight"] is not None]
    fields = [name for name in argument_names(kind) if name != "ends"]
    form = _FORMS.get(kind, f"{kind.__name__.lower()}({', '.join(fields)})")
    listed = kind in _FORMS
    fits = len(named) + len(plain) == len(arguments) and not (listed and named)
    fits &= len(weights) == {Discrete: len(arguments), Histogram: len(arguments) - 1}.get(kind, 0)
    fits = fits and (kind is not Histogram or arguments[-1]["weight"] is None)
    if not fits or (not listed and (len(plain) > len(fields) or named.keys() & set(fields[: len(plain)]))):
        raise EstimateError([Problem("", shown(text), form, "give each value once")])
    if listed:
        return kind(plain, weights) if weights else kind(plain)  # type: ignore[no-any-return]
    return _three_point_or_plain(kind, dict(zip(fields, plain, strict=False)) | named)


_FORMS: dict[type[Any], str] = {
    Discrete: "discrete(value: probability, …)",
    Empirical: "empirical(observation, …)",
    Histogram: "histogram(edge: probability of the bin from there, …, last edge)",
}
"""The kinds whose text is a list of any length."""

_LIST = re.compile(rf"\s*(?:{'|'.join(kind.__name__ for kind in _FORMS)})\s*\(", re.IGNORECASE)


def _three_point_or_plain(kind: type[Any], fields: dict[str, Any]) -> Estimate:
    """Make an estimate from its fields, or from percentiles in place of low and high."""
    if hasattr(kind, "from_percentiles") and fields and not {"low", "high"} & fields.keys():
        if "mode" not in fields:
            raise EstimateError([Problem("mode", "nothing", "a value", "give 'mode' beside the percentiles")])
        return kind.from_percentiles(**fields)  # type: ignore[no-any-return]
    return kind(**fields)  # type: ignore[no-any-return]


def _from_table(table: Mapping[Any, object]) -> Estimate:
    fields = dict(table)
    if not all(isinstance(key, str) for key in fields):
        raise EstimateError([Problem("", shown(fields), "a table with text keys")])
    name = fields.pop("kind", "pert" if {"low", "mode", "high"} <= fields.keys() else None)
    if not isinstance(name, str):
        remedy = "give kind, one of " + ", ".join(KINDS)
        raise EstimateError([Problem("kind", shown(name) if name is not None else "nothing", "a kind", remedy)])
    return _three_point_or_plain(_kind(name), fields)


def _kind(name: str) -> type[Any]:
    kind = KINDS.get(name.lower())
    if kind is None:
        raise EstimateError(
            [Problem("", f"the unknown kind {shown(name)}", "a kind", did_you_mean(name.lower(), KINDS))]
        )
    return kind


def _tables(name: str, kind: type[Any]) -> list[dict[str, Any]]:
    """Return the JSON Schemas of the tables that describe a kind."""
    table = TypeAdapter(kind).json_schema()
    fields = {"kind": {"const": name}} | table["properties"]
    table |= {"properties": fields, "additionalProperties": False}
    table["required"] = (["kind"] if kind is not Pert else []) + table["required"]
    if not hasattr(kind, "from_percentiles"):
        return [table]
    by_percentiles = {
        "type": "object",
        "title": f"{table['title']} by percentiles",
        "properties": {key: each for key, each in fields.items() if key not in {"low", "high", "ends"}},
        "patternProperties": {PERCENTILE_PATTERN: {"type": "number", "minimum": 0}},
        "additionalProperties": False,
        "required": ["kind", "mode"],
    }
    return [table, by_percentiles]


# Without flags and named groups, which other languages lack.
_DIGITS = _NUMBER.replace(r"\d", "[0-9]")
_PATTERN = rf"^\s*(?:{_DIGITS}(?:\s*/\s*{_DIGITS}\s*/\s*{_DIGITS})?|[A-Za-z_]+\s*\([^()]*\))\s*$"


class _Form:
    """Tells pydantic how an estimate is read, written and described."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            parse_estimate, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        tables = [table for name, kind in KINDS.items() for table in _tables(name, kind)]
        text = {
            "type": "string",
            "pattern": _PATTERN,
            "description": f"a number, low/mode/high (PERT), or kind(…) with kind one of {', '.join(KINDS)}; "
            f"percentiles are named {percentile_name(10)}, {percentile_name(2.5)} …",
            "examples": [
                "10",
                "5/8/15",
                "triangular(5, 8, 15)",
                "pert(p10=5, mode=8, p90=15)",
                "discrete(7: 0.5, 10: 0.5)",
            ],
        }
        return {"title": "Estimate", "anyOf": [{"type": "number", "minimum": 0}, text, *tables]}


EstimateField = Annotated[Estimate, _Form]
"""The type of a record's field that holds an estimate."""
