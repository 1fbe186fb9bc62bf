"""The ledger as GraphQL shows it."""
