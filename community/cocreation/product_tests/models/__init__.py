"""What product tests are reckoned by: pure functions on numbers, each with its formula, its cost and its source."""
