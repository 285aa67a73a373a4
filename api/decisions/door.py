"""One door that takes a command: its path, what it takes, and what it may answer."""

from typing import Final

from msgspec import Struct

from ledger.terms import Command

KIB: Final = 1024
BODY_MAX: Final = 64 * KIB
ALWAYS: Final = (
    "NotYoursToDecide", "Stale", "KeyReused", "AlreadyExists", "UnknownRequest", "UnknownPosition",
    "TooManyLegs",
)  # fmt: skip
"""What any command may be refused by.

Any may name a request and the position it looked at, and say more than an event can hold.
"""


class Door(Struct, frozen=True, kw_only=True):
    """One POST route. `refusals` are the rules that may say no; `example` is a body that works."""

    path: str
    command: type[Command]
    summary: str
    example: dict[str, object]
    refusals: tuple[str, ...]
    body_max: int = BODY_MAX

    @property
    def do(self) -> str:
        """The command's name in a decision's legs and in bulk lines."""
        return str(self.command.__struct_config__.tag)
