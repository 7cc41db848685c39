"""The critical path method on arrays of shape (n_tasks, n_draws): dates, binding links, criticality, float."""

from schedrisk.cpm.backward import free_float, late_finishes, trace_critical
from schedrisk.cpm.forward import forward_pass

__all__ = ["forward_pass", "free_float", "late_finishes", "trace_critical"]
