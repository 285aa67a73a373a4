"""What `allot doctor` found of one thing."""

from msgspec import Struct

from api.cli.endings import REFUSED


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was looked at; `remedy` helps when it is not well, `code` ends the command."""

    check: str
    well: bool
    words: str
    remedy: str = ""
    code: int = REFUSED
