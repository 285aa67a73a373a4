"""Finds the positions that fit a search: terms as bits of blocks, and a closer look where needed.

A tag's bits tell for 1024 positions at once whether they name it, so that the search costs the
same for frequent and rare terms and at any depth. What bits cannot tell, a phrase or an instant
within a month, is looked up for the positions that are left.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from itertools import islice
from struct import Struct as Packed
from typing import Final

from msgspec import Struct

from ledger.periods import Instant, from_datetime, to_datetime
from projections.history import blocks
from projections.history.closer import look
from projections.history.flags import JUDGED
from projections.history.judged import Judge, judged
from projections.history.search import ALTERNATIVES, FLAGS, Flag, Named, Search, Within, Words
from projections.history.sieves import (
    Bits,
    Bounds,
    Effective,
    Flagged,
    Listed,
    Member,
    Phrase,
    Sieve,
    Under,
)
from projections.history.tags import day_of, month_of
from projections.statements import Connection, fetch, rows, statements, texts

SQL: Final = statements("projections.history")
POSTINGS: Final = 64
"""So many are looked at first, for most pages end there; with many tags they are few blocks."""
BLOCKS: Final = (2, 64, 128)
"""How many blocks are looked at together: at first at least and at most, and later at most."""
CLOSER: Final = 500
"""How many positions are looked at more closely together."""
DAYS_MAX: Final = 62
"""Up to so many days are looked up one by one, longer ranges by months."""

MIDNIGHT: Final = "T00:00:00.000000Z"

_POSTINGS: Final = Packed(f">i{blocks.BYTES}s")
_NOWHERE: Final[Mapping[int, bytes]] = {}

Members = Callable[[str], Sequence[Member]]


class _Position(Struct, frozen=True):
    position: int


class _Tag(Struct, frozen=True):
    tag: str


def find(
    connection: Connection,
    search: Search,
    *,
    above: int,
    up_to: int,
    newest_first: bool,
    limit: int,
    members: Members | None,
    judge: Judge | None = None,
) -> list[int]:
    """Up to `limit` positions that fit, with `above` < position <= `up_to`, in order."""
    above, up_to = _recorded(connection, search, above, up_to)
    if above >= up_to:
        return []
    sieves = list(_sieves(connection, search, members, judge))
    for sieve in sieves:
        if isinstance(sieve, Listed) and not sieve.negated:
            above, up_to = max(above, sieve.first - 1), min(up_to, sieve.last)
    if above >= up_to:
        return []
    return list(islice(_sift(connection, sieves, above, up_to, newest_first=newest_first), limit))


def _sift(
    connection: Connection, sieves: Sequence[Sieve], above: int, up_to: int, *, newest_first: bool
) -> Iterator[int]:
    tags = sorted({tag for sieve in sieves for tag in sieve.tags})
    closer = [sieve for sieve in sieves if not sieve.is_exact]
    first, last = blocks.block_of(above + 1), blocks.block_of(up_to)
    for chunk in _chunks(first, last, tags=len(tags), newest_first=newest_first):
        bits = _postings(connection, tags, chunk)
        ordered = reversed(chunk) if newest_first else chunk
        left = _left(sieves, bits, ordered, (above, up_to), newest_first=newest_first)
        yield from _look(connection, closer, left, bits) if closer else left


def _left(
    sieves: Sequence[Sieve], bits: Bits, chunk: Iterable[int], within: tuple[int, int], *,
    newest_first: bool,
) -> Iterator[int]:  # fmt: skip
    """The positions that may fit, one at a time: a page takes few of what is in a block."""
    first, last = map(blocks.block_of, within)
    for block in chunk:
        fit = blocks.FULL if first < block < last else blocks.between(block, *within)
        for sieve in sieves:
            if not sieve.negated:
                fit &= sieve.may(bits, block)
            elif sieve.is_exact:
                fit &= ~sieve.may(bits, block)
        if fit:
            yield from blocks.positions_in(block, fit, newest_first=newest_first)


def _look(
    connection: Connection, closer: Sequence[Sieve], left: Iterator[int], bits: Bits
) -> Iterator[int]:
    while some := list(islice(left, CLOSER)):
        for sieve in closer:
            sieve.prepare(some, bits)
        told = {one.position: one for one in look(connection, some)}
        for position in some:
            one = told.get(position)
            if one and all(sieve.fits(one, bits) != sieve.negated for sieve in closer):
                yield position


def _chunks(first: int, last: int, *, tags: int, newest_first: bool) -> Iterator[range]:
    least, most, at_most = BLOCKS
    size = min(most, max(least, POSTINGS // max(1, tags)))
    while first <= last:
        if newest_first:
            chunk = range(max(first, last - size + 1), last + 1)
            last = chunk[0] - 1
        else:
            chunk = range(first, min(last, first + size - 1) + 1)
            first = chunk[-1] + 1
        yield chunk
        size = min(at_most, size * 4)


def _postings(connection: Connection, tags: Sequence[str], chunk: range) -> Bits:
    given = {"tags": texts(tags), "first": chunk[0], "last": chunk[-1]}
    found = {
        tag: dict(_POSTINGS.iter_unpack(postings))
        for tag, postings in (rows(connection, SQL["postings"], given) if tags else ())
    }

    def bits(tag: str, block: int) -> int:
        stored = found.get(tag, _NOWHERE).get(block)
        return 0 if stored is None else blocks.read(stored)

    return bits


def _recorded(connection: Connection, search: Search, above: int, up_to: int) -> tuple[int, int]:
    """The bounds that the recorded times asked for leave."""
    for term in search.terms:
        if isinstance(term, Within) and term.clock == "recorded" and not term.negated:
            above = max(above, _before(connection, term.start))
            up_to = min(up_to, _before(connection, term.end))
    return above, up_to


def _before(connection: Connection, instant: Instant) -> int:
    found = fetch(connection, SQL["recorded_before"], {"instant": instant}, _Position)
    return found[0].position if found else 0


def _effective(connection: Connection, term: Within) -> Effective:
    first, end = (to_datetime(Instant(f"{one[:10]}{MIDNIGHT}")) for one in (term.start, term.end))
    days = (end - first).days
    if days <= DAYS_MAX:
        are_whole = term.start.endswith(MIDNIGHT) and term.end.endswith(MIDNIGHT)
        dates = [first + timedelta(days=number) for number in range(days + (not are_whole))]
        tags = [day_of(from_datetime(date)) for date in dates]
        return Effective(term, tags, is_exact=are_whole)
    given = {"from": month_of(term.start), "to": month_of(term.end)}
    return Effective(term, [one.tag for one in fetch(connection, SQL["months"], given, _Tag)])


def _of(connection: Connection, statement: str, value: str) -> list[int]:
    return [one.position for one in fetch(connection, SQL[statement], {"value": value}, _Position)]


def _sieves(
    connection: Connection, search: Search, members: Members | None, judge: Judge | None
) -> Iterator[Sieve]:
    alternatives: dict[tuple[str, bool], list[str]] = {}
    for term in search.terms:
        match term:
            case Words():
                yield Phrase(term)
            case Within(clock="effective"):
                yield _effective(connection, term)
            case Within() if term.negated:
                yield Bounds(_before(connection, term.start), _before(connection, term.end))
            case Within():
                pass  # among the bounds already
            case Named(name="under"):
                if members is None:
                    raise ValueError("an under term needs to be told who is under it")
                yield Under(members(term.value), negated=term.negated)
            case Named(name=name) if name in ALTERNATIVES:
                alternatives.setdefault((name, term.negated), []).append(term.value)
            case Named(name="flag") if term.value in JUDGED:
                yield _flagged(connection, term, judge)
            case Named(name="grant" | "request"):
                yield Listed(_of(connection, "of_subject", term.value), negated=term.negated)
            case Named():
                tag = f"{term.name}:{term.value}"
                yield Sieve((tag,), negated=term.negated, is_exact=True)
    for (name, negated), values in alternatives.items():
        if name == "position":
            yield Listed([int(value) for value in values], negated=negated)
        elif name in ("decision", "key"):
            positions = [p for value in values for p in _of(connection, f"of_{name}", value)]
            yield Listed(positions, negated=negated)
        else:
            yield Sieve([f"{name}:{value}" for value in values], negated=negated, is_exact=True)


def _flagged(connection: Connection, term: Named, judge: Judge | None) -> Flagged:
    flag: Flag = FLAGS[FLAGS.index(term.value)]
    return Flagged(term, JUDGED[flag], partial(judged, connection, judge, flag))
