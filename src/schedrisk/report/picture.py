"""The S-curve of a report, as a piece of SVG that goes into the page."""

from __future__ import annotations

import io
import re
import warnings
from html import escape
from typing import Any

from schedrisk.result import SimulationResult

__all__ = ["s_curve_svg"]

STYLE: Any = {
    # Text stays text: small, searchable, and in the reader's fonts, which know more scripts than matplotlib's.
    "svg.fonttype": "none",
    # The same picture is the same bytes.
    "svg.hashsalt": "schedrisk",
    "font.family": "sans-serif",
    "font.size": 9.0,
}
WITHOUT_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def s_curve_svg(
    result: SimulationResult, *, promise: str | None, label: str, size: tuple[float, float] = (6.4, 3.0)
) -> str:
    """Draw the S-curve of a promise, or of the project.

    Parameters
    ----------
    result : SimulationResult
    promise : str or None
    label : str
        What is said to readers who do not see it.
    size : tuple of float
        Width and height, of which only the proportions and the relative size of the text remain [inch].

    Returns
    -------
    str
        An ``<svg>`` element that takes the width that it is given.
    """
    # Drawn without pyplot, which keeps figures and settings for the whole program.
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    from schedrisk.plot import s_curve

    stream = io.StringIO()
    with rc_context(STYLE), warnings.catch_warnings():
        # The browser has the letters that matplotlib's own font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=size, layout="constrained")
        s_curve(result, promise=promise, ax=figure.subplots())
        figure.savefig(stream, format="svg", metadata=WITHOUT_METADATA, transparent=True)
    return _inline(stream.getvalue(), label)


def _inline(svg: str, label: str) -> str:
    """Make a document into an element that scales with the page and has a text for readers who do not see it."""
    element = svg[svg.index("<svg") :]
    head, body = element.split(">", 1)
    head = re.sub(r'\s(width|height)="[^"]*"', "", head)
    return f'{head} role="img" aria-label="{escape(label)}">{body}'.strip()
