"""Rewards: promised once for a cause, held, granted or taken back; points are spent first in first out."""
