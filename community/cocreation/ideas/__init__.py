"""Ideas: members propose, refine, and see what becomes of it."""
