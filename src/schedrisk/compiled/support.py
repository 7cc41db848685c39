"""Whether kernels can be compiled, and how they are."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, cast

from schedrisk.errors import MissingDependencyError

__all__ = ["instruction", "kernel", "numba_available", "require_numba"]

Function = TypeVar("Function", bound=Callable[..., Any])


class UntraceableError(Exception):
    """Something was done to a row of a tape that the compiled engine has no operation for: NumPy does it."""


@lru_cache(maxsize=1)
def _fault() -> str:
    """Return what keeps numba from being used; nothing where it can be."""
    if importlib.util.find_spec("numba") is None:
        return "is not installed"
    try:
        importlib.import_module("numba")
    except ImportError as error:  # it takes few versions of NumPy, and says so when it is imported
        return f"cannot be imported ({error})"
    return ""


def numba_available() -> bool:
    """Tell whether numba is installed and can be imported; it is, the first time."""
    return not _fault()


def require_numba() -> None:
    """Refuse the compiled engine where numba cannot be used.

    Raises
    ------
    MissingDependencyError
    """
    if fault := _fault():
        raise MissingDependencyError(
            f'engine="numba" needs the package numba, which {fault}: pip install "schedrisk[fast]"; '
            'engine="numpy" gives the same numbers without it'
        )


def kernel(function: Function) -> Function:
    """Have a function compiled when it is first called, for the types that it is called with.

    Compiled code is kept on disk where it can be, runs without Python's lock, divides as NumPy does, and keeps the order of
    floating-point operations: its bits are those of the same operations on arrays.

    Raises
    ------
    MissingDependencyError
        If numba is not installed.
    """
    require_numba()
    from numba import njit

    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": False}
    try:
        compiled = njit(cache=True, **options)(function)
    except RuntimeError:  # there is no place on disk that may be written to
        compiled = njit(**options)(function)
    return cast("Function", compiled)


def instruction(typed: Callable[..., Any]) -> Callable[..., Any]:
    """Have an instruction that Python has no word for, for use in kernels.

    Parameters
    ----------
    typed : callable
        As `numba.extending.intrinsic` takes it: given the types of the arguments, it returns the signature and a
        function that builds the instruction.

    Raises
    ------
    MissingDependencyError
        If numba is not installed.
    """
    require_numba()
    from numba.extending import intrinsic

    return cast("Callable[..., Any]", intrinsic(typed))
