"""Reads back from the model's own tables what the fold builds on, after a restart."""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from operator import attrgetter
from typing import Final

from msgspec import Struct

from ledger.codec import decode
from ledger.events import Corrected, Event
from ledger.periods import Instant
from ledger.sayings import grants_about
from ledger.store.reading import read_at
from ledger.vocabulary import GrantClass
from projections.holdings import effects
from projections.holdings.book import Book
from projections.holdings.effects import Effects
from projections.holdings.levels import Level
from projections.holdings.numbering import of_units
from projections.holdings.shifts import Shifts
from projections.holdings.standing import LOANED, Draw, Standing
from projections.sheets import micros_2000, whole_numbers
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.holdings", "recall.sql")

Place = tuple[str, str]
Levels = Callable[[str, str], Level]
"""The level of a pool and unit."""


class _Row(Struct, frozen=True):
    grant: str
    row: int
    kind: int
    quantity: int
    start: Instant
    end: Instant
    end_at: Instant
    ended: bool
    made: int
    pool: str
    unit: str
    grant_class: GrantClass
    to_unit: str | None
    other_grant: str | None


class _Loan(Struct, frozen=True):
    grant: str
    lender: str


class _Told(Struct, frozen=True):
    grant: str
    positions: list[int]


class _Changes(Struct, frozen=True):
    place: int
    times: bytes
    quantities: bytes


class _Sums(Struct, frozen=True):
    position: int
    at: Instant
    accounts: list[int]
    quantities: list[int]
    turns: int


class _Turns(Struct, frozen=True):
    times: bytes
    accounts: bytes
    quantities: bytes
    units: bytes


class _Block(Struct, frozen=True):
    told: bytes


def recalled_families(connection: Connection, grants: Sequence[str], book: Book) -> None:
    """Bring grants to memory, with what leaves them, their lenders and their loans.

    Those that are not there are left out.
    """
    wanted = list(grants)
    while wanted:
        found = _recalled(connection, wanted, book.level)
        for loan in fetch(connection, SQL["loans_standing"], {"grants": list(found)}, _Loan):
            lender = found[loan.lender]
            lender.loans = (*lender.loans, loan.grant)
        book.standing |= found
        others = {name for one in found.values() for name in (*one.loans, one.lender) if name}
        wanted = sorted(others - book.standing.keys())


def recalled_facts(
    connection: Connection, events: Sequence[Event], book: Book
) -> dict[str, list[Event]]:  # fmt: skip
    """The facts about each grant that is corrected by these events, in their order, with these."""
    corrections = [event for event in events if isinstance(event, Corrected)]
    if not corrections:
        return {}
    names = {name for event in corrections for name in grants_about(event)}
    positions: set[int] = set()
    unknown: list[str] = []
    for name in sorted(names):
        grant = book.standing.get(name)
        if grant is not None:
            positions |= grant.positions()
        if grant is None or grant.is_recalled:
            unknown.append(name)
    if unknown:
        for told in fetch(connection, SQL["positions_told"], {"grants": unknown}, _Told):
            positions.update(told.positions)
    positions |= {position for one in corrections for position in _named(one)}
    missing = sorted(positions - {event.position for event in events})
    before = [decode(one.stored) for one in read_at(connection, missing)]
    found: dict[str, list[Event]] = {name: [] for name in names}
    for event in sorted([*before, *events], key=attrgetter("position")):
        for name in names.intersection(grants_about(event)):
            found[name].append(event)
    return found


def _named(event: Corrected) -> Iterator[int]:
    yield event.data.corrects
    if event.data.supersedes is not None:
        yield event.data.supersedes


def _recalled(connection: Connection, grants: Sequence[str], levels: Levels) -> dict[str, Standing]:
    """Grants with their parts, by id."""
    found: dict[str, Standing] = {}
    for one in fetch(connection, SQL["grants_standing"], {"grants": grants}, _Row):
        start, until = micros_2000(one.start), micros_2000(one.end)
        if one.kind > LOANED:
            draw = Draw(
                one.row, one.kind, one.quantity, start, until, one.made, one.to_unit,
                one.other_grant,
            )  # fmt: skip
            grant = found[one.grant]
            (grant.draws if draw.other is None else grant.lent).append(draw)
            continue
        found[one.grant] = Standing(
            one.grant, levels(one.pool, one.unit), one.grant_class, one.kind, start, one.start,
            micros_2000(one.end_at), one.end_at, one.quantity, one.quantity, one.made, one.row,
            until, one.ended, [], one.other_grant, is_recalled=True,
        )  # fmt: skip
    for grant in found.values():
        grant.weigh()
    return found


def recalled_levels(connection: Connection, places: AbstractSet[Place], levels: Levels) -> None:
    """Fill the levels of units with what they have in hand of pools."""
    if not places:
        return
    asked = sorted(places)
    given = {
        "pools": [pool for pool, _ in asked],
        **of_units(unit for _, unit in asked),
    }
    for one in fetch(connection, SQL["levels_standing"], given, _Changes):
        levels(*asked[one.place - 1]).fill(one.times, one.quantities)


def recalled_effects(connection: Connection, told: Effects, position: int) -> None:
    """Go on with the block that a position is in, if it is begun."""
    block = effects.block_of(position)
    for one in fetch(connection, SQL["block_begun"], {"block": block}, _Block):
        told.begin(block, effects.read(one.told))


def recalled_sums(connection: Connection, shifts: Shifts) -> None:
    """Go on behind the balance that was kept last."""
    for one in fetch(connection, SQL["sums_standing"], {}, _Sums):
        sums = dict(zip(one.accounts, one.quantities, strict=True))
        shifts.begin(one.position, micros_2000(one.at), sums, one.turns)


def recalled_turns(connection: Connection, shifts: Shifts) -> None:
    """Have everything that stands in the table and is in no sum yet, before the next are kept."""
    given = {"position": shifts.kept_at}
    for one in fetch(connection, SQL["turns_standing"], given, _Turns):
        parts = map(whole_numbers, (one.times, one.accounts, one.quantities, one.units))
        shifts.expect(zip(*parts, strict=True))
