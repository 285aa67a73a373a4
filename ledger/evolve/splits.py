"""How splits change the state: who may hold how much of a pool, from when on."""

from ledger.budgets import ShareRecord, begins
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
    kept = tuple(one for one in state.budgets.get(place, ()) if one.position != position)
    if at is not None:
        share = next(one for one in split.shares if one.unit == unit)
        made = ShareRecord(
            position, at, open_end(split.until), split.parent, share.floor, share.amount, share.cap
        )
        kept = tuple(sorted((*kept, made), key=lambda one: one.position))
    before = state.budgets.get(place, ())
    state.journal.put(state.budgets, place, kept)
    if begins(kept) != begins(before) or limited(kept) != limited(before):
        state.measure(split.pool, unit, measured)
