"""What a grant has over time, from the rows that add to it and take from it."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from ledger.periods import Instant
from ledger.vocabulary import GrantClass


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
