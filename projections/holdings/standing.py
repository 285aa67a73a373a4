"""A grant as believed at the end of the log, with the ids of its rows: what the fold remembers."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from ledger.periods import Instant
from projections.holdings.levels import Level

GIVEN: Final = 0
MOVED_IN: Final = 1
LOANED: Final = 2
"""The kinds of rows that are the grant itself; all others take from it, or give back."""
RELEASED: Final = 3
MOVED_OUT: Final = 4
LENT: Final = 5
BACK: Final = 6


class Draw(Struct, gc=False):
    """What leaves a grant (negative) from `start` on, or comes back to it.

    `made` is the position of the fact. Its row ends at `until`, the end of the grant, which is
    `start` when the grant is over by then. `other` is the loan whose row it mirrors on its lender.
    """

    row: int
    kind: int
    quantity: int
    start: int
    until: int
    made: int
    to_unit: str | None
    other: str | None = None


class Standing(Struct, gc=False):
    """A grant: `first` over `[start, end)`, less its draws, in order of their time.

    Instants are microseconds. `left` is what it has after all draws before its end. Its row ends
    at `until`, its end, which is `start` when it was given up before. `lent` are the rows that
    mirror its loans, in any order. `lender` is the grant that a loan was made out of. `told` are
    positions of facts about it that its parts do not name; `is_recalled` that there may be more.
    """

    name: str
    level: Level
    grant_class: str
    kind: int
    start: int
    start_at: Instant
    end: int
    end_at: Instant
    first: int
    left: int
    made: int
    row: int
    until: int
    ended: bool
    draws: list[Draw]
    lender: str | None = None
    loans: tuple[str, ...] = ()
    lent: list[Draw] = field(default_factory=list)
    told: tuple[int, ...] = ()
    is_recalled: bool = False

    def draw(self, draw: Draw) -> None:
        """Add a draw, which is the newest."""
        draws = self.draws
        place = len(draws)
        while place and draws[place - 1].start > draw.start:
            place -= 1
        draws.insert(place, draw)

    def weigh(self) -> None:
        """Sum up what is left. Raises ValueError when it is less than nothing."""
        self.left = self.first
        for draw in self.draws:
            if draw.start >= self.end:
                break
            self.left += draw.quantity
        if self.left < 0:
            raise ValueError(f"grant {self.name} holds {self.left} in the end")

    def over(self) -> int:
        """The instant from which on it has nothing in hand."""
        if self.left:
            return self.end
        over = self.start
        left = self.first
        for draw in self.draws:
            if not left:
                break
            left += draw.quantity
            over = draw.start
        return over

    def lengths(self) -> Iterator[tuple[Draw | None, int]]:
        """Its parts, the grant itself as None, and where the row of each ends."""
        yield None, max(self.start, self.end)
        for draw in self.draws:
            yield draw, max(draw.start, self.end)

    def positions(self) -> set[int]:
        """The positions of the facts about it that are in memory."""
        return {self.made, *(draw.made for draw in self.draws), *self.told}
