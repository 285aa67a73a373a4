"""One correction at hand: what is said until now and from now on, and what that changes."""

from msgspec import Struct

from ledger.decide.judging import Judging
from ledger.facts import Fact
from ledger.periods import Instant
from ledger.sayings import Saying


class Case(Struct, frozen=True):
    """An event at a position, what it says until now and from now on, and its original data."""

    judging: Judging
    position: int
    was: Saying | None
    now: Saying | None
    original: Fact

    def sayings(self) -> tuple[Saying, ...]:
        """What is said before and after, as far as anything is."""
        return tuple(said for said in (self.was, self.now) if said is not None)

    def first_said(self) -> Instant:
        """The earlier of the instants at which it takes effect."""
        return min(said.at for said in self.sayings())


class Found(Struct, frozen=True, kw_only=True):
    """What a correction changes: from which instant on, of which units, by how much at most."""

    first: Instant
    units: tuple[str, ...]
    pool: str | None = None
    most: int = 0
    takes: bool = False
