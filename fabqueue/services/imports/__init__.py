"""Bringing in what a lab has elsewhere: people, past jobs, the settings of its slicer."""
