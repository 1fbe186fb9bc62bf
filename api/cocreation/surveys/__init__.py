"""Surveys, responses and results over GraphQL."""
