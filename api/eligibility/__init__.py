"""Who may take part in something, over GraphQL."""
