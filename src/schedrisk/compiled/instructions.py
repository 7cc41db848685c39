"""Instructions that Python has no words for, for use in kernels.

They become part of the kernels that use them, and numba's cache does not notice when they change.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types

from schedrisk.compiled.support import instruction

__all__ = ["as_float", "as_word", "pick"]


@instruction
def as_float(_context: Any, _word: Any) -> Any:
    """Return the float whose bits are a word."""
    return types.float64(types.uint64), lambda _, builder, __, given: builder.bitcast(given[0], ir.DoubleType())


@instruction
def as_word(_context: Any, _number: Any) -> Any:
    """Return the bits of a float."""
    return types.uint64(types.float64), lambda _, builder, __, given: builder.bitcast(given[0], ir.IntType(64))


@instruction
def pick(_context: Any, _condition: Any, _one: Any, _other: Any) -> Any:
    """Return one of two floats without a branch, which would be taken apart into two loops' worth of work."""
    signature = types.float64(types.boolean, types.float64, types.float64)
    return signature, lambda _, builder, __, given: builder.select(*given)
