"""Who is here: identity, accounts, roles, follows and blocks. Every feature builds on it."""
