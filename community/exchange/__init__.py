"""What comes from other platforms, and what leaves: imports, exports, and the format of both."""
