"""What drives the finish, what a change of plan brings, and who owns the delay: tables made from results."""

from schedrisk.analysis.comparison import compare
from schedrisk.analysis.convergence import convergence
from schedrisk.analysis.estimate_sources import estimates
from schedrisk.analysis.mitigations import mitigations
from schedrisk.analysis.ownership import ownership
from schedrisk.analysis.risk_ranking import risk_ranking
from schedrisk.analysis.sensitivity import sensitivity

__all__ = ["compare", "convergence", "estimates", "mitigations", "ownership", "risk_ranking", "sensitivity"]
