"""Reads holdings and grants: any instant, as recorded by any position, by look-up."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from ledger.codec import decode
from ledger.periods import Instant
from ledger.sayings import grants_about
from ledger.store.reading import read_after
from ledger.vocabulary import GrantClass
from projections.holdings.accounts import ACCOUNTS, Sum
from projections.holdings.effects import Effect, block_of
from projections.holdings.effects import read as told_of
from projections.holdings.forks import around, way_of_positions
from projections.holdings.numbering import of_units
from projections.holdings.sums import sums_of_all, sums_of_units
from projections.statements import Connection, fetch, numbers, statements

SQL: Final = statements("projections.holdings")


class Held(Struct, frozen=True):
    """What one grant has in hand at an instant."""

    pool: str
    unit: str
    grant: str
    grant_class: GrantClass
    quantity: int


class GrantFacts(Struct, frozen=True):
    """A grant as believed: `made` is its maker's position, `moved` that it was a reallocation."""

    grant: str
    pool: str
    unit: str
    grant_class: GrantClass
    start: Instant
    end: Instant
    first: int
    made: int
    moved: bool
    ended: bool


class _Block(Struct, frozen=True):
    told: bytes


class _Named(Struct, frozen=True):
    grant: str


class _First(Struct, frozen=True):
    start: Instant | None


def held(
    connection: Connection,
    *,
    pool: str | None,
    units: Sequence[str] | None,
    valid_at: Instant,
    known_at: int,
) -> list[Held]:
    """What each grant has in hand at an instant, by pool, unit and grant."""
    given = around(valid_at) | {
        "pool": pool,
        "known_at": known_at,
        "known_forks": numbers(way_of_positions(known_at)),
        **of_units(units),
    }
    # Of all it is planned each time: how many they are decides how so many rows are summed up.
    return fetch(connection, SQL["held"], given, Held, prepare=False if units is None else None)


def held_of_grants(
    connection: Connection, grants: Sequence[str], *, valid_at: Instant, known_at: int
) -> list[Held]:
    """What each of some grants has in hand at an instant, by pool, unit and grant."""
    given = {"grants": list(grants), "valid_at": valid_at, "known_at": known_at}
    return fetch(connection, SQL["held_of_grants"], given, Held, prepare=False)


def touched(connection: Connection, after: int, up_to: int) -> list[str]:
    """The grants about which events between two positions may have changed what is believed.

    Those that the events name, and with them, as in the fold, their loans and lenders.
    """
    stored = read_after(connection, after, up_to - after)
    named = {grant for one in stored for grant in grants_about(decode(one.stored))}
    given = {"grants": sorted(named)}
    return [one.grant for one in fetch(connection, SQL["kin"], given, _Named, prepare=False)]


def held_sums(
    connection: Connection,
    *,
    pool: str | None,
    units: Sequence[str] | None = None,
    valid_at: Instant,
    known_at: int,
) -> list[Sum]:
    """What each unit, of all or of some, has in hand, by pool, unit and class."""
    if units is None:
        return _sums(connection, pool=pool, valid_at=valid_at, known_at=known_at)
    found = sums_of_units(connection, units, valid_at=valid_at, known_at=known_at)
    told = ACCOUNTS.told(connection, found, pool=pool)
    wanted = set(units)
    return [one for one in told if one.unit in wanted]


def held_of_pools(connection: Connection, *, valid_at: Instant, known_at: int) -> dict[str, int]:
    """What all have in hand of each pool of which somebody has something, by pool."""
    found = sums_of_all(connection, valid_at=valid_at, known_at=known_at)
    return ACCOUNTS.of_pools(connection, found)


def _sums(
    connection: Connection, *, pool: str | None, valid_at: Instant, known_at: int
) -> list[Sum]:
    found = sums_of_all(connection, valid_at=valid_at, known_at=known_at)
    return ACCOUNTS.told(connection, found, pool=pool)


def grant(connection: Connection, grant: str, known_at: int) -> GrantFacts | None:
    """One grant by its uuid, or None when no event up to the position made it."""
    found = fetch(connection, SQL["grant"], {"grant": grant, "known_at": known_at}, GrantFacts)
    return found[0] if found else None


def grants_of(
    connection: Connection,
    *,
    pool: str | None,
    units: Sequence[str] | None,
    valid_at: Instant,
    known_at: int,
    ended: bool,
) -> list[GrantFacts]:
    """Grants by start: those not over at the instant, or all with `ended`."""
    given = {
        "pool": pool, **of_units(units), "valid_at": valid_at, "known_at": known_at, "ended": ended,
    }  # fmt: skip
    return fetch(connection, SQL["grants_of"], given, GrantFacts, prepare=False)


def ending(
    connection: Connection,
    *,
    units: Sequence[str] | None,
    valid_at: Instant,
    known_at: int,
    begun: bool,
    after: int,
    limit: int,
) -> list[GrantFacts]:
    """Grants that end after an instant, by their end: behind `after` of them `limit` more.

    Those that had begun by then, or those that had not.
    """
    given = {
        **of_units(units), "valid_at": valid_at, "known_at": known_at, "begun": begun,
        "after": after, "limit": limit,
    }  # fmt: skip
    return fetch(connection, SQL["ending"], given, GrantFacts, prepare=False)


def effects(connection: Connection, positions: Sequence[int]) -> list[Effect]:
    """What events did to the units they touch, by position, pool and unit."""
    wanted = set(positions)
    given = {"blocks": sorted({block_of(position) for position in wanted})}
    found = [
        effect
        for block in fetch(connection, SQL["effects"], given, _Block)
        for effect in told_of(block.told)
        if effect.position in wanted
    ]
    return sorted(found, key=lambda one: (one.position, one.pool, one.unit, one.at))


def first_start(connection: Connection, known_at: int) -> Instant | None:
    """When the first grant starts."""
    return fetch(connection, SQL["first_start"], {"known_at": known_at}, _First)[0].start
