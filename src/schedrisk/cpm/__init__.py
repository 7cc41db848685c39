"""The critical path method on arrays of shape (n_tasks, n_draws): dates, binding links, criticality, float."""

from schedrisk.cpm.backward import delay_to_free_float, free_float, late_dates, total_float, trace_critical
from schedrisk.cpm.forward import Early, forward_again, forward_pass

__all__ = [
    "Early",
    "delay_to_free_float",
    "forward_again",
    "forward_pass",
    "free_float",
    "late_dates",
    "total_float",
    "trace_critical",
]
