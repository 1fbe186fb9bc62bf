"""Rounds: a question to the community, secret ballots, and the rules that count them."""
