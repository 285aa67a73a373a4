"""What a grant has over time, from the rows that add to it and take from it."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Final

from msgspec import Struct

from ledger.periods import FOREVER, Instant
from ledger.vocabulary import GrantClass
from projections.statements import Connection, fetch, statements

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


def runs(parts: Sequence[Part]) -> Iterator[Span]:
    """What one grant has, in order of time; its parts are in order of their start."""
    if not parts:
        return
    one = parts[0]
    own = 0
    # What takes all the rest may end at its start: the rows of a grant end together.
    ends = sorted({part.start for part in parts} | {part.end for part in parts})
    left = iter(parts)
    part = next(left, None)
    for start, end in pairwise(ends):
        while part is not None and part.start <= start:
            own += part.quantity
            part = next(left, None)
        if own:
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
    found = [
        Span(
            one.pool, one.unit, one.grant, one.grant_class, max(one.start, start),
            min(one.end, end), one.quantity,
        )
        for one in _between(
            connection, pool=pool, units=units, start=start, end=end, known_at=known_at
        )
        if one.start < end and one.end > start
    ]  # fmt: skip
    return sorted(found, key=_by_time)


def spans_at(
    connection: Connection,
    *,
    pool: str | None,
    units: Sequence[str] | None,
    valid_at: Instant,
    known_at: int,
) -> list[Span]:
    """What grants have in hand at an instant, since when and until when, by pool and unit."""
    found = [
        one
        for one in _between(
            connection, pool=pool, units=units, start=valid_at, end=FOREVER, known_at=known_at
        )
        if one.start <= valid_at < one.end
    ]
    return sorted(found, key=_by_time)


def _between(
    connection: Connection,
    *,
    pool: str | None,
    units: Sequence[str] | None,
    start: Instant,
    end: Instant,
    known_at: int,
) -> Iterator[Span]:
    given = {
        "pool": pool, "units": None if units is None else list(units), "start": start, "end": end,
        "known_at": known_at,
    }  # fmt: skip
    found = fetch(connection, SQL["parts_between"], given, Part, prepare=False)
    for _, parts in groupby(found, attrgetter("grant")):
        yield from runs(list(parts))


def _by_time(span: Span) -> tuple[str, str, Instant, str]:
    return (span.pool, span.unit, span.start, span.grant)
