"""What keeps the community civil: rules and scores of what is posted, and what people decide about it."""
