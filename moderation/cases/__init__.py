"""Cases: what moderators are to look at, in one queue, the most urgent first."""
