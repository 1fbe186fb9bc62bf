"""Co-creation over GraphQL, one folder a feature."""
