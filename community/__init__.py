"""The community: its members, what they say and make, and the rules that hold it together."""
