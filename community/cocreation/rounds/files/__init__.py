"""Files that others keep ballots in, read and written: text in, text out."""
