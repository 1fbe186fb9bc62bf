"""A double-entry ledger: accounts, transactions that add nothing up to something, and balances that a recount finds."""
