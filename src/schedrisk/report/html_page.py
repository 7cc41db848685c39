"""The report as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Sequence

from schedrisk.report.page import Page

__all__ = ["N_FIRST", "render_html"]

N_FIRST = 3
"""So many answers stand before the S-curve, so that the first sheet holds both."""


def render_html(page: Page, curves: Sequence[str]) -> str:
    """Render a page.

    Parameters
    ----------
    page : Page
    curves : sequence of str
        An ``<svg>`` element for each part of the page.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("schedrisk.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # What goes in unescaped is ours: the style, and pictures whose text matplotlib has escaped.
    style = Markup(environment.get_template("report.css").render())  # noqa: S704
    pictures = [Markup(curve) for curve in curves]  # noqa: S704
    return environment.get_template("report.html.j2").render(page=page, style=style, curves=pictures, n_first=N_FIRST)
