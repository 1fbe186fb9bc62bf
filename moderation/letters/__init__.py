"""Letters that moderation owes: to whom a decision concerns, to guests who reported, and to who appeals."""
