"""How the moderators themselves do: how much each bears, how fast, and whether they would decide the same."""
