"""What a schedule or a simulation gives back: frozen records, with their sampling errors."""

from schedrisk.result.correlations import correlations
from schedrisk.result.promise import PromiseOutcome
from schedrisk.result.schedule import Schedule, compute_schedule
from schedrisk.result.simulation_result import SimulationResult
from schedrisk.result.summary import Summary

__all__ = ["PromiseOutcome", "Schedule", "SimulationResult", "Summary", "compute_schedule", "correlations"]
