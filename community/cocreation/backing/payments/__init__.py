"""Who moves the money: a port, and what speaks through it."""
