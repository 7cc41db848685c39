"""The critical path method on arrays of shape (n_tasks, n_draws): dates, binding links, criticality, float."""

from schedrisk.cpm.backward import delay_to_free_float, late_dates, trace_critical
from schedrisk.cpm.critical import critical_masks, driving_masks, float_to_target, latest_allowed, project_finish
from schedrisk.cpm.early import Early, Recorder
from schedrisk.cpm.floats import free_float, total_float
from schedrisk.cpm.forward import forward_again, forward_pass
from schedrisk.cpm.timing import state_masks, window_shares

__all__ = [
    "Early",
    "Recorder",
    "critical_masks",
    "delay_to_free_float",
    "driving_masks",
    "float_to_target",
    "forward_again",
    "forward_pass",
    "free_float",
    "late_dates",
    "latest_allowed",
    "project_finish",
    "state_masks",
    "total_float",
    "trace_critical",
    "window_shares",
]
