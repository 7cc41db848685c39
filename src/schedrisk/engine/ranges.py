"""How draws are cut into blocks, and what blocks take of memory."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["block_ranges", "compiled_ranges", "memory_of"]

# Task-draws in a block: 80 MiB of finishes. Larger blocks spread a call's fixed cost, smaller ones stay in the cache.
BLOCK_CELLS = 10 * 2**20
LEAST_DRAWS, MOST_DRAWS, MOST_DRAWS_OF_THREADS = 256, 8192, 16_384

# Of the compiled engine: a hundredth of a second's work.
COMPILED_CELLS = 8_000_000

# NumPy's threads wait for each other between short steps: few large blocks for each suit them. Compiled ones get more, so
# that none is without work at the end.
NUMPY_BLOCKS_PER_JOB, COMPILED_BLOCKS_PER_JOB = 1, 8


def block_ranges(n_rows: int, n_draws: int, n_jobs: int = 1) -> Iterator[tuple[int, int]]:
    """Yield the first draw and the number of draws of each block.

    Parameters
    ----------
    n_rows, n_draws : int
    n_jobs : int
        Threads that the blocks are for: there are some for each.

    Examples
    --------
    >>> list(block_ranges(100, 10_000)), list(block_ranges(100, 10_000, n_jobs=2))
    ([(0, 8192), (8192, 1808)], [(0, 4096), (4096, 4096), (8192, 1808)])
    """
    size = max(LEAST_DRAWS, BLOCK_CELLS // max(n_rows, 1))
    size = min(size, MOST_DRAWS if n_jobs == 1 else MOST_DRAWS_OF_THREADS)
    if n_jobs > 1:
        size = min(size, max(LEAST_DRAWS, n_draws // (NUMPY_BLOCKS_PER_JOB * n_jobs)))
    size = 1 << (size.bit_length() - 1)  # so that a block is whole replicates of stratified draws, or within one
    for first in range(0, n_draws, size):
        yield first, min(size, n_draws - first)


def compiled_ranges(n_rows: int, n_draws: int, n_jobs: int = 1) -> Iterator[tuple[int, int]]:
    """Yield what `block_ranges` does, for the compiled engine, which cuts its blocks once more to fit the cache.

    Examples
    --------
    >>> [count for _, count in compiled_ranges(5_000, 5_000, n_jobs=2)]
    [256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 136]
    """
    size = max(LEAST_DRAWS, COMPILED_CELLS // max(n_rows, 1))
    if n_jobs > 1:
        size = min(size, max(LEAST_DRAWS, n_draws // (COMPILED_BLOCKS_PER_JOB * n_jobs)))
    size = 1 << (size.bit_length() - 1)
    for first in range(0, n_draws, size):
        yield first, min(size, n_draws - first)


def memory_of(n_tasks: int, n_links: int, n_kept: int, n_draws: int, n_jobs: int = 1) -> int:
    """Return about how many bytes a simulation holds at its peak.

    Parameters
    ----------
    n_tasks, n_links : int
    n_kept : int
        Finishes kept for every draw: the project's and the promised milestones'.
    n_draws : int
    n_jobs : int
        Threads, each of which works on a block.
    """
    size = min(n_jobs * next(block_ranges(n_tasks, n_draws, n_jobs))[1], n_draws)
    # Beside the draws that are kept, a summary sorts one row of them, and turns it to working time and to dates.
    return 8 * (n_kept + 5) * n_draws + size * (9 * n_tasks + n_links)
