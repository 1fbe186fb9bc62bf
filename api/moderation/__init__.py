"""Moderation as GraphQL speaks it."""
