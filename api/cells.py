"""Text in cells of CSV, which no spreadsheet shall take for a formula."""

from typing import Final

# What a spreadsheet takes for a formula at the head of a cell, its full-width doubles included.
_FORMULA: Final = ("=", "+", "-", "@", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def guarded(text: str) -> str:
    """A text that stays one: an apostrophe before what would be computed, and before another."""
    return f"'{text}" if text.startswith(_FORMULA) else text
