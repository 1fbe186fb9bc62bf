"""The social graph over GraphQL."""
