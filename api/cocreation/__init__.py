"""Co-creation over GraphQL: rounds, ballots and results."""
