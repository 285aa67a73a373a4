"""Reads the history: pages of events with their sentences, and where decisions begin and end."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Final, Literal

from msgspec import Struct

from ledger.codec import decode, decode_lines
from ledger.events import Event
from ledger.facts import Fact
from ledger.periods import Instant
from projections.history.flags import flags
from projections.history.judged import Judge, judged_flags
from projections.history.phrases import Background
from projections.history.search import Flag, Search
from projections.history.sentences import sentence
from projections.history.sieve import Members, find
from projections.history.spoken import said_by, subjects_spoken_of
from projections.history.then import Then, by_name
from projections.statements import Connection, fetch, numbers, rows, statements

SQL: Final = statements("projections.history")

Order = Literal["asc", "desc"]


class Entry(Struct, frozen=True, gc=False):
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


_Known = tuple[int, str, str | None, bytes | None]
"""Since when, of what, what it counts if it is a pool, and otherwise the event that made it."""


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
    given = {"positions": numbers(positions), "known_at": known_at}
    lines = b""
    facts: dict[int, bytes] = {}
    corrected: dict[int, int] = {}
    known: list[_Known] = []
    for position, stored, name, label, corrected_by in rows(connection, SQL["told"], given):
        if name is not None:
            known.append((position, name, label, stored))
        elif corrected_by is not None:
            corrected[position] = corrected_by
        elif position is not None:
            facts[position] = stored
        elif stored is not None:
            lines = stored
    events = {event.position: event for event in decode_lines(lines)}
    bytes_of = dict(zip(events, lines.split(b"\n"), strict=False))
    at = _backgrounds(events, known)
    said_of = {one: events.get(one) or decode(stored) for one, stored in facts.items()}
    flagged = judged_flags(events, judge, said_of)
    found: list[Entry] = []
    for position in positions:
        event = events.get(position)
        if event is not None:
            said = sentence(event, at(position))
            by = corrected.get(position)
            found.append(Entry(position, bytes_of[position], event, said, flagged[position], by))
    return found


def _backgrounds(
    events: Mapping[int, Event], known: Iterable[_Known]
) -> Callable[[int], Background]:
    """What was known when each of some events was recorded."""
    pools: list[tuple[int, str, str]] = []
    facts: list[tuple[int, str, Fact]] = []
    for position, name, label, stored in known:
        if label is not None:
            pools.append((position, name, label))
        elif stored is not None:
            facts.append((position, name, said_by(events.get(position) or decode(stored))))
    pools.sort(key=itemgetter(0))
    facts.sort(key=itemgetter(0))
    always = Background(
        {name: label for _, name, label in pools}, {name: fact for _, name, fact in facts}
    )
    if len(always.unit_labels) == len(pools) and len(always.makers) == len(facts):
        return lambda _: always
    # Something was corrected, so that it matters when one asks.
    labels, said = by_name(pools), by_name(facts)
    return lambda position: Background(Then(labels, position), Then(said, position))


def would_say(
    connection: Connection, events: Sequence[Event], *, known_at: int
) -> list[tuple[str, tuple[Flag, ...]]]:
    """What events would say, and their flags, that were recorded after a position or not at all."""
    told = sorted({one for event in events for one in subjects_spoken_of(event)})
    found = rows(connection, SQL["background"], {"subjects": told})
    known = [(position, name, label, event) for position, event, name, label, _ in found]
    background = _backgrounds({}, known)(known_at)
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
