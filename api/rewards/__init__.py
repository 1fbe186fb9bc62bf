"""Rewards in the API: what members earned and have, what they can redeem it for, and what staff decide."""
