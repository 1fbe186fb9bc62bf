"""What a member is told of: grouped while unread, taken back when undone, and never of what they may not see."""
