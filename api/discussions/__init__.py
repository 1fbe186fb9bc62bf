"""Spaces, posts, comments, reactions, tags and search, over GraphQL."""
