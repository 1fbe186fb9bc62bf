"""Teams: which department a case is for, within what time it answers, and who answers where it does not."""
