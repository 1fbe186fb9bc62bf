"""Decisions: what moderators do about cases, with reasons, and how it is undone."""
