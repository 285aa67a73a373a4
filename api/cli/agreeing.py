"""Ask a person on the terminal before what cannot be undone."""

import sys

from api.cli.endings import REFUSED, Ended


def agree(question: str) -> None:
    """Ask on the terminal; anything but yes ends the command, and nothing was done."""
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Ended(REFUSED, "Nothing was done.")
