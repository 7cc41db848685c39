"""What a simulation takes of memory, and what this machine has: asked before anything is allocated."""

from __future__ import annotations

import os
from pathlib import Path

from schedrisk.errors import MemoryLimitError

__all__ = ["check_memory"]

# The share of memory that a simulation may take.
MOST = 0.8

# Of Linux's control groups, version 2 and 1: the limits that containers set.
CONTAINER_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def check_memory(needed: int, n_draws: int, place: str = "n_draws") -> None:
    """Refuse what would not fit.

    Parameters
    ----------
    needed : int
        [byte]
    n_draws : int
    place : str
        What asks for them.

    Raises
    ------
    MemoryLimitError
    """
    available = physical_memory()
    if needed <= MOST * available:
        return
    fitting = int(n_draws * MOST * available / needed)
    raise MemoryLimitError(
        f"{place}: {n_draws:,} draws need about {needed / 2**30:,.1f} GiB, this machine has {available / 2**30:,.1f} GiB; "
        f"ask for at most {fitting:,} draws"
    )


def physical_memory() -> int:
    """Return how much memory this process may use [byte]: the machine's, or its container's where that is less."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not on Windows
        memory = 8 * 2**30
    for file in CONTAINER_LIMITS:
        try:
            memory = min(memory, int(Path(file).read_text()))
        except (OSError, ValueError):  # not there, or "max"
            continue
    return memory
