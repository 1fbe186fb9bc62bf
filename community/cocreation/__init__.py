"""Members decide what the brand makes next: what is proposed, asked, backed and tried, one folder each."""
