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
from schedrisk.estimates.derived import Shifted, Truncated
from schedrisk.estimates.fitting import PERCENTILE_PATTERN, percentile_name
from schedrisk.estimates.histogram import Histogram
from schedrisk.estimates.kinds import KINDS
from schedrisk.estimates.metalog import Metalog
from schedrisk.estimates.mixture import Mixture
from schedrisk.estimates.normal import Lognormal, Normal
from schedrisk.estimates.scipy_distribution import Scipy
from schedrisk.estimates.steps import Discrete, Empirical, Fixed
from schedrisk.estimates.three_point import Pert

__all__ = ["EstimateField", "EstimateLike", "parse_estimate"]

EstimateLike: TypeAlias = Estimate | str | float | Mapping[str, object]
"""What can be given for an estimate."""

LONGEST_TEXT = 1_000
LONGEST_LIST = 5_000_000  # some 250,000 observations in full precision
DEEPEST = 20  # of estimates within estimates

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"  # a digit fits one place only: no backtracking
_THREE_POINT = re.compile(rf"({_NUMBER})\s*/\s*({_NUMBER})\s*/\s*({_NUMBER})")
_CALL = re.compile(r"([A-Za-z_]+)\s*\((.*)\)", re.DOTALL)
_ARGUMENT = re.compile(rf"(?:(?P<name>[A-Za-z]\w*)\s*=\s*)?(?P<value>{_NUMBER})(?:\s*:\s*(?P<weight>{_NUMBER}))?")
_SCIPY_ARGUMENT = re.compile(rf"([A-Za-z_]\w*)\s*=\s*({_NUMBER})")
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
    try:
        if isinstance(value, str):
            return _from_text(value)
        if isinstance(value, Mapping):
            return _from_table(value)
    except RecursionError:
        raise EstimateError([Problem("", shown(type(value)), "fewer estimates within estimates")]) from None
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
    if kind in _NESTED:
        return _with_parts(kind, text, _split(text, call[2]))
    return _of_scipy(text, call[2]) if kind is Scipy else _call(kind, text, _arguments(text, call[2]))


def _split(text: str, listed: str) -> list[str]:
    """Part what stands between the brackets at the commas that are in no further brackets."""
    parts, begin, depth = [], 0, 0
    for sign in re.finditer(r"[(),]", listed):
        depth += {"(": 1, ")": -1}.get(sign[0], 0)
        if not 0 <= depth <= DEEPEST:
            raise EstimateError([Problem("", shown(text), f"brackets in pairs, at most {DEEPEST} within each other")])
        if sign[0] == "," and depth == 0:
            parts.append(listed[begin : sign.start()])
            begin = sign.end()
    if depth:
        raise EstimateError([Problem("", shown(text), "brackets in pairs")])
    return [each.strip() for each in [*parts, listed[begin:]]]


def _with_parts(kind: type[Any], text: str, arguments: list[str]) -> Estimate:
    """Make an estimate of which the first argument, or every one, is an estimate."""
    wrong = EstimateError([Problem("", shown(text), _FORMS.get(kind, _NESTED[kind]), "give each value once")])
    if kind is Mixture:
        pairs = [each.rpartition(":") for each in arguments]
        if not all(part.strip() and re.fullmatch(_NUMBER, weight.strip()) for part, _, weight in pairs):
            raise wrong
        return Mixture([part.strip() for part, _, _ in pairs], [float(weight) for _, _, weight in pairs])
    names = argument_names(kind)
    first, *rest = arguments
    part = re.sub(r"^estimate\s*=", "", first)
    matches = [_ARGUMENT.fullmatch(each) for each in rest]
    fields: dict[str, Any] = {}
    for name, match in zip(names[1:], matches, strict=False):
        if match is None or match["weight"] is not None or (match["name"] or name) in fields:
            raise wrong
        fields[match["name"] or name] = float(match["value"])
    if not part or len(rest) > len(names) - 1:
        raise wrong
    return kind(part.strip(), **fields)  # type: ignore[no-any-return]


def _of_scipy(text: str, listed: str) -> Estimate:
    """Make an estimate of a distribution's name and its parameters."""
    name, *rest = (each.strip() for each in listed.split(","))
    matches = [_SCIPY_ARGUMENT.fullmatch(each) for each in rest]
    given = {match[1]: float(match[2]) for match in matches if match is not None}
    if not re.fullmatch(r"[A-Za-z]\w*", name) or len(given) != len(rest):
        raise EstimateError([Problem("", shown(text), _FORMS[Scipy], "name each parameter, once")])
    return Scipy(name, given)


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
    if len(named) == len(arguments) and _by_percentiles(kind, named):
        return _from_fields(kind, named)
    listed = kind in _LISTS
    fits = len(named) + len(plain) == len(arguments) and not (listed and named)
    fits &= len(weights) == {Discrete: len(arguments), Histogram: len(arguments) - 1}.get(kind, 0)
    fits = fits and (kind is not Histogram or arguments[-1]["weight"] is None)
    if not fits or (not listed and (len(plain) > len(fields) or named.keys() & set(fields[: len(plain)]))):
        raise EstimateError([Problem("", shown(text), form, "give each value once")])
    if listed:
        return kind(plain, weights) if weights else kind(plain)  # type: ignore[no-any-return]
    return _from_fields(kind, dict(zip(fields, plain, strict=False)) | named)


_BY_MODE: tuple[type[Any], ...] = (Lognormal, Normal)
"""The kinds that are also given by their most likely value."""
_LISTS: tuple[type[Any], ...] = (Discrete, Empirical, Histogram)
"""The kinds whose text is a list of any length."""
_NESTED: dict[type[Any], str] = {
    Mixture: "mixture(estimate: weight, …)",
    Shifted: "shifted(estimate, by)",
    Truncated: "truncated(estimate, low=…, high=…)",
}
"""The kinds that have estimates as parts."""
_FORMS: dict[type[Any], str] = {
    Discrete: "discrete(value: probability, …)",
    Empirical: "empirical(observation, …)",
    Histogram: "histogram(edge: probability of the bin from there, …, last edge)",
    Metalog: "metalog(p10=…, p50=…, p90=…, low=…, high=…, terms=…)",
    Scipy: "scipy(name, shape=…, loc=…, scale=…)",
    **_NESTED,
}
"""Texts that are not a kind's fields in their order."""

_LONG = "|".join(kind.__name__ for kind in (*_LISTS, *_NESTED))
_LIST = re.compile(rf"\s*(?:{_LONG})\s*\(", re.IGNORECASE)


def _from_fields(kind: type[Any], fields: dict[str, Any]) -> Estimate:
    """Make an estimate from its fields, or from percentiles in place of some of them."""
    if kind in _BY_MODE and fields.keys() == {"mode", "sd"}:
        return kind.from_mode(**fields)  # type: ignore[no-any-return]
    if _by_percentiles(kind, fields):
        missing = [name for name in kind.beside_percentiles if name not in fields]
        if missing:
            remedies = [(name, f"give {name!r} beside the percentiles") for name in missing]
            raise EstimateError([Problem(name, "nothing", "a value", remedy) for name, remedy in remedies])
        return kind.from_percentiles(**fields)  # type: ignore[no-any-return]
    if kind is Scipy:
        named = fields.pop("name", None) if "distribution" not in fields else None
        return Scipy(fields.pop("distribution", named), **fields)
    return kind(**fields)  # type: ignore[no-any-return]


def _by_percentiles(kind: type[Any], fields: Mapping[str, object]) -> bool:
    if kind.beside_percentiles is None or not fields:
        return False
    if kind.beside_percentiles == ("mode",):
        return not {"low", "high"} & fields.keys()
    return any(re.fullmatch(PERCENTILE_PATTERN, name) for name in fields)


def _from_table(table: Mapping[Any, object]) -> Estimate:
    fields = dict(table)
    if not all(isinstance(key, str) for key in fields):
        raise EstimateError([Problem("", shown(fields), "a table with text keys")])
    name = fields.pop("kind", "pert" if {"low", "mode", "high"} <= fields.keys() else None)
    if not isinstance(name, str):
        remedy = "give kind, one of " + ", ".join(KINDS)
        raise EstimateError([Problem("kind", shown(name) if name is not None else "nothing", "a kind", remedy)])
    return _from_fields(_kind(name), fields)


def _kind(name: str) -> type[Any]:
    kind = KINDS.get(name.lower())
    if kind is None:
        raise EstimateError(
            [Problem("", f"the unknown kind {shown(name)}", "a kind", did_you_mean(name.lower(), KINDS))]
        )
    return kind


def _tables(name: str, kind: type[Any]) -> list[dict[str, Any]]:
    """Return the JSON Schemas of the tables that describe a kind."""
    if kind is Scipy:
        return [_SCIPY_TABLE]
    table = TypeAdapter(kind).json_schema()
    fields = {"kind": {"const": name}} | table["properties"]
    table |= {"properties": fields, "additionalProperties": False}
    table["required"] = (["kind"] if kind is not Pert else []) + table["required"]
    if kind in _BY_MODE:
        by_mode = table | {
            "title": f"{table['title']} by mode",
            "properties": {"kind": fields["kind"], "mode": fields["sd"], "sd": fields["sd"]},
            "required": ["kind", "mode", "sd"],
        }
        return [table, by_mode, _by_percentiles_table(table, kind)]
    return [table] if kind.beside_percentiles is None else [table, _by_percentiles_table(table, kind)]


def _by_percentiles_table(table: dict[str, Any], kind: type[Any]) -> dict[str, Any]:
    beside = {"kind", *kind.beside_percentiles, *kind.optional_beside}
    return {
        "type": "object",
        "title": f"{table['title']} by percentiles",
        "properties": {key: each for key, each in table["properties"].items() if key in beside},
        "patternProperties": {PERCENTILE_PATTERN: {"type": "number", "minimum": 0}},
        "additionalProperties": False,
        "required": ["kind", *kind.beside_percentiles],
    }


_SCIPY_TABLE: dict[str, Any] = {
    "type": "object",
    "title": "Scipy",
    "properties": {
        "kind": {"const": "scipy"},
        "name": {"type": "string", "description": "of a continuous distribution in scipy.stats"},
    },
    "additionalProperties": {"type": "number"},
    "required": ["kind", "name"],
}


# Without flags and named groups, which other languages lack.
_DIGITS = _NUMBER.replace(r"\d", "[0-9]")
_PATTERN = rf"^\s*(?:{_DIGITS}(?:\s*/\s*{_DIGITS}\s*/\s*{_DIGITS})?|[A-Za-z_]+\s*\([\s\S]*\))\s*$"


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
