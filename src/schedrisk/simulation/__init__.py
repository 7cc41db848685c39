"""schedule() and simulate(): plan in, result out; simulate_many(), of the module `many`, for many plans."""

from schedrisk.simulation.run import chosen_of, schedule, simulate

__all__ = ["chosen_of", "schedule", "simulate"]
