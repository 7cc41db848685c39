"""Plots: each takes ``ax=``, draws what a result or an analysis says, and returns the axes."""

from schedrisk.plot.curves import histogram, s_curve
from schedrisk.plot.estimates import estimate
from schedrisk.plot.gantt import gantt
from schedrisk.plot.network import network
from schedrisk.plot.settling import convergence
from schedrisk.plot.tornado import tornado

__all__ = ["convergence", "estimate", "gantt", "histogram", "network", "s_curve", "tornado"]
