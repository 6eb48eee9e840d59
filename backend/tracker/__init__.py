"""Incident & SLA Tracker: incidents, their service level agreements, and a right clock."""
