"""Product tests: variants of a product shown to members, and what they do about them says how many to make."""
