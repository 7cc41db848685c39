"""Compiled kernels: the same numbers as the NumPy code, to the last bit, from loops over arrays that numba compiles.

Nothing here is imported before the compiled engine is used, but for `schedrisk.compiled.support`, which tells whether
it can be. A kernel stands in one module with all the functions that it calls, because numba's cache on disk does not
notice edits elsewhere.
"""
