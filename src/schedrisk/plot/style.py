"""What all plots share: axes, colours, dates and labels that do not run into each other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from schedrisk.errors import ArgumentError, Problem
from schedrisk.wording import UNITS, date_text, number_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

__all__ = [
    "COLOURS",
    "GREY",
    "INK",
    "LATE",
    "MAIN",
    "as_numbers",
    "axes",
    "colour_bar",
    "dress_time_axis",
    "flag",
    "owner_colours",
    "short",
    "tidy",
    "time_text", "written",
]  # fmt: skip

# Okabe and Ito (2008), told apart by colour-blind people too.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#F0E442", "#000000")  # its vermillion is LATE
MAIN, LATE, INK, GREY = "#0072B2", "#D55E00", "#1b1f24", "#8c959f"
# The usual font has no Chinese, Japanese or Korean letters; the first of these that is installed lends them.
EAST_ASIAN = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei", "Arial Unicode MS",
)  # fmt: skip
LAST_DRAWN = np.datetime64("9999-01-01")
PALE, DARK = "#dbe5ee", "#08306b"  # light to dark: the same order in grey as in colour


def axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """Return the axes given, or those of a new figure that a notebook shows by itself."""
    if ax is not None:
        return ax
    from matplotlib import pyplot as plt

    _, made = plt.subplots(figsize=size, layout="constrained")
    return made


def as_numbers(moments: Any) -> Any:
    """Turn dates to what matplotlib draws; numbers stay."""
    from matplotlib.dates import date2num

    array = np.asarray(moments)
    if array.dtype.kind == "M" and array.size and array.max() > LAST_DRAWN:
        latest = date_text(array.max())
        raise ArgumentError([Problem("result", f"dates up to {latest}", "dates to the year 9999, which can be drawn")])
    return date2num(array) if array.dtype.kind == "M" else array.astype(float)  # type: ignore[no-untyped-call]


def time_text(moment: Any, unit: str, *, year: bool = True) -> str:
    """Write a moment shortly: ``4 Mar 2027`` or ``45.5``."""
    if isinstance(moment, int | float | np.floating):
        return f"{number_text(float(moment))} {UNITS[unit]}"
    day, month, *rest = date_text(moment).split()
    return " ".join([day, month[:3], *(rest if year else [])])


def dress_time_axis(ax: Axes, *, dated: bool, unit: str) -> None:
    """Label the x axis with dates for people, or with the plan's unit."""
    if not dated:
        ax.set_xlabel(f"{UNITS[unit]} from the start")
        return
    from matplotlib.dates import AutoDateLocator, num2date
    from matplotlib.ticker import FuncFormatter

    low, high = ax.get_xlim()
    first, last = (num2date(end) for end in (low, high))  # type: ignore[no-untyped-call]
    years = first.year != last.year or high - low > 300

    def label(value: float, _: int | None) -> str:
        day = num2date(value)  # type: ignore[no-untyped-call]
        return f"{day.day} {day:%b}\n{day.year}" if years else f"{day.day} {day:%b}"

    locator = AutoDateLocator(minticks=3, maxticks=7)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(FuncFormatter(label))
    ax.set_xlabel("date" if years else f"date in {last.year}")


def tidy(ax: Axes) -> None:
    """Take away the lines that say nothing."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.spines["left"].set_color(GREY)
    ax.spines["bottom"].set_color(GREY)
    ax.tick_params(colors=INK, labelsize=9)


def written(*texts: Text) -> None:
    """Show names as they are: no mathematics between dollar signs, and a font that has their letters."""
    for text in texts:
        text.set_parse_math(False)
        text.set_fontfamily(_families())


@lru_cache(maxsize=1)
def _families() -> list[str]:
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    return ["sans-serif", *(font for font in EAST_ASIAN if font in installed)]


def short(text: str, limit: int = 28) -> str:
    """Cut a name to fit beside a plot."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def flag(ax: Axes, x: float, text: str, *, colour: str, level: int) -> None:
    """Write a label above the axes at `x`, on its own line so that no two meet."""
    low, high = ax.get_xlim()
    share = (x - low) / (high - low)
    side = "left" if share < 0.3 else "right" if share > 0.7 else "center"
    artist = ax.annotate(
        text, xy=(x, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 4 + 13 * level),
        textcoords="offset points", ha=side, va="bottom", fontsize=9, color=colour, annotation_clip=False,
    )  # fmt: skip
    written(artist)


def owner_colours(owners: Sequence[str | None]) -> dict[str | None, str]:
    """Return a colour for each owner, in order of appearance; grey for nobody."""
    named = [owner for owner in dict.fromkeys(owners) if owner is not None]
    return {None: GREY} | {owner: COLOURS[i % len(COLOURS)] for i, owner in enumerate(named)}


def colour_bar(ax: Axes, label: str) -> Any:
    """Add a bar for shares of 0–100 % and return the map from share to colour."""
    import matplotlib.cm
    import matplotlib.colors

    shades = matplotlib.colors.LinearSegmentedColormap.from_list("criticality", [PALE, DARK])
    mappable = matplotlib.cm.ScalarMappable(matplotlib.colors.Normalize(0, 1), shades)
    figure = ax.get_figure()
    if figure is not None:
        bar = figure.colorbar(mappable, ax=ax, fraction=0.03, pad=0.02)
        bar.set_label(label, fontsize=9)
        bar.set_ticks([0, 0.5, 1], labels=["0 %", "50 %", "100 %"])
        bar.ax.tick_params(labelsize=8)
        bar.outline.set_visible(False)
    return mappable.to_rgba
