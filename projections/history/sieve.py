"""Finds the positions that fit a search: terms as bits of blocks, and a closer look where needed.

A tag's bits tell for 1024 positions at once whether they name it, so that the search costs the
same for frequent and rare terms and at any depth. What bits cannot tell, a phrase or an instant
within a month, is looked up for the positions that are left.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Final

from msgspec import Struct

from ledger.periods import BEGINNING, FOREVER, Instant, from_datetime, to_datetime
from projections.history import blocks
from projections.history.closer import Told, look
from projections.history.search import ALTERNATIVES, Named, Search, Within, Words
from projections.history.tags import WORD_MAX, day_of, month_of, tag_of_word
from projections.statements import Connection, fetch, statements

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

Member = tuple[str, Instant, Instant]
Members = Callable[[str], Sequence[Member]]
Bits = Callable[[str, int], int]
"""The positions of a block that a tag is on."""


class _Posting(Struct, frozen=True):
    tag: str
    block: int
    bits: bytes


class _Position(Struct, frozen=True):
    position: int


class _Tag(Struct, frozen=True):
    tag: str


class Sieve:
    """One term: the bits that may fit, and whether a position among them really does."""

    def __init__(self, tags: Sequence[str], *, negated: bool, is_exact: bool) -> None:
        self.tags = tuple(tags)
        self.negated = negated
        self.is_exact = is_exact

    def may(self, bits: Bits, block: int) -> int:
        """The positions of a block that may fit, all of those that do among them."""
        found = 0
        for tag in self.tags:
            found |= bits(tag, block)
        return found

    def fits(self, told: Told, bits: Bits) -> bool:
        """Whether a position that may fit does."""
        del told, bits
        return True


class Listed(Sieve):
    """Some positions, looked up beforehand."""

    def __init__(self, positions: Sequence[int], *, negated: bool) -> None:
        super().__init__((), negated=negated, is_exact=True)
        self._marked = blocks.marked(positions)

    def may(self, bits: Bits, block: int) -> int:
        """The positions of the list."""
        del bits
        return self._marked.get(block, 0)


class Phrase(Sieve):
    """Words side by side."""

    def __init__(self, term: Words) -> None:
        is_exact = len(term.words) == 1 and len(term.words[0]) < WORD_MAX
        tags = sorted({tag_of_word(word) for word in term.words})
        super().__init__(tags, negated=term.negated, is_exact=is_exact)
        self._phrase = f" {' '.join(term.words)} "

    def may(self, bits: Bits, block: int) -> int:
        """The positions where every word stands."""
        found = blocks.FULL
        for tag in self.tags:
            found &= bits(tag, block)
        return found

    def fits(self, told: Told, bits: Bits) -> bool:
        """Whether the words stand side by side."""
        del bits
        return told.words is not None and self._phrase in told.words


class Effective(Sieve):
    """An effective time within a range; the tags are the days or months there are in it."""

    def __init__(self, term: Within, tags: Sequence[str], *, is_exact: bool = False) -> None:
        super().__init__(tags, negated=term.negated, is_exact=is_exact)
        self._start, self._end = term.start, term.end

    def fits(self, told: Told, bits: Bits) -> bool:
        """Whether it takes effect in the range."""
        del bits
        return self._start <= told.effective_at < self._end


class Bounds(Sieve):
    """A run of positions that is not wanted: what was recorded in a range."""

    def __init__(self, above: int, up_to: int) -> None:
        super().__init__((), negated=True, is_exact=True)
        self._above, self._up_to = above, up_to

    def may(self, bits: Bits, block: int) -> int:
        """The positions of the run."""
        del bits
        return blocks.between(block, self._above, self._up_to)


class Under(Sieve):
    """Units, each counting while it was in a subtree."""

    def __init__(self, members: Sequence[Member], *, negated: bool) -> None:
        for_ever = {unit for unit, start, end in members if (start, end) == (BEGINNING, FOREVER)}
        self._at_times = [one for one in members if one[0] not in for_ever]
        units = sorted({unit for unit, _, _ in members})
        super().__init__(
            [f"unit:{unit}" for unit in units], negated=negated, is_exact=not self._at_times
        )
        self._always = [f"unit:{unit}" for unit in sorted(for_ever)]

    def fits(self, told: Told, bits: Bits) -> bool:
        """Whether it names a unit that was in the subtree when it takes effect."""
        block, bit = blocks.block_of(told.position), blocks.bit_of(told.position)
        return any(bits(tag, block) & bit for tag in self._always) or any(
            start <= told.effective_at < end and bits(f"unit:{unit}", block) & bit
            for unit, start, end in self._at_times
        )


def find(
    connection: Connection,
    search: Search,
    *,
    above: int,
    up_to: int,
    newest_first: bool,
    limit: int,
    members: Members | None,
) -> list[int]:
    """Up to `limit` positions that fit, with `above` < position <= `up_to`, in order."""
    above, up_to = _recorded(connection, search, above, up_to)
    if above >= up_to:
        return []
    sieves = list(_sieves(connection, search, members))
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
    for block in chunk:
        fit = blocks.between(block, *within)
        for sieve in sieves:
            if not sieve.negated:
                fit &= sieve.may(bits, block)
            elif sieve.is_exact:
                fit &= ~sieve.may(bits, block)
        yield from blocks.positions_in(block, fit, newest_first=newest_first)


def _look(
    connection: Connection, closer: Sequence[Sieve], left: Iterator[int], bits: Bits
) -> Iterator[int]:
    while some := list(islice(left, CLOSER)):
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
    found: dict[tuple[str, int], int] = {}
    if tags:
        given = {"tags": tags, "first": chunk[0], "last": chunk[-1]}
        for one in fetch(connection, SQL["postings"], given, _Posting):
            found[one.tag, one.block] = blocks.read(one.bits)
    return lambda tag, block: found.get((tag, block), 0)


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


def _sieves(connection: Connection, search: Search, members: Members | None) -> Iterator[Sieve]:
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
            case Named(name="grant"):
                yield Listed(_of(connection, "of_subject", term.value), negated=term.negated)
            case Named():
                tag = f"{term.name}:{term.value}"
                yield Sieve((tag,), negated=term.negated, is_exact=True)
    for (name, negated), values in alternatives.items():
        if name in ("decision", "key"):
            positions = [p for value in values for p in _of(connection, f"of_{name}", value)]
            yield Listed(positions, negated=negated)
        else:
            yield Sieve([f"{name}:{value}" for value in values], negated=negated, is_exact=True)
