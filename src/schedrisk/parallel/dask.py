"""A Dask cluster as an executor: what is shared lies in the cluster's memory, and a worker that dies costs time only."""

from __future__ import annotations

from typing import Any

from schedrisk.errors import ExecutorError

__all__ = ["client_of", "fail_if_closed", "n_threads", "scattered"]

# How long to wait for the first worker of a cluster that has none yet [s].
PATIENCE_FOR_WORKERS = 30


def client_of(executor: Any) -> Any:
    """Return the client of an executor that `Client.get_executor` has made; None of any other."""
    # Told by name, so that nothing of Dask is imported for executors that are none of it.
    if type(executor).__module__.partition(".")[0] != "distributed":
        return None
    return getattr(executor, "_client", None)


def executor_of(executor: Any) -> Any:
    """Return the executor of a client; anything else as it is."""
    is_client = type(executor).__module__.partition(".")[0] == "distributed" and hasattr(executor, "get_executor")
    # Calls that look alike are of different studies: none may be answered with what another one found.
    return executor.get_executor(pure=False) if is_client else executor


def n_threads(client: Any) -> int:
    """Return how many threads the workers have together, once there is a worker.

    Raises
    ------
    ExecutorError
        When no worker comes, or the client is closed.
    """
    fail_if_closed(client)
    try:
        client.wait_for_workers(1, timeout=PATIENCE_FOR_WORKERS)
    except TimeoutError:
        raise ExecutorError(
            f"executor: the Dask cluster has had no worker for {PATIENCE_FOR_WORKERS} seconds; "
            "start one, with cluster.scale(4) or `dask worker`"
        ) from None
    return max(1, sum(int(each) for each in client.nthreads().values()))


def scattered(client: Any, content: Any) -> Any:
    """Put content into the memory of every worker, and return what stands for it in calls."""
    # Each study is its own: under a key made from the content, a withdrawn one and a new one would be the same.
    return client.scatter(content, broadcast=True, hash=False)


def fail_if_closed(client: Any) -> None:
    """Raise where a client has gone away.

    Raises
    ------
    ExecutorError
    """
    if client.status in {"closed", "closing"}:
        raise ExecutorError(
            "executor: the Dask client was closed before the simulation had its answers; "
            "connect again, and keep the client open until simulate returns"
        )
