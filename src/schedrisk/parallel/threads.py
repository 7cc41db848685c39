"""Work shared out among threads: results come in the order of the work, and nothing is left running.

NumPy and compiled kernels let go of Python's lock while they reckon, so that threads of one process use several cores
without copying anything.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TypeVar

from schedrisk._validation import is_whole
from schedrisk.errors import ArgumentError, Problem, shown

__all__ = ["awaited", "checked_jobs", "in_order", "usable_cores"]

Item = TypeVar("Item")
Found = TypeVar("Found")

# Pieces handed out beyond those that are in work, for each thread: no thread waits for the caller to take a result, and
# no more results than these wait for the caller.
WAITING = 1

# How long a wait lasts before the interpreter looks for an interruption: on Windows it does so between waits only.
PATIENCE = 0.2

# Of Linux's control groups, version 2 and 1: the share of the processors that containers get.
PROCESSOR_LIMITS = (
    ("/sys/fs/cgroup/cpu.max", None),
    ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"),
)


def in_order(
    work: Callable[[Item], Found], items: Iterable[Item], n_jobs: int = 1, *, stop: threading.Event | None = None
) -> Generator[Found]:
    """Do work on items in several threads.

    Whatever ends it early (an error in the work, Ctrl-C, a caller that wants no more), what has not begun is dropped,
    what has begun is waited for, and no thread is left behind.

    Parameters
    ----------
    work : callable
        Called with each item. Pieces should be short, as those in work cannot be interrupted.
    items : iterable
        Taken only a few ahead of the results.
    n_jobs : int
        Number of threads; with 1 all work is done in the caller's.
    stop : threading.Event, optional
        Set when it ends, before what has begun is waited for: long work looks at it.

    Yields
    ------
    object
        What the work returns, in the order of the items.

    Examples
    --------
    >>> list(in_order(lambda number: number**2, range(5), n_jobs=2))
    [0, 1, 4, 9, 16]
    """
    if n_jobs == 1:
        for item in items:
            yield work(item)
        return
    pool = ThreadPoolExecutor(n_jobs, thread_name_prefix="schedrisk")
    begun: deque[Future[Found]] = deque()
    try:
        for item in items:
            begun.append(pool.submit(work, item))
            if len(begun) >= n_jobs * (1 + WAITING):
                yield awaited(begun.popleft())
        while begun:
            yield awaited(begun.popleft())
    finally:
        if stop is not None:
            stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def awaited(future: Future[Found]) -> Found:
    """Return the result of a future, or raise its error; Ctrl-C ends the wait at once."""
    while not future.done():
        wait([future], timeout=PATIENCE)
    return future.result()


def usable_cores() -> int:
    """Return how many processors this process may use: the machine's, or fewer where it, or its container, is bound.

    Examples
    --------
    >>> 1 <= usable_cores() <= os.cpu_count()
    True
    """
    if hasattr(os, "process_cpu_count"):  # Python 3.13
        cores = os.process_cpu_count() or 1
    elif hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    for file, period in PROCESSOR_LIMITS:
        limit = _processor_limit(file, period)
        if limit is not None:
            cores = min(cores, max(1, round(limit)))
    return cores


def checked_jobs(n_jobs: object) -> int:
    """Return how many threads `n_jobs` means: so many, or one for each usable core with −1.

    Raises
    ------
    ArgumentError
        When it is neither a positive integer nor −1.

    Examples
    --------
    >>> checked_jobs(3), checked_jobs(-1) == usable_cores()
    (3, True)
    """
    if is_whole(n_jobs):
        if n_jobs >= 1:
            return int(n_jobs)
        if n_jobs == -1:
            return usable_cores()
    remedy = "leave it out for the number that suits the engine"
    raise ArgumentError([Problem("n_jobs", shown(n_jobs), "a number of threads, or -1 for all cores", remedy)])


def _processor_limit(file: str, period: str | None) -> float | None:
    """Return how many processors' time a control group gets; None where it is not bound."""
    try:
        words = Path(file).read_text().split()
        if period is not None:
            words += Path(period).read_text().split()
        quota, length = float(words[0]), float(words[1])
    except (OSError, ValueError, IndexError):  # not there, or "max"
        return None
    return quota / length if quota > 0 < length else None
