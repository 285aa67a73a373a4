"""GET /v1/history: every event in plain words, found by what it names."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from api.problems import invalid
from api.reads.asked import Asked
from api.reads.judged import Judge
from api.reads.look import Look
from api.reads.reading import Found, columns_of
from api.reads.shapes import Amount, HistoryPage, Told
from api.reads.tree import memberships, refuse_unknown
from ledger.events import Recorded
from ledger.periods import BEGINNING, FOREVER
from projections.history.read import Entry, Order, page
from projections.history.search import Clock, Named, Search, Term, Within, named, parse
from projections.holdings.read import Effect, effects
from projections.organisation.tree import Member

COLUMNS: Final = ("topic", *columns_of(Recorded), "data", *columns_of(Told))
_CLOCKS: Final[tuple[Clock, ...]] = ("recorded", "effective")
_ORDERS: Final[tuple[Order, ...]] = ("asc", "desc")


def find(look: Look, asked: Asked) -> Found:
    """Events that fit. 404 UnknownPool, UnknownUnit; 422 for a search that cannot be read."""
    known_at, is_known = look.known_at(asked)
    clock = asked.one_of("clock", _CLOCKS)
    search = _search(asked, clock)
    _refuse_unknown(look, known_at, search)
    limit = asked.limit
    beyond = asked.cursor.after[0] if asked.cursor else None

    def subtree(under: str) -> Sequence[Member]:
        return memberships(look, known_at, asked.org, under)

    found = page(
        look.connection,
        search,
        known_at=known_at,
        after=asked.after,
        beyond=int(beyond) if beyond is not None else None,
        order=asked.one_of("order", _ORDERS),
        limit=limit + 1,
        members=subtree,
        judge=Judge(look.connection, known_at),
    )
    shown = found[:limit]
    answer = HistoryPage(
        position=known_at,
        known_at=known_at,
        clock=clock,
        org=asked.org,
        items=tuple(_told(look, shown)),
        next=None,
    )
    is_fixed = is_known and asked.org == "then"
    after = (shown[-1].position,) if len(found) > limit else None
    return Found(answer=answer, is_fixed=is_fixed, after=after)


def _search(asked: Asked, clock: Clock) -> Search:
    q = asked.clean("q")
    try:
        search = parse(q) if q is not None else Search()
    except ValueError as wrong:
        raise invalid(f"{wrong}.", parameter="q") from wrong
    return search.also(*_filters(asked), *_within(asked, clock))


def _filters(asked: Asked) -> Iterator[Term]:
    values = {
        "pool": asked.pool(),
        "unit": asked.unit(),
        "under": asked.unit("under"),
        "by": asked.clean("by"),
        "grant": asked.uuid("grant"),
        "request": asked.uuid("request"),
        "decision": asked.uuid("decision"),
        "flag": asked.text("flag"),
    }
    for name, value in values.items():
        if value is not None:
            try:
                yield named(name, value)
            except ValueError as wrong:
                raise invalid(f"{wrong}.", parameter=name) from wrong
    for topic in sorted(asked.topics()):
        yield Named("topic", topic)


def _within(asked: Asked, clock: Clock) -> Iterator[Within]:
    start, end = asked.instant("from"), asked.instant("to")
    if start is not None and end is not None and start >= end:
        raise invalid(f"from {start} is not before to {end}.", parameter="from")
    if start is not None or end is not None:
        yield Within(clock, start or BEGINNING, end or FOREVER)


def _refuse_unknown(look: Look, known_at: int, search: Search) -> None:
    for term in search.terms:
        if isinstance(term, Named) and term.name == "pool":
            refuse_unknown(look, known_at, pool=term.value)
        if isinstance(term, Named) and term.name in ("unit", "under"):
            refuse_unknown(look, known_at, units=(term.value,))


def _told(look: Look, entries: Sequence[Entry]) -> Iterator[msgspec.Raw]:
    """Each event's bytes as stored, with what is told of it added to them."""
    of: defaultdict[int, list[Effect]] = defaultdict(list)
    for one in effects(look.connection, [entry.position for entry in entries]):
        of[one.position].append(one)
    for entry in entries:
        told = Told(
            sentence=entry.sentence,
            flags=entry.flags,
            before=tuple(_amount(one, one.before) for one in of[entry.position]),
            after=tuple(_amount(one, one.after) for one in of[entry.position]),
            corrected_by=msgspec.UNSET if entry.corrected_by is None else entry.corrected_by,
        )
        yield msgspec.Raw(entry.stored[:-1] + b"," + msgspec.json.encode(told)[1:])


def _amount(effect: Effect, quantity: int) -> Amount:
    return Amount(pool=effect.pool, unit=effect.unit, at=effect.at, quantity=quantity)
