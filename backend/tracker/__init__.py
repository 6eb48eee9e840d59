"""Incident & SLA Tracker: incidents against deadlines, on a right clock."""
