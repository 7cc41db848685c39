"""schedule(), simulate() and simulate_many(): plans in, results out."""

from schedrisk.simulation.many import simulate_many
from schedrisk.simulation.run import chosen_of, schedule, simulate
from schedrisk.simulation.scenarios import Scenario, Scenarios

__all__ = ["Scenario", "Scenarios", "chosen_of", "schedule", "simulate", "simulate_many"]
