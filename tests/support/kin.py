"""The processes that a process began, as the kernel tells of them."""

from contextlib import suppress
from pathlib import Path
from typing import Final

_DECIDES: Final = b"api.committing"
_GONE: Final = (FileNotFoundError, ProcessLookupError)


def children(pid: int) -> list[int]:
    """Those that it began and is the parent of."""
    found: list[int] = []
    for told in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(*_GONE):
            found += map(int, told.read_text().split())
    return sorted(found)


def decider(pid: int) -> int | None:
    """The process that decides for these doors; None while there is none."""
    for child in children(pid):
        with suppress(*_GONE):
            if _DECIDES in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
                return child
    return None


def has_ended(pid: int) -> bool:
    """Whether there is no such process any more, or one that nobody buries."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True
    return told.rpartition(")")[2].split()[0] == "Z"
