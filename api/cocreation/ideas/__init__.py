"""Ideas over GraphQL: boards, votes, stages, co-authors, amendments and merges."""
