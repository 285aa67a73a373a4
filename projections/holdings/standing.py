"""A grant as believed at the end of the log, with the ids of its rows: what the fold remembers."""

from typing import NamedTuple

from ledger.periods import Instant
from projections.sheets import Cells

Holding = tuple[str, str, str, str, int, Instant, Instant]
"""pool, unit, grant, class, quantity, valid_from, valid_to."""

Row = tuple[int, Holding]


class Draw(NamedTuple):
    """What a leg takes from `at` on; a release has no `to_unit`. `row` stands in the table."""

    at: Instant
    quantity: int
    position: int
    to_unit: str | None
    row: int


class Standing:
    """A grant: `first` over `[start, end)` less its draws, which are in order of (at, position)."""

    __slots__ = (
        "draws", "end", "ended", "first", "grant", "grant_class", "grant_row", "made", "moved",
        "pool", "rows", "start", "unit",
    )  # fmt: skip

    def __init__(
        self,
        *,
        grant: str,
        pool: str,
        unit: str,
        grant_class: str,
        start: Instant,
        end: Instant,
        first: int,
        moved: bool,
        made: int,
        ended: bool = False,
        grant_row: int = 0,
    ) -> None:
        self.grant = grant
        self.pool = pool
        self.unit = unit
        self.grant_class = grant_class
        self.start = start
        self.end = end
        self.first = first
        self.moved = moved
        self.made = made
        self.ended = ended
        self.grant_row = grant_row
        self.draws: list[Draw] = []
        self.rows: list[Row] = []

    def cells(self) -> Cells:
        """The grant as a row of its table."""
        return (
            self.grant, self.pool, self.unit, self.grant_class, self.start, self.end, self.first,
            self.moved, self.ended, self.made,
        )  # fmt: skip

    def holds_after(self, instant: Instant) -> bool:
        """Whether it has anything in hand after an instant."""
        return bool(self.rows) and self.rows[-1][1][6] > instant

    def draw(self, draw: Draw) -> None:
        """Add a draw, which is the newest."""
        place = len(self.draws)
        while place and self.draws[place - 1].at > draw.at:
            place -= 1
        self.draws.insert(place, draw)

    def pieces(self) -> list[Holding]:
        """own(t) as runs of equal quantity, those of nothing left out.

        Raises ValueError when it falls below zero: such a fact must not be recorded.
        """
        found: list[Holding] = []
        own = self.first
        at = self.start
        for draw in self.draws:
            if draw.at >= self.end:
                break
            if draw.quantity and draw.at > at:
                self._run(found, own, at, draw.at)
                at = draw.at
            own -= draw.quantity
            if own < 0:
                raise ValueError(f"grant {self.grant} holds {own} at {draw.at}")
        if at < self.end:
            self._run(found, own, at, self.end)
        return found

    def _run(self, found: list[Holding], own: int, start: Instant, end: Instant) -> None:
        if own:
            found.append((self.pool, self.unit, self.grant, self.grant_class, own, start, end))
