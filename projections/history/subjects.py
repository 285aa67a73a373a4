"""Where grants, requests and delegations are named, and which notes are about an event."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from msgspec import Struct

from projections.statements import Connection, fetch, numbers, statements

SQL: Final = statements("projections.history")


class _Named(Struct, frozen=True):
    subject: str
    position: int


class _Noted(Struct, frozen=True):
    about: int
    position: int


def positions_of(
    connection: Connection, subjects: Collection[str], *, known_at: int
) -> Mapping[str, Sequence[int]]:
    """Where grants, requests and delegations are named; what made each comes first."""
    given = {"subjects": sorted(subjects), "known_at": known_at}
    found: defaultdict[str, list[int]] = defaultdict(list)
    for one in fetch(connection, SQL["of_subjects"], given, _Named) if subjects else ():
        found[one.subject].append(one.position)
    return found


def notes_on(
    connection: Connection, positions: Collection[int], *, known_at: int
) -> Mapping[int, Sequence[int]]:
    """The notes about events at some positions, in the order of the log."""
    given = {"positions": numbers(sorted(positions)), "known_at": known_at}
    found: defaultdict[int, list[int]] = defaultdict(list)
    for one in fetch(connection, SQL["notes_on"], given, _Noted) if positions else ():
        found[one.about].append(one.position)
    return found
