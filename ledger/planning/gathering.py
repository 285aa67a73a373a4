"""Takes what is needed from sources, least harm first, in each tier the largest first."""

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heapreplace
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

    @property
    def recalled(self) -> int:
        """What comes back of loans: the unit has owned it all along."""
        return sum(one.quantity for one in self.taken if one.source.is_recall)

    @property
    def given(self) -> int:
        """What is granted or moved to the unit."""
        return self.free + sum(one.quantity for one in self.taken) - self.recalled


def gather(room: Room, sources: Sources, quantity: int) -> Gathered:
    """Gather a quantity, in whole granules.

    What it leaves missing is not to be had of any source beside what it took. That another
    choice would have left more is possible.
    """
    free = min(room.free(), quantity)
    room.use(free)
    missing = quantity - free
    taken: list[Taken] = []
    for tier in sources.tiers():
        if not missing:
            break
        ordered = sorted(tier(), key=_rank)
        for _, equals in groupby(ordered, key=_rank):
            some = list(_taken(room, list(equals), missing))
            missing -= sum(one.quantity for one in some)
            taken += some
    return Gathered(free, tuple(taken), missing)


def _taken(room: Room, sources: Sequence[Source], needed: int) -> Iterator[Taken]:
    """The largest first until the need is met; then the last is the smallest that covers the rest.

    Ties by id. What is available is asked anew before each is taken, for others may have taken
    of the same: it only becomes less, so that what is still the largest is.
    """
    left = [_available(room, place, source) for place, source in enumerate(sources)]
    heapify(left)
    while needed and left:
        now = _available(room, left[0][2], sources[left[0][2]])
        if now != left[0]:
            heapreplace(left, now)
            continue
        heappop(left)
        less, name, place = now
        quantity = -less
        if quantity >= needed:
            others = (_available(room, other, sources[other]) for _, _, other in left)
            covering = [(-some, of, other) for some, of, other in others if -some >= needed]
            place = min([(quantity, name, place), *covering])[2]
            quantity = needed
        source = sources[place]
        if quantity:
            room.take(source.grant, quantity)
            needed -= quantity
            yield Taken(source, quantity)
        if needed:
            room.touch(source.grant, source.most - quantity, source.over)


def _available(room: Room, place: int, source: Source) -> tuple[int, str, int]:
    """Sorts sources by what is available, the largest first, and then by id."""
    return -room.of(source.grant, source.most, source.over), source.grant.grant, place


def _rank(source: Source) -> int:
    return source.rank
