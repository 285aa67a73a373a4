"""Reads pools, units, delegations and rules at an instant, as recorded by a position."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from ledger.periods import Instant
from ledger.vocabulary import Role, UnitKind
from projections.organisation.tree import Member, Run, members
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.organisation")


class Pool(Struct, frozen=True):
    """A pool over `[opened_at, closed_at)`; FOREVER when it is not closed."""

    pool: str
    title: str
    unit_label: str
    granule: int
    opened_at: Instant
    closed_at: Instant


class Unit(Struct, frozen=True):
    """A unit at an instant of its life `[since, closed_at)`; the root has no parent."""

    unit: str
    name: str
    kind: UnitKind
    parent: str | None
    since: Instant
    closed_at: Instant
    merged_into: str | None


class UnitRun(Struct, frozen=True):
    """A unit's name and parent over `[valid_from, valid_to)`."""

    unit: str
    name: str
    kind: UnitKind
    parent: str | None
    since: Instant
    closed_at: Instant
    merged_into: str | None
    valid_from: Instant
    valid_to: Instant


class Delegation(Struct, frozen=True):
    """A delegation in force over `[since, until)`; `position` recorded it."""

    delegation: str
    to: str
    role: Role
    unit: str
    pools: list[str] | None
    most: int | None
    since: Instant
    until: Instant
    given_by: str
    revoked: bool
    position: int


class Ending(Struct, frozen=True):
    """A person's role over a unit ends at `until`, as the event at `position` says."""

    to: str
    role: Role
    unit: str
    pools: list[str] | None
    until: Instant
    position: int


class Moved(Struct, frozen=True):
    """A unit moved at an instant, by the event at `position`; believed since `known_from`."""

    unit: str
    at: Instant
    position: int
    known_from: int

    @property
    def corrected_by(self) -> int | None:
        """The correction that says so in the place of the event."""
        return None if self.known_from == self.position else self.known_from


class Rules(Struct, frozen=True):
    """Settings in force since an instant, of a pool or (None) of all."""

    pool: str | None
    second_person_from: int | None
    backdate_days: int | None
    notice_days: int | None
    since: Instant


class Rate(Struct, frozen=True):
    """What a unit of a pool counts as since an instant, as the event at `position` says."""

    pool: str
    h100_milli: int
    since: Instant
    position: int


def pools(
    connection: Connection,
    *,
    valid_at: Instant,
    known_at: int,
    pool: str | None = None,
    closed: bool = True,
) -> list[Pool]:
    """Pools opened by an instant, by id; without `closed` those still open then."""
    given = {"valid_at": valid_at, "known_at": known_at, "pool": pool, "closed": closed}
    return fetch(connection, SQL["pools"], given, Pool)


def pool_known(connection: Connection, pool: str, known_at: int) -> bool:
    """Whether a pool exists at any time."""
    return bool(fetch(connection, SQL["pool_known"], {"pool": pool, "known_at": known_at}, str))


def units(
    connection: Connection, *, valid_at: Instant, known_at: int, under: str | None = None
) -> list[Unit]:
    """Units that exist at an instant, by id; with `under` that unit and all below it then."""
    given: dict[str, object] = {"valid_at": valid_at, "known_at": known_at}
    if under is None:
        return fetch(connection, SQL["units"], given, Unit)
    return fetch(connection, SQL["under"], {**given, "unit": under}, Unit)


def path(connection: Connection, unit: str, *, valid_at: Instant, known_at: int) -> list[Unit]:
    """The way from the root down to a unit, itself last; empty when it does not exist then."""
    given = {"unit": unit, "valid_at": valid_at, "known_at": known_at}
    return fetch(connection, SQL["above"], given, Unit)


def unit_known(connection: Connection, unit: str, known_at: int) -> bool:
    """Whether a unit exists at any time."""
    return bool(fetch(connection, SQL["unit_known"], {"unit": unit, "known_at": known_at}, str))


def runs(connection: Connection, known_at: int, unit: str | None = None) -> list[UnitRun]:
    """Names and parents of units over time, by unit and time; of one unit, or of all."""
    return fetch(connection, SQL["runs"], {"unit": unit, "known_at": known_at}, UnitRun)


def moves(connection: Connection, *, start: Instant, end: Instant, known_at: int) -> list[Moved]:
    """Which units moved in `[start, end)`, in order of time and, at one instant, of the log."""
    given = {"start": start, "end": end, "known_at": known_at}
    return fetch(connection, SQL["moves"], given, Moved)


def subtree_over_time(connection: Connection, under: str, known_at: int) -> list[Member]:
    """Which units were `under` or below it, each with the period `[start, end)`.

    This is what org=then means to a series or a history. Units there all their life have the
    period from BEGINNING to FOREVER.
    """
    return members(under, lives(connection, known_at))


def lives(connection: Connection, known_at: int) -> list[Run]:
    """Where every unit stood over time, for whoever asks for several subtrees."""
    return [
        Run(run.unit, run.parent, run.valid_from, run.valid_to)
        for run in runs(connection, known_at)
    ]


def names(connection: Connection, *, valid_at: Instant, known_at: int) -> dict[str, str]:
    """Every unit's name at an instant; of one that does not exist then, the nearest in time."""
    found: dict[str, str] = {}
    for run in runs(connection, known_at):
        if run.unit not in found or run.valid_from <= valid_at:
            found[run.unit] = run.name
    return found


def delegations(
    connection: Connection,
    *,
    valid_at: Instant,
    known_at: int,
    person: str | None = None,
    over: Sequence[str] | None = None,
) -> list[Delegation]:
    """Delegations in force at an instant, by unit and person; of a person, over some units."""
    given = {
        "valid_at": valid_at, "known_at": known_at, "person": person,
        "units": None if over is None else list(over),
    }  # fmt: skip
    return fetch(connection, SQL["delegations"], given, Delegation)


def delegations_ending(
    connection: Connection, *, start: Instant, end: Instant, known_at: int
) -> list[Ending]:
    """Delegations that end in `[start, end)`, in order."""
    given = {"start": start, "end": end, "known_at": known_at}
    return fetch(connection, SQL["delegations_ending"], given, Ending)


def rules(connection: Connection, *, valid_at: Instant, known_at: int) -> list[Rules]:
    """Settings in force at an instant; those of all pools first."""
    return fetch(connection, SQL["rules"], {"valid_at": valid_at, "known_at": known_at}, Rules)


def rates(connection: Connection, *, valid_at: Instant, known_at: int) -> list[Rate]:
    """What a unit of each pool counts as at an instant, by pool."""
    return fetch(connection, SQL["rates"], {"valid_at": valid_at, "known_at": known_at}, Rate)
