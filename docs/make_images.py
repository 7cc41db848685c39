"""Draw the pictures of the documentation: ``python docs/make_images.py``."""  # noqa: INP001  (a script, no package)

from __future__ import annotations

from pathlib import Path

import schedrisk as sr

IMAGES = Path(__file__).parent / "images"
SEED = 2026  # that of the tutorial


def draw(folder: Path) -> list[Path]:
    """Write every picture to a folder and return where they are."""
    plan = sr.datasets.load("exchange-upgrade")
    place = plan.replace_task("place-decided", estimate=0)
    both = place.replace_task("carrier-chosen", estimate=0).without_risk("no-carrier")
    plans = {"as sold": plan, "place decided": place, "place and carrier": both}
    results = {label: sr.simulate(each, 10_000, rng=SEED) for label, each in plans.items()}
    pictures = {
        "s-curve.png": sr.plot.s_curve(results, promise="demonstration"),
        "tornado.png": sr.plot.tornado(results["as sold"], task="demonstration-ready", most=8),
    }
    for name, axes in pictures.items():
        # Without matplotlib's version in the file, a picture changes only when what it shows does.
        axes.figure.savefig(folder / name, dpi=110, metadata={"Software": None})
    return [folder / name for name in pictures]


if __name__ == "__main__":
    import matplotlib as mpl

    mpl.use("Agg")
    draw(IMAGES)
