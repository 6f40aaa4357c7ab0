"""The chapters of a report: each file turns the results of a run (`analysis.evidence`) into a section."""
