"""Cells of comma-separated values, which spreadsheets run where they look like formulas: what members wrote is not to run."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that is one."""


def safe_cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula."""
    # Fullwidth signs are formulas to some.
    begins = text.lstrip(" \u00a0\u3000\n").translate({0xFF1D: "=", 0xFF0B: "+", 0xFF0D: "-", 0xFF20: "@"})
    return f"'{text}" if begins.startswith(FORMULA) or text.startswith(FORMULA) else text
