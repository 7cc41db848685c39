"""Public holidays of countries, taken from the `holidays` package and resolved to explicit dates."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, StrictInt

from schedrisk._validation import Name, as_tuple, record
from schedrisk.errors import CalendarError, MissingDependencyError, Problem, did_you_mean, shown

if TYPE_CHECKING:
    from holidays import HolidayBase

__all__ = ["CalendarSource", "CountryDays", "public_days"]

# Fixed, so that the same call gives the same calendar on every day that it is made.
RULE_YEARS = range(2024, 2036)

Year = Annotated[StrictInt, Field(ge=dt.MINYEAR, le=dt.MAXYEAR)]


@record(CalendarError)
class CalendarSource:
    """Where the holidays of a calendar came from; kept in documents, so that an upgrade never moves a date silently.

    Parameters
    ----------
    country : str
        ISO 3166 code of the country, two letters.
    subdivision : str, optional
        Code of the state, province or canton.
    package : str
        Name and version of the package that knew the holidays.
    years : iterable of int
        Years whose holidays were looked up: outside them the calendar knows no holidays.
    last_official_year : int, optional
        Last year whose working weekends have been announced, in countries that exchange working days for days off
        by a yearly decision. Holidays of later years follow from rules and will change. None where there is no such
        custom.

    Examples
    --------
    >>> CalendarSource(country="CN", package="holidays 0.109", years=[2026, 2027], last_official_year=2026).years
    (2026, 2027)
    """

    _: KW_ONLY
    country: Name
    subdivision: Name | None = None
    package: Name
    years: Annotated[tuple[Year, ...], BeforeValidator(as_tuple)]
    last_official_year: Year | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            country: str,
            subdivision: str | None = None,
            package: str,
            years: Iterable[int],
            last_official_year: int | None = None,
        ) -> None: ...


@dataclass(frozen=True)
class CountryDays:
    """What a country's law says about its days.

    Attributes
    ----------
    source : CalendarSource
    weekdays : tuple of int
        Ordinary working weekdays, 0 is Monday.
    holidays : frozenset of date
        Days off, those on a weekend too.
    working_weekends : frozenset of date
        Days of the weekend that are worked in exchange for a day off elsewhere.
    """

    source: CalendarSource
    weekdays: tuple[int, ...]
    holidays: frozenset[dt.date]
    working_weekends: frozenset[dt.date]


def public_days(country: str, subdivision: str | None = None, years: int | Iterable[int] | None = None) -> CountryDays:
    """Look up the public holidays and the working weekends of a country.

    Parameters
    ----------
    country : str
        ISO 3166 code, two or three letters, in any case.
    subdivision : str, optional
        Code or name of a state, province or canton.
    years : int or iterable of int, optional
        Years in ascending order. Where not given: from the year before the last announced year to the third after it in
        countries with working weekends (China with holidays 0.109: 2025 to 2029), otherwise 2024 to 2035, as far as
        the package reaches. A country without working weekends since 2024 counts as one that has given them up.

    Returns
    -------
    CountryDays

    Raises
    ------
    CalendarError
        When the country, the subdivision or the years are not known.
    MissingDependencyError
        When the `holidays` package is not installed.
    """
    package = _package()
    code, wanted = _checked(package, country, years)
    division = _subdivision(package, code, subdivision)
    recent = package.country_holidays(code, subdiv=division, years=_available(package, code, RULE_YEARS))
    official = max((day.year for day in recent.weekend_workdays if day.year in RULE_YEARS), default=None)
    if wanted is None:
        wanted = _available(package, code, RULE_YEARS if official is None else range(official - 1, official + 4))
    found = package.country_holidays(code, subdiv=division, years=wanted, expand=False)
    return CountryDays(
        CalendarSource(
            country=found.country,
            subdivision=division,
            package=f"holidays {package.__version__}",
            years=wanted,
            last_official_year=official,
        ),
        tuple(day for day in range(7) if day not in found.weekend),
        # The package also returns exchanges that cross a new year, whatever years are asked for.
        frozenset(day for day in found if day.year in wanted),
        frozenset(day for day in found.weekend_workdays if day.year in wanted),
    )


def _package() -> Any:
    try:
        import holidays  # heavy: 250 countries' worth of tables, needed by few plans
    except ImportError:
        raise MissingDependencyError(
            "public holidays need the package 'holidays': pip install holidays; or list the dates in the calendar"
        ) from None
    return holidays


def _checked(package: Any, country: object, years: object) -> tuple[str, tuple[int, ...] | None]:
    """Return the country's code and the years asked for; the faults of both come together."""
    codes = package.list_supported_countries(include_aliases=True)
    code = country.strip().upper() if isinstance(country, str) else ""
    problems = [] if code in codes else [_unknown_country(country, codes)]
    wanted = None
    try:
        wanted = _years(years)
    except CalendarError as error:
        problems += error.problems
    if problems:
        raise CalendarError(problems)
    if wanted is not None and (lost := set(wanted) - set(_available(package, code, wanted))):
        raise _out_of_reach(package.country_holidays(code), sorted(lost))
    return code, wanted


def _available(package: Any, code: str, years: Iterable[int]) -> tuple[int, ...]:
    known = package.country_holidays(code)
    return tuple(year for year in years if known.start_year <= year <= known.end_year)


def _years(years: object) -> tuple[int, ...] | None:
    """Check years that were asked for; None stays None."""
    if years is None:
        return None
    listed: Any = [years] if isinstance(years, Integral) else years
    if isinstance(listed, Iterable) and not isinstance(listed, str | bytes):
        # No more than can be right: range(10**12) must not fill the memory.
        chosen = list(itertools.islice(listed, dt.MAXYEAR + 1))
        whole = all(isinstance(year, Integral) and not isinstance(year, bool) for year in chosen)
        if chosen and whole and all(one < two for one, two in itertools.pairwise(chosen)):
            return tuple(map(int, chosen))
    raise CalendarError(
        [Problem("years", shown(years), "whole years in ascending order", "give, for example, range(2026, 2030)")]
    )


def _out_of_reach(known: HolidayBase, years: list[int]) -> CalendarError:
    listed = ", ".join(map(str, years[:5])) + (f" and {len(years) - 5} more" if len(years) > 5 else "")
    expected = f"years from {known.start_year} to {known.end_year}, which are known for {known.country}"
    return CalendarError([Problem("years", listed, expected, "list the holidays of other years in the calendar")])


def _unknown_country(country: object, codes: Iterable[str]) -> Problem:
    from holidays.registry import COUNTRIES

    names = {names[0].lower(): names[1] for names in COUNTRIES.values()}
    remedy = did_you_mean("".join(filter(str.isalnum, str(country)[:100])).lower(), names)
    if remedy.startswith("did you mean"):
        name = remedy.split("'")[1]
        remedy = f"did you mean {names[name]!r}?"
    else:
        remedy = did_you_mean(str(country)[:100].upper(), [code for code in codes if len(code) == 2])
    return Problem("country", shown(country), "an ISO 3166 country code such as 'CN'", remedy)


def _subdivision(package: Any, code: str, subdivision: object) -> str | None:
    """Return the code of a subdivision that was given by code or by name."""
    if subdivision is None:
        return None
    aliases = package.country_holidays(code).subdivisions_aliases
    known = {each: each for each in package.list_supported_countries(include_aliases=True)[code]} | aliases
    folded = {name.casefold(): each for name, each in known.items()}
    wanted = subdivision.strip().casefold() if isinstance(subdivision, str) else ""
    if wanted not in folded:
        expected = f"a subdivision of {code}" if known else f"nothing, as {code} has no subdivisions here"
        remedy = did_you_mean(subdivision, known) if known else "leave it out"
        raise CalendarError([Problem("subdivision", shown(subdivision), expected, remedy)])
    return str(folded[wanted])
