"""What was promised, budgeted, granted and held while a pledge stood: exact sums over time.

Quantities times microseconds. What is promised as a share is counted in ten-thousandths of that.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from msgspec import Struct

from api.reads.look import Look
from api.reads.series import inside
from api.reads.stretches import Piece, in_steps, level
from ledger import budgets as shares
from ledger.budgets import Budget
from ledger.periods import Instant
from ledger.pledges import Promise, runs
from projections.budgets.read import Place, budgets
from projections.capacity import read as capacity
from projections.holdings.runs import Span, spans_and_owned
from projections.organisation import read as organisation
from projections.organisation.tree import Run, members
from projections.pledges.read import Pledge

WHOLE: Final = 10_000
"""A share is given in ten-thousandths."""
DIGITS: Final = 4

Standing = tuple[Instant, Instant, Promise]
"""A promise over `[from, to)`, where no other counts."""


class Sums(Struct, frozen=True, kw_only=True):
    """What a stretch of time adds up to: `promised` in ten-thousandths of a unit-microsecond."""

    start: Instant
    end: Instant
    promised: int
    budgeted: int
    granted: int
    held: int

    @property
    def kept(self) -> bool:
        """Whether as much was in hand as was promised."""
        return self.held * WHOLE >= self.promised

    @property
    def over(self) -> int:
        """How much more was in hand than was promised, in ten-thousandths; below zero: less."""
        return self.held * WHOLE - self.promised


class Surroundings(Struct, frozen=True, kw_only=True):
    """What pledges are measured against, read once for many: as recorded by a position."""

    look: Look
    known_at: int
    tree: Sequence[Run]
    shares: Mapping[Place, Budget]

    def of(self, pledge: Pledge, until: Instant) -> list[Sums]:
        """The sums of a pledge by quarter of UTC, from its start to an instant or its end."""
        begins = min(one.start for one in pledge.said)
        promises = list(runs(pledge.said, begins, until))
        if not promises:
            return []
        start, end = promises[0][0], promises[-1][1]
        held, owned = self._in_hand(pledge.to_unit, start, end)
        at = quarters(start, end)
        promised = _by_step(self._promised(promises), at)
        budgeted = _by_step(self._budgeted(pledge.to_unit, promises), at)
        in_hand = _by_step(_within(held, promises), at)
        granted = _by_step(_within(owned, promises), at)
        return [
            Sums(
                start=since,
                end=to,
                promised=promised.get(since, 0),
                budgeted=budgeted.get(since, 0),
                granted=granted.get(since, 0),
                held=in_hand.get(since, 0),
            )
            for since, to in pairwise(at)
        ]

    def _promised(self, promises: Iterable[Standing]) -> Iterator[Piece]:
        for start, end, promise in promises:
            if promise.quantity is not None:
                yield Piece(start, end, promise.quantity * WHOLE)
                continue
            bp = promise.share_bp or 0
            for pool in promise.pools:
                for one in self._base(pool, promise.of_unit, start, end):
                    yield Piece(one.start, one.end, one.quantity * bp)

    def _base(
        self, pool: str, of_unit: str | None, start: Instant, end: Instant
    ) -> Iterator[Piece]:  # fmt: skip
        """What a share is of: the amounts of a unit, or what is allocatable."""
        if of_unit is not None:
            yield from self._amounts(pool, of_unit, start, end)
            return
        for step in capacity.level_steps(
            self.look.connection, pool=pool, start=start, end=end, known_at=self.known_at
        ):
            yield Piece(step.start, step.end, step.allocatable)

    def _budgeted(self, unit: str, promises: Iterable[Standing]) -> Iterator[Piece]:
        for start, end, promise in promises:
            for pool in promise.pools:
                yield from self._amounts(pool, unit, start, end)

    def _amounts(self, pool: str, unit: str, start: Instant, end: Instant) -> Iterator[Piece]:
        budget = self.shares.get((pool, unit), ())
        for since, to, share in shares.runs(budget, start, end):
            if share is not None and share.amount:
                yield Piece(since, to, share.amount)

    def _in_hand(self, unit: str, start: Instant, end: Instant) -> tuple[list[Span], list[Span]]:
        """What a unit and those below it have in hand, and own, while they stand there."""
        below = [one for one in members(unit, self.tree) if one[1] < end and start < one[2]]
        held, owned = spans_and_owned(
            self.look.connection,
            units=sorted({unit for unit, _, _ in below}),
            start=start,
            end=end,
            known_at=self.known_at,
        )
        return list(inside(held, below)), list(inside(owned, below))


def surroundings(look: Look, known_at: int) -> Surroundings:
    """What is known at a position of the tree and of budgets."""
    return Surroundings(
        look=look,
        known_at=known_at,
        tree=organisation.lives(look.connection, known_at),
        shares=budgets(look.connection, known_at=known_at),
    )


def together(sums: Sequence[Sums], start: Instant) -> Sums:
    """The sum of all quarters; where there is none, of no time at a start."""
    return Sums(
        start=sums[0].start if sums else start,
        end=sums[-1].end if sums else start,
        promised=sum(one.promised for one in sums),
        budgeted=sum(one.budgeted for one in sums),
        granted=sum(one.granted for one in sums),
        held=sum(one.held for one in sums),
    )


def quarters(start: Instant, end: Instant) -> list[Instant]:
    """An instant, the first of each quarter of UTC after it, and the end."""
    year, month = int(start[:4]), int(start[5:7])
    quarter = year * 4 + (month - 1) // 3
    found = [start]
    while True:
        quarter += 1
        # Written, not read: the turn behind the last year that can be said is an instant too.
        turn = Instant(f"{quarter // 4:04}-{quarter % 4 * 3 + 1:02}-01T00:00:00.000000Z")
        if turn >= end:
            return [*found, end]
        found.append(turn)


def _by_step(pieces: Iterable[Piece], at: Sequence[Instant]) -> dict[Instant, int]:
    """The sum of pieces in each step, by its start; nothing where it is zero."""
    return {one.start: one.unit_us for one in in_steps(level(pieces), at)}


def _within(spans: Sequence[Span], promises: Iterable[Standing]) -> Iterator[Piece]:
    """What of spans lies in the time in which something of their pool was promised."""
    for since, until, promise in promises:
        for span in spans:
            start, end = max(span.start, since), min(span.end, until)
            if start < end and span.pool in promise.pools:
                yield Piece(start, end, span.quantity)
