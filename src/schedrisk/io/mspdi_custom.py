"""Custom fields of Microsoft Project XML: three-point estimates and codes of tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from schedrisk.errors import ArgumentError, Problem, did_you_mean, shown
from schedrisk.estimates import Pert
from schedrisk.io.mspdi_fields import FIELD_IDS, Faults, parse_hours
from schedrisk.io.mspdi_tasks import TaskRecord
from schedrisk.model.moments import LONGEST

__all__ = ["CustomFields"]

ENDS = ("low", "mode", "high")


class CustomFields:
    """The custom fields of tasks.

    Parameters
    ----------
    names : mapping of int to tuple of str
        Alias and name by the number of the field, as far as the file defines them.
    estimates : sequence of three str, optional
        Names or aliases of the fields with the low, the most likely and the high duration.
    faults : Faults
    """

    def __init__(self, names: Mapping[int, tuple[str, ...]], estimates: Sequence[str] | None, faults: Faults) -> None:
        self.faults = faults
        self.names = {number: (name,) for name, number in FIELD_IDS.items()}
        self.names |= {number: (*given, *self.names.get(number, ())) for number, given in names.items() if given}
        self.columns = () if estimates is None else self._columns(estimates)

    def _columns(self, estimates: Sequence[str]) -> tuple[tuple[str, int], ...]:
        """Return name and number of the three fields of estimates."""
        if isinstance(estimates, str) or len(estimates) != 3:
            problem = Problem("estimates", shown(estimates), "three names of fields: low, most likely, high")
            raise ArgumentError([problem])
        numbers: dict[str, int] = {}
        # Later entries win: an alias is a better name than that of a field, which others may have for their alias.
        for place in (1, 0):
            for number, names in self.names.items():
                if 188_743_000 <= number < 188_800_000 and len(names) > place:
                    numbers[names[place].casefold()] = number
        known = {names[0] for names in self.names.values()}
        found: list[tuple[str, int]] = []
        for name in estimates:
            wanted = numbers.get(name.strip().casefold())
            if wanted is None:
                self.faults.add("estimates", shown(name), "a custom field of tasks", did_you_mean(name, sorted(known)))
            else:
                found.append((name, wanted))
        return tuple(found) if len(found) == 3 else ()

    def estimate(self, record: TaskRecord) -> Pert | None:
        """Return the estimate that a task's fields give, None where it has none of them."""
        given = [(name, record.attributes.get(number)) for name, number in self.columns]
        if all(each is None for _, each in given):
            return None
        values: list[float] = []
        for name, each in given:
            place = f"{record.place}, {name}"
            if each is None:
                self.faults.add(
                    place, "nothing", "a duration, as the task has others of the three", "give all three or none"
                )
                continue
            text, line = each
            value = parse_hours(text)
            if value is None:
                try:
                    value = float(text) / 60
                except ValueError:
                    value = -1.0
            if not 0 <= value <= LONGEST:
                expected = "a duration such as PT80H0M0S, or a number of minutes"
                self.faults.add(f"{place} (line {line})", shown(text), expected)
                continue
            values.append(value)
        if len(values) < 3:
            return None
        if values != sorted(values):
            found = ", ".join(f"{end} {value:g} h" for end, value in zip(ENDS, values, strict=True))
            self.faults.add(
                f"{record.place}, {', '.join(self._titles)}", found, "low ≤ mode ≤ high", "put them in order"
            )
            return None
        share = 1.0
        if record.progress.under_way:
            whole = record.progress.done + record.progress.remaining
            share = record.progress.remaining / whole if whole > 0 else 1.0
        return Pert(*(value * share for value in values))

    @cached_property
    def _titles(self) -> list[str]:
        return [name for name, _ in self.columns]

    @property
    def source(self) -> str:
        """What `Task.estimate_from` says of an estimate from fields."""
        return f"fields {', '.join(self._titles)}"

    def codes(self, record: TaskRecord) -> dict[str, str]:
        """Return what the text fields of a task say, by their alias or name."""
        taken = {number for _, number in self.columns}
        return {
            self.names[number][0]: text
            for number, (text, _) in record.attributes.items()
            if number in _TEXTS and number not in taken
        }


_TEXTS = frozenset(number for name, number in FIELD_IDS.items() if name.startswith("Text"))
