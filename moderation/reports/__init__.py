"""Reports: whoever sees something wrong says so, and learns what came of it."""
