"""GET /v1/series: holdings over time, and the unit-hours in them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec import UNSET

from api.problems import invalid
from api.reads.asked import Asked
from api.reads.cursors import Key
from api.reads.holdings import GROUPS, Group
from api.reads.look import Look
from api.reads.periods import Period, period
from api.reads.reading import Found, paged
from api.reads.shapes import SeriesPage, SeriesRow
from api.reads.stretches import (
    Piece,
    Stretch,
    edges,
    from_change_to_change,
    in_hours,
    in_seconds,
    in_steps,
    level,
)
from api.reads.tree import Belonging, belongings, memberships, refuse_unknown
from ledger.periods import Instant
from projections.holdings import runs as record
from projections.holdings.runs import Span
from projections.organisation.tree import Member

Name = tuple[str, ...]


def find(look: Look, asked: Asked) -> Found:
    """Holdings over a period. 404 UnknownPool, UnknownUnit; 422 for a period without length."""
    known_at, is_known = look.known_at(asked)
    asked_for = period(look, asked, known_at)
    group = asked.one_of("group", GROUPS)
    every = asked.text("every")
    steps = None if every is None else _edges(asked_for, every)
    pool, unit, under = asked.pool(), asked.unit(), asked.unit("under")
    refuse_unknown(look, known_at, pool=pool, units=(unit, under))
    spans = record.spans(
        look.connection,
        pool=pool,
        units=None if unit is None else [unit],
        start=asked_for.start,
        end=asked_for.end,
        known_at=known_at,
    )
    if under is not None:
        spans = list(inside(spans, memberships(look, known_at, asked.org, under)))
    named = _named(spans, group, _above(look, known_at, asked, group))
    items, after = paged(_rows(named, group, steps), key_of, asked)
    answer = SeriesPage(
        position=known_at,
        known_at=known_at,
        start=asked_for.start,
        end=asked_for.end,
        every=every,
        org=asked.org,
        items=items,
        next=None,
    )
    is_fixed = is_known and asked_for.is_fixed and asked.org == "then"
    return Found(answer=answer, is_fixed=is_fixed, after=after)


def _above(
    look: Look, known_at: int, asked: Asked, group: Group
) -> Mapping[str, Sequence[Belonging]]:
    return belongings(look, known_at, asked.org) if group == "parent" else {}


def _edges(asked_for: Period, every: str) -> list[Instant]:
    try:
        return edges(asked_for.start, asked_for.end, every)
    except ValueError as wrong:
        raise invalid(f"{wrong}.", parameter="every") from wrong


def inside(spans: Sequence[Span], belonging: Sequence[Member]) -> Iterator[Span]:
    """What of each span lies in the time its unit belonged."""
    times: defaultdict[str, list[tuple[Instant, Instant]]] = defaultdict(list)
    for unit, since, until in belonging:
        times[unit].append((since, until))
    for span in spans:
        for since, until in times[span.unit]:
            start, end = max(span.start, since), min(span.end, until)
            if start < end:
                yield Span(
                    span.pool, span.unit, span.grant, span.grant_class, start, end, span.quantity
                )


def _named(
    spans: Sequence[Span], group: Group, above: Mapping[str, Sequence[Belonging]]
) -> dict[tuple[str, Name], list[Piece]]:
    """The pieces of each row's subject, by pool and name."""
    found: defaultdict[tuple[str, Name], list[Piece]] = defaultdict(list)
    for span in spans:
        whole = Piece(span.start, span.end, span.quantity)
        match group:
            case "unit":
                found[span.pool, (span.unit,)].append(whole)
            case "grant":
                found[span.pool, (span.unit, span.grant)].append(whole)
            case "pool":
                found[span.pool, ()].append(whole)
            case "parent":
                for one in above.get(span.unit, ()):
                    start, end = max(span.start, one.start), min(span.end, one.end)
                    if start < end:
                        of = one.parent or span.unit
                        found[span.pool, (of,)].append(Piece(start, end, span.quantity))
    return found


def _rows(
    named: Mapping[tuple[str, Name], list[Piece]], group: Group, steps: Sequence[Instant] | None
) -> Iterator[SeriesRow]:
    for pool, name in sorted(named):
        pieces = level(named[pool, name])
        found = from_change_to_change(pieces) if steps is None else in_steps(pieces, steps)
        for one in found:
            yield _row(pool, name, group, one)


def _row(pool: str, name: Name, group: Group, one: Stretch) -> SeriesRow:
    return SeriesRow(
        pool=pool,
        unit=name[0] if group in ("unit", "grant") else UNSET,
        parent=name[0] if group == "parent" else UNSET,
        grant=name[1] if group == "grant" else UNSET,
        start=one.start,
        end=one.end,
        quantity=one.quantity,
        unit_hours=in_hours(one.unit_us),
        unit_seconds=in_seconds(one.unit_us),
    )


def key_of(row: SeriesRow) -> Key:
    """Where a row stands in the order of its list."""
    return (row.pool, row.unit or row.parent or "", row.grant or "", row.start)
