"""How a command ends: the exit codes (contracts, section 4) and the exceptions that carry them."""

import shlex
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from api.client import Reply

DONE: Final = 0
REFUSED: Final = 1
USAGE: Final = 2
UNREACHABLE: Final = 3
BROKEN: Final = 4
STALE: Final = 5
INTERRUPTED: Final = 130


class Ended(Exception):
    """The command is over: `words` go to stderr, `code` is the exit code."""

    def __init__(self, code: int, words: str = "") -> None:
        super().__init__(words)
        self.code = code
        self.words = words


def code_of(reply: "Reply") -> int:
    """The exit code that an answer of the API ends a command with."""
    if not reply.is_refusal:
        return DONE
    code = reply.problem.code
    if code == "Stale":
        return STALE
    if code == "KeyReused":
        return REFUSED
    if reply.status in (400, 401, 405, 415, 422):
        return USAGE
    return UNREACHABLE if reply.status == 429 or reply.status >= 500 else REFUSED


def fate_of(key: str) -> str:
    """What to tell of a command that may be recorded, or not."""
    again = f"repeat it with --key {shlex.quote(key)}"
    return f"Whether it was recorded is unknown. To find out, {again}"
