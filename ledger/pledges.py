"""What is promised to a unit over time: what the facts about one pledge add up to."""

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise

from msgspec import Struct
from msgspec.structs import replace

from ledger.periods import FOREVER, Instant


class Promise(Struct, frozen=True, array_like=True, gc=False):
    """What the fact at a position promises over `[start, until)`; a withdrawal holds no instant.

    `share_bp` of what `of_unit` has (None: of what is allocatable), or `quantity`.
    """

    position: int
    start: Instant
    until: Instant
    pools: tuple[str, ...] = ()
    of_unit: str | None = None
    share_bp: int | None = None
    quantity: int | None = None

    @property
    def is_withdrawal(self) -> bool:
        """Whether nothing is promised from its start on."""
        return not self.pools

    @property
    def terms(self) -> tuple[object, ...]:
        """What is promised, whenever it begins."""
        return (self.until, self.pools, self.of_unit, self.share_bp, self.quantity)


class PledgeRecord(Struct, frozen=True, kw_only=True, gc=False):
    """A pledge that the event at `made` gave; `said` is what was said of it, by log."""

    pledge: str
    to_unit: str
    made: int
    said: tuple[Promise, ...]

    @property
    def is_there(self) -> bool:
        """Whether it was not corrected away."""
        return any(one.position == self.made for one in self.said)

    @property
    def later(self) -> tuple[int, ...]:
        """The positions of what revised or withdrew it."""
        return tuple(one.position for one in self.said if one.position != self.made)


def promise_at(said: Iterable[Promise], at: Instant) -> Promise | None:
    """What is promised at an instant: the newest recorded that has begun says so."""
    begun = [one for one in said if one.start <= at]
    newest = max(begun, key=lambda one: one.position, default=None)
    return newest if newest is not None and at < newest.until else None


def runs(
    said: Iterable[Promise], start: Instant, end: Instant
) -> Iterator[tuple[Instant, Instant, Promise]]:
    """What is promised when in `[start, end)`, in order of time; nothing where nothing is."""
    said = tuple(said)
    edges = {edge for one in said for edge in (one.start, one.until) if start < edge < end}
    if start < end:
        for since, until in pairwise(sorted({start, end} | edges)):
            promise = promise_at(said, since)
            if promise is not None:
                yield since, until, promise


def promised_from(said: Iterable[Promise], at: Instant) -> Iterator[Promise]:
    """What is promised from an instant on, in order of time, each until the next one counts."""
    for _, some in groupby(runs(said, at, FOREVER), key=lambda run: run[2].position):
        stretches = list(some)
        yield replace(stretches[0][2], start=stretches[0][0], until=stretches[-1][1])


def with_promise(said: Iterable[Promise], promise: Promise) -> tuple[Promise, ...]:
    """What is said with one promise in the place of what its position said before."""
    rest = [one for one in said if one.position != promise.position]
    return tuple(sorted((*rest, promise), key=lambda one: one.position))


def without(said: Iterable[Promise], position: int) -> tuple[Promise, ...]:
    """What is said without what the event at a position says."""
    return tuple(one for one in said if one.position != position)


def is_less(was: Promise, now: Promise) -> bool:
    """Whether less is promised than was, for less time, or what cannot be compared with it."""
    if (was.share_bp is None) != (now.share_bp is None) or was.of_unit != now.of_unit:
        return True
    return (
        now.until < was.until
        or now.start > was.start
        or bool(set(was.pools) - set(now.pools))
        or (now.share_bp or 0) < (was.share_bp or 0)
        or (now.quantity or 0) < (was.quantity or 0)
    )
