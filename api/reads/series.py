"""GET /v1/series: holdings over time, and the unit-hours in them."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Final, TypeVar

from msgspec import UNSET
from msgspec.structs import replace

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
from projections.holdings.accounts import holders_of
from projections.holdings.over_time import Level, levels
from projections.holdings.runs import Span
from projections.holdings.runs import spans as spans_of
from projections.organisation.tree import Member

Name = tuple[str, ...]
Held = Span | Level
"""What a grant has over a time, or all grants of a unit."""
H = TypeVar("H", bound=Held)
MOST: Final = 64
"""Units that are read together at most."""


def find(look: Look, asked: Asked) -> Found:
    """Holdings over a period. 404 UnknownPool, UnknownUnit; 422 for a period without length."""
    known_at, is_known = look.known_at(asked)
    asked_for = period(look, asked, known_at)
    group = asked.one_of("group", GROUPS)
    every = asked.text("every")
    steps = None if every is None else _edges(asked_for, every)
    under = asked.unit("under")
    refuse_unknown(look, known_at, pool=asked.pool(), units=(asked.unit(), under))
    belonging = None if under is None else memberships(look, known_at, asked.org, under)
    above = _above(look, known_at, asked, group)
    read = partial(
        levels if group == "unit" else spans_of,
        look.connection,
        start=asked_for.start,
        end=asked_for.end,
        known_at=known_at,
    )
    told = (
        row
        for spans in _stretches(look, asked, group, belonging, read=read)
        for row in _rows(_named(spans, group, above), group, steps)
    )
    items, after = paged(told, key_of, asked)
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


def _stretches(
    look: Look,
    asked: Asked,
    group: Group,
    belonging: Sequence[Member] | None,
    *,
    read: Callable[..., Sequence[Held]],
) -> Iterator[Sequence[Held]]:
    """What grants have, all of what a row is made of together, in the order of the rows.

    Rows of units and grants stand by pool and unit, so that no more units are read than a page
    takes, and none of the pages before.
    """
    pool, unit = asked.pool(), asked.unit()
    units = None if unit is None else [unit]
    if belonging is not None:
        wanted = {member for member, _, _ in belonging}
        units = sorted(wanted if unit is None else wanted & {unit})
    if group in ("unit", "grant"):
        first = asked.cursor.after[:2] if asked.cursor else ("", "")
        holders = [
            one for one in holders_of(look.connection, pool=pool, units=units) if one >= first
        ]
        found = (read(pool=of, units=some) for of, some in _some_more(holders))
    else:
        found = iter([read(pool=pool, units=units)])
    for spans in found:
        yield spans if belonging is None else list(inside(spans, belonging))


def _some_more(holders: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Sequence[str]]]:
    """Pools with some of their holders: few at first, then twice as many each time."""
    size = 1
    for pool, some in groupby(holders, itemgetter(0)):
        units = [unit for _, unit in some]
        while units:
            yield pool, units[:size]
            units, size = units[size:], min(MOST, size * 2)


def _above(
    look: Look, known_at: int, asked: Asked, group: Group
) -> Mapping[str, Sequence[Belonging]]:
    return belongings(look, known_at, asked.org) if group == "parent" else {}


def _edges(asked_for: Period, every: str) -> list[Instant]:
    try:
        return edges(asked_for.start, asked_for.end, every)
    except ValueError as wrong:
        raise invalid(f"{wrong}.", parameter="every") from wrong


def inside(spans: Sequence[H], belonging: Sequence[Member]) -> Iterator[H]:
    """What of each span lies in the time its unit belonged."""
    times: defaultdict[str, list[tuple[Instant, Instant]]] = defaultdict(list)
    for unit, since, until in belonging:
        times[unit].append((since, until))
    for span in spans:
        for since, until in times[span.unit]:
            start, end = max(span.start, since), min(span.end, until)
            if start < end:
                yield replace(span, start=start, end=end)


def _named(
    spans: Sequence[Held], group: Group, above: Mapping[str, Sequence[Belonging]]
) -> dict[tuple[str, Name], list[Piece]]:
    """The pieces of each row's subject, by pool and name."""
    found: defaultdict[tuple[str, Name], list[Piece]] = defaultdict(list)
    for span in spans:
        whole = Piece(span.start, span.end, span.quantity)
        match group:
            case "unit":
                found[span.pool, (span.unit,)].append(whole)
            case "grant":
                of_grant = span.grant if isinstance(span, Span) else ""
                found[span.pool, (span.unit, of_grant)].append(whole)
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
