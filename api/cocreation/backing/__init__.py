"""Backing over GraphQL, and what payment providers call."""
