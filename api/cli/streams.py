"""What a process is begun with: its streams, open and able to take any text, and its words."""

import codecs
import io
import os
import sys
from collections.abc import Iterable
from typing import Final

_STREAMS: Final = (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_WRONLY, "w"),
                   ("stderr", os.O_WRONLY, "w"))  # fmt: skip


def open_streams() -> None:
    """Have each stream there, and no character stop what is printed.

    A stream that was closed reads nothing and writes nowhere. A character that stdout cannot
    encode is printed as an escape, as stderr does it: what was recorded is told all the same.
    """
    for name, flags, mode in _STREAMS:
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, flags)
            setattr(sys, name, open(nowhere, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    out: object = sys.stdout
    if isinstance(out, io.TextIOWrapper) and codecs.lookup(out.encoding).name != "utf-8":
        out.reconfigure(errors="backslashreplace")


def no_text(words: Iterable[str]) -> str | None:
    """The first of these words that is no UTF-8, as it can be shown."""
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError:
            return ascii(word)
    return None
