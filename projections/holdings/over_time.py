"""What groups of units have over time, added up by the database from what changes."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final

from msgspec import Struct

from ledger.periods import Instant
from projections.holdings.numbering import of_units
from projections.holdings.read import held_of_pools, held_sums
from projections.holdings.sums import balance_before
from projections.statements import Connection, fetch, statements, texts

SQL: Final = statements("projections.holdings", "over_time.sql")
Teams = Mapping[str, str]
"""The group that each unit is in which is asked about."""


class Level(Struct, frozen=True, gc=False):
    """What a unit has in hand of a pool over `[start, end)`."""

    pool: str
    unit: str
    start: Instant
    end: Instant
    quantity: int


class _Turn(Struct, frozen=True, gc=False):
    pool: str
    team: str | None
    at: Instant
    more: int


class _Many(Struct, frozen=True):
    is_so: bool


def has_more_changes(
    connection: Connection,
    many: int,
    *,
    start: Instant,
    end: Instant,
    known_at: int,
    teams: Teams | None = None,
) -> bool:
    """Whether more than so many changes lie between two instants, of all or of some units.

    Of all, more events than that from the first balance in between to the last are enough. What
    was told late about a time that had gone by does not count.
    """
    if teams is None:
        first = balance_before(connection, since=start, until=start, known_at=known_at)
        last = balance_before(connection, since=end, until=end, known_at=known_at)
        if last.kept - first.told_by > many:
            return True
    given = _between(connection, start, end, known_at) | of_units(teams) | {"many": many}
    (found,) = fetch(connection, SQL["many_shifts"], given, _Many, prepare=False)
    return found.is_so


def turns(
    connection: Connection,
    *,
    pool: str | None,
    teams: Teams,
    is_of_all: bool,
    start: Instant,
    end: Instant,
    known_at: int,
    stride: timedelta | None = None,
) -> Mapping[tuple[str, str], Mapping[Instant, int]]:
    """By pool and group, how much it has at the start, and by how much more from when on.

    With a stride changes count from the end of the step in which they lie, counted from the start:
    there the sums are right, and between two of them nothing is told. `is_of_all` says that the
    units are all or most of all: then all changes are looked through.
    """
    found: defaultdict[tuple[str, str], defaultdict[Instant, int]] = defaultdict(
        lambda: defaultdict(int)
    )
    units = None if is_of_all else list(teams)
    for one in held_sums(connection, pool=pool, units=units, valid_at=start, known_at=known_at):
        if one.unit in teams:
            found[one.pool, teams[one.unit]][start] += one.quantity
    given = _between(connection, start, end, known_at) | {
        "pool": pool, "stride": stride, "steps": None,
        **of_units(units), "units": list(teams), "teams": list(teams.values()),
    }  # fmt: skip
    for one in fetch(connection, SQL["shifts_between"], given, _Turn, prepare=False):
        found[one.pool, one.team or ""][one.at] += one.more
    return found


def turns_of_pools(
    connection: Connection, *, pool: str | None, start: Instant, end: Instant, known_at: int
) -> Iterator[tuple[str, Instant, int]]:
    """Pools, what all have of each at the start, and how much more from when on before the end."""
    held = held_of_pools(connection, valid_at=start, known_at=known_at)
    for of_pool, quantity in held.items():
        if pool is None or of_pool == pool:
            yield of_pool, start, quantity
    given = _between(connection, start, end, known_at) | {
        "pool": pool, "stride": None, "steps": None,
        **of_units(None), "teams": None,
    }  # fmt: skip
    for one in fetch(connection, SQL["shifts_between"], given, _Turn, prepare=False):
        yield one.pool, one.at, one.more


def turns_by(
    connection: Connection, *, since: Instant, steps: Sequence[Instant], known_at: int
) -> Iterator[tuple[str, Instant, int]]:
    """Pools, steps, and by how much more all have then than at the step before, or at `since`."""
    given = _between(connection, since, steps[-1], known_at) | {
        "pool": None, "stride": None, "steps": texts(steps),
        **of_units(None), "teams": None,
    }  # fmt: skip
    for one in fetch(connection, SQL["shifts_between"], given, _Turn, prepare=False):
        yield one.pool, one.at, one.more


def _between(
    connection: Connection, start: Instant, end: Instant, known_at: int
) -> dict[str, object]:  # fmt: skip
    """What to ask with about changes after an instant and before another, known by a position."""
    balance = balance_before(connection, since=start, until=end, known_at=known_at)
    return {
        "start": start, "end": end, "known_at": known_at,
        "kept": balance.kept, "told_by": balance.told_by,
    }  # fmt: skip


def levels(
    connection: Connection,
    *,
    pool: str | None,
    units: Sequence[str],
    start: Instant,
    end: Instant,
    known_at: int,
) -> list[Level]:
    """What some units have in hand over `[start, end)`, by pool, unit and time."""
    found: list[Level] = []
    told = turns(
        connection,
        pool=pool,
        teams={unit: unit for unit in units},
        is_of_all=False,
        start=start,
        end=end,
        known_at=known_at,
    )
    for of_pool, unit in sorted(told):
        changes = told[of_pool, unit]
        quantity = 0
        for since, until in pairwise([*sorted(changes), end]):
            quantity += changes[since]
            if quantity:
                found.append(Level(of_pool, unit, since, until, quantity))
    return found
