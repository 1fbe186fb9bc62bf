"""The social graph: who attends to whom, and what follows from it."""
