"""Figures as text, as Markdown and as a picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

Figures: TypeAlias = Mapping[str, Any]
Table: TypeAlias = tuple[str, list[str], list[list[str]]]
"""A title, the heads of the columns, and rows."""

WIDTH = 44


def tables(figures: Figures) -> Iterable[Table]:
    """Yield the title, the heads of the columns and the rows of each table of a run."""
    for size in figures.get("sizes", []):
        names = list(size["engines"])
        title = f"{size['n_tasks']:,} tasks × {size['n_draws']:,} draws"
        rows = [
            [label, *(_number(values.get(name)) for name in names)] for label, values in size["ns"].items()
        ]  # fmt: skip
        rows.append(["set-up, once [µs per task]", *(_number(size["set_up"].get(name)) for name in names)])
        yield title, ["ns per task-draw", *names], rows
        if "baselines" in size:
            rows = [
                [label, _number(found["ns"]), *(f"{found['ns'] / ours:,.1f} ×" if ours else "" for ours in found["ours"])]
                for label, found in size["baselines"].items()
            ]  # fmt: skip
            heads = ["against (draws alone; ratios)", "ns", *names]
            yield f"{title}: baselines", heads, rows
        if "mib" in size:
            rows = [
                [label, *(_number(values.get(name), 0) for name in names)] for label, values in size["mib"].items()
            ]  # fmt: skip
            yield f"{title}: peak memory above the start", ["MiB", *names], rows
    if "limits" in figures:
        rows = [[name, _number(value)] for name, value in figures["limits"].items()]
        yield "How near to the limit", ["one core", "ns per number"], rows
    if "first_runs" in figures:
        rows = [
            [name, *(f"{found[each]:.3f}" for each in ("import", "first", "second"))]
            for name, found in figures["first_runs"].items()
        ]
        yield "A new process, 50 tasks × 10,000 draws", ["seconds", "import", "first call", "second call"], rows
    if "growth" in figures:
        rows = [
            [name, f"{found['exponent']:.2f}", f"{found['fixed']:.3f}"] for name, found in figures["growth"].items()
        ]
        yield "How cost grows (1 is linear)", ["past the fixed cost", "exponent", "fixed [s]"], rows


def _number(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def head(figures: Figures) -> str:
    """Return the line that says where the figures are from."""
    machine = figures["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items() if number)
    busy = f"; load {machine['load']:.1f}" if machine["load"] is not None else ""
    return f"{versions}; {machine['cores']} cores{busy}"


def text(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in columns."""
    columns = [heads, *rows]
    widths = [max(len(row[place]) for row in columns) for place in range(len(heads))]
    lines = [
        "  " + row[0].ljust(max(widths[0], WIDTH)) + "".join(f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in columns
    ]  # fmt: skip
    return "\n".join(["", title, *lines])


def markdown(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [f"| {' | '.join(row)} |" for row in (heads, ["---"] + ["---:"] * (len(heads) - 1), *rows)]
    return "\n".join(["", f"**{title}**", "", *lines])


def page(figures: Figures) -> str:
    """Return what a page shows of a run: the largest plan feature by feature, with ratios, and what is no feature."""
    if "targets" in figures:
        rows = [target_line(row) for row in figures["targets"]]
        made = [("What is promised", ["what", "promised", "measured", "verdict", "beside it"], rows)]
    else:
        made = [_features(figures["sizes"][-1]), _baselines(figures["sizes"])]
        made += [each for each in tables({**figures, "sizes": figures["sizes"][-1:]}) if "baselines" not in each[0]][1:]
    parts = [f"Measured in one run: {head(figures)}.", *(markdown(*each).lstrip() for each in made)]
    return "\n\n".join(parts)


def _features(size: Figures) -> Table:
    names = list(size["engines"])
    pairs = list(pairwise(names))
    rows = []
    for label, values in size["ns"].items():
        ratios = (
            f"{values[one] / values[other]:.1f} ×" if values.get(one) and values.get(other) else ""
            for one, other in pairs
        )
        rows.append([label, *(_number(values.get(name)) for name in names), *ratios])
    rows.append(
        ["set-up, once [µs per task]", *(_number(size["set_up"].get(name)) for name in names), *("" for _ in pairs)]
    )
    heads = ["ns per task-draw", *names, *(f"{one} ÷ {other}" for one, other in pairs)]
    return f"{size['n_tasks']:,} tasks × {size['n_draws']:,} draws", heads, rows


def _baselines(sizes: Sequence[Figures]) -> Table:
    names = list(sizes[-1]["engines"])
    rows = [
        [f"{label}, {size['n_tasks']:,} tasks", *(f"{found['ns'] / ours:,.1f} ×" for ours in found["ours"])]
        for size in sizes
        for label, found in size["baselines"].items()
    ]
    return "How much longer the baselines take than the draws alone", ["with criticality", *names], rows


def put_into(file: Path, name: str, text: str) -> None:
    """Replace what a page has between the marks of a run of this name.

    Raises
    ------
    ValueError
        When the page has no such marks.
    """
    begin, end = f"<!-- measured: {name} -->\n", f"<!-- end of {name} -->"
    before, found, rest = file.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{file}: there are no lines {begin.strip()!r} and {end!r}")
    file.write_text(f"{before}{begin}\n{text}\n\n{end}{after}", encoding="utf-8")


def target_line(row: Mapping[str, Any]) -> list[str]:
    """Return what a row of the targets is in a table."""
    measured = "–" if row["measured"] is None else f"{row['measured']:,.4g} {row['unit']}".strip()
    return [str(row["what"]), str(row["limit"]), measured, str(row["verdict"]), str(row["note"])]


def plot(figures: Figures, path: Path) -> None:
    """Draw ns per task-draw by size, one line for each engine and feature, on logarithmic axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    sizes = figures["sizes"]
    names = list(dict.fromkeys(name for size in sizes for name in size["engines"]))
    cases = [case for case in figures["cases"] if any(case in size["ns"] for size in sizes)]
    figure = Figure(figsize=(4.6 * len(names) + 2.2, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    colours = [f"C{place}" for place in range(10)]
    for ax, name in zip(axes, names, strict=True):
        for place, case in enumerate(cases):
            points = [(size["n_tasks"], size["ns"].get(case, {}).get(name)) for size in sizes]
            points = [each for each in points if each[1]]
            style = ("-", "--", ":")[place // len(colours)]
            ax.plot(
                *zip(*points, strict=True), style, marker="o", markersize=3.5, color=colours[place % 10], label=case
            )
        alone = [(size["n_tasks"], size["ns"].get("draws alone", {}).get(name)) for size in sizes]
        if all(each[1] for each in alone):
            ax.plot(*zip(*alone, strict=True), "k-", linewidth=2.2, label="triangular, without set-up")
        for label, style in zip(sizes[0].get("baselines", {}), ("-.", (0, (1, 1))), strict=False):
            against = [(size["n_tasks"], size["baselines"][label]["ns"]) for size in sizes]
            ax.plot(*zip(*against, strict=True), linestyle=style, color="0.55", linewidth=1.6, label=label)
        ax.set(xscale="log", yscale="log", xlabel="tasks", title=name)
        ax.set_xticks([size["n_tasks"] for size in sizes], [f"{size['n_tasks']:,}" for size in sizes])
        ax.xaxis.set_minor_locator(_no_ticks())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.grid(which="major", color="0.88")
    axes[0].set_ylabel(f"ns per task-draw ({sizes[0]['n_draws']:,} draws)")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", frameon=False, fontsize=9)
    figure.savefig(path, dpi=80, metadata={"Software": None})


def _no_ticks() -> Any:
    from matplotlib.ticker import NullLocator

    return NullLocator()
