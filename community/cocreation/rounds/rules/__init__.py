"""How ballots become an outcome: one rule a module, pure functions on arrays, with sources."""
