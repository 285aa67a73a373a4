"""GET /v1/statement: what was there, each thing that changed it, and what is there then.

opening + entries = closing, each side read by another way, or the read fails.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import UNSET, Struct

from api.problems import invalid
from api.reads.asked import Asked
from api.reads.entries import Counting, entry, source_of
from api.reads.joining import Moves, Passage, passages
from api.reads.look import Look
from api.reads.periods import Period, period
from api.reads.reading import Found, paged
from api.reads.shapes_of_books import Entry, StatementPage
from api.reads.tree import memberships, refuse_unknown
from ledger.periods import BEGINNING, FOREVER, MICROSECOND, Instant, shifted
from projections.holdings.changes import Change, between
from projections.holdings.read import held_sums
from projections.holdings.told import ends_said, told
from projections.organisation import read as organisation
from projections.organisation.tree import Member

_FIRST: Final = ("ends", "loan_ends", "loan_back")
"""What falls due by its date comes before what was decided for the same instant."""


class Unreconciled(Exception):
    """Opening and entries of a statement do not add up to its closing: a fault of this program."""


class Line(Struct, frozen=True):
    """A change, or a unit that joins or leaves, with the balance after it."""

    of: Change | Passage
    balance: int


def find(look: Look, asked: Asked) -> Found:
    """A statement. 404 UnknownPool, UnknownUnit; 422 without pool or unit, or for no period."""
    known_at, is_known = look.known_at(asked)
    asked_for = period(look, asked, known_at)
    pool, unit, under = asked.pool(), asked.unit(), asked.unit("under")
    if pool is None:
        raise invalid("A statement is about one pool: name it.", parameter="pool")
    if (unit is None) == (under is None):
        raise invalid("A statement is about a unit, or about all under it.", parameter="unit")
    refuse_unknown(look, known_at, pool=pool, units=(unit, under))
    belonging: Sequence[Member]
    if under is not None:
        belonging = memberships(look, known_at, asked.org, under)
    else:
        belonging = [(unit or "", BEGINNING, FOREVER)]
    books = _Books(look, known_at, pool, belonging)
    opening = books.sum_at(shifted(asked_for.start, -MICROSECOND))
    lines, closing = books.lines(asked_for, opening)
    if closing != books.sum_at(shifted(asked_for.end, -MICROSECOND)):
        raise Unreconciled(
            f"{pool} of {unit or under} from {asked_for.start} to {asked_for.end} as recorded by "
            f"{known_at}: {opening} and the entries make {closing}"
        )
    page, after = paged(enumerate(lines), lambda one: (one[0],), asked)
    answer = StatementPage(
        position=known_at,
        known_at=known_at,
        start=asked_for.start,
        end=asked_for.end,
        pool=pool,
        unit=UNSET if unit is None else unit,
        under=UNSET if under is None else under,
        org=asked.org,
        opening=opening,
        entries=tuple(books.entries([line for _, line in page], under)),
        closing=closing,
        next=None,
    )
    is_fixed = is_known and asked_for.is_fixed and asked.org == "then"
    return Found(answer=answer, is_fixed=is_fixed, after=after)


class _Books:
    """What some units hold of a pool while they belong, as recorded by a position."""

    def __init__(
        self, look: Look, known_at: int, pool: str, belonging: Sequence[Member]
    ) -> None:  # fmt: skip
        self._look = look
        self._known_at = known_at
        self._pool = pool
        self._belonging = belonging

    def sum_at(self, at: Instant) -> int:
        """What those who belong at an instant have in hand."""
        return sum(self._held(at, [unit for unit, start, end in self._belonging
                                   if start <= at < end]).values())  # fmt: skip

    def _held(self, at: Instant, units: Sequence[str]) -> Mapping[str, int]:
        held = dict.fromkeys(units, 0)
        for one in held_sums(
            self._look.connection,
            pool=self._pool,
            units=units,
            valid_at=at,
            known_at=self._known_at,
        ):
            held[one.unit] += one.quantity
        return held

    def lines(self, asked_for: Period, opening: int) -> tuple[list[Line], int]:
        """What changes over a period, in order, and the balance in the end."""
        start, end, _ = asked_for
        found: list[Change | Passage] = [
            *self._changes(start, end),
            *passages(self._belonging, start, end, self._before),
        ]
        lines: list[Line] = []
        balance = opening
        for one in sorted(found, key=_order):
            balance += one.quantity
            lines.append(Line(one, balance))
        return lines, balance

    def _before(self, at: Instant, units: Sequence[str]) -> Mapping[str, int]:
        return self._held(shifted(at, -MICROSECOND), units)

    def _changes(self, start: Instant, end: Instant) -> Iterable[Change]:
        of: dict[str, list[tuple[Instant, Instant]]] = {}
        for unit, since, until in self._belonging:
            of.setdefault(unit, []).append((since, until))
        found = between(
            self._look.connection,
            pool=self._pool,
            units=sorted(of),
            start=start,
            end=end,
            known_at=self._known_at,
        )
        return [
            one for one in found if any(since <= one.at < until for since, until in of[one.unit])
        ]

    def entries(self, lines: Sequence[Line], under: str | None) -> Iterable[Entry]:
        """The lines in words."""
        changes = [line.of for line in lines if isinstance(line.of, Change)]
        grants = {one.grant for one in changes}
        grants |= {one.other_grant for one in changes if one.other_grant is not None}
        said = told(self._look.connection, sorted(grants), self._known_at) if grants else {}
        ends = ends_said(said)
        counting = self._counting()
        moves = self._moves([line.of.at for line in lines if isinstance(line.of, Passage)])
        for line in lines:
            if isinstance(line.of, Change):
                yield entry(line.of, source_of(line.of, said, ends), counting, line.balance)
            elif moves is not None and under is not None:
                moved = moves.behind(line.of, under)
                yield line.of.entry(moved, counting, line.balance, under)

    def _moves(self, at: Sequence[Instant]) -> Moves | None:
        """The moves of units at and between some instants."""
        if not at:
            return None
        after = shifted(max(at), MICROSECOND)
        return Moves(self._look, self._known_at, min(at), after)

    def _counting(self) -> Counting:
        found = organisation.pools(
            self._look.connection, valid_at=FOREVER, known_at=self._known_at, pool=self._pool
        )
        return Counting(self._pool, found[0].unit_label if found else "units")


def _order(one: Change | Passage) -> tuple[Instant, int, int, str, str, str]:
    if isinstance(one, Passage):
        return (one.at, 0 if one.kind == "left" else 1, 0, one.unit, "", one.kind)
    rank = 2 if one.is_end and one.kind in _FIRST else 3
    return (one.at, rank, one.position, one.unit, one.grant, one.kind)
