"""Cells for spreadsheets, which run what looks like a formula: what members wrote is not to run there."""

from __future__ import annotations

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How what a spreadsheet might run begins, also after spaces."""


def safe_cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula: one that begins so begins with an apostrophe."""
    # Fullwidth signs are formulas to some.
    begins = text.lstrip(" \u00a0\u3000\n").translate({0xFF1D: "=", 0xFF0B: "+", 0xFF0D: "-", 0xFF20: "@"})
    return f"'{text}" if begins.startswith(FORMULA) or text.startswith(FORMULA) else text
