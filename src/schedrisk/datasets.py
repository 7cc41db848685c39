"""The example plans that come with schedrisk.

>>> from schedrisk import datasets
>>> datasets.names()
['exchange-upgrade', 'museum-bid']
"""

from __future__ import annotations

from pathlib import Path

from schedrisk.errors import Problem, UnknownNameError, did_you_mean, shown
from schedrisk.io import read
from schedrisk.model import Plan

__all__ = ["load", "names", "path"]

# An installed package carries the files itself; in a checkout they stand where people look for them.
_PLACES = (Path(__file__).parent / "examples", Path(__file__).parents[2] / "examples")


def names() -> list[str]:
    """Return the names of the example plans.

    Examples
    --------
    >>> "museum-bid" in names()
    True
    """
    return sorted(file.stem for file in _folder().glob("*.toml"))


def path(name: str) -> Path:
    """Return where the file of an example plan lies.

    Raises
    ------
    UnknownNameError
        When there is no such example.

    Examples
    --------
    >>> path("exchange-upgrade").name
    'exchange-upgrade.toml'
    """
    if name not in names():
        raise UnknownNameError([Problem("name", shown(name), "the name of an example", did_you_mean(name, names()))])
    return _folder() / f"{name}.toml"


def load(name: str) -> Plan:
    """Return an example plan.

    ``exchange-upgrade`` is a telephone exchange sold with "the whole system within one month"; ``museum-bid`` a
    published network in weeks (D. Juran, after Levin, Rubin, Stinson and Gardner 1989, p. 605).

    Raises
    ------
    UnknownNameError
        When there is no such example.

    Examples
    --------
    >>> len(load("museum-bid").tasks)
    13
    """
    return read(path(name))


def _folder() -> Path:
    return next(place for place in _PLACES if place.is_dir())
