"""Calls to executors: any with `submit`, whether it runs them in threads, in processes or on a cluster."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from typing import Any, Protocol, TypeVar

from schedrisk.errors import ArgumentError, ExecutorError, Problem, shown
from schedrisk.parallel.dask import Cluster, client_of
from schedrisk.parallel.parcels import Carried, Filed, Gone, Parcel
from schedrisk.parallel.threads import PATIENCE, usable_cores

__all__ = ["Abandoned", "ExecutorLike", "Workers", "calls", "checked_executor", "workers_here", "workers_of"]

Item = TypeVar("Item")
Found = TypeVar("Found")

Abandoned = Callable[[], bool]
"""Tells work in progress whether nobody wants its result any more."""

# Calls that are handed out at a time, for each worker: enough that none waits for the next.
CALLS_PER_WORKER = 4

# How long calls that have begun are waited for when nobody wants their results any more [s].
PARTING = 0.5


class ExecutorLike(Protocol):
    """What runs calls: a `concurrent.futures.Executor`, or anything else with its `submit`."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a function called, and return its future."""


class Workers(Protocol):
    """Who does the calls of a study."""

    @property
    def n_workers(self) -> int:
        """How many calls they do at once."""

    def share(self, content: object) -> None:
        """Send what all calls need, once to each."""

    def submit(self, work: Callable[..., Any], item: object) -> Any:
        """Hand a call out, and return its future."""

    def ready(self, begun: Collection[Any]) -> Iterable[Any]:
        """Wait for calls that are ready; none after a while without."""

    def result(self, future: Any) -> Any:
        """Return what a call found; raise `CancelledError` where it is to be handed out again."""

    def withdraw(self, begun: Collection[Any]) -> None:
        """Cancel calls that have not begun, and stop those that have."""


def checked_executor(executor: Any) -> Any:
    """Return an executor as it is.

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
    if not isinstance(executor, type) and callable(getattr(executor, "submit", None)):
        return executor
    remedy = "write ProcessPoolExecutor(), or Client(...).get_executor() for a Dask cluster"
    if isinstance(executor, int):
        remedy = f"for {executor} threads write n_jobs={executor}"
    raise ArgumentError([Problem("executor", shown(executor), "an executor", remedy)])


def workers_of(executor: Any) -> Workers:
    """Return the workers of an executor.

    Raises
    ------
    ExecutorError
        When they are workers of a Dask cluster that has none, or whose client is closed.
    """
    client = client_of(executor)
    return Pool(executor) if client is None else Cluster(client, getattr(executor, "_kwargs", None))


def workers_here(executor: Any) -> int:
    """Return how many workers of an executor may share this machine's memory: those of a cluster have their own."""
    return Pool(executor).n_workers if client_of(executor) is None else 1


def calls(
    workers: Workers, work: Callable[[Any, Item, Abandoned], Found], shared: object, items: Iterable[Item]
) -> Generator[tuple[Item, Found]]:
    """Have workers do work on items.

    Whatever ends it early, calls that have not begun are cancelled, and those that have are told to stop.

    Parameters
    ----------
    workers : Workers
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
    most = workers.n_workers * CALLS_PER_WORKER
    to_do, lost, begun = iter(items), deque[Item](), dict[Any, Item]()
    try:
        workers.share(shared)
        while True:
            while len(begun) < most and (item := lost.popleft() if lost else next(to_do, None)) is not None:
                begun[workers.submit(work, item)] = item
            if not begun:
                return
            for future in workers.ready(begun):
                item = begun.pop(future)
                try:
                    found = workers.result(future)
                except CancelledError:
                    lost.append(item)
                else:
                    yield item, found
    finally:
        workers.withdraw(begun)


class Pool:
    """The workers of an executor of `concurrent.futures`, or of one that is like those.

    Parameters
    ----------
    executor : ExecutorLike
    """

    def __init__(self, executor: Any) -> None:
        self.executor = executor
        self._parcel: Filed | Carried | None = None

    @property
    def n_workers(self) -> int:
        """How many calls run at once; an executor that does not tell is taken to have this machine's cores."""
        workers = getattr(self.executor, "_max_workers", None)
        return workers if isinstance(workers, int) and workers > 0 else usable_cores()

    def share(self, content: object) -> None:
        """Put what all calls need into a file for other processes; threads share memory."""
        self._parcel = Filed.of(content) if self._of_processes else Carried(content)

    def submit(self, work: Callable[..., Any], item: object) -> Future[Any]:
        """Hand a call out, and return its future."""
        try:
            future = self.executor.submit(_call, work, self._parcel, item)
        except BrokenExecutor as error:
            raise self._broken() from error
        except RuntimeError as error:
            raise ExecutorError(f"executor: it takes no calls ({error}); make a new one, and call again") from error
        if isinstance(future, Future):
            return future
        expected = "a `submit` that returns a concurrent.futures.Future"
        raise ArgumentError([Problem("executor", shown(future), expected)])

    @staticmethod
    def ready(begun: Collection[Future[Any]]) -> Collection[Future[Any]]:
        """Wait for calls that are ready; none after a while without."""
        return wait(begun, timeout=PATIENCE, return_when=FIRST_COMPLETED).done

    def result(self, future: Future[Any]) -> Any:
        """Return what a call found.

        Raises
        ------
        ExecutorError
            When a worker died, or the call was cancelled.
        """
        try:
            found = future.result()
        except CancelledError as error:
            raise ExecutorError(
                "executor: calls were cancelled before they had answers; call again, with an executor that stays open"
            ) from error
        except BrokenExecutor as error:
            raise self._broken() from error
        if isinstance(found, Gone):
            raise ExecutorError(f"executor: {found}, before all workers had read it; call again")
        return found

    def withdraw(self, begun: Collection[Future[Any]]) -> None:
        """Cancel calls that have not begun, and stop those that have."""
        running = [future for future in begun if not future.cancel()]
        if self._parcel is not None:
            self._parcel.withdraw()
        wait(running, timeout=PARTING)

    @property
    def _of_processes(self) -> bool:
        # What nobody has loaded yet nobody can have made one of; loading it takes a while.
        module = sys.modules.get("concurrent.futures.process")
        return module is not None and isinstance(self.executor, module.ProcessPoolExecutor)

    def _broken(self) -> ExecutorError:
        """Describe a pool that lost a worker."""
        text = "executor: a worker died in the middle of its work, and the pool with it; make a new pool"
        text += ", with fewer workers if memory ran out"
        if self._of_processes:
            text += ", and in a script only below `if __name__ == '__main__':`"
        return ExecutorError(text)


def _call(work: Callable[[Any, Any, Abandoned], Any], parcel: Parcel, item: Any) -> Any:
    """Do work in a worker that opens a parcel."""
    try:
        return work(parcel.open(), item, parcel.withdrawn)
    except Gone as gone:
        return gone
