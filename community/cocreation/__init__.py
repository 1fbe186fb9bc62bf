"""Members decide what the brand makes next: rounds, ballots, and the rules that count them."""
