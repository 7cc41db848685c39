"""Reading a plan by the suffix of its file, with what it is layered on."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from schedrisk._validation import require
from schedrisk.errors import (
    ArgumentError,
    MissingFileError,
    PlanError,
    Problem,
    ProblemsError,
    ReadError,
    did_you_mean,
    shown,
)
from schedrisk.io.decoding import FormatError, decode
from schedrisk.io.document import parse_json, parse_toml, plan_of, scale_of
from schedrisk.io.excel import parse_excel
from schedrisk.io.files import PathLike
from schedrisk.io.spreadsheet import parse_csv
from schedrisk.io.table import TableError, TaskTable, calendar_of
from schedrisk.model import Plan, Risk, Scale

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["READ_SUFFIXES", "Estimates", "read", "read_register", "read_scale"]

OWN_SUFFIXES = (".toml", ".json", ".csv", ".xlsx")
SCHEDULE_SUFFIXES = (".xer", ".xml")
MPXJ_SUFFIXES = (
    ".mpp", ".mpt", ".mpx", ".pmxml", ".pp", ".pod", ".planner", ".gan", ".prx", ".stx", ".ppx", ".cdpx", ".fts", ".sdef",
)  # fmt: skip
READ_SUFFIXES = (*OWN_SUFFIXES, *SCHEDULE_SUFFIXES, *MPXJ_SUFFIXES)
LARGEST_FILE = 200 * 2**20
SNIFFED = 4096

Estimates: TypeAlias = PathLike | Sequence[str]


def read(path: PathLike, *, project: str | int | None = None, estimates: Estimates | None = None) -> Plan:
    """Read a plan from a file; its suffix says how.

    Plan documents are ``.toml`` and ``.json``, tables ``.csv`` and ``.xlsx``, Primavera P6 exports ``.xer``, Microsoft
    Project's XML ``.xml``. What MPXJ reads (``.mpp``, Primavera's XML and more) needs the extra ``mpp`` and Java.

    Parameters
    ----------
    path : str or path-like
    project : str or int, optional
        Which project, by its id or short name, where the file holds several.
    estimates : path or sequence of three str, optional
        Three-point estimates of a schedule that has none: a ``.csv`` or ``.xlsx`` keyed by activity id, or the names
        of the custom fields that hold low, mode and high, such as ``("Duration1", "Duration2", "Duration3")``.

    Returns
    -------
    Plan
        A table of tasks has no name of its own and gets the file's.

    Raises
    ------
    MissingFileError
        When there is no such file.
    ReadError
        When it cannot be read, with every fault found and, where it is known, the row and column of the first.
    MissingDependencyError
        When the format needs packages, or Java, that are not installed.

    Examples
    --------
    >>> from schedrisk import datasets
    >>> read(datasets.path("museum-bid")).name
    'Museum bid'
    """
    table, fields = _estimates(estimates)
    require(path, (str, os.PathLike), "path", "the path of a file")
    plan = _Reader(None if project is None else str(project), fields).read(Path(path))
    return plan if table is None else _with_table(plan, table)


def _estimates(estimates: object) -> tuple[Path | None, tuple[str, ...] | None]:
    """Return the path of a table, or the names of three fields."""
    if estimates is None:
        return None, None
    if isinstance(estimates, str | os.PathLike):
        return Path(estimates), None
    names = tuple(estimates) if isinstance(estimates, Sequence) else ()
    if len(names) != 3 or not all(isinstance(each, str) and each.strip() for each in names):
        expected = "the path of a table, or the names of three fields: low, mode, high"
        raise ArgumentError([Problem("estimates", shown(estimates), expected)])
    return None, names


def _with_table(plan: Plan, table: Path) -> Plan:
    from schedrisk.io.estimates_table import apply_estimates

    return _told(table, lambda: apply_estimates(plan, _bytes(table), table.name, table.suffix.lower()))


def read_register(
    source: PathLike | pd.DataFrame, plan: Plan | None = None, *, scale: Scale | None = None
) -> tuple[Risk, ...]:
    """Read the risks of a register: a ``.csv``, an ``.xlsx`` or a DataFrame with a row for each risk.

    Columns are `id` and `name`, `probability` (0.3, ``30 %`` or a word of the scale), `delay` (a number, ``5/10/20``,
    any estimate, or a word of the scale; also ``task | delay`` for each task) or `low`, `mode` and `high`, `factor`,
    `tasks` (ids, separated by semicolons) and `owner`; or the names that registers use: Likelihood, Impact, Affected
    activities … Risks whose `status` says that they are closed are left out.

    Parameters
    ----------
    source : str, path-like or DataFrame
    plan : Plan, optional
        The risks are for it: tasks must be its own, and delays count its unit; days of eight hours where not given.
    scale : Scale, optional
        What words mean; five levels where not given.

    Returns
    -------
    tuple of Risk
        For `Plan.with_risks`.

    Raises
    ------
    MissingFileError
        When there is no such file.
    ReadError, PlanError
        With every fault found, its row and column; the first for files, the second for DataFrames.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"Risk": ["strike"], "Likelihood": ["unlikely"], "Impact": ["5/10/20"], "Activities": ["install; test"]}
    >>> (risk,) = read_register(pd.DataFrame(rows))
    >>> risk.id, risk.probability, risk.tasks
    ('strike', 0.2, ('install', 'test'))
    """
    from schedrisk.io.register import frame_risks, parse_register

    scale = Scale() if scale is None else scale
    require(scale, Scale, "scale", "a Scale")
    if plan is not None:
        require(plan, Plan, "plan", "a plan")
    if not isinstance(source, str | os.PathLike):
        import pandas as pd

        require(source, pd.DataFrame, "source", "the path of a table, or a DataFrame")
        return frame_risks(source, plan, scale)
    file = Path(source)
    return _told(file, lambda: parse_register(_bytes(file), file.suffix.lower(), plan, scale))


def read_scale(path: PathLike) -> Scale | None:
    """Read the scale of a register from a TOML or JSON document: its table `scale`.

    Returns
    -------
    Scale or None
        None where the document has none.

    Raises
    ------
    ReadError
        When it cannot be read, with every fault found.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "scale.toml"
    ...     _ = file.write_text("scale = { probability = { likely = 0.7 } }")
    ...     read_scale(file).probability_of("likely")
    0.7
    """
    file = Path(path)

    def parse() -> Scale | None:
        if file.suffix.lower() not in {".toml", ".json"}:
            raise PlanError(
                [Problem("scale", f"the suffix {shown(file.suffix)}", "a .toml or .json with a table scale")]
            )
        text = decode(_bytes(file))
        document = parse_toml(text) if file.suffix.lower() == ".toml" else parse_json(text)
        return scale_of(document.get("scale"))

    return _told(file, parse)


T = TypeVar("T")


def _told(file: Path, parse: Callable[[], T]) -> T:
    """Parse, and say in which file any fault is."""
    try:
        return parse()
    except (FormatError, TableError) as fault:
        raise ReadError(fault.problems, str(file), row=fault.row, column=fault.column) from fault.__cause__
    except (ReadError, ArgumentError):
        raise
    except ProblemsError as error:
        raise ReadError(error.problems, str(file)) from error


@dataclass(frozen=True)
class _Reader:
    """Reads a file, and the files that it is layered on.

    Attributes
    ----------
    project : str or None
    fields : tuple of str or None
        Names of the fields that hold estimates.
    chain : tuple of Path
        The documents that led here.
    """

    project: str | None = None
    fields: tuple[str, ...] | None = None
    chain: tuple[Path, ...] = ()

    def read(self, file: Path) -> Plan:
        suffix = _suffix(file)
        data = _bytes(file)
        return _told(file, lambda: self._parse(file, suffix, data))

    def _parse(self, file: Path, suffix: str, data: bytes) -> Plan:
        if suffix == ".xer":
            from schedrisk.io.xer import parse_xer

            return parse_xer(data, file.name, project=self.project, estimates=self.fields)
        if suffix in MPXJ_SUFFIXES or (suffix == ".xml" and _is_primavera(data)):
            from schedrisk.io.mpxj import read_with_mpxj

            return read_with_mpxj(file, project=self.project, estimates=self.fields)
        if suffix == ".xml":
            from schedrisk.io.mspdi import parse_mspdi

            self._refuse(suffix, project=True)
            return parse_mspdi(data, file.name, estimates=self.fields)
        if suffix in {".toml", ".json"}:
            return self._document(file, suffix, decode(data))
        self._refuse(suffix, project=True, fields=True)
        if suffix == ".xlsx":
            return parse_excel(data, file.stem)
        table = parse_csv(decode(data))
        return table.plan(name=file.stem, links=table.links)

    def _refuse(self, suffix: str, *, project: bool = False, fields: bool = False) -> None:
        """Raise for options that mean nothing here, rather than leave them out of account."""
        problems = []
        if project and self.project is not None:
            problems.append(Problem("project", shown(self.project), f"none, as a {suffix} file holds one plan"))
        if fields and self.fields is not None:
            expected = f"the path of a table, as a {suffix} file has no custom fields"
            problems.append(Problem("estimates", shown(list(self.fields)), expected))
        if problems:
            raise ArgumentError(problems)

    def _document(self, file: Path, suffix: str, text: str) -> Plan:
        document = parse_toml(text) if suffix == ".toml" else parse_json(text)
        register, scale = document.pop("register", None), scale_of(document.pop("scale", None))
        plan = self._bare(file, suffix, document)
        if register is None:
            return plan
        if not isinstance(register, str) or not register.strip():
            raise PlanError([Problem("register", shown(register), "the path of a table of risks, .csv or .xlsx")])
        return plan.with_risks(read_register(file.parent / register, plan, scale=scale))

    def _bare(self, file: Path, suffix: str, document: dict[str, Any]) -> Plan:
        """Return the plan of a document without the register that it names."""
        if "base" not in document:
            self._refuse(suffix, project=True, fields=True)
            return plan_of(document, lambda name: _tasks_of(file.parent / name, document))
        from schedrisk.io.base import base_plan, longer_chain

        chain = longer_chain(self.chain, file)

        def read_base(path: str, project: str | None, fields: tuple[str, ...] | None) -> Plan:
            # What the caller asks for goes before what the document says.
            return _Reader(self.project or project, self.fields or fields, chain).read(file.parent / path)

        return base_plan(document, read_base, lambda path: _bytes(file.parent / path))


def _is_primavera(data: bytes) -> bool:
    """Whether an XML is Primavera's own, which MPXJ reads."""
    return b"APIBusinessObjects" in data[:SNIFFED]


def _suffix(file: Path) -> str:
    suffix = file.suffix.lower()
    if suffix not in READ_SUFFIXES:
        near = did_you_mean(suffix, READ_SUFFIXES)
        expected = f"one of {', '.join((*OWN_SUFFIXES, *SCHEDULE_SUFFIXES, '.mpp'))}"
        raise ReadError([Problem("", f"the suffix {shown(file.suffix)}", expected, near)], str(file))
    return suffix


def _bytes(file: Path) -> bytes:
    try:
        if file.is_dir():
            raise MissingFileError([Problem("", "a folder", "a file")], str(file))
        if file.stat().st_size > LARGEST_FILE:
            size = f"{file.stat().st_size / 2**20:,.0f} MiB"
            raise ReadError([Problem("", size, f"at most {LARGEST_FILE // 2**20} MiB")], str(file))
        return file.read_bytes()
    except FileNotFoundError:
        beside = {each.stem: each.name for each in file.parent.glob("*") if each.suffix.lower() in READ_SUFFIXES}
        near = difflib.get_close_matches(file.stem, beside, n=1)
        remedy = f"did you mean {shown(beside[near[0]])}?" if near else ""
        raise MissingFileError([Problem("", "no such file", "an existing file", remedy)], str(file)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ReadError([Problem("", reason, "a file that can be read")], str(file)) from None


def _tasks_of(file: Path, document: dict[str, Any]) -> TaskTable:
    """Read the table that a document names in place of its tasks."""
    if file.suffix.lower() != ".csv":
        found = f"tasks = {shown(file.name)}"
        raise PlanError([Problem("tasks", found, "the path of a .csv file, or a list of tasks")])
    unit = document.get("unit", "d")
    try:
        calendar = calendar_of(document.get("calendar"))
        return parse_csv(decode(_bytes(file)), unit if unit in ("h", "d", "w") else "d", calendar)
    except FormatError as fault:
        raise ReadError(fault.problems, str(file), row=fault.row, column=fault.column) from None
