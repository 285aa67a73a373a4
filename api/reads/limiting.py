"""The budget that limits a unit in a pool, its own or that of the nearest above, and its split."""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from api.reads.chain import Chain
from api.reads.shapes_of_why import Link
from ledger.budgets import ShareRecord, is_overdue, share_at
from ledger.periods import Instant
from projections.budgets.read import budgets
from projections.organisation import read as organisation
from projections.statements import Connection

UNITS: Final = "units"


class Place(Struct, frozen=True):
    """A unit in a pool, at an instant as recorded by a position."""

    pool: str
    unit: str
    at: Instant
    known_at: int


class Limit(Struct, frozen=True):
    """The share that counts for a place; `unit` has it."""

    unit: str
    share: ShareRecord


def nearest(connection: Connection, place: Place) -> Limit | None:
    """The budget of the unit, or of the nearest above that has one; None where nothing limits."""
    above = organisation.path(connection, place.unit, valid_at=place.at, known_at=place.known_at)
    for unit in reversed(above):
        found = budgets(connection, known_at=place.known_at, pool=place.pool, unit=unit.unit)
        share = share_at(found.get((place.pool, unit.unit), ()), place.at)
        if share is not None and not share.limits_nothing:
            return Limit(unit.unit, share)
    return None


def limits(
    connection: Connection,
    chain: Chain,
    place: Place,
    *,
    note: Callable[[Limit], str] = lambda _: "",
) -> None:
    """Add the budget that limits a place, the split that set it, and by what right.

    `note` says more of it, behind its numbers.
    """
    limit = nearest(connection, place)
    if limit is None:
        nobody = f"No budget limited {place.unit} or anyone above it in {place.pool} then"
        chain.add(Link(what="budget", sentence=nobody, unit=place.unit))
        return
    chain.add(_budget(connection, place, limit, note(limit)))
    split = chain.told([limit.share.position])
    chain.decided("split", split)
    chain.rights(split)


def unit_label(connection: Connection, pool: str, at: Instant, known_at: int) -> str:
    """What a pool is counted in."""
    found = organisation.pools(connection, valid_at=at, known_at=known_at, pool=pool)
    return found[0].unit_label if found else UNITS


def _budget(connection: Connection, place: Place, limit: Limit, note: str) -> Link:
    share, unit = limit.share, limit.unit
    label = unit_label(connection, place.pool, place.at, place.known_at)
    parts = [] if share.amount is None else [f"may own {share.amount:,} {label}"]
    parts += [] if share.floor is None else [f"keeps at least {share.floor:,}"]
    parts += [] if share.cap is None else [f"may have at most {share.cap:,} in hand"]
    over = ", by a split that had ended" if is_overdue(share, place.at) else ""
    of = place.unit
    whose = unit if unit == of else f"{unit}, the nearest above {of} with a budget,"
    return Link(
        what="budget",
        sentence=f"In {place.pool} {whose} {', '.join(parts)}{over}{note}",
        position=share.position,
        unit=unit,
        quantity=share.amount if share.amount is not None else msgspec.UNSET,
        at=share.start,
    )
