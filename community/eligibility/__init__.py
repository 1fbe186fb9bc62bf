"""Eligibility: who may take part in something, as a rule that is data and one predicate that every door asks."""
