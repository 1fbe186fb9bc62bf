"""Saved replies: what is said again and again, written once and in both languages."""
