"""The report as Markdown, for wikis, issues and merge requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from schedrisk.report.basis import Facts
from schedrisk.report.cells import Table
from schedrisk.report.page import Answer, Page

__all__ = ["render_markdown"]

# Whatever could begin markup, HTML, a formula or an entity; CommonMark takes a backslash before any of these.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&])")
# A list, a rule or a heading begins only at the start of a line; a bare address is turned into a link.
_AT_START = re.compile(r"^([-+=]|\d+(?=[.)](?:\s|$)))")
_ADDRESS = re.compile(r"(?i)(https?|ftp)(:)(?=//)|(www)(\.)")


def render_markdown(page: Page) -> str:
    """Render a page."""
    return "\n".join(_lines(page)).rstrip() + "\n"


def _lines(page: Page) -> Iterator[str]:
    yield from (f"# {_text(page.title)}", "", _text(page.subtitle), "")
    for answer in page.answers:
        yield from _answer(answer)
    if page.more_promises:
        yield from (f"… and {page.more_promises:,} more promises, which the JSON report has.", "")
    for part in page.parts:
        yield from (f"## What decides {_text(part.label)}", "")
        for table in (part.percentiles, *part.tables):
            yield from _table(table)
        for note in part.notes:
            yield from (_text(note), "")
    yield from _tables("What may happen, and what is decided", page.happenings)
    yield from _tables("What it costs, and what can be done", page.money)
    if page.findings:
        more = [f"… and {page.more_findings:,} more, which “schedrisk check” lists."] if page.more_findings else []
        yield from ("## What to look at in the plan", "", *_list([*page.findings, *more]), "")
    yield from ("## What is assumed", "")
    if page.assumptions:
        yield from (*_list(page.assumptions), "")
    yield from (*_facts(page.basis), "")
    yield from ("## How it was computed", "", *_facts(page.method))


def _tables(heading: str, tables: Iterable[Table]) -> Iterator[str]:
    """Yield a section of tables; nothing where there are none."""
    for number, table in enumerate(tables):
        if number == 0:
            yield from (f"## {heading}", "")
        yield from _table(table)


def _answer(answer: Answer) -> Iterator[str]:
    yield from (f"**{_text(answer.text)}**", "", *_facts(answer.facts), "")


def _facts(facts: Facts) -> Iterator[str]:
    return (f"- {_text(label)}: {_text(text)}" for label, text in facts)


def _list(texts: Iterable[str]) -> Iterator[str]:
    return (f"- {_text(text)}" for text in texts)


def _table(table: Table) -> Iterator[str]:
    yield from (f"**{_text(table.caption)}**", "")
    yield _row(table.headings)
    yield _row("---:" if numeric else "---" for numeric in table.numeric)
    yield from (_row(_text(cell.text) for cell in row) for row in table.rows)
    yield ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    r"""Escape a text so that it is read as it stands.

    Examples
    --------
    >>> _text("a|b *c* <img>"), _text("- x"), _text("1. see http://x.org")
    ('a\\|b \\*c\\* \\<img\\>', '\\- x', '1\\. see http\\://x.org')
    """
    text = _SPECIAL.sub(r"\\\1", text)
    text = _AT_START.sub(lambda match: match[0] + "\\" if match[0][0].isdigit() else "\\" + match[0], text)
    return _ADDRESS.sub(lambda match: f"{match[1] or match[3]}\\{match[2] or match[4]}", text)
