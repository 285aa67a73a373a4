"""Reads the history: pages of events with their sentences, and where decisions begin and end."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct

from ledger.codec import decode
from ledger.events import Event
from ledger.periods import Instant
from ledger.store.reading import read_at
from projections.history.flags import flags
from projections.history.naming import subjects_told
from projections.history.search import Flag, Search
from projections.history.sentences import Background, sentence
from projections.history.sieve import Members, find
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.history")

Order = Literal["asc", "desc"]


class Entry(Struct, frozen=True):
    """One event: the bytes as stored, the fact they are, and what it says in plain words."""

    position: int
    stored: bytes
    event: Event
    sentence: str
    flags: tuple[Flag, ...]


class Place(Struct, frozen=True):
    """A position and when it was recorded."""

    position: int
    recorded_at: Instant


class _Known(Struct, frozen=True):
    name: str
    unit_label: str | None
    position: int | None


def page(
    connection: Connection,
    search: Search,
    *,
    known_at: int,
    after: int = 0,
    beyond: int | None = None,
    order: Order = "asc",
    limit: int = 100,
    members: Members | None = None,
) -> list[Entry]:
    """Up to `limit` events that fit a search, with `after` < position <= `known_at`, in order.

    `beyond` is the last position of the page before: a page costs the same at any depth.
    `members` tells what an `under` term means, as (unit, start, end): an event counts when it
    names the unit and takes effect in `[start, end)`. For the tree of then that is each unit's
    time in the subtree, for the tree of now the subtree's units over all time.
    """
    low, high = after, known_at
    if beyond is not None:
        low, high = (max(low, beyond), high) if order == "asc" else (low, min(high, beyond - 1))
    found = find(
        connection,
        search,
        above=low,
        up_to=high,
        newest_first=order == "desc",
        limit=limit,
        members=members,
    )
    return entries(connection, found)


def entries(connection: Connection, positions: Sequence[int]) -> list[Entry]:
    """Events by position, in the order given; those the log does not have are left out."""
    stored = {one.position: one.stored for one in read_at(connection, positions)}
    events = {position: decode(one) for position, one in stored.items()}
    background = _background(connection, events)
    return [
        Entry(
            position,
            stored[position],
            events[position],
            sentence(events[position], background),
            flags(events[position]),
        )
        for position in positions
        if position in events
    ]


def _background(connection: Connection, events: Mapping[int, Event]) -> Background:
    told = sorted({one for event in events.values() for one in subjects_told(event)})
    labels: dict[str, str] = {}
    made_at: dict[int, str] = {}
    for one in fetch(connection, SQL["background"], {"subjects": told}, _Known):
        if one.unit_label is not None:
            labels[one.name] = one.unit_label
        elif one.position is not None:
            made_at[one.position] = one.name
    makers = {made_at[position]: events[position] for position in made_at.keys() & events.keys()}
    elsewhere = sorted(made_at.keys() - events.keys())
    for one in read_at(connection, elsewhere) if elsewhere else ():
        makers[made_at[one.position]] = decode(one.stored)
    return Background(labels, makers)


def decision_end(connection: Connection, position: int) -> int | None:
    """The last position of the decision that a position is of; None when there is none yet."""
    place = _around(connection, position)
    return place.position if place else None


def recorded_by(connection: Connection, instant: Instant) -> Place | None:
    """The end of the last decision recorded by an instant; None before the first."""
    found = fetch(connection, SQL["recorded_by"], {"instant": instant}, Place)
    return found[0] if found else None


def recorded_at(connection: Connection, position: int) -> Instant | None:
    """When a position was recorded; None when this model has not seen it."""
    place = _around(connection, position)
    return place.recorded_at if place else None


def _around(connection: Connection, position: int) -> Place | None:
    """The end of the decision that a position is of."""
    found = fetch(connection, SQL["decision_around"], {"position": position}, Place)
    return found[0] if found and found[0].position >= position else None
