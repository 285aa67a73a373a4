"""One grant in few bytes and back: how it rests, and lies in a snapshot."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from ledger.periods import Instant, from_micros, micros
from ledger.records import Draw, End, GrantRecord


class _Period(Struct, frozen=True, array_like=True, gc=False):
    """The beginning of a packed grant, as far as its period: what follows is not looked at."""

    grant: msgspec.Raw
    pool: int
    unit: int
    start: int
    end: int


class _More(Struct, frozen=True, array_like=True, gc=False):
    """What few grants have: legs that advanced something or came early, ends, loans, late ones."""

    advances: dict[int, tuple[tuple[int, int], ...]]
    early: dict[int, Instant]
    ends: tuple[End, ...]
    lender: str | None
    loans: tuple[str, ...]
    late: tuple[tuple[int, int, Instant], ...]


class _Packed(Struct, frozen=True, array_like=True, gc=False):
    """A grant as it rests: names as numbers, instants in microseconds; `draws` four by four."""

    grant: bytes
    pool: int
    unit: int
    start: int
    end: int
    first: int
    is_borrowed: bool
    left: int
    made: int
    touched: int
    ended: bool
    draws: tuple[int, ...]
    more: _More | None


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Packed)
_period_decoder = msgspec.msgpack.Decoder(_Period)


def packed(grant: GrantRecord, number: Callable[[str], int]) -> bytes:
    """A grant whose id is a uuid; pools and units are written as their numbers."""
    draws: list[int] = []
    for draw in grant.draws:
        draws += (micros(draw.instant), draw.quantity, draw.position, int(draw.is_release))
    return _encoder.encode(
        _Packed(
            bytes.fromhex(grant.grant.replace("-", "")),
            number(grant.pool),
            number(grant.unit),
            grant.began,
            micros(grant.end),
            grant.first,
            grant.grant_class == "borrowed",
            grant.left,
            grant.made,
            grant.touched,
            grant.ended,
            tuple(draws),
            _more(grant),
        )
    )


def is_around(written: bytes | bytearray, since: int, until: int) -> bool:
    """Whether a packed grant ends after `since` and starts by `until`, both in microseconds."""
    period = _period_decoder.decode(written)
    return since < period.end and period.start <= until


def unpacked(grant: str, written: bytes | bytearray, names: Sequence[str]) -> GrantRecord:
    """The grant of an id that was packed; `names` are those of pools and units by number."""
    read = _decoder.decode(written)
    flat = iter(read.draws)
    more = read.more or _NO_MORE
    return GrantRecord(
        grant=grant,
        pool=names[read.pool],
        unit=names[read.unit],
        start=from_micros(read.start),
        end=from_micros(read.end),
        first=read.first,
        grant_class="borrowed" if read.is_borrowed else "guaranteed",
        left=read.left,
        made=read.made,
        touched=read.touched,
        began=read.start,
        draws=tuple(
            Draw(
                from_micros(instant), quantity, position, bool(is_release),
                more.advances.get(position, ()), more.early.get(position),
            )
            for instant, quantity, position, is_release in zip(flat, flat, flat, flat, strict=True)
        ),
        ended=read.ended,
        ends=more.ends,
        lender=more.lender,
        loans=more.loans,
        late=more.late,
    )  # fmt: skip


_NO_MORE: Final = _More({}, {}, (), None, (), ())


def _more(grant: GrantRecord) -> _More | None:
    more = _More(
        {draw.position: draw.advances for draw in grant.draws if draw.advances},
        {draw.position: draw.at for draw in grant.draws if draw.at is not None},
        grant.ends,
        grant.lender,
        grant.loans,
        grant.late,
    )
    return None if more == _NO_MORE else more
