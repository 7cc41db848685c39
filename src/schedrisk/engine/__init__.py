"""Blocks of draws: sampling joined with the critical path method.

A block is a pure function of a `Replay` and a range of draw numbers, so that it can be run again at any time, for any
tasks, and gives the same numbers whatever the size of the blocks.
"""

from schedrisk.engine.blocks import Block, run_block
from schedrisk.engine.dates import early_dates, scheduled
from schedrisk.engine.lengths import lengths_block
from schedrisk.engine.passes import Passes
from schedrisk.engine.ranges import block_ranges, memory_of
from schedrisk.engine.replay import Replay

__all__ = [
    "Block",
    "Passes",
    "Replay",
    "block_ranges",
    "early_dates",
    "lengths_block",
    "memory_of",
    "run_block",
    "scheduled",
]
