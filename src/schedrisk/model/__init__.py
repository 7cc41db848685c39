"""The plan and its parts: frozen, validated on construction, all faults at once."""

from schedrisk.model.parts import Damages, Link, Promise, Risk, Task
from schedrisk.model.plan import Plan

__all__ = ["Damages", "Link", "Plan", "Promise", "Risk", "Task"]
