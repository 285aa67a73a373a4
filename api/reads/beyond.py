"""Which awards a budget leaves no room for from when on there is enough of them (rule 2)."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from api.reads.look import Clocks, Look
from api.reads.measured import Tree, below, measured, tree
from api.reads.queue import left
from ledger.periods import Instant
from ledger.steps import Steps
from projections.budgets.read import Place, budgets
from projections.requests.asked import Asked


class _Need(Struct, frozen=True):
    """What is still to be granted would count so much more for a place over a window."""

    request: str
    place: Place
    start: Instant
    end: Instant
    quantity: int


def beyond(
    look: Look, clocks: Clocks, ready: Sequence[tuple[Asked, Instant]]
) -> frozenset[str]:  # fmt: skip
    """Those for which a budget leaves less than is still to be granted, from an instant each on.

    All are measured together: what units have over time is read once, however many they are.
    """
    if not ready:
        return frozenset()
    shares = budgets(look.connection, known_at=clocks.known_at)
    over = tree(look, clocks, "then", max(one.end for one, _ in ready))
    needs = [
        need for one, since in ready for need in _needs(one, since, over) if need.place in shares
    ]
    if not needs:
        return frozenset()
    places = {need.place for need in needs}
    pools = {pool for pool, _ in places}
    held = measured(
        look, clocks, places, over, pool=next(iter(pools)) if len(pools) == 1 else None,
        units=below(over, {unit for _, unit in places}), is_window=True,
    )  # fmt: skip
    room = {place: held[place].left(shares[place], over.start, over.end) for place in places}
    return frozenset(need.request for need in needs if _exceeds(need, room))


def _exceeds(need: _Need, room: Mapping[Place, Sequence[Steps]]) -> bool:
    return any(some.lowest(need.start, need.end) < need.quantity for some in room[need.place])


def _needs(one: Asked, since: Instant, over: Tree) -> Iterator[_Need]:
    """What it would take of every unit above its own, for as long as its own stands below that."""
    start, parts = max(over.start, since), left(one)
    for above, stands, until in over.above(one.unit):
        begin, end = max(start, stands), min(one.end, until)
        if begin < end:
            for pool, quantity in parts.items():
                yield _Need(one.request, (pool, above), begin, end, quantity)
