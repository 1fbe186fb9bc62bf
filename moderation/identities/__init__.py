"""Identities: two accounts that may be one person's, and who says so."""
