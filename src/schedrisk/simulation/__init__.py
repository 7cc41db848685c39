"""schedule() and simulate(): plan in, result out."""

from schedrisk.simulation.run import chosen_of, schedule, simulate

__all__ = ["chosen_of", "schedule", "simulate"]
