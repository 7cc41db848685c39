"""The progress bar, which is imported when it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(
    total: int, *, shown: bool, done: int = 0, unit: str = "draw", title: str = ""
) -> Iterator[Callable[[int], object]]:  # fmt: skip
    """Show a bar, and yield what moves it on; what does nothing where it is not to be shown.

    Parameters
    ----------
    total : int
    shown : bool
    done : int
        What is done already.
    unit : str
        What is counted.
    title : str
    """
    if not shown:
        yield lambda _: None
        return
    from tqdm.auto import tqdm

    class Bar(tqdm):  # type: ignore[type-arg]
        """A bar without a thread of its own, which would outlive it."""

        monitor_interval = 0

    # It looks at the clock whenever it is moved on, and draws itself ten times a second: small pieces cost nothing.
    with Bar(total=total, initial=done, unit=unit, unit_scale=total >= 10_000, desc=title[:30], miniters=0) as bar:
        yield bar.update
