"""Calls to executors: any with `submit`, whether it runs them in threads, in processes or on a cluster."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Future,
    ProcessPoolExecutor,
    wait,
)
from dataclasses import dataclass, field
from typing import Any, Protocol, Self, TypeVar

from schedrisk.errors import ArgumentError, ExecutorError, Problem, shown
from schedrisk.parallel.dask import client_of, executor_of, fail_if_closed, n_threads, scattered
from schedrisk.parallel.parcels import Carried, Filed, Gone, Parcel
from schedrisk.parallel.threads import PATIENCE, usable_cores

__all__ = ["Abandoned", "ExecutorLike", "calls", "checked_executor", "workers_of"]

Item = TypeVar("Item")
Found = TypeVar("Found")

Abandoned = Callable[[], bool]
"""Tells work in progress whether nobody wants its result any more."""

# Calls that are handed out at a time, for each worker: enough that none waits for the next.
CALLS_PER_WORKER = 4

# How often a call that got lost, with all workers that knew what it needs, is handed out again.
MOST_LOSSES = 3

# How long calls that have begun are waited for when nobody wants their results any more [s].
PARTING = 0.5


class ExecutorLike(Protocol):
    """What runs calls: a `concurrent.futures.Executor`, or anything else with its `submit`."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a function called, and return its future."""


def checked_executor(executor: object) -> Any:
    """Return an executor as it is, and of a Dask client its executor.

    Raises
    ------
    ArgumentError
        When it has no `submit`.

    Examples
    --------
    >>> checked_executor(4)
    Traceback (most recent call last):
    schedrisk.errors.ArgumentError: executor: found 4, expected an executor; for 4 threads write n_jobs=4
    """
    found = executor_of(executor)
    if not isinstance(found, type) and callable(getattr(found, "submit", None)):
        return found
    remedy = "write ProcessPoolExecutor(), or Client(...).get_executor() for a Dask cluster"
    if isinstance(found, int):
        remedy = f"for {found} threads write n_jobs={found}"
    raise ArgumentError([Problem("executor", shown(executor), "an executor", remedy)])


def workers_of(executor: Any) -> int:
    """Return how many calls an executor runs at once; what does not tell is taken to have this machine's cores.

    Raises
    ------
    ExecutorError
        When a Dask cluster has no workers, or its client is closed.
    """
    client = client_of(executor)
    if client is not None:
        return n_threads(client)
    workers = getattr(executor, "_max_workers", None)
    return workers if isinstance(workers, int) and workers > 0 else usable_cores()


def calls(
    executor: Any, work: Callable[[Any, Item, Abandoned], Found], shared: object, items: Iterable[Item]
) -> Iterator[tuple[Item, Found]]:
    """Have an executor do work on items.

    Whatever ends it early, calls that have not begun are cancelled, and those that have are told to stop.

    Parameters
    ----------
    executor : ExecutorLike
    work : callable
        A function of a module, called as ``work(shared, item, abandoned)``; long work looks at ``abandoned()`` now and
        then, and may return anything once that is true.
    shared : object
        What all calls need; it is sent to each worker once.
    items : iterable
        Taken a few ahead of the results, for each worker.

    Yields
    ------
    item, found
        In the order in which they are ready.

    Raises
    ------
    ExecutorError
        When workers, or the way to them, are lost; the remedy is named. Errors of the work itself are raised as they
        are.
    """
    to_do, losses = iter(items), deque[Item]()
    with _Shipment(executor, shared, workers_of(executor) * CALLS_PER_WORKER) as shipment:
        while shipment.fill(work, losses, to_do):
            ready = shipment.ready()
            for future in ready:
                item = shipment.begun.pop(future)
                try:
                    found = future.result()
                except CancelledError:
                    shipment.note_loss()
                    losses.append(item)
                    continue
                except BrokenExecutor as error:
                    raise _broken(executor) from error
                except Exception as error:
                    if (killed := _killed(error)) is not None:
                        raise killed from error
                    raise
                if isinstance(found, Gone):
                    raise ExecutorError(f"executor: {found}, before all workers had read it; call again")
                yield item, found


@dataclass(eq=False)
class _Shipment:
    """The calls that an executor has in hand, and what they share."""

    executor: Any
    shared: object
    most: int
    begun: dict[Future[Any], Any] = field(default_factory=dict)
    losses: int = 0
    parcel: Any = None

    def __enter__(self) -> Self:
        self._ship()
        return self

    def __exit__(self, *_: object) -> None:
        running = [future for future in self.begun if not future.cancel()]
        self._withdraw()
        wait(running, timeout=PARTING)

    def _ship(self) -> None:
        client = client_of(self.executor)
        if client is not None:
            fail_if_closed(client)
            self.parcel = scattered(client, self.shared)
        elif isinstance(self.executor, ProcessPoolExecutor):
            self.parcel = Filed.of(self.shared)
        else:
            self.parcel = Carried(self.shared)

    def _withdraw(self) -> None:
        if isinstance(self.parcel, Filed | Carried):
            self.parcel.withdraw()
        self.parcel = None  # what a cluster keeps it forgets when nothing stands for it any more

    def fill(self, work: Callable[..., Any], losses: deque[Any], to_do: Iterator[Any]) -> bool:
        """Hand out calls as long as there is work and room, and tell whether any are in hand."""
        entry = _call if isinstance(self.parcel, Filed | Carried) else _call_there
        while len(self.begun) < self.most:
            try:
                item = losses.popleft() if losses else next(to_do)
            except StopIteration:
                break
            try:
                future = self.executor.submit(entry, work, self.parcel, item)
            except Exception as error:
                raise self._refused(error) from error
            if not isinstance(future, Future):
                expected = "a `submit` that returns a concurrent.futures.Future"
                raise ArgumentError([Problem("executor", shown(future), expected)])
            self.begun[future] = item
        return bool(self.begun)

    def ready(self) -> set[Future[Any]]:
        """Wait for calls that are ready; none after a while without."""
        done, _ = wait(self.begun, timeout=PATIENCE, return_when=FIRST_COMPLETED)
        if not done and (client := client_of(self.executor)) is not None:
            fail_if_closed(client)  # its futures would never be ready
        return done

    def note_loss(self) -> None:
        """Prepare to hand a lost call out again.

        Raises
        ------
        ExecutorError
            When that has been done too often, or would not help.
        """
        client, self.losses = client_of(self.executor), self.losses + 1
        if client is not None:
            fail_if_closed(client)
            if self.losses <= MOST_LOSSES:
                self.parcel = scattered(client, self.shared)  # it may have gone with the last worker that had it
                return
        raise ExecutorError(
            "executor: calls were cancelled, or lost with their workers, before they had answers; "
            "call again with an executor that stays open, with workers that have the memory"
        )

    def _refused(self, error: Exception) -> Exception:
        """Return what to raise where an executor does not take calls."""
        if isinstance(error, BrokenExecutor):
            return _broken(self.executor)
        client = client_of(self.executor)
        if client is not None:
            fail_if_closed(client)
        if client is not None or isinstance(error, RuntimeError):
            return ExecutorError(f"executor: it takes no calls ({error}); make a new one, and call again")
        return error


def _call(work: Callable[[Any, Any, Abandoned], Any], parcel: Parcel, item: Any) -> Any:
    """Do work in a worker that opens a parcel."""
    try:
        return work(parcel.open(), item, parcel.withdrawn)
    except Gone as gone:
        return gone


def _call_there(work: Callable[[Any, Any, Abandoned], Any], shared: Any, item: Any) -> Any:
    """Do work in a worker of a cluster, which has what is shared."""
    return work(shared, item, _never)


def _never() -> bool:
    """Tell that results are wanted: a cluster has no quick word for its workers."""
    return False


def _broken(executor: Any) -> ExecutorError:
    """Describe a pool that lost a worker."""
    text = (
        "executor: a worker died in the middle of its work, and the pool with it; make a new pool, with fewer workers"
    )
    text += " if memory ran out"
    if isinstance(executor, ProcessPoolExecutor):
        text += ", and in a script only below `if __name__ == '__main__':`"
    return ExecutorError(text)


def _killed(error: Exception) -> ExecutorError | None:
    """Describe a call that a cluster has given up as it killed its workers; None of any other error."""
    if type(error).__name__ != "KilledWorker":
        return None
    return ExecutorError(
        f"executor: Dask has given up a piece of the simulation, as worker after worker died at it ({error}); "
        "give the workers more memory"
    )
