"""Whether kernels can be compiled, and how they are."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, cast

from schedrisk.errors import MissingDependencyError

__all__ = ["instruction", "kernel", "numba_available", "require_numba"]

Function = TypeVar("Function", bound=Callable[..., Any])


@lru_cache(maxsize=1)
def numba_available() -> bool:
    """Tell whether numba is installed, without importing it."""
    return importlib.util.find_spec("numba") is not None


def require_numba() -> None:
    """Refuse the compiled engine where numba is not installed.

    Raises
    ------
    MissingDependencyError
    """
    if not numba_available():
        raise MissingDependencyError(
            'engine="numba" needs the package numba, which is not installed: pip install "schedrisk[fast]"; '
            'engine="numpy" gives the same numbers without it'
        )


def kernel(function: Function) -> Function:
    """Have a function compiled when it is first called, for the types that it is called with.

    Compiled code is kept on disk, runs without Python's lock, divides as NumPy does, and keeps the order of
    floating-point operations: its bits are those of the same operations on arrays.

    Raises
    ------
    MissingDependencyError
        If numba is not installed.
    """
    require_numba()
    from numba import njit

    compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath=False)(function)
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
