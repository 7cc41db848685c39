"""A Dask cluster as an executor: what is shared lies in the cluster's memory, and a worker that dies costs time only.

What `Client.get_executor` makes has `submit` too, but its futures are never ready where a worker takes what it found
with it, nor where the client goes away. So calls go to the client itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from concurrent.futures import CancelledError
from typing import Any

from schedrisk.errors import ArgumentError, ExecutorError, Problem
from schedrisk.parallel.threads import PATIENCE

__all__ = ["Cluster", "client_of"]

# How long to wait for the first worker of a cluster that has none yet, and for what a worker found to arrive [s].
PATIENCE_FOR_WORKERS = 30
PATIENCE_FOR_RESULTS = 60

# How often to look whether a call is ready [s]: a call takes far longer.
TICK = 0.01

# How often calls that got lost, with all workers that knew what they need, are handed out again.
MOST_LOSSES = 3


def client_of(executor: Any) -> Any:
    """Return the client of an executor that `Client.get_executor` has made, or a client itself; None of any other."""
    # Told by name, so that nothing of Dask is imported for executors that are none of it.
    if type(executor).__module__.partition(".")[0] != "distributed":
        return None
    return executor if hasattr(executor, "get_executor") else getattr(executor, "_client", None)


class Cluster:
    """The workers of a Dask cluster.

    Parameters
    ----------
    client : distributed.Client
    options : dict, optional
        Of each call, as `Client.get_executor` takes them: `workers`, `resources`, `retries` …

    Raises
    ------
    ArgumentError
        When the client is asynchronous.
    ExecutorError
        When it is closed, or no worker comes.
    """

    def __init__(self, client: Any, options: dict[str, Any] | None = None) -> None:
        self.client = client
        # Calls that look alike are of different studies: none may be answered with what another one found.
        self.options = {**(options or {}), "pure": False}
        self._shared: object = None
        self._parcel: Any = None
        self._sent: dict[Any, Any] = {}
        self._losses = 0
        if client.asynchronous:
            expected, remedy = "a Dask client that waits for answers", "make one without asynchronous=True"
            raise ArgumentError([Problem("executor", "an asynchronous Dask client", expected, remedy)])
        self._fail_if_closed()
        try:
            client.wait_for_workers(1, timeout=PATIENCE_FOR_WORKERS)
        except TimeoutError:
            raise ExecutorError(
                f"executor: the Dask cluster has had no worker for {PATIENCE_FOR_WORKERS} seconds; "
                "start one, with cluster.scale(4) or `dask worker`"
            ) from None

    @property
    def n_workers(self) -> int:
        """How many calls the workers run at once."""
        return max(1, sum(int(each) for each in self.client.nthreads().values()))

    def share(self, content: object) -> None:
        """Put what all calls need into the memory of every worker."""
        self._shared = content
        # Each study is its own: under a key made from the content, a finished one and a new one would be the same.
        self._parcel = self._asked(self.client.scatter, content, broadcast=True, hash=False)

    def submit(self, work: Callable[..., Any], item: object) -> Any:
        """Hand a call out, and return its future."""
        future = self._asked(self.client.submit, _call, work, self._parcel, item, **self.options)
        self._sent[future] = self._parcel
        return future

    def ready(self, begun: Collection[Any]) -> list[Any]:
        """Wait for calls that are ready; none after a while without."""
        end = time.monotonic() + PATIENCE
        while not (done := [future for future in begun if future.status not in {"pending", "lost"}]):
            if time.monotonic() > end:
                self._fail_if_closed()
                break
            time.sleep(TICK)
        return done

    def result(self, future: Any) -> Any:
        """Return what a call found.

        Raises
        ------
        CancelledError
            When it is lost, and is to be handed out again.
        ExecutorError
            When that has been done too often, or the client is closed.
        """
        import asyncio  # distributed has loaded it; `import schedrisk` does without

        parcel = self._sent.pop(future)
        try:
            return future.result(timeout=PATIENCE_FOR_RESULTS)
        except (CancelledError, asyncio.CancelledError, TimeoutError) as error:
            self._fail_if_closed()
            if future.status == "error":  # the work's own
                raise
            if parcel is self._parcel:  # the first call that got lost of those that had this one
                self._share_again()
            raise CancelledError from error
        except Exception as error:
            if type(error).__name__ != "KilledWorker":
                raise
            raise ExecutorError(
                f"executor: Dask has given up a piece of the simulation, as worker after worker died at it ({error}); "
                "give the workers more memory"
            ) from error

    def _share_again(self) -> None:
        """Share the content once more: it may have gone with the last worker that had it."""
        self._losses += 1
        if self._losses > MOST_LOSSES:
            raise ExecutorError(
                "executor: the Dask cluster has lost pieces of the simulation again and again, with the workers that had "
                "them; give the workers more memory"
            )
        self.share(self._shared)

    def withdraw(self, begun: Collection[Any]) -> None:
        """Cancel calls, and let the workers forget what they share."""
        self._parcel = self._shared = None
        self._sent.clear()
        if begun and self.client.status == "running":
            self.client.cancel(list(begun))

    def _asked(self, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Call the client, which may be closed by now."""
        try:
            return function(*args, **options)
        except Exception as error:
            self._fail_if_closed()
            raise ExecutorError(f"executor: the Dask cluster takes no calls ({error}); connect again") from error

    def _fail_if_closed(self) -> None:
        if self.client.status in {"closed", "closing"}:
            raise ExecutorError(
                "executor: the Dask client was closed before the simulation had its answers; "
                "connect again, and keep the client open until they are there"
            )


def _call(work: Callable[..., Any], shared: Any, item: Any) -> Any:
    """Do work in a worker, which has what is shared."""
    return work(shared, item, _never)


def _never() -> bool:
    """Tell that results are wanted: a cluster has no quick word for its workers."""
    return False
