"""Who passed how much to whom over a time: all that changes what units have in hand."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from ledger.periods import Instant
from projections.holdings.changes import Change, every_pool, one_by_one
from projections.statements import Connection

PASSES: Final = 8
"""A period of all pools is looked through so many times at most."""

Passed = tuple[str, str | None, str | None, int]
"""Of a pool, from whom to whom, how much; None is the pool itself."""


class Flow(Struct, frozen=True):
    """How much passed from one unit to another; None is the pool."""

    from_unit: str | None
    to_unit: str | None
    pool: str
    quantity: int


def flows(
    connection: Connection, *, pool: str | None, start: Instant, end: Instant, known_at: int
) -> list[Flow]:
    """Who passed how much to whom in `[start, end)`, summed, by pool and units.

    A loan counts when it begins and when it comes back; a change of class inside a unit passes
    nothing. What is moved out of a grant that begins later comes from the pool until then: there
    it goes back to it, and so does what a loan begins with whose lender's grant is over.
    """
    sums: defaultdict[tuple[str, str | None, str | None], int] = defaultdict(int)
    for some in _passes(every_pool(connection)) if pool is None else [[pool]]:
        changes = one_by_one(connection, pools=some, start=start, end=end, known_at=known_at)
        for of_pool, source, target, quantity in _of_pools(changes):
            sums[of_pool, source, target] += quantity
    return [
        Flow(source, target, of_pool, quantity)
        for (of_pool, source, target), quantity in sorted(
            sums.items(), key=lambda item: (item[0][0], item[0][1] or "", item[0][2] or "")
        )
    ]


def _passes(pools: Sequence[str]) -> Iterator[Sequence[str]]:
    """Some pools at a time: the period is looked through for each, and all would be many grants."""
    size = -(-len(pools) // PASSES) or 1
    for first in range(0, len(pools), size):
        yield pools[first : first + size]


def _of_pools(changes: Iterable[Change]) -> Iterator[Passed]:
    moves: defaultdict[tuple[Instant, int], list[Change]] = defaultdict(list)
    for one in changes:
        if one.kind in ("moved_out", "moved_in"):
            moves[one.at, one.position].append(one)
        yield from _passed(one)
    for some in moves.values():
        yield from _moved(some)


def _passed(one: Change) -> Iterator[Passed]:
    """What a change passes on that is no move: those are seen from both sides together."""
    match one.kind:
        case "starts":
            yield one.pool, None, one.unit, one.quantity
        case "lent" if one.other != one.unit:
            yield one.pool, one.unit, one.other, -one.quantity
        case "borrowed_in" if one.other is None:
            yield one.pool, None, one.unit, one.quantity
        case "loan_back" if one.other != one.unit:
            yield one.pool, one.other, one.unit, one.quantity
        case "ends" | "released" if one.other is None:
            yield one.pool, one.unit, None, -one.quantity
        case _:
            pass


def _moved(move: Sequence[Change]) -> Iterator[Passed]:
    """What a move passes on at one instant: what its sources lack there comes from the pool."""
    into = [one for one in move if one.kind == "moved_in"]
    target = into[0].unit if into else None
    lacking = sum(one.quantity for one in move)
    for one in move:
        if one.kind == "moved_out" and one.unit != target:
            yield one.pool, one.unit, target, -one.quantity
    if into and lacking > 0:
        yield into[0].pool, None, target, lacking
