"""What all calls of a study share, and how it gets to the workers: once to each, however many calls it answers.

Threads share memory. Process pools get a file, which each worker reads once, and whose end tells those still at work to
stop. What is not known to be either gets the bytes with each call, if it pickles calls at all. A Dask cluster keeps
what is shared in its own memory: see `schedrisk.parallel.dask`.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import threading
from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

__all__ = ["Carried", "Filed", "Gone", "Parcel"]

# What a worker keeps: the study at hand, and one before it, whose last calls may still be at work in another thread.
MOST_OPEN = 2

_opened: OrderedDict[str, Any] = OrderedDict()
_opening = threading.Lock()


class Gone(Exception):  # noqa: N818  (not an error: nobody waits for the call any more)
    """The parcel is withdrawn: whoever sent it wants no answer."""


class Parcel(Protocol):
    """What the calls of a study share; sent with each of them."""

    def open(self) -> Any:
        """Return the content; raise `Gone` where it is withdrawn."""

    def withdrawn(self) -> bool:
        """Tell whether nobody wants answers any more."""


class Carried:
    """Content carried in memory; where a call is pickled, as bytes.

    Parameters
    ----------
    content : object

    Examples
    --------
    >>> parcel = Carried([1, 2])
    >>> parcel.open() is parcel.content
    True
    >>> pickle.loads(pickle.dumps(parcel)).open()
    [1, 2]
    """

    def __init__(self, content: Any) -> None:
        self.content = content
        self._withdrawn = threading.Event()

    def open(self) -> Any:
        """Return the content."""
        if self._withdrawn.is_set():
            raise Gone("the simulation is over")
        return self.content

    def withdrawn(self) -> bool:
        """Tell whether nobody wants answers any more; a copy in another process never learns it."""
        return self._withdrawn.is_set()

    def withdraw(self) -> None:
        """Stop the calls at their next look."""
        self._withdrawn.set()

    @cached_property
    def _bytes(self) -> tuple[str, bytes]:
        data = pickle.dumps(self.content, pickle.HIGHEST_PROTOCOL)
        return digest_of(data), data

    def __reduce__(self) -> tuple[Any, tuple[str, bytes]]:
        return _carried, self._bytes


class Filed:
    """Content in a file that each process reads once.

    Parameters
    ----------
    path : str
    digest : str
        Of what is in the file: another's is never unpickled.
    """

    def __init__(self, path: str, digest: str) -> None:
        self.path, self.digest = path, digest

    @classmethod
    def of(cls, content: Any) -> Filed:
        """Write content to a new file, which only this user may read."""
        import tempfile  # takes a while to load

        data = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
        handle, path = tempfile.mkstemp(prefix="schedrisk-", suffix=".pickle")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
        except BaseException:
            Path(path).unlink(missing_ok=True)
            raise
        return cls(path, digest_of(data))

    def open(self) -> Any:
        """Return the content, from the file where this process has not read it."""
        if self.withdrawn():
            raise Gone(f"{self.path} was deleted")
        return kept(self.digest, self._read)

    def withdrawn(self) -> bool:
        """Tell whether nobody wants answers any more: the file is gone."""
        return not Path(self.path).exists()

    def withdraw(self) -> None:
        """Delete the file, which stops the calls at their next look."""
        Path(self.path).unlink(missing_ok=True)

    def _read(self) -> Any:
        try:
            data = Path(self.path).read_bytes()
        except FileNotFoundError:
            raise Gone(f"{self.path} was deleted") from None
        if digest_of(data) != self.digest:
            raise RuntimeError(f"{self.path} is not the file that this simulation wrote")
        return pickle.loads(data)  # noqa: S301  (what the parent process has just pickled: the digest tells)


def digest_of(data: bytes) -> str:
    """Return the name under which content is known."""
    return hashlib.blake2b(data, digest_size=20).hexdigest()


def kept(digest: str, load: Any) -> Any:
    """Return content that this process has, or load it and keep it for the calls to come."""
    with _opening:
        if digest in _opened:
            _opened.move_to_end(digest)
        else:
            _opened[digest] = load()
            while len(_opened) > MOST_OPEN:
                _opened.popitem(last=False)
        return _opened[digest]


def _carried(digest: str, data: bytes) -> Carried:
    """Rebuild a parcel in another process, from what it has already where it can."""
    return Carried(kept(digest, lambda: pickle.loads(data)))  # noqa: S301  (within a pickle already)
