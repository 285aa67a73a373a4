"""How splits change the state: who may hold how much of a pool, from when on."""

from ledger.budgets import Budget, ShareRecord, begins
from ledger.events import SplitDecided
from ledger.evolve.changes import touch
from ledger.evolve.counting import measured
from ledger.facts import Splitting
from ledger.measures import limited
from ledger.periods import Instant, open_end
from ledger.state import State


def split_decided(state: State, event: SplitDecided) -> None:
    """Units have shares of a pool; others keep theirs."""
    for share in event.data.shares:
        put_share(state, event.position, event.effective_at, event.data, share.unit)
        touch(state, share.unit, event.position)
    touch(state, event.data.parent, event.position)


def put_share(
    state: State, position: int, at: Instant | None, split: Splitting, unit: str
) -> None:  # fmt: skip
    """Have the share of a unit as a split says; without an instant, have none of it."""
    place = (split.pool, unit)
    before = state.budgets.get(place, ())
    kept = with_share(before, position, at, split, unit)
    state.journal.put(state.budgets, place, kept)
    if begins(kept) != begins(before) or limited(kept) != limited(before):
        state.measure(split.pool, unit, measured)


def with_share(
    budget: Budget, position: int, at: Instant | None, split: Splitting, unit: str
) -> Budget:  # fmt: skip
    """The shares of a unit once the split at a position says this, or none of it, of the unit."""
    kept = tuple(one for one in budget if one.position != position)
    share = next((one for one in split.shares if one.unit == unit), None)
    if at is None or share is None:
        return kept
    made = ShareRecord(
        position, at, open_end(split.until), split.parent, share.floor, share.amount, share.cap
    )
    return tuple(sorted((*kept, made), key=lambda one: one.position))
