"""Report: a simulation for people who decide."""

from __future__ import annotations

import os
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from schedrisk.errors import ArgumentError, Problem, WriteError, did_you_mean, shown
from schedrisk.io import write_file
from schedrisk.report.html_page import render_html
from schedrisk.report.json_document import document, render_json
from schedrisk.report.markdown_text import render_markdown
from schedrisk.report.page import Page
from schedrisk.report.picture import s_curve_svg
from schedrisk.report.summary import ReportSummary
from schedrisk.result import SimulationResult

__all__ = ["SUFFIXES", "Report", "check_report_path"]

SUFFIXES = (".html", ".md", ".json")

# One curve has the width of the page, two share it: the text is to have one size.
ONE_CURVE, TWO_CURVES = (6.0, 3.0), (4.4, 3.1)


class Report:
    """A report of a simulation, as HTML, Markdown or JSON.

    It says in plain English what the chance of every promise is and what could be promised instead, shows the S-curve,
    what drives the date and who owns it, and what all that is based on. What would be gained without a risk, or if an
    owner's tasks ran to plan, is simulated when first asked for.

    Parameters
    ----------
    result : SimulationResult
    promise : str, optional
        The promise to explain; the first two of the plan where not given.

    Raises
    ------
    UnknownNameError
        When the plan has no such promise.

    Examples
    --------
    >>> from schedrisk.model import Plan, Promise, Task
    >>> from schedrisk.simulation import simulate
    >>> plan = Plan(name="move", tasks=[Task("pack", "2/3/8"), Task("drive", 1, after=["pack"])],
    ...             promises=[Promise("delivery", by=5)])
    >>> report = Report(simulate(plan, 1_000, rng=1))
    >>> print(report.markdown()[:58])
    # move
    <BLANKLINE>
    2 tasks, 1 link, 0 risks; planned duration 4 days
    >>> report.to_dict()["promises"][0]["by"]
    5.0
    """

    def __init__(self, result: SimulationResult, *, promise: str | None = None) -> None:
        if not isinstance(result, SimulationResult):
            raise ArgumentError([Problem("result", shown(result), "a result of simulate()")])
        if promise is not None:
            result.plan.promise(promise)
        self._result = result
        self._promise = promise

    @cached_property
    def summary(self) -> ReportSummary:
        """The figures that every rendering shows."""
        return ReportSummary.of(self._result, promise=self._promise)

    @cached_property
    def _page(self) -> Page:
        return Page.of(self.summary)

    def html(self) -> str:
        """Return a self-contained HTML page, which also prints well."""
        parts = self._page.parts
        size = ONE_CURVE if len(parts) == 1 else TWO_CURVES
        curves = [s_curve_svg(self._result, promise=part.promise, label=part.curve, size=size) for part in parts]
        return render_html(self._page, curves)

    def markdown(self) -> str:
        """Return the same content as Markdown."""
        return render_markdown(self._page)

    def json(self) -> str:
        """Return the figures as JSON; the keys are described in ``docs/reference/json-report.md``."""
        return render_json(self.summary)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document as plain dicts and lists."""
        return document(self.summary)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the report; the suffix decides: ``.html``, ``.md`` or ``.json``.

        The file is written whole or not at all.

        Raises
        ------
        WriteError
            When the suffix is unknown or the place cannot be written.
        """
        file = check_report_path(path)
        text = {".html": self.html, ".md": self.markdown, ".json": self.json}[file.suffix.lower()]()
        write_file(file, text.encode())

    def __repr__(self) -> str:
        of = "" if self._promise is None else f", promise={shown(self._promise)}"
        return f"Report({shown(self._result.plan.name)}{of}): html(), markdown(), json(), write(path)"

    def _repr_html_(self) -> str:
        # In a frame of its own, so that the styles of page and notebook leave each other alone.
        return (
            f'<iframe title="Report" srcdoc="{escape(self.html())}" style="width:100%;height:44rem;border:0"></iframe>'
        )


def check_report_path(path: str | os.PathLike[str]) -> Path:
    """Return the path of a report that can be written, as far as can be told without writing.

    Raises
    ------
    WriteError
        When the suffix is unknown, or the folder is not there.
    """
    file = Path(path)
    if file.suffix.lower() not in SUFFIXES:
        near = did_you_mean(file.suffix.lower(), SUFFIXES) if file.suffix else ""
        problem = Problem("", f"the suffix {shown(file.suffix)}", f"a report as {', '.join(SUFFIXES)}", near)
        raise WriteError([problem], str(file))
    if file.is_dir():
        raise WriteError([Problem("", "a folder", "a file")], str(file))
    if not file.parent.is_dir():
        problem = Problem("", f"no folder {shown(str(file.parent))}", "a file in an existing folder", "make the folder")
        raise WriteError([problem], str(file))
    return file
