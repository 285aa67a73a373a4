"""What a grant has over time, from the rows that add to it and take from it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Final

from msgspec import Struct

from ledger.periods import Instant, shifted
from ledger.vocabulary import GrantClass
from projections.holdings.numbering import of_units
from projections.holdings.standing import LENT, LOANED
from projections.statements import Connection, fetch, statements, texts

SQL: Final = statements("projections.holdings")


class Span(Struct, frozen=True):
    """What a grant has in hand over `[start, end)`, inside the period asked for."""

    pool: str
    unit: str
    grant: str
    grant_class: GrantClass
    start: Instant
    end: Instant
    quantity: int


class Part(Struct, frozen=True):
    """What a fact adds to a grant, or takes from it, over `[start, end)`."""

    pool: str
    unit: str
    grant: str
    grant_class: GrantClass
    quantity: int
    start: Instant
    end: Instant
    kind: int


def runs(parts: Sequence[Part]) -> Iterator[Span]:
    """What one grant has, in order of time: the sum of its parts at each instant."""
    turns: dict[Instant, int] = {}
    for part in parts:
        # What takes all the rest may end at its start. What is lent ends before the lender does.
        turns[part.start] = turns.get(part.start, 0) + part.quantity
        turns[part.end] = turns.get(part.end, 0) - part.quantity
    own = 0
    for start, end in pairwise(sorted(turns)):
        own += turns[start]
        if own:
            one = parts[0]
            yield Span(one.pool, one.unit, one.grant, one.grant_class, start, end, own)


def spans(
    connection: Connection,
    *,
    pool: str | None,
    units: Sequence[str] | None,
    start: Instant,
    end: Instant,
    known_at: int,
) -> list[Span]:
    """What grants have in hand over `[start, end)`, clipped to it, by pool, unit and time."""
    found = _between(connection, pool=pool, units=units, start=start, end=end, known_at=known_at)
    return sorted(_clipped(found, start, end), key=_by_time)


def spans_and_owned(
    connection: Connection,
    *,
    units: Sequence[str],
    start: Instant,
    end: Instant,
    known_at: int,
) -> tuple[list[Span], list[Span]]:
    """What grants of some units have in hand, and what those that are no loans own, lent or not.

    Both over `[start, end)`, clipped to it.
    """
    given = {"pool": None, **of_units(units), "start": start, "end": end, "known_at": known_at}
    held: list[Span] = []
    owned: list[Span] = []
    found = fetch(connection, SQL["parts_between"], given, Part, prepare=False)
    for _, some in groupby(found, attrgetter("grant")):
        parts = list(some)
        held += _clipped(runs(parts), start, end)
        if all(part.kind != LOANED for part in parts):
            # On a lender stand the rows of its loans the other way round.
            owned += _clipped(runs([part for part in parts if part.kind < LENT]), start, end)
    return held, owned


def _clipped(spans: Iterable[Span], start: Instant, end: Instant) -> Iterator[Span]:
    for one in spans:
        if one.start < end and one.end > start:
            yield Span(
                one.pool, one.unit, one.grant, one.grant_class, max(one.start, start),
                min(one.end, end), one.quantity,
            )  # fmt: skip


def spans_at(
    connection: Connection,
    *,
    pool: str | None,
    units: Sequence[str] | None,
    valid_at: Instant,
    known_at: int,
) -> list[Span]:
    """What grants have in hand at an instant, since when and until when, by pool and unit."""
    end = shifted(valid_at, timedelta(microseconds=1))
    held = _between(
        connection, pool=pool, units=units, start=valid_at, end=end, known_at=known_at
    )  # fmt: skip
    # Since when, and until when, follows from what they had before and have later, loans included.
    grants = texts(one.grant for one in held if one.start <= valid_at < one.end)
    given = {"grants": grants, "known_at": known_at}
    found = _of_each(fetch(connection, SQL["parts_of"], given, Part, prepare=False))
    return sorted((one for one in found if one.start <= valid_at < one.end), key=_by_time)


def _between(
    connection: Connection,
    *,
    pool: str | None,
    units: Sequence[str] | None,
    start: Instant,
    end: Instant,
    known_at: int,
) -> Iterator[Span]:
    given = {"pool": pool, **of_units(units), "start": start, "end": end, "known_at": known_at}
    return _of_each(fetch(connection, SQL["parts_between"], given, Part, prepare=False))


def _of_each(found: Sequence[Part]) -> Iterator[Span]:
    for _, parts in groupby(found, attrgetter("grant")):
        yield from runs(list(parts))


def _by_time(span: Span) -> tuple[str, str, Instant, str]:
    return (span.pool, span.unit, span.start, span.grant)
