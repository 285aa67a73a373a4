"""What a word is in audit search: letters and digits, whatever their case."""

import re
import unicodedata

_WORD = re.compile(r"\w+")


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text in order, folded, so that Straße is found as STRASSE."""
    if text.isascii():
        return tuple(_WORD.findall(text.lower()))
    return tuple(_WORD.findall(unicodedata.normalize("NFC", text).casefold()))
