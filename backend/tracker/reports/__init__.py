"""Reports: read-only aggregates."""
