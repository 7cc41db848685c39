"""What asv measures from commit to commit: the cases of the benchmark script, so that both mean the same."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
