"""Members and their accounts, over GraphQL."""
