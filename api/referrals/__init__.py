"""Referrals, over GraphQL and as links."""
