"""What the community tells everybody about its moderation, and the European database about each decision."""
