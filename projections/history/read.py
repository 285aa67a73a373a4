"""Reads the history: pages of events with their sentences, and where decisions begin and end."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct

from ledger.codec import decode
from ledger.events import Event
from ledger.facts import Fact
from ledger.periods import Instant
from ledger.store.reading import read_at
from projections.history.flags import flags
from projections.history.judged import Judge, judged_flags
from projections.history.naming import said_by, subjects_spoken_of
from projections.history.phrases import Background
from projections.history.search import Flag, Search
from projections.history.sentences import sentence
from projections.history.sieve import Members, find
from projections.statements import Connection, fetch, numbers, statements

SQL: Final = statements("projections.history")

Order = Literal["asc", "desc"]


class Entry(Struct, frozen=True):
    """One event: the bytes as stored, the fact they are, and what it says in plain words.

    `corrected_by` is the position of the correction that stands in its place as known; of a
    correction, that of the one that took its place.
    """

    position: int
    stored: bytes
    event: Event
    sentence: str
    flags: tuple[Flag, ...]
    corrected_by: int | None


class Place(Struct, frozen=True):
    """A position and when it was recorded."""

    position: int
    recorded_at: Instant


class _Known(Struct, frozen=True):
    name: str | None
    unit_label: str | None
    position: int
    corrected_by: int | None


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
    judge: Judge | None = None,
) -> list[Entry]:
    """Up to `limit` events that fit a search, with `after` < position <= `known_at`, in order.

    `beyond` is the last position of the page before: a page costs the same at any depth.
    `members` tells what an `under` term means, as (unit, start, end): an event counts when it
    names the unit and takes effect in `[start, end)`. For the tree of then that is each unit's
    time in the subtree, for the tree of now the subtree's units over all time. `judge` tells of
    the flags that an event alone does not tell.
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
        judge=judge,
    )
    return entries(connection, found, known_at=known_at, judge=judge)


def entries(
    connection: Connection,
    positions: Sequence[int],
    *,
    known_at: int,
    judge: Judge | None = None,
) -> list[Entry]:
    """Events by position, in the order given; those the log does not have are left out.

    A sentence says what was believed when its event was recorded, whatever is known since.
    """
    stored = {one.position: one.stored for one in read_at(connection, positions)}
    events = {position: decode(one) for position, one in stored.items()}
    told = sorted({one for event in events.values() for one in subjects_spoken_of(event)})
    given = {"subjects": told, "positions": numbers(positions), "known_at": known_at}
    known = fetch(connection, SQL["background"], given, _Known)
    corrected = {one.position: one.corrected_by for one in known if one.name is None}
    at = _backgrounds(connection, events, known)
    flagged = judged_flags(connection, events, judge)
    return [
        Entry(
            position,
            stored[position],
            events[position],
            sentence(events[position], at(position)),
            flagged[position],
            corrected.get(position),
        )
        for position in positions
        if position in events
    ]


def _backgrounds(
    connection: Connection, events: Mapping[int, Event], known: Sequence[_Known]
) -> Callable[[int], Background]:
    """What was known when each of some events was recorded."""
    named = sorted((one.position, one.name, one.unit_label) for one in known if one.name)
    made_at = {position for position, _, label in named if label is None}
    elsewhere = sorted(made_at - events.keys())
    makers = {position: events[position] for position in made_at & events.keys()}
    for one in read_at(connection, elsewhere) if elsewhere else ():
        makers[one.position] = decode(one.stored)

    def at(position: int) -> Background:
        labels: dict[str, str] = {}
        made: dict[str, Fact] = {}
        for since, name, label in named:
            if since > position:
                break
            if label is not None:
                labels[name] = label
            else:
                made[name] = said_by(makers[since])
        return Background(labels, made)

    if len({name for _, name, _ in named}) < len(named):
        return at  # something was corrected, so that it matters when one asks
    always = at(max((since for since, _, _ in named), default=0))
    return lambda _: always


def would_say(
    connection: Connection, events: Sequence[Event], *, known_at: int
) -> list[tuple[str, tuple[Flag, ...]]]:
    """What events would say, and their flags, that were recorded after a position or not at all."""
    told = sorted({one for event in events for one in subjects_spoken_of(event)})
    given = {"subjects": told, "positions": [], "known_at": known_at}
    known = fetch(connection, SQL["background"], given, _Known)
    background = _backgrounds(connection, {}, known)(known_at)
    return [(sentence(event, background), flags(event)) for event in events]


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
