"""Takes what is needed from sources, least harm first, in each tier the largest first."""

from collections.abc import Iterable
from itertools import groupby

from msgspec import Struct

from ledger.planning.room import Room
from ledger.planning.sources import Source, Sources


class Taken(Struct, frozen=True):
    """What is taken of a source."""

    source: Source
    quantity: int


class Gathered(Struct, frozen=True):
    """What the pool gives, what others give, and what nobody does."""

    free: int
    taken: tuple[Taken, ...]
    missing: int


def gather(room: Room, sources: Sources, quantity: int) -> Gathered:
    """Gather a quantity, in whole granules."""
    free = min(room.free(), quantity)
    room.use(free)
    missing = quantity - free
    taken: list[Taken] = []
    for tier in sources.tiers():
        if not missing:
            break
        ordered = sorted(tier(), key=_rank)
        for _, equals in groupby(ordered, key=_rank):
            some = list(_taken(room, sources.shares, list(equals), missing))
            missing -= sum(one.quantity for one in some)
            taken += some
    return Gathered(free, tuple(taken), missing)


def _taken(
    room: Room, shares: dict[str, int], sources: list[Source], needed: int
) -> Iterable[Taken]:
    """The largest first until the need is met; then the last is the smallest that covers the rest.

    Ties by id.
    """

    def available(source: Source) -> int:
        most = source.most if source.share is None else min(source.most, shares[source.share])
        return room.of(source.grant, most)

    ordered = sorted(sources, key=lambda one: (-available(one), one.grant.grant))
    while needed and ordered:
        source = ordered.pop(0)
        quantity = available(source)  # less than before where others took of the same
        if quantity >= needed:
            covering = [(available(one), one.grant.grant, one) for one in ordered]
            fitting = [one for one in covering if needed <= one[0] < quantity]
            if fitting:
                source = min(fitting, key=lambda one: one[:2])[2]
            quantity = needed
        if quantity <= 0:
            continue
        room.take(source.grant, quantity)
        if source.share is not None:
            shares[source.share] -= quantity
        needed -= quantity
        yield Taken(source, quantity)


def _rank(source: Source) -> int:
    return source.rank
