"""The chapters of a report: each file maps what a run has left (`analysis.evidence`) to a section."""
