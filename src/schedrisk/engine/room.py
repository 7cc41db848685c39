"""Room for blocks of draws, used again by the same thread: memory that is new has to be cleared first."""

from __future__ import annotations

import threading

import numpy as np

from schedrisk._typing import Floats

__all__ = ["Room"]


class Room(threading.local):
    """Room that every thread has for itself.

    A thread that was started for some blocks gives its room back when it ends. The main thread does not end: it gets new
    room every time, so that a result that is kept keeps nothing else.
    """

    def __init__(self) -> None:
        self._kept = np.empty(0)

    def take(self, *shape: int) -> Floats:
        """Return an array in C order, of any content; what was taken before is overwritten."""
        size = int(np.prod(shape))
        if threading.current_thread() is threading.main_thread():
            return np.empty(shape)
        if self._kept.size < size:
            self._kept = np.empty(size)
        return self._kept[:size].reshape(shape)
