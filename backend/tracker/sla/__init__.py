"""Calendars, clocks, the ledger and the engine that watches deadlines."""
