"""The first steps of an installation, and demo data to take them with."""
