"""Rounds, ballots and results over GraphQL."""
