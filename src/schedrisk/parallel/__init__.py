"""Work shared out: among threads, in order; and to any executor, a few calls to a worker."""

from schedrisk.parallel.executors import (
    Abandoned,
    ExecutorLike,
    Workers,
    calls,
    checked_executor,
    workers_here,
    workers_of,
)
from schedrisk.parallel.parcels import Gone
from schedrisk.parallel.threads import awaited, checked_jobs, in_order, usable_cores

__all__ = [
    "Abandoned",
    "ExecutorLike",
    "Gone",
    "Workers",
    "awaited",
    "calls",
    "checked_executor",
    "checked_jobs",
    "in_order",
    "usable_cores",
    "workers_here",
    "workers_of",
]
