"""What has been made for the compiled engine, to be used again."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

from schedrisk.compiled.support import UntraceableError

__all__ = ["Runs"]

T = TypeVar("T")

MOST_KEPT = 4  # of groups of tasks that are worked through one after the other


class Runs:
    """What runs blocks of draws compiled, by what it is about; threads share it."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], Any] = {}
        self._lock = Lock()

    def get(self, key: tuple[object, ...], make: Callable[[], T]) -> T | None:
        """Return what was made before under a key, or make it; None where the compiled engine cannot do the work."""
        with self._lock:
            if key not in self._made:
                while len(self._made) >= MOST_KEPT:
                    del self._made[next(iter(self._made))]
                try:
                    self._made[key] = make()
                except UntraceableError:
                    self._made[key] = None
            found: T | None = self._made[key]
            return found
