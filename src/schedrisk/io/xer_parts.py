"""What the activities of a XER refer to: calendars, work breakdown, codes, resources, user-defined fields."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from schedrisk.calendars import Calendar
from schedrisk.errors import CalendarError, did_you_mean, shown
from schedrisk.io.xer_calendar import calendar_of, parse_working_time
from schedrisk.io.xer_tables import Faults, Row, Tables, clean
from schedrisk.model.logic import LAG_CALENDARS

__all__ = ["CalendarShelf", "ThreePoint", "Work", "activity_codes", "resource_work", "three_points", "wbs_paths"]

DEEPEST = 100


class CalendarShelf:
    """The calendars of a file, each parsed when it is first used.

    Parameters
    ----------
    tables : Tables
    faults : Faults
        Gets those of calendars that are used.

    Attributes
    ----------
    names : dict of str to str
        Unique names by clndr_id.
    notes : list of str
        What is not used as it stands.
    """

    def __init__(self, tables: Tables, faults: Faults) -> None:
        self._faults = faults
        self._rows = {row["clndr_id"]: row for row in tables.rows("CALENDAR", faults, ["clndr_id", "clndr_data"])}
        self.names = _unique_names(
            {key: row["clndr_name"] or f"calendar {key}" for key, row in self._rows.items()}, LAG_CALENDARS
        )
        self._used: dict[str, Calendar | None] = {}
        self.notes: list[str] = []

    def name(self, row: Row, column: str) -> str | None:
        """Return the name of the calendar that a cell refers to; None for a blank, and for a fault, which is noted."""
        key = row[column]
        if not key:
            return None
        if key not in self._rows and key not in self._used:
            self._faults.add(row, column, shown(key), "the id of a calendar of the file", "export the project again")
            self._used[key] = None
        return None if self.calendar(key) is None else self.names[key]

    def calendar(self, key: str) -> Calendar | None:
        """Return a calendar by id; None for one with faults, which are noted."""
        if key not in self._used:
            self._used[key] = None
            if key not in self._rows:
                return None
            try:
                self._used[key] = self._parsed(key)
            except CalendarError as error:
                for each in error.problems:
                    label = f"{each.found} in calendar {shown(self.names[key])}"
                    self._faults.add(self._rows[key], "clndr_data", label, each.expected, each.remedy)
        return self._used[key]

    def works(self, key: str) -> bool:
        """Tell whether there is a calendar of this id with working time, without using it."""
        try:
            return key in self._rows and bool(parse_working_time(self._data(key)).week)
        except CalendarError:
            return False

    def others(self, key: str) -> list[Calendar]:
        """Return the calendars used besides one, and note which unused ones do not work."""
        for each, row in self._rows.items():
            if each not in self._used and not self.works(each):
                name = clean(row["clndr_name"])
                self.notes.append(f"calendar {name!r}, which nothing uses, has no working time and is left out")
        return [each for used, each in self._used.items() if each is not None and used != key]

    def _parsed(self, key: str) -> Calendar:
        time = parse_working_time(self._data(key))
        if time.left_out:
            name = self.names[key]
            self.notes.append(f"{time.left_out} exceptions of calendar {name!r} before 1900 or after 2100 are left out")
        return calendar_of(self.names[key], time)

    def _data(self, key: str) -> str:
        """Return a calendar's record, or that of the nearest calendar it is derived from which has one."""
        seen: set[str] = set()
        while key in self._rows and key not in seen:
            if data := self._rows[key]["clndr_data"]:
                return data
            seen.add(key)
            key = self._rows[key]["base_clndr_id"]
        return ""


def _unique_names(names: dict[str, str], reserved: Iterable[str] = ()) -> dict[str, str]:
    """Return the names by id, with the id added where two would be the same."""
    plain = {key: unicodedata.normalize("NFC", clean(name)) for key, name in names.items()}
    times = Counter([*plain.values(), *reserved])
    taken = set(reserved)
    for key, name in plain.items():
        unique = name if times[name] == 1 else f"{name} ({key})"
        while unique in taken:
            unique += f" ({key})"
        taken.add(unique)
        plain[key] = unique
    return plain


def wbs_paths(tables: Tables, faults: Faults, project: str, at_root: Collection[str] = ()) -> dict[str, str]:
    """Return the dotted path of every element of a project's work breakdown structure by its id.

    Parameters
    ----------
    tables, faults
    project : str
        Its proj_id.
    at_root : collection of str
        Elements that need a path: where the project's own node is one of them, all paths begin with it; they begin
        below it otherwise, and its own is "".
    """
    rows = {row["wbs_id"]: row for row in tables.rows("PROJWBS", faults, ["wbs_id"]) if row["proj_id"] == project}
    roots = {key for key, row in rows.items() if row["proj_node_flag"] == "Y"}
    paths: dict[str, str] = {} if roots & set(at_root) else dict.fromkeys(roots, "")
    taken: set[str] = set()
    for key, row in rows.items():
        chain: list[str] = []
        here = key
        while here in rows and here not in paths and len(chain) <= DEEPEST:
            chain.append(here)
            here = rows[here]["parent_wbs_id"]
        if len(chain) > DEEPEST or paths.get(here, "").count(".") + len(chain) > DEEPEST:
            expected = f"elements nested {DEEPEST} deep at most, and none within itself"
            faults.add(row, "parent_wbs_id", shown(row["parent_wbs_id"]), expected)
            return paths
        for each in reversed(chain):
            label = clean(rows[each]["wbs_short_name"] or rows[each]["wbs_name"] or each).replace(".", "_")
            above = "" if each in roots else paths.get(rows[each]["parent_wbs_id"], "")
            path = f"{above}.{label}" if above else label
            paths[each] = path if path not in taken else f"{path}_{each}"
            taken.add(paths[each])
    return paths


def activity_codes(tables: Tables, faults: Faults, tasks: Collection[str]) -> dict[str, dict[str, str]]:
    """Return the codes of activities: by task_id, the short name of each code by the name of its type."""
    types = _unique_names({row["actv_code_type_id"]: row["actv_code_type"] for row in tables.rows("ACTVTYPE", faults)})
    values = {
        row["actv_code_id"]: clean(row["short_name"] or row["actv_code_name"])
        for row in tables.rows("ACTVCODE", faults)
    }
    codes: dict[str, dict[str, str]] = {}
    for row in tables.rows("TASKACTV", faults):
        kind, value = types.get(row["actv_code_type_id"]), values.get(row["actv_code_id"])
        task = row["task_id"]
        if kind and value and task in tasks:
            codes.setdefault(task, {})[kind] = value
    return codes


class Work(NamedTuple):
    """What a resource still has to do on an activity.

    Attributes
    ----------
    calendar : str
        Name of the resource's calendar.
    resource : str
    hours : float, optional
        None where the file does not say.
    """

    calendar: str
    resource: str
    hours: float | None


def resource_work(
    tables: Tables, faults: Faults, shelf: CalendarShelf, tasks: Collection[str]
) -> dict[str, list[Work]]:
    """Return the assignments of labour and equipment that have a calendar, by task_id, for some tasks."""
    if not tasks:
        return {}
    resources = {
        row["rsrc_id"]: row for row in tables.rows("RSRC", faults) if row["rsrc_type"] in {"RT_Labor", "RT_Equip"}
    }
    found: dict[str, list[Work]] = {}
    for row in tables.rows("TASKRSRC", faults, ["task_id", "rsrc_id"]):
        resource = resources.get(row["rsrc_id"])
        if row["task_id"] not in tasks or resource is None:
            continue
        calendar = shelf.name(resource, "clndr_id")
        quantity, rate = faults.number(row, "remain_qty"), faults.number(row, "remain_qty_per_hr")
        if calendar is not None:
            hours = quantity / rate if quantity and rate and quantity > 0 and rate > 0 else None
            name = clean(resource["rsrc_name"] or resource["rsrc_short_name"]) or row["rsrc_id"]
            found.setdefault(row["task_id"], []).append(Work(calendar, name, hours))
    return found


class ThreePoint(NamedTuple):
    """Low, mode and high of an activity as user-defined fields have them, and a row to say where.

    A value is None where the field is blank or not a number; of the latter there is a fault.
    """

    row: Row
    values: tuple[float | None, float | None, float | None]
    sound: bool


def three_points(
    tables: Tables, faults: Faults, labels: Sequence[str], tasks: Collection[str]
) -> dict[str, ThreePoint]:
    """Return what three user-defined fields say of activities, by task_id.

    Parameters
    ----------
    tables, faults
    labels : sequence of str
        Of the fields for low, mode and high, in any case.
    tasks : collection of str
        Activities that the fields mean something for.
    """
    known = {
        clean(row["udf_type_label"]).casefold(): row
        for row in tables.rows("UDFTYPE", faults)
        if row["table_name"] in {"TASK", ""}
    }
    places: dict[str, int] = {}
    for place, label in enumerate(labels):
        row = known.get(clean(label).casefold())
        if row is None:
            names = [clean(each["udf_type_label"]) for each in known.values()]
            expected = "the label of a user-defined field of activities"
            faults.add("UDFTYPE", "udf_type_label", f"no field {shown(label)}", expected, did_you_mean(label, names))
        else:
            places[row["udf_type_id"]] = place
    found: dict[str, ThreePoint] = {}
    for row in tables.rows("UDFVALUE", faults) if places else ():
        place_of = places.get(row["udf_type_id"])
        if place_of is None or row["fk_id"] not in tasks:
            continue
        column = "udf_number" if row["udf_number"] else "udf_text"
        value = faults.number(row, column, least=0)
        before = found.get(row["fk_id"], ThreePoint(row, (None, None, None), sound=True))
        low, mode, high = (value if place == place_of else each for place, each in enumerate(before.values))
        sound = before.sound and (value is not None or not row[column])
        found[row["fk_id"]] = ThreePoint(before.row, (low, mode, high), sound=sound)
    return found
