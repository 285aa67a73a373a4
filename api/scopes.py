"""What a credential is good for: following the feed, every read, or commands too."""

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct

Scope = Literal["feed", "read", "write"]
SCOPES: Final[tuple[Scope, ...]] = ("feed", "read", "write")
"""The narrowest first."""
SERVICES: Final = "@services"
"""How the names of service accounts end, like `scheduler@services`: programs, not people."""
_WIDTH: Final = {scope: width for width, scope in enumerate(SCOPES)}


class SignedIn(Struct, frozen=True, kw_only=True):
    """The person who acts, the public name of what they showed, and what that is good for.

    In open mode nothing is shown: `credential` is None.
    """

    person: str
    credential: str | None = None
    scope: Scope = "write"


def covers(has: Scope, needs: Scope) -> bool:
    """Whether what is good for the one is good for the other: writing reads, reading follows."""
    return _WIDTH[has] >= _WIDTH[needs]


def usual(person: str) -> Scope:
    """What a credential is good for when nobody said: a service account reads, a person acts."""
    return "read" if person.endswith(SERVICES) else "write"


def widest(scopes: Iterable[Scope]) -> Scope | None:
    """The widest of some; None of none."""
    return max(scopes, key=_WIDTH.__getitem__, default=None)
