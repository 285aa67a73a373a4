"""What a process says on stderr: one line for each thing, and of a bug where it happened."""

import os
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog


class _Voice:
    """stderr, as long as somebody hears it: what is told to nobody does not stop who tells it."""

    def write(self, text: str) -> None:
        """Say it, if anybody can hear."""
        with suppress(OSError, ValueError):
            sys.stderr.write(text)

    def flush(self) -> None:
        """Have it said by now."""
        with suppress(OSError, ValueError):
            sys.stderr.flush()


def speak() -> None:
    """Say it on stderr, which is for talk; of an exception its traceback and no more.

    The values of variables are left out: among them are tokens, and whole pages, which take
    longer to write than anybody waits.
    """
    is_coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    renderer = structlog.dev.ConsoleRenderer(
        colors=is_coloured, exception_formatter=structlog.dev.plain_traceback
    )
    *others, _ = structlog.get_config()["processors"]
    structlog.configure(
        processors=[*others, renderer],
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Voice())),
    )
