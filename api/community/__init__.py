"""The community itself, over GraphQL."""
