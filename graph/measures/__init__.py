"""Measures: pure functions on arrays. No database, no clock, nothing that is not given."""
