"""Reports of a simulation: one typed summary, written as HTML, Markdown or JSON."""

from schedrisk.report.report import Report

__all__ = ["Report"]
