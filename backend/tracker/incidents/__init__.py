"""Incidents, their comments and their timeline."""
